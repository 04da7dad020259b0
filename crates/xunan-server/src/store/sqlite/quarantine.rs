//! Changes that could not be merged when they came. They keep their place in the laptop's chain, so
//! one that is let out later only gets a number in its scope and is folded like any other.

use anyhow::Result;
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use uuid::Uuid;
use xunan_model::change::{Change, ChangeId, RawChange};
use xunan_model::digest::Digest;
use xunan_model::id::{DeviceId, PersonId};
use xunan_model::wire::RejectReason;

use super::apply::check;
use super::codec::{Sql, reason_text};
use super::device;
use super::fold::{Stored, merge_change};
use crate::store::{QuarantineFact, ReleaseRights, Released};

/// A change as it is put aside.
pub(super) struct Held<'a> {
    pub(super) raw: &'a RawChange,
    pub(super) digest: Digest,
    pub(super) link: Digest,
    pub(super) reason: RejectReason,
}

pub(super) fn add(
    tx: &Transaction<'_>,
    id: ChangeId,
    held: &Held<'_>,
    now: DateTime<Utc>,
) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO quarantine (device, epoch, seq, raw, digest, link, reason, received)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        Sql(id.device.0),
        id.epoch,
        id.seq,
        held.raw.text(),
        Sql(held.digest),
        Sql(held.link),
        reason_text(held.reason)?,
        now.to_rfc3339(),
    ])?;
    Ok(())
}

/// In the order of arrival.
pub(super) fn list(c: &Connection) -> Result<Vec<QuarantineFact>> {
    let mut statement = c.prepare(
        "SELECT device, epoch, seq, reason, received, raw FROM quarantine ORDER BY received, device, epoch, seq",
    )?;
    let rows = statement.query_map([], |row| {
        Ok(QuarantineFact {
            device: DeviceId(row.get::<_, Sql<Uuid>>(0)?.0),
            epoch: row.get(1)?,
            seq: row.get(2)?,
            reason: row.get(3)?,
            received: row.get(4)?,
            raw: row.get(5)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Merges a change under today's rights, with the stamp that it would have had when it came.
/// Laptops pull it as the newest of its scope; its author's laptop then stops showing it as refused.
pub(super) fn release(
    tx: &Transaction<'_>,
    id: ChangeId,
    rights: ReleaseRights,
) -> Result<Released> {
    let name = params![Sql(id.device.0), id.epoch, id.seq];
    let held: Option<(String, Sql<Digest>, Sql<Digest>, String)> = tx
        .query_row(
            "SELECT raw, digest, link, received FROM quarantine WHERE device = ?1 AND epoch = ?2 AND seq = ?3",
            name,
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
        )
        .optional()?;
    let Some((raw, Sql(digest), Sql(link), received)) = held else {
        let merged: bool = tx.query_row(
            "SELECT EXISTS (SELECT 1 FROM change WHERE device = ?1 AND epoch = ?2 AND seq = ?3)",
            name,
            |row| row.get(0),
        )?;
        return Ok(if merged {
            Released::MergedBefore
        } else {
            Released::Unknown
        });
    };
    let raw = RawChange::from_text(raw)?;
    let (_, mut allowed) = device::rights(tx, id.device)?;
    if rights == ReleaseRights::Trusted {
        allowed.revoked = false;
        if let Ok(Change { author, .. }) = raw.read()
            && person_known(tx, author)?
        {
            allowed.authors.insert(author);
        }
    }
    let change = match check(tx, id, &raw, &allowed)? {
        Ok(change) => change,
        Err(reason) => return Ok(Released::Refused(reason)),
    };
    let received = DateTime::parse_from_rfc3339(&received)?.with_timezone(&Utc);
    let received_ms = u64::try_from(received.timestamp_millis()).unwrap_or(0);
    let stored = Stored {
        raw: &raw,
        digest,
        link,
        effective: change.at.effective(received_ms),
    };
    tx.execute(
        "DELETE FROM quarantine WHERE device = ?1 AND epoch = ?2 AND seq = ?3",
        name,
    )?;
    let n = merge_change(tx, &change, &stored, received)?;
    Ok(Released::Merged {
        scope: change.scope,
        n,
        effective: stored.effective,
    })
}

/// Whether the server ever heard of a person: with an account in any office, or by a record that
/// outlived the account.
fn person_known(tx: &Connection, person: PersonId) -> Result<bool> {
    Ok(tx.query_row(
        "SELECT EXISTS (SELECT 1 FROM account WHERE person = ?1)
             OR EXISTS (SELECT 1 FROM record WHERE kind = 'person' AND id = ?1)",
        [Sql(person.0)],
        |row| row.get(0),
    )?)
}
