//! `cargo xtask kills [--each N] [--seed S]`: kills a laptop and its server N times each.

use std::io::Write as _;

use anyhow::{Context, Result};
use xunan_tests::kills::kills;

fn main() -> Result<()> {
    let (mut each, mut seed) = (1_000, 1);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().context("a value is missing");
        match argument.as_str() {
            "--each" => each = value()?.parse()?,
            "--seed" => seed = value()?.parse()?,
            other => anyhow::bail!("unknown: {other}"),
        }
    }
    let program = std::env::current_exe()?;
    let laptop = program.with_file_name(format!("laptop{}", std::env::consts::EXE_SUFFIX));
    let outcome = kills(&laptop, each, seed)?;
    writeln!(
        std::io::stdout(),
        "{} deaths of the laptop, {} of the server, {} of the link: {} findings and {} photos were called saved, all are there once",
        outcome.laptop,
        outcome.server,
        outcome.cuts,
        outcome.findings,
        outcome.photos
    )?;
    Ok(())
}
