//! The life of a finding as screens show it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use xunan_model::id::{FindingId, InspectionId, PersonId};
use xunan_model::life::{Details, Life, Offer, RecheckBy, Rung, Term, Verdict};

use super::{FindingRow, InspectionView};

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
    /// What each step says, by the step's id; without those of a newer program.
    pub details: BTreeMap<String, Details>,
    /// The names of people by their ids.
    pub people: BTreeMap<String, String>,
}

/// What became of one finding of a bulk step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct BulkOutcome {
    /// The finding.
    pub finding: String,
    /// Why it did not take the step: the key of the sentence; `None`: it did.
    pub refused: Option<String>,
    /// Values for the sentence's gaps.
    pub params: BTreeMap<String, String>,
}

/// A recheck as a screen shows it.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct RecheckView {
    /// The visit; its own findings are the new ones (新增).
    pub visit: InspectionView,
    /// What stood at the site before it.
    pub items: Vec<RecheckItem>,
}

/// A hazard that is rechecked.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct RecheckItem {
    /// The finding with the photos of all visits.
    pub row: FindingRow,
    /// Whether it needs what a major hazard needs.
    pub grave: bool,
    /// How often it was extended.
    pub extensions: u32,
    /// What was found; once the visit has ended.
    pub verdict: Option<Verdict>,
}

/// The end of a recheck as a screen edits it.
#[derive(Debug, Clone, PartialEq, Deserialize, TS)]
#[ts(export)]
pub struct RecheckDraft {
    /// The visit.
    pub visit: InspectionId,
    /// What was found of each; one that was not looked at is left out.
    pub verdicts: Vec<RecheckVerdict>,
    /// Who rechecks.
    pub authority: RecheckBy,
    /// The second officer, when an authority does.
    pub second: Option<PersonId>,
    /// That officer's own password.
    pub password: Option<String>,
}

/// What was found of one hazard.
#[derive(Debug, Clone, PartialEq, Deserialize, TS)]
#[ts(export)]
pub struct RecheckVerdict {
    /// Which one.
    pub finding: FindingId,
    /// What was found.
    pub verdict: Verdict,
    /// 虚假整改.
    pub false_rectification: bool,
    /// How it is now, in words.
    pub note: String,
}

/// Rechecks that wait.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct Rechecks {
    /// The last day has passed.
    pub overdue: usize,
    /// Today is the last day.
    pub today: usize,
    /// Within seven days, today among them.
    pub week: usize,
}
