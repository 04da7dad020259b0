//! Editions of checklists: reading, comparing, importing, taking away.

use anyhow::Context as _;
use tauri::ipc::{InvokeBody, Request};
use tauri::{AppHandle, Runtime, State};
use xunan_core::FileKind;
use xunan_core::view::{EditionImport, EditionRow, EditionView, SavedFile};
use xunan_model::checklist::EditionDiff;

use super::{Shell, blocking, downloads, header};
use crate::error::Reply;

#[tauri::command]
pub(crate) async fn edition_list(shell: State<'_, Shell>) -> Reply<Vec<EditionRow>> {
    let app = shell.app()?;
    blocking(move || app.edition_list()).await
}

#[tauri::command]
pub(crate) async fn edition_get(shell: State<'_, Shell>, digest: String) -> Reply<EditionView> {
    let app = shell.app()?;
    blocking(move || app.edition_get(&digest)).await
}

#[tauri::command]
pub(crate) async fn edition_diff(
    shell: State<'_, Shell>,
    before: String,
    after: String,
) -> Reply<EditionDiff> {
    let app = shell.app()?;
    blocking(move || app.edition_diff(&before, &after)).await
}

#[tauri::command]
pub(crate) async fn edition_preview(
    shell: State<'_, Shell>,
    request: Request<'_>,
) -> Reply<EditionImport> {
    let app = shell.app()?;
    let (name, bytes) = file(&request)?;
    blocking(move || app.edition_preview(&name, &bytes)).await
}

#[tauri::command]
pub(crate) async fn edition_import(
    shell: State<'_, Shell>,
    request: Request<'_>,
) -> Reply<EditionImport> {
    let app = shell.app()?;
    let (name, bytes) = file(&request)?;
    blocking(move || app.edition_import(&name, &bytes)).await
}

#[tauri::command]
pub(crate) async fn edition_save<R: Runtime>(
    handle: AppHandle<R>,
    shell: State<'_, Shell>,
    digest: String,
    kind: FileKind,
) -> Reply<SavedFile> {
    let (app, folder) = (shell.app()?, downloads(&handle)?);
    blocking(move || app.edition_save(&digest, kind, &folder)).await
}

#[tauri::command]
pub(crate) async fn example_save<R: Runtime>(
    handle: AppHandle<R>,
    shell: State<'_, Shell>,
    kind: FileKind,
) -> Reply<SavedFile> {
    let (app, folder) = (shell.app()?, downloads(&handle)?);
    blocking(move || app.example_save(kind, &folder)).await
}

fn file(request: &Request<'_>) -> anyhow::Result<(String, Vec<u8>)> {
    let InvokeBody::Raw(bytes) = request.body() else {
        anyhow::bail!("the file must come as raw bytes");
    };
    // Tauri lends the body for the length of the call only.
    Ok((header(request, "x-name").context("no name")?, bytes.clone()))
}
