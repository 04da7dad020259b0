//! What the screens of sending and of conflicts show.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

use super::FaultView;

/// What has not reached the server yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum SyncState {
    /// Everything has arrived.
    Idle,
    /// Sending or receiving.
    Working,
    /// The server cannot be reached; all is kept here.
    Offline,
    /// Something is wrong that waiting alone may not mend.
    Trouble,
    /// The server does not know this laptop any more.
    SignedOut,
    /// Not running: the laptop is not enrolled.
    Stopped,
}

/// The state of sending.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct SyncStatus {
    /// In a word.
    pub state: SyncState,
    /// Changes that are not at the server.
    pub changes_unsent: usize,
    /// Files that are not at the server.
    pub blobs_unsent: usize,
    /// Their bytes, less what the server has of those on their way.
    pub bytes_unsent: u64,
    /// The measured rate in bytes per second; `None` while nothing moves.
    pub rate: Option<u64>,
    /// How long the rest will take at that rate, in seconds.
    pub seconds_left: Option<u64>,
    /// When the oldest unsent change was made.
    pub oldest_unsent: Option<String>,
    /// It is older than the office allows: somebody should find a network.
    pub oldest_alarm: bool,
    /// When the server last answered.
    pub last_contact: Option<String>,
    /// What is wrong.
    pub trouble: Option<FaultView>,
    /// The person said that the link costs money: evidence copies and originals wait.
    pub metered: bool,
    /// Everything has arrived and nothing is under way: the lid may be closed.
    pub lid_may_close: bool,
    /// Changes that the server put aside and that are not settled yet.
    pub rejected: usize,
    /// Conflicts that wait for a person.
    pub conflicts: usize,
    /// Originals that the server has too and that need not be here.
    pub originals_here: usize,
    /// Their bytes.
    pub originals_here_bytes: u64,
    /// By visit: those with something unsent first, then the latest.
    pub items: Vec<SyncItem>,
}

/// How far one visit has reached the server: its three ticks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct SyncItem {
    /// The visit.
    pub inspection: String,
    /// The site's name.
    pub site_name: String,
    /// When the visit began.
    pub begun: String,
    /// Its changes.
    pub records: SyncTick,
    /// Thumbnails and evidence copies.
    pub evidence: SyncTick,
    /// Original photos.
    pub originals: SyncTick,
    /// A file of it that cannot be read here, or that the server refuses.
    pub trouble: Option<FaultView>,
}

/// One of the three ticks. It is set when `sent == total`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct SyncTick {
    /// How many there are.
    pub total: usize,
    /// How many of them the server has confirmed.
    pub sent: usize,
    /// The bytes of the files; 0 for records.
    pub bytes: u64,
    /// The bytes that the server has.
    pub bytes_sent: u64,
}

/// A change that the server put aside, with what can be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct RejectedView {
    /// The laptop's epoch.
    pub epoch: u32,
    /// The change's number.
    pub seq: u64,
    /// When it was made.
    pub at: String,
    /// Who made it.
    pub author_name: String,
    /// Why, e.g. `wrong_author`; the sentence is the locale text `rejected.<reason>`.
    pub reason: String,
    /// The kinds of the records in it.
    pub kinds: Vec<String>,
    /// The site it concerns, when known.
    pub site_name: Option<String>,
    /// The visit it concerns, when known.
    pub inspection: Option<String>,
}

/// Two people set one field without having seen each other's value.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct ConflictView {
    /// Its name, the same on every laptop.
    pub id: String,
    /// What the record is, e.g. `finding`.
    pub kind: String,
    /// The record.
    pub record: String,
    /// The field, e.g. `deadline`.
    pub field: String,
    /// Disputed until a person decides; else the later value stands and both are told.
    pub disputed: bool,
    /// What it is about, e.g. the hazard's text.
    pub title: String,
    /// The site's name.
    pub site_name: String,
    /// The visit.
    pub inspection: Option<String>,
    /// The value that stands for now.
    pub winner: ConflictSide,
    /// The other.
    pub loser: ConflictSide,
}

/// One side of a conflict.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct ConflictSide {
    /// What was written; `null` when the field was cleared.
    #[ts(type = "unknown")]
    pub value: Value,
    /// Who.
    pub author_name: String,
    /// When, by that laptop's clock.
    pub at: String,
    /// On which laptop.
    pub device_name: String,
    /// On this one.
    pub here: bool,
}
