//! Counts over the log and the queues.

use std::collections::BTreeMap;

use anyhow::Result;
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, params};
use xunan_model::digest::Digest;
use xunan_model::id::{InspectionId, PhotoId};

use super::log;
use crate::sync::machine::{BlobJob, Lane};
use crate::view::SyncTick;

/// How many records of each visit have a change that the server has not confirmed; under the empty
/// key those that belong to none.
pub(crate) fn unsent_records(conn: &Connection) -> Result<BTreeMap<String, usize>> {
    let mut statement = conn.prepare_cached(include_str!("unsent_records.sql"))?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// How many records and files of each visit have not reached the server.
pub(crate) fn unsent(conn: &Connection) -> Result<BTreeMap<String, usize>> {
    let mut unsent = unsent_records(conn)?;
    let mut statement = conn.prepare_cached(
        "SELECT inspection, count(*) FROM blob_queue WHERE sent = 0 GROUP BY inspection",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        *unsent.entry(row.get(0)?).or_default() += row.get::<_, usize>(1)?;
    }
    Ok(unsent)
}

/// How many records of a visit there are.
pub(crate) fn records_of(conn: &Connection, visit: &str) -> Result<usize> {
    let count = conn
        .prepare_cached(
            "SELECT 1 + (SELECT count(*) FROM record WHERE kind IN ('answer', 'finding', 'photo') AND inspection = ?1)
                  + (SELECT count(*) FROM record t WHERE t.kind = 'transition' AND t.finding IN
                        (SELECT f.id FROM record f WHERE f.kind = 'finding' AND f.inspection = ?1))",
        )?
        .query_row([visit], |row| row.get(0))?;
    Ok(count)
}

/// A visit that this laptop has written.
pub(crate) struct Visit {
    pub(crate) id: String,
    pub(crate) site: String,
    pub(crate) begun: String,
}

/// The visits that this laptop has written.
pub(crate) fn own_visits(conn: &Connection) -> Result<Vec<Visit>> {
    let mut statement = conn.prepare_cached(
        "SELECT r.id, coalesce(r.fields ->> '$.site', ''), coalesce(r.fields ->> '$.begun', '')
           FROM record r WHERE r.kind = 'inspection' AND EXISTS
            (SELECT 1 FROM edit e JOIN device d ON d.device = e.device
              WHERE e.kind = 'inspection' AND e.id = r.id)",
    )?;
    let rows = statement.query_map([], |row| {
        Ok(Visit {
            id: row.get(0)?,
            site: row.get(1)?,
            begun: row.get(2)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The files of each visit: small copies, and originals.
pub(crate) fn files(conn: &Connection) -> Result<BTreeMap<String, [SyncTick; 2]>> {
    let mut statement = conn.prepare_cached(
        "SELECT inspection, lane >= 2, count(*), sum(sent), sum(bytes), sum(bytes * sent)
           FROM blob_queue GROUP BY inspection, lane >= 2",
    )?;
    let mut rows = statement.query([])?;
    let mut files: BTreeMap<String, [SyncTick; 2]> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let place: usize = row.get(1)?;
        files.entry(row.get(0)?).or_default()[place.min(1)] = SyncTick {
            total: row.get(2)?,
            sent: row.get(3)?,
            bytes: row.get(4)?,
            bytes_sent: row.get(5)?,
        };
    }
    Ok(files)
}

/// The visit and the lane of a file that is not at the server.
pub(crate) fn unsent_file(conn: &Connection, sha256: Digest) -> Result<Option<(String, i64)>> {
    Ok(conn
        .prepare_cached("SELECT inspection, lane FROM blob_queue WHERE sha256 = ?1 AND sent = 0")?
        .query_row([sha256.to_string()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?)
}

/// The files that are not at the server: how many, and their bytes.
pub(crate) fn unsent_files(conn: &Connection) -> Result<(usize, u64)> {
    Ok(conn
        .prepare_cached("SELECT count(*), coalesce(sum(bytes), 0) FROM blob_queue WHERE sent = 0")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?)
}

/// How many changes the server has put aside and nobody has settled.
pub(crate) fn rejected_open(conn: &Connection) -> Result<usize> {
    Ok(conn
        .prepare_cached("SELECT count(*) FROM rejected WHERE settled IS NULL")?
        .query_row([], |row| row.get(0))?)
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

/// When the oldest of what is unsent and was made after `after` was made.
pub(crate) fn unsent_since(
    conn: &Connection,
    after: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>> {
    let mut statement = conn.prepare_cached(
        "SELECT c.raw ->> '$.time.wall' FROM device d
           JOIN change c ON c.device = d.device AND c.epoch = d.epoch AND c.seq > d.acked_seq
         UNION ALL SELECT added FROM blob_queue WHERE sent = 0",
    )?;
    let times = statement.query_map([], |row| row.get::<_, String>(0))?;
    let times = times.collect::<rusqlite::Result<Vec<_>>>()?;
    let read = times
        .iter()
        .filter_map(|at| DateTime::parse_from_rfc3339(at).ok());
    Ok(read.map(|at| at.to_utc()).filter(|at| *at > after).min())
}

/// The next blobs to send, but `waiting`: thumbnails, then evidence copies, then originals.
pub(crate) fn next_uploads(conn: &Connection, waiting: &str) -> Result<Vec<BlobJob>> {
    jobs(
        conn,
        "SELECT sha256, bytes, lane, begun FROM blob_queue WHERE sent = 0
            AND sha256 NOT IN (SELECT value FROM json_each(?1)) ORDER BY lane, added LIMIT 8",
        waiting,
    )
}

/// The next blobs to fetch, but `waiting`.
pub(crate) fn next_fetches(conn: &Connection, waiting: &str) -> Result<Vec<BlobJob>> {
    jobs(
        conn,
        "SELECT sha256, bytes, lane, 0 FROM blob_want
          WHERE sha256 NOT IN (SELECT value FROM json_each(?1)) ORDER BY lane, sha256 LIMIT 8",
        waiting,
    )
}

/// `waiting` is a JSON list of names.
fn jobs(conn: &Connection, text: &str, waiting: &str) -> Result<Vec<BlobJob>> {
    let mut statement = conn.prepare_cached(text)?;
    let rows = statement.query_map([waiting], |row| {
        let name: String = row.get(0)?;
        Ok((name, row.get(1)?, row.get(2)?, row.get(3)?))
    })?;
    let mut jobs = Vec::new();
    for row in rows {
        let (name, bytes, lane, begun) = row?;
        jobs.extend(Digest::parse(&name).map(|sha256| BlobJob {
            sha256,
            bytes,
            lane: Lane::of_blob(lane),
            begun,
        }));
    }
    Ok(jobs)
}

/// Blobs of which the server may have a part, the next ones first.
pub(crate) fn begun_blobs(conn: &Connection, count_max: usize) -> Result<Vec<Digest>> {
    let mut statement = conn.prepare_cached(
        "SELECT sha256 FROM blob_queue WHERE sent = 0 AND begun = 1 ORDER BY lane, added LIMIT ?1",
    )?;
    let names = statement.query_map([count_max], |row| row.get::<_, String>(0))?;
    Ok(names
        .collect::<rusqlite::Result<Vec<_>>>()?
        .iter()
        .filter_map(|name| Digest::parse(name))
        .collect())
}

/// The server may have a part of this blob from now on.
pub(crate) fn blob_begun(conn: &Connection, sha256: Digest) -> Result<()> {
    conn.prepare_cached("UPDATE blob_queue SET begun = 1 WHERE sha256 = ?1")?
        .execute([sha256.to_string()])?;
    Ok(())
}

/// The server has confirmed a blob.
pub(crate) fn blob_sent(conn: &Connection, sha256: Digest) -> Result<()> {
    conn.prepare_cached("UPDATE blob_queue SET sent = 1 WHERE sha256 = ?1")?
        .execute([sha256.to_string()])?;
    Ok(())
}

/// A blob is to be fetched, unless it is our own and here.
pub(crate) fn blob_want(conn: &Connection, sha256: Digest, bytes: u64, lane: i64) -> Result<()> {
    conn.prepare_cached(
        "INSERT INTO blob_want (sha256, bytes, lane) SELECT ?1, ?2, ?3
         WHERE NOT EXISTS (SELECT 1 FROM blob_queue WHERE sha256 = ?1 AND dropped = 0) ON CONFLICT (sha256) DO NOTHING",
    )?
    .execute(params![sha256.to_string(), bytes, lane])?;
    Ok(())
}

/// A blob that is not here any more is to be fetched, also one of our own that the server has.
pub(crate) fn blob_want_again(
    conn: &Connection,
    sha256: Digest,
    bytes: u64,
    lane: i64,
) -> Result<()> {
    conn.prepare_cached("UPDATE blob_queue SET dropped = 1 WHERE sha256 = ?1 AND sent = 1")?
        .execute([sha256.to_string()])?;
    blob_want(conn, sha256, bytes, lane)
}

/// A blob has been fetched, or cannot be had.
pub(crate) fn blob_fetched(conn: &Connection, sha256: Digest) -> Result<()> {
    conn.prepare_cached("DELETE FROM blob_want WHERE sha256 = ?1")?
        .execute([sha256.to_string()])?;
    conn.prepare_cached("UPDATE blob_queue SET dropped = 0 WHERE sha256 = ?1")?
        .execute([sha256.to_string()])?;
    Ok(())
}

/// Whether a blob is on its way here, or waits for it.
pub(crate) fn wanted(conn: &Connection, sha256: Digest) -> Result<bool> {
    Ok(conn
        .prepare_cached("SELECT count(*) FROM blob_want WHERE sha256 = ?1")?
        .query_row([sha256.to_string()], |row| row.get::<_, u64>(0))?
        > 0)
}

/// When each photo of a visit came in. What this version cannot read is left out, as from every list.
pub(crate) fn photos_added(
    conn: &Connection,
    visit: InspectionId,
) -> Result<Vec<(DateTime<Utc>, PhotoId)>> {
    let mut statement = conn.prepare_cached(
        "SELECT fields ->> '$.added', id FROM record WHERE kind = 'photo' AND inspection = ?1",
    )?;
    let rows = statement.query_map([visit.to_string()], |row| {
        Ok((row.get::<_, Option<String>>(0)?, row.get::<_, String>(1)?))
    })?;
    let mut photos = Vec::new();
    for row in rows {
        let (added, id) = row?;
        if let (Some(Ok(added)), Ok(id)) = (added.map(|added| added.parse()), id.parse()) {
            photos.push((added, id));
        }
    }
    Ok(photos)
}
