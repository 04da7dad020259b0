//! Photos as evidence: what a photo says, and the bytes it points to.
//!
//! A copy of a recording must tell how, when and by whom it was made and what it proves (最高人民法院
//! 关于行政诉讼证据若干问题的规定 第十二条): when, where, who, what and with which device are fields of
//! the record, and none of them is ever corrected to fit the others. [`doubt`] tells where they
//! contradict each other.

pub mod doubt;
pub mod manifest;
pub mod mark;
pub mod place;

use chrono::{DateTime, FixedOffset, NaiveDateTime, TimeZone, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use self::mark::Mark;
use self::place::{Point, Position};
use crate::digest::Digest;
use crate::id::{FindingId, InspectionId, PersonId, PhotoId};
use crate::open_enum::open_enum;
use crate::record::records;

records! { Photo => Photo }

/// The longest text of what a photo proves, in characters.
pub const PROVES_CHARS_MAX: usize = 500;

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

open_enum! {
    /// How a photo came into the program.
    PhotoSource {
        /// Chosen, dropped or pasted.
        File = "file",
        /// Sent by a phone (手机传).
        Phone = "phone",
        /// Taken by the laptop's own camera.
        Webcam = "webcam",
    }
}

open_enum! {
    /// Why a photo cannot be shown. It is kept all the same.
    PhotoTrouble {
        /// There is no decoder for its kind (HEIC, AVIF).
        NoDecoder = "no_decoder",
        /// It is larger than what is decoded.
        TooLarge = "too_large",
        /// It is damaged.
        Damaged = "damaged",
    }
}

/// What the camera wrote into the file (EXIF). Read, never trusted: anybody can write it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Camera {
    /// The maker, as written.
    #[serde(default)]
    pub make: String,
    /// The model, as written.
    #[serde(default)]
    pub model: String,
    /// When it was taken, by the camera's clock.
    #[serde(default)]
    pub taken: Option<NaiveDateTime>,
    /// How far that clock is ahead of UTC, in minutes; most cameras do not say.
    #[serde(default)]
    pub offset_min: Option<i32>,
    /// Where it was taken (WGS-84).
    #[serde(default)]
    pub point: Option<Point>,
    /// Metres above the sea.
    #[serde(default)]
    pub altitude_m: Option<i32>,
    /// How far off the place may be, in metres.
    #[serde(default)]
    pub accuracy_m: Option<u32>,
    /// Where the camera looked, in degrees from north, clockwise; 0 to 359.
    #[serde(default)]
    pub direction_deg: Option<u16>,
    /// The time that the satellites told with the place.
    #[serde(default)]
    pub satellites_at: Option<DateTime<Utc>>,
}

/// What China's clocks are ahead of UTC, in seconds: where a camera does not say its offset.
const CHINA_S: i32 = 8 * 3_600;

impl Camera {
    /// When it was taken: by the camera's offset, or by China's time where it names none.
    #[must_use]
    pub fn taken_at(&self) -> Option<DateTime<Utc>> {
        let seconds = self.offset_min.map_or(CHINA_S, |minutes| minutes * 60);
        let offset = FixedOffset::east_opt(seconds)?;
        let local = offset.from_local_datetime(&self.taken?).single()?;
        Some(local.with_timezone(&Utc))
    }
}

/// How the laptop's clock stood when a photo came in, against a time that can be trusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// Who told: `server`, or `receiver` (satellites).
    pub told_by: String,
    /// When it was told.
    pub told: DateTime<Utc>,
    /// How far the laptop's clock was ahead then, in ms; negative: behind.
    pub ahead_ms: i64,
}

/// What a look at the pixels says: hints for whoever takes photos, no judgement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// The variance of the Laplacian of the brightness of the evidence copy.
    pub sharpness: u32,
    /// The mean brightness, 0 to 255.
    pub brightness: u8,
    /// A hash that looks alike for pictures that look alike: 16 hexadecimal digits.
    pub hash: String,
    /// The file ends before the picture does.
    #[serde(default)]
    pub cut_short: bool,
    /// An older photo on the laptop that looks the same, or has the same bytes.
    #[serde(default)]
    pub like: Option<PhotoId>,
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
    /// Why it cannot be shown.
    #[serde(default)]
    pub trouble: Option<PhotoTrouble>,
    /// How it came.
    #[serde(default)]
    pub source: Option<PhotoSource>,
    /// What the camera wrote into it.
    #[serde(default)]
    pub camera: Option<Camera>,
    /// Where it was taken, as somebody said or a receiver told when it came in.
    #[serde(default)]
    pub position: Option<Position>,
    /// How the laptop's clock stood.
    #[serde(default)]
    pub clock: Option<Clock>,
    /// What its pixels look like, once looked at.
    #[serde(default)]
    pub look: Option<Look>,
    /// What it proves, in a person's words; empty: what it belongs to says it.
    #[serde(default)]
    pub proves: String,
    /// Arrows, circles and words over it: a layer of their own.
    #[serde(default)]
    pub marks: Vec<Mark>,
    /// What a newer program added.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl Photo {
    /// Where it was taken: what a person or a receiver said, or else what the camera wrote.
    #[must_use]
    pub fn point(&self) -> Option<Point> {
        let said = self.position.as_ref().and_then(|position| position.point);
        said.or_else(|| self.camera.as_ref()?.point)
    }

    /// All blobs that the photo points to, smallest first: the order of sending.
    pub fn blobs(&self) -> impl Iterator<Item = &BlobRef> {
        self.thumb
            .iter()
            .chain(&self.evidence)
            .chain(std::iter::once(&self.original))
    }
}
