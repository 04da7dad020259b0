//! Photos as screens show them.

use serde::Serialize;
use ts_rs::TS;
use xunan_model::photo::doubt::Doubt;
use xunan_model::photo::manifest::SignerRole;
use xunan_model::photo::mark::Mark;
use xunan_model::photo::place::{Point, Position};
use xunan_model::photo::{BlobRef, PhotoSource, PhotoTrouble};

/// A photo.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct PhotoView {
    /// The photo's id.
    pub id: String,
    /// The visit.
    pub inspection: String,
    /// Its place in the visit's list of photos, from 1.
    pub number: usize,
    /// The finding that it proves.
    pub finding: Option<String>,
    /// The item that it proves.
    pub item: Option<String>,
    /// Which of several facilities; empty for the only one.
    pub facility: String,
    /// The file's name where it came from.
    pub name: String,
    /// The bytes from the camera.
    pub original: BlobRef,
    /// The 1600-pixel copy.
    pub evidence: Option<BlobRef>,
    /// The thumbnail.
    pub thumb: Option<BlobRef>,
    /// Pixels across.
    pub width: Option<u32>,
    /// Pixels down.
    pub height: Option<u32>,
    /// When the camera says it was taken: an instant, or the camera's own words.
    pub taken: Option<String>,
    /// When it came in.
    pub added: String,
    /// Who brought it in.
    pub by: String,
    /// How it came.
    pub source: Option<PhotoSource>,
    /// The camera's maker and model, as it wrote them.
    pub camera: String,
    /// Where, by what the camera wrote.
    pub camera_point: Option<Point>,
    /// How far off that may be, in metres.
    pub camera_accuracy_m: Option<u32>,
    /// Where the camera looked, in degrees from north.
    pub direction_deg: Option<u16>,
    /// Metres above the sea, by the camera.
    pub altitude_m: Option<i32>,
    /// Where, as a person or a receiver said.
    pub position: Option<Position>,
    /// How far from the site, in metres, where both places are known.
    pub site_metres: Option<u32>,
    /// How far the laptop's clock was ahead of a trusted time, in seconds.
    pub clock_ahead_s: Option<i64>,
    /// What it proves, in a person's words.
    pub proves: String,
    /// What is drawn over it.
    pub marks: Vec<Mark>,
    /// What does not fit, and hints.
    pub doubts: Vec<Doubt>,
    /// It is kept but cannot be shown.
    pub undecodable: bool,
    /// Why.
    pub trouble: Option<PhotoTrouble>,
    /// Whether the original is on this laptop.
    pub here: bool,
    /// Whether the original is on its way here, or waits for a link.
    pub coming: bool,
}

/// The list of a visit's photos.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct ManifestView {
    /// The digest of the list.
    pub digest: String,
    /// The photos, in their order.
    pub rows: Vec<ManifestRow>,
    /// Who signed it, or did not, the latest first.
    pub signings: Vec<SigningView>,
}

/// A photo in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct ManifestRow {
    /// The photo.
    pub photo: PhotoView,
    /// The hazard that it proves.
    pub hazard: Option<String>,
    /// The question of the item that it proves.
    pub question: Option<String>,
}

/// A signature under the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct SigningView {
    /// Who.
    pub name: String,
    /// As what.
    pub role: SignerRole,
    /// Why not; empty: it was signed.
    pub refused: String,
    /// The signature as drawn, in thousandths of the field's width.
    pub strokes: Vec<Vec<(u16, u16)>>,
    /// When.
    pub at: String,
    /// Who held the laptop.
    pub by: String,
    /// How many photos the list had.
    pub photos: u32,
    /// Whether the list is still the one that was signed.
    pub same: bool,
}

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum FileVerdict {
    /// Its bytes are those of its name.
    Whole,
    /// Its bytes are others.
    Altered,
    /// It should be here and is not.
    Missing,
    /// It is not here, and need not be: the server has it, or it is another laptop's.
    Elsewhere,
}

/// What became of a photo's files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct PhotoVerdict {
    /// The photo.
    pub photo: String,
    /// The original.
    pub original: FileVerdict,
    /// The worst of the copies.
    pub copies: FileVerdict,
}

/// A port at which a receiver may be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct PortView {
    /// What the system calls it.
    pub name: String,
    /// What is plugged in, as it calls itself.
    pub about: String,
}

/// How far a receiver is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum ReceiverState {
    /// None is listened to.
    #[default]
    Off,
    /// The port cannot be opened.
    Unplugged,
    /// Nothing that a receiver says comes from the port.
    Silent,
    /// It talks, and does not know where it is.
    Searching,
    /// It knows.
    Fix,
}

/// What the receiver says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct ReceiverView {
    /// The port.
    pub port: Option<String>,
    /// How far it is.
    pub state: ReceiverState,
    /// Where it is.
    pub position: Option<Position>,
    /// How many satellites it uses.
    pub satellites: Option<u32>,
    /// How far the laptop's clock is ahead of the satellites', in seconds.
    pub clock_ahead_s: Option<i64>,
}
