//! The simulation in the size of every test run: `cargo xtask sim` goes on for longer.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use anyhow::{Result, ensure};
use xunan_tests::sim;

const RUNS: u64 = 40;
const MINUTES: u64 = 40;

/// Each class of fault must have happened at least so often, or the runs prove nothing of it.
const AT_LEAST: [(&str, u64); 17] = [
    ("connection cut", 200),
    ("silent partition", 200),
    ("late and duplicate", 200),
    ("slow link", 200),
    ("laptop crash with lost writes", 200),
    ("laptop killed", 200),
    ("server power cut", 150),
    ("clock jump", 200),
    ("server restored from a backup", 20),
    ("laptop cloned", 40),
    ("laptop restored from an old image", 40),
    ("disk full", 200),
    ("scope given or taken away", 100),
    ("… cuts", 1_000),
    ("… lost replies", 100),
    ("… requests that came twice", 100),
    ("… things that vanished", 200),
];

#[test]
fn whatever_fails_nothing_saved_is_lost_or_doubled_and_all_come_to_agree() -> Result<()> {
    let faults: Mutex<BTreeMap<&str, u64>> = Mutex::default();
    let next = AtomicU64::new(1);
    let work = || -> Result<()> {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed > RUNS {
                return Ok(());
            }
            let outcome = sim::run(seed, MINUTES)?;
            let mut faults = faults.lock().unwrap_or_else(PoisonError::into_inner);
            for (class, count) in outcome.faults {
                *faults.entry(class).or_default() += count;
            }
        }
    };
    std::thread::scope(|scope| {
        let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        for one in running {
            one.join()
                .map_err(|_| anyhow::anyhow!("a simulation panicked"))??;
        }
        anyhow::Ok(())
    })?;
    let faults = faults.into_inner().unwrap_or_else(PoisonError::into_inner);
    for (class, least) in AT_LEAST {
        let count = faults.get(class).copied().unwrap_or(0);
        ensure!(
            count >= least,
            "{class}: {count} times, at least {least}: {faults:#?}"
        );
    }
    Ok(())
}

/// A smaller size, for trying mutants.
#[test]
fn six_short_runs_hold() -> Result<()> {
    for seed in 101..=106 {
        sim::run(seed, 25)?;
    }
    Ok(())
}

#[test]
fn a_seed_replays_a_run() -> Result<()> {
    let runs = [sim::run(77, 15)?, sim::run(77, 15)?];
    assert_eq!(runs[0].faults, runs[1].faults);
    assert_eq!(runs[0].saved, runs[1].saved);
    assert_eq!(runs[0].changes, runs[1].changes);
    assert_eq!(runs[0].healed_in, runs[1].healed_in);
    Ok(())
}
