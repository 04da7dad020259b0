//! An installation without threads, on any disk: for simulations, which drive it themselves.

use std::path::Path;
use std::sync::{Arc, Mutex};

use anyhow::{Context, Result};
use tokio::sync::mpsc::Receiver;
use xunan_model::wire::{ChangeSet, Enrolled};
use xunan_platform::Disk;

use crate::app::App;
use crate::enrol;
use crate::install::{Config, Shared, accounts, own_scope};
use crate::ledger;
use crate::photo_copies::PhotoCopies;
use crate::store::{Actor, Origin, log};
use crate::sync::driver::{Signal, drive};
use crate::sync::wire::{Chance, Wire};
use crate::sync::{Here, Told};

/// One installation.
#[derive(Debug)]
pub struct Headless {
    shared: Arc<Shared>,
    told: Arc<Mutex<Told>>,
}

/// Where a laptop stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Its epoch.
    pub epoch: u32,
    /// The last change it made.
    pub last_seq: u64,
    /// The last change that the server has confirmed.
    pub acked_seq: u64,
}

impl Headless {
    /// Opens the database and the blobs in a folder of a disk.
    ///
    /// # Errors
    /// What the disk or the database says.
    pub fn open(disk: Arc<dyn Disk>, folder: &Path) -> Result<Self> {
        let config = Config {
            folder: folder.to_owned(),
            server_url: None,
        };
        Ok(Self {
            shared: Shared::open(disk, config)?,
            told: Arc::default(),
        })
    }

    /// Keeps what an enrolment brought.
    ///
    /// # Errors
    /// When it is enrolled already.
    pub fn enrolled(&self, enrolled: &Enrolled) -> Result<()> {
        self.shared.store.write(Origin::Remote, |tx| {
            enrol::keep(tx, enrolled, "https://simulated", "simulated")
        })
    }

    /// The handle of a person, without a password.
    ///
    /// # Errors
    /// When there is no such login.
    pub fn app(&self, login: &str) -> Result<App> {
        let (account, scope) = self.shared.store.read(|conn| {
            let mut known = accounts(conn)?.into_iter();
            Ok((known.find(|one| one.login == login), own_scope(conn)?))
        })?;
        let account = account.context("no such login")?;
        let actor = Actor {
            person: account.person,
            office: account.office,
            scope,
        };
        let copies = PhotoCopies::none();
        Ok(App::new(Arc::clone(&self.shared), copies, actor, account))
    }

    /// Sends and receives over `wire` until `signals` ends or the future is dropped.
    pub async fn drive(&self, wire: &impl Wire, chance: &impl Chance, signals: Receiver<Signal>) {
        let here = Here::new(&self.shared, Arc::clone(&self.told));
        drive(&here, wire, chance, signals).await;
    }

    /// Where it stands; `None` before the enrolment.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn standing(&self) -> Result<Option<Standing>> {
        self.shared.store.read(|conn| {
            Ok(log::device(conn)?.map(|device| Standing {
                epoch: device.epoch,
                last_seq: device.last_seq,
                acked_seq: device.acked_seq,
            }))
        })
    }

    /// What waits to be sent or fetched: changes and blobs.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn waiting(&self) -> Result<(u64, u64)> {
        self.shared.store.read(|conn| {
            let device = log::device(conn)?.context("not enrolled")?;
            let blobs = conn.query_row(
                "SELECT (SELECT count(*) FROM blob_queue WHERE sent = 0) + (SELECT count(*) FROM blob_want)",
                [],
                |row| row.get(0),
            )?;
            Ok((device.last_seq - device.acked_seq, blobs))
        })
    }

    /// The set of changes applied in the first scope.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn set(&self) -> Result<ChangeSet> {
        self.shared.store.read(|conn| {
            let (count, digest): (u64, String) = conn.query_row(
                "SELECT count, digest FROM scope ORDER BY place LIMIT 1",
                [],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?;
            let digest = xunan_model::digest::Digest::parse(&digest).context("a digest")?;
            Ok(ChangeSet { count, digest })
        })
    }

    /// Every line of a query that has one text column.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn lines(&self, query: &str) -> Result<Vec<String>> {
        self.shared.store.read(|conn| {
            let mut statement = conn.prepare(query)?;
            let lines = statement.query_map([], |row| row.get(0))?;
            Ok(lines.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Folds all records anew from the log and tells those that differ from their rows.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn misfolded(&self) -> Result<Vec<String>> {
        self.shared.store.read(|conn| {
            let mut wrong = log::misfolded(conn)?;
            wrong.extend(ledger::misprojected(conn)?);
            Ok(wrong)
        })
    }

    /// The bytes of a blob that is here whole.
    ///
    /// # Errors
    /// When the disk cannot be read.
    pub fn blob(&self, name: xunan_model::digest::Digest) -> Result<Option<Vec<u8>>> {
        match self.shared.blobs.read_all(name) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}
