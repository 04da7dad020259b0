//! Clocks that are years off, full disks and empty batteries.

use chrono::TimeDelta;

use super::*;

fn said(item: &HealthItem) -> (&str, HealthState) {
    (item.said.as_str(), item.state)
}

#[test]
fn a_clock_five_years_off_in_either_direction_is_called_bad() {
    let trusted: DateTime<Utc> = "2026-11-20T08:00:00Z".parse().unwrap();
    let at = |days: i64| clock_item(Some(trusted), Some(0), trusted + TimeDelta::days(days));
    assert_eq!(said(&at(-1_826)), ("behind", Bad));
    assert_eq!(said(&at(1_826)), ("ahead", Bad));
    assert_eq!(said(&at(0)), ("ok", Good));
    assert_eq!(said(&at(30)), ("ok", Good));
    assert_eq!(said(&at(91)), ("untold", Warn));
    // A few minutes are a slow link's, not a clock's.
    let now = trusted - TimeDelta::minutes(3);
    assert_eq!(said(&clock_item(Some(trusted), Some(0), now)), ("ok", Good));
    let off = clock_item(Some(trusted), Some(-20 * 60_000), trusted);
    assert_eq!(
        (said(&off), off.params["minutes"].as_str()),
        (("off", Warn), "20")
    );
    assert_eq!(said(&clock_item(None, None, trusted)), ("untold", Warn));
}

#[test]
fn room_and_battery_are_graded() {
    let gib = 1_u64 << 30;
    assert_eq!(said(&disk(Some(20 * gib))), ("ok", Good));
    assert_eq!(said(&disk(Some(2 * gib))), ("little", Warn));
    assert_eq!(said(&disk(Some(gib / 2))), ("full", Bad));
    assert_eq!(said(&disk(None)), ("unreadable", Bad));
    let graded = |full, plugged| battery(Some((full, plugged))).unwrap();
    assert_eq!(said(&graded(19, false)), ("low", Bad));
    assert_eq!(said(&graded(19, true)), ("plugged", Good));
    assert_eq!(said(&graded(30, false)), ("half", Warn));
    assert_eq!(said(&graded(90, false)), ("ok", Good));
    assert!(battery(None).is_none(), "a machine without a battery");
    assert!(Bad > Warn && Warn > Good);
}
