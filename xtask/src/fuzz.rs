//! Feeds every parser of foreign bytes with what no honest program sends.

use std::fs;

use crate::Place;
use crate::tools::{Done, run, say};

/// The targets of `tests/fuzz`, and the longest input for each, in bytes.
const TARGETS: &[(&str, u32)] = &[
    ("request", 64 << 10),
    ("reply", 64 << 10),
    ("server", 16 << 10),
    ("photo", 64 << 10),
    ("checklist", 32 << 10),
    ("words", 256),
];
/// Real files to begin with, where they are installed (`cargo xtask setup`); a file longer than the
/// target's longest input is cut.
const PHOTOS: [&str; 4] = [
    "/usr/share/gocode/src/github.com/rwcarlsen/goexif/exif/samples",
    "/usr/share/gocode/src/github.com/rwcarlsen/goexif/exif/corrupt",
    "tests/photos/node_modules/exif/test",
    "assets/icons",
];
/// Above this a target counts as failed.
const MEMORY_MB_MAX: u32 = 2_048;

/// `--seconds N` for each target (60), or only the targets named.
pub(crate) fn fuzz(place: &Place, args: &[String]) -> Done {
    let (mut seconds, mut wanted) = ("60", Vec::new());
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--seconds" => seconds = args.next().ok_or("--seconds needs a number")?,
            name if TARGETS.iter().any(|(known, _)| *known == name) => wanted.push(name),
            other => return Err(format!("fuzz does not know `{other}`")),
        }
    }
    installed(place)?;
    for (name, bytes_max) in TARGETS {
        if !wanted.is_empty() && !wanted.contains(name) {
            continue;
        }
        say(&format!("\n== {name}, {seconds} s =="));
        target(place, name, seconds, *bytes_max)?;
    }
    say("\nfuzz: no target failed");
    Ok(())
}

fn target(place: &Place, name: &str, seconds: &str, bytes_max: u32) -> Done {
    let folder = place.root.join("tests/fuzz");
    let corpus = place.target.join("fuzz-corpus").join(name);
    fs::create_dir_all(&corpus).map_err(|error| error.to_string())?;
    let mut fuzz = place.cargo(&["fuzz", "run", "--fuzz-dir"]);
    fuzz.arg(&folder).arg("--target-dir");
    fuzz.arg(place.target.join("fuzz")).arg(name).arg(&corpus);
    let seeds = folder.join("seeds").join(name);
    if seeds.is_dir() {
        fuzz.arg(seeds);
    }
    if name == "photo" {
        let photos = PHOTOS.map(|photos| place.root.join(photos));
        fuzz.args(photos.into_iter().filter(|photos| photos.is_dir()));
    }
    fuzz.arg("--")
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-max_len={bytes_max}"))
        .arg(format!("-rss_limit_mb={MEMORY_MB_MAX}"))
        .args(["-timeout=20", "-print_final_stats=1"]);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let tools = place.target.join("tools/bin");
    let paths = std::iter::once(tools).chain(std::env::split_paths(&path));
    let path = std::env::join_paths(paths).map_err(|error| error.to_string())?;
    // Instrumentation is not stable yet; it is asked of the stable compiler. What SQLite is told of a
    // simulated disk is told for good, which would count as a leak.
    fuzz.env("RUSTC_BOOTSTRAP", "1")
        .env("ASAN_OPTIONS", "detect_leaks=0")
        .env("PATH", path);
    run(&mut fuzz)
}

fn installed(place: &Place) -> Done {
    if place.built("tools/bin", "cargo-fuzz").is_file() {
        return Ok(());
    }
    let mut install = place.cargo(&["install", "cargo-fuzz", "--locked"]);
    install.arg("--root").arg(place.target.join("tools"));
    install
        .arg("--target-dir")
        .arg(place.target.join("cargo-fuzz"));
    run(&mut install)
}
