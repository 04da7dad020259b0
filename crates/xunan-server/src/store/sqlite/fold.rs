//! Folding a checked change into the records.

use anyhow::Result;
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use uuid::Uuid;
use xunan_model::change::{Change, Kind, RawChange, Scope};
use xunan_model::digest::Digest;
use xunan_model::merge::{self, Conflict, Row, Side, Writer};
use xunan_model::photo::BlobRef;
use xunan_model::stamp::Stamp;
use xunan_model::wire::ChangeSet;

use super::codec::Sql;

/// How a change is stored.
pub(super) struct Stored<'a> {
    pub(super) raw: &'a RawChange,
    pub(super) digest: Digest,
    pub(super) link: Digest,
    pub(super) effective: Stamp,
}

/// Gives a checked change its number in its scope, which it returns, and folds it into the records.
pub(super) fn merge_change(
    tx: &Transaction<'_>,
    change: &Change,
    stored: &Stored<'_>,
    received: DateTime<Utc>,
) -> Result<u64> {
    let mut set = scope_set(tx, &change.scope)?;
    set.add(change.id);
    tx.prepare_cached(
        "INSERT INTO scope (name, n, digest) VALUES (?1, ?2, ?3)
         ON CONFLICT (name) DO UPDATE SET n = excluded.n, digest = excluded.digest",
    )?
    .execute(params![change.scope.0, set.count, Sql(set.digest)])?;
    tx.prepare_cached(
        "INSERT INTO change (scope, n, device, epoch, seq, raw, digest, link, effective, received, set_digest)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?
    .execute(params![
        change.scope.0,
        set.count,
        Sql(change.id.device.0),
        change.id.epoch,
        change.id.seq,
        stored.raw.text(),
        Sql(stored.digest),
        Sql(stored.link),
        Sql(stored.effective),
        received.to_rfc3339(),
        Sql(set.digest),
    ])?;
    let writer = Writer {
        at: stored.effective,
        change: change.id,
    };
    for edit in &change.edits {
        let (scope, mut row) = record(tx, &edit.kind, edit.id)?
            .unwrap_or_else(|| (change.scope.clone(), Row::default()));
        for conflict in merge::apply(&mut row, writer, edit) {
            conflict_add(tx, &scope, &conflict, received)?;
        }
        record_put(tx, &edit.kind, edit.id, &scope, &row)?;
        if edit.kind == Kind::Photo {
            blob_refs(tx, &scope, &row)?;
        }
    }
    Ok(set.count)
}

/// The set of all changes of a scope; its count is the scope's counter.
fn scope_set(tx: &Connection, scope: &Scope) -> Result<ChangeSet> {
    let set = tx
        .prepare_cached("SELECT n, digest FROM scope WHERE name = ?1")?
        .query_row([&scope.0], |row| {
            Ok(ChangeSet {
                count: row.get(0)?,
                digest: row.get::<_, Sql<Digest>>(1)?.0,
            })
        })
        .optional()?;
    Ok(set.unwrap_or(ChangeSet::EMPTY))
}

/// A record and the scope that it lives in.
pub(super) fn record(tx: &Connection, kind: &Kind, id: Uuid) -> Result<Option<(Scope, Row)>> {
    let found: Option<(String, String, String)> = tx
        .prepare_cached("SELECT scope, fields, writers FROM record WHERE kind = ?1 AND id = ?2")?
        .query_row(params![kind.as_str(), Sql(id)], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()?;
    found
        .map(|(scope, fields, writers)| Ok((Scope(scope), Row::from_stored(&fields, &writers)?)))
        .transpose()
}

fn record_put(tx: &Connection, kind: &Kind, id: Uuid, scope: &Scope, row: &Row) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO record (kind, id, scope, fields, writers) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (kind, id) DO UPDATE SET fields = excluded.fields, writers = excluded.writers",
    )?
    .execute(params![
        kind.as_str(),
        Sql(id),
        scope.0,
        serde_json::to_string(&row.fields)?,
        row.writers_text()?
    ])?;
    Ok(())
}

fn conflict_add(
    tx: &Connection,
    scope: &Scope,
    conflict: &Conflict,
    now: DateTime<Utc>,
) -> Result<()> {
    let side = |side: &Side| {
        serde_json::json!({ "at": side.writer.at, "change": side.writer.change, "value": side.value }).to_string()
    };
    tx.prepare_cached(
        "INSERT INTO conflict (id, kind, record, scope, field, policy, winner, loser, received)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (id) DO NOTHING",
    )?
    .execute(params![
        Sql(conflict.id),
        conflict.kind.as_str(),
        Sql(conflict.record),
        scope.0,
        conflict.field,
        serde_json::to_value(conflict.policy)?.as_str(),
        side(&conflict.winner),
        side(&conflict.loser),
        now.to_rfc3339(),
    ])?;
    Ok(())
}

/// Who may read a blob follows from the photos that point to it. Fields are read one by one: a
/// photo of a newer program, or one not complete yet, must not fail.
fn blob_refs(tx: &Connection, scope: &Scope, photo: &Row) -> Result<()> {
    for field in ["original", "evidence", "thumb"] {
        let Some(value) = photo.fields.get(field) else {
            continue;
        };
        let Ok(blob) = serde_json::from_value::<BlobRef>(value.clone()) else {
            continue;
        };
        tx.prepare_cached(
            "INSERT INTO blob_ref (sha256, scope) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
        )?
        .execute(params![Sql(blob.sha256), scope.0])?;
    }
    Ok(())
}
