//! One item: does it apply, what do the readings say, what does the answer make of it.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::checklist::{Edition, FailOn, Item, Level, Measure, MeasureRole, MeasuresFail};
use crate::inspection::{AnswerResult, Reading};

/// What is told about an item on a visit.
#[derive(Debug, Clone, Copy, Default)]
pub struct Given<'a> {
    /// The answer, once there is one.
    pub result: Option<&'a AnswerResult>,
    /// Sub-conditions ticked, in the order of their leaves.
    pub ticks: &'a [Option<bool>],
    /// Numbers read on site.
    pub readings: &'a [Reading],
}

/// What is known to stand on the site, as `edition/facility`.
///
/// For a checklist of which no facility is named, nothing is known: its items are to be confirmed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Profile<'a>(pub &'a [String]);

/// Whether an item applies here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum Applicability {
    /// It does.
    Applies,
    /// It does not: there is no such facility, or a reading is outside what it is for.
    Not,
    /// 待确认: only the inspector can tell. Never hidden.
    ToConfirm,
}

/// What a failed item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum Failure {
    /// 一般隐患. Also a major item of which only a part of the conditions holds, that is not on the
    /// facility it is meant for, or whose clause cannot be cited: it never decides 重大 by itself.
    General,
    /// 重大事故隐患.
    Major,
    /// 重大 or not depends on sub-conditions that nobody has ticked.
    Undecided,
}

/// What the answer makes of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Not answered.
    Open,
    /// 符合.
    Compliant,
    /// 不符合.
    Failed(Failure),
    /// 不适用.
    NotApplicable,
    /// 无法判定; never counts as 符合.
    Undetermined,
    /// 未查.
    NotChecked,
}

/// An answer against what was measured or ticked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum Contradiction {
    /// The readings fail; the answer is not 不符合. Needs a reason.
    ReadingFails,
    /// All sub-conditions of the hazard hold; the answer is not 不符合. Needs a reason.
    ConditionsHold,
    /// The readings are sound and the answer is 不符合: shown, for a slip of the hand.
    ReadingSound,
}

impl Contradiction {
    /// Whether it can only stand with a reason: where the answer is calmer than the facts.
    #[must_use]
    pub fn needs_reason(self) -> bool {
        self != Self::ReadingSound
    }
}

/// Everything that follows for one item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judgement {
    /// Whether it applies.
    pub applicability: Applicability,
    /// Whether the readings alone fail it; `None`: they do not tell.
    pub measured: Option<bool>,
    /// Whether its sub-conditions hold together; `None`: not told, or there are none.
    pub ticked: Option<bool>,
    /// What it would be if it fails.
    pub failure: Failure,
    /// What the answer makes of it.
    pub outcome: Outcome,
    /// The answer against the facts.
    pub contradiction: Option<Contradiction>,
}

impl FailOn {
    /// The answer 符合 or 不符合 that a plain yes or no to the question is.
    #[must_use]
    pub fn result(self, yes: bool) -> AnswerResult {
        if yes == (self == Self::Yes) {
            AnswerResult::NonCompliant
        } else {
            AnswerResult::Compliant
        }
    }
}

/// Judges an item of `edition` on a visit on `day`.
#[must_use]
pub fn judge(
    edition: &Edition,
    item: &Item,
    profile: Profile<'_>,
    given: Given<'_>,
    day: NaiveDate,
) -> Judgement {
    let applicability = applicability(edition, item, profile, given.readings);
    let measured = (applicability != Applicability::Not)
        .then(|| measured(item, given.readings))
        .flatten();
    let ticked = item
        .conditions
        .as_ref()
        .and_then(|conditions| conditions.holds(given.ticks));
    let failure = failure(edition, item, applicability, ticked, day);
    let outcome = match given.result {
        None | Some(AnswerResult::Withdrawn) => Outcome::Open,
        Some(AnswerResult::Compliant) => Outcome::Compliant,
        Some(AnswerResult::NonCompliant) => Outcome::Failed(failure),
        Some(AnswerResult::NotApplicable) => Outcome::NotApplicable,
        Some(AnswerResult::NotChecked) => Outcome::NotChecked,
        // A newer program's answer is not known here: it must not calm anybody.
        Some(AnswerResult::Undetermined | AnswerResult::Unknown(_)) => Outcome::Undetermined,
    };
    let contradiction = match outcome {
        Outcome::Open => None,
        Outcome::Failed(_) => (measured == Some(false)).then_some(Contradiction::ReadingSound),
        _ if measured == Some(true) => Some(Contradiction::ReadingFails),
        _ if ticked == Some(true) => Some(Contradiction::ConditionsHold),
        _ => None,
    };
    Judgement {
        applicability,
        measured,
        ticked,
        failure,
        outcome,
        contradiction,
    }
}

fn failure(
    edition: &Edition,
    item: &Item,
    applicability: Applicability,
    ticked: Option<bool>,
    day: NaiveDate,
) -> Failure {
    let may = item.level == Level::Major
        && applicability != Applicability::Not
        && edition.cite(&item.code, day).is_some();
    match (may, &item.conditions, ticked) {
        (false, ..) | (true, Some(_), Some(false)) => Failure::General,
        (true, Some(_), None) => Failure::Undecided,
        (true, None, _) | (true, Some(_), Some(true)) => Failure::Major,
    }
}

fn applicability(
    edition: &Edition,
    item: &Item,
    profile: Profile<'_>,
    readings: &[Reading],
) -> Applicability {
    let mut unknown = item.applies.condition.is_some();
    if !item.applies.facilities.is_empty() {
        let here = profile.of(edition);
        if here.is_empty() {
            unknown = true;
        } else if !item
            .applies
            .facilities
            .iter()
            .any(|key| here.contains(&key.as_str()))
        {
            return Applicability::Not;
        }
    }
    for measure in of_role(item, MeasureRole::AppliesWhen) {
        match holds(measure, readings) {
            Some(true) => {}
            Some(false) => return Applicability::Not,
            None => unknown = true,
        }
    }
    if unknown {
        Applicability::ToConfirm
    } else {
        Applicability::Applies
    }
}

impl<'a> Profile<'a> {
    /// The facility keys of one edition that are here.
    #[must_use]
    pub fn of(self, edition: &Edition) -> Vec<&'a str> {
        let of = |key: &'a String| key.strip_prefix(edition.id.as_str())?.strip_prefix('/');
        self.0.iter().filter_map(of).collect()
    }
}

/// Whether the readings fail the item. One that is missing leaves it open, unless the others decide.
fn measured(item: &Item, readings: &[Reading]) -> Option<bool> {
    let all = item.measures_fail == Some(MeasuresFail::All);
    let mut any = false;
    let mut open = false;
    for measure in of_role(item, MeasureRole::FailsWhen) {
        any = true;
        match holds(measure, readings) {
            Some(fails) if fails != all => return Some(fails),
            Some(_) => {}
            None => open = true,
        }
    }
    (any && !open).then_some(all)
}

fn of_role(item: &Item, role: MeasureRole) -> impl Iterator<Item = &Measure> {
    item.measures
        .iter()
        .filter(move |measure| measure.role == role)
}

fn holds(measure: &Measure, readings: &[Reading]) -> Option<bool> {
    let reading = readings
        .iter()
        .find(|reading| reading.quantity == measure.quantity.zh)?;
    measure.holds(&reading.value, reading.limit.as_deref())
}
