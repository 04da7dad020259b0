//! The list of a visit's photos: showing, signing, and checking every byte.

use anyhow::Result;
use rusqlite::Connection;
use xunan_model::change::Kind;
use xunan_model::fault::{Code, Fault};
use xunan_model::finding::Finding;
use xunan_model::id::{InspectionId, PhotoId, SigningId};
use xunan_model::photo::manifest::{Signing, SigningDraft, digest};
use xunan_model::photo::{BlobRef, Photo};

use super::{LANE_EVIDENCE, LANE_ORIGINAL, LANE_THUMB, load, shown};
use crate::app::App;
use crate::blob::BlobStore;
use crate::inspections::load as load_visit;
use crate::store::{Origin, query, record};
use crate::view::{FileVerdict, ManifestRow, ManifestView, PhotoVerdict, PhotoView, SigningView};
use crate::{asked, platform, sites};

impl App {
    /// The list of a visit's photos.
    ///
    /// # Errors
    /// `not_found`.
    pub fn photo_manifest(&self, inspection: InspectionId) -> Result<ManifestView> {
        self.read(|conn| {
            let visit = load_visit(conn, inspection)?;
            let names = sites::person_names(conn)?;
            let checklists = self.shared.checklists();
            let photos: Vec<Photo> = record::of_inspection(conn, inspection.0)?;
            let list = digest(&photos);
            let mut rows = Vec::new();
            for photo in shown::of_visit(conn, &self.shared.blobs, inspection, &names)? {
                let finding: Option<Finding> = match &photo.finding {
                    Some(id) => record::get(conn, id.parse()?)?,
                    None => None,
                };
                let code = photo.item.clone();
                let question = code.and_then(|code| {
                    let mut editions = visit.editions.iter();
                    editions.find_map(|edition| {
                        let (_, item) =
                            asked::item(&checklists, &visit, &edition.id, &code).ok()?;
                        Some(item.question.zh.clone())
                    })
                });
                rows.push(ManifestRow {
                    hazard: finding.map(|finding| finding.hazard),
                    question,
                    photo,
                });
            }
            let mut signings: Vec<Signing> = record::of_inspection(conn, inspection.0)?;
            signings.sort_by_key(|signing| std::cmp::Reverse((signing.at, signing.id)));
            let signings = signings.into_iter().map(|signing| SigningView {
                same: signing.manifest == list,
                name: signing.name,
                role: signing.role,
                refused: signing.refused,
                strokes: signing.strokes,
                at: signing.at.to_rfc3339(),
                by: names
                    .get(&signing.by.to_string())
                    .cloned()
                    .unwrap_or_default(),
                photos: signing.photos,
            });
            Ok(ManifestView {
                digest: list.to_string(),
                rows,
                signings: signings.collect(),
            })
        })
    }

    /// Signs the list of a visit's photos, or says that it was not signed. Also after the visit's end: a
    /// signature says something about the list, and changes nothing in the visit.
    ///
    /// # Errors
    /// `not_found`, and what [`SigningDraft::check`] refuses.
    pub fn manifest_sign(&self, draft: SigningDraft) -> Result<ManifestView> {
        let inspection = draft.inspection;
        self.write(|tx| {
            load_visit(tx.conn(), inspection)?;
            let photos: Vec<Photo> = record::of_inspection(tx.conn(), inspection.0)?;
            let id = SigningId(platform::new_id());
            tx.put(&draft.check(id, self.actor.person, platform::now(), &photos)?)
        })?;
        self.photo_manifest(inspection)
    }

    /// Reads every byte of a photo's files and holds them against their names.
    ///
    /// # Errors
    /// `not_found`; when the disk cannot be read.
    pub fn photo_verify(&self, id: PhotoId) -> Result<PhotoVerdict> {
        let (photo, original_away, copies_away) = self.read(|conn| {
            let photo = load(conn, id)?;
            let original_away = at_server(conn, &photo.original)?;
            let mut copies_away = true;
            for copy in photo.thumb.iter().chain(&photo.evidence) {
                copies_away &= at_server(conn, copy)?;
            }
            Ok((photo, original_away, copies_away))
        })?;
        let blobs = &self.shared.blobs;
        let original = verdict(blobs, &photo.original, original_away)?;
        let mut copies = FileVerdict::Whole;
        for copy in photo.thumb.iter().chain(&photo.evidence) {
            copies = worse(copies, verdict(blobs, copy, copies_away)?);
        }
        Ok(PhotoVerdict {
            photo: id.to_string(),
            original,
            copies,
        })
    }

    /// Sets what was altered of a photo's files aside, and asks the server for it and for what is missing.
    /// Files that are as they should be stay.
    ///
    /// # Errors
    /// `not_found`; `original_only_here` when the server has none to give: then nothing is touched.
    pub fn photo_restore(&self, id: PhotoId) -> Result<PhotoView> {
        let photo = self.read(|conn| load(conn, id))?;
        let blobs = &self.shared.blobs;
        let lanes = [
            (photo.thumb.as_ref(), LANE_THUMB),
            (photo.evidence.as_ref(), LANE_EVIDENCE),
            (Some(&photo.original), LANE_ORIGINAL),
        ];
        let mut broken = Vec::new();
        for (blob, lane) in lanes {
            let Some(blob) = blob else { continue };
            if blobs.verify(blob.sha256)? != Some(true) {
                broken.push((blob, lane));
            }
        }
        self.shared.store.write(Origin::Remote, |tx| {
            for (blob, _) in &broken {
                if !at_server(tx.conn(), blob)? {
                    return Err(Fault::new(Code::Conflict, "original_only_here").into());
                }
            }
            for (blob, lane) in &broken {
                // Set aside within the write: what is asked for is not here any more when it commits.
                blobs.set_aside(blob.sha256)?;
                query::blob_want_again(tx.conn(), blob.sha256, blob.bytes, *lane)?;
            }
            tx.note(&Kind::Photo, id.0);
            tx.note_kind("sync");
            Ok(())
        })?;
        self.photo_get(id)
    }
}

/// Whether the server has a file: it confirmed ours, or the file is another laptop's.
fn at_server(conn: &Connection, blob: &BlobRef) -> Result<bool> {
    Ok(query::unsent_file(conn, blob.sha256)?.is_none())
}

fn verdict(blobs: &BlobStore, blob: &BlobRef, away: bool) -> Result<FileVerdict> {
    Ok(match blobs.verify(blob.sha256)? {
        Some(true) => FileVerdict::Whole,
        Some(false) => FileVerdict::Altered,
        None if away => FileVerdict::Elsewhere,
        None => FileVerdict::Missing,
    })
}

fn worse(one: FileVerdict, other: FileVerdict) -> FileVerdict {
    let rank = |verdict| match verdict {
        FileVerdict::Whole => 0,
        FileVerdict::Elsewhere => 1,
        FileVerdict::Missing => 2,
        FileVerdict::Altered => 3,
    };
    if rank(other) > rank(one) { other } else { one }
}
