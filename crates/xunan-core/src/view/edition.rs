//! What the screens of checklists show.

use std::collections::BTreeMap;

use serde::Serialize;
use ts_rs::TS;
use xunan_model::checklist::{EditionDiff, EditionRef, Measure, Said, Text};

use super::ItemView;

/// Where an edition came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum EditionOrigin {
    /// With the program.
    BuiltIn,
    /// Handed out by the office, or imported on another of its laptops.
    Office,
    /// Imported on this laptop.
    Own,
    /// A file that somebody put into the program's folder.
    Folder,
    /// No longer part of the program; a visit was made under it.
    Kept,
}

/// Whether an edition applies today.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum EditionState {
    /// It does, and new visits are made under it.
    InForce,
    /// It does, but a later edition of the same checklist has taken its place.
    Replaced,
    /// It does not yet.
    NotYet,
    /// It does no longer.
    Ended,
}

/// An edition in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct EditionRow {
    /// The edition.
    pub edition: EditionRef,
    /// Its sector.
    pub sector: String,
    /// Its title.
    pub title: Text,
    /// First day.
    pub in_force_from: Option<String>,
    /// Last day.
    pub in_force_until: Option<String>,
    /// Where it came from.
    pub origin: EditionOrigin,
    /// Whether it applies today.
    pub state: EditionState,
    /// How many items.
    pub items: usize,
    /// How many of them are major hazards when they fail.
    pub major: usize,
    /// Visits that have not ended and go on under it.
    pub open_visits: usize,
}

/// An edition to read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct EditionView {
    /// The edition.
    pub row: EditionRow,
    /// Its groups, in order.
    pub groups: Vec<EditionGroup>,
}

/// A group of an edition to read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct EditionGroup {
    /// Its path.
    pub path: String,
    /// Its items.
    pub items: Vec<EditionItem>,
}

/// An item to read: as the runner shows it, with what else the edition says of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct EditionItem {
    /// As the runner shows it.
    pub item: ItemView,
    /// Whether it is asked today: switched on and in force.
    pub asked: bool,
    /// First day, where it differs from the edition.
    pub in_force_from: Option<String>,
    /// Last day, where it differs from the edition.
    pub in_force_until: Option<String>,
    /// How well its clause is known, as the file spells it.
    pub confidence: String,
    /// The regulations of its clause, by title.
    pub sources: Vec<String>,
    /// Its numbers to enter, with all that is said of them.
    pub measures: Vec<Measure>,
    /// What has to hold together for it to fail.
    pub conditions: Vec<Said>,
}

/// What came of reading a file that somebody wants to import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct EditionImport {
    /// The edition, when the file has no fault.
    pub row: Option<EditionRow>,
    /// The latest edition of the same checklist that is here already.
    pub against: Option<EditionRow>,
    /// What changes against it.
    pub diff: Option<EditionDiff>,
    /// Why it cannot be imported; nothing is kept then.
    pub faults: Vec<ImportFault>,
    /// Whether it is kept now.
    pub stored: bool,
}

/// What is wrong in a file, and where. The sentence is the locale text
/// `checklists.reason.<key>`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct ImportFault {
    /// The sheet of a workbook.
    pub sheet: Option<String>,
    /// The row of the sheet, or the line of the file.
    pub row: Option<u32>,
    /// The column, as its header names it.
    pub column: Option<String>,
    /// The cell: `C12`.
    pub cell: Option<String>,
    /// The sentence.
    pub key: String,
    /// Values for the sentence's gaps.
    pub params: BTreeMap<String, String>,
}

/// A file that was written for a person to take away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct SavedFile {
    /// Where it is.
    pub path: String,
    /// What the edition says and the file does not: a workbook cannot hold everything.
    pub left_out: Option<EditionDiff>,
}
