//! The second copy inside the machine: once a day, when nobody has written for a while.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::Result;

use super::{BackupTarget, Place, make, place};
use crate::install::Shared;
use crate::platform;

/// How often it looks whether it is time.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// Nobody works when nothing was written for so long.
const IDLE: Duration = Duration::from_secs(300);
/// So old is the copy before when the next one is made, in hours.
const AGE_HOURS: i64 = 24;

/// Makes the second copy by itself from now on, until the installation is closed.
///
/// # Errors
/// When there can be no more threads.
pub(crate) fn follow(shared: &Arc<Shared>) -> Result<()> {
    let written = Arc::new(Mutex::new(Instant::now()));
    let told = Arc::clone(&written);
    shared
        .store
        .on_changed(move |_| *super::lock(&told) = Instant::now());
    let weak = Arc::downgrade(shared);
    std::thread::Builder::new()
        .name("daily copy".to_owned())
        .spawn(move || {
            loop {
                std::thread::sleep(LOOK_EVERY);
                let Some(shared) = weak.upgrade() else { return };
                if super::lock(&written).elapsed() < IDLE {
                    continue;
                }
                if let Err(error) = look(&shared) {
                    tracing::warn!(error = format!("{error:#}"), "the daily copy");
                }
            }
        })?;
    Ok(())
}

/// Makes the copy if it is time for one, and says whether it was.
///
/// # Errors
/// As for any backup.
pub(super) fn look(shared: &Shared) -> Result<bool> {
    let place = shared
        .store
        .read(|conn| place(conn, BackupTarget::Second))?;
    let Some(place) = place.filter(|place| shared.disk.list(&place.folder).is_ok() && old(place))
    else {
        return Ok(false);
    };
    tracing::info!(last = ?place.last.map(|done| done.at), "the daily copy");
    make(shared, BackupTarget::Second)?;
    Ok(true)
}

fn old(place: &Place) -> bool {
    let Some(last) = &place.last else { return true };
    // One from the future: a clock was wrong.
    let hours = (platform::now() - last.at).num_hours();
    !(0..AGE_HOURS).contains(&hours)
}
