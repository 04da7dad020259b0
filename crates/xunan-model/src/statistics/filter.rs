//! Which hazards a number counts.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::fact::Hazard;
use crate::finding::Level;
use crate::life::Rung;

/// The channels that the plan counts (三年行动方案§15): 企业自查上报、督导检查发现、群众举报查实.
pub(super) const CHANNELS: [&str; 3] = ["self_report", "inspection", "tip_off"];

/// Days from–until, both of them within; an open end has no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ts_rs::TS)]
#[ts(export, rename = "DaySpan")]
pub struct Span {
    /// The first day.
    #[ts(type = "string | null")]
    pub from: Option<NaiveDate>,
    /// The last day.
    #[ts(type = "string | null")]
    pub until: Option<NaiveDate>,
}

impl Span {
    /// From a day until another.
    #[must_use]
    pub fn new(from: NaiveDate, until: NaiveDate) -> Self {
        Self {
            from: Some(from),
            until: Some(until),
        }
    }

    /// Until a day.
    #[must_use]
    pub fn until(day: NaiveDate) -> Self {
        Self {
            from: None,
            until: Some(day),
        }
    }

    /// A calendar year; empty for one that no calendar has.
    #[must_use]
    pub fn year(year: i32) -> Self {
        let day = |month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap_or(NaiveDate::MAX);
        Self::new(day(1, 1), day(12, 31))
    }

    /// Its days that are not after another.
    #[must_use]
    pub fn not_after(self, day: NaiveDate) -> Self {
        Self {
            until: Some(self.until.map_or(day, |until| until.min(day))),
            ..self
        }
    }

    /// Whether a day is within.
    #[must_use]
    pub fn holds(&self, day: NaiveDate) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day <= until)
    }
}

/// What a hazard must be to be counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[ts(export, rename = "HazardCondition")]
pub enum Condition {
    /// Of this level.
    Level {
        /// Which.
        level: Level,
    },
    /// In the division whose code begins so: 2, 4, 6, 9 or 12 digits.
    Region {
        /// The digits.
        prefix: String,
    },
    /// In no division that is known.
    NoRegion,
    /// Of this sector; empty: of none that is known.
    Sector {
        /// Its code.
        sector: String,
    },
    /// Known through this channel.
    Channel {
        /// Its code.
        channel: String,
    },
    /// Known through none of the three channels.
    OtherChannel,
    /// Found within.
    Found {
        /// Days.
        span: Span,
    },
    /// To be put right within.
    Due {
        /// Days.
        span: Span,
    },
    /// Struck off within.
    Closed {
        /// Days.
        span: Span,
    },
    /// Struck off, not after its deadline.
    ClosedInTime,
    /// It stands.
    Open,
    /// It stands and has no deadline.
    Undated,
    /// It stands, and its deadline is not over (在期).
    InTerm {
        /// On this day.
        #[ts(type = "string")]
        on: NaiveDate,
    },
    /// It stands, and its deadline has been over for so many days (逾期).
    Overdue {
        /// On this day.
        #[ts(type = "string")]
        on: NaiveDate,
        /// At least so many days; 1: the day after the deadline.
        days_min: u16,
        /// At most so many; none: any number.
        days_max: Option<u16>,
    },
    /// A recheck of it fell due within.
    RecheckDue {
        /// Days.
        span: Span,
    },
    /// Every recheck of it that fell due within was made in time.
    RechecksInTime {
        /// Days.
        span: Span,
    },
    /// Listed (挂牌) within.
    Listed {
        /// Days.
        span: Span,
    },
    /// Every listing made within was lifted (摘牌、销案).
    Delisted {
        /// Days.
        span: Span,
    },
    /// Listed now.
    ListedNow,
    /// Looked at again (回头看) within.
    LookedBack {
        /// Days.
        span: Span,
    },
    /// Found standing by a later look within.
    LookbackFailed {
        /// Days.
        span: Span,
    },
    /// 虚假整改.
    FalseRectification,
    /// 主要负责人 or 实际控制人 was told.
    Told,
    /// This rung of 函告、通报、约谈、曝光 was used within.
    Escalated {
        /// Which.
        rung: Rung,
        /// Days.
        span: Span,
    },
}

impl Condition {
    /// Whether a hazard is so.
    #[must_use]
    pub fn holds(&self, hazard: &Hazard) -> bool {
        let it = &hazard.fact;
        let late = |on: NaiveDate| it.deadline.map(|deadline| (on - deadline).num_days());
        match self {
            Self::Level { level } => it.level == *level,
            Self::Region { prefix } => {
                !it.region.is_empty() && it.region.starts_with(prefix.as_str())
            }
            Self::NoRegion => it.region.is_empty(),
            Self::Sector { sector } => it.sector == *sector,
            Self::Channel { channel } => it.channel == *channel,
            Self::OtherChannel => !CHANNELS.contains(&it.channel.as_str()),
            Self::Found { span } => span.holds(it.found),
            Self::Due { span } => it.deadline.is_some_and(|day| span.holds(day)),
            Self::Closed { span } => it.closed.is_some_and(|day| span.holds(day)),
            Self::ClosedInTime => it
                .closed
                .zip(it.deadline)
                .is_some_and(|(closed, deadline)| closed <= deadline),
            Self::Open => hazard.open(),
            Self::Undated => hazard.open() && it.deadline.is_none(),
            Self::InTerm { on } => hazard.open() && late(*on).is_some_and(|days| days <= 0),
            Self::Overdue {
                on,
                days_min,
                days_max,
            } => {
                let within = |days: i64| {
                    days >= i64::from((*days_min).max(1))
                        && days_max.is_none_or(|max| days <= i64::from(max))
                };
                hazard.open() && late(*on).is_some_and(within)
            }
            Self::RecheckDue { span } => it.rechecks.iter().any(|one| span.holds(one.due)),
            Self::RechecksInTime { span } => {
                let in_time = |done: NaiveDate, due: NaiveDate| done <= due;
                let mut due = it.rechecks.iter().filter(|one| span.holds(one.due));
                due.all(|one| one.done.is_some_and(|done| in_time(done, one.due)))
            }
            Self::Listed { span } => it.listings.iter().any(|one| span.holds(one.day)),
            Self::Delisted { span } => {
                let mut listed = it.listings.iter().filter(|one| span.holds(one.day));
                listed.all(|one| one.until.is_some())
            }
            Self::ListedNow => it.listings.iter().any(|one| one.until.is_none()),
            Self::LookedBack { span } => it.lookbacks.iter().any(|one| span.holds(one.day)),
            Self::LookbackFailed { span } => it
                .lookbacks
                .iter()
                .any(|one| !one.holds && span.holds(one.day)),
            Self::FalseRectification => it.false_rectification,
            Self::Told => it.told,
            Self::Escalated { rung, span } => it
                .escalations
                .iter()
                .any(|(one, day)| one == rung && span.holds(*day)),
        }
    }
}

/// Conditions that hold together. Empty: every hazard.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ts_rs::TS)]
#[serde(transparent)]
#[ts(export, rename = "HazardFilter")]
pub struct Filter(pub Vec<Condition>);

impl Filter {
    /// Whether a hazard is among them.
    #[must_use]
    pub fn holds(&self, hazard: &Hazard) -> bool {
        self.0.iter().all(|condition| condition.holds(hazard))
    }

    /// With more conditions.
    #[must_use]
    pub fn and(&self, more: impl IntoIterator<Item = Condition>) -> Self {
        let mut all = self.0.clone();
        all.extend(more);
        Self(all)
    }
}
