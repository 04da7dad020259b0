//! Before driving off: what is missing on a laptop is found, and comes back from the server.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use xunan_core::view::{HealthState, HealthView};
use xunan_core::{App, BackupTarget, PhotoTarget};
use xunan_model::digest::Digest;
use xunan_testkit::laptop::{self, LOGIN, PASSWORD};
use xunan_testkit::server::Server;
use xunan_testkit::{photos, wait_until};

const SOON: Duration = Duration::from_secs(40);

fn said(view: &HealthView, key: &str) -> Result<String> {
    let item = view.items.iter().find(|item| item.key == key);
    Ok(item
        .with_context(|| format!("{key} in {view:?}"))?
        .said
        .clone())
}

fn file(data: &Path, digest: Digest) -> PathBuf {
    let name = digest.to_string();
    data.join("blobs").join(&name[..2]).join(name)
}

fn add_photo(app: &App, n: usize) -> Result<xunan_core::view::PhotoView> {
    let visit = match app.inspection_list()?.first() {
        Some(visit) => visit.id.clone(),
        None => laptop::begin(app, &["fire"], 1)?.row.id,
    };
    let target = PhotoTarget {
        inspection: visit.parse()?,
        finding: None,
        item: None,
        facility: String::new(),
        name: format!("{n}.jpg"),
        source: xunan_model::photo::PhotoSource::File,
    };
    let id = app
        .photo_add(target, &fs::read(&photos::files()?[n])?)?
        .id
        .parse()?;
    wait_until("the copies are made", SOON, || {
        Ok(app.photo_get(id)?.evidence.is_some())
    })?;
    app.photo_get(id)
}

#[test]
fn what_is_missing_or_altered_is_found_and_comes_back_as_far_as_the_server_has_it() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let data = folder.path().join("laptop");
    let mut server = Server::new(folder.path())?;
    server.start()?;
    let install = laptop::enrolled(&data, &server)?;
    let app = install.unlock(LOGIN, PASSWORD)?;
    let sent = add_photo(&app, 0)?;
    laptop::wait_sent(&install, SOON)?;
    server.stop()?;
    let unsent = add_photo(&app, 1)?;

    wait_until("the database was checked", SOON, || {
        Ok(said(&app.health(false)?, "database")? == "ok")
    })?;
    let view = app.health_photos()?;
    ensure!(
        said(&view, "photos")? == "ok" && view.photos_read.is_some(),
        "{view:?}"
    );
    ensure!(said(&view, "backup")? == "no_code" && said(&view, "unsent")? == "fresh");

    // One file is gone, one altered; the server has both.
    let evidence = sent.evidence.context("a copy")?.sha256;
    fs::remove_file(file(&data, evidence))?;
    let original = file(&data, sent.original.sha256);
    let mut bytes = fs::read(&original)?;
    bytes[100] ^= 1;
    fs::write(&original, bytes)?;
    ensure!(said(&app.health(false)?, "photos")? == "missing");
    let view = app.health_photos()?;
    let count = view
        .items
        .iter()
        .find(|item| item.key == "photos")
        .and_then(|item| item.params.get("count"));
    ensure!(count.map(String::as_str) == Some("2"), "{view:?}");
    app.health_fetch()?;
    server.start()?;
    install.sync_now();
    wait_until("both are back", SOON, || {
        install.sync_now();
        Ok(original.exists() && file(&data, evidence).exists())
    })?;
    laptop::wait_sent(&install, SOON)?;
    ensure!(said(&app.health_photos()?, "photos")? == "ok");
    ensure!(Digest::of(&fs::read(&original)?) == sent.original.sha256);

    // The only copy there is: nothing is set aside, and it is called lost.
    server.stop()?;
    drop(unsent);
    let alone = add_photo(&app, 2)?;
    let path = file(&data, alone.original.sha256);
    fs::write(&path, b"damaged")?;
    let view = app.health_photos()?;
    ensure!(
        said(&view, "photos")? == "lost" && view.worst == HealthState::Bad,
        "{view:?}"
    );
    app.health_fetch()?;
    ensure!(fs::read(&path)? == b"damaged");
    Ok(())
}

#[test]
fn a_backup_that_cannot_be_made_says_why() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut server = Server::new(folder.path())?;
    server.start()?;
    let install = laptop::enrolled(&folder.path().join("laptop"), &server)?;
    let app = install.unlock(LOGIN, PASSWORD)?;
    let key = |told: Result<xunan_core::view::BackupView>| -> Result<&'static str> {
        let error = told.err().context("it was done")?;
        let fault = error.downcast_ref::<xunan_model::fault::Fault>();
        Ok(fault.context("a fault")?.key)
    };
    ensure!(key(app.backup_make(BackupTarget::Main))? == "backup_no_place");
    let inside = folder.path().join("laptop/blobs");
    ensure!(key(app.backup_choose(BackupTarget::Main, Some(&inside)))? == "backup_inside_data");
    let stick = folder.path().join("stick");
    fs::create_dir(&stick)?;
    app.backup_choose(BackupTarget::Main, Some(&stick))?;
    ensure!(key(app.backup_make(BackupTarget::Main))? == "recovery_code_none");
    let code = install.recovery_make()?;
    install.recovery_keep(&code)?;
    // Pulled out before the button is pressed: its mount point is not filled instead.
    fs::remove_dir(&stick)?;
    ensure!(key(app.backup_make(BackupTarget::Main))? == "backup_gone");
    ensure!(!stick.exists());
    let view = app.backup_status()?;
    ensure!(view.fault.is_some_and(|fault| fault.key == "backup_gone"));
    ensure!(
        view.main
            .is_some_and(|main| !main.here && main.last.is_none())
    );
    Ok(())
}
