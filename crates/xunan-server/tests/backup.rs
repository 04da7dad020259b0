//! Backups, taken beside a running server, and what laptops find on a server made of one.
#![expect(clippy::unwrap_used, reason = "a broken step must show where")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use support::program::{asked, refused};
use support::{Laptop, World, fields, noise};
use tempfile::TempDir;
use xunan_model::change::Kind;
use xunan_model::digest::Digest;
use xunan_server::config::Options;
use xunan_server::store::Store as _;
use xunan_server::{RunningServer, Server};

async fn serve(data: &Path) -> RunningServer {
    Server::start(data, Options::default()).await.unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn blob(folder: &Path, digest: Digest) -> PathBuf {
    let name = digest.to_string();
    folder.join("blobs").join(&name[..2]).join(name)
}

/// A world with one laptop, two changes and a photo, and its data folder.
async fn world() -> (World, Laptop, Digest, PathBuf) {
    let world = World::new().await;
    let mut laptop = world.laptop().await;
    laptop.save("一");
    let bytes = noise(20_000);
    let photo = laptop.photo(&bytes);
    laptop.sync_all(&world.server).await;
    let reply = laptop.put(&world.server, photo, 0, &bytes).await;
    assert_eq!(reply.status, 201);
    let data = world.dir.path().join("data");
    // As a server that speaks TLS has.
    asked(&data, &["enrol-code", "--office", &world.office.name]);
    (world, laptop, photo, data)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_server_holds_what_was_backed_up_and_gets_the_rest_again() {
    let (world, mut laptop, photo, data) = world().await;
    let (copy, fresh) = (
        world.dir.path().join("copy"),
        world.dir.path().join("fresh"),
    );
    // The office, a person, a post, and two of the laptop.
    let said = asked(&data, &["backup", text(&copy), "--deep"]);
    assert_eq!(said, "backup verified: 5 changes, 1 blobs\n");
    // After the backup: a change, a photo, a laptop's cursor that is further than the backup.
    let late = laptop.save("备份以后");
    let late_bytes = noise(10_000);
    let late_photo = laptop.photo(&late_bytes);
    let reply = laptop.sync_all(&world.server).await;
    let put = laptop.put(&world.server, late_photo, 0, &late_bytes).await;
    assert_eq!(put.status, 201);
    laptop
        .cursors
        .insert(laptop.scope(), reply.pulled[0].cursor);
    let epoch = reply.server_epoch;
    assert_eq!(world.server.store.server_epoch().await.unwrap(), epoch);

    let said = asked(&fresh, &["restore", text(&copy)]);
    assert!(said.starts_with("restored: 5 changes, 1 blobs"), "{said}");
    assert!(said.contains("epoch is now"), "{said}");
    let key = |folder: &Path| fs::read(folder.join("server-key.pem")).unwrap();
    assert_eq!(
        key(&fresh),
        key(&data),
        "laptops trust this key and no other"
    );
    let server = serve(&fresh).await;
    let renewed = server.store.server_epoch().await.unwrap();
    assert_ne!(renewed, epoch);
    assert_eq!(server.store.changes_page(0, 100).await.unwrap().len(), 5);
    assert_eq!(laptop.get(&server, photo, None).await.status, 200);
    assert!(fields(&server.store, Kind::Site, late).await.is_empty());

    // The server numbers its own changes anew: none is taken for one that laptops have.
    xunan_server::demo::seed(&server.store, xunan_server::platform::now())
        .await
        .unwrap();
    let reply = laptop.sync_all(&server).await;
    assert_eq!(reply.server_epoch, renewed);
    assert_eq!(reply.pulled[0].changes[0].n, 1, "pulled from the start");
    assert!(reply.fork.is_none() && reply.rejects.is_empty());
    assert_eq!(
        fields(&server.store, Kind::Site, late).await["name"],
        "备份以后"
    );
    let put = laptop.put(&server, late_photo, 0, &late_bytes).await;
    assert_eq!(put.status, 201);
    server.stop().await.unwrap();
    // A restored server can be backed up like any other.
    let second = world.dir.path().join("second");
    assert!(asked(&fresh, &["backup", text(&second), "--deep"]).contains("2 blobs"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_taken_while_laptops_send_is_one_moment_of_the_server() {
    let (world, mut laptop, _, data) = world().await;
    let copy = world.dir.path().join("copy");
    let taken = {
        let (data, copy) = (data.clone(), copy.clone());
        tokio::task::spawn_blocking(move || asked(&data, &["backup", text(&copy), "--deep"]))
    };
    let mut sent = 2;
    while !taken.is_finished() {
        sent += 1;
        laptop.save("点");
        let reply = laptop.sync(&world.server, &laptop.request(sent)).await;
        assert_eq!(reply.ack.last_seq, sent as u64);
    }
    assert!(taken.await.unwrap().starts_with("backup verified"));
    let fresh = world.dir.path().join("fresh");
    asked(&fresh, &["restore", text(&copy)]);
    let server = serve(&fresh).await;
    // The laptop sends everything again: what the backup had is the same, the rest is taken.
    let reply = laptop.sync_all(&server).await;
    assert!(reply.fork.is_none());
    assert_eq!(reply.ack.last_seq, sent as u64);
    server.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_is_private_and_says_what_it_holds() {
    let (world, _, photo, data) = world().await;
    let copy = world.dir.path().join("copy");
    asked(&data, &["backup", text(&copy)]);
    let manifest: Value =
        serde_json::from_slice(&fs::read(copy.join("manifest.json")).unwrap()).unwrap();
    let digest = Digest::of(&fs::read(copy.join("server.db")).unwrap());
    assert_eq!(manifest["database"]["sha256"], digest.to_string());
    let epoch = world.server.store.server_epoch().await.unwrap();
    assert_eq!(manifest["server_epoch"], epoch);
    assert_eq!(manifest["counts"]["changes"], 5);
    assert_eq!(manifest["counts"]["blob_bytes"], 20_000);
    assert!(blob(&copy, photo).exists());
    let mut names: Vec<_> = fs::read_dir(&copy)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    names.sort();
    assert_eq!(
        names,
        ["blobs", "manifest.json", "server-key.pem", "server.db"]
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&copy.join("server-key.pem")), 0o600);
        assert_eq!(mode(&copy), 0o700);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_with_a_fault_is_none() {
    let (world, _, photo, data) = world().await;
    let to = |name: &str| world.dir.path().join(name);
    for (folder, reason) in [
        (to("data"), "inside the data"),
        (data.join("b"), "inside the data"),
    ] {
        assert!(refused(&data, &["backup", text(&folder)], 2).contains(reason));
    }
    fs::create_dir(to("used")).unwrap();
    fs::write(to("used/letter.txt"), "x").unwrap();
    let said = refused(&data, &["backup", text(&to("used"))], 2);
    assert!(said.contains("is not empty"), "{said}");
    let said = refused(&to("nowhere"), &["backup", text(&to("none"))], 2);
    assert!(said.contains("there is no database"), "{said}");
    assert!(!to("nowhere").exists() && !to("none").exists());

    // One bit of a photo has flipped on the server's disk: only reading it shows that.
    let path = blob(&data, photo);
    let good = fs::read(&path).unwrap();
    let mut bad = good.clone();
    bad[10_000] ^= 1;
    fs::write(&path, &bad).unwrap();
    let said = refused(&data, &["backup", text(&to("bit")), "--deep"], 1);
    assert!(said.contains("NOT a good backup"), "{said}");
    assert!(
        said.contains(&format!("the photo {photo} is damaged")),
        "{said}"
    );
    fs::write(&path, &good[..9_000]).unwrap();
    let said = refused(&data, &["backup", text(&to("short"))], 1);
    assert!(said.contains("9000 bytes instead of 20000"), "{said}");
    fs::remove_file(&path).unwrap();
    let said = refused(&data, &["backup", text(&to("gone"))], 1);
    assert!(said.contains("1 photos have a fault"), "{said}");
    for name in ["bit", "short", "gone"] {
        assert!(!to(name).join("manifest.json").exists());
        let said = refused(&to("fresh"), &["restore", text(&to(name))], 2);
        assert!(said.contains("no finished backup"), "{said}");
    }
    assert!(!to("fresh").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_overwrites_nothing_and_puts_nothing_damaged_back() {
    let (world, _, photo, data) = world().await;
    let to = |name: &str| world.dir.path().join(name);
    let copy = to("copy");
    asked(&data, &["backup", text(&copy)]);
    let restore = ["restore", text(&copy)];
    // The server is running, then only its database is there.
    assert!(refused(&data, &restore, 2).contains("another server is running"));
    world.server.stop().await.unwrap();
    assert!(refused(&data, &restore, 2).contains("holds a database"));
    let used = TempDir::new().unwrap();
    fs::write(used.path().join("server-key.pem"), "x").unwrap();
    let said = refused(used.path(), &restore, 2);
    assert!(said.contains("is not empty: server-key.pem"), "{said}");

    let damage = |path: PathBuf, reason: &str| {
        let good = fs::read(&path).unwrap();
        let mut bad = good.clone();
        let middle = bad.len() / 2;
        bad[middle] ^= 1;
        // Not in place: the photo is the same file as the server's.
        fs::remove_file(&path).unwrap();
        fs::write(&path, bad).unwrap();
        let fresh = TempDir::new().unwrap();
        let said = refused(fresh.path(), &restore, 1);
        assert!(said.contains(reason), "{said}");
        assert!(!fresh.path().join("server.db").exists());
        fs::write(&path, good).unwrap();
    };
    damage(copy.join("server.db"), "is damaged");
    damage(copy.join("server-key.pem"), "is damaged");
    damage(blob(&copy, photo), &format!("the photo {photo} is damaged"));
    let path = blob(&copy, photo);
    fs::rename(&path, to("aside")).unwrap();
    let fresh = to("fresh");
    assert!(refused(&fresh, &restore, 1).contains("is missing"));
    fs::rename(to("aside"), &path).unwrap();
    // It had written nothing but the lock, so the same folder still takes the whole backup.
    asked(&fresh, &restore);
    assert!(refused(&fresh, &restore, 2).contains("holds a database"));
}
