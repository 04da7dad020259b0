//! Photos: raw bytes in the body, where they belong in the headers.

use anyhow::Context as _;
use tauri::State;
use tauri::ipc::{InvokeBody, Request};
use xunan_core::PhotoTarget;
use xunan_core::view::{PhotoView, SyncStatus};

use super::{Shell, blocking, header};
use crate::error::Reply;

#[tauri::command]
pub(crate) async fn photo_add(shell: State<'_, Shell>, request: Request<'_>) -> Reply<PhotoView> {
    let app = shell.app()?;
    let target = target(&request)?;
    let InvokeBody::Raw(bytes) = request.body() else {
        return Err(anyhow::anyhow!("the photo must come as raw bytes").into());
    };
    // Tauri lends the body for the length of the call only.
    let bytes = bytes.clone();
    blocking(move || app.photo_add(target, &bytes)).await
}

#[tauri::command]
pub(crate) async fn original_fetch(shell: State<'_, Shell>, id: String) -> Reply<PhotoView> {
    let app = shell.app()?;
    blocking(move || app.original_fetch(id.parse()?)).await
}

#[tauri::command]
pub(crate) async fn originals_release(shell: State<'_, Shell>) -> Reply<SyncStatus> {
    let (app, install) = (shell.app()?, shell.install()?);
    blocking(move || {
        app.originals_release()?;
        install.sync_status()
    })
    .await
}

fn target(request: &Request<'_>) -> anyhow::Result<PhotoTarget> {
    let header = |name: &str| header(request, name);
    Ok(PhotoTarget {
        inspection: header("x-inspection").context("no inspection")?.parse()?,
        finding: header("x-finding").map(|id| id.parse()).transpose()?,
        item: header("x-item"),
        facility: header("x-facility").unwrap_or_default(),
        name: header("x-name").unwrap_or_default(),
    })
}
