//! One round trip of a laptop.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse as _, Response};
use xunan_model::pack;
use xunan_model::wire::{
    BATCH_BYTES, BLOBS_ASKED_MAX, Directive, PROTOCOL, SYNC_BYTES_MAX, SyncReply, SyncRequest,
};

use super::error::{ApiError, invalid, signed_out, too_large};
use super::{AppState, admit, body};
use crate::platform;
use crate::store::{DeviceAuth, Has};

/// Beyond it, JSON numbers are not exact everywhere.
const SEQ_MAX: u64 = 1 << 53;
const CURSORS_MAX: usize = 1_000;

pub(crate) async fn post(
    State(state): State<AppState>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let (auth, place) = admit(&state, &headers).await?;
    let body = body::whole(body, SYNC_BYTES_MAX, state.options.body_silence_max).await?;
    let coding = text(&headers, header::CONTENT_ENCODING);
    place.count(body.len() as u64, state.options.device_day_bytes_max)?;
    let request: SyncRequest = off_thread(move || {
        pack::unpack(coding.as_deref(), &body).map_err(|error| match error {
            pack::PackError::TooLarge => too_large(error.to_string()),
            _ => invalid(error.to_string()),
        })
    })
    .await?;
    check(&request, &auth)?;
    let reply = answer(&state, &auth, request).await?;
    let known = text(&headers, header::ACCEPT_ENCODING);
    let coding = if known.is_some_and(|known| known.contains(pack::CODING)) {
        pack::CODING
    } else {
        pack::CODING_PLAIN
    };
    let packed = off_thread(move || {
        let packed = match coding {
            pack::CODING => pack::pack(&reply),
            _ => pack::pack_plain(&reply),
        };
        Ok(packed.map_err(anyhow::Error::from)?)
    })
    .await?;
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CONTENT_ENCODING, coding),
    ];
    Ok((headers, packed).into_response())
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<String> {
    headers
        .get(name)
        .map(|value| value.to_str().unwrap_or("?").to_owned())
}

fn check(request: &SyncRequest, auth: &DeviceAuth) -> Result<(), ApiError> {
    if request.protocol != PROTOCOL {
        return Err(invalid(format!("this server speaks protocol {PROTOCOL}")));
    }
    if request.device != auth.device {
        return Err(signed_out());
    }
    if request.first_seq == 0 || request.first_seq > SEQ_MAX || request.last_seq > SEQ_MAX {
        return Err(invalid("first_seq is out of range"));
    }
    if request.epoch == u32::MAX {
        return Err(invalid("epoch is out of range"));
    }
    if request.blobs.len() > BLOBS_ASKED_MAX || request.cursors.len() > CURSORS_MAX {
        return Err(too_large("too many blobs or cursors"));
    }
    Ok(())
}

async fn answer(
    state: &AppState,
    auth: &DeviceAuth,
    request: SyncRequest,
) -> Result<SyncReply, ApiError> {
    let now = platform::now();
    let (cursors, asked, accounts_known) = (
        request.cursors.clone(),
        request.blobs.clone(),
        request.accounts,
    );
    let sent = request.changes.len();
    let pull_bytes = request
        .pull_bytes
        .map_or(BATCH_BYTES, |bytes| bytes as usize);
    let applied = state.store.apply_batch(auth, request, now).await?;

    let mut blobs = BTreeMap::new();
    for digest in asked {
        blobs.insert(digest, state.store.blob_state(digest).await?);
    }
    let mut directives = Vec::new();
    let mut pulled = Vec::new();
    let server_epoch = if applied.revoked {
        directives.push(Directive::Revoked);
        state.store.server_epoch().await?
    } else {
        let accounts = state.store.accounts_for(auth.office).await?;
        if accounts_known != Some(accounts.version) {
            directives.push(Directive::Accounts(accounts));
        }
        // What it has just shown to have need not travel back to it.
        let has = Has {
            epoch: applied.ack.epoch,
            last_seq: applied.ack.last_seq,
        };
        let has = Some(has).filter(|_| applied.fork.is_none());
        let found = state
            .store
            .pull(
                auth.device,
                cursors.clone(),
                has.unwrap_or_default(),
                pull_bytes,
            )
            .await?;
        let same = found.scopes.len() == cursors.len()
            && found.scopes.iter().all(|s| cursors.contains_key(s));
        if !same {
            directives.push(Directive::Scopes {
                scopes: found.scopes,
            });
        }
        pulled = found.pulled;
        found.server_epoch
    };
    tracing::info!(
        device = %auth.device, epoch = applied.ack.epoch, sent, acked = applied.ack.last_seq,
        rejected = applied.rejects.len(), fork = applied.fork.is_some(),
        pulled = pulled.iter().map(|scope| scope.changes.len()).sum::<usize>(),
        own = pulled.iter().map(|scope| scope.own.len()).sum::<usize>(), "sync"
    );
    Ok(SyncReply {
        server_time: now,
        server_epoch,
        ack: applied.ack,
        fork: applied.fork,
        rejects: applied.rejects,
        blobs,
        pulled,
        directives,
    })
}

async fn off_thread<T: Send + 'static>(
    f: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    platform::blocking(f).await?
}
