//! What is half-typed: durable here, never sent.

use tauri::State;

use super::{Shell, blocking};
use crate::error::Reply;

#[tauri::command]
pub(crate) async fn local_put(shell: State<'_, Shell>, key: String, value: String) -> Reply<()> {
    let install = shell.install()?;
    blocking(move || install.local_put(&key, Some(&value))).await
}

#[tauri::command]
pub(crate) async fn local_get(shell: State<'_, Shell>, key: String) -> Reply<Option<String>> {
    let install = shell.install()?;
    blocking(move || install.local_get(&key)).await
}

#[tauri::command]
pub(crate) async fn local_delete(shell: State<'_, Shell>, key: String) -> Reply<()> {
    let install = shell.install()?;
    blocking(move || install.local_put(&key, None)).await
}
