//! Sending what is saved here and receiving what others saved.
//!
//! `machine` decides, without IO; `driver` does, against the traits of `wire`; `round` is one
//! round trip against the store; `http` is the real wire. It all runs on one thread of its own.

pub mod driver;
pub(crate) mod http;
pub mod machine;
mod round;
pub mod wire;

use std::sync::{Arc, Mutex, PoisonError, Weak};

use anyhow::{Context, Result};
use tokio::sync::mpsc::{Sender, channel};
use xunan_model::digest::Digest;
use xunan_model::fault::{Code, Fault};
use xunan_model::wire::{SyncReply, SyncRequest};

use crate::install::{Shared, server_url};
use crate::platform;
use crate::sites;
use crate::store::{Origin, log, query, setting};
use crate::view::{FaultView, SyncItem, SyncState, SyncStatus};
use driver::{Report, Signal, SyncStore};
use http::HttpWire;
use machine::Work;
use wire::Clock;

/// The task that sends and receives. Dropped, it ends after the action in hand.
#[derive(Debug)]
pub(crate) struct Sync {
    signals: Sender<Signal>,
    report: Arc<Mutex<Report>>,
}

impl Sync {
    /// Starts the task.
    pub(crate) fn start(shared: Arc<Shared>) -> Result<Self> {
        let (url, token) = shared.store.read(|conn| {
            let url = server_url(conn, &shared.config)?.context("no server address")?;
            Ok((url, setting::get(conn, setting::TOKEN)?))
        })?;
        let wire = HttpWire::new(&url, token)?;
        let report = Arc::new(Mutex::new(Report::Resting));
        let (signals, mailbox) = channel(8);
        let wake = signals.downgrade();
        shared.store.on_changed(move |changed| {
            // A full mailbox already holds a wake-up.
            if changed.kinds.contains("sync") && !changed.ids.is_empty() {
                let _ = wake.upgrade().map(|wake| wake.try_send(Signal::Saved));
            }
        });
        let store = Here {
            shared: Arc::downgrade(&shared),
            report: Arc::clone(&report),
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        std::thread::Builder::new()
            .name("sync".to_owned())
            .spawn(move || runtime.block_on(driver::drive(&store, &wire, &SystemClock, mailbox)))?;
        Ok(Self { signals, report })
    }

    /// Tries now.
    pub(crate) fn now(&self) {
        let _ = self.signals.try_send(Signal::Now);
    }

    /// How it goes.
    pub(crate) fn report(&self) -> Report {
        self.report
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

struct SystemClock;

impl Clock for SystemClock {
    fn now_ms(&self) -> u64 {
        platform::now_ms()
    }

    fn jitter(&self) -> f64 {
        platform::jitter()
    }
}

/// The store of this laptop. Held weakly: the task must not keep a closed installation open.
struct Here {
    shared: Weak<Shared>,
    report: Arc<Mutex<Report>>,
}

impl Here {
    fn shared(&self) -> Result<Arc<Shared>> {
        self.shared.upgrade().context("the program is closing")
    }
}

impl SyncStore for Here {
    fn work(&self, now_ms: u64) -> Result<Work> {
        let shared = self.shared()?;
        shared.store.read(|conn| {
            let device = log::device(conn)?.context("the laptop is not enrolled")?;
            Ok(Work {
                changes: usize::try_from(device.last_seq.saturating_sub(device.acked_seq))?,
                upload: query::next_upload(conn, now_ms)?,
                fetch: query::next_fetch(conn, now_ms)?,
                later_ms: query::next_postponed(conn, now_ms)?,
            })
        })
    }

    fn request(&self) -> Result<SyncRequest> {
        self.shared()?.store.read(round::request)
    }

    fn apply(&self, reply: &SyncReply) -> Result<bool> {
        round::apply(&*self.shared()?, reply)
    }

    fn blob_read(&self, blob: Digest, offset: u64) -> Result<Vec<u8>> {
        Ok(self.shared()?.blobs.read(blob, offset..u64::MAX)?)
    }

    fn blob_sent(&self, blob: Digest) -> Result<()> {
        self.shared()?.store.write(Origin::Remote, |tx| {
            query::blob_sent(tx.conn(), blob)?;
            tx.note_kind("sync");
            Ok(())
        })
    }

    fn blob_arrived(&self, blob: Digest, bytes: &[u8]) -> Result<bool> {
        let shared = self.shared()?;
        match shared.blobs.put_named(blob, bytes) {
            Ok(()) => {}
            Err(crate::BlobError::WrongDigest(_)) => return Ok(false),
            Err(error) => return Err(error.into()),
        }
        shared.store.write(Origin::Remote, |tx| {
            query::blob_fetched(tx.conn(), blob)?;
            tx.note_kind("photo");
            Ok(())
        })?;
        Ok(true)
    }

    fn postpone(&self, blob: Digest, until_ms: u64) -> Result<()> {
        self.shared()?.store.write(Origin::Remote, |tx| {
            query::postpone(tx.conn(), blob, until_ms)
        })
    }

    fn report(&self, report: Report) {
        let mut known = self.report.lock().unwrap_or_else(PoisonError::into_inner);
        if *known == report {
            return;
        }
        *known = report;
        drop(known);
        if let Ok(shared) = self.shared() {
            shared.store.announce_kind("sync");
        }
    }
}

/// What has not reached the server yet, and why.
pub(crate) fn status(shared: &Shared, report: Report) -> Result<SyncStatus> {
    shared.store.read(|conn| {
        let unsent = query::unsent(conn)?;
        let sites = sites::site_names(conn)?;
        let mut items = Vec::new();
        for (inspection, unsent) in unsent
            .iter()
            .filter(|(inspection, _)| !inspection.is_empty())
        {
            let site: Option<String> = conn
                .prepare_cached(
                    "SELECT fields ->> '$.site' FROM record WHERE kind = 'inspection' AND id = ?1",
                )?
                .query_row([inspection], |row| row.get(0))
                .unwrap_or_default();
            items.push(SyncItem {
                inspection: inspection.clone(),
                site_name: site
                    .and_then(|site| sites.get(&site).cloned())
                    .unwrap_or_default(),
                changes: unsent.changes,
                blobs: unsent.blobs,
                bytes: unsent.bytes,
            });
        }
        let device = log::device(conn)?;
        let revoked = setting::get(conn, setting::REVOKED)?.is_some();
        let (state, trouble) = state(&report, device.is_some(), revoked);
        Ok(SyncStatus {
            state,
            changes_unsent: device.map_or(0, |d| {
                usize::try_from(d.last_seq.saturating_sub(d.acked_seq)).unwrap_or(0)
            }),
            blobs_unsent: unsent.values().map(|unsent| unsent.blobs).sum(),
            bytes_unsent: unsent.values().map(|unsent| unsent.bytes).sum(),
            oldest_unsent: query::oldest_unsent(conn)?,
            last_contact: setting::get(conn, setting::LAST_CONTACT)?,
            trouble: trouble.as_ref().map(FaultView::from),
            rejected: conn.query_row("SELECT count(*) FROM rejected", [], |row| row.get(0))?,
            items,
        })
    })
}

fn state(report: &Report, enrolled: bool, revoked: bool) -> (SyncState, Option<Fault>) {
    if !enrolled {
        return (SyncState::Stopped, None);
    }
    if revoked {
        return (
            SyncState::SignedOut,
            Some(Fault::new(Code::SignedOut, "device_revoked")),
        );
    }
    match report {
        Report::Stopped => (SyncState::Stopped, None),
        Report::Working => (SyncState::Working, None),
        Report::Resting => (SyncState::Idle, None),
        Report::Broken(detail) => (
            SyncState::Trouble,
            Some(Fault::new(Code::Internal, "sync_trouble").with("detail", detail)),
        ),
        Report::Failing(fault) => match fault.fault() {
            Some(told) if told.key == "offline" => (SyncState::Offline, Some(told)),
            Some(told) if told.code == Code::SignedOut => (SyncState::SignedOut, Some(told)),
            told => (SyncState::Trouble, told),
        },
    }
}
