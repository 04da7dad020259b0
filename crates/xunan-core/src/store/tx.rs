//! One write: rows, log and queue together.

use anyhow::{Context, Result, bail, ensure};
use rusqlite::{Transaction, params};
use uuid::Uuid;
use xunan_model::change::{
    CHANGE_BYTES_MAX, CHANGE_EDITS_MAX, CHANGE_VERSION, Change, ChangeId, Edit, Kind, RawChange,
    TimeEvidence,
};
use xunan_model::merge::{Row, Writer};
use xunan_model::photo::Photo;
use xunan_model::record::{self as model_record, Record};

use super::log::{self, Device, NewChange};
use super::{Actor, Changed, Origin, record};
use crate::platform;

/// One write in progress. Dropped without [`Tx::seal`], nothing has happened.
pub struct Tx<'a> {
    conn: &'a Transaction<'a>,
    author: Option<Author>,
    edits: Vec<Edit>,
    changed: Changed,
}

/// The person's action that is being written.
struct Author {
    actor: Actor,
    device: Device,
    writer: Writer,
}

impl<'a> Tx<'a> {
    pub(super) fn begin(conn: &'a Transaction<'a>, origin: Origin<'_>) -> Result<Self> {
        let author = match origin {
            Origin::Remote => None,
            Origin::Person(actor) => {
                let device = log::device(conn)?.context("the laptop is not enrolled")?;
                let change = ChangeId {
                    device: device.id,
                    epoch: device.epoch,
                    seq: device.last_seq + 1,
                };
                let at = device.stamp.next(platform::now_ms());
                Some(Author {
                    actor: actor.clone(),
                    device,
                    writer: Writer { at, change },
                })
            }
        };
        Ok(Self {
            conn,
            author,
            edits: Vec::new(),
            changed: Changed::default(),
        })
    }

    /// The connection, for reading within this write.
    pub fn conn(&self) -> &rusqlite::Connection {
        self.conn
    }

    /// Writes a record: its row, and the fields that differ into the log.
    ///
    /// # Errors
    /// When nobody acts (`Origin::Remote`), or the database refuses.
    pub fn put<R: Record>(&mut self, new: &R) -> Result<()> {
        let Some(author) = &self.author else {
            bail!("a record is written by a person")
        };
        let id = new.uuid();
        let mut row = record::load(self.conn, &R::KIND, id)?.unwrap_or_default();
        let Some(edit) = model_record::edit(new, &row)? else {
            return Ok(());
        };
        xunan_model::merge::apply(&mut row, author.writer, &edit);
        record::save(self.conn, &R::KIND, id, &row)?;
        if R::KIND == Kind::Photo {
            queue_blobs(self.conn, id, &row)?;
        }
        self.note(&R::KIND, id);
        self.edits.push(edit);
        Ok(())
    }

    /// Writes fields of a record whose kind is known at run time only.
    ///
    /// # Errors
    /// As [`Tx::put`].
    pub(crate) fn put_fields(
        &mut self,
        kind: &Kind,
        id: Uuid,
        set: serde_json::Map<String, serde_json::Value>,
    ) -> Result<()> {
        let Some(author) = &self.author else {
            bail!("a record is written by a person")
        };
        let mut row = record::load(self.conn, kind, id)?.unwrap_or_default();
        let base = set.keys().filter_map(|field| {
            let writer = row.writers.get(field)?;
            Some((field.clone(), writer.at))
        });
        let edit = Edit {
            kind: kind.clone(),
            id,
            base: base.collect(),
            set,
        };
        xunan_model::merge::apply(&mut row, author.writer, &edit);
        record::save(self.conn, kind, id, &row)?;
        self.note(kind, id);
        self.edits.push(edit);
        Ok(())
    }

    /// Keeps what is not yet an action: as durable, never sent. `None` forgets it.
    ///
    /// # Errors
    /// When the database refuses.
    pub fn local(&mut self, key: &str, value: Option<&str>) -> Result<()> {
        match value {
            Some(value) => self.conn.prepare_cached("INSERT INTO local (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value")?.execute(params![key, value])?,
            None => self.conn.prepare_cached("DELETE FROM local WHERE key = ?1")?.execute([key])?,
        };
        Ok(())
    }

    /// Notes that something changed which is not a record.
    pub(crate) fn note_kind(&mut self, kind: &str) {
        self.changed.kinds.insert(kind.to_owned());
    }

    /// Notes that a record changed.
    pub(crate) fn note(&mut self, kind: &Kind, id: Uuid) {
        self.changed.kinds.insert(kind.as_str().to_owned());
        self.changed.ids.insert(id.to_string());
    }

    /// Appends the action to the log. From here on only the commit is missing.
    pub(super) fn seal(mut self) -> Result<Changed> {
        let Some(author) = self.author.take() else {
            return Ok(self.changed);
        };
        if self.edits.is_empty() {
            return Ok(self.changed);
        }
        let (mono, boot) = platform::monotonic();
        let change = Change {
            v: CHANGE_VERSION,
            id: author.writer.change,
            at: author.writer.at,
            time: TimeEvidence {
                wall: platform::now(),
                mono,
                boot,
                trusted: author.device.trusted,
            },
            author: author.actor.person,
            scope: author.actor.scope,
            edits: self.edits,
        };
        let raw = RawChange::write(&change)?;
        // No server takes it: what would be called saved here could never arrive.
        ensure!(
            change.edits.len() <= CHANGE_EDITS_MAX && raw.text().len() <= CHANGE_BYTES_MAX,
            "the change exceeds the limits: {} edits, {} bytes",
            change.edits.len(),
            raw.text().len()
        );
        let link = author.device.link.link(raw.digest());
        log::insert(
            self.conn,
            &NewChange {
                change: &change,
                raw: &raw,
                link: Some(link),
                effective: change.at,
                own: true,
                acked: false,
            },
        )?;
        log::advance(self.conn, change.id.seq, link, change.at)?;
        self.changed.kinds.insert("sync".to_owned());
        Ok(self.changed)
    }
}

/// The blobs that a photo of ours points to must reach the server too.
fn queue_blobs(conn: &rusqlite::Connection, id: Uuid, row: &Row) -> Result<()> {
    queue_photo(conn, &model_record::read(id, row)?)
}

/// The files of a photo of ours wait for the server, unless they do already or it has them.
pub(crate) fn queue_photo(conn: &rusqlite::Connection, photo: &Photo) -> Result<()> {
    let lanes = [
        (0, photo.thumb.as_ref()),
        (1, photo.evidence.as_ref()),
        (2, Some(&photo.original)),
    ];
    for (lane, blob) in lanes {
        let Some(blob) = blob else { continue };
        conn.prepare_cached(
            "INSERT INTO blob_queue (sha256, bytes, lane, inspection, added, sent) VALUES (?1, ?2, ?3, ?4, ?5, 0) ON CONFLICT (sha256) DO NOTHING",
        )?
        .execute(params![
            blob.sha256.to_string(),
            blob.bytes,
            lane,
            photo.inspection.to_string(),
            photo.added.to_rfc3339(),
        ])?;
    }
    Ok(())
}
