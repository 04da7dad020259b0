//! Everything on this laptop a second time, on a stick or in another folder, sealed with the recovery
//! code (docs/adr/0026).
//!
//! `layout` says what lies where, `sealed` how a file is closed, `take` makes a backup, `restore` makes a
//! laptop of one, `daily` makes the second copy by itself.

pub(crate) mod daily;
mod layout;
mod restore;
mod sealed;
mod take;
#[cfg(test)]
mod tests;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use xunan_model::fault::{Code, Fault, check_length};

use crate::app::App;
use crate::install::{Install, Shared};
use crate::platform;
use crate::recovery::{self, RecoveryCode};
use crate::store::{Origin, fault as store_fault, log, query, setting};
use crate::view::{
    BackupDone, BackupDue, BackupFound, BackupPlace, BackupRunning, BackupView, FaultView,
    RestoreView,
};

/// A backup that is older calls for another one, in days.
const DUE_DAYS: i64 = 7;
/// What is unsent for longer and in no backup calls for one, in hours.
const UNSENT_HOURS: i64 = 24;

/// Which backup is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum BackupTarget {
    /// On a stick, or a disk elsewhere: made when a person asks.
    Main,
    /// On another path of this machine: made once a day when nobody works.
    Second,
}

impl BackupTarget {
    fn setting(self) -> &'static str {
        match self {
            Self::Main => setting::BACKUP,
            Self::Second => setting::BACKUP_SECOND,
        }
    }
}

/// Where backups go, and the last one there.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Place {
    pub(crate) folder: PathBuf,
    pub(crate) last: Option<Done>,
}

/// A backup that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Done {
    pub(crate) at: DateTime<Utc>,
    pub(crate) changes: u64,
    pub(crate) blobs: u64,
    pub(crate) bytes: u64,
    /// Photos that were not there yet.
    pub(crate) copied: u64,
    /// Photos whose bytes on this laptop are not theirs any more: not in the backup.
    pub(crate) altered: u64,
}

/// A backup or a restore under way: how far it is, and whether it is to stop.
#[derive(Debug, Default)]
pub(crate) struct Job {
    done: AtomicU64,
    total: AtomicU64,
    cancelled: AtomicBool,
}

impl Job {
    pub(crate) fn expect(&self, bytes: u64) {
        self.total.store(bytes, Ordering::Relaxed);
    }

    /// So many bytes more are done.
    ///
    /// # Errors
    /// `cancelled`, when somebody wants it to stop.
    pub(crate) fn advance(&self, bytes: usize) -> Result<()> {
        self.done.fetch_add(bytes as u64, Ordering::Relaxed);
        if self.cancelled.load(Ordering::Relaxed) {
            return Err(Fault::new(Code::Conflict, "cancelled").into());
        }
        Ok(())
    }

    pub(crate) fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    pub(crate) fn view(&self) -> BackupRunning {
        BackupRunning {
            done: self.done.load(Ordering::Relaxed),
            total: self.total.load(Ordering::Relaxed),
        }
    }
}

/// The long work of this laptop's program: one at a time.
#[derive(Debug, Default)]
pub(crate) struct Jobs {
    running: Mutex<Option<Arc<Job>>>,
    /// Why the last backup was not made.
    fault: Mutex<Option<Fault>>,
}

impl Jobs {
    /// Does `work` as the one job.
    ///
    /// # Errors
    /// `job_running` when there is one, or what `work` says.
    pub(crate) fn run<T>(&self, work: impl FnOnce(&Job) -> Result<T>) -> Result<T> {
        let job = {
            let mut running = lock(&self.running);
            if running.is_some() {
                return Err(Fault::new(Code::Conflict, "job_running").into());
            }
            Arc::clone(running.insert(Arc::default()))
        };
        // Whatever becomes of it, the next one may begin.
        struct Over<'a>(&'a Jobs);
        impl Drop for Over<'_> {
            fn drop(&mut self) {
                *lock(&self.0.running) = None;
            }
        }
        let over = Over(self);
        let told = work(&job);
        drop(over);
        told
    }

    /// The one that is under way.
    pub(crate) fn running(&self) -> Option<Arc<Job>> {
        lock(&self.running).clone()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn place(conn: &Connection, target: BackupTarget) -> Result<Option<Place>> {
    let text = setting::get(conn, target.setting())?;
    Ok(text.map(|text| serde_json::from_str(&text)).transpose()?)
}

fn keep_place(shared: &Shared, target: BackupTarget, place: Option<&Place>) -> Result<()> {
    let text = place.map(serde_json::to_string).transpose()?;
    shared.store.write(Origin::Remote, |tx| {
        setting::choose(tx.conn(), target.setting(), text.as_deref())?;
        tx.note_kind("backup");
        Ok(())
    })
}

/// Makes a backup in its place and remembers what came of it.
pub(crate) fn make(shared: &Shared, target: BackupTarget) -> Result<()> {
    let place = shared.store.read(|conn| place(conn, target))?;
    let place = place.ok_or_else(|| Fault::new(Code::Invalid, "backup_no_place"))?;
    shared.store.announce_kind("backup");
    let told = shared
        .jobs
        .run(|job| take::take(shared, &place.folder, job));
    let fault = told
        .as_ref()
        .err()
        .map(|error| match error.downcast_ref::<Fault>() {
            Some(fault) => fault.clone(),
            None => Fault::new(Code::Internal, "internal"),
        });
    *lock(&shared.jobs.fault) = fault.filter(|fault| fault.key != "cancelled");
    shared.store.announce_kind("backup");
    let last = Some(told?);
    keep_place(shared, target, Some(&Place { last, ..place }))
}

/// Whether somebody should make a backup, and why. `unsent` is the oldest that waits for the server and
/// is in no backup, `now` the laptop's clock.
pub(crate) fn due(
    last: Option<&Done>,
    unsent: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Option<BackupDue> {
    let Some(last) = last else {
        return Some(BackupDue::Never);
    };
    let age = now - last.at;
    // A backup from the future says that a clock is wrong, and nothing about its age.
    if age.num_days() >= DUE_DAYS || age.num_hours() < -1 {
        return Some(BackupDue::Old);
    }
    let waits = unsent.is_some_and(|at| (now - at).num_hours() >= UNSENT_HOURS);
    waits.then_some(BackupDue::Unsent)
}

pub(crate) fn view(shared: &Shared) -> Result<BackupView> {
    let (recovery, main, second, unsent) = shared.store.read(|conn| {
        let main = place(conn, BackupTarget::Main)?;
        let last = main.as_ref().and_then(|main| main.last.as_ref());
        let unsent = query::unsent_since(conn, last.map_or(DateTime::UNIX_EPOCH, |last| last.at))?;
        let second = place(conn, BackupTarget::Second)?;
        Ok((recovery::kept(conn)?.is_some(), main, second, unsent))
    })?;
    let now = platform::now();
    let last = main.as_ref().and_then(|place| place.last.as_ref());
    Ok(BackupView {
        recovery,
        due: due(last, unsent, now),
        main: main.map(|place| place_view(shared, &place, now)),
        second: second.map(|place| place_view(shared, &place, now)),
        running: shared.jobs.running().map(|job| job.view()),
        fault: lock(&shared.jobs.fault).as_ref().map(FaultView::from),
    })
}

fn place_view(shared: &Shared, place: &Place, now: DateTime<Utc>) -> BackupPlace {
    BackupPlace {
        folder: place.folder.display().to_string(),
        here: shared.disk.list(&place.folder).is_ok(),
        last: place.last.as_ref().map(|done| BackupDone {
            at: done.at.to_rfc3339(),
            age_days: (now - done.at).num_days().max(0),
            blobs: done.blobs,
            bytes: done.bytes,
            copied: done.copied,
            altered: done.altered,
        }),
    }
}

/// What a stick or a disk says, for a person.
pub(crate) fn disk_fault(error: anyhow::Error) -> anyhow::Error {
    let error = store_fault::told(error);
    if error.downcast_ref::<Fault>().is_some() {
        return error;
    }
    let Some(kind) = error
        .chain()
        .find_map(|cause| cause.downcast_ref::<io::Error>().map(io::Error::kind))
    else {
        return error;
    };
    let fault = match kind {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            Fault::new(Code::DiskFull, "backup_full")
        }
        io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => {
            Fault::new(Code::Invalid, "backup_read_only")
        }
        // A stick as it is sold (FAT32) holds no file of 4 GiB.
        io::ErrorKind::FileTooLarge => Fault::new(Code::Invalid, "backup_file_too_large"),
        _ => Fault::new(Code::Invalid, "backup_gone"),
    };
    error.context(fault)
}

impl App {
    /// Where backups go, how old the last one is, and what is under way.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn backup_status(&self) -> Result<BackupView> {
        view(&self.shared)
    }

    /// Backups go into `folder` from now on; `None`: nowhere.
    ///
    /// # Errors
    /// `backup_inside_data` for a folder that is lost with the data.
    pub fn backup_choose(&self, target: BackupTarget, folder: Option<&Path>) -> Result<BackupView> {
        let place = folder.map(|folder| self.backup_place(folder)).transpose()?;
        keep_place(&self.shared, target, place.as_ref())?;
        view(&self.shared)
    }

    fn backup_place(&self, folder: &Path) -> Result<Place> {
        let data = std::path::absolute(&self.shared.config.folder)?;
        if std::path::absolute(folder)?.starts_with(data) {
            return Err(Fault::invalid("backup_inside_data", "folder").into());
        }
        // A stick that was used before knows when.
        let last = self.shared.store.read(|conn| {
            let (Some(device), Some(kept)) = (log::device(conn)?, recovery::kept(conn)?) else {
                return Ok(None);
            };
            let there = layout::Folder::of(folder, device.id, kept.salt);
            Ok(there.newest(&*self.shared.disk).ok().flatten())
        })?;
        Ok(Place {
            folder: folder.to_owned(),
            last: last.map(|(_, manifest)| Done {
                at: manifest.at,
                changes: manifest.counts.changes,
                blobs: manifest.blobs.len() as u64,
                bytes: manifest.blob_bytes + manifest.database.bytes,
                copied: 0,
                altered: 0,
            }),
        })
    }

    /// Makes a backup, now; takes minutes when there are many new photos.
    ///
    /// # Errors
    /// `backup_no_place`, `job_running`, `recovery_code_none`, `backup_no_room`, `backup_full`, `backup_gone`,
    /// `backup_read_only`, `backup_file_too_large`, `backup_unsound`, `damaged_database`, `cancelled`; the backup
    /// before is good then as it was.
    pub fn backup_make(&self, target: BackupTarget) -> Result<BackupView> {
        make(&self.shared, target)?;
        view(&self.shared)
    }
}

impl Install {
    /// Stops the backup or the restore that is under way; it ends within a second.
    pub fn job_cancel(&self) {
        if let Some(job) = self.shared.jobs.running() {
            job.cancel();
        }
    }

    /// How far a restore is.
    #[must_use]
    pub fn job_running(&self) -> Option<BackupRunning> {
        self.shared.jobs.running().map(|job| job.view())
    }

    /// The backups that lie in a folder, the latest first.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn restore_look(&self, folder: &Path) -> Result<Vec<BackupFound>> {
        let found = restore::look(&*self.shared.disk, folder).map_err(disk_fault)?;
        Ok(found.iter().map(found_view).collect())
    }

    /// Makes this laptop, which nobody has enrolled yet, the one that the backup was made of.
    ///
    /// # Errors
    /// `already_enrolled`, `not_found`, `recovery_code_wrong`, `backup_newer`, `backup_no_room`, `backup_unsound`,
    /// `newer_database`, `cancelled`; nothing is changed then, but for photos that are here already.
    pub fn restore(&self, folder: &Path, id: &str, code: &str) -> Result<RestoreView> {
        check_length(code, 100, "code")?;
        let code = RecoveryCode::read(code)?;
        let shared = &self.shared;
        let found = restore::look(&*shared.disk, folder).map_err(disk_fault)?;
        let one = found.iter().find(|one| one.id() == id);
        let one = one.ok_or_else(|| Fault::new(Code::NotFound, "not_found"))?;
        let restored = shared
            .jobs
            .run(|job| restore::restore(shared, one, &code, job))?;
        let manifest = &one.manifest;
        // What the old laptop's paths meant is not here; this stick is the place that is known.
        keep_place(shared, BackupTarget::Second, None)?;
        let last = Done {
            at: manifest.at,
            changes: manifest.counts.changes,
            blobs: restored.blobs,
            bytes: manifest.blob_bytes + manifest.database.bytes,
            copied: 0,
            altered: 0,
        };
        let place = Place {
            folder: folder.to_owned(),
            last: Some(last),
        };
        keep_place(shared, BackupTarget::Main, Some(&place))?;
        shared
            .load_checklists()
            .context("the restored checklists")?;
        for kind in ["person", "site", "edition", "inspection", "finding", "sync"] {
            shared.store.announce_kind(kind);
        }
        self.start_sync()?;
        Ok(RestoreView {
            blobs: restored.blobs,
            blobs_missing: restored.blobs_missing,
        })
    }
}

fn found_view(found: &restore::Found) -> BackupFound {
    let manifest = &found.manifest;
    BackupFound {
        id: found.id(),
        device_name: manifest.device_name.clone(),
        office: manifest.office.clone(),
        at: manifest.at.to_rfc3339(),
        visits: manifest.counts.visits,
        findings: manifest.counts.findings,
        photos: manifest.counts.photos,
        bytes: manifest.blob_bytes + manifest.database.bytes,
    }
}
