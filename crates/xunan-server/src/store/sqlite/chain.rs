//! How far each laptop's chain was taken, and what is known of its changes.

use std::collections::BTreeMap;

use anyhow::Result;
use rusqlite::{Connection, OptionalExtension, params};
use xunan_model::digest::Digest;
use xunan_model::id::DeviceId;
use xunan_model::stamp::Stamp;
use xunan_model::wire::RejectReason;

use super::codec::{Sql, reason_read};

/// What is known of a change that arrived earlier.
pub(super) struct Known {
    pub(super) digest: Digest,
    pub(super) effective: Option<Stamp>,
    pub(super) reason: Option<RejectReason>,
}

pub(super) struct Head {
    pub(super) seq: u64,
    pub(super) link: Digest,
}

pub(super) fn head(tx: &Connection, device: DeviceId, epoch: u32) -> Result<Head> {
    let head = tx
        .prepare_cached("SELECT last_seq, link FROM chain WHERE device = ?1 AND epoch = ?2")?
        .query_row(params![Sql(device.0), epoch], |row| {
            Ok(Head {
                seq: row.get(0)?,
                link: row.get::<_, Sql<Digest>>(1)?.0,
            })
        })
        .optional()?;
    Ok(head.unwrap_or(Head {
        seq: 0,
        link: Digest::ZERO,
    }))
}

pub(super) fn head_set(tx: &Connection, device: DeviceId, epoch: u32, head: &Head) -> Result<()> {
    if head.seq == 0 {
        return Ok(());
    }
    tx.prepare_cached(
        "INSERT INTO chain (device, epoch, last_seq, link) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (device, epoch) DO UPDATE SET last_seq = excluded.last_seq, link = excluded.link",
    )?
    .execute(params![Sql(device.0), epoch, head.seq, Sql(head.link)])?;
    tx.prepare_cached("UPDATE device SET epoch = max(epoch, ?2) WHERE id = ?1")?
        .execute(params![Sql(device.0), epoch])?;
    Ok(())
}

/// The link after `seq`; `None` when it has not arrived.
pub(super) fn link_at(
    tx: &Connection,
    device: DeviceId,
    epoch: u32,
    seq: u64,
) -> Result<Option<Digest>> {
    if seq == 0 {
        return Ok(Some(Digest::ZERO));
    }
    let link = tx
        .prepare_cached(
            "SELECT link FROM change WHERE device = ?1 AND epoch = ?2 AND seq = ?3
             UNION ALL SELECT link FROM quarantine WHERE device = ?1 AND epoch = ?2 AND seq = ?3",
        )?
        .query_row(params![Sql(device.0), epoch, seq], |row| {
            row.get::<_, Sql<Digest>>(0)
        })
        .optional()?;
    Ok(link.map(|link| link.0))
}

pub(super) fn known(
    tx: &Connection,
    device: DeviceId,
    epoch: u32,
    first: u64,
    count: usize,
) -> Result<BTreeMap<u64, Known>> {
    let mut statement = tx.prepare_cached(
        "SELECT seq, digest, effective, NULL FROM change
          WHERE device = ?1 AND epoch = ?2 AND seq >= ?3 AND seq < ?4
         UNION ALL SELECT seq, digest, NULL, reason FROM quarantine
          WHERE device = ?1 AND epoch = ?2 AND seq >= ?3 AND seq < ?4",
    )?;
    let rows = statement.query_map(
        params![Sql(device.0), epoch, first, first + count as u64],
        |row| {
            let reason: Option<String> = row.get(3)?;
            let known = Known {
                digest: row.get::<_, Sql<Digest>>(1)?.0,
                effective: row.get::<_, Option<Sql<Stamp>>>(2)?.map(|stamp| stamp.0),
                reason: reason.as_deref().map(reason_read),
            };
            Ok((row.get(0)?, known))
        },
    )?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
