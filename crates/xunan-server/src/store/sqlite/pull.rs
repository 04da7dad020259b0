//! What a laptop does not have yet, scope by scope, in the order of `n`.

use std::collections::BTreeMap;

use anyhow::Result;
use rusqlite::{Connection, OptionalExtension, params};
use xunan_model::change::{RawChange, Scope};
use xunan_model::digest::Digest;
use xunan_model::id::DeviceId;
use xunan_model::stamp::Stamp;
use xunan_model::wire::{ChangeSet, Cursor, OwnChange, PulledChange, PulledScope};

use super::apply::stamp_of;
use super::codec::Sql;
use super::device;
use crate::store::{Has, Pulled};

/// What the numbers of a change take in a reply, about.
const OWN_BYTES: usize = 32;

pub(super) fn server_epoch(c: &Connection) -> Result<u64> {
    Ok(c.prepare_cached("SELECT server_epoch FROM meta")?
        .query_row([], |row| row.get(0))?)
}

pub(super) fn pull(
    c: &Connection,
    device: DeviceId,
    cursors: &BTreeMap<Scope, Cursor>,
    has: Has,
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
        let (changes, own) = changes(c, scope, from, device, has, &mut left)?;
        let last = [changes.last().map(|one| one.n), own.last().map(|one| one.n)];
        let n = last.into_iter().flatten().max().unwrap_or(from);
        pulled.push(PulledScope {
            scope: scope.clone(),
            changes,
            own,
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
    device: DeviceId,
    has: Has,
    left: &mut Budget,
) -> Result<(Vec<PulledChange>, Vec<OwnChange>)> {
    let mut statement = c.prepare_cached(
        "SELECT n, effective, raw, seq, device = ?3 AND epoch = ?4 AND seq <= ?5
           FROM change WHERE scope = ?1 AND n > ?2 ORDER BY n",
    )?;
    let mut rows = statement.query(params![
        scope.0,
        from,
        Sql(device.0),
        has.epoch,
        has.last_seq
    ])?;
    let (mut changes, mut own) = (Vec::new(), Vec::new());
    while (left.bytes > 0 || left.untouched)
        && let Some(row) = rows.next()?
    {
        let raw: String = row.get(2)?;
        let has: bool = row.get(4)?;
        let bytes = if has { OWN_BYTES } else { raw.len() };
        if bytes > left.bytes && !left.untouched {
            left.bytes = 0;
            break;
        }
        left.bytes = left.bytes.saturating_sub(bytes);
        left.untouched = false;
        let (n, effective) = (row.get(0)?, row.get::<_, Sql<Stamp>>(1)?.0);
        let raw = RawChange::from_text(raw)?;
        if has {
            own.push(OwnChange {
                n,
                seq: row.get(3)?,
                effective: Some(effective).filter(|stamp| stamp_of(&raw) != Some(*stamp)),
            });
        } else {
            changes.push(PulledChange { n, effective, raw });
        }
    }
    Ok((changes, own))
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
