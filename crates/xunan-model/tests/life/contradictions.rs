//! Laptops that went different ways.

use xunan_model::finding::{Level, Transition};
use xunan_model::id::TransitionId;
use xunan_model::life::*;

use crate::stories::closed_major;
use crate::support::*;

/// The contradictions of a life: which step, and why.
fn told(life: &Life) -> Vec<(TransitionId, &'static str)> {
    life.contradictions
        .iter()
        .map(|one| (one.transition, one.key))
        .collect()
}

/// Two laptops with a major hazard that passed its recheck.
fn two() -> (Laptop, Laptop) {
    let mut first = Laptop::new(Level::Major);
    first.take(&notice(), A, "");
    first.take(&plan(), A, "");
    first.take(&recheck(Verdict::Pass), A, "");
    let second = first.twin(2_000);
    (first, second)
}

#[test]
fn struck_off_here_and_failed_there_is_open_until_a_person_decides() {
    for failed_first in [false, true] {
        let (mut first, mut second) = two();
        first.at(if failed_first {
            "2026-03-02"
        } else {
            "2026-03-01"
        });
        second.at(if failed_first {
            "2026-03-01"
        } else {
            "2026-03-02"
        });
        let closed = first.take(&closure(), A, "");
        let failed = second.take(&recheck(Verdict::Fail), B, "");
        first.pull(&second);
        second.pull(&first);
        let life = first.life();
        assert_eq!(life, second.life());
        assert_eq!((life.state, life.closed), (State::Unsatisfied, None));
        let about = if failed_first { closed } else { failed };
        assert_eq!(told(&life), [(about, "step_not_allowed")]);

        let mut stays_open = first.clone();
        stays_open.take(&ruling(&[failed], &[closed]), BOSS, "现场仍有可燃物");
        assert_eq!(
            (stays_open.life().state, told(&stays_open.life())),
            (State::Unsatisfied, vec![])
        );
        let mut stays_closed = first.clone();
        let decision = stays_closed.take(&ruling(&[closed], &[failed]), BOSS, "复查对象弄错");
        let life = stays_closed.life();
        assert_eq!(life.state, State::Closed);
        let row = life
            .timeline
            .iter()
            .find(|row| row.transition == failed)
            .unwrap();
        assert_eq!(
            row.standing,
            Standing::SetAside { decision },
            "kept and shown"
        );
    }
}

#[test]
fn who_passed_it_without_knowing_that_it_failed_does_not_calm() {
    let mut first = Laptop::new(Level::Major);
    first.take(&plan(), A, "");
    let mut second = first.twin(2_000);
    let failed = second.at("2026-03-01").take(&recheck(Verdict::Fail), B, "");
    let passed = first.at("2026-03-02").take(&recheck(Verdict::Pass), A, "");
    let closed = first.take(&closure(), A, "");
    first.pull(&second);
    let life = first.life();
    assert_eq!(
        told(&life),
        [(passed, "unseen_steps"), (closed, "step_not_allowed")]
    );
    assert_eq!(life.contradictions[0].against[0], failed);
    assert_eq!(life.state, State::Unsatisfied);
    // Both were right: it failed in the morning and was put right by the evening. The passing one is taken
    // as knowing the other; the closing one was written before and is named too.
    let mut both = first.clone();
    both.take(
        &ruling(&[failed, passed, closed], &[]),
        BOSS,
        "当日整改完毕",
    );
    assert_eq!(both.life().state, State::Closed);
    // Who knew of it passes it without a word.
    second.at("2026-03-02").take(&recheck(Verdict::Pass), B, "");
    assert_eq!(
        (second.life().state, told(&second.life())),
        (State::Passed, vec![])
    );
}

#[test]
fn a_later_look_that_found_it_standing_is_not_overlooked_when_it_passed_since() {
    let mut first = closed_major();
    let mut second = first.twin(2_000);
    first.at("2026-07-01").take(&lookback(Verdict::Fail), A, "");
    first.take(&reopening("2026-12-31"), A, "又出现");
    first.take(&plan(), A, "");
    first.at("2026-07-10").take(&recheck(Verdict::Pass), A, "");
    let again = second
        .at("2026-07-11")
        .take(&lookback(Verdict::Fail), B, "");
    first.pull(&second);
    let life = first.life();
    assert_eq!(
        (life.state, told(&life)),
        (State::Reopened, vec![(again, "step_not_allowed")])
    );
    // The recheck that it needs now is due ten days after that look.
    let round = life.rounds.last().unwrap();
    assert_eq!((round.begun, round.done), (day("2026-07-11"), None));
}

#[test]
fn who_does_not_say_what_he_knew_does_not_calm() {
    let mut mine = closed_major();
    let closed = mine.steps.last().unwrap().id;
    mine.steps.last_mut().unwrap().seen = None;
    assert_eq!(told(&mine.life()), [(closed, "seen_missing")]);
    let mut shop = Laptop::new(Level::General);
    let passed = shop.take(&recheck(Verdict::Pass), A, "");
    shop.steps[0].seen = None;
    assert_eq!(told(&shop.life()), [(passed, "seen_missing")]);
}

#[test]
fn a_server_asks_of_a_step_what_its_author_could_know() {
    let (mut first, second) = two();
    first.at("2026-03-01").take(&recheck(Verdict::Fail), A, "");
    // The second laptop did not know: its closing contradicts, and is no fault of its program.
    let closed = second.written(&closure(), B, "");
    assert_eq!(first.received(&closed), Ok(()));
    let bare = second.written(&on_the_spot(), B, "");
    assert_eq!(first.received(&bare).unwrap_err().key, "major_close_review");
    let mut knowing = closed;
    knowing.seen = Some(first.life().seen());
    assert_eq!(
        first.received(&knowing).unwrap_err().key,
        "step_not_allowed"
    );
    // Early programs do not say what they knew; a finding comes with its first step.
    let early = Transition { seen: None, ..bare };
    assert_eq!(first.received(&early), Ok(()));
    let found = Laptop::new(Level::Major).written(&Details::Found(Plain::default()), A, "");
    assert_eq!(first.received(&found), Ok(()));
}

#[test]
fn a_withdrawal_that_knew_nothing_of_a_listing_waits() {
    let mut first = Laptop::new(Level::Major);
    first.take(&notice(), A, "");
    let mut second = first.twin(2_000);
    second.at("2026-03-01").take(&transfer(), A, "");
    let withdrawn = first.at("2026-03-02").take(&withdrawal(), A, "误判");
    first.pull(&second);
    assert_eq!(told(&first.life()), [(withdrawn, "unseen_steps")]);
    assert_eq!(first.life().state, State::Notified);
    let mut third = Laptop::new(Level::Major).twin(3_000);
    third.at("2026-03-03").take(&listing(), BOSS, "");
    first.pull(&third);
    let life = first.life();
    assert!(life.listed() && !life.state.ended());
}

#[test]
fn of_two_extensions_the_earlier_day_counts() {
    let (mut first, mut second) = (
        Laptop::new(Level::Major),
        Laptop::new(Level::Major).twin(2_000),
    );
    let longer = first.at("2026-03-01").take(
        &extension("2026-06-30", "2026-12-31", "2026-03-01"),
        A,
        "雨季",
    );
    let shorter = second.at("2026-03-02").take(
        &extension("2026-06-30", "2026-09-30", "2026-03-02"),
        A,
        "雨季",
    );
    first.pull(&second);
    let life = first.life();
    assert_eq!(life.deadline, Some(day("2026-09-30")));
    assert_eq!(told(&life), [(shorter, "deadline_changed")]);
    assert_eq!(life.contradictions[0].against, [longer]);
    first.take(&ruling(&[shorter], &[longer]), BOSS, "以后一份批复为准");
    let life = first.life();
    assert_eq!(
        (life.deadline, life.extensions, told(&life)),
        (Some(day("2026-09-30")), 1, vec![])
    );
}

#[test]
fn what_is_ordered_of_one_that_was_struck_off_stands_meanwhile() {
    let (mut first, mut second) = two();
    let mut third = first.twin(3_000);
    first.at("2026-03-01").take(&closure(), A, "");
    let suspended = second.at("2026-03-02").take(&suspension(), B, "");
    let listed = third.at("2026-03-03").take(&listing(), BOSS, "");
    let life = first.pull(&second).pull(&third).life();
    // The second contradiction is none any more: the first has taken the end away.
    assert_eq!(told(&life), [(suspended, "step_not_allowed")]);
    assert!(life.suspended && life.listed() && life.state == State::Passed);
    assert!(life.timeline.iter().any(|row| row.transition == listed));
    let mut only = two().0;
    only.at("2026-03-01").take(&closure(), A, "");
    let life = only.pull(&third).life();
    assert_eq!(
        (told(&life), life.listed()),
        (vec![(listed, "step_not_allowed")], true)
    );
}

#[test]
fn of_two_reopenings_the_earlier_day_counts() {
    let mut first = closed_major();
    let mut second = first.twin(2_000);
    let mut third = first.twin(3_000);
    first
        .at("2026-07-01")
        .take(&reopening("2026-12-31"), A, "又出现");
    second
        .at("2026-07-02")
        .take(&reopening("2026-11-30"), B, "又出现");
    let life = first.pull(&second).life();
    assert_eq!(
        (life.deadline, told(&life)),
        (Some(day("2026-11-30")), vec![])
    );
    first.at("2026-07-03").take(&plan(), A, "");
    let late = third
        .at("2026-07-04")
        .take(&reopening("2026-10-31"), B, "又出现");
    let life = first.pull(&third).life();
    assert_eq!(
        (life.deadline, told(&life)),
        (Some(day("2026-10-31")), vec![(late, "step_not_allowed")])
    );
}

#[test]
fn two_that_put_it_off_to_one_day_are_one_extension() {
    let (mut first, mut second) = (
        Laptop::new(Level::Major),
        Laptop::new(Level::Major).twin(2_000),
    );
    first.at("2026-03-01").take(
        &extension("2026-06-30", "2026-12-31", "2026-03-01"),
        A,
        "雨季",
    );
    second.at("2026-03-02").take(
        &extension("2026-06-30", "2026-12-31", "2026-03-01"),
        A,
        "雨季",
    );
    first.pull(&second);
    assert_eq!((first.life().extensions, told(&first.life())), (1, vec![]));
}

#[test]
fn laptops_that_say_the_same_do_not_contradict() {
    let (mut first, mut second) = two();
    first.at("2026-03-01").take(&closure(), A, "");
    second.at("2026-03-02").take(&recheck(Verdict::Pass), B, "");
    second.take(&notice(), B, "");
    second.take(&closure(), B, "");
    first.pull(&second);
    let life = first.life();
    assert_eq!(
        (life.state, life.closed, told(&life)),
        (State::Closed, Some(day("2026-03-01")), vec![])
    );
    assert_eq!(life.closures.len(), 1);
}

#[test]
fn one_notice_written_on_two_laptops_is_one_listing() {
    let (mut first, mut second) = two();
    first.take(&listing(), BOSS, "");
    second.take(&listing(), BOSS, "");
    assert_eq!(first.pull(&second).life().listings.len(), 1);
    let other = Listing {
        level: Some(ListingLevel::Prefecture),
        number: "拉安督〔2026〕1号".to_owned(),
        ..Default::default()
    };
    first.take(&Details::Listed(other), BOSS, "");
    assert_eq!(first.life().listings.len(), 2);
    first.take(&delisting(), BOSS, "");
    assert!(!first.life().listed(), "lifting lifts all that are known");
}

#[test]
fn no_later_step_settles_a_contradiction() {
    let (mut first, mut second) = two();
    first.at("2026-03-01").take(&closure(), A, "");
    let failed = second.at("2026-03-02").take(&recheck(Verdict::Fail), B, "");
    first.pull(&second).at("2026-03-03");
    first.take(&plan(), A, "");
    first.take(&request(), A, "");
    first.take(&recheck(Verdict::Pass), A, "");
    for (step, reason) in [(closure(), ""), (withdrawal(), "误判")] {
        assert_eq!(first.refused(&step, A, reason), "contradiction_open");
    }
    first.force(&closure(), A, "");
    let life = first.life();
    assert_eq!(life.contradictions[0].transition, failed);
    assert_eq!((life.state, life.contradictions.len()), (State::Passed, 2));
}

#[test]
fn a_step_that_arrives_late_opens_what_was_decided() {
    let (mut first, mut second) = two();
    let mut third = first.twin(3_000);
    let closed = first.at("2026-03-01").take(&closure(), A, "");
    let failed = second.at("2026-03-02").take(&recheck(Verdict::Fail), B, "");
    first
        .pull(&second)
        .at("2026-03-03")
        .take(&ruling(&[closed], &[failed]), BOSS, "复查对象弄错");
    assert_eq!(first.life().state, State::Closed);
    // A third laptop was in the mountains and comes back.
    third.at("2026-02-28").take(&suspension(), B, "");
    first.pull(&third);
    let life = first.life();
    assert_eq!((life.state, life.suspended), (State::Passed, true));
    assert_eq!(told(&life), [(closed, "resume_first")]);
}

#[test]
fn two_decisions_that_disagree_are_none() {
    let (mut first, mut second) = two();
    let closed = first.at("2026-03-01").take(&closure(), A, "");
    let failed = second.at("2026-03-02").take(&recheck(Verdict::Fail), B, "");
    first.pull(&second);
    second.pull(&first);
    first
        .at("2026-03-03")
        .take(&ruling(&[closed], &[failed]), BOSS, "复查对象弄错");
    second
        .at("2026-03-04")
        .take(&ruling(&[failed], &[closed]), BOSS, "现场仍有");
    assert_eq!(
        (first.life().state, second.life().state),
        (State::Closed, State::Unsatisfied)
    );
    first.pull(&second);
    second.pull(&first);
    let life = first.life();
    assert_eq!(life, second.life());
    assert_eq!(
        told(&life),
        [
            (closed, "decisions_disagree"),
            (failed, "decisions_disagree")
        ]
    );
    assert!(!life.state.ended());
    first.take(&ruling(&[failed], &[closed]), BOSS, "以现场照片为准");
    assert_eq!(
        (first.life().state, told(&first.life())),
        (State::Unsatisfied, vec![])
    );
}

#[test]
fn a_decision_is_no_way_around_a_guard() {
    let mut mine = Laptop::new(Level::Major);
    mine.take(&plan(), A, "");
    mine.take(&recheck(Verdict::Pass), A, "");
    let listed = mine.take(&listing(), BOSS, "");
    assert_eq!(
        mine.refused(&ruling(&[], &[listed]), BOSS, "省事"),
        "nothing_to_decide"
    );
    mine.force(&ruling(&[], &[listed]), BOSS, "省事");
    let life = mine.life();
    assert!(life.listed(), "what contradicts nothing is not set aside");
    assert_eq!(
        life.timeline.last().unwrap().standing,
        Standing::Void {
            key: "decision_not_about"
        }
    );
    // Nor can a decision make a closing lawful that lacks something.
    let mut bare = closed_major();
    let Some(Transition { details, .. }) = bare.steps.last_mut() else {
        panic!()
    };
    details.remove("after");
    let closed = bare.steps.last().unwrap().id;
    let life = bare.life();
    assert_eq!(
        (life.state, told(&life)),
        (State::Passed, vec![(closed, "after_photos_missing")])
    );
    let passed = bare.steps[2].id;
    assert_eq!(
        bare.refused(&ruling(&[closed, passed], &[]), BOSS, "算了"),
        "decision_leaves_contradiction"
    );
    bare.take(&ruling(&[], &[closed]), BOSS, "缺照片，重办");
    bare.take(&closure(), A, "");
    assert_eq!(bare.life().state, State::Closed);
}

#[test]
fn a_decision_says_why_and_what() {
    let (mut first, mut second) = two();
    let closed = first.at("2026-03-01").take(&closure(), A, "");
    let failed = second.at("2026-03-02").take(&recheck(Verdict::Fail), B, "");
    first.pull(&second);
    assert_eq!(
        first.refused(&ruling(&[failed], &[closed]), BOSS, ""),
        "reason_required"
    );
    assert_eq!(
        first.refused(&ruling(&[failed], &[]), BOSS, "x"),
        "decision_empty"
    );
    assert_eq!(
        first.refused(&ruling(&[failed], &[failed]), BOSS, "x"),
        "decision_twice"
    );
    assert_eq!(
        first.refused(&ruling(&[failed], &[closed]), A, "x"),
        "role_missing"
    );
    let stranger = first.steps[0].id;
    assert_eq!(
        first.refused(&ruling(&[], &[stranger]), BOSS, "x"),
        "decision_not_about"
    );
    for (details, reason) in [(ruling(&[failed], &[closed]), ""), (ruling(&[], &[]), "x")] {
        let mut forced = first.clone();
        forced.force(&details, BOSS, reason);
        assert_eq!(
            told(&forced.life()),
            told(&first.life()),
            "it counts for nothing"
        );
    }
}

#[test]
fn what_was_faked_stays_told_though_the_step_is_set_aside() {
    let (mut first, mut second) = two();
    let closed = first.at("2026-03-01").take(&closure(), A, "");
    let faked = Details::Rechecked(Recheck {
        false_rectification: true,
        ..look(Verdict::Fail)
    });
    let faked = second.at("2026-03-02").take(&faked, B, "");
    first
        .pull(&second)
        .take(&ruling(&[closed], &[faked]), BOSS, "弄错");
    assert!(first.life().false_rectification && first.life().state == State::Closed);
}

#[test]
fn details_that_cannot_be_read_wait_for_a_person() {
    let mut shop = Laptop::new(Level::General);
    let mut step = shop.written(&recheck(Verdict::Pass), A, "");
    step.details
        .insert("photos".to_owned(), serde_json::json!("none"));
    let odd = shop.push(step);
    assert_eq!(told(&shop.life()), [(odd, "details_unreadable")]);
    assert_eq!(
        shop.refused(&on_the_spot(), A, "清理"),
        "contradiction_open"
    );
    shop.take(&ruling(&[], &[odd]), BOSS, "重录");
    shop.take(&on_the_spot(), A, "清理");
    assert_eq!(shop.life().state, State::Closed);
}
