//! What differs between systems, and the only place where time and randomness come from.
#![expect(
    clippy::disallowed_methods,
    reason = "time and ids are passed on from here"
)]

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::LazyLock;
use std::time::Instant;

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

/// The clock on the wall.
pub(crate) fn now() -> DateTime<Utc> {
    Utc::now()
}

/// Milliseconds since 1970 by the clock on the wall.
pub(crate) fn now_ms() -> u64 {
    u64::try_from(now().timestamp_millis()).unwrap_or(0)
}

/// Today in China; Xizang keeps Beijing time, which has no summer time.
pub(crate) fn today() -> NaiveDate {
    (now() + chrono::TimeDelta::hours(8)).date_naive()
}

/// A new name: version 7, so that names made later sort later.
pub(crate) fn new_id() -> Uuid {
    Uuid::now_v7()
}

/// Random bytes for keys.
pub(crate) fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(bytes)
}

/// A number from 0 to 1 for spreading retries.
pub(crate) fn jitter() -> f64 {
    f64::from(random::<4>().map_or(u32::MAX / 2, u32::from_le_bytes)) / f64::from(u32::MAX)
}

/// Milliseconds of a clock that only runs forward, and the name of the run it counts from.
pub(crate) fn monotonic() -> (u64, String) {
    static START: LazyLock<(Instant, String)> = LazyLock::new(|| (Instant::now(), boot_id()));
    let elapsed = START.0.elapsed().as_millis();
    (u64::try_from(elapsed).unwrap_or(u64::MAX), START.1.clone())
}

/// The system's boot plus the start of this program: `Instant` says nothing across either.
fn boot_id() -> String {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    format!("{}/{}", boot.trim(), Uuid::now_v7())
}

/// Makes a folder's entries durable: a renamed file is safe only after this.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(windows) {
        // NTFS journals the rename, and a folder cannot be opened for flushing.
        return Ok(());
    }
    File::open(folder)?.sync_all()
}

/// Whether the disk is full.
pub(crate) fn is_disk_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
    )
}
