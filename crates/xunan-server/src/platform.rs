//! What differs between systems.

use std::fs::File;
use std::io;
use std::path::Path;

use anyhow::{Context, Result};

pub use xunan_platform::{new_id as uuid, now, random, today};

/// Does work that blocks on a thread made for it; in a simulation here and now.
///
/// # Errors
/// When the work panicked.
pub(crate) async fn blocking<T: Send + 'static>(
    f: impl FnOnce() -> T + Send + 'static,
) -> Result<T> {
    if xunan_platform::simulated() {
        return Ok(f());
    }
    tokio::task::spawn_blocking(f)
        .await
        .context("a task of the store broke")
}

/// Lets nobody but the owner look into a folder. On Windows it is as open as the one above it.
pub(crate) fn folder_private(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))?;
    }
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

/// Options for a new file that only its owner may read.
pub(crate) fn private_file() -> std::fs::OpenOptions {
    let mut options = File::options();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
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
