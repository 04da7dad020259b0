//! Backups on a disk in memory that loses what was not synced.

use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Map;
use uuid::Uuid;
use xunan_model::change::Scope;
use xunan_model::digest::Digest;
use xunan_model::fault::Fault;
use xunan_model::id::{DeviceId, OfficeId, PersonId, SiteId};
use xunan_model::party::Site;
use xunan_simdisk::SimDisk;

use super::layout::Folder;
use super::restore::{look, restore};
use super::take::take;
use super::{BackupTarget, Done, Job, Place, due, keep_place, place};
use crate::install::{Config, Shared};
use crate::recovery::{Recovery, RecoveryCode};
use crate::store::{Actor, Origin, log, setting};
use crate::view::BackupDue;

const STICK: &str = "/stick";
const TOKEN: &str = "a-token-that-nobody-may-read";

fn open(disk: &SimDisk, folder: &str) -> Arc<Shared> {
    let config = Config {
        folder: folder.into(),
        server_url: None,
    };
    Shared::open(Arc::new(disk.clone()), config).unwrap()
}

/// An enrolled laptop with a recovery code on a disk of its own.
fn laptop(seed: u64) -> (SimDisk, Arc<Shared>, RecoveryCode) {
    let disk = SimDisk::new(seed);
    let shared = open(&disk, "/laptop");
    let code = RecoveryCode::make().unwrap();
    let salt = Digest::of(b"salt");
    let key = code.key(salt).unwrap();
    let kept = serde_json::to_string(&Recovery { salt, key }).unwrap();
    let written = shared.store.write(Origin::Remote, |tx| {
        log::enrol(
            tx.conn(),
            DeviceId(Uuid::from_u128(1)),
            DateTime::UNIX_EPOCH,
        )?;
        setting::put(tx.conn(), setting::RECOVERY, &kept)?;
        setting::put(tx.conn(), setting::TOKEN, TOKEN)?;
        setting::put(tx.conn(), setting::DEVICE_NAME, "laptop 3")
    });
    written.unwrap();
    (disk, shared, code)
}

fn save(shared: &Shared, n: u128) {
    let actor = Actor {
        person: PersonId(Uuid::from_u128(2)),
        office: OfficeId(Uuid::from_u128(3)),
        scope: Scope("s".to_owned()),
    };
    let site = Site {
        id: SiteId(Uuid::from_u128(n)),
        name: "次仁的加油站".to_owned(),
        address: String::new(),
        division: String::new(),
        sectors: Vec::new(),
        facilities: Vec::new(),
        units: Vec::new(),
        kinds: Vec::new(),
        listed: 0,
        point: None,
        contact: String::new(),
        organizations: Vec::new(),
        merged_into: None,
        merge: None,
        extra: Map::new(),
    };
    let written = shared
        .store
        .write(Origin::Person(&actor), |tx| tx.put(&site));
    written.unwrap();
}

/// Every row of every table.
fn rows(shared: &Shared) -> Vec<String> {
    let read = shared.store.read(|conn| {
        let mut rows = Vec::new();
        for sql in [
            "SELECT key || value FROM setting WHERE key NOT LIKE 'backup%' ORDER BY 1",
            "SELECT device || epoch || last_seq || link || stamp || acked_seq FROM device",
            "SELECT device || epoch || seq || raw || digest || coalesce(link, '') FROM change ORDER BY 1",
            "SELECT kind || id || fields || writers FROM record ORDER BY 1",
            "SELECT key || value FROM local ORDER BY 1",
        ] {
            let mut statement = conn.prepare(sql)?;
            let lines = statement.query_map([], |row| row.get::<_, String>(0))?;
            rows.extend(lines.collect::<rusqlite::Result<Vec<_>>>()?);
        }
        Ok(rows)
    });
    read.unwrap()
}

fn made(shared: &Shared) -> Done {
    take(shared, Path::new(STICK), &Job::default()).unwrap()
}

fn key_of<T: std::fmt::Debug>(told: anyhow::Result<T>) -> &'static str {
    told.unwrap_err().downcast_ref::<Fault>().unwrap().key
}

#[test]
fn a_restored_laptop_has_every_row_and_every_photo() {
    let (disk, shared, code) = laptop(1);
    save(&shared, 9);
    save(&shared, 10);
    let photos = [vec![1; 3], vec![2; 3 << 20], Vec::new()];
    let names: Vec<Digest> = photos
        .iter()
        .map(|b| shared.blobs.put(b).unwrap())
        .collect();
    let half_typed = |tx: &mut crate::store::Tx<'_>| tx.local("draft", Some("半句话"));
    shared.store.write(Origin::Remote, half_typed).unwrap();
    let done = made(&shared);
    assert_eq!(
        (done.blobs, done.copied, done.changes, done.altered),
        (3, 3, 2, 0)
    );

    let other = open(&disk, "/other");
    let found = look(&disk, Path::new(STICK).join("xunan-backup").as_path()).unwrap();
    assert!(found.is_empty(), "this disk lists no folders");
    let folder = Folder::of(
        Path::new(STICK),
        DeviceId(Uuid::from_u128(1)),
        Digest::of(b"salt"),
    );
    let found = look(&disk, &folder.0).unwrap();
    assert_eq!(found[0].manifest.device_name, "laptop 3");
    let restored = restore(&other, &found[0], &code, &Job::default()).unwrap();
    assert_eq!((restored.blobs, restored.blobs_missing), (3, 0));
    assert_eq!(rows(&other), rows(&shared));
    for (name, bytes) in names.iter().zip(&photos) {
        assert!(other.blobs.read_all(*name).unwrap() == *bytes);
    }
    // It works on: what is written goes into the log behind what was restored.
    save(&other, 11);
    let device = other.store.read(log::device).unwrap().unwrap();
    assert_eq!(device.last_seq, 3);
    assert_eq!(
        key_of(restore(&other, &found[0], &code, &Job::default())),
        "already_enrolled"
    );
    // Nothing in the open is left on either disk's working files.
    assert!(disk.len("/laptop/backup-copy.db").is_err());
    assert!(disk.len("/other/restore-copy.db").is_err());
}

#[test]
fn the_next_backup_copies_only_what_is_new_and_two_moments_are_kept() {
    let (disk, shared, _) = laptop(1);
    shared.blobs.put(b"one").unwrap();
    made(&shared);
    shared.blobs.put(b"two").unwrap();
    let second = made(&shared);
    assert_eq!((second.copied, second.blobs), (1, 2));
    assert_eq!(made(&shared).copied, 0);
    let folder = Folder::of(
        Path::new(STICK),
        DeviceId(Uuid::from_u128(1)),
        Digest::of(b"salt"),
    );
    assert_eq!(folder.numbers(&disk).unwrap(), [3, 2]);
    assert!(disk.len(folder.database(1).to_str().unwrap()).is_err());
}

#[test]
fn a_manifest_without_its_database_is_no_backup() {
    let (disk, shared, _) = laptop(1);
    made(&shared);
    made(&shared);
    let folder = Folder::of(
        Path::new(STICK),
        DeviceId(Uuid::from_u128(1)),
        Digest::of(b"salt"),
    );
    let database = folder.database(2).to_str().unwrap().to_owned();
    let whole = disk.read(&database, 0, usize::MAX).unwrap();
    disk.remove(&database).unwrap();
    disk.write_new(&database, &whole[..whole.len() - 1])
        .unwrap();
    assert_eq!(look(&disk, &folder.0).unwrap()[0].number, 1);
    disk.remove(&database).unwrap();
    assert_eq!(look(&disk, &folder.0).unwrap()[0].number, 1);
}

#[test]
fn whoever_finds_the_stick_reads_no_name_no_record_and_no_token() {
    let (disk, shared, _) = laptop(1);
    save(&shared, 9);
    shared.blobs.put(b"a photo of a plate").unwrap();
    made(&shared);
    let folder = Folder::of(
        Path::new(STICK),
        DeviceId(Uuid::from_u128(1)),
        Digest::of(b"salt"),
    );
    let mut files = disk.list(folder.0.to_str().unwrap());
    let blob = folder.blob(Digest::of(b"a photo of a plate"));
    files.push(blob.to_str().unwrap().to_owned());
    assert_eq!(files.len(), 3);
    for file in files {
        let bytes = disk.read(&file, 0, usize::MAX).unwrap();
        for secret in ["次仁的加油站", TOKEN, "SQLite format", "photo of"] {
            let secret = secret.as_bytes();
            let told = bytes.windows(secret.len()).any(|window| window == secret);
            assert!(!told, "{file} tells {}", String::from_utf8_lossy(secret));
        }
    }
}

#[test]
fn a_wrong_code_opens_nothing_and_is_slowed_down() {
    let (disk, shared, code) = laptop(1);
    made(&shared);
    let folder = Folder::of(
        Path::new(STICK),
        DeviceId(Uuid::from_u128(1)),
        Digest::of(b"salt"),
    );
    let found = look(&disk, &folder.0).unwrap();
    let other = open(&disk, "/other");
    let wrong = RecoveryCode::make().unwrap();
    for _ in 0..5 {
        let told = restore(&other, &found[0], &wrong, &Job::default());
        assert_eq!(key_of(told), "recovery_code_wrong");
    }
    let told = restore(&other, &found[0], &code, &Job::default()).unwrap_err();
    let told = told.downcast_ref::<Fault>().unwrap();
    assert_eq!(
        (told.key, told.params["seconds"].as_str()),
        ("recovery_code_wrong", "1")
    );
    assert!(other.store.read(log::device).unwrap().is_none());
}

#[test]
fn wherever_a_backup_is_cut_off_the_one_before_is_whole() {
    let (disk, shared, code) = laptop(3);
    shared.blobs.put(b"one").unwrap();
    save(&shared, 9);
    made(&shared);
    let before = rows(&shared);
    shared.blobs.put(b"two").unwrap();
    save(&shared, 10);
    drop(shared);
    let folder = Folder::of(
        Path::new(STICK),
        DeviceId(Uuid::from_u128(1)),
        Digest::of(b"salt"),
    );
    let (mut cut, mut fuse) = (0, 0);
    loop {
        let disk = disk.snapshot();
        let shared = open(&disk, "/laptop");
        disk.stop_after(fuse);
        let told = take(&shared, Path::new(STICK), &Job::default());
        drop(shared);
        disk.crash();
        let found = look(&disk, &folder.0).unwrap();
        let other = open(&disk, "/other");
        restore(&other, &found[0], &code, &Job::default()).unwrap();
        let after = rows(&other);
        if told.is_ok() {
            assert_ne!(after, before);
            break;
        }
        // The manifest may have become durable just before the disk stopped.
        assert!(after == before || found[0].number == 2, "cut at {fuse}");
        cut += 1;
        fuse += 1;
    }
    assert!(cut > 30, "{cut}");
}

#[test]
fn a_full_stick_is_told_before_anything_is_written() {
    let (disk, shared, _) = laptop(1);
    made(&shared);
    shared.blobs.put(b"new").unwrap();
    disk.set_full(true);
    let told = take(&shared, Path::new(STICK), &Job::default());
    let key = key_of(told);
    assert!(
        ["backup_no_room", "backup_full", "disk_full"].contains(&key),
        "{key}"
    );
    disk.set_full(false);
    assert_eq!(made(&shared).copied, 1);
}

#[test]
fn a_cancelled_backup_leaves_the_one_before_and_the_next_goes_through() {
    let (_, shared, _) = laptop(1);
    made(&shared);
    shared.blobs.put(b"new").unwrap();
    let job = Job::default();
    job.cancel();
    assert_eq!(key_of(take(&shared, Path::new(STICK), &job)), "cancelled");
    assert_eq!(made(&shared).copied, 1);
}

#[test]
fn an_altered_photo_is_not_called_backed_up() {
    let (disk, shared, _) = laptop(1);
    let name = shared.blobs.put(b"as it was").unwrap();
    let path = format!("/laptop/blobs/{}/{name}", &name.to_string()[..2]);
    disk.remove(&path).unwrap();
    disk.write_new(&path, b"as it is").unwrap();
    let done = made(&shared);
    assert_eq!((done.blobs, done.altered), (0, 1));
}

#[test]
fn a_damaged_photo_on_the_stick_does_not_keep_the_others_back() {
    let (disk, shared, code) = laptop(1);
    let (one, two) = (
        shared.blobs.put(b"one").unwrap(),
        shared.blobs.put(b"two").unwrap(),
    );
    made(&shared);
    let folder = Folder::of(
        Path::new(STICK),
        DeviceId(Uuid::from_u128(1)),
        Digest::of(b"salt"),
    );
    let path = folder.blob(one).to_str().unwrap().to_owned();
    let mut bytes = disk.read(&path, 0, usize::MAX).unwrap();
    bytes[30] ^= 1;
    disk.remove(&path).unwrap();
    disk.write_new(&path, &bytes).unwrap();
    let found = look(&disk, &folder.0).unwrap();
    let other = open(&disk, "/other");
    let restored = restore(&other, &found[0], &code, &Job::default()).unwrap();
    assert_eq!((restored.blobs, restored.blobs_missing), (1, 1));
    assert!(other.blobs.len(one).is_none() && other.blobs.len(two).is_some());
}

#[test]
fn the_daily_copy_is_made_once_a_day_and_after_a_clock_that_was_wrong() {
    let (_, shared, _) = laptop(1);
    assert!(!super::daily::look(&shared).unwrap(), "no place was chosen");
    let chosen = Place {
        folder: "/second".into(),
        last: None,
    };
    keep_place(&shared, BackupTarget::Second, Some(&chosen)).unwrap();
    assert!(super::daily::look(&shared).unwrap());
    assert!(!super::daily::look(&shared).unwrap());
    for hours in [25, -3] {
        let mut kept = shared
            .store
            .read(|conn| place(conn, BackupTarget::Second))
            .unwrap()
            .unwrap();
        let last = kept.last.as_mut().unwrap();
        last.at = crate::platform::now() - TimeDelta::hours(hours);
        keep_place(&shared, BackupTarget::Second, Some(&kept)).unwrap();
        assert!(super::daily::look(&shared).unwrap(), "{hours}");
    }
}

#[test]
fn a_backup_is_called_for_after_a_week_or_when_unsent_work_is_a_day_old() {
    let now: DateTime<Utc> = "2026-11-27T08:00:00Z".parse().unwrap();
    let done = |days: i64| Done {
        at: now - TimeDelta::days(days),
        changes: 0,
        blobs: 0,
        bytes: 0,
        copied: 0,
        altered: 0,
    };
    let unsent = |hours: i64| Some(now - TimeDelta::hours(hours));
    assert_eq!(due(None, None, now), Some(BackupDue::Never));
    assert_eq!(due(Some(&done(6)), None, now), None);
    assert_eq!(due(Some(&done(7)), None, now), Some(BackupDue::Old));
    assert_eq!(
        due(Some(&done(3)), unsent(25), now),
        Some(BackupDue::Unsent)
    );
    assert_eq!(due(Some(&done(3)), unsent(23), now), None);
    assert_eq!(due(Some(&done(-400)), None, now), Some(BackupDue::Old));
}
