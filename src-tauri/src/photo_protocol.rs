//! `photo://localhost/<sha256>`: the bytes of a photo, from the core to the interface.

use tauri::http::{Request, Response, StatusCode, header};
use tauri::{Manager, Runtime, UriSchemeContext, UriSchemeResponder};

use crate::commands::Shell;

/// The scheme's name; it also stands in the content-security policy.
pub(crate) const SCHEME: &str = "photo";

/// Answers on a thread of its own: a large original must not hold up the window.
pub(crate) fn answer<R: Runtime>(
    context: UriSchemeContext<'_, R>,
    request: Request<Vec<u8>>,
    responder: UriSchemeResponder,
) {
    let app = context.app_handle().clone();
    tauri::async_runtime::spawn_blocking(move || {
        let name = request.uri().path().trim_start_matches('/').to_owned();
        responder.respond(response(&app.state::<Shell>(), &name));
    });
}

fn response(shell: &Shell, name: &str) -> Response<Vec<u8>> {
    // Photos are evidence: nothing is shown before somebody has signed in.
    let bytes = shell.app().and_then(|_| shell.install()?.blob(name));
    let (status, body) = match bytes {
        Ok(Some(bytes)) => (StatusCode::OK, bytes),
        Ok(None) => (StatusCode::NOT_FOUND, Vec::new()),
        Err(_) => (StatusCode::FORBIDDEN, Vec::new()),
    };
    Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, media_type(&body))
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        // The name is the content: it never changes.
        .header(
            header::CACHE_CONTROL,
            "private, max-age=31536000, immutable",
        )
        .body(body)
        .unwrap_or_default()
}

fn media_type(bytes: &[u8]) -> &'static str {
    match bytes {
        [0xff, 0xd8, ..] => "image/jpeg",
        [0x89, b'P', ..] => "image/png",
        [b'R', b'I', b'F', b'F', ..] => "image/webp",
        _ => "application/octet-stream",
    }
}
