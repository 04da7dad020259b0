//! Letting laptops in, and what the person who runs the server does, with the real program.

mod support;

use std::process::{Command, Stdio};

use ed25519_dalek::SigningKey;
use serde_json::Value;
use support::program::program;
use support::{World, enrol, noise};
use tempfile::TempDir;
use xunan_model::digest::Digest;
use xunan_model::wire::Enrolled;
use xunan_server::config::Options;
use xunan_server::store::Store as _;
use xunan_server::{Server, demo, export, office, platform};

fn key(n: u8) -> SigningKey {
    SigningKey::from_bytes(&[n; 32])
}

#[tokio::test]
async fn a_code_lets_one_laptop_in() {
    let world = World::new().await;
    let store = &world.server.store;
    let code = office::enrol_code_new(store, world.office.id, 1, platform::now())
        .await
        .unwrap();
    let first: Enrolled = enrol(&world.server, &code, &key(1)).await.json();
    assert_eq!(enrol(&world.server, &code, &key(2)).await.status, 403);
    // The reply was lost: the same laptop asks again and gets a token that works.
    let again: Enrolled = enrol(&world.server, &code, &key(1)).await.json();
    assert_eq!(again.device, first.device);
    assert!(
        store
            .device_by_token(Digest::of(first.token.as_bytes()))
            .await
            .unwrap()
            .is_none()
    );
    let auth = store
        .device_by_token(Digest::of(again.token.as_bytes()))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(auth.device, first.device);
    assert_eq!(again.accounts.accounts.len(), 1);
    // No secret lies in the database.
    let database = std::fs::read(world.dir.path().join("data/server.db")).unwrap();
    let log = std::fs::read(world.dir.path().join("data/server.db-wal")).unwrap_or_default();
    for secret in [again.token.as_str(), code.as_str(), &code.replace('-', "")] {
        let holds = |bytes: &[u8]| {
            bytes
                .windows(secret.len())
                .any(|window| window == secret.as_bytes())
        };
        assert!(!holds(&database) && !holds(&log));
    }
}

#[tokio::test]
async fn a_used_token_ends_the_code() {
    let world = World::new().await;
    let store = &world.server.store;
    let code = office::enrol_code_new(store, world.office.id, 1, platform::now())
        .await
        .unwrap();
    let first: Enrolled = enrol(&world.server, &code, &key(1)).await.json();
    world.server.store.with_connection(|c| {
        c.execute(
            "UPDATE device SET seen = '2026' WHERE id = ?1",
            [first.device.to_string()],
        )
        .unwrap()
    });
    assert_eq!(enrol(&world.server, &code, &key(1)).await.status, 403);
}

#[tokio::test]
async fn wrong_codes_are_borne_for_a_while() {
    let world = World::new().await;
    let mut statuses = Vec::new();
    for _ in 0..25 {
        statuses.push(enrol(&world.server, "0000-0000-0000", &key(1)).await.status);
    }
    assert_eq!(statuses[..20], [403; 20]);
    assert_eq!(statuses[24], 429);
}

#[tokio::test]
async fn an_export_holds_exactly_what_was_sent() {
    let world = World::new().await;
    let mut laptop = world.laptop().await;
    let site = laptop.save("示范矿");
    let bytes = noise(20_000);
    let photo = laptop.photo(&bytes);
    let missing = laptop.photo(b"still on the laptop");
    laptop.sync_all(&world.server).await;
    assert_eq!(
        laptop.put(&world.server, photo, 0, &bytes).await.status,
        201
    );

    let out = world.dir.path().join("export");
    let done = export::export(&world.server.store, &out).await.unwrap();
    assert_eq!((done.blobs, done.blobs_missing), (1, 1));
    assert_eq!(
        std::fs::read(out.join(format!("photos/{photo}.jpg"))).unwrap(),
        bytes
    );
    let lines = std::fs::read_to_string(out.join("changes.jsonl")).unwrap();
    let sent: Vec<&str> = laptop.sent.iter().map(|change| change.raw.text()).collect();
    assert_eq!(
        lines.lines().collect::<Vec<_>>()[lines.lines().count() - 3..],
        sent
    );
    let record: Value = serde_json::from_slice(
        &std::fs::read(out.join(format!("records/site/{site}.json"))).unwrap(),
    )
    .unwrap();
    assert_eq!(
        (&record["name"], &record["id"]),
        (&"示范矿".into(), &site.to_string().into())
    );

    let manifest: Value =
        serde_json::from_slice(&std::fs::read(out.join("manifest.json")).unwrap()).unwrap();
    assert_eq!(manifest["not_arrived"][0]["sha256"], missing.to_string());
    assert_eq!(manifest["photos"].as_array().unwrap().len(), 2);
    let files = manifest["files"].as_object().unwrap();
    assert_eq!(files.len(), done.records + 2);
    for (name, fact) in files {
        let content = std::fs::read(out.join(name)).unwrap();
        assert_eq!(fact["sha256"], Digest::of(&content).to_string(), "{name}");
        assert_eq!(fact["bytes"], content.len());
    }
    assert!(
        export::export(&world.server.store, &out).await.is_err(),
        "not into a folder in use"
    );
}

#[tokio::test]
async fn seeding_twice_changes_nothing() {
    let world = World::new().await;
    let store = &world.server.store;
    demo::seed(store, platform::now()).await.unwrap();
    let count = || async { store.changes_page(0, 1_000).await.unwrap().len() };
    let first = count().await;
    demo::seed(store, platform::now()).await.unwrap();
    assert_eq!(count().await, first);
    assert_eq!(
        store
            .records(Some(xunan_model::change::Kind::Site))
            .await
            .unwrap()
            .len(),
        14
    );
}

#[tokio::test]
async fn a_server_put_back_from_a_backup_starts_a_new_epoch() {
    let world = World::new().await;
    let mut laptop = world.laptop().await;
    laptop.save("一");
    let reply = laptop.sync_all(&world.server).await;
    laptop
        .cursors
        .insert(laptop.scope(), reply.pulled[0].cursor);
    world.server.store.epoch_renew().await.unwrap();
    demo::seed(&world.server.store, platform::now())
        .await
        .unwrap();
    let again = laptop.sync_all(&world.server).await;
    assert_ne!(again.server_epoch, reply.server_epoch);
    assert_eq!(again.pulled[0].changes[0].n, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_configurations_are_refused_with_the_reason() {
    let dir = TempDir::new().unwrap();
    let path = |name: &str| dir.path().join(name);
    std::fs::create_dir(path("other")).unwrap();
    std::fs::write(path("other/letter.txt"), "x").unwrap();
    std::fs::write(path("file"), "x").unwrap();
    std::fs::create_dir(path("noise")).unwrap();
    std::fs::write(path("noise/server.db"), "this is not a database at all").unwrap();
    for (name, sql) in [
        (
            "newer",
            "PRAGMA application_id = 1481985619; PRAGMA user_version = 99; CREATE TABLE t (x)",
        ),
        ("alien", "PRAGMA user_version = 3; CREATE TABLE t (x)"),
    ] {
        std::fs::create_dir(path(name)).unwrap();
        rusqlite::Connection::open(path(name).join("server.db"))
            .unwrap()
            .execute_batch(sql)
            .unwrap();
    }
    let busy = Server::start(&path("busy"), Options::default())
        .await
        .unwrap();
    let taken = busy.addr.to_string();
    let serve = ["serve", "--listen", "127.0.0.1:0"];
    let table: [(&str, Vec<&str>, &str); 12] = [
        ("other", serve.to_vec(), "holds something else: letter.txt"),
        ("file", serve.to_vec(), "cannot make the data folder"),
        ("noise", serve.to_vec(), "not a database of this server"),
        ("newer", serve.to_vec(), "newer program (version 99"),
        ("alien", serve.to_vec(), "not a database of this server"),
        ("busy", serve.to_vec(), "another server is running"),
        ("busy", vec!["restored"], "another server is running"),
        (
            "fresh",
            vec!["serve", "--listen", &taken],
            "cannot listen on",
        ),
        (
            "fresh",
            vec!["serve", "--listen", "here"],
            "invalid value 'here'",
        ),
        (
            "fresh",
            vec!["serve", "--blob-bytes-max", "0"],
            "0 is not in",
        ),
        (
            "fresh",
            vec!["enrol-code", "--office", "nobody"],
            "there is no office nobody",
        ),
        ("fresh", vec!["no-such-command"], "unrecognized subcommand"),
    ];
    for (data, args, reason) in table {
        let output = program(&path(data), &args, "");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{data} {args:?}: {said}");
        assert!(said.contains(reason), "{data} {args:?}: {said}");
    }
    // Refusing wrote nothing.
    assert_eq!(std::fs::read_dir(path("other")).unwrap().count(), 1);
    busy.stop().await.unwrap();
}

#[test]
fn the_program_does_what_an_administrator_asks() {
    let dir = TempDir::new().unwrap();
    let ask = |args: &[&str], input: &str| {
        let output = program(dir.path(), args, input);
        let (out, err) = (
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8(output.stderr).unwrap(),
        );
        assert!(output.status.success(), "{args:?}: {err}");
        out
    };
    let seeded = ask(&["seed-demo"], "");
    assert!(seeded.contains("login: jia  password: demo-1234"));
    let code = seeded
        .lines()
        .find_map(|line| line.strip_prefix("enrol-code: "))
        .unwrap();
    // Twelve letters of the code and twelve of the server's key.
    assert_eq!((code.len(), code.matches('-').count()), (29, 5));
    let again = ask(&["enrol-code", "--office", demo::OFFICE], "");
    let again = again.trim().strip_prefix("enrol-code: ").unwrap();
    assert_eq!(again[14..], code[14..], "the key stays the same");
    assert_ne!(again[..14], code[..14]);
    let add = [
        "account",
        "add",
        "--login",
        "wu",
        "--name",
        "示例戊",
        "--role",
        "inspector",
        "--office",
        demo::OFFICE,
    ];
    assert_eq!(ask(&add, "a password\n"), "added wu\n");
    assert_eq!(program(dir.path(), &add, "again\n").status.code(), Some(2));
    ask(&["account", "password", "--login", "wu"], "another\n");
    assert!(
        ask(
            &[
                "office",
                "add",
                "--name",
                "示范镇",
                "--division",
                "540121100000"
            ],
            ""
        )
        .starts_with("office: ")
    );
    assert_eq!(ask(&["device", "list"], ""), "");
    assert_eq!(ask(&["quarantine"], ""), "");
    assert_eq!(ask(&["inspections"], "").lines().count(), 1);
    assert!(ask(&["restored"], "").contains("epoch"));
    let out = dir
        .path()
        .parent()
        .unwrap()
        .join(format!("export-{}", std::process::id()));
    assert!(ask(&["export", out.to_str().unwrap()], "").contains("0 blobs"));
    std::fs::remove_dir_all(out).unwrap();
}

#[cfg(unix)]
#[test]
fn the_program_serves_and_stops_when_asked() {
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("address");
    let mut child = Command::new(env!("CARGO_BIN_EXE_xunan-server"))
        .arg("--data")
        .arg(dir.path().join("data"))
        .args([
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--plain-http",
            "--address-file",
        ])
        .arg(&file)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let wait = |what: &mut dyn FnMut() -> bool| {
        for _ in 0..300 {
            if what() {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        panic!("nothing happened");
    };
    wait(&mut || file.exists());
    let address = std::fs::read_to_string(&file).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let reply = runtime.block_on(support::http::send(
        address.parse().unwrap(),
        "GET",
        "/healthz",
        &[],
        &[],
    ));
    assert_eq!((reply.status, reply.text().as_str()), (200, "ok\n"));
    assert!(
        Command::new("kill")
            .args(["-TERM", &child.id().to_string()])
            .status()
            .unwrap()
            .success()
    );
    let mut code = None;
    wait(&mut || {
        code = child.try_wait().unwrap();
        code.is_some()
    });
    assert!(code.unwrap().success());
}

#[test]
fn every_command_has_a_manual_page() {
    let folder = TempDir::new().unwrap();
    let pages = folder.path().join("man");
    let written = program(folder.path(), &["man", pages.to_str().unwrap()], "");
    assert!(written.status.success(), "{written:?}");
    for page in ["", "-serve", "-backup", "-account-add", "-device-scope-add"] {
        let page = pages.join(format!("xunan-server{page}.1"));
        let text = std::fs::read_to_string(&page).unwrap();
        assert!(text.contains(".TH"), "{}", page.display());
    }
    let serve = std::fs::read_to_string(pages.join("xunan-server-serve.1")).unwrap();
    assert!(serve.contains("Where to listen"));
}
