//! Divisions of Tibet (行政区划): the 12-digit code, and the names that are known.
//!
//! Twelve digits: two each for region, prefecture and county, three each for township and village;
//! nought means the whole of it. `assets/divisions/tibet.tsv` names what is named here and its source.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::fault::Fault;
use crate::quick::half_width;

/// The length of a code.
pub const DIVISION_DIGITS: usize = 12;

/// Digits that a prefecture, a county and a township have of their own.
const LEVELS: [usize; 3] = [4, 6, 9];

/// Names by 4, 6 or 9 digits.
static NAMES: LazyLock<BTreeMap<&str, &str>> = LazyLock::new(|| {
    include_str!("../../../assets/divisions/tibet.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once('\t'))
        .collect()
});

/// Reads a division as lists give it: 4, 6, 9 or 12 digits, or a name such as 拉萨市林周县 or 林周县甘丹曲果镇.
///
/// Townships and villages are accepted by their structure also where they have no name here: some are
/// newer than the names.
///
/// # Errors
/// `division_form`, `division_outside` for a code outside Tibet, `division_unknown` for a prefecture, county
/// or name that is not there.
pub fn parse(text: &str) -> Result<String, Fault> {
    let plain: String = text
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(half_width)
        .collect();
    if plain.chars().any(|c| !c.is_ascii_digit()) {
        return by_name(&plain).ok_or_else(|| fault("division_unknown"));
    }
    if plain.len() != DIVISION_DIGITS && !LEVELS.contains(&plain.len()) {
        return Err(fault("division_form"));
    }
    if !plain.starts_with("54") {
        return Err(fault("division_outside"));
    }
    let code = padded(&plain);
    let county_known = &code[4..6] == "00" || NAMES.contains_key(&code[..6]);
    // Below nothing there is nothing: a village needs its township, a township its county.
    let gap = (&code[4..6] == "00" && &code[6..] != "000000")
        || (&code[6..9] == "000" && &code[9..] != "000");
    if !NAMES.contains_key(&code[..4]) || !county_known {
        return Err(fault("division_unknown"));
    }
    if gap {
        return Err(fault("division_form"));
    }
    Ok(code)
}

fn fault(key: &'static str) -> Fault {
    Fault::invalid(key, "division")
}

fn padded(digits: &str) -> String {
    format!("{digits:0<DIVISION_DIGITS$}")
}

/// The code of a name: prefecture, county and township in this order, each of which may be left out
/// where what follows is named only once.
fn by_name(text: &str) -> Option<String> {
    let text = text
        .trim_start_matches("中国")
        .trim_start_matches("西藏自治区")
        .trim_start_matches("西藏");
    let mut found: Option<&str> = None;
    let mut rest = text;
    for level in LEVELS {
        let above = found.unwrap_or("");
        let starts = |code: &str, name: &str| {
            code.len() == level && code.starts_with(above) && rest.starts_with(name)
        };
        let named = || NAMES.iter().filter(|(code, name)| starts(code, name));
        let Some((code, name)) = named().max_by_key(|(_, name)| name.len()) else {
            continue;
        };
        // Townships of one name: nothing tells which.
        if named().filter(|(_, other)| *other == name).count() > 1 {
            return None;
        }
        found = Some(code);
        rest = &rest[name.len()..];
    }
    let known = found.filter(|_| rest.is_empty())?;
    Some(padded(known))
}

/// The digits that say something: `540121000000` is `540121`.
#[must_use]
pub fn significant(code: &str) -> &str {
    let length = LEVELS
        .into_iter()
        .find(|length| {
            code.get(*length..)
                .is_some_and(|rest| rest.bytes().all(|b| b == b'0'))
        })
        .unwrap_or(code.len());
    code.get(..length).unwrap_or(code)
}

/// The name of a division by itself, such as 林周县; `None` where it has none here.
#[must_use]
pub fn name(code: &str) -> Option<&'static str> {
    NAMES.get(significant(code)).copied()
}

/// The whole name, such as 拉萨市林周县甘丹曲果镇, as far as it is known; empty for a code that is not.
#[must_use]
pub fn full_name(code: &str) -> String {
    let significant = significant(code);
    LEVELS
        .into_iter()
        .filter_map(|length| NAMES.get(significant.get(..length)?))
        .copied()
        .collect()
}

/// The divisions that hold this one, itself included, from the prefecture down, as far as they have names.
#[must_use]
pub fn holders(code: &str) -> Vec<&str> {
    let significant = significant(code);
    LEVELS
        .into_iter()
        .filter_map(|length| significant.get(..length))
        .filter(|code| NAMES.contains_key(code))
        .collect()
}

/// The codes of all that have a name, in their order.
pub fn named() -> impl Iterator<Item = String> {
    NAMES.keys().map(|digits| padded(digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_prefectures_counties_and_townships_of_tibet_are_named() {
        let of = |length: usize| NAMES.iter().filter(move |(code, _)| code.len() == length);
        assert_eq!(of(4).count(), 7);
        let parks = |code: &str| ("540171".."540175").contains(&code);
        assert_eq!(of(6).filter(|(code, _)| !parks(code)).count(), 74);
        let ends = |word: &'static str| of(9).filter(move |(_, name)| name.ends_with(word)).count();
        assert_eq!((ends("街道"), ends("镇"), ends("乡")), (25, 142, 535));
        for code in NAMES.keys() {
            assert!(code.starts_with("54"), "{code}");
            assert_eq!(parse(code).unwrap(), padded(code));
        }
    }

    #[test]
    fn a_code_is_read_in_every_usual_length_and_a_name_too() {
        for text in [
            "540121",
            "540121000",
            "540121000000",
            "林周县",
            "西藏自治区拉萨市林周县",
            "拉萨市 林周县",
        ] {
            assert_eq!(parse(text).unwrap(), "540121000000", "{text}");
        }
        assert_eq!(parse("540102002").unwrap(), "540102002000");
        assert_eq!(parse("拉萨市城关区八廓街道").unwrap(), "540102002000");
        assert_eq!(parse("540102002001").unwrap(), "540102002001");
        assert_eq!(full_name("540102002001"), "拉萨市城关区八廓街道");
        assert_eq!(holders("540102002001"), ["5401", "540102", "540102002"]);
    }

    #[test]
    fn what_is_no_division_of_tibet_is_refused_with_its_reason() {
        let key = |text: &str| parse(text).unwrap_err().key;
        assert_eq!(key("54012"), "division_form");
        assert_eq!(key("510104000000"), "division_outside");
        assert_eq!(key("540199000000"), "division_unknown");
        assert_eq!(key("549900000000"), "division_unknown");
        assert_eq!(key("540100002000"), "division_form");
        assert_eq!(key("540121000001"), "division_form");
        assert_eq!(key("成都市"), "division_unknown");
        // Several townships have this name.
        assert_eq!(key("德庆镇"), "division_unknown");
        assert_eq!(
            parse("540124999001").unwrap(),
            "540124999001",
            "newer than the names"
        );
    }
}
