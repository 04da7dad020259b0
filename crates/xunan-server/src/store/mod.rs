//! What the server must remember, as questions and orders. Every store must pass the same
//! conformance suite (`tests/support/conformance.rs`); the embedded one is [`SqliteStore`].

pub mod sqlite;

use std::collections::BTreeMap;
use std::ops::Range;

use anyhow::Result;
use async_trait::async_trait;
use axum::body::Bytes;
use chrono::{DateTime, Utc};
use futures_util::stream::BoxStream;
use tokio::sync::watch;
use uuid::Uuid;
use xunan_model::change::{ChangeId, Edit, Kind, Scope};
use xunan_model::digest::Digest;
use xunan_model::id::{DeviceId, OfficeId};
use xunan_model::merge::Row;
use xunan_model::stamp::Stamp;
use xunan_model::wire::{
    Account, Accounts, Ack, BlobState, Cursor, Fork, PulledScope, Reject, RejectReason, SyncRequest,
};

pub use sqlite::SqliteStore;

/// A laptop that has shown its token.
#[derive(Debug, Clone)]
pub struct DeviceAuth {
    pub device: DeviceId,
    pub office: OfficeId,
    pub revoked: bool,
}

/// A laptop that has shown a code and proved that it has its key.
#[derive(Debug, Clone)]
pub struct NewDevice {
    pub code_sha256: Digest,
    pub name: String,
    pub public_key: String,
    pub token_sha256: Digest,
}

#[derive(Debug, Clone)]
pub struct EnrolledDevice {
    pub device: DeviceId,
    pub office: OfficeId,
    pub scopes: Vec<Scope>,
}

/// An authority as the server's own records tell it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfficeFact {
    pub id: OfficeId,
    pub name: String,
    pub scope: Scope,
}

/// What became of a batch. It is durable before it is told.
#[derive(Debug, Clone)]
pub struct Applied {
    pub ack: Ack,
    pub fork: Option<Fork>,
    pub rejects: Vec<Reject>,
    /// The device was revoked meanwhile.
    pub revoked: bool,
}

/// What a laptop has shown to have: its own changes of one epoch, up to a number.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Has {
    pub epoch: u32,
    pub last_seq: u64,
}

#[derive(Debug, Clone)]
pub struct Pulled {
    pub server_epoch: u64,
    /// The device's scopes, own changes first.
    pub scopes: Vec<Scope>,
    pub pulled: Vec<PulledScope>,
}

/// How an upload begins.
#[derive(Debug)]
pub enum BlobBegun {
    /// All of it is there already.
    Complete {
        bytes: u64,
    },
    /// An earlier upload announced another length.
    LengthDiffers {
        bytes: u64,
        offset: u64,
    },
    Part(BlobPart),
}

/// The right to append to a part, until a newer upload of the same digest takes it over.
#[derive(Debug)]
pub struct BlobPart {
    pub sha256: Digest,
    pub bytes: u64,
    pub offset: u64,
    pub generation: u64,
    /// Tells the generation that has the right now.
    pub newest: watch::Receiver<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlobFinished {
    Complete,
    /// The digest is not the name; the part is gone.
    Mismatch,
    TakenOver,
}

#[derive(Debug, Clone)]
pub struct DeviceFact {
    pub id: DeviceId,
    pub name: String,
    pub office: OfficeId,
    pub epoch: u32,
    pub changes: u64,
    pub quarantined: u64,
    pub enrolled: String,
    pub revoked: Option<String>,
    /// Its own first.
    pub scopes: Vec<Scope>,
}

/// What became of the wish to let a laptop see a scope, or no longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScopeChange {
    Done,
    /// It was so already.
    Nothing,
    /// The laptop's own changes go there: it cannot be taken away.
    Own,
    NoDevice,
}

#[derive(Debug, Clone)]
pub struct QuarantineFact {
    pub device: DeviceId,
    pub epoch: u32,
    pub seq: u64,
    pub reason: String,
    pub received: String,
    pub raw: String,
}

/// Under whose rights a change leaves the quarantine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReleaseRights {
    /// Those that the laptop has now.
    Today,
    /// A person answers for it: the laptop may be revoked, and the author may have lost the account
    /// or belong to another office, but must be known. Nothing else is waived.
    Trusted,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Released {
    /// It is the scope's change number `n` now and counts as of `effective`.
    Merged {
        scope: Scope,
        n: u64,
        effective: Stamp,
    },
    /// It stays where it is.
    Refused(RejectReason),
    /// It is merged and not in quarantine: released before, or never put aside.
    MergedBefore,
    /// No such change has arrived.
    Unknown,
}

#[derive(Debug, Clone)]
pub struct StoredRecord {
    pub kind: Kind,
    pub id: Uuid,
    pub scope: Scope,
    pub row: Row,
}

/// Everything that the server remembers. What an order returns is durable.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Whether the store answers.
    async fn ping(&self) -> Result<()>;
    /// A restored store has a new epoch.
    async fn server_epoch(&self) -> Result<u64>;
    /// To be called after a backup was put back: laptops pull again, and the server's own chain
    /// goes on under a new epoch.
    async fn epoch_renew(&self) -> Result<u64>;

    async fn office_find(&self, name_or_id: &str) -> Result<Vec<OfficeFact>>;
    async fn enrol_code_add(
        &self,
        code_sha256: Digest,
        office: OfficeId,
        expires: DateTime<Utc>,
    ) -> Result<()>;
    /// Lets a laptop in; `None` for a code that is wrong, used or too old. The same laptop may
    /// repeat it until it has used its token: the reply may have been lost.
    async fn enrol(&self, new: NewDevice, now: DateTime<Utc>) -> Result<Option<EnrolledDevice>>;
    async fn device_by_token(&self, token_sha256: Digest) -> Result<Option<DeviceAuth>>;
    async fn device_revoke(&self, device: DeviceId, now: DateTime<Utc>) -> Result<bool>;
    async fn device_list(&self) -> Result<Vec<DeviceFact>>;
    /// `false` when there is no such laptop.
    async fn device_rename(&self, device: DeviceId, name: &str) -> Result<bool>;
    /// Lets a laptop read and write a scope besides its own.
    async fn device_scope_add(&self, device: DeviceId, scope: &Scope) -> Result<ScopeChange>;
    async fn device_scope_remove(&self, device: DeviceId, scope: &Scope) -> Result<ScopeChange>;
    /// `false` when the login is taken.
    async fn account_add(&self, account: Account) -> Result<bool>;
    /// `false` when there is no such login.
    async fn account_verifier_set(&self, login: &str, verifier: &str) -> Result<bool>;
    /// `false` when there is no such login.
    async fn account_role_set(&self, login: &str, role: &str) -> Result<bool>;
    /// The login travels to no laptop any more. `false` when there is no such login.
    async fn account_remove(&self, login: &str) -> Result<bool>;
    async fn account_list(&self) -> Result<Vec<Account>>;
    async fn accounts_for(&self, office: OfficeId) -> Result<Accounts>;

    /// Takes a laptop's changes, all in one transaction, and returns after the durable commit.
    async fn apply_batch(
        &self,
        auth: &DeviceAuth,
        request: SyncRequest,
        now: DateTime<Utc>,
    ) -> Result<Applied>;
    /// The changes after the cursors, about `bytes_max` of them; of those that the laptop has only
    /// the numbers.
    async fn pull(
        &self,
        device: DeviceId,
        cursors: BTreeMap<Scope, Cursor>,
        has: Has,
        bytes_max: usize,
    ) -> Result<Pulled>;
    /// Writes a change of the server's own through the same path. Returns whether there was one:
    /// `plan` sees the present rows and returns what must differ.
    async fn author(&self, scope: Scope, plan: AuthorPlan, now: DateTime<Utc>) -> Result<bool>;

    /// How many bytes of files could still be stored.
    async fn blob_room(&self) -> Result<u64>;
    async fn blob_state(&self, sha256: Digest) -> Result<BlobState>;
    async fn blob_begin(&self, sha256: Digest, bytes: u64) -> Result<BlobBegun>;
    /// Appends and returns the new offset; `None` when a newer upload took over.
    async fn blob_append(&self, part: &BlobPart, chunk: Bytes) -> Result<Option<u64>>;
    async fn blob_finish(&self, part: &BlobPart, now: DateTime<Utc>) -> Result<BlobFinished>;
    /// The length of a whole blob that this device may read.
    async fn blob_allowed(&self, device: DeviceId, sha256: Digest) -> Result<Option<u64>>;
    async fn blob_open(
        &self,
        sha256: Digest,
        range: Range<u64>,
    ) -> Result<BoxStream<'static, std::io::Result<Bytes>>>;

    async fn records(&self, kind: Option<Kind>) -> Result<Vec<StoredRecord>>;
    async fn quarantine_list(&self) -> Result<Vec<QuarantineFact>>;
    /// Merges a change that was put aside, in one transaction, if it may be merged.
    async fn quarantine_release(&self, id: ChangeId, rights: ReleaseRights) -> Result<Released>;
    /// Raw changes in the order of their scope and number, from row `after` on; with the last row.
    async fn changes_page(&self, after: i64, rows_max: usize) -> Result<Vec<(i64, String)>>;
    async fn blobs(&self) -> Result<Vec<(Digest, u64)>>;
}

/// Plans the server's own edits against the present rows, inside the transaction.
pub type AuthorPlan =
    Box<dyn FnOnce(&mut dyn FnMut(&Kind, Uuid) -> Result<Row>) -> Result<Vec<Edit>> + Send>;
