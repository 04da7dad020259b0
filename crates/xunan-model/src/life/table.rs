//! The table: where each step may land, where it leads, what it needs and who takes it.

use super::details::{Conclusion, Details};
use super::guard::Guard::{self, *};
use super::state::State::{self, *};
use crate::finding::Step;

/// Who may take a step, by the roles of a person's posts. Who confirms or approves it is named in its details.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Whoever works with the program: a station checks and reports too.
    Anybody,
    /// 执法人员、督导人员.
    Inspectors,
    /// Those whom the office lets approve (default 督导人员).
    Approvers,
}

/// A row of the table.
#[derive(Debug)]
pub struct Rule {
    /// The step.
    pub step: Step,
    /// Which conclusion of it, where it judges.
    pub conclusion: Option<Conclusion>,
    /// The states from which it may be taken.
    pub from: &'static [State],
    /// Where it leads; `None`: the state stays.
    pub to: Option<State>,
    /// States in which it arrives late or twice without contradicting: it says what is so already.
    pub agrees: &'static [State],
    /// What it needs, in the order in which it is asked.
    pub guards: &'static [Guard],
    /// Who may take it.
    pub who: Who,
}

const UNPROVED: &[State] = &[
    Found,
    Notified,
    Reopened,
    Rectifying,
    Unsatisfied,
    RecheckRequested,
];
const ENDED: &[State] = &[Closed, Withdrawn];

const fn rule(
    step: Step,
    from: &'static [State],
    to: Option<State>,
    guards: &'static [Guard],
    who: Who,
) -> Rule {
    Rule {
        step,
        conclusion: None,
        from,
        to,
        agrees: &[],
        guards,
        who,
    }
}

const fn judged(mut rule: Rule, conclusion: Conclusion) -> Rule {
    rule.conclusion = Some(conclusion);
    rule
}

const fn agreeing(mut rule: Rule, agrees: &'static [State]) -> Rule {
    rule.agrees = agrees;
    rule
}

/// The life of a finding. Of several rows for a step the first whose `from` or `agrees` holds the state counts.
///
/// - A general hazard may be struck off on the spot (当场整改) as long as no recheck found it standing; from
///   then on, and for a major one always, only after a recheck that it passed.
/// - A suspended place is resumed before the hazard is struck off, because resuming needs an examination
///   of its own (安全生产法§65(三)) that nobody would ask for afterwards; unless it stays out of use for good.
/// - A transfer (移送) ends nothing: punishment and rectification go side by side.
/// - A relapse found by 回头看 takes the calm away at once; 重新立项 then sets the new deadline.
pub static TABLE: [Rule; 23] = [
    agreeing(rule(Step::Found, &[], None, &[], Who::Anybody), &State::ALL),
    rule(Step::Notified, &[Found], Some(Notified), &[], Who::Anybody),
    agreeing(
        rule(
            Step::Notified,
            &[
                Notified,
                Reopened,
                Rectifying,
                Unsatisfied,
                RecheckRequested,
                Passed,
            ],
            None,
            &[],
            Who::Anybody,
        ),
        ENDED,
    ),
    rule(
        Step::Rectifying,
        &[Found, Notified, Reopened, Rectifying, Unsatisfied],
        Some(Rectifying),
        &[PlanComplete, PlanInTime],
        Who::Anybody,
    ),
    rule(
        Step::Rectifying,
        &[RecheckRequested],
        None,
        &[PlanComplete, PlanInTime],
        Who::Anybody,
    ),
    rule(
        Step::RecheckRequested,
        UNPROVED,
        Some(RecheckRequested),
        &[Planned],
        Who::Anybody,
    ),
    agreeing(
        judged(
            rule(
                Step::Rechecked,
                &State::OPEN,
                Some(Passed),
                &[
                    Planned,
                    VerdictGiven,
                    Inspectors,
                    AuthorityForMajor,
                    SeenAll,
                ],
                Who::Anybody,
            ),
            Conclusion::Good,
        ),
        &[Closed],
    ),
    judged(
        rule(
            Step::Rechecked,
            &State::OPEN,
            Some(Unsatisfied),
            &[VerdictGiven, Inspectors],
            Who::Anybody,
        ),
        Conclusion::Bad,
    ),
    rule(
        Step::Extended,
        UNPROVED,
        None,
        &[
            NoContradiction,
            HasDeadline,
            AskedInTime,
            DeadlineAsSeen,
            DeadlineLater,
            Reason,
            ApproverNamed,
        ],
        Who::Inspectors,
    ),
    rule(
        Step::Suspended,
        &State::OPEN,
        None,
        &[MeasureNamed],
        Who::Inspectors,
    ),
    rule(
        Step::Resumed,
        &State::OPEN,
        None,
        &[NoContradiction, IsSuspended, ApproverNamed, SeenAll],
        Who::Inspectors,
    ),
    rule(
        Step::Listed,
        &State::OPEN,
        None,
        &[MajorOnly, NoticeComplete],
        Who::Approvers,
    ),
    rule(
        Step::Delisted,
        &[Passed],
        None,
        &[NoContradiction, IsListed, ApproverNamed, SeenAll],
        Who::Approvers,
    ),
    rule(
        Step::Delisted,
        UNPROVED,
        None,
        &[NoContradiction, IsListed, Reason, ApproverNamed, SeenAll],
        Who::Approvers,
    ),
    rule(
        Step::Escalated,
        &State::OPEN,
        None,
        &[RungKnown, RungInOrder],
        Who::Approvers,
    ),
    rule(
        Step::Transferred,
        &[
            Found,
            Notified,
            Reopened,
            Rectifying,
            Unsatisfied,
            RecheckRequested,
            Passed,
            Closed,
        ],
        None,
        &[DestinationNamed],
        Who::Inspectors,
    ),
    agreeing(
        rule(
            Step::Withdrawn,
            &State::OPEN,
            Some(Withdrawn),
            &[
                NoContradiction,
                Undisputed,
                IsDelisted,
                IsResumed,
                Reason,
                TwoPeople,
                SeenAll,
            ],
            Who::Inspectors,
        ),
        &[Withdrawn],
    ),
    agreeing(
        rule(
            Step::Closed,
            &[Passed],
            Some(Closed),
            &[
                NoContradiction,
                Undisputed,
                IsDelisted,
                ResumedOrShut,
                Planned,
                ReviewedByTwo,
                ApprovedByThird,
                AfterPhotos,
                SeenAll,
            ],
            Who::Anybody,
        ),
        &[Closed],
    ),
    rule(
        Step::Closed,
        &[Found, Notified, Rectifying, RecheckRequested],
        Some(Closed),
        &[
            NoContradiction,
            Undisputed,
            OnTheSpot,
            IsDelisted,
            ResumedOrShut,
            Reason,
            SeenAll,
        ],
        Who::Anybody,
    ),
    rule(
        Step::Reopened,
        &[Closed, Withdrawn, Reopened],
        Some(Reopened),
        &[Reason, DeadlineNew],
        Who::Inspectors,
    ),
    judged(
        rule(
            Step::Lookback,
            &[Closed],
            None,
            &[VerdictGiven, Inspectors],
            Who::Inspectors,
        ),
        Conclusion::Good,
    ),
    agreeing(
        judged(
            rule(
                Step::Lookback,
                &[Closed],
                Some(Reopened),
                &[VerdictGiven, Inspectors],
                Who::Inspectors,
            ),
            Conclusion::Bad,
        ),
        UNPROVED,
    ),
    rule(
        Step::Decided,
        &State::ALL,
        None,
        &[Reason, DecidesSomething],
        Who::Approvers,
    ),
];

/// The rows for a step of this conclusion.
pub(super) fn rules_of<'a>(
    step: &'a Step,
    conclusion: Option<Conclusion>,
) -> impl Iterator<Item = &'static Rule> + 'a {
    TABLE.iter().filter(move |rule| {
        rule.step == *step && (rule.conclusion.is_none() || rule.conclusion == conclusion)
    })
}

/// Whether a step speaks against calm: one who had not seen it may have calmed too early.
pub(super) fn speaks_against(details: Option<&Details>) -> bool {
    let Some(details) = details else { return true };
    match details {
        Details::Rechecked(_) | Details::Lookback(_) => {
            details.conclusion() == Some(Conclusion::Bad)
        }
        Details::Suspended(_)
        | Details::Listed(_)
        | Details::Transferred(_)
        | Details::Reopened(_) => true,
        _ => false,
    }
}
