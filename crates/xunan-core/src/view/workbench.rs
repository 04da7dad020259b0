//! What a day begins with, as a screen shows it.

use serde::Serialize;
use ts_rs::TS;
use xunan_model::finding::Level;

use super::{InspectionRow, Rechecks};

/// What a person has before them: unfinished, late, waiting, done today.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct WorkbenchView {
    /// Visits that have not ended, the person's own first, then the latest; at most 20.
    pub unfinished: Vec<InspectionRow>,
    /// All of them.
    pub unfinished_count: usize,
    /// Visits that another inspector has confirmed on this laptop and this person has not.
    pub confirm: Vec<InspectionRow>,
    /// Findings whose deadline is past, the longest first.
    pub overdue: DueList,
    /// Findings whose deadline comes within a week, today included, the nearest first.
    pub soon: DueList,
    /// Rechecks that wait.
    pub rechecks: Rechecks,
    /// What has been done today (China's day).
    pub today: DoneToday,
}

/// Findings that have to be put right by a day.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct DueList {
    /// All of them.
    pub count: usize,
    /// The major ones among them.
    pub major: usize,
    /// The first ones, at most 6.
    pub rows: Vec<DueRow>,
}

/// One finding with a deadline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct DueRow {
    /// The finding.
    pub id: String,
    /// Where.
    pub site_name: String,
    /// What.
    pub hazard: String,
    /// How grave.
    pub level: Level,
    /// The day.
    pub deadline: String,
    /// Days until then; negative when it is past.
    #[ts(type = "number")]
    pub days: i64,
}

/// What has been done on one day, by whomever on this laptop or those it shares a scope with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct DoneToday {
    /// Visits that began.
    pub visits: usize,
    /// Findings.
    pub findings: usize,
    /// Findings struck off.
    pub closed: usize,
}
