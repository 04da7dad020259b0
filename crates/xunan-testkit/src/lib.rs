//! For tests and benches only: the real server as a process, laptops without a window, the real
//! window, and real photos.

pub mod laptop;
pub mod link;
pub mod phone;
pub mod photos;
pub mod processes;
pub mod server;
pub mod window;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// A program that the task runner has built, named by an environment variable.
///
/// # Errors
/// When the variable is not set: the tests run real programs and must not pass without them.
pub fn program(variable: &str) -> Result<PathBuf> {
    let path = std::env::var_os(variable).map(PathBuf::from);
    path.filter(|path| path.is_file())
        .with_context(|| format!("{variable} names no program; run `cargo xtask test`"))
}

/// Asks again and again until the answer is yes.
///
/// # Errors
/// When it was not within `limit`, saying what was waited for.
pub fn wait_until(
    what: &str,
    limit: Duration,
    mut answer: impl FnMut() -> Result<bool>,
) -> Result<Duration> {
    let start = Instant::now();
    loop {
        if answer()? {
            return Ok(start.elapsed());
        }
        if start.elapsed() > limit {
            bail!("waited {limit:?} in vain until {what}");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}
