//! The log of changes, the laptop's place in it, and the fold from changes to rows.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;
use xunan_model::change::{Change, ChangeId, Edit, Kind, RawChange};
use xunan_model::digest::Digest;
use xunan_model::id::DeviceId;
use xunan_model::merge::{self, Conflict, Row, Writer};
use xunan_model::stamp::Stamp;

use super::record;

/// The laptop's place in its own log.
#[derive(Debug, Clone)]
pub(crate) struct Device {
    pub(crate) id: DeviceId,
    pub(crate) epoch: u32,
    pub(crate) last_seq: u64,
    /// The chain's link after `last_seq`.
    pub(crate) link: Digest,
    /// The greatest stamp made or seen.
    pub(crate) stamp: Stamp,
    /// Everything up to here is durable at the server.
    pub(crate) acked_seq: u64,
    pub(crate) trusted: Option<DateTime<Utc>>,
}

/// A change to be kept.
pub(crate) struct NewChange<'a> {
    pub(crate) change: &'a Change,
    pub(crate) raw: &'a RawChange,
    pub(crate) link: Option<Digest>,
    pub(crate) effective: Stamp,
    pub(crate) own: bool,
    pub(crate) acked: bool,
}

/// A change as it is kept.
pub(crate) struct StoredChange {
    pub(crate) seq: u64,
    pub(crate) raw: String,
    pub(crate) effective: Stamp,
    /// The server confirmed it before.
    pub(crate) acked: bool,
    /// It was made here.
    pub(crate) own: bool,
}

pub(crate) fn device(conn: &Connection) -> Result<Option<Device>> {
    let found = conn
        .prepare_cached(
            "SELECT device, epoch, last_seq, link, stamp, acked_seq, trusted FROM device",
        )?
        .query_row([], |row| {
            Ok((
                row.get::<_, String>(0)?,
                row.get(1)?,
                row.get(2)?,
                row.get::<_, String>(3)?,
                row.get::<_, String>(4)?,
                row.get(5)?,
                row.get::<_, Option<String>>(6)?,
            ))
        })
        .optional()?;
    let Some((id, epoch, last_seq, link, stamp, acked_seq, trusted)) = found else {
        return Ok(None);
    };
    Ok(Some(Device {
        id: id.parse()?,
        epoch,
        last_seq,
        link: Digest::parse(&link).context("a damaged link")?,
        stamp: Stamp::parse(&stamp).context("a damaged stamp")?,
        acked_seq,
        trusted: trusted.and_then(|text| text.parse().ok()),
    }))
}

/// The laptop becomes this device, at the beginning of its first epoch.
pub(crate) fn enrol(conn: &Connection, device: DeviceId, trusted: DateTime<Utc>) -> Result<()> {
    conn.execute(
        "INSERT INTO device (one, device, epoch, last_seq, link, stamp, acked_seq, trusted) VALUES (1, ?1, 1, 0, ?2, ?3, 0, ?4)",
        params![device.to_string(), Digest::ZERO.to_string(), Stamp::ZERO.to_string(), trusted.to_rfc3339()],
    )?;
    Ok(())
}

/// The laptop has made change `seq`.
pub(crate) fn advance(conn: &Connection, seq: u64, link: Digest, stamp: Stamp) -> Result<()> {
    conn.prepare_cached("UPDATE device SET last_seq = ?1, link = ?2, stamp = max(stamp, ?3)")?
        .execute(params![seq, link.to_string(), stamp.to_string()])?;
    Ok(())
}

/// The laptop has seen a stamp: what it makes from now on is later.
pub(crate) fn observe(conn: &Connection, stamp: Stamp) -> Result<()> {
    conn.prepare_cached("UPDATE device SET stamp = max(stamp, ?1)")?
        .execute([stamp.to_string()])?;
    Ok(())
}

/// Appends a change.
pub(crate) fn insert(conn: &Connection, new: &NewChange<'_>) -> Result<()> {
    let id = new.change.id;
    conn.prepare_cached(
        "INSERT INTO change (device, epoch, seq, own, raw, digest, link, effective, acked) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?
    .execute(params![
        id.device.to_string(),
        id.epoch,
        id.seq,
        new.own,
        new.raw.text(),
        new.raw.digest().to_string(),
        new.link.map(|link| link.to_string()),
        new.effective.to_string(),
        new.acked,
    ])?;
    let mut statement = conn.prepare_cached(
        "INSERT OR IGNORE INTO edit (kind, id, device, epoch, seq) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for edit in &new.change.edits {
        statement.execute(params![
            edit.kind.as_str(),
            edit.id.to_string(),
            id.device.to_string(),
            id.epoch,
            id.seq
        ])?;
    }
    Ok(())
}

/// How a change is kept.
pub(crate) struct Kept {
    pub(crate) effective: Stamp,
    pub(crate) digest: Digest,
    pub(crate) own: bool,
}

/// How a change is kept, if it is here.
pub(crate) fn kept(conn: &Connection, id: ChangeId) -> Result<Option<Kept>> {
    let found: Option<(String, String, bool)> = conn
        .prepare_cached(
            "SELECT effective, digest, own FROM change WHERE device = ?1 AND epoch = ?2 AND seq = ?3",
        )?
        .query_row(params![id.device.to_string(), id.epoch, id.seq], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()?;
    let Some((effective, digest, own)) = found else {
        return Ok(None);
    };
    Ok(Some(Kept {
        effective: Stamp::parse(&effective).context("a damaged stamp")?,
        digest: Digest::parse(&digest).context("a damaged digest")?,
        own,
    }))
}

/// Takes a change out of the log; its records are to be folded again.
pub(super) fn remove(conn: &Connection, id: ChangeId) -> Result<()> {
    let key = params![id.device.to_string(), id.epoch, id.seq];
    for table in ["edit", "change"] {
        conn.prepare_cached(&format!(
            "DELETE FROM {table} WHERE device = ?1 AND epoch = ?2 AND seq = ?3"
        ))?
        .execute(key)?;
    }
    Ok(())
}

/// The records that a change touched.
pub(super) fn touched(conn: &Connection, id: ChangeId) -> Result<Vec<(Kind, Uuid)>> {
    let mut statement = conn.prepare_cached(
        "SELECT kind, id FROM edit WHERE device = ?1 AND epoch = ?2 AND seq = ?3",
    )?;
    let rows: Vec<(String, String)> = statement
        .query_map(params![id.device.to_string(), id.epoch, id.seq], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?
        .collect::<rusqlite::Result<_>>()?;
    rows.into_iter()
        .map(|(kind, record)| Ok((Kind::from(kind.as_str()), record.parse()?)))
        .collect()
}

/// The chain's link after own change `seq`.
pub(crate) fn link_after(conn: &Connection, device: &Device, seq: u64) -> Result<Digest> {
    if seq == 0 {
        return Ok(Digest::ZERO);
    }
    let text: Option<String> = conn
        .prepare_cached("SELECT link FROM change WHERE device = ?1 AND epoch = ?2 AND seq = ?3")?
        .query_row(params![device.id.to_string(), device.epoch, seq], |row| {
            row.get(0)
        })?;
    text.and_then(|text| Digest::parse(&text))
        .context("a change without its link")
}

/// The changes of the device's epoch after `seq`, until they add up to `bytes_max` (at least one).
pub(crate) fn own_after(
    conn: &Connection,
    device: &Device,
    seq: u64,
    bytes_max: usize,
) -> Result<Vec<StoredChange>> {
    let mut statement = conn.prepare_cached(
        "SELECT seq, raw, effective, acked, own FROM change WHERE device = ?1 AND epoch = ?2 AND seq > ?3 ORDER BY seq",
    )?;
    let mut rows = statement.query(params![device.id.to_string(), device.epoch, seq])?;
    let (mut changes, mut bytes) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        let raw: String = row.get(1)?;
        bytes += raw.len();
        if !changes.is_empty() && bytes > bytes_max {
            break;
        }
        let effective: String = row.get(2)?;
        changes.push(StoredChange {
            seq: row.get(0)?,
            raw,
            effective: Stamp::parse(&effective).context("a damaged stamp")?,
            acked: row.get(3)?,
            own: row.get(4)?,
        });
    }
    Ok(changes)
}

/// Merges one edit into its row and keeps the conflicts that show. The change is in the log.
pub(crate) fn fold(conn: &Connection, writer: Writer, edit: &Edit) -> Result<()> {
    let mut row = record::load(conn, &edit.kind, edit.id)?.unwrap_or_default();
    if !merge::in_order(&row, writer, edit) {
        return refold(conn, &edit.kind, edit.id);
    }
    for conflict in merge::apply(&mut row, writer, edit) {
        keep_conflict(conn, &conflict)?;
    }
    record::save(conn, &edit.kind, edit.id, &row)
}

/// A change counts under another stamp than thought: its records are folded again from the log.
pub(crate) fn correct(
    conn: &Connection,
    id: ChangeId,
    effective: Stamp,
) -> Result<Vec<(Kind, Uuid)>> {
    conn.prepare_cached(
        "UPDATE change SET effective = ?4 WHERE device = ?1 AND epoch = ?2 AND seq = ?3",
    )?
    .execute(params![
        id.device.to_string(),
        id.epoch,
        id.seq,
        effective.to_string()
    ])?;
    let touched = touched(conn, id)?;
    for (kind, record) in &touched {
        refold(conn, kind, *record)?;
    }
    Ok(touched)
}

/// Row = fold of all changes to the record, and its conflicts are those that show on the way: so
/// every machine with the same changes has the same conflicts.
pub(crate) fn refold(conn: &Connection, kind: &Kind, id: Uuid) -> Result<()> {
    conn.prepare_cached("DELETE FROM conflict WHERE kind = ?1 AND record = ?2")?
        .execute(params![kind.as_str(), id.to_string()])?;
    let row = folded(
        conn,
        kind,
        id,
        |_| true,
        |conflict| keep_conflict(conn, conflict),
    )?;
    if row.writers.is_empty() {
        // Nothing of it belongs here any more.
        return record::remove(conn, kind, id);
    }
    record::save(conn, kind, id, &row)
}

/// A record as it was when of each laptop no more was known than its changes up to the stamp `seen`.
pub(crate) fn folded_until(
    conn: &Connection,
    kind: &Kind,
    id: Uuid,
    seen: &BTreeMap<DeviceId, Stamp>,
) -> Result<Row> {
    let counts = |change: &Change| {
        let last = seen.get(&change.id.device);
        last.is_some_and(|last| change.at <= *last)
    };
    folded(conn, kind, id, counts, |_| Ok(()))
}

/// The laptops that wrote a record, each with the stamp of the last of its changes to it.
pub(crate) fn written(conn: &Connection, kind: &Kind, id: Uuid) -> Result<Vec<(DeviceId, Stamp)>> {
    // A stamp is written in as many digits always: the greatest text is the greatest stamp.
    let mut statement = conn.prepare_cached(
        "SELECT e.device, max(c.raw ->> '$.at') FROM edit e JOIN change c USING (device, epoch, seq)
         WHERE e.kind = ?1 AND e.id = ?2 GROUP BY e.device",
    )?;
    let rows = statement.query_map(params![kind.as_str(), id.to_string()], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
    })?;
    rows.map(|row| {
        let (device, at) = row?;
        Ok((
            device.parse()?,
            Stamp::parse(&at).context("a damaged stamp")?,
        ))
    })
    .collect()
}

/// The fold of the changes to a record that count, in the order of their writers.
fn folded(
    conn: &Connection,
    kind: &Kind,
    id: Uuid,
    counts: impl Fn(&Change) -> bool,
    mut met: impl FnMut(&Conflict) -> Result<()>,
) -> Result<Row> {
    let mut statement = conn.prepare_cached(
        "SELECT c.raw, c.effective FROM edit e JOIN change c USING (device, epoch, seq)
         WHERE e.kind = ?1 AND e.id = ?2 AND c.scope NOT IN (SELECT scope FROM evicted) ORDER BY c.effective, c.device, c.epoch, c.seq",
    )?;
    let stored: Vec<(String, String)> = statement
        .query_map(params![kind.as_str(), id.to_string()], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?
        .collect::<rusqlite::Result<_>>()?;
    let mut row = Row::default();
    for (raw, effective) in stored {
        let change = RawChange::from_text(raw)?.read()?;
        let writer = Writer {
            at: Stamp::parse(&effective).context("a damaged stamp")?,
            change: change.id,
        };
        if !counts(&change) {
            continue;
        }
        let same = |edit: &&Edit| edit.kind == *kind && edit.id == id;
        for edit in change.edits.iter().filter(same) {
            for conflict in merge::apply(&mut row, writer, edit) {
                met(&conflict)?;
            }
        }
    }
    Ok(row)
}

/// The records whose rows are not the fold of their changes: there are none, or something is wrong.
pub(crate) fn misfolded(conn: &Connection) -> Result<Vec<String>> {
    let mut statement = conn.prepare("SELECT kind, id FROM record")?;
    let records: Vec<(String, String)> = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let mut wrong = Vec::new();
    for (kind, id) in records {
        let (kind, id) = (Kind::from(kind.as_str()), id.parse()?);
        let row = record::load(conn, &kind, id)?.unwrap_or_default();
        if folded(conn, &kind, id, |_| true, |_| Ok(()))? != row {
            wrong.push(format!("{}/{id}", kind.as_str()));
        }
    }
    Ok(wrong)
}

fn keep_conflict(conn: &Connection, conflict: &Conflict) -> Result<()> {
    let side = |side: &merge::Side| {
        serde_json::json!({ "at": side.writer.at, "by": side.writer.change, "value": side.value })
            .to_string()
    };
    conn.prepare_cached(
        "INSERT OR IGNORE INTO conflict (id, kind, record, field, policy, winner, loser) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        conflict.id.to_string(),
        conflict.kind.as_str(),
        conflict.record.to_string(),
        conflict.field,
        serde_json::to_value(conflict.policy)?.as_str(),
        side(&conflict.winner),
        side(&conflict.loser),
    ])?;
    Ok(())
}

/// Everything of the present epoch up to `seq` is durable at the server, and nothing after it.
pub(crate) fn ack(conn: &Connection, device: &Device, seq: u64) -> Result<()> {
    conn.prepare_cached("UPDATE device SET acked_seq = ?1")?
        .execute([seq])?;
    conn.prepare_cached(
        "UPDATE change SET acked = 1 WHERE device = ?1 AND epoch = ?2 AND seq <= ?3 AND seq > ?4 AND acked = 0",
    )?
    .execute(params![device.id.to_string(), device.epoch, seq, device.acked_seq.min(seq)])?;
    Ok(())
}
