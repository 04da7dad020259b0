//! Files that no camera writes: cut short, flipped, lying about their size, made to fill the memory.
//!
//! Each kind runs in a process of its own, so that its peak of memory can be read and a hang or a death
//! of the decoders written in C is one failed test.

mod bombs;
mod metadata;

use std::fs;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use xunan_picture::{Kind, PictureError, camera, evidence, taken_words, thumb};

use crate::corpora;

/// What the process may take in all: the original's bytes, the pixels and the test itself.
const MEMORY_MIB_MAX: u64 = 256;
/// Against hangs only: the slowest machine on its slowest day.
const FILE_TIME_MAX: Duration = Duration::from_secs(180);
/// Says to the program that it is the process that is watched.
const CHILD: &str = "XUNAN_HOSTILE_CHILD";

/// Panics that began in Rust; the JPEG library unwinds without one.
static PANICS: AtomicU32 = AtomicU32::new(0);

/// Runs a test of this program again as a process, or, if this is that process, `feed`.
fn watched(test: &str, feed: fn()) {
    if std::env::var_os(CHILD).is_some() {
        std::panic::set_hook(Box::new(|panic| {
            PANICS.fetch_add(1, Ordering::SeqCst);
            eprintln!("{panic}");
        }));
        feed();
        assert_eq!(PANICS.load(Ordering::SeqCst), 0, "a decoder panicked");
        if let Some(peak) = peak_mib() {
            println!("{test}: {peak} MiB at most");
            assert!(peak <= MEMORY_MIB_MAX, "it took {peak} MiB");
        }
        return;
    }
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &format!("hostile::{test}"), "--nocapture"])
        .env(CHILD, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stdout);
    let why = String::from_utf8_lossy(&child.stderr);
    assert!(child.status.success(), "{}\n{said}\n{why}", child.status);
    assert!(said.contains("1 passed"), "{said}");
    said.lines()
        .filter(|line| line.contains("at most"))
        .for_each(|line| println!("{line}"));
}

/// The most memory that this process ever held; Linux only.
fn peak_mib() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib >> 10)
}

/// Does all that the program does with a file that comes in. What is refused says why.
fn take_in(name: &str, bytes: &[u8]) -> Result<(), PictureError> {
    let begun = Instant::now();
    let shown = look_at(name, bytes);
    let evidence = evidence(bytes);
    assert_eq!(shown.as_ref().err(), evidence.as_ref().err(), "{name}");
    let took = begun.elapsed();
    assert!(took < FILE_TIME_MAX, "{name} took {took:?}");
    shown
}

/// What is done before a photo is seen.
fn look_at(name: &str, bytes: &[u8]) -> Result<(), PictureError> {
    let _kind = Kind::of(bytes);
    let _facts = (camera(bytes), taken_words(bytes));
    let shown = thumb(bytes).map(drop);
    if let Err(error) = &shown {
        let why = error.to_string();
        assert!(why.len() > 5 && !why.contains("gave up"), "{name}: {why}");
    }
    shown
}

/// Real photographs, and one of each other kind made from one of them.
fn photographs() -> Vec<(String, Vec<u8>)> {
    let mut all = corpora::photographs();
    all.retain(|(_, bytes)| bytes.len() > 20_000);
    let small = image::load_from_memory(&small(&all)).unwrap().to_rgb8();
    for format in [image::ImageFormat::Png, image::ImageFormat::WebP] {
        let mut bytes = std::io::Cursor::new(Vec::new());
        small.write_to(&mut bytes, format).unwrap();
        all.push((format!("{format:?}"), bytes.into_inner()));
    }
    let progressive = xunan_picture::encode_small(&small, 80.0, None).unwrap();
    all.push(("progressive".to_owned(), progressive));
    all
}

/// The smallest of them.
fn small(all: &[(String, Vec<u8>)]) -> Vec<u8> {
    all.iter()
        .map(|(_, bytes)| bytes)
        .min_by_key(|bytes| bytes.len())
        .unwrap()
        .clone()
}

fn truncated() {
    for (name, bytes) in photographs() {
        for hundredth in 0..100 {
            let part = &bytes[..bytes.len() * hundredth / 100];
            let name = format!("{name}, {hundredth} %");
            // The evidence copy reads the same bytes by the same decoder; a large one takes long.
            if bytes.len() < 100_000 || hundredth % 20 == 19 {
                let _ = take_in(&name, part);
            } else {
                let _ = look_at(&name, part);
            }
        }
    }
}

#[test]
fn a_file_that_ends_too_early_is_shown_as_far_as_it_goes_or_refused_with_a_reason() {
    watched(
        "a_file_that_ends_too_early_is_shown_as_far_as_it_goes_or_refused_with_a_reason",
        truncated,
    );
}

fn flipped() {
    let mut random = Random(20_261_127);
    let mut all = corpora::samples();
    all.extend(photographs());
    all.retain(|(_, bytes)| (1..100_000).contains(&bytes.len()));
    assert!(all.len() > 60, "{}", all.len());
    for round in 0..5_000 {
        let (name, bytes) = &all[random.below(all.len())];
        let mut bytes = bytes.clone();
        // Half of them near the beginning, where sizes and tables are.
        let reach = if round % 2 == 0 {
            bytes.len()
        } else {
            bytes.len().min(700)
        };
        for _ in 0..=random.below(8) {
            bytes[random.below(reach)] ^= 1 << random.below(8);
        }
        let _ = take_in(&format!("{name}, round {round}"), &bytes);
    }
}

#[test]
fn thousands_of_flipped_bits_are_shown_or_refused_with_a_reason() {
    watched(
        "thousands_of_flipped_bits_are_shown_or_refused_with_a_reason",
        flipped,
    );
}

#[test]
fn a_picture_that_claims_too_much_is_refused_before_it_takes_memory() {
    watched(
        "a_picture_that_claims_too_much_is_refused_before_it_takes_memory",
        bombs::claims,
    );
}

#[test]
fn what_unpacks_to_much_more_than_it_is_stays_within_the_memory() {
    watched(
        "what_unpacks_to_much_more_than_it_is_stays_within_the_memory",
        bombs::unpacking,
    );
}

#[test]
fn metadata_that_loop_or_lie_are_left_out() {
    watched("metadata_that_loop_or_lie_are_left_out", metadata::lies);
}

#[test]
fn other_files_under_a_pictures_name_are_no_pictures() {
    watched(
        "other_files_under_a_pictures_name_are_no_pictures",
        metadata::other_files,
    );
}

/// A small generator (`SplitMix64`): the same sequence everywhere.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % limit as u64).unwrap()
    }
}
