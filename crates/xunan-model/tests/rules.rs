//! The rules of the checklists: golden cases by hand, and a slow, obvious oracle beside them.
#![expect(
    clippy::unwrap_used,
    reason = "a test may stop at what it did not expect"
)]

#[path = "rules/oracle.rs"]
mod oracle;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use chrono::NaiveDate;
use xunan_model::checklist::{ChecklistReason, Edition, FailOn};
use xunan_model::inspection::{AnswerResult, Reading};
use xunan_model::rules::{
    Applicability, Contradiction, CountingRule, DangerClass, DangerLevels, Failure, Given,
    Judgement, Outcome, Profile, RuleFault, RuleResult, Told, judge,
};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn text(id: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/checklists");
    std::fs::read_to_string(folder.join(format!("{id}.yaml"))).unwrap()
}

fn built_in(id: &str) -> Edition {
    Edition::parse(id, &text(id)).unwrap()
}

fn reading(quantity: &str, value: &str, limit: Option<&str>) -> Reading {
    Reading {
        quantity: quantity.to_owned(),
        unit: String::new(),
        value: value.to_owned(),
        limit: limit.map(str::to_owned),
    }
}

/// What is judged of one item of a built-in checklist today.
fn judged(
    edition: &Edition,
    code: &str,
    here: &[&str],
    result: Option<AnswerResult>,
    ticks: &[Option<bool>],
    readings: &[Reading],
) -> Judgement {
    let here: Vec<String> = here.iter().map(|one| (*one).to_owned()).collect();
    let given = Given {
        result: result.as_ref(),
        ticks,
        readings,
    };
    let item = edition.item(code).unwrap();
    judge(edition, item, Profile(&here), given, day("2026-11-23"))
}

#[test]
fn a_plain_yes_or_no_is_judged_by_what_the_question_asks_for() {
    assert_eq!(FailOn::No.result(true), AnswerResult::Compliant);
    assert_eq!(FailOn::No.result(false), AnswerResult::NonCompliant);
    assert_eq!(FailOn::Yes.result(true), AnswerResult::NonCompliant);
    assert_eq!(FailOn::Yes.result(false), AnswerResult::Compliant);
}

#[test]
fn the_operators_major_hazard_needs_both_conditions_and_an_operator() {
    let gas = built_in("city_gas");
    let failure = |here: &[&str], ticks: &[Option<bool>]| {
        let result = Some(AnswerResult::NonCompliant);
        match judged(&gas, "GAS-M-09-2", here, result, ticks, &[]).outcome {
            Outcome::Failed(failure) => failure,
            other => panic!("{other:?}"),
        }
    };
    let (yes, no) = (Some(true), Some(false));
    let operator = ["city_gas/gas_operator"];
    assert_eq!(failure(&operator, &[yes, yes]), Failure::Major);
    assert_eq!(
        failure(&operator, &[yes, no]),
        Failure::General,
        "found, and told the user"
    );
    assert_eq!(failure(&operator, &[yes, None]), Failure::Undecided);
    assert_eq!(failure(&operator, &[]), Failure::Undecided);
    assert_eq!(
        failure(&operator, &[no, None]),
        Failure::General,
        "one is enough to tell"
    );
    let user = ["city_gas/catering_user"];
    assert_eq!(
        failure(&user, &[yes, yes]),
        Failure::General,
        "on the user's premises alone"
    );
}

#[test]
fn an_item_for_dense_gas_does_not_apply_to_light_gas_and_is_to_be_confirmed_without_a_reading() {
    let gas = built_in("city_gas");
    let applies = |value: Option<&str>| {
        let readings: Vec<Reading> = value
            .map(|value| reading("燃气相对密度（适用门槛）", value, None))
            .into_iter()
            .collect();
        judged(
            &gas,
            "GAS-M-09-1",
            &["city_gas/gas_operator"],
            None,
            &[],
            &readings,
        )
        .applicability
    };
    assert_eq!(applies(Some("0.74")), Applicability::Not);
    assert_eq!(applies(None), Applicability::ToConfirm);
    // Its written condition stays to be confirmed, also where the number is right.
    assert_eq!(applies(Some("0.75")), Applicability::ToConfirm);
}

#[test]
fn facilities_that_nobody_named_are_to_be_confirmed_and_those_that_are_not_here_are_out() {
    let mine = built_in("noncoal_mine");
    let of = |here: &[&str]| judged(&mine, "MINE-TP-04a", here, None, &[], &[]).applicability;
    assert_eq!(of(&[]), Applicability::ToConfirm);
    assert_eq!(of(&["noncoal_mine/open_pit_mine"]), Applicability::Not);
    assert_ne!(
        of(&["noncoal_mine/open_pit_mine", "noncoal_mine/tailings_pond"]),
        Applicability::Not
    );
    assert_eq!(
        of(&["hazchem/fuel_station"]),
        Applicability::ToConfirm,
        "what is known of another checklist says nothing here"
    );
}

#[test]
fn a_reading_against_the_answer_is_shown_and_the_calmer_one_needs_a_reason() {
    let works = built_in("construction");
    let of = |value: &str, result: AnswerResult| {
        let readings = [reading("氧含量", value, None)];
        judged(&works, "CONS-M-11-2", &[], Some(result), &[], &readings)
    };
    // Oxygen under 19.5 % fails.
    let wrong = of("19.4", AnswerResult::Compliant);
    assert_eq!(wrong.contradiction, Some(Contradiction::ReadingFails));
    assert_eq!(
        wrong.outcome,
        Outcome::Compliant,
        "neither overrides the other"
    );
    assert!(wrong.contradiction.unwrap().needs_reason());
    assert_eq!(of("19.5", AnswerResult::Compliant).contradiction, None);
    assert_eq!(of("19.4", AnswerResult::NonCompliant).contradiction, None);
    let strict = of("20", AnswerResult::NonCompliant).contradiction;
    assert_eq!(strict, Some(Contradiction::ReadingSound));
    assert!(!strict.unwrap().needs_reason());
    let unclear = of("19.4", AnswerResult::Undetermined);
    assert_eq!(unclear.outcome, Outcome::Undetermined);
    assert_eq!(unclear.contradiction, Some(Contradiction::ReadingFails));
}

#[test]
fn an_answer_of_a_newer_program_calms_nobody() {
    let chem = built_in("hazchem");
    let newer = AnswerResult::Unknown("nearly_compliant".to_owned());
    let judged = judged(&chem, "CHEM-G-66", &[], Some(newer), &[], &[]);
    assert_eq!(judged.outcome, Outcome::Undetermined);
}

fn rule<'a>(edition: &'a Edition, id: &str) -> &'a CountingRule {
    edition.rules.iter().find(|rule| rule.id == id).unwrap()
}

#[test]
fn the_fire_rule_of_2017_brings_its_eight_cases() {
    // Reading the file decides them: one that came out otherwise would refuse it.
    assert_eq!(rule(&built_in("fire"), "RULE-GB35181-2017").tests.len(), 8);
}

#[test]
fn the_rule_of_reservoir_dams_needs_three_of_both_kinds_and_brings_its_six_cases() {
    let water = built_in("highway_water_rail");
    let rule = rule(&water, "RULE-WTR-DAM-COMP");
    assert_eq!(rule.tests.len(), 6);
    assert!(rule.prejudge);
}

#[test]
fn since_november_2025_the_fire_rule_is_undetermined_and_the_old_one_only_a_first_judgement() {
    let fire = built_in("fire");
    let decide = |on: &str, premises: &str, failed: &[&str]| {
        let told = Told {
            premises: Some(premises.to_owned()),
            excluded: false,
        };
        let told = BTreeMap::from([("RULE-GB35181-2017".to_owned(), told)]);
        let failed: BTreeSet<&str> = failed.iter().copied().collect();
        let asked = BTreeSet::from(["FIRE-D-01"]);
        let verdicts = fire.count(day(on), &asked, &failed, &told);
        let [verdict] = &verdicts[..] else {
            panic!("{verdicts:?}")
        };
        let prejudged = verdict
            .prejudged
            .as_ref()
            .map(|(rule, result)| (rule.id.clone(), result.word().to_owned()));
        (
            verdict.rule.id.clone(),
            verdict.result.word().to_owned(),
            prejudged,
            verdict.is_formal(),
        )
    };
    let new = |word: &str| {
        (
            "RULE-GB35181-2025".to_owned(),
            "undetermined".to_owned(),
            Some(("RULE-GB35181-2017".to_owned(), word.to_owned())),
            false,
        )
    };
    assert_eq!(
        decide("2026-11-23", "crowded", &["FIRE-D-06"]),
        new("direct")
    );
    assert_eq!(
        decide("2026-11-23", "crowded", &["FIRE-N25-02"]),
        new("not")
    );
    assert_eq!(decide("2026-11-23", "crowded", &[]), new("not"));
    assert_eq!(decide("2025-11-01", "other", &["FIRE-D-04"]), new("direct"));
    let old = (
        "RULE-GB35181-2017".to_owned(),
        "direct".to_owned(),
        None,
        false,
    );
    assert_eq!(decide("2025-10-31", "other", &["FIRE-D-04"]), old);
}

#[test]
fn a_rule_is_not_told_where_none_of_its_elements_was_asked() {
    let fire = built_in("fire");
    let nothing = BTreeSet::new();
    let asked = BTreeSet::from(["FIRE-G-01"]);
    assert!(
        fire.count(day("2026-11-23"), &asked, &nothing, &BTreeMap::new())
            .is_empty()
    );
}

#[test]
fn without_the_class_of_premises_a_rule_only_says_what_holds_for_all() {
    let fire = built_in("fire");
    let rule = rule(&fire, "RULE-GB35181-2017");
    let decide = |failed: &[&str]| {
        let failed = failed.iter().copied().collect();
        rule.decide(&fire, None, false, &failed)
    };
    assert_eq!(decide(&["FIRE-C-7.1.1", "FIRE-C-7.2.1"]), RuleResult::Not);
    assert_eq!(
        decide(&["FIRE-C-7.3.1", "FIRE-C-7.3.2", "FIRE-C-7.5"]),
        RuleResult::Undetermined,
        "three are enough in crowded premises"
    );
    assert!(
        decide(&["FIRE-D-04"]).is_major(),
        "one direct element is, everywhere"
    );
    let excluded = rule.decide(&fire, Some("other"), true, &BTreeSet::from(["FIRE-D-04"]));
    assert_eq!(excluded, RuleResult::Excluded);
}

#[test]
fn a_new_rule_is_refused_with_too_few_elements_unknown_ones_or_a_case_that_comes_out_otherwise() {
    let problem = |from: &str, to: &str| {
        let changed = text("fire").replacen(from, to, 1);
        assert_ne!(changed, text("fire"));
        let faults = Edition::parse("fire.yaml", &changed).unwrap_err();
        let ChecklistReason::BadRule { problem, .. } = faults[0].reason.clone() else {
            panic!("{}", faults[0])
        };
        problem
    };
    let direct: Vec<String> = (1..=29).map(|n| format!("FIRE-C-7.{n}")).collect();
    let text_of =
        |codes: &[String]| format!("direct_count: 30\n    direct: [{}]", codes.join(", "));
    let real: Vec<String> = built_in("fire")
        .items
        .iter()
        .map(|item| item.code.clone())
        .collect();
    assert_eq!(
        problem("direct_count: 30", &text_of(&real[..29])),
        RuleFault::DirectCount {
            given: 29,
            count: 30
        }
    );
    assert_eq!(
        problem("direct_count: 30", &text_of(&direct)),
        RuleFault::UnknownItem {
            code: "FIRE-C-7.1".to_owned()
        }
    );
    assert!(matches!(
        problem("- at_least: 4", "- at_least: 3"),
        RuleFault::TestFails { number: 2, .. }
    ));
    assert!(matches!(
        problem("- at_least: 6", "- at_least: 60"),
        RuleFault::BadCount {
            at_least: 60,
            of: 39,
            ..
        }
    ));
    assert!(matches!(
        problem("premises: [other]", "premises: [elsewhere]"),
        RuleFault::UnknownPremises { .. }
    ));
}

#[test]
fn dangerous_works_are_classed_by_their_number_and_the_row_is_named() {
    let levels = DangerLevels::of(&built_in("construction"))
        .unwrap()
        .unwrap();
    assert_eq!(levels.rows.len(), 27);
    let row = |parameter: &str| {
        let found = levels
            .rows
            .iter()
            .position(|row| row.parameter.starts_with(parameter));
        found.unwrap()
    };
    let class = |parameter: &str, number: &str| levels.class(&[(row(parameter), number)]).0;
    for (parameter, number, expected) in [
        ("开挖深度", "2.99", DangerClass::None),
        ("开挖深度", "3", DangerClass::Dangerous),
        ("开挖深度", "4.99", DangerClass::Dangerous),
        ("开挖深度", "5.0", DangerClass::Oversize),
        ("落地式钢管脚手架", "24", DangerClass::Dangerous),
        ("落地式钢管脚手架", "50", DangerClass::Oversize),
        ("悬挑式脚手架", "5", DangerClass::Dangerous),
        ("悬挑式脚手架", "20", DangerClass::Oversize),
        ("大型结构整体顶升", "999.9", DangerClass::None),
        ("大型结构整体顶升", "1000", DangerClass::Oversize),
        ("水下作业", "", DangerClass::Oversize),
        ("开挖深度", "deep", DangerClass::None),
    ] {
        assert_eq!(class(parameter, number), expected, "{parameter} {number}");
    }
    let formwork = [
        (row("混凝土模板支撑搭设高度"), "5"),
        (row("混凝土模板支撑搭设跨度"), "18"),
        (row("施工总荷载"), "3"),
    ];
    let (class, rows) = levels.class(&formwork);
    assert_eq!(class, DangerClass::Oversize, "one parameter is enough");
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].parameter, "混凝土模板支撑搭设跨度");
}

#[test]
fn an_expired_edition_is_not_cited_and_decides_no_major_hazard() {
    let ended = text("city_gas").replacen(
        "sector: city_gas\n",
        "sector: city_gas\nin_force: {until: \"2026-11-22\"}\n",
        1,
    );
    let gas = Edition::parse("gas.yaml", &ended).unwrap();
    let item = gas
        .items
        .iter()
        .find(|item| item.citable && item.conditions.is_none())
        .unwrap();
    assert!(gas.cite(&item.code, day("2026-11-22")).is_some());
    assert_eq!(gas.cite(&item.code, day("2026-11-23")), None);
    let result = Some(AnswerResult::NonCompliant);
    let outcome = judged(&gas, &item.code, &[], result, &[], &[]).outcome;
    assert_eq!(outcome, Outcome::Failed(Failure::General));
}
