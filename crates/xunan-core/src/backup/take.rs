//! Making a backup: the database's moment first, then the photos that are here, then the manifest.
//! Whenever it ends early, the backup before is as good as it was.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};
use xunan_model::digest::Digest;
use xunan_model::fault::{Code, Fault};
use xunan_platform::{Disk, connect};

use super::layout::{Counts, FORMAT, FileFact, Folder, Manifest, PART, files, make_folder, number};
use super::sealed::{seal, sealed_len, unseal};
use super::{Done, Job, disk_fault};
use crate::install::{Shared, accounts};
use crate::platform;
use crate::recovery;
use crate::store::{log, setting};

/// Pages copied at once; between them others may read and write.
const STEP_PAGES: i32 = 1_000;
const BUSY_PAUSE: Duration = Duration::from_millis(20);
/// Left free on the stick, for its folders and the manifest.
const SPARE_BYTES: u64 = 4 << 20;
/// So many backups of the database are kept.
const KEPT: usize = 2;

/// Makes a backup in the place that a person has chosen.
///
/// # Errors
/// `recovery_code_none`, `backup_no_room` with `needed` and `free` in MB, `backup_gone`, `backup_read_only`,
/// `backup_file_too_large`, `damaged_database`, `cancelled`; then the backup before is as it was.
pub(crate) fn take(shared: &Shared, place: &Path, job: &Job) -> Result<Done> {
    let disk = &*shared.disk;
    let about = shared.store.read(|conn| {
        let device = log::device(conn)?.context("the laptop is not enrolled")?;
        let kept = recovery::kept(conn)?;
        let name = setting::get(conn, setting::DEVICE_NAME)?.unwrap_or_default();
        let office = accounts(conn)?.into_iter().next();
        Ok((device.id, kept, name, office.map(|a| a.office_name)))
    })?;
    let (device, kept, device_name, office) = about;
    let kept = kept.ok_or_else(|| Fault::new(Code::Invalid, "recovery_code_none"))?;
    let folder = Folder::of(place, device, kept.salt);
    prepare(disk, place, &folder).map_err(disk_fault)?;
    let copy = shared.config.folder.join("backup-copy.db");
    remove_copy(disk, &copy)?;
    let told = copy_database(shared, &copy)
        .and_then(|counts| {
            let blobs = copy_blobs(shared, &folder, kept.key, disk.len(&copy)?, job)?;
            let number = 1 + folder.numbers(disk)?.first().copied().unwrap_or(0);
            let read = |offset, max| disk.read(&copy, offset, max);
            let path = folder.database(number);
            let (sha256, bytes) = write_sealed(disk, kept.key, &path, job, read)?;
            let manifest = Manifest {
                format: FORMAT,
                program: env!("CARGO_PKG_VERSION").to_owned(),
                at: platform::now(),
                device,
                device_name,
                office: office.unwrap_or_default(),
                salt: kept.salt,
                key: Digest::of(&kept.key.0),
                database: FileFact { bytes, sha256 },
                counts,
                blob_bytes: blobs.all.values().sum(),
                blobs: blobs.all.keys().copied().collect(),
            };
            finish(disk, &folder, number, &manifest)?;
            Ok(Done {
                at: manifest.at,
                changes: counts.changes,
                blobs: manifest.blobs.len() as u64,
                bytes: manifest.blob_bytes + bytes,
                copied: blobs.copied,
                altered: blobs.altered,
            })
        })
        .map_err(disk_fault);
    // It holds in the open what is sealed in the backup.
    remove_copy(disk, &copy)?;
    told
}

/// Copies one moment of the database into a file and has SQLite check all of it.
fn copy_database(shared: &Shared, to: &Path) -> Result<Counts> {
    let mut copy = connect(&*shared.disk, to, OpenFlags::default())?;
    shared.store.read(|conn| {
        // The snapshot begins with the first look; what is written from here on comes next time.
        conn.query_row("SELECT count(*) FROM device", [], |_| Ok(()))?;
        let backup = Backup::new(conn, &mut copy)?;
        while backup.step(STEP_PAGES).context("copy the database")? != StepResult::Done {
            std::thread::sleep(BUSY_PAUSE);
        }
        Ok(())
    })?;
    // Without the write-ahead log, so that the file alone is the database.
    copy.pragma_update_and_check(None, "journal_mode", "DELETE", |_| Ok(()))?;
    check(&copy)?;
    let count = |sql: &str| copy.query_row(sql, [], |row| row.get(0));
    Ok(Counts {
        changes: count("SELECT count(*) FROM change")?,
        visits: count("SELECT count(*) FROM record WHERE kind = 'inspection'")?,
        findings: count("SELECT count(*) FROM record WHERE kind = 'finding'")?,
        photos: count("SELECT count(*) FROM record WHERE kind = 'photo'")?,
    })
}

/// SQLite finds nothing wrong with a database.
pub(super) fn check(conn: &Connection) -> Result<()> {
    let said: String = conn.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if said != "ok" {
        return Err(Fault::new(Code::Internal, "damaged_database").into());
    }
    Ok(())
}

pub(super) fn remove_copy(disk: &dyn Disk, copy: &Path) -> io::Result<()> {
    for path in [copy.to_owned(), copy.with_extension("db-journal")] {
        match disk.remove(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// Makes the folders, and removes what an earlier try left half-written.
fn prepare(disk: &dyn Disk, place: &Path, folder: &Folder) -> Result<()> {
    // A stick that is not there: its mount point must not be filled instead.
    disk.list(place)
        .map_err(|_| Fault::new(Code::Invalid, "backup_gone"))?;
    make_folder(disk, &folder.0)?;
    let numbers = folder.numbers(disk)?;
    for path in files(disk, &folder.0)? {
        let lonely = number(&path, "database-", ".sealed").is_some_and(|n| !numbers.contains(&n));
        if lonely || path.extension().is_some_and(|extension| extension == PART) {
            disk.remove(&path)?;
        }
    }
    Ok(())
}

struct Blobs {
    /// Those of this backup, with their bytes.
    all: BTreeMap<Digest, u64>,
    copied: u64,
    altered: u64,
}

/// Copies the photos that are not there yet.
fn copy_blobs(
    shared: &Shared,
    folder: &Folder,
    key: Digest,
    database_bytes: u64,
    job: &Job,
) -> Result<Blobs> {
    let disk = &*shared.disk;
    let mut all: BTreeMap<Digest, u64> = shared.blobs.all()?.into_iter().collect();
    let there = |digest: &Digest, bytes: u64| {
        disk.len(&folder.blob(*digest)).ok() == Some(sealed_len(bytes))
    };
    let missing: Vec<(Digest, u64)> = all
        .iter()
        .filter(|(digest, bytes)| !there(digest, **bytes))
        .map(|(digest, bytes)| (*digest, *bytes))
        .collect();
    let bytes = missing.iter().map(|(_, bytes)| bytes).sum::<u64>() + database_bytes;
    // Written, and read again.
    job.expect(2 * bytes);
    room(disk, &folder.0, bytes, missing.len())?;
    let (mut copied, mut altered) = (0, 0);
    for (digest, _) in missing {
        let path = folder.blob(digest);
        make_folder(disk, path.parent().context("a blob lies in a folder")?)?;
        let read = |offset, max: usize| shared.blobs.read(digest, offset..offset + max as u64);
        match write_sealed(disk, key, &path, job, read) {
            Ok((found, _)) if found == digest => copied += 1,
            // Altered on the laptop's disk: the server may have it whole.
            Ok(_) => {
                disk.remove(&path)?;
                all.remove(&digest);
                altered += 1;
            }
            // Removed to make room while this went on.
            Err(_) if shared.blobs.len(digest).is_none() => {
                all.remove(&digest);
            }
            Err(error) => return Err(error),
        }
    }
    Ok(Blobs {
        all,
        copied,
        altered,
    })
}

fn room(disk: &dyn Disk, folder: &Path, bytes: u64, count: usize) -> Result<()> {
    // Sticks give every file whole blocks of 32 KiB.
    let needed = bytes + count as u64 * (32 << 10) + SPARE_BYTES;
    let free = disk.free(folder)?;
    if free < needed {
        let mb = |bytes: u64| bytes.div_ceil(1 << 20);
        return Err(Fault::new(Code::DiskFull, "backup_no_room")
            .with("needed", mb(needed))
            .with("free", mb(free))
            .into());
    }
    Ok(())
}

/// Writes a sealed file under another name, reads it again, and gives it its own.
fn write_sealed(
    disk: &dyn Disk,
    key: Digest,
    path: &Path,
    job: &Job,
    read: impl FnMut(u64, usize) -> io::Result<Vec<u8>>,
) -> Result<(Digest, u64)> {
    let part = path.with_extension(PART);
    let _ = disk.remove(&part);
    let written = seal(disk, key, &part, job, read).and_then(|(digest, bytes)| {
        disk.sync(&part)?;
        if unseal(disk, key, &part, job, |_| Ok(()))? != digest {
            return Err(Fault::new(Code::Internal, "backup_unsound").into());
        }
        let _ = disk.remove(path);
        disk.rename(&part, path)?;
        disk.sync_folder(path.parent().context("a file lies in a folder")?)?;
        Ok((digest, bytes))
    });
    if written.is_err() {
        let _ = disk.remove(&part);
    }
    written
}

/// With its manifest it is a backup; the oldest of them goes.
fn finish(disk: &dyn Disk, folder: &Folder, number: u32, manifest: &Manifest) -> Result<()> {
    let path = folder.manifest(number);
    let part = path.with_extension(PART);
    disk.write_new(&part, &serde_json::to_vec(manifest)?)?;
    disk.sync(&part)?;
    disk.rename(&part, &path)?;
    disk.sync_folder(&folder.0)?;
    for old in folder.numbers(disk)?.into_iter().skip(KEPT) {
        // The manifest first: without it the rest is nothing.
        disk.remove(&folder.manifest(old))?;
        let _ = disk.remove(&folder.database(old));
    }
    Ok(())
}
