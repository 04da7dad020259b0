//! The end of a visit: summaries by hand, what is missing, who may confirm.
#![expect(
    clippy::unwrap_used,
    reason = "a test may stop at what it did not expect"
)]

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Map, json};
use uuid::Uuid;
use xunan_model::checklist::{Citation, Edition};
use xunan_model::digest::Digest;
use xunan_model::finding::{Finding, Level, Step};
use xunan_model::finish::{
    Asked, Confirmation, Missing, Standing, certificate, check_enforcement, check_read, missing,
};
use xunan_model::id::{
    AnswerId, FindingId, InspectionId, MembershipId, OfficeId, PersonId, SiteId,
};
use xunan_model::inspection::{Answer, AnswerResult, Finished, Inspection, InspectionKind};
use xunan_model::party::Membership;
use xunan_model::photo::Photo;
use xunan_model::rules::{Given, Profile, judge};
use xunan_model::summary::{Found, Told, summary};

const LIST: &str = "\
format: 1
id: ours
version: \"1\"
sector: ours
title: 加油站
sources: [{id: 安全规程, title: 安全规程}]
items:
  - {code: A-1, group: 油罐, level: major, source: 安全规程第三条, source_ids: [安全规程], hazard_key: k1, citable: true,
     question: 问, fail_on: no, hazard: 油罐未接地, evidence: [看], confidence: verified, conditions: {all: [甲, 乙]}}
  - {code: A-2, group: 加油区, level: general, source: 听说, hazard_key: k2, citable: false,
     question: 问, fail_on: no, hazard: 灭火器过期, evidence: [看], confidence: background}
  - {code: A-3, group: 加油区, level: general, source: 听说, hazard_key: k3, citable: false,
     question: 问, fail_on: no, hazard: 堆放杂物, evidence: [看], confidence: background}
";

fn edition() -> Edition {
    Edition::parse("ours.yaml", LIST).unwrap()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn person(n: u128) -> PersonId {
    PersonId(Uuid::from_u128(n))
}

fn visit(edition: &Edition) -> Inspection {
    Inspection {
        id: InspectionId(Uuid::nil()),
        kind: InspectionKind::Unannounced,
        site: SiteId(Uuid::nil()),
        office: OfficeId(Uuid::nil()),
        inspectors: vec![person(1), person(2)],
        begun: at("2026-11-25T02:20:00Z"),
        editions: vec![edition.reference()],
        groups: Vec::new(),
        facilities: Vec::new(),
        units: Vec::new(),
        told: std::collections::BTreeMap::new(),
        note: String::new(),
        reporter: String::new(),
        code: String::new(),
        preset: String::new(),
        finished: None,
        extra: Map::new(),
    }
}

fn answer(item: &str, result: AnswerResult) -> Answer {
    Answer {
        id: AnswerId(Uuid::nil()),
        inspection: InspectionId(Uuid::nil()),
        edition: "ours".to_owned(),
        item: item.to_owned(),
        facility: String::new(),
        result,
        ticks: Vec::new(),
        readings: Vec::new(),
        note: String::new(),
        reason: String::new(),
        by: person(1),
        at: at("2026-11-25T02:30:00Z"),
        extra: Map::new(),
    }
}

fn finding(n: u128, item: &str, level: Level, hazard: &str, deadline: Option<&str>) -> Finding {
    Finding {
        id: FindingId(Uuid::from_u128(n)),
        inspection: InspectionId(Uuid::nil()),
        site: SiteId(Uuid::nil()),
        edition: Some(edition().reference()),
        item: Some(item.to_owned()),
        facility: String::new(),
        hazard_key: Some(format!("key of {item}")),
        level,
        hazard: hazard.to_owned(),
        part: String::new(),
        basis: "听说".to_owned(),
        citable: false,
        channel: "inspection".to_owned(),
        deadline: deadline.map(day),
        note: String::new(),
        found: at("2026-11-25T02:40:00Z"),
        by: person(1),
        extra: Map::new(),
    }
}

fn found<'a>(finding: &'a Finding, state: Step, citation: Option<Citation>) -> Found<'a> {
    Found {
        finding,
        state,
        citation,
        question: Some("油罐是否有接地？"),
    }
}

fn told(until: &str, answers: &[Answer], findings: &[Found<'_>], not_checked: usize) -> String {
    let edition = edition();
    let mut groups: Vec<&str> = Vec::new();
    for answer in answers {
        let group = edition.item(&answer.item).unwrap().group.as_str();
        if !groups.contains(&group) {
            groups.push(group);
        }
    }
    summary(&Told {
        inspection: &visit(&edition),
        until: at(until),
        site: "示范加油站",
        address: "示范县县城南路18号",
        people: &["示例甲".to_owned(), "示例乙".to_owned()],
        checklists: std::slice::from_ref(&edition.title.zh),
        groups: &groups,
        asked: 3,
        not_checked,
        answers,
        findings,
        photos: usize::from(!findings.is_empty()) * 7,
    })
}

#[test]
fn a_visit_without_a_hazard_says_what_was_looked_at_and_what_was_not() {
    let answers = [
        answer("A-1", AnswerResult::Compliant),
        answer("A-2", AnswerResult::NotApplicable),
    ];
    assert_eq!(
        told("2026-11-25T03:45:00Z", &answers, &[], 133),
        "2026年11月25日10时20分至11时45分，示例甲、示例乙对示范加油站（示范县县城南路18号）进行“四不两直”检查。\
         按“加油站”检查表查了“油罐”“加油区”2组，共2项：符合1项，不适用1项。其余134项这次没有查。查过的项目没有发现隐患。"
    );
}

#[test]
fn a_visit_on_which_nothing_was_answered_does_not_read_as_sound() {
    assert_eq!(
        told("2026-11-25T16:05:00Z", &[], &[], 0),
        "2026年11月25日10时20分至26日0时05分，示例甲、示例乙对示范加油站（示范县县城南路18号）进行“四不两直”检查。\
         按“加油站”检查表选定3项，没有作出检查结果。没有记录隐患。"
    );
}

#[test]
fn hazards_are_told_the_major_ones_first_with_the_clauses_that_may_be_cited() {
    let edition = edition();
    let answers = [
        answer("A-1", AnswerResult::NonCompliant),
        answer("A-2", AnswerResult::NonCompliant),
        answer("A-3", AnswerResult::NonCompliant),
    ];
    let tank = finding(1, "A-1", Level::Major, "油罐未接地。", Some("2026-12-05"));
    let extinguisher = finding(2, "A-2", Level::General, "灭火器过期", Some("2026-12-05"));
    let clutter = finding(3, "A-3", Level::General, "通道堆放杂物", None);
    let citation = edition.cite("A-1", day("2026-11-25"));
    assert!(citation.is_some());
    let rows = [
        found(
            &extinguisher,
            Step::Found,
            edition.cite("A-2", day("2026-11-25")),
        ),
        found(&clutter, Step::Closed, None),
        found(&tank, Step::Found, citation),
    ];
    assert_eq!(
        told("2026-11-25T03:45:00Z", &answers, &rows, 0),
        "2026年11月25日10时20分至11时45分，示例甲、示例乙对示范加油站（示范县县城南路18号）进行“四不两直”检查。\
         按“加油站”检查表查了“油罐”“加油区”2组，共3项：不符合3项。\
         发现隐患3处，其中重大事故隐患1处：油罐未接地（依据安全规程第三条）。\
         一般隐患2处：（1）灭火器过期（依据待核）；（2）通道堆放杂物（依据待核）。\
         1处已当场整改，其余应于12月5日前整改。拍照7张。"
    );
}

#[test]
fn a_terse_hazard_says_what_it_is_about() {
    let tank = finding(1, "A-1", Level::General, "未设置", None);
    let text = told(
        "2026-11-25T03:45:00Z",
        &[],
        &[found(&tank, Step::Found, None)],
        0,
    );
    assert!(
        text.contains("油罐是否有接地——未设置（依据待核）"),
        "{text}"
    );
}

#[test]
fn two_findings_of_one_hazard_are_one_in_every_number() {
    let mut left = finding(1, "A-1", Level::Major, "东罐未接地", Some("2026-12-05"));
    left.part = "东区".to_owned();
    let right = finding(2, "A-1", Level::Major, "西罐未接地", Some("2026-12-20"));
    let of = |left_state: Step, right_state: Step| {
        let rows = [
            found(&left, left_state, None),
            found(&right, right_state, None),
        ];
        told("2026-11-25T03:45:00Z", &[], &rows, 0)
    };
    let text = of(Step::Found, Step::Found);
    assert!(
        text.contains("发现隐患1处，为重大事故隐患：东区：东罐未接地，西罐未接地（依据待核）。应于12月5日前整改。"),
        "{text}"
    );
    // Half a hazard that is gone is a hazard that stands.
    let text = of(Step::Closed, Step::Found);
    assert!(text.contains("。应于12月20日前整改。"), "{text}");
    let text = of(Step::Closed, Step::Closed);
    assert!(text.contains("（依据待核）。已当场整改。"), "{text}");
}

#[test]
fn days_that_differ_are_told_with_how_many_are_due() {
    let all = [
        finding(1, "A-2", Level::General, "灭火器过期", Some("2026-12-05")),
        finding(2, "A-2", Level::General, "灭火器缺失", Some("2026-12-05")),
        finding(3, "A-3", Level::General, "堆放杂物", Some("2027-01-04")),
        finding(4, "A-3", Level::General, "消防通道上锁", None),
    ];
    let rows: Vec<Found<'_>> = all
        .iter()
        .map(|one| found(one, Step::Found, None))
        .collect();
    let text = told("2026-11-25T03:45:00Z", &[], &rows, 0);
    assert!(
        text.contains("应于12月5日前整改2处、2027年1月4日前整改1处，另有1处还没有定期限。"),
        "{text}"
    );
    let text = told("2026-11-25T03:45:00Z", &[], &rows[3..], 0);
    assert!(
        text.contains("发现隐患1处，为一般隐患：消防通道上锁（依据待核）。还没有定整改期限。"),
        "{text}"
    );
}

#[test]
fn a_long_list_names_the_first_and_counts_the_rest() {
    let all: Vec<Finding> = (1..=8)
        .map(|n| {
            finding(
                n,
                "A-3",
                Level::General,
                &format!("第{n}处堆放杂物"),
                Some("2026-12-05"),
            )
        })
        .collect();
    let rows: Vec<Found<'_>> = all
        .iter()
        .map(|one| found(one, Step::Found, None))
        .collect();
    let text = told("2026-11-25T03:45:00Z", &[], &rows, 0);
    assert!(
        text.contains("发现隐患8处，均为一般隐患：（1）第1处堆放杂物（依据待核）；"),
        "{text}"
    );
    assert!(
        text.contains("；（6）第6处堆放杂物（依据待核）；其余2处见隐患清单。应于12月5日前整改。"),
        "{text}"
    );
}

#[test]
fn what_people_typed_stands_within_a_sentence() {
    let mut odd = finding(
        1,
        "A-3",
        Level::General,
        " 通道堆放\n杂物。；",
        Some("2026-12-05"),
    );
    odd.part = "杂物".to_owned();
    odd.basis = String::new();
    let text = told(
        "2026-11-25T03:45:00Z",
        &[],
        &[found(&odd, Step::Found, None)],
        0,
    );
    assert!(text.contains("为一般隐患：通道堆放 杂物。应于"), "{text}");
}

#[test]
fn what_is_missing_is_named_the_gravest_first() {
    let edition = edition();
    let answers = [
        answer("A-1", AnswerResult::NonCompliant),
        answer("A-2", AnswerResult::NonCompliant),
    ];
    let extinguisher = finding(2, "A-2", Level::General, "灭火器过期", None);
    let asked: Vec<Asked<'_>> = edition
        .items
        .iter()
        .map(|item| {
            let answer = answers.iter().find(|answer| answer.item == item.code);
            let given = Given {
                result: answer.map(|answer| &answer.result),
                ..Given::default()
            };
            Asked {
                edition: &edition,
                item: &item.code,
                group: &item.group,
                facility: "",
                answer,
                judged: judge(&edition, item, Profile::default(), given, day("2026-11-25")),
            }
        })
        .collect();
    let kinds = |list: Vec<Missing>| -> Vec<String> {
        let kind = |one: &Missing| {
            let json = serde_json::to_value(one).unwrap();
            let item = json["at"]["item"].as_str().unwrap_or("").to_owned();
            format!("{} {item}", json["kind"].as_str().unwrap())
        };
        list.iter().map(kind).collect()
    };
    let stands = |state: Step, citable: bool| {
        [Standing {
            finding: &extinguisher,
            state,
            citable,
        }]
    };
    let none = BTreeSet::new();
    let list = missing(&asked, &stands(Step::Found, false), &[], &none);
    assert_eq!(
        kinds(list),
        [
            "no_finding A-1",
            "undecided A-1",
            "no_photo A-2",
            "no_deadline A-2",
            "to_verify A-2",
            "open A-3"
        ]
    );
    let list = kinds(missing(&asked, &stands(Step::Closed, true), &[], &none));
    assert!(
        !list.contains(&"no_deadline A-2".to_owned()),
        "put right on the spot"
    );
    assert!(
        !list.contains(&"to_verify A-2".to_owned()),
        "it may be cited"
    );
    // The photo of the item proves its hazard, that of another item does not.
    let photo = |item: &str| -> Photo {
        serde_json::from_value(json!({
            "id": Uuid::nil(), "inspection": Uuid::nil(), "item": item, "by": Uuid::nil(),
            "original": {"sha256": Digest::of(b"photo"), "bytes": 5, "mime": "image/jpeg"},
            "added": "2026-11-25T02:45:00Z",
        }))
        .unwrap()
    };
    let with = |item: &str| {
        kinds(missing(
            &asked,
            &stands(Step::Found, true),
            &[photo(item)],
            &none,
        ))
    };
    assert!(!with("A-2").contains(&"no_photo A-2".to_owned()));
    assert!(with("A-3").contains(&"no_photo A-2".to_owned()));
    // What nobody has decided comes first.
    let disputed = BTreeSet::from([extinguisher.id.0]);
    let list = kinds(missing(&asked, &stands(Step::Found, true), &[], &disputed));
    assert_eq!(list[0], "disputed A-2");
}

#[test]
fn only_two_different_inspectors_of_the_visit_with_certificates_make_it_an_enforcement() {
    let visit = visit(&edition());
    let one = |n: u128, certificate: &str| Confirmation {
        person: person(n),
        certificate: certificate.to_owned(),
        at: at("2026-11-25T03:50:00Z"),
    };
    let key = |confirmed: &[Confirmation]| check_enforcement(&visit, confirmed).map_err(|f| f.key);
    assert_eq!(key(&[one(1, "藏执法1"), one(2, "藏执法2")]), Ok(()));
    assert_eq!(key(&[one(1, "藏执法1")]), Err("two_inspectors_needed"));
    let twice = [one(1, "藏执法1"), one(1, "藏执法1")];
    assert_eq!(key(&twice), Err("two_inspectors_needed"));
    assert_eq!(
        key(&[one(1, "藏执法1"), one(2, " ")]),
        Err("certificate_missing")
    );
    assert_eq!(
        key(&[one(1, "藏执法1"), one(3, "藏执法3")]),
        Err("not_an_inspector")
    );
}

#[test]
fn a_certificate_counts_on_the_days_of_its_post() {
    let posts = [Membership {
        id: MembershipId(Uuid::nil()),
        person: person(1),
        office: OfficeId(Uuid::nil()),
        role: "inspector".to_owned(),
        certificate: Some(" 藏执法1 ".to_owned()),
        from: Some(day("2026-01-01")),
        until: Some(day("2026-11-25")),
        extra: Map::new(),
    }];
    assert_eq!(
        certificate(&posts, person(1), day("2026-11-25")),
        Some("藏执法1")
    );
    assert_eq!(certificate(&posts, person(1), day("2026-11-26")), None);
    assert_eq!(certificate(&posts, person(2), day("2026-11-25")), None);
}

#[test]
fn what_an_earlier_program_finished_is_a_check_record() {
    let old =
        json!({"at": "2026-11-25T03:45:00Z", "by": person(1), "digest": Digest::of(b"content")});
    let finished: Finished = serde_json::from_value(old).unwrap();
    assert!(finished.confirmed.is_empty() && !finished.enforcement());
}

#[test]
fn two_people_with_certificates_make_a_finished_visit_an_enforcement() {
    let of = |people: &[(u128, &str)]| {
        let confirmed = people.iter().map(|(n, certificate)| Confirmation {
            person: person(*n),
            certificate: (*certificate).to_owned(),
            at: at("2026-11-25T03:50:00Z"),
        });
        Finished {
            at: at("2026-11-25T03:51:00Z"),
            by: person(1),
            digest: Digest::of(b"content"),
            confirmed: confirmed.collect(),
            seen: std::collections::BTreeMap::new(),
        }
        .enforcement()
    };
    assert!(of(&[(1, "藏执法1"), (2, "藏执法2")]));
    assert!(!of(&[(1, "藏执法1"), (1, "藏执法1")]), "one person twice");
    assert!(
        !of(&[(1, "藏执法1"), (2, " ")]),
        "one without a certificate"
    );
}

#[test]
fn a_person_confirms_what_was_read_and_nothing_newer() {
    let (read, now) = (Digest::of(b"read"), Digest::of(b"now"));
    assert_eq!(check_read(Some(now), now), Ok(()));
    for other in [Some(read), None] {
        let fault = check_read(other, now).unwrap_err();
        assert_eq!(fault.key, "changed_since_read");
    }
}
