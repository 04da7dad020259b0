//! What a look at the pixels says: sharpness, brightness, and a hash of the likeness.

use image::{DynamicImage, GrayImage, RgbImage};
use image_hasher::{HashAlg, HasherConfig, ImageHash};
use xunan_model::photo::Look;

/// Looks at an evidence copy.
pub(crate) fn look(copy: &RgbImage, cut_short: bool) -> Look {
    let grey = DynamicImage::ImageRgb8(copy.clone()).into_luma8();
    Look {
        sharpness: sharpness(&grey),
        brightness: brightness(&grey),
        hash: hash(&grey),
        cut_short,
        like: None,
    }
}

/// The variance of the Laplacian: large where there are edges (Pech-Pacheco et al., 2000). Of the
/// sharpest of sixteen parts: what matters may stand before a plain wall.
fn sharpness(grey: &GrayImage) -> u32 {
    const PARTS: u32 = 4;
    let (width, height) = grey.dimensions();
    let mut sharpest = 0;
    for part in 0..PARTS * PARTS {
        let (column, row) = (part % PARTS, part / PARTS);
        let x = (column * width / PARTS).max(1)
            ..((column + 1) * width / PARTS).min(width.saturating_sub(1));
        let y = (row * height / PARTS).max(1)
            ..((row + 1) * height / PARTS).min(height.saturating_sub(1));
        sharpest = sharpest.max(variance(grey, x, y));
    }
    sharpest
}

fn variance(grey: &GrayImage, across: std::ops::Range<u32>, down: std::ops::Range<u32>) -> u32 {
    let (mut sum, mut squares, mut count) = (0_i64, 0_i64, 0_i64);
    let at = |x: u32, y: u32| i64::from(grey.get_pixel(x, y).0[0]);
    for y in down {
        for x in across.clone() {
            let edge = at(x - 1, y) + at(x + 1, y) + at(x, y - 1) + at(x, y + 1) - 4 * at(x, y);
            sum += edge;
            squares += edge * edge;
            count += 1;
        }
    }
    if count == 0 {
        return 0;
    }
    u32::try_from(squares / count - (sum / count).pow(2)).unwrap_or(0)
}

fn brightness(grey: &GrayImage) -> u8 {
    let sum: u64 = grey.as_raw().iter().map(|byte| u64::from(*byte)).sum();
    let count = (grey.as_raw().len() as u64).max(1);
    u8::try_from(sum / count).unwrap_or(u8::MAX)
}

/// 64 bits of the lowest frequencies: alike for what looks alike, whatever its size and quality.
fn hash(grey: &GrayImage) -> String {
    let hasher = HasherConfig::with_bytes_type::<[u8; 8]>()
        .hash_alg(HashAlg::Median)
        .preproc_dct()
        .hash_size(8, 8)
        .to_hasher();
    let hash: ImageHash<[u8; 8]> = hasher.hash_image(grey);
    hash.as_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// How many of the 64 bits of two hashes differ; `None` when one is no hash.
#[must_use]
pub fn distance(one: &str, other: &str) -> Option<u32> {
    let bits = |hash: &str| {
        u64::from_str_radix(hash, 16)
            .ok()
            .filter(|_| hash.len() == 16)
    };
    Some((bits(one)? ^ bits(other)?).count_ones())
}
