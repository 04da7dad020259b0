//! Blobs, resumable without a create step: the address follows from the content.

use std::ops::Range;

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use xunan_model::digest::Digest;
use xunan_model::fault::Code;
use xunan_model::wire::{
    BlobState, STATUS_DIGEST_MISMATCH, UPLOAD_COMPLETE, UPLOAD_LENGTH, UPLOAD_OFFSET,
};

use super::error::{ApiError, invalid, not_found, too_large};
use super::{AppState, authenticate, body};
use crate::platform;
use crate::store::{BlobBegun, BlobFinished, BlobPart};

pub(crate) async fn head(
    State(state): State<AppState>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    authenticate(&state, &headers).await?;
    let sha256 = Digest::parse(&name).ok_or_else(not_found)?;
    Ok(told(StatusCode::OK, state.store.blob_state(sha256).await?))
}

pub(crate) async fn put(
    State(state): State<AppState>,
    Path(name): Path<String>,
    headers: HeaderMap,
    mut body: Body,
) -> Result<Response, ApiError> {
    // A revoked laptop may still hand over its evidence; it only gets nothing any more.
    authenticate(&state, &headers).await?;
    let reply = upload(&state, &name, &headers, &mut body).await;
    if !reply
        .as_ref()
        .is_ok_and(|reply| reply.status() == StatusCode::CREATED)
    {
        body::drain(&mut body).await;
    }
    reply
}

async fn upload(
    state: &AppState,
    name: &str,
    headers: &HeaderMap,
    body: &mut Body,
) -> Result<Response, ApiError> {
    let sha256 = Digest::parse(name).ok_or_else(not_found)?;
    let offset = number(headers, UPLOAD_OFFSET)?;
    let bytes = number(headers, UPLOAD_LENGTH)?;
    if bytes > state.options.blob_bytes_max {
        return Err(too_large(format!(
            "a blob has at most {} bytes",
            state.options.blob_bytes_max
        )));
    }
    let part = match state.store.blob_begin(sha256, bytes).await? {
        BlobBegun::Complete { bytes } => {
            return Ok(told(
                StatusCode::NO_CONTENT,
                BlobState {
                    offset: bytes,
                    complete: true,
                },
            ));
        }
        BlobBegun::LengthDiffers { bytes, offset } => {
            let detail = format!("an earlier upload said {bytes} bytes");
            return Err(conflict("length_differs", detail).with(UPLOAD_OFFSET, offset));
        }
        BlobBegun::Part(part) => part,
    };
    if offset > part.offset {
        return Err(conflict("offset_ahead", "not that far yet").with(UPLOAD_OFFSET, part.offset));
    }
    if receive(state, &part, part.offset - offset, body).await? < part.bytes {
        // The laptop ended its body early, which it may.
        return Ok(told(StatusCode::OK, state.store.blob_state(sha256).await?));
    }
    match state.store.blob_finish(&part, platform::now()).await? {
        BlobFinished::Complete => Ok(told(
            StatusCode::CREATED,
            BlobState {
                offset: part.bytes,
                complete: true,
            },
        )),
        BlobFinished::TakenOver => Err(taken_over()),
        BlobFinished::Mismatch => {
            tracing::warn!(%sha256, "a blob arrived damaged and was thrown away");
            let status =
                StatusCode::from_u16(STATUS_DIGEST_MISMATCH).map_err(anyhow::Error::from)?;
            Err(ApiError::new(status, Code::Conflict, "digest_mismatch", "").with(UPLOAD_OFFSET, 0))
        }
    }
}

/// Appends the body to the part, without the first `overlap` bytes, and returns the part's length.
async fn receive(
    state: &AppState,
    part: &BlobPart,
    overlap: u64,
    body: &mut Body,
) -> Result<u64, ApiError> {
    let (mut newest, mut cut) = (part.newest.clone(), state.cut.clone());
    let (mut have, mut overlap) = (part.offset, overlap);
    loop {
        let chunk = tokio::select! {
            chunk = body::chunk(body, state.options.body_silence_max) => chunk,
            _ = newest.wait_for(|generation| *generation != part.generation) => Err(taken_over()),
            _ = cut.wait_for(|cut| *cut) => Err(ApiError::new(
                StatusCode::SERVICE_UNAVAILABLE, Code::Offline, "stopping", "the server is stopping",
            )),
        };
        let chunk = match chunk {
            Ok(Some(chunk)) => chunk,
            Ok(None) => return Ok(have),
            Err(error) => {
                // What arrived stays, and is durable before anybody hears of it.
                state.store.blob_state(part.sha256).await?;
                return Err(error);
            }
        };
        let known = usize::try_from(overlap)
            .unwrap_or(usize::MAX)
            .min(chunk.len());
        overlap -= known as u64;
        let fresh: Bytes = chunk.slice(known..);
        if have + fresh.len() as u64 > part.bytes {
            return Err(invalid("the body is longer than upload-length"));
        }
        if !fresh.is_empty() {
            have = state
                .store
                .blob_append(part, fresh)
                .await?
                .ok_or_else(taken_over)?;
        }
    }
}

pub(crate) async fn get(
    State(state): State<AppState>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let auth = authenticate(&state, &headers).await?;
    let sha256 = Digest::parse(&name).ok_or_else(not_found)?;
    // The same answer for "not here" and "not yours": a digest must not tell who holds what.
    let allowed = if auth.revoked {
        None
    } else {
        state.store.blob_allowed(auth.device, sha256).await?
    };
    let bytes = allowed.ok_or_else(not_found)?;
    let asked = headers
        .get(header::RANGE)
        .and_then(|value| value.to_str().ok());
    let (status, range) = match asked.map_or(Asked::Whole, |text| range(text, bytes)) {
        Asked::Whole => (StatusCode::OK, 0..bytes),
        Asked::Part(range) => (StatusCode::PARTIAL_CONTENT, range),
        Asked::Outside => {
            let none = format!("bytes */{bytes}");
            return Ok((
                StatusCode::RANGE_NOT_SATISFIABLE,
                [(header::CONTENT_RANGE, none)],
            )
                .into_response());
        }
    };
    let mut reply = Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, "application/octet-stream")
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        .header(header::ACCEPT_RANGES, "bytes")
        .header(header::ETAG, format!("\"{sha256}\""))
        .header(header::CONTENT_LENGTH, range.end - range.start);
    if status == StatusCode::PARTIAL_CONTENT {
        let text = format!("bytes {}-{}/{bytes}", range.start, range.end - 1);
        reply = reply.header(header::CONTENT_RANGE, text);
    }
    let stream = state.store.blob_open(sha256, range).await?;
    Ok(reply
        .body(Body::from_stream(stream))
        .map_err(anyhow::Error::from)?)
}

#[derive(Debug, PartialEq, Eq)]
enum Asked {
    Whole,
    Part(Range<u64>),
    Outside,
}

/// One range of bytes; anything else is answered with the whole, as HTTP allows.
fn range(text: &str, bytes: u64) -> Asked {
    let Some((first, last)) = text
        .strip_prefix("bytes=")
        .and_then(|range| range.split_once('-'))
    else {
        return Asked::Whole;
    };
    let range = match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(first), Ok(last)) if first <= last => first..last.saturating_add(1).min(bytes),
        (Ok(first), Err(_)) if last.is_empty() => first..bytes,
        (Err(_), Ok(count)) if first.is_empty() => bytes.saturating_sub(count)..bytes,
        _ => return Asked::Whole,
    };
    if range.is_empty() {
        Asked::Outside
    } else {
        Asked::Part(range)
    }
}

fn told(status: StatusCode, blob: BlobState) -> Response {
    let complete = if blob.complete { "?1" } else { "?0" };
    let offset = HeaderName::from_static(UPLOAD_OFFSET);
    let headers = [
        (offset, blob.offset.to_string()),
        (
            HeaderName::from_static(UPLOAD_COMPLETE),
            complete.to_owned(),
        ),
    ];
    (status, headers).into_response()
}

fn number(headers: &HeaderMap, name: &'static str) -> Result<u64, ApiError> {
    let value = headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.parse().ok());
    value.ok_or_else(|| invalid(format!("the header {name} is missing or no number")))
}

fn conflict(key: &'static str, detail: impl Into<String>) -> ApiError {
    ApiError::new(StatusCode::CONFLICT, Code::Conflict, key, detail)
}

fn taken_over() -> ApiError {
    conflict("taken_over", "a newer upload of the same blob took over")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_http_says() {
        let table = [
            ("bytes=0-9", Asked::Part(0..10)),
            ("bytes=90-", Asked::Part(90..100)),
            ("bytes=90-500", Asked::Part(90..100)),
            ("bytes=-5", Asked::Part(95..100)),
            ("bytes=-500", Asked::Part(0..100)),
            ("bytes=100-", Asked::Outside),
            ("bytes=-0", Asked::Outside),
            ("bytes=9-2", Asked::Whole),
            ("bytes=0-1,5-6", Asked::Whole),
            ("items=1-2", Asked::Whole),
        ];
        for (text, asked) in table {
            assert_eq!(range(text, 100), asked, "{text}");
        }
    }
}
