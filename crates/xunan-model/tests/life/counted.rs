//! What a life says to the statistics.

use xunan_model::finding::Level;
use xunan_model::id::SiteId;
use xunan_model::life::*;
use xunan_model::office_rules::Calendar;
use xunan_model::statistics::*;

use crate::support::*;

fn counted(temple: &Laptop) -> Vec<Hazard> {
    let place = (SiteId(uuid::Uuid::nil()), "540121100201", "fire");
    let office = (&[][..], &Calendar::default(), Discipline::Safety);
    hazards([Fact::of(&temple.finding, &temple.life(), place, office)])
}

fn of(rate: &Rate) -> (usize, usize) {
    (rate.part.count, rate.whole.count)
}

#[test]
fn every_figure_moves_as_the_hazard_does() {
    let year = Span::year(2026);
    let all = Filter::default();
    let mut temple = Laptop::new(Level::Major);
    // Found on 2026-01-01, due on 06-30.
    assert_eq!(of(&notified(&counted(&temple), &all, year)), (0, 1));
    temple.take(&notice(), A, "");
    assert_eq!(of(&notified(&counted(&temple), &all, year)), (1, 1));
    temple.take(&listing(), BOSS, "");
    let it = listed(&counted(&temple), &all, year, day("2026-07-01"));
    assert_eq!(
        (
            it.listed.count,
            it.now.count,
            of(&it.on_time),
            of(&it.delisted)
        ),
        (1, 1, (0, 1), (0, 1))
    );
    temple.take(&plan(), A, "");
    temple
        .at("2026-07-01")
        .take(&escalation(Rung::Letter), BOSS, "");
    assert_eq!(escalated(&counted(&temple), &all, year)[0].count, 1);
    let late = |temple: &Laptop, on: &str| {
        standing(&counted(temple), &all, day(on), [7, 30, 90])
            .overdue
            .count
    };
    assert_eq!(
        (late(&temple, "2026-06-30"), late(&temple, "2026-07-01")),
        (0, 1)
    );
    // Rechecks: due ten days after 06-30, made on 07-08; the next ten days after that, made on 07-19, a day late.
    temple
        .at("2026-07-08")
        .take(&recheck(Verdict::Partial), A, "");
    let rechecks =
        |temple: &Laptop, on: &str| of(&rechecked_in_time(&counted(temple), &all, year, day(on)));
    assert_eq!(rechecks(&temple, "2026-07-12"), (1, 1));
    temple.at("2026-07-19").take(&recheck(Verdict::Pass), A, "");
    assert_eq!(rechecks(&temple, "2026-07-20"), (0, 1));
    temple.take(&delisting(), BOSS, "");
    temple.at("2026-07-20").take(&closure(), A, "");
    let hazards = counted(&temple);
    assert_eq!(
        of(&dynamic_clearance(&hazards, &all, year, day("2026-11-27"))),
        (1, 1)
    );
    assert_eq!(
        of(&on_time(&hazards, &all, year, day("2026-11-27"))),
        (0, 1),
        "twenty days late"
    );
    // January 1st to July 20th: 31+28+31+30+31+30+19.
    assert_eq!(mean_days(&hazards, &all, year).days, 200);
    assert_eq!(late(&temple, "2026-11-27"), 0);
    // Somebody looks again.
    temple
        .at("2026-09-01")
        .take(&lookback(Verdict::Pass), A, "");
    assert_eq!(of(&lookbacks_failed(&counted(&temple), &all, year)), (0, 1));
    let faked = Details::Lookback(Recheck {
        false_rectification: true,
        ..look(Verdict::Fail)
    });
    temple.at("2026-10-01").take(&faked, A, "");
    let hazards = counted(&temple);
    assert_eq!(of(&lookbacks_failed(&hazards, &all, year)), (1, 1));
    assert_eq!(false_rectifications(&hazards, &all, year).count, 1);
    assert_eq!(
        of(&dynamic_clearance(&hazards, &all, year, day("2026-11-27"))),
        (0, 1),
        "the calm is gone"
    );
    assert_eq!(late(&temple, "2026-11-27"), 1);
    let mut misjudged = Laptop::new(Level::Major);
    misjudged.take(&withdrawal(), A, "误判");
    assert!(
        counted(&misjudged).is_empty(),
        "what was misjudged was no hazard"
    );
}
