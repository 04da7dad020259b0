//! Blobs, resumable without a create step: the address follows from the content.

use std::ops::Range;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::StreamExt as _;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::bytes::BytesMut;
use xunan_model::digest::Digest;
use xunan_model::fault::Code;
use xunan_model::wire::{
    BlobFault, BlobState, BlobTold, STATUS_DIGEST_MISMATCH, UPLOAD_COMPLETE, UPLOAD_LENGTH,
    UPLOAD_OFFSET, UPLOAD_PROGRESS,
};

use super::error::{ApiError, invalid, not_found, too_large};
use super::limits::{self, Place};
use super::{AppState, admit, body};
use crate::platform;
use crate::store::{BlobBegun, BlobFinished, BlobPart};

/// A laptop hears how far it is this often while bytes arrive, …
const TELL_EVERY: Duration = Duration::from_millis(100);
/// … and at once when so much has arrived.
const TELL_BYTES: u64 = 8 << 20;
const APPEND_BYTES: usize = 256 << 10;

pub(crate) async fn head(
    State(state): State<AppState>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let (_, _place) = admit(&state, &headers).await?;
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
    let (_, place) = admit(&state, &headers).await?;
    if headers.contains_key(UPLOAD_PROGRESS) {
        return telling(state, place, &name, &headers, body);
    }
    let reply = upload(&state, &place, &name, &headers, &mut body).await;
    if !reply
        .as_ref()
        .is_ok_and(|reply| reply.status() == StatusCode::CREATED)
    {
        body::drain(&mut body).await;
    }
    reply
}

/// Tells how far it is while the body is on its way. The reply's head goes out at once, so what
/// goes wrong from here on is told in its last line.
fn telling(
    state: AppState,
    place: Place,
    name: &str,
    headers: &HeaderMap,
    mut body: Body,
) -> Result<Response, ApiError> {
    let sha256 = Digest::parse(name).ok_or_else(not_found)?;
    let asked = Asking {
        sha256,
        offset: number(headers, UPLOAD_OFFSET)?,
        bytes: number(headers, UPLOAD_LENGTH)?,
    };
    let (tell, told) = mpsc::channel::<BlobTold>(4);
    tokio::spawn(async move {
        let last = match take(&state, &place, &asked, &mut body, Some(&tell)).await {
            Ok(taken) => taken.told(),
            Err(error) => BlobTold {
                offset: 0,
                complete: false,
                fault: Some(error.blob_fault()),
            },
        };
        // A laptop that is gone asks again.
        let _ = tell.send(last).await;
    });
    let lines = futures_util::stream::unfold(told, |mut told| async {
        let told_now = told.recv().await?;
        let line = serde_json::to_vec(&told_now).map(|mut line| {
            line.push(b'\n');
            Bytes::from(line)
        });
        Some((line, told))
    });
    let content_type = (header::CONTENT_TYPE, "application/x-ndjson");
    Ok(([content_type], Body::from_stream(lines)).into_response())
}

/// What a PUT says of itself.
struct Asking {
    sha256: Digest,
    offset: u64,
    bytes: u64,
}

/// How a PUT ended, when nothing went wrong.
enum Taken {
    /// All of it was there before.
    Known { bytes: u64 },
    /// All of it is here now.
    Complete { bytes: u64 },
    /// The body ended early, which it may.
    Part(BlobState),
    /// The body begins after what is here.
    Ahead { offset: u64 },
    /// The digest is not the name.
    Mismatch,
}

impl Taken {
    fn told(&self) -> BlobTold {
        let told = |offset, complete, fault| BlobTold {
            offset,
            complete,
            fault,
        };
        match self {
            Self::Known { bytes } | Self::Complete { bytes } => told(*bytes, true, None),
            Self::Part(state) => told(state.offset, state.complete, Some(BlobFault::Trouble)),
            Self::Ahead { offset } => told(*offset, false, Some(BlobFault::OffsetAhead)),
            Self::Mismatch => told(0, false, Some(BlobFault::DigestMismatch)),
        }
    }
}

async fn take(
    state: &AppState,
    place: &Place,
    asked: &Asking,
    body: &mut Body,
    tell: Option<&mpsc::Sender<BlobTold>>,
) -> Result<Taken, ApiError> {
    let Asking {
        sha256,
        offset,
        bytes,
    } = *asked;
    if bytes > state.options.blob_bytes_max {
        return Err(too_large(format!(
            "a blob has at most {} bytes",
            state.options.blob_bytes_max
        )));
    }
    limits::room(state).await?;
    let part = match state.store.blob_begin(sha256, bytes).await? {
        BlobBegun::Complete { bytes } => return Ok(Taken::Known { bytes }),
        BlobBegun::LengthDiffers { bytes, offset } => {
            let detail = format!("an earlier upload said {bytes} bytes");
            return Err(conflict("length_differs", detail).with(UPLOAD_OFFSET, offset));
        }
        BlobBegun::Part(part) => part,
    };
    if offset > part.offset {
        return Ok(Taken::Ahead {
            offset: part.offset,
        });
    }
    let mut tell = Teller::new(tell, part.offset).await;
    let overlap = part.offset - offset;
    if receive(state, place, &part, overlap, body, &mut tell).await? < part.bytes {
        return Ok(Taken::Part(state.store.blob_state(sha256).await?));
    }
    match state.store.blob_finish(&part, platform::now()).await? {
        BlobFinished::Complete => Ok(Taken::Complete { bytes: part.bytes }),
        BlobFinished::TakenOver => Err(taken_over()),
        BlobFinished::Mismatch => {
            tracing::warn!(%sha256, "a blob arrived damaged and was thrown away");
            Ok(Taken::Mismatch)
        }
    }
}

/// Tells a laptop, now and then, how many bytes are durable.
struct Teller<'a> {
    tell: Option<&'a mpsc::Sender<BlobTold>>,
    told: u64,
    at: Instant,
}

impl<'a> Teller<'a> {
    async fn new(tell: Option<&'a mpsc::Sender<BlobTold>>, offset: u64) -> Self {
        let mut teller = Self {
            tell,
            told: 0,
            at: Instant::now(),
        };
        teller.say(offset).await;
        teller
    }

    /// When it is time to store and tell, if `have` bytes have arrived.
    fn due(&self, have: u64) -> Option<Instant> {
        (have > self.told).then(|| self.at + TELL_EVERY)
    }

    async fn say(&mut self, offset: u64) {
        self.told = offset;
        self.at = Instant::now();
        if let Some(tell) = self.tell {
            let told = BlobTold {
                offset,
                complete: false,
                fault: None,
            };
            let _ = tell.send(told).await;
        }
    }
}

async fn upload(
    state: &AppState,
    place: &Place,
    name: &str,
    headers: &HeaderMap,
    body: &mut Body,
) -> Result<Response, ApiError> {
    let asked = Asking {
        sha256: Digest::parse(name).ok_or_else(not_found)?,
        offset: number(headers, UPLOAD_OFFSET)?,
        bytes: number(headers, UPLOAD_LENGTH)?,
    };
    let whole = |bytes| BlobState {
        offset: bytes,
        complete: true,
    };
    match take(state, place, &asked, body, None).await? {
        Taken::Known { bytes } => Ok(told(StatusCode::NO_CONTENT, whole(bytes))),
        Taken::Complete { bytes } => Ok(told(StatusCode::CREATED, whole(bytes))),
        Taken::Part(state) => Ok(told(StatusCode::OK, state)),
        Taken::Ahead { offset } => {
            Err(conflict("offset_ahead", "not that far yet").with(UPLOAD_OFFSET, offset))
        }
        Taken::Mismatch => {
            let status =
                StatusCode::from_u16(STATUS_DIGEST_MISMATCH).map_err(anyhow::Error::from)?;
            Err(ApiError::new(status, Code::Conflict, "digest_mismatch", "").with(UPLOAD_OFFSET, 0))
        }
    }
}

/// Appends the body to the part, without the first `overlap` bytes, and returns the part's length.
async fn receive(
    state: &AppState,
    place: &Place,
    part: &BlobPart,
    overlap: u64,
    body: &mut Body,
    teller: &mut Teller<'_>,
) -> Result<u64, ApiError> {
    let (mut newest, mut cut) = (part.newest.clone(), state.cut.clone());
    let (mut have, mut overlap) = (part.offset, overlap);
    // Small pieces are put together: each append costs a hop to another thread.
    let mut gathered = BytesMut::new();
    loop {
        let due = teller.due(have + gathered.len() as u64);
        let chunk = tokio::select! {
            chunk = body::chunk(body, state.options.body_silence_max) => chunk.map(Got::Body),
            _ = newest.wait_for(|generation| *generation != part.generation) => Err(taken_over()),
            _ = cut.wait_for(|cut| *cut) => Err(ApiError::new(
                StatusCode::SERVICE_UNAVAILABLE, Code::Offline, "stopping", "the server is stopping",
            )),
            () = sleep_until(due) => Ok(Got::Due),
        };
        let (mut ended, mut tell) = (false, false);
        match chunk {
            Ok(Got::Body(Some(chunk))) => {
                place.count(chunk.len() as u64, state.options.device_day_bytes_max)?;
                let known = usize::try_from(overlap)
                    .unwrap_or(usize::MAX)
                    .min(chunk.len());
                overlap -= known as u64;
                gathered.extend_from_slice(&chunk[known..]);
                if have + gathered.len() as u64 > part.bytes {
                    return Err(invalid("the body is longer than upload-length"));
                }
            }
            Ok(Got::Body(None)) => ended = true,
            Ok(Got::Due) => tell = true,
            Err(error) => {
                // What arrived stays, and is durable before anybody hears of it.
                if !gathered.is_empty() {
                    state.store.blob_append(part, gathered.freeze()).await?;
                }
                state.store.blob_state(part.sha256).await?;
                return Err(error);
            }
        }
        if !gathered.is_empty() && (ended || tell || gathered.len() >= APPEND_BYTES) {
            let bytes = gathered.split().freeze();
            let appended = state.store.blob_append(part, bytes).await?;
            have = appended.ok_or_else(taken_over)?;
        }
        if ended || have == part.bytes {
            return Ok(have);
        }
        if tell || have >= teller.told + TELL_BYTES {
            let durable = state.store.blob_state(part.sha256).await?;
            teller.say(durable.offset).await;
        }
    }
}

enum Got {
    Body(Option<Bytes>),
    /// The laptop is to be told how far it is.
    Due,
}

async fn sleep_until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}

pub(crate) async fn get(
    State(state): State<AppState>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let (auth, place) = admit(&state, &headers).await?;
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
    // The place is taken until the last byte is out.
    let stream = stream.inspect(move |_| _ = &place);
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
