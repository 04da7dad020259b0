//! Places, organizations and people.

use tauri::State;
use xunan_core::view::{
    ChecklistSummary, DivisionName, MergePreview, OrganizationRow, PersonRow, SiteFacets, SitePage,
    SiteQuery, SiteRow, SiteView,
};
use xunan_model::id::SiteId;
use xunan_model::photo::place::Point;
use xunan_model::site::SiteDraft;
use xunan_model::site::merging::MergeDraft;

use super::{Shell, blocking};
use crate::error::Reply;

#[tauri::command]
pub(crate) async fn site_list(shell: State<'_, Shell>, search: String) -> Reply<Vec<SiteRow>> {
    let app = shell.app()?;
    blocking(move || app.site_list(&search)).await
}

#[tauri::command]
pub(crate) async fn site_search(shell: State<'_, Shell>, query: SiteQuery) -> Reply<SitePage> {
    let app = shell.app()?;
    blocking(move || app.site_search(&query)).await
}

#[tauri::command]
pub(crate) async fn site_facets(shell: State<'_, Shell>) -> Reply<SiteFacets> {
    let app = shell.app()?;
    blocking(move || app.site_facets()).await
}

#[tauri::command]
pub(crate) async fn division_list(shell: State<'_, Shell>) -> Reply<Vec<DivisionName>> {
    let app = shell.app()?;
    blocking(move || Ok(app.division_list())).await
}

#[tauri::command]
pub(crate) async fn site_get(shell: State<'_, Shell>, id: SiteId) -> Reply<SiteView> {
    let app = shell.app()?;
    blocking(move || app.site_get(id)).await
}

#[tauri::command]
pub(crate) async fn site_save(shell: State<'_, Shell>, draft: SiteDraft) -> Reply<SiteView> {
    let app = shell.app()?;
    blocking(move || app.site_save(draft)).await
}

#[tauri::command]
pub(crate) async fn site_similar(shell: State<'_, Shell>, draft: SiteDraft) -> Reply<Vec<SiteRow>> {
    let app = shell.app()?;
    blocking(move || app.site_similar(&draft)).await
}

#[tauri::command]
pub(crate) async fn organization_list(
    shell: State<'_, Shell>,
    search: String,
) -> Reply<Vec<OrganizationRow>> {
    let app = shell.app()?;
    blocking(move || app.organization_list(&search)).await
}

#[tauri::command]
pub(crate) async fn merge_preview(
    shell: State<'_, Shell>,
    survivor: SiteId,
    duplicate: SiteId,
) -> Reply<MergePreview> {
    let app = shell.app()?;
    blocking(move || app.merge_preview(survivor, duplicate)).await
}

#[tauri::command]
pub(crate) async fn site_merge(shell: State<'_, Shell>, draft: MergeDraft) -> Reply<SiteView> {
    let app = shell.app()?;
    blocking(move || app.site_merge(&draft)).await
}

#[tauri::command]
pub(crate) async fn site_part(shell: State<'_, Shell>, duplicate: SiteId) -> Reply<SiteView> {
    let app = shell.app()?;
    blocking(move || app.site_part(duplicate)).await
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
