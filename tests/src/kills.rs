//! `kill -9` of a laptop and of its server, over a bad link, again and again.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use xunan_model::digest::Digest;
use xunan_testkit::laptop;
use xunan_testkit::link::{Badness, Link};
use xunan_testkit::server::Server;

use crate::read_export;
use crate::sim::chance::Chance;

/// What the kills did.
#[derive(Debug, Clone, Copy, Default)]
pub struct Outcome {
    /// Deaths of the laptop.
    pub laptop: u64,
    /// Deaths of the server.
    pub server: u64,
    /// Findings that were called saved.
    pub findings: usize,
    /// Photos that were called saved.
    pub photos: usize,
    /// How often the link died as well.
    pub cuts: u64,
}

/// Kills each of them `each` times at random moments; `laptop_program` is `src/bin/laptop.rs`.
///
/// # Errors
/// When something that was called saved is missing or there twice.
pub fn kills(laptop_program: &Path, each: u64, seed: u64) -> Result<Outcome> {
    let folder = tempfile::tempdir()?;
    let chance = Chance::new(seed);
    let mut server = Server::new(folder.path())?;
    server.start()?;
    let data = folder.path().join("one");
    drop(laptop::enrolled(&data, &server)?);
    let link = Link::new(
        &server.url(),
        Badness {
            rate: 4_000_000,
            rtt: Duration::from_millis(10),
            kill: 0.05,
            silence: 0.0,
            flip: 0.0,
            seed,
        },
    )?;
    let url = format!("https://{}", link.address());
    let mut outcome = Outcome::default();
    let mut said = Said::default();
    let mut working = Working::start(laptop_program, &data, &url)?;
    while outcome.laptop < each || outcome.server < each {
        std::thread::sleep(Duration::from_millis(30 + chance.below(400)));
        let laptop = outcome.server >= each || (outcome.laptop < each && chance.happens(0.5));
        if laptop {
            said.add(working.kill()?);
            outcome.laptop += 1;
            working = Working::start(laptop_program, &data, &url)?;
        } else {
            server.kill()?;
            outcome.server += 1;
            // Sometimes it stays away while the laptop works on.
            std::thread::sleep(Duration::from_millis(chance.below(100)));
            server.start()?;
        }
    }
    said.add(working.kill()?);
    let sent = Command::new(laptop_program)
        .arg(&data)
        .args([&url, "--send"])
        .output()?;
    ensure!(
        sent.status.success(),
        "not all was sent: {}",
        String::from_utf8_lossy(&sent.stderr)
    );
    said.check(&server, &folder.path().join("export"))?;
    outcome.findings = said.words.len();
    outcome.photos = said.photos.len();
    outcome.cuts = link.carried().kills;
    Ok(outcome)
}

/// What was called saved.
#[derive(Default)]
struct Said {
    words: Vec<String>,
    photos: Vec<Digest>,
}

impl Said {
    fn add(&mut self, lines: Vec<String>) {
        for line in lines {
            if let Some(word) = line.strip_prefix("saved ") {
                self.words.push(word.to_owned());
            } else if let Some(photo) = line.strip_prefix("photo ").and_then(Digest::parse) {
                self.photos.push(photo);
            }
        }
    }

    /// All of it is at the server, each once.
    fn check(&self, server: &Server, out: &Path) -> Result<()> {
        server.export(out)?;
        let export = read_export(out)?;
        let mut times: BTreeMap<&str, usize> = BTreeMap::new();
        for finding in export.records.get("finding").context("findings")?.values() {
            *times
                .entry(finding["note"].as_str().unwrap_or_default())
                .or_default() += 1;
        }
        for word in &self.words {
            let count = times.get(word.as_str()).copied().unwrap_or(0);
            ensure!(
                count == 1,
                "{word} was called saved and is there {count} times"
            );
        }
        // What died between the commit and the word for it is there too, once.
        let doubled = times.iter().find(|(_, count)| **count > 1);
        ensure!(doubled.is_none(), "{doubled:?}");
        for photo in &self.photos {
            ensure!(
                export.photos.binary_search(photo).is_ok(),
                "the photo {photo} was called saved and is missing"
            );
        }
        Ok(())
    }
}

/// A laptop that works, and what it says.
struct Working {
    process: Child,
    lines: Option<JoinHandle<Vec<String>>>,
}

impl Working {
    fn start(program: &Path, data: &Path, url: &str) -> Result<Self> {
        let mut process = Command::new(program)
            .arg(data)
            .arg(url)
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| program.display().to_string())?;
        let out = process.stdout.take().context("no output")?;
        // A line that was cut by the death was not said.
        let lines =
            std::thread::spawn(move || BufReader::new(out).lines().map_while(Result::ok).collect());
        Ok(Self {
            process,
            lines: Some(lines),
        })
    }

    fn kill(mut self) -> Result<Vec<String>> {
        let ended = self.process.try_wait()?;
        ensure!(ended.is_none(), "the laptop ended by itself: {ended:?}");
        self.process.kill()?;
        self.process.wait()?;
        let lines = self.lines.take().context("lines")?.join();
        lines.map_err(|_| anyhow::anyhow!("reading panicked"))
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
