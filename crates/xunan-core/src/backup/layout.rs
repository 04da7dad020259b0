//! What lies where in the folder that a person chooses:
//!
//! ```text
//! xunan-backup/<laptop>-<code>/      one per laptop and recovery code
//!     blobs/ab/<sha256>              sealed; shared by all backups here, never changed
//!     database-000007.sealed         one moment of the database
//!     manifest-000007.json           written last: without it a backup is none
//! ```
//!
//! Nothing is renamed over something else: a stick's file system (FAT) does that in two steps.

use std::io;
use std::path::{Path, PathBuf};

use anyhow::Result;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use xunan_model::digest::Digest;
use xunan_model::id::DeviceId;
use xunan_platform::Disk;

use super::sealed::sealed_len;

/// The folder that holds the backups of all laptops.
pub(crate) const ROOT: &str = "xunan-backup";
/// What a file is called until it is whole.
pub(crate) const PART: &str = "part";
/// The format that this program writes; a greater one is a newer program's.
pub(crate) const FORMAT: u32 = 1;
/// A manifest with a million blobs is smaller, in bytes.
const MANIFEST_BYTES_MAX: usize = 100 << 20;

/// What a backup says of itself. No name of a person, no record.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Manifest {
    pub(crate) format: u32,
    pub(crate) program: String,
    pub(crate) at: DateTime<Utc>,
    pub(crate) device: DeviceId,
    pub(crate) device_name: String,
    pub(crate) office: String,
    /// Belongs to the recovery code.
    pub(crate) salt: Digest,
    /// A digest of the key: tells a wrong code from a damaged file.
    pub(crate) key: Digest,
    /// The open database.
    pub(crate) database: FileFact,
    pub(crate) counts: Counts,
    /// The photos that belong to it.
    pub(crate) blobs: Vec<Digest>,
    /// Their bytes.
    pub(crate) blob_bytes: u64,
}

/// A file's length and digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileFact {
    pub(crate) bytes: u64,
    pub(crate) sha256: Digest,
}

/// How much a database holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Counts {
    pub(crate) changes: u64,
    pub(crate) visits: u64,
    pub(crate) findings: u64,
    pub(crate) photos: u64,
}

/// The folder of one laptop's backups under one recovery code.
#[derive(Debug, Clone)]
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    /// In the place that a person has chosen.
    pub(crate) fn of(place: &Path, device: DeviceId, salt: Digest) -> Self {
        // A name from version 7 begins with the time: laptops enrolled together differ at the end.
        let device = device.0.simple().to_string();
        let salt = salt.to_string();
        Self(
            place
                .join(ROOT)
                .join(format!("{}-{}", &device[24..], &salt[..4])),
        )
    }

    pub(crate) fn blob(&self, digest: Digest) -> PathBuf {
        let name = digest.to_string();
        self.0.join("blobs").join(&name[..2]).join(name)
    }

    pub(crate) fn database(&self, number: u32) -> PathBuf {
        self.0.join(format!("database-{number:06}.sealed"))
    }

    pub(crate) fn manifest(&self, number: u32) -> PathBuf {
        self.0.join(format!("manifest-{number:06}.json"))
    }

    /// The numbers of all manifests, the newest first.
    pub(crate) fn numbers(&self, disk: &dyn Disk) -> io::Result<Vec<u32>> {
        let mut numbers: Vec<u32> = files(disk, &self.0)?
            .iter()
            .filter_map(|path| number(path, "manifest-", ".json"))
            .collect();
        numbers.sort_unstable_by(|a, b| b.cmp(a));
        Ok(numbers)
    }

    /// The newest backup that is whole as far as its lengths tell.
    pub(crate) fn newest(&self, disk: &dyn Disk) -> io::Result<Option<(u32, Manifest)>> {
        for number in self.numbers(disk)? {
            let text = disk.read(&self.manifest(number), 0, MANIFEST_BYTES_MAX)?;
            let Ok(manifest) = serde_json::from_slice::<Manifest>(&text) else {
                continue;
            };
            let sealed = disk.len(&self.database(number)).ok();
            if sealed == Some(sealed_len(manifest.database.bytes)) {
                return Ok(Some((number, manifest)));
            }
        }
        Ok(None)
    }
}

/// The number in a file's name.
pub(crate) fn number(path: &Path, before: &str, after: &str) -> Option<u32> {
    let name = path.file_name()?.to_str()?;
    name.strip_prefix(before)?.strip_suffix(after)?.parse().ok()
}

/// What lies in a folder; nothing when it is not there.
pub(crate) fn files(disk: &dyn Disk, folder: &Path) -> io::Result<Vec<PathBuf>> {
    match disk.list(folder) {
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            Ok(Vec::new())
        }
        listed => listed,
    }
}

/// A folder for writing: made, with its own name durable.
pub(crate) fn make_folder(disk: &dyn Disk, folder: &Path) -> Result<()> {
    disk.make_folder(folder)?;
    if let Some(above) = folder.parent() {
        disk.sync_folder(above)?;
    }
    Ok(())
}
