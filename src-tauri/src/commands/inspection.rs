//! Visits and answers.

use tauri::State;
use xunan_core::view::{InspectionRow, InspectionView};
use xunan_model::id::InspectionId;
use xunan_model::inspection::{Answer, AnswerDraft, InspectionDraft};

use super::{Shell, blocking};
use crate::error::Reply;

#[tauri::command]
pub(crate) async fn inspection_list(shell: State<'_, Shell>) -> Reply<Vec<InspectionRow>> {
    let app = shell.app()?;
    blocking(move || app.inspection_list()).await
}

#[tauri::command]
pub(crate) async fn inspection_start(
    shell: State<'_, Shell>,
    draft: InspectionDraft,
) -> Reply<InspectionView> {
    let app = shell.app()?;
    blocking(move || app.inspection_start(draft)).await
}

#[tauri::command]
pub(crate) async fn inspection_get(
    shell: State<'_, Shell>,
    id: InspectionId,
) -> Reply<InspectionView> {
    let app = shell.app()?;
    blocking(move || app.inspection_get(id)).await
}

#[tauri::command]
pub(crate) async fn inspection_finish(
    shell: State<'_, Shell>,
    id: InspectionId,
) -> Reply<InspectionView> {
    let app = shell.app()?;
    blocking(move || app.inspection_finish(id)).await
}

#[tauri::command]
pub(crate) async fn answer_save(shell: State<'_, Shell>, draft: AnswerDraft) -> Reply<Answer> {
    let app = shell.app()?;
    blocking(move || app.answer_save(draft)).await
}
