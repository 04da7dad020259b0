//! What leaves a laptop without being deleted: the records of a scope that it no longer has, and
//! files that the server has too.
//!
//! A file to be removed is named in `blob_drop` by the transaction that makes it needless, and
//! removed after the commit, or at the next start.

use anyhow::Result;
use rusqlite::{Connection, params};
use uuid::Uuid;
use xunan_model::change::Kind;
use xunan_model::digest::Digest;

use super::log;
use crate::blob::BlobStore;

/// A scope is gone: others' changes in it leave the log, and no record shows anything of it. This
/// laptop's own changes stay, for a server that may have to be told again.
pub(crate) fn scope_gone(conn: &Connection, scope: &str) -> Result<Vec<(Kind, Uuid)>> {
    let touched = touched(conn, scope)?;
    let photos = photos(conn)?;
    conn.execute("INSERT OR IGNORE INTO evicted (scope) VALUES (?1)", [scope])?;
    let foreign = "(device, epoch, seq) IN (SELECT device, epoch, seq FROM change
        WHERE scope = ?1 AND device <> (SELECT device FROM device))";
    conn.execute(&format!("DELETE FROM edit WHERE {foreign}"), [scope])?;
    conn.execute(&format!("DELETE FROM change WHERE {foreign}"), [scope])?;
    conn.execute("DELETE FROM scope WHERE scope = ?1", [scope])?;
    for (kind, id) in &touched {
        log::refold(conn, kind, *id)?;
    }
    let left: Vec<Digest> = self::photos(conn)?;
    for blob in photos.iter().filter(|blob| !left.contains(blob)) {
        drop_foreign(conn, *blob)?;
    }
    Ok(touched)
}

/// A scope is back: own changes in it count again; others' are pulled from the start.
pub(crate) fn scope_returned(conn: &Connection, scope: &str) -> Result<Vec<(Kind, Uuid)>> {
    conn.execute("DELETE FROM evicted WHERE scope = ?1", [scope])?;
    let touched = touched(conn, scope)?;
    for (kind, id) in &touched {
        log::refold(conn, kind, *id)?;
    }
    Ok(touched)
}

/// An original of a finished visit that the server has confirmed, and whose evidence copy is kept.
const NEEDLESS: &str = "lane = 2 AND sent = 1 AND dropped = 0 AND sha256 IN
    (SELECT p.fields ->> '$.original.sha256' FROM record p
       JOIN record v ON v.kind = 'inspection' AND v.id = p.inspection
      WHERE p.kind = 'photo' AND p.fields ->> '$.evidence' IS NOT NULL
        AND v.fields ->> '$.finished' IS NOT NULL)";

/// The originals that need not be here: how many, and their bytes.
pub(crate) fn needless_originals(conn: &Connection) -> Result<(usize, u64)> {
    Ok(conn
        .prepare_cached(&format!(
            "SELECT count(*), coalesce(sum(bytes), 0) FROM blob_queue WHERE {NEEDLESS}"
        ))?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?)
}

/// They are to go. The evidence copies and thumbnails stay.
pub(crate) fn drop_originals(conn: &Connection) -> Result<()> {
    conn.execute(
        &format!(
            "INSERT OR IGNORE INTO blob_drop (sha256) SELECT sha256 FROM blob_queue WHERE {NEEDLESS}"
        ),
        [],
    )?;
    conn.execute(
        &format!("UPDATE blob_queue SET dropped = 1 WHERE {NEEDLESS}"),
        [],
    )?;
    Ok(())
}

/// Removes the files that are named for it.
///
/// # Errors
/// What the disk or the database says; what is left is removed another time.
pub(crate) fn remove_dropped(store: &super::Store, blobs: &BlobStore) -> Result<()> {
    let named: Vec<String> = store.read(|conn| {
        let mut statement = conn.prepare_cached("SELECT sha256 FROM blob_drop")?;
        let names = statement.query_map([], |row| row.get(0))?;
        Ok(names.collect::<rusqlite::Result<_>>()?)
    })?;
    for name in named {
        store.write(super::Origin::Remote, |tx| {
            // Asked again: it may have been taken in anew meanwhile.
            let named = tx
                .conn()
                .execute("DELETE FROM blob_drop WHERE sha256 = ?1", [&name])?;
            match Digest::parse(&name).filter(|_| named > 0) {
                Some(digest) => Ok(blobs.remove(digest)?),
                None => Ok(()),
            }
        })?;
    }
    Ok(())
}

/// A file has been taken in again.
pub(crate) fn taken_again(conn: &Connection, blob: Digest) -> Result<()> {
    let name = blob.to_string();
    conn.prepare_cached("DELETE FROM blob_drop WHERE sha256 = ?1")?
        .execute([&name])?;
    conn.prepare_cached("UPDATE blob_queue SET dropped = 0 WHERE sha256 = ?1")?
        .execute([&name])?;
    Ok(())
}

/// A file that only others' records named is neither fetched nor kept.
fn drop_foreign(conn: &Connection, blob: Digest) -> Result<()> {
    let name = blob.to_string();
    conn.execute("DELETE FROM blob_want WHERE sha256 = ?1", [&name])?;
    conn.execute(
        "INSERT OR IGNORE INTO blob_drop (sha256) SELECT ?1
          WHERE NOT EXISTS (SELECT 1 FROM blob_queue WHERE sha256 = ?1)",
        params![name],
    )?;
    Ok(())
}

fn touched(conn: &Connection, scope: &str) -> Result<Vec<(Kind, Uuid)>> {
    let mut statement = conn.prepare(
        "SELECT DISTINCT e.kind, e.id FROM edit e JOIN change c USING (device, epoch, seq)
          WHERE c.scope = ?1",
    )?;
    let rows: Vec<(String, String)> = statement
        .query_map([scope], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    rows.into_iter()
        .map(|(kind, id)| Ok((Kind::from(kind.as_str()), id.parse()?)))
        .collect()
}

/// The files that photos point to.
fn photos(conn: &Connection) -> Result<Vec<Digest>> {
    let mut statement = conn.prepare(
        "SELECT fields ->> '$.original.sha256' AS name FROM record WHERE kind = 'photo' AND name IS NOT NULL
         UNION SELECT fields ->> '$.evidence.sha256' AS name FROM record WHERE kind = 'photo' AND name IS NOT NULL
         UNION SELECT fields ->> '$.thumb.sha256' AS name FROM record WHERE kind = 'photo' AND name IS NOT NULL",
    )?;
    let names = statement.query_map([], |row| row.get::<_, String>(0))?;
    Ok(names
        .collect::<rusqlite::Result<Vec<_>>>()?
        .iter()
        .filter_map(|name| Digest::parse(name))
        .collect())
}
