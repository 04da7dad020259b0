//! Copies of photos, beside sharp, Pillow and the crate `image`: time, memory, bytes, likeness.
//!
//! Prints figures and asserts none: `docs/BENCHMARKS.md` says how they are to be read.

mod likeness;
mod ours;
mod photos;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};

const HELP: &str = "\
cargo xtask bench photos [time] [likeness] [--rounds N] [--qualities]

  time      each photo of 12 megapixels: ours in both stages, sharp, Pillow, image; 15 rounds
  likeness  bytes and SSIMULACRA2 of our evidence copy beside sharp's;
            with --qualities also of other qualities of the encoder";

/// The top of the repository.
const TOP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
/// Where the peers are, from there.
const PEERS: &str = "tests/peers/photos";

/// What a process of its own has measured.
#[derive(Debug, Serialize, Deserialize)]
struct Measured {
    /// Wall time of each round, by photo.
    ms: Vec<Vec<f64>>,
    /// Processor time per photo, of all threads.
    cpu_ms: f64,
    /// The most memory after the first photo of each, above what the process held before.
    first_kib: u64,
    /// The same at the end.
    peak_kib: u64,
}

impl Measured {
    /// The mean over the photos of the median over the rounds.
    fn median_ms(&self) -> f64 {
        let medians = self.ms.iter().map(|rounds| {
            let mut rounds = rounds.clone();
            rounds.sort_by(f64::total_cmp);
            rounds[rounds.len() / 2]
        });
        mean(medians)
    }
}

fn mean(numbers: impl Iterator<Item = f64>) -> f64 {
    let all: Vec<f64> = numbers.collect();
    #[expect(clippy::cast_precision_loss, reason = "a handful")]
    let count = all.len() as f64;
    all.iter().sum::<f64>() / count
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [child, what, rounds, files @ ..] = arguments.as_slice()
        && child == "child"
    {
        let measured = ours::measure(what, rounds.parse()?, files)?;
        return say(&serde_json::to_string(&measured)?);
    }
    let (mut parts, mut rounds, mut qualities) = (Vec::new(), "15".to_owned(), false);
    let mut left = arguments.into_iter();
    while let Some(argument) = left.next() {
        match argument.as_str() {
            "--rounds" => rounds = left.next().context("--rounds needs a number")?,
            "--qualities" => qualities = true,
            // Said by `cargo bench` to every benchmark.
            "--bench" => {}
            "time" | "likeness" => parts.push(argument),
            "--help" | "-h" => return say(HELP),
            other => bail!("there is no measurement `{other}`\n\n{HELP}"),
        }
    }
    let folder = PathBuf::from(std::env::var("XUNAN_PHOTO_BENCH").context("XUNAN_PHOTO_BENCH")?);
    let photos = photos::make(&folder)?;
    if parts.is_empty() || parts.iter().any(|part| part == "time") {
        time(&photos, &rounds, &folder)?;
    }
    if parts.is_empty() || parts.iter().any(|part| part == "likeness") {
        let sharps = folder.join("sharp");
        fs::create_dir_all(&sharps)?;
        let photos = [photos, photos::small(&folder)?].concat();
        sharp(&["default", "0", "0"], &sharps.to_string_lossy(), &photos)?;
        likeness::compare(&photos, &sharps, qualities)?;
    }
    Ok(())
}

/// Who is measured, in the order of the table.
fn time(photos: &[PathBuf], rounds: &str, folder: &Path) -> Result<()> {
    let ours = |what| own(what, rounds, photos);
    let sharp = |style, threads| sharp(&[style, threads, rounds], "-", photos);
    let rows = [
        (
            "ours: seen (kind, digest, metadata, thumbnail)",
            ours("seen")?,
        ),
        ("ours: copied (evidence copy, look)", ours("copied")?),
        ("ours: both", ours("both")?),
        ("sharp, one thread", sharp("default", "1")?),
        ("sharp, its threads", sharp("default", "0")?),
        ("sharp, mozjpeg, one thread", sharp("mozjpeg", "1")?),
        ("sharp, mozjpeg, its threads", sharp("mozjpeg", "0")?),
        ("Pillow, draft", pillow(rounds, photos, folder)?),
        ("image", ours("image")?),
    ];
    say(&format!(
        "\n{:<48}{:>9}{:>9}{:>11}{:>11}",
        "per photo", "ms", "cpu ms", "first MiB", "peak MiB"
    ))?;
    for (name, row) in &rows {
        say(&format!(
            "{name:<48}{:>9.0}{:>9.0}{:>11}{:>11}",
            row.median_ms(),
            row.cpu_ms,
            row.first_kib >> 10,
            row.peak_kib >> 10
        ))?;
    }
    Ok(())
}

fn own(what: &str, rounds: &str, photos: &[PathBuf]) -> Result<Measured> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["child", what, rounds]).args(photos);
    measured(&mut command)
}

fn sharp(how: &[&str], out: &str, photos: &[PathBuf]) -> Result<Measured> {
    let mut command = Command::new("node");
    command
        .arg(Path::new(TOP).join(PEERS).join("sharp.js"))
        .args(how)
        .arg(out)
        .args(photos);
    measured(&mut command)
}

fn pillow(rounds: &str, photos: &[PathBuf], folder: &Path) -> Result<Measured> {
    let mut command = Command::new("python3");
    command
        .arg(Path::new(TOP).join(PEERS).join("pillow_peer.py"))
        .arg(rounds)
        .args(photos)
        .env("PYTHONPATH", folder.join("pillow"));
    measured(&mut command)
}

fn measured(command: &mut Command) -> Result<Measured> {
    let output = command.output().with_context(|| format!("{command:?}"))?;
    let why = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{command:?}: {why}");
    let said = String::from_utf8(output.stdout)?;
    serde_json::from_str(said.trim()).with_context(|| format!("{command:?}: {said}"))
}

fn say(text: &str) -> Result<()> {
    Ok(writeln!(std::io::stdout(), "{text}")?)
}
