//! Photos: taking them in as evidence.

pub(crate) mod manifest;
mod place;
mod said;
pub(crate) mod shown;
mod stamp;

pub use place::PlaceName;

use anyhow::{Context, Result};
use serde_json::Map;
use xunan_model::change::Kind;
use xunan_model::digest::Digest;
use xunan_model::fault::{Code, Fault, check_length};
use xunan_model::id::{FindingId, InspectionId, PhotoId};
use xunan_model::inspection::FACILITY_CHARS_MAX;
use xunan_model::photo::{BlobRef, Clock, PHOTO_BYTES_MAX, Photo, PhotoSource, PhotoTrouble};
use xunan_picture::PictureError;

use crate::app::App;
use crate::inspections::load_open;
use crate::store::{Origin, evict, query, record, setting};
use crate::view::PhotoView;
use crate::{platform, quick, receiver};

/// Where a photo belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhotoTarget {
    /// The visit.
    pub inspection: InspectionId,
    /// The finding that it proves.
    pub finding: Option<FindingId>,
    /// The item that it proves.
    pub item: Option<String>,
    /// Which of several facilities; empty for the only one.
    pub facility: String,
    /// The file's name where it came from.
    pub name: String,
    /// How it comes.
    pub source: PhotoSource,
}

impl App {
    /// Takes a photo in: the original byte for byte, its thumbnail, then the record. The evidence copy
    /// is made in the background. A quick check that is being written is a visit too; there `item` is the
    /// hazard that was marked.
    ///
    /// # Errors
    /// `photo_empty`, `photo_too_large`, `photo_not_an_image`, `inspection_finished`,
    /// `disk_full`, `quick_photos_many`; nothing is kept then.
    pub fn photo_add(&self, target: PhotoTarget, bytes: &[u8]) -> Result<PhotoView> {
        if let Some(draft) = self.read(|conn| quick::draft_of(conn, target.inspection))? {
            return self.quick_take(draft, target, bytes);
        }
        // Refused before the bytes are kept, so that nothing is half-done.
        self.read(|conn| load_open(conn, target.inspection).map(drop))?;
        let photo = self.photo_keep(target, bytes)?;
        let sha256 = photo.original.sha256;
        self.write(|tx| {
            load_open(tx.conn(), photo.inspection)?;
            evict::taken_again(tx.conn(), sha256)?;
            tx.put(&photo)
        })?;
        // The same bytes may have been on their way out until just now.
        self.shared.blobs.put(bytes)?;
        self.copies.make(photo.id, self.actor.clone());
        self.photo_get(photo.id)
    }

    /// Whether these bytes are a photo of this place already: whoever sends them a second time, because
    /// the answer to the first was lost, must not make a second record.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn photo_known(&self, target: &PhotoTarget, sha256: Digest) -> Result<bool> {
        if self.read(|conn| quick::known(conn, target, sha256))? {
            return Ok(true);
        }
        let photos: Vec<Photo> =
            self.read(|conn| record::of_inspection(conn, target.inspection.0))?;
        Ok(photos.iter().any(|photo| {
            photo.original.sha256 == sha256
                && photo.finding == target.finding
                && photo.item == target.item
                && photo.facility == target.facility
        }))
    }

    /// Puts a photo's bytes on the disk, and gives the record that is to name them.
    ///
    /// # Errors
    /// As [`App::photo_add`], but for the visit's end.
    pub(crate) fn photo_keep(&self, target: PhotoTarget, bytes: &[u8]) -> Result<Photo> {
        check_length(&target.name, 255, "name")?;
        check_length(&target.facility, FACILITY_CHARS_MAX, "facility")?;
        if bytes.is_empty() {
            return Err(Fault::new(Code::Invalid, "photo_empty").into());
        }
        if bytes.len() as u64 > PHOTO_BYTES_MAX {
            return Err(too_large().into());
        }
        let kind = xunan_picture::Kind::of(bytes)
            .ok_or_else(|| Fault::new(Code::Invalid, "photo_not_an_image"))?;
        let original = self.keep_bytes(bytes, kind.mime())?;
        let thumb = xunan_picture::thumb(bytes);
        let trouble = thumb.as_ref().err().map(trouble);
        let thumb = thumb.ok();
        let small = thumb
            .as_ref()
            .map(|thumb| self.keep_bytes(&thumb.jpeg, "image/jpeg"))
            .transpose()?;
        let camera = xunan_picture::camera(bytes);
        let told = receiver::place_of(&self.shared, &target.source, camera.as_ref());
        let (position, by_satellites) =
            told.map_or((None, None), |(position, clock)| (Some(position), clock));
        Ok(Photo {
            id: PhotoId(platform::new_id()),
            inspection: target.inspection,
            finding: target.finding,
            item: target.item,
            facility: target.facility,
            name: target.name,
            original,
            evidence: None,
            thumb: small,
            width: thumb.as_ref().map(|thumb| thumb.width),
            height: thumb.as_ref().map(|thumb| thumb.height),
            taken: xunan_picture::taken_words(bytes),
            added: platform::now(),
            by: self.actor.person,
            undecodable: trouble.is_some(),
            trouble,
            source: Some(target.source),
            camera,
            position,
            clock: match by_satellites {
                Some(clock) => Some(clock),
                None => self.read(clock)?,
            },
            look: None,
            proves: String::new(),
            marks: Vec::new(),
            extra: Map::new(),
        })
    }

    fn keep_bytes(&self, bytes: &[u8], mime: &str) -> Result<BlobRef> {
        let sha256 = self.shared.blobs.put(bytes).map_err(|error| {
            let full = platform::is_disk_full(&error);
            let error = anyhow::Error::from(error);
            if full {
                error.context(Fault::new(Code::DiskFull, "disk_full"))
            } else {
                error
            }
        })?;
        Ok(BlobRef {
            sha256,
            bytes: bytes.len() as u64,
            mime: mime.to_owned(),
        })
    }

    /// One photo.
    ///
    /// # Errors
    /// `not_found`.
    pub fn photo_get(&self, id: PhotoId) -> Result<PhotoView> {
        self.read(|conn| shown::one(conn, &self.shared.blobs, load(conn, id)?))
    }

    /// Asks for an original that is not on this laptop; it comes when there is a link.
    ///
    /// # Errors
    /// `not_found`.
    pub fn original_fetch(&self, id: PhotoId) -> Result<PhotoView> {
        self.shared.store.write(Origin::Remote, |tx| {
            let photo: Photo =
                record::get(tx.conn(), id.0)?.context(Fault::new(Code::NotFound, "not_found"))?;
            let original = &photo.original;
            if self.shared.blobs.len(original.sha256).is_none() {
                query::blob_want_again(tx.conn(), original.sha256, original.bytes, LANE_ORIGINAL)?;
            }
            tx.note(&Kind::Photo, id.0);
            tx.note_kind("sync");
            Ok(())
        })?;
        self.photo_get(id)
    }

    /// Makes room: removes the originals of finished visits that the server has confirmed. Evidence
    /// copies and thumbnails stay, and an original can be fetched again.
    ///
    /// # Errors
    /// When the disk or the database refuses; what was not removed is removed another time.
    pub fn originals_release(&self) -> Result<()> {
        self.shared.store.write(Origin::Remote, |tx| {
            evict::drop_originals(tx.conn())?;
            tx.note_kind("photo");
            tx.note_kind("sync");
            Ok(())
        })?;
        evict::remove_dropped(&self.shared.store, &self.shared.blobs)
    }
}

/// The lanes of files, the most wanted first.
const LANE_THUMB: i64 = 0;
const LANE_EVIDENCE: i64 = 1;
const LANE_ORIGINAL: i64 = 2;

fn too_large() -> Fault {
    Fault::new(Code::Invalid, "photo_too_large").with("max_mib", PHOTO_BYTES_MAX >> 20)
}

/// A photo.
pub(crate) fn load(conn: &rusqlite::Connection, id: PhotoId) -> Result<Photo> {
    record::get(conn, id.0)?.context(Fault::new(Code::NotFound, "not_found"))
}

/// How the laptop's clock stood when the server last told the time.
fn clock(conn: &rusqlite::Connection) -> Result<Option<Clock>> {
    let told = setting::get(conn, setting::CLOCK)?;
    Ok(told.and_then(|text| serde_json::from_str(&text).ok()))
}

/// Why a photo cannot be shown, in the record's words.
pub(crate) fn trouble(error: &PictureError) -> PhotoTrouble {
    match error {
        PictureError::NoDecoder(_) => PhotoTrouble::NoDecoder,
        PictureError::TooManyPixels { .. }
        | PictureError::TooMuchMemory { .. }
        | PictureError::TooManyScans(_) => PhotoTrouble::TooLarge,
        PictureError::NotAPicture | PictureError::Damaged(_) => PhotoTrouble::Damaged,
    }
}
