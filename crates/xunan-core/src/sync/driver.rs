//! Does what the machine says, one action after the other.

use anyhow::Result;
use tokio::sync::mpsc::Receiver;
use xunan_model::digest::Digest;
use xunan_model::wire::{SyncReply, SyncRequest};

use super::machine::{Action, BlobJob, Event, Failure, Machine, Work};
use super::wire::{Clock, Wire, WireFault};

/// A blob that the server does not have yet is asked for again after this, in ms.
const FETCH_AGAIN_MS: u64 = 5_000;
/// A blob whose bytes arrived wrong is sent again after this, in ms.
const UPLOAD_AGAIN_MS: u64 = 1_000;

/// What the driver needs of the store. Called inline: it runs on a thread of its own.
pub trait SyncStore {
    /// What there is to do.
    fn work(&self, now_ms: u64) -> Result<Work>;
    /// What goes up.
    fn request(&self) -> Result<SyncRequest>;
    /// Applies a reply; returns whether more is to come.
    fn apply(&self, reply: &SyncReply) -> Result<bool>;
    /// The bytes of a blob from `offset` on.
    fn blob_read(&self, blob: Digest, offset: u64) -> Result<Vec<u8>>;
    /// The server has confirmed a blob.
    fn blob_sent(&self, blob: Digest) -> Result<()>;
    /// A blob has arrived; `false` when its bytes are not those of its name.
    fn blob_arrived(&self, blob: Digest, bytes: &[u8]) -> Result<bool>;
    /// A blob is not tried again before then.
    fn postpone(&self, blob: Digest, until_ms: u64) -> Result<()>;
    /// What is told to the person.
    fn report(&self, report: Report);
}

/// A call from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// Something was saved.
    Saved,
    /// Try now.
    Now,
}

/// How it goes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Report {
    /// Not running.
    #[default]
    Stopped,
    /// Sending or receiving.
    Working,
    /// Nothing to do.
    Resting,
    /// The last action failed so.
    Failing(WireFault),
    /// A fault of this laptop.
    Broken(String),
}

/// Runs until the other end of `signals` is gone.
pub async fn drive(
    store: &impl SyncStore,
    wire: &impl Wire,
    clock: &impl Clock,
    mut signals: Receiver<Signal>,
) {
    let mut machine = Machine::default();
    let mut event = Event::Now;
    loop {
        let mut readable = true;
        let work = store.work(clock.now_ms()).unwrap_or_else(|error| {
            store.report(Report::Broken(format!("{error:#}")));
            readable = false;
            Work::default()
        });
        let action = machine.step(event, &work, clock.now_ms(), clock.jitter());
        let Action::Wait { until_ms } = action else {
            store.report(Report::Working);
            event = act(store, wire, clock, action).await;
            continue;
        };
        // What cannot be read may hide what waits: that is no rest.
        if readable && !machine.failing() {
            store.report(Report::Resting);
        }
        let pause = std::time::Duration::from_millis(until_ms.saturating_sub(clock.now_ms()));
        event = tokio::select! {
            () = tokio::time::sleep(pause) => Event::Woke,
            signal = signals.recv() => match signal {
                Some(Signal::Saved) => Event::Woke,
                Some(Signal::Now) => Event::Now,
                None => return,
            },
        };
    }
}

async fn act(
    store: &impl SyncStore,
    wire: &impl Wire,
    clock: &impl Clock,
    action: Action,
) -> Event {
    let done = match action {
        Action::Sync => sync(store, wire).await,
        Action::Upload(job) => upload(store, wire, clock, job).await,
        Action::Fetch(job) => fetch(store, wire, clock, job).await,
        Action::Wait { .. } => return Event::Woke,
    };
    match done {
        Ok(event) => event,
        Err(Trouble::Wire(fault)) => {
            let failure = fault.failure();
            tracing::debug!(%fault, "the link");
            if failure != Failure::Blob {
                store.report(Report::Failing(fault));
            }
            Event::Failed(failure)
        }
        Err(Trouble::Here(error)) => {
            tracing::error!(error = format!("{error:#}"), "sync");
            store.report(Report::Broken(format!("{error:#}")));
            Event::Failed(Failure::Answered)
        }
    }
}

/// Why an action failed: the far side, or this laptop.
enum Trouble {
    Wire(WireFault),
    Here(anyhow::Error),
}

impl From<WireFault> for Trouble {
    fn from(fault: WireFault) -> Self {
        Self::Wire(fault)
    }
}

impl From<anyhow::Error> for Trouble {
    fn from(error: anyhow::Error) -> Self {
        Self::Here(error)
    }
}

async fn sync(store: &impl SyncStore, wire: &impl Wire) -> Result<Event, Trouble> {
    let request = store.request()?;
    let reply = wire.sync(&request).await?;
    Ok(Event::Synced {
        more: store.apply(&reply)?,
    })
}

async fn upload(
    store: &impl SyncStore,
    wire: &impl Wire,
    clock: &impl Clock,
    job: BlobJob,
) -> Result<Event, Trouble> {
    let state = wire.blob_state(job.sha256).await?;
    if !state.complete {
        let offset = state.offset.min(job.bytes);
        let bytes = match store.blob_read(job.sha256, offset) {
            Ok(bytes) => bytes,
            Err(error) => {
                // A file that is gone or unreadable must not hold up the others. It stays queued.
                tracing::error!(blob = %job.sha256, error = format!("{error:#}"), "unreadable");
                store.postpone(job.sha256, clock.now_ms() + 60 * UPLOAD_AGAIN_MS)?;
                return Err(WireFault::NoBlob.into());
            }
        };
        match wire.upload(job.sha256, job.bytes, offset, bytes).await {
            Ok(()) => {}
            Err(fault) => {
                if fault.failure() == Failure::Blob {
                    store.postpone(job.sha256, clock.now_ms() + UPLOAD_AGAIN_MS)?;
                }
                return Err(fault.into());
            }
        }
    }
    store.blob_sent(job.sha256)?;
    Ok(Event::Sent(job.sha256))
}

async fn fetch(
    store: &impl SyncStore,
    wire: &impl Wire,
    clock: &impl Clock,
    job: BlobJob,
) -> Result<Event, Trouble> {
    let fetched = wire.fetch(job.sha256, job.bytes).await;
    let right = match &fetched {
        Ok(bytes) => store.blob_arrived(job.sha256, bytes)?,
        Err(WireFault::NoBlob) => false,
        Err(fault) => return Err(fault.clone().into()),
    };
    if !right {
        store.postpone(job.sha256, clock.now_ms() + FETCH_AGAIN_MS)?;
        return Err(WireFault::NoBlob.into());
    }
    Ok(Event::Fetched(job.sha256))
}
