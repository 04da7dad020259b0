//! Taking a laptop's changes: the chain is checked, each change is merged or put into quarantine.
//!
//! Everything happens in the caller's one transaction, so a reply that was lost, a request sent
//! twice or a commit that fails leaves nothing half done.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use serde::Deserialize;
use uuid::Uuid;
use xunan_model::change::{Change, ChangeId, Kind, RawChange, Scope};
use xunan_model::digest::Digest;
use xunan_model::id::{DeviceId, PersonId};
use xunan_model::merge::{self, Conflict, Row, Side, Writer};
use xunan_model::photo::BlobRef;
use xunan_model::stamp::Stamp;
use xunan_model::wire::{Ack, ChangeSet, Fork, Reject, RejectReason, SentChange, SyncRequest};

use super::codec::{Sql, reason_read, reason_text};
use super::device;
use crate::store::Applied;

/// The most changes taken from one request; the laptop sends the rest again.
const CHANGES_MAX: usize = 5_000;
const KIND_BYTES_MAX: usize = 64;
const FIELD_BYTES_MAX: usize = 128;

/// What is known of a change that arrived earlier.
struct Known {
    digest: Digest,
    effective: Option<Stamp>,
    reason: Option<RejectReason>,
}

/// Who may write what.
pub(super) struct Rights {
    pub(super) revoked: bool,
    pub(super) scopes: Vec<Scope>,
    pub(super) authors: BTreeSet<PersonId>,
}

struct Head {
    seq: u64,
    link: Digest,
}

pub(super) fn batch(
    tx: &Transaction<'_>,
    device: DeviceId,
    request: &SyncRequest,
    now: DateTime<Utc>,
) -> Result<Applied> {
    let (epoch_known, rights) = device::rights(tx, device)?;
    device::seen(tx, device, now)?;
    let sent = &request.changes[..request.changes.len().min(CHANGES_MAX)];
    let head = head(tx, device, request.epoch)?;
    let fork = |seq: u64, agreed: u64| -> Result<Applied> {
        let agreed = agreed.min(head.seq);
        let link = link_at(tx, device, request.epoch, agreed)?.unwrap_or(Digest::ZERO);
        Ok(Applied {
            ack: Ack {
                epoch: request.epoch,
                last_seq: agreed,
                link,
                stamps: BTreeMap::new(),
            },
            fork: Some(Fork {
                seq,
                next_epoch: epoch_known.max(request.epoch) + 1,
            }),
            rejects: Vec::new(),
            revoked: rights.revoked,
        })
    };

    let before = request.first_seq - 1;
    if let Some(link) = link_at(tx, device, request.epoch, before)?
        && link != request.prev_link
    {
        // Where before `first_seq` they part cannot be told, so nothing is said to agree.
        return fork(before.max(1), 0);
    }
    let known = known(tx, device, request.epoch, request.first_seq, sent.len())?;
    for (seq, change) in (request.first_seq..).zip(sent) {
        if known
            .get(&seq)
            .is_some_and(|known| known.digest != change.raw.digest())
        {
            return fork(seq, seq - 1);
        }
    }
    let made = request.last_seq.max(before + request.changes.len() as u64);
    if head.seq > made {
        // More was received than this laptop remembers having made: it is an old image.
        return fork(made + 1, made);
    }
    if request.epoch < epoch_known {
        let agreed = before + known.len() as u64;
        return fork(agreed + 1, agreed);
    }

    let mut batch = Batch {
        tx,
        now,
        rights: &rights,
        head,
        ack: BTreeMap::new(),
        rejects: Vec::new(),
    };
    for (seq, change) in (request.first_seq..).zip(sent) {
        match known.get(&seq) {
            Some(known) => batch.repeat(seq, change, known),
            None if seq == batch.head.seq + 1 => {
                batch.take(
                    ChangeId {
                        device,
                        epoch: request.epoch,
                        seq,
                    },
                    change,
                )?;
            }
            None => break,
        }
    }
    let Batch {
        head,
        ack: stamps,
        rejects,
        ..
    } = batch;
    head_set(tx, device, request.epoch, &head)?;
    Ok(Applied {
        ack: Ack {
            epoch: request.epoch,
            last_seq: head.seq,
            link: head.link,
            stamps,
        },
        fork: None,
        rejects,
        revoked: rights.revoked,
    })
}

struct Batch<'a> {
    tx: &'a Transaction<'a>,
    now: DateTime<Utc>,
    rights: &'a Rights,
    head: Head,
    ack: BTreeMap<u64, Stamp>,
    rejects: Vec<Reject>,
}

impl Batch<'_> {
    /// The ack of an earlier time was lost: the same is said again.
    fn repeat(&mut self, seq: u64, sent: &SentChange, known: &Known) {
        if let Some(reason) = known.reason {
            self.rejects.push(Reject { seq, reason });
        }
        if let (Some(effective), Some(at)) = (known.effective, stamp_of(&sent.raw))
            && effective != at
        {
            self.ack.insert(seq, effective);
        }
    }

    fn take(&mut self, id: ChangeId, sent: &SentChange) -> Result<()> {
        let digest = sent.raw.digest();
        self.head = Head {
            seq: id.seq,
            link: self.head.link.link(digest),
        };
        match check(self.tx, id, &sent.raw, self.rights)? {
            Ok(change) => {
                let received_ms = u64::try_from(self.now.timestamp_millis()).unwrap_or(0);
                let effective = match sent.effective {
                    Some(earlier) => earlier.min(change.at),
                    None => change.at.effective(received_ms),
                };
                if effective != change.at {
                    self.ack.insert(id.seq, effective);
                }
                let stored = Stored {
                    raw: &sent.raw,
                    digest,
                    link: self.head.link,
                    effective,
                };
                merge_change(self.tx, &change, &stored, self.now)
            }
            Err(reason) => {
                self.rejects.push(Reject {
                    seq: id.seq,
                    reason,
                });
                self.tx
                    .prepare_cached(
                        "INSERT INTO quarantine (device, epoch, seq, raw, digest, link, reason, received)
                         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                    )?
                    .execute(params![
                        Sql(id.device.0),
                        id.epoch,
                        id.seq,
                        sent.raw.text(),
                        Sql(digest),
                        Sql(self.head.link),
                        reason_text(reason)?,
                        self.now.to_rfc3339(),
                    ])?;
                Ok(())
            }
        }
    }
}

/// Whether a change may be merged; else why not.
fn check(
    tx: &Connection,
    id: ChangeId,
    raw: &RawChange,
    rights: &Rights,
) -> Result<std::result::Result<Change, RejectReason>> {
    if rights.revoked {
        return Ok(Err(RejectReason::Revoked));
    }
    let Ok(change) = raw.read() else {
        return Ok(Err(RejectReason::Malformed));
    };
    let too_long = change.edits.iter().any(|edit| {
        edit.kind.as_str().len() > KIND_BYTES_MAX
            || edit.set.keys().any(|field| field.len() > FIELD_BYTES_MAX)
    });
    if too_long {
        return Ok(Err(RejectReason::Malformed));
    }
    if change.id != id {
        return Ok(Err(RejectReason::WrongIdentity));
    }
    if !rights.scopes.contains(&change.scope) {
        return Ok(Err(RejectReason::WrongScope));
    }
    if !rights.authors.contains(&change.author) {
        return Ok(Err(RejectReason::WrongAuthor));
    }
    for edit in &change.edits {
        // A record of a scope that the laptop does not have must not be overwritten blindly.
        if let Some((scope, _)) = record(tx, &edit.kind, edit.id)?
            && !rights.scopes.contains(&scope)
        {
            return Ok(Err(RejectReason::WrongScope));
        }
    }
    Ok(Ok(change))
}

/// How a change is stored.
pub(super) struct Stored<'a> {
    pub(super) raw: &'a RawChange,
    pub(super) digest: Digest,
    pub(super) link: Digest,
    pub(super) effective: Stamp,
}

/// Gives a checked change its number in its scope and folds it into the records.
pub(super) fn merge_change(
    tx: &Transaction<'_>,
    change: &Change,
    stored: &Stored<'_>,
    now: DateTime<Utc>,
) -> Result<()> {
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
        now.to_rfc3339(),
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
            conflict_add(tx, &scope, &conflict, now)?;
        }
        record_put(tx, &edit.kind, edit.id, &scope, &row)?;
        if edit.kind == Kind::Photo {
            blob_refs(tx, &scope, &row)?;
        }
    }
    Ok(())
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

fn head(tx: &Connection, device: DeviceId, epoch: u32) -> Result<Head> {
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

/// The head of the server's own chain, as `(last seq, link)`.
pub(super) fn chain_head(tx: &Connection, device: DeviceId, epoch: u32) -> Result<(u64, Digest)> {
    head(tx, device, epoch).map(|head| (head.seq, head.link))
}

pub(super) fn chain_head_set(
    tx: &Connection,
    device: DeviceId,
    epoch: u32,
    (seq, link): (u64, Digest),
) -> Result<()> {
    head_set(tx, device, epoch, &Head { seq, link })
}

fn head_set(tx: &Connection, device: DeviceId, epoch: u32, head: &Head) -> Result<()> {
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
fn link_at(tx: &Connection, device: DeviceId, epoch: u32, seq: u64) -> Result<Option<Digest>> {
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

fn known(
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

fn stamp_of(raw: &RawChange) -> Option<Stamp> {
    #[derive(Deserialize)]
    struct At {
        at: Stamp,
    }
    serde_json::from_str::<At>(raw.text())
        .ok()
        .map(|change| change.at)
}
