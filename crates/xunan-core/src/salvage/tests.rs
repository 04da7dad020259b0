//! Real databases, damaged page by page.

use serde_json::Map;
use xunan_model::change::Scope;
use xunan_model::id::{OfficeId, PersonId, SiteId};
use xunan_model::party::Site;

use super::*;
use crate::Install;
use crate::store::Actor;

/// Changes of the laptop; the server has confirmed half of them.
const CHANGES: u64 = 240;

/// What a laptop's log holds: name and text of each change.
type Log = BTreeMap<(u32, u64), String>;

fn config(folder: &Path) -> Config {
    Config {
        folder: folder.to_owned(),
        server_url: None,
    }
}

fn site(n: u128, address: &str) -> Site {
    Site {
        id: SiteId(Uuid::from_u128(n)),
        name: format!("检查对象 {n}"),
        address: address.to_owned(),
        division: String::new(),
        sectors: Vec::new(),
        facilities: Vec::new(),
        units: Vec::new(),
        kinds: Vec::new(),
        listed: 0,
        point: None,
        contact: String::new(),
        organizations: Vec::new(),
        merged_into: None,
        merge: None,
        extra: Map::new(),
    }
}

/// A laptop with `CHANGES` changes, some of them longer than a page; returns its data folder.
fn laptop() -> (tempfile::TempDir, Log) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(Arc::new(RealDisk), &folder.path().join(DATABASE)).unwrap();
    let enrolled = store.write(Origin::Remote, |tx| {
        let conn = tx.conn();
        log::enrol(
            conn,
            DeviceId(Uuid::from_u128(1)),
            chrono::DateTime::UNIX_EPOCH,
        )?;
        setting::put(conn, setting::TOKEN, "token")?;
        setting::put(conn, setting::SERVER_URL, "https://127.0.0.1:1")?;
        setting::put(conn, setting::SERVER_PIN, &Digest::of(b"key").to_string())?;
        crate::enrol::keep_scopes(tx, &[Scope("s".to_owned())])?;
        tx.local("draft", Some("半句话"))
    });
    enrolled.unwrap();
    let actor = Actor {
        person: PersonId(Uuid::from_u128(2)),
        office: OfficeId(Uuid::from_u128(3)),
        scope: Scope("s".to_owned()),
    };
    for n in 0..CHANGES {
        // Two changes to each site.
        let address = "拉萨市城关区".repeat(if n % 20 == 7 { 500 } else { 10 });
        let site = site(u128::from(n / 2), &format!("{n} {address}"));
        store
            .write(Origin::Person(&actor), |tx| tx.put(&site))
            .unwrap();
    }
    let acked = store.write(Origin::Remote, |tx| {
        let device = log::device(tx.conn())?.unwrap();
        log::ack(tx.conn(), &device, CHANGES / 2)
    });
    acked.unwrap();
    let log = log_of(&store);
    (folder, log)
}

fn log_of(store: &Store) -> Log {
    let read = store.read(|conn| {
        let mut statement = conn.prepare("SELECT epoch, seq, raw FROM change")?;
        let rows = statement.query_map([], |row| Ok(((row.get(0)?, row.get(1)?), row.get(2)?)))?;
        Ok(rows.collect::<rusqlite::Result<Log>>()?)
    });
    read.unwrap()
}

/// The edits of a log, whatever the names of its changes are.
fn edits(log: &Log) -> Vec<String> {
    let mut edits: Vec<String> = log
        .values()
        .map(|raw| {
            let value: serde_json::Value = serde_json::from_str(raw).unwrap();
            value["edits"].to_string()
        })
        .collect();
    edits.sort();
    edits
}

fn damaged(from: &Path, mut damage: impl FnMut(&mut Vec<u8>)) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut bytes = fs::read(from.join(DATABASE)).unwrap();
    damage(&mut bytes);
    fs::write(folder.path().join(DATABASE), &bytes).unwrap();
    folder
}

/// Salvages, checks all that must hold whatever the damage was, and returns what was told.
fn salvaged(folder: &Path, before: &Log) -> SalvageView {
    let bytes = fs::read(folder.join(DATABASE)).unwrap();
    let view = salvage(&config(folder)).unwrap();
    assert!(fs::read(folder.join(&view.folder).join(DATABASE)).unwrap() == bytes);
    let store = Store::open(Arc::new(RealDisk), &folder.join(DATABASE)).unwrap();
    let sound: String = store
        .read(|conn| Ok(conn.query_row("PRAGMA integrity_check", [], |row| row.get(0))?))
        .unwrap();
    assert_eq!(sound, "ok");
    assert!(store.read(log::misfolded).unwrap().is_empty());
    let after = log_of(&store);
    assert_eq!(after.len() as u64, view.changes_read);
    let all = edits(before);
    assert!(
        edits(&after)
            .iter()
            .all(|edit| all.binary_search(edit).is_ok()),
        "made up"
    );
    // Nothing keeps the person from working on.
    let actor = Actor {
        person: PersonId(Uuid::from_u128(2)),
        office: OfficeId(Uuid::from_u128(3)),
        scope: Scope("s".to_owned()),
    };
    store
        .write(Origin::Person(&actor), |tx| tx.put(&site(9_999, "new")))
        .unwrap();
    let device = store.read(log::device).unwrap().unwrap();
    let missing = before.len() as u64 - view.changes_read;
    if missing > 0 {
        // The chain begins anew, and what the server has not confirmed is in it.
        assert_eq!((device.epoch, device.acked_seq), (2, 0));
        assert_eq!(device.last_seq, CHANGES / 2 - view.changes_lost + 1);
    } else {
        assert_eq!((device.epoch, device.last_seq), (1, CHANGES + 1));
    }
    let cursor: u64 = store
        .read(|conn| Ok(conn.query_row("SELECT max(n) FROM scope", [], |row| row.get(0))?))
        .unwrap();
    assert_eq!(cursor, 0, "everything is compared with the server again");
    view
}

#[test]
fn whichever_page_is_lost_all_that_lies_on_the_others_is_there() {
    let (folder, before) = laptop();
    let pages = fs::read(folder.path().join(DATABASE)).unwrap().len() / PAGE_BYTES;
    assert!(pages > 60, "{pages} pages");
    let (mut some_lost, mut fewest) = (0, CHANGES);
    for page in (0..pages).filter(|page| *page < 4 || page % 6 == 1) {
        let folder = damaged(folder.path(), |bytes| {
            bytes[page * PAGE_BYTES..(page + 1) * PAGE_BYTES].fill(0xa5);
        });
        let told = salvage_or_hopeless(folder.path(), &before);
        let Some(view) = told else { continue };
        // A page holds a dozen changes at most; a tree above them holds none.
        assert!(view.changes_read + 16 >= CHANGES, "page {page}: {view:?}");
        some_lost += u64::from(view.changes_read < CHANGES);
        fewest = fewest.min(view.changes_read);
    }
    assert!(some_lost > 3, "{some_lost}");
    assert!(fewest < CHANGES);
}

/// `None` where the page with the laptop's own name and its token was hit: then all is as it was.
fn salvage_or_hopeless(folder: &Path, before: &Log) -> Option<SalvageView> {
    let bytes = fs::read(folder.join(DATABASE)).unwrap();
    match salvage(&config(folder)) {
        Ok(view) => {
            let aside = folder.join(&view.folder).join(DATABASE);
            fs::rename(aside, folder.join(DATABASE)).unwrap();
            Some(salvaged(folder, before))
        }
        Err(error) => {
            let fault = error.downcast_ref::<Fault>().map(|fault| fault.key);
            assert_eq!(fault, Some("salvage_hopeless"), "{error:?}");
            assert!(fs::read(folder.join(DATABASE)).unwrap() == bytes);
            None
        }
    }
}

#[test]
fn what_is_lost_is_told_with_its_kinds_and_its_time() {
    let (folder, before) = laptop();
    // The page of the last unconfirmed change but a few.
    let raw = &before[&(1, CHANGES - 10)];
    let needle = raw.as_bytes()[..80].to_vec();
    let folder = damaged(folder.path(), |bytes| {
        let at = bytes
            .windows(80)
            .position(|window| window == needle)
            .unwrap();
        let page = at / PAGE_BYTES * PAGE_BYTES;
        bytes[page..page + PAGE_BYTES].fill(0);
    });
    let view = salvaged(folder.path(), &before);
    assert!((1..=16).contains(&view.changes_lost), "{view:?}");
    assert_eq!(view.changes_again, 0);
    assert!(
        view.lost.get("site").is_some_and(|sites| *sites > 0),
        "{view:?}"
    );
    assert!(
        view.lost_from.is_some() && view.lost_until.is_some(),
        "{view:?}"
    );
    assert!(!view.local_lost);
    let install = Install::open(config(folder.path())).unwrap();
    assert_eq!(
        install.local_get("draft").unwrap().as_deref(),
        Some("半句话")
    );
}

#[test]
fn a_whole_database_is_salvaged_whole() {
    let (folder, before) = laptop();
    let view = salvaged(folder.path(), &before);
    assert_eq!((view.changes_read, view.changes_lost), (CHANGES, 0));
    assert!(view.lost.is_empty());
}

#[test]
fn flipped_bits_anywhere_are_survived() {
    let (folder, before) = laptop();
    let mut seed = 7_u64;
    for _ in 0..12 {
        let folder = damaged(folder.path(), |bytes| {
            for _ in 0..200 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let at = (seed >> 20) as usize % bytes.len();
                bytes[at] ^= 1 << (seed >> 60 & 7);
            }
        });
        salvage_or_hopeless(folder.path(), &before);
    }
}

#[test]
fn a_file_that_is_no_database_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    for bytes in [
        vec![],
        vec![0; 3],
        vec![0xff; 50_000],
        b"SQLite format 3\0".to_vec(),
    ] {
        fs::write(folder.path().join(DATABASE), &bytes).unwrap();
        let told = salvage(&config(folder.path())).unwrap_err();
        let key = told.downcast_ref::<Fault>().map(|fault| fault.key);
        assert_eq!(key, Some("salvage_hopeless"), "{told:?}");
        assert!(fs::read(folder.path().join(DATABASE)).unwrap() == bytes);
    }
    // Put aside, the laptop begins anew, and the file is still there.
    set_aside(&config(folder.path())).unwrap();
    assert!(
        !Install::open(config(folder.path()))
            .unwrap()
            .status()
            .unwrap()
            .enrolled
    );
}

#[test]
fn a_salvage_that_is_cut_off_before_its_last_step_is_brought_to_its_end() {
    let (folder, _) = laptop();
    fs::rename(folder.path().join(DATABASE), folder.path().join(SALVAGED)).unwrap();
    let install = Install::open(config(folder.path())).unwrap();
    assert!(install.status().unwrap().enrolled);
}
