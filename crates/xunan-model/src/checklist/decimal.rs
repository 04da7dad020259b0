//! A decimal number that stays as it was written.

use std::cmp::Ordering;

use serde::{Serialize, Serializer};

/// A number with more characters than this is a mistake.
pub const DECIMAL_CHARS_MAX: usize = 30;

/// An exact decimal number: `-3`, `19.5`, `0.75`.
///
/// A limit of 19.5 % in a regulation is exactly that; as a binary float a reading could fall on
/// the wrong side of it. Two decimals are equal when their values are (`3` and `3.0`), while
/// [`Decimal::as_str`] gives the text as written, which is what a document prints.
#[derive(Debug, Clone)]
pub struct Decimal(String);

impl Decimal {
    /// Reads digits with an optional minus sign and an optional decimal point, and nothing else:
    /// no exponent, no grouping, no leading zeros (they would be octal in older YAML).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
        let digits =
            |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let plain = digits(whole) && digits(fraction) && (whole == "0" || !whole.starts_with('0'));
        (plain && text.len() <= DECIMAL_CHARS_MAX).then(|| Self(text.to_owned()))
    }

    /// The number as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn negative(&self) -> bool {
        self.0.starts_with('-') && self.0.bytes().any(|byte| (b'1'..=b'9').contains(&byte))
    }

    /// The digits that matter: before the point without leading, after it without trailing zeros.
    fn magnitude(&self) -> (&str, &str) {
        let unsigned = self.0.trim_start_matches('-');
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        (
            whole.trim_start_matches('0'),
            fraction.trim_end_matches('0'),
        )
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let ((whole, fraction), (other_whole, other_fraction)) =
            (self.magnitude(), other.magnitude());
        let by_magnitude = whole
            .len()
            .cmp(&other_whole.len())
            .then_with(|| whole.cmp(other_whole))
            .then_with(|| fraction.cmp(other_fraction));
        match (self.negative(), other.negative()) {
            (false, false) => by_magnitude,
            (true, true) => by_magnitude.reverse(),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Decimal {}

impl std::fmt::Display for Decimal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}
