//! A simulation of laptops and their server.
//!
//! The real client machine and store, the real handlers and database of the server, on disks in
//! memory that lose what was not synced, over a network and by clocks that go wrong. Everything
//! follows from the seed.

pub mod chance;
mod check;
pub mod clock;
mod laptop;
pub mod net;
mod office;
mod world;

pub use world::{Faults, Outcome, run};
