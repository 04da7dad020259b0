//! The system's own dialog for choosing a folder. The path stays in the shell: the page neither gives
//! one nor can it make one up.

use std::path::PathBuf;

use anyhow::Result;
use tauri::{AppHandle, Runtime};
use xunan_model::fault::check_length;

/// The folder that a person chooses under this title; `None` when the dialog was closed. An office that
/// sets up many laptops, and tests, name it by the environment instead.
pub(crate) async fn choose<R: Runtime>(
    handle: &AppHandle<R>,
    title: String,
) -> Result<Option<PathBuf>> {
    check_length(&title, 100, "title")?;
    if let Some(folder) = std::env::var_os("XUNAN_BACKUP_FOLDER") {
        return Ok(Some(folder.into()));
    }
    let (tell, told) = tokio::sync::oneshot::channel();
    // Dialogs belong to the thread of the window; waiting for the person does not.
    handle.run_on_main_thread(move || {
        let asked = rfd::AsyncFileDialog::new().set_title(title).pick_folder();
        tauri::async_runtime::spawn(async move {
            let chosen = asked.await;
            let _ = tell.send(chosen.map(|folder| folder.path().to_owned()));
        });
    })?;
    Ok(told.await?)
}
