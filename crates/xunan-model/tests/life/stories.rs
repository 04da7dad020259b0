//! Lives as they go.

use serde_json::{Map, json};
use xunan_model::finding::{Level, Step, Transition, state};
use xunan_model::life::*;

use crate::support::*;

#[test]
fn a_major_fire_hazard_in_a_temple_goes_all_the_way() {
    let mut temple = Laptop::new(Level::Major);
    temple.take(&notice(), STATION, "");
    assert!(temple.life().responsible_told());
    temple.at("2026-01-10").take(&listing(), BOSS, "");
    temple.at("2026-01-15").take(&plan(), A, "");
    // 20 working days before Tuesday 2026-06-30: four weeks of five days, Tuesday 2026-06-02.
    temple.at("2026-06-02").take(
        &extension("2026-06-30", "2026-08-31", "2026-06-02"),
        A,
        "雨季无法施工",
    );
    let life = temple.life();
    assert_eq!(
        (life.deadline, life.extensions),
        (Some(day("2026-08-31")), 1)
    );
    temple.at("2026-08-20").take(&request(), STATION, "");
    temple
        .at("2026-08-25")
        .take(&recheck(Verdict::Partial), A, "");
    assert_eq!(temple.life().state, State::Unsatisfied);
    temple.at("2026-08-30").take(&recheck(Verdict::Pass), A, "");
    assert_eq!(temple.life().state.step(), Step::Rechecked);
    assert_eq!(temple.refused(&closure(), A, ""), "delist_first");
    temple.at("2026-09-01").take(&delisting(), BOSS, "");
    temple.at("2026-09-02").take(&closure(), A, "");
    let life = temple.life();
    assert_eq!(
        (life.state, life.closed),
        (State::Closed, Some(day("2026-09-02")))
    );
    assert_eq!(life.listings[0].until, Some(day("2026-09-01")));
    let rounds: Vec<_> = life
        .rounds
        .iter()
        .map(|round| (round.requested, round.done))
        .collect();
    assert_eq!(
        rounds,
        [
            (Some(day("2026-08-20")), Some(day("2026-08-25"))),
            (None, Some(day("2026-08-30")))
        ]
    );
    assert!(
        life.timeline
            .iter()
            .all(|row| row.standing == Standing::Stands)
    );
}

#[test]
fn a_general_hazard_is_struck_off_on_the_spot_with_a_reason() {
    let mut shop = Laptop::new(Level::General);
    assert_eq!(
        shop.refused(&on_the_spot(), STATION, " "),
        "reason_required"
    );
    shop.take(&on_the_spot(), STATION, "当场清理");
    assert_eq!(shop.life().state, State::Closed);
}

#[test]
fn steps_of_early_programs_read_and_count_as_they_did() {
    let early = |number: u32, step: &str, reason: &str| -> Transition {
        serde_json::from_value(json!({
            "id": format!("00000000-0000-0000-0000-{number:012}"), "finding": uuid::Uuid::nil(),
            "step": step, "at": format!("2026-01-0{number}T04:00:00Z"), "by": uuid::Uuid::nil(), "reason": reason,
        }))
        .unwrap()
    };
    let steps = [
        early(1, "found", ""),
        early(2, "notified", ""),
        early(3, "closed", "已清理"),
    ];
    let general = finding(Level::General);
    assert_eq!(state(&general, &steps[..1]), Step::Found);
    assert_eq!(state(&general, &steps[..2]), Step::Notified);
    assert_eq!(state(&general, &steps), Step::Closed);
    assert!(Life::of(&general, &steps).contradictions.is_empty());
    // What was written is written again without a field more: visits stay as they were frozen.
    let again = serde_json::to_value(&steps[2]).unwrap();
    let fields: Vec<&String> = again.as_object().unwrap().keys().collect();
    assert_eq!(fields, ["at", "by", "finding", "id", "reason", "step"]);
    // A level that was raised afterwards is not calmed by the reason of one person.
    assert_eq!(state(&finding(Level::Major), &steps), Step::Notified);
}

#[test]
fn a_general_hazard_passes_a_recheck_of_a_station_and_a_major_one_does_not() {
    let station = || {
        Details::Rechecked(Recheck {
            authority: Some(RecheckBy::Grassroots),
            inspectors: vec![confirmed(STATION)],
            ..look(Verdict::Pass)
        })
    };
    let mut shop = Laptop::new(Level::General);
    shop.take(&station(), STATION, "");
    shop.take(&on_the_spot(), STATION, "");
    assert_eq!(shop.life().state, State::Closed);
    let mut mine = Laptop::new(Level::Major);
    mine.take(&plan(), A, "");
    assert_eq!(
        mine.refused(&station(), STATION, ""),
        "authority_recheck_needed"
    );
}

#[test]
fn a_later_look_takes_the_calm_away_and_what_was_faked_stays_told() {
    let mut mine = closed_major();
    let faked = Details::Lookback(Recheck {
        false_rectification: true,
        ..look(Verdict::Fail)
    });
    mine.at("2026-10-01").take(&faked, A, "");
    let life = mine.life();
    assert_eq!(
        (life.state, life.closed, &life.plan),
        (State::Reopened, None, &None)
    );
    assert!(life.false_rectification && life.verdict.is_none());
    assert_eq!(
        life.closures.len(),
        1,
        "what was struck off once stays told"
    );
    // The old deadline is over: late at once, until a new one is set.
    assert_eq!(
        term(&life, day("2026-10-01")),
        Term::Overdue { days_late: 93 }
    );
    mine.take(&reopening("2026-12-31"), A, "虚假整改，重新立项");
    assert_eq!(mine.life().deadline, Some(day("2026-12-31")));
    assert_eq!(
        mine.refused(&recheck(Verdict::Pass), A, ""),
        "plan_missing",
        "the old plan does not count"
    );
    mine.take(&plan_until("2026-12-01"), A, "");
    mine.take(&recheck(Verdict::Pass), A, "");
    mine.take(&closure(), A, "");
    let life = mine.life();
    assert_eq!(
        (life.state, life.false_rectification, life.closures.len()),
        (State::Closed, true, 2)
    );
}

#[test]
fn one_that_was_struck_off_on_the_spot_and_came_back_needs_a_recheck() {
    let mut shop = Laptop::new(Level::General);
    shop.take(&on_the_spot(), STATION, "当场清理");
    shop.take(&lookback(Verdict::Fail), A, "");
    shop.take(&plan(), STATION, "");
    assert_eq!(
        shop.refused(&on_the_spot(), STATION, "又清理了"),
        "recheck_needed"
    );
    shop.take(&recheck(Verdict::Pass), A, "");
    shop.take(&on_the_spot(), STATION, "");
    assert_eq!(shop.life().state, State::Closed);
}

#[test]
fn a_step_of_a_newer_program_is_kept_and_never_calms() {
    let mut shop = Laptop::new(Level::General);
    let mut newer = shop.written(&request(), A, "");
    newer.step = Step::from("insured");
    newer.details = Map::from_iter([("policy".to_owned(), json!("P1"))]);
    shop.push(newer);
    let life = shop.life();
    assert_eq!(life.timeline[0].standing, Standing::Unknown);
    assert_eq!(life.timeline[0].step.as_str(), "insured");
    shop.take(&on_the_spot(), STATION, "当场清理");
    assert_eq!(shop.life().state, State::Closed, "its author knew it");
    let mut after = shop.written(&request(), A, "");
    after.step = Step::from("burnt_down");
    shop.push(after);
    let life = shop.life();
    assert_eq!(
        (life.state, life.contradictions[0].key),
        (State::Found, "step_unknown")
    );
}

#[test]
fn details_keep_what_they_do_not_know() {
    let mut step = Laptop::new(Level::Major).written(&plan(), A, "");
    step.details
        .insert("insurer".to_owned(), json!({ "name": "甲" }));
    let details = Details::of(&step).unwrap().unwrap();
    let (_, stored) = details.stored().unwrap();
    assert_eq!(stored["insurer"], json!({ "name": "甲" }));
    assert_eq!(stored, step.details);
    assert!(
        !stored.contains_key("goal"),
        "what says nothing is not written"
    );
}

/// Struck off on 2026-06-20.
pub(crate) fn closed_major() -> Laptop {
    let mut mine = Laptop::new(Level::Major);
    mine.take(&notice(), A, "");
    mine.take(&plan(), A, "");
    mine.at("2026-06-19").take(&recheck(Verdict::Pass), A, "");
    mine.at("2026-06-20").take(&closure(), A, "");
    mine
}

pub(crate) fn plan_until(due: &str) -> Details {
    Details::Rectifying(Plan {
        due: Some(day(due)),
        ..five()
    })
}
