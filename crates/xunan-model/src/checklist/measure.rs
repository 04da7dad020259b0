//! Numbers that are entered on site and compared with a limit.

use serde::{Deserialize, Serialize};

use super::{Decimal, Text};

/// A number to enter for an item.
///
/// The limit is exactly one of three: a constant (`value`, or `range` for `between` and
/// `outside`), a rank on a `scale`, or a `limit` that is not a constant and is entered on site
/// beside the reading. [`Measure::threshold`] says which.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(deny_unknown_fields)]
#[ts(export)]
pub struct Measure {
    /// What is measured or counted.
    pub quantity: Text,
    /// Its unit, e.g. `m`.
    pub unit: String,
    /// What it means when the comparison holds.
    pub role: MeasureRole,
    /// The comparison of the reading with the limit.
    pub op: Op,
    /// The constant limit, as exact decimal text, or a rank of `scale`.
    #[serde(default)]
    pub value: Option<String>,
    /// The two ends for `between` and `outside`, the lower first.
    #[serde(default)]
    pub range: Option<Vec<String>>,
    /// What the limit is when it is not a constant, e.g. the design value.
    #[serde(default)]
    pub limit: Option<Text>,
    /// Where that limit is found.
    #[serde(default)]
    pub limit_from: Option<LimitSource>,
    /// The ranks, the worst first, when the reading is a grade and not a number.
    #[serde(default)]
    pub scale: Option<Vec<String>>,
    /// What the reading is computed from, when it is not read off directly.
    #[serde(default)]
    pub value_from: Option<ValueSource>,
    /// A further limit in words that the number alone does not cover.
    #[serde(default)]
    pub also: Option<Text>,
    /// A remark.
    #[serde(default)]
    pub note: Option<Text>,
}

/// What it means when a measure's comparison holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum MeasureRole {
    /// The item fails. The comparison is the *failing* condition, not the required one.
    FailsWhen,
    /// The item applies at all; it says nothing about failing.
    AppliesWhen,
}

/// A comparison, the reading on its left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub enum Op {
    /// Less.
    #[serde(rename = "<")]
    Less,
    /// Less or equal.
    #[serde(rename = "<=")]
    LessOrEqual,
    /// Greater.
    #[serde(rename = ">")]
    Greater,
    /// Greater or equal.
    #[serde(rename = ">=")]
    GreaterOrEqual,
    /// Equal.
    #[serde(rename = "==")]
    Equal,
    /// Not equal.
    #[serde(rename = "!=")]
    NotEqual,
    /// Within the range, its ends included.
    #[serde(rename = "between")]
    Between,
    /// Below the lower or above the upper end; the ends themselves are inside.
    #[serde(rename = "outside")]
    Outside,
}

/// Where a limit is found that is not a constant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum LimitSource {
    /// In the approved design.
    Design,
    /// In a standard, by the circumstances.
    Standard,
    /// On site: a rated value, a number that was approved for this place.
    Site,
}

/// What a reading is computed from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum ValueSource {
    /// The measured value divided by the design value.
    DesignRatio,
}

/// The limit of a measure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Threshold<'a> {
    /// A constant.
    Constant(Decimal),
    /// Two constants, the lower and the upper end.
    Range(Decimal, Decimal),
    /// A rank, as its place on the scale; 0 is the worst.
    Rank(usize),
    /// Entered beside the reading.
    Entered(&'a Text, LimitSource),
}

/// Why a measure's limit cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "problem", rename_all = "snake_case")]
pub enum ThresholdFault {
    /// None of `value`, `range` and `limit`.
    #[error("no limit: give one of `value`, `range` and `limit`")]
    Missing,
    /// Several of them.
    #[error("more than one limit: give only one of `value`, `range` and `limit`")]
    Several,
    /// The text is not a plain decimal number.
    #[error("`{text}` is not a plain decimal number")]
    NotDecimal {
        /// The text.
        text: String,
    },
    /// `between` or `outside` without two ascending ends, or another comparison with a range.
    #[error("`between` and `outside`, and only they, need a `range` of two ascending numbers")]
    BadRange,
    /// A rank that the scale does not have.
    #[error("`{rank}` is not on the `scale`")]
    NotOnScale {
        /// The rank.
        rank: String,
    },
    /// Fewer than two ranks, a rank twice, or a scale for a limit that is not a rank.
    #[error("a `scale` needs a `value` and at least two different ranks")]
    BadScale,
    /// `limit` without `limit_from`, or the other way round.
    #[error("`limit` and `limit_from` go together")]
    LimitWithoutSource,
    /// `value_from` without a constant.
    #[error("`value_from` needs a `value`")]
    SourceWithoutValue,
}

impl Measure {
    /// The limit. Never a fault in an edition that was parsed: that is where this was checked.
    ///
    /// # Errors
    ///
    /// Why it cannot be used.
    pub fn threshold(&self) -> Result<Threshold<'_>, ThresholdFault> {
        if self.limit.is_some() != self.limit_from.is_some() {
            return Err(ThresholdFault::LimitWithoutSource);
        }
        if self.value_from.is_some() && self.value.is_none() {
            return Err(ThresholdFault::SourceWithoutValue);
        }
        if self.scale.is_some() && self.value.is_none() {
            return Err(ThresholdFault::BadScale);
        }
        let wants_range = matches!(self.op, Op::Between | Op::Outside);
        match (
            &self.value,
            &self.range,
            self.limit.as_ref().zip(self.limit_from),
        ) {
            (None, None, None) => Err(ThresholdFault::Missing),
            (Some(_), None, None) | (None, None, Some(_)) if wants_range => {
                Err(ThresholdFault::BadRange)
            }
            (Some(value), None, None) => match &self.scale {
                Some(scale) => rank(scale, value).map(Threshold::Rank),
                None => decimal(value).map(Threshold::Constant),
            },
            (None, Some(range), None) => ends(range, wants_range),
            (None, None, Some((limit, from))) => Ok(Threshold::Entered(limit, from)),
            _ => Err(ThresholdFault::Several),
        }
    }

    /// Whether the comparison holds for a reading, given the limit that was entered beside it
    /// where there is one. `None`: it cannot be told, because something is missing or is not a
    /// number (or not a rank of the scale).
    #[must_use]
    pub fn holds(&self, reading: &str, entered_limit: Option<&str>) -> Option<bool> {
        let threshold = self.threshold().ok()?;
        if let Threshold::Rank(limit) = threshold {
            return self
                .op
                .compares(&rank(self.scale.as_ref()?, reading).ok()?, &limit);
        }
        let reading = Decimal::parse(reading)?;
        match threshold {
            Threshold::Constant(limit) => self.op.compares(&reading, &limit),
            Threshold::Entered(..) => self.op.compares(&reading, &Decimal::parse(entered_limit?)?),
            Threshold::Range(low, high) => {
                let inside = low <= reading && reading <= high;
                Some(inside == (self.op == Op::Between))
            }
            Threshold::Rank(_) => None,
        }
    }
}

impl Op {
    fn compares<T: Ord>(self, left: &T, right: &T) -> Option<bool> {
        match self {
            Self::Less => Some(left < right),
            Self::LessOrEqual => Some(left <= right),
            Self::Greater => Some(left > right),
            Self::GreaterOrEqual => Some(left >= right),
            Self::Equal => Some(left == right),
            Self::NotEqual => Some(left != right),
            Self::Between | Self::Outside => None,
        }
    }
}

fn decimal(text: &str) -> Result<Decimal, ThresholdFault> {
    Decimal::parse(text).ok_or_else(|| ThresholdFault::NotDecimal {
        text: text.to_owned(),
    })
}

fn rank(scale: &[String], rank: &str) -> Result<usize, ThresholdFault> {
    let distinct = scale
        .iter()
        .enumerate()
        .all(|(place, name)| !scale[..place].contains(name));
    if scale.len() < 2 || !distinct {
        return Err(ThresholdFault::BadScale);
    }
    scale
        .iter()
        .position(|name| name == rank)
        .ok_or_else(|| ThresholdFault::NotOnScale {
            rank: rank.to_owned(),
        })
}

fn ends(range: &[String], wants_range: bool) -> Result<Threshold<'_>, ThresholdFault> {
    let ([low, high], true) = (range, wants_range) else {
        return Err(ThresholdFault::BadRange);
    };
    let (low, high) = (decimal(low)?, decimal(high)?);
    if low < high {
        Ok(Threshold::Range(low, high))
    } else {
        Err(ThresholdFault::BadRange)
    }
}
