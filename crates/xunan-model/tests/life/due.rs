//! What falls due by itself.

use xunan_model::finding::Level;
use xunan_model::life::*;
use xunan_model::office_rules::{Calendar, OfficeRules};

use crate::support::*;

#[test]
fn it_is_late_on_the_day_after_the_deadline() {
    let mine = Laptop::new(Level::Major);
    let on = |text: &str| term(&mine.life(), day(text));
    assert_eq!(on("2026-06-30"), Term::InTerm { days_left: 0 });
    assert_eq!(on("2026-07-01"), Term::Overdue { days_late: 1 });
    let mut ended = mine.clone();
    ended.take(&withdrawal(), A, "误判");
    assert_eq!(term(&ended.life(), day("2026-07-01")), Term::Ended);
    let mut free = mine;
    free.finding.deadline = None;
    assert_eq!(term(&free.life(), day("2030-01-01")), Term::Open);
}

#[test]
fn a_recheck_is_due_ten_days_after_the_request_or_the_deadline() {
    let due = |laptop: &Laptop, discipline| {
        let life = laptop.life();
        recheck_due(
            life.rounds.last().unwrap(),
            &[],
            &Calendar::default(),
            discipline,
        )
    };
    let mut shop = Laptop::new(Level::General);
    assert_eq!(
        due(&shop, Discipline::Safety),
        Some(day("2026-07-10")),
        "2026-06-30 and ten days"
    );
    // Tuesday the 30th: Wednesday, Thursday, Friday.
    assert_eq!(due(&shop, Discipline::Fire), Some(day("2026-07-03")));
    shop.at("2026-03-05").take(&request(), STATION, "");
    shop.at("2026-03-09").take(&request(), STATION, "");
    assert_eq!(
        due(&shop, Discipline::Safety),
        Some(day("2026-03-15")),
        "the first request counts"
    );
    // A recheck without success begins anew; the deadline is over by then.
    shop.at("2026-07-08")
        .take(&recheck(Verdict::Partial), A, "");
    assert_eq!(due(&shop, Discipline::Safety), Some(day("2026-07-18")));
    let mut spot = Laptop::new(Level::General);
    spot.take(&on_the_spot(), STATION, "清理");
    assert_eq!(
        due(&spot, Discipline::Safety),
        None,
        "put right before anything was due"
    );
    let rules = [OfficeRules {
        from: day("2026-06-30"),
        recheck_days: 5,
        ..OfficeRules::default()
    }];
    let round = Laptop::new(Level::General).life().rounds[0].clone();
    let own = recheck_due(&round, &rules, &Calendar::default(), Discipline::Safety);
    assert_eq!(
        own,
        Some(day("2026-07-05")),
        "the rules of the day from which it counts"
    );
}

#[test]
fn an_extension_is_decided_within_ten_working_days() {
    // Asked on Tuesday 2026-06-02: two weeks of five days.
    let last = extension_decided_by(
        day("2026-06-02"),
        &OfficeRules::default(),
        &Calendar::default(),
    );
    assert_eq!(last, day("2026-06-16"));
}

#[test]
fn the_next_rung_is_suggested_by_how_late_it_is() {
    let mut mine = Laptop::new(Level::Major);
    let on =
        |laptop: &Laptop, text: &str| rung_due(&laptop.life(), &OfficeRules::default(), day(text));
    assert_eq!(on(&mine, "2026-06-30"), None);
    assert_eq!(on(&mine, "2026-07-01"), Some(Rung::Letter));
    assert_eq!(
        on(&mine, "2026-12-31"),
        Some(Rung::Letter),
        "none is left out"
    );
    mine.take(&escalation(Rung::Letter), BOSS, "");
    // Seven days late is not eight.
    assert_eq!(on(&mine, "2026-07-07"), None);
    assert_eq!(on(&mine, "2026-07-08"), Some(Rung::Bulletin));
}
