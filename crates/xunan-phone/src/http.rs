//! What is answered: the page, its state, photos. All of it under the token, and nothing without.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post, put};
use axum::{Extension, Json, Router};
use futures_util::StreamExt as _;
use serde::Deserialize;
use xunan_model::digest::Digest;

use crate::door::Door;
use crate::drop::Page;
use crate::limits::PIECE_BYTES_MAX;
use crate::session::{Key, Session};
use crate::view::{PhoneOffer, PhoneProgress, PhoneRefusal, PhoneRefused, PhoneState};

/// Whose connection a request came over.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// Less than this of a piece that was cut is not kept.
const CUT_BYTES_MIN: usize = 1_024;

/// Only the page's own files run, and it can speak with this laptop alone.
const CONTENT_SECURITY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src blob: data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const HEADERS: [(HeaderName, &str); 4] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY),
    (header::CACHE_CONTROL, "no-store"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
];

pub(crate) fn router(door: Arc<Door>) -> Router {
    let inside = Router::new()
        .route("/{token}", get(slash))
        .route("/{token}/", get(page))
        .route("/{token}/phone.js", get(script))
        .route("/{token}/phone.css", get(style))
        .route("/{token}/state", get(state))
        .route("/{token}/photos", post(offer))
        .route("/{token}/photos/{sha256}", put(piece))
        .layer(DefaultBodyLimit::max(PIECE_BYTES_MAX))
        .fallback(|| async { StatusCode::NOT_FOUND });
    inside
        .layer(from_fn_with_state(Arc::clone(&door), guard))
        .with_state(door)
}

/// Lets nobody through without the token, whatever else is asked for.
async fn guard(
    State(door): State<Arc<Door>>,
    Extension(Peer(from)): Extension<Peer>,
    mut request: Request,
    next: Next,
) -> Response {
    let first = request.uri().path().split('/').nth(1).unwrap_or_default();
    let session = by_address(request.headers())
        .then(|| door.session(first))
        .flatten();
    let Some(session) = session else {
        door.failed(from);
        return StatusCode::NOT_FOUND.into_response();
    };
    session.heard(from, None);
    request.extensions_mut().insert(session);
    let limit = Duration::from_millis(door.limits.request_ms);
    match tokio::time::timeout(limit, next.run(request)).await {
        Ok(mut response) => {
            for (name, value) in HEADERS {
                response
                    .headers_mut()
                    .insert(name, HeaderValue::from_static(value));
            }
            response
        }
        Err(_) => StatusCode::REQUEST_TIMEOUT.into_response(),
    }
}

/// Whether the laptop was called by its address: a page of the Internet whose name was made to mean
/// this laptop calls it by that name.
fn by_address(headers: &HeaderMap) -> bool {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    host.is_some_and(|host| host.parse::<SocketAddr>().is_ok() || host.parse::<IpAddr>().is_ok())
}

/// Typed by hand, the last stroke is easily forgotten.
async fn slash(Path(token): Path<String>) -> Redirect {
    Redirect::permanent(&format!("/{token}/"))
}

async fn page(State(door): State<Arc<Door>>) -> Response {
    file(&door, "text/html; charset=utf-8", |page| &page.html)
}

async fn script(State(door): State<Arc<Door>>) -> Response {
    file(&door, "text/javascript; charset=utf-8", |page| &page.script)
}

async fn style(State(door): State<Arc<Door>>) -> Response {
    file(&door, "text/css; charset=utf-8", |page| &page.style)
}

fn file(door: &Door, media_type: &'static str, part: impl FnOnce(&Page) -> &Vec<u8>) -> Response {
    (
        [(header::CONTENT_TYPE, media_type)],
        part(&door.page).clone(),
    )
        .into_response()
}

#[derive(Deserialize)]
struct Clock {
    /// The phone's clock, in ms since 1970.
    clock: Option<i64>,
}

async fn state(
    Extension(session): Extension<Arc<Session>>,
    Extension(Peer(from)): Extension<Peer>,
    Query(told): Query<Clock>,
) -> Json<PhoneState> {
    session.heard(from, told.clock);
    Json(session.state())
}

async fn offer(
    Extension(session): Extension<Arc<Session>>,
    Extension(Peer(from)): Extension<Peer>,
    Json(offer): Json<PhoneOffer>,
) -> Answer {
    answer(move || session.offer(from, offer)).await
}

#[derive(Deserialize)]
struct PieceAt {
    place: usize,
    offset: u64,
}

async fn piece(
    State(door): State<Arc<Door>>,
    Extension(session): Extension<Arc<Session>>,
    Path((_, sha256)): Path<(String, String)>,
    Query(at): Query<PieceAt>,
    body: Body,
) -> Answer {
    let Some(sha256) = Digest::parse(&sha256) else {
        return Err(refusal(PhoneRefusal::Unknown));
    };
    let key = Key {
        place: at.place,
        sha256,
    };
    let limit = Duration::from_millis(door.limits.request_ms);
    // A task of its own: it goes on when the connection dies, and keeps what has come.
    let taking = tokio::spawn(async move {
        let Some(bytes) = received(body, limit).await else {
            return Err(PhoneRefusal::TooLarge);
        };
        let taken = tokio::task::spawn_blocking(move || session.piece(key, at.offset, &bytes));
        taken.await.unwrap_or(Err(PhoneRefusal::Failed))
    });
    said(taking.await.unwrap_or(Err(PhoneRefusal::Failed)))
}

/// What comes of a body until it ends, is cut or takes too long; `None` is more than a piece.
async fn received(body: Body, limit: Duration) -> Option<Vec<u8>> {
    let mut body = body.into_data_stream();
    let mut bytes = Vec::new();
    let until = tokio::time::Instant::now() + limit;
    loop {
        match tokio::time::timeout_at(until, body.next()).await {
            Ok(Some(Ok(more))) if bytes.len() + more.len() > PIECE_BYTES_MAX => {
                drop(more);
                return None;
            }
            Ok(Some(Ok(more))) => bytes.extend_from_slice(&more),
            Ok(None) => return Some(bytes),
            // What is too little to tell a photo from a film is not worth keeping.
            Ok(Some(Err(_))) | Err(_) if bytes.len() < CUT_BYTES_MIN => return Some(Vec::new()),
            Ok(Some(Err(_))) | Err(_) => return Some(bytes),
        }
    }
}

type Answer = Result<Json<PhoneProgress>, (StatusCode, Json<PhoneRefused>)>;

/// Works where it may wait for the disk; the answer is sent when the work is done.
async fn answer(
    work: impl FnOnce() -> Result<PhoneProgress, PhoneRefusal> + Send + 'static,
) -> Answer {
    let done = tokio::task::spawn_blocking(work).await;
    said(done.unwrap_or(Err(PhoneRefusal::Failed)))
}

fn said(done: Result<PhoneProgress, PhoneRefusal>) -> Answer {
    done.map(Json).map_err(refusal)
}

fn refusal(why: PhoneRefusal) -> (StatusCode, Json<PhoneRefused>) {
    (
        StatusCode::UNPROCESSABLE_ENTITY,
        Json(PhoneRefused { refused: why }),
    )
}
