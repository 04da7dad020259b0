//! What the screens of backup and restore show.

use serde::Serialize;
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
