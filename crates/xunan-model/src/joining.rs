//! Two laptops on one visit (一起检查): a code is all that passes between them, and no network is needed.
//!
//! The visit's name is derived from its site and 40 random bits; whoever knows both means the same
//! visit, and answers to one item meet because their names are derived from the visit's.

use crate::digest::Digest;
use crate::fault::Fault;
use crate::id::{InspectionId, SiteId, derived};

/// Digits and letters that are not mistaken for each other (Crockford's base 32).
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const KEY_LETTERS: u32 = 8;
const CHECK_LETTERS: u32 = 2;

/// What tells a visit from the others at its site: 40 random bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JoinKey(u64);

impl JoinKey {
    /// A key from random bytes.
    #[must_use]
    pub fn new(random: [u8; 5]) -> Self {
        Self(
            random
                .iter()
                .fold(0, |key, byte| (key << 8) | u64::from(*byte)),
        )
    }

    /// The visit at a site that has this key.
    #[must_use]
    pub fn inspection(self, site: SiteId) -> InspectionId {
        InspectionId(derived(&["visit", &site.to_string(), &self.0.to_string()]))
    }

    /// What is read out to the other laptop: ten letters in two groups, the last two of which tell a
    /// slip of the finger or another site.
    #[must_use]
    pub fn code(self, site: SiteId) -> String {
        let letters = letters(self.0, KEY_LETTERS) + &letters(self.check(site), CHECK_LETTERS);
        format!("{}-{}", &letters[..5], &letters[5..])
    }

    /// Reads a code as people type it: small letters, O for 0, with or without the dash.
    ///
    /// # Errors
    /// `join_code_wrong` when it is none, or none of this site.
    pub fn parse(text: &str, site: SiteId) -> Result<Self, Fault> {
        let wrong = || Fault::invalid("join_code_wrong", "code");
        let mut bits: u64 = 0;
        let mut count = 0;
        for letter in text.chars().filter(|letter| !matches!(letter, '-' | ' ')) {
            count += 1;
            if count > KEY_LETTERS + CHECK_LETTERS {
                return Err(wrong());
            }
            bits = (bits << 5) | value(letter).ok_or_else(wrong)?;
        }
        let key = Self(bits >> (5 * CHECK_LETTERS));
        let check = bits & ((1 << (5 * CHECK_LETTERS)) - 1);
        if count < KEY_LETTERS + CHECK_LETTERS || check != key.check(site) {
            return Err(wrong());
        }
        Ok(key)
    }

    fn check(self, site: SiteId) -> u64 {
        let digest = Digest::of(format!("{site} {}", self.0).as_bytes()).to_string();
        u64::from_str_radix(&digest[..4], 16).unwrap_or_default() & 0x3ff
    }
}

fn letters(bits: u64, count: u32) -> String {
    let letter = |at: u32| LETTERS[usize::try_from((bits >> (5 * at)) & 31).unwrap_or_default()];
    (0..count).rev().map(|at| char::from(letter(at))).collect()
}

fn value(letter: char) -> Option<u64> {
    let letter = match letter.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    let at = LETTERS.iter().position(|one| char::from(*one) == letter)?;
    u64::try_from(at).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const SITE: SiteId = SiteId(Uuid::from_u128(0x018f_0000_0000_7000_8000_0000_0000_0001));

    #[test]
    fn a_code_read_out_and_typed_in_means_the_same_visit() {
        let key = JoinKey::new([0xff, 0x00, 0x12, 0x34, 0x56]);
        let code = key.code(SITE);
        assert_eq!(code.len(), 11);
        for typed in [
            code.clone(),
            code.to_lowercase(),
            code.replace('-', " "),
            code.replace('0', "o"),
        ] {
            let read = JoinKey::parse(&typed, SITE).unwrap();
            assert_eq!(read.inspection(SITE), key.inspection(SITE), "{typed}");
        }
    }

    #[test]
    fn another_site_a_slip_and_nonsense_are_refused() {
        let code = JoinKey::new([1, 2, 3, 4, 5]).code(SITE);
        let elsewhere = SiteId(Uuid::from_u128(7));
        assert!(JoinKey::parse(&code, elsewhere).is_err());
        for typed in [
            "",
            "U",
            "巡安",
            "0000000000",
            &code[1..],
            &format!("{code}0"),
            &"0".repeat(5_000),
        ] {
            assert!(JoinKey::parse(typed, SITE).is_err(), "{typed}");
        }
        let slips = code.char_indices().filter(|(_, letter)| *letter != '-');
        let slipped = slips.map(|(at, letter)| {
            let other = if letter == '7' { "8" } else { "7" };
            format!("{}{other}{}", &code[..at], &code[at + 1..])
        });
        // One letter in thousand wrong ones passes; of these ten none does.
        assert!(
            slipped
                .into_iter()
                .all(|typed| JoinKey::parse(&typed, SITE).is_err())
        );
    }
}
