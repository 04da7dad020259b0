//! Photos: raw bytes in the body, where they belong in the headers.

use anyhow::Context as _;
use tauri::ipc::{InvokeBody, Request};
use tauri::{AppHandle, Runtime, State};
use xunan_core::PhotoTarget;
use xunan_core::view::{ManifestView, PhotoVerdict, PhotoView, SavedFile, SyncStatus};
use xunan_model::id::{InspectionId, PhotoId};
use xunan_model::photo::PhotoSource;
use xunan_model::photo::manifest::SigningDraft;
use xunan_model::photo::mark::Mark;
use xunan_model::photo::place::Position;

use super::{Shell, blocking, downloads, header};
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
pub(crate) async fn photo_prove(
    shell: State<'_, Shell>,
    id: PhotoId,
    proves: String,
) -> Reply<PhotoView> {
    let app = shell.app()?;
    blocking(move || app.photo_prove(id, &proves)).await
}

#[tauri::command]
pub(crate) async fn photo_mark(
    shell: State<'_, Shell>,
    id: PhotoId,
    marks: Vec<Mark>,
) -> Reply<PhotoView> {
    let app = shell.app()?;
    blocking(move || app.photo_mark(id, marks)).await
}

#[tauri::command]
pub(crate) async fn photo_place(
    shell: State<'_, Shell>,
    id: PhotoId,
    position: Option<Position>,
) -> Reply<PhotoView> {
    let app = shell.app()?;
    blocking(move || app.photo_place(id, position)).await
}

#[tauri::command]
pub(crate) async fn photo_before(shell: State<'_, Shell>, id: PhotoId) -> Reply<Vec<PhotoView>> {
    let app = shell.app()?;
    blocking(move || app.photo_before(id)).await
}

#[tauri::command]
pub(crate) async fn photo_stamp<R: Runtime>(
    handle: AppHandle<R>,
    shell: State<'_, Shell>,
    id: PhotoId,
) -> Reply<SavedFile> {
    let (app, folder) = (shell.app()?, downloads(&handle)?);
    blocking(move || app.photo_stamp(id, &folder)).await
}

#[tauri::command]
pub(crate) async fn photo_manifest(
    shell: State<'_, Shell>,
    inspection: InspectionId,
) -> Reply<ManifestView> {
    let app = shell.app()?;
    blocking(move || app.photo_manifest(inspection)).await
}

#[tauri::command]
pub(crate) async fn photo_verify(shell: State<'_, Shell>, id: PhotoId) -> Reply<PhotoVerdict> {
    let app = shell.app()?;
    blocking(move || app.photo_verify(id)).await
}

#[tauri::command]
pub(crate) async fn photo_restore(shell: State<'_, Shell>, id: PhotoId) -> Reply<PhotoView> {
    let app = shell.app()?;
    blocking(move || app.photo_restore(id)).await
}

#[tauri::command]
pub(crate) async fn manifest_sign(
    shell: State<'_, Shell>,
    draft: SigningDraft,
) -> Reply<ManifestView> {
    let app = shell.app()?;
    blocking(move || app.manifest_sign(draft)).await
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
        source: match header("x-source").as_deref() {
            Some("webcam") => PhotoSource::Webcam,
            _ => PhotoSource::File,
        },
    })
}
