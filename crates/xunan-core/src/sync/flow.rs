//! What the transfers of one laptop share: the pace of the link, who may send now, how far every
//! blob has come.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use tokio::sync::{Notify, mpsc};
use tokio::time::Instant;
use xunan_model::digest::Digest;

use super::machine::Event;
use super::pace::Pace;

/// Shared by the driver and the transfers in its hands, all on one thread.
#[derive(Debug)]
pub(super) struct Flow {
    origin: Instant,
    pub(super) pace: RefCell<Pace>,
    turn: Cell<Option<Digest>>,
    /// The link costs money.
    metered: Cell<bool>,
    opened: Notify,
    events: mpsc::UnboundedSender<Event>,
    /// How much of each blob the server has acknowledged, for the next attempt and the screen.
    offsets: RefCell<BTreeMap<Digest, u64>>,
    /// How much of each blob was handed over; what lies between may be there or not.
    handed: RefCell<BTreeMap<Digest, u64>>,
    /// Blobs that cannot be sent or had now, and why.
    troubles: RefCell<BTreeMap<Digest, &'static str>>,
    /// Bytes sent and not acknowledged.
    unacked: Cell<u64>,
}

impl Flow {
    pub(super) fn new(events: mpsc::UnboundedSender<Event>) -> Self {
        Self {
            origin: Instant::now(),
            pace: RefCell::default(),
            turn: Cell::new(None),
            metered: Cell::new(false),
            opened: Notify::new(),
            events,
            offsets: RefCell::default(),
            handed: RefCell::default(),
            troubles: RefCell::default(),
            unacked: Cell::new(0),
        }
    }

    /// Milliseconds of a clock that only runs forward.
    pub(super) fn now_ms(&self) -> u64 {
        u64::try_from(self.origin.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    pub(super) fn instant(&self, ms: u64) -> Instant {
        self.origin + std::time::Duration::from_millis(ms)
    }

    /// Tells the machine.
    pub(super) fn tell(&self, event: Event) {
        // The receiver lives as long as the driver.
        let _ = self.events.send(event);
    }

    /// Says whether the link costs money.
    pub(super) fn set_metered(&self, metered: bool) {
        self.metered.set(metered);
    }

    /// Says who may hand over bytes.
    pub(super) fn give_turn(&self, turn: Option<Digest>) {
        if self.turn.replace(turn) != turn {
            self.opened.notify_waiters();
        }
    }

    pub(super) fn may_send(&self, blob: Digest) -> bool {
        self.turn.get() == Some(blob)
            && self.unacked.get() < self.pace.borrow().window(self.metered.get())
    }

    /// Resolves when [`Flow::may_send`] may have changed.
    pub(super) async fn changed(&self) {
        self.opened.notified().await;
    }

    /// Bytes of a blob were handed over, up to `offset`.
    pub(super) fn sent(&self, blob: Digest, bytes: u64, offset: u64) {
        self.handed.borrow_mut().insert(blob, offset);
        self.unacked.set(self.unacked.get() + bytes);
    }

    /// The server has `offset` bytes of a blob: `moved` more than it had told before, of which
    /// `own` had been sent on this connection.
    pub(super) fn acked(&self, blob: Digest, offset: u64, moved: u64, own: u64) {
        self.offsets.borrow_mut().insert(blob, offset);
        self.release(own);
        self.pace.borrow_mut().acked(moved, self.now_ms());
        self.tell(Event::Progress);
    }

    /// Bytes are no longer on their way.
    pub(super) fn release(&self, bytes: u64) {
        self.unacked.set(self.unacked.get().saturating_sub(bytes));
        self.opened.notify_waiters();
    }

    /// The connection is gone, and with it everything on its way.
    pub(super) fn hung_up(&self) {
        self.unacked.set(0);
        self.pace.borrow_mut().idle();
    }

    pub(super) fn unacked(&self) -> u64 {
        self.unacked.get()
    }

    /// How much of a blob the server has, if that is known for certain: nothing was on its way
    /// when the last connection ended.
    pub(super) fn certain(&self, blob: Digest) -> Option<u64> {
        let offset = self.offsets.borrow().get(&blob).copied()?;
        let handed = self.handed.borrow().get(&blob).copied();
        handed
            .is_none_or(|handed| handed == offset)
            .then_some(offset)
    }

    /// The server said how much it has, and nothing is on its way.
    pub(super) fn know(&self, blob: Digest, offset: u64) {
        self.offsets.borrow_mut().insert(blob, offset);
        self.handed.borrow_mut().remove(&blob);
    }

    /// A blob is through.
    pub(super) fn forget(&self, blob: Digest) {
        self.offsets.borrow_mut().remove(&blob);
        self.handed.borrow_mut().remove(&blob);
        self.troubles.borrow_mut().remove(&blob);
    }

    pub(super) fn trouble(&self, blob: Digest, why: &'static str) {
        self.troubles.borrow_mut().insert(blob, why);
    }

    pub(super) fn troubles(&self) -> BTreeMap<Digest, &'static str> {
        self.troubles.borrow().clone()
    }

    /// How far the blobs under way have come.
    pub(super) fn offsets(&self) -> BTreeMap<Digest, u64> {
        self.offsets.borrow().clone()
    }
}
