//! The satellite receiver.

use tauri::State;
use xunan_core::view::{PortView, ReceiverView};

use super::{Shell, blocking};
use crate::error::Reply;

#[tauri::command]
pub(crate) async fn port_list(shell: State<'_, Shell>) -> Reply<Vec<PortView>> {
    let app = shell.app()?;
    blocking(move || app.port_list()).await
}

#[tauri::command]
pub(crate) async fn receiver_choose(
    shell: State<'_, Shell>,
    port: Option<String>,
) -> Reply<ReceiverView> {
    let app = shell.app()?;
    blocking(move || app.receiver_choose(port.as_deref())).await
}

#[tauri::command]
pub(crate) async fn receiver_status(shell: State<'_, Shell>) -> Reply<ReceiverView> {
    let app = shell.app()?;
    blocking(move || Ok(app.receiver_status())).await
}
