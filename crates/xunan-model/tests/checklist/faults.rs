//! What is refused, and where the fault is said to be.

use std::time::{Duration, Instant};

use xunan_model::checklist::{ChecklistReason, Edition, ThresholdFault};

use crate::{SECOND, SMALL};

/// The faults of a file as (line, reason).
fn faults(yaml: &str) -> Vec<(u32, ChecklistReason)> {
    let faults = Edition::parse("x.yaml", yaml).expect_err("this file has a fault");
    faults
        .into_iter()
        .map(|fault| (fault.line, fault.reason))
        .collect()
}

/// The fault of [`SMALL`] and [`SECOND`] when `extra` is appended to the second item.
fn fault_of_second(extra: &str) -> (u32, ChecklistReason) {
    let mut faults = faults(&format!("{SMALL}{SECOND}{extra}"));
    assert_eq!(faults.len(), 1, "{faults:?}");
    faults.remove(0)
}

fn threshold_fault(measure: &str) -> ThresholdFault {
    let measure =
        format!("    measures:\n      - {{quantity: 宽, unit: m, role: fails_when, {measure}}}\n");
    match fault_of_second(&measure) {
        (25, ChecklistReason::BadThreshold { problem, .. }) => problem,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_fault_of_shape_names_file_line_and_reason() {
    let says = |yaml: &str| {
        let faults = Edition::parse("office/small.yaml", yaml).unwrap_err();
        assert_eq!(faults.len(), 1);
        faults[0].to_string()
    };
    let unknown = says(&SMALL.replace("    citable: true", "    citeable: true"));
    assert!(
        unknown.starts_with("office/small.yaml:18: unknown field `citeable`"),
        "{unknown}"
    );
    let word = says(&SMALL.replace("level: general", "level: serious"));
    let known = "office/small.yaml:14: unknown word `serious`; known here: general, element, major";
    assert_eq!(word, known);
    let twice = says(&SMALL.replace("    group: 一/二\n", "    group: 一\n    group: 二\n"));
    assert_eq!(
        twice,
        "office/small.yaml:14: the field `group` stands here twice"
    );
    let missing = says(&SMALL.replace("    hazard: 通道堵塞\n", ""));
    assert_eq!(
        missing,
        "office/small.yaml:12: the field `hazard` is missing"
    );
    assert!(says(&SMALL.replace("sector: small\n", "")).starts_with("office/small.yaml:1: "));
    let untitled = says(&SMALL.replace("    title: 中华人民共和国消防法\n", ""));
    assert_eq!(
        untitled,
        "office/small.yaml:9: the field `title` is missing"
    );
    assert_eq!(
        says("format: 1\n"),
        "office/small.yaml:1: the field `id` is missing"
    );
    let kind = says(&SMALL.replace("evidence: [拍照]", "evidence: 拍照"));
    assert!(kind.starts_with("office/small.yaml:22: "), "{kind}");
    let date = says(&SMALL.replace(
        "    citable: true",
        "    in_force: {from: 2026-02-30}\n    citable: true",
    ));
    assert!(date.starts_with("office/small.yaml:18: "), "{date}");
    let text = says(&SMALL.replace("title: 小", "title: 5"));
    assert!(
        text.starts_with("office/small.yaml:5: found integer `5`"),
        "{text}"
    );
    let indent = says(&SMALL.replace("    level: general", "   level: general"));
    assert!(indent.starts_with("office/small.yaml:14: "), "{indent}");
    let language = says(&SMALL.replace("en: Exit free", "fr: libre"));
    assert_eq!(
        language,
        "office/small.yaml:19: unknown field `fr`; known here: zh, en, bo"
    );
}

#[test]
fn faults_of_the_header_name_their_line() {
    let fault = |from: &str, to: &str| faults(&SMALL.replace(from, to));
    let unknown_format = ChecklistReason::UnknownFormat {
        format: 2,
        known: 1,
    };
    assert_eq!(fault("format: 1", "format: 2"), [(1, unknown_format)]);
    assert!(matches!(
        fault("id: small", "id: ../small")[..],
        [(2, ChecklistReason::BadId { field: "id", .. })]
    ));
    assert_eq!(
        fault("title: 小", "title: \" \""),
        [(5, ChecklistReason::EmptyText { field: "title" })]
    );
    assert_eq!(
        fault("facilities:\n  shop: 商店", "facilities:\n  inn: 旅馆"),
        [(12, ChecklistReason::UnknownFacility { key: "shop".into() })]
    );
    assert_eq!(
        fault("items:", "  - {id: 消防法, title: 又}\nitems:"),
        [(
            11,
            ChecklistReason::DuplicateSource {
                id: "消防法".into(),
                first_line: 9
            }
        )]
    );
    assert_eq!(
        fault("items:", "tables:\n  levels:\n    - {value: 0.1}\nitems:"),
        [(
            13,
            ChecklistReason::TableDecimal {
                table: "levels".into(),
                number: "0.1".into()
            }
        )]
    );
    let reversed = "in_force: {from: 2026-02-01, until: 2026-01-31}\nitems:";
    assert!(matches!(
        fault("items:", reversed)[..],
        [(11, ChecklistReason::InForceReversed { .. })]
    ));
    let items = SMALL.split("items:").next().unwrap();
    assert_eq!(
        faults(&format!("{items}items: []\n")),
        [(11, ChecklistReason::Nothing { field: "items" })]
    );
}

#[test]
fn faults_of_an_item_name_the_line_where_it_begins() {
    let second = |from: &str, to: &str| faults(&format!("{SMALL}{}", SECOND.replace(from, to)));
    assert_eq!(
        second("S-02", "S-01"),
        [(
            25,
            ChecklistReason::DuplicateCode {
                code: "S-01".into(),
                first_line: 12
            }
        )]
    );
    assert!(matches!(
        second("S-02", "S 02")[..],
        [(25, ChecklistReason::BadCode { .. })]
    ));
    assert_eq!(
        second("question: 是否？", "question: {zh: \"\"}"),
        [(25, ChecklistReason::EmptyText { field: "question" })]
    );
    assert_eq!(
        second("hazard: 有", &format!("hazard: {}", "长".repeat(1_001))),
        [(
            25,
            ChecklistReason::TextTooLong {
                field: "hazard",
                chars: 1_001,
                chars_max: 1_000
            }
        )]
    );
    assert_eq!(
        second("partial", "topic_only"),
        [(25, ChecklistReason::TopicOnlyEnabled)]
    );
    assert_eq!(
        second("citable: false", "source_ids: [消防法]\n    citable: true"),
        [(25, ChecklistReason::CitableUnverified)]
    );
    assert_eq!(
        second("citable: false", "source_ids: [环保法]\n    citable: false"),
        [(
            25,
            ChecklistReason::UnknownSource {
                id: "环保法".into()
            }
        )]
    );
    let verified = SECOND
        .replace("partial", "verified")
        .replace("citable: false", "citable: true");
    assert_eq!(
        faults(&format!("{SMALL}{verified}")),
        [(25, ChecklistReason::CitableWithoutSource)]
    );
    assert_eq!(
        fault_of_second("    conditions: {any: []}\n"),
        (
            25,
            ChecklistReason::Nothing {
                field: "conditions"
            }
        )
    );
    assert!(matches!(
        fault_of_second("    in_force: {from: 2026-02-01, until: 2026-01-31}\n"),
        (25, ChecklistReason::InForceReversed { .. })
    ));
    let measure = "      - {quantity: 宽, unit: m, role: fails_when, op: <, value: 1}\n";
    assert_eq!(
        fault_of_second(&format!("    measures:\n{measure}{measure}")),
        (25, ChecklistReason::MeasuresFailMissing { count: 2 })
    );
}

#[test]
fn every_fault_of_a_file_is_reported_at_once() {
    let yaml = format!(
        "{SMALL}{}",
        SECOND.replace("S-02", "S-01").replace("拍照", "\"\"")
    )
    .replace("[shop]", "[inn]");
    let lines: Vec<_> = faults(&yaml).into_iter().map(|(line, _)| line).collect();
    assert_eq!(lines, [12, 25, 25]);
}

#[test]
fn a_limit_is_exactly_one_usable_thing() {
    use ThresholdFault as F;
    let not_decimal = |text: &str| F::NotDecimal { text: text.into() };
    let cases = [
        ("op: <", F::Missing),
        (
            "op: <, value: 1, limit: 设计值, limit_from: design",
            F::Several,
        ),
        ("op: <, value: 1, range: [1, 2]", F::Several),
        ("op: <, value: 1m", not_decimal("1m")),
        ("op: <, value: 1e3", not_decimal("1e3")),
        ("op: <, value: \"\"", not_decimal("")),
        ("op: between, range: [1, x]", not_decimal("x")),
        ("op: between, value: 1", F::BadRange),
        (
            "op: between, limit: 设计值, limit_from: design",
            F::BadRange,
        ),
        ("op: between, range: [1]", F::BadRange),
        ("op: outside, range: [2, 1]", F::BadRange),
        ("op: outside, range: [1, 1.0]", F::BadRange),
        ("op: <, range: [1, 2]", F::BadRange),
        (
            "op: <, value: C, scale: [B, A]",
            F::NotOnScale { rank: "C".into() },
        ),
        ("op: <, value: A, scale: [A]", F::BadScale),
        ("op: <, value: A, scale: [A, A]", F::BadScale),
        (
            "op: <, limit: 级, limit_from: site, scale: [B, A]",
            F::BadScale,
        ),
        ("op: <, limit: 设计值", F::LimitWithoutSource),
        ("op: <, value: 1, limit_from: design", F::LimitWithoutSource),
        (
            "op: <, value_from: design_ratio, range: [1, 2]",
            F::SourceWithoutValue,
        ),
    ];
    for (measure, fault) in cases {
        assert_eq!(threshold_fault(measure), fault, "{measure}");
    }
}

#[test]
fn a_hostile_file_is_refused_quickly() {
    let bomb = (1..30).fold(String::from("  a0: &a0 [x, x, x]\n"), |bomb, level| {
        let below = format!("*a{}", level - 1);
        bomb + &format!("  a{level}: &a{level} [{below}, {below}, {below}, {below}]\n")
    });
    let nest = |yaml: String, level: usize| format!("{yaml}{}a:\n", " ".repeat(level + 2));
    let item = |index| SECOND.replace("S-02", &format!("T-{index}"));
    let cases = [
        ("aliases", format!("tables:\n{bomb}")),
        (
            "merge keys",
            SMALL.replace("title: 小", "title: {<<: {zh: 小}}"),
        ),
        ("an anchor", SMALL.replace("title: 小", "title: &t 小")),
        ("flow nesting", format!("{SMALL}{}", "[".repeat(100_000))),
        (
            "nested table",
            format!("tables:\n  x: {}", "[".repeat(100_000)),
        ),
        (
            "nested mappings",
            (0..1_000).fold(
                String::from(
                    "tables:
",
                ),
                nest,
            ),
        ),
        (
            "conditions",
            format!("{SMALL}    conditions: {}", "{all: [".repeat(10_000)),
        ),
        ("50 MB", format!("{SMALL}{}", "# x\n".repeat(13_000_000))),
        (
            "one long text",
            SMALL.replace("通道堵塞", &"长".repeat(600_000)),
        ),
        (
            "many nodes",
            format!("tables:\n  x: [{}]\n{SMALL}", "0,".repeat(900_000)),
        ),
        (
            "many items",
            format!("{SMALL}{}", (0..4_000).map(item).collect::<String>()),
        ),
        ("two documents", format!("{SMALL}---\n{SMALL}")),
    ];
    for (name, yaml) in cases {
        let begin = Instant::now();
        let faults = Edition::parse("x.yaml", &yaml).expect_err(name);
        let took = begin.elapsed();
        assert!(took < Duration::from_secs(5), "{name} took {took:?}");
        assert!(
            faults.len() <= 100 && faults[0].to_string().len() < 1_000,
            "{name}"
        );
        let refused = matches!(
            faults[0].reason,
            ChecklistReason::FileTooLarge { .. }
                | ChecklistReason::TooComplex { .. }
                | ChecklistReason::TooMany { .. }
                | ChecklistReason::TextTooLong { .. }
                | ChecklistReason::Unreadable { .. }
        );
        assert!(refused, "{name}: {}", faults[0]);
    }
}
