//! The sync machine under any order of events: it never asks for what it may not, and with a sound
//! link it always comes to rest with everything done.

use std::collections::BTreeMap;

use proptest::prelude::*;
use xunan_core::sync::machine::{Action, BlobJob, Event, Failure, Lane, MOVING_MAX, Machine, Work};
use xunan_model::digest::Digest;

const PATIENCE_MS: u64 = 10_000;
/// More blobs than this are never under way, those that are only asked about among them.
const UNDER_WAY_MAX: usize = MOVING_MAX + 3;

/// What befalls the machine next.
#[derive(Debug, Clone)]
enum Fate {
    Saved,
    Now,
    Later(u64),
    Dialed,
    Handed,
    Synced { more: bool },
    Blob(u8, BlobFate),
    Failed(u8),
    Photo { lane: u8, begun: bool, down: bool },
    Metered(bool),
}

#[derive(Debug, Clone)]
enum BlobFate {
    Sending,
    Drained,
    Moved,
    Failed,
    Progress,
}

fn fates() -> impl Strategy<Value = Fate> {
    prop_oneof![
        Just(Fate::Saved),
        Just(Fate::Now),
        (0_u64..40_000).prop_map(Fate::Later),
        Just(Fate::Dialed),
        Just(Fate::Handed),
        any::<bool>().prop_map(|more| Fate::Synced { more }),
        (any::<u8>(), blob_fates()).prop_map(|(which, fate)| Fate::Blob(which, fate)),
        (0_u8..3).prop_map(Fate::Failed),
        (0_u8..3, any::<bool>(), any::<bool>()).prop_map(|(lane, begun, down)| Fate::Photo {
            lane,
            begun,
            down
        }),
        any::<bool>().prop_map(Fate::Metered),
    ]
}

fn blob_fates() -> impl Strategy<Value = BlobFate> {
    prop_oneof![
        Just(BlobFate::Sending),
        Just(BlobFate::Drained),
        Just(BlobFate::Moved),
        Just(BlobFate::Failed),
        Just(BlobFate::Progress),
    ]
}

/// The machine, and what a careful onlooker knows of it.
#[derive(Default)]
struct World {
    machine: Machine,
    work: Work,
    now_ms: u64,
    photos: u8,
    dialing: bool,
    up: bool,
    syncing: bool,
    handed: bool,
    under_way: BTreeMap<Digest, BlobJob>,
}

impl World {
    /// Gives the machine an event and does what it says until it waits.
    fn tell(&mut self, event: Event) -> Result<(), TestCaseError> {
        let mut event = event;
        for _ in 0..100 {
            let waiting = self.machine.waiting(self.now_ms);
            let mut work = self.work.clone();
            work.uploads.retain(|job| !waiting.contains(&job.sha256));
            work.fetches.retain(|job| !waiting.contains(&job.sha256));
            let action = self
                .machine
                .step(event, &work, self.now_ms, PATIENCE_MS, 0.5);
            event = Event::Woke;
            match action {
                Action::Wait { .. } => {
                    prop_assert_eq!(
                        self.machine.busy(),
                        self.dialing || self.syncing || !self.under_way.is_empty()
                    );
                    return Ok(());
                }
                Action::Dial => {
                    prop_assert!(!self.up && !self.dialing, "one connection at a time");
                    self.dialing = true;
                }
                Action::HangUp => self.gone(),
                Action::Sync => {
                    prop_assert!(self.up && !self.syncing, "one round trip at a time");
                    (self.syncing, self.handed) = (true, false);
                }
                Action::Upload(job) | Action::Fetch(job) => {
                    prop_assert!(self.up);
                    prop_assert!(
                        !(self.work.metered && job.lane > Lane::Thumb),
                        "the link costs money"
                    );
                    prop_assert!(!waiting.contains(&job.sha256), "it waits after a failure");
                    let before = self.under_way.insert(job.sha256, job);
                    prop_assert!(before.is_none(), "a blob is under way once");
                    prop_assert!(self.under_way.len() <= UNDER_WAY_MAX);
                }
            }
            if let Some(turn) = self.machine.turn() {
                prop_assert!(!self.syncing || self.handed, "records go first");
                prop_assert!(self.under_way.contains_key(&turn));
            }
        }
        Err(TestCaseError::fail("it never waits"))
    }

    fn gone(&mut self) {
        (self.up, self.dialing, self.syncing) = (false, false, false);
        self.under_way.clear();
    }

    fn done(&mut self, blob: Digest) {
        self.under_way.remove(&blob);
        self.work.uploads.retain(|job| job.sha256 != blob);
        self.work.fetches.retain(|job| job.sha256 != blob);
    }

    fn befall(&mut self, fate: Fate) -> Result<(), TestCaseError> {
        match fate {
            Fate::Saved => {
                self.work.changes += 1;
                self.tell(Event::Woke)
            }
            Fate::Now => self.tell(Event::Now),
            Fate::Later(ms) => {
                self.now_ms += ms;
                self.tell(Event::Woke)
            }
            Fate::Dialed if self.dialing => {
                (self.dialing, self.up) = (false, true);
                self.tell(Event::Dialed)
            }
            Fate::Handed if self.syncing => {
                self.handed = true;
                self.tell(Event::Handed)
            }
            Fate::Synced { more } if self.syncing => {
                self.syncing = false;
                let moved = self.work.changes > 0 || more;
                self.work.changes = 0;
                self.tell(Event::Synced { more, moved })
            }
            Fate::Blob(which, fate) => {
                let under_way: Vec<Digest> = self.under_way.keys().copied().collect();
                let Some(blob) = under_way.get(usize::from(which) % under_way.len().max(1)) else {
                    return Ok(());
                };
                self.blob(*blob, &fate)
            }
            Fate::Failed(how) if self.up || self.dialing => {
                self.gone();
                let how = [Failure::Refused, Failure::Broken, Failure::Answered][usize::from(how)];
                self.tell(Event::Failed(how))
            }
            Fate::Photo { lane, begun, down } => {
                self.photos = self.photos.wrapping_add(1);
                let job = BlobJob {
                    sha256: Digest::of(&[self.photos]),
                    bytes: 10,
                    lane: Lane::of_blob(i64::from(lane)),
                    begun: begun && !down,
                };
                let list = if down {
                    &mut self.work.fetches
                } else {
                    &mut self.work.uploads
                };
                if list.iter().all(|known| known.sha256 != job.sha256) {
                    list.push(job);
                    list.sort_by_key(|job| job.lane);
                }
                self.tell(Event::Woke)
            }
            Fate::Metered(on) => {
                self.work.metered = on;
                self.tell(Event::Woke)
            }
            Fate::Dialed | Fate::Handed | Fate::Synced { .. } | Fate::Failed(_) => Ok(()),
        }
    }

    fn blob(&mut self, blob: Digest, fate: &BlobFate) -> Result<(), TestCaseError> {
        match fate {
            BlobFate::Sending => self.tell(Event::Sending(blob)),
            BlobFate::Drained => self.tell(Event::Drained(blob)),
            BlobFate::Progress => self.tell(Event::Progress),
            BlobFate::Moved => {
                self.done(blob);
                self.tell(Event::Moved(blob))
            }
            BlobFate::Failed => {
                self.under_way.remove(&blob);
                self.tell(Event::BlobFailed(blob))
            }
        }
    }

    /// From now on everything works.
    fn heal(&mut self) -> Result<(), TestCaseError> {
        self.work.metered = false;
        for _ in 0..2_000 {
            let idle = !self.dialing && !self.syncing && self.under_way.is_empty();
            let left = self.work.changes > 0
                || !self.work.uploads.is_empty()
                || !self.work.fetches.is_empty();
            if idle && !left {
                return Ok(());
            }
            if self.dialing {
                self.befall(Fate::Dialed)?;
            } else if self.syncing {
                self.befall(Fate::Synced { more: false })?;
            } else if let Some(blob) = self.under_way.keys().next().copied() {
                self.blob(blob, &BlobFate::Moved)?;
            } else {
                self.befall(Fate::Later(1_000))?;
            }
        }
        Err(TestCaseError::fail(format!(
            "no rest: {:?} {:?}",
            self.machine, self.work
        )))
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_it_asks_for_nothing_it_may_not_and_comes_to_rest_on_a_sound_link(
        fates in prop::collection::vec(fates(), 0..120)
    ) {
        let mut world = World::default();
        for fate in fates {
            world.befall(fate)?;
        }
        world.heal()?;
    }
}
