//! The thumbnail and the evidence copy of each photo, made in the background, one at a time.
//!
//! What was not done when the program stopped is found again at the next start. The copies
//! carry none of the original's metadata; EXIF orientation is applied to the pixels.

use std::collections::HashSet;
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Weak};

use anyhow::{Context, Result};
use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder, ImageReader, Limits};
use xunan_model::id::PhotoId;
use xunan_model::photo::{BlobRef, PHOTO_PIXELS_MAX, Photo};

use crate::install::{Shared, own_scope};
use crate::store::{Actor, Origin, record, setting};

/// The longer side of the evidence copy, in pixels.
const EVIDENCE_PIXELS: u32 = 1_600;
/// The longer side of the thumbnail, in pixels.
const THUMB_PIXELS: u32 = 320;
const EVIDENCE_QUALITY: u8 = 82;
const THUMB_QUALITY: u8 = 75;

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
            .filter(|photo| photo.thumb.is_none() && !photo.undecodable)
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
    // A decoder that panics on a damaged file must not end the worker.
    let copies = catch_unwind(AssertUnwindSafe(|| copies(&bytes)))
        .unwrap_or_else(|_| Err(anyhow::anyhow!("the decoder panicked")));
    let copies = match copies {
        Ok(copies) => Some(copies),
        Err(error) => {
            tracing::warn!(photo = %id, error = format!("{error:#}"), "a photo that cannot be decoded");
            None
        }
    };
    let keep = |jpeg: &[u8]| -> Result<BlobRef> {
        let sha256 = shared.blobs.put(jpeg)?;
        Ok(BlobRef {
            sha256,
            bytes: jpeg.len() as u64,
            mime: "image/jpeg".to_owned(),
        })
    };
    let copies = copies
        .map(|c| anyhow::Ok((keep(&c.evidence)?, keep(&c.thumb)?, c.width, c.height)))
        .transpose()?;
    shared.store.write(Origin::Person(actor), |tx| {
        let mut photo: Photo = record::get(tx.conn(), id.0)?.context("the photo is gone")?;
        match copies {
            Some((evidence, thumb, width, height)) => {
                photo.evidence = Some(evidence);
                photo.thumb = Some(thumb);
                photo.width = Some(width);
                photo.height = Some(height);
            }
            None => photo.undecodable = true,
        }
        tx.put(&photo)
    })
}

/// Decodes and makes the copies, for fuzzing.
pub(crate) fn probe(bytes: &[u8]) {
    let _ = copies(bytes);
}

struct Copies {
    evidence: Vec<u8>,
    thumb: Vec<u8>,
    width: u32,
    height: u32,
}

fn copies(bytes: &[u8]) -> Result<Copies> {
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format()?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(PHOTO_PIXELS_MAX * 4);
    reader.limits(limits);
    let mut decoder = reader.into_decoder()?;
    let (width, height) = decoder.dimensions();
    anyhow::ensure!(
        u64::from(width) * u64::from(height) <= PHOTO_PIXELS_MAX,
        "too many pixels"
    );
    let orientation = decoder.orientation()?;
    let mut picture = DynamicImage::from_decoder(decoder)?;
    picture = fit(&picture, EVIDENCE_PIXELS);
    picture.apply_orientation(orientation);
    let turned = picture.width().max(picture.height()) != 0
        && (picture.width() > picture.height()) != (width > height);
    let (width, height) = if turned {
        (height, width)
    } else {
        (width, height)
    };
    let picture = DynamicImage::ImageRgb8(picture.into_rgb8());
    let thumb = fit(&picture, THUMB_PIXELS);
    Ok(Copies {
        evidence: jpeg(&picture, EVIDENCE_QUALITY)?,
        thumb: jpeg(&thumb, THUMB_QUALITY)?,
        width,
        height,
    })
}

/// Never larger than it was.
fn fit(picture: &DynamicImage, pixels: u32) -> DynamicImage {
    if picture.width().max(picture.height()) <= pixels {
        return picture.clone();
    }
    picture.resize(pixels, pixels, FilterType::CatmullRom)
}

fn jpeg(picture: &DynamicImage, quality: u8) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    picture.write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, quality))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A JPEG of 8 × 4 pixels whose EXIF says "turn right by 90°".
    fn turned() -> Vec<u8> {
        let jpeg = {
            let mut bytes = Vec::new();
            let picture = DynamicImage::new_rgb8(8, 4);
            picture
                .write_with_encoder(JpegEncoder::new(&mut bytes))
                .unwrap();
            bytes
        };
        let exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
        let mut with = vec![0xff, 0xd8, 0xff, 0xe1];
        with.extend(u16::try_from(exif.len() + 2).unwrap().to_be_bytes());
        with.extend(exif);
        with.extend(&jpeg[2..]);
        with
    }

    #[test]
    fn the_camera_s_orientation_is_honoured() {
        let copies = copies(&turned()).unwrap();
        assert_eq!((copies.width, copies.height), (4, 8));
        let thumb = image::load_from_memory(&copies.thumb).unwrap();
        assert_eq!((thumb.width(), thumb.height()), (4, 8));
    }

    #[test]
    fn a_damaged_picture_is_an_error_and_no_panic() {
        let jpeg = turned();
        assert!(copies(&jpeg[..60]).is_err());
        assert!(copies(b"\x89PNG\r\n\x1a\nrubbish").is_err());
        assert!(copies(&[]).is_err());
    }
}
