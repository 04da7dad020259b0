//! What the core announces, passed on to the interface.

use tauri::{AppHandle, Emitter, Runtime};
use xunan_core::Install;

/// Something was saved or has arrived; the interface asks again for what it shows of these kinds.
pub(crate) const CHANGED: &str = "changed";

/// Forwards every announcement.
pub(crate) fn forward<R: Runtime>(app: &AppHandle<R>, install: &Install) {
    let app = app.clone();
    install.on_changed(move |changed| {
        if let Err(error) = app.emit(CHANGED, changed) {
            tracing::warn!(%error, "an announcement did not reach the window");
        }
    });
}
