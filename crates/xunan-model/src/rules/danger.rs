//! 危大工程: which works are dangerous, and which exceed a certain scale.
//!
//! Source: 建办质〔2018〕31号, annexes 1 and 2; the table is data of the checklist.

use serde::{Deserialize, Serialize};

use crate::checklist::{Decimal, Edition};

/// The name of the table.
pub const TABLE: &str = "danger_levels";

/// The class of a piece of work. "以上" includes the number itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum DangerClass {
    /// Neither, by this row.
    None,
    /// 危险性较大.
    Dangerous,
    /// 超过一定规模: its special plan needs an expert review.
    Oversize,
}

/// The table.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct DangerLevels {
    /// Where it comes from.
    pub title: String,
    /// Its rows, in the order of the annexes.
    pub rows: Vec<DangerRow>,
}

/// One kind of work and the number that decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct DangerRow {
    /// The kind of work.
    pub work: String,
    /// What is measured, or the works meant where no number decides.
    pub parameter: String,
    /// Its unit; `-` where no number decides.
    pub unit: String,
    /// From when it is dangerous; absent: never by this row.
    pub dangerous: Option<Bound>,
    /// From when it exceeds a certain scale; absent: never by this row.
    pub oversize: Option<Bound>,
    /// A remark.
    #[serde(default)]
    pub note: Option<String>,
    /// How well the row is known, in words.
    pub confidence: String,
}

/// From when a class applies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(untagged)]
#[ts(export)]
pub enum Bound {
    /// Whatever the number.
    Any {
        /// Always `true`.
        any: bool,
    },
    /// From a number on.
    From {
        /// Always `>=`: 以上 includes the number.
        cmp: AtLeast,
        /// The number, as exact decimal text.
        value: String,
    },
}

/// The only comparison that the annexes use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub enum AtLeast {
    /// At least.
    #[serde(rename = ">=")]
    AtLeast,
}

impl DangerLevels {
    /// The table of an edition; `None` where it has none.
    ///
    /// # Errors
    /// Why the table cannot be used.
    pub fn of(edition: &Edition) -> Option<Result<Self, String>> {
        edition.tables.get(TABLE).map(Self::read)
    }

    /// Reads the table as it stands in a checklist.
    pub(crate) fn read(table: &serde_json::Value) -> Result<Self, String> {
        let levels: Self = serde_json::from_value(table.clone()).map_err(|e| e.to_string())?;
        for row in &levels.rows {
            let bounds = [&row.dangerous, &row.oversize];
            for bound in bounds.into_iter().flatten() {
                match bound {
                    Bound::Any { any: false } => {
                        return Err(format!("{}: `any: false`", row.parameter));
                    }
                    Bound::From { value, .. } if Decimal::parse(value).is_none() => {
                        return Err(format!("{}: `{value}` is no decimal", row.parameter));
                    }
                    Bound::Any { .. } | Bound::From { .. } => {}
                }
            }
        }
        Ok(levels)
    }

    /// The class of works of one kind, from numbers entered per row, and the rows that decided.
    /// One row that is reached is enough; a row without a number counts as it stands.
    #[must_use]
    pub fn class<'a>(&'a self, entered: &[(usize, &str)]) -> (DangerClass, Vec<&'a DangerRow>) {
        let mut highest = (DangerClass::None, Vec::new());
        for (row, number) in entered {
            let Some(row) = self.rows.get(*row) else {
                continue;
            };
            let class = row.class(Decimal::parse(number).as_ref());
            if class > highest.0 {
                highest = (class, vec![row]);
            } else if class == highest.0 && class != DangerClass::None {
                highest.1.push(row);
            }
        }
        highest
    }
}

impl DangerRow {
    /// The class by this row alone. Without a number, only what holds whatever the number.
    #[must_use]
    pub fn class(&self, number: Option<&Decimal>) -> DangerClass {
        let reached = |bound: &Option<Bound>| match bound {
            None => false,
            Some(Bound::Any { .. }) => true,
            Some(Bound::From { value, .. }) => number
                .zip(Decimal::parse(value))
                .is_some_and(|(number, from)| *number >= from),
        };
        if reached(&self.oversize) {
            DangerClass::Oversize
        } else if reached(&self.dangerous) {
            DangerClass::Dangerous
        } else {
            DangerClass::None
        }
    }

    /// Whether a number decides anything here.
    #[must_use]
    pub fn has_number(&self) -> bool {
        [&self.dangerous, &self.oversize]
            .into_iter()
            .any(|bound| matches!(bound, Some(Bound::From { .. })))
    }
}
