//! What the shape of the file alone does not say.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use crate::rules::{CountingRule, DANGER_TABLE, DangerLevels};

use super::parse::{EditionFile, line_of};
use super::{
    CODE_CHARS_MAX, ChecklistReason, Condition, Confidence, FORMAT, ITEM_PARTS_COUNT_MAX,
    ITEMS_COUNT_MAX, Item, Measure, MeasureRole, RULES_COUNT_MAX, SOURCES_COUNT_MAX, Source,
    TEXT_CHARS_MAX, Text, Validity,
};

/// The faults of a file, each with its line.
pub(super) fn faults(file: &EditionFile) -> Vec<(u32, ChecklistReason)> {
    let mut faults = header(file);
    let sources = sources(file, &mut faults);
    let empty = BTreeMap::new();
    let facilities = file
        .facilities
        .as_ref()
        .map_or(&empty, |facilities| &facilities.value);

    let mut codes: HashMap<&str, u32> = HashMap::new();
    for spanned in &file.items.value {
        let (line, item) = (line_of(spanned), &spanned.value);
        let mut add = |reason| faults.push((line, reason));
        if is_code(&item.code, |byte| byte.is_ascii_alphanumeric()) {
            match codes.get(item.code.as_str()) {
                Some(&first_line) => {
                    add(ChecklistReason::DuplicateCode {
                        code: item.code.clone(),
                        first_line,
                    });
                }
                None => {
                    codes.insert(&item.code, line);
                }
            }
        } else {
            let code = item.code.clone();
            add(ChecklistReason::BadCode {
                code,
                chars_max: CODE_CHARS_MAX,
            });
        }
        for key in &item.applies.facilities {
            if !facilities.contains_key(key) {
                add(ChecklistReason::UnknownFacility { key: key.clone() });
            }
        }
        for id in &item.source_ids {
            if !sources.contains_key(id.as_str()) {
                add(ChecklistReason::UnknownSource { id: id.clone() });
            }
        }
        item_texts(item, &mut add);
        item_rules(item, &mut add);
        item_measures(item, &mut add);
    }
    rules(file, &mut faults);
    faults
}

/// Counting rules, against the items that they count and by the test cases that they bring.
fn rules(file: &EditionFile, faults: &mut Vec<(u32, ChecklistReason)>) {
    if let Some(last) = file.rules.get(RULES_COUNT_MAX) {
        let mut add = |reason| faults.push((line_of(last), reason));
        check_count("rules", file.rules.len(), RULES_COUNT_MAX, &mut add);
        return;
    }
    let items: Vec<Item> = file
        .items
        .value
        .iter()
        .map(|item| item.value.clone())
        .collect();
    let rules: Vec<CountingRule> = file.rules.iter().map(|rule| rule.value.clone()).collect();
    for (spanned, rule) in file.rules.iter().zip(&rules) {
        let mut add = |reason| faults.push((line_of(spanned), reason));
        check_line("rule id", &rule.id, &mut add);
        check_text("rule title", &rule.title, &mut add);
        check_validity(&rule.in_force, &mut add);
        for problem in rule.faults(&items, &rules) {
            let rule = rule.id.clone();
            add(ChecklistReason::BadRule { rule, problem });
        }
    }
}

fn header(file: &EditionFile) -> Vec<(u32, ChecklistReason)> {
    let mut faults = Vec::new();
    let format = file.format.value;
    if format != FORMAT {
        let reason = ChecklistReason::UnknownFormat {
            format,
            known: FORMAT,
        };
        faults.push((line_of(&file.format), reason));
    }
    let ids = [
        ("id", &file.id),
        ("version", &file.version),
        ("sector", &file.sector),
    ];
    for (field, id) in ids {
        check_id(field, &id.value, &mut |reason| {
            faults.push((line_of(id), reason))
        });
    }
    let mut add = |reason| faults.push((line_of(&file.title), reason));
    check_text("title", &file.title.value, &mut add);
    if let Some(penalty) = &file.default_penalty {
        let mut add = |reason| faults.push((line_of(penalty), reason));
        check_text("default_penalty", &penalty.value, &mut add);
    }
    if let Some(validity) = &file.in_force {
        check_validity(&validity.value, &mut |reason| {
            faults.push((line_of(validity), reason))
        });
    }
    if let Some(facilities) = &file.facilities {
        let mut add = |reason| faults.push((line_of(facilities), reason));
        check_count(
            "facilities",
            facilities.value.len(),
            SOURCES_COUNT_MAX,
            &mut add,
        );
        for (key, name) in &facilities.value {
            check_id("facilities", key, &mut add);
            check_text("facilities", name, &mut add);
        }
    }
    for (name, table) in &file.tables {
        let mut add = |reason| faults.push((line_of(table), reason));
        check_id("tables", name, &mut add);
        if name == DANGER_TABLE
            && let Err(detail) = DangerLevels::read(&table.value)
        {
            let table = name.clone();
            add(ChecklistReason::BadTable { table, detail });
        }
        if let Some(number) = inexact_number(&table.value) {
            add(ChecklistReason::TableDecimal {
                table: name.clone(),
                number,
            });
        }
    }
    let mut add = |reason| faults.push((line_of(&file.items), reason));
    check_count("items", file.items.value.len(), ITEMS_COUNT_MAX, &mut add);
    if file.items.value.is_empty() {
        add(ChecklistReason::Nothing { field: "items" });
    }
    faults
}

fn sources<'a>(
    file: &'a EditionFile,
    faults: &mut Vec<(u32, ChecklistReason)>,
) -> HashMap<&'a str, u32> {
    let mut known = HashMap::new();
    for spanned in &file.sources {
        let (line, source) = (line_of(spanned), &spanned.value);
        let mut add = |reason| faults.push((line, reason));
        source_texts(source, &mut add);
        if let Some(first_line) = known.insert(source.id.as_str(), line) {
            add(ChecklistReason::DuplicateSource {
                id: source.id.clone(),
                first_line,
            });
        }
    }
    if let Some(last) = file.sources.get(SOURCES_COUNT_MAX) {
        let mut add = |reason| faults.push((line_of(last), reason));
        check_count("sources", file.sources.len(), SOURCES_COUNT_MAX, &mut add);
    }
    known
}

fn source_texts(source: &Source, add: &mut dyn FnMut(ChecklistReason)) {
    check_line("source id", &source.id, add);
    check_line("source title", &source.title, add);
    let optional = [
        ("number", &source.number),
        ("issuer", &source.issuer),
        ("issued", &source.issued),
        ("effective", &source.effective),
        ("effective_note", &source.effective_note),
        ("status", &source.status),
        ("scope", &source.scope),
        ("url", &source.url),
        ("pdf", &source.pdf),
        ("verification", &source.verification),
    ];
    for (field, text) in optional {
        if let Some(text) = text {
            check_line(field, text, add);
        }
    }
}

fn item_texts(item: &Item, add: &mut dyn FnMut(ChecklistReason)) {
    check_line("group", &item.group, add);
    check_line("source", &item.source, add);
    check_line("hazard_key", &item.hazard_key, add);
    check_text("question", &item.question, add);
    check_text("hazard", &item.hazard, add);
    if item.evidence.is_empty() {
        add(ChecklistReason::Nothing { field: "evidence" });
    }
    check_count("evidence", item.evidence.len(), ITEM_PARTS_COUNT_MAX, add);
    for evidence in &item.evidence {
        check_text("evidence", evidence, add);
    }
    let optional = [
        ("condition", &item.applies.condition),
        ("applies", &item.applies.text),
        ("penalty", &item.penalty),
        ("note", &item.note),
    ];
    for (field, text) in optional {
        if let Some(text) = text {
            check_text(field, text, add);
        }
    }
    let optional = [
        ("official_item", &item.official_item),
        ("rule_set", &item.rule_set),
        ("list", &item.list),
    ];
    for (field, text) in optional {
        if let Some(text) = text {
            check_line(field, text, add);
        }
    }
    check_count("maps_to", item.maps_to.len(), ITEM_PARTS_COUNT_MAX, add);
    for clause in &item.maps_to {
        check_line("maps_to", clause, add);
    }
    if let Some(condition) = &item.conditions {
        check_count(
            "conditions",
            condition.leaves().len(),
            ITEM_PARTS_COUNT_MAX,
            add,
        );
        check_condition(condition, add);
    }
}

fn item_rules(item: &Item, add: &mut dyn FnMut(ChecklistReason)) {
    check_validity(&item.in_force, add);
    if item.confidence == Confidence::TopicOnly && item.enabled {
        add(ChecklistReason::TopicOnlyEnabled);
    }
    if item.citable && (!item.confidence.is_verified() || item.stage.is_some()) {
        add(ChecklistReason::CitableUnverified);
    }
    if item.citable && item.source_ids.is_empty() {
        add(ChecklistReason::CitableWithoutSource);
    }
}

fn item_measures(item: &Item, add: &mut dyn FnMut(ChecklistReason)) {
    check_count("measures", item.measures.len(), ITEM_PARTS_COUNT_MAX, add);
    for measure in &item.measures {
        measure_texts(measure, add);
        if let Err(problem) = measure.threshold() {
            let quantity = measure.quantity.zh.clone();
            add(ChecklistReason::BadThreshold { quantity, problem });
        }
    }
    let fails = |measure: &&Measure| measure.role == MeasureRole::FailsWhen;
    let count = item.measures.iter().filter(fails).count();
    if count > 1 && item.measures_fail.is_none() {
        add(ChecklistReason::MeasuresFailMissing { count });
    }
}

fn measure_texts(measure: &Measure, add: &mut dyn FnMut(ChecklistReason)) {
    check_text("quantity", &measure.quantity, add);
    check_line("unit", &measure.unit, add);
    let optional = [
        ("limit", &measure.limit),
        ("also", &measure.also),
        ("note", &measure.note),
    ];
    for (field, text) in optional {
        if let Some(text) = text {
            check_text(field, text, add);
        }
    }
    let ranks = measure.scale.as_deref().unwrap_or_default();
    check_count("scale", ranks.len(), ITEM_PARTS_COUNT_MAX, add);
    for rank in ranks {
        check_line("scale", rank, add);
    }
}

fn check_condition(condition: &Condition, add: &mut dyn FnMut(ChecklistReason)) {
    match condition {
        Condition::Leaf(text) => check_text("conditions", text, add),
        Condition::All { all: parts } | Condition::Any { any: parts } => {
            if parts.is_empty() {
                add(ChecklistReason::Nothing {
                    field: "conditions",
                });
            }
            for part in parts {
                check_condition(part, add);
            }
        }
    }
}

fn check_validity(validity: &Validity, add: &mut dyn FnMut(ChecklistReason)) {
    if let (Some(from), Some(until)) = (validity.from, validity.until)
        && until < from
    {
        add(ChecklistReason::InForceReversed { from, until });
    }
}

fn check_count(
    field: &'static str,
    count: usize,
    count_max: usize,
    add: &mut dyn FnMut(ChecklistReason),
) {
    if count > count_max {
        add(ChecklistReason::TooMany {
            field,
            count,
            count_max,
        });
    }
}

fn check_text(field: &'static str, text: &Text, add: &mut dyn FnMut(ChecklistReason)) {
    for (_, text) in text.languages() {
        check_line(field, text, add);
    }
}

fn check_line(field: &'static str, text: &str, add: &mut dyn FnMut(ChecklistReason)) {
    if text.trim().is_empty() {
        add(ChecklistReason::EmptyText { field });
    }
    let chars = text.chars().count();
    if chars > TEXT_CHARS_MAX {
        add(ChecklistReason::TextTooLong {
            field,
            chars,
            chars_max: TEXT_CHARS_MAX,
        });
    }
}

/// Ids become file names and database keys, hence small letters only.
fn check_id(field: &'static str, id: &str, add: &mut dyn FnMut(ChecklistReason)) {
    if !is_code(id, |byte| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit()
    }) {
        let id = id.to_owned();
        add(ChecklistReason::BadId {
            field,
            id,
            chars_max: CODE_CHARS_MAX,
        });
    }
}

fn is_code(text: &str, letter: impl Fn(u8) -> bool) -> bool {
    (1..=CODE_CHARS_MAX).contains(&text.len())
        && text.bytes().next().is_some_and(&letter)
        && text
            .bytes()
            .all(|byte| letter(byte) || b"-._".contains(&byte))
}

/// The first number in a table that is not whole.
fn inexact_number(value: &Value) -> Option<String> {
    match value {
        Value::Number(number) => number.is_f64().then(|| number.to_string()),
        Value::Array(values) => values.iter().find_map(inexact_number),
        Value::Object(fields) => fields.values().find_map(inexact_number),
        Value::Null | Value::Bool(_) | Value::String(_) => None,
    }
}
