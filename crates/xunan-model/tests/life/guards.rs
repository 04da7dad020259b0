//! Every guard refuses under its key.

use xunan_model::finding::{Level, Step};
use xunan_model::life::*;

use crate::stories::{closed_major, plan_until};
use crate::support::*;

fn major() -> Laptop {
    let mut mine = Laptop::new(Level::Major);
    mine.take(&notice(), A, "");
    mine
}

/// A major hazard that passed its recheck.
fn passed() -> Laptop {
    let mut mine = major();
    mine.take(&plan(), A, "");
    mine.take(&recheck(Verdict::Pass), A, "");
    mine
}

#[test]
fn a_major_hazard_needs_all_five_of_its_plan() {
    let missing = |change: fn(&mut Plan)| {
        let mut plan = five();
        change(&mut plan);
        let mine = major();
        let fault = mine
            .check(&mine.written(&Details::Rectifying(plan), A, ""))
            .unwrap_err();
        (fault.key, fault.params["missing"].clone())
    };
    assert_eq!(
        missing(|p| p.responsible = " ".to_owned()),
        ("plan_incomplete", "responsible".to_owned())
    );
    assert_eq!(
        missing(|p| p.measures.clear()),
        ("plan_incomplete", "measures".to_owned())
    );
    assert_eq!(
        missing(|p| p.funds.clear()),
        ("plan_incomplete", "funds".to_owned())
    );
    assert_eq!(
        missing(|p| p.due = None),
        ("plan_incomplete", "due".to_owned())
    );
    assert_eq!(
        missing(|p| p.emergency.clear()),
        ("plan_incomplete", "emergency".to_owned())
    );
    assert_eq!(
        missing(|p| *p = Plan::default()).1,
        "responsible,measures,funds,due,emergency"
    );
    let mut shop = Laptop::new(Level::General);
    shop.take(&Details::Rectifying(Plan::default()), A, "");
}

#[test]
fn a_plan_ends_before_the_deadline() {
    assert_eq!(
        major().refused(&plan_until("2026-07-01"), A, ""),
        "plan_after_deadline"
    );
    assert_eq!(major().refused(&plan_until("2026-06-30"), A, ""), "");
}

#[test]
fn a_recheck_of_an_authority_takes_two_with_certificates() {
    let mut mine = major();
    mine.take(&plan(), A, "");
    let refused = |change: fn(&mut Recheck)| {
        let mut seen = look(Verdict::Pass);
        change(&mut seen);
        mine.refused(&Details::Rechecked(seen), A, "")
    };
    assert_eq!(refused(|r| r.verdict = None), "verdict_missing");
    assert_eq!(refused(|r| r.authority = None), "recheck_by_missing");
    assert_eq!(
        refused(|r| r.inspectors.truncate(1)),
        "two_inspectors_needed"
    );
    assert_eq!(
        refused(|r| r.inspectors[1] = confirmed(A)),
        "two_inspectors_needed",
        "one who confirmed twice"
    );
    assert_eq!(
        refused(|r| r.inspectors[1].certificate = " ".to_owned()),
        "certificate_missing"
    );
    let mut shop = Laptop::new(Level::General);
    let nobody = Recheck {
        authority: Some(RecheckBy::Enterprise),
        inspectors: Vec::new(),
        ..look(Verdict::Pass)
    };
    assert_eq!(
        shop.refused(&Details::Rechecked(nobody), A, ""),
        "inspector_missing"
    );
    shop.take(&on_the_spot(), A, "清理");
    let alone = Recheck {
        inspectors: vec![confirmed(A)],
        ..look(Verdict::Pass)
    };
    assert_eq!(
        shop.refused(&Details::Lookback(alone), A, ""),
        "two_inspectors_needed"
    );
}

#[test]
fn a_major_hazard_passes_only_with_a_plan() {
    assert_eq!(
        major().refused(&recheck(Verdict::Pass), A, ""),
        "plan_missing"
    );
    assert_eq!(major().refused(&request(), A, ""), "plan_missing");
    assert_eq!(
        major().refused(&recheck(Verdict::Fail), A, ""),
        "",
        "that it stands may always be said"
    );
}

#[test]
fn an_unknown_verdict_is_no_pass() {
    let mut mine = major();
    mine.take(&plan(), A, "");
    mine.take(&recheck(Verdict::from("mostly")), A, "");
    assert_eq!(mine.life().state, State::Unsatisfied);
    mine.take(
        &Details::Rechecked(Recheck {
            false_rectification: true,
            ..look(Verdict::Pass)
        }),
        A,
        "",
    );
    assert_eq!(
        mine.life().state,
        State::Unsatisfied,
        "what was faked did not pass"
    );
}

#[test]
fn an_extension_is_asked_in_time_from_the_deadline_that_stands() {
    let ask = |from: &str, until: &str, asked: &str, reason: &str| {
        let mut mine = major();
        mine.at(asked);
        mine.refused(&extension(from, until, asked), A, reason)
    };
    // Tuesday 2026-06-02 is the 20th working day before Tuesday 2026-06-30, weekends apart.
    assert_eq!(ask("2026-06-30", "2026-08-31", "2026-06-02", "雨季"), "");
    assert_eq!(
        ask("2026-06-30", "2026-08-31", "2026-06-03", "雨季"),
        "extension_too_late"
    );
    assert_eq!(
        ask("2026-06-29", "2026-08-31", "2026-06-02", "雨季"),
        "deadline_changed"
    );
    assert_eq!(
        ask("2026-06-30", "2026-06-30", "2026-06-02", "雨季"),
        "deadline_not_later"
    );
    assert_eq!(
        ask("2026-06-30", "2026-08-31", "2026-06-02", ""),
        "reason_required"
    );
    let refused = |change: fn(&mut Extension)| {
        let Details::Extended(mut it) = extension("2026-06-30", "2026-08-31", "2026-06-01") else {
            panic!()
        };
        change(&mut it);
        major()
            .at("2026-06-01")
            .refused(&Details::Extended(it), A, "雨季")
    };
    assert_eq!(refused(|e| e.asked = None), "asked_missing");
    assert_eq!(refused(|e| e.approver = None), "approver_missing");
    assert_eq!(
        refused(|e| e.approver = Some(person(A))),
        "approver_not_entitled"
    );
    let mut free = major();
    free.at("2026-06-01").finding.deadline = None;
    assert_eq!(
        free.refused(
            &extension("2026-06-30", "2026-08-31", "2026-06-01"),
            A,
            "雨季"
        ),
        "deadline_missing"
    );
}

#[test]
fn what_was_suspended_is_resumed_after_examination() {
    let mut mine = passed();
    assert_eq!(
        mine.refused(&Details::Suspended(Suspension::default()), A, ""),
        "measure_missing"
    );
    assert_eq!(mine.refused(&resumption(), A, ""), "not_suspended");
    mine.take(&suspension(), A, "");
    assert_eq!(mine.refused(&closure(), A, ""), "resume_first");
    assert_eq!(mine.refused(&withdrawal(), A, "误判"), "resume_first");
    assert_eq!(
        mine.refused(&Details::Resumed(Resumption::default()), A, ""),
        "approver_missing"
    );
    let shut = Details::Closed(Closure {
        remains_shut: "已拆除".to_owned(),
        ..whole()
    });
    assert_eq!(mine.refused(&shut, A, ""), "");
    mine.take(&resumption(), A, "");
    assert_eq!(mine.refused(&closure(), A, ""), "");
}

#[test]
fn only_a_major_hazard_is_listed_and_it_is_delisted_first() {
    let shop = Laptop::new(Level::General);
    assert_eq!(shop.refused(&listing(), BOSS, ""), "list_major_only");
    let mut mine = passed();
    assert_eq!(mine.refused(&listing(), A, ""), "role_missing");
    assert_eq!(
        mine.refused(&Details::Listed(Listing::default()), BOSS, ""),
        "notice_incomplete"
    );
    assert_eq!(mine.refused(&delisting(), BOSS, ""), "not_listed");
    mine.take(&listing(), BOSS, "");
    assert_eq!(mine.refused(&closure(), A, ""), "delist_first");
    assert_eq!(mine.refused(&withdrawal(), A, "误判"), "delist_first");
    assert_eq!(
        mine.refused(&Details::Delisted(Delisting::default()), BOSS, ""),
        "approver_missing"
    );
    mine.take(&recheck(Verdict::Fail), A, "");
    assert_eq!(
        mine.refused(&delisting(), BOSS, ""),
        "reason_required",
        "before it passed only with a reason"
    );
}

#[test]
fn the_ladder_is_climbed_rung_by_rung() {
    let mut mine = major();
    assert_eq!(
        mine.refused(&Details::Escalated(Escalation::default()), BOSS, ""),
        "rung_missing"
    );
    assert_eq!(
        mine.refused(&escalation(Rung::Talk), BOSS, ""),
        "rung_skipped"
    );
    for rung in Rung::ALL {
        mine.take(&escalation(rung), BOSS, "");
    }
    assert_eq!(mine.life().rung(), Some(&Rung::Exposure));
}

#[test]
fn a_transfer_names_to_whom_and_ends_nothing() {
    let mut mine = major();
    assert_eq!(
        mine.refused(&Details::Transferred(Transfer::default()), A, ""),
        "destination_missing"
    );
    mine.take(&transfer(), A, "");
    assert_eq!(mine.life().state, State::Notified);
    assert_eq!(mine.refused(&plan(), A, ""), "");
}

#[test]
fn two_withdraw_what_was_misjudged() {
    let mine = major();
    let alone = Details::Withdrawn(Withdrawal {
        people: vec![person(A), person(A)],
        ..Default::default()
    });
    assert_eq!(mine.refused(&alone, A, "误判"), "two_people_needed");
    assert_eq!(mine.refused(&withdrawal(), A, ""), "reason_required");
    assert_eq!(mine.refused(&withdrawal(), A, "误判"), "");
}

#[test]
fn a_major_hazard_is_struck_off_by_two_and_a_third() {
    let mine = passed();
    let refused = |change: fn(&mut Closure)| {
        let mut closure = whole();
        change(&mut closure);
        mine.refused(&Details::Closed(closure), A, "")
    };
    assert_eq!(refused(|_| ()), "");
    assert_eq!(refused(|c| c.reviewers.truncate(1)), "major_close_review");
    assert_eq!(
        refused(|c| c.reviewers = vec![person(A), person(A)]),
        "major_close_review"
    );
    assert_eq!(refused(|c| c.approver = None), "major_close_review");
    assert_eq!(
        refused(|c| c.approver = Some(person(B))),
        "approver_is_reviewer"
    );
    assert_eq!(
        refused(|c| c.approver = Some(person(STATION))),
        "approver_not_entitled"
    );
    assert_eq!(refused(|c| c.after.clear()), "after_photos_missing");
    assert_eq!(
        major().refused(&closure(), A, "当场整改"),
        "major_close_review",
        "never on the spot"
    );
    let mut newer = passed();
    newer.finding.level = Level::from("catastrophic");
    assert_eq!(
        newer.refused(&on_the_spot(), A, "x"),
        "major_close_review",
        "a level that is not known is grave"
    );
}

#[test]
fn after_a_recheck_that_it_did_not_pass_a_hazard_is_not_struck_off_by_word() {
    let mut shop = Laptop::new(Level::General);
    shop.take(&recheck(Verdict::Fail), A, "");
    assert_eq!(shop.refused(&on_the_spot(), A, "清理"), "step_not_allowed");
    shop.take(&plan(), A, "");
    assert_eq!(shop.refused(&on_the_spot(), A, "清理"), "recheck_needed");
}

#[test]
fn a_finding_in_conflict_is_not_ended() {
    let mut mine = passed();
    mine.disputed = true;
    assert_eq!(mine.refused(&closure(), A, ""), "finding_disputed");
    assert_eq!(mine.refused(&withdrawal(), A, "误判"), "finding_disputed");
    let mut shop = Laptop::new(Level::General);
    shop.disputed = true;
    assert_eq!(shop.refused(&on_the_spot(), A, "清理"), "finding_disputed");
}

#[test]
fn reopening_needs_a_reason_and_a_new_day() {
    let mine = closed_major();
    assert_eq!(
        mine.refused(&reopening("2026-12-31"), A, ""),
        "reason_required"
    );
    assert_eq!(
        mine.refused(&Details::Reopened(Reopening::default()), A, "又出现"),
        "deadline_missing"
    );
    assert_eq!(mine.refused(&reopening("2026-12-31"), A, "又出现"), "");
}

#[test]
fn a_notice_of_a_major_hazard_names_one_who_answers_for_it() {
    let mine = Laptop::new(Level::Major);
    let notice_with = |change: fn(&mut Notice)| {
        let Details::Notified(mut it) = notice() else {
            panic!()
        };
        change(&mut it);
        mine.refused(&Details::Notified(it), A, "")
    };
    assert_eq!(
        notice_with(|n| n.people.clear()),
        "notice_recipient_missing"
    );
    assert_eq!(
        notice_with(|n| n.people[0].capacity = Some(Capacity::Other)),
        "notice_recipient_missing"
    );
    assert_eq!(notice_with(|n| n.way = None), "notice_way_missing");
    let mut shop = Laptop::new(Level::General);
    shop.take(&Details::Notified(Notice::default()), A, "");
}

#[test]
fn who_does_not_know_all_that_is_here_takes_no_step() {
    let mine = passed();
    let refused = |change: fn(&mut xunan_model::finding::Transition)| {
        let mut step = mine.written(&closure(), A, "");
        change(&mut step);
        mine.check(&step).map_or_else(|fault| fault.key, |()| "")
    };
    assert_eq!(refused(|s| s.seen = None), "seen_missing");
    assert_eq!(
        refused(|s| s.seen.as_mut().unwrap().truncate(1)),
        "seen_missing"
    );
    assert_eq!(refused(|s| s.at = noon("2025-01-01")), "step_before_last");
    assert_eq!(refused(|s| s.step = Step::from("newer")), "step_unknown");
    assert_eq!(
        refused(|s| s.details = serde_json::from_str(r#"{"after":7}"#).unwrap()),
        "details_unreadable"
    );
    assert_eq!(refused(|s| s.reason = "长".repeat(2_001)), "text_too_long");
    let long = |s: &mut xunan_model::finding::Transition| {
        s.details.insert(
            "x".to_owned(),
            serde_json::json!([{ "y": "长".repeat(2_001) }]),
        );
    };
    assert_eq!(refused(long), "text_too_long");
    assert_eq!(
        refused(|s| {
            s.details
                .insert("x".to_owned(), serde_json::json!(vec![0; 101]));
        }),
        "list_too_long"
    );
}

#[test]
fn what_happened_happened_between_the_finding_and_today() {
    let mut mine = passed();
    mine.at("2026-05-01");
    let on = |text: &str| {
        let closed = Closure {
            day: Some(day(text)),
            ..whole()
        };
        mine.refused(&Details::Closed(closed), A, "")
    };
    assert_eq!(
        (on("2025-12-31"), on("2026-05-02")),
        ("day_impossible", "day_impossible")
    );
    assert_eq!((on("2026-01-01"), on("2026-05-01")), ("", ""));
}

#[test]
fn a_screen_shows_each_step_and_why_it_is_not_open() {
    let mut mine = passed();
    mine.take(&listing(), BOSS, "");
    let of = |who: u128| -> Vec<(String, &'static str)> {
        let offers = mine.offers(who).into_iter();
        offers
            .map(|offer| (offer.step.to_string(), offer.refused.unwrap_or("")))
            .collect()
    };
    let expected = [
        ("notified", ""),
        ("rectifying", "step_not_allowed"),
        ("recheck_requested", "step_not_allowed"),
        ("rechecked", ""),
        ("extended", "step_not_allowed"),
        ("suspended", ""),
        ("resumed", "not_suspended"),
        ("listed", "role_missing"),
        ("delisted", "role_missing"),
        ("escalated", "role_missing"),
        ("transferred", ""),
        ("withdrawn", "delist_first"),
        ("closed", "delist_first"),
        ("reopened", "step_not_allowed"),
        ("lookback", "step_not_allowed"),
        ("decided", "nothing_to_decide"),
    ];
    assert_eq!(of(A), expected.map(|(step, key)| (step.to_owned(), key)));
    let station = of(STATION);
    assert!(station.contains(&("transferred".to_owned(), "role_missing")));
    let mut late = major();
    late.at("2026-06-10");
    let offer = late
        .offers(A)
        .into_iter()
        .find(|offer| offer.step == Step::Extended)
        .unwrap();
    assert_eq!(offer.refused, Some("extension_too_late"));
    assert_eq!(
        (offer.params["last"].as_str(), offer.params["days"].as_str()),
        ("2026-06-02", "20")
    );
}
