//! What the screens of backup and restore show.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::FaultView;

/// Where backups go, how old the last one is, and what is under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct BackupView {
    /// Whether the laptop has a recovery code; without one there is no backup.
    pub recovery: bool,
    /// The stick or disk.
    pub main: Option<BackupPlace>,
    /// The daily copy inside the machine.
    pub second: Option<BackupPlace>,
    /// Why somebody should make a backup now.
    pub due: Option<BackupDue>,
    /// The backup that is being made.
    pub running: Option<BackupRunning>,
    /// Why the last one was not made.
    pub fault: Option<FaultView>,
}

/// Why a backup should be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum BackupDue {
    /// There is none.
    Never,
    /// It is a week old.
    Old,
    /// What is in no backup has waited for the server for more than a day.
    Unsent,
}

/// A place for backups.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct BackupPlace {
    /// The folder, as the system writes it.
    pub folder: String,
    /// Whether it is there: a stick may be pulled out.
    pub here: bool,
    /// The last backup.
    pub last: Option<BackupDone>,
}

/// A backup that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct BackupDone {
    /// When.
    pub at: String,
    /// How many whole days ago, by the laptop's clock.
    pub age_days: i64,
    /// Photo files in it.
    pub blobs: u64,
    /// Bytes in it.
    pub bytes: u64,
    /// Photo files that were new to it.
    pub copied: u64,
    /// Photo files that are altered on this laptop, and so not in it.
    pub altered: u64,
}

/// How far a backup or a restore is, in bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct BackupRunning {
    /// Done.
    pub done: u64,
    /// In all; 0 while it is not known.
    pub total: u64,
}

/// A backup that lies in a folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct BackupFound {
    /// Its name for the program.
    pub id: String,
    /// The laptop's name.
    pub device_name: String,
    /// Its office.
    pub office: String,
    /// When it was made.
    pub at: String,
    /// Visits in it.
    pub visits: u64,
    /// Findings in it.
    pub findings: u64,
    /// Photos in it.
    pub photos: u64,
    /// Bytes.
    pub bytes: u64,
}

/// What a restore brought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct RestoreView {
    /// Photo files that are here.
    pub blobs: u64,
    /// Photo files that were missing or damaged on the stick.
    pub blobs_missing: u64,
}

/// What was read of a damaged database, and what is missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct SalvageView {
    /// When it was salvaged.
    pub at: String,
    /// The folder, beside the database, where the damaged one lies.
    pub folder: String,
    /// Changes that were read.
    pub changes_read: u64,
    /// Changes of this laptop that could not be read and that the server never confirmed.
    pub changes_lost: u64,
    /// Changes that could not be read and come again from the server, as far as is known.
    pub changes_again: u64,
    /// How many records of each kind lost such a change, as far as is known.
    pub lost: BTreeMap<String, u64>,
    /// They were made after this.
    pub lost_from: Option<String>,
    /// And before this; `None`: up to the end.
    pub lost_until: Option<String>,
    /// Some of what was half-typed could not be read.
    pub local_lost: bool,
}
