//! Pictures on one sheet, and smaller ones for documents.

use std::io::BufWriter;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use image::RgbImage;
use image::codecs::jpeg::JpegEncoder;
use image::imageops::{FilterType, replace, resize};

const GAP: u32 = 8;
const QUALITY: u8 = 72;

/// Puts pictures on one sheet, so many in a row, each so wide (pixels). `None` leaves a place free.
///
/// # Errors
/// When a picture cannot be read or the sheet not be written.
pub fn composed(files: &[Option<PathBuf>], sheet: &Path, columns: u32, width: u32) -> Result<()> {
    let mut small = Vec::new();
    for file in files {
        small.push(file.as_ref().map(|file| smaller(file, width)).transpose()?);
    }
    let height = small
        .iter()
        .flatten()
        .map(RgbImage::height)
        .max()
        .context("no picture")?;
    let rows = u32::try_from(small.len())?.div_ceil(columns);
    ensure!(rows > 0, "no picture");
    let mut all = RgbImage::from_pixel(
        columns * (width + GAP) + GAP,
        rows * (height + GAP) + GAP,
        image::Rgb([90, 100, 110]),
    );
    for (at, picture) in small.iter().enumerate() {
        let Some(picture) = picture else {
            continue;
        };
        let at = u32::try_from(at)?;
        let (x, y) = (at % columns, at / columns);
        let (left, top) = (GAP + x * (width + GAP), GAP + y * (height + GAP));
        replace(&mut all, picture, left.into(), top.into());
    }
    written(&all, sheet)
}

/// Writes a picture as a JPEG of this width.
///
/// # Errors
/// As [`composed`].
pub fn shrunk(file: &Path, to: &Path, width: u32) -> Result<()> {
    written(&smaller(file, width)?, to)
}

fn smaller(file: &Path, width: u32) -> Result<RgbImage> {
    let picture = image::open(file)
        .with_context(|| file.display().to_string())?
        .to_rgb8();
    let height = width * picture.height() / picture.width();
    Ok(resize(&picture, width, height, FilterType::Triangle))
}

fn written(picture: &RgbImage, to: &Path) -> Result<()> {
    let file = BufWriter::new(std::fs::File::create(to)?);
    Ok(JpegEncoder::new_with_quality(file, QUALITY).encode_image(picture)?)
}
