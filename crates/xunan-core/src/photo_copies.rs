//! The evidence copy of each photo, made in the background, one at a time.
//!
//! What was not done when the program stopped is found again at the next start.

use std::collections::HashSet;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Weak};

use anyhow::{Context, Result};
use rusqlite::{Connection, params};
use xunan_model::id::PhotoId;
use xunan_model::photo::{BlobRef, Look, Photo};
use xunan_picture::distance;

use crate::install::{Shared, own_scope};
use crate::photos::trouble;
use crate::store::{Actor, Origin, record, setting};

/// The background worker's mailbox.
#[derive(Debug, Clone)]
pub(crate) struct PhotoCopies {
    jobs: Sender<(PhotoId, Actor)>,
}

impl PhotoCopies {
    /// Starts the worker with what an earlier run left undone. It ends with its last mailbox.
    pub(crate) fn start(shared: Arc<Shared>) -> Result<Self> {
        let (jobs, mailbox) = channel();
        for job in undone(&shared)? {
            let _ = jobs.send(job);
        }
        let shared = Arc::downgrade(&shared);
        std::thread::Builder::new()
            .name("photo-copies".to_owned())
            .spawn(move || work(&mailbox, &shared))?;
        Ok(Self { jobs })
    }

    /// A mailbox that nobody empties: a simulation has no threads.
    pub(crate) fn none() -> Self {
        Self { jobs: channel().0 }
    }

    /// Makes the copies of a photo.
    pub(crate) fn make(&self, photo: PhotoId, actor: Actor) {
        // The worker outlives every mailbox; should it have died, the next start makes the copies.
        let _ = self.jobs.send((photo, actor));
    }
}

/// Own photos whose original is here and whose copies are not made.
fn undone(shared: &Shared) -> Result<Vec<(PhotoId, Actor)>> {
    shared.store.read(|conn| {
        let Some(office) = setting::get(conn, setting::OFFICE)? else {
            return Ok(Vec::new());
        };
        let office = office.parse()?;
        let scope = own_scope(conn)?;
        let own: HashSet<String> = conn
            .prepare("SELECT sha256 FROM blob_queue")?
            .query_map([], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        let photos: Vec<Photo> = record::all(conn)?;
        Ok(photos
            .into_iter()
            .filter(|photo| photo.evidence.is_none() && !photo.undecodable)
            .filter(|photo| own.contains(&photo.original.sha256.to_string()))
            .map(|photo| {
                (
                    photo.id,
                    Actor {
                        person: photo.by,
                        office,
                        scope: scope.clone(),
                    },
                )
            })
            .collect())
    })
}

fn work(mailbox: &Receiver<(PhotoId, Actor)>, shared: &Weak<Shared>) {
    while let Ok((photo, actor)) = mailbox.recv() {
        let Some(shared) = shared.upgrade() else {
            return;
        };
        if let Err(error) = make(&shared, photo, &actor) {
            tracing::error!(%photo, error = format!("{error:#}"), "no copies of a photo");
        }
    }
}

fn make(shared: &Shared, id: PhotoId, actor: &Actor) -> Result<()> {
    let photo: Photo = shared
        .store
        .read(|conn| record::get(conn, id.0))?
        .context("the photo is gone")?;
    let bytes = shared
        .blobs
        .read_all(photo.original.sha256)
        .context("read the original")?;
    // A thumbnail is missing where another program took the photo in.
    let thumb = match &photo.thumb {
        Some(_) => None,
        None => Some(xunan_picture::thumb(&bytes)),
    };
    let evidence = xunan_picture::evidence(&bytes);
    drop(bytes);
    let keep = |jpeg: &[u8]| -> Result<BlobRef> {
        let sha256 = shared.blobs.put(jpeg)?;
        Ok(BlobRef {
            sha256,
            bytes: jpeg.len() as u64,
            mime: "image/jpeg".to_owned(),
        })
    };
    let thumb = match thumb {
        Some(Ok(thumb)) => Some((keep(&thumb.jpeg)?, thumb.width, thumb.height)),
        _ => None,
    };
    let evidence = match evidence {
        Ok(made) => Ok((keep(&made.jpeg)?, made.look)),
        Err(error) => {
            tracing::warn!(photo = %id, %error, "a photo that cannot be shown");
            Err(trouble(&error))
        }
    };
    shared.store.write(Origin::Person(actor), |tx| {
        let mut photo: Photo = record::get(tx.conn(), id.0)?.context("the photo is gone")?;
        if let Some((thumb, width, height)) = thumb {
            photo.thumb = Some(thumb);
            photo.width = Some(width);
            photo.height = Some(height);
        }
        match evidence {
            Ok((evidence, mut look)) => {
                look.like = twin(tx.conn(), &photo, &look)?;
                photo.evidence = Some(evidence);
                photo.look = Some(look);
            }
            Err(trouble) => {
                photo.undecodable = true;
                photo.trouble = Some(trouble);
            }
        }
        tx.put(&photo)
    })
}

/// Of 64 bits of likeness, how many may differ between two photos that look the same.
const LIKE_BITS_MAX: u32 = 4;

/// An older photo of another visit that looks the same: within a visit people take several of one thing,
/// from visit to visit nothing looks the same to the bit.
fn twin(conn: &Connection, photo: &Photo, look: &Look) -> Result<Option<PhotoId>> {
    let mut statement = conn.prepare_cached(
        "SELECT id, fields ->> '$.original.sha256' = ?2, fields ->> '$.look.hash'
           FROM record WHERE kind = 'photo' AND inspection <> ?1 AND fields ->> '$.added' < ?3
          ORDER BY fields ->> '$.added' DESC",
    )?;
    let mut rows = statement.query(params![
        photo.inspection.to_string(),
        photo.original.sha256.to_string(),
        // As it is written into a record, so that texts compare like times.
        serde_json::to_value(photo.added)?
            .as_str()
            .unwrap_or_default(),
    ])?;
    while let Some(row) = rows.next()? {
        let (id, same, hash): (String, bool, Option<String>) =
            (row.get(0)?, row.get(1)?, row.get(2)?);
        let bits = hash.and_then(|hash| distance(&hash, &look.hash));
        if same || bits.is_some_and(|bits| bits <= LIKE_BITS_MAX) {
            return Ok(Some(id.parse()?));
        }
    }
    Ok(None)
}
