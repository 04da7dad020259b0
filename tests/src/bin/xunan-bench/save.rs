//! Saving one finding: latency, transactions, fsyncs.

use std::fs::File;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use rusqlite::Connection;
use serde_json::{Value, json};
use xunan_model::id::InspectionId;
use xunan_testkit::laptop::{self, LOGIN, PASSWORD};

use crate::figures::{Times, say};
use crate::shell::{self, Shell};

const WARM_UP: usize = 20;
const SAVES: usize = 500;
const SAVES_COUNTED: usize = 100;
const SAVES_TRACED: usize = 300;

/// SQLite's page, and the write that each save is put beside.
const PAGE: usize = 4096;
const PEER_PAGES: u64 = 1000;

pub(crate) fn measure() -> Result<()> {
    say("save: one finding through `finding_save`, the server away")?;
    let folder = shell::folder()?;
    let install = shell::enrolled(folder.path())?;
    let app = install.unlock(LOGIN, PASSWORD)?;
    let visit = laptop::begin(&app, &["fire", "city_gas"], 2)?;
    let (inspection, items) = (visit.row.id, visit.items.len());
    drop((app, install));

    // Before anything here opens the same folder: it takes one program.
    syncs(folder.path(), &inspection)?;

    let laptop_folder = folder.path().join("laptop");
    let shell = Shell::open(Arc::new(laptop::open(&laptop_folder)?))?;
    let drafts = drafts(&shell, inspection.parse()?)?;
    ensure!(drafts.len() == items, "a draft for every item");
    latency(&shell, &drafts, folder.path())?;
    transactions(&shell, &drafts, &laptop_folder.join("xunan.db"))
}

/// A filled-in finding for every item of the visit.
fn drafts(shell: &Shell, inspection: InspectionId) -> Result<Vec<Value>> {
    let visit = shell.value("inspection_get", json!({ "id": inspection }))?;
    let items = visit["items"].as_array().context("items")?;
    let draft = |item: &Value| {
        let arguments = json!({ "inspection": inspection, "edition": item["edition"]["id"], "item": item["code"] });
        let mut draft = shell.value("finding_draft", arguments)?;
        draft["part"] = "三层东侧楼梯间".into();
        draft["note"] = "现场已口头告知，待书面通知。".into();
        Ok(draft)
    };
    items.iter().map(draft).collect()
}

fn save(shell: &Shell, drafts: &[Value], place: usize) -> Result<Duration> {
    let arguments = json!({ "draft": drafts[place % drafts.len()] });
    let start = Instant::now();
    shell.text("finding_save", arguments)?;
    Ok(start.elapsed())
}

fn latency(shell: &Shell, drafts: &[Value], folder: &Path) -> Result<()> {
    for place in 0..WARM_UP {
        save(shell, drafts, place)?;
    }
    let mut peer = Peer::new(&folder.join("peer"))?;
    let (mut saves, mut writes) = (Times::default(), Times::default());
    for place in 0..SAVES {
        saves.add(save(shell, drafts, place)?);
        writes.add(peer.write()?);
    }
    saves.say("  a save")?;
    writes.say("  peer: write 4 KiB + fdatasync")?;
    saves.say_ratio("  a save beside its peer", &writes)
}

/// The least that a durable save could cost: one page over an old one, and one sync.
struct Peer {
    file: File,
    written: u64,
}

impl Peer {
    fn new(path: &Path) -> Result<Self> {
        let mut file = File::create(path)?;
        for _ in 0..PEER_PAGES {
            std::io::Write::write_all(&mut file, &[0; PAGE])?;
        }
        file.sync_all()?;
        Ok(Self { file, written: 0 })
    }

    fn write(&mut self) -> Result<Duration> {
        use std::io::{Seek as _, SeekFrom, Write as _};
        let start = Instant::now();
        let page = self.written % PEER_PAGES;
        self.file.seek(SeekFrom::Start(page * PAGE as u64))?;
        self.file.write_all(&[b'x'; PAGE])?;
        self.file.sync_data()?;
        self.written += 1;
        Ok(start.elapsed())
    }
}

/// Counts the commit marks in the write-ahead log, whoever wrote them.
fn transactions(shell: &Shell, drafts: &[Value], database: &Path) -> Result<()> {
    let reader = Connection::open(database)?;
    let changes = |conn: &Connection| -> Result<i64> {
        Ok(conn.query_row("SELECT count(*) FROM change", [], |row| row.get(0))?)
    };
    let log = database.with_extension("db-wal");
    // Begun again when SQLite had just emptied the log and begins it anew under the count.
    for _ in 0..5 {
        save(shell, drafts, 0)?;
        // A snapshot that is being read keeps the log from being begun again.
        reader.execute_batch("BEGIN")?;
        let changes_before = changes(&reader)?;
        let before = Marks::read(&log)?;
        for place in 0..SAVES_COUNTED {
            save(shell, drafts, place)?;
        }
        let after = Marks::read(&log)?;
        reader.execute_batch("COMMIT")?;
        if before.salt != after.salt {
            continue;
        }
        let saves = SAVES_COUNTED as f64;
        let commits = (after.commits - before.commits) as f64 / saves;
        let pages = (after.pages - before.pages) as f64 / saves;
        let logged = (changes(&reader)? - changes_before) as f64 / saves;
        say(&format!(
            "  transactions of a save: {commits:.2} (commit marks in the log, {SAVES_COUNTED} saves)"
        ))?;
        say(&format!("  changes of a save in the outbox: {logged:.2}"))?;
        return say(&format!(
            "  pages of a save written to the log: {pages:.1} of 4 KiB"
        ));
    }
    anyhow::bail!("the log was begun anew under every count")
}

/// What stands in a write-ahead log (<https://sqlite.org/fileformat2.html#the_write_ahead_log>).
struct Marks {
    salt: [u8; 8],
    commits: usize,
    pages: usize,
}

impl Marks {
    fn read(log: &Path) -> Result<Self> {
        const HEADER: usize = 32;
        const FRAME_HEADER: usize = 24;
        let bytes = std::fs::read(log)?;
        let salt: [u8; 8] = bytes.get(16..24).context("no log")?.try_into()?;
        let mut marks = Self {
            salt,
            commits: 0,
            pages: 0,
        };
        for frame in bytes[HEADER..].chunks_exact(FRAME_HEADER + PAGE) {
            if frame[8..16] != salt {
                break; // Left over from before the log was begun anew.
            }
            marks.pages += 1;
            // The size of the database after a commit; zero in every other frame.
            marks.commits += usize::from(frame[4..8] != [0; 4]);
        }
        Ok(marks)
    }
}

/// Counts the syncs of every single save, in a process of its own under strace.
fn syncs(folder: &Path, inspection: &str) -> Result<()> {
    let trace = folder.join("trace");
    let status = Command::new("strace")
        .args([
            "-f",
            "-y",
            "-e",
            "trace=fsync,fdatasync,sync_file_range,msync",
            "-o",
        ])
        .arg(&trace)
        .arg(std::env::current_exe()?)
        .arg("save-child")
        .arg(folder.join("laptop"))
        .args([inspection, &SAVES_TRACED.to_string()])
        .status();
    let status = match status {
        Ok(status) => status,
        Err(error) => {
            return say(&format!(
                "  fsyncs of a save: not counted, strace cannot be started ({error})"
            ));
        }
    };
    ensure!(status.success(), "the traced saves failed");
    let saves = per_save(&std::fs::read_to_string(&trace)?);
    ensure!(
        saves.len() == SAVES_TRACED,
        "{} saves were traced",
        saves.len()
    );

    let (with, without): (Vec<&Syncs>, Vec<&Syncs>) =
        saves.iter().partition(|syncs| syncs.database > 0);
    let one = without
        .iter()
        .filter(|syncs| syncs.log == 1 && syncs.other == 0)
        .count();
    let total: usize = saves
        .iter()
        .map(|syncs| syncs.log + syncs.database + syncs.other)
        .sum();
    let other: usize = saves.iter().map(|syncs| syncs.other).sum();
    let more = without.len() - one;
    let count = saves.len();
    say(&format!(
        "  saves with exactly 1 fsync: {one} of {count} (strace)"
    ))?;
    say(&format!(
        "  saves that also moved the log into the database (checkpoint): {} of {count}",
        with.len()
    ))?;
    say(&format!(
        "  saves with more fsyncs and no checkpoint (the log begun anew): {more} of {count}"
    ))?;
    say(&format!(
        "  fsyncs of files that are not the database or its log: {other}"
    ))?;
    let mean = total as f64 / count as f64;
    say(&format!(
        "  fsyncs of a save, checkpoints shared out: {mean:.3}"
    ))
}

/// The syncs between one mark and the next.
#[derive(Default)]
struct Syncs {
    log: usize,
    database: usize,
    other: usize,
}

/// The child syncs a file named `mark` before each save and after the last.
fn per_save(trace: &str) -> Vec<Syncs> {
    let mut saves: Vec<Syncs> = Vec::new();
    // `PID fdatasync(7</folder/xunan.db-wal>) = 0`; a resumed call has no file and is counted already.
    let files = trace
        .lines()
        .filter_map(|line| line.split_once('<')?.1.split_once('>'))
        .map(|(file, _)| file);
    for file in files {
        if file.ends_with("/mark") {
            saves.push(Syncs::default());
            continue;
        }
        let Some(save) = saves.last_mut() else {
            continue;
        };
        if file.ends_with("xunan.db-wal") {
            save.log += 1;
        } else if file.ends_with("xunan.db") {
            save.database += 1;
        } else {
            save.other += 1;
        }
    }
    // What follows the last mark is the end of the program.
    saves.pop();
    saves
}

/// What runs under strace.
pub(crate) fn child(folder: &Path, inspection: InspectionId, count: usize) -> Result<()> {
    let mark = File::create(folder.join("mark"))?;
    let shell = Shell::open(Arc::new(laptop::open(folder)?))?;
    let drafts = drafts(&shell, inspection)?;
    for place in 0..count {
        mark.sync_data()?;
        save(&shell, &drafts, place)?;
    }
    mark.sync_data()?;
    Ok(())
}
