//! A backup of the embedded store in one folder, laid out as the data folder is: `server.db`,
//! `blobs/`, `server-key.pem`, and at last `manifest.json`, without which a backup is none.
//!
//! The database is copied first and the blobs that it names after it: a blob is never changed and
//! never deleted, so every one that the copy names is there. A restored server always has a new
//! epoch: laptops that were further than the backup must not believe that it knows what they sent.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use xunan_model::digest::{Digest, Hasher};
use xunan_platform::{Disk as _, RealDisk};

use crate::config::{DATABASE, DataFolder, KEY};
use crate::platform;
use crate::store::sqlite::backup::{Copy, Counts, copy_check, copy_renew, database_copy};
use crate::store::sqlite::blob_path;

const MANIFEST: &str = "manifest.json";
const BLOBS: &str = "blobs";
/// The database of a restore that is not done: never opened by a server.
const UNFINISHED: &str = "server.db.restoring";
const FORMAT: u32 = 1;
/// More faults than these are counted, not listed.
const FAULTS_SHOWN_MAX: usize = 10;

/// What a backup says of itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Manifest {
    pub format: u32,
    pub program: String,
    pub created: DateTime<Utc>,
    pub server_epoch: u64,
    pub database_version: i64,
    pub database: FileFact,
    /// None for a server that never spoke TLS itself.
    pub key: Option<FileFact>,
    pub counts: Counts,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileFact {
    pub bytes: u64,
    pub sha256: Digest,
}

/// How closely photos are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// There, and of the right length.
    Lengths,
    /// Read to the end, and the digest is the name.
    Digests,
}

/// Makes the folder of a backup, readable by its owner only.
///
/// # Errors
/// When it is not empty, or lies in the data folder and would be lost with it.
pub fn folder_make(data: &DataFolder, to: &Path) -> Result<()> {
    let inside = std::path::absolute(data.database())?;
    let inside = inside.parent().context("a database lies in a folder")?;
    if std::path::absolute(to)?.starts_with(inside) {
        bail!("a backup inside the data folder is lost with it; give another folder");
    }
    fs::create_dir_all(to).with_context(|| format!("cannot make the folder {}", to.display()))?;
    if fs::read_dir(to)?.next().is_some() {
        bail!("the folder {} is not empty", to.display());
    }
    // It holds people's names and the server's secret key. A stick without owners cannot keep a
    // secret, but a backup on it is better than none.
    if let Err(error) = platform::folder_private(to) {
        tracing::warn!(
            "{} is readable by others ({error}): lock the disk away",
            to.display()
        );
    }
    Ok(())
}

/// Fills an empty folder with a backup, reads it again and writes the manifest if all is there.
/// Works beside a running server.
///
/// # Errors
/// When something cannot be read or written, or what was written has a fault.
pub fn backup(data: &DataFolder, to: &Path, depth: Depth, now: DateTime<Utc>) -> Result<Manifest> {
    let database = to.join(DATABASE);
    database_copy(&data.database(), &database)?;
    File::options().append(true).open(&database)?.sync_all()?;
    let copy = copy_check(&database)?;
    let mut faults = blobs_link(&data.blobs(), &to.join(BLOBS), &copy)?;
    if data.key().exists() {
        let mut file = platform::private_file()
            .create_new(true)
            .open(to.join(KEY))?;
        copy_into(&data.key(), &mut file)?;
    }
    RealDisk.sync_folder(to)?;

    for (sha256, fault) in blobs_check(&to.join(BLOBS), &copy, depth) {
        // What went wrong while copying says more than that it is missing now.
        faults.entry(sha256).or_insert(fault);
    }
    faults_none(&faults)?;
    let manifest = Manifest {
        format: FORMAT,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        created: now,
        server_epoch: copy.server_epoch,
        database_version: copy.version,
        database: file_fact(&database)?,
        key: match to.join(KEY) {
            key if key.exists() => Some(file_fact(&key)?),
            _ => None,
        },
        counts: copy.counts,
    };
    let half = to.join("manifest.tmp");
    let mut file = File::create(&half)?;
    file.write_all(&serde_json::to_vec_pretty(&manifest)?)?;
    file.sync_all()?;
    fs::rename(&half, to.join(MANIFEST))?;
    RealDisk.sync_folder(to)?;
    name_sync(to);
    Ok(manifest)
}

/// The manifest of a finished backup.
///
/// # Errors
/// When there is none, or a newer program has written it.
pub fn manifest(from: &Path) -> Result<Manifest> {
    let path = from.join(MANIFEST);
    let bytes = fs::read(&path).with_context(|| {
        format!(
            "{} is no finished backup: cannot read {MANIFEST}",
            from.display()
        )
    })?;
    let manifest: Manifest = serde_json::from_slice(&bytes)
        .with_context(|| format!("{} is not a backup's manifest", path.display()))?;
    ensure!(
        manifest.format <= FORMAT,
        "the backup was written by a newer program ({}); install that one",
        manifest.program
    );
    Ok(manifest)
}

/// Checks that a backup is what its manifest says, before anything is written anywhere.
///
/// # Errors
/// What is missing or damaged.
pub fn check(from: &Path, manifest: &Manifest) -> Result<Checked> {
    let expected = [
        (DATABASE, Some(&manifest.database)),
        (KEY, manifest.key.as_ref()),
    ];
    for (name, fact) in expected {
        if let Some(fact) = fact
            && file_fact(&from.join(name))? != *fact
        {
            bail!(
                "{} is damaged: it is not what {MANIFEST} says",
                from.join(name).display()
            );
        }
    }
    let copy = copy_check(&from.join(DATABASE))?;
    // Their digests are taken while they are copied.
    faults_none(&blobs_check(&from.join(BLOBS), &copy, Depth::Lengths))?;
    Ok(Checked(copy))
}

/// A backup that was found whole.
#[derive(Debug)]
pub struct Checked(Copy);

/// Puts a backup into a fresh data folder and gives the server its new epoch. The database comes
/// last: no server can start on half a restore.
///
/// # Errors
/// When something cannot be read or written, or a photo's digest is not its name.
pub fn restore(
    from: &Path,
    checked: &Checked,
    data: &DataFolder,
    manifest: &Manifest,
) -> Result<u64> {
    let Checked(copy) = checked;
    let mut faults = Faults::new();
    let mut folders = BTreeSet::new();
    fs::create_dir_all(data.blobs())?;
    for (sha256, _) in &copy.blobs {
        let to = blob_path(&data.blobs(), *sha256);
        let folder = to.parent().context("a blob lies in a folder")?;
        if folders.insert(folder.to_owned()) {
            fs::create_dir_all(folder)?;
        }
        let mut file = File::create_new(&to)?;
        if copy_into(&blob_path(&from.join(BLOBS), *sha256), &mut file)? != *sha256 {
            faults.insert(*sha256, "is damaged".to_owned());
        }
    }
    faults_none(&faults)?;
    for folder in &folders {
        RealDisk.sync_folder(folder)?;
    }
    RealDisk.sync_folder(&data.blobs())?;
    if manifest.key.is_some() {
        let mut file = platform::private_file().create_new(true).open(data.key())?;
        copy_into(&from.join(KEY), &mut file)?;
    }
    let unfinished = data.database().with_file_name(UNFINISHED);
    let digest = copy_into(&from.join(DATABASE), &mut File::create_new(&unfinished)?)?;
    ensure!(
        digest == manifest.database.sha256,
        "the database changed while it was copied"
    );
    let epoch = copy_renew(&unfinished)?;
    File::options().append(true).open(&unfinished)?.sync_all()?;
    fs::rename(&unfinished, data.database())?;
    let database = data.database();
    let folder = database.parent().context("a database lies in a folder")?;
    RealDisk.sync_folder(folder)?;
    name_sync(folder);
    Ok(epoch)
}

/// Makes the name of a new folder durable, where the folder above it may be looked into.
fn name_sync(folder: &Path) {
    if let Some(above) = std::path::absolute(folder)
        .ok()
        .as_deref()
        .and_then(Path::parent)
        && let Err(error) = RealDisk.sync_folder(above)
    {
        tracing::debug!("{} cannot be synced: {error}", above.display());
    }
}

/// Copies every whole blob, as a second name of the same file where the disk allows it. Goes on
/// after a fault, which it returns: all of them are to be told at once.
fn blobs_link(from: &Path, to: &Path, copy: &Copy) -> Result<Faults> {
    let mut faults = Faults::new();
    let mut folders = BTreeSet::new();
    fs::create_dir_all(to)?;
    for (sha256, _) in &copy.blobs {
        let (source, target) = (blob_path(from, *sha256), blob_path(to, *sha256));
        let folder = target.parent().context("a blob lies in a folder")?;
        if folders.insert(folder.to_owned()) {
            fs::create_dir_all(folder)?;
        }
        if fs::hard_link(&source, &target).is_ok() {
            continue;
        }
        match File::create_new(&target).and_then(|mut file| copy_into(&source, &mut file)) {
            Ok(digest) if digest == *sha256 => {}
            Ok(_) => drop(faults.insert(*sha256, "is damaged on the server's disk".to_owned())),
            // Also for want of space, which the rest would meet as well.
            Err(e) if e.kind() == io::ErrorKind::StorageFull => return Err(e.into()),
            Err(e) => drop(faults.insert(*sha256, format!("cannot be copied: {e}"))),
        }
    }
    for folder in &folders {
        RealDisk.sync_folder(folder)?;
    }
    RealDisk.sync_folder(to)?;
    Ok(faults)
}

/// Says which blobs of a copy are not there, too short or damaged.
fn blobs_check(folder: &Path, copy: &Copy, depth: Depth) -> Faults {
    let fault = |sha256: Digest, bytes: u64| -> Option<String> {
        let path = blob_path(folder, sha256);
        let found = match fs::metadata(&path) {
            Ok(fact) => fact.len(),
            Err(e) => return Some(format!("is missing: {e}")),
        };
        if found != bytes {
            return Some(format!("has {found} bytes instead of {bytes}"));
        }
        if depth == Depth::Lengths {
            return None;
        }
        match file_fact(&path) {
            Ok(fact) if fact.sha256 == sha256 => None,
            Ok(_) => Some("is damaged".to_owned()),
            Err(e) => Some(format!("cannot be read: {e:#}")),
        }
    };
    let blobs = copy.blobs.iter();
    blobs
        .filter_map(|(sha256, bytes)| Some((*sha256, fault(*sha256, *bytes)?)))
        .collect()
}

/// What is wrong with which photo.
type Faults = BTreeMap<Digest, String>;

fn faults_none(faults: &Faults) -> Result<()> {
    if faults.is_empty() {
        return Ok(());
    }
    let shown: Vec<String> = faults
        .iter()
        .take(FAULTS_SHOWN_MAX)
        .map(|(sha256, fault)| format!("the photo {sha256} {fault}"))
        .collect();
    bail!(
        "{} photos have a fault:\n{}",
        faults.len(),
        shown.join("\n")
    )
}

/// Copies a file and returns the digest of what it read only after it is durable.
fn copy_into(from: &Path, to: &mut File) -> io::Result<Digest> {
    let digest = read_through(&mut File::open(from)?, |piece| to.write_all(piece))?;
    to.sync_all()?;
    Ok(digest)
}

fn file_fact(path: &Path) -> Result<FileFact> {
    let named = || format!("cannot read {}", path.display());
    let mut file = File::open(path).with_context(named)?;
    Ok(FileFact {
        bytes: file.metadata()?.len(),
        sha256: read_through(&mut file, |_| Ok(())).with_context(named)?,
    })
}

fn read_through(
    file: &mut File,
    mut each: impl FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<Digest> {
    let mut hasher = Hasher::default();
    let mut buffer = vec![0; 256 << 10];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok(hasher.digest());
        }
        hasher.update(&buffer[..read]);
        each(&buffer[..read])?;
    }
}
