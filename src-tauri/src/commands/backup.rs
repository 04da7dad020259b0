//! Backups, restoring one, and the recovery code.

use tauri::{AppHandle, Runtime, State};
use xunan_core::BackupTarget;
use xunan_core::view::{BackupFound, BackupRunning, BackupView, RestoreView, SignedIn};
use xunan_model::fault::{Code, Fault};

use super::{Shell, blocking};
use crate::error::Reply;
use crate::folder_dialog;

#[tauri::command]
pub(crate) async fn backup_status(shell: State<'_, Shell>) -> Reply<BackupView> {
    let app = shell.app()?;
    blocking(move || app.backup_status()).await
}

/// The person chooses the folder; one who closes the dialog changes nothing.
#[tauri::command]
pub(crate) async fn backup_choose<R: Runtime>(
    handle: AppHandle<R>,
    shell: State<'_, Shell>,
    target: BackupTarget,
    title: String,
) -> Reply<BackupView> {
    let app = shell.app()?;
    let Some(folder) = folder_dialog::choose(&handle, title).await? else {
        return blocking(move || app.backup_status()).await;
    };
    blocking(move || app.backup_choose(target, Some(&folder))).await
}

#[tauri::command]
pub(crate) async fn backup_forget(
    shell: State<'_, Shell>,
    target: BackupTarget,
) -> Reply<BackupView> {
    let app = shell.app()?;
    blocking(move || app.backup_choose(target, None)).await
}

#[tauri::command]
pub(crate) async fn backup_make(
    shell: State<'_, Shell>,
    target: BackupTarget,
) -> Reply<BackupView> {
    let app = shell.app()?;
    blocking(move || app.backup_make(target)).await
}

#[tauri::command]
pub(crate) async fn job_status(shell: State<'_, Shell>) -> Reply<Option<BackupRunning>> {
    Ok(shell.install()?.job_running())
}

#[tauri::command]
pub(crate) async fn job_cancel(shell: State<'_, Shell>) -> Reply<()> {
    shell.install()?.job_cancel();
    Ok(())
}

/// The backups in the folder that the person chooses; `None` when the dialog was closed.
#[tauri::command]
pub(crate) async fn restore_choose<R: Runtime>(
    handle: AppHandle<R>,
    shell: State<'_, Shell>,
    title: String,
) -> Reply<Option<Vec<BackupFound>>> {
    let install = shell.install()?;
    let Some(folder) = folder_dialog::choose(&handle, title).await? else {
        return Ok(None);
    };
    shell.restore_from(folder.clone());
    blocking(move || install.restore_look(&folder).map(Some)).await
}

#[tauri::command]
pub(crate) async fn restore_run(
    shell: State<'_, Shell>,
    id: String,
    code: String,
) -> Reply<RestoreView> {
    let install = shell.install()?;
    let chosen = shell.restore_folder();
    let folder = chosen.ok_or_else(|| Fault::new(Code::NotFound, "not_found"))?;
    blocking(move || install.restore(&folder, &id, &code)).await
}

/// The first code of a laptop.
#[tauri::command]
pub(crate) async fn recovery_make(shell: State<'_, Shell>) -> Reply<String> {
    let install = shell.install()?;
    blocking(move || install.recovery_make()).await
}

/// Another code, for who is signed in and knows the password.
#[tauri::command]
pub(crate) async fn recovery_renew(shell: State<'_, Shell>, password: String) -> Reply<String> {
    let app = shell.app()?;
    blocking(move || app.recovery_make(&password)).await
}

#[tauri::command]
pub(crate) async fn recovery_keep(shell: State<'_, Shell>, typed: String) -> Reply<()> {
    let install = shell.install()?;
    blocking(move || install.recovery_keep(&typed)).await
}

#[tauri::command]
pub(crate) async fn session_recover(
    shell: State<'_, Shell>,
    login: String,
    code: String,
    password: String,
) -> Reply<SignedIn> {
    let install = shell.install()?;
    let app = blocking(move || install.recover(&login, &code, &password)).await?;
    let signed_in = app.signed_in();
    shell.sign(Some(app));
    Ok(signed_in)
}
