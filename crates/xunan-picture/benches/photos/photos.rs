//! Photos of 12 megapixels as a phone takes them, made of real ones.

use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use anyhow::Result;
use image::imageops::{FilterType, crop_imm, resize};
use image::{ImageReader, RgbImage};
use mozjpeg::{ColorSpace, Compress};

use crate::TOP;

const WIDTH: u32 = 4_000;
const HEIGHT: u32 = 3_000;
const QUALITY: f32 = 92.0;

/// The whole of a photo of 24 megapixels scaled down, two parts of it as they are, and the middle of a
/// phone's of 13 megapixels; sequential JPEGs, 4:2:0. Made once.
///
/// # Errors
/// When the photographs are not installed.
pub(crate) fn make(folder: &Path) -> Result<Vec<PathBuf>> {
    let folder = folder.join("photos");
    let files = ["whole", "left", "right", "phone"].map(|name| folder.join(format!("{name}.jpg")));
    if files.iter().all(|file| file.is_file()) {
        return Ok(files.into());
    }
    fs::create_dir_all(&folder)?;
    let large = read("sony-alpha-6000.jpg")?;
    let phone = read("short-ascii-II.jpg")?;
    let part = |of: &RgbImage, x, y| crop_imm(of, x, y, WIDTH, HEIGHT).to_image();
    let middle = crop_imm(&large, 333, 0, 5_333, 4_000).to_image();
    let pictures = [
        resize(&middle, WIDTH, HEIGHT, FilterType::Lanczos3),
        part(&large, 0, 0),
        part(&large, 2_000, 1_000),
        part(&phone, 104, 60),
    ];
    for (file, picture) in files.iter().zip(&pictures) {
        fs::write(file, encode(picture)?)?;
    }
    Ok(files.into())
}

/// Photographs as they are, of 1 megapixel: for bytes and likeness alone.
///
/// # Errors
/// When they are not installed.
pub(crate) fn small(folder: &Path) -> Result<Vec<PathBuf>> {
    let installed = Path::new(TOP).join("tests/photos/node_modules");
    let mut files = vec![(
        "starfish".to_owned(),
        "exif-parser/test/starfish.jpg".into(),
    )];
    for entry in fs::read_dir(installed.join("@stdlib"))? {
        let package = entry?.path();
        let name = package.file_name().unwrap_or_default().to_string_lossy();
        if let Some(name) = name.strip_prefix("datasets-img-") {
            files.push((name.to_owned(), package.join("data/image.jpg")));
        }
    }
    files.sort();
    let mut copies = Vec::new();
    for (name, file) in files {
        let copy = folder.join("photos").join(format!("{name}.jpg"));
        fs::copy(installed.join(file), &copy)?;
        copies.push(copy);
    }
    Ok(copies)
}

fn read(name: &str) -> Result<RgbImage> {
    let folder = Path::new(TOP).join("tests/photos/node_modules/exif/test");
    let file = folder.join(name);
    Ok(ImageReader::open(file)?.decode()?.into_rgb8())
}

fn encode(picture: &RgbImage) -> Result<Vec<u8>> {
    let mut encoder = Compress::new(ColorSpace::JCS_RGB);
    encoder.set_fastest_defaults();
    encoder.set_size(WIDTH as usize, HEIGHT as usize);
    encoder.set_quality(QUALITY);
    encoder.set_chroma_sampling_pixel_sizes((2, 2), (2, 2));
    let mut started = encoder.start_compress(Cursor::new(Vec::new()))?;
    started.write_scanlines(picture.as_raw())?;
    Ok(started.finish()?.into_inner())
}
