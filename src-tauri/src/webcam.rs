//! The laptop's own camera. `WebKitGTK` leaves it off and asks the program; `WebView2` and `WKWebView`
//! ask the person themselves.

use tauri::{AppHandle, Runtime};

/// Lets the program's one window use the camera. It shows nothing but the program's own pages.
#[cfg(target_os = "linux")]
pub(crate) fn allow<R: Runtime>(app: &AppHandle<R>) {
    use tauri::Manager as _;
    use webkit2gtk::glib::prelude::Cast as _;
    use webkit2gtk::{
        PermissionRequestExt as _, SettingsExt as _, UserMediaPermissionRequest, WebViewExt as _,
    };

    let Some(window) = app.get_webview_window("main") else {
        return;
    };
    let allowed = window.with_webview(|view| {
        let view = view.inner();
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
    });
    if let Err(error) = allowed {
        tracing::warn!(%error, "the window does not get the camera");
    }
}

/// The web view asks the person itself.
#[cfg(not(target_os = "linux"))]
pub(crate) fn allow<R: Runtime>(_: &AppHandle<R>) {}
