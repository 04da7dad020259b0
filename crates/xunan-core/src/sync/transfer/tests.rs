use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::convert::Infallible;
use std::rc::Rc;

use anyhow::{Result, bail};
use hyper::body::Bytes;
use tokio::sync::mpsc;
use xunan_model::digest::Digest;
use xunan_model::wire::{BlobState, BlobTold, SyncReply, SyncRequest};

use super::super::driver::{Applied, Progress, Report, SyncStore};
use super::super::flow::Flow;
use super::super::machine::{BlobJob, Event, Lane, Work};
use super::super::wire::{Coming, Feed, Link, Round, Synced, Tidings, WireFault};

const BYTES: &[u8] = b"the bytes of a photo";

/// A laptop with one photo.
#[derive(Default)]
struct Laptop {
    done: Cell<bool>,
}

impl SyncStore for Laptop {
    fn blob_read(&self, _: Digest, offset: u64, bytes_max: usize) -> Result<Vec<u8>> {
        let from = usize::try_from(offset)?;
        Ok(BYTES[from..].iter().take(bytes_max).copied().collect())
    }
    fn blob_begun(&self, _: Digest) -> Result<()> {
        Ok(())
    }
    fn blob_sent(&self, _: Digest) -> Result<()> {
        self.done.set(true);
        Ok(())
    }
    fn report(&self, _: Report) {}
    fn progress(&self, _: Progress) {}
    fn work(&self, _: &[Digest]) -> Result<Work> {
        bail!("not asked in an upload")
    }
    fn request(&self, _: usize, _: u32) -> Result<SyncRequest> {
        bail!("not asked in an upload")
    }
    fn apply(&self, _: &SyncReply) -> Result<Applied> {
        bail!("not asked in an upload")
    }
    fn part_len(&self, _: Digest) -> Result<u64> {
        bail!("not asked in an upload")
    }
    fn part_append(&self, _: Digest, _: &[u8]) -> Result<u64> {
        bail!("not asked in an upload")
    }
    fn part_finish(&self, _: Digest) -> Result<bool> {
        bail!("not asked in an upload")
    }
    fn part_drop(&self, _: Digest) -> Result<()> {
        bail!("not asked in an upload")
    }
}

/// A server that takes every byte and says what the script says.
#[derive(Clone, Default)]
struct Far {
    taken: Rc<RefCell<Vec<u8>>>,
    says: Rc<RefCell<VecDeque<Result<BlobTold, WireFault>>>>,
}

impl Feed for Far {
    async fn send(&mut self, bytes: Bytes) -> Result<(), WireFault> {
        self.taken.borrow_mut().extend_from_slice(&bytes);
        Ok(())
    }
}

impl Tidings for Far {
    async fn next(&mut self) -> Result<BlobTold, WireFault> {
        // Nothing is said before all has been taken.
        while self.taken.borrow().len() < BYTES.len() {
            tokio::task::yield_now().await;
        }
        let told = self.says.borrow_mut().pop_front();
        match told {
            Some(told) => told,
            None => std::future::pending().await,
        }
    }
}

impl Coming for Infallible {
    async fn next(&mut self) -> Result<Option<Bytes>, WireFault> {
        match *self {}
    }
}

impl Link for Far {
    type Feed = Self;
    type Tidings = Self;
    type Coming = Infallible;

    async fn put(&self, _: Digest, _: u64, _: u64) -> Result<(Self, Self), WireFault> {
        Ok((self.clone(), self.clone()))
    }
    async fn sync(&self, _: &SyncRequest, _: impl Fn(Round)) -> Result<Synced, WireFault> {
        Err(WireFault::Refused)
    }
    async fn state(&self, _: Digest) -> Result<BlobState, WireFault> {
        Err(WireFault::Refused)
    }
    async fn get(&self, _: Digest, _: u64) -> Result<Infallible, WireFault> {
        Err(WireFault::Refused)
    }
}

fn told(offset: usize, complete: bool) -> Result<BlobTold, WireFault> {
    Ok(BlobTold {
        offset: offset as u64,
        complete,
        fault: None,
    })
}

/// Uploads against a server that says this; `None` when the upload waits for ever.
async fn uploads(says: Vec<Result<BlobTold, WireFault>>) -> (Option<bool>, bool) {
    let (events, _heard) = mpsc::unbounded_channel();
    let flow = Flow::new(events);
    let job = BlobJob {
        sha256: Digest::of(BYTES),
        bytes: BYTES.len() as u64,
        lane: Lane::Original,
        begun: false,
    };
    flow.give_turn(Some(job.sha256));
    let far = Far::default();
    far.says.borrow_mut().extend(says);
    let laptop = Laptop::default();
    let ended = tokio::select! {
        biased;
        ended = super::upload(&laptop, &far, &flow, job) => Some(ended),
        () = many_turns() => None,
    };
    assert_eq!(*far.taken.borrow(), BYTES);
    let ended = ended.map(|ended| matches!(ended, Ok(Event::Moved(_))));
    (ended, laptop.done.get())
}

/// Longer than anything here that moves at all.
async fn many_turns() {
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
}

#[test]
fn a_photo_is_sent_when_the_server_says_so_and_not_when_it_is_handed_over() {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.expect("a runtime").block_on(async {
        assert_eq!(uploads(vec![]).await, (None, false), "silence");
        let all = BYTES.len();
        assert_eq!(
            uploads(vec![told(all, false)]).await,
            (None, false),
            "all there, but not yet made sure of"
        );
        let broken = Err(WireFault::Broken("gone".to_owned()));
        assert_eq!(
            uploads(vec![told(all, false), broken]).await,
            (Some(false), false),
            "gone before its last word"
        );
        assert_eq!(
            uploads(vec![told(all, false), told(all, true)]).await,
            (Some(true), true),
            "its last word"
        );
    });
}
