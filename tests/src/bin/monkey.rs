//! `cargo xtask monkey [--seeds N] [--actions N] [--seed S]`: random use of the real window.

use std::io::Write as _;

use anyhow::{Context, Result, ensure};
use xunan_tests::monkey;

fn main() -> Result<()> {
    let (mut seeds, mut actions, mut first) = (20_u64, 1_000_u64, 1_u64);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let value: u64 = arguments.next().context("a value is missing")?.parse()?;
        match argument.as_str() {
            "--seeds" => seeds = value,
            "--actions" => actions = value,
            "--seed" => (first, seeds) = (value, 1),
            other => anyhow::bail!("unknown: {other}"),
        }
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let mut out = std::io::stdout();
    let mut failed = Vec::new();
    for seed in first..first + seeds {
        match runtime.block_on(monkey::run(seed, actions)) {
            Ok(done) => writeln!(
                out,
                "seed {seed}: {} actions, {} changes, sound",
                done.actions, done.changes
            )?,
            Err(error) => {
                writeln!(out, "seed {seed}: {error:#}")?;
                failed.push(seed);
            }
        }
    }
    ensure!(
        failed.is_empty(),
        "{} of {seeds} seeds failed: {failed:?}",
        failed.len()
    );
    Ok(())
}
