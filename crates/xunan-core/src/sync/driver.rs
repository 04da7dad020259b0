//! Does what the machine says.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use anyhow::Result;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use tokio::sync::mpsc::{Receiver, unbounded_channel};
use tokio::time::Instant;
use xunan_model::digest::Digest;
use xunan_model::wire::{SyncReply, SyncRequest};

use super::flow::Flow;
use super::machine::{Action, Event, Failure, Machine, Work};
use super::transfer;
use super::wire::{Chance, Wire, WireFault};

/// The screen hears of progress at most this often.
const TELL_EVERY: Duration = Duration::from_millis(700);

/// What the driver needs of the store. Called inline: it runs on a thread of its own.
pub trait SyncStore {
    /// What there is to do, without the blobs that wait.
    fn work(&self, waiting: &[Digest]) -> Result<Work>;
    /// What goes up: changes of about `bytes_max` before compression.
    fn request(&self, bytes_max: usize, pull_bytes: u32) -> Result<SyncRequest>;
    /// Applies a reply.
    fn apply(&self, reply: &SyncReply) -> Result<Applied>;
    /// At most `bytes_max` bytes of a blob from `offset` on.
    fn blob_read(&self, blob: Digest, offset: u64, bytes_max: usize) -> Result<Vec<u8>>;
    /// A blob is about to be sent for the first time.
    fn blob_begun(&self, blob: Digest) -> Result<()>;
    /// The server has confirmed a blob.
    fn blob_sent(&self, blob: Digest) -> Result<()>;
    /// How much of a blob has arrived so far.
    fn part_len(&self, blob: Digest) -> Result<u64>;
    /// More of a blob has arrived; returns how much there is now.
    fn part_append(&self, blob: Digest, bytes: &[u8]) -> Result<u64>;
    /// All of a blob has arrived; `false` when its bytes are not those of its name: then they are
    /// gone.
    fn part_finish(&self, blob: Digest) -> Result<bool>;
    /// What has arrived of a blob is of no use.
    fn part_drop(&self, blob: Digest) -> Result<()>;
    /// What is told to the person.
    fn report(&self, report: Report);
    /// How far it is.
    fn progress(&self, progress: Progress);
}

/// What a reply did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Applied {
    /// Another round trip should follow at once.
    pub more: bool,
    /// Something was confirmed, refused or received.
    pub moved: bool,
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

/// How far it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// The measured rate, in bytes per second.
    pub rate: Option<u64>,
    /// How much of the blobs under way has been acknowledged.
    pub offsets: std::collections::BTreeMap<Digest, u64>,
    /// Blobs that cannot be sent or had now, and why.
    pub troubles: std::collections::BTreeMap<Digest, &'static str>,
}

/// Why an action failed: the far side, or this laptop.
#[derive(Debug)]
pub(super) enum Trouble {
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

/// What a finished task brings.
enum Done<L> {
    Dialed(Result<L, WireFault>),
    Other(Option<Digest>, Result<Event, Trouble>),
}

type Tasks<'a, L> = FuturesUnordered<Pin<Box<dyn Future<Output = Done<L>> + 'a>>>;

/// Runs until the other end of `signals` is gone.
pub async fn drive<W: Wire>(
    store: &impl SyncStore,
    wire: &W,
    chance: &impl Chance,
    mut signals: Receiver<Signal>,
) {
    let (events, mut heard) = unbounded_channel();
    let flow = Flow::new(events);
    let mut machine = Machine::default();
    let mut tasks: Tasks<'_, W::Link> = FuturesUnordered::new();
    let mut link: Option<Rc<W::Link>> = None;
    let mut event = Event::Now;
    let mut told = Instant::now();
    let mut work = Work::default();
    let mut readable = true;
    loop {
        let now = flow.now_ms();
        if event != Event::Progress {
            readable = true;
            work = store.work(&machine.waiting(now)).unwrap_or_else(|error| {
                store.report(Report::Broken(format!("{error:#}")));
                readable = false;
                Work::default()
            });
        }
        if matches!(event, Event::Failed(_)) {
            tasks.clear();
            link = None;
            flow.hung_up();
        }
        flow.set_metered(work.metered);
        let patience = flow.pace.borrow().patience_ms(flow.unacked());
        let action = machine.step(event, &work, now, patience, chance.jitter());
        flow.give_turn(machine.turn());
        event = Event::Woke;
        match (action, &link) {
            (Action::Dial, _) => {
                tasks.push(Box::pin(async move { Done::Dialed(wire.dial().await) }));
            }
            (Action::HangUp, _) => {
                if machine.failing() {
                    store.report(Report::Failing(WireFault::Broken("silence".to_owned())));
                }
                tasks.clear();
                link = None;
                flow.hung_up();
            }
            (Action::Sync, Some(link)) => {
                let (link, flow) = (Rc::clone(link), &flow);
                tasks.push(Box::pin(async move {
                    Done::Other(None, transfer::sync(store, &*link, flow).await)
                }));
            }
            (Action::Upload(job), Some(link)) => {
                let (link, flow) = (Rc::clone(link), &flow);
                tasks.push(Box::pin(async move {
                    let done = transfer::upload(store, &*link, flow, job).await;
                    Done::Other(Some(job.sha256), done)
                }));
            }
            (Action::Fetch(job), Some(link)) => {
                let (link, flow) = (Rc::clone(link), &flow);
                tasks.push(Box::pin(async move {
                    let done = transfer::fetch(store, &*link, flow, job).await;
                    Done::Other(Some(job.sha256), done)
                }));
            }
            (Action::Sync | Action::Upload(_) | Action::Fetch(_), None) => {
                event = Event::Failed(Failure::Broken);
            }
            (Action::Wait { until_ms }, _) => {
                // What cannot be read may hide what waits: that is no rest.
                if machine.busy() && !machine.failing() {
                    store.report(Report::Working);
                } else if readable && !machine.busy() && !machine.failing() {
                    store.report(Report::Resting);
                    flow.pace.borrow_mut().idle();
                }
                tokio::select! {
                    biased;
                    Some(done) = tasks.next() => match done {
                        Done::Dialed(Ok(dialed)) => {
                            flow.pace.borrow_mut().dialed();
                            link = Some(Rc::new(dialed));
                            event = Event::Dialed;
                        }
                        Done::Dialed(Err(fault)) => {
                            event = failed(store, &flow, None, Trouble::Wire(fault));
                        }
                        Done::Other(blob, done) => {
                            event = done.unwrap_or_else(|trouble| failed(store, &flow, blob, trouble));
                        }
                    },
                    Some(told) = heard.recv() => event = told,
                    signal = signals.recv() => match signal {
                        Some(Signal::Saved) => {}
                        Some(Signal::Now) => event = Event::Now,
                        None => return,
                    },
                    () = tokio::time::sleep_until(flow.instant(until_ms)) => {}
                }
                if told.elapsed() >= TELL_EVERY || matches!(event, Event::Moved(_)) {
                    told = Instant::now();
                    let rate = flow.pace.borrow().rate().filter(|_| machine.busy());
                    store.progress(Progress {
                        rate,
                        offsets: flow.offsets(),
                        troubles: flow.troubles(),
                    });
                }
            }
        }
    }
}

fn failed(store: &impl SyncStore, flow: &Flow, blob: Option<Digest>, trouble: Trouble) -> Event {
    match trouble {
        Trouble::Wire(fault) => {
            tracing::debug!(%fault, "the link");
            match (&fault, blob) {
                (WireFault::Blob(why), Some(blob)) => {
                    flow.trouble(blob, why);
                    Event::BlobFailed(blob)
                }
                _ => {
                    let failure = fault.failure();
                    store.report(Report::Failing(fault));
                    Event::Failed(failure.unwrap_or(Failure::Answered))
                }
            }
        }
        Trouble::Here(error) => {
            tracing::error!(error = format!("{error:#}"), "sync");
            store.report(Report::Broken(format!("{error:#}")));
            Event::Failed(Failure::Answered)
        }
    }
}
