//! A list of sites on its way in, as a screen shows it.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use xunan_model::site::line::Column;

use super::FaultView;

/// A file as it was read: what its columns are taken for can be corrected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct ImportTable {
    /// The heading.
    pub heading: Vec<String>,
    /// What each column is taken for.
    pub columns: Vec<Option<Column>>,
    /// The first rows below the heading.
    pub samples: Vec<Vec<String>>,
    /// How many rows there are below the heading.
    pub rows: usize,
}

/// What would become of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, TS)]
#[ts(export)]
pub struct ImportSum {
    /// Sites that are not here yet.
    pub new: usize,
    /// Sites that are here and differ.
    pub changed: usize,
    /// Sites that are here as the list says.
    pub known: usize,
    /// Rows that cannot be taken.
    pub refused: usize,
}

/// What becomes of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum ImportState {
    /// Its site is not here yet.
    New,
    /// Its site is here and differs.
    Changed,
    /// Its site is here as the row says.
    Known,
    /// It cannot be taken.
    Refused,
}

/// A row of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct ImportRow {
    /// Its number in the file, from 1.
    pub line: usize,
    /// What becomes of it.
    pub state: ImportState,
    /// The name.
    pub name: String,
    /// The address.
    pub address: String,
    /// The division's name.
    pub division_name: String,
    /// The credit code.
    pub credit_code: String,
    /// What it changes of the site: names of fields.
    pub changes: Vec<String>,
    /// Words for sector and kind that mean nothing here.
    pub unknown: Vec<String>,
    /// Why it cannot be taken.
    pub reason: Option<FaultView>,
}

/// How far an import or the look before it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct ImportProgress {
    /// Rows done.
    pub done: usize,
    /// Rows to do.
    pub total: usize,
}

/// What an import did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, TS)]
#[ts(export)]
pub struct ImportDone {
    /// Sites that were added.
    pub added: usize,
    /// Sites that were changed.
    pub changed: usize,
    /// Rows that were not reached because somebody stopped it: reading the file again goes on there.
    pub left: usize,
}
