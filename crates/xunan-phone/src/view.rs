//! What the laptop's screen and the phone's page show, and what they say to each other.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use xunan_model::checklist::Text;

/// The phone drop while its QR code is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct PhoneDropView {
    /// What the QR code says.
    pub url: String,
    /// The QR code.
    pub qr: PhoneQr,
    /// Which of the addresses it is.
    pub address: String,
    /// The TCP port, for whoever must open a firewall.
    pub port: u16,
    /// All addresses of this laptop that a phone may find it under, the likeliest first.
    pub addresses: Vec<PhoneAddress>,
    /// `windows`, `linux`, `macos`: how a firewall is opened differs.
    pub system: String,
    /// The site of the visit.
    pub site: String,
    /// The item or finding that photos go to now; none for the visit as a whole.
    pub title: Option<Text>,
    /// How long the code is still good, in seconds.
    pub seconds_left: u64,
    /// Since when it is shown, in seconds.
    pub seconds_open: u64,
    /// Who has opened the page, in the order of coming.
    pub phones: Vec<PhoneRow>,
    /// The latest photos, the newest first.
    pub photos: Vec<PhoneArrival>,
    /// Photos saved under this code.
    pub saved: usize,
    /// Photos on their way.
    pub coming: usize,
}

/// A QR code as a drawing in squares of 1 × 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct PhoneQr {
    /// Squares along one side.
    pub side: i32,
    /// The dark ones, as the path of an SVG.
    pub path: String,
}

/// An address of this laptop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct PhoneAddress {
    /// The address.
    pub ip: String,
    /// The system's name of the interface.
    pub name: String,
    /// What kind of network it is, as far as can be told.
    pub link: PhoneLink,
}

/// A kind of network, the likeliest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum PhoneLink {
    /// This laptop's own hotspot.
    Hotspot,
    /// Wi-Fi.
    Wireless,
    /// A cable, or unknown.
    Wired,
    /// Of a virtual machine, a tunnel or the like.
    Virtual,
    /// This laptop alone: it is in no network.
    Loopback,
}

/// A phone that has opened the page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct PhoneRow {
    /// Its address.
    pub ip: String,
    /// How far its clock is ahead of the laptop's, in seconds; negative when behind.
    pub skew_s: i64,
    /// Photos of it that are saved.
    pub saved: usize,
    /// Photos of it that are on their way.
    pub coming: usize,
}

/// A photo that a phone sends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct PhoneArrival {
    /// The file's name on the phone.
    pub name: String,
    /// The phone, counted from 1 in the order of coming.
    pub phone: usize,
    /// How many bytes it has.
    pub bytes: u64,
    /// How many are here.
    pub offset: u64,
    /// Saved: on the disk and in the visit.
    pub saved: bool,
    /// Why it was refused.
    pub refused: Option<PhoneRefusal>,
}

/// What the page asks for again and again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct PhoneState {
    /// The site of the visit.
    pub site: String,
    /// The item or finding that is open on the laptop.
    pub title: Option<Text>,
    /// Its name on the wire.
    pub place: usize,
    /// How long the code is still good, in seconds.
    pub seconds_left: u64,
    /// The largest photo, in bytes.
    pub photo_bytes_max: u64,
    /// The largest piece, in bytes.
    pub piece_bytes_max: usize,
}

/// A phone wants to send a photo.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[ts(export)]
pub struct PhoneOffer {
    /// Where it belongs: what [`PhoneState::place`] was when it was taken.
    pub place: usize,
    /// The SHA-256 of its bytes.
    #[ts(type = "string")]
    pub sha256: xunan_model::digest::Digest,
    /// How many bytes.
    pub bytes: u64,
    /// The file's name.
    pub name: String,
}

/// How far a photo is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct PhoneProgress {
    /// How many bytes are here: the next piece begins there.
    pub offset: u64,
    /// Saved: on the disk and in the visit.
    pub done: bool,
}

/// A photo cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct PhoneRefused {
    /// Why.
    pub refused: PhoneRefusal,
}

/// Why a photo is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum PhoneRefusal {
    /// It has no bytes.
    Empty,
    /// Above the limit of a photo.
    TooLarge,
    /// A video or anything else.
    NotAnImage,
    /// This code has taken as much as it may.
    TooMany,
    /// No room on the laptop's disk.
    DiskFull,
    /// The visit has been ended.
    Finished,
    /// What came are not the bytes that were announced.
    WrongDigest,
    /// Too many at a time: later.
    Busy,
    /// Nobody announced it, or too long ago: announce it again.
    Unknown,
    /// A fault of ours; the log has the details.
    Failed,
}
