//! One action of a person, as it is written into the log for ever.
//!
//! The author's exact bytes are stored, hashed and forwarded: a program that parsed and wrote a
//! change again could drop what it does not know. A chain of links over the digests makes a
//! missing or altered change visible.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, value::RawValue};
use uuid::Uuid;

use crate::digest::Digest;
use crate::id::{DeviceId, PersonId};
use crate::open_enum::open_enum;
use crate::stamp::Stamp;

/// The version of the format that this program writes.
pub const CHANGE_VERSION: u32 = 1;
/// The longest change in bytes; a longer one is a fault of the program that made it.
pub const CHANGE_BYTES_MAX: usize = 1 << 20;
/// The most edits in one change.
pub const CHANGE_EDITS_MAX: usize = 1_000;

open_enum! {
    /// What a record is.
    Kind {
        /// An authority.
        Office = "office",
        /// A person.
        Person = "person",
        /// A person's post in an office.
        Membership = "membership",
        /// A legal or natural party.
        Organization = "organization",
        /// A place that is inspected.
        Site = "site",
        /// A checklist edition handed out by the server.
        Edition = "edition",
        /// One visit.
        Inspection = "inspection",
        /// The answer to one item.
        Answer = "answer",
        /// A hazard found.
        Finding = "finding",
        /// One step in a finding's life.
        Transition = "transition",
        /// A photo.
        Photo = "photo",
        /// A signature under a list of photos.
        Signing = "signing",
        /// A decision on a conflict.
        Decision = "decision",
    }
}

/// Who may see a record: an opaque string assigned by the server. A change belongs to one scope.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Scope(pub String);

impl std::fmt::Display for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A change's name: gap-free per device and epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ChangeId {
    /// The laptop that made it.
    pub device: DeviceId,
    /// The laptop's epoch: a new one begins when a clone or an old image of it is found out.
    pub epoch: u32,
    /// 1, 2, 3 … within the epoch.
    pub seq: u64,
}

/// What the laptop knew of the time. Evidence: kept, never rewritten.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeEvidence {
    /// The clock on the wall.
    pub wall: DateTime<Utc>,
    /// Milliseconds of a clock that only runs forward, since the boot named by `boot`.
    pub mono: u64,
    /// The boot that `mono` counts from.
    pub boot: String,
    /// The last time learnt from the server, if any.
    pub trusted: Option<DateTime<Utc>>,
}

/// What one change does to one record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Edit {
    /// What the record is.
    pub kind: Kind,
    /// Which one.
    pub id: Uuid,
    /// For each field set, the stamp of the value that the author saw (absent: there was none).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub base: BTreeMap<String, Stamp>,
    /// The fields and their new values; `null` clears a field.
    pub set: Map<String, Value>,
}

/// One action of a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// The format's version.
    pub v: u32,
    /// The laptop, its epoch, and the number of the change.
    #[serde(flatten)]
    pub id: ChangeId,
    /// The stamp that orders it.
    pub at: Stamp,
    /// What the laptop knew of the time.
    pub time: TimeEvidence,
    /// Who did it.
    pub author: PersonId,
    /// Who may see it.
    pub scope: Scope,
    /// What it does.
    pub edits: Vec<Edit>,
}

/// A change in its author's exact bytes.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RawChange(Box<RawValue>);

impl RawChange {
    /// Writes a change for the first and only time.
    ///
    /// # Errors
    /// When a value cannot be written as JSON.
    pub fn write(change: &Change) -> Result<Self, serde_json::Error> {
        serde_json::value::to_raw_value(change).map(Self)
    }

    /// Takes bytes that were stored or received.
    ///
    /// # Errors
    /// When they are not one JSON value.
    pub fn from_text(text: String) -> Result<Self, serde_json::Error> {
        RawValue::from_string(text).map(Self)
    }

    /// The author's exact text.
    #[must_use]
    pub fn text(&self) -> &str {
        self.0.get()
    }

    /// The digest of the author's exact bytes.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(self.text().as_bytes())
    }

    /// Reads the change.
    ///
    /// # Errors
    /// When the bytes are no change, or one above the limits.
    pub fn read(&self) -> Result<Change, ChangeError> {
        if self.text().len() > CHANGE_BYTES_MAX {
            return Err(ChangeError::TooLarge);
        }
        let change: Change = serde_json::from_str(self.text())?;
        if change.edits.len() > CHANGE_EDITS_MAX {
            return Err(ChangeError::TooLarge);
        }
        Ok(change)
    }
}

/// Why bytes are no change.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// Longer, or with more edits, than the limits allow.
    #[error("the change exceeds the limits")]
    TooLarge,
    /// Not the JSON of a change.
    #[error("not a change: {0}")]
    Malformed(#[from] serde_json::Error),
}
