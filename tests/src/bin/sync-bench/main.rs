//! Sending over a bad link, beside tus and `PouchDB` over the very same link with the same data.
//!
//! Prints figures and asserts none: `docs/BENCHMARKS.md` says how they are to be read.

mod data;
mod ours;
mod peers;
mod server;
mod single;

use std::io::Write as _;

use anyhow::{Context, Result, bail};

/// The chances per 64 KiB that the link dies.
const KILLS: [f64; 4] = [0.0, 0.05, 0.2, 0.5];

const HELP: &str = "\
cargo xtask bench sync [ours] [peers] [single] [server] [memory] [--kill P] [--seeds N] [--metered]

  ours    1,000 full records, then 20 photos of 300 KB: 512 kbit/s, 600 ms, at four rates of
          breaking, three seeds each
  peers   the same through tus-js-client and PouchDB, one seed; kept in tests/peers/results.json
  single  one record alone and while a large photo is under way; a black hole
  server  what the server takes in: records, photos, idle laptops
  memory  a laptop's memory while it sends 2 GB of photos";

/// What is to be measured.
struct Asked {
    parts: Vec<String>,
    kills: Vec<f64>,
    seeds: u64,
    metered: bool,
}

fn main() -> Result<()> {
    let asked = asked()?;
    let data = data::Data::make()?;
    for part in &asked.parts {
        match part.as_str() {
            "ours" => ours::measure(&data, &asked)?,
            "peers" => peers::measure(&data, &asked)?,
            "single" => single::measure(&data)?,
            "server" => server::measure()?,
            "memory" => server::client_memory()?,
            other => bail!("there is no measurement `{other}`\n\n{HELP}"),
        }
    }
    Ok(())
}

fn asked() -> Result<Asked> {
    let mut asked = Asked {
        parts: Vec::new(),
        kills: KILLS.to_vec(),
        seeds: 3,
        metered: false,
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().context("a value is missing");
        match argument.as_str() {
            "--kill" => asked.kills = vec![value()?.parse()?],
            "--seeds" => asked.seeds = value()?.parse()?,
            "--metered" => asked.metered = true,
            "--help" | "-h" => {
                say(HELP)?;
                std::process::exit(0);
            }
            part => asked.parts.push(part.to_owned()),
        }
    }
    if asked.parts.is_empty() {
        asked.parts = ["ours", "peers", "single", "server", "memory"]
            .map(str::to_owned)
            .to_vec();
    }
    Ok(asked)
}

fn say(text: &str) -> Result<()> {
    Ok(writeln!(std::io::stdout(), "{text}")?)
}
