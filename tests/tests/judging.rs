//! What answers, readings and facilities mean on a visit, on a real laptop.

use anyhow::{Context, Result};
use xunan_core::App;
use xunan_core::view::{InspectionView, ItemView};
use xunan_model::fault::Fault;
use xunan_model::finding::Level;
use xunan_model::inspection::{
    AnswerDraft, AnswerResult, GroupRef, InspectionDraft, InspectionKind, Reading,
};
use xunan_model::party::FacilityUnit;
use xunan_model::rules::{Applicability, Contradiction, Failure, Told};
use xunan_testkit::laptop::{self, LOGIN, PASSWORD};
use xunan_testkit::server::Server;

/// A laptop whose server has gone.
fn laptop(folder: &std::path::Path) -> Result<xunan_core::Install> {
    let mut server = Server::new(folder)?;
    server.start()?;
    let install = laptop::enrolled(&folder.join("one"), &server)?;
    server.stop()?;
    Ok(install)
}

/// Begins a visit of the first site of a sector that covers all of its checklist.
fn begin(
    app: &App,
    sector: &str,
    facilities: &[&str],
    units: &[(&str, &str)],
) -> Result<InspectionView> {
    let sites = app.site_list("")?;
    let site = sites
        .iter()
        .find(|site| site.sectors.iter().any(|one| one == sector));
    let lists = app.checklist_list();
    let list = lists
        .iter()
        .find(|list| list.sector == sector)
        .context("no list")?;
    let groups = list.groups.iter().map(|group| GroupRef {
        edition: list.edition.id.clone(),
        group: group.path.clone(),
    });
    app.inspection_start(InspectionDraft {
        site: site.context("no site")?.id.parse()?,
        kind: InspectionKind::Unannounced,
        editions: vec![list.edition.clone()],
        groups: groups.collect(),
        inspectors: Vec::new(),
        facilities: facilities.iter().map(|one| (*one).to_owned()).collect(),
        units: units
            .iter()
            .map(|(facility, name)| FacilityUnit {
                facility: (*facility).to_owned(),
                name: (*name).to_owned(),
            })
            .collect(),
        note: String::new(),
    })
}

fn item<'a>(view: &'a InspectionView, code: &str, facility: &str) -> &'a ItemView {
    let of = |item: &&ItemView| item.code == code && item.facility == facility;
    view.items
        .iter()
        .find(of)
        .unwrap_or_else(|| panic!("{code} {facility} is not asked"))
}

fn answer(
    view: &InspectionView,
    code: &str,
    facility: &str,
    result: AnswerResult,
) -> Result<AnswerDraft> {
    let place = view
        .items
        .iter()
        .position(|item| item.code == code && item.facility == facility)
        .context("not asked")?;
    laptop::answer(view, place, result)
}

fn key(error: &anyhow::Error) -> &'static str {
    error.downcast_ref::<Fault>().map_or("?", |fault| fault.key)
}

#[test]
fn a_reading_that_fails_beside_a_calm_answer_is_kept_out_until_there_is_a_reason() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let app = laptop(folder.path())?.unlock(LOGIN, PASSWORD)?;
    let view = begin(&app, "construction", &[], &[])?;
    let mut draft = answer(&view, "CONS-M-11-2", "", AnswerResult::Compliant)?;
    let read = |value: &str| {
        vec![Reading {
            quantity: "氧含量".to_owned(),
            unit: "%VOL".to_owned(),
            value: value.to_owned(),
            limit: None,
        }]
    };
    draft.readings = read("18");
    let judged = app.answer_judge(&draft)?;
    assert_eq!(judged.contradiction, Some(Contradiction::ReadingFails));
    let refused = app.answer_save(draft.clone()).unwrap_err();
    assert_eq!(key(&refused), "contradiction_reason");
    let id = view.row.id.parse()?;
    assert!(
        app.inspection_get(id)?.answers.is_empty(),
        "nothing half-done"
    );
    draft.readings = read("18,0");
    assert_eq!(
        key(&app.answer_save(draft.clone()).unwrap_err()),
        "number_wrong"
    );
    draft.readings = read("18");
    draft.reason = "仪器故障，已换仪器复测".to_owned();
    app.answer_save(draft)?;
    let view = app.inspection_get(id)?;
    let judged = &item(&view, "CONS-M-11-2", "").judged;
    assert_eq!(
        judged.contradiction,
        Some(Contradiction::ReadingFails),
        "it stays in sight"
    );
    Ok(())
}

#[test]
fn each_of_three_shafts_is_asked_and_what_is_not_on_the_site_is_not() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let app = laptop(folder.path())?.unlock(LOGIN, PASSWORD)?;
    let unknown = begin(&app, "noncoal_mine", &[], &[])?;
    assert_eq!(
        unknown.not_here, 0,
        "nothing is hidden while nothing is known"
    );
    let pond = item(&unknown, "MINE-TP-04a", "");
    assert_eq!(pond.judged.applicability, Applicability::ToConfirm);

    let shaft = "noncoal_mine/underground_mine";
    let units = [(shaft, "一号井"), (shaft, "二号井"), (shaft, "三号井")];
    let view = begin(&app, "noncoal_mine", &[shaft], &units)?;
    let code = view.items[0].code.clone();
    let shafts: Vec<&str> = view
        .items
        .iter()
        .filter(|item| item.code == code)
        .map(|item| item.facility.as_str())
        .collect();
    assert_eq!(shafts, ["一号井", "二号井", "三号井"]);
    assert!(view.items.iter().all(|item| item.code != "MINE-TP-04a"));
    assert!(view.not_here > 0, "and what was left out is counted");

    app.answer_save(answer(&view, &code, "二号井", AnswerResult::NonCompliant)?)?;
    let id = view.row.id.parse()?;
    let draft = app.finding_draft(id, Some("noncoal_mine"), Some(&code), "二号井")?;
    assert_eq!(
        (draft.facility.as_str(), draft.part.as_str()),
        ("二号井", "二号井")
    );
    app.finding_save(&draft)?;
    // The names change; what was answered stays in sight.
    let renamed = vec![FacilityUnit {
        facility: shaft.to_owned(),
        name: "主井".to_owned(),
    }];
    let view = app.visit_profile(id, vec![shaft.to_owned()], renamed)?;
    let shafts: Vec<&str> = view
        .items
        .iter()
        .filter(|item| item.code == code)
        .map(|item| item.facility.as_str())
        .collect();
    assert_eq!(shafts, ["主井", "二号井"]);
    // The next visit begins with what the site is known to have.
    let next = begin(&app, "noncoal_mine", &[], &[])?;
    assert_eq!(next.units, view.units);
    Ok(())
}

#[test]
fn the_double_condition_decides_whether_the_finding_is_major() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let app = laptop(folder.path())?.unlock(LOGIN, PASSWORD)?;
    let view = begin(&app, "city_gas", &["city_gas/gas_operator"], &[])?;
    let id = view.row.id.parse()?;
    let level = |ticks: Vec<Option<bool>>| -> Result<(Failure, Level)> {
        let mut draft = answer(&view, "GAS-M-09-2", "", AnswerResult::NonCompliant)?;
        draft.ticks = ticks;
        app.answer_save(draft)?;
        let view = app.inspection_get(id)?;
        let failure = item(&view, "GAS-M-09-2", "").judged.failure;
        let draft = app.finding_draft(id, Some("city_gas"), Some("GAS-M-09-2"), "")?;
        Ok((failure, draft.level))
    };
    assert_eq!(level(vec![])?, (Failure::Undecided, Level::General));
    assert_eq!(
        level(vec![Some(true), Some(false)])?,
        (Failure::General, Level::General)
    );
    assert_eq!(
        level(vec![Some(true), Some(true)])?,
        (Failure::Major, Level::Major)
    );
    assert_eq!(
        item(&view, "GAS-M-09-2", "").formula.as_deref(),
        Some("①且②")
    );
    Ok(())
}

#[test]
fn fire_elements_give_a_first_judgement_that_says_so_and_leaves_out_what_was_put_right()
-> Result<()> {
    let folder = tempfile::tempdir()?;
    let app = laptop(folder.path())?.unlock(LOGIN, PASSWORD)?;
    let view = begin(&app, "fire", &[], &[])?;
    let id = view.row.id.parse()?;
    assert!(item(&view, "FIRE-C-7.3.1", "").prejudge);
    for code in ["FIRE-C-7.3.1", "FIRE-C-7.3.2", "FIRE-C-7.5"] {
        app.answer_save(answer(&view, code, "", AnswerResult::NonCompliant)?)?;
    }
    let told = |premises: &str| Told {
        premises: Some(premises.to_owned()),
        excluded: false,
    };
    let verdict = |view: InspectionView| {
        let verdict = view.verdicts.into_iter().next().unwrap();
        assert!(!verdict.formal, "a 预判");
        (verdict.result, verdict.clause, verdict.counted.len())
    };
    let before = app.inspection_get(id)?;
    assert_eq!(
        verdict(before).0,
        "undetermined",
        "nobody said what the place is"
    );
    let rule = "RULE-GB35181-2017".to_owned();
    let crowded = app.visit_told(id, rule.clone(), told("crowded"))?;
    let clause = Some("5.3.3 a".to_owned());
    assert_eq!(verdict(crowded), ("clause".to_owned(), clause, 3));
    let other = app.visit_told(id, rule.clone(), told("other"))?;
    assert_eq!(verdict(other).0, "not");

    app.visit_told(id, rule, told("crowded"))?;
    let draft = app.finding_draft(id, Some("fire"), Some("FIRE-C-7.5"), "")?;
    assert_eq!(
        draft.level,
        Level::General,
        "an element alone is a general hazard"
    );
    let finding = app.finding_save(&draft)?;
    assert_eq!(verdict(app.inspection_get(id)?).0, "clause");
    app.finding_close(finding.id.parse()?, "当场整改")?;
    assert_eq!(
        verdict(app.inspection_get(id)?).0,
        "not",
        "it was put right at once"
    );
    Ok(())
}

#[test]
fn what_was_answered_last_time_is_a_suggestion_and_an_answer_can_be_taken_back() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let app = laptop(folder.path())?.unlock(LOGIN, PASSWORD)?;
    let first = begin(&app, "fire", &[], &[])?;
    let code = first.items[3].code.clone();
    let mut draft = answer(&first, &code, "", AnswerResult::NonCompliant)?;
    draft.note = "西门".to_owned();
    app.answer_save(draft)?;
    app.inspection_finish(first.row.id.parse()?, false)?;

    let second = begin(&app, "fire", &[], &[])?;
    let before = item(&second, &code, "")
        .before
        .clone()
        .context("no suggestion")?;
    assert_eq!(
        (before.result, before.note.as_str()),
        (AnswerResult::NonCompliant, "西门")
    );
    assert!(second.answers.is_empty(), "never an answer");

    app.answer_save(answer(&second, &code, "", AnswerResult::Compliant)?)?;
    app.answer_save(answer(&second, &code, "", AnswerResult::Withdrawn)?)?;
    let view = app.inspection_get(second.row.id.parse()?)?;
    assert!(view.answers.is_empty());
    assert_eq!(view.row.answered, 0);
    let listed = app.inspection_list()?;
    let row = listed
        .iter()
        .find(|row| row.id == view.row.id)
        .context("not listed")?;
    assert_eq!(row.answered, 0);
    Ok(())
}
