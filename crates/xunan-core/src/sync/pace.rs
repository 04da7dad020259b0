//! What is known of the link: how fast, how far away. Pure arithmetic over what the server has
//! acknowledged; what lies in a buffer on the way counts for nothing.

/// The smallest window: bytes on their way that are not acknowledged yet.
const WINDOW_MIN: u64 = 32 << 10;
const WINDOW_MAX: u64 = 8 << 20;
/// The window on a link that costs money: what is on its way when the link dies was paid for nothing.
const WINDOW_METERED: u64 = 20 << 10;
/// The first batch, in bytes after compression.
const BATCH_START: u64 = 24 << 10;
/// The first batch after a reconnect is at most this.
const BATCH_RECONNECT_MAX: u64 = 32 << 10;
const BATCH_MAX: u64 = 256 << 10;
const BATCH_MIN: u64 = 1 << 10;
/// What a reply may carry, before compression: at first, at least, at most.
const PULL_START: u32 = 256 << 10;
const PULL_MIN: u32 = 32 << 10;
const PULL_MAX: u32 = 2 << 20;
/// A round shorter than this lets the next batch double, in ms.
const ROUND_SHORT_MS: u64 = 2_000;
/// No acknowledged progress for this long, in ms, is silence on any link.
const PATIENCE_MS_MIN: u64 = 10_000;
const PATIENCE_MS_MAX: u64 = 120_000;
/// Acknowledged bytes are averaged over at least this, in ms.
const SAMPLE_MS: u64 = 200;

/// The estimate of one link.
#[derive(Debug, Clone)]
pub struct Pace {
    /// How long the way there and back takes, when nothing waits on it.
    rtt_ms: Option<u64>,
    /// Bytes per second.
    rate: Option<f64>,
    sample: Option<(u64, u64)>,
    batch: u64,
    pull: u32,
    /// Bytes before compression per byte after it.
    ratio: f64,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            rtt_ms: None,
            rate: None,
            sample: None,
            batch: BATCH_START,
            pull: PULL_START,
            ratio: 6.0,
        }
    }
}

impl Pace {
    /// A connection was made: what was known of the rate holds on, but the first batch is small.
    pub fn dialed(&mut self) {
        self.batch = self.batch.min(BATCH_RECONNECT_MAX);
        self.sample = None;
    }

    /// The server answered something small after `took_ms`.
    pub fn answered(&mut self, took_ms: u64) {
        // The least seen is the way itself; more is waiting in queues. It may grow slowly, as the
        // way may.
        self.rtt_ms = Some(self.rtt_ms.map_or(took_ms, |rtt| {
            if took_ms <= rtt {
                took_ms
            } else {
                rtt + (took_ms - rtt) / 16
            }
        }));
    }

    /// The server has acknowledged `bytes` more of what was sent without a pause.
    pub fn acked(&mut self, bytes: u64, now_ms: u64) {
        let Some((since, sum)) = self.sample else {
            self.sample = Some((now_ms, 0));
            return;
        };
        let sum = sum + bytes;
        let took = now_ms.saturating_sub(since);
        if took < SAMPLE_MS {
            self.sample = Some((since, sum));
            return;
        }
        let measured = sum as f64 * 1_000.0 / took as f64;
        self.rate = Some(
            self.rate
                .map_or(measured, |rate| rate * 0.6 + measured * 0.4),
        );
        self.sample = Some((now_ms, 0));
    }

    /// Nothing is being sent: the next acknowledgement begins a new sample.
    pub fn idle(&mut self) {
        self.sample = None;
    }

    /// A batch of `raw` bytes went as `packed` bytes and was acknowledged after `took_ms`.
    pub fn round(&mut self, raw: u64, packed: u64, took_ms: u64) {
        let full = raw as f64 * 1.5 >= self.batch_raw() as f64;
        if raw > 1_024 && packed > 0 {
            self.ratio = self.ratio * 0.3 + (raw as f64 / packed as f64) * 0.7;
        }
        if took_ms < ROUND_SHORT_MS && full {
            self.batch = (self.batch * 2).min(BATCH_MAX);
        }
    }

    /// A reply carried `raw` bytes of changes, before compression, and took `took_ms` in all.
    pub fn pulled(&mut self, raw: u64, took_ms: u64) {
        if took_ms < ROUND_SHORT_MS && raw * 2 > u64::from(self.pull) {
            self.pull = (self.pull * 2).min(PULL_MAX);
        }
    }

    /// A round failed.
    pub fn round_failed(&mut self) {
        self.batch = (self.batch / 2).max(BATCH_MIN);
        self.pull = (self.pull / 2).max(PULL_MIN);
    }

    /// How many bytes of changes, before compression, the next reply may carry.
    #[must_use]
    pub fn pull_bytes(&self) -> u32 {
        self.pull
    }

    /// How many bytes of changes, before compression, the next batch may have.
    #[must_use]
    pub fn batch_raw(&self) -> usize {
        (self.batch as f64 * self.ratio.clamp(1.0, 20.0)) as usize
    }

    /// How many bytes may be on their way without being acknowledged: enough to fill the link, not
    /// enough to keep a new record waiting behind a photo.
    #[must_use]
    pub fn window(&self, metered: bool) -> u64 {
        if metered {
            return WINDOW_METERED;
        }
        let Some(rate) = self.rate else {
            return WINDOW_MIN + WINDOW_MIN / 2;
        };
        // Acknowledgements come a little later than the way takes: the server syncs first.
        let way_ms = self.rtt_ms.unwrap_or(600) + 150;
        let filled = rate * way_ms as f64 / 1_000.0;
        ((filled * 1.5) as u64 + (WINDOW_MIN / 4)).clamp(WINDOW_MIN, WINDOW_MAX)
    }

    /// The longest silence that is borne while `unacked` bytes are on their way, in ms:
    /// `max(10 s, 4 RTT + 32 KiB / rate)`, and never shorter than what is under way needs.
    #[must_use]
    pub fn patience_ms(&self, unacked: u64) -> u64 {
        let bytes = unacked.max(32 << 10) as f64;
        let way = self
            .rate
            .map_or(0.0, |rate| bytes * 1_000.0 / rate.max(64.0));
        let wait = 4 * self.rtt_ms.unwrap_or(0) + way as u64;
        wait.clamp(PATIENCE_MS_MIN, PATIENCE_MS_MAX)
    }

    /// The measured rate in bytes per second.
    #[must_use]
    pub fn rate(&self) -> Option<u64> {
        self.rate.map(|rate| rate as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_fills_the_link_and_not_much_more() {
        let mut pace = Pace::default();
        pace.answered(600);
        for second in 0..60 {
            pace.acked(64 << 10, second * 1_000);
        }
        let rate = pace.rate().unwrap();
        assert!((60_000..70_000).contains(&rate), "{rate}");
        // One way there and back carries 38 KiB; the queue behind it stays under one second.
        assert!(pace.window(false) >= 39 << 10, "{}", pace.window(false));
        assert!(pace.window(false) <= 90 << 10, "{}", pace.window(false));
        assert!(pace.window(true) < 30 << 10, "less where it costs money");
    }

    #[test]
    fn a_fast_link_opens_the_window_wide() {
        let mut pace = Pace::default();
        pace.answered(20);
        for tick in 0..50 {
            pace.acked(6 << 20, tick * 300);
        }
        assert!(pace.window(false) > 4 << 20, "{}", pace.window(false));
    }

    #[test]
    fn batches_double_while_rounds_are_short_and_halve_on_failure() {
        let mut pace = Pace::default();
        let first = pace.batch_raw() as u64;
        let (raw, packed) = (first, first / 6);
        pace.round(raw, packed, 900);
        assert_eq!(pace.batch_raw() as u64 / 600, first / 300);
        pace.round(raw * 2, packed * 2, 2_500);
        assert_eq!(
            pace.batch_raw() as u64 / 600,
            first / 300,
            "a slow round does not grow"
        );
        pace.round(raw / 2, packed / 2, 500);
        assert_eq!(
            pace.batch_raw() as u64 / 600,
            first / 300,
            "nor does a small one"
        );
        pace.round_failed();
        assert_eq!(pace.batch_raw() as u64 / 600, first / 600);
        for _ in 0..20 {
            pace.round(6 << 20, 1 << 20, 100);
        }
        assert!(pace.batch_raw().abs_diff((256 << 10) * 6) < 3);
        pace.dialed();
        assert!(
            pace.batch_raw().abs_diff((32 << 10) * 6) < 3,
            "after a reconnect"
        );
        for _ in 0..20 {
            pace.round_failed();
        }
        assert!(pace.batch_raw() >= 1 << 10, "one change always fits");
    }

    #[test]
    fn replies_grow_while_rounds_are_short_and_full_and_shrink_on_failure() {
        let mut pace = Pace::default();
        pace.pulled(200 << 10, 900);
        assert_eq!(pace.pull_bytes(), 512 << 10);
        pace.pulled(500 << 10, 2_500);
        pace.pulled(10 << 10, 100);
        assert_eq!(
            pace.pull_bytes(),
            512 << 10,
            "slow or small ones do not grow"
        );
        for _ in 0..10 {
            pace.pulled(4 << 20, 100);
        }
        assert_eq!(pace.pull_bytes(), 2 << 20);
        for _ in 0..20 {
            pace.round_failed();
        }
        assert_eq!(pace.pull_bytes(), 32 << 10);
    }

    #[test]
    fn silence_is_borne_ten_seconds_and_longer_on_a_slow_link() {
        let mut pace = Pace::default();
        assert_eq!(pace.patience_ms(0), 10_000);
        pace.answered(2_000);
        for second in 0..60 {
            pace.acked(1_024, second * 1_000);
        }
        assert!((39_000..42_000).contains(&pace.patience_ms(0)));
        assert!(pace.patience_ms(1 << 30) <= 120_000);
    }
}
