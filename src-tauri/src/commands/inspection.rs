//! Visits and answers.

use tauri::State;
use xunan_core::view::{
    DangerView, InspectionRow, InspectionView, JudgementView, ReviewView, WorkbenchView,
};
use xunan_model::checklist::EditionRef;
use xunan_model::id::{InspectionId, PersonId};
use xunan_model::inspection::{Answer, AnswerDraft, InspectionDraft};
use xunan_model::party::FacilityUnit;
use xunan_model::rules::Told;

use super::{Shell, blocking};
use crate::error::Reply;

#[tauri::command]
pub(crate) async fn workbench_get(shell: State<'_, Shell>) -> Reply<WorkbenchView> {
    let app = shell.app()?;
    blocking(move || app.workbench()).await
}

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
pub(crate) async fn visit_join(
    shell: State<'_, Shell>,
    draft: InspectionDraft,
    code: String,
) -> Reply<InspectionView> {
    let app = shell.app()?;
    blocking(move || app.visit_join(draft, &code)).await
}

#[tauri::command]
pub(crate) async fn visit_adopt(
    shell: State<'_, Shell>,
    id: InspectionId,
) -> Reply<InspectionView> {
    let app = shell.app()?;
    blocking(move || app.visit_adopt(id)).await
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
    enforcement: bool,
) -> Reply<InspectionView> {
    let app = shell.app()?;
    blocking(move || app.inspection_finish(id, enforcement)).await
}

#[tauri::command]
pub(crate) async fn answer_save(shell: State<'_, Shell>, draft: AnswerDraft) -> Reply<Answer> {
    let app = shell.app()?;
    blocking(move || app.answer_save(draft)).await
}

#[tauri::command]
pub(crate) async fn answer_judge(
    shell: State<'_, Shell>,
    draft: AnswerDraft,
) -> Reply<JudgementView> {
    let app = shell.app()?;
    blocking(move || app.answer_judge(&draft)).await
}

#[tauri::command]
pub(crate) async fn visit_profile(
    shell: State<'_, Shell>,
    id: InspectionId,
    facilities: Vec<String>,
    units: Vec<FacilityUnit>,
) -> Reply<InspectionView> {
    let app = shell.app()?;
    blocking(move || app.visit_profile(id, facilities, units)).await
}

#[tauri::command]
pub(crate) async fn visit_told(
    shell: State<'_, Shell>,
    id: InspectionId,
    rule: String,
    told: Told,
) -> Reply<InspectionView> {
    let app = shell.app()?;
    blocking(move || app.visit_told(id, rule, told)).await
}

#[tauri::command]
pub(crate) async fn danger_class(
    shell: State<'_, Shell>,
    edition: EditionRef,
    entered: Vec<(usize, String)>,
) -> Reply<Option<DangerView>> {
    let app = shell.app()?;
    blocking(move || app.danger_class(&edition, &entered)).await
}

#[tauri::command]
pub(crate) async fn inspection_review(
    shell: State<'_, Shell>,
    id: InspectionId,
) -> Reply<ReviewView> {
    let app = shell.app()?;
    blocking(move || app.inspection_review(id)).await
}

#[tauri::command]
pub(crate) async fn visit_inspectors(
    shell: State<'_, Shell>,
    id: InspectionId,
    people: Vec<PersonId>,
) -> Reply<ReviewView> {
    let app = shell.app()?;
    blocking(move || app.visit_inspectors(id, people)).await
}

#[tauri::command]
pub(crate) async fn inspection_confirm(
    shell: State<'_, Shell>,
    id: InspectionId,
    person: PersonId,
    password: String,
    read: String,
) -> Reply<ReviewView> {
    let app = shell.app()?;
    blocking(move || app.inspection_confirm(id, person, &password, &read)).await
}
