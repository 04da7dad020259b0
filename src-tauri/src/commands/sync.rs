//! The state of sending.

use tauri::State;
use xunan_core::view::SyncStatus;

use super::{Shell, blocking};
use crate::error::Reply;

#[tauri::command]
pub(crate) async fn sync_status(shell: State<'_, Shell>) -> Reply<SyncStatus> {
    let install = shell.install()?;
    blocking(move || install.sync_status()).await
}

#[tauri::command]
pub(crate) async fn sync_now(shell: State<'_, Shell>) -> Reply<SyncStatus> {
    let install = shell.install()?;
    blocking(move || {
        install.sync_now();
        install.sync_status()
    })
    .await
}
