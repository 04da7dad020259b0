//! The two copies of a photo: the thumbnail for lists, and the evidence copy that is sent first. They
//! carry none of the original's metadata but its colour profile; they stand upright.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::RgbImage;
use xunan_model::photo::Look;

use crate::decode::Picture;
use crate::{EVIDENCE_PIXELS, PictureError, THUMB_PIXELS, jpeg, look};

/// The copy then looks as good as sharp's at its default, to 0.5 of SSIMULACRA2 (the mean of ten photographs:
/// 0.47 less; 0.73 more at 83; the library knows whole numbers only): docs/BENCHMARKS.md.
const EVIDENCE_QUALITY: f32 = 82.0;
/// Decoded with half as many pixels again: resized from just enough, it would lose 2 points of likeness,
/// which cost 6 % of the bytes.
const EVIDENCE_DECODED_PIXELS: u32 = EVIDENCE_PIXELS / 2 * 3;
const THUMB_QUALITY: f32 = 75.0;

/// A thumbnail.
#[derive(Debug)]
pub struct Thumb {
    /// The JPEG.
    pub jpeg: Vec<u8>,
    /// Pixels across of the original, upright.
    pub width: u32,
    /// Pixels down of the original, upright.
    pub height: u32,
}

/// An evidence copy, and what its pixels say.
#[derive(Debug)]
pub struct Evidence {
    /// The JPEG.
    pub jpeg: Vec<u8>,
    /// What it looks like.
    pub look: Look,
}

/// Makes the thumbnail: quick, so that a photo is seen as soon as it is taken in.
///
/// # Errors
/// Why the picture cannot be shown.
pub fn thumb(bytes: &[u8]) -> Result<Thumb, PictureError> {
    let picture = Picture::decode(bytes, THUMB_PIXELS)?;
    let small = fit(picture.pixels, THUMB_PIXELS)?;
    Ok(Thumb {
        jpeg: jpeg::encode_fast(&small, THUMB_QUALITY)?,
        width: picture.width,
        height: picture.height,
    })
}

/// Makes the evidence copy: slower, because every byte of it must pass a bad link.
///
/// # Errors
/// Why the picture cannot be shown.
pub fn evidence(bytes: &[u8]) -> Result<Evidence, PictureError> {
    let picture = Picture::decode(bytes, EVIDENCE_DECODED_PIXELS)?;
    let copy = fit(picture.pixels, EVIDENCE_PIXELS)?;
    let look = look::look(&copy, picture.cut_short);
    let jpeg = jpeg::encode_small(&copy, EVIDENCE_QUALITY, picture.profile.as_deref())?;
    Ok(Evidence { jpeg, look })
}

/// Never larger than it was.
fn fit(picture: RgbImage, pixels: u32) -> Result<RgbImage, PictureError> {
    let (width, height) = picture.dimensions();
    let longer = width.max(height);
    if longer <= pixels {
        return Ok(picture);
    }
    let side = |side: u32| {
        let exact = u64::from(side) * u64::from(pixels);
        u32::try_from((exact + u64::from(longer) / 2) / u64::from(longer))
            .unwrap_or(1)
            .max(1)
    };
    let failed = |what: String| PictureError::Damaged(format!("resizing: {what}"));
    let from = ImageRef::new(width, height, picture.as_raw(), PixelType::U8x3)
        .map_err(|error| failed(error.to_string()))?;
    let mut to = Image::new(side(width), side(height), PixelType::U8x3);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3));
    Resizer::new()
        .resize(&from, &mut to, &options)
        .map_err(|error| failed(error.to_string()))?;
    RgbImage::from_raw(to.width(), to.height(), to.into_vec())
        .ok_or_else(|| failed("lines".to_owned()))
}
