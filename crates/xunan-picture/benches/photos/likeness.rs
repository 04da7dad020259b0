//! How much an evidence copy looks like its original (SSIMULACRA2: 90 as good as the same, 70 good),
//! and at how many bytes.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::RgbImage;
use ssimulacra2::{ColorPrimaries, Rgb, TransferCharacteristic, compute_frame_ssimulacra2};
use xunan_picture::{encode_small, evidence};

use crate::{mean, say};

/// Beside the one that is in use.
const QUALITIES: [f32; 7] = [70.0, 74.0, 76.0, 78.0, 80.0, 82.0, 84.0];

/// Prints bytes and likeness of our copies and sharp's. Both are held against the same: the whole
/// original, resized once with Lanczos.
pub(crate) fn compare(photos: &[PathBuf], sharps: &Path, qualities: bool) -> Result<()> {
    say(&format!(
        "\n{:<24}{:>10}{:>8}{:>10}{:>8}{:>8}",
        "photo", "ours", "alike", "sharp", "alike", "bytes"
    ))?;
    let (mut shares, mut gains) = (Vec::new(), Vec::new());
    for photo in photos {
        let bytes = fs::read(photo)?;
        let name = photo.file_stem().unwrap_or_default().to_string_lossy();
        let theirs = fs::read(sharps.join(photo.file_name().context("a file")?))?;
        let sides = image::load_from_memory(&theirs)?.into_rgb8().dimensions();
        let original = image::load_from_memory(&bytes)?.into_rgb8();
        let reference = resized(&original, sides)?;
        let ours = evidence(&bytes)?.jpeg;
        let (alike, theirs_alike) = (score(&reference, &ours)?, score(&reference, &theirs)?);
        let share = share(&ours, &theirs);
        say(&format!(
            "{name:<24}{:>10}{alike:>8.2}{:>10}{theirs_alike:>8.2}{share:>8.3}",
            ours.len(),
            theirs.len()
        ))?;
        shares.push(share);
        gains.push(alike - theirs_alike);
        if qualities {
            for quality in QUALITIES {
                let jpeg = encode_small(&reference, quality, None)?;
                let alike = score(&reference, &jpeg)?;
                say(&format!(
                    "  whole decoded, {quality}: {} {alike:.2}",
                    jpeg.len()
                ))?;
            }
        }
    }
    say(&format!(
        "mean: {:.3} of sharp's bytes, {:+.2} of likeness",
        mean(shares.into_iter()),
        mean(gains.into_iter())
    ))
}

#[expect(clippy::cast_precision_loss, reason = "a share")]
fn share(ours: &[u8], theirs: &[u8]) -> f64 {
    ours.len() as f64 / theirs.len() as f64
}

fn resized(picture: &RgbImage, (width, height): (u32, u32)) -> Result<RgbImage> {
    let from = ImageRef::new(
        picture.width(),
        picture.height(),
        picture.as_raw(),
        PixelType::U8x3,
    )?;
    let mut to = Image::new(width, height, PixelType::U8x3);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3));
    Resizer::new().resize(&from, &mut to, &options)?;
    RgbImage::from_raw(width, height, to.into_vec()).context("lines")
}

fn score(reference: &RgbImage, jpeg: &[u8]) -> Result<f64> {
    let copy = image::load_from_memory(jpeg)?.into_rgb8();
    Ok(compute_frame_ssimulacra2(frame(reference)?, frame(&copy)?)?)
}

fn frame(picture: &RgbImage) -> Result<Rgb> {
    let pixels = picture
        .pixels()
        .map(|pixel| pixel.0.map(|colour| f32::from(colour) / 255.0));
    Ok(Rgb::new(
        pixels.collect(),
        picture.width() as usize,
        picture.height() as usize,
        TransferCharacteristic::SRGB,
        ColorPrimaries::BT709,
    )?)
}
