//! EXIF that loops or lies, boxes that make no sense, and files that are no pictures.

use image::RgbImage;
use xunan_picture::{Kind, PictureError, camera, encode_small, taken_words};

use super::{Random, take_in};
use crate::corpora;

/// Each around the same small picture, which is shown all the same.
pub(crate) fn lies() {
    for (name, tiff) in tiffs() {
        for (order, tiff) in [("little", tiff.clone()), ("big", swapped(&tiff))] {
            let jpeg = jpeg_with(&tiff);
            take_in(&format!("{name}, {order}"), &jpeg).unwrap();
        }
    }
    let mut random = Random(7);
    for _ in 0..2_000 {
        let mut tiff = b"II*\0\x08\0\0\0".to_vec();
        tiff.extend((0..random.below(400)).map(|_| u8::try_from(random.below(256)).unwrap()));
        take_in("noise as metadata", &jpeg_with(&tiff)).unwrap();
    }
    // Boxes of HEIC and AVIF that are empty, endless, or each within the next.
    for brand in [b"heic", b"avif", b"mif1"] {
        for (name, boxes) in boxes() {
            let mut bytes = [&b"\0\0\0\x18ftyp"[..], brand, b"\0\0\0\0mif1heic"].concat();
            bytes.extend(boxes);
            let said = take_in(name, &bytes).unwrap_err();
            assert!(matches!(said, PictureError::NoDecoder(_)), "{name}: {said}");
            assert_eq!(camera(&bytes), None, "{name}");
        }
    }
}

/// What people drop by mistake, some of it with the beginning of a picture.
pub(crate) fn other_files() {
    let refused: [(&str, &[u8]); 9] = [
        ("photo.jpg, empty", b""),
        ("photo.jpg, a PDF", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"),
        (
            "photo.jpg, a web page",
            b"<!doctype html><img src=photo.jpg>",
        ),
        ("photo.jpg, an archive", b"PK\x03\x04\x14\0\0\0\x08\0"),
        ("photo.jpg, a program", b"MZ\x90\0\x03\0\0\0\x04\0\0\0"),
        ("photo.jpg, a film", b"\0\0\0\x18ftypisom\0\0\x02\0isom"),
        ("photo.jpg, a raw photo", b"II*\0\x10\0\0\0CR\x02\0"),
        ("photo.jpg, a GIF", b"GIF89a\x01\0\x01\0\x80\0\0"),
        ("photo.webp, a sound", b"RIFF\x24\0\0\0WAVEfmt "),
    ];
    for (name, bytes) in refused {
        assert_eq!(Kind::of(bytes), None, "{name}");
        assert_eq!(take_in(name, bytes), Err(PictureError::NotAPicture));
    }
    let beginnings: [&[u8]; 4] = [
        b"\xff\xd8\xff\xe0",
        b"\x89PNG\r\n\x1a\n",
        b"RIFF\xff\xff\xff\xffWEBP",
        b"RIFF\0\0\0\0WEBPVP8X",
    ];
    for beginning in beginnings {
        for rest in [&b""[..], b"PK\x03\x04", &[0; 4_096], &[0xff; 4_096]] {
            let said = take_in("a beginning", &[beginning, rest].concat()).unwrap_err();
            assert!(matches!(said, PictureError::Damaged(_)), "{said}");
        }
    }
    // A name says nothing: a PNG called .jpg is a PNG.
    let mut png = std::io::Cursor::new(Vec::new());
    RgbImage::new(20, 10)
        .write_to(&mut png, image::ImageFormat::Png)
        .unwrap();
    take_in("photo.jpg, a PNG", &png.into_inner()).unwrap();
    // Pictures of kinds that are not taken.
    for (name, bytes) in corpora::samples() {
        if name.ends_with(".tif") || name.ends_with(".exif") {
            assert_eq!(take_in(&name, &bytes), Err(PictureError::NotAPicture));
            assert_eq!(taken_words(&bytes).and(Kind::of(&bytes)), None, "{name}");
        }
    }
}

/// TIFF structures, little-endian, made of 16- and 32-bit words.
fn tiffs() -> Vec<(&'static str, Vec<u8>)> {
    let entry = |tag: u16, kind: u16, count: u32, value: u32| {
        [
            &tag.to_le_bytes()[..],
            &kind.to_le_bytes(),
            &count.to_le_bytes(),
            &value.to_le_bytes(),
        ]
        .concat()
    };
    let directory = |entries: &[Vec<u8>], next: u32| {
        let mut tiff = b"II*\0\x08\0\0\0".to_vec();
        tiff.extend(u16::try_from(entries.len()).unwrap().to_le_bytes());
        tiff.extend(entries.concat());
        tiff.extend(next.to_le_bytes());
        tiff
    };
    let exif = |at| entry(0x8769, 4, 1, at);
    let gps = |at| entry(0x8825, 4, 1, at);
    let mut counted = b"II*\0\x08\0\0\0\xff\xff".to_vec();
    counted.extend(entry(0x010f, 2, u32::MAX, 8));
    vec![
        ("the next directory is this one", directory(&[], 8)),
        (
            "the camera's directory is this one",
            directory(&[exif(8)], 8),
        ),
        (
            "the place's directory is this one",
            directory(&[gps(8), exif(8)], 0),
        ),
        (
            "a text of 4 GB",
            directory(&[entry(0x010f, 2, u32::MAX, 8)], 0),
        ),
        (
            "4 billion fractions",
            directory(&[entry(0x0002, 5, u32::MAX, 8)], 0),
        ),
        (
            "a count that overflows with its size",
            directory(&[entry(0x9003, 12, 0x2000_0001, 8)], 0),
        ),
        (
            "a value behind the end",
            directory(&[entry(0x9003, 2, 20, 0xffff_fff0)], 0),
        ),
        (
            "an unknown kind of value",
            directory(&[entry(0x9003, 999, 20, 8)], 0),
        ),
        ("more entries than bytes", counted),
        (
            "two thousand directories in a row",
            directory(&vec![exif(8); 2_000], 8),
        ),
        (
            "an orientation of 9",
            directory(&[entry(0x0112, 3, 1, 9)], 0),
        ),
        (
            "an orientation of 4 billion",
            directory(&[entry(0x0112, 4, 1, u32::MAX)], 0),
        ),
        (
            "an orientation in words",
            directory(&[entry(0x0112, 2, 4, 0x0033_3333)], 0),
        ),
        ("nothing", Vec::new()),
        ("a beginning", b"II*\0".to_vec()),
    ]
}

/// The mark of the other order of bytes before the same bytes: all numbers become others.
fn swapped(tiff: &[u8]) -> Vec<u8> {
    let mut other = tiff.to_vec();
    if other.len() >= 8 {
        other[..8].copy_from_slice(b"MM\0*\0\0\0\x08");
    }
    other
}

fn jpeg_with(tiff: &[u8]) -> Vec<u8> {
    let jpeg = encode_small(&RgbImage::new(24, 16), 80.0, None).unwrap();
    let length = u16::try_from(tiff.len() + 8).unwrap();
    let mut bytes = vec![0xff, 0xd8, 0xff, 0xe1];
    bytes.extend(length.to_be_bytes());
    bytes.extend(b"Exif\0\0");
    bytes.extend(tiff);
    bytes.extend(&jpeg[2..]);
    bytes
}

fn boxes() -> Vec<(&'static str, Vec<u8>)> {
    let nested = |kind: &[u8; 4], times: u32| {
        let mut bytes = Vec::new();
        for left in (1..=times).rev() {
            bytes.extend((left * 8).to_be_bytes());
            bytes.extend(kind);
        }
        bytes
    };
    vec![
        ("nothing after the brand", Vec::new()),
        ("a box to the end", b"\0\0\0\0meta".to_vec()),
        ("a box of 1 byte", b"\0\0\0\x01meta".to_vec()),
        (
            "a box of 2^64 bytes",
            b"\0\0\0\x01meta\xff\xff\xff\xff\xff\xff\xff\xff".to_vec(),
        ),
        ("a box of 4 GB", b"\xff\xff\xff\xffmeta\0\0\0\0".to_vec()),
        ("metadata within metadata", nested(b"meta", 5_000)),
        ("properties within properties", nested(b"iprp", 5_000)),
        ("ones", vec![0xff; 10_000]),
        ("zeros", vec![0; 10_000]),
    ]
}
