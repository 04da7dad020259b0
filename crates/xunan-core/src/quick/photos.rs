//! Photos of a check that is being written: their bytes are on the disk, and beside the draft stands what
//! their records will say. They become records with the check.

use anyhow::{Context, Result};
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use xunan_model::checklist::Text;
use xunan_model::digest::Digest;
use xunan_model::fault::{Code, Fault};
use xunan_model::id::InspectionId;
use xunan_model::inspection::Inspection;
use xunan_model::photo::Photo;
use xunan_model::quick::{PHOTOS_MAX, QuickDraft};

use super::{finding_id, preset};
use crate::app::App;
use crate::photos::PhotoTarget;
use crate::store::{record, setting};
use crate::view::PhotoView;

/// A photo that waits for its check to be finished.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Waiting {
    pub(super) hazard: Option<String>,
    pub(super) photo: Photo,
}

pub(super) fn key(check: InspectionId) -> String {
    format!("quick/photos/{check}")
}

pub(super) fn waiting(conn: &Connection, check: InspectionId) -> Result<Vec<Waiting>> {
    let text = setting::local(conn, &key(check))?;
    Ok(match text {
        Some(text) => serde_json::from_str(&text)?,
        None => Vec::new(),
    })
}

/// The draft of a check, while it is one.
pub(crate) fn draft_of(conn: &Connection, check: InspectionId) -> Result<Option<QuickDraft>> {
    if record::get::<Inspection>(conn, check.0)?.is_some() {
        return Ok(None);
    }
    let drafts = setting::locals(conn, super::DRAFT)?;
    let mut drafts = drafts
        .iter()
        .filter_map(|(_, text)| serde_json::from_str::<QuickDraft>(text).ok());
    Ok(drafts.find(|draft| draft.check == check))
}

/// Whether these bytes wait already, as a photo of the same hazard.
pub(crate) fn known(conn: &Connection, target: &PhotoTarget, sha256: Digest) -> Result<bool> {
    let waiting = waiting(conn, target.inspection)?;
    Ok(waiting
        .iter()
        .any(|one| one.photo.original.sha256 == sha256 && one.hazard == target.item))
}

/// What a hazard of the draft is called.
pub(crate) fn title(draft: &QuickDraft, hazard: &str) -> Result<Text> {
    let hazard = preset(&draft.preset)?.hazard(hazard);
    Ok(hazard
        .context(Fault::new(Code::NotFound, "not_found"))?
        .label
        .clone())
}

impl App {
    /// Takes a photo into the draft of a check. Until the check is written its `item` is the hazard that was
    /// marked. The bytes are on the disk before this returns.
    pub(crate) fn quick_take(
        &self,
        draft: QuickDraft,
        target: PhotoTarget,
        bytes: &[u8],
    ) -> Result<PhotoView> {
        let many = || Fault::new(Code::Invalid, "quick_photos_many").with("max", PHOTOS_MAX);
        if self.read(|conn| waiting(conn, draft.check))?.len() >= PHOTOS_MAX {
            return Err(many().into());
        }
        let hazard = target.item.clone();
        let finding = hazard.as_deref().map(|one| finding_id(draft.check, one));
        let photo = self.photo_keep(
            PhotoTarget {
                finding,
                item: None,
                ..target
            },
            bytes,
        )?;
        let id = photo.id.to_string();
        self.write(|tx| {
            // A phone may still be sending when the check ends: what is called saved must be in it.
            if draft_of(tx.conn(), draft.check)?.is_none() {
                return Err(Fault::new(Code::Conflict, "inspection_finished").into());
            }
            let mut all = waiting(tx.conn(), draft.check)?;
            all.push(Waiting { hazard, photo });
            tx.local(&key(draft.check), Some(&serde_json::to_string(&all)?))
        })?;
        let mut shown = self.quick_view(draft)?.photos.into_iter();
        shown
            .find(|photo| photo.id == id)
            .context("the photo is not there")
    }
}
