//! `cargo xtask sim --minutes N [--seed S] [--run-minutes M]`: simulations one after the other until the time is over.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use xunan_tests::sim;

fn main() -> Result<()> {
    // `run_minutes` are the simulated minutes of one run.
    let (mut minutes, mut seed, mut run_minutes) = (3_u64, 1_u64, 40_u64);
    let (mut once, mut arguments) = (false, std::env::args().skip(1));
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().context("a value is missing");
        match argument.as_str() {
            "--minutes" => minutes = value()?.parse()?,
            "--run-minutes" => run_minutes = value()?.parse()?,
            "--seed" => (seed, once) = (value()?.parse()?, true),
            other => anyhow::bail!("unknown: {other}"),
        }
    }
    let end = Instant::now() + Duration::from_secs(minutes * 60);
    let (mut runs, mut saved, mut changes) = (0_u64, 0, 0);
    let mut faults: BTreeMap<&str, u64> = BTreeMap::new();
    let mut out = std::io::stdout();
    loop {
        let outcome = sim::run(seed, run_minutes)?;
        runs += 1;
        saved += outcome.saved;
        changes += outcome.changes;
        for (class, count) in outcome.faults {
            *faults.entry(class).or_default() += count;
        }
        if once || Instant::now() >= end {
            break;
        }
        seed += 1;
    }
    writeln!(
        out,
        "{runs} runs of {run_minutes} simulated minutes, last seed {seed}: {saved} things saved, {changes} changes, nothing lost or doubled"
    )?;
    for (class, count) in faults {
        writeln!(out, "  {class:<36} {count:>8}")?;
    }
    Ok(())
}
