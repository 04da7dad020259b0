//! Photos as bytes: what they are, what the camera wrote into them, the copies that are shown and sent,
//! and what a look at the pixels says.
//!
//! Everything here reads foreign bytes. **Invariant: nothing is decoded before its size is known and
//! within the limits; no input makes it panic, hang, or take more than about 256 MB.** No disk, no clock,
//! no record: bytes in, bytes and facts out.
#![warn(missing_docs)]

mod camera;
mod copies;
mod decode;
mod jpeg;
mod look;
mod stamp;
mod tell;

pub use camera::{camera, taken_words};
pub use copies::{Evidence, Thumb, evidence, thumb};
pub use decode::Picture;
pub use jpeg::encode_small;
pub use look::distance;
pub use stamp::{StampError, stamp};
pub use tell::{Told, with_exif};

/// The longer side of the evidence copy, in pixels.
pub const EVIDENCE_PIXELS: u32 = 1_600;
/// The longer side of the thumbnail, in pixels.
pub const THUMB_PIXELS: u32 = 320;

/// What kind of picture bytes are, by their content; a file's name proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// WebP.
    Webp,
    /// HEIC: kept as it came; no decoder that is well kept and free to hand out exists.
    Heic,
    /// AVIF: kept as it came.
    Avif,
}

impl Kind {
    /// Finds it in the first 12 bytes; `None`: no picture that this program takes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let (head, brand) = (bytes.get(..4)?, bytes.get(4..12));
        match head {
            [0xff, 0xd8, 0xff, _] => Some(Self::Jpeg),
            _ if bytes.starts_with(b"\x89PNG\r\n\x1a\n") => Some(Self::Png),
            b"RIFF" if bytes.get(8..12) == Some(b"WEBP") => Some(Self::Webp),
            _ => match brand? {
                b"ftypheic" | b"ftypheix" | b"ftyphevc" | b"ftypmif1" | b"ftypmsf1" => {
                    Some(Self::Heic)
                }
                b"ftypavif" | b"ftypavis" => Some(Self::Avif),
                _ => None,
            },
        }
    }

    /// The media type.
    #[must_use]
    pub fn mime(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
            Self::Heic => "image/heic",
            Self::Avif => "image/avif",
        }
    }
}

/// Why a picture cannot be shown. Its bytes are kept all the same.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PictureError {
    /// The bytes are no picture that this program takes.
    #[error("no picture")]
    NotAPicture,
    /// It claims more pixels than are ever decoded.
    #[error("{width} × {height} pixels are too many")]
    TooManyPixels {
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
    },
    /// Decoding it would take too much memory.
    #[error("decoding takes {mib} MiB or more")]
    TooMuchMemory {
        /// How much at least.
        mib: u64,
    },
    /// A progressive JPEG of more scans than any camera writes: each costs a pass over all pixels.
    #[error("{0} scans are too many")]
    TooManyScans(u32),
    /// There is no decoder for this kind.
    #[error("no decoder for {0}")]
    NoDecoder(&'static str),
    /// It is damaged, in the decoder's words.
    #[error("damaged: {0}")]
    Damaged(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_is_found_from_the_content_alone() {
        assert_eq!(Kind::of(b"\xff\xd8\xff\xe0rest"), Some(Kind::Jpeg));
        assert_eq!(Kind::of(b"\x00\x00\x00\x18ftypheic...."), Some(Kind::Heic));
        assert_eq!(Kind::of(b"RIFF\x01\0\0\0WEBPVP8 "), Some(Kind::Webp));
        for other in [
            &b""[..],
            b"\xff\xd8",
            b"%PDF-1.7",
            b"<html>",
            b"RIFF1234WAVE",
            b"\0\0\0\x18ftypisom",
        ] {
            assert_eq!(Kind::of(other), None);
        }
    }
}
