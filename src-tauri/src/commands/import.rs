//! Lists of sites on their way in.

use tauri::ipc::{InvokeBody, Request};
use tauri::{AppHandle, Runtime, State};
use xunan_core::view::{
    ImportDone, ImportProgress, ImportRow, ImportState, ImportSum, ImportTable, SavedFile,
};
use xunan_model::site::line::Column;

use super::{Shell, blocking, downloads};
use crate::error::Reply;

#[tauri::command]
pub(crate) async fn import_read(
    shell: State<'_, Shell>,
    request: Request<'_>,
) -> Reply<ImportTable> {
    let app = shell.app()?;
    let InvokeBody::Raw(bytes) = request.body() else {
        return Err(anyhow::anyhow!("the file must come as raw bytes").into());
    };
    // Tauri lends the body for the length of the call only.
    let bytes = bytes.clone();
    blocking(move || app.import_read(&bytes)).await
}

#[tauri::command]
pub(crate) async fn import_check(
    shell: State<'_, Shell>,
    columns: Vec<Option<Column>>,
) -> Reply<ImportSum> {
    let app = shell.app()?;
    blocking(move || app.import_check(&columns)).await
}

#[tauri::command]
pub(crate) async fn import_rows(
    shell: State<'_, Shell>,
    state: Option<ImportState>,
    offset: usize,
    limit: usize,
) -> Reply<Vec<ImportRow>> {
    let app = shell.app()?;
    blocking(move || app.import_rows(state, offset, limit)).await
}

#[tauri::command]
pub(crate) async fn import_run(
    shell: State<'_, Shell>,
    states: Vec<ImportState>,
) -> Reply<ImportDone> {
    let app = shell.app()?;
    blocking(move || app.import_run(&states)).await
}

#[tauri::command]
pub(crate) async fn import_progress(shell: State<'_, Shell>) -> Reply<ImportProgress> {
    let app = shell.app()?;
    blocking(move || Ok(app.import_progress())).await
}

#[tauri::command]
pub(crate) async fn import_stop(shell: State<'_, Shell>) -> Reply<()> {
    shell.app()?.import_stop();
    Ok(())
}

#[tauri::command]
pub(crate) async fn import_close(shell: State<'_, Shell>) -> Reply<()> {
    shell.app()?.import_close();
    Ok(())
}

#[tauri::command]
pub(crate) async fn import_report<R: Runtime>(
    handle: AppHandle<R>,
    shell: State<'_, Shell>,
    sentences: Vec<(usize, String)>,
    title: String,
) -> Reply<SavedFile> {
    let (app, folder) = (shell.app()?, downloads(&handle)?);
    blocking(move || app.import_report(&sentences, &title, &folder)).await
}
