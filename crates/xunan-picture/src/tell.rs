//! The metadata of a copy that leaves the program: what it was made from, by whom, what it proves.

use anyhow::{Context as _, Result, ensure};
use chrono::{DateTime, FixedOffset, Utc};
use exif::experimental::Writer;
use exif::{Field, In, Rational, Tag, Value};
use std::io::Cursor;
use xunan_model::photo::place::Point;

/// What is written into a copy.
#[derive(Debug, Clone, Default)]
pub struct Told {
    /// What it proves.
    pub proves: String,
    /// Who brought the photo in.
    pub by: String,
    /// With which program.
    pub program: String,
    /// From which original, e.g. its digest; ASCII.
    pub original: String,
    /// When the camera says it was taken, as `YYYY:MM:DD HH:MM:SS`.
    pub taken: Option<String>,
    /// When the photo came in.
    pub added: DateTime<Utc>,
    /// Where it was taken.
    pub point: Option<Point>,
}

/// A JPEG with this metadata in place of any other. Times are China's.
///
/// # Errors
/// When `jpeg` is none, or the metadata exceed the 64 KiB of their segment.
pub fn with_exif(jpeg: &[u8], told: &Told) -> Result<Vec<u8>> {
    ensure!(jpeg.starts_with(&[0xff, 0xd8]), "no JPEG");
    let tiff = tiff(told)?;
    let length = u16::try_from(2 + 6 + tiff.len()).context("too much metadata")?;
    let mut out = Vec::with_capacity(jpeg.len() + tiff.len() + 10);
    out.extend([0xff, 0xd8, 0xff, 0xe1]);
    out.extend(length.to_be_bytes());
    out.extend(b"Exif\0\0");
    out.extend(tiff);
    out.extend(&jpeg[2..]);
    Ok(out)
}

fn tiff(told: &Told) -> Result<Vec<u8>> {
    let china = FixedOffset::east_opt(8 * 3_600).context("China's offset")?;
    let added = told.added.with_timezone(&china);
    let mut fields = vec![
        text(Tag::ImageDescription, &told.proves),
        text(Tag::Artist, &told.by),
        text(Tag::Software, &told.program),
        text(
            Tag::DateTimeDigitized,
            &added.format("%Y:%m:%d %H:%M:%S").to_string(),
        ),
        text(Tag::OffsetTimeDigitized, "+08:00"),
    ];
    if let Some(taken) = &told.taken {
        fields.push(text(Tag::DateTimeOriginal, taken));
    }
    // Exif 2.32, 4.6.5: eight bytes name the code of what follows.
    let comment = [b"ASCII\0\0\0", told.original.as_bytes()].concat();
    fields.push(field(Tag::UserComment, Value::Undefined(comment, 0)));
    if let Some(point) = told.point {
        let side = |e7: i32, positive, negative| if e7 < 0 { negative } else { positive };
        fields.push(text(Tag::GPSLatitudeRef, side(point.lat_e7, "N", "S")));
        fields.push(field(
            Tag::GPSLatitude,
            Value::Rational(degrees(point.lat_e7)),
        ));
        fields.push(text(Tag::GPSLongitudeRef, side(point.lon_e7, "E", "W")));
        fields.push(field(
            Tag::GPSLongitude,
            Value::Rational(degrees(point.lon_e7)),
        ));
        fields.push(text(Tag::GPSMapDatum, "WGS-84"));
    }
    let mut writer = Writer::new();
    fields.iter().for_each(|field| writer.push_field(field));
    let mut bytes = Cursor::new(Vec::new());
    writer.write(&mut bytes, false)?;
    Ok(bytes.into_inner())
}

fn field(tag: Tag, value: Value) -> Field {
    Field {
        tag,
        ifd_num: In::PRIMARY,
        value,
    }
}

fn text(tag: Tag, text: &str) -> Field {
    field(tag, Value::Ascii(vec![text.as_bytes().to_vec()]))
}

/// Degrees, minutes, and seconds in steps of 10⁻⁵ (0.3 mm).
fn degrees(e7: i32) -> Vec<Rational> {
    let e7 = e7.unsigned_abs();
    let (degrees, rest) = (e7 / 10_000_000, u64::from(e7 % 10_000_000));
    let (minutes, rest) = (rest * 60 / 10_000_000, rest * 60 % 10_000_000);
    let seconds_e5 = (rest * 60 + 50) / 100;
    let part = |num: u64, denom: u32| Rational {
        num: u32::try_from(num).unwrap_or(0),
        denom,
    };
    vec![
        part(u64::from(degrees), 1),
        part(minutes, 1),
        part(seconds_e5, 100_000),
    ]
}
