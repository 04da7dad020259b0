//! What a laptop does not have yet, scope by scope, in the order of `n`.

use std::collections::BTreeMap;

use anyhow::Result;
use rusqlite::{Connection, OptionalExtension, params};
use xunan_model::change::{RawChange, Scope};
use xunan_model::digest::Digest;
use xunan_model::id::DeviceId;
use xunan_model::stamp::Stamp;
use xunan_model::wire::{ChangeSet, Cursor, PulledChange, PulledScope};

use super::codec::Sql;
use super::device;
use crate::store::Pulled;

pub(super) fn server_epoch(c: &Connection) -> Result<u64> {
    Ok(c.prepare_cached("SELECT server_epoch FROM meta")?
        .query_row([], |row| row.get(0))?)
}

pub(super) fn pull(
    c: &Connection,
    device: DeviceId,
    cursors: &BTreeMap<Scope, Cursor>,
    bytes_max: usize,
) -> Result<Pulled> {
    let server_epoch = server_epoch(c)?;
    let scopes = device::scopes(c, device)?;
    let mut left = Budget {
        bytes: bytes_max,
        untouched: true,
    };
    let mut pulled = Vec::new();
    for scope in &scopes {
        let total: Option<u64> = c
            .prepare_cached("SELECT n FROM scope WHERE name = ?1")?
            .query_row([&scope.0], |row| row.get(0))
            .optional()?;
        let total = total.unwrap_or(0);
        let from = match cursors.get(scope) {
            Some(cursor) if cursor.server_epoch == server_epoch && cursor.n <= total => cursor.n,
            Some(cursor) if cursor.server_epoch == server_epoch => {
                tracing::error!(%device, "a laptop is ahead of this database: was a backup put back without `restored`?");
                0
            }
            _ => 0,
        };
        let changes = changes(c, scope, from, &mut left)?;
        let n = changes.last().map_or(from, |change| change.n);
        pulled.push(PulledScope {
            scope: scope.clone(),
            changes,
            cursor: Cursor { server_epoch, n },
            more: n < total,
            set: set_at(c, scope, n)?,
        });
    }
    Ok(Pulled {
        server_epoch,
        scopes,
        pulled,
    })
}

struct Budget {
    bytes: usize,
    /// The first change is always given, or one larger than the budget would never leave.
    untouched: bool,
}

fn changes(
    c: &Connection,
    scope: &Scope,
    from: u64,
    left: &mut Budget,
) -> Result<Vec<PulledChange>> {
    let mut statement = c.prepare_cached(
        "SELECT n, effective, raw FROM change WHERE scope = ?1 AND n > ?2 ORDER BY n",
    )?;
    let mut rows = statement.query(params![scope.0, from])?;
    let mut changes = Vec::new();
    while (left.bytes > 0 || left.untouched)
        && let Some(row) = rows.next()?
    {
        let raw: String = row.get(2)?;
        if raw.len() > left.bytes && !left.untouched {
            left.bytes = 0;
            break;
        }
        left.bytes = left.bytes.saturating_sub(raw.len());
        left.untouched = false;
        let effective = row.get::<_, Sql<Stamp>>(1)?.0;
        changes.push(PulledChange {
            n: row.get(0)?,
            effective,
            raw: RawChange::from_text(raw)?,
        });
    }
    Ok(changes)
}

fn set_at(c: &Connection, scope: &Scope, n: u64) -> Result<ChangeSet> {
    let digest = c
        .prepare_cached("SELECT set_digest FROM change WHERE scope = ?1 AND n = ?2")?
        .query_row(params![scope.0, n], |row| row.get::<_, Sql<Digest>>(0))
        .optional()?;
    Ok(digest.map_or(ChangeSet::EMPTY, |digest| ChangeSet {
        count: n,
        digest: digest.0,
    }))
}
