//! What an administrator repairs, with the real program beside a running server, and what the
//! laptops see of it.
#![expect(clippy::unwrap_used, reason = "a broken step must show where")]

mod support;

use std::collections::BTreeMap;
use std::fs::File;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::json;
use support::program::{asked, program, refused};
use support::{Laptop, World, fields, noise, office_new};
use xunan_model::change::Kind;
use xunan_model::digest::Digest;
use xunan_model::stamp::Stamp;
use xunan_model::wire::{Accounts, ChangeSet, Directive, RejectReason, SyncReply};
use xunan_server::office;
use xunan_server::platform;
use xunan_server::store::Store as _;

const OTHER: &str = "540122000000";
const OTHER_NAME: &str = "示范邻县应急管理局";

fn data(world: &World) -> PathBuf {
    world.dir.path().join("data")
}

/// The office's accounts as a laptop is told them.
async fn told(laptop: &Laptop, world: &World) -> Accounts {
    let mut request = laptop.request(laptop.sent.len() + 1);
    request.accounts = None;
    accounts(laptop.sync(&world.server, &request).await)
}

fn accounts(reply: SyncReply) -> Accounts {
    let found = reply.directives.into_iter().find_map(|said| match said {
        Directive::Accounts(accounts) => Some(accounts),
        _ => None,
    });
    found.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_released_change_reaches_every_laptop_as_the_newest_of_its_scope() {
    let world = World::new().await;
    office_new(&world.server.store, OTHER_NAME, OTHER).await;
    let (mut laptop, reader) = (world.laptop().await, world.laptop().await);
    let device = laptop.enrolled.device.to_string();
    laptop.save("一");
    // Signed by somebody of another office, on a clock that runs a day ahead.
    let site = platform::uuid();
    let mut change = laptop.change(site, "name", json!("二"));
    change.author = office::person_id(OTHER);
    change.at = Stamp::from_ms(platform::now().timestamp_millis() as u64 + 86_400_000);
    laptop.push(&change);
    laptop.save("三");
    let reply = laptop.sync_all(&world.server).await;
    assert_eq!(reply.rejects[0].reason, RejectReason::WrongAuthor);

    let data = data(&world);
    for list in [&["quarantine"][..], &["quarantine", "list"]] {
        let lines = asked(&data, list);
        assert!(lines.contains(&format!("\t{device}/0/2\twrong_author\t")));
        assert_eq!(lines.lines().count(), 1);
    }
    let release = ["quarantine", "release", &device, "0", "2"];
    let said = refused(&data, &release, 2);
    assert!(said.contains("stays in quarantine: wrong_author"), "{said}");
    assert!(
        fields(&world.server.store, Kind::Site, site)
            .await
            .is_empty()
    );

    let trusted = [&release[..], &["--trust"]].concat();
    // The office, a person, a post, and two changes of this laptop are there already.
    let said = asked(&data, &trusted);
    assert_eq!(
        said,
        format!("released {device}/0/2: number 6 of {}\n", laptop.scope())
    );
    assert_eq!(asked(&data, &["quarantine", "list"]), "");
    for again in [&release[..], &trusted] {
        assert!(asked(&data, again).contains("is not in quarantine: it is merged already"));
    }
    let said = refused(&data, &["quarantine", "release", &device, "0", "9"], 2);
    assert!(said.contains("is not in quarantine"), "{said}");

    let pulled = reader.pull_all(&world.server).await;
    let last = pulled.last().unwrap();
    assert_eq!((last.n, last.raw.text()), (6, laptop.sent[1].raw.text()));
    let latest = Stamp::from_ms(platform::now().timestamp_millis() as u64 + 60_000);
    assert!(last.effective <= latest, "no clock may win for ever");
    let mut set = ChangeSet::EMPTY;
    for change in &pulled {
        set.add(change.raw.read().unwrap().id);
    }
    let at_end = reader.sync_all(&world.server).await.pulled.remove(0);
    assert_eq!(at_end.set, set);
    assert_eq!(
        fields(&world.server.store, Kind::Site, site).await["name"],
        "二"
    );

    // The laptop that made it hears no refusal any more, learns the stamp, and goes on.
    laptop.save("四");
    let reply = laptop.sync_all(&world.server).await;
    assert!(reply.rejects.is_empty() && reply.fork.is_none());
    assert_eq!(reply.ack.stamps, BTreeMap::from([(2, last.effective)]));
    assert_eq!(reply.ack.last_seq, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_merged_stays_and_holds_up_nothing() {
    let world = World::new().await;
    let other = office_new(&world.server.store, OTHER_NAME, OTHER).await;
    let (mut laptop, reader) = (world.laptop().await, world.laptop_of(&other).await);
    let device = laptop.enrolled.device.to_string();
    laptop.push_raw(r#"{"not":"a change"}"#.to_owned());
    let site = platform::uuid();
    let mut change = laptop.change(site, "name", json!("邻县的点"));
    change.scope = other.scope.clone();
    laptop.push(&change);
    let mut change = laptop.change(platform::uuid(), "name", json!("x"));
    change.author = office::person_id("a stranger");
    laptop.push(&change);
    laptop.sync_all(&world.server).await;

    let data = data(&world);
    let before = reader.pull_all(&world.server).await.len();
    let all = ["quarantine", "release", "--all", "--trust"];
    let said = asked(&data, &all);
    for reason in [
        "malformed",
        "wrong_scope",
        "never known here",
        "0 released, 3 kept",
    ] {
        assert!(said.contains(reason), "{said}");
    }
    let nobody = platform::uuid().to_string();
    assert_eq!(
        asked(&data, &["quarantine", "release", &nobody, "--all"]),
        "0 released, 0 kept\n"
    );
    // The office had forgotten to give the laptop the neighbour's scope.
    asked(&data, &["device", "scope", "add", &device, &other.name]);
    let said = asked(&data, &["quarantine", "release", &device, "--all"]);
    assert!(said.contains(&format!("released {device}/0/2")), "{said}");
    assert!(said.ends_with("1 released, 2 kept\n"), "{said}");
    let after = reader.pull_all(&world.server).await;
    assert_eq!(after.len(), before + 1);
    assert_eq!(after[before].raw.text(), laptop.sent[1].raw.text());
    assert_eq!(
        fields(&world.server.store, Kind::Site, site).await["name"],
        "邻县的点"
    );
    for (wrong, reason) in [
        (&["release"][..], "required"),
        (&["release", &device, "0"], "required"),
        (
            &["release", &device, "0", "1", "--all"],
            "cannot be used with",
        ),
        (&["release", "here", "0", "1"], "no device id"),
    ] {
        let args = [&["quarantine"], wrong].concat();
        assert!(refused(&data, &args, 2).contains(reason), "{args:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_queue_of_a_revoked_laptop_is_merged_when_a_person_answers_for_it() {
    let world = World::new().await;
    let mut laptop = world.laptop().await;
    let device = laptop.enrolled.device.to_string();
    let data = data(&world);
    assert!(asked(&data, &["device", "list"]).contains("  active\n"));
    asked(&data, &["device", "revoke", &device]);
    assert!(asked(&data, &["device", "list"]).contains("  REVOKED 2"));
    let site = laptop.save("最后一查");
    laptop.sync_all(&world.server).await;

    let said = refused(&data, &["quarantine", "release", &device, "0", "1"], 2);
    assert!(said.contains("shut out; --trust"), "{said}");
    asked(&data, &["quarantine", "release", "--all", "--trust"]);
    assert_eq!(
        fields(&world.server.store, Kind::Site, site).await["name"],
        "最后一查"
    );
    // It is heard, not let in again.
    assert!(laptop.sync_all(&world.server).await.pulled.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_laptop_sees_another_office_for_as_long_as_it_is_told_to() {
    let world = World::new().await;
    let other = office_new(&world.server.store, OTHER_NAME, OTHER).await;
    let (mut laptop, mut neighbour) = (world.laptop().await, world.laptop_of(&other).await);
    let (device, data) = (laptop.enrolled.device.to_string(), data(&world));
    neighbour.save("邻县的点");
    neighbour.sync_all(&world.server).await;
    laptop.save("一");
    assert_eq!(laptop.sync_all(&world.server).await.pulled.len(), 1);

    let add = ["device", "scope", "add", &device, OTHER_NAME];
    assert!(asked(&data, &add).contains("from now on"));
    assert!(asked(&data, &add).contains("already"));
    let both = format!("scopes {},{}", laptop.scope(), other.scope);
    assert!(asked(&data, &["device", "list"]).contains(&both));
    let reply = laptop.sync_all(&world.server).await;
    let seen = reply.pulled.iter().find(|one| one.scope == other.scope);
    let raw = neighbour.sent[0].raw.text();
    assert!(
        seen.unwrap()
            .changes
            .iter()
            .any(|one| one.raw.text() == raw)
    );

    let remove = ["device", "scope", "remove", &device, OTHER_NAME];
    assert!(asked(&data, &remove).contains("any more"));
    assert!(asked(&data, &remove).contains("did not see"));
    assert_eq!(laptop.sync_all(&world.server).await.pulled.len(), 1);
    let own = ["device", "scope", "remove", &device, &world.office.name];
    assert!(refused(&data, &own, 2).contains("own scope"));
    let nobody = platform::uuid().to_string();
    for args in [
        &["device", "scope", "add", &nobody, OTHER_NAME][..],
        &["device", "scope", "remove", &nobody, OTHER_NAME],
        &["device", "rename", &nobody, "无"],
    ] {
        assert!(refused(&data, args, 2).contains("there is no device"));
    }
    let args = ["device", "scope", "add", &device, "nowhere"];
    assert!(refused(&data, &args, 2).contains("there is no office nowhere"));

    asked(&data, &["device", "rename", &device, "二组一号机"]);
    assert!(asked(&data, &["device", "list"]).contains("  二组一号机  "));
    let names = told(&laptop, &world).await.devices;
    assert_eq!(names[&laptop.enrolled.device], "二组一号机");
    let blank = ["device", "rename", &device, " "];
    assert!(refused(&data, &blank, 2).contains("1 to 100 characters"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_gets_another_post_and_leaves_without_taking_the_name_along() {
    let world = World::new().await;
    let mut laptop = world.laptop().await;
    let (login, data) = ("540121000000", data(&world));
    let person = office::person_id(login);
    let line = |role: &str| format!("{login}\t示例甲\t{role}\t{}\n", world.office.name);
    assert_eq!(asked(&data, &["account", "list"]), line("inspector"));

    let role = ["account", "role", "--login", login, "--role", "supervisor"];
    asked(&data, &role);
    asked(&data, &role);
    assert_eq!(asked(&data, &["account", "list"]), line("supervisor"));
    assert_eq!(told(&laptop, &world).await.accounts[0].role, "supervisor");
    let posts = world
        .server
        .store
        .records(Some(Kind::Membership))
        .await
        .unwrap();
    assert_eq!(posts[0].row.fields["role"], "supervisor");
    let last = laptop.pull_all(&world.server).await.pop().unwrap();
    let edit = last.raw.read().unwrap().edits.remove(0);
    assert_eq!(edit.kind, Kind::Membership);
    assert_eq!(edit.set.len(), 1, "nothing else is written anew");

    let nobody = ["account", "role", "--login", "nobody", "--role", "station"];
    assert!(refused(&data, &nobody, 2).contains("there is no login nobody"));
    let chief = ["account", "role", "--login", login, "--role", "chief"];
    assert!(refused(&data, &chief, 2).contains("invalid value 'chief'"));
    let remove = ["account", "remove", "--login", login];
    assert!(asked(&data, &remove).contains("removed"));
    assert!(refused(&data, &remove, 2).contains("there is no login"));
    assert_eq!(asked(&data, &["account", "list"]), "");
    assert!(told(&laptop, &world).await.accounts.is_empty());
    assert_eq!(
        fields(&world.server.store, Kind::Person, person.0).await["name"],
        "示例甲"
    );
    let posts = world
        .server
        .store
        .records(Some(Kind::Membership))
        .await
        .unwrap();
    assert!(posts[0].row.fields["until"].is_string());

    // What the person wrote before and sends now is kept, and merged when somebody answers for it.
    let site = laptop.save("走之前");
    let reply = laptop.sync_all(&world.server).await;
    assert_eq!(reply.rejects[0].reason, RejectReason::WrongAuthor);
    asked(&data, &["quarantine", "release", "--all", "--trust"]);
    assert!(
        !fields(&world.server.store, Kind::Site, site)
            .await
            .is_empty()
    );
    // Nobody else may take the login, and with it the name under old reports.
    let add = |name| {
        let office = world.office.name.as_str();
        let args = ["account", "add", "--login", login, "--name", name];
        let rest = ["--role", "station", "--office", office];
        program(&data, &[&args[..], &rest].concat(), "password\n")
    };
    let other = add("示例乙");
    assert_eq!(other.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&other.stderr).contains("belongs to 示例甲"));
    assert!(add("示例甲").status.success());
    let posts = world
        .server
        .store
        .records(Some(Kind::Membership))
        .await
        .unwrap();
    assert!(!posts[0].row.fields.contains_key("until"));
}

#[tokio::test(flavor = "multi_thread")]
async fn forgotten_uploads_are_deleted_and_can_begin_anew() {
    let world = World::new().await;
    let mut laptop = world.laptop().await;
    let (old, fresh) = (noise(50_000), noise(40_000));
    let digests = [laptop.photo(&old), laptop.photo(&fresh)];
    laptop.sync_all(&world.server).await;
    for (digest, bytes) in digests.iter().zip([&old, &fresh]) {
        // The link dies after 30,000 bytes.
        let headers = laptop.put_headers(0, bytes.len());
        let path = format!("/v1/blobs/{digest}");
        let addr = world.server.addr;
        let body = &bytes[..30_000];
        let socket = support::http::begin(addr, "PUT", &path, &headers, bytes.len(), body).await;
        drop(socket);
        while offset(&laptop, &world, *digest).await != 30_000 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    let data = data(&world);
    let part = |digest: Digest| data.join("blobs/part").join(digest.to_string());
    let age = |days: u64| {
        let then =
            std::time::SystemTime::from(platform::now()) - Duration::from_secs(days * 86_400);
        let file = File::options().append(true).open(part(digests[0])).unwrap();
        file.set_modified(then).unwrap();
    };
    age(20);
    let none = "0 unfinished uploads deleted, 0 bytes\n";
    assert_eq!(asked(&data, &["purge-parts"]), none);
    let days = ["purge-parts", "--older-than-days", "10"];
    assert_eq!(
        asked(&data, &days),
        "1 unfinished uploads deleted, 30000 bytes\n"
    );
    assert_eq!(asked(&data, &days), none);
    assert!(!part(digests[0]).exists() && part(digests[1]).exists());
    let rows = |c: &mut rusqlite::Connection| {
        c.query_row("SELECT count(*) FROM blob_part", [], |row| row.get(0))
    };
    assert_eq!(world.server.store.with_connection(rows), Ok(1));
    let zero = ["purge-parts", "--older-than-days", "0"];
    assert!(refused(&data, &zero, 2).contains("0 is not in"));

    // The laptop that comes back after all is told where to go on: one at 0, the other where it was.
    assert_eq!(offset(&laptop, &world, digests[0]).await, 0);
    assert_eq!(
        laptop
            .put(&world.server, digests[0], 30_000, &old)
            .await
            .status,
        409
    );
    assert_eq!(
        laptop.put(&world.server, digests[0], 0, &old).await.status,
        201
    );
    assert_eq!(
        laptop
            .put(&world.server, digests[1], 30_000, &fresh)
            .await
            .status,
        201
    );
}

async fn offset(laptop: &Laptop, world: &World, digest: Digest) -> u64 {
    let reply = laptop.head(&world.server, digest).await;
    reply
        .header("upload-offset")
        .unwrap_or("0")
        .parse()
        .unwrap()
}
