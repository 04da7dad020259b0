//! Blobs as files: `blobs/ab/<sha256>` when whole and checked, `blobs/part/<sha256>` on the way.
//!
//! A part's length is its offset. Every upload of a digest has a generation; a newer one takes the
//! part over, because the older socket may hang for minutes without anybody knowing.

use std::collections::HashMap;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use axum::body::Bytes;
use chrono::{DateTime, Utc};
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use rusqlite::{Connection, OptionalExtension, params};
use tokio::sync::watch;
use xunan_model::digest::{Digest, Hasher};
use xunan_model::id::DeviceId;
use xunan_model::wire::BlobState;
use xunan_platform::Disk;

use super::codec::Sql;
use super::{Inner, locked};
use crate::platform;
use crate::store::{BlobBegun, BlobFinished, BlobPart};

pub(super) struct BlobFolder {
    disk: Arc<dyn Disk>,
    root: PathBuf,
    uploads: Mutex<HashMap<Digest, Arc<Upload>>>,
    /// Over all digests, so that a forgotten upload's generation never comes again.
    generations: AtomicU64,
}

/// The uploads of one digest. `file` is held for single steps only, never while a body is awaited.
struct Upload {
    generation: watch::Sender<u64>,
    file: Mutex<()>,
}

/// Where a whole blob lies in a folder of blobs.
pub(crate) fn path_in(root: &Path, sha256: Digest) -> PathBuf {
    let name = sha256.to_string();
    root.join(&name[..2]).join(name)
}

impl BlobFolder {
    pub(super) fn open(disk: Arc<dyn Disk>, root: PathBuf) -> Result<Self> {
        let parts = root.join("part");
        disk.make_folder(&parts)
            .with_context(|| format!("cannot make the folder {}", parts.display()))?;
        disk.sync_folder(&root)?;
        Ok(Self {
            disk,
            root,
            uploads: Mutex::default(),
            generations: AtomicU64::new(1),
        })
    }

    pub(super) fn room(&self) -> Result<u64> {
        Ok(self.disk.free(&self.root)?)
    }

    pub(super) fn path(&self, sha256: Digest) -> PathBuf {
        path_in(&self.root, sha256)
    }

    pub(super) fn parts(&self) -> PathBuf {
        self.root.join("part")
    }

    fn part(&self, sha256: Digest) -> PathBuf {
        self.parts().join(sha256.to_string())
    }

    fn upload(&self, sha256: Digest) -> Arc<Upload> {
        let mut uploads = self.uploads.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || {
            Arc::new(Upload {
                generation: watch::Sender::new(0),
                file: Mutex::new(()),
            })
        };
        Arc::clone(uploads.entry(sha256).or_insert_with(new))
    }

    /// Forgets an upload unless somebody else still has it.
    fn forget(&self, sha256: Digest) {
        let mut uploads = self.uploads.lock().unwrap_or_else(PoisonError::into_inner);
        if uploads
            .get(&sha256)
            .is_some_and(|upload| Arc::strong_count(upload) == 1)
        {
            uploads.remove(&sha256);
        }
    }

    /// Does one step on a part; `None` when a newer upload took it over.
    fn step<T>(
        &self,
        sha256: Digest,
        generation: u64,
        f: impl FnOnce() -> Result<T>,
    ) -> Result<Option<T>> {
        let upload = self.upload(sha256);
        let _held = upload.file.lock().unwrap_or_else(PoisonError::into_inner);
        if *upload.generation.borrow() == generation {
            f().map(Some)
        } else {
            Ok(None)
        }
    }

    pub(super) fn append(
        &self,
        sha256: Digest,
        generation: u64,
        chunk: &[u8],
    ) -> Result<Option<u64>> {
        self.step(sha256, generation, || {
            let part = self.part(sha256);
            // A part that is gone must not begin anew in the middle.
            self.disk.len(&part)?;
            Ok(self.disk.append(&part, chunk)?)
        })
    }

    /// The part's length once it is durable.
    fn part_synced(&self, sha256: Digest) -> io::Result<u64> {
        let part = self.part(sha256);
        // Without the lock of the upload it may be renamed between the two.
        match self.disk.sync(&part).and_then(|()| self.disk.len(&part)) {
            Ok(bytes) => Ok(bytes),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(0),
            Err(e) => Err(e),
        }
    }

    fn digest_of(&self, path: &Path) -> io::Result<Digest> {
        const PIECE_BYTES: usize = 256 << 10;
        let (mut hasher, mut offset) = (Hasher::default(), 0);
        loop {
            let piece = self.disk.read(path, offset, PIECE_BYTES)?;
            hasher.update(&piece);
            offset += piece.len() as u64;
            if piece.len() < PIECE_BYTES {
                return Ok(hasher.digest());
            }
        }
    }
}

impl Inner {
    pub(super) fn blob_state(&self, sha256: Digest) -> Result<BlobState> {
        if let Some(bytes) = complete(&locked(&self.reader), sha256)? {
            return Ok(BlobState {
                offset: bytes,
                complete: true,
            });
        }
        let offset = self.blobs.part_synced(sha256)?;
        // It may have become whole since the first question.
        if offset == 0
            && let Some(bytes) = complete(&locked(&self.reader), sha256)?
        {
            return Ok(BlobState {
                offset: bytes,
                complete: true,
            });
        }
        Ok(BlobState {
            offset,
            complete: false,
        })
    }

    pub(super) fn blob_begin(&self, sha256: Digest, bytes: u64) -> Result<BlobBegun> {
        let upload = self.blobs.upload(sha256);
        let held = upload.file.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bytes) = self.blob_complete_or_found(sha256)? {
            drop(held);
            drop(upload);
            self.blobs.forget(sha256);
            return Ok(BlobBegun::Complete { bytes });
        }
        let offset = self.blobs.part_synced(sha256)?;
        let announced: Option<u64> = locked(&self.writer)
            .query_row(
                "SELECT bytes FROM blob_part WHERE sha256 = ?1",
                [Sql(sha256)],
                |row| row.get(0),
            )
            .optional()?;
        if let Some(announced) = announced
            && announced != bytes
            && offset > 0
        {
            return Ok(BlobBegun::LengthDiffers {
                bytes: announced,
                offset,
            });
        }
        if announced != Some(bytes) {
            locked(&self.writer).execute(
                "INSERT INTO blob_part (sha256, bytes) VALUES (?1, ?2)
                 ON CONFLICT (sha256) DO UPDATE SET bytes = excluded.bytes",
                params![Sql(sha256), bytes],
            )?;
        }
        let part = self.blobs.part(sha256);
        if self.blobs.disk.len(&part).is_err() {
            self.blobs.disk.append(&part, &[])?;
            self.blobs.disk.sync_folder(&self.blobs.root.join("part"))?;
        }
        let generation = self.blobs.generations.fetch_add(1, Ordering::Relaxed);
        upload.generation.send_replace(generation);
        let newest = upload.generation.subscribe();
        Ok(BlobBegun::Part(BlobPart {
            sha256,
            bytes,
            offset,
            generation,
            newest,
        }))
    }

    /// A power cut between rename and row leaves a whole blob without a row: it is found again.
    fn blob_complete_or_found(&self, sha256: Digest) -> Result<Option<u64>> {
        if let Some(bytes) = complete(&locked(&self.reader), sha256)? {
            return Ok(Some(bytes));
        }
        let path = self.blobs.path(sha256);
        let Ok(bytes) = self.blobs.disk.len(&path) else {
            return Ok(None);
        };
        if self.blobs.digest_of(&path)? != sha256 {
            self.blobs.disk.remove(&path)?;
            return Ok(None);
        }
        // Its name may have outlived its sync.
        self.blobs.disk.sync(&path)?;
        self.blobs
            .disk
            .sync_folder(path.parent().context("a blob lies in a folder")?)?;
        self.blob_row_add(sha256, bytes, platform::now())?;
        Ok(Some(bytes))
    }

    pub(super) fn blob_finish(
        &self,
        sha256: Digest,
        generation: u64,
        bytes: u64,
        now: DateTime<Utc>,
    ) -> Result<BlobFinished> {
        let done = self.blobs.step(sha256, generation, || {
            let part = self.blobs.part(sha256);
            let disk = &self.blobs.disk;
            if self.blobs.digest_of(&part)? != sha256 {
                disk.remove(&part)?;
                disk.sync_folder(&self.blobs.root.join("part"))?;
                locked(&self.writer)
                    .execute("DELETE FROM blob_part WHERE sha256 = ?1", [Sql(sha256)])?;
                return Ok(BlobFinished::Mismatch);
            }
            let path = self.blobs.path(sha256);
            let folder = path.parent().context("a blob lies in a folder")?;
            if disk.list(folder).is_err() {
                disk.make_folder(folder)?;
                disk.sync_folder(&self.blobs.root)?;
            }
            disk.sync(&part)?;
            disk.rename(&part, &path)?;
            disk.sync_folder(folder)?;
            self.blob_row_add(sha256, bytes, now)?;
            Ok(BlobFinished::Complete)
        })?;
        let Some(done) = done else {
            return Ok(BlobFinished::TakenOver);
        };
        self.blobs.forget(sha256);
        Ok(done)
    }

    fn blob_row_add(&self, sha256: Digest, bytes: u64, now: DateTime<Utc>) -> Result<()> {
        let mut writer = locked(&self.writer);
        let tx = writer.transaction()?;
        tx.execute(
            "INSERT INTO blob (sha256, bytes, received) VALUES (?1, ?2, ?3) ON CONFLICT (sha256) DO NOTHING",
            params![Sql(sha256), bytes, now.to_rfc3339()],
        )?;
        tx.execute("DELETE FROM blob_part WHERE sha256 = ?1", [Sql(sha256)])?;
        tx.commit()?;
        Ok(())
    }
}

fn complete(c: &Connection, sha256: Digest) -> Result<Option<u64>> {
    let found = c
        .prepare_cached("SELECT bytes FROM blob WHERE sha256 = ?1")?
        .query_row([Sql(sha256)], |row| row.get(0))
        .optional()?;
    Ok(found)
}

pub(super) fn allowed(c: &Connection, device: DeviceId, sha256: Digest) -> Result<Option<u64>> {
    let found = c
        .prepare_cached(
            "SELECT blob.bytes FROM blob
              WHERE blob.sha256 = ?2 AND EXISTS (
                SELECT 1 FROM blob_ref JOIN device_scope ON device_scope.scope = blob_ref.scope
                 WHERE blob_ref.sha256 = blob.sha256 AND device_scope.device = ?1)",
        )?
        .query_row(params![Sql(device.0), Sql(sha256)], |row| row.get(0))
        .optional()?;
    Ok(found)
}

/// The bytes of a blob, piece by piece.
pub(super) fn stream(
    inner: Arc<Inner>,
    sha256: Digest,
    range: Range<u64>,
) -> BoxStream<'static, io::Result<Bytes>> {
    const PIECE_BYTES: u64 = 64 << 10;
    futures_util::stream::unfold(range, move |range| {
        let inner = Arc::clone(&inner);
        async move {
            let length = (range.end.saturating_sub(range.start)).min(PIECE_BYTES);
            if length == 0 {
                return None;
            }
            let start = range.start;
            let read = platform::blocking(move || {
                let path = inner.blobs.path(sha256);
                let length = usize::try_from(length).unwrap_or(0);
                inner.blobs.disk.read(&path, start, length)
            });
            let piece = read.await.unwrap_or_else(|e| Err(io::Error::other(e)));
            // A file that ends early is a fault, never an endless reply.
            let piece = piece.and_then(|piece| match piece.len() as u64 == length {
                true => Ok(Bytes::from(piece)),
                false => Err(io::ErrorKind::UnexpectedEof.into()),
            });
            Some((piece, start + length..range.end))
        }
    })
    .boxed()
}
