//! One installation on one laptop: what may be known before anybody has signed in.

use std::fs::{self, File};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use anyhow::{Context, Result};
use rusqlite::Connection;
use xunan_model::change::Scope;
use xunan_model::edition::EditionFile;
use xunan_model::fault::{Code, Fault};
use xunan_model::wire::Account;

use crate::app::App;
use crate::backup::{self, Jobs};
use crate::blob::BlobStore;
use crate::checklists::{Checklists, Held};
use crate::ledger::HazardCache;
use crate::password::Tries;
use crate::photo_copies::PhotoCopies;
use crate::receiver::{self, Receiver};
use crate::recovery::{self, RecoveryCode};
use crate::sites::index::SiteCache;
use crate::store::{Actor, Origin, Store, evict, log, record, setting};
use crate::sync::{self, Sync};
use crate::view::{FaultView, InstallStatus, LoginPerson, SyncStatus};
use crate::{editions, enrol, finishing, health, joining, pin, platform, salvage};
use xunan_platform::{Disk, RealDisk};

/// Where an installation keeps its data.
#[derive(Debug, Clone)]
pub struct Config {
    /// The folder; made when it is not there.
    pub folder: PathBuf,
    /// A server address that replaces the one learnt at enrolment.
    pub server_url: Option<String>,
}

/// One installation. Holds the lock on its folder; dropped, everything stops.
#[derive(Debug)]
pub struct Install {
    pub(crate) shared: Arc<Shared>,
    copies: PhotoCopies,
    sync: Mutex<Option<Sync>>,
    _lock: File,
}

/// What all parts of the program work on.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) store: Store,
    pub(crate) blobs: BlobStore,
    pub(crate) config: Config,
    checklists: RwLock<Arc<Checklists>>,
    pub(crate) tries: Tries,
    /// The disk that all of it lies on.
    pub(crate) disk: Arc<dyn Disk>,
    /// A recovery code that was shown and not yet typed back.
    recovery_shown: Mutex<Option<RecoveryCode>>,
    pub(crate) jobs: Jobs,
    pub(crate) health: health::Found,
    pub(crate) receiver: Receiver,
    pub(crate) sites: SiteCache,
    /// What the statistics count.
    pub(crate) hazards: HazardCache,
}

impl Shared {
    /// Opens the database and the blobs on a disk.
    pub(crate) fn open(disk: Arc<dyn Disk>, config: Config) -> Result<Arc<Self>> {
        let store = Store::open(Arc::clone(&disk), &config.folder.join("xunan.db"))?;
        let blobs = BlobStore::open(Arc::clone(&disk), &config.folder.join("blobs"))
            .map_err(|error| folder_fault(&error))?;
        let shared = Arc::new(Self {
            store,
            blobs,
            config,
            checklists: RwLock::new(Arc::new(Checklists::load()?)),
            tries: Tries::default(),
            disk,
            recovery_shown: Mutex::default(),
            jobs: Jobs::default(),
            health: health::Found::default(),
            receiver: Receiver::default(),
            sites: SiteCache::default(),
            hazards: HazardCache::default(),
        });
        evict::remove_dropped(&shared.store, &shared.blobs)?;
        shared.load_checklists()?;
        shared.follow_checklists();
        shared.sites.follow(&shared.store);
        shared.hazards.follow(&shared.store);
        Ok(shared)
    }

    /// The checklists as they are now.
    pub(crate) fn checklists(&self) -> Arc<Checklists> {
        Arc::clone(
            &self
                .checklists
                .read()
                .unwrap_or_else(PoisonError::into_inner),
        )
    }

    /// The recovery code that was shown and not yet typed back.
    pub(crate) fn recovery_shown(&self) -> MutexGuard<'_, Option<RecoveryCode>> {
        self.recovery_shown
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads all checklists: the built-in ones, those in the office's folder, those that the server
    /// handed out or somebody imported, and those that visits on this laptop were made under.
    pub(crate) fn load_checklists(&self) -> Result<()> {
        let mut checklists = Checklists::load()?;
        checklists.add_folder(&self.config.folder.join("checklists"))?;
        for file in self.store.read(record::all::<EditionFile>)? {
            checklists.add(&file.name, file.text, Held::Record);
        }
        for text in self.store.read(editions::kept)? {
            checklists.add("kept.yaml", text, Held::Kept);
        }
        *self
            .checklists
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Arc::new(checklists);
        Ok(())
    }

    /// A checklist that the server hands out can be used at once.
    fn follow_checklists(self: &Arc<Self>) {
        let weak = Arc::downgrade(self);
        self.store.on_changed(move |changed| {
            let Some(shared) = weak.upgrade().filter(|_| changed.kinds.contains("edition")) else {
                return;
            };
            if let Err(error) = shared.load_checklists() {
                tracing::error!(error = format!("{error:#}"), "the checklists");
            }
        });
    }
}

impl Install {
    /// Opens the folder, and begins sending when the laptop is enrolled.
    ///
    /// # Errors
    /// `second_copy`, `newer_database`, `damaged_database`, `folder_unwritable`, `disk_full`;
    /// nothing is changed then.
    pub fn open(config: Config) -> Result<Self> {
        fs::create_dir_all(&config.folder)
            .map_err(|error| folder_fault(&error))
            .context("make the folder")?;
        let lock = lock_folder(&config.folder)?;
        salvage::settle(&config.folder).map_err(|error| folder_fault(&error))?;
        let shared = Shared::open(Arc::new(RealDisk), config)?;
        let copies = PhotoCopies::start(Arc::clone(&shared))?;
        let install = Self {
            shared,
            copies,
            sync: Mutex::new(None),
            _lock: lock,
        };
        install.start_sync()?;
        backup::daily::follow(&install.shared)?;
        health::follow(&install.shared)?;
        // A receiver is a comfort: without it the program works.
        if let Err(error) = receiver::follow(&install.shared) {
            tracing::warn!(error = format!("{error:#}"), "the receiver");
        }
        Ok(install)
    }

    /// Where it keeps its data.
    #[must_use]
    pub fn folder(&self) -> &std::path::Path {
        &self.shared.config.folder
    }

    /// What may be known before anybody has signed in.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn status(&self) -> Result<InstallStatus> {
        if let Some(problem) = health::problem(&self.shared) {
            return Ok(InstallStatus::closed(FaultView::from(&problem)));
        }
        self.shared.store.read(|conn| {
            Ok(InstallStatus {
                enrolled: log::device(conn)?.is_some(),
                device_name: setting::get(conn, setting::DEVICE_NAME)?,
                server_url: server_url(conn, &self.shared.config)?,
                folder: self.shared.config.folder.display().to_string(),
                people: accounts(conn)?
                    .into_iter()
                    .map(|account| {
                        Ok(LoginPerson {
                            pin: pin::has(conn, &account.login)?,
                            login: account.login,
                            name: account.name,
                            role: account.role,
                            office: account.office_name,
                        })
                    })
                    .collect::<Result<_>>()?,
                recovery: recovery::kept(conn)?.is_some(),
                signed_in: None,
                problem: None,
                warnings: self
                    .shared
                    .checklists()
                    .faults
                    .iter()
                    .map(FaultView::from)
                    .collect(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
            })
        })
    }

    /// Makes this laptop one of the office, with a one-time code.
    ///
    /// # Errors
    /// `url_invalid`, `enrol_refused`, `already_enrolled`, or why the server cannot be reached.
    pub async fn enrol(&self, url: &str, code: &str, name: &str) -> Result<()> {
        enrol::enrol(&self.shared, url, code, name).await?;
        self.start_sync()
    }

    /// Signs a person in, without a network, by password or PIN.
    ///
    /// # Errors
    /// `login_unknown`, `wrong_password`, `pin_off`.
    pub fn unlock(&self, login: &str, password: &str) -> Result<App> {
        let (account, scope) = self.shared.store.read(|conn| {
            let account = accounts(conn)?
                .into_iter()
                .find(|account| account.login == login);
            Ok((account, own_scope(conn)?))
        })?;
        let account = account.ok_or_else(|| Fault::invalid("login_unknown", "login"))?;
        if !pin::opens(&self.shared, &account, password)? {
            self.shared.tries.check(&account, password)?;
        }
        let actor = Actor {
            person: account.person,
            office: account.office,
            scope,
        };
        Ok(App::new(
            Arc::clone(&self.shared),
            self.copies.clone(),
            actor,
            account,
        ))
    }

    /// The state of sending.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn sync_status(&self) -> Result<SyncStatus> {
        sync::status(&self.shared, &self.with_sync(Sync::told))
    }

    /// Tries now, whatever went wrong before.
    pub fn sync_now(&self) {
        self.with_sync(Sync::now);
    }

    /// The link costs money, or no longer does.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn sync_metered(&self, on: bool) -> Result<()> {
        self.shared.store.write(Origin::Remote, |tx| {
            setting::switch(tx.conn(), setting::METERED, on)?;
            tx.note_kind("sync");
            Ok(())
        })?;
        self.sync_now();
        Ok(())
    }

    /// Calls `listener` after every commit that changed something.
    pub fn on_changed(
        &self,
        listener: impl Fn(&crate::Changed) + Send + std::marker::Sync + 'static,
    ) {
        self.shared.store.on_changed(listener);
    }

    /// Durable, on this laptop only, before or after signing in; `None` forgets the value.
    ///
    /// # Errors
    /// `text_too_long` above 200 characters of key or 20,000 of value; `invalid` for a place that only
    /// the program writes.
    pub fn local_put(&self, key: &str, value: Option<&str>) -> Result<()> {
        // What an inspector confirmed with a password is not to be typed.
        if [finishing::PENDING, joining::JOINED]
            .iter()
            .any(|own| key.starts_with(own))
        {
            return Err(Fault::invalid("invalid", "key").with("field", "key").into());
        }
        xunan_model::fault::check_length(key, 200, "key")?;
        xunan_model::fault::check_length(value.unwrap_or_default(), 20_000, "value")?;
        self.shared
            .store
            .write(Origin::Remote, |tx| tx.local(key, value))
    }

    /// What [`Install::local_put`] kept.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn local_get(&self, key: &str) -> Result<Option<String>> {
        self.shared.store.read(|conn| setting::local(conn, key))
    }

    /// A part of a blob, for showing it; `None` when it is not here.
    ///
    /// # Errors
    /// When the disk cannot be read.
    pub fn blob(&self, sha256: &str) -> Result<Option<Vec<u8>>> {
        let Some(digest) = xunan_model::digest::Digest::parse(sha256) else {
            return Ok(None);
        };
        match self.shared.blobs.read_all(digest) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn with_sync<T: Default>(&self, ask: impl FnOnce(&Sync) -> T) -> T {
        let sync = self.sync.lock().unwrap_or_else(PoisonError::into_inner);
        sync.as_ref().map(ask).unwrap_or_default()
    }

    pub(crate) fn start_sync(&self) -> Result<()> {
        let enrolled = self
            .shared
            .store
            .read(|conn| Ok(log::device(conn)?.is_some()))?;
        let mut sync = self.sync.lock().unwrap_or_else(PoisonError::into_inner);
        if enrolled && sync.is_none() {
            *sync = Some(Sync::start(Arc::clone(&self.shared))?);
        }
        Ok(())
    }
}

/// Two programs on one database would be two devices with one name.
pub(crate) fn lock_folder(folder: &std::path::Path) -> Result<File> {
    let lock = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(folder.join("lock"))
        .map_err(|error| folder_fault(&error))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(fs::TryLockError::WouldBlock) => Err(Fault::new(Code::Conflict, "second_copy").into()),
        Err(fs::TryLockError::Error(error)) => Err(folder_fault(&error).into()),
    }
}

pub(crate) fn folder_fault(error: &std::io::Error) -> Fault {
    if platform::is_disk_full(error) {
        return Fault::new(Code::DiskFull, "disk_full");
    }
    Fault::new(Code::Internal, "folder_unwritable").with("detail", error)
}

/// The accounts that may sign in.
pub(crate) fn accounts(conn: &Connection) -> Result<Vec<Account>> {
    let mut statement = conn.prepare_cached("SELECT body FROM account ORDER BY login")?;
    let bodies = statement.query_map([], |row| row.get::<_, String>(0))?;
    let mut accounts = bodies
        .map(|body| Ok(serde_json::from_str(&body?)?))
        .collect::<Result<Vec<Account>>>()?;
    recovery::apply_local(conn, &mut accounts)?;
    Ok(accounts)
}

/// The scope that this laptop's own changes belong to.
pub(crate) fn own_scope(conn: &Connection) -> Result<Scope> {
    let scope = conn
        .query_row(
            "SELECT scope FROM scope ORDER BY place LIMIT 1",
            [],
            |row| row.get(0),
        )
        .context("the laptop has no scope")?;
    Ok(Scope(scope))
}

/// The server's address: the one given at the start, else the one learnt at enrolment.
pub(crate) fn server_url(conn: &Connection, config: &Config) -> Result<Option<String>> {
    Ok(config
        .server_url
        .clone()
        .or(setting::get(conn, setting::SERVER_URL)?))
}
