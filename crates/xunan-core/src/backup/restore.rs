//! From a backup to a laptop that goes on: the photos first, then the database that names them. The
//! next contact with the server is that of a restored laptop (`store::parted`).

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use rusqlite::OpenFlags;
use xunan_model::digest::Digest;
use xunan_model::fault::{Code, Fault};
use xunan_platform::{Disk, connect};

use super::layout::{FORMAT, Folder, Manifest, ROOT, files};
use super::sealed::unseal;
use super::take::{check, remove_copy};
use super::{Job, disk_fault};
use crate::install::Shared;
use crate::recovery::RecoveryCode;
use crate::store::{Store, log};

/// More backups than these in one place are not shown.
const FOUND_MAX: usize = 100;
/// Left free on the laptop's disk, in bytes.
const SPARE_BYTES: u64 = 200 << 20;

/// A backup that was found.
pub(crate) struct Found {
    pub(crate) folder: Folder,
    pub(crate) number: u32,
    pub(crate) manifest: Manifest,
}

impl Found {
    /// What a screen calls it by.
    pub(crate) fn id(&self) -> String {
        let name = self.folder.0.file_name().unwrap_or_default();
        format!("{}/{}", name.to_string_lossy(), self.number)
    }
}

/// The newest backup of each laptop in a place, whichever of its folders a person has chosen; the
/// latest first.
pub(crate) fn look(disk: &dyn Disk, place: &Path) -> Result<Vec<Found>> {
    let mut folders: Vec<PathBuf> = vec![place.to_owned()];
    folders.extend(files(disk, place)?);
    folders.extend(files(disk, &place.join(ROOT))?);
    let mut found = Vec::new();
    for folder in folders.into_iter().map(Folder) {
        if let Ok(Some((number, manifest))) = folder.newest(disk) {
            found.push(Found {
                folder,
                number,
                manifest,
            });
        }
    }
    found.sort_by_key(|one| std::cmp::Reverse(one.manifest.at));
    found.truncate(FOUND_MAX);
    Ok(found)
}

/// What became of the photos.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Restored {
    pub(crate) blobs: u64,
    /// Not there, or damaged on the stick.
    pub(crate) blobs_missing: u64,
}

/// Makes an empty installation what the backup was.
///
/// # Errors
/// `already_enrolled`, `recovery_code_wrong`, `backup_newer`, `backup_no_room`, `backup_unsound`, `newer_database`,
/// `cancelled`; the installation is empty then as before, but for photos.
pub(crate) fn restore(
    shared: &Shared,
    found: &Found,
    code: &RecoveryCode,
    job: &Job,
) -> Result<Restored> {
    if shared.store.read(|conn| Ok(log::device(conn)?.is_some()))? {
        return Err(Fault::new(Code::Conflict, "already_enrolled").into());
    }
    let manifest = &found.manifest;
    if manifest.format > FORMAT {
        let told = Fault::new(Code::NewerDatabase, "backup_newer");
        return Err(told.with("program", &manifest.program).into());
    }
    let wrong = Fault::invalid("recovery_code_wrong", "code");
    let key = shared.tries.guard("recovery code", wrong, || {
        let key = code.key(manifest.salt)?;
        Ok((Digest::of(&key.0) == manifest.key).then_some(key))
    })?;
    let (disk, folder) = (&*shared.disk, &shared.config.folder);
    let needed = manifest.blob_bytes + 2 * manifest.database.bytes + SPARE_BYTES;
    let free = disk.free(folder)?;
    if free < needed {
        let mb = |bytes: u64| bytes.div_ceil(1 << 20);
        let told = Fault::new(Code::DiskFull, "backup_no_room");
        return Err(told
            .with("needed", mb(needed))
            .with("free", mb(free))
            .into());
    }
    job.expect(manifest.blob_bytes + manifest.database.bytes);
    let copy = folder.join("restore-copy.db");
    remove_copy(disk, &copy)?;
    let restored = restore_blobs(shared, found, key, job)
        .and_then(|restored| {
            restore_database(shared, found, key, &copy, job)?;
            Ok(restored)
        })
        .map_err(disk_fault);
    for end in ["db", "db-wal", "db-shm"] {
        let _ = disk.remove(&copy.with_extension(end));
    }
    restored
}

fn restore_blobs(shared: &Shared, found: &Found, key: Digest, job: &Job) -> Result<Restored> {
    let (mut blobs, mut blobs_missing) = (0, 0);
    for digest in &found.manifest.blobs {
        job.advance(0)?;
        if shared.blobs.len(*digest).is_some() {
            blobs += 1;
            continue;
        }
        shared.blobs.part_drop(*digest)?;
        let path = found.folder.blob(*digest);
        let mut refused = None;
        let opened = unseal(&*shared.disk, key, &path, job, |piece| {
            let appended = shared.blobs.part_append(*digest, piece);
            refused = appended.err();
            anyhow::ensure!(refused.is_none(), "the laptop's disk refuses");
            Ok(())
        });
        if let Some(error) = refused {
            return Err(error.into());
        }
        // One damaged photo does not keep the others back: the server may have it.
        if opened.is_ok() && shared.blobs.part_finish(*digest).is_ok() {
            blobs += 1;
        } else {
            job.advance(0)?;
            shared.blobs.part_drop(*digest)?;
            blobs_missing += 1;
        }
    }
    Ok(Restored {
        blobs,
        blobs_missing,
    })
}

fn restore_database(
    shared: &Shared,
    found: &Found,
    key: Digest,
    copy: &Path,
    job: &Job,
) -> Result<()> {
    let disk = &shared.disk;
    let unsound = || Fault::new(Code::Internal, "backup_unsound");
    disk.write_new(copy, &[])?;
    let sealed = found.folder.database(found.number);
    let digest = unseal(&**disk, key, &sealed, job, |piece| {
        disk.append(copy, piece)?;
        Ok(())
    });
    let digest = digest.map_err(|error| match error.downcast_ref::<Fault>() {
        Some(_) => error,
        None => error.context(unsound()),
    })?;
    if digest != found.manifest.database.sha256 {
        return Err(unsound().into());
    }
    disk.sync(copy)?;
    // Opening brings an older program's database up to date and refuses a newer one's.
    drop(Store::open(std::sync::Arc::clone(disk), copy)?);
    let conn = connect(&**disk, copy, OpenFlags::default())?;
    check(&conn).context("the restored database")?;
    shared.store.replace(&conn)
}
