//! What becomes of the log when histories part: this laptop was cloned or restored from an old image,
//! or the server was restored from a backup. Nothing is lost; names may change.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;
use xunan_model::change::{ChangeId, Kind, RawChange};
use xunan_model::digest::Digest;
use xunan_model::id::DeviceId;

use super::log::{Device, NewChange, ack, insert, own_after, refold, remove, touched};

/// A chain of an earlier epoch that a restored server is asked about.
pub(crate) struct Recheck {
    pub(crate) epoch: u32,
    pub(crate) last_seq: u64,
    /// As far as is known, the server has it up to here.
    pub(crate) acked_seq: u64,
}

/// The server was restored from a backup: the chains of earlier epochs, as far as they are here, are
/// to be compared too. Those that a clone of this laptop wrote are among them.
pub(crate) fn recheck_all(conn: &Connection, device: &Device) -> Result<()> {
    let mut statement = conn.prepare(
        "SELECT epoch, seq FROM change WHERE device = ?1 AND epoch <> ?2 ORDER BY epoch, seq",
    )?;
    let mut rows = statement.query(params![device.id.to_string(), device.epoch])?;
    let mut last: BTreeMap<u32, u64> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let (epoch, seq): (u32, u64) = (row.get(0)?, row.get(1)?);
        let known = last.entry(epoch).or_default();
        if seq == *known + 1 {
            *known = seq;
        }
    }
    for (epoch, seq) in last {
        conn.execute(
            "INSERT OR REPLACE INTO recheck (epoch, last_seq, acked_seq) VALUES (?1, ?2, ?2)",
            params![epoch, seq],
        )?;
    }
    Ok(())
}

/// The next chain to be asked about.
pub(crate) fn recheck(conn: &Connection) -> Result<Option<Recheck>> {
    Ok(conn
        .prepare_cached("SELECT epoch, last_seq, acked_seq FROM recheck ORDER BY epoch LIMIT 1")?
        .query_row([], |row| {
            Ok(Recheck {
                epoch: row.get(0)?,
                last_seq: row.get(1)?,
                acked_seq: row.get(2)?,
            })
        })
        .optional()?)
}

/// The server has an earlier chain up to `seq`.
pub(crate) fn recheck_acked(conn: &Connection, recheck: &Recheck, seq: u64) -> Result<()> {
    if seq >= recheck.last_seq {
        conn.execute("DELETE FROM recheck WHERE epoch = ?1", [recheck.epoch])?;
    } else {
        conn.execute(
            "UPDATE recheck SET acked_seq = ?2 WHERE epoch = ?1",
            params![recheck.epoch, seq],
        )?;
    }
    Ok(())
}

/// The link of a chain after `seq`, over the changes that are here.
pub(crate) fn link_over(conn: &Connection, id: DeviceId, epoch: u32, seq: u64) -> Result<Digest> {
    let mut statement = conn.prepare_cached(
        "SELECT digest FROM change WHERE device = ?1 AND epoch = ?2 AND seq <= ?3 ORDER BY seq",
    )?;
    let mut rows = statement.query(params![id.to_string(), epoch, seq])?;
    let mut link = Digest::ZERO;
    while let Some(row) = rows.next()? {
        let digest: String = row.get(0)?;
        link = link.link(Digest::parse(&digest).context("a damaged digest")?);
    }
    Ok(link)
}

/// This laptop was cloned, or restored from an old image: the server has other changes under its
/// names. What comes after `agreed` is written again under a new epoch; nothing is lost.
pub(crate) fn fork(
    conn: &Connection,
    device: &Device,
    agreed: u64,
    next_epoch: u32,
) -> Result<Vec<(Kind, Uuid)>> {
    ack(conn, device, agreed)?;
    let fresh = Device {
        epoch: next_epoch,
        last_seq: 0,
        link: Digest::ZERO,
        ..device.clone()
    };
    conn.execute(
        "UPDATE device SET epoch = ?1, last_seq = 0, link = ?2, acked_seq = 0",
        params![next_epoch, Digest::ZERO.to_string()],
    )?;
    rewrite(conn, device.epoch, agreed, &fresh)
}

/// Changes of an epoch after `agreed`, as far as they were made here, are written again at the end
/// of the present chain. Those that a clone made are its own to write again.
pub(crate) fn rewrite(
    conn: &Connection,
    epoch: u32,
    agreed: u64,
    into: &Device,
) -> Result<Vec<(Kind, Uuid)>> {
    let from = Device {
        epoch,
        ..into.clone()
    };
    let mut old = own_after(conn, &from, agreed, usize::MAX)?;
    old.retain(|change| change.own);
    let mut touched = Vec::new();
    let (mut seq, mut link) = (into.last_seq, into.link);
    for stored in &old {
        let mut change = RawChange::from_text(stored.raw.clone())?.read()?;
        remove(conn, change.id)?;
        seq += 1;
        change.id = ChangeId {
            device: into.id,
            epoch: into.epoch,
            seq,
        };
        let raw = RawChange::write(&change)?;
        link = link.link(raw.digest());
        let new = NewChange {
            change: &change,
            raw: &raw,
            link: Some(link),
            effective: stored.effective,
            own: true,
            acked: false,
        };
        insert(conn, &new)?;
        touched.extend(change.edits.into_iter().map(|edit| (edit.kind, edit.id)));
    }
    conn.execute(
        "UPDATE device SET last_seq = ?1, link = ?2",
        params![seq, link.to_string()],
    )?;
    touched.sort();
    touched.dedup();
    for (kind, id) in &touched {
        refold(conn, kind, *id)?;
    }
    if !touched.is_empty() {
        pull_again(conn)?;
    }
    Ok(touched)
}

/// A restored server has given a name to other bytes: those that stand under it here are set aside,
/// and the records that they touched are folded without them. Their author writes them again.
pub(crate) fn displace(conn: &Connection, id: ChangeId) -> Result<Vec<(Kind, Uuid)>> {
    let touched = touched(conn, id)?;
    let key = params![id.device.to_string(), id.epoch, id.seq];
    conn.execute(
        "INSERT OR IGNORE INTO displaced (device, epoch, seq, digest, raw)
         SELECT device, epoch, seq, digest, raw FROM change WHERE device = ?1 AND epoch = ?2 AND seq = ?3",
        key,
    )?;
    remove(conn, id)?;
    for (kind, record) in &touched {
        refold(conn, kind, *record)?;
    }
    Ok(touched)
}

/// Everything is to be compared with the server again, from the start: names may mean other changes
/// there than they did.
pub(crate) fn pull_again(conn: &Connection) -> Result<()> {
    conn.execute(
        "UPDATE scope SET n = 0, count = 0, digest = ?1",
        [Digest::ZERO.to_string()],
    )?;
    Ok(())
}
