//! Taking a step: which ones a person may take now, and whether one may be written.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::Serialize;

use super::details::{Conclusion, Details, check_limits};
use super::guard::{Asked, check_notice};
use super::table::{Rule, TABLE, Who, rules_of};
use super::timeline::{Life, Standing};
use crate::fault::{Code, Fault};
use crate::finding::{Finding, Step, Transition};
use crate::id::PersonId;
use crate::office_rules::{Calendar, OfficeRules};
use crate::party::Membership;

/// The most steps of a finding; more is a fault of the program that makes them.
const STEPS_MAX: usize = 1_000;

/// Where and when a step is taken.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The day (Asia/Shanghai).
    pub today: NaiveDate,
    /// The office's rules of that day.
    pub rules: &'a OfficeRules,
    /// Its working days.
    pub calendar: &'a Calendar,
    /// The posts of people: who may do and approve what.
    pub memberships: &'a [Membership],
    /// Whether a field of the finding is in conflict and waits for a decision.
    pub disputed: bool,
}

/// A step, and whether it may be taken now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
#[ts(export, rename = "StepOffer")]
pub struct Offer {
    /// The step.
    pub step: Step,
    /// Why not: the key of the sentence (`fault.<key>`); `None`: it may be taken.
    pub refused: Option<&'static str>,
    /// Values for the sentence's gaps.
    pub params: std::collections::BTreeMap<&'static str, String>,
}

impl Context<'_> {
    /// Whether an extension asked on a day is early enough. Source: Qingdao's rules for listed hazards of
    /// 2012 as a sample (enforcement facts §4); the number is the office's.
    ///
    /// # Errors
    /// `extension_too_late`, with the last day in `last` and the number in `days`.
    pub(super) fn asked_in_time(&self, asked: NaiveDate, deadline: NaiveDate) -> Result<(), Fault> {
        let days = self.rules.extension_asked_working_days;
        let last = self.calendar.subtract(deadline, days);
        if asked <= last {
            return Ok(());
        }
        Err(Fault::invalid("extension_too_late", "asked")
            .with("last", last)
            .with("days", days))
    }

    /// Whether a person may approve.
    ///
    /// # Errors
    /// `approver_not_entitled`.
    pub(super) fn entitled(&self, person: PersonId) -> Result<(), Fault> {
        if self.may(Who::Approvers, person) {
            return Ok(());
        }
        Err(Fault::invalid("approver_not_entitled", "approver"))
    }

    fn may(&self, who: Who, person: PersonId) -> bool {
        let mut roles = self
            .memberships
            .iter()
            .filter(|post| post.person == person)
            .filter(|post| post.from.is_none_or(|from| from <= self.today))
            .filter(|post| post.until.is_none_or(|until| self.today <= until))
            .map(|post| post.role.as_str());
        match who {
            Who::Anybody => true,
            Who::Inspectors => roles.any(|role| matches!(role, "inspector" | "supervisor")),
            Who::Approvers => {
                roles.any(|role| self.rules.approvers.iter().any(|known| known == role))
            }
        }
    }
}

/// Every step that a screen can offer, in the order of the table, and whether this person may take it now.
/// What depends on the form (a reason, photos, names) is asked when it is filled in.
#[must_use]
pub fn next_steps(life: &Life, person: PersonId, context: &Context<'_>) -> Vec<Offer> {
    let mut offers: Vec<Offer> = Vec::new();
    for rule in TABLE.iter().filter(|rule| rule.step != Step::Found) {
        if offers.iter().any(|known| known.step == rule.step) {
            continue;
        }
        let refused = offered(life, &rule.step, person, context).err();
        offers.push(Offer {
            step: rule.step.clone(),
            params: refused
                .as_ref()
                .map(|fault| fault.params.clone())
                .unwrap_or_default(),
            refused: refused.map(|fault| fault.key),
        });
    }
    offers
}

/// Of the rows of a step one has to admit it: a recheck may still be written that finds the hazard standing
/// when one that finds it gone may not.
fn offered(life: &Life, step: &Step, person: PersonId, context: &Context<'_>) -> Result<(), Fault> {
    if *step == Step::Decided && life.contradictions.is_empty() {
        return Err(Fault::new(Code::Conflict, "nothing_to_decide"));
    }
    let mut refused = None;
    for rule in TABLE
        .iter()
        .filter(|rule| rule.step == *step && rule.from.contains(&life.state))
    {
        let asked = Asked {
            life,
            form: None,
            unseen: &[],
            context: Some(context),
        };
        let held = role(rule, person, context)
            .and_then(|()| rule.guards.iter().try_for_each(|guard| guard.check(&asked)));
        match held {
            Ok(()) => return Ok(()),
            Err(fault) => refused = refused.or(Some(fault)),
        }
    }
    Err(refused.unwrap_or_else(|| not_allowed(life)))
}

/// Whether a step may be written after these.
///
/// It asks exactly what the fold asks, and beside it what can be
/// asked only on the day: who may do it, whether it was asked in time, that the author knows all that is
/// here, and that it comes after what is here ([`step_time`]).
///
/// # Errors
/// `step_not_allowed`; `role_missing`; `day_impossible`; `seen_missing`; `step_before_last`; `steps_many`; `text_too_long`,
/// `list_too_long`, `details_unreadable`, `step_unknown`; the keys of the guards (`docs/LIFE.md`); for a
/// decision also `nothing_to_decide`, `decision_not_about` and `decision_leaves_contradiction`.
pub fn check_step(
    finding: &Finding,
    steps: &[Transition],
    step: &Transition,
    context: &Context<'_>,
) -> Result<(), Fault> {
    check_limits(&step.details)?;
    crate::fault::check_length(&step.reason, crate::finding::HAZARD_CHARS_MAX, "reason")?;
    let details = Details::of(step)?.ok_or_else(|| Fault::invalid("step_unknown", "step"))?;
    let life = Life::of(finding, steps);
    if life.timeline.len() >= STEPS_MAX {
        return Err(Fault::invalid("steps_many", "step").with("max", STEPS_MAX));
    }
    let rule = landing(&life, step, details.conclusion())?;
    role(rule, step.by, context)?;
    check_notice(&life, &details)?;
    if matches!(details, Details::Decided(_)) && life.contradictions.is_empty() {
        return Err(Fault::new(Code::Conflict, "nothing_to_decide"));
    }
    check_day(&life, &details, context.today)?;
    let asked = Asked {
        life: &life,
        form: Some((step, &details)),
        unseen: &[],
        context: Some(context),
    };
    rule.guards
        .iter()
        .try_for_each(|guard| guard.check(&asked))?;
    let seen = step.seen.as_deref().unwrap_or_default();
    if life
        .timeline
        .iter()
        .any(|row| !seen.contains(&row.transition))
    {
        return Err(Fault::new(Code::Conflict, "seen_missing"));
    }
    if life
        .timeline
        .last()
        .is_some_and(|last| (step.at, step.id) <= (last.at, last.transition))
    {
        return Err(Fault::new(Code::Conflict, "step_before_last"));
    }
    let mut all = steps.to_vec();
    all.push(step.clone());
    let after = Life::of(finding, &all);
    match after.timeline.last().map(|row| &row.standing) {
        Some(Standing::Void { key } | Standing::Contradicts { key }) => {
            Err(Fault::new(Code::Conflict, key))
        }
        Some(Standing::Stands)
            if rule.step == Step::Decided && !after.contradictions.is_empty() =>
        {
            Err(Fault::new(Code::Conflict, "decision_leaves_contradiction"))
        }
        Some(Standing::Stands) => Ok(()),
        _ => Err(not_allowed(&life)),
    }
}

/// Whether a step that arrives was lawful where its author stood: for the server, which may know more than
/// the author did.
///
/// It asks what [`check_step`] asks, of the steps that the author had seen; the context is that of the step's day.
/// Steps of early programs do not say what their authors had seen, and the first step comes with its finding:
/// of these only the limits are asked. A step that fails is a fault of the program that made it, not of two laptops
/// that went different ways: that is a [`Contradiction`](super::Contradiction) and no fault.
///
/// # Errors
/// As [`check_step`].
pub fn check_received(
    finding: &Finding,
    steps: &[Transition],
    step: &Transition,
    context: &Context<'_>,
) -> Result<(), Fault> {
    let Some(seen) = step.seen.as_ref().filter(|_| step.step != Step::Found) else {
        return check_limits(&step.details);
    };
    let known = steps.iter().filter(|one| seen.contains(&one.id));
    check_step(finding, &known.cloned().collect::<Vec<_>>(), step, context)
}

/// When a step is taken that follows all others, though the clock of this laptop may be behind: the order of
/// steps must be that of what people knew.
#[must_use]
pub fn step_time(life: &Life, now: DateTime<Utc>) -> DateTime<Utc> {
    let last = life
        .timeline
        .last()
        .map(|row| row.at + TimeDelta::milliseconds(1));
    last.map_or(now, |after| after.max(now))
}

/// What happened, happened between the day on which the hazard was found and today. A laptop whose clock is
/// behind the finding's may still write: its own day counts as today.
fn check_day(life: &Life, details: &Details, today: NaiveDate) -> Result<(), Fault> {
    match details.day() {
        Some(day) if day < life.found || day > today.max(life.found) => {
            Err(Fault::invalid("day_impossible", "day")
                .with("from", life.found)
                .with("until", today))
        }
        _ => Ok(()),
    }
}

fn landing(
    life: &Life,
    step: &Transition,
    conclusion: Option<Conclusion>,
) -> Result<&'static Rule, Fault> {
    rules_of(&step.step, conclusion)
        .find(|rule| rule.from.contains(&life.state))
        .ok_or_else(|| not_allowed(life))
}

fn role(rule: &Rule, person: PersonId, context: &Context<'_>) -> Result<(), Fault> {
    if context.may(rule.who, person) {
        return Ok(());
    }
    Err(Fault::invalid("role_missing", "by"))
}

fn not_allowed(life: &Life) -> Fault {
    Fault::new(Code::Conflict, "step_not_allowed").with("state", life.state.step())
}
