//! How the laptop is, and what to do about a damaged database.

use std::time::{Duration, Instant};

use tauri::{AppHandle, Runtime, State};
use xunan_core::view::{HealthView, SalvageView};
use xunan_core::{Config, salvage, set_aside};
use xunan_model::fault::Fault;

use super::{Shell, blocking};
use crate::error::Reply;
use crate::start;

/// How long the work in hand may take to let go of the data folder.
const CLOSING_MAX: Duration = Duration::from_secs(20);

#[tauri::command]
pub(crate) async fn health_get(shell: State<'_, Shell>, deep: bool) -> Reply<HealthView> {
    let app = shell.app()?;
    blocking(move || app.health(deep)).await
}

#[tauri::command]
pub(crate) async fn health_photos(shell: State<'_, Shell>) -> Reply<HealthView> {
    let app = shell.app()?;
    blocking(move || app.health_photos()).await
}

#[tauri::command]
pub(crate) async fn health_fetch(shell: State<'_, Shell>) -> Reply<HealthView> {
    let app = shell.app()?;
    blocking(move || app.health_fetch()).await
}

#[tauri::command]
pub(crate) async fn damage_salvage<R: Runtime>(
    handle: AppHandle<R>,
    shell: State<'_, Shell>,
) -> Reply<SalvageView> {
    closed(handle, &shell, salvage).await
}

#[tauri::command]
pub(crate) async fn damage_set_aside<R: Runtime>(
    handle: AppHandle<R>,
    shell: State<'_, Shell>,
) -> Reply<()> {
    closed(handle, &shell, set_aside).await
}

/// Does `work` while the installation is closed, and opens it again whatever came of it.
async fn closed<R: Runtime, T: Send + 'static>(
    handle: AppHandle<R>,
    shell: &Shell,
    work: fn(&Config) -> anyhow::Result<T>,
) -> Reply<T> {
    let config = start::config(&handle)?;
    shell.close();
    blocking(move || {
        let begun = Instant::now();
        let told = loop {
            let told = work(&config);
            let taken = told.as_ref().is_err_and(|error| {
                let fault = error.downcast_ref::<Fault>();
                fault.is_some_and(|fault| fault.key == "second_copy")
            });
            if !taken || begun.elapsed() > CLOSING_MAX {
                break told;
            }
            std::thread::sleep(Duration::from_millis(100));
        };
        start::open(&handle);
        told
    })
    .await
}
