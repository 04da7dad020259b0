//! A damaged database: set aside, and a new one made of what can be read of it (docs/adr/0027).
//!
//! The log is the truth: every change that is whole is taken over and all rows are folded anew.
//! `leaves` reads changes from the pages, `tables` the small tables. What is missing comes again from the
//! server, if it had arrived there; the person is told of the rest.

mod leaves;
mod tables;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use rusqlite::{Connection, OpenFlags, params};
use uuid::Uuid;
use xunan_model::change::{ChangeId, Kind};
use xunan_model::digest::Digest;
use xunan_model::fault::{Code, Fault};
use xunan_model::id::DeviceId;
use xunan_model::photo::Photo;
use xunan_model::stamp::Stamp;
use xunan_platform::{RealDisk, connect};

use crate::blob::BlobStore;
use crate::install::{Config, folder_fault, lock_folder};
use crate::platform;
use crate::store::log::{Device, NewChange};
use crate::store::{Origin, Store, Tx, log, parted, query, record, setting};
use crate::view::SalvageView;
use leaves::{Found, PAGE_BYTES};

const DATABASE: &str = "xunan.db";
/// A new database that is whole, until it takes the damaged one's place.
const SALVAGED: &str = "salvaged.db";
/// What SQLite keeps beside a database.
const ENDS: [&str; 3] = ["", "-wal", "-shm"];

/// Sets the damaged database of a closed installation aside, never removing it, and puts a new one in
/// its place that holds what could be read. Photos stay where they are.
///
/// # Errors
/// `second_copy`, `disk_full`, `folder_unwritable`; `salvage_hopeless` when what the laptop needs to speak with
/// its server cannot be read. Everything is as it was then.
pub fn salvage(config: &Config) -> Result<SalvageView> {
    let folder = &config.folder;
    let _lock = lock_folder(folder)?;
    let work = folder.join("salvage");
    let told = work_on(folder, &work);
    let _ = fs::remove_dir_all(&work);
    let (view, aside) = told.map_err(|error| match error.downcast_ref::<io::Error>() {
        Some(cause) => {
            let fault = folder_fault(cause);
            error.context(fault)
        }
        None => crate::store::fault::told(error),
    })?;
    tracing::warn!(
        read = view.changes_read,
        lost = view.changes_lost,
        aside,
        "a damaged database"
    );
    Ok(view)
}

/// Sets the database of a closed installation aside, never removing it, so that the laptop can be
/// enrolled or restored anew. Photos stay where they are.
///
/// # Errors
/// `second_copy`, `disk_full`, `folder_unwritable`; everything is as it was then.
pub fn set_aside(config: &Config) -> Result<()> {
    let _lock = lock_folder(&config.folder)?;
    let moved = move_aside(&config.folder);
    moved.map_err(|error| anyhow::Error::from(folder_fault(&error)))?;
    Ok(())
}

/// A salvage that was cut off between its two last steps is brought to its end.
///
/// # Errors
/// When the disk refuses.
pub(crate) fn settle(folder: &Path) -> io::Result<()> {
    let (database, salvaged) = (folder.join(DATABASE), folder.join(SALVAGED));
    if !database.exists() && salvaged.exists() {
        fs::rename(salvaged, database)?;
    }
    Ok(())
}

fn work_on(folder: &Path, work: &Path) -> Result<(SalvageView, String)> {
    let _ = fs::remove_dir_all(work);
    fs::create_dir(work)?;
    // SQLite writes into what it opens: the damaged database is read from a copy.
    for end in &ENDS[..2] {
        let from = folder.join(format!("{DATABASE}{end}"));
        if from.exists() {
            fs::copy(&from, work.join(format!("{DATABASE}{end}")))?;
        }
    }
    let old = open_damaged(&work.join(DATABASE), work)?;
    let changes = leaves::changes(&fs::read(work.join(DATABASE))?);
    let blobs = BlobStore::open(Arc::new(RealDisk), &folder.join("blobs"))?;
    let new = work.join(SALVAGED);
    let store = Store::open(Arc::new(RealDisk), &new)?;
    let mut view = store.write(Origin::Remote, |tx| take_over(tx, &old, &changes, &blobs))?;
    drop(store);
    // Without its write-ahead log, so that one renaming puts it in place.
    let conn = connect(&RealDisk, &new, OpenFlags::default())?;
    conn.pragma_update_and_check(None, "journal_mode", "DELETE", |_| Ok(()))?;
    drop(conn);
    fs::File::options().append(true).open(&new)?.sync_all()?;
    fs::rename(&new, folder.join(SALVAGED))?;
    let aside = move_aside(folder)?;
    settle(folder)?;
    xunan_platform::Disk::sync_folder(&RealDisk, folder)?;
    view.folder.clone_from(&aside);
    Ok((view, aside))
}

/// Moves the database into a folder of its own; returns that folder's name.
fn move_aside(folder: &Path) -> io::Result<String> {
    let day = platform::now().format("%Y%m%dT%H%M%SZ");
    let names = (1..).map(|n| match n {
        1 => format!("damaged-{day}"),
        n => format!("damaged-{day}-{n}"),
    });
    let mut free = names.filter(|name| !folder.join(name).exists());
    let name = free.next().unwrap_or_default();
    let aside = folder.join(&name);
    fs::create_dir(&aside)?;
    // The log beside it first: without it, a crash in between would lose what only the log holds.
    for end in ENDS.iter().rev() {
        let file = format!("{DATABASE}{end}");
        match fs::rename(folder.join(&file), aside.join(&file)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(name)
}

/// Opens the copy of a damaged database with all that lay in its write-ahead log. Where its first page
/// is gone, that of a new database takes its place: the tables lie where they always lie.
fn open_damaged(path: &Path, work: &Path) -> Result<Connection> {
    let readable = |conn: &Connection| {
        let read = conn.query_row("SELECT count(*) FROM sqlite_master", [], |row| {
            row.get::<_, u32>(0)
        });
        read.is_ok_and(|tables| tables > 0)
    };
    let conn = connect(&RealDisk, path, OpenFlags::default())?;
    if readable(&conn) {
        let _ = conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        return Ok(conn);
    }
    drop(conn);
    let fresh = work.join("fresh.db");
    drop(Store::open(Arc::new(RealDisk), &fresh)?);
    let fresh = fs::read(&fresh)?;
    let mut file = fs::read(path)?;
    file.resize(file.len().max(PAGE_BYTES).next_multiple_of(PAGE_BYTES), 0);
    file[..PAGE_BYTES].copy_from_slice(&fresh[..PAGE_BYTES]);
    let pages = u32::try_from(file.len() / PAGE_BYTES)?;
    file[28..32].copy_from_slice(&pages.to_be_bytes());
    // No list of free pages: what it was is not known any more.
    file[32..40].fill(0);
    // "The header's page count is valid for this change counter."
    let counter: [u8; 4] = file[24..28].try_into()?;
    file[92..96].copy_from_slice(&counter);
    fs::write(path, &file)?;
    let conn = connect(&RealDisk, path, OpenFlags::default())?;
    let _ = conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    Ok(conn)
}

/// Fills the new database and tells what is missing in it.
fn take_over(
    tx: &mut Tx<'_>,
    old: &Connection,
    changes: &BTreeMap<ChangeId, Found>,
    blobs: &BlobStore,
) -> Result<SalvageView> {
    let conn = tx.conn();
    let broken = tables::copy(old, conn)?;
    essentials(conn, changes)?;
    for found in changes.values() {
        let new = NewChange {
            change: &found.change,
            raw: &found.raw,
            link: found.link,
            effective: found.effective,
            own: found.own,
            acked: found.acked,
        };
        log::insert(conn, &new)?;
        log::observe(conn, found.change.at)?;
    }
    let device = log::device(conn)?.context("a laptop")?;
    let chain = Chain::of(&device, changes);
    for (kind, id) in records(conn)? {
        log::refold(conn, &kind, id)?;
    }
    if !chain.missing.is_empty() {
        // As after a restore: what the server does not have is written again under a new epoch.
        let known = changes.keys().filter(|id| id.device == device.id);
        let epoch = known
            .map(|id| id.epoch)
            .max()
            .unwrap_or(0)
            .max(device.epoch);
        parted::fork(conn, &device, device.acked_seq, epoch + 1)?;
    }
    // Whatever else is missing comes again.
    parted::pull_again(conn)?;
    files(conn, blobs)?;
    let view = told(old, &device, changes, &chain, broken.contains(&"local"));
    setting::put(conn, setting::SALVAGE, &serde_json::to_string(&view)?)?;
    Ok(view)
}

/// The laptop's own chain in its present epoch.
struct Chain {
    /// Numbers that are not here.
    missing: Vec<u64>,
}

impl Chain {
    fn of(device: &Device, changes: &BTreeMap<ChangeId, Found>) -> Self {
        let here = |seq: &u64| {
            let id = ChangeId {
                device: device.id,
                epoch: device.epoch,
                seq: *seq,
            };
            changes.contains_key(&id)
        };
        Self {
            missing: (1..=device.last_seq).filter(|seq| !here(seq)).collect(),
        }
    }
}

/// What the laptop cannot do without: who it is, how it reaches its server, its scopes.
fn essentials(conn: &Connection, changes: &BTreeMap<ChangeId, Found>) -> Result<()> {
    let here = |key| Ok::<_, anyhow::Error>(setting::get(conn, key)?.is_some());
    let url = setting::get(conn, setting::SERVER_URL)?.unwrap_or_default();
    let keyed = url.starts_with("http:") || here(setting::SERVER_PIN)?;
    if url.is_empty() || !keyed || !here(setting::TOKEN)? {
        return Err(Fault::new(Code::Internal, "salvage_hopeless").into());
    }
    if log::device(conn).ok().flatten().is_none() {
        conn.execute("DELETE FROM device", [])?;
        let place =
            place_from(changes).ok_or_else(|| Fault::new(Code::Internal, "salvage_hopeless"))?;
        conn.execute(
            "INSERT INTO device (one, device, epoch, last_seq, link, stamp, acked_seq, trusted) VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, NULL)",
            params![place.id.to_string(), place.epoch, place.last_seq, place.link.to_string(), place.stamp.to_string(), place.acked_seq],
        )?;
    }
    let scopes: u32 = conn.query_row("SELECT count(*) FROM scope", [], |row| row.get(0))?;
    if scopes == 0 {
        let own = changes.values().filter(|found| found.own);
        let names: BTreeSet<&str> = own.map(|found| found.change.scope.0.as_str()).collect();
        for (place, name) in names.into_iter().enumerate() {
            conn.execute(
                "INSERT INTO scope (scope, place, server_epoch, n, count, digest) VALUES (?1, ?2, 0, 0, 0, ?3)",
                params![name, place, Digest::ZERO.to_string()],
            )?;
        }
    }
    // The server sends accounts and scopes again when it does not hear which are here.
    conn.execute(
        "DELETE FROM setting WHERE key = ?1",
        [setting::ACCOUNTS_VERSION],
    )?;
    Ok(())
}

/// The laptop's place in its log, from the log alone.
fn place_from(changes: &BTreeMap<ChangeId, Found>) -> Option<Device> {
    let own = changes.iter().filter(|(_, found)| found.own);
    let (last, found) = own.max_by_key(|(id, _)| (id.epoch, id.seq))?;
    let chain = |id: &ChangeId| id.device == last.device && id.epoch == last.epoch;
    let acked = changes
        .iter()
        .filter(|(id, found)| chain(id) && found.acked);
    Some(Device {
        id: DeviceId(last.device.0),
        epoch: last.epoch,
        last_seq: last.seq,
        link: found.link?,
        stamp: changes
            .values()
            .map(|one| one.change.at)
            .max()
            .unwrap_or(Stamp::ZERO),
        acked_seq: acked.map(|(id, _)| id.seq).max().unwrap_or(0),
        trusted: None,
    })
}

fn records(conn: &Connection) -> Result<Vec<(Kind, Uuid)>> {
    let mut statement = conn.prepare("SELECT DISTINCT kind, id FROM edit")?;
    let rows = statement.query_map([], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
    })?;
    rows.map(|row| {
        let (kind, id) = row?;
        Ok((Kind::from(kind.as_str()), id.parse()?))
    })
    .collect()
}

/// The files of photos: own ones are to reach the server, others' small copies are to come.
fn files(conn: &Connection, blobs: &BlobStore) -> Result<()> {
    let own: BTreeSet<String> = conn
        .prepare("SELECT DISTINCT e.id FROM edit e JOIN change c USING (device, epoch, seq) WHERE e.kind = 'photo' AND c.own = 1")?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    for photo in record::all::<Photo>(conn)? {
        if own.contains(&photo.id.to_string()) {
            crate::store::queue_photo(conn, &photo)?;
            continue;
        }
        for (lane, blob) in [(0, &photo.thumb), (1, &photo.evidence)] {
            let away = blob
                .as_ref()
                .filter(|blob| blobs.len(blob.sha256).is_none());
            if let Some(blob) = away {
                query::blob_want(conn, blob.sha256, blob.bytes, lane)?;
            }
        }
    }
    // How far the server is with what is not confirmed has to be asked.
    conn.execute("UPDATE blob_queue SET begun = 1 WHERE sent = 0", [])?;
    Ok(())
}

/// What is missing: for good, and until the server has sent it again.
fn told(
    old: &Connection,
    device: &Device,
    changes: &BTreeMap<ChangeId, Found>,
    chain: &Chain,
    local_lost: bool,
) -> SalvageView {
    let lost: BTreeSet<u64> = chain
        .missing
        .iter()
        .copied()
        .filter(|seq| *seq > device.acked_seq)
        .collect();
    let (mut again, mut kinds) = (BTreeSet::new(), BTreeMap::<String, BTreeSet<String>>::new());
    for (kind, id, by, epoch, seq) in tables::edits(old) {
        let Ok(by) = by.parse::<DeviceId>() else {
            continue;
        };
        let name = ChangeId {
            device: by,
            epoch,
            seq,
        };
        if changes.contains_key(&name) {
            continue;
        }
        if by == device.id && epoch == device.epoch && lost.contains(&seq) {
            kinds.entry(kind).or_default().insert(id);
        } else {
            again.insert(name);
        }
    }
    again.extend(
        chain
            .missing
            .iter()
            .filter(|seq| !lost.contains(seq))
            .map(|seq| ChangeId {
                device: device.id,
                epoch: device.epoch,
                seq: *seq,
            }),
    );
    // Between the last change before the first that is lost and the first one after the last.
    let own: Vec<(u64, String)> = changes
        .iter()
        .filter(|(id, _)| id.device == device.id && id.epoch == device.epoch)
        .map(|(id, found)| (id.seq, found.change.time.wall.to_rfc3339()))
        .collect();
    let before = |first: u64| own.iter().rev().find(|(seq, _)| *seq < first);
    let after = |last: u64| own.iter().find(|(seq, _)| *seq > last);
    SalvageView {
        at: platform::now().to_rfc3339(),
        folder: String::new(),
        changes_read: changes.len() as u64,
        changes_lost: lost.len() as u64,
        changes_again: again.len() as u64,
        lost: kinds
            .into_iter()
            .map(|(kind, ids)| (kind, ids.len() as u64))
            .collect(),
        lost_from: lost
            .first()
            .and_then(|first| Some(before(*first)?.1.clone())),
        lost_until: lost.last().and_then(|last| Some(after(*last)?.1.clone())),
        local_lost,
    }
}

/// What the last salvage told; `None` when there was none.
pub(crate) fn last(conn: &Connection) -> Result<Option<SalvageView>> {
    let text = setting::get(conn, setting::SALVAGE)?;
    Ok(text.map(|text| serde_json::from_str(&text)).transpose()?)
}
