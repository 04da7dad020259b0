//! Where something is, as WGS-84 coordinates. They are never turned into China's GCJ-02: maps may do
//! that for showing, evidence keeps what was measured.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::fault::{Fault, check_length};
use crate::open_enum::open_enum;

/// The longest description of a place, in characters.
pub const WORDS_CHARS_MAX: usize = 200;
/// The earth's mean radius in metres (IUGG).
const EARTH_M: f64 = 6_371_008.8;
const E7: f64 = 10_000_000.0;

/// A point on the earth (WGS-84), in steps of 10⁻⁷ degrees (about 1 cm): as whole numbers, which every
/// machine writes and reads alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct Point {
    /// Degrees north · 10⁷.
    pub lat_e7: i32,
    /// Degrees east · 10⁷.
    pub lon_e7: i32,
}

impl Point {
    /// A point by its degrees; `None` when there is no such place.
    #[must_use]
    pub fn of_degrees(lat: f64, lon: f64) -> Option<Self> {
        let inside = lat.abs() <= 90.0 && lon.abs() <= 180.0;
        #[expect(clippy::cast_possible_truncation, reason = "at most 1.8 · 10⁹")]
        let e7 = |degrees: f64| (degrees * E7).round() as i32;
        inside.then(|| Self {
            lat_e7: e7(lat),
            lon_e7: e7(lon),
        })
    }

    /// Degrees north and east.
    #[must_use]
    pub fn degrees(self) -> (f64, f64) {
        (f64::from(self.lat_e7) / E7, f64::from(self.lon_e7) / E7)
    }

    /// How far apart two points are, in metres along the surface (haversine; within 0.6 % of the
    /// ellipsoid).
    #[must_use]
    pub fn metres_to(self, other: Self) -> f64 {
        let ((lat, lon), (lat2, lon2)) = (self.degrees(), other.degrees());
        let half = |a: f64, b: f64| ((b - a).to_radians() / 2.0).sin().powi(2);
        let across = lat.to_radians().cos() * lat2.to_radians().cos() * half(lon, lon2);
        2.0 * EARTH_M * (half(lat, lat2) + across).sqrt().min(1.0).asin()
    }

    /// Whether there is such a place.
    ///
    /// # Errors
    /// `place_invalid`.
    pub fn check(self) -> Result<(), Fault> {
        if self.lat_e7.abs() > 900_000_000 || self.lon_e7.abs() > 1_800_000_000 {
            return Err(Fault::invalid("place_invalid", "point"));
        }
        Ok(())
    }
}

open_enum! {
    /// Who says where it was.
    PositionSource {
        /// A satellite receiver at the laptop.
        Receiver = "receiver",
        /// A person.
        Hand = "hand",
    }
}

/// Where something was, and who says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct Position {
    /// Who says so.
    pub source: PositionSource,
    /// The coordinates, where they are known.
    #[serde(default)]
    pub point: Option<Point>,
    /// How far off they may be, in metres.
    #[serde(default)]
    pub accuracy_m: Option<u32>,
    /// Metres above the sea.
    #[serde(default)]
    pub altitude_m: Option<i32>,
    /// When the receiver's satellites told it.
    #[serde(default)]
    #[ts(type = "string | null")]
    pub at: Option<DateTime<Utc>>,
    /// The place in words, e.g. 二号井口东侧.
    #[serde(default)]
    pub words: String,
}

impl Position {
    /// Whether it can be kept.
    ///
    /// # Errors
    /// `place_invalid` without coordinates and words, or with ones that do not exist;
    /// `text_too_long`.
    pub fn check(&self) -> Result<(), Fault> {
        check_length(&self.words, WORDS_CHARS_MAX, "words")?;
        match self.point {
            Some(point) => point.check(),
            None if self.words.trim().is_empty() => Err(Fault::invalid("place_invalid", "words")),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_of_the_map() {
        let potala = Point::of_degrees(29.657_8, 91.117_2).unwrap();
        let jokhang = Point::of_degrees(29.653_0, 91.132_0).unwrap();
        // One degree of latitude is 111.195 km; 0.0048° and 0.0148° · cos 29.655° by hand.
        let by_hand = (0.004_8_f64 * 111_195.0).hypot(0.014_8 * 111_195.0 * 0.869_0);
        assert!((potala.metres_to(jokhang) - by_hand).abs() < 5.0);
        assert!(potala.metres_to(potala).abs() < 0.001);
        let pole = Point::of_degrees(90.0, 0.0).unwrap();
        let other = Point::of_degrees(-90.0, 180.0).unwrap();
        assert!((pole.metres_to(other) - 20_015_115.0).abs() < 100.0);
    }

    #[test]
    fn a_place_that_does_not_exist_is_refused() {
        assert_eq!(Point::of_degrees(90.1, 0.0), None);
        assert_eq!(Point::of_degrees(f64::NAN, 0.0), None);
        let beyond = Point {
            lat_e7: 900_000_001,
            lon_e7: 0,
        };
        assert!(beyond.check().is_err());
        let said = |words: &str, point| Position {
            source: PositionSource::Hand,
            point,
            accuracy_m: None,
            altitude_m: None,
            at: None,
            words: words.to_owned(),
        };
        assert!(said("", None).check().is_err());
        assert!(said("二号井口", None).check().is_ok());
        assert!(said("", Some(beyond)).check().is_err());
    }
}
