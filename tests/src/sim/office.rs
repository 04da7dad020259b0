//! The simulated server: a disk, the real store on it, the real handlers before it.

use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use anyhow::{Context, Result};
use tokio::sync::watch;
use xunan_model::digest::Digest;
use xunan_model::wire::Enrolled;
use xunan_platform::now;
use xunan_server::config::Options;
use xunan_server::store::{NewDevice, SqliteStore, Store};
use xunan_server::{demo, secret};
use xunan_simdisk::SimDisk;

use super::clock::Clock;
use super::net::Door;

/// The server.
pub(super) struct Office {
    pub(super) disk: SimDisk,
    pub(super) door: Door,
    pub(super) clock: Clock,
    pub(super) store: Option<SqliteStore>,
    /// Ends uploads when it is dropped.
    alive: Option<Rc<watch::Sender<bool>>>,
}

impl Office {
    pub(super) fn new(disk: SimDisk, clock: Clock) -> Result<Self> {
        let mut office = Self {
            disk,
            door: Door::new(clock.clone()),
            clock,
            store: None,
            alive: None,
        };
        office.start()?;
        Ok(office)
    }

    pub(super) fn start(&mut self) -> Result<()> {
        let disk = Arc::new(self.disk.clone());
        let (database, blobs) = (Path::new("/server/server.db"), "/server/blobs".into());
        let clock = self.clock.clone();
        let store = clock.at(|| SqliteStore::open_on(disk, database, blobs))?;
        let (router, alive) = xunan_server::router(store.clone(), Options::default());
        self.door.set(Some(router));
        self.store = Some(store);
        self.alive = Some(Rc::new(alive));
        Ok(())
    }

    pub(super) fn stop(&mut self) {
        self.door.set(None);
        self.store = None;
        self.alive = None;
    }

    pub(super) fn store(&self) -> Result<&SqliteStore> {
        self.store.as_ref().context("the server is down")
    }

    /// Lets a laptop in.
    pub(super) async fn enrol(&self, name: &str) -> Result<Enrolled> {
        let store = self.store()?;
        let office = demo::seed(store, now()).await?;
        let code = Digest::of(name.as_bytes());
        let until = now() + chrono::TimeDelta::hours(1);
        store.enrol_code_add(code, office.id, until).await?;
        let token = secret::token()?;
        let new = NewDevice {
            code_sha256: code,
            name: name.to_owned(),
            public_key: name.to_owned(),
            token_sha256: Digest::of(token.as_bytes()),
        };
        let device = store.enrol(new, now()).await?.context("the code")?;
        Ok(Enrolled {
            device: device.device,
            token,
            office: device.office,
            pin: None,
            scopes: device.scopes,
            accounts: store.accounts_for(office.id).await?,
            server_time: now(),
        })
    }

    /// Every line of a query that has one text column.
    pub(super) fn lines(&self, query: &str) -> Result<Vec<String>> {
        self.store()?.with_connection(|conn| {
            let mut statement = conn.prepare(query)?;
            let lines = statement.query_map([], |row| row.get(0))?;
            Ok(lines.collect::<rusqlite::Result<_>>()?)
        })
    }
}
