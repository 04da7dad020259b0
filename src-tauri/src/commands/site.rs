//! What a visit is put together from.

use tauri::State;
use xunan_core::view::{ChecklistSummary, PersonRow, SiteRow};
use xunan_model::id::SiteId;
use xunan_model::photo::place::Point;

use super::{Shell, blocking};
use crate::error::Reply;

#[tauri::command]
pub(crate) async fn site_list(shell: State<'_, Shell>, search: String) -> Reply<Vec<SiteRow>> {
    let app = shell.app()?;
    blocking(move || app.site_list(&search)).await
}

#[tauri::command]
pub(crate) async fn person_list(shell: State<'_, Shell>) -> Reply<Vec<PersonRow>> {
    let app = shell.app()?;
    blocking(move || app.person_list()).await
}

#[tauri::command]
pub(crate) async fn checklist_list(shell: State<'_, Shell>) -> Reply<Vec<ChecklistSummary>> {
    let app = shell.app()?;
    blocking(move || Ok(app.checklist_list())).await
}

#[tauri::command]
pub(crate) async fn site_place(shell: State<'_, Shell>, id: SiteId, point: Point) -> Reply<()> {
    let app = shell.app()?;
    blocking(move || app.site_place(id, point)).await
}
