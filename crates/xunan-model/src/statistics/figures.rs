//! The formulas. Each counts within a base filter (level, division, sector): what it is about is the caller's.

use chrono::NaiveDate;
use serde::Serialize;

use super::fact::Hazard;
use super::filter::{CHANNELS, Condition, Filter, Span};
use super::number::{Mean, Number, Rate};
use crate::life::Rung;

fn rate(hazards: &[Hazard], whole: Filter, part: impl IntoIterator<Item = Condition>) -> Rate {
    Rate {
        part: Number::of(hazards, whole.and(part)),
        whole: Number::of(hazards, whole),
    }
}

/// The days of a period that are over: what is due today is not late yet, and counts from tomorrow.
fn over(period: Span, today: NaiveDate) -> Span {
    period.not_after(today.pred_opt().unwrap_or(today))
}

/// 存量清零率 = found until the day and struck off / found until the day. Source: 三年行动方案, 主要目标: what was
/// found until 2023-12-31 is to be gone by the end of 2024.
#[must_use]
pub fn cleared_stock(hazards: &[Hazard], base: &Filter, until: NaiveDate) -> Rate {
    let found = base.and([Condition::Found {
        span: Span::until(until),
    }]);
    rate(
        hazards,
        found,
        [Condition::Closed {
            span: Span::default(),
        }],
    )
}

/// 增量 of a year.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
#[ts(export)]
pub struct YearFigures {
    /// Which.
    pub year: i32,
    /// 新增: found in it.
    pub found: Number,
    /// Found in the year before, for 环比.
    pub before: Number,
    /// 销号: struck off in it, whenever they were found. 新增/销号比 is `found` to `closed`.
    pub closed: Number,
}

/// What a year brought (增量, 环比, 新增/销号比). Source: 三年行动方案, 主要目标 for 2025.
#[must_use]
pub fn year(hazards: &[Hazard], base: &Filter, year: i32) -> YearFigures {
    let found = |year| {
        Number::of(
            hazards,
            base.and([Condition::Found {
                span: Span::year(year),
            }]),
        )
    };
    YearFigures {
        year,
        found: found(year),
        before: found(year - 1),
        closed: Number::of(
            hazards,
            base.and([Condition::Closed {
                span: Span::year(year),
            }]),
        ),
    }
}

/// 动态清零率 = due in the period and struck off / due in the period. Source: 三年行动方案, 主要目标 for 2026.
///
/// Counts deadlines that are over. Struck off means: until the period's last day or today, so that a report on a past
/// period stays what it was. Without a first day of the period it is the 整改率 (已销号/应销号).
#[must_use]
pub fn dynamic_clearance(
    hazards: &[Hazard],
    base: &Filter,
    period: Span,
    today: NaiveDate,
) -> Rate {
    let closed = Span {
        from: None,
        until: period.not_after(today).until,
    };
    let span = over(period, today);
    rate(
        hazards,
        base.and([Condition::Due { span }]),
        [Condition::Closed { span: closed }],
    )
}

/// What stands on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
#[ts(export, rename = "HazardStanding")]
pub struct Standing {
    /// All that stand: in term, overdue and undated together.
    pub open: Number,
    /// 在期.
    pub in_term: Number,
    /// 逾期, from the day after the deadline.
    pub overdue: Number,
    /// Without a deadline.
    pub undated: Number,
    /// The overdue ones by how late they are; together `overdue`.
    pub ladder: Vec<LadderStep>,
}

/// A step of the overdue ladder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
#[ts(export)]
pub struct LadderStep {
    /// From so many days late.
    pub days_min: u16,
    /// Until so many; none: the last step.
    pub days_max: Option<u16>,
    /// How many.
    pub number: Number,
}

/// 在期数, 逾期数 and the overdue ladder on a day. `steps`: the last day of each step but the last, as
/// [`OfficeRules::overdue_steps`](crate::office_rules::OfficeRules).
#[must_use]
pub fn standing(hazards: &[Hazard], base: &Filter, today: NaiveDate, steps: [u16; 3]) -> Standing {
    let number = |condition| Number::of(hazards, base.and([condition]));
    let late = |days_min, days_max| Condition::Overdue {
        on: today,
        days_min,
        days_max,
    };
    let bounds = [
        (1, Some(steps[0])),
        (steps[0] + 1, Some(steps[1])),
        (steps[1] + 1, Some(steps[2])),
        (steps[2] + 1, None),
    ];
    let ladder = bounds.map(|(days_min, days_max)| LadderStep {
        days_min,
        days_max,
        number: number(late(days_min, days_max)),
    });
    Standing {
        open: number(Condition::Open),
        in_term: number(Condition::InTerm { on: today }),
        overdue: number(late(1, None)),
        undated: number(Condition::Undated),
        ladder: ladder.into(),
    }
}

/// 平均整改天数 = days from found to struck off / those struck off in the period. Put right on the day it was found:
/// 0 days.
#[must_use]
pub fn mean_days(hazards: &[Hazard], base: &Filter, period: Span) -> Mean {
    let filter = base.and([Condition::Closed { span: period }]);
    let of = hazards.iter().filter(|hazard| filter.holds(hazard));
    let days =
        of.filter_map(|hazard| Some((hazard.fact.closed? - hazard.fact.found).num_days().max(0)));
    Mean {
        days: days.sum(),
        of: Number::of(hazards, filter),
    }
}

/// 按期整改率 = struck off not after the deadline / due in the period, and the deadline is over.
#[must_use]
pub fn on_time(hazards: &[Hazard], base: &Filter, period: Span, today: NaiveDate) -> Rate {
    let due = base.and([Condition::Due {
        span: over(period, today),
    }]);
    rate(hazards, due, [Condition::ClosedInTime])
}

/// 复查及时率 = hazards all of whose rechecks were in time / hazards of which a recheck fell due in the period.
///
/// Counted by hazard, so that the number opens a list.
#[must_use]
pub fn rechecked_in_time(
    hazards: &[Hazard],
    base: &Filter,
    period: Span,
    today: NaiveDate,
) -> Rate {
    let span = over(period, today);
    rate(
        hazards,
        base.and([Condition::RecheckDue { span }]),
        [Condition::RechecksInTime { span }],
    )
}

/// The share of a channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
#[ts(export)]
pub struct ChannelShare {
    /// Its code; none: any other than the three.
    pub channel: Option<String>,
    /// Its part of all found in the period.
    pub rate: Rate,
}

/// 三渠道占比: 企业自查上报、督导检查发现、群众举报查实, and all others, of what was found in the period; together
/// they are the whole. Source: 三年行动方案§15.
#[must_use]
pub fn channels(hazards: &[Hazard], base: &Filter, period: Span) -> Vec<ChannelShare> {
    let found = base.and([Condition::Found { span: period }]);
    let share = |channel: Option<&str>| {
        let condition = match channel {
            Some(channel) => Condition::Channel {
                channel: channel.to_owned(),
            },
            None => Condition::OtherChannel,
        };
        ChannelShare {
            channel: channel.map(str::to_owned),
            rate: rate(hazards, found.clone(), [condition]),
        }
    };
    CHANNELS
        .into_iter()
        .map(Some)
        .chain([None])
        .map(share)
        .collect()
}

/// 挂牌督办.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
#[ts(export)]
pub struct ListedFigures {
    /// 挂牌数: listed in the period.
    pub listed: Number,
    /// Listed now, whenever.
    pub now: Number,
    /// 挂牌按期整改率: of those listed in the period whose deadline is over, struck off not after it.
    pub on_time: Rate,
    /// 销案率: of those listed in the period, delisted.
    pub delisted: Rate,
}

/// 挂牌数, 挂牌按期整改率 and 销案率. Source: 三年行动方案§8; a year is the usual period.
#[must_use]
pub fn listed(hazards: &[Hazard], base: &Filter, period: Span, today: NaiveDate) -> ListedFigures {
    let listed = base.and([Condition::Listed { span: period }]);
    let due = listed.and([Condition::Due {
        span: over(Span::default(), today),
    }]);
    ListedFigures {
        now: Number::of(hazards, base.and([Condition::ListedNow])),
        on_time: rate(hazards, due, [Condition::ClosedInTime]),
        delisted: rate(
            hazards,
            listed.clone(),
            [Condition::Delisted { span: period }],
        ),
        listed: Number::of(hazards, listed),
    }
}

/// 回头看不合格率 = found standing by a later look / looked at again in the period. Source: 三年行动方案§6.
#[must_use]
pub fn lookbacks_failed(hazards: &[Hazard], base: &Filter, period: Span) -> Rate {
    let looked = base.and([Condition::LookedBack { span: period }]);
    rate(
        hazards,
        looked,
        [Condition::LookbackFailed { span: period }],
    )
}

/// 虚假整改件数, of what was found in the period. Source: 三年行动方案§6.
#[must_use]
pub fn false_rectifications(hazards: &[Hazard], base: &Filter, period: Span) -> Number {
    Number::of(
        hazards,
        base.and([
            Condition::Found { span: period },
            Condition::FalseRectification,
        ]),
    )
}

/// 通知主要负责人率 = told / found in the period. Source: 三年行动方案§15.
#[must_use]
pub fn notified(hazards: &[Hazard], base: &Filter, period: Span) -> Rate {
    rate(
        hazards,
        base.and([Condition::Found { span: period }]),
        [Condition::Told],
    )
}

/// 逾期处置动作: hazards by 函告、通报、约谈、曝光 used in the period, from the lowest. Source: 三年行动方案§14.
#[must_use]
pub fn escalated(hazards: &[Hazard], base: &Filter, period: Span) -> Vec<Number> {
    let number = |rung| {
        Number::of(
            hazards,
            base.and([Condition::Escalated { rung, span: period }]),
        )
    };
    Rung::ALL.map(number).into()
}
