//! Sending what is saved here and receiving what others saved.
//!
//! `machine` decides, without IO; `driver` does, against the traits of `wire`, with `transfer` for
//! each thing on a connection, `flow` for what they share and `pace` for what is known of the link.
//! `round` is one round trip against the store; `dial` and `link` are the real wire, `http` the
//! enrolment; `status` is what the screen shows. It all runs on one thread of its own.

pub(crate) mod dial;
pub mod driver;
mod flow;
pub(crate) mod http;
mod link;
pub mod machine;
pub mod pace;
mod round;
mod status;
mod transfer;
pub mod wire;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use anyhow::{Context, Result};
use tokio::sync::mpsc::{Sender, channel};
use xunan_model::digest::Digest;
use xunan_model::pin::Pin;
use xunan_model::wire::{SyncReply, SyncRequest};

use crate::install::{Shared, server_url};
use crate::platform;
use crate::store::{Origin, evict, log, parted, query, setting};
pub use dial::HttpWire;
use driver::{Applied, Progress, Report, Signal, SyncStore};
use machine::Work;
pub(crate) use status::status;
use wire::Chance;

/// The task that sends and receives. Dropped, it ends after the action in hand.
#[derive(Debug)]
pub(crate) struct Sync {
    signals: Sender<Signal>,
    told: Arc<Mutex<Told>>,
}

impl Sync {
    /// Starts the task.
    pub(crate) fn start(shared: Arc<Shared>) -> Result<Self> {
        let wire = shared.store.read(|conn| {
            let url = server_url(conn, &shared.config)?.context("no server address")?;
            let pin = setting::get(conn, setting::SERVER_PIN)?;
            let token = setting::get(conn, setting::TOKEN)?.context("no token")?;
            HttpWire::new(&url, pin.as_deref().and_then(Digest::parse).map(Pin), token)
        })?;
        let told = Arc::new(Mutex::new(Told {
            report: Report::Resting,
            ..Told::default()
        }));
        let (signals, mailbox) = channel(8);
        let wake = signals.downgrade();
        shared.store.on_changed(move |changed| {
            // A full mailbox already holds a wake-up.
            if changed.kinds.contains("sync") && !changed.ids.is_empty() {
                let _ = wake.upgrade().map(|wake| wake.try_send(Signal::Saved));
            }
        });
        let store = Here::new(&shared, Arc::clone(&told));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        std::thread::Builder::new()
            .name("sync".to_owned())
            .spawn(move || {
                runtime.block_on(driver::drive(&store, &wire, &SystemChance, mailbox))
            })?;
        Ok(Self { signals, told })
    }

    /// Tries now.
    pub(crate) fn now(&self) {
        let _ = self.signals.try_send(Signal::Now);
    }

    /// How it goes.
    pub(crate) fn told(&self) -> Told {
        lock(&self.told).clone()
    }
}

struct SystemChance;

impl Chance for SystemChance {
    fn jitter(&self) -> f64 {
        platform::jitter()
    }
}

/// How it goes, for the screen.
#[derive(Debug, Clone, Default)]
pub(crate) struct Told {
    pub(crate) report: Report,
    pub(crate) progress: Progress,
}

/// The store of this laptop. Held weakly: the task must not keep a closed installation open.
pub(crate) struct Here {
    shared: Weak<Shared>,
    told: Arc<Mutex<Told>>,
    /// How far begun blobs are was asked since the start.
    asked: AtomicBool,
}

impl Here {
    pub(crate) fn new(shared: &Arc<Shared>, told: Arc<Mutex<Told>>) -> Self {
        Self {
            shared: Arc::downgrade(shared),
            told,
            asked: AtomicBool::new(false),
        }
    }

    fn shared(&self) -> Result<Arc<Shared>> {
        self.shared.upgrade().context("the program is closing")
    }

    fn announce(&self) {
        if let Ok(shared) = self.shared() {
            shared.store.announce_kind("sync");
        }
    }
}

impl SyncStore for Here {
    fn work(&self, waiting: &[Digest]) -> Result<Work> {
        let waiting = serde_json::to_string(waiting)?;
        self.shared()?.store.read(|conn| {
            let device = log::device(conn)?.context("the laptop is not enrolled")?;
            Ok(Work {
                changes: device.last_seq.saturating_sub(device.acked_seq)
                    + u64::from(parted::recheck(conn)?.is_some()),
                uploads: query::next_uploads(conn, &waiting)?,
                fetches: query::next_fetches(conn, &waiting)?,
                metered: setting::get(conn, setting::METERED)?.is_some(),
            })
        })
    }

    fn request(&self, bytes_max: usize, pull_bytes: u32) -> Result<SyncRequest> {
        let ask = !self.asked.load(Ordering::Relaxed);
        let shared = self.shared()?;
        shared
            .store
            .read(|conn| round::request(conn, bytes_max, pull_bytes, ask))
    }

    fn apply(&self, reply: &SyncReply) -> Result<Applied> {
        let shared = self.shared()?;
        let applied = round::apply(&shared, reply)?;
        evict::remove_dropped(&shared.store, &shared.blobs)?;
        self.asked.store(true, Ordering::Relaxed);
        Ok(applied)
    }

    fn blob_read(&self, blob: Digest, offset: u64, bytes_max: usize) -> Result<Vec<u8>> {
        let range = offset..offset + bytes_max as u64;
        Ok(self.shared()?.blobs.read(blob, range)?)
    }

    fn blob_begun(&self, blob: Digest) -> Result<()> {
        let shared = self.shared()?;
        shared
            .store
            .write(Origin::Remote, |tx| query::blob_begun(tx.conn(), blob))
    }

    fn blob_sent(&self, blob: Digest) -> Result<()> {
        self.shared()?.store.write(Origin::Remote, |tx| {
            query::blob_sent(tx.conn(), blob)?;
            tx.note_kind("sync");
            Ok(())
        })
    }

    fn part_len(&self, blob: Digest) -> Result<u64> {
        Ok(self.shared()?.blobs.part_len(blob)?)
    }

    fn part_append(&self, blob: Digest, bytes: &[u8]) -> Result<u64> {
        Ok(self.shared()?.blobs.part_append(blob, bytes)?)
    }

    fn part_drop(&self, blob: Digest) -> Result<()> {
        Ok(self.shared()?.blobs.part_drop(blob)?)
    }

    fn part_finish(&self, blob: Digest) -> Result<bool> {
        let shared = self.shared()?;
        match shared.blobs.part_finish(blob) {
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

    fn report(&self, report: Report) {
        let mut told = lock(&self.told);
        if told.report != report {
            told.report = report;
            drop(told);
            self.announce();
        }
    }

    fn progress(&self, progress: Progress) {
        let mut told = lock(&self.told);
        if told.progress != progress {
            told.progress = progress;
            drop(told);
            self.announce();
        }
    }
}

fn lock(told: &Mutex<Told>) -> std::sync::MutexGuard<'_, Told> {
    told.lock().unwrap_or_else(PoisonError::into_inner)
}
