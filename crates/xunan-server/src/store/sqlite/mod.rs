//! The embedded store: one SQLite database and one folder of blobs.
//!
//! Laptops (`device`, `device_scope`, `enrol_code`) send changes; `chain` says how far each chain
//! was taken. A good change gets the next number `n` of its scope in `change` and is folded into
//! `record`; two values set blindly meet in `conflict`. A bad one goes to `quarantine` and counts
//! for the chain all the same. `blob` is what lies whole in the folder, `blob_part` what is on its
//! way, `blob_ref` who may read it. Accounts are facts of the server alone.
//!
//! One writer behind a mutex, one reader beside it; both are used on blocking threads.

mod account;
mod apply;
mod author;
pub(crate) mod backup;
mod blob;
mod chain;
mod codec;
mod device;
mod fold;
mod lawful;
mod open;
mod parts;
mod pull;
mod quarantine;
mod report;

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result};
use async_trait::async_trait;
use axum::body::Bytes;
use chrono::{DateTime, Utc};
use futures_util::stream::BoxStream;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use xunan_model::change::{ChangeId, Kind, Scope};
use xunan_model::digest::Digest;
use xunan_model::id::{DeviceId, OfficeId};
use xunan_model::wire::{Account, Accounts, BlobState, Cursor, PULL_BYTES_MAX, SyncRequest};

use super::{
    Applied, AuthorPlan, BlobBegun, BlobFinished, BlobPart, DeviceAuth, DeviceFact, EnrolledDevice,
    Has, NewDevice, OfficeFact, Pulled, QuarantineFact, ReleaseRights, Released, ScopeChange,
    Store, StoredRecord,
};
use xunan_platform::{Disk, RealDisk};

use crate::config::DataFolder;
use crate::platform;

pub(crate) use blob::path_in as blob_path;
pub use parts::PartsPurged;

/// The number of migrations, and so the version of the database.
pub const DATABASE_VERSION: i64 = open::MIGRATIONS.len() as i64;

#[derive(Clone)]
pub struct SqliteStore {
    inner: Arc<Inner>,
}

struct Inner {
    writer: Mutex<Connection>,
    reader: Mutex<Connection>,
    blobs: blob::BlobFolder,
}

fn locked(connection: &Mutex<Connection>) -> MutexGuard<'_, Connection> {
    // A panic in between rolled its transaction back, so the connection is sound.
    connection.lock().unwrap_or_else(PoisonError::into_inner)
}

impl SqliteStore {
    /// Opens the database, and makes or upgrades it if need be.
    ///
    /// # Errors
    /// When it is newer than this program, no database of ours, or cannot be written to.
    pub fn open(folder: &DataFolder) -> Result<Self> {
        Self::open_on(Arc::new(RealDisk), &folder.database(), folder.blobs())
    }

    /// Opens the database and the folder of blobs on a disk.
    ///
    /// # Errors
    /// As [`SqliteStore::open`].
    pub fn open_on(disk: Arc<dyn Disk>, database: &Path, blobs: PathBuf) -> Result<Self> {
        let writer = open::writer(&*disk, database)?;
        let reader = open::reader(&*disk, database)?;
        let blobs = blob::BlobFolder::open(disk, blobs)?;
        Ok(Self {
            inner: Arc::new(Inner {
                writer: Mutex::new(writer),
                reader: Mutex::new(reader),
                blobs,
            }),
        })
    }

    /// A door for tests: the writer's own connection, e.g. to make its commits fail.
    pub fn with_connection<T>(&self, f: impl FnOnce(&mut Connection) -> T) -> T {
        f(&mut locked(&self.inner.writer))
    }

    /// Moves the log into the database. Called beside the writer, because a checkpoint on the
    /// writer's own thread shows in the waiting time of a laptop.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn checkpoint(&self) -> Result<()> {
        self.read_with(|connection| {
            connection
                .query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
                .map_err(Into::into)
        })
        .await
    }

    /// Deletes uploads on their way to which nothing was added since `before`. Harmless beside a
    /// running server: a laptop that does come back starts such a blob anew.
    ///
    /// # Errors
    /// When the folder or the database cannot be written to.
    pub async fn parts_purge(&self, before: DateTime<Utc>) -> Result<PartsPurged> {
        self.blob(move |inner| inner.parts_purge(before)).await
    }

    /// One immediate transaction. It returns after the durable commit, or with an error and
    /// nothing changed.
    async fn write<T, F>(&self, f: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Transaction<'_>) -> Result<T> + Send + 'static,
    {
        let inner = Arc::clone(&self.inner);
        blocking(move || {
            let mut connection = locked(&inner.writer);
            let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let out = f(&tx)?;
            tx.commit().context("commit")?;
            Ok(out)
        })
        .await
    }

    /// One snapshot.
    async fn read<T, F>(&self, f: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T> + Send + 'static,
    {
        self.read_with(move |connection| {
            let tx = connection.transaction()?;
            f(&tx)
        })
        .await
    }

    async fn read_with<T, F>(&self, f: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Connection) -> Result<T> + Send + 'static,
    {
        let inner = Arc::clone(&self.inner);
        blocking(move || f(&mut locked(&inner.reader))).await
    }

    async fn blob<T, F>(&self, f: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Inner) -> Result<T> + Send + 'static,
    {
        let inner = Arc::clone(&self.inner);
        blocking(move || f(&inner)).await
    }
}

async fn blocking<T: Send + 'static>(f: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    platform::blocking(f).await?
}

#[async_trait]
impl Store for SqliteStore {
    async fn ping(&self) -> Result<()> {
        self.read(|c| Ok(c.query_row("SELECT one FROM meta", [], |_| Ok(()))?))
            .await
    }

    async fn server_epoch(&self) -> Result<u64> {
        self.read(pull::server_epoch).await
    }

    async fn epoch_renew(&self) -> Result<u64> {
        let epoch = open::new_epoch()?;
        self.write(move |tx| author::epoch_renew(tx, epoch)).await
    }

    async fn office_find(&self, name_or_id: &str) -> Result<Vec<OfficeFact>> {
        let wanted = name_or_id.to_owned();
        self.read(move |c| account::office_find(c, &wanted)).await
    }

    async fn enrol_code_add(
        &self,
        code_sha256: Digest,
        office: OfficeId,
        expires: DateTime<Utc>,
    ) -> Result<()> {
        self.write(move |tx| device::code_add(tx, code_sha256, office, expires))
            .await
    }

    async fn enrol(&self, new: NewDevice, now: DateTime<Utc>) -> Result<Option<EnrolledDevice>> {
        self.write(move |tx| device::enrol(tx, &new, now)).await
    }

    async fn device_by_token(&self, token_sha256: Digest) -> Result<Option<DeviceAuth>> {
        self.read(move |c| device::by_token(c, token_sha256)).await
    }

    async fn device_revoke(&self, device: DeviceId, now: DateTime<Utc>) -> Result<bool> {
        self.write(move |tx| device::revoke(tx, device, now)).await
    }

    async fn device_list(&self) -> Result<Vec<DeviceFact>> {
        self.read(device::list).await
    }

    async fn device_rename(&self, device: DeviceId, name: &str) -> Result<bool> {
        let name = name.to_owned();
        self.write(move |tx| device::rename(tx, device, &name))
            .await
    }

    async fn device_scope_add(&self, device: DeviceId, scope: &Scope) -> Result<ScopeChange> {
        let scope = scope.clone();
        self.write(move |tx| device::scope_add(tx, device, &scope))
            .await
    }

    async fn device_scope_remove(&self, device: DeviceId, scope: &Scope) -> Result<ScopeChange> {
        let scope = scope.clone();
        self.write(move |tx| device::scope_remove(tx, device, &scope))
            .await
    }

    async fn account_add(&self, account: Account) -> Result<bool> {
        self.write(move |tx| account::add(tx, &account)).await
    }

    async fn account_verifier_set(&self, login: &str, verifier: &str) -> Result<bool> {
        let (login, verifier) = (login.to_owned(), verifier.to_owned());
        self.write(move |tx| account::verifier_set(tx, &login, &verifier))
            .await
    }

    async fn account_role_set(&self, login: &str, role: &str) -> Result<bool> {
        let (login, role) = (login.to_owned(), role.to_owned());
        self.write(move |tx| account::role_set(tx, &login, &role))
            .await
    }

    async fn account_remove(&self, login: &str) -> Result<bool> {
        let login = login.to_owned();
        self.write(move |tx| account::remove(tx, &login)).await
    }

    async fn account_list(&self) -> Result<Vec<Account>> {
        self.read(account::list).await
    }

    async fn accounts_for(&self, office: OfficeId) -> Result<Accounts> {
        self.read(move |c| account::for_office(c, office)).await
    }

    async fn apply_batch(
        &self,
        auth: &DeviceAuth,
        request: SyncRequest,
        now: DateTime<Utc>,
    ) -> Result<Applied> {
        let device = auth.device;
        self.write(move |tx| apply::batch(tx, device, &request, now))
            .await
    }

    async fn pull(
        &self,
        device: DeviceId,
        cursors: BTreeMap<Scope, Cursor>,
        has: Has,
        bytes_max: usize,
    ) -> Result<Pulled> {
        let bytes_max = bytes_max.min(PULL_BYTES_MAX);
        self.read(move |c| pull::pull(c, device, &cursors, has, bytes_max))
            .await
    }

    async fn author(&self, scope: Scope, plan: AuthorPlan, now: DateTime<Utc>) -> Result<bool> {
        self.write(move |tx| author::author(tx, &scope, plan, now))
            .await
    }

    async fn blob_room(&self) -> Result<u64> {
        self.blob(|inner| inner.blobs.room()).await
    }

    async fn blob_state(&self, sha256: Digest) -> Result<BlobState> {
        self.blob(move |inner| inner.blob_state(sha256)).await
    }

    async fn blob_begin(&self, sha256: Digest, bytes: u64) -> Result<BlobBegun> {
        self.blob(move |inner| inner.blob_begin(sha256, bytes))
            .await
    }

    async fn blob_append(&self, part: &BlobPart, chunk: Bytes) -> Result<Option<u64>> {
        let (sha256, generation) = (part.sha256, part.generation);
        self.blob(move |inner| inner.blobs.append(sha256, generation, &chunk))
            .await
    }

    async fn blob_finish(&self, part: &BlobPart, now: DateTime<Utc>) -> Result<BlobFinished> {
        let (sha256, generation, bytes) = (part.sha256, part.generation, part.bytes);
        self.blob(move |inner| inner.blob_finish(sha256, generation, bytes, now))
            .await
    }

    async fn blob_allowed(&self, device: DeviceId, sha256: Digest) -> Result<Option<u64>> {
        self.read(move |c| blob::allowed(c, device, sha256)).await
    }

    async fn blob_open(
        &self,
        sha256: Digest,
        range: Range<u64>,
    ) -> Result<BoxStream<'static, std::io::Result<Bytes>>> {
        Ok(blob::stream(Arc::clone(&self.inner), sha256, range))
    }

    async fn records(&self, kind: Option<Kind>) -> Result<Vec<StoredRecord>> {
        self.read(move |c| report::records(c, kind.as_ref())).await
    }

    async fn quarantine_list(&self) -> Result<Vec<QuarantineFact>> {
        self.read(quarantine::list).await
    }

    async fn quarantine_release(&self, id: ChangeId, rights: ReleaseRights) -> Result<Released> {
        self.write(move |tx| quarantine::release(tx, id, rights))
            .await
    }

    async fn changes_page(&self, after: i64, rows_max: usize) -> Result<Vec<(i64, String)>> {
        self.read(move |c| report::changes_page(c, after, rows_max))
            .await
    }

    async fn blobs(&self) -> Result<Vec<(Digest, u64)>> {
        self.read(report::blobs).await
    }
}
