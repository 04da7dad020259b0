//! One round trip against the store: what goes up, and what is done with the reply.

use anyhow::{Context, Result};
use rusqlite::{Connection, OptionalExtension, params};
use xunan_model::change::{Change, ChangeId, Kind, RawChange, Scope};
use xunan_model::digest::Digest;

use xunan_model::id::DeviceId;
use xunan_model::merge::Writer;
use xunan_model::photo::{Clock, Photo};
use xunan_model::stamp::Stamp;
use xunan_model::wire::{
    Ack, ChangeSet, Cursor, Directive, Fork, OwnChange, PROTOCOL, PulledChange, PulledScope,
    SentChange, SyncReply, SyncRequest,
};

use crate::blob::BlobStore;
use crate::enrol::{keep_accounts, keep_scopes};
use crate::install::Shared;
use crate::platform;
use crate::store::log::{self, Device, NewChange};
use crate::store::parted::{self, Recheck};
use crate::store::{Origin, Tx, query, record, setting};
use crate::sync::driver::Applied;

/// The most blobs asked about in one round: those that an earlier run of the program had begun.
const BLOBS_ASKED_MAX: usize = 50;
/// So many begun blobs are asked about in any case: it is not known of most how far they are.
const BEGUN_MANY: usize = 8;

/// What goes up: the oldest changes that the server has not confirmed, about `bytes_max` of them.
/// The reply may carry about `pull_bytes`. `ask` is whether it is not known how far begun blobs are.
pub(super) fn request(
    conn: &Connection,
    bytes_max: usize,
    pull_bytes: u32,
    ask: bool,
) -> Result<SyncRequest> {
    let mut device = log::device(conn)?.context("the laptop is not enrolled")?;
    let prev_link = if let Some(recheck) = parted::recheck(conn)? {
        device = Device {
            epoch: recheck.epoch,
            last_seq: recheck.last_seq,
            acked_seq: recheck.acked_seq,
            ..device
        };
        parted::link_over(conn, device.id, device.epoch, device.acked_seq)?
    } else {
        log::link_after(conn, &device, device.acked_seq)?
    };
    let mut changes = log::own_after(conn, &device, device.acked_seq, bytes_max)?;
    changes.retain(|change| change.seq <= device.last_seq);
    Ok(SyncRequest {
        protocol: PROTOCOL,
        device: device.id,
        epoch: device.epoch,
        last_seq: device.last_seq,
        first_seq: device.acked_seq + 1,
        prev_link,
        changes: changes
            .into_iter()
            .map(|change| {
                let effective = change.acked.then_some(change.effective);
                Ok(SentChange {
                    raw: RawChange::from_text(change.raw)?,
                    effective,
                })
            })
            .collect::<Result<_>>()?,
        cursors: cursors(conn)?,
        blobs: Some(query::begun_blobs(conn, BLOBS_ASKED_MAX)?)
            .filter(|begun| ask || begun.len() > BEGUN_MANY)
            .unwrap_or_default(),
        accounts: setting::get(conn, setting::ACCOUNTS_VERSION)?
            .and_then(|text| Digest::parse(&text)),
        pull_bytes: Some(pull_bytes),
    })
}

/// Applies a reply in one transaction.
pub(super) fn apply(shared: &Shared, reply: &SyncReply) -> Result<Applied> {
    shared.store.write(Origin::Remote, |tx| {
        let device = log::device(tx.conn())?.context("the laptop is not enrolled")?;
        contact(tx.conn(), reply)?;
        let recheck = parted::recheck(tx.conn())?.filter(|one| one.epoch == reply.ack.epoch);
        let rewritten = match (&reply.fork, &recheck) {
            (Some(_), Some(recheck)) => parted_before(tx, &device, recheck, &reply.ack)?,
            (Some(fork), None) => parted(tx, &device, fork, &reply.ack)?,
            (None, Some(recheck)) => rechecked(tx, &device, recheck, &reply.ack)?,
            (None, None) if reply.ack.epoch == device.epoch => acked(tx, &device, &reply.ack)?,
            (None, None) => false,
        };
        for reject in &reply.rejects {
            let reason = serde_json::to_value(reject.reason)?;
            tx.conn().execute(
                "INSERT OR IGNORE INTO rejected (epoch, seq, reason) VALUES (?1, ?2, ?3)",
                params![reply.ack.epoch, reject.seq, reason.as_str()],
            )?;
        }
        for (blob, state) in &reply.blobs {
            if state.complete {
                query::blob_sent(tx.conn(), *blob)?;
            }
        }
        let mut more = rewritten;
        // What was rewritten may have hidden a change of the server's from an earlier pull: the scopes
        // are pulled from the start, and this part of them is of no use.
        for scope in reply.pulled.iter().filter(|_| !rewritten) {
            more |= pulled(tx, &shared.blobs, reply.ack.epoch, scope)?;
        }
        for directive in &reply.directives {
            obey(tx, directive)?;
        }
        tx.note_kind("sync");
        let after = log::device(tx.conn())?.context("the laptop is not enrolled")?;
        // Last, because a fork may just have made the present epoch an earlier one.
        server_epoch(tx.conn(), &after, reply.server_epoch)?;
        let left = parted::recheck(tx.conn())?;
        let place = |one: &Recheck| (one.epoch, one.acked_seq);
        Ok(Applied {
            more: more || reply.fork.is_some() || left.is_some(),
            moved: (after.epoch, after.acked_seq) != (device.epoch, device.acked_seq)
                || left.as_ref().map(place) != recheck.as_ref().map(place)
                || reply
                    .pulled
                    .iter()
                    .any(|scope| !scope.changes.is_empty() || !scope.own.is_empty()),
        })
    })
}

fn contact(conn: &Connection, reply: &SyncReply) -> Result<()> {
    setting::put(conn, setting::LAST_CONTACT, &reply.server_time.to_rfc3339())?;
    // Late by the way of the reply, a second or two: enough to notice a clock that is minutes off.
    let clock = Clock {
        told_by: "server".to_owned(),
        told: reply.server_time,
        ahead_ms: (platform::now() - reply.server_time).num_milliseconds(),
    };
    setting::put(conn, setting::CLOCK, &serde_json::to_string(&clock)?)?;
    conn.execute(
        "UPDATE device SET trusted = ?1",
        [reply.server_time.to_rfc3339()],
    )?;
    Ok(())
}

/// This laptop was cloned or restored: it begins a new epoch. Says whether changes were written
/// again.
fn parted(tx: &mut Tx<'_>, device: &Device, fork: &Fork, ack: &Ack) -> Result<bool> {
    tracing::warn!(
        seq = fork.seq,
        epoch = fork.next_epoch,
        "this laptop was cloned or restored"
    );
    anyhow::ensure!(
        fork.next_epoch > device.epoch,
        "the server names an old epoch"
    );
    // What both agree on is not sent again: it would be there twice.
    let agreed = ack.last_seq.min(device.last_seq);
    let touched = parted::fork(tx.conn(), device, agreed, fork.next_epoch)?;
    for (kind, id) in &touched {
        tx.note(kind, *id);
    }
    Ok(!touched.is_empty())
}

/// In an earlier epoch the restored server has taken another history than ours: what it lacks is
/// written again at the end of the present one.
fn parted_before(tx: &mut Tx<'_>, device: &Device, recheck: &Recheck, ack: &Ack) -> Result<bool> {
    let agreed = ack.last_seq.min(recheck.last_seq);
    let touched = parted::rewrite(tx.conn(), recheck.epoch, agreed, device)?;
    for (kind, id) in &touched {
        tx.note(kind, *id);
    }
    parted::recheck_acked(tx.conn(), recheck, recheck.last_seq)?;
    Ok(!touched.is_empty())
}

/// How much of an earlier chain a restored server has.
fn rechecked(tx: &mut Tx<'_>, device: &Device, recheck: &Recheck, ack: &Ack) -> Result<bool> {
    let seq = ack.last_seq.min(recheck.last_seq);
    if ack.last_seq <= recheck.last_seq
        && parted::link_over(tx.conn(), device.id, recheck.epoch, seq)? != ack.link
    {
        // They part before here: from the start, until the first change that differs.
        parted::recheck_acked(tx.conn(), recheck, 0)?;
        return Ok(false);
    }
    parted::recheck_acked(tx.conn(), recheck, seq)?;
    Ok(false)
}

/// A server that was restored from a backup may have lost what it had confirmed: it is asked about
/// all blobs, and all chains of this laptop, again.
fn server_epoch(conn: &Connection, device: &Device, epoch: u64) -> Result<()> {
    let epoch = epoch.to_string();
    let known = setting::get(conn, setting::SERVER_EPOCH)?;
    if known.as_ref() == Some(&epoch) {
        return Ok(());
    }
    if known.is_some() {
        conn.execute("UPDATE blob_queue SET sent = 0, begun = 1", [])?;
        parted::recheck_all(conn, device)?;
    }
    setting::put(conn, setting::SERVER_EPOCH, &epoch)
}

/// The server has everything up to `ack.last_seq`, and not more: one that was restored from a
/// backup has less than before, and gets the rest again.
fn acked(tx: &mut Tx<'_>, device: &Device, ack: &Ack) -> Result<bool> {
    let seq = ack.last_seq.min(device.last_seq);
    if ack.last_seq <= device.last_seq && log::link_after(tx.conn(), device, seq)? != ack.link {
        // Never believe an ack for something else. They part before here: all is sent again from the
        // start, until the first change that differs.
        tracing::error!(
            seq,
            "the server has another history under this laptop's name"
        );
        log::ack(tx.conn(), device, 0)?;
        return Ok(false);
    }
    log::ack(tx.conn(), device, seq)?;
    for (seq, effective) in &ack.stamps {
        let id = ChangeId {
            device: device.id,
            epoch: ack.epoch,
            seq: *seq,
        };
        if let Some(kept) = log::kept(tx.conn(), id)? {
            corrected(tx, id, &kept, *effective)?;
        }
    }
    Ok(false)
}

/// Applies changes by others; `epoch` is the one that the reply's ack speaks of. The cursor moves in the same transaction, so it is never ahead.
fn pulled(tx: &mut Tx<'_>, blobs: &BlobStore, epoch: u32, pulled: &PulledScope) -> Result<bool> {
    let Some((cursor, mut set)) = place(tx.conn(), &pulled.scope)? else {
        return Ok(false);
    };
    let own = log::device(tx.conn())?
        .context("the laptop is not enrolled")?
        .id;
    let mut n = cursor.n;
    if cursor.server_epoch != pulled.cursor.server_epoch {
        // A server restored from a backup counts anew: everything is compared again.
        (n, set) = (0, ChangeSet::EMPTY);
    }
    let mut own_changes = pulled.own.iter().peekable();
    for pulled in &pulled.changes {
        while let Some(one) = own_changes.next_if(|one| one.n < pulled.n) {
            n = own_change(tx, (own, epoch), one, n, &mut set)?;
        }
        if pulled.n <= n {
            continue;
        }
        let change = pulled.raw.read().context("a change from the server")?;
        log::observe(tx.conn(), pulled.effective)?;
        match log::kept(tx.conn(), change.id)? {
            Some(kept) if kept.digest == pulled.raw.digest() => {
                corrected(tx, change.id, &kept, pulled.effective)?;
            }
            // Ours stays until the server says from where on the histories differ: then it is
            // written again under another name, and all is pulled anew.
            Some(kept) if kept.own => {}
            Some(_) => {
                for (kind, id) in parted::displace(tx.conn(), change.id)? {
                    tx.note(&kind, id);
                }
                take(tx, blobs, &change, pulled)?;
            }
            None => take(tx, blobs, &change, pulled)?,
        }
        if change.id.device == own {
            released(tx.conn(), change.id)?;
        }
        set.add(change.id);
        n = pulled.n;
    }
    for one in own_changes {
        n = own_change(tx, (own, epoch), one, n, &mut set)?;
    }
    let mut cursor = pulled.cursor;
    let mut more = pulled.more;
    if !pulled.more && set != pulled.set {
        tracing::error!(scope = %pulled.scope, "the set of changes differs from the server's; pulling the scope again");
        (cursor.n, set, more) = (0, ChangeSet::EMPTY, false);
    }
    tx.conn().execute(
        "UPDATE scope SET server_epoch = ?2, n = ?3, count = ?4, digest = ?5 WHERE scope = ?1",
        params![
            pulled.scope.0,
            cursor.server_epoch,
            cursor.n,
            set.count,
            set.digest.to_string()
        ],
    )?;
    Ok(more)
}

/// A change of our own has its number in the scope; returns how far the scope is then.
fn own_change(
    tx: &mut Tx<'_>,
    (device, epoch): (DeviceId, u32),
    one: &OwnChange,
    n: u64,
    set: &mut ChangeSet,
) -> Result<u64> {
    if one.n <= n {
        return Ok(n);
    }
    let id = ChangeId {
        device,
        epoch,
        seq: one.seq,
    };
    let kept =
        log::kept(tx.conn(), id)?.context("the server speaks of a change that is not here")?;
    if let Some(effective) = one.effective {
        corrected(tx, id, &kept, effective)?;
    }
    released(tx.conn(), id)?;
    set.add(id);
    Ok(one.n)
}

/// The server merges a change under this stamp; so does this laptop.
fn corrected(tx: &mut Tx<'_>, id: ChangeId, kept: &log::Kept, effective: Stamp) -> Result<()> {
    if kept.effective != effective {
        for (kind, id) in log::correct(tx.conn(), id, effective)? {
            tx.note(&kind, id);
        }
    }
    Ok(())
}

/// A change of ours counts at the server: if it had been in quarantine, the office released it.
fn released(conn: &Connection, id: ChangeId) -> Result<()> {
    conn.prepare_cached("UPDATE rejected SET settled = 'released' WHERE epoch = ?1 AND seq = ?2")?
        .execute(params![id.epoch, id.seq])?;
    Ok(())
}

/// Appends another's change to the log and folds it.
fn take(tx: &mut Tx<'_>, blobs: &BlobStore, change: &Change, pulled: &PulledChange) -> Result<()> {
    let new = NewChange {
        change,
        raw: &pulled.raw,
        link: None,
        effective: pulled.effective,
        own: false,
        acked: true,
    };
    log::insert(tx.conn(), &new)?;
    let writer = Writer {
        at: pulled.effective,
        change: change.id,
    };
    for edit in &change.edits {
        log::fold(tx.conn(), writer, edit)?;
        tx.note(&edit.kind, edit.id);
        if edit.kind == Kind::Photo {
            want_copies(tx.conn(), blobs, edit.id)?;
        }
    }
    Ok(())
}

/// Thumbnails and evidence copies come by themselves, originals when they are asked for.
fn want_copies(conn: &Connection, blobs: &BlobStore, id: uuid::Uuid) -> Result<()> {
    let Ok(Some(photo)) = record::get::<Photo>(conn, id) else {
        return Ok(());
    };
    for (lane, blob) in [(0, &photo.thumb), (1, &photo.evidence)] {
        if let Some(blob) = blob
            .as_ref()
            .filter(|blob| blobs.len(blob.sha256).is_none())
        {
            query::blob_want(conn, blob.sha256, blob.bytes, lane)?;
        }
    }
    Ok(())
}

fn obey(tx: &mut Tx<'_>, directive: &Directive) -> Result<()> {
    match directive {
        Directive::Accounts(accounts) => keep_accounts(tx, accounts),
        Directive::Scopes { scopes } => keep_scopes(tx, scopes),
        Directive::Revoked => setting::put(tx.conn(), setting::REVOKED, "1"),
        Directive::Unknown => Ok(()),
    }
}

fn cursors(conn: &Connection) -> Result<std::collections::BTreeMap<Scope, Cursor>> {
    let mut statement = conn.prepare_cached("SELECT scope, server_epoch, n FROM scope")?;
    let rows = statement.query_map([], |row| {
        let cursor = Cursor {
            server_epoch: row.get(1)?,
            n: row.get(2)?,
        };
        Ok((Scope(row.get(0)?), cursor))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn place(conn: &Connection, scope: &Scope) -> Result<Option<(Cursor, ChangeSet)>> {
    let found: Option<(u64, u64, u64, String)> = conn
        .prepare_cached("SELECT server_epoch, n, count, digest FROM scope WHERE scope = ?1")?
        .query_row([&scope.0], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })
        .optional()?;
    let Some((server_epoch, n, count, digest)) = found else {
        return Ok(None);
    };
    let digest = Digest::parse(&digest).context("a damaged digest")?;
    let cursor = Cursor { server_epoch, n };
    Ok(Some((cursor, ChangeSet { count, digest })))
}

#[cfg(test)]
mod tests;
