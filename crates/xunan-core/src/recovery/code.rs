//! The code itself: made, written down, typed.

use std::io;

use anyhow::Result;
use argon2::Argon2;
use xunan_model::digest::Digest;
use xunan_model::fault::Fault;

use crate::platform;

/// Crockford's base 32: no I, L, O, U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Characters that are chance: 120 bits.
const SECRET_CHARS: usize = 24;
/// Characters in all; the last checks the others.
const CHARS: usize = SECRET_CHARS + 1;
/// Characters in a group.
const GROUP_CHARS: usize = 5;

/// A recovery code: the value, from 0 to 31, of each of its characters.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct RecoveryCode([u8; CHARS]);

impl RecoveryCode {
    /// A new one.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub(crate) fn make() -> io::Result<Self> {
        let mut values = [0; CHARS];
        let chance: [u8; SECRET_CHARS] = platform::random()?;
        for (value, byte) in values.iter_mut().zip(chance) {
            *value = byte & 31;
        }
        values[SECRET_CHARS] = check(&values[..SECRET_CHARS]);
        Ok(Self(values))
    }

    /// Reads it as it was meant: in any case, with any gaps, O for 0, I and L for 1.
    ///
    /// # Errors
    /// `recovery_code_incomplete` with the number of characters, `recovery_code_mistyped`.
    pub(crate) fn read(typed: &str) -> Result<Self, Fault> {
        let mistyped = || Fault::invalid("recovery_code_mistyped", "code");
        let mut values = Vec::new();
        for letter in typed.chars().filter(|c| !c.is_whitespace() && *c != '-') {
            let meant = match letter.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            };
            let value = ALPHABET.iter().position(|c| char::from(*c) == meant);
            values.push(u8::try_from(value.ok_or_else(mistyped)?).unwrap_or(0));
        }
        let typed_chars = values.len();
        let values: [u8; CHARS] = values.try_into().map_err(|_| {
            Fault::invalid("recovery_code_incomplete", "code").with("typed", typed_chars)
        })?;
        if check(&values[..SECRET_CHARS]) != values[SECRET_CHARS] {
            return Err(mistyped());
        }
        Ok(Self(values))
    }

    /// As it is written down: five groups of five.
    pub(crate) fn shown(&self) -> String {
        let groups = self.0.chunks(GROUP_CHARS).map(|group| {
            let letters = group.iter().map(|v| char::from(ALPHABET[usize::from(*v)]));
            letters.collect::<String>()
        });
        groups.collect::<Vec<_>>().join("-")
    }

    /// The key that follows from it: Argon2id, so that nobody tries codes quickly.
    ///
    /// # Errors
    /// When there is no memory for it (19 MiB).
    pub(crate) fn key(&self, salt: Digest) -> Result<Digest> {
        let mut key = [0; 32];
        Argon2::default()
            .hash_password_into(&self.0, &salt.0, &mut key)
            .map_err(|error| anyhow::anyhow!("a key cannot be derived: {error}"))?;
        Ok(Digest(key))
    }
}

impl std::fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RecoveryCode")
    }
}

/// Luhn's check over an alphabet of 32: finds every wrong character and nearly every swapped pair.
fn check(values: &[u8]) -> u8 {
    let sum: u8 = values.iter().rev().enumerate().fold(0, |sum, (at, value)| {
        let weighed = if at % 2 == 0 { value * 2 } else { *value };
        (sum + weighed / 32 + weighed % 32) % 32
    });
    (32 - sum) % 32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_understood_however_it_is_typed() {
        let code = RecoveryCode::make().unwrap();
        let shown = code.shown();
        assert_eq!(shown.len(), 29);
        let typed = shown
            .to_lowercase()
            .replace('-', "  ")
            .replace('0', "o")
            .replace('1', "l");
        assert!(RecoveryCode::read(&typed).unwrap() == code);
    }

    #[test]
    fn one_wrong_character_is_always_noticed() {
        let shown = RecoveryCode::make().unwrap().shown();
        for at in (0..shown.len()).filter(|at| shown.as_bytes()[*at] != b'-') {
            for letter in ALPHABET {
                let mut typed = shown.clone().into_bytes();
                typed[at] = *letter;
                let typed = String::from_utf8(typed).unwrap();
                assert_eq!(
                    RecoveryCode::read(&typed).is_ok(),
                    typed == shown,
                    "{typed}"
                );
            }
        }
    }

    #[test]
    fn a_code_that_is_cut_short_says_how_much_of_it_was_typed() {
        let told = RecoveryCode::read("ABCDE-FGH").unwrap_err();
        assert_eq!(
            (told.key, told.params["typed"].as_str()),
            ("recovery_code_incomplete", "8")
        );
        assert_eq!(
            RecoveryCode::read("!").unwrap_err().key,
            "recovery_code_mistyped"
        );
    }

    #[test]
    fn the_key_follows_from_code_and_salt_alone() {
        let (one, other) = (RecoveryCode::make().unwrap(), RecoveryCode::make().unwrap());
        let (salt, salted) = (Digest([1; 32]), Digest([2; 32]));
        assert_eq!(one.key(salt).unwrap(), one.key(salt).unwrap());
        assert_ne!(one.key(salt).unwrap(), one.key(salted).unwrap());
        assert_ne!(one.key(salt).unwrap(), other.key(salt).unwrap());
    }
}
