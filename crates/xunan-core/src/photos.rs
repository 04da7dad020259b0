//! Photos: taking them in as evidence, and listing them.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use rusqlite::Connection;
use serde_json::Map;
use xunan_model::change::Kind;
use xunan_model::digest::Digest;
use xunan_model::fault::{Code, Fault, check_length};
use xunan_model::id::{FindingId, InspectionId, PhotoId};
use xunan_model::inspection::FACILITY_CHARS_MAX;
use xunan_model::photo::{BlobRef, PHOTO_BYTES_MAX, Photo};

use crate::app::App;
use crate::blob::BlobStore;
use crate::inspections::load_open;
use crate::platform;
use crate::sites;
use crate::store::{Origin, evict, query, record};
use crate::view::PhotoView;

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
}

impl App {
    /// Takes a photo in: the original byte for byte, then the record. The copies are made in the
    /// background.
    ///
    /// # Errors
    /// `photo_empty`, `photo_too_large`, `photo_not_an_image`, `inspection_finished`,
    /// `disk_full`; nothing is kept then.
    pub fn photo_add(&self, target: PhotoTarget, bytes: &[u8]) -> Result<PhotoView> {
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
        let mime = sniff(bytes).ok_or_else(|| Fault::new(Code::Invalid, "photo_not_an_image"))?;
        let sha256 = self.shared.blobs.put(bytes).map_err(|error| {
            let full = platform::is_disk_full(&error);
            let error = anyhow::Error::from(error);
            if full {
                error.context(Fault::new(Code::DiskFull, "disk_full"))
            } else {
                error
            }
        })?;
        Ok(Photo {
            id: PhotoId(platform::new_id()),
            inspection: target.inspection,
            finding: target.finding,
            item: target.item,
            facility: target.facility,
            name: target.name,
            original: BlobRef {
                sha256,
                bytes: bytes.len() as u64,
                mime: mime.to_owned(),
            },
            evidence: None,
            thumb: None,
            width: None,
            height: None,
            taken: taken(bytes),
            added: platform::now(),
            by: self.actor.person,
            undecodable: false,
            extra: Map::new(),
        })
    }

    /// One photo.
    ///
    /// # Errors
    /// `not_found`.
    pub fn photo_get(&self, id: PhotoId) -> Result<PhotoView> {
        self.read(|conn| {
            let photo: Photo =
                record::get(conn, id.0)?.context(Fault::new(Code::NotFound, "not_found"))?;
            view(conn, photo, &self.shared.blobs, &sites::person_names(conn)?)
        })
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
                query::blob_want(tx.conn(), original.sha256, original.bytes, LANE_ORIGINAL)?;
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

/// The lane of originals, last of all.
const LANE_ORIGINAL: i64 = 2;

/// Reads what a photo says of itself, for fuzzing.
pub(crate) fn probe(bytes: &[u8]) {
    let _ = (sniff(bytes), taken(bytes));
}

fn too_large() -> Fault {
    Fault::new(Code::Invalid, "photo_too_large").with("max_mib", PHOTO_BYTES_MAX >> 20)
}

/// The photos of a visit, in the order in which they came in.
pub(crate) fn views(
    conn: &Connection,
    blobs: &BlobStore,
    inspection: InspectionId,
    names: &BTreeMap<String, String>,
) -> Result<Vec<PhotoView>> {
    let photos: Vec<Photo> = record::of_inspection(conn, inspection.0)?;
    photos
        .into_iter()
        .map(|photo| view(conn, photo, blobs, names))
        .collect()
}

/// The photos of all findings.
pub(crate) fn views_of_findings(
    conn: &Connection,
    blobs: &BlobStore,
    names: &BTreeMap<String, String>,
) -> Result<Vec<PhotoView>> {
    let photos: Vec<Photo> = record::all(conn)?;
    let of_findings = photos.into_iter().filter(|photo| photo.finding.is_some());
    of_findings
        .map(|photo| view(conn, photo, blobs, names))
        .collect()
}

fn view(
    conn: &Connection,
    photo: Photo,
    blobs: &BlobStore,
    names: &BTreeMap<String, String>,
) -> Result<PhotoView> {
    let here = blobs.len(photo.original.sha256).is_some();
    Ok(PhotoView {
        coming: !here && query::wanted(conn, photo.original.sha256)?,
        id: photo.id.to_string(),
        inspection: photo.inspection.to_string(),
        finding: photo.finding.map(|id| id.to_string()),
        item: photo.item,
        facility: photo.facility,
        name: photo.name,
        here,
        // A copy that others made and that has not been fetched yet cannot be shown yet.
        evidence: photo
            .evidence
            .filter(|blob| blobs.len(blob.sha256).is_some()),
        thumb: photo.thumb.filter(|blob| blobs.len(blob.sha256).is_some()),
        original: photo.original,
        width: photo.width,
        height: photo.height,
        taken: photo.taken,
        added: photo.added.to_rfc3339(),
        by: names
            .get(&photo.by.to_string())
            .cloned()
            .unwrap_or_default(),
        undecodable: photo.undecodable,
    })
}

/// The media type by the content, of which the first 12 bytes are enough; the file's name proves
/// nothing. `None` is no photo.
#[must_use]
pub fn sniff(bytes: &[u8]) -> Option<&'static str> {
    let brand = bytes.get(4..12);
    match bytes {
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some("image/png"),
        [
            b'R',
            b'I',
            b'F',
            b'F',
            _,
            _,
            _,
            _,
            b'W',
            b'E',
            b'B',
            b'P',
            ..,
        ] => Some("image/webp"),
        // Kept as they came; this version cannot show them.
        _ if brand.is_some_and(|b| matches!(b, b"ftypheic" | b"ftypheix" | b"ftypmif1")) => {
            Some("image/heic")
        }
        _ if brand == Some(b"ftypavif") => Some("image/avif"),
        _ => None,
    }
}

/// When the camera says the photo was taken, in the camera's own words.
fn taken(bytes: &[u8]) -> Option<String> {
    let exif = exif::Reader::new()
        .read_from_container(&mut std::io::Cursor::new(bytes))
        .ok()?;
    let field = exif.get_field(exif::Tag::DateTimeOriginal, exif::In::PRIMARY)?;
    let text = field.display_value().to_string();
    (text.len() <= 40).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_is_found_from_the_content_alone() {
        assert_eq!(sniff(b"\xff\xd8\xff\xe0rest"), Some("image/jpeg"));
        assert_eq!(sniff(b"\x00\x00\x00\x18ftypheic...."), Some("image/heic"));
        for other in [
            &b""[..],
            b"\xff\xd8",
            b"%PDF-1.7",
            b"<html>",
            b"RIFF1234WAVE",
        ] {
            assert_eq!(sniff(other), None);
        }
    }
}
