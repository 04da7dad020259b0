//! The whole line without a window: laptop, server, second laptop.

use std::time::Duration;

use anyhow::Result;
use xunan_core::PhotoTarget;
use xunan_model::digest::Digest;
use xunan_model::inspection::AnswerResult;
use xunan_testkit::laptop::{self, LOGIN, PASSWORD};
use xunan_testkit::server::{OFFICE, Server};
use xunan_testkit::{photos, wait_until};
use xunan_tests::read_export;

#[test]
fn an_inspection_made_offline_arrives_and_a_second_laptop_shows_it() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut server = Server::new(folder.path())?;
    server.start()?;
    let install = laptop::enrolled(&folder.path().join("one"), &server)?;
    server.stop()?;

    let app = install.unlock(LOGIN, PASSWORD)?;
    let view = laptop::begin(&app, &["fire", "city_gas"], 2)?;
    let inspection = view.row.id.parse()?;
    for place in 0..view.items.len() {
        let result = if place < 3 {
            AnswerResult::NonCompliant
        } else {
            AnswerResult::Compliant
        };
        app.answer_save(laptop::answer(&view, place, result)?)?;
    }
    let mut originals = Vec::new();
    let mut findings = Vec::new();
    for (place, file) in photos::files()?.iter().enumerate() {
        if place < 3 {
            let item = &view.items[place];
            let draft =
                app.finding_draft(inspection, Some(&item.edition.id), Some(&item.code), "")?;
            findings.push(app.finding_save(&draft)?);
        }
        let bytes = std::fs::read(file)?;
        originals.push(Digest::of(&bytes));
        app.photo_add(
            PhotoTarget {
                inspection,
                finding: Some(findings[place % 3].id.parse()?),
                item: None,
                facility: String::new(),
                name: file
                    .file_name()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned(),
                source: xunan_model::photo::PhotoSource::File,
            },
            &bytes,
        )?;
    }
    let ready = || {
        Ok(app
            .inspection_get(inspection)?
            .photos
            .iter()
            .all(|photo| photo.evidence.is_some()))
    };
    wait_until("the copies are made", Duration::from_secs(120), ready)?;
    let finished = app.inspection_finish(inspection, false)?;
    assert!(finished.finished.is_some());
    assert!(install.sync_status()?.changes_unsent > 10);

    server.start()?;
    let took = laptop::wait_sent(&install, Duration::from_secs(10))?;
    assert!(took < Duration::from_secs(10));
    let out = folder.path().join("export");
    server.export(&out)?;
    let export = read_export(&out)?;
    assert_eq!(export.records["inspection"].len(), 1);
    assert_eq!(export.records["answer"].len(), view.items.len());
    assert_eq!(export.records["finding"].len(), 3);
    assert_eq!(export.records["transition"].len(), 3);
    assert_eq!(export.records["photo"].len(), 10);
    let mut blobs = originals.clone();
    for photo in export.records["photo"].values() {
        for copy in ["evidence", "thumb"] {
            blobs.push(Digest::parse(photo[copy]["sha256"].as_str().unwrap()).unwrap());
        }
    }
    blobs.sort();
    blobs.dedup();
    assert_eq!(
        export.photos, blobs,
        "exactly those photos and their copies"
    );

    let second = laptop::enrolled(&folder.path().join("two"), &server)?;
    let other = second.unlock("yi", PASSWORD)?;
    let complete = || {
        let Ok(view) = other.inspection_get(inspection) else {
            return Ok(false);
        };
        Ok(view.photos.len() == 10
            && view
                .photos
                .iter()
                .all(|p| p.thumb.is_some() && p.evidence.is_some()))
    };
    wait_until(
        "the second laptop shows the photos",
        Duration::from_secs(30),
        complete,
    )?;
    let there = other.inspection_get(inspection)?;
    assert_eq!(there.finished, finished.finished);
    assert_eq!(there.answers, finished.answers);
    assert!(
        other.inspection_intact(inspection)?,
        "the frozen digest holds on the second laptop"
    );
    let thumb = there.photos[0].thumb.as_ref().unwrap().sha256;
    let bytes = second.blob(&thumb.to_string())?.unwrap();
    assert_eq!(Digest::of(&bytes), thumb);
    Ok(())
}

#[test]
fn a_checklist_handed_out_by_the_office_can_be_used_and_a_bad_one_is_refused_with_its_line()
-> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut server = Server::new(folder.path())?;
    server.start()?;
    let install = laptop::enrolled(&folder.path().join("one"), &server)?;
    let app = install.unlock(LOGIN, PASSWORD)?;
    let before = app.checklist_list().len();

    let sound = include_str!("../../assets/checklists/city_gas.yaml");
    let bad = folder.path().join("bad.yaml");
    std::fs::write(&bad, sound.replacen("    fail_on: ", "    fale_on: ", 1))?;
    let add = |file: &std::path::Path| {
        server.command(&[
            "edition",
            "add",
            "--office",
            OFFICE,
            &file.to_string_lossy(),
        ])
    };
    let refused = format!("{:#}", add(&bad).expect_err("it was handed out"));
    let line = sound
        .lines()
        .position(|line| line.starts_with("    fail_on: "))
        .expect("an item")
        + 1;
    assert!(refused.contains(&format!("bad.yaml:{line}:")), "{refused}");

    let ours = folder.path().join("ours.yaml");
    std::fs::write(&ours, sound.replacen("id: city_gas", "id: county_gas", 1))?;
    add(&ours)?;
    install.sync_now();
    let there = || Ok(app.checklist_list().len() == before + 1);
    wait_until("the laptop has it", Duration::from_secs(10), there)?;
    let app_again = {
        drop((app, install));
        let install = laptop::open(&folder.path().join("one"))?;
        let list = install.unlock(LOGIN, PASSWORD)?.checklist_list();
        list.iter().any(|list| list.edition.id == "county_gas")
    };
    assert!(app_again, "it is there after a restart");
    Ok(())
}
