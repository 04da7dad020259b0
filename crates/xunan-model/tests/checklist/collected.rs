//! Compares a built-in checklist with the facts as they were collected, field by field.

use serde_json::{Map, Value, json};
use xunan_model::checklist::{Edition, Item, Measure, Source};
use xunan_model::rules::{Clause, Need};

/// How many items of `collected` (a sector's file of the workplace) are in `edition` unchanged.
/// Panics at the first that is not.
pub(crate) fn compare(collected: &str, edition: &Edition) -> usize {
    let collected: Value = serde_saphyr::from_str(collected).unwrap();
    assert_eq!(collected["sector"], edition.sector);
    assert_eq!(collected["title"]["zh"], edition.title.zh);
    let penalty = edition.default_penalty.as_ref().map(|text| &text.zh);
    assert_eq!(collected["default_penalty_basis"], json!(penalty));
    let facilities: Map<String, Value> = edition
        .facilities
        .iter()
        .map(|(key, name)| (key.clone(), json!(name.zh)))
        .collect();
    let none = json!({});
    let said = collected.get("facility_keys").unwrap_or(&none);
    assert_eq!(said, &json!(facilities), "{}", edition.id);
    let sources = collected["sources"].as_array().unwrap();
    assert_eq!(sources.len(), edition.sources.len());
    for (facts, ours) in sources.iter().zip(&edition.sources) {
        source(facts, ours);
    }
    tables(collected.as_object().unwrap(), edition);
    for facts in collected["rules"].as_array().into_iter().flatten() {
        rule(facts, edition);
    }

    let items = collected["items"].as_array().unwrap();
    assert_eq!(items.len(), edition.items.len(), "{}", edition.id);
    for (facts, item) in items.iter().zip(&edition.items) {
        assert_eq!(facts, &as_collected(item), "{}", item.code);
    }
    items.len()
}

/// A regulation says what was collected, under the names of the format. Only the notes on whether
/// it is in force were put into Chinese where they were in English.
fn source(facts: &Value, source: &Source) {
    let mut ours = plain(serde_json::to_value(source).unwrap());
    let mut facts = plain(facts.clone());
    for (collected, name) in [
        ("official_url", "url"),
        ("official_pdf", "pdf"),
        ("published", "issued"),
    ] {
        if let Some(text) = facts.as_object_mut().unwrap().remove(collected) {
            assert_eq!(facts[name], Value::Null);
            facts[name] = text;
        }
    }
    let english = |text: &str| {
        let letters = text.as_bytes().windows(3);
        letters
            .into_iter()
            .any(|three| three.iter().all(u8::is_ascii_lowercase))
    };
    if facts["status"].as_str().is_some_and(english) {
        let chinese = ours["status"].take();
        assert!(
            chinese.as_str().is_some_and(|text| !english(text)),
            "{chinese}"
        );
        facts["status"].take();
    }
    assert_eq!(facts, ours);
}

/// What a sector has beside its items is carried along as it is. Only the thresholds of the
/// danger levels became text, like every other limit.
fn tables(collected: &Map<String, Value>, edition: &Edition) {
    let ours = [
        "sector",
        "title",
        "default_penalty_basis",
        "facility_keys",
        "sources",
        "rules",
        "items",
    ];
    for (name, table) in collected
        .iter()
        .filter(|(name, _)| !ours.contains(&name.as_str()))
    {
        let mut table = table.clone();
        if name == "danger_levels" {
            for row in table["rows"].as_array_mut().unwrap() {
                for class in ["dangerous", "oversize"] {
                    if let Some(value) = row[class].get_mut("value") {
                        *value = json!(value.to_string());
                    }
                }
            }
        }
        assert_eq!(table, edition.tables[name], "{} {name}", edition.id);
    }
}

/// A counting rule says what was collected, in the one shape that all rules have.
fn rule(facts: &Value, edition: &Edition) {
    let rule = edition.rules.iter().find(|rule| facts["id"] == rule.id);
    let rule = rule.unwrap_or_else(|| panic!("{} is lost", facts["id"]));
    let all: Vec<&str> = edition
        .items
        .iter()
        .filter(|item| item.rule_set.is_some() && item.rule_set == rule.rule_set)
        .map(|item| item.code.as_str())
        .filter(|code| !rule.direct.iter().any(|direct| direct == code))
        .collect();
    let needs = |clause: &Clause| -> Vec<Value> {
        let of = |need: &Need| need.of.as_ref().map_or(json!(all), |of| json!(of));
        let one = |need: &Need| json!([need.at_least, of(need)]);
        clause.needs.iter().map(one).collect()
    };
    let said = |value: &Value| match value.as_array() {
        Some(codes) => json!(codes),
        None if value == "all" => json!(all),
        None => json!([]),
    };
    assert_eq!(json!(rule.direct), said(&facts["direct"]["any_of"]));
    let clauses: Vec<Value> = rule
        .clauses
        .iter()
        .map(|clause| json!([clause.premises, needs(clause)]))
        .collect();
    let mut expected: Vec<Value> = Vec::new();
    for clause in facts["comprehensive"].as_array().into_iter().flatten() {
        let need = json!([clause["min_count"], said(&clause["counted_elements"])]);
        expected.push(json!([clause["premises"], [need]]));
    }
    if let Some(base) = facts["base_elements"].as_array() {
        let needs = json!([
            [facts["min_base"], base],
            [facts["min_state"], facts["state_elements"]]
        ]);
        expected.push(json!([[], needs]));
    }
    assert_eq!(clauses, expected, "{}", rule.id);
    let exclusions: Vec<&str> = rule.exclusions.iter().map(|one| one.zh.as_str()).collect();
    assert_eq!(json!(exclusions), said(&facts["exclusions"]), "{}", rule.id);
    if rule.has_content() {
        let cases = facts["test_vectors"].as_array().unwrap();
        assert_eq!(rule.tests.len(), cases.len(), "{}", rule.id);
        for (test, case) in rule.tests.iter().zip(cases) {
            assert_eq!(json!(test.failed), case["failed"]);
            let major = case["expect"].as_str().unwrap().starts_with("major");
            assert_eq!(test.expect != "not", major, "{}: {case}", rule.id);
        }
    }
}

/// An item, put back into the shape in which it was collected.
fn as_collected(item: &Item) -> Value {
    let mut facts = serde_json::to_value(item).unwrap();
    let fields = facts.as_object_mut().unwrap();
    fields.remove("source_ids");
    let validity = fields.remove("in_force").unwrap();
    fields.insert("in_force_from".into(), validity["from"].clone());
    fields.insert("in_force_until".into(), validity["until"].clone());
    fields.insert("question".into(), json!(item.question.zh));
    fields.insert("en".into(), json!(item.question.en));
    fields.insert(
        "measures".into(),
        item.measures.iter().map(measure).collect(),
    );
    let penalty = fields.remove("penalty").unwrap();
    fields.insert("penalty_basis".into(), penalty);
    let applies = fields["applies"].as_object_mut().unwrap();
    let facilities = applies.remove("facilities").unwrap();
    applies.insert("facility".into(), facilities);
    // What was not said was not collected either.
    for (field, default) in [("enabled", true), ("judgement", false)] {
        if fields[field] == default {
            fields.remove(field);
        }
    }
    plain(facts)
}

fn measure(measure: &Measure) -> Value {
    let mut facts = serde_json::to_value(measure).unwrap();
    let fields = facts.as_object_mut().unwrap();
    let rank = measure.scale.is_some();
    let number = |text: &String| if rank { json!(text) } else { number(text) };
    let value = measure.value.as_ref().map(number);
    let range = measure
        .range
        .as_ref()
        .map(|range| range.iter().map(number).collect());
    fields.remove("range");
    fields.insert("value".into(), value.or(range).unwrap_or(Value::Null));
    if let Some(also) = fields.remove("also").filter(|also| !also.is_null()) {
        fields.insert("detail".into(), json!({ "also": also }));
    }
    facts
}

/// Numbers were collected as YAML numbers. The text has to be the one that YAML would show.
fn number(text: &String) -> Value {
    let number: Value = serde_json::from_str(text).unwrap();
    assert_eq!(&number.to_string(), text);
    number
}

/// Without empty fields, and with Chinese texts as plain texts.
fn plain(value: Value) -> Value {
    match value {
        Value::Object(fields) if fields.contains_key("zh") => {
            assert!(fields["en"].is_null() && fields["bo"].is_null());
            fields["zh"].clone()
        }
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| (name, plain(value)))
            .filter(|(_, value)| {
                *value != Value::Null && *value != json!([]) && *value != json!({})
            })
            .collect(),
        Value::Array(values) => values.into_iter().map(plain).collect(),
        other => other,
    }
}
