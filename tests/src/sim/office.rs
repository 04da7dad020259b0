//! The simulated server: a disk, the real store on it, the real handlers before it.

use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use anyhow::{Context, Result};
use serde_json::Map;
use tokio::sync::watch;
use xunan_model::change::Scope;
use xunan_model::digest::Digest;
use xunan_model::id::{DeviceId, OfficeId, SiteId, derived};
use xunan_model::party::{Office as ModelOffice, Site};
use xunan_model::wire::Enrolled;
use xunan_platform::now;
use xunan_server::config::Options;
use xunan_server::office::{office_add, record_put};
use xunan_server::store::{NewDevice, ScopeChange, SqliteStore, Store};
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
    /// What the neighbouring office has entered.
    entered: Vec<SiteId>,
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
            entered: Vec::new(),
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

    /// The neighbouring office writes a site down, and a laptop is given its scope, or loses it.
    pub(super) async fn neighbour_toggled(&mut self, device: DeviceId, nth: u64) -> Result<()> {
        let site = SiteId(derived(&["neighbour", &nth.to_string()]));
        self.neighbour_writes(site).await?;
        self.entered.push(site);
        let (store, clock) = (self.store()?.clone(), self.clock.clone());
        let scope = neighbour().1;
        let toggled = async {
            if store.device_scope_add(device, &scope).await? == ScopeChange::Nothing {
                store.device_scope_remove(device, &scope).await?;
            }
            anyhow::Ok(())
        };
        clock.run(toggled).await
    }

    /// What an office had entered since the backup it has to enter again after a restore.
    pub(super) async fn entered_again(&self) -> Result<()> {
        for site in &self.entered {
            self.neighbour_writes(*site).await?;
        }
        Ok(())
    }

    async fn neighbour_writes(&self, site: SiteId) -> Result<()> {
        let (office, scope) = neighbour();
        let site = Site {
            id: site,
            name: "邻县加油站".to_owned(),
            address: String::new(),
            division: String::new(),
            sectors: Vec::new(),
            facilities: Vec::new(),
            units: Vec::new(),
            kinds: Vec::new(),
            listed: 0,
            point: None,
            contact: String::new(),
            organizations: Vec::new(),
            merged_into: None,
            merge: None,
            extra: Map::new(),
        };
        let store = self.store()?;
        let work = async {
            office_add(store, office, now()).await?;
            record_put(store, &scope, site, now()).await
        };
        self.clock.run(work).await.map(drop)
    }

    /// The scopes of a laptop, and how many changes each has, in order.
    pub(super) fn scopes_of(&self, device: &str) -> Result<Vec<String>> {
        self.lines(&format!(
            "SELECT d.scope || ' ' || coalesce(s.n, 0) FROM device_scope d
               LEFT JOIN scope s ON s.name = d.scope
              WHERE d.device = '{device}' ORDER BY d.scope"
        ))
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

/// Another office, and where its records live.
fn neighbour() -> (ModelOffice, Scope) {
    let office = ModelOffice {
        id: OfficeId(derived(&["neighbour"])),
        name: "邻县应急管理局".to_owned(),
        code_word: String::new(),
        division: "540122000000".to_owned(),
        rules: Vec::new(),
        days: String::new(),
        extra: Map::new(),
    };
    let scope = Scope(format!("{}/ordinary", office.division));
    (office, scope)
}
