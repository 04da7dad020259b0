//! Random items and answers against an oracle that tries every way to fill what is not known.

use chrono::NaiveDate;
use proptest::prelude::*;
use serde_json::{Value, json};
use xunan_model::checklist::Edition;
use xunan_model::inspection::{AnswerResult, Reading};
use xunan_model::rules::{Applicability, Contradiction, Failure, Given, Outcome, Profile, judge};

/// Hundredths: the oracle counts in whole numbers, the program in decimal text.
type Hundredths = i64;

#[derive(Debug, Clone)]
struct Measure {
    fails: bool,
    op: usize,
    low: Hundredths,
    high: Hundredths,
    entered: bool,
    reading: Option<Hundredths>,
    limit: Option<Hundredths>,
}

#[derive(Debug, Clone)]
enum Tree {
    Leaf,
    All(Vec<Tree>),
    Any(Vec<Tree>),
}

#[derive(Debug, Clone)]
struct Case {
    measures: Vec<Measure>,
    all: bool,
    tree: Option<Tree>,
    ticks: Vec<Option<bool>>,
    major: bool,
    citable: bool,
    ended: bool,
    condition: bool,
    /// Facilities of the item and of the site, as bits.
    facilities: (u8, u8),
    result: Option<usize>,
}

const OPS: [&str; 8] = ["<", "<=", ">", ">=", "==", "!=", "between", "outside"];
const RESULTS: [&str; 5] = [
    "compliant",
    "non_compliant",
    "not_applicable",
    "undetermined",
    "not_checked",
];

fn written(number: Hundredths) -> String {
    let sign = if number < 0 { "-" } else { "" };
    let (whole, part) = (number.abs() / 100, number.abs() % 100);
    match part {
        0 => format!("{sign}{whole}"),
        part if part % 10 == 0 => format!("{sign}{whole}.{}", part / 10),
        part => format!("{sign}{whole}.{part:02}"),
    }
}

fn number() -> impl Strategy<Value = Hundredths> {
    // Few values, so that limits are met exactly.
    (-3i64..=3).prop_map(|n| n * 50)
}

fn measures() -> impl Strategy<Value = Vec<Measure>> {
    let one = (
        any::<bool>(),
        0..OPS.len(),
        number(),
        1i64..=3,
        any::<bool>(),
        prop::option::of(number()),
        prop::option::of(number()),
    );
    let one = one.prop_map(|(fails, op, low, more, entered, reading, limit)| Measure {
        fails,
        op,
        low,
        high: low + more * 50,
        entered: entered && op < 6,
        reading,
        limit,
    });
    prop::collection::vec(one, 0..4)
}

fn tree() -> impl Strategy<Value = Tree> {
    Just(Tree::Leaf).prop_recursive(3, 8, 3, |inner| {
        let parts = prop::collection::vec(inner, 1..4);
        prop_oneof![parts.clone().prop_map(Tree::All), parts.prop_map(Tree::Any),]
    })
}

fn case() -> impl Strategy<Value = Case> {
    (
        measures(),
        any::<bool>(),
        prop::option::of(tree()),
        prop::collection::vec(prop::option::of(any::<bool>()), 0..10),
        any::<(bool, bool, bool, bool)>(),
        (0u8..4, 0u8..4),
        prop::option::of(0..RESULTS.len()),
    )
        .prop_map(
            |(measures, all, tree, ticks, flags, facilities, result)| Case {
                measures,
                all,
                tree,
                ticks,
                major: flags.0,
                citable: flags.1,
                ended: flags.2,
                condition: flags.3,
                facilities,
                result,
            },
        )
}

fn keys(bits: u8) -> Vec<&'static str> {
    let all = ["one", "two"];
    (0..2usize)
        .filter(|at| bits >> at & 1 == 1)
        .map(|at| all[at])
        .collect()
}

/// The case as a checklist file. JSON is YAML.
fn file(case: &Case) -> String {
    let measures: Vec<Value> = case
        .measures
        .iter()
        .enumerate()
        .map(|(at, measure)| {
            let role = if measure.fails {
                "fails_when"
            } else {
                "applies_when"
            };
            let mut value = json!({
                "quantity": format!("q{at}"), "unit": "m", "role": role, "op": OPS[measure.op],
            });
            if measure.op >= 6 {
                value["range"] = json!([written(measure.low), written(measure.high)]);
            } else if measure.entered {
                value["limit"] = json!("设计值");
                value["limit_from"] = json!("design");
            } else {
                value["value"] = json!(written(measure.low));
            }
            value
        })
        .collect();
    let mut item = json!({
        "code": "A-1", "group": "g", "level": if case.major { "major" } else { "general" },
        "source": "法", "source_ids": ["法"], "hazard_key": "k", "citable": case.citable,
        "question": "问", "fail_on": "no", "hazard": "患", "evidence": ["看"],
        "confidence": "verified", "measures": measures,
        "measures_fail": if case.all { "all" } else { "any" },
        "applies": { "facilities": keys(case.facilities.0) },
    });
    if case.condition {
        item["applies"]["condition"] = json!("若");
    }
    if let Some(tree) = &case.tree {
        // A leaf alone is a list of one: the file wants `all` or `any` at the top.
        item["conditions"] = match tree {
            Tree::Leaf => json!({ "all": ["叶"] }),
            tree => shape(tree),
        };
    }
    let until = if case.ended {
        "2026-01-01"
    } else {
        "2026-12-31"
    };
    let edition = json!({
        "format": 1, "id": "ours", "version": "1", "sector": "ours", "title": "题",
        "in_force": { "until": until },
        "facilities": { "one": "一", "two": "二" },
        "sources": [{ "id": "法", "title": "法" }],
        "items": [item],
    });
    edition.to_string()
}

fn shape(tree: &Tree) -> Value {
    match tree {
        Tree::Leaf => json!("叶"),
        Tree::All(parts) => json!({ "all": parts.iter().map(shape).collect::<Vec<_>>() }),
        Tree::Any(parts) => json!({ "any": parts.iter().map(shape).collect::<Vec<_>>() }),
    }
}

fn leaves(tree: &Tree) -> usize {
    match tree {
        Tree::Leaf => 1,
        Tree::All(parts) | Tree::Any(parts) => parts.iter().map(leaves).sum(),
    }
}

fn value(tree: &Tree, ticks: &mut impl Iterator<Item = bool>) -> bool {
    match tree {
        Tree::Leaf => ticks.next().unwrap(),
        Tree::All(parts) => {
            parts
                .iter()
                .map(|part| value(part, ticks))
                .filter(|v| !v)
                .count()
                == 0
        }
        Tree::Any(parts) => {
            parts
                .iter()
                .map(|part| value(part, ticks))
                .filter(|v| *v)
                .count()
                > 0
        }
    }
}

/// True, false, or not known: what all ways to fill the unknown agree on.
fn agreed(known: &[Option<bool>], of: impl Fn(&[bool]) -> bool) -> Option<bool> {
    let unknown = known.iter().filter(|one| one.is_none()).count();
    let mut seen = [false, false];
    for bits in 0u32..1 << unknown {
        let mut next = 0;
        let filled: Vec<bool> = known
            .iter()
            .map(|one| {
                one.unwrap_or_else(|| {
                    next += 1;
                    bits >> (next - 1) & 1 == 1
                })
            })
            .collect();
        seen[usize::from(of(&filled))] = true;
    }
    match seen {
        [true, false] => Some(false),
        [false, true] => Some(true),
        _ => None,
    }
}

fn compared(measure: &Measure) -> Option<bool> {
    let reading = measure.reading?;
    let limit = if measure.entered {
        measure.limit?
    } else {
        measure.low
    };
    Some(match OPS[measure.op] {
        "<" => reading < limit,
        "<=" => reading <= limit,
        ">" => reading > limit,
        ">=" => reading >= limit,
        "==" => reading == limit,
        "!=" => reading != limit,
        "between" => measure.low <= reading && reading <= measure.high,
        _ => reading < measure.low || measure.high < reading,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, ..ProptestConfig::default() })]

    #[test]
    fn any_answer_and_readings_give_the_verdict_of_the_oracle(case in case()) {
        let edition = Edition::parse("case.yaml", &file(&case)).unwrap();
        let item = &edition.items[0];
        let ticks: Vec<Option<bool>> = case.ticks.clone();
        let readings: Vec<Reading> = case.measures.iter().enumerate().filter_map(|(at, measure)| {
            Some(Reading {
                quantity: format!("q{at}"),
                unit: "m".to_owned(),
                value: written(measure.reading?),
                limit: measure.limit.map(written),
            })
        }).collect();
        let here: Vec<String> = keys(case.facilities.1).iter().map(|key| format!("ours/{key}")).collect();
        let result: Option<AnswerResult> = case.result.map(|at| serde_json::from_value(json!(RESULTS[at])).unwrap());
        let given = Given { result: result.as_ref(), ticks: &ticks, readings: &readings };
        let today = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
        let judged = judge(&edition, item, Profile(&here), given, today);

        // Does it apply: every gate has to be open.
        let facility = if case.facilities.0 == 0 { Some(true) }
            else if case.facilities.1 == 0 { None }
            else { Some(case.facilities.0 & case.facilities.1 != 0) };
        let mut gates = vec![facility];
        gates.extend(case.measures.iter().filter(|m| !m.fails).map(compared));
        if case.condition {
            gates.push(None);
        }
        let applies = agreed(&gates, |gates| gates.iter().all(|open| *open));
        let expected = match applies {
            Some(true) => Applicability::Applies,
            Some(false) => Applicability::Not,
            None => Applicability::ToConfirm,
        };
        prop_assert_eq!(judged.applicability, expected);

        let failing: Vec<Option<bool>> = case.measures.iter().filter(|m| m.fails).map(compared).collect();
        let measured = if failing.is_empty() || applies == Some(false) { None } else if case.all {
            agreed(&failing, |fails| fails.iter().all(|one| *one))
        } else {
            agreed(&failing, |fails| fails.iter().any(|one| *one))
        };
        prop_assert_eq!(judged.measured, measured);

        let ticked = case.tree.as_ref().and_then(|tree| {
            let known: Vec<Option<bool>> = (0..leaves(tree)).map(|at| ticks.get(at).copied().flatten()).collect();
            agreed(&known, |ticks| value(tree, &mut ticks.iter().copied()))
        });
        prop_assert_eq!(judged.ticked, ticked);

        let may = case.major && case.citable && !case.ended && applies != Some(false);
        let failure = if !may || ticked == Some(false) { Failure::General }
            else if case.tree.is_some() && ticked.is_none() { Failure::Undecided }
            else { Failure::Major };
        let outcome = match case.result.map(|at| RESULTS[at]) {
            None => Outcome::Open,
            Some("compliant") => Outcome::Compliant,
            Some("non_compliant") => Outcome::Failed(failure),
            Some("not_applicable") => Outcome::NotApplicable,
            Some("undetermined") => Outcome::Undetermined,
            _ => Outcome::NotChecked,
        };
        prop_assert_eq!(judged.outcome, outcome);

        let bad = measured == Some(true);
        let contradiction = match outcome {
            Outcome::Open => None,
            Outcome::Failed(_) if measured == Some(false) => Some(Contradiction::ReadingSound),
            Outcome::Failed(_) => None,
            _ if bad => Some(Contradiction::ReadingFails),
            _ if ticked == Some(true) => Some(Contradiction::ConditionsHold),
            _ => None,
        };
        prop_assert_eq!(judged.contradiction, contradiction);
    }
}
