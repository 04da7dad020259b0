//! What leaves a laptop is never lost: the server has it, and it comes back when it is wanted.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use xunan_core::{App, Install, PhotoTarget};
use xunan_model::digest::Digest;
use xunan_testkit::laptop::{self, LOGIN, PASSWORD};
use xunan_testkit::server::Server;
use xunan_testkit::{photos, wait_until};

const NEIGHBOUR: &str = "邻县应急管理局";
const SOON: Duration = Duration::from_secs(20);

/// A finished visit with one photo whose copies are made; returns the visit and the original.
fn visit_with_photo(app: &App) -> Result<(String, Digest)> {
    let visit = laptop::begin(app, &["fire"], 1)?.row.id;
    let inspection = visit.parse()?;
    let bytes = std::fs::read(photos::files()?.first().context("a photo")?)?;
    let target = PhotoTarget {
        inspection,
        finding: None,
        item: None,
        facility: String::new(),
        name: "现场.jpg".to_owned(),
        source: xunan_model::photo::PhotoSource::File,
    };
    app.photo_add(target, &bytes)?;
    wait_until("the copies are made", SOON, || {
        Ok(app.inspection_get(inspection)?.photos[0].evidence.is_some())
    })?;
    app.inspection_finish(inspection, false)?;
    Ok((visit, Digest::of(&bytes)))
}

/// The files of photos on a laptop's disk.
fn files(data: &Path) -> Result<Vec<Digest>> {
    let mut found = Vec::new();
    for folder in std::fs::read_dir(data.join("blobs"))? {
        for file in std::fs::read_dir(folder?.path())? {
            found.extend(Digest::parse(&file?.file_name().to_string_lossy()));
        }
    }
    Ok(found)
}

#[test]
fn originals_that_the_server_has_make_room_when_asked_and_come_back_when_asked() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut server = Server::new(folder.path())?;
    server.start()?;
    let data = folder.path().join("one");
    let install = laptop::enrolled(&data, &server)?;
    server.stop()?;
    let app = install.unlock(LOGIN, PASSWORD)?;
    let (visit, original) = visit_with_photo(&app)?;

    // What the server has not confirmed stays, however often one asks.
    app.originals_release()?;
    ensure!(install.sync_status()?.originals_here == 0);
    ensure!(
        files(&data)?.contains(&original),
        "an unsent original is gone"
    );

    server.start()?;
    install.sync_now();
    laptop::wait_sent(&install, SOON)?;
    ensure!(install.sync_status()?.originals_here == 1);
    app.originals_release()?;
    let photo = app.inspection_get(visit.parse()?)?.photos.remove(0);
    ensure!(!photo.here && photo.evidence.is_some() && photo.thumb.is_some());
    let left = files(&data)?;
    ensure!(left.len() == 2 && !left.contains(&original), "{left:?}");

    let asked = app.original_fetch(photo.id.parse()?)?;
    ensure!(asked.coming && !asked.here);
    wait_until("the original is back", SOON, || {
        Ok(app.photo_get(photo.id.parse()?)?.here)
    })?;
    ensure!(!app.photo_get(photo.id.parse()?)?.coming);
    let bytes = install.blob(&original.to_string())?.context("the bytes")?;
    ensure!(Digest::of(&bytes) == original);
    Ok(())
}

#[test]
fn what_belongs_to_a_scope_that_is_taken_away_leaves_the_laptop_and_returns_with_it() -> Result<()>
{
    let folder = tempfile::tempdir()?;
    let mut server = Server::new(folder.path())?;
    server.command(&[
        "office",
        "add",
        "--name",
        NEIGHBOUR,
        "--division",
        "540122000000",
    ])?;
    let account = ["account", "add", "--login", "lin", "--name", "示例戊"];
    let post = ["--role", "inspector", "--office", NEIGHBOUR];
    server.command_told(&[&account[..], &post[..]].concat(), PASSWORD)?;
    server.start()?;
    let one = laptop::enrolled(&folder.path().join("one"), &server)?;
    let app = one.unlock(LOGIN, PASSWORD)?;
    let (own, _) = visit_with_photo(&app)?;
    laptop::wait_sent(&one, SOON)?;

    // The neighbour's laptop also sees this county's sites, and inspects one of them.
    let two = laptop::open(&folder.path().join("two"))?;
    let code = server.command(&["enrol-code", "--office", NEIGHBOUR])?;
    let code = code.trim().trim_start_matches("enrol-code: ");
    laptop::enrol_with(&two, &server, code)?;
    let (first, second) = devices(&server)?;
    server.command(&[
        "device",
        "scope",
        "add",
        &second,
        xunan_testkit::server::OFFICE,
    ])?;
    let other = two.unlock("lin", PASSWORD)?;
    two.sync_now();
    wait_until("the sites are here", SOON, || {
        two.sync_now();
        Ok(!other.site_list("")?.is_empty())
    })?;
    let (foreign, original) = visit_with_photo(&other)?;
    laptop::wait_sent(&two, SOON)?;

    let visible = |install: &Install, app: &App| -> Result<bool> {
        install.sync_now();
        let visits = app.inspection_list()?;
        Ok(visits.iter().any(|visit| visit.id == foreign))
    };
    for _ in 0..2 {
        server.command(&["device", "scope", "add", &first, NEIGHBOUR])?;
        wait_until("the neighbour's visit is here", SOON, || {
            visible(&one, &app)
        })?;
        wait_until("its pictures are here", SOON, || {
            let view = app.inspection_get(foreign.parse()?)?;
            Ok(view
                .photos
                .iter()
                .all(|p| p.thumb.is_some() && p.evidence.is_some()))
        })?;
        // Two of its own copies and the original, two of the neighbour's.
        let here = files(&folder.path().join("one"))?;
        ensure!(here.len() >= 3, "{here:?}");
        server.command(&["device", "scope", "remove", &first, NEIGHBOUR])?;
        wait_until("it is gone", SOON, || Ok(!visible(&one, &app)?))?;
        ensure!(app.inspection_list()?.iter().any(|visit| visit.id == own));
    }
    let names = |install: &Install| -> Result<Vec<bool>> {
        let view = app.inspection_get(own.parse()?)?;
        let photo = view.photos.first().context("its own photo")?;
        let three = [
            Some(&photo.original),
            photo.evidence.as_ref(),
            photo.thumb.as_ref(),
        ];
        three
            .into_iter()
            .map(|blob| {
                Ok(install
                    .blob(&blob.context("a copy")?.sha256.to_string())?
                    .is_some())
            })
            .collect()
    };
    ensure!(names(&one)? == [true, true, true], "its own files stay");
    // The neighbour still has everything.
    ensure!(two.blob(&original.to_string())?.is_some() && other.inspection_list()?.len() == 2);
    Ok(())
}

/// The ids of the laptops, in the order of their enrolment.
fn devices(server: &Server) -> Result<(String, String)> {
    let listed = server.command(&["device", "list"])?;
    let mut ids = listed.lines().filter_map(|line| {
        let id = line.split_whitespace().find(|word| word.len() == 36)?;
        Some(id.to_owned())
    });
    let first = ids.next().context("a laptop")?;
    Ok((first, ids.next().with_context(|| listed.clone())?))
}
