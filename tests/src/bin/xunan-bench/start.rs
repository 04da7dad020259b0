//! From the start to a usable window, and memory, beside an empty window.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use xunan_testkit::{processes, program};

use crate::figures::{Times, say};
use crate::shell;

const RUNS: usize = 5;
const PATIENCE: Duration = Duration::from_secs(30);
/// Memory is read when the window has had time to come to rest.
const REST: Duration = Duration::from_secs(2);

pub(crate) fn measure() -> Result<()> {
    say("start: an enrolled laptop, up to the first screen that takes input; the server away")?;
    let folder = shell::folder()?;
    drop(shell::enrolled(folder.path())?);
    let ours = Window {
        program: program("XUNAN_BIN")?,
        folder: folder.path(),
    };
    let empty = Window {
        program: std::env::current_exe()?.with_file_name("empty-window"),
        folder: folder.path(),
    };

    let (mut our, mut bare) = (Seen::default(), Seen::default());
    // The first of each fills the caches and is not counted.
    ours.run(&mut Seen::default())?;
    empty.run(&mut Seen::default())?;
    for _ in 0..RUNS {
        ours.run(&mut our)?;
        empty.run(&mut bare)?;
    }
    let (start, bare_start) = (our.start.median()?, bare.start.median()?);
    let (memory, bare_memory) = (our.memory()?, bare.memory()?);
    let kind = our.kind;
    say(&format!(
        "  start to a usable window, median: {start:.0} ms ({RUNS} warm runs)"
    ))?;
    say(&format!(
        "  peer: an empty Tauri window, median: {bare_start:.0} ms ({RUNS} warm runs)"
    ))?;
    say(&format!(
        "  start beside its peer: {:.2} x",
        start / bare_start
    ))?;
    say(&format!(
        "  memory ({kind}), median: {memory:.0} MB in {} processes",
        our.processes
    ))?;
    say(&format!(
        "  peer: an empty Tauri window ({}), median: {bare_memory:.0} MB in {} processes",
        bare.kind, bare.processes
    ))?;
    say(&format!(
        "  memory beside its peer: {:.2} x",
        memory / bare_memory
    ))
}

/// What was seen of a program.
#[derive(Default)]
struct Seen {
    start: Times,
    bytes: Vec<u64>,
    processes: usize,
    kind: &'static str,
}

impl Seen {
    fn memory(&self) -> Result<f64> {
        let mut sorted = self.bytes.clone();
        sorted.sort_unstable();
        let middle = sorted
            .get(sorted.len() / 2)
            .context("nothing was measured")?;
        Ok(*middle as f64 / 1e6)
    }
}

/// A program with a window.
struct Window<'a> {
    program: PathBuf,
    folder: &'a Path,
}

impl Window<'_> {
    fn run(&self, seen: &mut Seen) -> Result<()> {
        let ready = self.folder.join("ready");
        let _ = fs::remove_file(&ready);
        let start = Instant::now();
        let mut process = Ended(
            self.command(&ready)
                .spawn()
                .with_context(|| self.program.display().to_string())?,
        );
        while !ready.exists() {
            ensure!(
                start.elapsed() < PATIENCE,
                "{} showed nothing",
                self.program.display()
            );
            std::thread::sleep(Duration::from_millis(1));
        }
        seen.start.add(start.elapsed());
        std::thread::sleep(REST);
        let tree = processes::tree(process.0.id())?;
        let (kind, bytes) = processes::memory(&tree)?;
        seen.kind = kind;
        seen.processes = tree.len();
        seen.bytes.push(bytes);
        process.end();
        // Its helpers see that it is gone, and go.
        std::thread::sleep(Duration::from_millis(500));
        Ok(())
    }

    fn command(&self, ready: &Path) -> Command {
        let mut command = Command::new(&self.program);
        command
            .env("XUNAN_READY_FILE", ready)
            .env("XUNAN_DATA", self.folder.join("laptop"))
            // The web view's own files: not among the person's.
            .env("XDG_DATA_HOME", self.folder.join("data"))
            .env("XDG_CACHE_HOME", self.folder.join("cache"))
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }
}

/// A program that does not outlive its measurement.
struct Ended(Child);

impl Ended {
    fn end(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Ended {
    fn drop(&mut self) {
        self.end();
    }
}
