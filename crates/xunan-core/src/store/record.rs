//! The `record` table: every record's present state, whatever its kind.
//!
//! One table for all kinds, so that merging, unknown fields and kinds from newer programs need
//! no code of their own. Each concept's questions are in the concept's file.

use anyhow::{Context, Result};
use rusqlite::{Connection, OptionalExtension, Row as SqlRow, params};
use uuid::Uuid;
use xunan_model::change::Kind;
use xunan_model::merge::Row;
use xunan_model::record::{Record, read_fields};

// Without the plus SQLite reads all of the kind in the order of ids.
pub(super) const OF_INSPECTION: &str =
    "SELECT id, fields FROM record WHERE kind = ?1 AND inspection = ?2 ORDER BY +id";
pub(super) const OF_FINDING: &str =
    "SELECT id, fields FROM record WHERE kind = ?1 AND finding = ?2 ORDER BY +id";

/// The row of a record.
pub(crate) fn load(conn: &Connection, kind: &Kind, id: Uuid) -> Result<Option<Row>> {
    let stored: Option<(String, String)> = conn
        .prepare_cached("SELECT fields, writers FROM record WHERE kind = ?1 AND id = ?2")?
        .query_row(params![kind.as_str(), id.to_string()], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    stored
        .map(|(fields, writers)| Row::from_stored(&fields, &writers).context("a damaged row"))
        .transpose()
}

/// Writes the row of a record.
pub(crate) fn save(conn: &Connection, kind: &Kind, id: Uuid, row: &Row) -> Result<()> {
    conn.prepare_cached(
        "INSERT INTO record (kind, id, fields, writers) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (kind, id) DO UPDATE SET fields = excluded.fields, writers = excluded.writers",
    )?
    .execute(params![
        kind.as_str(),
        id.to_string(),
        serde_json::to_string(&row.fields)?,
        row.writers_text()?
    ])?;
    Ok(())
}

/// Takes the row of a record away.
pub(crate) fn remove(conn: &Connection, kind: &Kind, id: Uuid) -> Result<()> {
    conn.prepare_cached("DELETE FROM record WHERE kind = ?1 AND id = ?2")?
        .execute(params![kind.as_str(), id.to_string()])?;
    Ok(())
}

/// A record, if it is here.
pub(crate) fn get<R: Record>(conn: &Connection, id: Uuid) -> Result<Option<R>> {
    let mut statement =
        conn.prepare_cached("SELECT id, fields FROM record WHERE kind = ?1 AND id = ?2")?;
    statement
        .query_row(params![R::KIND.as_str(), id.to_string()], stored)
        .optional()?
        .map(read)
        .transpose()
}

/// All records of a kind.
pub(crate) fn all<R: Record>(conn: &Connection) -> Result<Vec<R>> {
    let mut statement =
        conn.prepare_cached("SELECT id, fields FROM record WHERE kind = ?1 ORDER BY id")?;
    collect(statement.query_map([R::KIND.as_str()], stored)?)
}

/// The records of a kind that belong to an inspection.
pub(crate) fn of_inspection<R: Record>(conn: &Connection, inspection: Uuid) -> Result<Vec<R>> {
    let mut statement = conn.prepare_cached(OF_INSPECTION)?;
    collect(statement.query_map(params![R::KIND.as_str(), inspection.to_string()], stored)?)
}

/// The records of a kind that belong to a finding.
pub(crate) fn of_finding<R: Record>(conn: &Connection, finding: Uuid) -> Result<Vec<R>> {
    let mut statement = conn.prepare_cached(OF_FINDING)?;
    collect(statement.query_map(params![R::KIND.as_str(), finding.to_string()], stored)?)
}

/// The two columns that a record is read from.
pub(crate) fn stored(row: &SqlRow<'_>) -> rusqlite::Result<(String, String)> {
    Ok((row.get(0)?, row.get(1)?))
}

/// Reads a record from its two columns.
pub(crate) fn read<R: Record>((id, fields): (String, String)) -> Result<R> {
    let id: Uuid = id.parse()?;
    read_fields(id, serde_json::from_str(&fields)?).with_context(|| format!("{} {id}", R::KIND))
}

/// A record of a newer program that this one cannot read stays in the table and out of the list:
/// one such row must not hide the others.
pub(crate) fn collect<R: Record>(
    rows: impl Iterator<Item = rusqlite::Result<(String, String)>>,
) -> Result<Vec<R>> {
    let mut records = Vec::new();
    for row in rows {
        match read(row?) {
            Ok(record) => records.push(record),
            Err(error) => tracing::warn!(
                error = format!("{error:#}"),
                "a record that this version cannot read"
            ),
        }
    }
    Ok(records)
}
