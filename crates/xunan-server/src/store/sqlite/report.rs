//! What people ask: records, and everything for an export.

use anyhow::Result;
use rusqlite::{Connection, params};
use uuid::Uuid;
use xunan_model::change::{Kind, Scope};
use xunan_model::digest::Digest;
use xunan_model::merge::Row;

use super::codec::Sql;
use crate::store::StoredRecord;

pub(super) fn records(c: &Connection, kind: Option<&Kind>) -> Result<Vec<StoredRecord>> {
    let mut statement = c.prepare_cached(
        "SELECT kind, id, scope, fields, writers FROM record WHERE ?1 IS NULL OR kind = ?1 ORDER BY kind, id",
    )?;
    let mut rows = statement.query(params![kind.map(Kind::as_str)])?;
    let mut records = Vec::new();
    while let Some(row) = rows.next()? {
        let (kind, fields, writers): (String, String, String) =
            (row.get(0)?, row.get(3)?, row.get(4)?);
        records.push(StoredRecord {
            kind: Kind::from(kind.as_str()),
            id: row.get::<_, Sql<Uuid>>(1)?.0,
            scope: Scope(row.get(2)?),
            row: Row::from_stored(&fields, &writers)?,
        });
    }
    Ok(records)
}

/// In the order of arrival, which is also the order of `n` within each scope.
pub(super) fn changes_page(
    c: &Connection,
    after: i64,
    rows_max: usize,
) -> Result<Vec<(i64, String)>> {
    let mut statement =
        c.prepare_cached("SELECT rowid, raw FROM change WHERE rowid > ?1 ORDER BY rowid LIMIT ?2")?;
    let rows = statement.query_map(params![after, rows_max], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn blobs(c: &Connection) -> Result<Vec<(Digest, u64)>> {
    let mut statement = c.prepare("SELECT sha256, bytes FROM blob ORDER BY sha256")?;
    let rows = statement.query_map([], |row| Ok((row.get::<_, Sql<Digest>>(0)?.0, row.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
