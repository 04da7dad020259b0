//! Photographs and damaged files that others collected: goexif's, piexif's, kamadak-exif's.

use std::collections::HashMap;
use std::fs;

use chrono::NaiveDateTime;
use image::{DynamicImage, ImageDecoder as _, ImageReader, RgbImage, imageops::FilterType};
use serde_json::Value;
use xunan_model::photo::Camera;
use xunan_model::photo::place::Point;
use xunan_picture::{Kind, Picture, THUMB_PIXELS, camera, evidence, thumb};

use crate::corpora;

/// What goexif's own test expects: by file and field, read from its source.
fn expected() -> HashMap<String, HashMap<String, Value>> {
    let source = corpora::goexif().join("regress_expected_test.go");
    let mut all: HashMap<String, HashMap<String, Value>> = HashMap::new();
    let mut file = String::new();
    for line in fs::read_to_string(source).unwrap().lines() {
        if let Some(name) = line.strip_prefix("\t\"") {
            file = name.split('"').next().unwrap().to_owned();
            all.entry(file.clone()).or_default();
        } else if let Some((field, value)) = line
            .strip_prefix("\t\t")
            .and_then(|field| field.split_once(':'))
        {
            let value = value.trim().trim_end_matches(',').trim_matches('`');
            let value = serde_json::from_str(value).unwrap_or(Value::Null);
            all.entry(file.clone())
                .or_default()
                .insert(field.to_owned(), value);
        }
    }
    all
}

/// `"1322/100"` as a number.
fn ratio(text: &str) -> Option<f64> {
    let (over, under) = text.split_once('/')?;
    Some(over.parse::<f64>().ok()? / under.parse::<f64>().ok()?)
}

/// The facts that are kept, made from goexif's expectations.
fn facts(fields: &HashMap<String, Value>) -> Camera {
    let text = |name: &str| fields.get(name).and_then(Value::as_str);
    let words = |name| text(name).unwrap_or_default().trim().to_owned();
    let angle = |name, of, negative: &str| {
        let parts: Vec<f64> = fields
            .get(name)?
            .as_array()?
            .iter()
            .filter_map(|part| ratio(part.as_str()?))
            .collect();
        let degrees = parts[0] + parts[1] / 60.0 + parts[2] / 3_600.0;
        Some(if text(of) == Some(negative) {
            -degrees
        } else {
            degrees
        })
    };
    let point = angle("GPSLatitude", "GPSLatitudeRef", "S")
        .zip(angle("GPSLongitude", "GPSLongitudeRef", "W"))
        // Zeros are a receiver that has no fix.
        .filter(|point| *point != (0.0, 0.0))
        .and_then(|(lat, lon)| Point::of_degrees(lat, lon));
    let rounded = |name| text(name).and_then(ratio).map(f64::round);
    #[expect(clippy::cast_possible_truncation, reason = "metres of a height")]
    let altitude_m = rounded("GPSAltitude").map(|metres| metres as i32);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "degrees of a circle"
    )]
    let direction_deg = rounded("GPSImgDirection").map(|degrees| degrees as u16);
    Camera {
        make: words("Make"),
        model: words("Model"),
        taken: NaiveDateTime::parse_from_str(&words("DateTimeOriginal"), "%Y:%m:%d %H:%M:%S").ok(),
        point,
        altitude_m,
        direction_deg,
        ..Camera::default()
    }
}

#[test]
fn what_sixty_cameras_wrote_is_read_as_another_reader_reads_it() {
    let samples = corpora::goexif().join("samples");
    let (mut compared, mut placed) = (0, 0);
    for (name, fields) in expected() {
        let read = camera(&fs::read(samples.join(&name)).unwrap()).unwrap_or_default();
        // goexif joins no date to the satellites' time.
        let read = Camera {
            satellites_at: None,
            ..read
        };
        let mut facts = facts(&fields);
        if name == "geodegrees_as_string.jpg" {
            // A telephone's own way: maker and model among the fields of the exposure.
            (facts.make, facts.model) = (String::new(), String::new());
        }
        assert_eq!(read, facts, "{name}");
        compared += 1;
        placed += usize::from(read.point.is_some());
    }
    assert!(compared >= 55 && placed >= 2, "{compared}, {placed}");
}

#[test]
fn the_eight_orientations_stand_upright_and_look_the_same() {
    let samples = corpora::goexif().join("samples");
    let upright = |n: u32| {
        let bytes = fs::read(samples.join(format!("f{n}-exif.jpg"))).unwrap();
        Picture::decode(&bytes, THUMB_PIXELS).unwrap()
    };
    let first = upright(1);
    assert_eq!(first.pixels.dimensions(), (40, 80));
    for n in 2..=8 {
        let turned = upright(n);
        assert_eq!((turned.width, turned.height), (40, 80), "{n}");
        let apart = mean_difference(&first.pixels, &turned.pixels);
        assert!(apart < 2.0, "orientation {n} differs by {apart}");
    }
}

#[test]
fn a_corrupt_file_is_read_as_far_as_it_goes_or_refused_with_a_reason() {
    let folder = corpora::goexif().join("corrupt");
    for name in [
        "huge_tag_exif.jpg",
        "infinite_loop_exif.jpg",
        "max_uint32_exif.jpg",
    ] {
        let bytes = fs::read(folder.join(name)).unwrap();
        let _whatever_is_left = camera(&bytes);
        if let Err(error) = thumb(&bytes) {
            assert!(!error.to_string().is_empty(), "{name}");
        }
    }
}

#[test]
fn every_picture_of_the_corpora_is_shown_or_refused_with_a_reason() {
    let (mut shown, mut refused) = (0, 0);
    for (name, bytes) in corpora::samples() {
        let _facts = camera(&bytes);
        match (thumb(&bytes), evidence(&bytes)) {
            (Ok(thumb), Ok(evidence)) => {
                for jpeg in [thumb.jpeg, evidence.jpeg] {
                    assert_eq!(Kind::of(&jpeg), Some(Kind::Jpeg), "{name}");
                }
                shown += 1;
            }
            (Err(thumb), Err(evidence)) => {
                assert_eq!(thumb, evidence, "{name}");
                assert!(!thumb.to_string().is_empty(), "{name}");
                refused += 1;
            }
            (thumb, evidence) => panic!("{name}: {thumb:?} but {evidence:?}"),
        }
    }
    assert!(
        shown >= 20 && refused >= 2,
        "{shown} shown, {refused} refused"
    );
}

#[test]
fn another_decoder_sees_the_same_picture() {
    let mut compared = 0;
    let all = corpora::samples().into_iter().chain(corpora::photographs());
    for (name, bytes) in all {
        let Some(other) = decoded_elsewhere(&bytes) else {
            continue;
        };
        let Ok(ours) = Picture::decode(&bytes, THUMB_PIXELS) else {
            panic!("{name}: decoded by the other one alone");
        };
        if ours.cut_short {
            continue;
        }
        assert_eq!((ours.width, ours.height), other.dimensions(), "{name}");
        let apart = mean_difference(&tiny(&ours.pixels), &tiny(&other));
        assert!(apart < 3.0, "{name} differs by {apart}");
        compared += 1;
    }
    assert!(compared >= 20, "{compared}");
}

/// As small as the eye sees it from afar: decoders that shrink differ in the finest detail.
fn tiny(picture: &RgbImage) -> RgbImage {
    image::imageops::resize(picture, 32, 32, FilterType::Triangle)
}

/// Decoded whole by the crate `image`, upright.
fn decoded_elsewhere(bytes: &[u8]) -> Option<RgbImage> {
    let reader = ImageReader::new(std::io::Cursor::new(bytes))
        .with_guessed_format()
        .ok()?;
    let mut decoder = reader.into_decoder().ok()?;
    let orientation = decoder.orientation().ok()?;
    let mut picture = DynamicImage::from_decoder(decoder).ok()?;
    picture.apply_orientation(orientation);
    Some(picture.into_rgb8())
}

/// Of all colours of all pixels, of 255.
fn mean_difference(one: &RgbImage, other: &RgbImage) -> f64 {
    assert_eq!(one.dimensions(), other.dimensions());
    let pairs = one.as_raw().iter().zip(other.as_raw());
    let sum: u64 = pairs.map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    #[expect(clippy::cast_precision_loss, reason = "a mean")]
    let mean = sum as f64 / one.as_raw().len() as f64;
    mean
}
