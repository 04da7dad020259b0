//! The far side, as the driver sees it.

use std::future::Future;

use hyper::body::Bytes;
use xunan_model::digest::Digest;
use xunan_model::fault::{Code, Fault};
use xunan_model::wire::{BlobState, BlobTold, SyncReply, SyncRequest};

use super::machine::Failure;

/// The way to the server.
pub trait Wire {
    /// One connection.
    type Link: Link + 'static;
    /// Makes a connection.
    fn dial(&self) -> impl Future<Output = Result<Self::Link, WireFault>>;
}

/// One connection. It carries several things at a time; dropped, all of them end.
pub trait Link {
    /// The sending half of an upload.
    type Feed: Feed;
    /// What the server tells of an upload.
    type Tidings: Tidings;
    /// A blob that is coming down.
    type Coming: Coming;

    /// One round trip of changes; `told` is called as it goes on.
    fn sync(
        &self,
        request: &SyncRequest,
        told: impl Fn(Round),
    ) -> impl Future<Output = Result<Synced, WireFault>>;
    /// How much of a blob the server has.
    fn state(&self, blob: Digest) -> impl Future<Output = Result<BlobState, WireFault>>;
    /// Begins to send a blob from `offset` on.
    fn put(
        &self,
        blob: Digest,
        bytes: u64,
        offset: u64,
    ) -> impl Future<Output = Result<(Self::Feed, Self::Tidings), WireFault>>;
    /// Begins to fetch a blob from `offset` on.
    fn get(
        &self,
        blob: Digest,
        offset: u64,
    ) -> impl Future<Output = Result<Self::Coming, WireFault>>;
}

/// How far a round trip is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Round {
    /// All of the request is handed to the connection.
    Handed,
    /// A piece of the reply has arrived.
    Heard,
}

/// The reply to a round trip, and what it cost.
#[derive(Debug)]
pub struct Synced {
    /// The reply.
    pub reply: SyncReply,
    /// The request's bytes after compression.
    pub packed: u64,
}

/// The sending half of an upload.
pub trait Feed {
    /// Hands over the next bytes. Dropping the feed ends the body.
    fn send(&mut self, bytes: Bytes) -> impl Future<Output = Result<(), WireFault>>;
}

/// What the server tells of an upload.
pub trait Tidings {
    /// The next telling. Whoever stops waiting for it and asks again gets it all the same.
    fn next(&mut self) -> impl Future<Output = Result<BlobTold, WireFault>>;
}

/// A blob that is coming down.
pub trait Coming {
    /// The next bytes; `None` at the end.
    fn next(&mut self) -> impl Future<Output = Result<Option<Bytes>, WireFault>>;
}

/// Chance. Time is tokio's.
pub trait Chance {
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
    /// The server's key is not the one that was agreed at enrolment.
    #[error("another server answers under this address")]
    WrongKey,
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
    /// This one blob cannot be sent or had now; the others can.
    #[error("the blob: {0}")]
    Blob(&'static str),
}

impl WireFault {
    /// How long to pause; `None` when it concerns one blob only.
    #[must_use]
    pub fn failure(&self) -> Option<Failure> {
        match self {
            Self::Refused => Some(Failure::Refused),
            Self::Broken(_) => Some(Failure::Broken),
            Self::Blob(_) => None,
            Self::WrongKey | Self::NotOurs(_) | Self::Server { .. } | Self::Denied { .. } => {
                Some(Failure::Answered)
            }
        }
    }

    /// What the person is told; `None` when there is nothing to tell.
    #[must_use]
    pub fn fault(&self) -> Option<Fault> {
        let fault = |code, key| Some(Fault::new(code, key));
        match self {
            Self::Refused | Self::Broken(_) => fault(Code::Offline, "offline"),
            Self::WrongKey => fault(Code::Offline, "server_key_differs"),
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
            Self::Blob(_) => None,
        }
    }
}
