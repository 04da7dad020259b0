//! What the web view must be told where it asks the program: `WebKitGTK`. `WebView2` and `WKWebView` ask
//! the person for the camera themselves, and show their own page when their process dies.

use tauri::{AppHandle, Runtime};

/// Lets the program's one window use the laptop's camera, and opens its page again when the process that
/// draws it dies. The window shows nothing but the program's own pages.
#[cfg(target_os = "linux")]
pub(crate) fn prepare<R: Runtime>(app: &AppHandle<R>) {
    use tauri::Manager as _;

    let Some(window) = app.get_webview_window("main") else {
        return;
    };
    let prepared = window.with_webview(|view| {
        linux::allow_camera(&view.inner());
        linux::survive(&view.inner());
    });
    if let Err(error) = prepared {
        tracing::warn!(%error, "the web view gets neither the camera nor a second life");
    }
}

/// The web view does both itself.
#[cfg(not(target_os = "linux"))]
pub(crate) fn prepare<R: Runtime>(_: &AppHandle<R>) {}

#[cfg(target_os = "linux")]
mod linux {
    use std::cell::Cell;
    use std::time::{Duration, Instant};

    use webkit2gtk::glib::prelude::Cast as _;
    use webkit2gtk::{
        PermissionRequestExt as _, SettingsExt as _, UserMediaPermissionRequest, WebView,
        WebViewExt as _,
    };

    /// A page that dies again so soon is not opened again at the place that may have killed it.
    const SOON: Duration = Duration::from_secs(20);

    pub(super) fn allow_camera(view: &WebView) {
        if let Some(settings) = view.settings() {
            settings.set_enable_media_stream(true);
            // A picture that moves, where there is no camera: for the tests of the window.
            #[cfg(debug_assertions)]
            settings
                .set_enable_mock_capture_devices(std::env::var_os("XUNAN_MOCK_CAMERA").is_some());
        }
        view.connect_permission_request(|_, request| {
            match request.downcast_ref::<UserMediaPermissionRequest>() {
                Some(camera) => camera.allow(),
                None => request.deny(),
            }
            true
        });
    }

    /// Everything saved is in the core's process; the page finds its way back by its address, and whoever
    /// was signed in still is.
    pub(super) fn survive(view: &WebView) {
        let last: Cell<Option<Instant>> = Cell::new(None);
        view.connect_web_process_terminated(move |view, reason| {
            let again = last
                .replace(Some(Instant::now()))
                .is_some_and(|before| before.elapsed() < SOON);
            tracing::error!(?reason, again, "the process that draws the page died");
            match view.uri() {
                Some(address) if again => {
                    let start = address.split('#').next().unwrap_or(&address);
                    view.load_uri(start);
                }
                _ => view.reload(),
            }
        });
    }
}
