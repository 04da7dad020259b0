//! A station's quick checks.

use tauri::State;
use xunan_core::view::{QuickRound, QuickView};
use xunan_model::id::SiteId;
use xunan_model::quick::{Paste, QuickDraft};

use super::{Shell, blocking};
use crate::error::Reply;

#[tauri::command]
pub(crate) async fn quick_round(shell: State<'_, Shell>) -> Reply<QuickRound> {
    let app = shell.app()?;
    blocking(move || app.quick_round()).await
}

#[tauri::command]
pub(crate) async fn quick_open(shell: State<'_, Shell>, site: SiteId) -> Reply<QuickView> {
    let app = shell.app()?;
    blocking(move || app.quick_open(site)).await
}

#[tauri::command]
pub(crate) async fn quick_keep(shell: State<'_, Shell>, draft: QuickDraft) -> Reply<QuickView> {
    let app = shell.app()?;
    blocking(move || app.quick_keep(draft)).await
}

#[tauri::command]
pub(crate) async fn quick_reporter(shell: State<'_, Shell>, name: String) -> Reply<QuickRound> {
    let app = shell.app()?;
    blocking(move || app.quick_reporter(&name)).await
}

#[tauri::command]
pub(crate) async fn quick_finish(shell: State<'_, Shell>, site: SiteId) -> Reply<QuickRound> {
    let app = shell.app()?;
    blocking(move || app.quick_finish(site)).await
}

#[tauri::command]
pub(crate) async fn premises_preview(
    shell: State<'_, Shell>,
    text: String,
    preset: String,
) -> Reply<Paste> {
    let app = shell.app()?;
    blocking(move || app.premises_preview(&text, &preset)).await
}

#[tauri::command]
pub(crate) async fn premises_add(
    shell: State<'_, Shell>,
    text: String,
    preset: String,
) -> Reply<QuickRound> {
    let app = shell.app()?;
    blocking(move || app.premises_add(&text, &preset)).await
}
