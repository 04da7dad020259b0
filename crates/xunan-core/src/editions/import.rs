//! A file that somebody wants to import: an edition, or everything that is wrong with it.

use serde::Serialize;
use serde_json::Value;
use xunan_model::checklist::{ChecklistFault, ChecklistReason, Edition};
use xunan_model::edition::EDITION_BYTES_MAX;

use crate::checklists::Checklists;
use crate::sheet::{self, Place, SheetFault};
use crate::view::ImportFault;

/// A file's name in its record.
pub(super) const NAME_CHARS_MAX: usize = 100;

/// Reads a file; the text is what is kept. What a file is, its content tells: names get lost on
/// the way through phones and mail.
pub(super) fn read(
    checklists: &Checklists,
    name: &str,
    bytes: &[u8],
) -> Result<(String, Edition), Vec<ImportFault>> {
    let container = bytes.starts_with(b"PK") || bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]);
    let (text, edition) = if container {
        from_workbook(name, bytes)?
    } else {
        from_text(name, bytes)?
    };
    let whole = |key: &str| ImportFault {
        key: key.to_owned(),
        ..ImportFault::default()
    };
    if text.len() > EDITION_BYTES_MAX {
        // It travels to the office as one change.
        return Err(vec![with(
            whole("too_large_to_send"),
            "kib_max",
            EDITION_BYTES_MAX / 1024,
        )]);
    }
    let mut known = checklists.all().iter().map(|sheet| &sheet.edition);
    if known
        .clone()
        .any(|other| other.digest() == edition.digest())
    {
        return Err(vec![whole("known_already")]);
    }
    if known.any(|other| other.id == edition.id && other.version == edition.version) {
        let fault = with(whole("version_taken"), "version", &edition.version);
        let place = if container {
            sheet::version_place()
        } else {
            let line = text.lines().position(|line| line.starts_with("version:"));
            Place {
                row: line.and_then(|line| u32::try_from(line + 1).ok()),
                ..Place::default()
            }
        };
        return Err(vec![at(fault, place)]);
    }
    Ok((text, edition))
}

fn from_workbook(name: &str, bytes: &[u8]) -> Result<(String, Edition), Vec<ImportFault>> {
    let sheet_fault = |SheetFault { place, reason }| at(said(&reason), place);
    let composed = sheet::compose(bytes)
        .map_err(|faults| faults.into_iter().map(sheet_fault).collect::<Vec<_>>())?;
    let edition = Edition::parse(name, &composed.yaml).map_err(|faults| {
        let fault = |fault: &ChecklistFault| {
            let place = composed.place(fault.line, &fault.reason);
            let mut told = said(&fault.reason);
            if let Some(column) = &place.column {
                told.params.insert("field".to_owned(), column.clone());
            }
            let first = match fault.reason {
                ChecklistReason::DuplicateCode { first_line, .. }
                | ChecklistReason::DuplicateSource { first_line, .. } => Some(first_line),
                _ => None,
            };
            if let Some(line) = first {
                told = with(told, "first_line", composed.row(line));
            }
            at(told, place)
        };
        faults.iter().map(fault).collect::<Vec<_>>()
    })?;
    Ok((composed.yaml, edition))
}

fn from_text(name: &str, bytes: &[u8]) -> Result<(String, Edition), Vec<ImportFault>> {
    let fault = |fault: &ChecklistFault| ImportFault {
        row: Some(fault.line),
        ..said(&fault.reason)
    };
    let Ok(text) = std::str::from_utf8(bytes) else {
        let key = "not_utf8".to_owned();
        return Err(vec![ImportFault {
            key,
            ..ImportFault::default()
        }]);
    };
    // Windows' editors begin a file with a mark that is no part of it.
    let text = text.trim_start_matches('\u{feff}');
    let edition = Edition::parse(name, text)
        .map_err(|faults| faults.iter().map(fault).collect::<Vec<_>>())?;
    Ok((text.to_owned(), edition))
}

fn at(fault: ImportFault, place: Place) -> ImportFault {
    let Place {
        sheet,
        row,
        column,
        cell,
    } = place;
    ImportFault {
        sheet,
        row,
        column,
        cell,
        ..fault
    }
}

fn with(mut fault: ImportFault, name: &str, value: impl ToString) -> ImportFault {
    fault.params.insert(name.to_owned(), value.to_string());
    fault
}

/// A reason as the key of a sentence and the values for its gaps.
fn said(reason: &impl Serialize) -> ImportFault {
    let mut fault = ImportFault {
        key: "sheet_unreadable".to_owned(),
        ..ImportFault::default()
    };
    let Ok(Value::Object(fields)) = serde_json::to_value(reason) else {
        return fault;
    };
    let mut problem_key: Option<String> = None;
    for (name, value) in fields {
        let text = match value {
            Value::String(text) => text,
            Value::Array(words) => {
                let words: Vec<&str> = words.iter().filter_map(Value::as_str).collect();
                words.join(" / ")
            }
            // What is wrong with a limit or a rule.
            Value::Object(problem) => {
                for (name, value) in problem {
                    let text = value
                        .as_str()
                        .map_or_else(|| value.to_string(), str::to_owned);
                    if name == "problem" {
                        problem_key = Some(text);
                    } else {
                        fault.params.insert(name, text);
                    }
                }
                continue;
            }
            other => other.to_string(),
        };
        if name == "reason" {
            fault.key = text;
        } else {
            fault.params.insert(name, text);
        }
    }
    if fault.key == "wrong_kind" {
        let expected = fault.params.remove("expected").unwrap_or_default();
        fault.key = format!("wrong_kind_{}", kind(&expected));
    }
    // Limits and counting rules have reasons of their own: `bad_threshold` becomes `threshold_…`.
    if let Some(problem) = problem_key {
        let of = fault.key.strip_prefix("bad_").unwrap_or(&fault.key);
        fault.key = format!("{of}_{problem}");
    }
    fault
}

/// The reader tells in English what it expected; a sentence needs only which kind it was.
fn kind(expected: &str) -> &'static str {
    let kinds = [
        ("date", "date"),
        ("bool", "yes_no"),
        ("list", "list"),
        ("sequence", "list"),
        ("mapping", "fields"),
        ("map", "fields"),
        ("struct", "fields"),
        ("text", "text"),
        ("string", "text"),
    ];
    let found = kinds.iter().find(|(word, _)| expected.contains(word));
    found.map_or("other", |(_, kind)| kind)
}
