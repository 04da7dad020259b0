//! JPEG: what its head claims, decoding at a fraction of its size, encoding small.

use std::io::Cursor;

use image::RgbImage;
use mozjpeg::{ColorSpace, Compress, Decompress, Marker};
use xunan_model::photo::PHOTO_PIXELS_MAX;

use crate::PictureError;
use crate::decode::PROFILE_BYTES_MAX;

/// What the coefficients of a progressive JPEG may take: they are all held before the first pixel.
const COEFFICIENT_BYTES_MAX: u64 = 128 << 20;
/// Cameras write about ten.
const SCANS_MAX: u32 = 100;

/// What a JPEG says of itself before it is decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// Four colour components: a printer's picture, which the JPEG library does not turn into RGB.
    pub(crate) four: bool,
    /// Whether its end is there.
    pub(crate) whole: bool,
}

/// Reads the markers up to the end of the picture.
///
/// # Errors
/// When there is no frame, or it claims more than is ever decoded.
pub(crate) fn head(bytes: &[u8]) -> Result<Head, PictureError> {
    let damaged = |what: &str| PictureError::Damaged(what.to_owned());
    let mut frame: Option<(Head, bool, u64)> = None;
    let mut scans = 0;
    let (mut held, mut colours) = (false, None);
    let mut whole = false;
    let mut at = 2;
    while let Some(marker) = next_marker(bytes, &mut at) {
        match marker {
            0xd9 => {
                whole = true;
                break;
            }
            0x01 | 0xd0..=0xd8 => continue,
            _ => {}
        }
        let Some(length) = bytes
            .get(at..at + 2)
            .map(|two| usize::from(u16::from_be_bytes([two[0], two[1]])))
        else {
            break;
        };
        let Some(segment) = bytes.get(at + 2..at + length.max(2)) else {
            break;
        };
        at += length.max(2);
        match marker {
            0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf if frame.is_none() => {
                frame = Some(
                    read_frame(marker, segment).ok_or_else(|| damaged("its frame is cut short"))?,
                );
                colours = segment.get(5).copied();
            }
            0xda => {
                scans += 1;
                // What waits for another scan is held, whether that scan comes or not.
                held |= scans > 1 || segment.first().copied() < colours;
            }
            _ => {}
        }
    }
    let (mut head, progressive, coefficients) = frame.ok_or_else(|| damaged("it has no frame"))?;
    let (width, height) = (head.width, head.height);
    if u64::from(width) * u64::from(height) > PHOTO_PIXELS_MAX {
        return Err(PictureError::TooManyPixels { width, height });
    }
    if width == 0 || height == 0 {
        return Err(damaged("it has no size"));
    }
    // Several scans of a sequential JPEG are held like those of a progressive one.
    if (progressive || held) && coefficients > COEFFICIENT_BYTES_MAX {
        return Err(PictureError::TooMuchMemory {
            mib: coefficients >> 20,
        });
    }
    if scans > SCANS_MAX {
        return Err(PictureError::TooManyScans(scans));
    }
    head.whole = whole;
    Ok(head)
}

/// The next marker's code, with `at` behind it; passes over a scan's data.
fn next_marker(bytes: &[u8], at: &mut usize) -> Option<u8> {
    loop {
        *at += bytes.get(*at..)?.iter().position(|byte| *byte == 0xff)? + 1;
        match *bytes.get(*at)? {
            // A stuffed byte of a scan's data, or filling before a marker.
            0x00 => *at += 1,
            0xff => {}
            code => {
                *at += 1;
                return Some(code);
            }
        }
    }
}

/// Size, whether it is progressive, and what its coefficients take in bytes.
fn read_frame(marker: u8, segment: &[u8]) -> Option<(Head, bool, u64)> {
    let two = |at: usize| {
        Some(u16::from_be_bytes([
            *segment.get(at)?,
            *segment.get(at + 1)?,
        ]))
    };
    let (height, width) = (u32::from(two(1)?), u32::from(two(3)?));
    let components = usize::from(*segment.get(5)?);
    let sampling = |n: usize| {
        segment
            .get(7 + 3 * n)
            .map(|both| (u64::from(both >> 4), u64::from(both & 15)))
    };
    let all: Vec<(u64, u64)> = (0..components).map(sampling).collect::<Option<_>>()?;
    let across = all.iter().map(|(h, _)| *h).max()?.max(1);
    let down = all.iter().map(|(_, v)| *v).max()?.max(1);
    let pixels = u64::from(width) * u64::from(height);
    let samples: u64 = all
        .iter()
        .map(|(h, v)| pixels * h * v / (across * down))
        .sum();
    let head = Head {
        width,
        height,
        four: components == 4,
        whole: false,
    };
    let progressive = matches!(marker, 0xc2 | 0xc6 | 0xca | 0xce);
    Some((head, progressive, samples * 2))
}

/// The eighths of its size at which a picture is decoded so that its longer side is at least `pixels`.
/// Six and seven take longer than the whole.
pub(crate) fn eighths(head: &Head, pixels: u32) -> u8 {
    let longer = head.width.max(head.height);
    [1_u8, 2, 4, 5]
        .into_iter()
        .find(|eighths| longer.saturating_mul(u32::from(*eighths)) / 8 >= pixels)
        .unwrap_or(8)
}

/// Decodes with a longer side of at least `pixels` where the picture has as many; with the colour
/// profile, where there is one.
pub(crate) fn decode(
    bytes: &[u8],
    head: &Head,
    pixels: u32,
) -> Result<(RgbImage, Option<Vec<u8>>), PictureError> {
    let damaged = |error: std::io::Error| PictureError::Damaged(error.to_string());
    let mut decoder = Decompress::with_markers(&[Marker::APP(2)])
        .from_mem(bytes)
        .map_err(damaged)?;
    let profile = icc(decoder.markers().map(|marker| marker.data));
    decoder.scale(eighths(head, pixels));
    let mut started = decoder.rgb().map_err(damaged)?;
    let sides = (started.width(), started.height());
    let pixels = started.read_scanlines::<u8>().map_err(damaged)?;
    let side = |side: usize| u32::try_from(side).unwrap_or(0);
    let picture = RgbImage::from_raw(side(sides.0), side(sides.1), pixels)
        .ok_or_else(|| PictureError::Damaged("its lines are cut short".to_owned()))?;
    // Not finished: what follows the last line is of no interest, and a cut file is shown as far as it goes.
    Ok((picture, profile))
}

/// Joins the parts of a colour profile (ICC.1:2010, annex B.4).
fn icc<'a>(segments: impl Iterator<Item = &'a [u8]>) -> Option<Vec<u8>> {
    let mut parts: Vec<(u8, &[u8])> = segments
        .filter_map(|data| data.strip_prefix(b"ICC_PROFILE\0"))
        .filter_map(|rest| Some((*rest.first()?, rest.get(2..)?)))
        .collect();
    parts.sort_by_key(|(number, _)| *number);
    let length: usize = parts.iter().map(|(_, part)| part.len()).sum();
    if length == 0 || length > PROFILE_BYTES_MAX {
        return None;
    }
    let joined = parts.into_iter().flat_map(|(_, part)| part);
    Some(joined.copied().collect())
}

/// Encodes with optimised quantisation (trellis) and progressive scans: slower, and a fifth smaller.
///
/// # Errors
/// When the encoder fails, as it would without memory.
pub fn encode_small(
    picture: &RgbImage,
    quality: f32,
    profile: Option<&[u8]>,
) -> Result<Vec<u8>, PictureError> {
    encode(picture, quality, profile, false)
}

/// Encodes quickly, for what is small anyway.
pub(crate) fn encode_fast(picture: &RgbImage, quality: f32) -> Result<Vec<u8>, PictureError> {
    encode(picture, quality, None, true)
}

fn encode(
    picture: &RgbImage,
    quality: f32,
    profile: Option<&[u8]>,
    fast: bool,
) -> Result<Vec<u8>, PictureError> {
    let failed = |error: std::io::Error| PictureError::Damaged(format!("encoding: {error}"));
    let mut encoder = Compress::new(ColorSpace::JCS_RGB);
    encoder.set_size(picture.width() as usize, picture.height() as usize);
    if fast {
        encoder.set_fastest_defaults();
    } else {
        // Trying all ways to part the scans would take half as long again for 0.5 % of the bytes.
        encoder.set_optimize_scans(false);
        encoder.set_progressive_mode();
    }
    encoder.set_quality(quality);
    encoder.set_chroma_sampling_pixel_sizes((2, 2), (2, 2));
    let mut started = encoder
        .start_compress(Cursor::new(Vec::new()))
        .map_err(failed)?;
    if let Some(profile) = profile {
        started.write_icc_profile(profile);
    }
    started.write_scanlines(picture.as_raw()).map_err(failed)?;
    Ok(started.finish().map_err(failed)?.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(width: u32, height: u32) -> RgbImage {
        #[expect(clippy::cast_possible_truncation, reason = "a pattern")]
        RgbImage::from_fn(width, height, |x, y| {
            image::Rgb([x as u8, y as u8, (x * y) as u8])
        })
    }

    #[test]
    fn the_head_says_size_and_whether_the_end_is_there() {
        let bytes = encode_fast(&picture(50, 30), 80.0).unwrap();
        let read = head(&bytes).unwrap();
        assert_eq!(
            (read.width, read.height, read.four, read.whole),
            (50, 30, false, true)
        );
        assert!(!head(&bytes[..bytes.len() - 2]).unwrap().whole);
        assert!(head(&bytes[..20]).is_err());
    }

    #[test]
    fn a_claim_of_more_pixels_than_allowed_is_refused_before_decoding() {
        let mut bytes = encode_fast(&picture(16, 16), 80.0).unwrap();
        let frame = bytes
            .windows(2)
            .position(|two| two == [0xff, 0xc0])
            .unwrap();
        bytes[frame + 5..frame + 9].fill(0xff);
        let claim = PictureError::TooManyPixels {
            width: 65_535,
            height: 65_535,
        };
        assert_eq!(head(&bytes), Err(claim));
    }

    #[test]
    fn a_progressive_claim_that_would_fill_the_memory_is_refused() {
        let mut bytes = encode_small(&picture(16, 16), 80.0, None).unwrap();
        let frame = bytes
            .windows(2)
            .position(|two| two == [0xff, 0xc2])
            .unwrap();
        // 12,000 × 12,000 of 4:2:0 are 144 million pixels and 412 MiB of coefficients.
        bytes[frame + 5..frame + 9].copy_from_slice(&[0x2e, 0xe0, 0x2e, 0xe0]);
        assert_eq!(head(&bytes), Err(PictureError::TooMuchMemory { mib: 411 }));
    }

    #[test]
    fn a_scan_that_others_must_complete_counts_as_held_whether_they_come_or_not() {
        let bytes = encode_fast(&picture(16, 16), 80.0).unwrap();
        let at = |code| {
            bytes
                .windows(2)
                .position(|two| two == [0xff, code])
                .unwrap()
        };
        let mut alone = bytes[..at(0xda)].to_vec();
        alone[at(0xc0) + 5..at(0xc0) + 9].copy_from_slice(&[0x2e, 0xe0, 0x2e, 0xe0]);
        alone.extend([0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0, 0xff, 0xd9]);
        assert_eq!(head(&alone), Err(PictureError::TooMuchMemory { mib: 411 }));
    }

    #[test]
    fn more_scans_than_any_camera_writes_are_refused() {
        let bytes = encode_small(&picture(16, 16), 80.0, None).unwrap();
        let scan = bytes
            .windows(2)
            .position(|two| two == [0xff, 0xda])
            .unwrap();
        let mut many = bytes[..scan].to_vec();
        for _ in 0..200 {
            many.extend([0xff, 0xda, 0, 8, 1, 1, 0, 0, 0, 0]);
        }
        many.extend(&bytes[scan..]);
        assert!(matches!(
            head(&many),
            Err(PictureError::TooManyScans(200..))
        ));
    }

    #[test]
    fn a_picture_is_decoded_no_larger_than_needed() {
        let bytes = encode_fast(&picture(400, 200), 90.0).unwrap();
        let read = head(&bytes).unwrap();
        for (pixels, sides) in [
            (50, (50, 25)),
            (51, (100, 50)),
            (200, (200, 100)),
            (201, (250, 125)),
            (251, (400, 200)),
            (9_999, (400, 200)),
        ] {
            let (decoded, _) = decode(&bytes, &read, pixels).unwrap();
            assert_eq!(decoded.dimensions(), sides, "{pixels}");
        }
    }

    #[test]
    fn the_colour_profile_goes_along() {
        let profile = vec![7_u8; 3_000];
        let bytes = encode_small(&picture(40, 20), 80.0, Some(&profile)).unwrap();
        let (_, found) = decode(&bytes, &head(&bytes).unwrap(), 40).unwrap();
        assert_eq!(found, Some(profile));
    }
}
