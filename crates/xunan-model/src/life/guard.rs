//! What a step needs beside the right state.

use std::collections::BTreeSet;

use super::codes::{Capacity, RecheckBy};
use super::details::{Details, Plan, Ruling};
use super::entry::Context;
use super::timeline::Life;
use crate::fault::{Code, Fault};
use crate::finding::Transition;
use crate::finish::ENFORCERS_MIN;
use crate::id::TransitionId;

/// What a step needs. Each refuses under a key of its own, so that a screen can say why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Guard {
    /// A reason.
    Reason,
    /// 五落实 of a major hazard, none of the five missing.
    PlanComplete,
    /// The plan's 时限 is not after the deadline.
    PlanInTime,
    /// A major hazard has its 五落实.
    Planned,
    /// A recheck says what it found.
    VerdictGiven,
    /// Two officers with certificates, when an authority rechecks (行政处罚法§42).
    Inspectors,
    /// A major hazard passes only a recheck of an authority (三年行动方案§14).
    AuthorityForMajor,
    /// Its author had seen every step that speaks against it.
    SeenAll,
    /// There is a deadline.
    HasDeadline,
    /// Asked so many working days before the deadline (office rule). Asked on entry only.
    AskedInTime,
    /// The deadline is the one that the author saw.
    DeadlineAsSeen,
    /// The new deadline is later.
    DeadlineLater,
    /// A new deadline is given.
    DeadlineNew,
    /// An approver is named; on entry also: entitled.
    ApproverNamed,
    /// What was ordered is named.
    MeasureNamed,
    /// It is suspended.
    IsSuspended,
    /// It is not suspended.
    IsResumed,
    /// It is not suspended, or stays out of use for good.
    ResumedOrShut,
    /// Only major hazards are listed.
    MajorOnly,
    /// Level and number of the notice.
    NoticeComplete,
    /// It is listed.
    IsListed,
    /// It is not listed.
    IsDelisted,
    /// One of the four rungs.
    RungKnown,
    /// No rung is left out. Asked on entry only: two laptops may both have climbed.
    RungInOrder,
    /// To whom it was handed on.
    DestinationNamed,
    /// Two different people.
    TwoPeople,
    /// A general hazard that no recheck found standing.
    OnTheSpot,
    /// A major hazard: two reviewers (验收人×2).
    ReviewedByTwo,
    /// A major hazard: an approver who is neither of them; on entry also: entitled.
    ApprovedByThird,
    /// A major hazard: photos of the state after (整改后照片).
    AfterPhotos,
    /// No contradiction is open.
    NoContradiction,
    /// No field of the finding is in conflict. Asked on entry only.
    Undisputed,
    /// A decision names steps, each once.
    DecidesSomething,
}

/// What is asked about a step.
pub(super) struct Asked<'a> {
    /// The life up to it.
    pub(super) life: &'a Life,
    /// The step; `None`: whether it could be offered at all.
    pub(super) form: Option<(&'a Transition, &'a Details)>,
    /// Steps before it that speak against calm and that its author had not seen.
    pub(super) unseen: &'a [TransitionId],
    /// The day, the office and the people, on entry.
    pub(super) context: Option<&'a Context<'a>>,
}

impl Guard {
    /// Whether the step has what this guard asks for.
    ///
    /// # Errors
    /// A fault under the guard's key.
    pub(super) fn check(self, asked: &Asked<'_>) -> Result<(), Fault> {
        self.check_life(asked)?;
        match asked.form {
            Some((step, details)) => self.check_form(asked, step, details),
            None => Ok(()),
        }
    }

    /// What can be told before a form is filled in.
    fn check_life(self, asked: &Asked<'_>) -> Result<(), Fault> {
        let life = asked.life;
        let stop = |holds: bool, key| {
            if holds {
                Ok(())
            } else {
                Err(Fault::new(Code::Conflict, key))
            }
        };
        match self {
            Self::NoContradiction => stop(life.contradictions.is_empty(), "contradiction_open"),
            Self::Undisputed => stop(
                asked.context.is_none_or(|context| !context.disputed),
                "finding_disputed",
            ),
            Self::IsListed => stop(life.listed(), "not_listed"),
            Self::IsDelisted => stop(!life.listed(), "delist_first"),
            Self::IsSuspended => stop(life.suspended, "not_suspended"),
            Self::IsResumed => stop(!life.suspended, "resume_first"),
            Self::MajorOnly => stop(life.grave, "list_major_only"),
            Self::Planned => stop(!life.grave || life.plan.is_some(), "plan_missing"),
            Self::HasDeadline => stop(life.deadline.is_some(), "deadline_missing"),
            Self::OnTheSpot => {
                stop(!life.grave, "major_close_review")?;
                stop(
                    life.verdict.is_none() && life.reopenings == 0,
                    "recheck_needed",
                )
            }
            Self::SeenAll => stop(asked.unseen.is_empty(), "unseen_steps"),
            Self::AskedInTime => match (asked.context, life.deadline, asked.form) {
                (Some(context), Some(deadline), None) => {
                    context.asked_in_time(context.today, deadline)
                }
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    }

    fn check_form(
        self,
        asked: &Asked<'_>,
        step: &Transition,
        details: &Details,
    ) -> Result<(), Fault> {
        let need = |holds: bool, key, field| {
            if holds {
                Ok(())
            } else {
                Err(Fault::invalid(key, field))
            }
        };
        let given = |text: &str| !text.trim().is_empty();
        let life = asked.life;
        match (self, details) {
            (Self::Reason, _) => need(given(&step.reason), "reason_required", "reason"),
            (Self::PlanComplete, Details::Rectifying(plan)) if life.grave => plan.complete(),
            (Self::PlanInTime, Details::Rectifying(plan)) => {
                let late = plan
                    .due
                    .zip(life.deadline)
                    .is_some_and(|(due, deadline)| due > deadline);
                need(!late, "plan_after_deadline", "due")
            }
            (Self::VerdictGiven, Details::Rechecked(it) | Details::Lookback(it)) => {
                need(it.verdict.is_some(), "verdict_missing", "verdict")?;
                need(it.authority.is_some(), "recheck_by_missing", "authority")
            }
            (Self::Inspectors, Details::Rechecked(it) | Details::Lookback(it)) => {
                let people: BTreeSet<_> = it.inspectors.iter().map(|one| one.person).collect();
                if it.authority != Some(RecheckBy::Authority) {
                    return need(!people.is_empty(), "inspector_missing", "inspectors");
                }
                let certified = it.inspectors.iter().all(|one| given(&one.certificate));
                need(certified, "certificate_missing", "inspectors")?;
                need(
                    people.len() >= ENFORCERS_MIN,
                    "two_inspectors_needed",
                    "inspectors",
                )
            }
            (Self::AuthorityForMajor, Details::Rechecked(it)) => {
                let authority = it.authority == Some(RecheckBy::Authority);
                need(
                    !life.grave || authority,
                    "authority_recheck_needed",
                    "authority",
                )
            }
            (Self::SeenAll, _) => {
                // Early programs struck general hazards off without saying what they had seen.
                let early =
                    asked.context.is_none() && matches!(details, Details::Closed(_)) && !life.grave;
                need(step.seen.is_some() || early, "seen_missing", "seen")
            }
            (Self::AskedInTime, Details::Extended(it)) => {
                need(it.asked.is_some(), "asked_missing", "asked")?;
                match (asked.context, it.asked, life.deadline) {
                    (Some(context), Some(asked), Some(deadline)) => {
                        context.asked_in_time(asked, deadline)
                    }
                    _ => Ok(()),
                }
            }
            (Self::DeadlineAsSeen, Details::Extended(it)) => {
                need(it.from == life.deadline, "deadline_changed", "from")
            }
            (Self::DeadlineLater, Details::Extended(it)) => {
                need(it.until > life.deadline, "deadline_not_later", "until")
            }
            (Self::DeadlineNew, Details::Reopened(it)) => {
                need(it.deadline.is_some(), "deadline_missing", "deadline")
            }
            (Self::MeasureNamed, Details::Suspended(it)) => {
                need(given(&it.measure), "measure_missing", "measure")
            }
            (Self::NoticeComplete, Details::Listed(it)) => need(
                it.level.is_some() && given(&it.number),
                "notice_incomplete",
                "number",
            ),
            (Self::RungKnown, Details::Escalated(it)) => {
                need(it.rung.is_some(), "rung_missing", "rung")
            }
            (Self::RungInOrder, Details::Escalated(it)) if asked.context.is_some() => {
                let reached = life.rung().map_or(0, |rung| rung.height());
                let next = it.rung.as_ref().map_or(0, |rung| rung.height());
                need(next <= reached + 1, "rung_skipped", "rung")
            }
            (Self::DestinationNamed, Details::Transferred(it)) => {
                need(it.to.is_some(), "destination_missing", "to")
            }
            (Self::TwoPeople, Details::Withdrawn(it)) => {
                let people: BTreeSet<_> = it.people.iter().collect();
                need(people.len() >= 2, "two_people_needed", "people")
            }
            (Self::ResumedOrShut, Details::Closed(it)) => need(
                !life.suspended || given(&it.remains_shut),
                "resume_first",
                "remains_shut",
            ),
            (Self::ReviewedByTwo, Details::Closed(it)) if life.grave => {
                let people: BTreeSet<_> = it.reviewers.iter().collect();
                need(people.len() >= 2, "major_close_review", "reviewers")
            }
            (Self::ApprovedByThird, Details::Closed(it)) if life.grave => {
                let approver = it
                    .approver
                    .ok_or_else(|| Fault::invalid("major_close_review", "approver"))?;
                need(
                    !it.reviewers.contains(&approver),
                    "approver_is_reviewer",
                    "approver",
                )?;
                asked
                    .context
                    .map_or(Ok(()), |context| context.entitled(approver))
            }
            (Self::AfterPhotos, Details::Closed(it)) if life.grave => {
                need(!it.after.is_empty(), "after_photos_missing", "after")
            }
            (Self::ApproverNamed, details) => {
                let approver = details
                    .approver()
                    .ok_or_else(|| Fault::invalid("approver_missing", "approver"))?;
                asked
                    .context
                    .map_or(Ok(()), |context| context.entitled(approver))
            }
            (Self::DecidesSomething, Details::Decided(it)) => it.check(step.id),
            _ => Ok(()),
        }
    }
}

impl Plan {
    /// Whether it has 五落实: responsible person, measures, funds, time limit, emergency plan.
    ///
    /// # Errors
    /// `plan_incomplete`, naming what is missing as fields in `missing`.
    pub fn complete(&self) -> Result<(), Fault> {
        let parts = [
            ("responsible", !self.responsible.trim().is_empty()),
            ("measures", !self.measures.trim().is_empty()),
            ("funds", !self.funds.trim().is_empty()),
            ("due", self.due.is_some()),
            ("emergency", !self.emergency.trim().is_empty()),
        ];
        let missing: Vec<&str> = parts
            .iter()
            .filter(|(_, given)| !given)
            .map(|(name, _)| *name)
            .collect();
        match missing.first() {
            None => Ok(()),
            Some(_) => {
                Err(Fault::invalid("plan_incomplete", "plan").with("missing", missing.join(",")))
            }
        }
    }
}

impl Ruling {
    /// Whether it sets something aside or takes steps as knowing each other, and names each once.
    ///
    /// # Errors
    /// `decision_empty`, `decision_twice`.
    pub(super) fn check(&self, own: TransitionId) -> Result<(), Fault> {
        if self.set_aside.is_empty() && self.stand.len() < 2 {
            return Err(Fault::invalid("decision_empty", "set_aside"));
        }
        let all: BTreeSet<_> = self.stand.iter().chain(&self.set_aside).collect();
        let once = all.len() == self.stand.len() + self.set_aside.len();
        if !once || all.contains(&own) {
            return Err(Fault::invalid("decision_twice", "set_aside"));
        }
        Ok(())
    }
}

/// Whether a notice of a major hazard names one of the responsible ones. Asked on entry only: early
/// programs wrote that somebody was told and not who.
///
/// # Errors
/// `notice_recipient_missing`, `notice_way_missing`.
pub(super) fn check_notice(life: &Life, details: &Details) -> Result<(), Fault> {
    let Details::Notified(notice) = details else {
        return Ok(());
    };
    if !life.grave {
        return Ok(());
    }
    let responsible = notice.people.iter().any(|who| {
        !who.name.trim().is_empty()
            && matches!(
                who.capacity,
                Some(Capacity::Principal | Capacity::Controller)
            )
    });
    if !responsible {
        return Err(Fault::invalid("notice_recipient_missing", "people"));
    }
    if notice.way.is_none() {
        return Err(Fault::invalid("notice_way_missing", "way"));
    }
    Ok(())
}
