//! Two laptops on one visit, without a network between them: what both found is one visit in the end,
//! and what one added without having seen the end is told as that.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use xunan_core::view::{InspectionView, ReviewView};
use xunan_core::{App, Install};
use xunan_model::fault::Fault;
use xunan_model::finding::FindingDraft;
use xunan_model::inspection::{AnswerResult, InspectionDraft};
use xunan_testkit::laptop::{self, LOGIN, PASSWORD};
use xunan_testkit::server::Server;
use xunan_testkit::wait_until;

const SOON: Duration = Duration::from_secs(30);

/// What the second laptop's screen sends: the same site and checklists.
fn same(view: &InspectionView, app: &App) -> Result<InspectionDraft> {
    let lists = app.checklist_list();
    let used = |id: &str| view.items.iter().any(|item| item.edition.id == id);
    let groups = view
        .items
        .iter()
        .map(|item| (item.edition.id.clone(), item.group.clone()));
    let groups: std::collections::BTreeSet<_> = groups.collect();
    Ok(InspectionDraft {
        site: view.row.site.parse()?,
        kind: view.row.kind.clone(),
        editions: lists
            .iter()
            .filter(|list| used(&list.edition.id))
            .map(|list| list.edition.clone())
            .collect(),
        groups: groups
            .into_iter()
            .map(|(edition, group)| xunan_model::inspection::GroupRef { edition, group })
            .collect(),
        inspectors: Vec::new(),
        facilities: Vec::new(),
        units: Vec::new(),
        note: String::new(),
    })
}

fn key_of<T>(result: Result<T>) -> Option<&'static str> {
    result.err()?.downcast_ref::<Fault>().map(|fault| fault.key)
}

fn free_finding(view: &InspectionView, hazard: &str) -> Result<FindingDraft> {
    Ok(FindingDraft {
        id: None,
        inspection: view.row.id.parse()?,
        edition: None,
        item: None,
        facility: String::new(),
        level: xunan_model::finding::Level::General,
        hazard: hazard.to_owned(),
        part: String::new(),
        basis: String::new(),
        citable: false,
        evidence: Vec::new(),
        deadline: None,
        note: String::new(),
    })
}

fn review(app: &App, view: &InspectionView) -> Result<ReviewView> {
    app.inspection_review(view.row.id.parse()?)
}

fn both_know(installs: [&Install; 2]) -> Result<()> {
    for install in installs {
        install.sync_now();
        laptop::wait_sent(install, SOON)?;
    }
    Ok(())
}

#[test]
fn a_second_laptop_joins_by_a_code_and_what_it_adds_after_the_end_is_an_amendment() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut server = Server::new(folder.path())?;
    server.start()?;
    let one = laptop::enrolled(&folder.path().join("one"), &server)?;
    let two = laptop::enrolled(&folder.path().join("two"), &server)?;
    server.stop()?;
    let (first, second) = (one.unlock(LOGIN, PASSWORD)?, two.unlock(LOGIN, PASSWORD)?);

    let begun = laptop::begin(&first, &["fire"], 1)?;
    let draft = same(&begun, &second)?;
    ensure!(key_of(second.visit_join(draft.clone(), "00000-00000")) == Some("join_code_wrong"));
    let joined = second.visit_join(draft.clone(), &begun.row.code.to_lowercase())?;
    ensure!(joined.row.joined && joined.row.id == begun.row.id);
    ensure!(second.inspection_list()?.len() == 1);
    // Joining twice is one visit, and nothing of it is a record yet.
    second.visit_join(draft, &begun.row.code)?;
    ensure!(second.inspection_list()?.len() == 1);

    // The same item on both, and one on each.
    first.answer_save(laptop::answer(&begun, 0, AnswerResult::Compliant)?)?;
    second.answer_save(laptop::answer(&joined, 0, AnswerResult::NonCompliant)?)?;
    first.answer_save(laptop::answer(&begun, 1, AnswerResult::Compliant)?)?;
    second.answer_save(laptop::answer(&joined, 2, AnswerResult::Compliant)?)?;
    second.finding_save(&free_finding(&joined, "二号楼疏散通道堆放杂物")?)?;
    let id = begun.row.id.parse()?;
    ensure!(key_of(second.inspection_finish(id, false)) == Some("joined_not_ended_here"));
    ensure!(review(&second, &joined)?.joined);
    first.finding_save(&free_finding(&begun, "灭火器过期")?)?;
    first.inspection_finish(id, false)?;
    ensure!(review(&first, &begun)?.amendments.is_empty());

    server.start()?;
    both_know([&one, &two])?;
    wait_until("each has what the other found", SOON, || {
        one.sync_now();
        two.sync_now();
        let counts = |app: &App| -> Result<usize> { Ok(app.inspection_get(id)?.findings.len()) };
        Ok(counts(&first)? == 2 && counts(&second)? == 2)
    })?;
    for app in [&first, &second] {
        let view = app.inspection_get(id)?;
        ensure!(!view.row.joined && view.finished.is_some());
        ensure!(view.answers.len() == 3, "{}", view.answers.len());
        let review = review(app, &view)?;
        ensure!(review.intact, "what was frozen is what it was");
        let told: Vec<(&str, bool)> = review
            .amendments
            .iter()
            .map(|one| (one.kind.as_str(), one.new))
            .collect();
        // The first item's later answer came from the second laptop; the rest is new.
        let mut expected = vec![("answer", false), ("answer", true), ("finding", true)];
        expected.sort_unstable();
        let mut sorted = told.clone();
        sorted.sort_unstable();
        ensure!(sorted == expected, "{told:?}");
        ensure!(
            review
                .amendments
                .iter()
                .any(|one| one.what.contains("二号楼"))
        );
    }
    // Two answers to one item, neither having seen the other: a person decides.
    ensure!(one.sync_status()?.conflicts > 0);
    Ok(())
}

#[test]
fn a_joined_visit_whose_first_laptop_is_gone_can_be_ended_by_the_second() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut server = Server::new(folder.path())?;
    server.start()?;
    let one = laptop::enrolled(&folder.path().join("one"), &server)?;
    let two = laptop::enrolled(&folder.path().join("two"), &server)?;
    server.stop()?;
    let begun = laptop::begin(&one.unlock(LOGIN, PASSWORD)?, &["fire"], 1)?;
    drop(one);

    let second = two.unlock(LOGIN, PASSWORD)?;
    let joined = second.visit_join(same(&begun, &second)?, &begun.row.code)?;
    second.answer_save(laptop::answer(&joined, 0, AnswerResult::Compliant)?)?;
    let id = joined.row.id.parse()?;
    ensure!(!second.visit_adopt(id)?.row.joined);
    second.inspection_finish(id, false)?;

    server.start()?;
    two.sync_now();
    laptop::wait_sent(&two, SOON)?;
    let three = laptop::enrolled(&folder.path().join("three"), &server)?;
    let third = three.unlock(LOGIN, PASSWORD)?;
    wait_until("the visit is at the office", SOON, || {
        Ok(third.inspection_get(id).is_ok())
    })?;
    let seen = third.inspection_get(id).context("the visit")?;
    ensure!(seen.finished.is_some() && seen.answers.len() == 1);
    Ok(())
}

/// The files of a laptop's folder, as an old image of it or a backup has them.
fn copied(from: &std::path::Path, to: &std::path::Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copied(&entry.path(), &to)?;
        } else {
            std::fs::copy(entry.path(), &to)?;
        }
    }
    Ok(())
}

#[test]
fn a_visit_that_an_old_image_writes_again_under_other_names_has_no_amendment() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut server = Server::new(folder.path())?;
    server.start()?;
    let one = laptop::enrolled(&folder.path().join("one"), &server)?;
    server.stop()?;
    drop(one);
    copied(&folder.path().join("one"), &folder.path().join("image"))?;

    // The laptop goes on, and the server has what it did.
    let one = laptop::reopened(&folder.path().join("one"))?;
    laptop::begin(&one.unlock(LOGIN, PASSWORD)?, &["fire"], 1)?;
    server.start()?;
    one.sync_now();
    laptop::wait_sent(&one, SOON)?;
    server.stop()?;
    drop(one);

    // Its old image knows nothing of that and uses the same names for a visit of its own.
    let image = laptop::open(&folder.path().join("image"))?;
    let app = image.unlock(LOGIN, PASSWORD)?;
    let visit = laptop::begin(&app, &["fire"], 1)?;
    app.answer_save(laptop::answer(&visit, 0, AnswerResult::Compliant)?)?;
    app.finding_save(&free_finding(&visit, "灭火器过期")?)?;
    app.inspection_finish(visit.row.id.parse()?, false)?;
    server.start()?;
    image.sync_now();
    laptop::wait_sent(&image, SOON)?;
    let review = review(&app, &visit)?;
    ensure!(review.intact, "nothing of it was changed");
    ensure!(
        review.amendments.is_empty(),
        "{} amendments",
        review.amendments.len()
    );
    Ok(())
}
