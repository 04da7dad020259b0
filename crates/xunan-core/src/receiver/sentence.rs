//! What a satellite receiver says, sentence by sentence (NMEA 0183): where it is, and what time it is.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use nmea::ParseResult;
use nmea::sentences::{FixType, GgaData, RmcData, rmc::RmcStatusOfFix};
use xunan_model::photo::place::Point;

/// The longest sentence (NMEA 0183 allows 82 characters; some receivers write more).
pub(crate) const SENTENCE_BYTES_MAX: usize = 200;
/// What a horizontal dilution of one means in metres: the usual range error of a cheap receiver.
const RANGE_ERROR_M: f32 = 5.0;
/// Receivers whose count of weeks has run over tell a day some 20 years ago: those days are not believed.
const FIRST_DAY: NaiveDate = NaiveDate::from_ymd_opt(2025, 1, 1).expect("a day");

/// A place, as satellites tell it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Fix {
    pub(crate) point: Point,
    pub(crate) accuracy_m: Option<u32>,
    pub(crate) altitude_m: Option<i32>,
    /// The satellites' time; `None` while the day is not known or not to be believed.
    pub(crate) at: Option<DateTime<Utc>>,
    pub(crate) satellites: Option<u32>,
}

/// What one sentence brought.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Heard {
    /// No sound sentence: noise, or another speed of the line.
    Noise,
    /// A sentence without a place.
    Sentence,
    /// A place.
    Fix(Fix),
}

/// Follows the sentences of one receiver.
#[derive(Debug, Default)]
pub(crate) struct Listener {
    /// When the last dated sentence was, in the satellites' time.
    dated: Option<DateTime<Utc>>,
    /// Whether the receiver also tells how exact its places are: then those alone count.
    exact: bool,
}

impl Listener {
    /// One sentence, without its line end.
    pub(crate) fn hear(&mut self, sentence: &str) -> Heard {
        // The checksum is checked by the parser; what it does not know is still a sound sentence.
        match nmea::parse_str(sentence.trim()) {
            Ok(ParseResult::RMC(told)) => self.recommended(&told),
            Ok(ParseResult::GGA(told)) => self.exact(&told),
            Ok(_)
            | Err(
                nmea::Error::DisabledSentence
                | nmea::Error::Unsupported(_)
                | nmea::Error::Unknown(_),
            ) => Heard::Sentence,
            Err(_) => Heard::Noise,
        }
    }

    fn recommended(&mut self, told: &RmcData) -> Heard {
        let valid = told.status_of_fix != RmcStatusOfFix::Invalid;
        self.dated = told
            .fix_date
            .zip(told.fix_time)
            .map(|(day, time)| day.and_time(time).and_utc())
            .filter(|at| valid && at.date_naive() >= FIRST_DAY);
        match (told.lat, told.lon) {
            (Some(lat), Some(lon)) if valid && !self.exact => {
                self.fix(lat, lon, None, None, told.fix_time, None)
            }
            _ => Heard::Sentence,
        }
    }

    fn exact(&mut self, told: &GgaData) -> Heard {
        let valid = told.fix_type.is_some_and(|kind| {
            !matches!(
                kind,
                FixType::Invalid | FixType::Estimated | FixType::Manual | FixType::Simulation
            )
        });
        let (Some(lat), Some(lon), true) = (told.latitude, told.longitude, valid) else {
            return Heard::Sentence;
        };
        self.exact = true;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "small and positive"
        )]
        let accuracy = told
            .hdop
            .filter(|dilution| (0.0..100.0).contains(dilution))
            .map(|dilution| (dilution * RANGE_ERROR_M).ceil() as u32);
        #[expect(clippy::cast_possible_truncation, reason = "metres above the sea")]
        let altitude = told
            .altitude
            .filter(|metres| metres.abs() < 20_000.0)
            .map(|metres| metres.round() as i32);
        self.fix(
            lat,
            lon,
            accuracy,
            altitude,
            told.fix_time,
            told.fix_satellites,
        )
    }

    fn fix(
        &self,
        lat: f64,
        lon: f64,
        accuracy_m: Option<u32>,
        altitude_m: Option<i32>,
        time: Option<NaiveTime>,
        satellites: Option<u32>,
    ) -> Heard {
        let Some(point) = Point::of_degrees(lat, lon) else {
            return Heard::Sentence;
        };
        Heard::Fix(Fix {
            point,
            accuracy_m,
            altitude_m,
            at: self
                .dated
                .zip(time)
                .map(|(dated, time)| nearest(dated, time)),
            satellites,
        })
    }
}

/// The moment of this time of day nearest to a dated one: around midnight the two sentences of one
/// second may fall on two days.
fn nearest(dated: DateTime<Utc>, time: NaiveTime) -> DateTime<Utc> {
    let same_day = dated.date_naive().and_time(time).and_utc();
    let half = TimeDelta::hours(12);
    if same_day - dated > half {
        same_day - TimeDelta::days(1)
    } else if dated - same_day > half {
        same_day + TimeDelta::days(1)
    } else {
        same_day
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sentence with its checksum.
    fn sentence(body: &str) -> String {
        let sum = body.bytes().fold(0, |sum, byte| sum ^ byte);
        format!("${body}*{sum:02X}")
    }

    fn rmc(time: &str, day: &str) -> String {
        sentence(&format!(
            "GNRMC,{time},A,2939.4680,N,09107.0320,E,0.1,0.0,{day},,,A"
        ))
    }

    fn gga(time: &str, quality: u8) -> String {
        sentence(&format!(
            "GNGGA,{time},2939.4680,N,09107.0320,E,{quality},11,1.3,3650.4,M,-32.0,M,,"
        ))
    }

    fn fix(heard: Heard) -> Fix {
        match heard {
            Heard::Fix(fix) => fix,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn place_time_and_accuracy_come_from_two_sentences() {
        let mut listener = Listener::default();
        assert!(matches!(
            listener.hear(&rmc("020304.00", "251126")),
            Heard::Fix(_)
        ));
        let told = fix(listener.hear(&gga("020304.00", 1)));
        // 29° 39.468′ and 91° 7.032′ by hand.
        assert_eq!(
            told.point,
            Point {
                lat_e7: 296_578_000,
                lon_e7: 911_172_000
            }
        );
        assert_eq!((told.accuracy_m, told.altitude_m), (Some(7), Some(3_650)));
        assert_eq!(told.at, Some("2026-11-25T02:03:04Z".parse().unwrap()));
        // From here on the sentence without accuracy brings no place.
        assert_eq!(listener.hear(&rmc("020305.00", "251126")), Heard::Sentence);
    }

    #[test]
    fn a_wrong_checksum_is_noise_and_no_fix_is_no_place() {
        let mut listener = Listener::default();
        let wrong = gga("020304.00", 1).replace("2939", "2938");
        assert_eq!(listener.hear(&wrong), Heard::Noise);
        assert_eq!(listener.hear("\u{fffd}\u{fffd}x"), Heard::Noise);
        assert_eq!(listener.hear(&gga("020304.00", 0)), Heard::Sentence);
        assert_eq!(
            listener.hear(&gga("020304.00", 8)),
            Heard::Sentence,
            "a simulator"
        );
        assert_eq!(
            listener.hear(&sentence("GPGSV,1,1,01,21,45,100,40")),
            Heard::Sentence
        );
    }

    #[test]
    fn midnight_and_a_count_that_ran_over_give_no_false_time() {
        let mut listener = Listener::default();
        listener.hear(&rmc("235959.90", "251126"));
        let after = fix(listener.hear(&gga("000000.10", 1)));
        assert_eq!(after.at.unwrap().date_naive().to_string(), "2026-11-26");
        // 1,024 weeks before 2026-11-25.
        listener.hear(&rmc("020304.00", "110407"));
        assert_eq!(fix(listener.hear(&gga("020304.00", 1))).at, None);
    }
}
