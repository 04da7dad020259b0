//! No laptop may take what the others need: places at a time, bytes a day, the last of the disk.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::http::StatusCode;
use chrono::NaiveDate;
use xunan_model::fault::Code;
use xunan_model::id::DeviceId;

use super::AppState;
use super::error::ApiError;
use crate::platform;

/// Requests of one laptop at a time. An honest one has six, and some more that died with a link
/// and that the server has not noticed yet.
pub(super) const DEVICE_REQUESTS_MAX: u32 = 64;

/// What each laptop takes at present. Kept in memory: a restart forgives.
#[derive(Debug, Default)]
pub(crate) struct Limits(Mutex<HashMap<DeviceId, Taken>>);

#[derive(Debug, Default)]
struct Taken {
    requests: u32,
    day: NaiveDate,
    bytes: u64,
}

/// The right to one request; given back when it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    limits: Arc<Limits>,
    device: DeviceId,
}

impl Limits {
    fn all(&self) -> MutexGuard<'_, HashMap<DeviceId, Taken>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a place for one request.
    pub(super) fn enter(self: &Arc<Self>, device: DeviceId) -> Result<Place, ApiError> {
        let mut all = self.all();
        let taken = all.entry(device).or_default();
        if taken.requests >= DEVICE_REQUESTS_MAX {
            return Err(
                wait("busy", "too many requests of this laptop at a time").with("retry-after", 10)
            );
        }
        taken.requests += 1;
        drop(all);
        Ok(Place {
            limits: Arc::clone(self),
            device,
        })
    }
}

impl Place {
    /// Counts bytes that arrived today against `day_max`.
    pub(super) fn count(&self, bytes: u64, day_max: u64) -> Result<(), ApiError> {
        let today = platform::now().date_naive();
        let mut all = self.limits.all();
        let taken = all.entry(self.device).or_default();
        if taken.day != today {
            (taken.day, taken.bytes) = (today, 0);
        }
        taken.bytes = taken.bytes.saturating_add(bytes);
        if taken.bytes > day_max {
            return Err(
                wait("quota", "this laptop has sent enough for today").with("retry-after", 3_600)
            );
        }
        Ok(())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(taken) = self.limits.all().get_mut(&self.device) {
            taken.requests = taken.requests.saturating_sub(1);
        }
    }
}

fn wait(key: &'static str, detail: &str) -> ApiError {
    ApiError::new(StatusCode::TOO_MANY_REQUESTS, Code::Offline, key, detail)
}

/// Files may not take the last of the disk: records, which are small, must still get in.
pub(super) async fn room(state: &AppState) -> Result<(), ApiError> {
    if state.store.blob_room().await? >= state.options.disk_reserve_bytes {
        return Ok(());
    }
    tracing::error!("the disk is nearly full: photos are refused, records are still taken");
    Err(ApiError::new(
        StatusCode::INSUFFICIENT_STORAGE,
        Code::DiskFull,
        "server_disk_full",
        "the server keeps the last of its disk for records",
    ))
}
