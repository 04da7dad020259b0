//! From foreign bytes to upright pixels, within limits.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageReader, Limits, Rgb, RgbImage};
use xunan_model::photo::PHOTO_PIXELS_MAX;

use crate::{Kind, PictureError, camera, jpeg};

/// What pixels may take that must be decoded whole: PNG, WebP, and JPEGs of four colours.
const WHOLE_BYTES_MAX: u64 = 180 << 20;
/// Bytes per pixel beside those that the decoder gives: as colours of a byte each, and once more while
/// they are turned.
const WORK_BYTES: u64 = 6;
/// A colour profile larger than that is no camera's.
pub(crate) const PROFILE_BYTES_MAX: usize = 64 << 10;

/// A picture's pixels, upright.
#[derive(Debug)]
pub struct Picture {
    /// The pixels: at least as many as asked for, where the original has them.
    pub pixels: RgbImage,
    /// Its colour profile, where it has one.
    pub profile: Option<Vec<u8>>,
    /// Pixels across of the original, upright.
    pub width: u32,
    /// Pixels down of the original, upright.
    pub height: u32,
    /// The file ends before the picture does: the rest is grey.
    pub cut_short: bool,
}

impl Picture {
    /// Decodes, with a longer side of at least `pixels` where the original has as many.
    ///
    /// # Errors
    /// Why it cannot be shown.
    pub fn decode(bytes: &[u8], pixels: u32) -> Result<Self, PictureError> {
        // The decoders promise not to panic; evidence is no place to rely on it. The JPEG library tells
        // its errors by unwinding.
        catch_unwind(AssertUnwindSafe(|| decode(bytes, pixels))).unwrap_or_else(|why| {
            let why = why.downcast::<String>().map(|why| *why);
            let gave_up = "the decoder gave up".to_owned();
            Err(PictureError::Damaged(why.unwrap_or(gave_up)))
        })
    }
}

fn decode(bytes: &[u8], pixels: u32) -> Result<Picture, PictureError> {
    let kind = Kind::of(bytes).ok_or(PictureError::NotAPicture)?;
    let (stored, profile, (width, height), whole) = match kind {
        Kind::Jpeg => {
            let head = jpeg::head(bytes)?;
            let (stored, profile) = if head.four {
                decode_whole(bytes)?
            } else {
                jpeg::decode(bytes, &head, pixels)?
            };
            (stored, profile, (head.width, head.height), head.whole)
        }
        Kind::Png | Kind::Webp => {
            let (stored, profile) = decode_whole(bytes)?;
            let sides = stored.dimensions();
            (stored, profile, sides, true)
        }
        Kind::Heic | Kind::Avif => return Err(PictureError::NoDecoder(kind.mime())),
    };
    let orientation =
        Orientation::from_exif(camera::orientation(bytes)).unwrap_or(Orientation::NoTransforms);
    let turned = matches!(
        orientation,
        Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH
    );
    let (width, height) = if turned {
        (height, width)
    } else {
        (width, height)
    };
    let mut upright = DynamicImage::ImageRgb8(stored);
    upright.apply_orientation(orientation);
    Ok(Picture {
        pixels: upright.into_rgb8(),
        profile: profile.filter(|profile| is_of_colours(profile)),
        width,
        height,
        cut_short: !whole,
    })
}

/// Whether a profile is one of red, green and blue (ICC.1:2010, 7.2.6): another one, as printers and
/// grey pictures have, says nothing of the pixels that are handed on.
fn is_of_colours(profile: &[u8]) -> bool {
    profile.len() <= PROFILE_BYTES_MAX && profile.get(16..20) == Some(b"RGB ")
}

fn decode_whole(bytes: &[u8]) -> Result<(RgbImage, Option<Vec<u8>>), PictureError> {
    let damaged = |error| match error {
        ImageError::Limits(_) => PictureError::TooMuchMemory {
            mib: WHOLE_BYTES_MAX >> 20,
        },
        error => PictureError::Damaged(error.to_string()),
    };
    let mut reader = ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()
        .map_err(|error| PictureError::Damaged(error.to_string()))?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(WHOLE_BYTES_MAX);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(damaged)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > PHOTO_PIXELS_MAX {
        return Err(PictureError::TooManyPixels { width, height });
    }
    let held = decoder.total_bytes() + WORK_BYTES * u64::from(width) * u64::from(height);
    if held > WHOLE_BYTES_MAX {
        return Err(PictureError::TooMuchMemory { mib: held >> 20 });
    }
    let profile = decoder.icc_profile().ok().flatten();
    let picture = DynamicImage::from_decoder(decoder).map_err(damaged)?;
    Ok((on_white(picture), profile))
}

/// What is see-through becomes white, as on paper.
fn on_white(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let picture = picture.into_rgba8();
    let mut opaque = RgbImage::new(picture.width(), picture.height());
    for (to, from) in opaque.pixels_mut().zip(picture.pixels()) {
        let [red, green, blue, alpha] = from.0.map(u16::from);
        #[expect(clippy::cast_possible_truncation, reason = "a mean of two bytes")]
        let over = |colour: u16| ((colour * alpha + 255 * (255 - alpha)) / 255) as u8;
        *to = Rgb([over(red), over(green), over(blue)]);
    }
    opaque
}
