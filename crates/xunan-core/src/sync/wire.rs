//! The far side, as the driver sees it.

use std::future::Future;

use xunan_model::digest::Digest;
use xunan_model::fault::{Code, Fault};
use xunan_model::wire::{BlobState, SyncReply, SyncRequest};

use super::machine::Failure;

/// The connection to the server.
pub trait Wire {
    /// One round trip of changes.
    fn sync(&self, request: &SyncRequest) -> impl Future<Output = Result<SyncReply, WireFault>>;
    /// How much of a blob the server has.
    fn blob_state(&self, blob: Digest) -> impl Future<Output = Result<BlobState, WireFault>>;
    /// Sends a blob from `offset` on. `Ok` means: the server has all of it, digest checked.
    fn upload(
        &self,
        blob: Digest,
        length: u64,
        offset: u64,
        bytes: Vec<u8>,
    ) -> impl Future<Output = Result<(), WireFault>>;
    /// Fetches a whole blob; the caller checks the digest.
    fn fetch(
        &self,
        blob: Digest,
        bytes_max: u64,
    ) -> impl Future<Output = Result<Vec<u8>, WireFault>>;
}

/// Time and chance.
pub trait Clock {
    /// Milliseconds since 1970.
    fn now_ms(&self) -> u64;
    /// A random number from 0 to 1.
    fn jitter(&self) -> f64;
}

/// Why the far side did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WireFault {
    /// The connection was refused at once: the way is there, the server is not.
    #[error("connection refused")]
    Refused,
    /// No connection, or it broke.
    #[error("no connection: {0}")]
    Broken(String),
    /// Something answered that is not a Xun'an server: a login page on the way, another program.
    #[error("not a Xun'an server (status {0})")]
    NotOurs(u16),
    /// The server is in trouble.
    #[error("the server answered {status}: {detail}")]
    Server {
        /// The HTTP status.
        status: u16,
        /// For the log.
        detail: String,
    },
    /// The server refuses this laptop or this request.
    #[error("the server refuses: {key}")]
    Denied {
        /// The HTTP status.
        status: u16,
        /// The sentence's key.
        key: String,
    },
    /// The server has less of the blob than was thought.
    #[error("the server has {0} bytes")]
    Offset(u64),
    /// The bytes that arrived are not those of the blob.
    #[error("the digest does not match")]
    WrongDigest,
    /// The server has no such blob for us (yet).
    #[error("no such blob")]
    NoBlob,
}

impl WireFault {
    /// How long to pause.
    #[must_use]
    pub fn failure(&self) -> Failure {
        match self {
            Self::Refused => Failure::Refused,
            Self::Broken(_) => Failure::Broken,
            Self::Offset(_) | Self::WrongDigest | Self::NoBlob => Failure::Blob,
            Self::NotOurs(_) | Self::Server { .. } | Self::Denied { .. } => Failure::Answered,
        }
    }

    /// What the person is told; `None` when there is nothing to tell.
    #[must_use]
    pub fn fault(&self) -> Option<Fault> {
        let fault = |code, key| Some(Fault::new(code, key));
        match self {
            Self::Refused | Self::Broken(_) => fault(Code::Offline, "offline"),
            Self::NotOurs(status) => {
                Some(Fault::new(Code::Offline, "server_not_ours").with("status", status))
            }
            Self::Server { status, .. } => {
                Some(Fault::new(Code::Offline, "server_trouble").with("status", status))
            }
            Self::Denied { status: 401, .. } => fault(Code::SignedOut, "device_unknown"),
            Self::Denied { key, .. } => match key.as_str() {
                "enrol_refused" => fault(Code::Invalid, "enrol_refused"),
                "enrol_wait" => fault(Code::Invalid, "enrol_wait"),
                _ => fault(Code::Offline, "server_refused"),
            },
            Self::WrongDigest => fault(Code::Internal, "photo_damaged"),
            Self::Offset(_) | Self::NoBlob => None,
        }
    }
}
