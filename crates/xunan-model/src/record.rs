//! What all records have in common: a kind, an id, fields, and whatever a newer program added.

use std::collections::BTreeMap;

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::change::{Edit, Kind};
use crate::digest::Digest;
use crate::merge::Row;

/// A record of one kind. Its struct keeps fields it does not know in a flattened `extra`.
pub trait Record: Serialize + DeserializeOwned {
    /// What it is.
    const KIND: Kind;

    /// Which one it is.
    fn uuid(&self) -> Uuid;
}

/// Reads a record from its row.
///
/// # Errors
/// When a field that this program needs is missing or has another shape.
pub fn read<R: Record>(id: Uuid, row: &Row) -> Result<R, serde_json::Error> {
    read_fields(id, row.fields.clone())
}

/// Reads a record from its fields.
///
/// # Errors
/// As [`read`].
pub fn read_fields<R: Record>(
    id: Uuid,
    mut fields: Map<String, Value>,
) -> Result<R, serde_json::Error> {
    fields.insert("id".to_owned(), Value::String(id.to_string()));
    serde_json::from_value(Value::Object(fields))
}

/// What must be written so that `row` becomes `record`: only the fields that differ, each with
/// the stamp of the value it replaces. `None` when nothing differs.
///
/// # Errors
/// When the record cannot be written as JSON.
pub fn edit<R: Record>(record: &R, row: &Row) -> Result<Option<Edit>, serde_json::Error> {
    let Value::Object(mut fields) = serde_json::to_value(record)? else {
        return Err(serde::ser::Error::custom("a record must be an object"));
    };
    fields.remove("id");
    fields.retain(|field, value| row.fields.get(field).unwrap_or(&Value::Null) != value);
    if fields.is_empty() {
        return Ok(None);
    }
    let base = fields
        .keys()
        .filter_map(|field| {
            row.writers
                .get(field)
                .map(|writer| (field.clone(), writer.at))
        })
        .collect();
    Ok(Some(Edit {
        kind: R::KIND,
        id: record.uuid(),
        base,
        set: fields,
    }))
}

/// A digest over records that does not depend on how a JSON library orders its keys.
#[must_use]
pub fn canonical_digest(value: &Value) -> Digest {
    Digest::of(canonical(value).as_bytes())
}

/// JSON text that does not depend on how a JSON library orders its keys.
pub(crate) fn canonical(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let sorted: BTreeMap<&String, &Value> = map.iter().collect();
            let parts: Vec<String> = sorted
                .into_iter()
                .map(|(k, v)| format!("{}:{}", Value::from(k.as_str()), canonical(v)))
                .collect();
            format!("{{{}}}", parts.join(","))
        }
        Value::Array(items) => format!(
            "[{}]",
            items.iter().map(canonical).collect::<Vec<_>>().join(",")
        ),
        other => other.to_string(),
    }
}

/// Implements [`Record`] for structs with an `id` field.
macro_rules! records {
    ($($name:ty => $kind:ident),+ $(,)?) => {$(
        impl $crate::record::Record for $name {
            const KIND: $crate::change::Kind = $crate::change::Kind::$kind;
            fn uuid(&self) -> uuid::Uuid { self.id.0 }
        }
    )+};
}
pub(crate) use records;
