//! Before anybody has signed in.

use tauri::State;
use xunan_core::view::InstallStatus;

use super::{Shell, blocking};
use crate::error::Reply;

#[tauri::command]
pub(crate) async fn install_status(shell: State<'_, Shell>) -> Reply<InstallStatus> {
    if let Some(problem) = shell.problem() {
        return Ok(InstallStatus::closed(problem));
    }
    let install = shell.install()?;
    let mut status = blocking(move || install.status()).await?;
    status.signed_in = shell.app().ok().map(|app| app.signed_in());
    Ok(status)
}

#[tauri::command]
pub(crate) async fn install_enrol(
    shell: State<'_, Shell>,
    url: String,
    code: String,
    name: String,
) -> Reply<InstallStatus> {
    let install = shell.install()?;
    install.enrol(&url, &code, &name).await?;
    blocking(move || install.status()).await
}

/// The interface has drawn itself, showing the screen `at`. Whoever started the program learns it from a
/// file.
#[tauri::command]
pub(crate) async fn interface_ready(at: String) -> Reply<()> {
    blocking(move || {
        if let Some(file) = std::env::var_os("XUNAN_READY_FILE") {
            std::fs::write(file, format!("ready {at}\n"))?;
        }
        Ok(())
    })
    .await
}
