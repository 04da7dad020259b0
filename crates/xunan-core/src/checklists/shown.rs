//! Editions and items as screens show them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use xunan_model::checklist::{Condition, Edition, FailOn, Item, Measure, Stage};
use xunan_model::finding::Level;
use xunan_model::inspection::{Answer, Inspection};
use xunan_model::rules::{DANGER_TABLE, Given, Profile, judge};

use crate::asked::{Asked, china_day};
use crate::judging;
use crate::view::{BeforeView, ChecklistSummary, GroupSummary, ItemView, MeasureView};

/// What a new visit can choose from of an edition.
pub(super) fn summary(edition: &Edition, day: NaiveDate) -> ChecklistSummary {
    let active: BTreeSet<&str> = edition
        .active_items(day)
        .map(|item| item.code.as_str())
        .collect();
    let groups = edition.groups().into_iter().map(|group| {
        let asked = |item: &&Item| active.contains(item.code.as_str());
        let items: Vec<&Item> = group.items.into_iter().filter(asked).collect();
        let major = items
            .iter()
            .filter(|item| item.level == xunan_model::checklist::Level::Major)
            .count();
        GroupSummary {
            path: group.path.to_owned(),
            items: items.len(),
            major,
        }
    });
    ChecklistSummary {
        edition: edition.reference(),
        sector: edition.sector.clone(),
        title: edition.title.clone(),
        danger_levels: edition.tables.contains_key(DANGER_TABLE),
        facilities: edition.facilities.clone(),
        in_force_from: edition.in_force.from.map(|day| day.to_string()),
        in_force_until: edition.in_force.until.map(|day| day.to_string()),
        groups: groups.filter(|group| group.items > 0).collect(),
    }
}

/// An item as the runner shows it on a visit.
pub(crate) fn item_view(
    inspection: &Inspection,
    asked: &Asked<'_>,
    answers: &[Answer],
    before: &BTreeMap<(String, String, String), BeforeView>,
) -> ItemView {
    let Asked {
        edition,
        item,
        facility,
    } = asked;
    let same = |answer: &&Answer| {
        answer.edition == edition.id && answer.item == item.code && answer.facility == *facility
    };
    let given = answers.iter().find(same).map(judging::given);
    let judged = judging::judged(inspection, edition, item, given.unwrap_or_default());
    let key = (edition.id.clone(), item.code.clone(), facility.clone());
    ItemView {
        facility: facility.clone(),
        judged: judging::view(&judged),
        before: before.get(&key).cloned(),
        ..item_alone(edition, item, china_day(inspection))
    }
}

/// An item as it stands in its edition, on a day.
pub(crate) fn item_alone(edition: &Edition, item: &Item, day: NaiveDate) -> ItemView {
    let zh =
        |text: &Option<xunan_model::checklist::Text>| text.as_ref().map(|text| text.zh.clone());
    let leaves = item.conditions.as_ref().map(Condition::leaves);
    let judged = judge(edition, item, Profile::default(), Given::default(), day);
    ItemView {
        edition: edition.reference(),
        code: item.code.clone(),
        group: item.group.clone(),
        level: level(item),
        question: item.question.clone(),
        fail_on: match item.fail_on {
            FailOn::Yes => "yes".to_owned(),
            FailOn::No => "no".to_owned(),
        },
        hazard: item.hazard.zh.clone(),
        evidence: item.evidence.iter().map(|text| text.zh.clone()).collect(),
        basis: item.source.clone(),
        citable: edition.cite(&item.code, day).is_some(),
        applies: zh(&item.applies.text),
        condition: zh(&item.applies.condition),
        facility: String::new(),
        prejudge: item.stage == Some(Stage::PrejudgeOnly),
        conditions: leaves
            .unwrap_or_default()
            .into_iter()
            .map(|text| text.zh.clone())
            .collect(),
        formula: item.conditions.as_ref().map(Condition::formula),
        judged: judging::view(&judged),
        before: None,
        measures: item.measures.iter().map(measure_view).collect(),
        penalty: zh(&item.penalty).or_else(|| zh(&edition.default_penalty)),
        note: zh(&item.note),
    }
}

fn level(item: &Item) -> Level {
    match item.level {
        xunan_model::checklist::Level::Major => Level::Major,
        xunan_model::checklist::Level::General => Level::General,
        xunan_model::checklist::Level::Element => Level::Element,
    }
}

fn measure_view(measure: &Measure) -> MeasureView {
    // The words of the file format are the words of the interface: one spelling for both.
    let word = |value: serde_json::Result<serde_json::Value>| {
        value
            .ok()
            .and_then(|value| value.as_str().map(str::to_owned))
            .unwrap_or_default()
    };
    MeasureView {
        quantity: measure.quantity.zh.clone(),
        unit: measure.unit.clone(),
        role: word(serde_json::to_value(measure.role)),
        op: word(serde_json::to_value(measure.op)),
        value: measure
            .value
            .clone()
            .or_else(|| measure.range.as_ref().map(|range| range.join("–"))),
        limit: measure.limit.as_ref().map(|text| text.zh.clone()),
        limit_from: measure
            .limit_from
            .map(|from| word(serde_json::to_value(from))),
        scale: measure.scale.clone().unwrap_or_default(),
        note: measure
            .note
            .as_ref()
            .or(measure.also.as_ref())
            .map(|text| text.zh.clone()),
    }
}
