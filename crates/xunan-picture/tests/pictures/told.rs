//! What is written into a copy is read back by other people's programs: exiftool and exiv2.

use std::fs;
use std::path::Path;
use std::process::Command;

use chrono::{DateTime, Utc};
use image::RgbImage;
use serde_json::{Map, Value};
use xunan_model::photo::place::Point;
use xunan_picture::{Picture, Told, camera, encode_small, evidence, thumb, with_exif};

use crate::corpora;

/// What a program says on its standard output.
fn said(program: &str, args: &[&str], file: &Path) -> String {
    let output = Command::new(program).args(args).arg(file).output();
    let output = output.unwrap_or_else(|error| {
        panic!("{program} does not start ({error}): `cargo xtask setup` installs it")
    });
    let why = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program}: {why}");
    String::from_utf8(output.stdout).unwrap()
}

/// All that exiftool finds, by `group:name`.
fn exiftool(file: &Path) -> Map<String, Value> {
    let args = ["-j", "-n", "-a", "-G0", "-charset", "exif=utf8"];
    let found: Vec<Map<String, Value>> =
        serde_json::from_str(&said("exiftool", &args, file)).unwrap();
    found.into_iter().next().unwrap()
}

/// The value of one key; empty when it is not there.
fn exiv2(file: &Path, key: &str) -> String {
    let output = Command::new("exiv2")
        .args(["-K", key, "-Pv"])
        .arg(file)
        .output()
        .unwrap_or_else(|error| {
            panic!("exiv2 does not start ({error}): `cargo xtask setup` installs it")
        });
    // It says by its code that there is no such key.
    let text = String::from_utf8(output.stdout).unwrap();
    text.strip_suffix('\n').unwrap_or(&text).to_owned()
}

fn added() -> DateTime<Utc> {
    "2026-11-26T18:30:05Z".parse().unwrap()
}

fn told(proves: &str, point: Option<Point>) -> Told {
    Told {
        proves: proves.to_owned(),
        by: "扎西·བཀྲ་ཤིས།".to_owned(),
        program: "Xun'an 0.1.0".to_owned(),
        original: "original sha256 0123456789abcdef".to_owned(),
        taken: Some("2026:11:26 17:59:59".to_owned()),
        added: added(),
        point,
    }
}

fn jpeg() -> Vec<u8> {
    encode_small(&RgbImage::new(64, 48), 80.0, None).unwrap()
}

#[test]
fn words_in_chinese_and_tibetan_are_read_back_by_exiftool_and_exiv2() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("copy.jpg");
    let long = "灭火器压力不足，གློག་ཆས་བདེ་འཇགས། ".repeat(250);
    for proves in [
        "安全出口被堵，隐患编号 3",
        "མེ་གསོད་ཡོ་བྱད་མི་འདུག",
        "西藏自治区应急管理厅\n2026年11月26日 17:59\n29.650000, 91.100000",
        "plain ASCII, quoted \"and\" <tagged>",
        long.trim_end(),
    ] {
        let told = told(proves, None);
        fs::write(&file, with_exif(&jpeg(), &told).unwrap()).unwrap();
        let found = exiftool(&file);
        for (name, key, value) in [
            ("ImageDescription", "Exif.Image.ImageDescription", proves),
            ("Artist", "Exif.Image.Artist", &told.by),
            ("Software", "Exif.Image.Software", &told.program),
            (
                "DateTimeOriginal",
                "Exif.Photo.DateTimeOriginal",
                "2026:11:26 17:59:59",
            ),
            // In China's time.
            (
                "CreateDate",
                "Exif.Photo.DateTimeDigitized",
                "2026:11:27 02:30:05",
            ),
            (
                "OffsetTimeDigitized",
                "Exif.Photo.OffsetTimeDigitized",
                "+08:00",
            ),
        ] {
            assert_eq!(found[&format!("EXIF:{name}")], value, "exiftool, {name}");
            assert_eq!(exiv2(&file, key), value, "exiv2, {name}");
        }
        assert_eq!(found["EXIF:UserComment"], told.original.as_str());
        let comment = exiv2(&file, "Exif.Photo.UserComment");
        assert_eq!(comment.trim_start_matches("charset=Ascii "), told.original);
        assert!(!found.contains_key("EXIF:GPSLatitude"), "{found:?}");
        assert!(!found.contains_key("ExifTool:Warning"), "{found:?}");
    }
}

#[test]
fn points_in_all_quarters_of_the_earth_are_read_back_to_the_last_digit() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("copy.jpg");
    for (lat_e7, lon_e7) in [
        (296_500_000, 911_000_000),
        (-335_688_901, 1_512_092_996),
        (407_127_753, -740_059_728),
        (-549_333_333, -676_166_667),
        (1, -1),
        (899_999_999, 1_799_999_999),
        (-900_000_000, -1_800_000_000),
    ] {
        let point = Point { lat_e7, lon_e7 };
        let bytes = with_exif(&jpeg(), &told("点", Some(point))).unwrap();
        assert_eq!(camera(&bytes).unwrap().point, Some(point), "ours");
        fs::write(&file, bytes).unwrap();
        let found = exiftool(&file);
        let signed = |name: &str| found[&format!("Composite:{name}")].as_f64().unwrap();
        let read = Point::of_degrees(signed("GPSLatitude"), signed("GPSLongitude"));
        assert_eq!(read, Some(point), "exiftool");
        assert_eq!(found["EXIF:GPSMapDatum"], "WGS-84");
        let degrees = |name: &str, negative: &str| {
            let key = format!("Exif.GPSInfo.GPS{name}");
            let parts = exiv2(&file, &key);
            let parts = parts.split(' ').map(|part| {
                let (over, under) = part.split_once('/').unwrap();
                over.parse::<f64>().unwrap() / under.parse::<f64>().unwrap()
            });
            let sixtieths = [1.0, 60.0, 3_600.0];
            let sum: f64 = parts.zip(sixtieths).map(|(part, of)| part / of).sum();
            if exiv2(&file, &format!("{key}Ref")) == negative {
                -sum
            } else {
                sum
            }
        };
        let read = Point::of_degrees(degrees("Latitude", "S"), degrees("Longitude", "W"));
        assert_eq!(read, Some(point), "exiv2");
    }
}

#[test]
fn copies_carry_nothing_of_the_original_but_its_colour_profile() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("copy.jpg");
    let place = Point {
        lat_e7: 296_500_000,
        lon_e7: 911_000_000,
    };
    let with_profile = encode_small(&RgbImage::new(64, 48), 80.0, Some(&profile())).unwrap();
    let mut originals = vec![with_exif(&with_profile, &told("何处", Some(place))).unwrap()];
    originals.extend(corpora::photographs().into_iter().map(|(_, bytes)| bytes));
    let (mut with_metadata, mut profiles) = (0, 0);
    for original in originals {
        with_metadata += usize::from(camera(&original).is_some());
        let Ok(evidence) = evidence(&original) else {
            continue;
        };
        for (copy, keeps_profile) in [
            (evidence.jpeg, true),
            (thumb(&original).unwrap().jpeg, false),
        ] {
            fs::write(&file, copy).unwrap();
            for name in exiftool(&file).keys() {
                let (group, _) = name.split_once(':').unwrap_or((name, ""));
                match group {
                    "SourceFile" | "ExifTool" | "File" | "JFIF" | "Composite" => {}
                    "ICC_Profile" if keeps_profile => profiles += 1,
                    _ => panic!("{name} is in a copy"),
                }
            }
        }
    }
    assert!(
        with_metadata >= 5 && profiles > 0,
        "{with_metadata}, {profiles}"
    );
}

#[test]
fn a_profile_of_other_colours_or_of_megabytes_is_left_out() {
    let mut large = profile();
    large.resize(100_000, 0);
    let mut printer = profile();
    printer[16..20].copy_from_slice(b"CMYK");
    let mut grey = profile();
    grey[16..20].copy_from_slice(b"GRAY");
    for (profile, kept) in [
        (profile(), true),
        (large, false),
        (printer, false),
        (grey, false),
    ] {
        let original = encode_small(&RgbImage::new(64, 48), 80.0, Some(&profile)).unwrap();
        let copy = Picture::decode(&evidence(&original).unwrap().jpeg, 64).unwrap();
        assert_eq!(copy.profile, kept.then_some(profile));
    }
}

/// The head of a profile of a screen (ICC.1:2010, 7.2), and no entries.
fn profile() -> Vec<u8> {
    let mut profile = vec![0; 132];
    profile[3] = 132;
    profile[8] = 4;
    profile[12..24].copy_from_slice(b"mntrRGB XYZ ");
    profile[36..40].copy_from_slice(b"acsp");
    profile
}
