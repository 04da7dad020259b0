//! Where what a photo says contradicts itself, its visit or its place. Shown, never hidden, and
//! nothing is corrected to make it go away.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::Photo;
use super::place::Point;

/// Clocks of cameras are set by hand: what differs by less says nothing.
const CLOCK_MIN: i64 = 10;
/// A laptop's clock that is off by more is told, in ms.
const LAPTOP_MS: u64 = 120_000;
/// A mine or a works is large: what is nearer to its point counts as there.
const SITE_M: f64 = 1_000.0;
/// Below this variance of the Laplacian a picture of 1,600 pixels looks blurred.
pub const SHARPNESS_MIN: u32 = 40;
/// Below this mean brightness (0 to 255) little can be seen.
pub const BRIGHTNESS_MIN: u8 = 40;

/// One thing that does not fit, or a hint to take the photo again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[ts(export)]
pub enum Doubt {
    /// The camera says that it was taken before the visit began.
    TakenBefore {
        /// How long before.
        minutes: u32,
    },
    /// The camera says that it was taken after it came into the program.
    TakenAfter {
        /// How long after.
        minutes: u32,
    },
    /// The camera's clock and the satellites that it heard differ.
    CameraClock {
        /// By how much.
        minutes: u32,
    },
    /// The laptop's clock was off.
    LaptopClock {
        /// By how much.
        minutes: u32,
    },
    /// It was taken far from the site.
    FarFromSite {
        /// How far.
        metres: u32,
    },
    /// It looks like an older photo of another visit.
    Twin {
        /// That photo.
        photo: String,
    },
    /// The file ends before the picture does: a part was lost on the way.
    CutShort,
    /// It looks blurred.
    Blurred,
    /// It is very dark.
    Dark,
}

impl Doubt {
    /// A hint for whoever takes photos, no contradiction.
    #[must_use]
    pub fn is_hint(&self) -> bool {
        matches!(self, Self::Blurred | Self::Dark)
    }
}

/// What a photo is held against.
#[derive(Debug, Clone, Copy)]
pub struct Against {
    /// When the visit began.
    pub begun: DateTime<Utc>,
    /// Where the site is, if that is known.
    pub site: Option<Point>,
}

/// Everything about a photo that does not fit, contradictions first.
#[must_use]
pub fn doubts(photo: &Photo, against: Against) -> Vec<Doubt> {
    let mut doubts = Vec::new();
    let camera = photo.camera.as_ref();
    let taken = camera.and_then(super::Camera::taken_at);
    if let Some(taken) = taken {
        let early = against.begun - taken;
        if early > TimeDelta::minutes(CLOCK_MIN) {
            doubts.push(Doubt::TakenBefore {
                minutes: minutes(early),
            });
        }
        let late = taken - photo.added;
        if late > TimeDelta::minutes(CLOCK_MIN) {
            doubts.push(Doubt::TakenAfter {
                minutes: minutes(late),
            });
        }
        if let Some(heard) = camera.and_then(|camera| camera.satellites_at) {
            let off = taken - heard;
            if off.abs() > TimeDelta::minutes(CLOCK_MIN) {
                doubts.push(Doubt::CameraClock {
                    minutes: minutes(off),
                });
            }
        }
    }
    if let Some(clock) = &photo.clock
        && clock.ahead_ms.unsigned_abs() > LAPTOP_MS
    {
        doubts.push(Doubt::LaptopClock {
            minutes: minutes(TimeDelta::milliseconds(clock.ahead_ms)),
        });
    }
    if let (Some(here), Some(site)) = (photo.point(), against.site) {
        let metres = here.metres_to(site);
        if metres > SITE_M + f64::from(accuracy(photo)) {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "at most half the earth's girth"
            )]
            let metres = metres.round() as u32;
            doubts.push(Doubt::FarFromSite { metres });
        }
    }
    if let Some(look) = &photo.look {
        if let Some(twin) = look.like {
            doubts.push(Doubt::Twin {
                photo: twin.to_string(),
            });
        }
        if look.cut_short {
            doubts.push(Doubt::CutShort);
        }
        if look.brightness < BRIGHTNESS_MIN {
            doubts.push(Doubt::Dark);
        } else if look.sharpness < SHARPNESS_MIN {
            // In the dark everything looks blurred.
            doubts.push(Doubt::Blurred);
        }
    }
    doubts
}

/// How far off the place may be, in metres.
fn accuracy(photo: &Photo) -> u32 {
    let said = photo.position.as_ref().filter(|said| said.point.is_some());
    match said {
        Some(said) => said.accuracy_m.unwrap_or(0),
        None => photo
            .camera
            .as_ref()
            .and_then(|camera| camera.accuracy_m)
            .unwrap_or(0),
    }
}

fn minutes(span: TimeDelta) -> u32 {
    u32::try_from(span.num_minutes().unsigned_abs()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::digest::Digest;

    fn photo(fields: serde_json::Value) -> Photo {
        let mut all = json!({
            "id": Uuid::nil(), "inspection": Uuid::nil(), "by": Uuid::nil(), "added": "2026-11-25T03:00:00Z",
            "original": {"sha256": Digest::of(b"photo"), "bytes": 5, "mime": "image/jpeg"},
        });
        all.as_object_mut()
            .unwrap()
            .extend(fields.as_object().unwrap().clone());
        serde_json::from_value(all).unwrap()
    }

    fn of(fields: serde_json::Value) -> Vec<Doubt> {
        let against = Against {
            begun: "2026-11-25T02:00:00Z".parse().unwrap(),
            site: Point::of_degrees(29.65, 91.1),
        };
        doubts(&photo(fields), against)
    }

    fn taken(at: &str) -> serde_json::Value {
        json!({"camera": {"taken": at}})
    }

    #[test]
    fn a_camera_s_time_is_china_s_unless_it_says_otherwise() {
        // 10:30 in China is 02:30 UTC: within the visit.
        assert_eq!(of(taken("2026-11-25T10:30:00")), []);
        // The same words in UTC are 7.5 hours after the photo came in.
        let utc = json!({"camera": {"taken": "2026-11-25T10:30:00", "offset_min": 0}});
        assert_eq!(of(utc), [Doubt::TakenAfter { minutes: 450 }]);
    }

    #[test]
    fn a_time_far_from_the_visit_is_told() {
        let before = [Doubt::TakenBefore { minutes: 24 * 60 }];
        assert_eq!(of(taken("2026-11-24T10:00:00")), before);
        assert_eq!(
            of(taken("2026-11-25T09:50:00")),
            [],
            "ten minutes are let pass"
        );
        assert_eq!(
            of(taken("2026-11-25T09:49:00")),
            [Doubt::TakenBefore { minutes: 11 }]
        );
        assert_eq!(
            of(taken("2026-11-25T11:11:00")),
            [Doubt::TakenAfter { minutes: 11 }]
        );
    }

    #[test]
    fn clocks_that_differ_are_told() {
        let camera = json!({"camera": {"taken": "2026-11-25T10:30:00", "satellites_at": "2026-11-25T02:10:00Z"}});
        assert_eq!(of(camera), [Doubt::CameraClock { minutes: 20 }]);
        let clock = |ms: i64| json!({"clock": {"told_by": "server", "told": "2026-11-25T00:00:00Z", "ahead_ms": ms}});
        assert_eq!(of(clock(-180_000)), [Doubt::LaptopClock { minutes: 3 }]);
        assert_eq!(of(clock(119_000)), []);
    }

    #[test]
    fn a_place_far_from_the_site_is_told_beyond_what_it_may_be_off() {
        // 0.02° of latitude are 2,224 m.
        let point = json!({"lat_e7": 296_700_000, "lon_e7": 911_000_000});
        let far = [Doubt::FarFromSite { metres: 2_224 }];
        assert_eq!(of(json!({"camera": {"point": point}})), far);
        assert_eq!(
            of(json!({"camera": {"point": point, "accuracy_m": 1_500}})),
            []
        );
        // What a person says stands above what the camera wrote.
        let here =
            json!({"source": "hand", "point": {"lat_e7": 296_500_000, "lon_e7": 911_000_000}});
        assert_eq!(
            of(json!({"camera": {"point": point}, "position": here})),
            []
        );
    }

    #[test]
    fn a_dark_picture_is_called_dark_and_not_blurred() {
        let look = |sharpness: u32, brightness: u8| json!({"look": {"sharpness": sharpness, "brightness": brightness, "hash": "0"}});
        assert_eq!(of(look(5, 20)), [Doubt::Dark]);
        assert_eq!(of(look(5, 120)), [Doubt::Blurred]);
        assert_eq!(of(look(SHARPNESS_MIN, BRIGHTNESS_MIN)), []);
    }
}
