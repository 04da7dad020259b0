//! Replies of a server that was restored from a backup, and took another history.

use std::sync::Arc;

use chrono::DateTime;
use serde_json::{Map, Value};
use uuid::Uuid;
use xunan_model::change::{Edit, TimeEvidence};
use xunan_model::id::PersonId;

use super::*;
use crate::install::Config;

const ME: DeviceId = DeviceId(Uuid::from_u128(1));
const OTHER: DeviceId = DeviceId(Uuid::from_u128(2));

struct Laptop {
    shared: Arc<Shared>,
    _folder: tempfile::TempDir,
}

impl Laptop {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = Config {
            folder: folder.path().to_owned(),
            server_url: None,
        };
        let shared = Shared::open(Arc::new(xunan_platform::RealDisk), config).unwrap();
        shared
            .store
            .write(Origin::Remote, |tx| {
                log::enrol(tx.conn(), ME, DateTime::UNIX_EPOCH)?;
                keep_scopes(tx, &[scope()])
            })
            .unwrap();
        Self {
            shared,
            _folder: folder,
        }
    }

    /// The laptop's own first change.
    fn write(&self, raw: &RawChange) {
        let own = raw.read().unwrap();
        let link = Digest::ZERO.link(raw.digest());
        let new = NewChange {
            change: &own,
            raw,
            link: Some(link),
            effective: own.at,
            own: true,
            acked: false,
        };
        let writer = Writer {
            at: own.at,
            change: own.id,
        };
        let write = |tx: &mut Tx<'_>| {
            log::insert(tx.conn(), &new)?;
            log::advance(tx.conn(), 1, link, own.at)?;
            log::fold(tx.conn(), writer, &own.edits[0])
        };
        self.shared.store.write(Origin::Remote, write).unwrap();
    }

    fn hear(&self, reply: &SyncReply) -> Applied {
        apply(&self.shared, reply).unwrap()
    }

    fn lines(&self, query: &str) -> Vec<String> {
        let lines = |conn: &Connection| {
            let mut statement = conn.prepare(query)?;
            let lines = statement.query_map([], |row| row.get(0))?;
            Ok(lines.collect::<rusqlite::Result<_>>()?)
        };
        self.shared.store.read(lines).unwrap()
    }

    fn names(&self) -> Vec<String> {
        self.lines("SELECT fields ->> '$.name' FROM record ORDER BY 1")
    }
}

fn scope() -> Scope {
    Scope("s".to_owned())
}

/// Change `seq` of a laptop: gives a site of its own a name.
fn change(device: DeviceId, epoch: u32, seq: u64, name: &str) -> RawChange {
    let site = Uuid::new_v5(&device.0, name.as_bytes());
    RawChange::write(&Change {
        v: 1,
        id: ChangeId { device, epoch, seq },
        at: Stamp::from_ms(seq),
        time: TimeEvidence {
            wall: DateTime::UNIX_EPOCH,
            mono: 0,
            boot: String::new(),
            trusted: None,
        },
        author: PersonId(Uuid::nil()),
        scope: scope(),
        edits: vec![Edit {
            kind: Kind::Site,
            id: site,
            base: std::collections::BTreeMap::new(),
            set: Map::from_iter([("name".to_owned(), Value::from(name))]),
        }],
    })
    .unwrap()
}

/// What the server in `server_epoch` has of the scope, all of it.
fn reply(server_epoch: u64, has: &[RawChange]) -> SyncReply {
    let mut set = ChangeSet::EMPTY;
    let changes: Vec<PulledChange> = (1..)
        .zip(has)
        .map(|(n, raw)| {
            let change = raw.read().unwrap();
            set.add(change.id);
            PulledChange {
                n,
                effective: change.at,
                raw: raw.clone(),
            }
        })
        .collect();
    let n = changes.len() as u64;
    SyncReply {
        server_time: DateTime::UNIX_EPOCH,
        server_epoch,
        ack: Ack {
            epoch: 1,
            last_seq: 0,
            link: Digest::ZERO,
            stamps: std::collections::BTreeMap::new(),
        },
        fork: None,
        rejects: Vec::new(),
        blobs: std::collections::BTreeMap::new(),
        pulled: vec![PulledScope {
            scope: scope(),
            changes,
            own: Vec::new(),
            cursor: Cursor { server_epoch, n },
            more: false,
            set,
        }],
        directives: Vec::new(),
    }
}

#[test]
fn a_name_that_a_restored_server_gave_to_other_bytes_means_those_here_too() {
    let laptop = Laptop::new();
    laptop.hear(&reply(
        7,
        &[change(OTHER, 1, 1, "甲"), change(OTHER, 1, 2, "乙")],
    ));
    assert_eq!(laptop.names(), ["乙", "甲"]);
    // Restored to before 乙; a clone of that laptop was quicker with its own second change.
    let restored = reply(8, &[change(OTHER, 1, 1, "甲"), change(OTHER, 1, 2, "丙")]);
    laptop.hear(&restored);
    assert_eq!(laptop.names(), ["丙", "甲"]);
    assert_eq!(
        laptop.lines("SELECT raw FROM displaced"),
        [change(OTHER, 1, 2, "乙").text()],
        "what stood there is kept"
    );
    laptop.hear(&restored);
    assert_eq!(
        laptop.names(),
        ["丙", "甲"],
        "hearing it again changes nothing"
    );
}

#[test]
fn what_a_clone_wrote_under_our_names_is_here_after_ours_was_written_again() {
    let laptop = Laptop::new();
    laptop.write(&change(ME, 1, 1, "我"));
    // The clone's change under our name comes down before the server has said that we parted.
    let has = [change(ME, 1, 1, "分身")];
    laptop.hear(&reply(7, &has));
    assert_eq!(laptop.names(), ["我"], "ours stays until then");
    let mut parted = reply(7, &has);
    parted.fork = Some(Fork {
        seq: 1,
        next_epoch: 2,
    });
    let applied = laptop.hear(&parted);
    assert!(applied.more, "the scope is pulled from the start");
    let mut again = reply(7, &has);
    again.ack.epoch = 2;
    laptop.hear(&again);
    assert_eq!(laptop.names(), ["分身", "我"], "both are here, each once");
    let own = laptop
        .lines("SELECT raw ->> '$.epoch' || '/' || (raw ->> '$.seq') FROM change WHERE own = 1");
    assert_eq!(own, ["2/1"]);
    assert_eq!(laptop.lines("SELECT 'x' FROM change").len(), 2);
}

#[test]
fn an_acknowledgement_of_another_history_is_not_believed_and_all_is_sent_again() {
    let laptop = Laptop::new();
    laptop.write(&change(ME, 1, 1, "我"));
    let mut told = reply(7, &[]);
    (told.ack.last_seq, told.ack.link) = (1, Digest::of(b"another history"));
    laptop.hear(&told);
    let request = laptop
        .shared
        .store
        .read(|conn| request(conn, 1_000, 1_000, false))
        .unwrap();
    assert_eq!((request.first_seq, request.changes.len()), (1, 1));
}

/// The same change, made about one site and at another time.
fn about_one_site(raw: &RawChange, at_ms: u64) -> RawChange {
    let mut change = raw.read().unwrap();
    change.at = Stamp::from_ms(at_ms);
    change.edits[0].id = Uuid::from_u128(9);
    RawChange::write(&change).unwrap()
}

#[test]
fn a_clock_that_ran_ahead_does_not_win_over_what_others_wrote_later() {
    let laptop = Laptop::new();
    let mine = about_one_site(&change(ME, 1, 1, "早的"), 5_000_000);
    laptop.write(&mine);
    // The server saw at its arrival that it cannot be so late, and says when it counts.
    let theirs = about_one_site(&change(OTHER, 1, 1, "晚的"), 20);
    let mut told = reply(7, std::slice::from_ref(&theirs));
    told.ack.last_seq = 1;
    told.ack.link = Digest::ZERO.link(mine.digest());
    told.ack.stamps = [(1, Stamp::from_ms(10))].into();
    laptop.hear(&told);
    assert_eq!(laptop.names(), ["晚的"]);
}
