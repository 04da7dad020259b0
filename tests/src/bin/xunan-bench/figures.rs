//! Times put in order, and lines on the standard output.

use std::io::Write as _;
use std::time::Duration;

use anyhow::{Context, Result};

/// Writes a line.
pub(crate) fn say(line: &str) -> Result<()> {
    writeln!(std::io::stdout(), "{line}").context("standard output")
}

/// How long something took, many times.
#[derive(Debug, Default)]
pub(crate) struct Times(Vec<f64>);

impl Times {
    pub(crate) fn add(&mut self, took: Duration) {
        self.0.push(took.as_secs_f64() * 1000.0);
    }

    /// The time, in ms, that `percent` of all stay within (nearest rank).
    pub(crate) fn percentile(&self, percent: usize) -> Result<f64> {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let rank = (sorted.len() * percent).div_ceil(100).max(1);
        sorted
            .get(rank - 1)
            .copied()
            .context("nothing was measured")
    }

    pub(crate) fn median(&self) -> Result<f64> {
        self.percentile(50)
    }

    /// `NAME p50`, `NAME p99` and, where there are too few for a p99 to say anything, the slowest.
    pub(crate) fn say(&self, name: &str) -> Result<()> {
        let count = self.0.len();
        say(&format!(
            "{name}, p50: {:.3} ms ({count} runs)",
            self.median()?
        ))?;
        let last = if count < 100 { ", the slowest" } else { "" };
        say(&format!(
            "{name}, p99{last}: {:.3} ms",
            self.percentile(99)?
        ))
    }

    /// How many times slower this is than `peer`.
    pub(crate) fn say_ratio(&self, name: &str, peer: &Self) -> Result<()> {
        let (p50, p99) = (
            self.median()? / peer.median()?,
            self.percentile(99)? / peer.percentile(99)?,
        );
        say(&format!("{name}, p50: {p50:.2} x"))?;
        say(&format!("{name}, p99: {p99:.2} x"))
    }
}
