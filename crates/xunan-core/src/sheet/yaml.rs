//! The rows of a workbook as the YAML text that `docs/CHECKLISTS.md` describes.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::columns::{FACILITIES, HEADER, ITEMS, MEASURES, SOURCES, columns_of};
use super::compose::Row;
use super::tree;

/// The text so far, and where its lines come from.
#[derive(Default)]
pub(super) struct Yaml {
    pub(super) text: String,
    pub(super) lines: Vec<(&'static str, u32)>,
}

impl Yaml {
    fn line(&mut self, sheet: &'static str, row: u32, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
        self.lines.push((sheet, row));
    }
}

/// A field and its value. YAML reads JSON, so values are written as JSON.
type Field = (&'static str, Option<Value>);

/// Writes all that the sheets say.
pub(super) fn write_all(sheets: &HashMap<&'static str, Vec<Row>>, yaml: &mut Yaml) {
    let rows = |name| sheets.get(name).map_or(&[][..], Vec::as_slice);
    let header = rows(HEADER).first().cloned().unwrap_or_default();
    yaml.line(HEADER, 0, "format: 1");
    let fields: [Field; 6] = [
        ("id", plain(&header, "id")),
        ("version", plain(&header, "version")),
        ("sector", plain(&header, "sector")),
        ("title", text(&header, "title", ["title.en", "title.bo"])),
        ("in_force", validity(&header)),
        ("default_penalty", plain(&header, "default_penalty")),
    ];
    for (name, value) in fields.into_iter().filter_map(filled) {
        yaml.line(HEADER, 0, &format!("{name}: {value}"));
    }
    if !rows(FACILITIES).is_empty() {
        yaml.line(FACILITIES, 0, "facilities:");
    }
    for row in rows(FACILITIES) {
        let (key, name) = (
            plain(row, "key").unwrap_or_default(),
            text(row, "name", ["name.en", "name.bo"]).unwrap_or_default(),
        );
        yaml.line(FACILITIES, row.row, &format!("  {key}: {name}"));
    }
    if !rows(SOURCES).is_empty() {
        yaml.line(SOURCES, 0, "sources:");
    }
    for row in rows(SOURCES) {
        let fields = columns_of(SOURCES).iter();
        let fields = fields.map(|column| (column.field, plain(row, column.field)));
        yaml.line(SOURCES, row.row, &format!("  - {}", mapping(fields)));
    }
    yaml.line(ITEMS, 0, "items:");
    for row in rows(ITEMS) {
        item(row, rows(MEASURES), yaml);
    }
}

fn item(row: &Row, measures: &[Row], yaml: &mut Yaml) {
    let applies = mapping([
        ("facilities", many(row, "applies.facilities")),
        ("condition", plain(row, "applies.condition")),
        ("text", plain(row, "applies.text")),
    ]);
    let fields: [Field; 25] = [
        ("code", plain(row, "code")),
        ("group", plain(row, "group")),
        ("level", plain(row, "level")),
        ("source", plain(row, "source")),
        ("source_ids", many(row, "source_ids")),
        ("official_item", plain(row, "official_item")),
        ("hazard_key", plain(row, "hazard_key")),
        ("in_force", validity(row)),
        ("citable", flag(row, "citable")),
        (
            "question",
            text(row, "question", ["question.en", "question.bo"]),
        ),
        ("fail_on", plain(row, "fail_on")),
        ("hazard", plain(row, "hazard")),
        ("evidence", many(row, "evidence")),
        ("measures_fail", plain(row, "measures_fail")),
        (
            "applies",
            applies
                .as_object()
                .filter(|map| !map.is_empty())
                .map(|_| applies.clone()),
        ),
        (
            "conditions",
            row.cells
                .get("conditions")
                .and_then(|cell| tree::read(cell)),
        ),
        ("penalty", plain(row, "penalty")),
        ("confidence", plain(row, "confidence")),
        ("enabled", flag(row, "enabled")),
        ("tier", plain(row, "tier")),
        ("rule_set", plain(row, "rule_set")),
        ("use", plain(row, "use")),
        ("list", plain(row, "list")),
        ("maps_to", many(row, "maps_to")),
        ("judgement", flag(row, "judgement")),
    ];
    let note = ("note", plain(row, "note"));
    let mut lead = "  - ";
    for (name, value) in fields.into_iter().chain([note]).filter_map(filled) {
        yaml.line(ITEMS, row.row, &format!("{lead}{name}: {value}"));
        lead = "    ";
    }
    let own: Vec<&Row> = measures
        .iter()
        .filter(|measure| measure.get("code") == row.get("code"))
        .collect();
    if !own.is_empty() {
        yaml.line(ITEMS, row.row, "    measures:");
    }
    for one in own {
        yaml.line(MEASURES, one.row, &format!("      - {}", measure(one)));
    }
}

fn measure(row: &Row) -> Value {
    // Two ends stand in two cells; a lower end alone is left to the parser to refuse.
    let ends = row.get("value").zip(row.get("upper"));
    let value = if ends.is_some() {
        None
    } else {
        plain(row, "value").or(plain(row, "upper"))
    };
    mapping([
        ("quantity", plain(row, "quantity")),
        ("unit", plain(row, "unit")),
        ("role", plain(row, "role")),
        ("op", plain(row, "op")),
        ("value", value),
        ("range", ends.map(|(low, high)| json!([low, high]))),
        ("limit", plain(row, "limit")),
        ("limit_from", plain(row, "limit_from")),
        ("scale", many(row, "scale")),
        ("value_from", plain(row, "value_from")),
        ("also", plain(row, "also")),
        ("note", plain(row, "note")),
    ])
}

fn mapping(fields: impl IntoIterator<Item = Field>) -> Value {
    let fields = fields.into_iter().filter_map(filled);
    let fields: Map<String, Value> = fields
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    Value::Object(fields)
}

fn filled((name, value): Field) -> Option<(&'static str, Value)> {
    value.map(|value| (name, value))
}

fn plain(row: &Row, field: &str) -> Option<Value> {
    row.get(field).map(|text| json!(text))
}

fn flag(row: &Row, field: &str) -> Option<Value> {
    row.get(field).map(|word| json!(word == "true"))
}

fn text(row: &Row, field: &str, [en, bo]: [&str; 2]) -> Option<Value> {
    let zh = row.get(field)?;
    if row.get(en).or(row.get(bo)).is_none() {
        return Some(json!(zh));
    }
    let mut text = Map::new();
    let languages = [("zh", Some(zh)), ("en", row.get(en)), ("bo", row.get(bo))];
    for (language, words) in languages {
        if let Some(words) = words {
            text.insert(language.to_owned(), json!(words));
        }
    }
    Some(Value::Object(text))
}

/// One a line; in a single line they are parted by `；`.
fn many(row: &Row, field: &str) -> Option<Value> {
    let cell = row.cells.get(field)?;
    let parts: Vec<&str> = if cell.contains('\n') {
        cell.split('\n').collect()
    } else {
        cell.split(['；', ';']).collect()
    };
    let parts: Vec<&str> = parts
        .into_iter()
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .collect();
    (!parts.is_empty()).then(|| json!(parts))
}

fn validity(row: &Row) -> Option<Value> {
    let days = [
        ("from", plain(row, "in_force.from")),
        ("until", plain(row, "in_force.until")),
    ];
    days.iter()
        .any(|(_, day)| day.is_some())
        .then(|| mapping(days))
}
