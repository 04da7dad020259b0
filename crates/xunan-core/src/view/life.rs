//! The life of a finding as screens show it.

use std::collections::BTreeMap;

use serde::Serialize;
use ts_rs::TS;
use xunan_model::life::{Life, Offer, Rung, Term};

use super::FindingRow;

/// A finding with its whole life, and what may come next.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct LifeView {
    /// The finding.
    pub row: FindingRow,
    /// Its life.
    pub life: Life,
    /// Every step, and whether the person signed in may take it now.
    pub offers: Vec<Offer>,
    /// Where it is against its deadline today.
    pub term: Term,
    /// The last day of the recheck that is due.
    pub recheck_due: Option<String>,
    /// The rung (函告、通报、约谈、曝光) that its lateness asks for.
    pub rung_due: Option<Rung>,
    /// The names of people by their ids.
    pub people: BTreeMap<String, String>,
}

/// Rechecks that wait.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct Rechecks {
    /// The last day has passed.
    pub overdue: usize,
    /// Today is the last day.
    pub today: usize,
    /// In the six days after today.
    pub week: usize,
}
