//! Settings of this laptop (`setting`), and what is half-typed (`local`).

use anyhow::Result;
use rusqlite::{Connection, OptionalExtension, params};

/// Names of settings.
pub(crate) const SERVER_URL: &str = "server_url";
pub(crate) const DEVICE_NAME: &str = "device_name";
pub(crate) const TOKEN: &str = "token";
pub(crate) const SECRET_KEY: &str = "secret_key";
pub(crate) const OFFICE: &str = "office";
pub(crate) const ACCOUNTS_VERSION: &str = "accounts_version";
/// The names of the office's laptops, by device.
pub(crate) const DEVICES: &str = "devices";
pub(crate) const LAST_CONTACT: &str = "last_contact";
/// The server's key (SHA-256), when it speaks TLS.
pub(crate) const SERVER_PIN: &str = "server_pin";
/// The server's epoch at the last contact.
pub(crate) const SERVER_EPOCH: &str = "server_epoch";
/// Set while the person says that the link costs money.
pub(crate) const METERED: &str = "metered";
/// How the laptop's clock stood against the server's at the last contact: a `Clock` as JSON.
pub(crate) const CLOCK: &str = "clock";
/// The port of the satellite receiver.
pub(crate) const RECEIVER: &str = "receiver";
pub(crate) const REVOKED: &str = "revoked";
/// What is kept of the recovery code: a `Recovery` as JSON.
pub(crate) const RECOVERY: &str = "recovery";
/// Passwords that were set on this laptop with the recovery code, by login.
pub(crate) const LOCAL_PASSWORDS: &str = "local_passwords";
/// Where backups go, and the last one there: a `Place` as JSON.
pub(crate) const BACKUP: &str = "backup";
/// The same for the daily copy inside the machine.
pub(crate) const BACKUP_SECOND: &str = "backup_second";
/// What the last salvage found and what it did not: a `SalvageView` as JSON.
pub(crate) const SALVAGE: &str = "salvage";

pub(crate) fn get(conn: &Connection, key: &str) -> Result<Option<String>> {
    Ok(conn
        .prepare_cached("SELECT value FROM setting WHERE key = ?1")?
        .query_row([key], |row| row.get(0))
        .optional()?)
}

pub(crate) fn put(conn: &Connection, key: &str, value: &str) -> Result<()> {
    conn.prepare_cached(
        "INSERT INTO setting (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
    )?
    .execute(params![key, value])?;
    Ok(())
}

/// Sets a setting that is there or not.
pub(crate) fn switch(conn: &Connection, key: &str, on: bool) -> Result<()> {
    choose(conn, key, on.then_some("1"))
}

/// Sets a setting, or takes it away.
pub(crate) fn choose(conn: &Connection, key: &str, value: Option<&str>) -> Result<()> {
    if let Some(value) = value {
        return put(conn, key, value);
    }
    conn.prepare_cached("DELETE FROM setting WHERE key = ?1")?
        .execute([key])?;
    Ok(())
}

/// Everything that was kept under keys that begin with `prefix`.
pub(crate) fn locals(conn: &Connection, prefix: &str) -> Result<Vec<(String, String)>> {
    let mut statement =
        conn.prepare_cached("SELECT key, value FROM local WHERE substr(key, 1, length(?1)) = ?1")?;
    let rows = statement.query_map([prefix], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// What was kept under `key` by `Tx::local`.
pub(crate) fn local(conn: &Connection, key: &str) -> Result<Option<String>> {
    Ok(conn
        .prepare_cached("SELECT value FROM local WHERE key = ?1")?
        .query_row([key], |row| row.get(0))
        .optional()?)
}
