//! Hazards.

use tauri::State;
use xunan_core::view::{
    BulkOutcome, FindingRow, InspectionView, LifeView, RecheckDraft, RecheckView,
};
use xunan_core::{LedgerPage, LedgerQuery};
use xunan_model::finding::FindingDraft;
use xunan_model::id::{FindingId, InspectionId, SiteId};
use xunan_model::life::Details;
use xunan_model::statistics::PageRequest;

use super::{Shell, blocking};
use crate::error::Reply;

#[tauri::command]
pub(crate) async fn finding_draft(
    shell: State<'_, Shell>,
    inspection: InspectionId,
    edition: Option<String>,
    item: Option<String>,
    facility: String,
) -> Reply<FindingDraft> {
    let app = shell.app()?;
    blocking(move || app.finding_draft(inspection, edition.as_deref(), item.as_deref(), &facility))
        .await
}

#[tauri::command]
pub(crate) async fn finding_save(
    shell: State<'_, Shell>,
    draft: FindingDraft,
) -> Reply<FindingRow> {
    let app = shell.app()?;
    blocking(move || app.finding_save(&draft)).await
}

#[tauri::command]
pub(crate) async fn finding_list(
    shell: State<'_, Shell>,
    inspection: InspectionId,
) -> Reply<Vec<FindingRow>> {
    let app = shell.app()?;
    blocking(move || app.finding_list(inspection)).await
}

#[tauri::command]
pub(crate) async fn finding_life(shell: State<'_, Shell>, id: FindingId) -> Reply<LifeView> {
    let app = shell.app()?;
    blocking(move || app.finding_life(id)).await
}

#[tauri::command]
pub(crate) async fn finding_step(
    shell: State<'_, Shell>,
    id: FindingId,
    details: Details,
    reason: String,
) -> Reply<LifeView> {
    let app = shell.app()?;
    blocking(move || app.finding_step(id, &details, &reason)).await
}

#[tauri::command]
pub(crate) async fn ledger_page(shell: State<'_, Shell>, query: LedgerQuery) -> Reply<LedgerPage> {
    let app = shell.app()?;
    blocking(move || app.ledger_page(&query)).await
}

#[tauri::command]
pub(crate) async fn ledger_count(shell: State<'_, Shell>, query: LedgerQuery) -> Reply<u64> {
    let app = shell.app()?;
    blocking(move || app.ledger_count(&query)).await
}

#[tauri::command]
pub(crate) async fn statistics(
    shell: State<'_, Shell>,
    request: PageRequest,
) -> Reply<xunan_model::statistics::Page> {
    let app = shell.app()?;
    blocking(move || app.statistics(&request)).await
}

#[tauri::command]
pub(crate) async fn recheck_open(shell: State<'_, Shell>, site: SiteId) -> Reply<RecheckView> {
    let app = shell.app()?;
    blocking(move || app.recheck_open(site)).await
}

#[tauri::command]
pub(crate) async fn recheck_get(
    shell: State<'_, Shell>,
    visit: InspectionId,
) -> Reply<RecheckView> {
    let app = shell.app()?;
    blocking(move || app.recheck_get(visit)).await
}

#[tauri::command]
pub(crate) async fn recheck_finish(
    shell: State<'_, Shell>,
    draft: RecheckDraft,
) -> Reply<InspectionView> {
    let app = shell.app()?;
    blocking(move || app.recheck_finish(&draft)).await
}

#[tauri::command]
pub(crate) async fn finding_steps(
    shell: State<'_, Shell>,
    ids: Vec<FindingId>,
    details: Details,
    reason: String,
) -> Reply<Vec<BulkOutcome>> {
    let app = shell.app()?;
    blocking(move || app.finding_steps(&ids, &details, &reason)).await
}

#[tauri::command]
pub(crate) async fn lookback_draw(
    shell: State<'_, Shell>,
    query: LedgerQuery,
    count: usize,
) -> Reply<Vec<String>> {
    let app = shell.app()?;
    blocking(move || app.lookback_draw(&query, count)).await
}
