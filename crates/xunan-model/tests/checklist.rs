//! The built-in checklists, and the faults that a checklist file can have.
#![expect(
    clippy::unwrap_used,
    reason = "a test may stop at what it did not expect"
)]

#[path = "checklist/collected.rs"]
mod collected;
#[path = "checklist/faults.rs"]
mod faults;
#[path = "checklist/golden.rs"]
mod golden;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use xunan_model::checklist::{
    Condition, Confidence, Decimal, Edition, FailOn, Level, Op, Stage, Text, Threshold,
};

pub(crate) const BUILT_IN: [(&str, usize); 16] = [
    ("noncoal_mine", 188),
    ("city_gas", 70),
    ("fire", 112),
    ("hazchem", 145),
    ("construction", 89),
    ("fireworks", 64),
    ("civil_explosives", 57),
    ("industry_trade", 68),
    ("special_equipment", 52),
    ("electric_power", 52),
    ("road_transport", 26),
    ("highway_water_rail", 36),
    ("education", 11),
    ("eldercare", 16),
    ("culture_tourism", 5),
    ("rural_housing", 8),
];

/// A whole file with one item, which begins in line 12.
pub(crate) const SMALL: &str = "\
format: 1
id: small
version: \"1\"
sector: small
title: 小
facilities:
  shop: 商店
sources:
  - id: 消防法
    title: 中华人民共和国消防法
items:
  - code: S-01
    group: 一/二
    level: general
    source: 消防法§16
    source_ids: [消防法]
    hazard_key: 消防法|§16
    citable: true
    question: {zh: 通道是否畅通？, en: Exit free}
    fail_on: no
    hazard: 通道堵塞
    evidence: [拍照]
    applies: {facilities: [shop]}
    confidence: verified
";

/// A second item for [`SMALL`], which begins in line 25.
pub(crate) const SECOND: &str = "  - code: S-02
    group: 一
    level: major
    source: 消防法§28
    hazard_key: k
    citable: false
    question: 是否？
    fail_on: yes
    hazard: 有
    evidence: [拍照]
    confidence: partial
";

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn file(id: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/checklists");
    std::fs::read_to_string(path.join(format!("{id}.yaml"))).unwrap()
}

pub(crate) fn built_in(id: &str) -> Edition {
    Edition::parse(&format!("{id}.yaml"), &file(id)).unwrap_or_else(|faults| {
        panic!(
            "{}",
            faults
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join("\n")
        )
    })
}

#[test]
fn every_built_in_checklist_parses_and_none_of_its_items_is_lost() {
    let mut total = 0;
    for (id, count) in BUILT_IN {
        let edition = built_in(id);
        assert_eq!((edition.id.as_str(), edition.sector.as_str()), (id, id));
        assert_eq!(edition.items.len(), count, "{id}");
        let grouped: usize = edition.groups().iter().map(|group| group.items.len()).sum();
        assert_eq!(grouped, count, "{id}: every item is under one heading");
        total += count;
    }
    assert_eq!(total, 999);
}

#[test]
fn codes_are_unique_across_all_built_in_checklists() {
    let editions: Vec<_> = BUILT_IN.iter().map(|(id, _)| built_in(id)).collect();
    let codes: std::collections::HashSet<_> = editions
        .iter()
        .flat_map(|edition| &edition.items)
        .map(|item| &item.code)
        .collect();
    assert_eq!(codes.len(), 999);
}

#[test]
fn an_edition_is_known_by_the_digest_of_its_bytes() {
    let edition = Edition::parse("x.yaml", SMALL).unwrap();
    assert_eq!(
        edition.digest(),
        xunan_model::digest::Digest::of(SMALL.as_bytes()).to_string()
    );
    let reference = edition.reference();
    assert_eq!(
        (reference.id.as_str(), reference.version.as_str()),
        ("small", "1")
    );
    assert_eq!(reference.digest, edition.digest());
    let other = Edition::parse("x.yaml", &format!("{SMALL}# touched\n")).unwrap();
    assert_ne!(other.reference(), reference);
}

#[test]
fn hazardous_chemicals_change_their_list_on_30_september_2026() {
    let edition = built_in("hazchem");
    let lists = |date| -> Vec<&str> {
        let mut lists: Vec<_> = edition
            .active_items(day(date))
            .filter_map(|item| item.list.as_deref())
            .collect();
        lists.dedup();
        lists
    };
    assert_eq!(lists("2026-09-30"), ["AQ3067"]);
    assert_eq!(lists("2026-09-29"), ["legacy_121"]);
    let old = edition
        .items
        .iter()
        .filter(|item| item.list.as_deref() == Some("legacy_121"));
    assert!(old.clone().all(|item| item.in_force_on(day("2026-09-29"))));
    assert!(old.clone().all(|item| !item.in_force_on(day("2026-09-30"))));
    assert_eq!(old.count(), 20);
}

#[test]
fn only_a_verified_item_in_force_may_be_cited() {
    let today = day("2026-11-23");
    for (id, _) in BUILT_IN {
        let edition = built_in(id);
        for item in &edition.items {
            if edition.cite(&item.code, today).is_some() {
                assert!(
                    item.confidence.is_verified() && item.stage.is_none(),
                    "{}",
                    item.code
                );
            }
        }
    }
    let fire = built_in("fire");
    let element = fire.item("FIRE-C-7.3.1").unwrap();
    assert_eq!(
        (element.level, element.stage),
        (Level::Element, Some(Stage::PrejudgeOnly))
    );
    assert_eq!(fire.cite("FIRE-C-7.3.1", day("2020-01-01")), None);
}

#[test]
fn a_regulation_is_not_cited_before_its_first_day() {
    for (edition, code, before, first) in [
        ("electric_power", "PW-M-05-01", "2026-06-30", "2026-07-01"),
        ("hazchem", "CHEM-G-01", "2026-04-30", "2026-05-01"),
        (
            "highway_water_rail",
            "HWW-M-04-1",
            "2025-04-13",
            "2025-04-14",
        ),
    ] {
        let edition = built_in(edition);
        assert_eq!(edition.cite(code, day(before)), None, "{code}");
        assert!(edition.cite(code, day(first)).is_some(), "{code}");
    }
    let mut source = built_in("hazchem").sources.remove(0);
    assert_eq!(source.first_day(), Some(day("2026-09-30")));
    for unknown in ["2024—2026", "2011年1月", "-", "未核", "2026-02-30"] {
        source.effective = Some(unknown.to_owned());
        assert_eq!(source.first_day(), None, "{unknown}");
    }
}

#[test]
fn an_old_list_known_by_topic_only_is_not_asked_about_its_days_either() {
    let old = "    enabled: false\n    list: old\n    in_force: {until: \"2026-09-29\"}\n";
    for (confidence, asked) in [("partial", true), ("topic_only", false)] {
        let second = SECOND.replace("partial", confidence);
        let edition = Edition::parse("x.yaml", &format!("{SMALL}{second}{old}")).unwrap();
        let mut active = edition.active_items(day("2026-09-29"));
        assert_eq!(active.any(|item| item.code == "S-02"), asked);
        let mut later = edition.active_items(day("2026-09-30"));
        assert!(later.all(|item| item.code != "S-02"));
    }
}

#[test]
fn decimal_limits_stay_as_written_and_are_compared_exactly() {
    let hazchem = built_in("hazchem");
    let oxygen = &hazchem.item("CHEM-G-66").unwrap().measures[0];
    let Ok(Threshold::Range(low, high)) = oxygen.threshold() else {
        panic!("{oxygen:?}")
    };
    assert_eq!(
        (low.as_str(), high.as_str(), oxygen.op),
        ("19.5", "21", Op::Outside)
    );
    for (reading, fails) in [
        ("19.4", true),
        ("19.50", false),
        ("21", false),
        ("21.01", true),
    ] {
        assert_eq!(oxygen.holds(reading, None), Some(fails), "{reading}");
    }
    assert_eq!(oxygen.holds("many", None), None);

    let fire = built_in("fire");
    let core = &fire.item("FIRE-D-10").unwrap().measures[0];
    assert_eq!(core.threshold(), Ok(Threshold::Rank(3)));
    assert_eq!(core.holds("B1", None), Some(true));
    assert_eq!(core.holds("A", None), Some(false));
    assert_eq!(core.holds("C", None), None);

    let mine = built_in("noncoal_mine");
    let dam = &mine.item("MINE-TP-04a").unwrap().measures[0];
    assert_eq!(dam.holds("60.2", Some("60.1")), Some(true));
    assert_eq!(
        dam.holds("60.2", None),
        None,
        "the design value was not entered"
    );
}

#[test]
fn decimals_order_by_value() {
    let decimal = |text| Decimal::parse(text).unwrap();
    let ascending = [
        "-10", "-9.5", "-0.2", "0", "0.05", "0.5", "2", "10", "10.01",
    ];
    for pair in ascending.windows(2) {
        assert!(decimal(pair[0]) < decimal(pair[1]), "{pair:?}");
    }
    assert_eq!(decimal("-0"), decimal("0.00"));
    assert_eq!(decimal("3"), decimal("3.0"));
    for wrong in [
        "", "-", ".5", "5.", "1e3", "+1", "0755", "1,5", "1_000", "０", "1 ",
    ] {
        assert!(Decimal::parse(wrong).is_none(), "{wrong}");
    }
}

#[test]
fn conditions_that_have_to_hold_together_are_kept_apart() {
    let works = built_in("construction");
    let conditions = works
        .item("CONS-M-05-4")
        .unwrap()
        .conditions
        .as_ref()
        .unwrap();
    let leaves: Vec<_> = conditions
        .leaves()
        .iter()
        .map(|text| text.zh.as_str())
        .collect();
    assert_eq!((leaves.len(), leaves[4]), (5, "未及时处理"));
    let (yes, no, unknown) = (Some(true), Some(false), None);
    assert_eq!(conditions.holds(&[no, no, yes, no, yes]), yes);
    assert_eq!(conditions.holds(&[no, no, yes, no, no]), no);
    assert_eq!(conditions.holds(&[no, no, no, no, yes]), no);
    assert_eq!(conditions.holds(&[no, unknown, no, no, yes]), unknown);
    assert_eq!(conditions.holds(&[]), unknown);
    assert!(matches!(conditions, Condition::All { .. }));
    assert_eq!(conditions.formula(), "（①或②或③或④）且⑤");
}

#[test]
fn a_text_is_plain_or_by_language() {
    let edition = Edition::parse("x.yaml", SMALL).unwrap();
    let item = edition.item("S-01").unwrap();
    assert_eq!(item.hazard, Text::zh("通道堵塞"));
    assert_eq!(item.question.in_language("en"), "Exit free");
    assert_eq!(item.question.in_language("bo"), "通道是否畅通？");
    assert_eq!(item.fail_on, FailOn::No);
    let json = serde_json::to_string(&item.question).unwrap();
    assert_eq!(
        json,
        r#"{"zh":"通道是否畅通？","en":"Exit free","bo":null}"#
    );
    assert_eq!(serde_json::from_str::<Text>(&json).unwrap(), item.question);
    let whole = serde_json::to_string(item).unwrap();
    assert_eq!(
        &serde_json::from_str::<xunan_model::checklist::Item>(&whole).unwrap(),
        item
    );
}

#[test]
fn a_decimal_need_not_be_in_quotes_to_stay_exact() {
    let measure =
        "    measures:\n      - {quantity: 宽, unit: m, role: fails_when, op: <, value: 0.10}\n";
    let edition = Edition::parse("x.yaml", &format!("{SMALL}{SECOND}{measure}")).unwrap();
    assert_eq!(
        edition.item("S-02").unwrap().measures[0].value.as_deref(),
        Some("0.10")
    );
}

/// The workplace where the facts were collected; only its makers have it.
fn criteria() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/criteria");
    folder.is_dir().then_some(folder)
}

#[test]
fn the_built_in_checklists_say_what_was_collected() {
    let Some(folder) = criteria() else {
        // Past the test runner, which keeps what a passing test prints to itself.
        let said = "NOT COMPARED: no folder ../shared/criteria here, so nothing to compare with";
        writeln!(std::io::stderr(), "{said}").unwrap();
        return;
    };
    let mut compared = 0;
    for (id, _) in BUILT_IN {
        let text = std::fs::read_to_string(folder.join(format!("{id}.yaml"))).unwrap();
        compared += collected::compare(&text, &built_in(id));
    }
    assert_eq!(compared, 999);
}

#[test]
fn what_is_only_known_by_topic_is_never_asked() {
    for (id, _) in BUILT_IN {
        let edition = built_in(id);
        let asked = edition.active_items(day("2026-11-23"));
        assert_eq!(
            asked
                .filter(|item| item.confidence == Confidence::TopicOnly)
                .count(),
            0
        );
    }
}

#[test]
fn the_example_of_the_description_is_a_checklist() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/CHECKLISTS.md");
    let text = std::fs::read_to_string(path).unwrap();
    let example = text
        .split("```yaml\n")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    let edition = Edition::parse("CHECKLISTS.md", example).unwrap();
    let measure = &edition.item("TEA-01").unwrap().measures[0];
    assert_eq!(measure.holds("0.49", None), Some(true));
}
