//! The hybrid logical clock that orders changes: later knowledge has the greater stamp, even
//! when the laptop's clock is wrong.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// 48 bits of milliseconds since 1970 and a 16-bit counter; 16 hexadecimal digits on the wire,
/// so that text order is stamp order and JavaScript loses nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, ts_rs::TS)]
#[ts(type = "string")]
pub struct Stamp(u64);

impl Stamp {
    /// Before every change.
    pub const ZERO: Self = Self(0);
    const MS_MAX: u64 = (1 << 48) - 1;

    /// The stamp of instant `ms` (milliseconds since 1970) with counter 0.
    #[must_use]
    pub fn from_ms(ms: u64) -> Self {
        Self(ms.min(Self::MS_MAX) << 16)
    }

    /// Milliseconds since 1970.
    #[must_use]
    pub fn ms(self) -> u64 {
        self.0 >> 16
    }

    /// The stamp of the next change made when the clock on the wall says `now_ms`: greater than
    /// every stamp seen before. A full counter runs over into the milliseconds.
    #[must_use]
    pub fn next(self, now_ms: u64) -> Self {
        let wall = Self::from_ms(now_ms);
        if wall > self {
            wall
        } else {
            Self(self.0.saturating_add(1))
        }
    }

    /// The stamp that merging uses: a clock that runs ahead may not win for ever, so a change
    /// counts at most 60 seconds after the server received it.
    #[must_use]
    pub fn effective(self, received_ms: u64) -> Self {
        const AHEAD_MS_MAX: u64 = 60_000;
        self.min(Self::from_ms(received_ms + AHEAD_MS_MAX))
    }

    /// Reads what [`Display`](std::fmt::Display) writes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != 16 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        u64::from_str_radix(text, 16).ok().map(Self)
    }
}

impl std::fmt::Display for Stamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl Serialize for Stamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Stamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not a stamp"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_grows_even_when_the_clock_goes_back() {
        let first = Stamp::ZERO.next(1_000);
        let second = first.next(500);
        let third = second.next(1_000);
        assert!(first < second && second < third);
        assert_eq!(third.ms(), 1_000);
        assert_eq!(third.next(2_000), Stamp::from_ms(2_000));
    }

    #[test]
    fn a_clock_ahead_counts_at_most_a_minute_after_receipt() {
        let ahead = Stamp::from_ms(10_000_000);
        assert_eq!(ahead.effective(1_000), Stamp::from_ms(61_000));
        assert_eq!(Stamp::from_ms(500).effective(1_000), Stamp::from_ms(500));
    }

    #[test]
    fn text_order_is_stamp_order() {
        let stamps = [
            Stamp::ZERO,
            Stamp::from_ms(9),
            Stamp::from_ms(10).next(10),
            Stamp::from_ms(1 << 40),
        ];
        for pair in stamps.windows(2) {
            assert!(pair[0].to_string() < pair[1].to_string());
            assert_eq!(Stamp::parse(&pair[0].to_string()), Some(pair[0]));
        }
    }
}
