//! What people decided about contradicting steps.

use std::collections::{BTreeMap, BTreeSet};

use super::details::{Details, Ruling};
use super::fold::{Read, folded};
use crate::finding::{Finding, Transition};
use crate::id::TransitionId;

/// A person's word on a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Word {
    /// It stands, knowing these.
    Stands(BTreeSet<TransitionId>),
    /// It is set aside, by this decision.
    SetAside(TransitionId),
    /// Decisions disagree that had not seen each other, these.
    Contested(Vec<TransitionId>),
}

/// What the decisions among these steps say, step by step. Only `sound` ones count.
///
/// Of several decisions about one step those count that no later one about it had seen: a later decision
/// that knew an earlier one takes its place. If what remains agrees, it counts; if not, none does, and
/// the step waits for a decision that has seen them all. A decision is itself never decided about.
pub(super) fn words(
    steps: &[Read<'_>],
    sound: &BTreeSet<TransitionId>,
) -> BTreeMap<TransitionId, Word> {
    let decisions: Vec<(&Transition, &Ruling)> = steps
        .iter()
        .filter(|(step, _)| sound.contains(&step.id))
        .filter_map(|(step, details)| ruling(details).map(|ruling| (*step, ruling)))
        .collect();
    let mut about: BTreeMap<TransitionId, Vec<usize>> = BTreeMap::new();
    for (at, (_, ruling)) in decisions.iter().enumerate() {
        for named in ruling.stand.iter().chain(&ruling.set_aside) {
            about.entry(*named).or_default().push(at);
        }
    }
    // Decisions are in the order of (time, id): only a later one can have seen an earlier one.
    let knew = |later: usize, earlier: usize| {
        let seen = decisions[later].0.seen.as_ref();
        later > earlier && seen.is_some_and(|seen| seen.contains(&decisions[earlier].0.id))
    };
    let word = |named: &TransitionId, all: &[usize]| {
        let last: Vec<usize> = all
            .iter()
            .copied()
            .filter(|one| !all.iter().any(|other| knew(*other, *one)))
            .collect();
        let aside: Vec<usize> = last
            .iter()
            .copied()
            .filter(|one| decisions[*one].1.set_aside.contains(named))
            .collect();
        match aside.first() {
            None => Word::Stands(
                last.iter()
                    .flat_map(|one| decisions[*one].1.stand.iter().copied())
                    .collect(),
            ),
            Some(first) if aside.len() == last.len() => Word::SetAside(decisions[*first].0.id),
            Some(_) => Word::Contested(last.iter().map(|one| decisions[*one].0.id).collect()),
        }
    };
    about
        .iter()
        .map(|(named, all)| (*named, word(named, all)))
        .collect()
}

/// Whether a decision counts, or the key of why not.
pub(super) type Soundness = Result<(), &'static str>;

/// Which decisions count. One does when it has a reason and sets aside only what took part in a
/// contradiction among the steps that its author had seen: a decision must not be a way around a guard. That
/// is told from its own steps alone, so it does not change with what arrives later.
pub(super) fn sound_decisions(
    finding: &Finding,
    read: &[Read<'_>],
) -> BTreeMap<TransitionId, Soundness> {
    let mut sound = BTreeMap::new();
    for (at, (step, details)) in read.iter().enumerate() {
        if let Some(ruling) = ruling(details) {
            let counts = soundness(finding, step, ruling, (&read[..at], &sound));
            sound.insert(step.id, counts);
        }
    }
    sound
}

fn soundness(
    finding: &Finding,
    step: &Transition,
    ruling: &Ruling,
    (earlier, sound): (&[Read<'_>], &BTreeMap<TransitionId, Soundness>),
) -> Soundness {
    if step.reason.trim().is_empty() {
        return Err("reason_required");
    }
    ruling.check(step.id).map_err(|fault| fault.key)?;
    let seen: BTreeSet<&TransitionId> = step.seen.iter().flatten().collect();
    let seen = earlier.iter().filter(|(one, _)| seen.contains(&one.id));
    let life = folded(finding, &seen.cloned().collect::<Vec<_>>(), sound);
    let part: BTreeSet<TransitionId> = life
        .contradictions
        .iter()
        .flat_map(|one| one.against.iter().copied().chain([one.transition]))
        .collect();
    let mut named = ruling.stand.iter().chain(&ruling.set_aside);
    let about = named.any(|id| part.contains(id));
    if about && ruling.set_aside.iter().all(|id| part.contains(id)) {
        return Ok(());
    }
    Err("decision_not_about")
}

/// What a step decides, if it does.
fn ruling<'a>(details: &'a Result<Option<Details>, &'static str>) -> Option<&'a Ruling> {
    match details {
        Ok(Some(Details::Decided(ruling))) => Some(ruling),
        _ => None,
    }
}
