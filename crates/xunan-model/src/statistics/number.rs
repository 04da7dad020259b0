//! Counts that know what they count.

use serde::Serialize;

use super::fact::Hazard;
use super::filter::Filter;

/// How many hazards a filter selects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
#[ts(export, rename = "HazardNumber")]
pub struct Number {
    /// How many.
    pub count: usize,
    /// Which.
    pub filter: Filter,
}

impl Number {
    /// Counts what a filter selects.
    #[must_use]
    pub fn of(hazards: &[Hazard], filter: Filter) -> Self {
        let count = hazards.iter().filter(|hazard| filter.holds(hazard)).count();
        Self { count, filter }
    }
}

/// A part of a whole: both are told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
#[ts(export, rename = "HazardRate")]
pub struct Rate {
    /// 分子.
    pub part: Number,
    /// 分母.
    pub whole: Number,
}

impl Rate {
    /// The part as a share of the whole, 0–1; `None` (shown as —) when the whole is empty.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "no count of hazards comes near 2^53"
    )]
    pub fn share(&self) -> Option<f64> {
        (self.whole.count > 0).then(|| self.part.count as f64 / self.whole.count as f64)
    }
}

/// A mean of days over hazards: the sum is told, not only the quotient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
#[ts(export, rename = "HazardMean")]
pub struct Mean {
    /// All days together.
    pub days: i64,
    /// Over which hazards.
    pub of: Number,
}

impl Mean {
    /// Days per hazard; `None` (shown as —) when there is none.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "no sum of days comes near 2^53")]
    pub fn days_each(&self) -> Option<f64> {
        (self.of.count > 0).then(|| self.days as f64 / self.of.count as f64)
    }
}
