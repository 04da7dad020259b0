//! What to do next: a state machine without IO. Events go in, actions come out.
//!
//! One connection carries everything. At most one round trip of changes and two blobs are on it at
//! a time; records come before thumbnails, these before evidence copies, these before originals.
//! What failed is tried again after a pause that grows with every failure and starts afresh on any
//! progress. Silence while there is work to do ends the connection.

use std::collections::BTreeMap;

use xunan_model::digest::Digest;

/// The pause after the first failure is at most this, in ms.
const RETRY_MS_MIN: u64 = 200;
/// The longest pause, in ms.
const RETRY_MS_MAX: u64 = 30_000;
/// The longest pause while the server refuses connections at once: then asking costs nothing.
const RETRY_REFUSED_MS_MAX: u64 = 5_000;
/// With nothing to send, the server is asked this often, in ms.
const POLL_MS: u64 = 60_000;
/// A connection that was not used for this long, in ms, is closed: it may be dead without
/// anybody knowing, and a new one costs one round trip.
const IDLE_MS: u64 = 20_000;
/// A blob that could not be sent or had is tried again after this, in ms, doubling each time.
const LATER_MS_MIN: u64 = 1_000;
const LATER_MS_MAX: u64 = 10 * 60_000;
/// The most blobs on their way at a time: more would starve each other on a slow link.
pub const MOVING_MAX: usize = 2;
/// The most blobs asked about at a time: so many may be there in part.
const ASKED_MAX: usize = 3;

/// The order in which things go; smaller goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lane {
    /// Changes.
    Records,
    /// Small pictures for lists.
    Thumb,
    /// What a document shows.
    Evidence,
    /// What the camera took.
    Original,
}

impl Lane {
    /// As it is stored with a queued blob.
    #[must_use]
    pub fn of_blob(number: i64) -> Self {
        match number {
            0 => Self::Thumb,
            1 => Self::Evidence,
            _ => Self::Original,
        }
    }
}

/// A blob to be sent or fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlobJob {
    /// Its name.
    pub sha256: Digest,
    /// Its length.
    pub bytes: u64,
    /// Its place in the order.
    pub lane: Lane,
    /// It was begun before: the server may have a part of it.
    pub begun: bool,
}

/// What there is to do, read from the store.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Work {
    /// Changes that the server has not confirmed.
    pub changes: u64,
    /// The next blobs to send, in order, without those that wait ([`Machine::waiting`]).
    pub uploads: Vec<BlobJob>,
    /// The next blobs to fetch, in order, likewise.
    pub fetches: Vec<BlobJob>,
    /// The link costs money: evidence copies and originals wait.
    pub metered: bool,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// Something was saved, or a pause is over.
    Woke,
    /// A person, or the system, says: try now.
    Now,
    /// The connection is made.
    Dialed,
    /// The request of a round trip is handed over, and no change is left for another.
    Handed,
    /// A round trip ended well.
    Synced {
        /// The server has more for us.
        more: bool,
        /// It confirmed, refused or sent something.
        moved: bool,
    },
    /// It is known how far a blob is at the server: its bytes follow.
    Sending(Digest),
    /// All bytes of a blob are handed over; only the confirmation is missing.
    Drained(Digest),
    /// The server has a blob, or it is here.
    Moved(Digest),
    /// One blob cannot be sent or had now; the others go on.
    BlobFailed(Digest),
    /// The server acknowledged bytes, or sent some.
    Progress,
    /// The connection failed, or what was asked over it.
    Failed(Failure),
}

/// How it failed, as far as the pause is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// No connection: refused at once.
    Refused,
    /// No connection, or it broke.
    Broken,
    /// The server answered that something is wrong with it or with the request.
    Answered,
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Make a connection.
    Dial,
    /// Drop the connection and everything on it.
    HangUp,
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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Link {
    Down { retry_ms: u64 },
    Dialing,
    Up,
}

/// Where a blob under way stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The server is asked how much of it is there; meanwhile another blob uses the link.
    Asking,
    /// It has bytes to send or to receive.
    Active,
    /// Only its confirmation is missing.
    Drained,
}

#[derive(Debug, Clone, Copy)]
struct Moving {
    job: BlobJob,
    stage: Stage,
}

/// A blob that waits after a failure of its own.
#[derive(Debug, Clone, Copy)]
struct Later {
    at_ms: u64,
    failures: u32,
}

/// The machine.
#[derive(Debug, Clone)]
pub struct Machine {
    link: Link,
    failures: u32,
    next_poll_ms: u64,
    more: bool,
    syncing: bool,
    /// The round trip under way has been handed over: others may use the link while it is answered.
    handed: bool,
    moving: Vec<Moving>,
    later: BTreeMap<Digest, Later>,
    /// When the server was last heard of, or work began.
    heard_ms: u64,
}

impl Default for Machine {
    fn default() -> Self {
        Self {
            link: Link::Down { retry_ms: 0 },
            failures: 0,
            next_poll_ms: 0,
            more: false,
            syncing: false,
            handed: false,
            moving: Vec::new(),
            later: BTreeMap::new(),
            heard_ms: 0,
        }
    }
}

impl Machine {
    /// Takes an event and says what to do next. After every action but [`Action::Wait`] it wants to
    /// be asked again with [`Event::Woke`].
    ///
    /// `patience_ms` is the longest silence that is borne. `jitter` is a random number from 0 to
    /// 1: many laptops that lost one server must not all come back in the same instant.
    pub fn step(
        &mut self,
        event: Event,
        work: &Work,
        now_ms: u64,
        patience_ms: u64,
        jitter: f64,
    ) -> Action {
        self.hear(event, now_ms, jitter);
        self.decide(work, now_ms, patience_ms, jitter)
    }

    /// Whether the last attempt failed and nothing has moved since.
    #[must_use]
    pub fn failing(&self) -> bool {
        self.failures > 0
    }

    /// Whether something is on its way.
    #[must_use]
    pub fn busy(&self) -> bool {
        self.link == Link::Dialing || self.syncing || !self.moving.is_empty()
    }

    /// Who may hand over bytes now: one blob, the first in the order, and none before the changes.
    #[must_use]
    pub fn turn(&self) -> Option<Digest> {
        if self.syncing && !self.handed {
            return None;
        }
        let active = self
            .moving
            .iter()
            .filter(|moving| moving.stage == Stage::Active);
        let first = active.min_by_key(|moving| moving.job.lane);
        first.map(|moving| moving.job.sha256)
    }

    /// The blobs that wait after a failure of their own.
    #[must_use]
    pub fn waiting(&self, now_ms: u64) -> Vec<Digest> {
        let waiting = self.later.iter().filter(|(_, later)| later.at_ms > now_ms);
        waiting.map(|(digest, _)| *digest).collect()
    }

    fn hear(&mut self, event: Event, now_ms: u64, jitter: f64) {
        match event {
            Event::Woke => {}
            Event::Now => {
                self.failures = 0;
                self.next_poll_ms = now_ms;
                self.later.clear();
                if let Link::Down { retry_ms } = &mut self.link {
                    *retry_ms = now_ms;
                }
            }
            Event::Dialed => {
                self.link = Link::Up;
                self.heard_ms = now_ms;
            }
            Event::Handed => self.handed = true,
            Event::Synced { more, moved } => {
                self.syncing = false;
                self.heard_ms = now_ms;
                self.more = more;
                self.next_poll_ms = now_ms + POLL_MS;
                if moved {
                    self.failures = 0;
                }
            }
            Event::Sending(digest) => {
                self.stage(digest, Stage::Active);
                self.heard_ms = now_ms;
            }
            Event::Drained(digest) => self.stage(digest, Stage::Drained),
            Event::Moved(digest) => {
                self.end(digest);
                self.later.remove(&digest);
                self.failures = 0;
                self.heard_ms = now_ms;
            }
            Event::BlobFailed(digest) => {
                self.end(digest);
                self.heard_ms = now_ms;
                let failures = self.later.get(&digest).map_or(0, |later| later.failures) + 1;
                let pause = LATER_MS_MIN << (failures - 1).min(16);
                let later = Later {
                    at_ms: now_ms + pause.min(LATER_MS_MAX),
                    failures,
                };
                self.later.insert(digest, later);
            }
            Event::Progress => {
                self.failures = 0;
                self.heard_ms = now_ms;
            }
            Event::Failed(failure) => self.fail(failure, now_ms, jitter),
        }
    }

    fn stage(&mut self, digest: Digest, stage: Stage) {
        let known = self.moving.iter_mut().find(|m| m.job.sha256 == digest);
        if let Some(moving) = known {
            moving.stage = stage;
        }
    }

    fn end(&mut self, digest: Digest) {
        self.moving.retain(|moving| moving.job.sha256 != digest);
    }

    fn fail(&mut self, failure: Failure, now_ms: u64, jitter: f64) {
        self.failures = self.failures.saturating_add(1);
        self.syncing = false;
        self.moving.clear();
        let max = if failure == Failure::Refused {
            RETRY_REFUSED_MS_MAX
        } else {
            RETRY_MS_MAX
        };
        // Doubles with every failure, then a random part of it ("full jitter").
        let doubled = RETRY_MS_MIN << (self.failures - 1).min(16);
        let pause = doubled.min(max) as f64 * jitter.clamp(0.0, 1.0);
        self.link = Link::Down {
            retry_ms: now_ms + pause as u64,
        };
    }

    fn decide(&mut self, work: &Work, now_ms: u64, patience_ms: u64, jitter: f64) -> Action {
        if self.busy() && now_ms >= self.heard_ms + patience_ms {
            self.fail(Failure::Broken, now_ms, jitter);
            return Action::HangUp;
        }
        let polls = now_ms >= self.next_poll_ms;
        // After a round that moved nothing the next one waits like after a failure.
        let sync = work.changes > 0 || self.more || polls;
        match self.link {
            Link::Down { retry_ms } => {
                if !sync && self.next_job(work, now_ms).is_none() {
                    return self.rest(now_ms);
                }
                if now_ms < retry_ms {
                    return Action::Wait { until_ms: retry_ms };
                }
                self.link = Link::Dialing;
                self.heard_ms = now_ms;
                Action::Dial
            }
            Link::Dialing => Action::Wait {
                until_ms: self.heard_ms + patience_ms,
            },
            Link::Up => self.go_on(work, sync, now_ms, patience_ms),
        }
    }

    fn go_on(&mut self, work: &Work, sync: bool, now_ms: u64, patience_ms: u64) -> Action {
        if sync && !self.syncing {
            self.begin(now_ms);
            (self.syncing, self.handed) = (true, false);
            return Action::Sync;
        }
        // After a failure the records go first and alone: a photo that breaks every connection must not
        // keep them back.
        let alone = self.syncing && self.failures > 0;
        if let Some((job, up)) = self.next_job(work, now_ms).filter(|_| !alone) {
            self.begin(now_ms);
            // What may be there in part is asked about first.
            let stage = if up && job.begun {
                Stage::Asking
            } else {
                Stage::Active
            };
            self.moving.push(Moving { job, stage });
            return if up {
                Action::Upload(job)
            } else {
                Action::Fetch(job)
            };
        }
        if self.busy() {
            return Action::Wait {
                until_ms: self.heard_ms + patience_ms,
            };
        }
        if now_ms >= self.heard_ms + IDLE_MS {
            self.link = Link::Down { retry_ms: 0 };
            return Action::HangUp;
        }
        match self.rest(now_ms) {
            Action::Wait { until_ms } => Action::Wait {
                until_ms: until_ms.min(self.heard_ms + IDLE_MS),
            },
            other => other,
        }
    }

    /// Silence counts from the moment that there is something to wait for.
    fn begin(&mut self, now_ms: u64) {
        if !self.busy() {
            self.heard_ms = now_ms;
        }
    }

    /// The next blob that may begin, and whether it goes up. A second one begins beside the first
    /// when it comes before it in the order, or when the first only waits for an answer.
    fn next_job(&self, work: &Work, now_ms: u64) -> Option<(BlobJob, bool)> {
        let asking = |moving: &&Moving| moving.stage == Stage::Asking;
        let asked = self.moving.iter().filter(asking).count();
        if self.moving.len() - asked >= MOVING_MAX || asked >= ASKED_MAX {
            return None;
        }
        let active = self
            .moving
            .iter()
            .filter(|moving| moving.stage == Stage::Active);
        let first = active.map(|moving| moving.job.lane).min();
        let may = |job: &&BlobJob| {
            !(work.metered && job.lane > Lane::Thumb)
                && first.is_none_or(|first| job.lane < first)
                && self.moving.iter().all(|m| m.job.sha256 != job.sha256)
                && self
                    .later
                    .get(&job.sha256)
                    .is_none_or(|later| later.at_ms <= now_ms)
        };
        let upload = work.uploads.iter().find(may).map(|job| (*job, true));
        upload.or_else(|| work.fetches.iter().find(may).map(|job| (*job, false)))
    }

    /// Nothing to do until the next poll, or until a blob may be tried again.
    fn rest(&self, now_ms: u64) -> Action {
        let later = self.later.values().map(|later| later.at_ms);
        let later = later.filter(|at| *at > now_ms).min();
        Action::Wait {
            until_ms: later.map_or(self.next_poll_ms, |at| at.min(self.next_poll_ms)),
        }
    }
}

#[cfg(test)]
mod tests;
