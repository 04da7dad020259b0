//! What saving, listing and starting cost, each beside a bare peer in the same run.
//!
//! Prints figures and asserts none: `docs/BENCHMARKS.md` says how they are to be read.

mod figures;
mod ledger;
mod save;
mod search;
mod shell;
mod start;

use anyhow::{Context, Result, bail};

const NAMES: [&str; 4] = ["save", "ledger", "search", "start"];

const HELP: &str = "\
cargo xtask bench [save] [ledger] [search] [start]     all four when none is named

  save    one finding saved through its command: latency, transactions, fsyncs
  ledger  the ledger of 10,000 and of 100,000 findings: pages, words, figures, one finding
  search  20,000 sites searched as one types, and imported
  start   from the start to a usable window, and memory, beside an empty window";

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let names: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match names.as_slice() {
        ["--help" | "-h"] => figures::say(HELP),
        ["save-child", folder, inspection, count] => save::child(
            folder.as_ref(),
            inspection.parse().context("inspection")?,
            count.parse()?,
        ),
        [] => NAMES.iter().try_for_each(|name| measure(name)),
        chosen => chosen.iter().try_for_each(|name| measure(name)),
    }
}

fn measure(name: &str) -> Result<()> {
    match name {
        "save" => save::measure(),
        "ledger" => ledger::measure(),
        "search" => search::measure(),
        "start" => start::measure(),
        other => bail!("there is no measurement `{other}`\n\n{HELP}"),
    }
}
