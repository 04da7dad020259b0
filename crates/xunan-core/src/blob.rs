//! Bytes by their content: photos and documents as files named by their SHA-256.
//!
//! A file under its name is complete and durable: it is written under another name, synced,
//! renamed, and its folder synced. Only then may a row refer to it.

use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use xunan_model::digest::{Digest, Hasher};
use xunan_platform::Disk;

/// Where blobs that are being fetched grow; they survive a restart.
const INCOMING: &str = "incoming";

/// Where blobs lie whose bytes turned out to be others than their name says.
const ALTERED: &str = "altered";

/// A folder of blobs.
#[derive(Debug)]
pub struct BlobStore {
    disk: Arc<dyn Disk>,
    folder: PathBuf,
    part: AtomicU64,
}

/// Why a blob could not be stored or read.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// What arrived is not what its name says.
    #[error("the bytes are not those of {0}")]
    WrongDigest(Digest),
    /// The disk.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl BlobStore {
    /// Opens the folder, and removes what a crash left half-written.
    ///
    /// # Errors
    /// When the folder cannot be made or written.
    pub fn open(disk: Arc<dyn Disk>, folder: &Path) -> io::Result<Self> {
        let parts = folder.join("part");
        disk.make_folder(&parts)?;
        for part in disk.list(&parts)? {
            disk.remove(&part)?;
        }
        disk.make_folder(&folder.join(INCOMING))?;
        disk.sync_folder(folder)?;
        Ok(Self {
            disk,
            folder: folder.to_owned(),
            part: AtomicU64::new(0),
        })
    }

    /// Stores bytes and returns their name. Storing the same bytes again changes nothing.
    ///
    /// # Errors
    /// When the disk refuses; then nothing is stored.
    pub fn put(&self, bytes: &[u8]) -> io::Result<Digest> {
        let digest = Digest::of(bytes);
        if self.len(digest).is_some() {
            return Ok(digest);
        }
        let part = self.part_path();
        let written = self
            .disk
            .write_new(&part, bytes)
            .and_then(|()| self.disk.sync(&part))
            .and_then(|()| self.settle(&part, digest));
        if let Err(error) = written {
            let _ = self.disk.remove(&part);
            return Err(error);
        }
        Ok(digest)
    }

    /// How much of a blob has arrived so far.
    ///
    /// # Errors
    /// When the disk cannot be read.
    pub fn part_len(&self, digest: Digest) -> io::Result<u64> {
        match self.disk.len(&self.incoming(digest)) {
            Ok(length) => Ok(length),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
            Err(error) => Err(error),
        }
    }

    /// More of a blob has arrived; returns how much there is now.
    ///
    /// # Errors
    /// When the disk refuses; what was there stays.
    pub fn part_append(&self, digest: Digest, bytes: &[u8]) -> io::Result<u64> {
        self.disk.append(&self.incoming(digest), bytes)
    }

    /// What has arrived of a blob is of no use.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn part_drop(&self, digest: Digest) -> io::Result<()> {
        match self.disk.remove(&self.incoming(digest)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// All of a blob has arrived.
    ///
    /// # Errors
    /// [`BlobError::WrongDigest`] when its bytes are not those of its name; then they are gone.
    pub fn part_finish(&self, digest: Digest) -> Result<(), BlobError> {
        if self.len(digest).is_some() {
            return Ok(self.part_drop(digest)?);
        }
        let part = self.incoming(digest);
        if self.digest_of(&part)? != digest {
            self.part_drop(digest)?;
            return Err(BlobError::WrongDigest(digest));
        }
        self.disk.sync(&part)?;
        Ok(self.settle(&part, digest)?)
    }

    /// How many bytes the blob has; `None` when it is not here.
    #[must_use]
    pub fn len(&self, digest: Digest) -> Option<u64> {
        self.disk.len(&self.path(digest)).ok()
    }

    /// All blobs that are here whole, with their lengths in bytes.
    ///
    /// # Errors
    /// When the disk cannot be read.
    pub fn all(&self) -> io::Result<Vec<(Digest, u64)>> {
        let mut found = Vec::new();
        for prefix in 0..=u8::MAX {
            let folder = self.folder.join(format!("{prefix:02x}"));
            let paths = match self.disk.list(&folder) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                listed => listed?,
            };
            for path in paths {
                let name = path.file_name().and_then(|name| name.to_str());
                if let Some(digest) = name.and_then(Digest::parse) {
                    found.push((digest, self.disk.len(&path)?));
                }
            }
        }
        Ok(found)
    }

    /// Reads all of a blob and holds it against its name; `None` when it is not here.
    ///
    /// # Errors
    /// When the disk cannot be read.
    pub fn verify(&self, digest: Digest) -> io::Result<Option<bool>> {
        match self.digest_of(&self.path(digest)) {
            Ok(found) => Ok(Some(found == digest)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Takes a blob whose bytes are not those of its name out of its place, and keeps it: what was
    /// altered may tell how. One that is not here is no error.
    ///
    /// # Errors
    /// When the disk refuses; then it stays where it is.
    pub fn set_aside(&self, digest: Digest) -> io::Result<()> {
        let folder = self.folder.join(ALTERED);
        self.disk.make_folder(&folder)?;
        let taken = self.disk.list(&folder)?.len();
        let to = folder.join(format!("{digest}.{taken}"));
        match self.disk.rename(&self.path(digest), &to) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        self.disk.sync_folder(&folder)
    }

    /// Removes a blob; one that is not here is no error.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn remove(&self, digest: Digest) -> io::Result<()> {
        match self.disk.remove(&self.path(digest)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Reads a part of a blob; a range beyond the end is cut short.
    ///
    /// # Errors
    /// `NotFound` when the blob is not here.
    pub fn read(&self, digest: Digest, range: Range<u64>) -> io::Result<Vec<u8>> {
        let length = range.end.saturating_sub(range.start);
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        self.disk.read(&self.path(digest), range.start, length)
    }

    /// Reads a whole blob.
    ///
    /// # Errors
    /// `NotFound` when the blob is not here.
    pub fn read_all(&self, digest: Digest) -> io::Result<Vec<u8>> {
        self.read(digest, 0..u64::MAX)
    }

    /// From a synced file under another name to a durable one under its own.
    fn settle(&self, part: &Path, digest: Digest) -> io::Result<()> {
        let path = self.path(digest);
        let folder = path.parent().unwrap_or(&self.folder);
        if self.disk.list(folder).is_err() {
            self.disk.make_folder(folder)?;
            self.disk.sync_folder(&self.folder)?;
        }
        self.disk.rename(part, &path)?;
        self.disk.sync_folder(folder)
    }

    fn digest_of(&self, path: &Path) -> io::Result<Digest> {
        const PIECE_BYTES: usize = 256 << 10;
        let (mut hasher, mut offset) = (Hasher::default(), 0);
        loop {
            let piece = self.disk.read(path, offset, PIECE_BYTES)?;
            hasher.update(&piece);
            offset += piece.len() as u64;
            if piece.len() < PIECE_BYTES {
                return Ok(hasher.digest());
            }
        }
    }

    fn path(&self, digest: Digest) -> PathBuf {
        let name = digest.to_string();
        self.folder.join(&name[..2]).join(name)
    }

    fn incoming(&self, digest: Digest) -> PathBuf {
        self.folder.join(INCOMING).join(digest.to_string())
    }

    fn part_path(&self) -> PathBuf {
        self.folder
            .join("part")
            .join(self.part.fetch_add(1, Ordering::Relaxed).to_string())
    }
}
