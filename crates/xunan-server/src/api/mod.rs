//! HTTP, version 1: `/v1/enrol`, `/v1/sync`, `/v1/blobs/{sha256}`, and `/healthz`.
//!
//! *Invariant: nothing here knows SQL or files; it asks the [`Store`].*

mod blob;
mod body;
mod enrol;
mod error;
mod limits;
mod sync;

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::map_response;
use axum::response::Response;
use axum::routing::{get, post, put};
use tokio::sync::watch;
use xunan_model::digest::Digest;
use xunan_model::pin::Pin;
use xunan_model::wire::{PROTOCOL, SERVER_HEADER};

use crate::config::Options;
use crate::store::{DeviceAuth, Store};
use error::{ApiError, not_found, signed_out};

/// What every handler shares.
#[derive(Clone)]
pub(crate) struct AppState {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) options: Arc<Options>,
    pub(crate) enrol_failures: Arc<enrol::FailureBucket>,
    limits: Arc<limits::Limits>,
    /// The server's own key, for laptops to remember.
    pub(crate) pin: Option<Pin>,
    /// Becomes true when a stop no longer waits: uploads end, keeping what arrived.
    pub(crate) cut: watch::Receiver<bool>,
}

impl AppState {
    pub(crate) fn new(
        store: Arc<dyn Store>,
        options: Options,
        pin: Option<Pin>,
        cut: watch::Receiver<bool>,
    ) -> Self {
        Self {
            store,
            pin,
            options: Arc::new(options),
            enrol_failures: Arc::default(),
            limits: Arc::default(),
            cut,
        }
    }
}

pub(crate) fn router(state: AppState) -> Router {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/v1/enrol", post(enrol::post))
        .route("/v1/sync", post(sync::post))
        .route(
            "/v1/blobs/{sha256}",
            put(blob::put).head(blob::head).get(blob::get),
        )
        .fallback(|| async { not_found() })
        // Each handler has limits of its own, in bytes and in silence.
        .layer(DefaultBodyLimit::disable())
        .layer(map_response(sign))
        .with_state(state)
}

/// Proves that a Xun'an server answered, not a login page on the way.
async fn sign(mut response: Response) -> Response {
    response.headers_mut().insert(
        HeaderName::from_static(SERVER_HEADER),
        HeaderValue::from(PROTOCOL),
    );
    response
}

async fn healthz(State(state): State<AppState>) -> Result<&'static str, ApiError> {
    state.store.ping().await?;
    Ok("ok\n")
}

/// The laptop that asks, and its right to be answered among others.
async fn admit(
    state: &AppState,
    headers: &HeaderMap,
) -> Result<(DeviceAuth, limits::Place), ApiError> {
    let auth = authenticate(state, headers).await?;
    let place = state.limits.enter(auth.device)?;
    Ok((auth, place))
}

/// The laptop whose token the request shows. Looking the token up by its digest leaves nothing to
/// measure with a stopwatch.
async fn authenticate(state: &AppState, headers: &HeaderMap) -> Result<DeviceAuth, ApiError> {
    let token = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let token = token
        .and_then(|value| value.strip_prefix("Bearer "))
        .ok_or_else(signed_out)?;
    state
        .store
        .device_by_token(Digest::of(token.as_bytes()))
        .await?
        .ok_or_else(signed_out)
}
