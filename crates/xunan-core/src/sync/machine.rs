//! What to do next: a state machine without IO. Events go in, actions come out.
//!
//! One action at a time: records before blobs, small blobs before large. What failed is tried
//! again after a pause that grows with every failure and starts afresh on any progress.

use xunan_model::digest::Digest;

/// The pause before the first retry, in ms.
const RETRY_MS_MIN: u64 = 200;
/// The longest pause, in ms.
const RETRY_MS_MAX: u64 = 30_000;
/// The longest pause while the server refuses connections at once: then asking costs nothing.
const RETRY_REFUSED_MS_MAX: u64 = 5_000;
/// With nothing to send, the server is asked this often, in ms.
const POLL_MS: u64 = 60_000;

/// A blob to be sent or fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlobJob {
    /// Its name.
    pub sha256: Digest,
    /// Its length.
    pub bytes: u64,
}

/// What there is to do, read from the store before every step.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Work {
    /// Changes that the server has not confirmed.
    pub changes: usize,
    /// The next blob to send.
    pub upload: Option<BlobJob>,
    /// The next blob to fetch.
    pub fetch: Option<BlobJob>,
    /// When the next postponed blob is to be tried again, in ms.
    pub later_ms: Option<u64>,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// Something was saved, or a pause is over.
    Woke,
    /// A person, or the system, says: try now.
    Now,
    /// A round trip ended well; `more` changes wait at the server.
    Synced {
        /// The server has more.
        more: bool,
    },
    /// The server has a blob.
    Sent(Digest),
    /// A blob is here.
    Fetched(Digest),
    /// The last action failed.
    Failed(Failure),
}

/// How an action failed, as far as the pause is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// No connection: refused at once.
    Refused,
    /// No connection, or it broke.
    Broken,
    /// The server answered that something is wrong with it or with the request.
    Answered,
    /// One blob cannot be sent or had now. The store has postponed it; the others go on.
    Blob,
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// One round trip of changes.
    Sync,
    /// Send this blob.
    Upload(BlobJob),
    /// Fetch this blob.
    Fetch(BlobJob),
    /// Nothing until then (ms by the machine's clock), or until something happens.
    Wait {
        /// The end of the pause.
        until_ms: u64,
    },
}

/// The machine.
#[derive(Debug, Clone, Default)]
pub struct Machine {
    failures: u32,
    refused: bool,
    retry_ms: u64,
    next_poll_ms: u64,
    more: bool,
}

impl Machine {
    /// Takes an event and says what to do next.
    ///
    /// `jitter` is a random number from 0 to 1: many laptops that lost one server must not all
    /// come back in the same instant.
    pub fn step(&mut self, event: Event, work: &Work, now_ms: u64, jitter: f64) -> Action {
        match event {
            Event::Woke => {}
            Event::Now => {
                self.progress();
                self.next_poll_ms = now_ms;
            }
            Event::Synced { more } => {
                self.progress();
                self.more = more;
                self.next_poll_ms = now_ms + POLL_MS;
            }
            Event::Sent(_) | Event::Fetched(_) => self.progress(),
            Event::Failed(Failure::Blob) => {}
            Event::Failed(failure) => {
                self.failures = self.failures.saturating_add(1);
                self.refused = failure == Failure::Refused;
                self.retry_ms = now_ms + self.pause_ms(jitter);
            }
        }
        self.decide(work, now_ms)
    }

    /// Whether the last action failed.
    #[must_use]
    pub fn failing(&self) -> bool {
        self.failures > 0
    }

    fn progress(&mut self) {
        self.failures = 0;
        self.refused = false;
        self.retry_ms = 0;
    }

    /// Doubles with every failure, then a random part of it ("full jitter").
    fn pause_ms(&self, jitter: f64) -> u64 {
        let max = if self.refused {
            RETRY_REFUSED_MS_MAX
        } else {
            RETRY_MS_MAX
        };
        let doubled = RETRY_MS_MIN
            .saturating_mul(1 << self.failures.min(16))
            .min(max);
        let part = doubled as f64 * jitter.clamp(0.0, 1.0);
        RETRY_MS_MIN + part as u64
    }

    fn decide(&mut self, work: &Work, now_ms: u64) -> Action {
        if now_ms < self.retry_ms {
            return Action::Wait {
                until_ms: self.retry_ms,
            };
        }
        if work.changes > 0 || self.more || now_ms >= self.next_poll_ms {
            return Action::Sync;
        }
        if let Some(job) = work.upload {
            return Action::Upload(job);
        }
        if let Some(job) = work.fetch {
            return Action::Fetch(job);
        }
        let until_ms = work
            .later_ms
            .map_or(self.next_poll_ms, |later| later.min(self.next_poll_ms));
        Action::Wait { until_ms }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blob(n: u8) -> BlobJob {
        BlobJob {
            sha256: Digest([n; 32]),
            bytes: 10,
        }
    }

    #[test]
    fn records_go_before_blobs_and_blobs_before_fetching() {
        let mut machine = Machine::default();
        let all = Work {
            changes: 3,
            upload: Some(blob(1)),
            fetch: Some(blob(2)),
            later_ms: None,
        };
        assert_eq!(machine.step(Event::Now, &all, 0, 0.5), Action::Sync);
        let blobs = Work { changes: 0, ..all };
        assert_eq!(
            machine.step(Event::Synced { more: false }, &blobs, 10, 0.5),
            Action::Upload(blob(1))
        );
        let fetch = Work {
            upload: None,
            ..blobs
        };
        assert_eq!(
            machine.step(Event::Sent(blob(1).sha256), &fetch, 20, 0.5),
            Action::Fetch(blob(2))
        );
        let nothing = Work::default();
        assert_eq!(
            machine.step(Event::Fetched(blob(2).sha256), &nothing, 30, 0.5),
            Action::Wait { until_ms: 60_010 }
        );
    }

    #[test]
    fn the_pause_grows_and_any_progress_resets_it() {
        let mut machine = Machine::default();
        let work = Work {
            changes: 1,
            ..Work::default()
        };
        let mut pauses = Vec::new();
        let mut now = 0;
        for _ in 0..12 {
            let Action::Wait { until_ms } =
                machine.step(Event::Failed(Failure::Broken), &work, now, 1.0)
            else {
                panic!("a failure is followed by a pause")
            };
            pauses.push(until_ms - now);
            now = until_ms;
        }
        assert!(
            pauses.windows(2).all(|pair| pair[0] <= pair[1]),
            "{pauses:?}"
        );
        assert_eq!(pauses.last(), Some(&30_200));
        machine.step(Event::Synced { more: false }, &work, now, 1.0);
        assert_eq!(
            machine.step(Event::Failed(Failure::Broken), &work, now, 1.0),
            Action::Wait {
                until_ms: now + 600
            }
        );
    }

    #[test]
    fn a_server_that_refuses_at_once_is_asked_at_least_every_six_seconds() {
        let mut machine = Machine::default();
        let work = Work {
            changes: 1,
            ..Work::default()
        };
        for _ in 0..50 {
            machine.step(Event::Failed(Failure::Refused), &work, 0, 1.0);
        }
        assert_eq!(
            machine.step(Event::Failed(Failure::Refused), &work, 0, 1.0),
            Action::Wait { until_ms: 5_200 }
        );
    }

    #[test]
    fn now_ends_every_pause() {
        let mut machine = Machine::default();
        let work = Work {
            upload: Some(blob(1)),
            ..Work::default()
        };
        let Action::Wait { .. } = machine.step(Event::Failed(Failure::Broken), &work, 0, 1.0)
        else {
            panic!("no pause")
        };
        assert_eq!(machine.step(Event::Now, &work, 2, 0.0), Action::Sync);
        assert_eq!(
            machine.step(Event::Synced { more: false }, &work, 3, 0.0),
            Action::Upload(blob(1))
        );
    }

    #[test]
    fn a_postponed_blob_is_tried_again_in_time() {
        let mut machine = Machine::default();
        machine.step(Event::Synced { more: false }, &Work::default(), 0, 0.0);
        let postponed = Work {
            later_ms: Some(9_000),
            ..Work::default()
        };
        assert_eq!(
            machine.step(Event::Failed(Failure::Blob), &postponed, 1, 0.0),
            Action::Wait { until_ms: 9_000 }
        );
    }
}
