//! Counts over the log and the queues.

use std::collections::BTreeMap;

use anyhow::Result;
use rusqlite::{Connection, OptionalExtension, params};
use xunan_model::digest::Digest;

use super::log;
use crate::sync::machine::BlobJob;

/// What has not reached the server, for one visit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Unsent {
    pub(crate) changes: usize,
    pub(crate) blobs: usize,
    pub(crate) bytes: u64,
}

/// What has not reached the server, by visit; under the empty key what belongs to none.
pub(crate) fn unsent(conn: &Connection) -> Result<BTreeMap<String, Unsent>> {
    let mut unsent: BTreeMap<String, Unsent> = BTreeMap::new();
    let mut statement = conn.prepare_cached(include_str!("unsent_changes.sql"))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        unsent.entry(row.get(0)?).or_default().changes = row.get(1)?;
    }
    let mut statement = conn
        .prepare_cached("SELECT inspection, count(*), sum(bytes) FROM blob_queue WHERE sent = 0 GROUP BY inspection")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let entry = unsent.entry(row.get(0)?).or_default();
        entry.blobs = row.get(1)?;
        entry.bytes = row.get(2)?;
    }
    Ok(unsent)
}

/// When the oldest change or file was made that has not reached the server.
pub(crate) fn oldest_unsent(conn: &Connection) -> Result<Option<String>> {
    let Some(device) = log::device(conn)? else {
        return Ok(None);
    };
    let change = log::own_after(conn, &device, device.acked_seq, 1)?;
    let change = change.first().and_then(|change| {
        serde_json::from_str::<serde_json::Value>(&change.raw)
            .ok()?
            .pointer("/time/wall")?
            .as_str()
            .map(str::to_owned)
    });
    let blob: Option<String> = conn
        .query_row(
            "SELECT min(added) FROM blob_queue WHERE sent = 0",
            [],
            |row| row.get(0),
        )
        .optional()?
        .flatten();
    Ok([change, blob].into_iter().flatten().min())
}

/// The next blob to send: thumbnails, then evidence copies, then originals.
pub(crate) fn next_upload(conn: &Connection, now_ms: u64) -> Result<Option<BlobJob>> {
    next(
        conn,
        "SELECT sha256, bytes FROM blob_queue WHERE sent = 0 AND not_before <= ?1 ORDER BY lane, added LIMIT 1",
        now_ms,
    )
}

/// The next blob to fetch.
pub(crate) fn next_fetch(conn: &Connection, now_ms: u64) -> Result<Option<BlobJob>> {
    next(
        conn,
        "SELECT sha256, bytes FROM blob_want WHERE not_before <= ?1 ORDER BY lane, sha256 LIMIT 1",
        now_ms,
    )
}

fn next(conn: &Connection, text: &str, now_ms: u64) -> Result<Option<BlobJob>> {
    let found: Option<(String, u64)> = conn
        .prepare_cached(text)?
        .query_row([now_ms], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(found.and_then(|(name, bytes)| {
        Some(BlobJob {
            sha256: Digest::parse(&name)?,
            bytes,
        })
    }))
}

/// When the next postponed blob is to be tried again.
pub(crate) fn next_postponed(conn: &Connection, now_ms: u64) -> Result<Option<u64>> {
    let next: Option<u64> = conn
        .prepare_cached(
            "SELECT min(not_before) FROM (SELECT not_before FROM blob_queue WHERE sent = 0
             UNION ALL SELECT not_before FROM blob_want) WHERE not_before > ?1",
        )?
        .query_row([now_ms], |row| row.get(0))?;
    Ok(next)
}

/// A blob is not tried again before then.
pub(crate) fn postpone(conn: &Connection, sha256: Digest, until_ms: u64) -> Result<()> {
    for text in [
        "UPDATE blob_queue SET not_before = ?2 WHERE sha256 = ?1",
        "UPDATE blob_want SET not_before = ?2 WHERE sha256 = ?1",
    ] {
        conn.prepare_cached(text)?
            .execute(params![sha256.to_string(), until_ms])?;
    }
    Ok(())
}

/// Unsent blobs, the next ones first.
pub(crate) fn unsent_blobs(conn: &Connection, count_max: usize) -> Result<Vec<Digest>> {
    let mut statement = conn.prepare_cached(
        "SELECT sha256 FROM blob_queue WHERE sent = 0 ORDER BY lane, added LIMIT ?1",
    )?;
    let names = statement.query_map([count_max], |row| row.get::<_, String>(0))?;
    Ok(names
        .collect::<rusqlite::Result<Vec<_>>>()?
        .iter()
        .filter_map(|name| Digest::parse(name))
        .collect())
}

/// The server has confirmed a blob.
pub(crate) fn blob_sent(conn: &Connection, sha256: Digest) -> Result<()> {
    conn.prepare_cached("UPDATE blob_queue SET sent = 1 WHERE sha256 = ?1")?
        .execute([sha256.to_string()])?;
    Ok(())
}

/// A blob that others recorded is to be fetched, unless it is our own.
pub(crate) fn blob_want(conn: &Connection, sha256: Digest, bytes: u64, lane: i64) -> Result<()> {
    conn.prepare_cached(
        "INSERT INTO blob_want (sha256, bytes, lane) SELECT ?1, ?2, ?3
         WHERE NOT EXISTS (SELECT 1 FROM blob_queue WHERE sha256 = ?1) ON CONFLICT (sha256) DO NOTHING",
    )?
    .execute(params![sha256.to_string(), bytes, lane])?;
    Ok(())
}

/// A blob has been fetched, or cannot be had.
pub(crate) fn blob_fetched(conn: &Connection, sha256: Digest) -> Result<()> {
    conn.prepare_cached("DELETE FROM blob_want WHERE sha256 = ?1")?
        .execute([sha256.to_string()])?;
    Ok(())
}
