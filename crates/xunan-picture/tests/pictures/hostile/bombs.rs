//! Claims of a size, and little that unpacks to much.

use std::io::{Cursor, Write as _};

use image::{ExtendedColorType, GrayImage, ImageEncoder as _, RgbImage};
use xunan_picture::{PictureError, encode_small};

use super::take_in;

/// Pictures of 16 × 16 whose head says otherwise.
pub(crate) fn claims() {
    let vast = |name: &str, bytes: &[u8]| {
        let said = take_in(name, bytes).unwrap_err();
        let too_large = matches!(
            said,
            PictureError::TooManyPixels { .. } | PictureError::TooMuchMemory { .. }
        );
        assert!(too_large, "{name}: {said}");
    };
    for (name, jpeg) in [("baseline", baseline()), ("progressive", progressive())] {
        vast(name, &with_jpeg_size(&jpeg, 65_535, 65_535));
        vast(name, &with_jpeg_size(&jpeg, 65_535, 4_000));
    }
    vast("PNG", &png_claim(65_535, 65_535));
    vast("PNG", &png_claim(0x7fff_ffff, 0x7fff_ffff));
    vast("WebP, extended", &webp_canvas(65_535, 65_535));
    vast("WebP, lossy", &webp_lossy_claim(16_383));

    // Within the limit of pixels, and nothing of them there.
    for (width, height) in [
        (14_142, 14_142),
        (65_500, 3_000),
        (3_000, 65_500),
        (65_500, 1),
    ] {
        let name = format!("baseline claims {width} × {height}");
        take_in(&name, &with_jpeg_size(&baseline(), width, height)).unwrap();
        let name = format!("progressive claims {width} × {height}");
        let _ = take_in(&name, &with_jpeg_size(&progressive(), width, height));
        let name = format!("three scans claim {width} × {height}");
        let _ = take_in(&name, &with_jpeg_size(&one_scan_of_three(), width, height));
    }
    // A printer's picture is decoded by another decoder.
    for (name, jpeg) in [
        ("four colours", four_colours(false)),
        ("held", four_colours(true)),
    ] {
        for side in [65_000, 4_400, 4_000] {
            let _ = take_in(name, &with_jpeg_size(&jpeg, side, side));
        }
    }
    // Just below the limit of what a progressive JPEG may hold.
    let claim = with_jpeg_size(&with_scans(&progressive(), 80), 6_600, 6_600);
    take_in("80 scans of 43 million pixels", &claim).unwrap();
    let many = take_in("2,000 scans", &with_scans(&progressive(), 2_000)).unwrap_err();
    assert!(
        matches!(many, PictureError::TooManyScans(2_000..)),
        "{many}"
    );
    for size in [0, 1, 7] {
        let _ = take_in(
            "a frame of nearly nothing",
            &with_jpeg_size(&baseline(), size, 9),
        );
    }
}

/// A few kilobytes that are many megabytes.
pub(crate) fn unpacking() {
    let vast = take_in("900 million pixels", &png_zeros(30_000, 30_000, 0, 1)).unwrap_err();
    assert!(matches!(vast, PictureError::TooManyPixels { .. }), "{vast}");
    for (name, width, height, colour, depth) in [
        ("PNG, 1 bit", 14_000, 14_000, 0, 1),
        ("PNG, grey", 10_000, 9_900, 0, 8),
        ("PNG, grey of 16 bits", 7_000, 7_000, 0, 16),
        ("PNG, grey and alpha", 7_000, 7_000, 4, 8),
        ("PNG, grey and alpha of 16 bits", 5_000, 4_900, 4, 16),
        ("PNG, colours", 5_700, 5_700, 2, 8),
        ("PNG, colours of 16 bits", 4_000, 4_000, 2, 16),
        ("PNG, colours and alpha", 5_000, 4_900, 6, 8),
        ("PNG, colours and alpha of 16 bits", 3_500, 3_500, 6, 16),
        ("PNG, two lines", 1_000_000, 2, 2, 8),
    ] {
        let bytes = png_zeros(width, height, colour, depth);
        let said = take_in(name, &bytes);
        assert!(
            matches!(said, Ok(()) | Err(PictureError::TooMuchMemory { .. })),
            "{name}: {said:?}"
        );
    }
    for side in [3_000, 4_500, 5_600] {
        let mut webp = Vec::new();
        image::codecs::webp::WebPEncoder::new_lossless(&mut webp)
            .write_image(
                RgbImage::new(side, side).as_raw(),
                side,
                side,
                ExtendedColorType::Rgb8,
            )
            .unwrap();
        let said = take_in("WebP of one colour", &webp);
        assert!(
            matches!(said, Ok(()) | Err(PictureError::TooMuchMemory { .. })),
            "{said:?}"
        );
    }
    // A profile and a text that unpack to 64 MB.
    for kind in [b"iCCP", b"zTXt"] {
        let mut chunk = b"name\0\0".to_vec();
        chunk.extend(zlib_zeros(64 << 20));
        let png = png_with(&[(kind, &chunk)]);
        take_in("PNG with much beside the picture", &png).unwrap();
    }
    // Thousands of parts, each of them sound.
    let mut parts: Vec<(&[u8; 4], &[u8])> = Vec::new();
    parts.resize(20_000, (b"tEXt", b"Comment\0again"));
    take_in("PNG with 20,000 texts", &png_with(&parts)).unwrap();
}

fn baseline() -> Vec<u8> {
    let mut jpeg = Vec::new();
    image::codecs::jpeg::JpegEncoder::new(&mut jpeg)
        .encode_image(&RgbImage::new(16, 16))
        .unwrap();
    jpeg
}

fn progressive() -> Vec<u8> {
    encode_small(&RgbImage::new(16, 16), 80.0, None).unwrap()
}

/// Cyan, magenta, yellow and black.
fn four_colours(progressive: bool) -> Vec<u8> {
    let mut encoder = mozjpeg::Compress::new(mozjpeg::ColorSpace::JCS_CMYK);
    encoder.set_size(16, 16);
    encoder.set_optimize_scans(false);
    if progressive {
        encoder.set_progressive_mode();
    }
    let mut started = encoder.start_compress(Vec::new()).unwrap();
    started.write_scanlines(&[0; 16 * 16 * 4]).unwrap();
    started.finish().unwrap()
}

/// A sequential JPEG whose only scan has one of its three colours: the others are waited for, and held.
fn one_scan_of_three() -> Vec<u8> {
    let jpeg = baseline();
    let scan = marker(&jpeg, 0xda);
    let mut bytes = jpeg[..scan].to_vec();
    bytes.extend([0xff, 0xda, 0, 8, 1, jpeg[scan + 5], 0, 0, 63, 0, 0xff, 0xd9]);
    bytes
}

/// A progressive JPEG whose first scan comes again and again.
fn with_scans(jpeg: &[u8], scans: usize) -> Vec<u8> {
    let scan = marker(jpeg, 0xda);
    let mut bytes = jpeg[..scan].to_vec();
    let length = usize::from(u16::from_be_bytes([jpeg[scan + 2], jpeg[scan + 3]]));
    for _ in 0..scans {
        bytes.extend(&jpeg[scan..scan + 2 + length]);
    }
    bytes.extend(&jpeg[scan..]);
    bytes
}

fn with_jpeg_size(jpeg: &[u8], width: u16, height: u16) -> Vec<u8> {
    let mut bytes = jpeg.to_vec();
    let frame = (0xc0..=0xc2)
        .find_map(|code| jpeg.windows(2).position(|two| two == [0xff, code]))
        .unwrap();
    bytes[frame + 5..frame + 7].copy_from_slice(&height.to_be_bytes());
    bytes[frame + 7..frame + 9].copy_from_slice(&width.to_be_bytes());
    bytes
}

fn marker(jpeg: &[u8], code: u8) -> usize {
    jpeg.windows(2).position(|two| two == [0xff, code]).unwrap()
}

fn png_claim(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut bytes, b"IHDR", &header(width, height, 2, 8));
    chunk(&mut bytes, b"IDAT", &zlib_zeros(100));
    chunk(&mut bytes, b"IEND", b"");
    bytes
}

fn png_zeros(width: u32, height: u32, colour: u8, depth: u8) -> Vec<u8> {
    let channels = match colour {
        0 => 1,
        4 => 2,
        2 => 3,
        _ => 4,
    };
    let line = (u64::from(width) * channels * u64::from(depth)).div_ceil(8) + 1;
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut bytes, b"IHDR", &header(width, height, colour, depth));
    let zeros = usize::try_from(line * u64::from(height)).unwrap();
    chunk(&mut bytes, b"IDAT", &zlib_zeros(zeros));
    chunk(&mut bytes, b"IEND", b"");
    bytes
}

/// A sound picture with parts before its pixels.
fn png_with(parts: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let mut plain = Cursor::new(Vec::new());
    GrayImage::new(64, 64)
        .write_to(&mut plain, image::ImageFormat::Png)
        .unwrap();
    let plain = plain.into_inner();
    // Eight bytes of mark, and the header of 25.
    let mut bytes = plain[..33].to_vec();
    for (kind, data) in parts {
        chunk(&mut bytes, kind, data);
    }
    bytes.extend(&plain[33..]);
    bytes
}

fn header(width: u32, height: u32, colour: u8, depth: u8) -> Vec<u8> {
    let mut header = [width.to_be_bytes(), height.to_be_bytes()].concat();
    header.extend([depth, colour, 0, 0, 0]);
    header
}

fn chunk(bytes: &mut Vec<u8>, kind: &[u8; 4], data: &[u8]) {
    bytes.extend(u32::try_from(data.len()).unwrap().to_be_bytes());
    let from = bytes.len();
    bytes.extend(kind);
    bytes.extend(data);
    let sum = crc32fast::hash(&bytes[from..]);
    bytes.extend(sum.to_be_bytes());
}

fn zlib_zeros(count: usize) -> Vec<u8> {
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    let zeros = vec![0; 1 << 16];
    let mut left = count;
    while left > 0 {
        let part = left.min(zeros.len());
        packed.write_all(&zeros[..part]).unwrap();
        left -= part;
    }
    packed.finish().unwrap()
}

fn webp(parts: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
    let mut body = b"WEBP".to_vec();
    for (kind, data) in parts {
        body.extend(*kind);
        body.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
        body.extend(data);
        if data.len() % 2 == 1 {
            body.push(0);
        }
    }
    let mut bytes = b"RIFF".to_vec();
    bytes.extend(u32::try_from(body.len()).unwrap().to_le_bytes());
    bytes.extend(body);
    bytes
}

fn webp_canvas(width: u32, height: u32) -> Vec<u8> {
    let mut extended = vec![0; 4];
    extended.extend(&(width - 1).to_le_bytes()[..3]);
    extended.extend(&(height - 1).to_le_bytes()[..3]);
    webp(&[(b"VP8X", extended), (b"VP8 ", lossy(16))])
}

fn webp_lossy_claim(side: u16) -> Vec<u8> {
    webp(&[(b"VP8 ", lossy(side))])
}

/// The head of a key frame (RFC 6386, 9.1), and zeros.
fn lossy(side: u16) -> Vec<u8> {
    let mut frame = vec![0x10, 0x02, 0x00, 0x9d, 0x01, 0x2a];
    frame.extend(side.to_le_bytes());
    frame.extend(side.to_le_bytes());
    frame.resize(64, 0);
    frame
}
