//! The server's key, as a laptop remembers it.

use serde::{Deserialize, Serialize};

use crate::digest::Digest;

/// Letters that are not mistaken for each other.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// How many letters of an enrolment code stand for the key: 60 bits.
pub const PIN_LETTERS: usize = 12;

/// The SHA-256 of a server's public key (`SubjectPublicKeyInfo`, DER).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Pin(pub Digest);

impl Pin {
    /// The pin of a public key.
    #[must_use]
    pub fn of(key: &[u8]) -> Self {
        Self(Digest::of(key))
    }

    /// Its first [`PIN_LETTERS`] letters, which a person types along with the enrolment code: so the
    /// first connection is already to the right server and no other.
    #[must_use]
    pub fn letters(self) -> String {
        let bits = |nth: usize| {
            let (byte, shift) = (nth * 5 / 8, nth * 5 % 8);
            let pair = u16::from(self.0.0[byte]) << 8 | u16::from(self.0.0[byte + 1]);
            usize::from((pair >> (11 - shift)) & 31)
        };
        (0..PIN_LETTERS)
            .map(|nth| char::from(ALPHABET[bits(nth)]))
            .collect()
    }
}

/// What a person typed as an enrolment code: letters that may be mistaken are read alike, and
/// everything else is left out.
#[must_use]
pub fn typed_letters(typed: &str) -> String {
    typed
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| match letter.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_letters_are_the_first_sixty_bits() {
        let mut digest = Digest::ZERO;
        digest.0[..8].copy_from_slice(&[0b0000_0000, 0b0100_0100, 0, 0, 0, 0, 0, 0b0001_1111]);
        // 00000 00001 00010 0 … and bits 55 to 59 are 0b00001.
        assert_eq!(Pin(digest).letters(), "012000000001");
        assert_eq!(Pin(Digest([255; 32])).letters(), "ZZZZZZZZZZZZ");
    }

    #[test]
    fn a_code_is_read_as_people_type_it() {
        assert_eq!(typed_letters(" ab1o-IL9z "), "AB1011".to_owned() + "9Z");
    }
}
