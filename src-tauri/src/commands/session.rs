//! Signing in and out.

use tauri::State;
use xunan_core::view::SignedIn;

use super::{Shell, blocking};
use crate::error::Reply;

#[tauri::command]
pub(crate) async fn session_unlock(
    shell: State<'_, Shell>,
    login: String,
    password: String,
) -> Reply<SignedIn> {
    let install = shell.install()?;
    let app = blocking(move || install.unlock(&login, &password)).await?;
    let signed_in = app.signed_in();
    shell.sign(Some(app));
    Ok(signed_in)
}

#[tauri::command]
pub(crate) async fn pin_set(
    shell: State<'_, Shell>,
    password: String,
    pin: Option<String>,
) -> Reply<()> {
    let app = shell.app()?;
    blocking(move || app.pin_set(&password, pin.as_deref())).await
}

#[tauri::command]
pub(crate) async fn session_lock(shell: State<'_, Shell>) -> Reply<()> {
    shell.sign(None);
    Ok(())
}
