//! The C side: the disk as a `sqlite3_vfs`. The only unsafe code of the crate.

use crate::Inner;
use crate::disk::{FileId, Handle, State, folder_of};
use rusqlite::ffi;
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::io::ErrorKind::{NotFound, StorageFull};
use std::ptr::{null, null_mut};
use std::sync::atomic::{AtomicU64, Ordering, fence};
use std::sync::{Arc, PoisonError, Weak};

const MAX_PATH: usize = 1024;
/// 1970-01-01 in SQLite's milliseconds.
const UNIX_EPOCH: i64 = 210_866_760_000_000;

const JOURNALS: c_int =
    ffi::SQLITE_OPEN_MAIN_JOURNAL | ffi::SQLITE_OPEN_SUPER_JOURNAL | ffi::SQLITE_OPEN_WAL;

/// SQLite's file object, in memory that SQLite allots.
#[repr(C)]
struct SimFile {
    base: ffi::sqlite3_file,
    /// From `Arc::into_raw`: an open file keeps its disk alive.
    disk: *const Inner,
    handle: u64,
}

/// A registered VFS. Dropping it unregisters, but the structure and its name
/// stay: a connection whose files are all closed may still point to it.
pub(crate) struct Registered {
    vfs: *mut ffi::sqlite3_vfs,
    name: String,
}

// SAFETY: the pointer is only handed to SQLite's own (un)register functions,
// which lock; nothing here reads or writes through it.
unsafe impl Send for Registered {}
// SAFETY: as above.
unsafe impl Sync for Registered {}

impl Registered {
    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        // SAFETY: the pointer came from `register` and is never freed.
        unsafe { ffi::sqlite3_vfs_unregister(self.vfs) };
    }
}

pub(crate) fn register(disk: &Arc<Inner>) -> Registered {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let name = format!("simdisk-{}", COUNT.fetch_add(1, Ordering::Relaxed));
    let c_name = CString::new(name.as_str()).expect("no NUL in it");
    let vfs = Box::into_raw(Box::new(ffi::sqlite3_vfs {
        iVersion: 2,
        szOsFile: size_of::<SimFile>() as c_int,
        mxPathname: MAX_PATH as c_int,
        pNext: null_mut(),
        zName: c_name.into_raw(),
        // Weak, so that a registered disk can still be dropped.
        pAppData: Arc::downgrade(disk).into_raw().cast_mut().cast(),
        xOpen: Some(open),
        xDelete: Some(delete),
        xAccess: Some(access),
        xFullPathname: Some(full_pathname),
        xDlOpen: None,
        xDlError: None,
        xDlSym: None,
        xDlClose: None,
        xRandomness: Some(randomness),
        xSleep: Some(sleep),
        xCurrentTime: None,
        xGetLastError: None,
        xCurrentTimeInt64: Some(current_time),
        xSetSystemCall: None,
        xGetSystemCall: None,
        xNextSystemCall: None,
    }));
    // SAFETY: a complete structure that is never freed.
    let rc = unsafe { ffi::sqlite3_vfs_register(vfs, 0) };
    assert_eq!(rc, ffi::SQLITE_OK, "SQLite takes the VFS");
    Registered { vfs, name }
}

/// Seeds SQLite's own random generator (WAL salts, journal nonces, `random()`)
/// for the whole process. SQLite takes those from its default VFS, not from the
/// disk: runs that must match byte by byte call this first, in a process where
/// no other thread uses SQLite.
pub fn seed_sqlite_random(seed: u32) {
    let seed = (seed as c_int).max(1); // 0 would mean "not seeded"
    // SAFETY: this verb takes an int and a connection, which may be null.
    unsafe {
        ffi::sqlite3_initialize();
        let none: *mut ffi::sqlite3 = null_mut();
        ffi::sqlite3_test_control(ffi::SQLITE_TESTCTRL_PRNG_SEED, seed, none);
    }
}

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

/// The disk behind a VFS, if it still exists.
///
/// # Safety
/// `vfs` is one that `register` made.
unsafe fn disk_of(vfs: *mut ffi::sqlite3_vfs) -> Option<Arc<Inner>> {
    // SAFETY: pAppData is the pointer of a Weak that is never given back;
    // ManuallyDrop keeps this borrow of it from being counted down.
    let weak = unsafe { Weak::from_raw((*vfs).pAppData.cast_const().cast::<Inner>()) };
    std::mem::ManuallyDrop::new(weak).upgrade()
}

/// Runs `act` on the disk and the handle of an open file.
///
/// # Safety
/// `file` was filled by `open` and is not closed.
unsafe fn with<R>(file: *mut ffi::sqlite3_file, act: impl FnOnce(&mut State, u64) -> R) -> R {
    // SAFETY: by the contract it is a SimFile, whose `disk` holds a count.
    let (disk, handle) = unsafe {
        let file = &*file.cast::<SimFile>();
        (&*file.disk, file.handle)
    };
    act(&mut disk.lock(), handle)
}

/// # Safety
/// `path` is null or a C string.
unsafe fn path_of<'a>(path: *const c_char) -> Option<&'a str> {
    if path.is_null() {
        return None;
    }
    // SAFETY: by the contract.
    unsafe { CStr::from_ptr(path) }.to_str().ok()
}

fn code<T>(result: std::io::Result<T>, otherwise: c_int) -> c_int {
    match result {
        Ok(_) => ffi::SQLITE_OK,
        Err(e) if e.kind() == StorageFull => ffi::SQLITE_FULL,
        Err(_) => otherwise,
    }
}

unsafe extern "C" fn open(
    vfs: *mut ffi::sqlite3_vfs,
    name: *const c_char,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    let file = file.cast::<SimFile>();
    // SAFETY: SQLite gives szOsFile bytes; null methods mean "do not close".
    unsafe { (*file).base.pMethods = null() };
    // SAFETY: SQLite calls this with our own VFS.
    let Some(disk) = (unsafe { disk_of(vfs) }) else {
        return ffi::SQLITE_CANTOPEN;
    };
    // A journal belongs to an open database. If that handle died, its process
    // must not leave a new journal on the disk of the next one.
    let mut parent = None;
    if flags & (ffi::SQLITE_OPEN_MAIN_JOURNAL | ffi::SQLITE_OPEN_WAL) != 0 {
        // SAFETY: for these flags SQLite allows this call on the name; a
        // database opened with our methods is a SimFile.
        unsafe {
            let main = ffi::sqlite3_database_file_object(name);
            if !main.is_null() && (*main).pMethods == &raw const METHODS {
                parent = Some((*main.cast::<SimFile>()).handle);
            }
        }
    }
    let mut state = disk.lock();
    if state.check().is_err() || parent.is_some_and(|parent| state.live(parent).is_none()) {
        return ffi::SQLITE_IOERR;
    }
    // SAFETY: SQLite passes null or a C string.
    let path = unsafe { path_of(name) };
    let mut handle = Handle::default();
    let found = match path {
        None => Ok(state.nameless()), // a temporary file
        Some(path) => {
            if flags & ffi::SQLITE_OPEN_DELETEONCLOSE != 0 {
                handle.remove_at_close = Some(path.to_string());
            }
            match state.find(path) {
                Err(e) if e.kind() == NotFound && flags & ffi::SQLITE_OPEN_CREATE != 0 => {
                    // As SQLite's unix VFS does: the first sync of a new
                    // journal syncs its folder too, which also ends the
                    // removal of older ones. Without it SQLite loses data.
                    handle.sync_folder = (flags & JOURNALS != 0).then(|| folder_of(path).into());
                    state.create(path)
                }
                Ok(_) if flags & ffi::SQLITE_OPEN_EXCLUSIVE != 0 => return ffi::SQLITE_CANTOPEN,
                found => found,
            }
        }
    };
    let Ok(id) = found else {
        return ffi::SQLITE_CANTOPEN;
    };
    handle.file = id;
    let handle = state.open(handle);
    drop(state);
    // SAFETY: as above, and out_flags is null or writable.
    unsafe {
        file.write(SimFile {
            base: ffi::sqlite3_file {
                pMethods: &raw const METHODS,
            },
            disk: Arc::into_raw(disk),
            handle,
        });
        if !out_flags.is_null() {
            *out_flags = flags;
        }
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: SQLite closes an open file once; this takes back the count of `open`.
    unsafe {
        with(file, |state, handle| state.close(handle));
        drop(Arc::from_raw((*file.cast::<SimFile>()).disk));
        (*file).pMethods = null();
    }
    ffi::SQLITE_OK
}

/// Runs `act` on the content behind an open file; `otherwise` is the error code
/// of the call, for dead handles and stopped disks too.
///
/// # Safety
/// As for [`with`].
unsafe fn io<T>(
    file: *mut ffi::sqlite3_file,
    otherwise: c_int,
    act: impl FnOnce(&mut State, u64, FileId) -> std::io::Result<T>,
) -> c_int {
    let act = |state: &mut State, handle| match state.file(handle) {
        Some(id) => code(act(state, handle, id), otherwise),
        None => otherwise,
    };
    // SAFETY: by the contract.
    unsafe { with(file, act) }
}

unsafe extern "C" fn read(
    file: *mut ffi::sqlite3_file,
    to: *mut c_void,
    amount: c_int,
    at: i64,
) -> c_int {
    let (to, amount, mut got) = (to.cast::<u8>(), amount as usize, 0);
    let read = |state: &mut State, _, id| {
        let bytes = state.bytes(id, at as u64, amount);
        got = bytes.len();
        // SAFETY: SQLite gives room for `amount` bytes, and `bytes` has no
        // more; the rest is zeroed, as SQLite asks of a short read.
        unsafe {
            to.copy_from_nonoverlapping(bytes.as_ptr(), got);
            to.add(got).write_bytes(0, amount - got);
        }
        Ok(())
    };
    // SAFETY: SQLite calls this on an open file.
    match unsafe { io(file, ffi::SQLITE_IOERR_READ, read) } {
        ffi::SQLITE_OK if got < amount => ffi::SQLITE_IOERR_SHORT_READ,
        done => done,
    }
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    from: *const c_void,
    amount: c_int,
    at: i64,
) -> c_int {
    // SAFETY: SQLite gives `amount` readable bytes.
    let bytes = unsafe { std::slice::from_raw_parts(from.cast::<u8>(), amount as usize) };
    let write = |state: &mut State, _, id| state.write(id, at as u64, bytes);
    // SAFETY: SQLite calls this on an open file.
    unsafe { io(file, ffi::SQLITE_IOERR_WRITE, write) }
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, len: i64) -> c_int {
    let truncate = |state: &mut State, _, id| state.truncate(id, len as u64);
    // SAFETY: SQLite calls this on an open file.
    unsafe { io(file, ffi::SQLITE_IOERR_TRUNCATE, truncate) }
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, _flags: c_int) -> c_int {
    let sync = |state: &mut State, handle, _| state.sync_handle(handle);
    // SAFETY: SQLite calls this on an open file.
    unsafe { io(file, ffi::SQLITE_IOERR_FSYNC, sync) }
}

unsafe extern "C" fn file_size(file: *mut ffi::sqlite3_file, out: *mut i64) -> c_int {
    let size = |state: &mut State, _, id| {
        // SAFETY: SQLite gives a place for the answer.
        unsafe { *out = state.size(id) as i64 };
        Ok(())
    };
    // SAFETY: SQLite calls this on an open file.
    unsafe { io(file, ffi::SQLITE_IOERR_FSTAT, size) }
}

fn lock_code(got: Option<bool>) -> c_int {
    match got {
        Some(true) => ffi::SQLITE_OK,
        Some(false) => ffi::SQLITE_BUSY,
        None => ffi::SQLITE_IOERR_LOCK,
    }
}

unsafe extern "C" fn lock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    // SAFETY: SQLite calls this on an open file.
    lock_code(unsafe { with(file, |state, handle| state.lock(handle, level)) })
}

unsafe extern "C" fn unlock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    // SAFETY: SQLite calls this on an open file.
    unsafe { with(file, |state, handle| state.unlock(handle, level)) };
    ffi::SQLITE_OK
}

unsafe extern "C" fn check_reserved_lock(file: *mut ffi::sqlite3_file, out: *mut c_int) -> c_int {
    let highest = |state: &mut State, handle| {
        let (id, own) = (state.file(handle)?, state.own_lock(handle)?);
        Some(own.max(state.others_lock(handle, id)))
    };
    // SAFETY: SQLite calls this on an open file, with a place for the answer.
    unsafe {
        let Some(highest) = with(file, highest) else {
            return ffi::SQLITE_IOERR_CHECKRESERVEDLOCK;
        };
        *out = c_int::from(highest >= ffi::SQLITE_LOCK_RESERVED);
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn file_control(_: *mut ffi::sqlite3_file, _: c_int, _: *mut c_void) -> c_int {
    ffi::SQLITE_NOTFOUND
}

unsafe extern "C" fn sector_size(_: *mut ffi::sqlite3_file) -> c_int {
    512
}

/// None: SQLite shall count on nothing.
unsafe extern "C" fn device_characteristics(_: *mut ffi::sqlite3_file) -> c_int {
    0
}

unsafe extern "C" fn shm_map(
    file: *mut ffi::sqlite3_file,
    region: c_int,
    size: c_int,
    extend: c_int,
    out: *mut *mut c_void,
) -> c_int {
    // SAFETY: SQLite calls this on an open file, with a place for the answer.
    unsafe { *out = null_mut() };
    // SAFETY: as above.
    let Some(shm) = (unsafe { with(file, |state, handle| state.shm(handle)) }) else {
        return ffi::SQLITE_IOERR_SHMMAP;
    };
    let mut regions = shm.regions.lock().unwrap_or_else(PoisonError::into_inner);
    while extend != 0 && regions.len() <= region as usize {
        let words = (size as usize).div_ceil(8);
        regions.push((0..words).map(|_| AtomicU64::new(0)).collect());
    }
    if let Some(words) = regions.get(region as usize) {
        // SAFETY: a boxed region never moves, and it lives as long as the
        // handle, which keeps the Arc until SQLite unmaps or closes.
        unsafe { *out = words.as_ptr().cast_mut().cast() };
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn shm_lock(
    file: *mut ffi::sqlite3_file,
    first: c_int,
    count: c_int,
    flags: c_int,
) -> c_int {
    let mask = ((1u32 << count) - 1) << first;
    let exclusive = flags & ffi::SQLITE_SHM_EXCLUSIVE != 0;
    let act = |state: &mut State, handle| {
        if flags & ffi::SQLITE_SHM_UNLOCK != 0 {
            state.shm_unlock(handle, mask);
            return ffi::SQLITE_OK;
        }
        lock_code(state.shm_lock(handle, mask, exclusive))
    };
    // SAFETY: SQLite calls this on an open file.
    unsafe { with(file, act) }
}

unsafe extern "C" fn shm_barrier(_: *mut ffi::sqlite3_file) {
    fence(Ordering::SeqCst);
}

unsafe extern "C" fn shm_unmap(file: *mut ffi::sqlite3_file, _delete: c_int) -> c_int {
    // SAFETY: SQLite calls this on an open file.
    unsafe { with(file, |state, handle| state.shm_unmap(handle)) };
    ffi::SQLITE_OK
}

unsafe extern "C" fn delete(
    vfs: *mut ffi::sqlite3_vfs,
    path: *const c_char,
    sync_folder: c_int,
) -> c_int {
    // SAFETY: SQLite calls this with our own VFS and a C string.
    let (Some(disk), Some(path)) = (unsafe { (disk_of(vfs), path_of(path)) }) else {
        return ffi::SQLITE_IOERR_DELETE;
    };
    let mut state = disk.lock();
    match state.remove(path) {
        Err(e) if e.kind() == NotFound => return ffi::SQLITE_IOERR_DELETE_NOENT,
        Err(_) => return ffi::SQLITE_IOERR_DELETE,
        Ok(()) => {}
    }
    match sync_folder {
        0 => ffi::SQLITE_OK,
        _ => {
            let done = state.sync_folder(folder_of(path));
            code(done, ffi::SQLITE_IOERR_DIR_FSYNC)
        }
    }
}

unsafe extern "C" fn access(
    vfs: *mut ffi::sqlite3_vfs,
    path: *const c_char,
    _flags: c_int,
    out: *mut c_int,
) -> c_int {
    // SAFETY: SQLite calls this with our own VFS and a C string.
    let (Some(disk), Some(path)) = (unsafe { (disk_of(vfs), path_of(path)) }) else {
        return ffi::SQLITE_IOERR_ACCESS;
    };
    let found = disk.lock().find(path);
    // SAFETY: SQLite gives a place for the answer.
    unsafe { *out = c_int::from(found.is_ok()) };
    match found {
        Err(e) if e.kind() != NotFound => ffi::SQLITE_IOERR_ACCESS,
        _ => ffi::SQLITE_OK,
    }
}

/// Paths are used as they are; a relative one is taken from the root.
unsafe extern "C" fn full_pathname(
    _vfs: *mut ffi::sqlite3_vfs,
    path: *const c_char,
    room: c_int,
    out: *mut c_char,
) -> c_int {
    // SAFETY: SQLite passes a C string.
    let Some(path) = (unsafe { path_of(path) }) else {
        return ffi::SQLITE_CANTOPEN;
    };
    let full = format!("/{}\0", path.trim_start_matches('/'));
    if full.len() > room as usize {
        return ffi::SQLITE_CANTOPEN;
    }
    // SAFETY: `out` has `room` bytes, checked just now.
    unsafe { out.copy_from_nonoverlapping(full.as_ptr().cast(), full.len()) };
    ffi::SQLITE_OK
}

unsafe extern "C" fn randomness(
    vfs: *mut ffi::sqlite3_vfs,
    amount: c_int,
    out: *mut c_char,
) -> c_int {
    // SAFETY: SQLite calls this with our own VFS.
    let Some(disk) = (unsafe { disk_of(vfs) }) else {
        return 0;
    };
    let mut state = disk.lock();
    for i in 0..amount as usize {
        // SAFETY: `out` has `amount` bytes.
        unsafe { *out.add(i) = state.random() as c_char };
    }
    amount
}

/// Time stands still: a busy handler runs through at once.
unsafe extern "C" fn sleep(_vfs: *mut ffi::sqlite3_vfs, micros: c_int) -> c_int {
    micros
}

unsafe extern "C" fn current_time(vfs: *mut ffi::sqlite3_vfs, out: *mut i64) -> c_int {
    // SAFETY: SQLite calls this with our own VFS.
    let Some(disk) = (unsafe { disk_of(vfs) }) else {
        return ffi::SQLITE_IOERR;
    };
    // SAFETY: SQLite gives a place for the answer.
    unsafe { *out = UNIX_EPOCH + disk.lock().now_ms };
    ffi::SQLITE_OK
}
