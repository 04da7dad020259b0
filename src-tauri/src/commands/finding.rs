//! Hazards.

use tauri::State;
use xunan_core::view::FindingRow;
use xunan_model::finding::FindingDraft;
use xunan_model::id::{FindingId, InspectionId};

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
pub(crate) async fn finding_notify(shell: State<'_, Shell>, id: FindingId) -> Reply<FindingRow> {
    let app = shell.app()?;
    blocking(move || app.finding_notify(id)).await
}

#[tauri::command]
pub(crate) async fn finding_close(
    shell: State<'_, Shell>,
    id: FindingId,
    reason: String,
) -> Reply<FindingRow> {
    let app = shell.app()?;
    blocking(move || app.finding_close(id, &reason)).await
}

#[tauri::command]
pub(crate) async fn finding_list(
    shell: State<'_, Shell>,
    inspection: Option<InspectionId>,
    search: String,
    limit: usize,
    offset: usize,
) -> Reply<Vec<FindingRow>> {
    let app = shell.app()?;
    blocking(move || app.finding_list(inspection, &search, limit, offset)).await
}
