//! One thing on a connection: a round trip, a blob going up, a blob coming down.

use hyper::body::Bytes;
use xunan_model::wire::{BlobFault, BlobTold};

use super::driver::{SyncStore, Trouble};
use super::flow::Flow;
use super::machine::{BlobJob, Event};
use super::wire::{Coming as _, Feed as _, Link, Round, Tidings as _, WireFault};

/// Bytes are handed over in pieces of this: small enough that a new record need not wait.
const PIECE_BYTES: usize = 8 << 10;

/// A request of less than this tells how long the way takes.
const SMALL_BYTES: u64 = 4 << 10;

/// One round trip of changes.
pub(super) async fn sync(
    store: &impl SyncStore,
    link: &impl Link,
    flow: &Flow,
) -> Result<Event, Trouble> {
    let (budget, pull_bytes) = {
        let pace = flow.pace.borrow();
        (pace.batch_raw(), pace.pull_bytes())
    };
    let request = store.request(budget, pull_bytes)?;
    let raw: usize = request.changes.iter().map(|c| c.raw.text().len()).sum();
    let begun = flow.now_ms();
    let first = std::cell::Cell::new(None);
    let sent_seq = request.first_seq + request.changes.len() as u64 - 1;
    let told = |round| match round {
        // While more changes wait, photos do not get between them.
        Round::Handed if sent_seq >= request.last_seq => flow.tell(Event::Handed),
        Round::Handed => {}
        Round::Heard => {
            first.set(first.get().or(Some(flow.now_ms())));
            flow.tell(Event::Progress);
        }
    };
    let synced = link.sync(&request, told).await;
    let synced = synced.inspect_err(|_| flow.pace.borrow_mut().round_failed())?;
    let took = flow.now_ms() - begun;
    if let Some(first) = first.get().filter(|_| synced.packed < SMALL_BYTES) {
        flow.pace.borrow_mut().answered(first - begun);
    }
    flow.pace
        .borrow_mut()
        .round(raw as u64, synced.packed, took);
    let pulled = synced.reply.pulled.iter().flat_map(|scope| &scope.changes);
    let pulled: usize = pulled.map(|change| change.raw.text().len()).sum();
    flow.pace.borrow_mut().pulled(pulled as u64, took);
    for (blob, state) in &synced.reply.blobs {
        flow.know(*blob, state.offset);
    }
    let applied = store.apply(&synced.reply)?;
    if !applied.moved && !request.changes.is_empty() {
        // A round that confirms nothing would be followed by the same one at once, for ever.
        return Err(Trouble::Wire(WireFault::Server {
            status: 200,
            detail: "nothing was confirmed".to_owned(),
        }));
    }
    Ok(Event::Synced {
        more: applied.more,
        moved: applied.moved || request.changes.is_empty(),
    })
}

/// Sends a blob from where the server is. What of it the server acknowledges counts, not what was
/// handed to the system.
pub(super) async fn upload(
    store: &impl SyncStore,
    link: &impl Link,
    flow: &Flow,
    job: BlobJob,
) -> Result<Event, Trouble> {
    if !job.begun {
        store.blob_begun(job.sha256)?;
        flow.know(job.sha256, 0);
    }
    // Guessing would send bytes again; while one is asked about, another uses the link.
    let mut from = match flow.certain(job.sha256) {
        Some(offset) => offset,
        None => {
            let state = link.state(job.sha256).await?;
            flow.know(job.sha256, state.offset);
            if state.complete {
                return sent(store, flow, job);
            }
            state.offset
        }
    };
    flow.tell(Event::Sending(job.sha256));
    loop {
        from = from.min(job.bytes);
        match one_upload(store, link, flow, job, from).await? {
            None => return sent(store, flow, job),
            // The server has less than was thought: it was restored, or threw the part away.
            Some(offset) if offset < from => from = offset,
            Some(_) => return Err(WireFault::Blob("the server stays where it is").into()),
        }
    }
}

fn sent(store: &impl SyncStore, flow: &Flow, job: BlobJob) -> Result<Event, Trouble> {
    store.blob_sent(job.sha256)?;
    flow.forget(job.sha256);
    Ok(Event::Moved(job.sha256))
}

/// Sends from `from` on; `None` when the server has all of it, else where it stands.
async fn one_upload<L: Link>(
    store: &impl SyncStore,
    link: &L,
    flow: &Flow,
    job: BlobJob,
    from: u64,
) -> Result<Option<u64>, Trouble> {
    let (feed, mut tidings) = link.put(job.sha256, job.bytes, from).await?;
    let mut feed = Some(feed);
    // Behind other bytes the answer would tell of their queue.
    let mut asked_ms = (flow.unacked() == 0).then(|| flow.now_ms());
    let (mut handed, mut acked) = (from, from);
    // Whatever way this ends, what was under way no longer holds others back.
    let held = std::cell::Cell::new(0u64);
    let _release = Release { flow, held: &held };
    loop {
        let told = if let Some(open) = &mut feed
            && handed < job.bytes
        {
            if flow.may_send(job.sha256) {
                let piece = read(store, job, handed)?;
                let bytes = piece.len() as u64;
                tokio::select! {
                    biased;
                    told = tidings.next() => told?,
                    done = open.send(piece) => {
                        // A feed that is gone says less than the server's last word.
                        if done.is_err() {
                            feed = None;
                        } else {
                            handed += bytes;
                            held.set(held.get() + bytes);
                            flow.sent(job.sha256, bytes, handed);
                        }
                        continue;
                    }
                }
            } else {
                tokio::select! {
                    biased;
                    told = tidings.next() => told?,
                    () = flow.changed() => continue,
                }
            }
        } else {
            if feed.take().is_some() {
                flow.tell(Event::Drained(job.sha256));
            }
            tidings.next().await?
        };
        if let Some(asked_ms) = asked_ms.take() {
            // The first telling comes at once.
            flow.pace.borrow_mut().answered(flow.now_ms() - asked_ms);
        }
        match told {
            BlobTold { complete: true, .. } => return Ok(None),
            BlobTold {
                fault: Some(fault),
                offset,
                ..
            } => return ended(flow, job, fault, offset),
            BlobTold { offset, .. } => {
                let own = offset.saturating_sub(acked.max(from)).min(held.get());
                if offset > acked {
                    held.set(held.get() - own);
                    flow.acked(job.sha256, offset, offset - acked, own);
                    acked = offset;
                }
            }
        }
    }
}

struct Release<'a> {
    flow: &'a Flow,
    held: &'a std::cell::Cell<u64>,
}

impl Drop for Release<'_> {
    fn drop(&mut self) {
        self.flow.release(self.held.get());
    }
}

fn read(store: &impl SyncStore, job: BlobJob, offset: u64) -> Result<Bytes, Trouble> {
    match store.blob_read(job.sha256, offset, PIECE_BYTES) {
        Ok(bytes) if !bytes.is_empty() => Ok(bytes.into()),
        // A file that is gone or unreadable must not hold up the others. It stays queued.
        Ok(_) => Err(unreadable(job, "cut short")),
        Err(error) => Err(unreadable(job, &format!("{error:#}"))),
    }
}

fn unreadable(job: BlobJob, error: &str) -> Trouble {
    tracing::error!(blob = %job.sha256, error, "a file of ours cannot be read");
    WireFault::Blob("unreadable here").into()
}

fn ended(flow: &Flow, job: BlobJob, fault: BlobFault, offset: u64) -> Result<Option<u64>, Trouble> {
    // An error does not tell how far the server is. Taking it for nothing would begin again from zero, and
    // clones of a laptop would take one file over from each other for ever.
    if offset > 0 || matches!(fault, BlobFault::OffsetAhead | BlobFault::DigestMismatch) {
        flow.know(job.sha256, offset);
    } else {
        flow.forget(job.sha256);
    }
    match fault {
        BlobFault::OffsetAhead => Ok(Some(offset)),
        BlobFault::DigestMismatch => Err(WireFault::Blob("arrived damaged").into()),
        BlobFault::TakenOver => Err(WireFault::Blob("taken over").into()),
        BlobFault::Refused => Err(WireFault::Blob("refused by the server").into()),
        BlobFault::Trouble => Err(WireFault::Server {
            status: 503,
            detail: "blob".to_owned(),
        }
        .into()),
    }
}

/// Fetches a blob, going on where an earlier attempt ended.
pub(super) async fn fetch(
    store: &impl SyncStore,
    link: &impl Link,
    flow: &Flow,
    job: BlobJob,
) -> Result<Event, Trouble> {
    let mut have = store.part_len(job.sha256)?;
    if have < job.bytes {
        let mut coming = link.get(job.sha256, have).await?;
        while let Some(bytes) = coming.next().await? {
            if have + bytes.len() as u64 > job.bytes {
                store.part_drop(job.sha256)?;
                return Err(WireFault::Blob("longer than said").into());
            }
            have = store.part_append(job.sha256, &bytes)?;
            flow.know(job.sha256, have);
            flow.tell(Event::Progress);
        }
    }
    flow.forget(job.sha256);
    if have < job.bytes {
        return Err(WireFault::Broken("cut short".to_owned()).into());
    }
    if store.part_finish(job.sha256)? {
        Ok(Event::Moved(job.sha256))
    } else {
        Err(WireFault::Blob("arrived damaged").into())
    }
}

#[cfg(test)]
mod tests;
