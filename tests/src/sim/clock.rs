//! The clocks of a simulation: one per machine, each as wrong as it is made.

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use tokio::time::Instant;
use xunan_platform::{simulate_time, simulated_time};

/// 2026-11-01, when every simulation begins.
const START_MS: i64 = 1_793_491_200_000;

/// The clock of one machine.
#[derive(Debug, Clone)]
pub struct Clock {
    origin: Instant,
    /// How far it is off, in ms.
    off: Rc<Cell<i64>>,
}

impl Clock {
    /// A right clock; `origin` is the beginning of the simulation.
    #[must_use]
    pub fn new(origin: Instant) -> Self {
        Self {
            origin,
            off: Rc::default(),
        }
    }

    /// Puts it wrong by so many ms.
    pub fn set_off(&self, ms: i64) {
        self.off.set(ms);
    }

    fn now_ms(&self) -> u64 {
        let elapsed = i64::try_from(self.origin.elapsed().as_millis()).unwrap_or(0);
        u64::try_from(START_MS + elapsed + self.off.get()).unwrap_or(0)
    }

    /// Does something at this clock's time.
    pub fn at<T>(&self, work: impl FnOnce() -> T) -> T {
        let before = simulated_time();
        simulate_time(Some(self.now_ms()));
        let value = work();
        simulate_time(before);
        value
    }

    /// A future whose every step runs at this clock's time.
    pub fn run<F: Future>(&self, future: F) -> Timed<F> {
        Timed {
            future: Box::pin(future),
            clock: self.clone(),
        }
    }
}

/// See [`Clock::run`].
pub struct Timed<F> {
    future: Pin<Box<F>>,
    clock: Clock,
}

impl<F: Future> Future for Timed<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let clock = self.clock.clone();
        clock.at(|| self.future.as_mut().poll(cx))
    }
}
