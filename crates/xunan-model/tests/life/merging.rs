//! Three laptops, whatever they write and whenever they meet, end in one life.

use chrono::TimeDelta;
use proptest::prelude::*;
use xunan_model::finding::{Finding, Level, Step, Transition};
use xunan_model::id::TransitionId;
use xunan_model::life::*;

use crate::support::*;

/// What happens: a laptop, what it does, days that pass on it, and how its clock errs in hours.
type Event = (usize, usize, i64, i64);

fn events() -> impl Strategy<Value = Vec<Event>> {
    prop::collection::vec((0usize..3, 0usize..32, 0i64..20, -50i64..50), 1..40)
}

fn form(laptop: &Laptop, which: usize) -> Option<(Details, u128, &'static str)> {
    let life = laptop.life();
    let deadline = life.deadline?;
    let later = |days: u64| (deadline + chrono::Days::new(days)).to_string();
    let contradicting = || {
        let one = life.contradictions.first()?;
        Some((one.transition, one.against.clone()))
    };
    Some(match which {
        0 => (notice(), A, ""),
        1 | 2 => (
            Details::Rectifying(Plan {
                due: Some(deadline),
                ..five()
            }),
            A,
            "",
        ),
        3 => (request(), STATION, ""),
        4..=7 => (recheck(Verdict::Pass), A, ""),
        8 => (recheck(Verdict::Partial), B, ""),
        9 => (recheck(Verdict::Fail), B, ""),
        10 => (
            extension(&deadline.to_string(), &later(30), "2026-01-02"),
            A,
            "雨季",
        ),
        11 => (
            extension(&deadline.to_string(), &later(60), "2026-01-02"),
            A,
            "雨季",
        ),
        12 => (suspension(), A, ""),
        13 => (resumption(), A, ""),
        14 => (listing(), BOSS, ""),
        15 => (delisting(), BOSS, "降级"),
        16 => (escalation(Rung::Letter), BOSS, ""),
        17 => (transfer(), A, ""),
        18 => (withdrawal(), A, "误判"),
        19..=22 => (closure(), A, "清理"),
        23 => (on_the_spot(), A, "清理"),
        24 => (reopening("2031-01-01"), A, "又出现"),
        25 => (lookback(Verdict::Pass), A, ""),
        26 => (lookback(Verdict::Fail), A, ""),
        27 | 28 => {
            let (one, against) = contradicting()?;
            (ruling(&[one], &against), BOSS, "裁定")
        }
        29 => {
            let (one, against) = contradicting()?;
            (ruling(&against, &[one]), BOSS, "裁定")
        }
        _ => return None,
    })
}

/// Lets three laptops work. What a laptop may not write by what it knows it writes only when `careless`.
fn worked(level: Level, events: &[Event], careless: bool) -> [Laptop; 3] {
    let first = Laptop::new(level);
    let mut laptops = [first.clone(), first.twin(2_000), first.twin(3_000)];
    for (at, which, days, error) in events {
        let other = laptops[(at + 1) % 3].clone();
        let laptop = &mut laptops[*at];
        laptop.now += TimeDelta::days(*days);
        if *which >= 30 {
            laptop.pull(&other);
            continue;
        }
        let Some((details, by, reason)) = form(laptop, *which) else {
            continue;
        };
        let right = laptop.now;
        laptop.now += TimeDelta::hours(*error);
        let step = laptop.written(&details, by, reason);
        if careless || laptop.check(&step).is_ok() {
            laptop.push(step);
        }
        laptop.now = right;
    }
    laptops
}

fn all(laptops: &[Laptop; 3]) -> Vec<Transition> {
    let mut union = laptops[0].clone();
    union.pull(&laptops[1]).pull(&laptops[2]);
    union.steps
}

fn shuffled(steps: &[Transition], seed: u64) -> Vec<Transition> {
    let mut shuffled = steps.to_vec();
    let mut state = seed;
    for place in (1..shuffled.len()).rev() {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        shuffled.swap(place, (state >> 33) as usize % (place + 1));
    }
    shuffled
}

/// Whether a step says that the hazard stands or that something about it is open, told without the fold.
fn alarms(step: &Transition) -> bool {
    match step.step {
        Step::Rechecked | Step::Lookback => step.details["verdict"] != "pass",
        Step::Suspended | Step::Listed | Step::Transferred | Step::Reopened => true,
        _ => false,
    }
}

fn standing(life: &Life, id: TransitionId) -> &Standing {
    &life
        .timeline
        .iter()
        .find(|row| row.transition == id)
        .unwrap()
        .standing
}

fn step_of(steps: &[Transition], id: TransitionId) -> &Transition {
    steps.iter().find(|step| step.id == id).unwrap()
}

fn calm_is_true(finding: &Finding, steps: &[Transition]) -> Result<(), TestCaseError> {
    let life = Life::of(finding, steps);
    prop_assert_eq!(life.timeline.len(), steps.len(), "no step is left out");
    prop_assert!(!life.state.ended() || life.contradictions.is_empty());
    prop_assert_eq!(life.closed.is_some(), life.state == State::Closed);
    if !life.state.ended() || steps.iter().any(|step| step.step == Step::Decided) {
        return Ok(());
    }
    if life.grave && life.state == State::Closed {
        // Later looks that confirm it are no part of the way.
        let way = life
            .timeline
            .iter()
            .filter(|row| row.standing == Standing::Stands);
        let way: Vec<TransitionId> = way.map(|row| row.transition).collect();
        let last = way
            .iter()
            .rposition(|id| step_of(steps, *id).step == Step::Closed)
            .unwrap();
        let way: Vec<Transition> = way[..=last]
            .iter()
            .map(|id| step_of(steps, *id).clone())
            .collect();
        prop_assert_eq!(sound_closing(&way), Ok(()));
    }
    // Whoever ended it knew of everything that speaks against it, and nothing came after.
    let mut sorted: Vec<&Transition> = steps.iter().collect();
    sorted.sort_by_key(|step| (step.at, step.id));
    let ends = |step: &&&Transition| {
        matches!(step.step, Step::Closed | Step::Withdrawn)
            && *standing(&life, step.id) == Standing::Stands
    };
    let end = sorted.iter().rfind(ends).unwrap();
    for step in sorted.iter().filter(|step| alarms(step)) {
        // A transfer after the end is no word against it.
        let known = end
            .seen
            .as_ref()
            .is_some_and(|seen| seen.contains(&step.id));
        prop_assert!(
            known || step.step == Step::Transferred && step.at >= end.at,
            "{:?} was not known",
            step.step
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn the_order_of_arrival_does_not_matter(
        events in events(), major in any::<bool>(), careless in any::<bool>(), seed in any::<u64>(),
    ) {
        let laptops = worked(if major { Level::Major } else { Level::General }, &events, careless);
        let steps = all(&laptops);
        let life = Life::of(&laptops[0].finding, &steps);
        let mut twice = shuffled(&steps, seed);
        twice.extend(shuffled(&steps, seed.rotate_left(7)));
        prop_assert_eq!(life, Life::of(&laptops[0].finding, &twice));
    }

    #[test]
    fn no_calm_is_false(events in events(), major in any::<bool>(), careless in any::<bool>()) {
        let laptops = worked(if major { Level::Major } else { Level::General }, &events, careless);
        for laptop in &laptops {
            calm_is_true(&laptop.finding, &laptop.steps)?;
        }
        calm_is_true(&laptops[0].finding, &all(&laptops))?;
    }

    #[test]
    fn what_contradicts_stays_open_until_it_is_decided(events in events(), later in events(), major in any::<bool>()) {
        let laptops = worked(if major { Level::Major } else { Level::General }, &events, false);
        let mut office = laptops[0].clone();
        office.steps = all(&laptops);
        let open = office.life().contradictions;
        office.now += TimeDelta::days(1_000);
        for (_, which, days, _) in later {
            office.now += TimeDelta::days(days);
            if let Some((details, by, reason)) = form(&office, which).filter(|(it, ..)| !matches!(it, Details::Decided(_))) {
                office.force(&details, by, reason);
            }
        }
        let life = office.life();
        for one in &open {
            prop_assert!(life.contradictions.contains(one));
        }
        prop_assert!(open.is_empty() || !life.state.ended());
    }

    #[test]
    fn one_laptop_alone_never_contradicts_itself(events in events(), major in any::<bool>()) {
        let alone: Vec<Event> = events.into_iter().map(|(_, which, days, error)| (0, which, days, error)).collect();
        let laptops = worked(if major { Level::Major } else { Level::General }, &alone, false);
        prop_assert!(laptops[0].life().contradictions.is_empty());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// However laptops contradict each other, a person comes to an end: by setting aside what contradicts,
    /// one after the other, and going on lawfully.
    #[test]
    fn every_contradiction_can_be_decided(events in events(), major in any::<bool>(), careless in any::<bool>()) {
        let laptops = worked(if major { Level::Major } else { Level::General }, &events, careless);
        let mut office = laptops[0].clone();
        office.steps = all(&laptops);
        office.now += TimeDelta::days(1_000);
        for _ in 0..60 {
            let Some(one) = office.life().contradictions.first().cloned() else { break };
            office.force(&ruling(&[], &[one.transition]), BOSS, "裁定");
        }
        prop_assert!(office.life().contradictions.is_empty());
    }
}
