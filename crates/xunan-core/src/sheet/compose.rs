//! From the cells of a workbook to rows under known headers, and from them to the YAML text.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::cells::{self, Cells};
use super::columns::{Column, HEADER, HEADER_LINES, ITEMS, Kind, MEASURES, TABLES, columns_of};
use super::yaml::{Yaml, write_all};
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
    pub(super) lines: Vec<(&'static str, u32)>,
    pub(super) sheets: HashMap<&'static str, Vec<Row>>,
}

/// One row of a sheet: the text under each known header.
#[derive(Debug, Clone, Default)]
pub(super) struct Row {
    /// From 0.
    pub(super) row: u32,
    pub(super) cells: HashMap<&'static str, String>,
}

impl Row {
    /// What stands under a field, without blanks at its ends.
    pub(super) fn get(&self, field: &str) -> Option<&str> {
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
