//! A disk in memory for deterministic crash tests.
//!
//! A [`SimDisk`] is a SQLite VFS and a small plain-file store in one. It knows
//! which bytes and which folder entries are synced, and [`SimDisk::crash`]
//! takes away what is not, as a power cut does. All chance comes from one seed.
//!
//! Folders are not objects: a folder exists as soon as a path names it, and
//! making one is never lost.

#![deny(unsafe_code)]

mod disk;
mod platform;
#[allow(unsafe_code)] // The one place that speaks C with SQLite.
mod vfs;

pub use vfs::seed_sqlite_random;

use disk::{Op, State};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// A simulated disk. Clones are the same disk; for a copy see [`SimDisk::snapshot`].
#[derive(Clone)]
pub struct SimDisk {
    inner: Arc<Inner>,
}

struct Inner {
    state: Mutex<State>,
    vfs: OnceLock<vfs::Registered>,
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, State> {
        // A test that failed while holding the lock shall not hide its own
        // message behind a second panic in a SQLite callback (which aborts).
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SimDisk {
    /// An empty disk. Everything random on it follows from `seed`.
    pub fn new(seed: u64) -> SimDisk {
        SimDisk::with(State::new(seed))
    }

    fn with(state: State) -> SimDisk {
        let (state, vfs) = (Mutex::new(state), OnceLock::new());
        SimDisk {
            inner: Arc::new(Inner { state, vfs }),
        }
    }

    /// The name of this disk as a SQLite VFS. The first call registers it, and
    /// it is unregistered with the last clone and the last open handle.
    pub fn vfs(&self) -> &str {
        let inner = &self.inner;
        inner.vfs.get_or_init(|| vfs::register(inner)).name()
    }

    /// Opens (or creates) a database on this disk.
    pub fn connect(&self, path: &str) -> rusqlite::Result<rusqlite::Connection> {
        let flags = rusqlite::OpenFlags::default();
        rusqlite::Connection::open_with_flags_and_vfs(path, flags, self.vfs())
    }

    /// Creates a file with these bytes; `AlreadyExists` if it is there.
    /// On a full disk nothing is created.
    pub fn write_new(&self, path: &str, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.inner.lock();
        if state.find(path).is_ok() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        state.room(!bytes.is_empty())?;
        let id = state.create(path)?;
        state.write(id, 0, bytes)
    }

    /// Adds bytes at the end of a file, creating it if needed; returns the new length.
    pub fn append(&self, path: &str, bytes: &[u8]) -> io::Result<u64> {
        let mut state = self.inner.lock();
        state.room(!bytes.is_empty())?;
        let id = match state.find(path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => state.create(path)?,
            found => found?,
        };
        let at = state.size(id);
        state.write(id, at, bytes)?;
        Ok(state.size(id))
    }

    /// Makes the content of a file durable. Its folder entry too if the file
    /// is new and was never renamed; for all else see [`SimDisk::sync_folder`].
    pub fn sync(&self, path: &str) -> io::Result<()> {
        let mut state = self.inner.lock();
        let id = state.find(path)?;
        state.sync(id)
    }

    /// Renames a file, replacing what is at `to`. Between two folders it is
    /// one step, made durable by syncing the folder of `to`.
    pub fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.inner.lock();
        let id = state.find(from)?;
        let (from, to) = (from.to_string(), to.to_string());
        state.change_entry(Op::Rename { from, to, id })
    }

    /// Removes a file.
    pub fn remove(&self, path: &str) -> io::Result<()> {
        self.inner.lock().remove(path)
    }

    /// Makes the entries of a folder durable: files made, renamed, removed in it.
    pub fn sync_folder(&self, folder: &str) -> io::Result<()> {
        self.inner.lock().sync_folder(folder)
    }

    /// Reads up to `len` bytes at `offset`; fewer, or none, at the end of the file.
    pub fn read(&self, path: &str, offset: u64, len: usize) -> io::Result<Vec<u8>> {
        let state = self.inner.lock();
        Ok(state.bytes(state.find(path)?, offset, len).to_vec())
    }

    /// The length of a file; `NotFound` if there is none.
    pub fn len(&self, path: &str) -> io::Result<u64> {
        let state = self.inner.lock();
        Ok(state.size(state.find(path)?))
    }

    /// The paths of the files directly in a folder, sorted. Works on a stopped disk too.
    pub fn list(&self, folder: &str) -> Vec<String> {
        self.inner.lock().list(folder)
    }

    /// Power cut and reboot. Every file and folder goes back to its last synced
    /// state, plus a random part of what came after: for content a prefix or a
    /// subset by 4096-byte pages, some torn at 512 bytes; for the entries of a
    /// folder a prefix. Open SQLite handles are dead: all IO on them fails.
    pub fn crash(&self) {
        self.inner.lock().crash();
    }

    /// The process is killed, the machine goes on: nothing is lost, but open
    /// SQLite handles are dead, their locks free, and shared memory is gone.
    pub fn kill(&self) {
        self.inner.lock().kill();
    }

    /// Stops the disk in the middle of the work: `changes` more writes, syncs,
    /// removals and so on succeed, the next and all IO after it fails, until
    /// [`SimDisk::crash`] or [`SimDisk::kill`] says what the stop was.
    pub fn stop_after(&self, changes: u64) {
        self.inner.lock().fuse = Some(changes);
    }

    /// A full disk: every write that grows a file fails (`StorageFull`, `SQLITE_FULL`).
    pub fn set_full(&self, full: bool) {
        let mut state = self.inner.lock();
        (state.full, state.full_after) = (full, None);
    }

    /// So many growing writes succeed, then the disk is full until [`SimDisk::set_full`] says otherwise.
    pub fn full_after(&self, writes: u64) {
        self.inner.lock().full_after = Some(writes);
    }

    /// A disk that takes no change (`ReadOnlyFilesystem`), as a faulty one that the system protects.
    pub fn set_read_only(&self, read_only: bool) {
        self.inner.lock().read_only = read_only;
    }

    /// How many bytes can still be written: none on a full disk, else more than enough.
    pub fn free(&self) -> u64 {
        if self.inner.lock().full { 0 } else { 1 << 50 }
    }

    /// A disk that lies: syncs say yes and do nothing. To prove that a test can fail.
    pub fn set_syncs_lie(&self, lie: bool) {
        self.inner.lock().lie = lie;
    }

    /// The time SQLite sees, in milliseconds since 1970. It never moves by itself.
    pub fn set_now_ms(&self, now_ms: i64) {
        self.inner.lock().now_ms = now_ms;
    }

    /// A deep copy, unsynced state and random state too, as a disk of its own:
    /// an old image, a cloned laptop. Open handles stay with the original.
    pub fn snapshot(&self) -> SimDisk {
        SimDisk::with(self.inner.lock().copy())
    }

    /// How many syncs (files and folders) were asked for so far.
    pub fn syncs(&self) -> u64 {
        self.inner.lock().syncs
    }
}
