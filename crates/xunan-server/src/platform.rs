//! Time, randomness, and what differs between systems. The only file that asks for them.

use std::fs::File;
use std::io;
use std::path::Path;

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use uuid::Uuid;

#[must_use]
#[expect(
    clippy::disallowed_methods,
    reason = "the one file that asks the clock"
)]
pub fn now() -> DateTime<Utc> {
    Utc::now()
}

#[must_use]
#[expect(clippy::disallowed_methods, reason = "the one file that makes ids")]
pub fn uuid() -> Uuid {
    Uuid::now_v7()
}

/// Bytes that nobody can guess.
///
/// # Errors
/// When the system gives none; nothing secret may then be made.
pub fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|e| anyhow::anyhow!("the system gives no random bytes: {e}"))?;
    Ok(bytes)
}

/// Makes a new or renamed name in `folder` survive a power cut. Windows does so by itself.
pub(crate) fn folder_sync(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

/// A lock that ends with the process, however it ends. `None`: another process has it.
pub(crate) fn lock_file(path: &Path) -> Result<Option<File>> {
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path);
    let file = file.with_context(|| format!("cannot write to {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(std::fs::TryLockError::WouldBlock) => Ok(None),
        Err(std::fs::TryLockError::Error(e)) => Err(e).context("cannot lock the data folder"),
    }
}

/// Resolves when the system or a person asks the program to end.
///
/// # Errors
/// When the signals cannot be listened to.
pub async fn stop_asked() -> io::Result<()> {
    #[cfg(unix)]
    {
        let mut terminate =
            tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! {
            _ = terminate.recv() => Ok(()),
            interrupted = tokio::signal::ctrl_c() => interrupted,
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}
