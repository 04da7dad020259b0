//! The list of a visit's photos (照片清单), and its signing on site.
//!
//! Electronic data whose making and authenticity the other side has confirmed count like the original
//! (最高人民法院关于行政诉讼证据若干问题的规定 第六十四条): so the person in charge of the place signs the
//! list, with each photo's number and the first digits of its digest, before the inspectors leave.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::Photo;
use crate::digest::Digest;
use crate::fault::{Code, Fault, check_length};
use crate::id::{InspectionId, PersonId, SigningId};
use crate::open_enum::open_enum;
use crate::record::{canonical_digest, records};

records! { Signing => Signing }

/// The longest name of whoever signs, in characters.
pub const SIGNER_CHARS_MAX: usize = 40;
/// The longest reason of a refusal, in characters.
pub const REFUSED_CHARS_MAX: usize = 200;
/// The most points of a drawn signature, over all strokes.
pub const STROKE_POINTS_MAX: usize = 4_000;

open_enum! {
    /// As what somebody signs.
    SignerRole {
        /// 现场负责人.
        InCharge = "in_charge",
        /// 检查人员.
        Inspector = "inspector",
        /// 见证人.
        Witness = "witness",
    }
}

/// A signature under the list of photos, or its refusal (拒签). Only appended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Signing {
    /// Which one.
    pub id: SigningId,
    /// The visit.
    pub inspection: InspectionId,
    /// The digest of the list that was signed; see [`digest`].
    pub manifest: Digest,
    /// How many photos it had.
    pub photos: u32,
    /// Who signed, by name.
    pub name: String,
    /// As what.
    pub role: SignerRole,
    /// The signature as drawn: strokes of points, in thousandths of the field's width.
    #[serde(default)]
    pub strokes: Vec<Vec<(u16, u16)>>,
    /// Why it was not signed; empty: it was.
    #[serde(default)]
    pub refused: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Who held the laptop.
    pub by: PersonId,
    /// What a newer program added.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// What is signed, before it is a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct SigningDraft {
    /// The visit.
    pub inspection: InspectionId,
    /// The digest of the list that was shown.
    pub manifest: Digest,
    /// Who signs, by name.
    pub name: String,
    /// As what.
    pub role: SignerRole,
    /// The signature as drawn.
    pub strokes: Vec<Vec<(u16, u16)>>,
    /// Why it is not signed; empty: it is.
    pub refused: String,
}

impl SigningDraft {
    /// Makes it a record. `shown` are the photos as they are now.
    ///
    /// # Errors
    /// `signer_missing`, `signature_missing`, `signature_long`, `text_too_long`; `manifest_changed`
    /// when the list is no longer the one that was shown; `manifest_empty`.
    pub fn check(
        self,
        id: SigningId,
        by: PersonId,
        at: DateTime<Utc>,
        shown: &[Photo],
    ) -> Result<Signing, Fault> {
        check_length(&self.name, SIGNER_CHARS_MAX, "name")?;
        check_length(&self.refused, REFUSED_CHARS_MAX, "refused")?;
        if self.name.trim().is_empty() {
            return Err(Fault::invalid("signer_missing", "name"));
        }
        let points: usize = self.strokes.iter().map(Vec::len).sum();
        if points > STROKE_POINTS_MAX {
            return Err(Fault::invalid("signature_long", "strokes"));
        }
        if points == 0 && self.refused.trim().is_empty() {
            return Err(Fault::invalid("signature_missing", "strokes"));
        }
        if shown.is_empty() {
            return Err(Fault::new(Code::Invalid, "manifest_empty"));
        }
        if digest(shown) != self.manifest {
            return Err(Fault::new(Code::Conflict, "manifest_changed"));
        }
        Ok(Signing {
            id,
            inspection: self.inspection,
            manifest: self.manifest,
            photos: u32::try_from(shown.len()).unwrap_or(u32::MAX),
            name: self.name.trim().to_owned(),
            role: self.role,
            strokes: self.strokes,
            refused: self.refused.trim().to_owned(),
            at,
            by,
            extra: Map::new(),
        })
    }
}

/// The photos in the order of the list: as they came in. A photo's number is its place in it, from 1.
pub fn in_order(photos: &mut [Photo]) {
    photos.sort_by_key(|photo| (photo.added, photo.id));
}

/// The digest of a list of photos: over each one's number, bytes, times, place, maker and meaning, in
/// the order of [`in_order`]. Copies, hints and the order in which the photos are given do not matter.
#[must_use]
pub fn digest(photos: &[Photo]) -> Digest {
    let mut sorted = photos.to_vec();
    in_order(&mut sorted);
    let rows: Vec<Value> = sorted
        .iter()
        .enumerate()
        .map(|(index, photo)| {
            json!({
                "number": index + 1, "id": photo.id, "sha256": photo.original.sha256, "bytes": photo.original.bytes,
                "taken": photo.taken, "added": photo.added, "by": photo.by, "position": photo.position,
                "finding": photo.finding, "item": photo.item, "facility": photo.facility, "proves": photo.proves,
            })
        })
        .collect();
    canonical_digest(&Value::Array(rows))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn photo(n: u128, added: &str) -> Photo {
        serde_json::from_value(json!({
            "id": Uuid::from_u128(n), "inspection": Uuid::nil(), "by": Uuid::nil(), "added": added,
            "original": {"sha256": Digest::of(&n.to_be_bytes()), "bytes": 5, "mime": "image/jpeg"},
        }))
        .unwrap()
    }

    fn draft(photos: &[Photo]) -> SigningDraft {
        SigningDraft {
            inspection: InspectionId(Uuid::nil()),
            manifest: digest(photos),
            name: "扎西".to_owned(),
            role: SignerRole::InCharge,
            strokes: vec![vec![(10, 10), (20, 30)]],
            refused: String::new(),
        }
    }

    fn check(draft: SigningDraft, photos: &[Photo]) -> Result<Signing, &'static str> {
        let at = "2026-11-25T03:00:00Z".parse().unwrap();
        let id = SigningId(Uuid::from_u128(9));
        draft
            .check(id, PersonId(Uuid::nil()), at, photos)
            .map_err(|fault| fault.key)
    }

    #[test]
    fn the_digest_follows_what_the_list_says_and_nothing_else() {
        let one = photo(1, "2026-11-25T03:00:00Z");
        let two = photo(2, "2026-11-25T02:00:00Z");
        let list = digest(&[one.clone(), two.clone()]);
        assert_eq!(list, digest(&[two.clone(), one.clone()]));
        let mut thumb = two.clone();
        thumb.thumb = Some(two.original.clone());
        assert_eq!(list, digest(&[one.clone(), thumb]));
        let mut proves = two;
        proves.proves = "灭火器压力不足".to_owned();
        assert_ne!(list, digest(&[one.clone(), proves]));
        assert_ne!(list, digest(&[one]));
    }

    #[test]
    fn only_the_list_that_was_shown_is_signed() {
        let photos = [photo(1, "2026-11-25T03:00:00Z")];
        let signing = check(draft(&photos), &photos).unwrap();
        assert_eq!((signing.photos, signing.manifest), (1, digest(&photos)));
        let more = [photos[0].clone(), photo(2, "2026-11-25T03:01:00Z")];
        assert_eq!(check(draft(&photos), &more), Err("manifest_changed"));
        assert_eq!(check(draft(&[]), &[]), Err("manifest_empty"));
    }

    #[test]
    fn somebody_signs_or_says_why_not() {
        let photos = [photo(1, "2026-11-25T03:00:00Z")];
        let mut unsigned = draft(&photos);
        unsigned.strokes.clear();
        assert_eq!(check(unsigned.clone(), &photos), Err("signature_missing"));
        unsigned.refused = "负责人拒绝签字".to_owned();
        assert!(check(unsigned, &photos).is_ok());
        let nobody = SigningDraft {
            name: " ".to_owned(),
            ..draft(&photos)
        };
        assert_eq!(check(nobody, &photos), Err("signer_missing"));
        let endless = SigningDraft {
            strokes: vec![vec![(0, 0); STROKE_POINTS_MAX + 1]],
            ..draft(&photos)
        };
        assert_eq!(check(endless, &photos), Err("signature_long"));
    }
}
