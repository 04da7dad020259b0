//! A station's round without a window: pasted premises, quick checks, each whole and once.

use anyhow::{Context, Result};
use xunan_core::{App, Install, PhotoTarget};
use xunan_model::digest::Digest;
use xunan_model::fault::Fault;
use xunan_model::inspection::AnswerResult;
use xunan_model::life::State;
use xunan_model::photo::PhotoSource;
use xunan_model::quick::{PasteState, QuickDraft, QuickMark};
use xunan_testkit::laptop::{self, PASSWORD};
use xunan_testkit::photos;
use xunan_testkit::server::Server;

const LIST: &str = "序号\t名称\t地址\t场所类型\t电话\r\n\
    1\t示范小商店\t示范县北街１号\t小商店\t13800000000\r\n\
    2\t示范茶馆\t示范县北街2号\t茶馆\t\r\n\
    3\t示范小商店\t示范县北街1号\t小商店\t\r\n\
    4\t\t示范县北街4号\t\t\r\n\
    5\t示范寺\t示范县南山\t寺庙\t\r\n";

fn station(folder: &std::path::Path) -> Result<(Install, App)> {
    let mut server = Server::new(folder)?;
    server.start()?;
    let install = laptop::enrolled(&folder.join("station"), &server)?;
    server.stop()?;
    let app = install.unlock("zhan", PASSWORD)?;
    Ok((install, app))
}

fn mark(hazard: &str, fixed: bool) -> QuickMark {
    QuickMark {
        hazard: hazard.to_owned(),
        fixed,
        days: 7,
        note: String::new(),
        at: None,
    }
}

fn of_hazard(draft: &QuickDraft, hazard: &str) -> PhotoTarget {
    PhotoTarget {
        inspection: draft.check,
        finding: None,
        item: Some(hazard.to_owned()),
        facility: String::new(),
        name: "a.jpg".to_owned(),
        source: PhotoSource::File,
    }
}

fn site(app: &App, name: &str) -> Result<xunan_model::id::SiteId> {
    let round = app.quick_round()?;
    let row = round.premises.iter().find(|row| row.name == name);
    Ok(row.context("not in the round")?.site.parse()?)
}

#[test]
fn a_pasted_list_is_shown_row_by_row_and_added_once() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (_install, app) = station(folder.path())?;
    let before = app.quick_round()?.premises.len();
    let preview = app.premises_preview(LIST, "nine_small")?;
    let states: Vec<PasteState> = preview.rows.iter().map(|row| row.state).collect();
    assert_eq!(
        states,
        [
            PasteState::New,
            PasteState::New,
            PasteState::Repeated,
            PasteState::Bad,
            PasteState::New
        ]
    );
    assert_eq!(
        app.quick_round()?.premises.len(),
        before,
        "looking keeps nothing"
    );
    let round = app.premises_add(LIST, "nine_small")?;
    assert_eq!(round.premises.len(), before + 3);
    let temple = round
        .premises
        .iter()
        .find(|row| row.name == "示范寺")
        .context("lost")?;
    assert_eq!(temple.preset, "temple");
    let again = app.premises_add(LIST, "nine_small")?;
    assert_eq!(again.premises.len(), before + 3, "again adds nothing");
    let preview = app.premises_preview(LIST, "nine_small")?;
    assert_eq!(preview.rows[0].state, PasteState::Known);
    Ok(())
}

#[test]
fn the_longest_list_is_stored_in_changes_that_a_server_takes_and_in_its_order() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (_install, app) = station(folder.path())?;
    let before = app.quick_round()?.premises.len();
    let long = "长".repeat(190);
    let list: String = (0..600)
        .map(|n| format!("{n}{long}\t{long}{n}\t小商店\t{long}\t\r\n"))
        .collect();
    // A change above the limits is refused: then this fails.
    let round = app.premises_add(&list, "nine_small")?;
    assert_eq!(round.premises.len(), before + 600);
    let added: Vec<&str> = round.premises[before..]
        .iter()
        .map(|row| row.name.as_str())
        .collect();
    let in_order = added
        .iter()
        .enumerate()
        .all(|(n, name)| name.starts_with(&format!("{n}长")));
    assert!(in_order, "the round follows the list");
    Ok(())
}

#[test]
fn one_list_pasted_on_two_laptops_without_a_network_is_the_same_premises() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut server = Server::new(folder.path())?;
    server.start()?;
    let one = laptop::enrolled(&folder.path().join("one"), &server)?;
    let two = laptop::enrolled(&folder.path().join("two"), &server)?;
    server.stop()?;
    let mut sites = Vec::new();
    for install in [&one, &two] {
        let app = install.unlock("zhan", PASSWORD)?;
        app.premises_add(LIST, "nine_small")?;
        sites.push(site(&app, "示范小商店")?);
    }
    assert_eq!(sites[0], sites[1]);
    Ok(())
}

#[test]
fn a_check_is_written_whole_and_once_with_what_was_found_and_what_was_not() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (_install, app) = station(folder.path())?;
    app.premises_add(LIST, "nine_small")?;
    app.quick_reporter("示例次仁")?;
    let shop = site(&app, "示范小商店")?;
    let mut draft = app.quick_open(shop)?.draft;
    draft.marks = vec![mark("exit_locked", true), mark("wiring", false)];
    app.quick_keep(draft.clone())?;
    let photo = std::fs::read(&photos::files()?[0])?;
    app.photo_add(of_hazard(&draft, "wiring"), &photo)?;
    assert!(app.inspection_list()?.is_empty(), "a draft is no record");

    let round = app.quick_finish(shop)?;
    // What a phone sends too late is refused, not called saved and forgotten.
    let late = app.photo_add(of_hazard(&draft, "wiring"), &photo);
    let error = late.err().context("it was taken")?;
    let fault = error.downcast_ref::<Fault>().context("no fault")?;
    assert_eq!(fault.key, "inspection_finished");
    let row = round
        .premises
        .iter()
        .find(|row| row.site == shop.to_string());
    let row = row.context("lost")?;
    assert_eq!((row.hazards, row.open, row.done.is_some()), (2, 1, true));
    let visits = app.inspection_list()?;
    assert_eq!(visits.len(), 1);
    let view = app.inspection_get(draft.check)?;
    assert_eq!(view.row.reporter, "示例次仁");
    let failed = view
        .answers
        .iter()
        .filter(|answer| answer.result == AnswerResult::NonCompliant);
    assert_eq!(failed.count(), 2);
    let sound = view
        .answers
        .iter()
        .filter(|answer| answer.result == AnswerResult::Compliant);
    assert_eq!(
        sound.count(),
        12,
        "the rest of the fourteen items of the preset"
    );
    assert!(
        view.items.len() > view.answers.len(),
        "what was not looked at stays open"
    );
    let states: Vec<State> = view.findings.iter().map(|row| row.state).collect();
    assert_eq!(states, [State::Closed, State::Found]);
    assert_eq!(view.photos.len(), 1);
    assert_eq!(
        view.photos[0].finding.as_deref(),
        Some(view.findings[1].id.as_str())
    );
    assert!(app.inspection_intact(draft.check)?);
    // The key once more: there is nothing left to finish, and nothing is doubled.
    assert!(app.quick_finish(shop).is_err());
    assert_eq!(app.inspection_list()?.len(), 1);
    Ok(())
}

#[test]
fn marks_and_photos_of_an_unfinished_check_outlive_the_program() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (install, app) = station(folder.path())?;
    app.premises_add(LIST, "nine_small")?;
    let temple = site(&app, "示范寺")?;
    let mut draft = app.quick_open(temple)?.draft;
    draft.marks = vec![mark("butter_lamp", false)];
    app.quick_keep(draft.clone())?;
    let photo = std::fs::read(&photos::files()?[1])?;
    let target = of_hazard(&draft, "butter_lamp");
    assert_eq!(app.photo_place_name(&target)?.site, "示范寺");
    app.photo_add(target.clone(), &photo)?;
    assert!(app.photo_known(&target, Digest::of(&photo))?);
    let elsewhere = of_hazard(&draft, "exit_locked");
    assert!(!app.photo_known(&elsewhere, Digest::of(&photo))?);
    drop(app);
    drop(install);

    let install = laptop::open(&folder.path().join("station"))?;
    let app = install.unlock("zhan", PASSWORD)?;
    assert_eq!(
        app.quick_round()?.place.as_deref(),
        Some(temple.to_string().as_str())
    );
    let view = app.quick_open(temple)?;
    assert_eq!(view.draft.check, draft.check);
    assert_eq!(view.draft.marks[0].hazard, "butter_lamp");
    assert_eq!(view.photos.len(), 1);
    app.quick_finish(temple)?;
    assert_eq!(app.inspection_get(draft.check)?.photos.len(), 1);
    Ok(())
}

#[test]
fn another_hazard_needs_words_and_nothing_is_written_without_them() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (_install, app) = station(folder.path())?;
    app.premises_add(LIST, "nine_small")?;
    let shop = site(&app, "示范小商店")?;
    let mut draft = app.quick_open(shop)?.draft;
    draft.marks = vec![mark("other", false)];
    app.quick_keep(draft.clone())?;
    let fault = app.quick_finish(shop).err().context("finished")?;
    assert_eq!(fault.downcast::<Fault>()?.key, "quick_note_required");
    assert!(app.inspection_list()?.is_empty());
    draft.marks[0].note = "柜台下放着汽油".to_owned();
    app.quick_keep(draft.clone())?;
    app.quick_finish(shop)?;
    let view = app.inspection_get(draft.check)?;
    assert_eq!(view.findings[0].hazard, "柜台下放着汽油");
    assert!(!view.findings[0].citable);
    Ok(())
}
