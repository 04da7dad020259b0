//! The database of one laptop, with one door for writing.
//!
//! [`Store::write`] is the only way in: one transaction in which [`Tx::put`] writes the row and
//! appends to the log, which is also the outbox. So nothing can be saved and not queued. What
//! changed is announced after the commit, never before. Tables: see `migrations/0001.sql`.

#[cfg(test)]
mod disk_tests;
pub(crate) mod evict;
pub(crate) mod fault;
pub(crate) mod log;
pub(crate) mod parted;
pub(crate) mod query;
pub(crate) mod record;
mod schema;
pub(crate) mod setting;
#[cfg(test)]
mod tests;
mod tx;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result};
use rusqlite::{Connection, TransactionBehavior};
use serde::Serialize;
use xunan_model::change::Scope;
use xunan_model::id::{OfficeId, PersonId};
use xunan_platform::Disk;

use crate::ledger;

pub use tx::Tx;
pub(crate) use tx::queue_photo;

/// What a write changed: the kinds and ids of the records.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, ts_rs::TS)]
#[ts(export)]
pub struct Changed {
    /// The kinds, e.g. `finding`; `local` and `sync` for what is not a record.
    pub kinds: BTreeSet<String>,
    /// The records.
    pub ids: BTreeSet<String>,
}

/// Who acts, for whom, and who may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The person.
    pub person: PersonId,
    /// The office.
    pub office: OfficeId,
    /// The scope that the person's changes belong to.
    pub scope: Scope,
}

/// Where a write comes from.
#[derive(Debug, Clone, Copy)]
pub enum Origin<'a> {
    /// A person's action: it goes into the log and to the server.
    Person(&'a Actor),
    /// What arrives from the server, or concerns this laptop alone: no new entry in the log.
    Remote,
}

type Listener = Arc<dyn Fn(&Changed) + Send + Sync>;

/// The database of one laptop.
pub struct Store {
    disk: Arc<dyn Disk>,
    path: PathBuf,
    writer: Mutex<Connection>,
    readers: Mutex<Vec<Connection>>,
    listeners: Mutex<Vec<Listener>>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl Store {
    /// Opens or makes the database.
    ///
    /// # Errors
    /// `newer_database`, `damaged_database`, `disk_full`, `disk_gone`, `folder_unwritable`; the file is left as
    /// it is.
    pub fn open(disk: Arc<dyn Disk>, path: &Path) -> Result<Self> {
        let writer = schema::open_writer(&*disk, path).map_err(fault::told)?;
        Ok(Self {
            path: path.to_owned(),
            writer: Mutex::new(writer),
            disk,
            readers: Mutex::new(Vec::new()),
            listeners: Mutex::new(Vec::new()),
        })
    }

    /// The only way to write: one transaction; announced after the commit.
    ///
    /// # Errors
    /// Whatever `work` returns; `disk_full`, `disk_gone`, `folder_unwritable`, `damaged_database`. Then nothing
    /// is changed.
    pub fn write<T>(
        &self,
        origin: Origin<'_>,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T>,
    ) -> Result<T> {
        self.committed(origin, work).map_err(fault::told)
    }

    fn committed<T>(
        &self,
        origin: Origin<'_>,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T>,
    ) -> Result<T> {
        let mut writer = lock(&self.writer);
        let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut tx = Tx::begin(&transaction, origin)?;
        let value = work(&mut tx)?;
        let changed = tx.seal()?;
        ledger::refresh(&transaction)?;
        transaction.commit().context("commit")?;
        drop(writer);
        self.announce(&changed);
        Ok(value)
    }

    /// Reads on a connection of its own, beside the writer.
    ///
    /// # Errors
    /// Whatever `work` returns; `disk_gone`, `damaged_database`.
    pub fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        self.looked(work).map_err(fault::told)
    }

    fn looked<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        const IDLE_MAX: usize = 4;
        let idle = lock(&self.readers).pop();
        let mut conn = idle.map_or_else(|| schema::open_reader(&*self.disk, &self.path), Ok)?;
        let result = {
            // One snapshot for the whole of `work`.
            let snapshot = conn.transaction()?;
            work(&snapshot)
        };
        let mut readers = lock(&self.readers);
        if readers.len() < IDLE_MAX {
            readers.push(conn);
        }
        result
    }

    /// Puts another database in the place of all that is in this one, as one write.
    ///
    /// # Errors
    /// What the database says; then nothing is changed.
    pub(crate) fn replace(&self, by: &Connection) -> Result<()> {
        let mut writer = lock(&self.writer);
        {
            let backup = rusqlite::backup::Backup::new(by, &mut writer)?;
            let step = backup.step(-1).context("take the database over")?;
            anyhow::ensure!(
                step == rusqlite::backup::StepResult::Done,
                "the database is in use"
            );
        }
        // What they had prepared is for the tables as they were.
        lock(&self.readers).clear();
        Ok(())
    }

    /// Calls `listener` after every commit that changed something. It must not block.
    pub fn on_changed(&self, listener: impl Fn(&Changed) + Send + Sync + 'static) {
        lock(&self.listeners).push(Arc::new(listener));
    }

    /// Tells that something changed which is not in the database.
    pub(crate) fn announce_kind(&self, kind: &str) {
        self.announce(&Changed {
            kinds: [kind.to_owned()].into(),
            ids: BTreeSet::new(),
        });
    }

    fn announce(&self, changed: &Changed) {
        if changed.kinds.is_empty() {
            return;
        }
        let listeners = lock(&self.listeners).clone();
        for listener in listeners {
            listener(changed);
        }
    }
}

/// A panic elsewhere has rolled its transaction back; the connection is sound.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
