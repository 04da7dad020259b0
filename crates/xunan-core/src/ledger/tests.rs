//! The promises of the ledger, on a real database.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use rusqlite::Connection;
use serde_json::{Map, json};
use uuid::Uuid;
use xunan_model::change::Scope;
use xunan_model::finding::{Finding, Level, Step, Transition};
use xunan_model::id::{
    DeviceId, FindingId, InspectionId, OfficeId, PersonId, SiteId, TransitionId,
};
use xunan_model::party::Site;

use super::{misprojected, refresh};
use crate::store::{Actor, Origin, Store, log};

struct World {
    _folder: tempfile::TempDir,
    store: Store,
    actor: Actor,
}

fn world() -> World {
    let folder = tempfile::tempdir().unwrap();
    let disk = std::sync::Arc::new(xunan_platform::RealDisk);
    let store = Store::open(disk, &folder.path().join("xunan.db")).unwrap();
    let device = DeviceId(Uuid::from_u128(1));
    store
        .write(Origin::Remote, |tx| {
            log::enrol(tx.conn(), device, DateTime::UNIX_EPOCH)
        })
        .unwrap();
    let actor = Actor {
        person: PersonId(Uuid::from_u128(2)),
        office: OfficeId(Uuid::from_u128(3)),
        scope: Scope("s".to_owned()),
    };
    World {
        _folder: folder,
        store,
        actor,
    }
}

fn at(minutes: i64) -> DateTime<Utc> {
    let noon: DateTime<Utc> = "2026-11-20T04:00:00Z".parse().unwrap();
    noon + TimeDelta::minutes(minutes)
}

fn site(n: u128, division: &str) -> Site {
    serde_json::from_value(json!({
        "id": Uuid::from_u128(n), "name": format!("示范{n}号"), "address": "", "division": division,
        "sectors": ["fire"],
    }))
    .unwrap()
}

fn finding(n: u128, site: u128) -> Finding {
    Finding {
        id: FindingId(Uuid::from_u128(n)),
        inspection: InspectionId(Uuid::from_u128(9)),
        site: SiteId(Uuid::from_u128(site)),
        edition: None,
        item: None,
        facility: String::new(),
        hazard_key: None,
        level: Level::General,
        hazard: "疏散通道堆放煤气罐".to_owned(),
        part: String::new(),
        basis: String::new(),
        citable: false,
        channel: "inspection".to_owned(),
        deadline: NaiveDate::from_ymd_opt(2026, 11, 30),
        note: String::new(),
        found: at(0),
        by: PersonId(Uuid::from_u128(2)),
        extra: Map::new(),
    }
}

fn step(n: u128, finding: u128, minutes: i64, step: Step) -> Transition {
    Transition {
        id: TransitionId(Uuid::from_u128(n)),
        finding: FindingId(Uuid::from_u128(finding)),
        step,
        at: at(minutes),
        by: PersonId(Uuid::from_u128(2)),
        reason: "清理完毕".to_owned(),
        details: Map::new(),
        seen: None,
        extra: Map::new(),
    }
}

impl World {
    fn put<R: xunan_model::record::Record>(&self, record: &R) {
        self.store
            .write(Origin::Person(&self.actor), |tx| tx.put(record))
            .unwrap();
        let wrong = self.store.read(misprojected).unwrap();
        assert!(wrong.is_empty(), "{wrong:?}");
    }

    fn column(&self, finding: u128, name: &str) -> Option<String> {
        let id = Uuid::from_u128(finding).to_string();
        self.store
            .read(|conn| {
                let sql = format!("SELECT cast({name} AS text) FROM ledger WHERE finding = ?1");
                Ok(conn.query_row(&sql, [id], |row| row.get(0))?)
            })
            .unwrap()
    }

    fn found(&self, word: &str) -> usize {
        let query = super::words::query(word).unwrap();
        let sql = "SELECT count(*) FROM ledger_words WHERE ledger_words MATCH ?1";
        self.store
            .read(|conn: &Connection| Ok(conn.query_row(sql, [query], |row| row.get(0))?))
            .unwrap()
    }
}

#[test]
fn a_row_follows_its_finding_its_steps_and_its_site_within_the_write() {
    let world = world();
    world.put(&site(21, "540102001003"));
    world.put(&finding(11, 21));
    assert_eq!(world.column(11, "state").as_deref(), Some("found"));
    assert_eq!(world.column(11, "region").as_deref(), Some("540102001003"));
    assert_eq!(world.column(11, "sector").as_deref(), Some("fire"));
    // 消防: three working days after Monday 2026-11-30.
    assert_eq!(world.column(11, "due").as_deref(), Some("2026-12-03"));

    world.put(&step(31, 11, 5, Step::Found));
    world.put(&step(32, 11, 10, Step::Closed));
    assert_eq!(world.column(11, "state").as_deref(), Some("closed"));
    assert_eq!(world.column(11, "closed").as_deref(), Some("2026-11-20"));
    assert_eq!(world.column(11, "due"), None);

    world.put(&site(21, "540121000000"));
    assert_eq!(world.column(11, "region").as_deref(), Some("540121000000"));
}

#[test]
fn after_a_merge_the_row_is_that_of_the_surviving_site_and_goes_with_it() {
    let world = world();
    world.put(&site(21, "540102000000"));
    world.put(&site(22, "540121000000"));
    world.put(&finding(11, 21));
    let merged = Site {
        merged_into: Some(SiteId(Uuid::from_u128(22))),
        ..site(21, "540102000000")
    };
    world.put(&merged);
    assert_eq!(world.column(11, "region").as_deref(), Some("540121000000"));
    assert_eq!(world.found("示范22"), 1);
    assert_eq!(world.found("示范21"), 0);
    // The survivor moves: what came to it by the merge moves too.
    world.put(&site(22, "540600000000"));
    assert_eq!(world.column(11, "region").as_deref(), Some("540600000000"));
    world.put(&site(21, "540102000000"));
    assert_eq!(world.column(11, "region").as_deref(), Some("540102000000"));
}

#[test]
fn words_are_found_as_they_are_now_and_no_more_as_they_were() {
    let world = world();
    world.put(&site(21, ""));
    world.put(&finding(11, 21));
    assert_eq!((world.found("煤气"), world.found("酥油")), (1, 0));
    world.put(&Finding {
        hazard: "酥油灯靠近帷幔".to_owned(),
        ..finding(11, 21)
    });
    assert_eq!((world.found("煤气"), world.found("酥油")), (0, 1));
}

#[test]
fn two_findings_of_one_millisecond_have_a_row_each() {
    let world = world();
    world.put(&site(21, ""));
    // Their last twenty bits are the same.
    let (one, other) = (11, 11 | 1 << 40);
    world.put(&finding(one, 21));
    world.put(&finding(other, 21));
    assert_ne!(world.column(one, "n"), world.column(other, "n"));
}

#[test]
fn a_ledger_that_was_lost_is_made_again_from_the_records_alone() {
    let world = world();
    world.put(&site(21, "540102000000"));
    world.put(&finding(11, 21));
    world.put(&step(31, 11, 5, Step::Notified));
    world
        .store
        .write(Origin::Remote, |tx| {
            tx.conn().execute_batch(
                "DELETE FROM ledger; INSERT INTO ledger_words (ledger_words) VALUES ('delete-all');",
            )?;
            Ok(())
        })
        .unwrap();
    assert_eq!(world.store.read(misprojected).unwrap().len(), 1);
    world
        .store
        .write(Origin::Remote, |tx| {
            tx.conn().execute_batch(
                "INSERT INTO ledger_stale SELECT id FROM record WHERE kind = 'finding'",
            )?;
            refresh(tx.conn())
        })
        .unwrap();
    assert!(world.store.read(misprojected).unwrap().is_empty());
    assert_eq!(world.column(11, "state").as_deref(), Some("notified"));
    assert_eq!(world.found("煤气"), 1);
}
