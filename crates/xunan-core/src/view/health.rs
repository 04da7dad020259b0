//! What the screen of the laptop's health shows.

use std::collections::BTreeMap;

use serde::Serialize;
use ts_rs::TS;

use super::BackupRunning;

/// What is as it should be, and what is not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct HealthView {
    /// The worst of all items.
    pub worst: HealthState,
    /// In a fixed order.
    pub items: Vec<HealthItem>,
    /// The reading of all photos that is under way, or a backup.
    pub running: Option<BackupRunning>,
    /// When every photo was read, since the start.
    pub photos_read: Option<String>,
}

/// How one thing stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct HealthItem {
    /// Which, e.g. `disk`.
    pub key: String,
    /// The sentence is the locale text `health.<key>.<said>`.
    pub said: String,
    /// How grave.
    pub state: HealthState,
    /// Values for the sentence's gaps.
    pub params: BTreeMap<String, String>,
}

/// How grave something is; the worse is the greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum HealthState {
    /// As it should be.
    Ok,
    /// To be seen to before driving off.
    Warn,
    /// To be seen to now.
    Bad,
}
