//! Working days (工作日): weekends, and what the State Council announces year by year.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate, Weekday};

use crate::fault::Fault;

/// The most lines of an imported calendar.
pub const CALENDAR_LINES_MAX: usize = 5_000;
/// The longest line, in characters.
const LINE_CHARS_MAX: usize = 200;
/// Years that a line may be of.
const YEARS: std::ops::RangeInclusive<i32> = 2000..=2100;

/// What a day is by announcement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DayKind {
    /// 放假.
    Off,
    /// 调休上班.
    Work,
}

/// Which days are working days. Without data only weekends are off, and [`Calendar::knows`] says so: the
/// holidays of a year are announced late in the year before and are not made up here.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Calendar {
    days: BTreeMap<NaiveDate, DayKind>,
}

impl Calendar {
    /// Reads a calendar: a line per day, `2026-10-01 off 国庆节` or `2026-10-10 work`, what follows being a
    /// note; empty lines and lines with `#` are left out.
    ///
    /// # Errors
    /// `calendar_line` for a line that cannot be read, `calendar_twice` for a day that stands twice, `calendar_long`; with
    /// the number of the line in `line`, from 1.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let mut days = BTreeMap::new();
        for (at, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            let fault = |key| Fault::invalid(key, "calendar").with("line", at + 1);
            if at >= CALENDAR_LINES_MAX || line.chars().count() > LINE_CHARS_MAX {
                return Err(fault("calendar_long"));
            }
            let mut words = line.split_whitespace();
            let Some(day) = words.next().filter(|word| !word.starts_with('#')) else {
                continue;
            };
            let day =
                NaiveDate::parse_from_str(day, "%Y-%m-%d").map_err(|_| fault("calendar_line"))?;
            let kind = match words.next() {
                Some("off") => DayKind::Off,
                Some("work") => DayKind::Work,
                _ => return Err(fault("calendar_line")),
            };
            if !YEARS.contains(&day.year()) {
                return Err(fault("calendar_line"));
            }
            if days.insert(day, kind).is_some() {
                return Err(fault("calendar_twice"));
            }
        }
        Ok(Self { days })
    }

    /// With the days of another; of a day in both the other's word counts.
    #[must_use]
    pub fn with(mut self, other: &Self) -> Self {
        self.days.extend(&other.days);
        self
    }

    /// Whether there is data for a year; else only weekends are known to be off.
    #[must_use]
    pub fn knows(&self, year: i32) -> bool {
        self.days.keys().any(|day| day.year() == year)
    }

    /// Whether people work on a day.
    #[must_use]
    pub fn works(&self, day: NaiveDate) -> bool {
        match self.days.get(&day) {
            Some(kind) => *kind == DayKind::Work,
            None => !matches!(day.weekday(), Weekday::Sat | Weekday::Sun),
        }
    }

    /// The `days`-th working day after a day, which does not count itself. 0: the day itself.
    #[must_use]
    pub fn add(&self, day: NaiveDate, days: u16) -> NaiveDate {
        self.walk(day, days, NaiveDate::succ_opt)
    }

    /// The `days`-th working day before a day, which does not count itself. 0: the day itself.
    #[must_use]
    pub fn subtract(&self, day: NaiveDate, days: u16) -> NaiveDate {
        self.walk(day, days, NaiveDate::pred_opt)
    }

    fn walk(
        &self,
        mut day: NaiveDate,
        days: u16,
        next: fn(&NaiveDate) -> Option<NaiveDate>,
    ) -> NaiveDate {
        let mut left = days;
        while left > 0 {
            // At the end of all time there is no next day; no deadline is there.
            let Some(following) = next(&day) else { break };
            day = following;
            left -= u16::from(self.works(day));
        }
        day
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// Made up: an announcement's shape, not an announcement.
    const SAMPLE: &str = "# 样例\n2026-10-01 off 国庆节\n2026-10-02 off\n\n2026-10-10 work 调休\n";

    #[test]
    fn weekends_are_off_and_announcements_go_before_them() {
        let (none, sample) = (Calendar::default(), Calendar::parse(SAMPLE).unwrap());
        // 2026-10-01 is a Thursday, the 10th a Saturday.
        assert!(none.works(day("2026-10-01")) && !none.works(day("2026-10-10")));
        assert!(!sample.works(day("2026-10-01")) && sample.works(day("2026-10-10")));
        assert!(!sample.works(day("2026-10-11")));
    }

    #[test]
    fn working_days_are_counted_from_the_day_after() {
        let (none, sample) = (Calendar::default(), Calendar::parse(SAMPLE).unwrap());
        // Wednesday the 30th: 1, 2 (Friday), 5 (Monday); with the holidays 5, 6, 7.
        assert_eq!(none.add(day("2026-09-30"), 3), day("2026-10-05"));
        assert_eq!(sample.add(day("2026-09-30"), 3), day("2026-10-07"));
        // Friday the 9th: the Saturday after it is a working day here.
        assert_eq!(sample.add(day("2026-10-09"), 1), day("2026-10-10"));
        assert_eq!(none.add(day("2026-10-09"), 1), day("2026-10-12"));
        assert_eq!(sample.subtract(day("2026-10-07"), 3), day("2026-09-30"));
        assert_eq!(none.subtract(day("2026-10-12"), 1), day("2026-10-09"));
        // A day off itself may be where counting begins.
        assert_eq!(none.add(day("2026-10-11"), 1), day("2026-10-12"));
        assert_eq!(none.add(day("2026-10-11"), 0), day("2026-10-11"));
        assert_eq!(none.add(NaiveDate::MAX, 1), NaiveDate::MAX);
    }

    #[test]
    fn a_year_without_data_is_told() {
        assert!(!Calendar::default().knows(2026));
        let sample = Calendar::parse(SAMPLE).unwrap();
        assert!(sample.knows(2026) && !sample.knows(2027));
        let more = Calendar::parse("2027-01-01 off\n2026-10-02 work").unwrap();
        let both = sample.with(&more);
        assert!(both.knows(2027) && both.works(day("2026-10-02")));
    }

    #[test]
    fn a_line_that_cannot_be_read_is_named() {
        let refused = |text: &str| {
            let fault = Calendar::parse(text).unwrap_err();
            (fault.key, fault.params["line"].clone())
        };
        assert_eq!(
            refused("2026-10-01 off\n2026-13-01 off"),
            ("calendar_line", "2".to_owned())
        );
        assert_eq!(refused("2026-10-01"), ("calendar_line", "1".to_owned()));
        assert_eq!(
            refused("2026-10-01 holiday"),
            ("calendar_line", "1".to_owned())
        );
        assert_eq!(refused("1026-10-01 off"), ("calendar_line", "1".to_owned()));
        assert_eq!(
            refused("#\n2026-10-01 off\n2026-10-01 work"),
            ("calendar_twice", "3".to_owned())
        );
        assert_eq!(
            refused(&format!("2026-10-01 off {}", "长".repeat(200))),
            ("calendar_long", "1".to_owned())
        );
        assert_eq!(
            refused(&"\n".repeat(CALENDAR_LINES_MAX + 1)),
            ("calendar_long", "5001".to_owned())
        );
    }
}
