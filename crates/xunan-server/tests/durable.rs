//! What was acknowledged is in the database file, and what is not there is not acknowledged.
#![expect(clippy::unwrap_used, reason = "a broken step must show where")]

mod support;

use rusqlite::{Connection, OpenFlags};
use support::{World, fields};
use xunan_model::change::Kind;
use xunan_server::store::Store as _;

fn on_disk(world: &World, device: &str) -> Vec<u64> {
    let path = world.dir.path().join("data/server.db");
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
    let connection = Connection::open_with_flags(path, flags).unwrap();
    let mut statement = connection
        .prepare("SELECT seq FROM change WHERE device = ?1 ORDER BY seq")
        .unwrap();
    statement
        .query_map([device], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect()
}

#[tokio::test]
async fn every_acknowledged_change_is_readable_from_the_file_at_the_time_of_the_reply() {
    let world = World::new().await;
    let mut laptop = world.laptop().await;
    let device = laptop.enrolled.device.to_string();
    for round in 1..=20 {
        laptop.save("点");
        let reply = laptop.sync(&world.server, &laptop.request(round)).await;
        assert_eq!(
            on_disk(&world, &device),
            (1..=reply.ack.last_seq).collect::<Vec<_>>()
        );
        assert_eq!(reply.ack.last_seq, round as u64);
    }
}

#[tokio::test]
async fn a_commit_that_fails_is_never_acknowledged() {
    let world = World::new().await;
    let mut laptop = world.laptop().await;
    let device = laptop.enrolled.device.to_string();
    laptop.save("一");
    laptop.sync_all(&world.server).await;
    let id = laptop.save("二");
    // SQLite turns every COMMIT into a rollback.
    world
        .server
        .store
        .with_connection(|c| c.commit_hook(Some(|| true)))
        .unwrap();
    for _ in 0..3 {
        let reply = laptop.sync_reply(&world.server, &laptop.request(2)).await;
        assert_eq!(reply.status, 500, "{}", reply.text());
        assert_eq!(reply.header("xunan-protocol"), Some("1"));
        assert_eq!(on_disk(&world, &device), [1]);
    }
    world
        .server
        .store
        .with_connection(|c| c.commit_hook(None::<fn() -> bool>))
        .unwrap();
    assert_eq!(
        laptop
            .sync(&world.server, &laptop.request(2))
            .await
            .ack
            .last_seq,
        2
    );
    assert_eq!(on_disk(&world, &device), [1, 2]);
    assert!(!fields(&world.server.store, Kind::Site, id).await.is_empty());
}

#[tokio::test]
async fn a_full_database_says_so_and_takes_nothing() {
    let world = World::new().await;
    let mut laptop = world.laptop().await;
    world.server.store.with_connection(|c| {
        let pages: i64 = c
            .pragma_query_value(None, "page_count", |row| row.get(0))
            .unwrap();
        c.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))
            .unwrap();
    });
    for _ in 0..50 {
        laptop.push(&laptop.change(
            xunan_server::platform::uuid(),
            "note",
            "长".repeat(3_000).into(),
        ));
    }
    let reply = laptop.sync_reply(&world.server, &laptop.request(1)).await;
    assert_eq!(reply.status, 507, "{}", reply.text());
    assert_eq!(reply.json::<serde_json::Value>()["code"], "DiskFull");
    world.server.store.with_connection(|c| {
        c.pragma_update_and_check(None, "max_page_count", 1 << 30, |_| Ok(()))
            .unwrap();
    });
    assert_eq!(laptop.sync_all(&world.server).await.ack.last_seq, 50);
}

#[tokio::test]
async fn both_connections_are_durable_and_the_records_are_the_fold_of_the_changes() {
    let world = World::new().await;
    let (mut a, mut b) = (world.laptop().await, world.laptop().await);
    let id = a.save("初");
    a.sync_all(&world.server).await;
    for (round, name) in ["乙一", "乙二", "乙三"].into_iter().enumerate() {
        b.push(&b.change(id, "name", name.into()));
        a.push(&a.change(id, "address", format!("{round}号").into()));
        b.sync_all(&world.server).await;
        a.sync_all(&world.server).await;
    }
    let mut row = xunan_model::merge::Row::default();
    for pulled in a.pull_all(&world.server).await {
        let change = pulled.raw.read().unwrap();
        let writer = xunan_model::merge::Writer {
            at: pulled.effective,
            change: change.id,
        };
        for edit in change.edits.iter().filter(|edit| edit.id == id) {
            xunan_model::merge::apply(&mut row, writer, edit);
        }
    }
    let stored = world.server.store.records(Some(Kind::Site)).await.unwrap();
    assert_eq!(
        stored
            .into_iter()
            .find(|record| record.id == id)
            .unwrap()
            .row,
        row
    );
    let synchronous: i64 = world
        .server
        .store
        .with_connection(|c| c.pragma_query_value(None, "synchronous", |row| row.get(0)))
        .unwrap();
    assert_eq!(synchronous, 2, "FULL");
}
