//! Photos as evidence: what a photo says, and the bytes it points to.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::digest::Digest;
use crate::id::{FindingId, InspectionId, PersonId, PhotoId};
use crate::record::records;

records! { Photo => Photo }

/// The largest original, in bytes.
pub const PHOTO_BYTES_MAX: u64 = 64 << 20;
/// The largest picture that is decoded, in pixels.
pub const PHOTO_PIXELS_MAX: u64 = 200_000_000;

/// Bytes by their content: name, length and type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct BlobRef {
    /// The SHA-256 of the bytes.
    pub sha256: Digest,
    /// How many bytes.
    pub bytes: u64,
    /// The media type, found from the content.
    pub mime: String,
}

/// A photo (照片). The original is kept byte for byte; the copies are derived from it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Photo {
    /// Which one.
    pub id: PhotoId,
    /// The visit.
    pub inspection: InspectionId,
    /// What it proves: a finding …
    #[serde(default)]
    pub finding: Option<FindingId>,
    /// … or an item's answer.
    #[serde(default)]
    pub item: Option<String>,
    /// Which of several facilities of the site; empty for the only one.
    #[serde(default)]
    pub facility: String,
    /// The file's name where it came from.
    #[serde(default)]
    pub name: String,
    /// The bytes as they came from the camera.
    pub original: BlobRef,
    /// The 1600-pixel copy, once made.
    #[serde(default)]
    pub evidence: Option<BlobRef>,
    /// The thumbnail, once made.
    #[serde(default)]
    pub thumb: Option<BlobRef>,
    /// Pixels across, as displayed.
    #[serde(default)]
    pub width: Option<u32>,
    /// Pixels down, as displayed.
    #[serde(default)]
    pub height: Option<u32>,
    /// When the camera says it was taken, in the camera's own words; never trusted.
    #[serde(default)]
    pub taken: Option<String>,
    /// When it came into the program.
    pub added: DateTime<Utc>,
    /// Who brought it in.
    pub by: PersonId,
    /// The original is kept but cannot be shown: damaged, or of a kind we cannot decode.
    #[serde(default)]
    pub undecodable: bool,
    /// What a newer program added.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl Photo {
    /// All blobs that the photo points to, smallest first: the order of sending.
    pub fn blobs(&self) -> impl Iterator<Item = &BlobRef> {
        self.thumb
            .iter()
            .chain(&self.evidence)
            .chain(std::iter::once(&self.original))
    }
}
