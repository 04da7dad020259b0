//! The disk itself: files, folders, what is durable, and what a crash leaves.
//!
//! All maps are ordered ones, so that the random draws of a crash come in the
//! same order in every run.

use rusqlite::ffi::{SQLITE_LOCK_EXCLUSIVE, SQLITE_LOCK_PENDING, SQLITE_LOCK_RESERVED};
use rusqlite::ffi::{SQLITE_LOCK_NONE, SQLITE_LOCK_SHARED};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};

const SECTOR: usize = 512;
const SECTORS_IN_PAGE: usize = 8;

/// Names a file's content, however often it is renamed.
pub(crate) type FileId = u64;

/// A change of a file's content that is not synced yet.
#[derive(Clone)]
enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Truncate(usize),
}

#[derive(Clone, Default)]
struct Inode {
    /// What every reader sees.
    now: Vec<u8>,
    /// What is surely on the platter.
    synced: Vec<u8>,
    /// The steps from `synced` to `now`.
    pending: Vec<Change>,
}

/// A change of a folder's entries.
#[derive(Clone)]
pub(crate) enum Op {
    Create {
        path: String,
        id: FileId,
    },
    Remove {
        path: String,
    },
    Rename {
        from: String,
        to: String,
        id: FileId,
    },
}

impl Op {
    fn paths(&self) -> Vec<&String> {
        match self {
            Op::Create { path, .. } | Op::Remove { path } => vec![path],
            Op::Rename { from, to, .. } => vec![from, to],
        }
    }

    /// The folder whose sync makes this durable.
    fn folder(&self) -> &str {
        match self {
            Op::Create { path, .. } | Op::Remove { path } => folder_of(path),
            Op::Rename { to, .. } => folder_of(to),
        }
    }

    fn id(&self) -> Option<FileId> {
        match self {
            Op::Create { id, .. } | Op::Rename { id, .. } => Some(*id),
            Op::Remove { .. } => None,
        }
    }

    fn apply(&self, names: &mut BTreeMap<String, FileId>) {
        match self {
            Op::Create { path, id } => {
                names.insert(path.clone(), *id);
            }
            Op::Remove { path } => {
                names.remove(path);
            }
            Op::Rename { from, to, id } => {
                names.remove(from);
                names.insert(to.clone(), *id);
            }
        }
    }
}

/// SQLite's shared memory (the wal-index) of one database. Atomics, because
/// SQLite writes through raw pointers while we hold shared references.
#[derive(Default)]
pub(crate) struct Shm {
    pub(crate) regions: Mutex<Vec<Box<[AtomicU64]>>>,
}

/// An open file of SQLite.
#[derive(Clone, Default)]
pub(crate) struct Handle {
    pub(crate) file: FileId,
    /// Its process is gone.
    dead: bool,
    /// The path to remove when it is closed.
    pub(crate) remove_at_close: Option<String>,
    /// The folder to sync with the first sync of the file.
    pub(crate) sync_folder: Option<String>,
    lock: i32,
    /// Kept by a dead handle too: SQLite still holds pointers into it.
    shm: Option<Arc<Shm>>,
    shm_shared: u32,
    shm_exclusive: u32,
}

#[derive(Clone)]
pub(crate) struct State {
    rng: u64,
    next: u64,
    inodes: BTreeMap<FileId, Inode>,
    /// The entries everyone sees, those on the platter, and the steps between.
    names: BTreeMap<String, FileId>,
    durable: BTreeMap<String, FileId>,
    pending: Vec<Op>,
    handles: BTreeMap<u64, Handle>,
    shms: BTreeMap<FileId, Arc<Shm>>,
    pub(crate) full: bool,
    /// Growing writes left until the disk is full.
    pub(crate) full_after: Option<u64>,
    pub(crate) read_only: bool,
    pub(crate) lie: bool,
    pub(crate) now_ms: i64,
    pub(crate) syncs: u64,
    /// Changes left until the disk stops.
    pub(crate) fuse: Option<u64>,
    stopped: bool,
}

impl State {
    pub(crate) fn new(seed: u64) -> State {
        State {
            rng: seed,
            next: 1,
            inodes: BTreeMap::new(),
            names: BTreeMap::new(),
            durable: BTreeMap::new(),
            pending: Vec::new(),
            handles: BTreeMap::new(),
            shms: BTreeMap::new(),
            full: false,
            full_after: None,
            read_only: false,
            lie: false,
            now_ms: 1_767_225_600_000, // 2026-01-01, any fixed day will do
            syncs: 0,
            fuse: None,
            stopped: false,
        }
    }

    /// A copy without the open handles, which belong to the original.
    pub(crate) fn copy(&self) -> State {
        let mut copy = self.clone();
        copy.handles.clear();
        copy.shms.clear();
        copy
    }

    /// splitmix64
    pub(crate) fn random(&mut self) -> u64 {
        self.rng = self.rng.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.rng;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Fails on a stopped disk.
    pub(crate) fn check(&self) -> io::Result<()> {
        match self.stopped {
            true => Err(io::Error::other("the simulated disk is stopped")),
            false => Ok(()),
        }
    }

    /// Counts a change, and stops the disk when its time has come.
    fn step(&mut self) -> io::Result<()> {
        self.stopped |= self.fuse == Some(0);
        self.check()?;
        if self.read_only {
            return Err(io::ErrorKind::ReadOnlyFilesystem.into());
        }
        self.fuse = self.fuse.map(|n| n - 1);
        Ok(())
    }

    pub(crate) fn room(&mut self, grows: bool) -> io::Result<()> {
        if grows && let Some(left) = &mut self.full_after {
            self.full |= *left == 0;
            *left = left.saturating_sub(1);
        }
        match grows && self.full {
            true => Err(io::ErrorKind::StorageFull.into()),
            false => Ok(()),
        }
    }

    pub(crate) fn find(&self, path: &str) -> io::Result<FileId> {
        self.check()?;
        let id = self.names.get(path).copied();
        id.ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    pub(crate) fn list(&self, folder: &str) -> Vec<String> {
        let folder = folder.trim_end_matches('/');
        let inside = self.names.keys().filter(|path| folder_of(path) == folder);
        inside.cloned().collect()
    }

    pub(crate) fn size(&self, id: FileId) -> u64 {
        self.inodes.get(&id).map_or(0, |inode| inode.now.len()) as u64
    }

    pub(crate) fn bytes(&self, id: FileId, at: u64, len: usize) -> &[u8] {
        let now = self.inodes.get(&id).map_or(&[][..], |inode| &inode.now);
        let start = now.len().min(at as usize);
        &now[start..now.len().min(start.saturating_add(len))]
    }

    /// A file without a name: a temporary one, or one about to get its name.
    pub(crate) fn nameless(&mut self) -> FileId {
        let id = self.new_id();
        self.inodes.insert(id, Inode::default());
        id
    }

    fn new_id(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    pub(crate) fn create(&mut self, path: &str) -> io::Result<FileId> {
        let id = self.nameless();
        let path = path.to_string();
        self.change_entry(Op::Create { path, id })?;
        Ok(id)
    }

    pub(crate) fn remove(&mut self, path: &str) -> io::Result<()> {
        self.find(path)?;
        let path = path.to_string();
        self.change_entry(Op::Remove { path })?;
        // Contents nobody can reach any more pile up only so far.
        if self.inodes.len() > 2 * self.names.len() + 64 {
            self.forget_unreachable();
        }
        Ok(())
    }

    pub(crate) fn change_entry(&mut self, op: Op) -> io::Result<()> {
        self.step()?;
        op.apply(&mut self.names);
        self.pending.push(op);
        Ok(())
    }

    pub(crate) fn write(&mut self, id: FileId, at: u64, bytes: &[u8]) -> io::Result<()> {
        let at = at as usize;
        self.room(at + bytes.len() > self.size(id) as usize)?;
        let bytes = bytes.to_vec();
        self.change_content(id, Change::Write { at, bytes })
    }

    pub(crate) fn truncate(&mut self, id: FileId, len: u64) -> io::Result<()> {
        self.room(len > self.size(id))?;
        self.change_content(id, Change::Truncate(len as usize))
    }

    fn change_content(&mut self, id: FileId, change: Change) -> io::Result<()> {
        self.step()?;
        let inode = self.inodes.entry(id).or_default();
        change.apply(&mut inode.now);
        inode.pending.push(change);
        Ok(())
    }

    pub(crate) fn sync(&mut self, id: FileId) -> io::Result<()> {
        self.step()?;
        self.syncs += 1;
        if self.lie {
            return Ok(());
        }
        if let Some(inode) = self.inodes.get_mut(&id) {
            for change in inode.pending.drain(..) {
                change.apply(&mut inode.synced);
            }
        }
        // The fsync of a new file commits its creation, as on ext4. But a
        // renamed one must not profit: there the folder has to be synced.
        let mine = |op: &Op| op.id() == Some(id);
        let mut ops = (0..self.pending.len()).filter(|i| mine(&self.pending[*i]));
        if let (Some(i), None) = (ops.next(), ops.next())
            && matches!(self.pending[i], Op::Create { .. })
        {
            self.settle(&BTreeSet::from([i]));
        }
        Ok(())
    }

    pub(crate) fn sync_folder(&mut self, folder: &str) -> io::Result<()> {
        self.step()?;
        self.syncs += 1;
        if !self.lie {
            let folder = folder.trim_end_matches('/');
            let ops = self.pending.iter().enumerate();
            let picked = ops.filter(|(_, op)| op.folder() == folder);
            let picked = picked.map(|(i, _)| i).collect();
            self.settle(&picked);
        }
        Ok(())
    }

    /// Makes the picked entry changes durable, and the earlier ones on the same
    /// paths with them: no disk keeps a later entry of a name and not the earlier.
    fn settle(&mut self, picked: &BTreeSet<usize>) {
        let mut paths = BTreeSet::new();
        let (mut settled, mut rest) = (Vec::new(), Vec::new());
        let ops = std::mem::take(&mut self.pending);
        for (i, op) in ops.into_iter().enumerate().rev() {
            if picked.contains(&i) || op.paths().iter().any(|path| paths.contains(*path)) {
                paths.extend(op.paths().into_iter().cloned());
                settled.push(op);
            } else {
                rest.push(op);
            }
        }
        for op in settled.iter().rev() {
            op.apply(&mut self.durable);
        }
        self.pending = rest.into_iter().rev().collect();
    }

    pub(crate) fn crash(&mut self) {
        let mut by_folder: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (i, op) in self.pending.iter().enumerate() {
            let folder = op.folder().to_string();
            by_folder.entry(folder).or_default().push(i);
        }
        let mut picked = BTreeSet::new();
        for ops in by_folder.into_values() {
            let kept = below(self, ops.len() + 1);
            picked.extend(&ops[..kept]);
        }
        self.settle(&picked);
        self.pending.clear();
        self.names = self.durable.clone();
        let mut inodes = std::mem::take(&mut self.inodes);
        for inode in inodes.values_mut() {
            inode.crash(self);
        }
        self.inodes = inodes;
        self.kill();
    }

    pub(crate) fn kill(&mut self) {
        for handle in self.handles.values_mut() {
            handle.dead = true;
        }
        self.shms.clear();
        self.fuse = None;
        self.stopped = false;
        self.forget_unreachable();
    }

    fn forget_unreachable(&mut self) {
        let open = self.handles.values().filter(|handle| !handle.dead);
        let named = self.names.values().chain(self.durable.values()).copied();
        let pending = self.pending.iter().filter_map(Op::id);
        let used = open.map(|handle| handle.file).chain(named).chain(pending);
        let used: BTreeSet<FileId> = used.collect();
        self.inodes.retain(|id, _| used.contains(id));
    }

    pub(crate) fn open(&mut self, handle: Handle) -> u64 {
        let id = self.new_id();
        self.handles.insert(id, handle);
        id
    }

    pub(crate) fn sync_handle(&mut self, handle: u64) -> io::Result<()> {
        let Some(open) = self.live(handle) else {
            return Err(io::Error::other("a dead handle"));
        };
        let (file, folder) = (open.file, open.sync_folder.take());
        self.sync(file)?;
        folder.map_or(Ok(()), |folder| self.sync_folder(&folder))
    }

    pub(crate) fn close(&mut self, handle: u64) {
        if let Some(Handle {
            dead: false,
            remove_at_close: Some(path),
            ..
        }) = self.handles.remove(&handle)
        {
            // On a stopped disk the file stays, as it does after a kill.
            let _ = self.remove(&path);
        }
    }

    /// The handle, if its process lives and the disk runs.
    pub(crate) fn live(&mut self, handle: u64) -> Option<&mut Handle> {
        self.check().ok()?;
        self.handles.get_mut(&handle).filter(|handle| !handle.dead)
    }

    pub(crate) fn file(&mut self, handle: u64) -> Option<FileId> {
        self.live(handle).map(|handle| handle.file)
    }

    /// The highest lock another process holds on the same file.
    pub(crate) fn others_lock(&self, me: u64, file: FileId) -> i32 {
        let same =
            |(key, other): &(&u64, &Handle)| other.file == file && !other.dead && **key != me;
        let locks = self.handles.iter().filter(same);
        locks.map(|(_, h)| h.lock).max().unwrap_or(SQLITE_LOCK_NONE)
    }

    pub(crate) fn own_lock(&mut self, me: u64) -> Option<i32> {
        self.live(me).map(|handle| handle.lock)
    }

    /// Takes a lock as SQLite's unix VFS does; `Some(false)` is busy.
    pub(crate) fn lock(&mut self, me: u64, level: i32) -> Option<bool> {
        let handle = self.live(me)?;
        if handle.lock >= level {
            return Some(true);
        }
        let file = handle.file;
        let others = self.others_lock(me, file);
        let (got, level) = match level {
            SQLITE_LOCK_SHARED => (others < SQLITE_LOCK_PENDING, level),
            SQLITE_LOCK_RESERVED => (others < SQLITE_LOCK_RESERVED, level),
            _ if others >= SQLITE_LOCK_PENDING => (false, level),
            // The readers of now may finish, but no new ones start.
            _ if others >= SQLITE_LOCK_SHARED => {
                self.live(me)?.lock = SQLITE_LOCK_PENDING;
                (false, level)
            }
            _ => (true, SQLITE_LOCK_EXCLUSIVE),
        };
        if got {
            self.live(me)?.lock = level;
        }
        Some(got)
    }

    pub(crate) fn unlock(&mut self, me: u64, level: i32) {
        if let Some(handle) = self.handles.get_mut(&me) {
            handle.lock = handle.lock.min(level);
        }
    }

    /// The shared memory of the handle's database, made when first asked for.
    pub(crate) fn shm(&mut self, me: u64) -> Option<Arc<Shm>> {
        let file = self.file(me)?;
        if self.live(me)?.shm.is_none() {
            let shm = self.shms.entry(file).or_default().clone();
            self.live(me)?.shm = Some(shm);
        }
        self.live(me)?.shm.clone()
    }

    pub(crate) fn shm_lock(&mut self, me: u64, mask: u32, exclusive: bool) -> Option<bool> {
        let file = self.file(me)?;
        let mut others = self
            .handles
            .iter()
            .filter(|(key, h)| **key != me && !h.dead);
        let busy = others.any(|(_, h)| {
            let blocks = h.shm_exclusive | if exclusive { h.shm_shared } else { 0 };
            h.file == file && blocks & mask != 0
        });
        let handle = self.live(me)?;
        match (busy, exclusive) {
            (true, _) => {}
            (false, true) => handle.shm_exclusive |= mask,
            (false, false) => handle.shm_shared |= mask,
        }
        Some(!busy)
    }

    pub(crate) fn shm_unlock(&mut self, me: u64, mask: u32) {
        if let Some(handle) = self.handles.get_mut(&me) {
            handle.shm_exclusive &= !mask;
            handle.shm_shared &= !mask;
        }
    }

    /// Leaves the shared memory; the last one out takes it along.
    pub(crate) fn shm_unmap(&mut self, me: u64) {
        self.shm_unlock(me, u32::MAX);
        let Some(handle) = self.handles.get_mut(&me) else {
            return;
        };
        handle.shm = None;
        let (file, dead) = (handle.file, handle.dead);
        let user = |h: &Handle| !h.dead && h.file == file && h.shm.is_some();
        if !dead && !self.handles.values().any(user) {
            self.shms.remove(&file);
        }
    }
}

impl Change {
    fn apply(&self, content: &mut Vec<u8>) {
        match self {
            Change::Write { at, bytes } => {
                let end = at + bytes.len();
                content.resize(content.len().max(end), 0);
                content[*at..end].copy_from_slice(bytes);
            }
            Change::Truncate(len) => content.resize(*len, 0),
        }
    }

    /// The bytes this touches, in a file that gets `longest` at most.
    fn range(&self, longest: usize) -> (usize, usize) {
        match self {
            Change::Write { at, bytes } => (*at, at + bytes.len()),
            Change::Truncate(len) => (*len, longest),
        }
    }
}

impl Inode {
    /// Every sector ends in one of the states it had since the last sync: the
    /// disk may write sectors in any order, but it writes what the cache held.
    fn crash(&mut self, state: &mut State) {
        let mut lengths = vec![self.synced.len()];
        for change in &self.pending {
            let before = lengths[lengths.len() - 1];
            lengths.push(match change {
                Change::Write { at, bytes } => before.max(at + bytes.len()),
                Change::Truncate(len) => *len,
            });
        }
        let longest = lengths.iter().copied().max().unwrap_or(0);
        let changes = self.pending.len();
        let mode = below(state, 3);
        let mut whole = if mode == 0 {
            0
        } else {
            below(state, changes + 1)
        };
        // For each sector, how many of the changes reached it.
        let mut reached = vec![whole; longest.div_ceil(SECTOR)];
        if mode == 1 && whole < changes {
            // All changes up to one, and that one torn.
            let (from, to) = self.pending[whole].range(longest);
            let sectors = &mut reached[(from / SECTOR).min(longest / SECTOR)..to.div_ceil(SECTOR)];
            let kept = below(state, sectors.len() + 1);
            sectors[..kept].fill(whole + 1);
            whole += usize::from(kept > 0);
        } else if mode == 2 {
            // Each page on its own, and some pages torn.
            for page in reached.chunks_mut(SECTORS_IN_PAGE) {
                page.fill(below(state, changes + 1));
                if below(state, 4) == 0 {
                    let torn = below(state, page.len());
                    page[torn..].fill(below(state, changes + 1));
                }
            }
        }
        let mut content = std::mem::take(&mut self.synced);
        content.resize(longest, 0);
        for (i, change) in self.pending.drain(..).enumerate() {
            let (mut from, to) = change.range(longest);
            while from < to {
                let end = to.min((from / SECTOR + 1) * SECTOR);
                if i < reached[from / SECTOR] {
                    match &change {
                        Change::Write { at, bytes } => {
                            content[from..end].copy_from_slice(&bytes[from - at..end - at]);
                        }
                        Change::Truncate(_) => content[from..end].fill(0),
                    }
                }
                from = end;
            }
        }
        content.truncate(lengths[whole]);
        self.synced.clone_from(&content);
        self.now = content;
    }
}

fn below(state: &mut State, limit: usize) -> usize {
    (state.random() % limit as u64) as usize
}

pub(crate) fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}
