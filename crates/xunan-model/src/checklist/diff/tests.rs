//! What changed, worked out by hand.

use super::*;

const BASE: &str = "\
format: 1
id: teahouse
version: '1'
sector: fire
title: 茶馆
facilities: {kitchen: 厨房}
sources:
  - {id: 消防法, title: 消防法, effective: '2021-04-29'}
items:
  - code: T-1
    group: 厨房
    level: general
    source: 消防法 第十六条
    source_ids: [消防法]
    hazard_key: k1
    citable: true
    question: {zh: 间距是否不小于0.5m？, en: Half a metre}
    fail_on: no
    hazard: 间距不足
    evidence: [拍照]
    measures: [{quantity: 间距, unit: m, role: fails_when, op: <, value: 0.5}]
    confidence: verified
  - code: T-2
    group: 厨房
    level: general
    source: 消防法
    hazard_key: k2
    citable: false
    question: 是否？
    fail_on: no
    hazard: 无
    evidence: [拍照]
    confidence: partial
";

fn edition(yaml: &str) -> Edition {
    Edition::parse("x.yaml", yaml).unwrap()
}

/// The base with texts replaced, each of which must be there.
fn changed(replacements: &[(&str, &str)]) -> Edition {
    let mut yaml = BASE.to_owned();
    for (old, new) in replacements {
        assert!(yaml.contains(old), "{old}");
        yaml = yaml.replacen(old, new, 1);
    }
    edition(&yaml)
}

fn words(said: &[Said]) -> Vec<String> {
    let line = |said: &Said| match said {
        Said::Text { text, depth } => format!("{depth}{}", text.zh),
        Said::Word { word, depth } => format!("{depth}{word}"),
        Said::Measure { measure } => measure.value.clone().unwrap_or_default(),
    };
    said.iter().map(line).collect()
}

#[test]
fn an_edition_does_not_differ_from_itself_under_another_version() {
    let later = changed(&[("version: '1'", "version: '2'")]);
    assert!(edition(BASE).diff(&later).is_empty());
}

#[test]
fn a_limit_a_level_and_the_failing_answer_are_told_with_what_they_were() {
    let later = changed(&[
        ("value: 0.5", "value: 0.50"),
        ("level: general", "level: major"),
        ("fail_on: no", "fail_on: yes"),
    ]);
    let diff = edition(BASE).diff(&later);
    assert!(diff.header.is_empty() && diff.sources == Changes::default());
    let [item] = diff.items.changed.as_slice() else {
        panic!("one item changed: {:?}", diff.items)
    };
    assert_eq!(item.entry.key, "T-1");
    let told: Vec<_> = item
        .fields
        .iter()
        .map(|one| (one.field.as_str(), words(&one.before), words(&one.after)))
        .collect();
    let line = |text: &str| vec![text.to_owned()];
    assert_eq!(
        told,
        [
            ("fail_on", line("0no"), line("0yes")),
            ("level", line("0general"), line("0major")),
            ("measures", line("0.5"), line("0.50")),
        ]
    );
}

#[test]
fn an_item_with_a_new_code_is_one_gone_and_one_come_and_a_moved_one_is_neither() {
    let later = changed(&[("code: T-2", "code: T-3")]);
    let diff = edition(BASE).diff(&later);
    let keys = |entries: &[Entry]| -> Vec<String> {
        entries.iter().map(|entry| entry.key.clone()).collect()
    };
    assert_eq!(keys(&diff.items.added), ["T-3"]);
    assert_eq!(keys(&diff.items.removed), ["T-2"]);
    assert!(diff.items.changed.is_empty() && !diff.reordered);

    let (head, items) = BASE.split_at(BASE.find("  - code: T-1").unwrap());
    let (first, second) = items.split_at(items.find("  - code: T-2").unwrap());
    let swapped = edition(&format!("{head}{second}{first}"));
    let diff = edition(BASE).diff(&swapped);
    assert!(diff.reordered && diff.items == Changes::default());
}

#[test]
fn validity_the_clause_a_regulation_and_a_facility_are_told() {
    let later = changed(&[
        (
            "facilities: {",
            "in_force: {from: '2027-01-10'}\nfacilities: {inn: 旅馆, ",
        ),
        (
            "effective: '2021-04-29'",
            "effective: '2026-05-01', url: 'https://x.cn/'",
        ),
        (
            "    confidence: partial",
            "    in_force: {until: '2027-06-30'}\n    confidence: background",
        ),
        ("source: 消防法 第十六条", "source: 消防法 第十七条"),
    ]);
    let diff = edition(BASE).diff(&later);
    assert_eq!(diff.header[0].field, "in_force");
    assert_eq!(words(&diff.header[0].before), Vec::<String>::new());
    assert_eq!(words(&diff.header[0].after), ["02027-01-10 – …"]);
    assert_eq!(diff.facilities.added[0].title.zh, "旅馆");
    let fields = |change: &EntryChange| -> Vec<String> {
        change.fields.iter().map(|one| one.field.clone()).collect()
    };
    assert_eq!(fields(&diff.sources.changed[0]), ["effective", "url"]);
    assert_eq!(fields(&diff.items.changed[0]), ["source"]);
    assert_eq!(fields(&diff.items.changed[1]), ["in_force", "confidence"]);
    assert_eq!(
        words(&diff.items.changed[1].fields[0].after),
        ["0… – 2027-06-30"]
    );
}

#[test]
fn sub_conditions_are_told_with_their_depth() {
    let later = changed(&[(
        "    confidence: partial",
        "    conditions: {all: [甲, {any: [乙, 丙]}]}\n    confidence: partial",
    )]);
    let diff = edition(BASE).diff(&later);
    let change = &diff.items.changed[0].fields[0];
    assert_eq!(change.field, "conditions");
    assert_eq!(words(&change.after), ["0all", "1甲", "1any", "2乙", "2丙"]);
}
