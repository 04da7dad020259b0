//! Time, chance and disks. Nothing else in the program asks the system for them, so a simulation
//! can put its own in their place.
#![warn(missing_docs)]

mod clock;
mod disk;

pub use clock::{
    boot_id, china_day, jitter, monotonic, new_id, now, now_ms, random, simulate_seed,
    simulate_time, simulated, simulated_time, today,
};
pub use disk::{Disk, RealDisk, connect, is_disk_full};
