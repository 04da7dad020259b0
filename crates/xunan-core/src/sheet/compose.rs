//! From the cells of a workbook to the YAML text of a checklist, line by line with its place.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::{Map, Value, json};
use xunan_model::checklist::{ChecklistReason, TEXT_CHARS_MAX};

use super::cells::{self, Cells};
use super::columns::{
    Column, FACILITIES, HEADER, HEADER_LINES, ITEMS, Kind, MEASURES, SOURCES, TABLES, columns_of,
    header_of,
};
use super::{Place, SheetFault, SheetReason, tree};

/// Faults reported at once; more help nobody.
pub(super) const FAULTS_COUNT_MAX: usize = xunan_model::checklist::FAULTS_COUNT_MAX;
/// Rows at the top of a sheet among which its headers are looked for: a title may stand above.
const HEADER_ROWS: usize = 10;

/// The YAML text of a workbook, and where each of its lines comes from.
#[derive(Debug)]
pub(crate) struct Composed {
    /// The text.
    pub(crate) yaml: String,
    /// The sheet and row of each line, the first line first.
    lines: Vec<(&'static str, u32)>,
    sheets: HashMap<&'static str, Vec<Row>>,
}

/// One row of a sheet: the text under each known header.
#[derive(Debug, Clone, Default)]
struct Row {
    /// From 0.
    row: u32,
    cells: HashMap<&'static str, String>,
}

impl Row {
    fn get(&self, field: &str) -> Option<&str> {
        self.cells.get(field).map(|text| text.trim())
    }
}

/// Reads a workbook and writes it as YAML.
///
/// # Errors
/// Every fault that was found, by sheet, row and column. A text without faults here can still have
/// some as a checklist.
pub(crate) fn compose(bytes: &[u8]) -> Result<Composed, Vec<SheetFault>> {
    let whole = |reason| {
        vec![SheetFault {
            place: Place::default(),
            reason,
        }]
    };
    let book = cells::read(bytes).map_err(whole)?;
    let mut faults = Faults(book.faults);
    let empty = Cells::new();
    let mut sheets: HashMap<&'static str, Vec<Row>> = HashMap::new();
    let sheet = |name: &str| {
        let mut known = book.sheets.iter();
        known
            .find(|(one, _)| one.trim() == name)
            .map(|(_, cells)| cells)
    };
    match sheet(HEADER) {
        Some(cells) => {
            sheets.insert(HEADER, vec![header_lines(cells, &mut faults)]);
        }
        None => faults.sheet_missing(HEADER),
    }
    for &(name, columns, required) in TABLES {
        let cells = sheet(name);
        if required && cells.is_none() {
            faults.sheet_missing(name);
        } else {
            let rows = rows(
                name,
                cells.unwrap_or(&empty),
                columns,
                required,
                &mut faults,
            );
            sheets.insert(name, rows);
        }
    }
    for (name, cells) in &book.sheets {
        let known = |one: &str| one == name.trim();
        if !known(HEADER) && !TABLES.iter().any(|(one, ..)| known(one)) && !cells.is_empty() {
            let name = name.clone();
            faults.0.push(SheetFault {
                place: Place::default(),
                reason: SheetReason::SheetUnknown { name },
            });
        }
    }
    check_measures(&sheets, &mut faults);
    if !faults.0.is_empty() {
        faults.0.truncate(FAULTS_COUNT_MAX);
        return Err(faults.0);
    }
    let mut yaml = Yaml::default();
    write_all(&sheets, &mut yaml);
    Ok(Composed {
        yaml: yaml.text,
        lines: yaml.lines,
        sheets,
    })
}

/// What was found wrong so far.
struct Faults(Vec<SheetFault>);

impl Faults {
    fn sheet_missing(&mut self, name: &str) {
        let name = name.to_owned();
        self.0.push(SheetFault {
            place: Place::default(),
            reason: SheetReason::SheetMissing { name },
        });
    }

    fn add(
        &mut self,
        sheet: &str,
        row: u32,
        at: Option<(&Column, Option<u32>)>,
        reason: SheetReason,
    ) {
        let mut place = cells::place(sheet, row, at.and_then(|(_, column)| column));
        place.column = at.map(|(column, _)| column.header.to_owned());
        self.0.push(SheetFault { place, reason });
    }
}

/// The first sheet: a name and beside it what it is, one a line.
fn header_lines(cells: &Cells, faults: &mut Faults) -> Row {
    let mut header = Row::default();
    let mut rows: HashMap<&str, u32> = HashMap::new();
    for (&row, line) in cells {
        let Some((&at, name)) = line.iter().next() else {
            continue;
        };
        if name.trim() == super::write::HEADER_TITLES[0] {
            continue;
        }
        let Some(column) = HEADER_LINES.iter().find(|column| column.is_called(name)) else {
            let name = name.trim().to_owned();
            faults.add(HEADER, row, None, SheetReason::EntryUnknown { name });
            continue;
        };
        if rows.insert(column.field, row).is_some() {
            let header = column.header.to_owned();
            faults.add(HEADER, row, None, SheetReason::ColumnTwice { header });
        }
        if let Some(text) = line.get(&(at + 1)) {
            read_cell(HEADER, column, (row, at + 1), text, &mut header, faults);
        }
    }
    for column in HEADER_LINES.iter().filter(|column| column.required) {
        if !header.cells.contains_key(column.field) {
            match rows.get(column.field) {
                Some(&row) => faults.add(HEADER, row, Some((column, None)), SheetReason::CellEmpty),
                None => faults.0.push(SheetFault {
                    place: Place {
                        sheet: Some(HEADER.to_owned()),
                        column: Some(column.header.to_owned()),
                        ..Place::default()
                    },
                    reason: SheetReason::CellEmpty,
                }),
            }
        }
    }
    header
}

/// The rows below the headers of a sheet.
fn rows(
    sheet: &'static str,
    cells: &Cells,
    columns: &'static [Column],
    required: bool,
    faults: &mut Faults,
) -> Vec<Row> {
    let Some(first) = columns.first() else {
        return Vec::new();
    };
    let mut top = cells.iter().take(HEADER_ROWS);
    let headers = top.find(|(_, line)| line.values().any(|text| first.is_called(text)));
    let Some((&header_row, headers)) = headers else {
        if required || !cells.is_empty() {
            let header = first.header.to_owned();
            faults.add(sheet, 0, None, SheetReason::HeaderMissing { header });
        }
        return Vec::new();
    };
    let mut known: BTreeMap<u32, &'static Column> = BTreeMap::new();
    let mut seen = HashSet::new();
    for (&at, text) in headers {
        let header = text.trim().to_owned();
        let place = |reason| SheetFault {
            place: cells::place(sheet, header_row, Some(at)),
            reason,
        };
        match columns.iter().find(|column| column.is_called(text)) {
            None => faults.0.push(place(SheetReason::ColumnUnknown { header })),
            Some(column) if !seen.insert(column.field) => {
                faults.0.push(place(SheetReason::ColumnTwice { header }));
            }
            Some(column) => {
                known.insert(at, column);
            }
        }
    }
    for column in columns.iter().filter(|column| column.required) {
        if !seen.contains(column.field) {
            let header = column.header.to_owned();
            faults.add(
                sheet,
                header_row,
                None,
                SheetReason::HeaderMissing { header },
            );
        }
    }
    let mut found = Vec::new();
    for (&row, line) in cells.range(header_row + 1..) {
        let mut read = Row {
            row,
            ..Row::default()
        };
        for (&at, text) in line {
            match known.get(&at) {
                Some(column) => read_cell(sheet, column, (row, at), text, &mut read, faults),
                None if headers.contains_key(&at) => {}
                None => {
                    let header = String::new();
                    faults.0.push(SheetFault {
                        place: cells::place(sheet, row, Some(at)),
                        reason: SheetReason::ColumnUnknown { header },
                    });
                }
            }
        }
        for (&at, column) in known.iter().filter(|(_, column)| column.required) {
            if !line.contains_key(&at) {
                faults.add(sheet, row, Some((column, Some(at))), SheetReason::CellEmpty);
            }
        }
        found.push(read);
    }
    found
}

/// Takes one cell into a row, in the words of the file format.
fn read_cell(
    sheet: &'static str,
    column: &Column,
    (row, at): (u32, u32),
    text: &str,
    into: &mut Row,
    faults: &mut Faults,
) {
    let text = match column.kind {
        Kind::Text if column.field.starts_with("in_force.") => day(text),
        // A list keeps its line ends, also the last: they tell how it is parted.
        Kind::Text | Kind::Many => text.to_owned(),
        Kind::Tree if tree::read(text).is_none() => {
            faults.add(
                sheet,
                row,
                Some((column, Some(at))),
                SheetReason::GroupEmpty,
            );
            return;
        }
        Kind::Tree => text.to_owned(),
        Kind::Word(words) => {
            let Some(word) = word(text, words) else {
                let (word, known) = (
                    text.trim().to_owned(),
                    words.iter().map(|(zh, _)| (*zh).to_owned()).collect(),
                );
                let reason = SheetReason::WordUnknown { word, known };
                faults.add(sheet, row, Some((column, Some(at))), reason);
                return;
            };
            word.to_owned()
        }
    };
    into.cells.insert(column.field, text);
}

/// The word of the file format for what a person wrote: the Chinese word, the format's own, or
/// a sign from a Chinese keyboard.
fn word(text: &str, words: &[(&str, &'static str)]) -> Option<&'static str> {
    let text = text.trim();
    let sign = match text {
        "＜" => "<",
        "≤" | "＜＝" => "<=",
        "＞" => ">",
        "≥" | "＞＝" => ">=",
        "＝" | "=" => "==",
        "≠" => "!=",
        other => other,
    };
    let mut words = words.iter();
    words
        .find(|(zh, yaml)| *zh == text || yaml.eq_ignore_ascii_case(sign))
        .map(|(_, yaml)| *yaml)
}

/// A day as the file format writes it: 2027/1/10 and 2027年1月10日 are 2027-01-10.
fn day(text: &str) -> String {
    let parts: Vec<&str> = text
        .trim()
        .trim_end_matches('日')
        .split(['-', '/', '.', '年', '月'])
        .collect();
    match parts.as_slice() {
        [year, month, day] if year.len() == 4 => format!("{year}-{month:0>2}-{day:0>2}"),
        _ => text.to_owned(),
    }
}

/// A number to enter belongs to an item; one whose code is misspelt would silently be lost.
fn check_measures(sheets: &HashMap<&'static str, Vec<Row>>, faults: &mut Faults) {
    let rows = |name| sheets.get(name).map_or(&[][..], Vec::as_slice);
    let codes: HashSet<&str> = rows(ITEMS)
        .iter()
        .filter_map(|row| row.get("code"))
        .collect();
    let column = columns_of(MEASURES).first();
    for row in rows(MEASURES) {
        let Some(code) = row.get("code").filter(|code| !codes.contains(code)) else {
            continue;
        };
        let code = code.to_owned();
        let at = column.map(|column| (column, None));
        faults.add(MEASURES, row.row, at, SheetReason::ItemUnknown { code });
    }
}

/// The text so far, and where its lines come from.
#[derive(Default)]
struct Yaml {
    text: String,
    lines: Vec<(&'static str, u32)>,
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

fn write_all(sheets: &HashMap<&'static str, Vec<Row>>, yaml: &mut Yaml) {
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

impl Composed {
    /// Where in the workbook a fault of the checklist is that the parser found at a `line`.
    pub(crate) fn place(&self, line: u32, reason: &ChecklistReason) -> Place {
        let (sheet, row) = self.line(line);
        let (sheet, row, field) = self.cell(sheet, row, reason);
        Place {
            sheet: Some(sheet.to_owned()),
            // The lines of the header come from a sheet of names and values.
            row: row.map(|row| row + 1),
            column: field
                .and_then(|field| header_of(sheet, field))
                .map(str::to_owned),
            cell: None,
        }
    }

    /// The row of a line, from 1: for a fault that names where something stood first.
    pub(crate) fn row(&self, line: u32) -> u32 {
        self.line(line).1 + 1
    }

    fn line(&self, line: u32) -> (&'static str, u32) {
        let at = usize::try_from(line)
            .unwrap_or(usize::MAX)
            .saturating_sub(1);
        self.lines
            .get(at)
            .or(self.lines.last())
            .copied()
            .unwrap_or((HEADER, 0))
    }

    fn cell(
        &self,
        sheet: &'static str,
        row: u32,
        reason: &ChecklistReason,
    ) -> (&'static str, Option<u32>, Option<&'static str>) {
        if sheet == HEADER {
            let field = match reason {
                ChecklistReason::BadId { field, .. }
                | ChecklistReason::EmptyText { field }
                | ChecklistReason::TextTooLong { field, .. } => Some(*field),
                ChecklistReason::InForceReversed { .. } => Some("in_force.from"),
                _ => None,
            };
            return (sheet, None, field);
        }
        let rows = |name| self.sheets.get(name).map_or(&[][..], Vec::as_slice);
        let code = rows(ITEMS)
            .iter()
            .find(|one| one.row == row)
            .and_then(|one| one.get("code"));
        let of_item = |fits: &dyn Fn(&Row) -> bool| {
            let mut measures = rows(MEASURES).iter();
            measures
                .find(|one| sheet == ITEMS && one.get("code") == code && fits(one))
                .map(|one| one.row)
        };
        let too_long = |field: &str, one: &Row| {
            one.get(field)
                .is_some_and(|text| text.chars().count() > TEXT_CHARS_MAX)
        };
        match reason {
            ChecklistReason::BadThreshold { quantity, .. } => {
                let found = of_item(&|one| one.get("quantity") == Some(quantity.as_str()));
                (MEASURES, found, Some("value"))
            }
            ChecklistReason::TextTooLong { field, .. } | ChecklistReason::TooMany { field, .. } => {
                let field = field_name(sheet, field);
                match of_item(&|one| too_long(field, one)) {
                    Some(found)
                        if !rows(ITEMS)
                            .iter()
                            .any(|one| one.row == row && too_long(field, one)) =>
                    {
                        (MEASURES, Some(found), Some(field))
                    }
                    _ => (sheet, Some(row), Some(field)),
                }
            }
            ChecklistReason::BadId { id, .. } if sheet == FACILITIES => {
                let mut known = rows(FACILITIES).iter();
                let found = known.find(|one| one.get("key") == Some(id.as_str()));
                (sheet, found.map(|one| one.row), Some("key"))
            }
            _ => (sheet, Some(row), field_of(sheet, reason)),
        }
    }
}

/// The field under which a sheet holds what the parser calls `field`.
fn field_name(sheet: &str, field: &'static str) -> &'static str {
    match (sheet, field) {
        (ITEMS, "condition") => "applies.condition",
        (ITEMS, "applies") => "applies.text",
        (SOURCES, "source id") => "id",
        (SOURCES, "source title") => "title",
        (FACILITIES, _) => "name",
        _ => field,
    }
}

fn field_of(sheet: &str, reason: &ChecklistReason) -> Option<&'static str> {
    use ChecklistReason as Reason;
    match reason {
        Reason::BadCode { .. } | Reason::DuplicateCode { .. } => Some("code"),
        Reason::DuplicateSource { .. } => Some("id"),
        Reason::RepeatedField { .. } if sheet == FACILITIES => Some("key"),
        Reason::UnknownFacility { .. } => Some("applies.facilities"),
        Reason::UnknownSource { .. } | Reason::CitableWithoutSource => Some("source_ids"),
        Reason::CitableUnverified => Some("citable"),
        Reason::TopicOnlyEnabled => Some("enabled"),
        Reason::MeasuresFailMissing { .. } => Some("measures_fail"),
        Reason::InForceReversed { .. } => Some("in_force.from"),
        // A day is the one kind of cell that only the parser reads.
        Reason::WrongKind { .. } if sheet == ITEMS => Some("in_force.from"),
        Reason::EmptyText { field } | Reason::Nothing { field } => Some(field_name(sheet, field)),
        _ => None,
    }
}
