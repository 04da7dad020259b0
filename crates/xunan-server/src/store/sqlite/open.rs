//! Opening and upgrading the database. Pragmas are set here and nowhere else.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rusqlite::{Connection, OpenFlags, TransactionBehavior, params};

use xunan_platform::{Disk, connect};

use super::codec::Sql;
use crate::platform;

/// Numbered files, never edited once released. `user_version` is how many have run.
pub(super) const MIGRATIONS: [&str; 1] = [include_str!("../../../migrations/0001.sql")];
/// "XUNS": tells our database from others'.
const APPLICATION_ID: i64 = 0x5855_4e53;
const BUSY: Duration = Duration::from_secs(20);
/// A net in case the checkpoints beside the writer fail: about 64 MB of log.
const AUTOCHECKPOINT_PAGES: i64 = 16_000;

pub(super) fn writer(disk: &dyn Disk, path: &Path) -> Result<Connection> {
    let mut connection = connect(disk, path, OpenFlags::default())
        .with_context(|| format!("cannot open the database {}", path.display()))?;
    connection.busy_timeout(BUSY)?;
    check(&connection, path)?;
    // FULL: what a laptop was told is safe must survive a power cut.
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "wal_autocheckpoint", AUTOCHECKPOINT_PAGES)?;
    connection.set_prepared_statement_cache_capacity(64);
    migrate(&mut connection)?;
    Ok(connection)
}

pub(super) fn reader(disk: &dyn Disk, path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = connect(disk, path, flags)?;
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// Refuses before anything is written.
pub(super) fn check(connection: &Connection, path: &Path) -> Result<()> {
    let number = |pragma: &str| -> Result<i64> {
        connection
            .pragma_query_value(None, pragma, |row| row.get(0))
            .with_context(|| format!("{} is not a database of this server", path.display()))
    };
    let (application, version) = (number("application_id")?, number("user_version")?);
    if application != APPLICATION_ID && (application != 0 || version != 0) {
        bail!("{} is not a database of this server", path.display());
    }
    let known = MIGRATIONS.len() as i64;
    if version > known {
        bail!(
            "the database was written by a newer program (version {version}, this program knows {known}); install that one"
        );
    }
    Ok(())
}

fn migrate(connection: &mut Connection) -> Result<()> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Read inside the transaction: another process may have upgraded it meanwhile.
    let done: i64 = tx.pragma_query_value(None, "user_version", |row| row.get(0))?;
    for migration in MIGRATIONS.iter().skip(usize::try_from(done)?) {
        tx.execute_batch(migration)?;
    }
    if done == 0 {
        tx.pragma_update(None, "application_id", APPLICATION_ID)?;
        let (device, created) = (platform::uuid(), platform::now().to_rfc3339());
        tx.execute(
            "INSERT INTO meta (one, server_epoch, server_device, created) VALUES (1, ?1, ?2, ?3)",
            params![new_epoch()?, Sql(device), created],
        )?;
        tx.execute(
            "INSERT INTO device (id, name, public_key, office, enrolled) VALUES (?1, 'server', '', '', ?2)",
            params![Sql(device), created],
        )?;
    }
    tx.pragma_update(None, "user_version", MIGRATIONS.len() as i64)?;
    tx.commit()?;
    Ok(())
}

/// Random, and below 2^53 because JavaScript loses larger integers.
pub(super) fn new_epoch() -> Result<i64> {
    let random = u64::from_le_bytes(platform::random()?);
    Ok(i64::try_from(random >> 11)?.max(1))
}
