//! Requests without the right token, counted by address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

const MINUTE_MS: u64 = 60_000;
/// So many addresses are remembered; a local network has fewer.
const ADDRESSES_MAX: usize = 1_024;

/// Who tried how often within a minute.
#[derive(Debug)]
pub(crate) struct Tries {
    per_minute: u32,
    /// When the minute began, and the tries in it.
    counts: Mutex<HashMap<IpAddr, (u64, u32)>>,
}

impl Tries {
    pub(crate) fn new(per_minute: u32) -> Self {
        Self {
            per_minute,
            counts: Mutex::default(),
        }
    }

    /// This address was wrong.
    pub(crate) fn failed(&self, from: IpAddr, now_ms: u64) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= ADDRESSES_MAX {
            counts.retain(|_, (begun, _)| now_ms < *begun + MINUTE_MS);
        }
        if counts.len() >= ADDRESSES_MAX && !counts.contains_key(&from) {
            return;
        }
        let count = counts.entry(from).or_insert((now_ms, 0));
        if now_ms >= count.0 + MINUTE_MS {
            *count = (now_ms, 0);
        }
        count.1 = count.1.saturating_add(1);
    }

    /// Whether this address has been wrong too often to be heard now.
    pub(crate) fn blocked(&self, from: IpAddr, now_ms: u64) -> bool {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts
            .get(&from)
            .is_some_and(|(begun, count)| *count >= self.per_minute && now_ms < *begun + MINUTE_MS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_guesses_too_often_waits_a_minute_and_nobody_else_does() {
        let tries = Tries::new(3);
        let (one, other) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        for at in 0..3 {
            assert!(!tries.blocked(one, at));
            tries.failed(one, at);
        }
        assert!(tries.blocked(one, 3));
        assert!(!tries.blocked(other, 3));
        assert!(!tries.blocked(one, MINUTE_MS));
        tries.failed(one, MINUTE_MS);
        assert!(
            !tries.blocked(one, MINUTE_MS),
            "a new minute begins at zero"
        );
    }
}
