//! Time, names and random bytes.
#![expect(
    clippy::disallowed_methods,
    reason = "the one file that asks the system for time and ids"
)]

use std::cell::Cell;
use std::io;
use std::sync::LazyLock;
use std::time::Instant;

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

thread_local! {
    /// The time of a simulation, in ms since 1970.
    static TIME: Cell<Option<u64>> = const { Cell::new(None) };
    /// The state of a simulation's chance.
    static CHANCE: Cell<u64> = const { Cell::new(0) };
}

/// From here on, on this thread, it is this time (ms since 1970); `None`: the real one again.
pub fn simulate_time(ms: Option<u64>) {
    TIME.set(ms);
}

/// What all chance on this thread follows from while time is simulated.
pub fn simulate_seed(seed: u64) {
    CHANCE.set(seed);
}

/// The simulated time on this thread, if it is.
#[must_use]
pub fn simulated_time() -> Option<u64> {
    TIME.get()
}

/// Whether time is simulated on this thread: then nothing may run on another one.
#[must_use]
pub fn simulated() -> bool {
    TIME.get().is_some()
}

/// The clock on the wall.
#[must_use]
pub fn now() -> DateTime<Utc> {
    let simulated = TIME.get().and_then(|ms| i64::try_from(ms).ok());
    simulated
        .and_then(DateTime::from_timestamp_millis)
        .unwrap_or_else(Utc::now)
}

/// Milliseconds since 1970 by the clock on the wall.
#[must_use]
pub fn now_ms() -> u64 {
    u64::try_from(now().timestamp_millis()).unwrap_or(0)
}

/// Today in China; Xizang keeps Beijing time, which has no summer time.
#[must_use]
pub fn today() -> NaiveDate {
    china_day(now())
}

/// The civil date of an instant in China, which has no summer time.
#[must_use]
pub fn china_day(at: DateTime<Utc>) -> NaiveDate {
    (at + chrono::TimeDelta::hours(8)).date_naive()
}

/// A new name: version 7, so that names made later sort later.
#[must_use]
pub fn new_id() -> Uuid {
    match (TIME.get(), random::<10>()) {
        (Some(ms), Ok(bytes)) => uuid::Builder::from_unix_timestamp_millis(ms, &bytes).into_uuid(),
        _ => Uuid::now_v7(),
    }
}

/// Bytes that nobody can guess.
///
/// # Errors
/// When the system gives none; nothing secret may then be made.
pub fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    if simulated() {
        bytes.fill_with(|| drawn().to_le_bytes()[3]);
        return Ok(bytes);
    }
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(bytes)
}

/// `SplitMix64`.
fn drawn() -> u64 {
    let state = CHANCE.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
    CHANCE.set(state);
    let z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A number from 0 to 1 for spreading retries.
#[must_use]
pub fn jitter() -> f64 {
    f64::from(random::<4>().map_or(u32::MAX / 2, u32::from_le_bytes)) / f64::from(u32::MAX)
}

/// Milliseconds of a clock that only runs forward, and the name of the run it counts from.
#[must_use]
pub fn monotonic() -> (u64, String) {
    static START: LazyLock<(Instant, String)> = LazyLock::new(|| (Instant::now(), boot_id()));
    if let Some(ms) = TIME.get() {
        return (ms, "simulated".to_owned());
    }
    let elapsed = START.0.elapsed().as_millis();
    (u64::try_from(elapsed).unwrap_or(u64::MAX), START.1.clone())
}

/// The system's boot plus the start of this program: `Instant` says nothing across either.
#[must_use]
pub fn boot_id() -> String {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    format!("{}/{}", boot.trim(), Uuid::now_v7())
}
