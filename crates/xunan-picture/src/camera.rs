//! What a camera wrote into a photo (Exif 2.32): read as far as it can be read, never trusted.

use std::io::Cursor;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use exif::{Exif, Field, In, Rational, Reader, Tag, Value};
use xunan_model::photo::Camera;
use xunan_model::photo::place::Point;

/// The longest text that is kept of a field, in characters.
const WORDS_CHARS_MAX: usize = 60;

/// What the camera wrote; `None` when there is nothing of use.
#[must_use]
pub fn camera(bytes: &[u8]) -> Option<Camera> {
    let exif = read(bytes)?;
    let camera = Camera {
        make: words(&exif, Tag::Make),
        model: words(&exif, Tag::Model),
        taken: taken(&exif),
        offset_min: offset_min(&words(&exif, Tag::OffsetTimeOriginal)),
        point: point(&exif),
        altitude_m: altitude_m(&exif),
        accuracy_m: number(&exif, Tag::GPSHPositioningError)
            .and_then(|metres| whole(metres, 0, 10_000_000)),
        direction_deg: number(&exif, Tag::GPSImgDirection)
            .and_then(|degrees| whole::<u16>(degrees, 0, 360))
            .map(|degrees| degrees % 360),
        satellites_at: satellites_at(&exif),
    };
    (camera != Camera::default()).then_some(camera)
}

/// When it was taken, in the camera's own words.
#[must_use]
pub fn taken_words(bytes: &[u8]) -> Option<String> {
    let exif = read(bytes)?;
    let field = exif.get_field(Tag::DateTimeOriginal, In::PRIMARY)?;
    let text = field.display_value().to_string();
    (text.len() <= 40).then_some(text)
}

/// How the picture must be turned to stand upright: 1 to 8, as Exif counts; 1 when it does not say.
pub(crate) fn orientation(bytes: &[u8]) -> u8 {
    let said = read(bytes)
        .and_then(|exif| {
            exif.get_field(Tag::Orientation, In::PRIMARY)?
                .value
                .get_uint(0)
        })
        .unwrap_or(1);
    u8::try_from(said)
        .ok()
        .filter(|way| (1..=8).contains(way))
        .unwrap_or(1)
}

fn read(bytes: &[u8]) -> Option<Exif> {
    let mut reader = Reader::new();
    // Many phones write one field wrong; the others still say something.
    reader.continue_on_error(true);
    match reader.read_from_container(&mut Cursor::new(bytes)) {
        Ok(exif) => Some(exif),
        Err(exif::Error::PartialResult(part)) => Some(part.into_inner().0),
        Err(_) => None,
    }
}

/// Text as it was written, without what cannot be printed.
fn words(exif: &Exif, tag: Tag) -> String {
    let Some(Value::Ascii(lines)) = exif.get_field(tag, In::PRIMARY).map(|field| &field.value)
    else {
        return String::new();
    };
    let text = lines
        .first()
        .map(|line| String::from_utf8_lossy(line).into_owned());
    let text = text.unwrap_or_default();
    let printable = text.chars().filter(|char| !char.is_control());
    printable
        .take(WORDS_CHARS_MAX)
        .collect::<String>()
        .trim()
        .to_owned()
}

fn taken(exif: &Exif) -> Option<NaiveDateTime> {
    let text = words(exif, Tag::DateTimeOriginal);
    NaiveDateTime::parse_from_str(&text, "%Y:%m:%d %H:%M:%S").ok()
}

/// `+08:00` as minutes.
fn offset_min(text: &str) -> Option<i32> {
    let (hours, minutes) = text.get(1..)?.split_once(':')?;
    let minutes = hours.parse::<i32>().ok()? * 60 + minutes.parse::<i32>().ok()?;
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    (minutes <= 14 * 60).then_some(sign * minutes)
}

fn point(exif: &Exif) -> Option<Point> {
    let degrees = |tag, of, negative: &str| {
        let parts = rationals(exif.get_field(tag, In::PRIMARY)?)?;
        let [degrees, minutes, seconds] = [0, 1, 2].map(|n| parts.get(n).map(Rational::to_f64));
        let sum = degrees? + minutes.unwrap_or(0.0) / 60.0 + seconds.unwrap_or(0.0) / 3_600.0;
        let way = words(exif, of);
        sum.is_finite()
            .then_some(if way == negative { -sum } else { sum })
    };
    let lat = degrees(Tag::GPSLatitude, Tag::GPSLatitudeRef, "S")?;
    let lon = degrees(Tag::GPSLongitude, Tag::GPSLongitudeRef, "W")?;
    // Phones that have no fix yet write zeros.
    (lat != 0.0 || lon != 0.0)
        .then(|| Point::of_degrees(lat, lon))
        .flatten()
}

fn altitude_m(exif: &Exif) -> Option<i32> {
    let metres = number(exif, Tag::GPSAltitude)?;
    let below = exif
        .get_field(Tag::GPSAltitudeRef, In::PRIMARY)
        .is_some_and(
            |field| matches!(&field.value, Value::Byte(bytes) if bytes.first() == Some(&1)),
        );
    whole::<i32>(if below { -metres } else { metres }, -12_000, 100_000)
}

fn satellites_at(exif: &Exif) -> Option<DateTime<Utc>> {
    let day = NaiveDate::parse_from_str(&words(exif, Tag::GPSDateStamp), "%Y:%m:%d").ok()?;
    let parts = rationals(exif.get_field(Tag::GPSTimeStamp, In::PRIMARY)?)?;
    let part = |n: usize, max: i32| whole::<u32>(parts.get(n)?.to_f64().floor(), 0, max);
    let time = NaiveTime::from_hms_opt(part(0, 23)?, part(1, 59)?, part(2, 59)?)?;
    Some(day.and_time(time).and_utc())
}

fn rationals(field: &Field) -> Option<&[Rational]> {
    match &field.value {
        Value::Rational(parts) => Some(parts),
        _ => None,
    }
}

fn number(exif: &Exif, tag: Tag) -> Option<f64> {
    Some(
        rationals(exif.get_field(tag, In::PRIMARY)?)?
            .first()?
            .to_f64(),
    )
}

/// A number without its fraction, if it lies within the limits.
fn whole<T: TryFrom<i32>>(number: f64, min: i32, max: i32) -> Option<T> {
    let inside = number >= f64::from(min) && number <= f64::from(max);
    #[expect(clippy::cast_possible_truncation, reason = "within the limits of i32")]
    inside
        .then(|| number.round() as i32)
        .and_then(|number| T::try_from(number).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_read_as_minutes() {
        assert_eq!(offset_min("+08:00"), Some(480));
        assert_eq!(offset_min("-03:30"), Some(-210));
        for wrong in ["", "Z", "0800", "+8", "+99:00", "+aa:bb"] {
            assert_eq!(offset_min(wrong), None, "{wrong}");
        }
    }
}
