//! Every way through the table: no state without a lawful way to an end, no way around a guard.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use xunan_model::finding::Level;
use xunan_model::life::table::TABLE;
use xunan_model::life::*;

use crate::support::*;

/// Steps as people write them: sound ones, and ones that lack something.
fn forms(laptop: &Laptop) -> Vec<(Details, u128, &'static str)> {
    let life = laptop.life();
    let deadline = life.deadline.unwrap();
    let later = deadline + chrono::Days::new(400);
    let own = Plan {
        due: Some(deadline),
        ..five()
    };
    let extended = Extension {
        from: Some(deadline),
        until: Some(later),
        asked: Some(laptop.now.date_naive()),
        approver: Some(person(BOSS)),
        ..Default::default()
    };
    let alone = Recheck {
        inspectors: vec![confirmed(A)],
        ..look(Verdict::Pass)
    };
    let station = Recheck {
        authority: Some(RecheckBy::Grassroots),
        inspectors: vec![confirmed(STATION)],
        ..look(Verdict::Pass)
    };
    let with = |change: fn(&mut Closure)| {
        let mut closure = whole();
        change(&mut closure);
        Details::Closed(closure)
    };
    vec![
        (notice(), A, ""),
        (Details::Rectifying(own.clone()), A, ""),
        (
            Details::Rectifying(Plan {
                emergency: String::new(),
                ..own
            }),
            A,
            "",
        ),
        (request(), A, ""),
        (recheck(Verdict::Pass), A, ""),
        (recheck(Verdict::Partial), A, ""),
        (recheck(Verdict::Fail), A, ""),
        (Details::Rechecked(alone), A, ""),
        (Details::Rechecked(station), STATION, ""),
        (Details::Extended(extended), A, "雨季"),
        (suspension(), A, ""),
        (resumption(), A, ""),
        (listing(), BOSS, ""),
        (delisting(), BOSS, "降级"),
        (escalation(Rung::Letter), BOSS, ""),
        (transfer(), A, ""),
        (withdrawal(), A, "误判"),
        (
            Details::Withdrawn(Withdrawal {
                people: vec![person(A)],
                ..Default::default()
            }),
            A,
            "误判",
        ),
        (closure(), A, ""),
        (on_the_spot(), A, "清理"),
        (with(|c| c.after.clear()), A, "x"),
        (with(|c| c.reviewers.truncate(1)), A, "x"),
        (with(|c| c.approver = Some(c.reviewers[0])), A, "x"),
        (with(|c| c.approver = None), A, "x"),
        (with(|c| c.remains_shut = "已拆除".to_owned()), A, "x"),
        (reopening("2031-01-01"), A, "又出现"),
        (lookback(Verdict::Pass), A, ""),
        (lookback(Verdict::Fail), A, ""),
    ]
}

/// What decides which steps are lawful next; and what would be wrong, told without the table, if it were struck
/// off now by a form that lacks nothing. So two ways to one state are both followed when one of them left
/// something out.
type Place = (State, [bool; 5], usize, &'static str);

fn place(laptop: &Laptop) -> Place {
    let life = laptop.life();
    let flags = [
        life.suspended,
        life.listed(),
        life.plan.is_some(),
        life.verdict.is_some(),
        life.reopenings > 0,
    ];
    let mut struck_off = laptop.steps.clone();
    struck_off.push(laptop.written(&closure(), A, ""));
    let wrong = sound_closing(&struck_off).err().unwrap_or("");
    (
        life.state,
        flags,
        life.rung().map_or(0, Rung::height),
        wrong,
    )
}

/// What lawful steps lead to.
struct Explored {
    /// Every place, with one way there.
    ways: BTreeMap<Place, Laptop>,
    /// From each place where the next step leads.
    next: BTreeMap<Place, BTreeSet<Place>>,
    /// Every way that ends in being struck off.
    closings: Vec<Laptop>,
}

/// Follows all lawful steps from everywhere.
fn explored(level: Level) -> Explored {
    let start = Laptop::new(level);
    let mut ways = BTreeMap::from([(place(&start), start.clone())]);
    let mut next: BTreeMap<Place, BTreeSet<Place>> = BTreeMap::new();
    let mut closings = Vec::new();
    let mut waiting = VecDeque::from([start]);
    while let Some(from) = waiting.pop_front() {
        let here = place(&from);
        for (details, by, reason) in forms(&from) {
            let step = from.written(&details, by, reason);
            if from.check(&step).is_err() {
                continue;
            }
            let mut there = from.clone();
            there.push(step);
            let life = there.life();
            assert!(
                life.contradictions.is_empty(),
                "what may be written contradicts nothing: {:#?}",
                life.timeline
            );
            if life.state == State::Closed && here.0 != State::Closed {
                closings.push(there.clone());
            }
            next.entry(here).or_default().insert(place(&there));
            if let Entry::Vacant(new) = ways.entry(place(&there)) {
                new.insert(there.clone());
                waiting.push_back(there);
            }
        }
    }
    Explored {
        ways,
        next,
        closings,
    }
}

#[test]
fn from_every_place_there_is_a_lawful_way_to_an_end() {
    for level in [Level::Major, Level::General, Level::Element] {
        let Explored { ways, next, .. } = explored(level.clone());
        let states: BTreeSet<State> = ways.keys().map(|place| place.0).collect();
        assert_eq!(states, BTreeSet::from(State::ALL), "every state is reached");
        let mut good: BTreeSet<Place> = ways
            .keys()
            .filter(|place| place.0 == State::Closed)
            .copied()
            .collect();
        loop {
            let more: Vec<Place> = next
                .iter()
                .filter(|(from, to)| {
                    !good.contains(*from) && to.iter().any(|place| good.contains(place))
                })
                .map(|(from, _)| *from)
                .collect();
            if more.is_empty() {
                break;
            }
            good.extend(more);
        }
        let stuck: Vec<&Place> = ways.keys().filter(|place| !good.contains(place)).collect();
        assert!(
            stuck.is_empty(),
            "{level}: no way to being struck off from {stuck:?}"
        );
        assert!(ways.len() > 60, "{} places", ways.len());
    }
}

#[test]
fn there_is_no_way_around_a_guard() {
    let closings = explored(Level::Major).closings;
    assert!(closings.len() >= 12, "{} ways end", closings.len());
    for closed in closings {
        assert_eq!(
            sound_closing(&closed.steps),
            Ok(()),
            "{:#?}",
            closed.life().timeline
        );
    }
}

#[test]
fn no_row_of_the_table_hides_behind_another() {
    for (at, rule) in TABLE.iter().enumerate() {
        for other in &TABLE[..at] {
            let same = rule.step == other.step
                && (rule.conclusion == other.conclusion || other.conclusion.is_none());
            let hides = |state: &State| other.from.contains(state) || other.agrees.contains(state);
            let hidden: Vec<&State> = rule
                .from
                .iter()
                .filter(|state| same && hides(state))
                .collect();
            assert!(hidden.is_empty(), "{} from {hidden:?}", rule.step);
        }
    }
}
