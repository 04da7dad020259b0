//! Reading a request's body with limits: in bytes, and in silence.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use http_body_util::BodyExt as _;
use xunan_model::fault::Code;

use super::error::{ApiError, invalid, too_large};

/// The next piece of a body; `None` at its end.
pub(crate) async fn chunk(
    body: &mut Body,
    silence_max: Duration,
) -> Result<Option<Bytes>, ApiError> {
    loop {
        let Ok(frame) = tokio::time::timeout(silence_max, body.frame()).await else {
            return Err(ApiError::new(
                StatusCode::REQUEST_TIMEOUT,
                Code::Offline,
                "silent",
                "the body fell silent",
            ));
        };
        match frame {
            None => return Ok(None),
            Some(Err(_)) => return Err(invalid("the body was cut off")),
            Some(Ok(frame)) => {
                // Trailers say nothing to us.
                if let Ok(data) = frame.into_data() {
                    return Ok(Some(data));
                }
            }
        }
    }
}

/// The whole body, at most `bytes_max`.
pub(crate) async fn whole(
    mut body: Body,
    bytes_max: usize,
    silence_max: Duration,
) -> Result<Vec<u8>, ApiError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = chunk(&mut body, silence_max).await? {
        if bytes.len() + chunk.len() > bytes_max {
            return Err(too_large(format!("at most {bytes_max} bytes")));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// Reads a little of what will not be used: a socket closed on unread bytes is reset, and the
/// reply could be lost with it.
pub(crate) async fn drain(body: &mut Body) {
    const BYTES_MAX: usize = 1 << 20;
    let reading = async {
        let mut read = 0;
        while let Some(Ok(frame)) = body.frame().await
            && read < BYTES_MAX
        {
            read += frame.data_ref().map_or(0, Bytes::len);
        }
    };
    // After two seconds the laptop has to ask again, which is harmless.
    let _ = tokio::time::timeout(Duration::from_secs(2), reading).await;
}
