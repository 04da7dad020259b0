//! What falls due by itself: the deadline, and the recheck.

use chrono::{Days, NaiveDate};
use serde::Serialize;

use super::codes::Rung;
use super::timeline::{Life, Round};
use crate::office_rules::{Calendar, OfficeRules};

/// Under whose rules a hazard is rechecked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Discipline {
    /// 安全生产: within so many days.
    Safety,
    /// 消防: within so many working days.
    Fire,
}

/// The sector whose rechecks follow the rules of fire inspection.
const FIRE: &str = "fire";

impl Discipline {
    /// Of a sector: the id of a checklist.
    #[must_use]
    pub fn of_sector(sector: &str) -> Self {
        if sector == FIRE {
            Self::Fire
        } else {
            Self::Safety
        }
    }
}

/// Where a hazard that stands is against its deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ts_rs::TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[ts(export, rename = "LifeTerm")]
pub enum Term {
    /// It has ended: nothing is due.
    Ended,
    /// It has no deadline.
    Open,
    /// 在期.
    InTerm {
        /// Days left; 0 on the last day.
        days_left: i64,
    },
    /// 逾期, from the day after the deadline.
    Overdue {
        /// Days past the deadline, from 1.
        days_late: i64,
    },
}

/// Where a hazard is against its deadline on a day (Asia/Shanghai).
#[must_use]
pub fn term(life: &Life, today: NaiveDate) -> Term {
    let days = life.deadline.map(|deadline| (deadline - today).num_days());
    match days {
        _ if life.state.ended() => Term::Ended,
        None => Term::Open,
        Some(days_left @ 0..) => Term::InTerm { days_left },
        Some(late) => Term::Overdue { days_late: -late },
    }
}

/// The last day on which the recheck of a round is in time; `None` while none is due.
///
/// So many days after the party asked or after the
/// deadline, whichever is first. A deadline that had passed before the round began counts from its
/// begin. A round that ended before anything was due never needed one.
///
/// The days are those of the rules in force on the day from which they count. A last day on a holiday is not
/// put off: being early harms nobody.
#[must_use]
pub fn recheck_due(
    round: &Round,
    rules: &[OfficeRules],
    calendar: &Calendar,
    discipline: Discipline,
) -> Option<NaiveDate> {
    let deadline = round.deadline.map(|deadline| deadline.max(round.begun));
    let from = match (round.requested, deadline) {
        (Some(asked), Some(deadline)) => asked.min(deadline),
        (asked, deadline) => asked.or(deadline)?,
    };
    if !round.rechecked && round.done.is_some_and(|done| done <= from) {
        return None;
    }
    let rules = OfficeRules::in_force(rules, from);
    match discipline {
        Discipline::Safety => from.checked_add_days(Days::new(rules.recheck_days.into())),
        Discipline::Fire => Some(calendar.add(from, rules.fire_recheck_working_days)),
    }
}

/// The last day on which an extension that was asked for is decided in time.
#[must_use]
pub fn extension_decided_by(
    asked: NaiveDate,
    rules: &OfficeRules,
    calendar: &Calendar,
) -> NaiveDate {
    calendar.add(asked, rules.extension_decided_working_days)
}

/// The rung (函告 → 通报 → 约谈 → 曝光) that a hazard's lateness asks for and that was not climbed: always the
/// next one, because none is left out.
#[must_use]
pub fn rung_due(life: &Life, rules: &OfficeRules, today: NaiveDate) -> Option<Rung> {
    let Term::Overdue { days_late } = term(life, today) else {
        return None;
    };
    let climbed = life.rung().map_or(0, Rung::height);
    let after = *rules.escalation_days.get(climbed)?;
    (days_late >= i64::from(after)).then(|| Rung::ALL[climbed].clone())
}
