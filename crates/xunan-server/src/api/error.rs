//! The one place where an error becomes a reply.

use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use xunan_model::fault::Code;
use xunan_model::wire::{ApiFault, BlobFault};

/// A refusal.
#[derive(Debug)]
pub(crate) struct ApiError {
    status: StatusCode,
    code: Code,
    key: &'static str,
    detail: String,
    header: Option<(HeaderName, HeaderValue)>,
}

impl ApiError {
    pub(crate) fn new(
        status: StatusCode,
        code: Code,
        key: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            status,
            code,
            key,
            detail: detail.into(),
            header: None,
        }
    }

    /// The same for an upload whose reply has begun.
    pub(crate) fn blob_fault(&self) -> BlobFault {
        match (self.status, self.key) {
            (StatusCode::CONFLICT, "taken_over") => BlobFault::TakenOver,
            (StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS, _) => BlobFault::Trouble,
            (status, _) if status.is_client_error() => BlobFault::Refused,
            _ => BlobFault::Trouble,
        }
    }

    pub(crate) fn with(mut self, name: &'static str, value: u64) -> Self {
        self.header = Some((HeaderName::from_static(name), HeaderValue::from(value)));
        self
    }
}

pub(crate) fn invalid(detail: impl Into<String>) -> ApiError {
    ApiError::new(StatusCode::BAD_REQUEST, Code::Invalid, "invalid", detail)
}

pub(crate) fn too_large(detail: impl Into<String>) -> ApiError {
    ApiError::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        Code::Invalid,
        "too_large",
        detail,
    )
}

pub(crate) fn not_found() -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, Code::NotFound, "not_found", "")
}

pub(crate) fn signed_out() -> ApiError {
    ApiError::new(StatusCode::UNAUTHORIZED, Code::SignedOut, "signed_out", "")
}

impl From<anyhow::Error> for ApiError {
    fn from(error: anyhow::Error) -> Self {
        if disk_full(&error) {
            tracing::error!("the disk is full: nothing more can be received");
            let status = StatusCode::INSUFFICIENT_STORAGE;
            return Self::new(
                status,
                Code::DiskFull,
                "server_disk_full",
                "the server's disk is full",
            );
        }
        // The log id joins what the laptop shows with this line; the chain itself stays here.
        let id = crate::platform::uuid();
        tracing::error!(%id, "{error:#}");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            Code::Internal,
            "server_internal",
            id.to_string(),
        )
    }
}

fn disk_full(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let io = cause.downcast_ref::<std::io::Error>();
        let sqlite = cause.downcast_ref::<rusqlite::Error>();
        io.is_some_and(|e| {
            matches!(
                e.kind(),
                std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded
            )
        }) || sqlite.and_then(rusqlite::Error::sqlite_error_code)
            == Some(rusqlite::ErrorCode::DiskFull)
    })
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let fault = ApiFault {
            code: self.code,
            key: self.key.to_owned(),
            detail: self.detail,
        };
        let mut response = (self.status, Json(fault)).into_response();
        if let Some((name, value)) = self.header {
            response.headers_mut().insert(name, value);
        }
        response
    }
}
