//! What travels between a laptop and the server. One set of types for both ends, so that
//! neither can drift.
//!
//! `POST /v1/enrol` → [`Enrol`] / [`Enrolled`]; `POST /v1/sync` → [`SyncRequest`] / [`SyncReply`]
//! (JSON, zstd); `PUT/HEAD/GET /v1/blobs/{sha256}` with the headers below.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::change::{ChangeId, RawChange, Scope};
use crate::digest::Digest;
use crate::fault::Code;
use crate::id::{DeviceId, OfficeId, PersonId};
use crate::pin::Pin;
use crate::stamp::Stamp;

/// The version of this protocol.
pub const PROTOCOL: u32 = 1;
/// The largest request or reply of `/v1/sync`, in bytes after decompression.
pub const SYNC_BYTES_MAX: usize = 8 << 20;
/// The changes of one reply add up to about this, in bytes before compression, when the laptop does
/// not say otherwise.
pub const BATCH_BYTES: usize = 256 << 10;
/// The most that a laptop may ask for.
pub const PULL_BYTES_MAX: usize = 2 << 20;
/// The most digests asked about in one request.
pub const BLOBS_ASKED_MAX: usize = 500;
/// The largest blob, in bytes.
pub const BLOB_BYTES_MAX: u64 = 64 << 20;
/// Header: where in the blob the body begins; in replies, how many bytes the server has.
pub const UPLOAD_OFFSET: &str = "upload-offset";
/// Header: the whole blob's length.
pub const UPLOAD_LENGTH: &str = "upload-length";
/// Header: `?1` when the server has the whole blob, else `?0`.
pub const UPLOAD_COMPLETE: &str = "upload-complete";
/// Header of a PUT: the reply is to tell how far it is while the body is still on its way, one
/// [`BlobTold`] per line of JSON. The first line comes at once.
pub const UPLOAD_PROGRESS: &str = "xunan-progress";
/// Status: the whole blob arrived but its digest is not its name; the part was deleted.
pub const STATUS_DIGEST_MISMATCH: u16 = 460;
/// Header on every reply: proves that a Xun'an server answered, not a login page on the way.
pub const SERVER_HEADER: &str = "xunan-protocol";

/// A laptop asks to be let in.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Enrol {
    /// [`PROTOCOL`].
    pub protocol: u32,
    /// The one-time code given by the office.
    pub code: String,
    /// The laptop's name.
    pub name: String,
    /// The laptop's Ed25519 public key, hexadecimal.
    pub public_key: String,
    /// A signature by that key over [`enrol_proof`], hexadecimal: the key is really there.
    pub proof: String,
}

/// The bytes that a laptop signs to prove that it has its key.
#[must_use]
pub fn enrol_proof(code: &str, public_key: &str) -> Vec<u8> {
    format!("xunan-enrol-1\n{code}\n{public_key}").into_bytes()
}

/// A laptop is let in.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Enrolled {
    /// The laptop's name for ever.
    pub device: DeviceId,
    /// The secret that it shows with every request; the server keeps only its SHA-256.
    pub token: String,
    /// The office it belongs to.
    pub office: OfficeId,
    /// The server's key, when it speaks TLS.
    #[serde(default)]
    pub pin: Option<Pin>,
    /// What it may see; its own changes go into the first.
    pub scopes: Vec<Scope>,
    /// Who may sign in on it.
    pub accounts: Accounts,
    /// The server's clock.
    pub server_time: DateTime<Utc>,
}

/// Who may sign in on a laptop, without a network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Accounts {
    /// Changes whenever the list does.
    pub version: Digest,
    /// The list.
    pub accounts: Vec<Account>,
    /// The names of the office's laptops.
    #[serde(default)]
    pub devices: BTreeMap<DeviceId, String>,
}

/// One account.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Account {
    /// What is typed at the login.
    pub login: String,
    /// The person.
    pub person: PersonId,
    /// The person's name.
    pub name: String,
    /// `inspector`, `station`, `supervisor`.
    pub role: String,
    /// The office.
    pub office: OfficeId,
    /// The office's name.
    pub office_name: String,
    /// The password's verifier: an Argon2id PHC string.
    pub verifier: String,
}

/// How far a scope has been pulled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// The server's epoch: a server restored from a backup has a new one.
    pub server_epoch: u64,
    /// The number of the last change applied.
    pub n: u64,
}

/// One round trip, upwards.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SyncRequest {
    /// [`PROTOCOL`].
    pub protocol: u32,
    /// The laptop.
    pub device: DeviceId,
    /// Its epoch.
    pub epoch: u32,
    /// The last change it has made.
    pub last_seq: u64,
    /// The number of the first of `changes`.
    pub first_seq: u64,
    /// The chain's link before `first_seq`.
    pub prev_link: Digest,
    /// Changes from `first_seq` on, without gaps.
    pub changes: Vec<SentChange>,
    /// How far each scope has been pulled.
    pub cursors: BTreeMap<Scope, Cursor>,
    /// Blobs that it would like to send: how much of each is there already?
    pub blobs: Vec<Digest>,
    /// The version of the accounts it has.
    pub accounts: Option<Digest>,
    /// About how many bytes of changes, before compression, the reply may carry: a laptop knows its
    /// link. Absent: [`BATCH_BYTES`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pull_bytes: Option<u32>,
}

/// A change on its way up.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SentChange {
    /// The author's exact bytes.
    pub raw: RawChange,
    /// The effective stamp that an earlier ack gave it (a restored server must merge alike).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective: Option<Stamp>,
}

/// One round trip, downwards.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SyncReply {
    /// The server's clock.
    pub server_time: DateTime<Utc>,
    /// The server's epoch.
    pub server_epoch: u64,
    /// What is durable at the server.
    pub ack: Ack,
    /// The laptop's history differs from the one it sent before: it was cloned or restored from an
    /// old image. It starts a new epoch and sends again what was not acknowledged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fork: Option<Fork>,
    /// Changes of this request that are in quarantine.
    #[serde(default)]
    pub rejects: Vec<Reject>,
    /// How much the server has of the blobs asked about.
    #[serde(default)]
    pub blobs: BTreeMap<Digest, BlobState>,
    /// Changes by others.
    #[serde(default)]
    pub pulled: Vec<PulledScope>,
    /// Orders of the server.
    #[serde(default)]
    pub directives: Vec<Directive>,
}

/// What is durable at the server.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Ack {
    /// The laptop's epoch.
    pub epoch: u32,
    /// Every change up to this one is durable (merged or in quarantine).
    pub last_seq: u64,
    /// The chain's link after `last_seq`.
    pub link: Digest,
    /// Effective stamps that differ from the laptop's own, by seq.
    #[serde(default)]
    pub stamps: BTreeMap<u64, Stamp>,
}

/// Where two histories of one laptop part.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Fork {
    /// The first seq at which they differ, as far as the server can tell.
    pub seq: u64,
    /// The epoch to begin: one above all that the server has seen of this laptop.
    pub next_epoch: u32,
}

/// A change that could not be merged. It is kept, and nothing waits for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reject {
    /// Its number.
    pub seq: u64,
    /// Why, for a machine.
    pub reason: RejectReason,
}

/// Why a change went to quarantine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RejectReason {
    /// Not the JSON of a change, or above the limits.
    Malformed,
    /// Its device, epoch or seq is not what the request says.
    WrongIdentity,
    /// The laptop does not have this scope.
    WrongScope,
    /// The author has no account on this laptop.
    WrongAuthor,
    /// The laptop was revoked.
    Revoked,
    /// A step in a finding's life does not follow from what its author had seen.
    UnlawfulStep,
    /// A reason from a newer server.
    #[serde(other)]
    Other,
}

/// How much of a blob the server has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlobState {
    /// Bytes that are durable.
    pub offset: u64,
    /// All of it, digest checked.
    pub complete: bool,
}

/// One line of the reply to a PUT with [`UPLOAD_PROGRESS`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlobTold {
    /// Bytes that are durable.
    pub offset: u64,
    /// All of it, digest checked. The last line.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub complete: bool,
    /// The upload has ended so. The last line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<BlobFault>,
}

/// Why an upload ended without a whole blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BlobFault {
    /// The body began after what the server has: go on from `offset`.
    OffsetAhead,
    /// The whole arrived, but its digest is not its name; the server threw it away.
    DigestMismatch,
    /// A newer upload of the same blob took over.
    TakenOver,
    /// Too large, or of another length than said before.
    Refused,
    /// The server is full, stopping or in trouble: later.
    #[serde(other)]
    Trouble,
}

/// Changes by others in one scope.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PulledScope {
    /// The scope.
    pub scope: Scope,
    /// In the order of their `n`.
    pub changes: Vec<PulledChange>,
    /// Changes that the laptop itself has just shown to have, in the order of their `n`: their bytes
    /// need not travel back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub own: Vec<OwnChange>,
    /// Where the laptop stands after applying them.
    pub cursor: Cursor,
    /// There is more.
    pub more: bool,
    /// The set of changes applied in this scope up to `cursor`.
    pub set: ChangeSet,
}

/// A change of the laptop's own, of the epoch that the reply's [`Ack`] speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnChange {
    /// Its number in the scope.
    pub n: u64,
    /// Its number in the epoch.
    pub seq: u64,
    /// The stamp to merge with, when it is not the change's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective: Option<Stamp>,
}

/// A change on its way down. The laptop's own of other epochs come back too: that is how a laptop
/// restored from an old image gets its work back.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PulledChange {
    /// Its number in the scope.
    pub n: u64,
    /// The stamp to merge with.
    pub effective: Stamp,
    /// The author's exact bytes.
    pub raw: RawChange,
}

/// A set of changes: how many, and a digest that does not depend on their order (the XOR of the
/// digests of their names).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeSet {
    /// How many.
    pub count: u64,
    /// XOR of the digests of their names.
    pub digest: Digest,
}

impl ChangeSet {
    /// No change.
    pub const EMPTY: Self = Self {
        count: 0,
        digest: Digest::ZERO,
    };

    /// Adds a change that is not in the set yet.
    pub fn add(&mut self, id: ChangeId) {
        let name = Digest::of(format!("{}/{}/{}", id.device, id.epoch, id.seq).as_bytes());
        self.count += 1;
        for (byte, other) in self.digest.0.iter_mut().zip(name.0) {
            *byte ^= other;
        }
    }
}

/// An order of the server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Directive {
    /// Who may sign in.
    Accounts(Accounts),
    /// What the laptop may see.
    Scopes {
        /// Its own changes go into the first.
        scopes: Vec<Scope>,
    },
    /// The laptop was revoked: nothing is pulled any more; what it sends is kept in quarantine.
    Revoked,
    /// From a newer server.
    #[serde(other)]
    Unknown,
}

/// A refusal, in the body of every reply that is not a success.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ApiFault {
    /// For machines.
    pub code: Code,
    /// The sentence's key.
    pub key: String,
    /// For the log.
    pub detail: String,
}
