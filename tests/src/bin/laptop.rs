//! A laptop as a process of its own, for tests that kill it: it saves one thing after the other, and
//! says so only when the program calls it saved.
//!
//! `laptop FOLDER URL` works until it is killed; with `--send` it only sends what waits, and ends;
//! with `--idle` it does nothing until it is killed.

use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use xunan_core::{App, PhotoTarget};
use xunan_model::digest::Digest;
use xunan_testkit::laptop::{self, LOGIN, PASSWORD};

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().context("a folder")?;
    let url = arguments.next().context("an address")?;
    let install = laptop::open_via(Path::new(&folder), &url)?;
    match arguments.next().as_deref() {
        Some("--send") => {
            install.sync_now();
            laptop::wait_sent(&install, Duration::from_secs(180))?;
            Ok(())
        }
        Some("--idle") => loop {
            std::thread::park();
        },
        _ => work(&install.unlock(LOGIN, PASSWORD)?),
    }
}

/// Saves findings and photos for ever.
fn work(app: &App) -> Result<()> {
    let visit = match app.inspection_list()?.into_iter().next() {
        Some(visit) => visit.id,
        None => laptop::begin(app, &["fire"], 1)?.row.id,
    };
    let inspection = visit.parse()?;
    for turn in 0_u64.. {
        let word = xunan_core::log_id();
        let mut draft = app.finding_draft(inspection, None, None, "")?;
        draft.hazard = "疏散通道被占用".to_owned();
        draft.note.clone_from(&word);
        app.finding_save(&draft)?;
        say(&format!("saved {word}"))?;
        if turn % 4 == 3 {
            let bytes = noise(&word);
            let target = PhotoTarget {
                inspection,
                finding: None,
                item: None,
                facility: String::new(),
                name: format!("{word}.jpg"),
                source: xunan_model::photo::PhotoSource::File,
            };
            app.photo_add(target, &bytes)?;
            say(&format!("photo {}", Digest::of(&bytes)))?;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}

/// The mark of a JPEG, then 20 to 84 KB that follow from the word.
fn noise(word: &str) -> Vec<u8> {
    let mut block = Digest::of(word.as_bytes());
    let length = 20_000 + usize::from(block.0[0]) * 250;
    let mut bytes = vec![0xff, 0xd8, 0xff, 0xe0];
    while bytes.len() < length {
        bytes.extend_from_slice(&block.0);
        block = Digest::of(&block.0);
    }
    bytes
}

fn say(line: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}
