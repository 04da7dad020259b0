//! Bad input and bad days: a clear word, nothing lost, nothing half-done.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use xunan_core::view::SyncState;
use xunan_core::{App, Install, PhotoTarget};
use xunan_model::fault::Fault;
use xunan_model::id::InspectionId;
use xunan_model::inspection::AnswerResult;
use xunan_testkit::laptop::{self, LOGIN, PASSWORD};
use xunan_testkit::server::Server;
use xunan_testkit::{photos, wait_until};

struct World {
    folder: tempfile::TempDir,
    server: Server,
    install: Install,
    app: App,
    inspection: InspectionId,
}

/// A laptop with a visit begun, its server stopped.
fn world() -> Result<World> {
    let folder = tempfile::tempdir()?;
    let mut server = Server::new(folder.path())?;
    server.start()?;
    let install = laptop::enrolled(&folder.path().join("laptop"), &server)?;
    server.stop()?;
    let app = install.unlock(LOGIN, PASSWORD)?;
    let view = laptop::begin(&app, &["fire"], 2)?;
    app.answer_save(laptop::answer(&view, 0, AnswerResult::Compliant)?)?;
    let inspection = view.row.id.parse()?;
    Ok(World {
        folder,
        server,
        install,
        app,
        inspection,
    })
}

fn key(error: &anyhow::Error) -> &'static str {
    error
        .downcast_ref::<Fault>()
        .map_or("no fault", |fault| fault.key)
}

impl World {
    fn photo(&self, bytes: &[u8]) -> Result<xunan_core::view::PhotoView> {
        let target = PhotoTarget {
            inspection: self.inspection,
            finding: None,
            item: None,
            facility: String::new(),
            name: "文件.jpg".to_owned(),
            source: xunan_model::photo::PhotoSource::File,
        };
        self.app.photo_add(target, bytes)
    }

    fn blob_files(&self) -> Result<usize> {
        fn files(folder: &Path) -> Result<usize> {
            let mut count = 0;
            for entry in std::fs::read_dir(folder)? {
                let entry = entry?;
                count += if entry.file_type()?.is_dir() {
                    files(&entry.path())?
                } else {
                    1
                };
            }
            Ok(count)
        }
        files(&self.folder.path().join("laptop/blobs"))
    }
}

#[test]
fn files_that_are_no_photos_are_refused_and_leave_nothing() -> Result<()> {
    let world = world()?;
    let unsent = world.install.sync_status()?.changes_unsent;
    let mut huge = vec![0xff, 0xd8, 0xff];
    huge.resize(300 << 20, 0);
    let cases: [(&[u8], &str); 4] = [
        (b"", "photo_empty"),
        (b"%PDF-1.7 a report", "photo_not_an_image"),
        (b"<!doctype html><title>login</title>", "photo_not_an_image"),
        (&huge, "photo_too_large"),
    ];
    for (bytes, wanted) in cases {
        let error = world.photo(bytes).err().context("it was taken")?;
        assert_eq!(key(&error), wanted);
    }
    assert_eq!(world.app.inspection_get(world.inspection)?.photos.len(), 0);
    assert_eq!(world.blob_files()?, 0);
    assert_eq!(world.install.sync_status()?.changes_unsent, unsent);
    Ok(())
}

#[test]
fn a_damaged_photo_is_kept_as_it_came_and_said_to_be_unreadable() -> Result<()> {
    let world = world()?;
    let whole = std::fs::read(&photos::files()?[4])?;
    let damaged = &whole[..2_000];
    let photo = world.photo(damaged)?;
    let told = || Ok(world.app.photo_get(photo.id.parse()?)?.undecodable);
    wait_until("it is told", Duration::from_secs(20), told)?;
    assert_eq!(
        world
            .install
            .blob(&photo.original.sha256.to_string())?
            .context("gone")?,
        damaged
    );
    // The next one is not held up by it.
    let next = world.photo(&whole)?;
    let ready = || Ok(world.app.photo_get(next.id.parse()?)?.thumb.is_some());
    wait_until("the next has its thumbnail", Duration::from_secs(30), ready)?;
    Ok(())
}

#[test]
fn a_second_copy_of_the_program_is_refused_and_the_first_goes_on() -> Result<()> {
    let world = world()?;
    let error = laptop::open(&world.folder.path().join("laptop"))
        .err()
        .context("it was opened")?;
    assert_eq!(key(&error), "second_copy");
    assert!(world.app.inspection_get(world.inspection).is_ok());
    Ok(())
}

#[test]
fn a_database_of_a_newer_program_is_left_alone() -> Result<()> {
    let World {
        folder,
        app,
        install,
        ..
    } = world()?;
    drop((app, install));
    let data = folder.path().join("laptop");
    // The background threads let go of it a moment later.
    wait_until(
        "it is closed",
        Duration::from_secs(10),
        || match laptop::open(&data) {
            Ok(install) => {
                drop(install);
                Ok(true)
            }
            Err(_) => Ok(false),
        },
    )?;
    let database = data.join("xunan.db");
    rusqlite::Connection::open(&database)?.pragma_update(None, "user_version", 4_000)?;
    let before = std::fs::read(&database)?;
    let error = laptop::open(&data).err().context("it was opened")?;
    assert_eq!(key(&error), "newer_database");
    assert_eq!(std::fs::read(&database)?, before);
    Ok(())
}

/// Answers every connection with these bytes until it is dropped.
fn answers(address: &str, reply: &'static [u8]) -> Result<std::sync::mpsc::Sender<()>> {
    let listener = TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    let (stop, stopped) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        while stopped.try_recv() != Err(std::sync::mpsc::TryRecvError::Disconnected) {
            if let Ok((mut connection, _)) = listener.accept() {
                let _ = connection.set_nonblocking(false);
                let _ = connection.set_read_timeout(Some(Duration::from_millis(200)));
                let mut asked = [0; 65_536];
                let _ = connection.read(&mut asked);
                let _ = connection.write_all(reply);
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    });
    Ok(stop)
}

#[test]
fn whatever_answers_in_the_server_s_place_nothing_is_lost() -> Result<()> {
    let mut world = world()?;
    let unsent = world.install.sync_status()?.changes_unsent;
    ensure!(unsent > 0, "something waits");
    // On the way to a server with TLS, all that a login page can do is not to speak TLS.
    let cases: [(&[u8], SyncState, &str); 4] = [
        (b"HTTP/1.1 500 Internal Server Error\r\nxunan-protocol: 1\r\ncontent-length: 4\r\n\r\noops", SyncState::Trouble, "server_not_ours"),
        (b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 15\r\n\r\n<p>log in here!", SyncState::Trouble, "server_not_ours"),
        (b"220 mail.example ESMTP\r\n", SyncState::Trouble, "server_not_ours"),
        (b"", SyncState::Offline, "offline"),
    ];
    for (reply, state, key) in cases {
        let address = world.server.url().replace("https://", "");
        let fake = answers(&address, reply)?;
        let told = || {
            world.install.sync_now();
            let status = world.install.sync_status()?;
            Ok(status.state == state && status.trouble.is_some_and(|trouble| trouble.key == key))
        };
        wait_until(key, Duration::from_secs(20), told)
            .with_context(|| format!("{:?}", world.install.sync_status()))?;
        assert_eq!(world.install.sync_status()?.changes_unsent, unsent);
        drop(fake);
        wait_until("the port is free", Duration::from_secs(10), || {
            Ok(TcpListener::bind(&address).is_ok())
        })?;
    }
    world.server.start()?;
    laptop::wait_sent(&world.install, Duration::from_secs(15))?;
    Ok(())
}

#[test]
fn another_server_under_the_same_address_gets_nothing() -> Result<()> {
    let mut world = world()?;
    let unsent = world.install.sync_status()?.changes_unsent;
    let mut other = world
        .server
        .impostor(&world.folder.path().join("impostor"))?;
    other.start()?;
    let told = || {
        world.install.sync_now();
        let status = world.install.sync_status()?;
        Ok(status
            .trouble
            .is_some_and(|trouble| trouble.key == "server_key_differs"))
    };
    wait_until("the key differs", Duration::from_secs(20), told)
        .with_context(|| format!("{:?}", world.install.sync_status()))?;
    assert_eq!(world.install.sync_status()?.changes_unsent, unsent);
    other.stop()?;
    world.server.start()?;
    laptop::wait_sent(&world.install, Duration::from_secs(15))?;
    Ok(())
}

#[test]
fn a_server_that_is_killed_while_photos_travel_gets_the_rest_when_it_is_back() -> Result<()> {
    let mut world = world()?;
    let files = photos::files()?;
    let mut wanted = Vec::new();
    for file in &files[..4] {
        wanted.push(world.photo(&std::fs::read(file)?)?.original.sha256);
    }
    for _ in 0..3 {
        world.server.start()?;
        std::thread::sleep(Duration::from_millis(120));
        world.server.kill()?;
    }
    world.server.start()?;
    laptop::wait_sent(&world.install, Duration::from_secs(40))?;
    let out = world.folder.path().join("export");
    world.server.export(&out)?;
    let export = xunan_tests::read_export(&out)?;
    for digest in wanted {
        ensure!(export.photos.contains(&digest), "{digest} is not there");
    }
    assert_eq!(export.records["photo"].len(), 4);
    Ok(())
}

#[test]
fn a_pin_opens_the_laptop_until_five_wrong_ones_also_over_restarts() -> Result<()> {
    let world = world()?;
    let set = |pin| world.app.pin_set(PASSWORD, Some(pin));
    assert_eq!(
        set("123456").map_err(|error| key(&error)),
        Err("pin_invalid")
    );
    set("281940")?;
    let folder = world.folder.path().join("laptop");
    assert!(world.install.unlock(LOGIN, "281940").is_ok());
    assert!(world.install.unlock(LOGIN, PASSWORD).is_ok());
    // What stands under a document of law is the password alone.
    let people = world.app.signed_in().person.parse()?;
    let confirmed = world
        .app
        .inspection_confirm(world.inspection, people, "281940", "");
    assert_eq!(
        confirmed.map(drop).map_err(|error| key(&error)),
        Err("wrong_password")
    );

    let World {
        install,
        app,
        folder: kept,
        ..
    } = world;
    drop((app, install));
    for _ in 0..4 {
        let install = laptop::reopened(&folder)?;
        let refused = install.unlock(LOGIN, "000001").map(drop);
        assert_eq!(refused.map_err(|error| key(&error)), Err("wrong_password"));
    }
    let install = laptop::reopened(&folder)?;
    let off = install.unlock(LOGIN, "000002").map(drop);
    assert_eq!(off.map_err(|error| key(&error)), Err("pin_off"));
    assert!(install.unlock(LOGIN, "281940").is_err());
    assert!(install.unlock(LOGIN, PASSWORD).is_ok());
    drop(kept);
    Ok(())
}
