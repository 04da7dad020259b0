//! Files that must survive a power cut. A file is durable after [`Disk::sync`], its name after
//! [`Disk::sync_folder`]: in that order, and only then may a row refer to it.

use std::fmt::Debug;
use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

/// A disk.
pub trait Disk: Debug + Send + Sync {
    /// The name of the way that SQLite takes to this disk; `None` is the usual one.
    fn vfs(&self) -> Option<&str>;
    /// Makes a folder and those above it.
    ///
    /// # Errors
    /// What the system says; so for all that follows.
    fn make_folder(&self, folder: &Path) -> io::Result<()>;
    /// Makes a new file.
    ///
    /// # Errors
    /// `AlreadyExists`, `StorageFull`, …
    fn write_new(&self, path: &Path, bytes: &[u8]) -> io::Result<()>;
    /// Appends to a file, made if need be; returns its length.
    ///
    /// # Errors
    /// `StorageFull`, …
    fn append(&self, path: &Path, bytes: &[u8]) -> io::Result<u64>;
    /// Makes what a file holds durable.
    ///
    /// # Errors
    /// `NotFound`, …
    fn sync(&self, path: &Path) -> io::Result<()>;
    /// Makes the names in a folder durable.
    ///
    /// # Errors
    /// `NotFound`, …
    fn sync_folder(&self, folder: &Path) -> io::Result<()>;
    /// Gives a file another name, in place of whatever had it.
    ///
    /// # Errors
    /// `NotFound`, …
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file.
    ///
    /// # Errors
    /// `NotFound`, …
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// At most `bytes_max` bytes from `offset` on; fewer only at the end.
    ///
    /// # Errors
    /// `NotFound`, …
    fn read(&self, path: &Path, offset: u64, bytes_max: usize) -> io::Result<Vec<u8>>;
    /// A file's length.
    ///
    /// # Errors
    /// `NotFound`, …
    fn len(&self, path: &Path) -> io::Result<u64>;
    /// How many bytes can still be written where this folder lies.
    ///
    /// # Errors
    /// `NotFound`, …
    fn free(&self, folder: &Path) -> io::Result<u64>;
    /// The files of a folder.
    ///
    /// # Errors
    /// `NotFound`, …
    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>>;
}

/// The disk of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct RealDisk;

impl Disk for RealDisk {
    fn vfs(&self) -> Option<&str> {
        None
    }

    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        fs::create_dir_all(folder)
    }

    fn write_new(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        File::create_new(path)?.write_all(bytes)
    }

    fn append(&self, path: &Path, bytes: &[u8]) -> io::Result<u64> {
        let mut file = File::options().create(true).append(true).open(path)?;
        file.write_all(bytes)?;
        Ok(file.metadata()?.len())
    }

    fn sync(&self, path: &Path) -> io::Result<()> {
        // Windows flushes only what was opened for writing.
        File::options().append(true).open(path)?.sync_all()
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        if cfg!(windows) {
            // NTFS journals the rename, and a folder cannot be opened for flushing.
            return Ok(());
        }
        File::open(folder)?.sync_all()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn read(&self, path: &Path, offset: u64, bytes_max: usize) -> io::Result<Vec<u8>> {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::Start(offset))?;
        let mut bytes = Vec::new();
        file.take(bytes_max as u64).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn len(&self, path: &Path) -> io::Result<u64> {
        Ok(fs::metadata(path)?.len())
    }

    fn free(&self, folder: &Path) -> io::Result<u64> {
        fs4::available_space(folder)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        fs::read_dir(folder)?
            .map(|entry| Ok(entry?.path()))
            .collect()
    }
}

/// Opens a database on a disk.
///
/// # Errors
/// What SQLite says.
pub fn connect(disk: &dyn Disk, path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    match disk.vfs() {
        None => Connection::open_with_flags(path, flags),
        Some(vfs) => Connection::open_with_flags_and_vfs(path, flags, vfs),
    }
}

/// Whether the disk is full.
#[must_use]
pub fn is_disk_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
    )
}
