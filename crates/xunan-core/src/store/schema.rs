//! Opening the database: pragmas, migrations, and what is done with a file that is not ours.

use std::path::Path;

use anyhow::{Context, Result};
use rusqlite::{Connection, ErrorCode, OpenFlags};
use xunan_model::fault::{Code, Fault};
use xunan_platform::{Disk, connect};

use crate::ledger;

/// Numbered, append-only; never edited once released.
const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/0001.sql"),
    include_str!("../migrations/0002.sql"),
    include_str!("../migrations/0003.sql"),
];

/// Marks the file as ours (`PRAGMA application_id`): "XUNA".
const APPLICATION_ID: i64 = 0x5855_4e41;

/// Opens the writer's connection and brings the schema up to date.
pub(super) fn open_writer(disk: &dyn Disk, path: &Path) -> Result<Connection> {
    let fresh = disk.len(path).is_err();
    let mut conn = connect(disk, path, OpenFlags::default()).context("open the database")?;
    if !fresh {
        refuse_foreign(&conn)?;
    }
    pragmas(&conn)?;
    migrate(&mut conn, path)?;
    let tx = conn.transaction()?;
    ledger::refresh(&tx)?;
    tx.commit()?;
    Ok(conn)
}

/// Opens a connection that can only read.
pub(super) fn open_reader(disk: &dyn Disk, path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = connect(disk, path, flags)?;
    conn.busy_timeout(std::time::Duration::from_secs(10))?;
    Ok(conn)
}

fn pragmas(conn: &Connection) -> Result<()> {
    // FULL: a commit is on the disk before it is announced; laptops lose power.
    conn.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = OFF;
         PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16000;",
    )?;
    conn.busy_timeout(std::time::Duration::from_secs(10))?;
    conn.set_prepared_statement_cache_capacity(100);
    Ok(())
}

/// A damaged or newer database is never touched: the person is told, the file stays.
fn refuse_foreign(conn: &Connection) -> Result<()> {
    let damaged = || Fault::new(Code::Internal, "damaged_database");
    let look = |sql: &str| -> Result<i64> {
        conn.query_row(sql, [], |row| row.get(0))
            .map_err(|error| match error.sqlite_error_code() {
                // A disk that does not answer says nothing about the file.
                Some(
                    ErrorCode::SystemIoFailure
                    | ErrorCode::CannotOpen
                    | ErrorCode::ReadOnly
                    | ErrorCode::PermissionDenied
                    | ErrorCode::DiskFull,
                ) => error.into(),
                _ => damaged().into(),
            })
    };
    let found = look("PRAGMA user_version")?;
    let application = look("PRAGMA application_id")?;
    let known = i64::try_from(MIGRATIONS.len())?;
    if found > known {
        return Err(Fault::new(Code::NewerDatabase, "newer_database")
            .with("found", found)
            .with("known", known)
            .into());
    }
    // An empty file is one of ours whose first start was cut short.
    let tables = look("SELECT count(*) FROM sqlite_master")?;
    if tables > 0 && application != APPLICATION_ID {
        return Err(damaged().into());
    }
    Ok(())
}

fn migrate(conn: &mut Connection, path: &Path) -> Result<()> {
    let done: usize = conn.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if done == MIGRATIONS.len() {
        return Ok(());
    }
    if done > 0 {
        let copy = path.with_extension(format!("before-{}.db", MIGRATIONS.len()));
        if !copy.exists() {
            conn.execute("VACUUM INTO ?1", [copy.to_string_lossy()])
                .context("copy before upgrading")?;
        }
    }
    let tx = conn.transaction()?;
    for sql in &MIGRATIONS[done..] {
        tx.execute_batch(sql)?;
    }
    tx.pragma_update(None, "user_version", i64::try_from(MIGRATIONS.len())?)?;
    tx.pragma_update(None, "application_id", APPLICATION_ID)?;
    tx.commit()?;
    Ok(())
}
