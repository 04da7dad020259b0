//! Letting a laptop in.

use std::sync::{Mutex, PoisonError};

use anyhow::Context as _;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use ed25519_dalek::{Signature, VerifyingKey};
use xunan_model::digest::Digest;
use xunan_model::fault::Code;
use xunan_model::wire::{Enrol, Enrolled, PROTOCOL, enrol_proof};

use super::error::{ApiError, invalid};
use super::{AppState, body};
use crate::platform;
use crate::secret;
use crate::store::NewDevice;

const BYTES_MAX: usize = 16 << 10;
const NAME_CHARS_MAX: usize = 100;

pub(crate) async fn post(
    State(state): State<AppState>,
    body: Body,
) -> Result<Json<Enrolled>, ApiError> {
    let now = platform::now();
    let body = body::whole(body, BYTES_MAX, state.options.body_silence_max).await?;
    let request: Enrol = serde_json::from_slice(&body).map_err(|e| invalid(e.to_string()))?;
    if request.protocol != PROTOCOL {
        return Err(invalid(format!("this server speaks protocol {PROTOCOL}")));
    }
    if request.name.chars().count() > NAME_CHARS_MAX {
        return Err(invalid("the name is too long"));
    }
    // A token is taken before the code is looked up, and given back when it was right.
    if !state.enrol_failures.take(now) {
        let detail = "too many wrong codes; wait";
        return Err(ApiError::new(
            StatusCode::TOO_MANY_REQUESTS,
            Code::Invalid,
            "enrol_wait",
            detail,
        )
        .with("retry-after", 60));
    }
    if !proof_holds(&request) {
        return Err(refused("the proof does not hold"));
    }
    let token = secret::token()?;
    let new = NewDevice {
        code_sha256: secret::code_digest(&request.code),
        name: request.name,
        public_key: request.public_key,
        token_sha256: Digest::of(token.as_bytes()),
    };
    let Some(device) = state.store.enrol(new, now).await? else {
        tracing::warn!("an enrolment was refused");
        return Err(refused("the code is wrong, used or too old"));
    };
    state.enrol_failures.give_back();
    tracing::info!(device = %device.device, "a laptop was let in");
    let accounts = state
        .store
        .accounts_for(device.office)
        .await
        .context("accounts")?;
    Ok(Json(Enrolled {
        device: device.device,
        token,
        office: device.office,
        pin: state.pin,
        scopes: device.scopes,
        accounts,
        server_time: now,
    }))
}

fn refused(detail: &str) -> ApiError {
    ApiError::new(
        StatusCode::FORBIDDEN,
        Code::SignedOut,
        "enrol_refused",
        detail,
    )
}

fn proof_holds(request: &Enrol) -> bool {
    let key = secret::hex_read(&request.public_key)
        .and_then(|bytes| VerifyingKey::from_bytes(&bytes).ok());
    let proof = secret::hex_read(&request.proof).map(|bytes| Signature::from_bytes(&bytes));
    let (Some(key), Some(proof)) = (key, proof) else {
        return false;
    };
    key.verify_strict(&enrol_proof(&request.code, &request.public_key), &proof)
        .is_ok()
}

/// How many wrong enrolments are borne: 20 at once, then one every 6 seconds, over all laptops.
#[derive(Debug)]
pub(crate) struct FailureBucket(Mutex<(i64, Option<DateTime<Utc>>)>);

impl Default for FailureBucket {
    fn default() -> Self {
        Self(Mutex::new((Self::FULL, None)))
    }
}

impl FailureBucket {
    const FULL: i64 = 20;
    const REFILL_SECONDS: i64 = 6;

    fn take(&self, now: DateTime<Utc>) -> bool {
        let mut bucket = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (left, since) = *bucket;
        let seconds = since.map_or(0, |since| (now - since).num_seconds().max(0));
        let refilled = seconds / Self::REFILL_SECONDS;
        if since.is_none() || refilled > 0 {
            bucket.1 = Some(now);
        }
        bucket.0 = (left + refilled).min(Self::FULL);
        if bucket.0 == 0 {
            return false;
        }
        bucket.0 -= 1;
        true
    }

    fn give_back(&self) {
        let mut bucket = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        bucket.0 = (bucket.0 + 1).min(Self::FULL);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bucket_empties_and_fills_again() {
        let bucket = FailureBucket::default();
        let start = DateTime::from_timestamp(1_000, 0).unwrap();
        assert!((0..20).all(|_| bucket.take(start)));
        assert!(!bucket.take(start));
        assert!(!bucket.take(start + chrono::Duration::seconds(5)));
        assert!(bucket.take(start + chrono::Duration::seconds(12)));
        bucket.give_back();
        assert!(bucket.take(start + chrono::Duration::seconds(12)));
    }
}
