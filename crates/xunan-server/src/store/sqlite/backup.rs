//! Copying the database while it is in use, and what such a copy says of itself.

use std::path::Path;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use serde::{Deserialize, Serialize};
use xunan_model::digest::Digest;
use xunan_platform::RealDisk;

use super::{author, open, pull, report};

const BUSY_PAUSE: Duration = Duration::from_millis(100);
const BUSY_TRIES_MAX: u32 = 200;

/// How much a database holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    pub changes: u64,
    pub quarantined: u64,
    pub records: u64,
    pub laptops: u64,
    pub accounts: u64,
    pub blobs: u64,
    pub blob_bytes: u64,
}

/// A copy that SQLite found whole.
#[derive(Debug)]
pub(crate) struct Copy {
    pub(crate) version: i64,
    pub(crate) server_epoch: u64,
    pub(crate) counts: Counts,
    pub(crate) blobs: Vec<(Digest, u64)>,
}

/// Copies one moment of the database into one new file. The original is not upgraded: a backup
/// before the installation of a newer program must be good for the older one.
pub(crate) fn database_copy(from: &Path, to: &Path) -> Result<()> {
    let source = open::reader(&RealDisk, from)?;
    open::check(&source, from)?;
    let mut copy =
        Connection::open(to).with_context(|| format!("cannot write {}", to.display()))?;
    {
        let backup = Backup::new(&source, &mut copy)?;
        let mut tries = 0;
        // All pages in one step: in steps, a server that keeps writing would start it over.
        loop {
            match backup.step(-1).context("copying the database")? {
                StepResult::Done => break,
                StepResult::More => {}
                _ => {
                    tries += 1;
                    ensure!(tries < BUSY_TRIES_MAX, "the database stays locked");
                    thread::sleep(BUSY_PAUSE);
                }
            }
        }
    }
    one_file(&copy)?;
    copy.close().map_err(|(_, e)| e)?;
    Ok(())
}

/// Without the write-ahead log, so that the file alone is the database.
fn one_file(connection: &Connection) -> Result<()> {
    let mode: String =
        connection.pragma_update_and_check(None, "journal_mode", "DELETE", |row| row.get(0))?;
    ensure!(mode == "delete", "the copy is still in use");
    Ok(())
}

/// Opens a copy without changing it and checks all of it.
pub(crate) fn copy_check(path: &Path) -> Result<Copy> {
    let c = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)
        .with_context(|| format!("cannot open {}", path.display()))?;
    open::check(&c, path)?;
    let whole: String = c
        .query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))
        .with_context(|| format!("{} is damaged", path.display()))?;
    if whole != "ok" {
        bail!("{} is damaged: {whole}", path.display());
    }
    let counts = c.query_row(
        "SELECT (SELECT count(*) FROM change), (SELECT count(*) FROM quarantine),
                (SELECT count(*) FROM record),
                (SELECT count(*) FROM device WHERE token_sha256 IS NOT NULL),
                (SELECT count(*) FROM account), (SELECT count(*) FROM blob),
                (SELECT coalesce(sum(bytes), 0) FROM blob)",
        [],
        |row| {
            Ok(Counts {
                changes: row.get(0)?,
                quarantined: row.get(1)?,
                records: row.get(2)?,
                laptops: row.get(3)?,
                accounts: row.get(4)?,
                blobs: row.get(5)?,
                blob_bytes: row.get(6)?,
            })
        },
    )?;
    Ok(Copy {
        version: c.pragma_query_value(None, "user_version", |row| row.get(0))?,
        server_epoch: pull::server_epoch(&c)?,
        counts,
        blobs: report::blobs(&c)?,
    })
}

/// Gives a copy that is about to be put in place the epoch of a restored server, and upgrades it.
pub(crate) fn copy_renew(path: &Path) -> Result<u64> {
    let mut connection = open::writer(&RealDisk, path)?;
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let epoch = author::epoch_renew(&tx, open::new_epoch()?)?;
    tx.commit()?;
    one_file(&connection)?;
    connection.close().map_err(|(_, e)| e)?;
    Ok(epoch)
}
