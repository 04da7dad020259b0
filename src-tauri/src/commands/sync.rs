//! The state of sending, and what needs a person.

use tauri::State;
use xunan_core::view::{ConflictView, RejectedView, SyncStatus};

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

#[tauri::command]
pub(crate) async fn sync_metered(shell: State<'_, Shell>, on: bool) -> Reply<SyncStatus> {
    let install = shell.install()?;
    blocking(move || {
        install.sync_metered(on)?;
        install.sync_status()
    })
    .await
}

#[tauri::command]
pub(crate) async fn conflict_list(shell: State<'_, Shell>) -> Reply<Vec<ConflictView>> {
    let app = shell.app()?;
    blocking(move || app.conflict_list()).await
}

#[tauri::command]
pub(crate) async fn conflict_settle(
    shell: State<'_, Shell>,
    id: String,
    value: serde_json::Value,
) -> Reply<Vec<ConflictView>> {
    let app = shell.app()?;
    blocking(move || app.conflict_settle(&id, &value)).await
}

#[tauri::command]
pub(crate) async fn rejected_list(shell: State<'_, Shell>) -> Reply<Vec<RejectedView>> {
    let app = shell.app()?;
    blocking(move || app.rejected_list()).await
}

#[tauri::command]
pub(crate) async fn rejected_resend(
    shell: State<'_, Shell>,
    epoch: u32,
    seq: u64,
) -> Reply<Vec<RejectedView>> {
    let app = shell.app()?;
    blocking(move || app.rejected_resend(epoch, seq)).await
}
