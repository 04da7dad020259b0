//! Tokens, one-time codes and passwords: how they are made and what is kept of them.

use anyhow::Result;
use argon2::password_hash::{PasswordHasher as _, phc};
use argon2::{Algorithm, Argon2, Params, Version};
use xunan_model::digest::Digest;
use xunan_model::pin::{Pin, typed_letters};

use crate::platform;

/// Crockford's base 32: no I, L, O, U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A random 256-bit token. A digest of it is enough to keep: nobody can try them all.
///
/// # Errors
/// When the system gives no random bytes.
pub fn token() -> Result<String> {
    Ok(Digest(platform::random()?).to_string())
}

/// A one-time code of 60 bits, grouped for reading aloud.
///
/// # Errors
/// When the system gives no random bytes.
pub fn code() -> Result<String> {
    let bytes: [u8; 12] = platform::random()?;
    let letters: String = bytes
        .iter()
        .map(|byte| char::from(ALPHABET[usize::from(byte & 31)]))
        .collect();
    Ok(format!(
        "{}-{}-{}",
        &letters[..4],
        &letters[4..8],
        &letters[8..]
    ))
}

/// The letters of a code that this server knows; those of its key follow them.
const CODE_LETTERS: usize = 12;

/// What is kept of a code: a digest over its letters as they were meant, however they were typed.
#[must_use]
pub fn code_digest(typed: &str) -> Digest {
    let letters = typed_letters(typed);
    Digest::of(&letters.as_bytes()[..letters.len().min(CODE_LETTERS)])
}

/// A code for typing: its letters, then those of the server's key.
#[must_use]
pub fn code_with_key(code: &str, pin: Pin) -> String {
    let letters = pin.letters();
    format!(
        "{code}-{}-{}-{}",
        &letters[..4],
        &letters[4..8],
        &letters[8..]
    )
}

/// A password's verifier: Argon2id with 19 MiB, 2 passes, 1 lane.
///
/// # Errors
/// When the system gives no random bytes.
pub fn verifier(password: &str) -> Result<String> {
    let params = Params::new(19_456, 2, 1, None).map_err(|e| anyhow::anyhow!("argon2: {e}"))?;
    let salt: [u8; 16] = platform::random()?;
    let hash: phc::PasswordHash = Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_with_salt(password.as_bytes(), &salt)
        .map_err(|e| anyhow::anyhow!("argon2: {e}"))?;
    Ok(hash.to_string())
}

/// Reads exactly `N` bytes written as hexadecimal.
#[must_use]
pub fn hex_read<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != N * 2 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let mut bytes = [0; N];
    for (i, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(i * 2..i * 2 + 2)?, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_understood_however_it_is_typed() {
        let code = code().unwrap();
        assert_eq!(code.len(), 14);
        let typed = code
            .to_lowercase()
            .replace('-', " ")
            .replace('0', "o")
            .replace('1', "l");
        assert_eq!(code_digest(&typed), code_digest(&code));
    }

    #[test]
    fn a_verifier_is_argon2id_with_the_agreed_cost() {
        assert!(
            verifier("x")
                .unwrap()
                .starts_with("$argon2id$v=19$m=19456,t=2,p=1$")
        );
    }
}
