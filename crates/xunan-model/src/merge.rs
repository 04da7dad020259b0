//! How two laptops' changes to one record become one record, the same on every machine.
//!
//! Per field the greater `(stamp, device, epoch, seq)` wins; the loser stays in the log. Because
//! that order is total, the result does not depend on the order of arrival.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::change::{ChangeId, Edit, Kind};
use crate::id::{DeviceId, derived};
use crate::stamp::Stamp;

/// Who wrote a field's present value, and when: the order in which writes win.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Writer {
    /// The effective stamp.
    pub at: Stamp,
    /// The change.
    pub change: ChangeId,
}

/// A record's present state: every field's value, known to this program or not, and its writer.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Row {
    /// Field → value. A cleared field is absent.
    pub fields: Map<String, Value>,
    /// Field → who wrote its present value (also for cleared fields).
    pub writers: BTreeMap<String, Writer>,
}

/// What is done when two people set one field without having seen each other's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// The later one stands.
    Lww,
    /// The later one stands and both are told.
    LwwNotify,
    /// Disputed until a person decides by an explicit change.
    Adjudicate,
}

/// Two values of one field, neither of whose authors had seen the other.
#[derive(Debug, Clone, PartialEq)]
pub struct Conflict {
    /// Derived from the field and the two changes, so that every machine names it alike and
    /// meets it once.
    pub id: Uuid,
    /// The record.
    pub kind: Kind,
    /// The record.
    pub record: Uuid,
    /// The field.
    pub field: String,
    /// What is to be done.
    pub policy: Policy,
    /// The greater write.
    pub winner: Side,
    /// The lesser write.
    pub loser: Side,
}

/// One side of a conflict.
#[derive(Debug, Clone, PartialEq)]
pub struct Side {
    /// Who wrote it, and when.
    pub writer: Writer,
    /// What was written.
    pub value: Value,
}

/// The policy for a field. Facts that a document of law rests on are decided by people.
#[must_use]
pub fn policy(kind: &Kind, field: &str) -> Policy {
    match (kind, field) {
        // Who and when go with what was written; they are no second dispute.
        (_, "by" | "at" | "found") => Policy::Lww,
        // An end that two inspectors confirmed must not silently give way to a later check record of
        // another laptop.
        (Kind::Finding, "level" | "deadline")
        | (Kind::Answer, "result")
        | (Kind::Inspection, "finished") => Policy::Adjudicate,
        (Kind::Finding | Kind::Answer | Kind::Inspection, _) => Policy::LwwNotify,
        _ => Policy::Lww,
    }
}

/// Whether an edit comes after everything that it touches. If not, the record must be folded anew
/// from the log in the order of its writers, or its conflicts would depend on the order of arrival.
#[must_use]
pub fn in_order(row: &Row, writer: Writer, edit: &Edit) -> bool {
    let mut present = edit.set.keys().filter_map(|field| row.writers.get(field));
    present.all(|present| *present <= writer)
}

/// Applies one edit to a row and returns the conflicts that show.
///
/// Applying an edit again changes nothing. A write of the chain that also wrote the present value is
/// never a conflict: one laptop's changes follow each other. Clones of a laptop are two chains.
pub fn apply(row: &mut Row, writer: Writer, edit: &Edit) -> Vec<Conflict> {
    let mut conflicts = Vec::new();
    for (field, value) in &edit.set {
        let Some(current) = row.writers.get(field).copied() else {
            set(row, field, value, writer);
            continue;
        };
        let present = row.fields.get(field).unwrap_or(&Value::Null);
        let unseen = policy(&edit.kind, field) != Policy::Lww
            && edit.base.get(field) != Some(&current.at)
            && chain(current) != chain(writer)
            && present != value
            && !knew(edit, field, current);
        if unseen {
            conflicts.push(conflict(edit, field, (current, present), (writer, value)));
        }
        if writer >= current {
            set(row, field, value, writer);
        }
    }
    conflicts
}

fn chain(writer: Writer) -> (DeviceId, u32) {
    (writer.change.device, writer.change.epoch)
}

/// Whether the author had seen a value later than the present one: then the present one, which
/// arrived late, was not overlooked.
fn knew(edit: &Edit, field: &str, current: Writer) -> bool {
    edit.base.get(field).is_some_and(|seen| *seen > current.at)
}

fn set(row: &mut Row, field: &str, value: &Value, writer: Writer) {
    if value.is_null() {
        row.fields.remove(field);
    } else {
        row.fields.insert(field.to_owned(), value.clone());
    }
    row.writers.insert(field.to_owned(), writer);
}

fn conflict(edit: &Edit, field: &str, a: (Writer, &Value), b: (Writer, &Value)) -> Conflict {
    let (winner, loser) = if a.0 > b.0 { (a, b) } else { (b, a) };
    let name = |change: ChangeId| format!("{}/{}/{}", change.device, change.epoch, change.seq);
    let (first, second) = if a.0.change < b.0.change {
        (a, b)
    } else {
        (b, a)
    };
    Conflict {
        id: derived(&[
            "conflict",
            edit.kind.as_str(),
            &edit.id.to_string(),
            field,
            &name(first.0.change),
            &name(second.0.change),
        ]),
        kind: edit.kind.clone(),
        record: edit.id,
        field: field.to_owned(),
        policy: policy(&edit.kind, field),
        winner: Side {
            writer: winner.0,
            value: winner.1.clone(),
        },
        loser: Side {
            writer: loser.0,
            value: loser.1.clone(),
        },
    }
}

/// The writers of a row as they are stored: one entry per change with the fields it wrote, which
/// is far smaller than one entry per field.
#[derive(Serialize, Deserialize)]
struct StoredWriter {
    at: Stamp,
    #[serde(flatten)]
    change: ChangeId,
    fields: Vec<String>,
}

impl Row {
    /// The writers as JSON text for storing.
    ///
    /// # Errors
    /// Never in practice: every part is text or a number.
    pub fn writers_text(&self) -> Result<String, serde_json::Error> {
        let mut grouped: BTreeMap<Writer, Vec<String>> = BTreeMap::new();
        for (field, writer) in &self.writers {
            grouped.entry(*writer).or_default().push(field.clone());
        }
        let stored: Vec<StoredWriter> = grouped
            .into_iter()
            .map(|(writer, fields)| StoredWriter {
                at: writer.at,
                change: writer.change,
                fields,
            })
            .collect();
        serde_json::to_string(&stored)
    }

    /// Reads a stored row.
    ///
    /// # Errors
    /// When the stored text is damaged.
    pub fn from_stored(fields: &str, writers: &str) -> Result<Self, serde_json::Error> {
        let stored: Vec<StoredWriter> = serde_json::from_str(writers)?;
        let writers = stored
            .into_iter()
            .flat_map(|w| {
                let writer = Writer {
                    at: w.at,
                    change: w.change,
                };
                w.fields.into_iter().map(move |field| (field, writer))
            })
            .collect();
        Ok(Self {
            fields: serde_json::from_str(fields)?,
            writers,
        })
    }
}
