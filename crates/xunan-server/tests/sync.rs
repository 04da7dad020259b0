//! A laptop's round trips.

mod support;

use serde_json::{Value, json};
use support::{Laptop, World, fields, office_new};
use xunan_model::change::{Kind, RawChange, Scope};
use xunan_model::stamp::Stamp;
use xunan_model::wire::{
    ChangeSet, Directive, PulledChange, RejectReason, SYNC_BYTES_MAX, SentChange,
};
use xunan_server::platform;
use xunan_server::store::Store as _;

#[tokio::test]
async fn the_embedded_store_conforms() {
    let dir = tempfile::TempDir::new().unwrap();
    let folder = xunan_server::config::DataFolder::open(dir.path()).unwrap();
    let store = xunan_server::store::SqliteStore::open(&folder).unwrap();
    support::conformance::run(&store).await;
}

#[tokio::test]
async fn sending_twice_is_harmless() {
    let world = World::new().await;
    let mut laptop = world.laptop().await;
    for name in ["甲矿", "乙矿", "丙矿"] {
        laptop.save(name);
    }
    let first = laptop.sync_all(&world.server).await;
    let second = laptop.sync_all(&world.server).await;
    assert_eq!((first.ack.last_seq, first.ack.link), (3, laptop.link(3)));
    assert_eq!((second.ack.last_seq, second.ack.link), (3, laptop.link(3)));
    let own = laptop.pull_all(&world.server).await;
    let own: Vec<_> = own
        .iter()
        .filter(|c| c.raw.read().unwrap().id.device == laptop.enrolled.device)
        .collect();
    assert_eq!(own.len(), 3);
    for (pulled, sent) in own.iter().zip(&laptop.sent) {
        assert_eq!(pulled.raw.text(), sent.raw.text());
    }
    assert_eq!(
        world
            .server
            .store
            .records(Some(Kind::Site))
            .await
            .unwrap()
            .len(),
        3
    );
}

#[tokio::test]
async fn a_gap_is_not_stepped_over() {
    let world = World::new().await;
    let mut laptop = world.laptop().await;
    laptop.save("一");
    laptop.sync_all(&world.server).await;
    for name in ["二", "三"] {
        laptop.save(name);
    }
    let reply = laptop.sync(&world.server, &laptop.request(3)).await;
    assert!(reply.fork.is_none());
    assert_eq!((reply.ack.last_seq, reply.ack.link), (1, laptop.link(1)));
    assert_eq!(
        laptop
            .sync(&world.server, &laptop.request(2))
            .await
            .ack
            .last_seq,
        3
    );
}

#[tokio::test]
async fn the_same_seq_with_another_digest_is_a_fork_and_changes_nothing() {
    let world = World::new().await;
    let mut laptop = world.laptop().await;
    laptop.save("共同");
    laptop.sync_all(&world.server).await;
    let mut clone = laptop.clone();
    laptop.save("原机");
    laptop.sync_all(&world.server).await;
    clone.save("克隆机");
    clone.save("克隆机之后");
    let before = world.server.store.records(None).await.unwrap().len();
    let reply = clone.sync(&world.server, &clone.request(2)).await;
    let fork = reply.fork.expect("a fork");
    assert_eq!((fork.seq, fork.next_epoch), (2, 1));
    assert_eq!((reply.ack.last_seq, reply.ack.link), (1, clone.link(1)));
    assert_eq!(
        world.server.store.records(None).await.unwrap().len(),
        before
    );

    // The clone goes on under the new epoch, the original under its own, and nothing is lost.
    clone.epoch = fork.next_epoch;
    clone.sent.clear();
    let id = clone.save("克隆机");
    assert_eq!(clone.sync_all(&world.server).await.ack.last_seq, 1);
    assert_eq!(
        fields(&world.server.store, Kind::Site, id).await["name"],
        json!("克隆机")
    );
    laptop.save("原机又一条");
    let reply = laptop.sync(&world.server, &laptop.request(2)).await;
    assert!(
        reply.fork.is_none(),
        "two clones must not drive each other on for ever"
    );
    assert_eq!(reply.ack.last_seq, laptop.sent.len() as u64);
}

#[tokio::test]
async fn a_link_that_does_not_join_is_compared_from_the_start() {
    let world = World::new().await;
    let mut laptop = world.laptop().await;
    laptop.save("一");
    laptop.sync_all(&world.server).await;
    laptop.save("二");
    let mut request = laptop.request(2);
    request.prev_link = xunan_model::digest::Digest::of(b"another history");
    let reply = laptop.sync(&world.server, &request).await;
    assert!(reply.fork.is_none());
    assert_eq!(reply.ack.last_seq, 0);
    assert_eq!(reply.ack.link, xunan_model::digest::Digest::ZERO);
    // Nothing of that request was taken.
    assert_eq!(
        world
            .server
            .store
            .records(Some(Kind::Site))
            .await
            .unwrap()
            .len(),
        1
    );
    assert_eq!(laptop.sync_all(&world.server).await.ack.last_seq, 2);
}

#[tokio::test]
async fn an_old_image_of_a_laptop_is_told_so_and_gets_its_work_back() {
    let world = World::new().await;
    let mut laptop = world.laptop().await;
    laptop.save("一");
    let image = laptop.clone();
    laptop.save("二");
    laptop.sync_all(&world.server).await;
    let reply = image.sync_all(&world.server).await;
    assert_eq!(
        reply.fork.map(|fork| (fork.seq, fork.next_epoch)),
        Some((2, 1))
    );
    assert_eq!(reply.ack.last_seq, 1);
    assert!(
        reply.pulled[0]
            .changes
            .iter()
            .any(|change| change.raw.text() == laptop.sent[1].raw.text())
    );
}

/// A record as one edit of a change.
fn put(laptop: &mut Laptop, kind: Kind, id: uuid::Uuid, fields: Value) {
    let mut change = laptop.change(id, "name", json!(""));
    change.edits[0].kind = kind;
    change.edits[0].set = fields.as_object().expect("fields").clone();
    laptop.push(&change);
}

#[tokio::test]
async fn a_step_that_does_not_follow_from_what_its_author_had_seen_is_put_aside() {
    let world = World::new().await;
    let (mut one, mut other) = (world.laptop().await, world.laptop().await);
    let ids: Vec<uuid::Uuid> = (0..7).map(|_| platform::uuid()).collect();
    let by = one.change(ids[0], "name", json!("")).author;
    let finding = json!({
        "inspection": ids[1], "site": ids[2], "level": "major", "hazard": "安全出口锁闭",
        "channel": "inspection", "found": "2026-11-20T02:00:00Z", "by": by,
    });
    let step = |step: &str, minute: u32, seen: &[uuid::Uuid], details: Value| {
        json!({ "finding": ids[0], "step": step, "at": format!("2026-11-20T03:{minute:02}:00Z"), "by": by,
            "reason": "已整改", "details": details, "seen": seen })
    };
    let told = json!({ "people": [{ "name": "示例", "capacity": "principal" }], "way": "signed" });
    put(&mut one, Kind::Finding, ids[0], finding);
    put(
        &mut one,
        Kind::Transition,
        ids[3],
        step("found", 0, &[], json!({})),
    );
    put(
        &mut one,
        Kind::Transition,
        ids[4],
        step("notified", 1, &ids[3..4], told.clone()),
    );
    // A major hazard by one person, without a recheck, reviewers or photos.
    put(
        &mut one,
        Kind::Transition,
        ids[5],
        step("closed", 2, &ids[3..5], json!({})),
    );
    let reply = one.sync_all(&world.server).await;
    let reasons: Vec<_> = reply
        .rejects
        .iter()
        .map(|one| (one.seq, one.reason))
        .collect();
    assert_eq!(reasons, [(4, RejectReason::UnlawfulStep)]);
    assert_eq!(reply.ack.last_seq, 4, "the number moves on");

    // Another laptop that had not seen the notice tells it too: two that went apart are both right.
    put(
        &mut other,
        Kind::Transition,
        ids[6],
        step("notified", 3, &ids[3..4], told),
    );
    let reply = other.sync_all(&world.server).await;
    assert!(reply.rejects.is_empty(), "{:?}", reply.rejects);

    // Steps are only appended.
    put(
        &mut one,
        Kind::Transition,
        ids[4],
        json!({ "step": "closed" }),
    );
    let reply = one.sync_all(&world.server).await;
    let last = reply.rejects.last().map(|one| (one.seq, one.reason));
    assert_eq!(last, Some((5, RejectReason::UnlawfulStep)));
    let kept = fields(&world.server.store, Kind::Transition, ids[4]).await;
    assert_eq!(kept["step"], json!("notified"));
}

#[tokio::test]
async fn a_bad_change_goes_to_quarantine_and_the_next_is_taken() {
    let world = World::new().await;
    let other = office_new(&world.server.store, "邻县应急管理局", "540122000000").await;
    let mut neighbour = world.laptop_of(&other).await;
    let theirs = neighbour.save("邻县的矿");
    neighbour.sync_all(&world.server).await;

    let mut laptop = world.laptop().await;
    laptop.push_raw("\"no change at all\"".to_owned());
    let mut wrong = laptop.change(platform::uuid(), "name", json!("x"));
    wrong.id.seq = 99;
    laptop.push(&wrong);
    let mut wrong = laptop.change(platform::uuid(), "name", json!("x"));
    wrong.scope = Scope("540122000000/ordinary".to_owned());
    laptop.push(&wrong);
    let mut wrong = laptop.change(platform::uuid(), "name", json!("x"));
    wrong.author = xunan_model::id::PersonId(platform::uuid());
    laptop.push(&wrong);
    laptop.push(&laptop.change(theirs, "name", json!("被改了")));
    let good = laptop.save("好的");
    let reply = laptop.sync_all(&world.server).await;
    assert_eq!((reply.ack.last_seq, reply.ack.link), (6, laptop.link(6)));
    let reasons: Vec<_> = reply
        .rejects
        .iter()
        .map(|reject| (reject.seq, reject.reason))
        .collect();
    assert_eq!(
        reasons,
        [
            (1, RejectReason::Malformed),
            (2, RejectReason::WrongIdentity),
            (3, RejectReason::WrongScope),
            (4, RejectReason::WrongAuthor),
            (5, RejectReason::WrongScope),
        ]
    );
    assert_eq!(
        fields(&world.server.store, Kind::Site, good).await["name"],
        json!("好的")
    );
    assert_eq!(
        fields(&world.server.store, Kind::Site, theirs).await["name"],
        json!("邻县的矿")
    );
    let kept = world.server.store.quarantine_list().await.unwrap();
    let sent: Vec<_> = laptop.sent[..5]
        .iter()
        .map(|change| change.raw.text().to_owned())
        .collect();
    assert_eq!(
        kept.into_iter().map(|fact| fact.raw).collect::<Vec<_>>(),
        sent
    );
    // The ack was lost: the same is said again.
    assert_eq!(laptop.sync_all(&world.server).await.rejects, reply.rejects);
}

#[tokio::test]
async fn a_clock_an_hour_ahead_gets_an_effective_stamp_and_the_pull_shows_the_same() {
    let world = World::new().await;
    let mut laptop = world.laptop().await;
    let id = platform::uuid();
    let mut change = laptop.change(id, "name", json!("快钟"));
    change.at = Stamp::from_ms(change.at.ms() + 3_600_000);
    laptop.push(&change);
    let reply = laptop.sync_all(&world.server).await;
    let effective = reply.ack.stamps[&1];
    assert!(effective < change.at);
    let ahead = i64::try_from(effective.ms()).unwrap() - platform::now().timestamp_millis();
    assert!((0..=60_000).contains(&ahead), "{ahead}");
    // Its bytes do not travel back to the laptop that has them, but its stamp does.
    let told = &reply.pulled[0];
    assert_eq!((told.own.len(), told.own[0].seq), (1, 1));
    assert_eq!(told.own[0].effective, Some(effective));
    let own = |c: &&PulledChange| c.raw.text() == laptop.sent[0].raw.text();
    assert!(!told.changes.iter().any(|change| own(&change)));
    let all = laptop.pull_all(&world.server).await;
    assert_eq!(all.iter().find(own).unwrap().effective, effective);
    // Again, and on a restored server that is told the stamp: the same.
    assert_eq!(
        laptop.sync_all(&world.server).await.ack.stamps[&1],
        effective
    );
    let restored = World::new().await;
    let mut same = restored.laptop().await;
    let mut change = same.change(id, "name", json!("快钟"));
    change.at = Stamp::from_ms(change.at.ms() + 3_600_000);
    let raw = RawChange::write(&change).unwrap();
    let earlier = Stamp::from_ms(effective.ms() - 5_000);
    same.sent.push(SentChange {
        raw,
        effective: Some(earlier),
    });
    assert_eq!(
        same.sync_all(&restored.server).await.ack.stamps[&1],
        earlier
    );
}

#[tokio::test]
async fn unknown_kinds_and_fields_come_back_byte_for_byte() {
    let world = World::new().await;
    let mut laptop = world.laptop().await;
    let other = world.laptop().await;
    let change = laptop.change(
        platform::uuid(),
        "名称",
        json!({ "b": 1, "a": [null, 1.50] }),
    );
    let mut value = serde_json::to_value(&change).unwrap();
    value["edits"][0]["kind"] = "drone_flight".into();
    value["edits"][0]["later"] = json!({ "of": "a newer program" });
    value["newer"] = json!("\u{0f56}\u{0f7c}\u{0f51} 𫖯");
    // Odd spacing and escapes are the author's, too.
    let text = serde_json::to_string_pretty(&value)
        .unwrap()
        .replace("1.5", "1.50e0")
        .replace('名', "\\u540d");
    laptop.push_raw(text.clone());
    let reply = laptop.sync_all(&world.server).await;
    assert!(reply.rejects.is_empty(), "{:?}", reply.rejects);
    let pulled = other.pull_all(&world.server).await;
    assert_eq!(pulled.last().unwrap().raw.text(), text);
    let kind = Kind::Unknown("drone_flight".to_owned());
    assert_eq!(
        world.server.store.records(Some(kind)).await.unwrap().len(),
        1
    );
}

#[tokio::test]
async fn what_others_wrote_is_pulled_in_steps_with_the_set_of_each() {
    let world = World::new().await;
    let mut laptop = world.laptop().await;
    for _ in 0..40 {
        laptop.push(&laptop.change(platform::uuid(), "note", json!("长".repeat(8_000))));
    }
    laptop.sync_all(&world.server).await;
    let mut other = world.laptop().await;
    let (mut set, mut steps) = (ChangeSet::EMPTY, 0);
    loop {
        let reply = other.sync_all(&world.server).await;
        let step = &reply.pulled[0];
        assert!(
            step.changes
                .iter()
                .map(|change| change.raw.text().len())
                .sum::<usize>()
                <= 256 << 10
        );
        for change in &step.changes {
            set.add(change.raw.read().unwrap().id);
        }
        assert_eq!(step.set, set);
        other.cursors.insert(step.scope.clone(), step.cursor);
        steps += 1;
        if !step.more {
            break;
        }
    }
    assert!(steps > 2 && set.count == 43, "{steps} {}", set.count);
    let reply = other.sync_all(&world.server).await;
    assert_eq!(
        (reply.pulled[0].set, reply.pulled[0].changes.len()),
        (set, 0)
    );
    assert!(reply.directives.is_empty(), "{:?}", reply.directives);
}

#[tokio::test]
async fn two_values_set_blindly_are_one_conflict() {
    let world = World::new().await;
    let (mut a, mut b) = (world.laptop().await, world.laptop().await);
    let id = platform::uuid();
    for (laptop, value) in [(&mut a, "甲说"), (&mut b, "乙说")] {
        let mut change = laptop.change(id, "note", json!(value));
        change.edits[0].kind = Kind::Finding;
        laptop.push(&change);
    }
    for laptop in [&a, &b, &a, &b] {
        laptop.sync_all(&world.server).await;
    }
    let count = |c: &mut rusqlite::Connection| {
        c.query_row("SELECT count(*) FROM conflict", [], |row| row.get(0))
    };
    let conflicts: i64 = world.server.store.with_connection(count).unwrap();
    assert_eq!(conflicts, 1);
}

#[tokio::test]
async fn a_revoked_laptop_hands_over_its_queue_and_gets_nothing() {
    let world = World::new().await;
    let mut laptop = world.laptop().await;
    laptop.save("以前");
    laptop.sync_all(&world.server).await;
    assert!(
        world
            .server
            .store
            .device_revoke(laptop.enrolled.device, platform::now())
            .await
            .unwrap()
    );
    laptop.save("以后");
    let reply = laptop.sync_all(&world.server).await;
    assert_eq!(reply.ack.last_seq, 2);
    assert_eq!(reply.directives, [Directive::Revoked]);
    assert!(reply.pulled.is_empty());
    let kept = world.server.store.quarantine_list().await.unwrap();
    assert_eq!(kept.len(), 1);
    assert_eq!(
        (kept[0].seq, kept[0].reason.as_str(), kept[0].raw.as_str()),
        (2, "revoked", laptop.sent[1].raw.text())
    );
}

#[tokio::test]
async fn accounts_and_scopes_come_when_they_differ() {
    let world = World::new().await;
    let laptop = world.laptop().await;
    let mut request = laptop.request(1);
    request.accounts = None;
    let reply = laptop.sync(&world.server, &request).await;
    assert!(
        reply
            .directives
            .contains(&Directive::Accounts(laptop.enrolled.accounts.clone()))
    );
    assert!(reply.directives.contains(&Directive::Scopes {
        scopes: laptop.enrolled.scopes.clone()
    }));
    assert!(
        laptop.enrolled.accounts.accounts[0]
            .verifier
            .starts_with("$argon2id$")
    );
}

#[tokio::test]
async fn too_much_is_refused_before_and_after_decompression() {
    let world = World::new().await;
    let laptop = world.laptop().await;
    let mut headers = laptop.headers();
    headers.push(("content-encoding", "zstd".to_owned()));
    let bomb = zstd::encode_all(vec![b' '; SYNC_BYTES_MAX + 1].as_slice(), 3).unwrap();
    assert!(bomb.len() < 100_000);
    for (body, status) in [
        (bomb, 413),
        (vec![1; SYNC_BYTES_MAX + 1], 413),
        (b"{}".to_vec(), 400),
    ] {
        let reply =
            support::http::send(world.server.addr, "POST", "/v1/sync", &headers, &body).await;
        assert_eq!(reply.status, status, "{}", reply.text());
        assert_eq!(reply.header("xunan-protocol"), Some("1"));
        assert!(reply.json::<Value>()["code"].is_string());
    }
    let reply = support::http::send(world.server.addr, "POST", "/v1/sync", &[], b"{}").await;
    assert_eq!(reply.status, 401);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 12, failure_persistence: None, ..Default::default() })]

    #[test]
    fn any_batches_in_any_order_give_every_change_once(
        count in 1_usize..25,
        batches in proptest::collection::vec((0_usize..25, 0_usize..12), 0..20),
    ) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let world = World::new().await;
            let mut laptop = world.laptop().await;
            // Three records, each written again and again.
            let ids = [platform::uuid(), platform::uuid(), platform::uuid()];
            for nth in 0..count {
                laptop.push(&laptop.change(ids[nth % 3], "name", json!(format!("第{nth}次"))));
            }
            let mut durable = 0;
            for (first, length) in batches {
                let first = first.min(count - 1) + 1;
                let mut request = laptop.request(first);
                request.changes.truncate(length);
                let reply = laptop.sync(&world.server, &request).await;
                assert!(reply.fork.is_none() && reply.rejects.is_empty());
                let end = (first + request.changes.len() - 1) as u64;
                if first as u64 <= durable + 1 {
                    durable = durable.max(end);
                }
                assert_eq!(reply.ack.last_seq, durable, "the exact prefix");
            }
            assert_eq!(laptop.sync_all(&world.server).await.ack.last_seq, count as u64);
            let all = laptop.pull_all(&world.server).await;
            let own: Vec<u64> = all
                .iter()
                .map(|pulled| pulled.raw.read().unwrap().id)
                .filter(|id| id.device == laptop.enrolled.device)
                .map(|id| id.seq)
                .collect();
            assert_eq!(own, (1..=count as u64).collect::<Vec<_>>());
            for (place, id) in ids.iter().enumerate().take(count) {
                let last = (0..count).rev().find(|nth| nth % 3 == place).unwrap();
                let fields = fields(&world.server.store, Kind::Site, *id).await;
                assert_eq!(fields["name"], json!(format!("第{last}次")));
            }
            world.server.stop().await.unwrap();
        });
    }
}
