//! The laptop's battery and the server's plug, pulled fifty times each over a bad link.

use std::path::Path;

use anyhow::{Result, ensure};
use xunan_tests::kills::kills;

const EACH: u64 = 50;

#[test]
fn fifty_deaths_of_laptop_and_server_lose_and_double_nothing() -> Result<()> {
    let outcome = kills(Path::new(env!("CARGO_BIN_EXE_laptop")), EACH, 20_261_125)?;
    ensure!(
        outcome.findings as u64 > EACH * 4 && outcome.photos as u64 > EACH && outcome.cuts > 0,
        "too little work to prove anything: {outcome:?}"
    );
    Ok(())
}
