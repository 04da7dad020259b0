//! Taking a laptop's changes: the chain is checked, each change is merged or put into quarantine.
//!
//! Everything happens in the caller's one transaction, so a reply that was lost, a request sent
//! twice or a commit that fails leaves nothing half done.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use chrono::{DateTime, Utc};
use rusqlite::{Connection, Transaction};
use serde::Deserialize;
use xunan_model::change::{Change, ChangeId, RawChange, Scope};
use xunan_model::digest::Digest;
use xunan_model::id::{DeviceId, PersonId};
use xunan_model::stamp::Stamp;
use xunan_model::wire::{Ack, Fork, Reject, RejectReason, SentChange, SyncRequest};

use super::chain::{Head, Known, head, head_set, known, link_at};
use super::device;
use super::fold::{Stored, merge_change, record};
use super::lawful::{self, Law};
use super::quarantine::{self, Held};
use crate::store::Applied;

/// The most changes taken from one request; the laptop sends the rest again.
const CHANGES_MAX: usize = 5_000;
const KIND_BYTES_MAX: usize = 64;
const FIELD_BYTES_MAX: usize = 128;

/// Who may write what.
pub(super) struct Rights {
    pub(super) revoked: bool,
    pub(super) scopes: Vec<Scope>,
    pub(super) authors: BTreeSet<PersonId>,
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
        // They part before `first_seq`. The laptop sends again from the start, and the first change
        // that differs tells where.
        return Ok(Applied {
            ack: Ack {
                epoch: request.epoch,
                last_seq: 0,
                link: Digest::ZERO,
                stamps: BTreeMap::new(),
            },
            fork: None,
            rejects: Vec::new(),
            revoked: rights.revoked,
        });
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
    let mut batch = Batch {
        tx,
        now,
        rights: &rights,
        head,
        ack: BTreeMap::new(),
        rejects: Vec::new(),
        law: Law::default(),
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
    law: Law,
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
        let checked = match check(self.tx, id, &sent.raw, self.rights)? {
            Ok(change) => match lawful::check(self.tx, &change, &mut self.law)? {
                Ok(()) => Ok(change),
                Err(key) => {
                    tracing::warn!(?id, key, "a step that does not follow goes to quarantine");
                    Err(RejectReason::UnlawfulStep)
                }
            },
            Err(reason) => Err(reason),
        };
        match checked {
            Ok(change) => {
                let received_ms = u64::try_from(self.now.timestamp_millis()).unwrap_or(0);
                // What an earlier ack said stands, but no laptop may say that of a later time.
                let effective = sent
                    .effective
                    .map_or(change.at, |earlier| earlier.min(change.at))
                    .effective(received_ms);
                if effective != change.at {
                    self.ack.insert(id.seq, effective);
                }
                let stored = Stored {
                    raw: &sent.raw,
                    digest,
                    link: self.head.link,
                    effective,
                };
                merge_change(self.tx, &change, &stored, self.now)?;
                Ok(())
            }
            Err(reason) => {
                self.rejects.push(Reject {
                    seq: id.seq,
                    reason,
                });
                let held = Held {
                    raw: &sent.raw,
                    digest,
                    link: self.head.link,
                    reason,
                };
                quarantine::add(self.tx, id, &held, self.now)
            }
        }
    }
}

/// Whether a change may be merged; else why not.
pub(super) fn check(
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

/// The stamp that the author gave to a change.
pub(super) fn stamp_of(raw: &RawChange) -> Option<Stamp> {
    #[derive(Deserialize)]
    struct At {
        at: Stamp,
    }
    serde_json::from_str::<At>(raw.text())
        .ok()
        .map(|change| change.at)
}
