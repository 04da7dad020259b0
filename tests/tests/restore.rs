//! A laptop is lost. The stick in the drawer and the paper with the code make another one of it, and
//! sending goes on as if nothing had happened.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use xunan_core::{App, BackupTarget, Install, PhotoTarget};
use xunan_model::digest::Digest;
use xunan_model::fault::Fault;
use xunan_model::id::InspectionId;
use xunan_testkit::laptop::{self, LOGIN, PASSWORD};
use xunan_testkit::server::Server;
use xunan_testkit::{photos, wait_until};
use xunan_tests::read_export;

const SOON: Duration = Duration::from_secs(40);

type Records = BTreeMap<(String, String), Value>;

/// Every record on a laptop's disk.
fn records(data: &Path) -> Result<Records> {
    let conn = rusqlite::Connection::open(data.join("xunan.db"))?;
    let mut statement = conn.prepare("SELECT kind, id, fields FROM record")?;
    let rows = statement.query_map([], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get::<_, String>(2)?))
    })?;
    rows.map(|row| {
        let (kind, id, fields) = row?;
        Ok(((kind, id), serde_json::from_str(&fields)?))
    })
    .collect()
}

fn changes(database: &Path) -> Result<u64> {
    let conn = rusqlite::Connection::open(database)?;
    Ok(conn.query_row("SELECT count(*) FROM change", [], |row| row.get(0))?)
}

fn add_finding(app: &App, visit: InspectionId, note: &str) -> Result<()> {
    let mut draft = app.finding_draft(visit, None, None, "")?;
    draft.hazard = "疏散通道被占用".to_owned();
    draft.note = note.to_owned();
    app.finding_save(&draft)?;
    Ok(())
}

/// Adds a photo, and waits until its copies are made.
fn add_photo(app: &App, visit: InspectionId, n: usize) -> Result<Digest> {
    let bytes = std::fs::read(&photos::files()?[n])?;
    let target = PhotoTarget {
        inspection: visit,
        finding: None,
        item: None,
        facility: String::new(),
        name: format!("{n}.jpg"),
        source: xunan_model::photo::PhotoSource::File,
    };
    let id = app.photo_add(target, &bytes)?.id.parse()?;
    wait_until("the copies are made", SOON, || {
        Ok(app.photo_get(id)?.evidence.is_some())
    })?;
    Ok(Digest::of(&bytes))
}

fn make_code(install: &Install) -> Result<String> {
    let code = install.recovery_make()?;
    install.recovery_keep(&code)?;
    Ok(code)
}

#[test]
fn after_a_restore_nothing_is_missing_and_nothing_is_there_twice() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (lost, stick) = (folder.path().join("lost"), folder.path().join("stick"));
    std::fs::create_dir(&stick)?;
    let mut server = Server::new(folder.path())?;
    server.start()?;
    let install = laptop::enrolled(&lost, &server)?;
    let code = make_code(&install)?;
    let app = install.unlock(LOGIN, PASSWORD)?;
    let visit: InspectionId = laptop::begin(&app, &["fire"], 1)?.row.id.parse()?;
    add_finding(&app, visit, "synced before the backup")?;
    let mut originals = vec![add_photo(&app, visit, 0)?];
    laptop::wait_sent(&install, SOON)?;

    // What is on the stick and nowhere else, then what the server alone has, then what is lost.
    server.stop()?;
    add_finding(&app, visit, "on the stick only")?;
    originals.push(add_photo(&app, visit, 1)?);
    app.backup_choose(BackupTarget::Main, Some(&stick))?;
    let told = app.backup_make(BackupTarget::Main)?;
    let done = told.main.and_then(|main| main.last).context("no backup")?;
    ensure!(
        done.blobs == 6 && told.due.is_none(),
        "{done:?} {:?}",
        told.due
    );
    server.start()?;
    add_finding(&app, visit, "synced after the backup")?;
    originals.push(add_photo(&app, visit, 2)?);
    install.sync_now();
    laptop::wait_sent(&install, SOON)?;
    server.stop()?;
    drop((app, install));

    // Another laptop of the same office meanwhile works on.
    server.start()?;
    let other = laptop::enrolled(&folder.path().join("other"), &server)?;
    let yi = other.unlock("yi", PASSWORD)?;
    wait_until("the visit is there", SOON, || {
        other.sync_now();
        Ok(!yi.inspection_list()?.is_empty())
    })?;
    add_finding(&yi, visit, "by the other laptop")?;
    laptop::wait_sent(&other, SOON)?;
    server.stop()?;

    // The new laptop works before it has any network.
    let data = folder.path().join("new");
    let install = laptop::open(&data)?;
    let found = install.restore_look(&stick)?;
    ensure!(
        found.len() == 1 && found[0].photos == 2 && found[0].findings == 2,
        "{found:?}"
    );
    let restored = install.restore(&stick, &found[0].id, &code)?;
    ensure!(
        restored.blobs == 6 && restored.blobs_missing == 0,
        "{restored:?}"
    );
    let app = install.unlock(LOGIN, PASSWORD)?;
    ensure!(app.inspection_get(visit)?.findings.len() == 2);
    add_finding(&app, visit, "after the restore, offline")?;
    originals.push(add_photo(&app, visit, 3)?);

    server.start()?;
    install.sync_now();
    let all = |app: &App, install: &Install| -> Result<bool> {
        install.sync_now();
        let view = app.inspection_get(visit)?;
        let whole =
            |photo: &xunan_core::view::PhotoView| photo.thumb.is_some() && photo.evidence.is_some();
        Ok(view.findings.len() == 5 && view.photos.len() == 4 && view.photos.iter().all(whole))
    };
    wait_until("all of it is on the new laptop", SOON, || {
        all(&app, &install)
    })
    .with_context(|| format!("{:?}", install.sync_status()))?;
    laptop::wait_sent(&install, SOON)?;
    wait_until("all of it is on the other one", SOON, || all(&yi, &other))?;
    // The set of changes is compared with the server's at the end of a pull.
    wait_until("both rest", SOON, || {
        Ok(changes(&data.join("xunan.db"))? == changes(&folder.path().join("other/xunan.db"))?)
    })?;

    let notes = |app: &App| -> Result<Vec<String>> {
        let view = app.inspection_get(visit)?;
        let mut notes: Vec<String> = view.findings.into_iter().map(|f| f.note).collect();
        notes.sort();
        Ok(notes)
    };
    let expected = [
        "after the restore, offline",
        "by the other laptop",
        "on the stick only",
        "synced after the backup",
        "synced before the backup",
    ];
    ensure!(notes(&app)? == expected, "{:?}", notes(&app)?);
    ensure!(notes(&yi)? == expected);
    for digest in app
        .inspection_get(visit)?
        .photos
        .iter()
        .filter_map(|p| p.evidence.as_ref())
    {
        let bytes = install.blob(&digest.sha256.to_string())?;
        ensure!(bytes.is_some_and(|bytes| Digest::of(&bytes) == digest.sha256));
    }

    let out = folder.path().join("export");
    server.export(&out)?;
    let export = read_export(&out)?;
    let mut at_server = Records::new();
    for (kind, of_kind) in &export.records {
        for (id, fields) in of_kind {
            at_server.insert((kind.clone(), id.clone()), fields.clone());
        }
    }
    let here = records(&data)?;
    ensure!(
        here == records(&folder.path().join("other"))?,
        "the laptops differ"
    );
    let ids = |records: &Records| records.keys().cloned().collect::<BTreeSet<_>>();
    ensure!(
        ids(&here) == ids(&at_server),
        "{:?}",
        ids(&here)
            .symmetric_difference(&ids(&at_server))
            .collect::<Vec<_>>()
    );
    for digest in originals {
        let times = export.photos.iter().filter(|one| **one == digest).count();
        ensure!(times == 1, "{digest} is at the server {times} times");
    }
    Ok(())
}

#[test]
fn with_the_wrong_paper_a_stick_stays_closed_and_the_laptop_empty() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let stick = folder.path().join("stick");
    std::fs::create_dir(&stick)?;
    let mut server = Server::new(folder.path())?;
    server.start()?;
    let install = laptop::enrolled(&folder.path().join("one"), &server)?;
    make_code(&install)?;
    let app = install.unlock(LOGIN, PASSWORD)?;
    app.backup_choose(BackupTarget::Main, Some(&stick))?;
    app.backup_make(BackupTarget::Main)?;

    let second = laptop::enrolled(&folder.path().join("two"), &server)?;
    let of_another = make_code(&second)?;
    let new = laptop::open(&folder.path().join("new"))?;
    // Whichever of the folders is chosen, the backup is found.
    for chosen in [&stick, &stick.join("xunan-backup")] {
        let found = new.restore_look(chosen)?;
        let told = new.restore(chosen, &found[0].id, &of_another);
        let told = told.err().context("it was opened")?;
        let key = told.downcast_ref::<Fault>().map(|fault| fault.key);
        ensure!(key == Some("recovery_code_wrong"), "{told:?}");
    }
    ensure!(!new.status()?.enrolled);
    ensure!(
        new.restore_look(folder.path())?.is_empty(),
        "a folder without a backup"
    );
    // It can be enrolled as usual.
    laptop::enrol(&new, &server)?;
    Ok(())
}
