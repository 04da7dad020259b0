//! A station's quick checks, as screens show them.

use super::PhotoView;
use serde::Serialize;
use ts_rs::TS;
use xunan_model::checklist::Text;
use xunan_model::quick::QuickDraft;

/// What is looked at in one kind of premises.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct PresetView {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: Text,
    /// The deadlines to choose from, in days, the usual one first.
    pub days: Vec<u16>,
    /// Its hazards.
    pub hazards: Vec<QuickHazardView>,
}

/// A hazard with a key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct QuickHazardView {
    /// Its id.
    pub id: String,
    /// Its key.
    pub key: String,
    /// The words on its button.
    pub label: Text,
    /// One of the hazards common to all presets.
    pub common: bool,
    /// The person must write what is wrong.
    pub ask: bool,
    /// A major hazard: it cannot be struck off on the spot.
    pub major: bool,
}

/// Small premises in a round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct PremisesRow {
    /// The site's id.
    pub site: String,
    /// Its name.
    pub name: String,
    /// Where it is.
    pub address: String,
    /// The preset that fits it.
    pub preset: String,
    /// Whom to ask there.
    pub contact: String,
    /// When it was checked today.
    pub done: Option<String>,
    /// Hazards found today.
    pub hazards: usize,
    /// Hazards that are not struck off, of whatever day.
    pub open: usize,
    /// A check of it was begun and not finished.
    pub begun: bool,
}

/// A station's round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct QuickRound {
    /// What can be looked at.
    pub presets: Vec<PresetView>,
    /// The premises, in the order in which they were listed.
    pub premises: Vec<PremisesRow>,
    /// Where the person was.
    pub place: Option<String>,
    /// Who reported last.
    pub reporter: String,
    /// Everybody who has reported on this laptop.
    pub reporters: Vec<String>,
}

/// A quick check that is not finished.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct QuickView {
    /// What has been marked.
    pub draft: QuickDraft,
    /// Its photos. They become records when the check ends: until then nothing can be said of them.
    pub photos: Vec<PhotoView>,
}
