//! From the text of a file to an edition, with the line of everything that can be wrong.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_saphyr::budget::BudgetBreach;
use serde_saphyr::options::{DuplicateKeyPolicy, MergeKeyPolicy};
use serde_saphyr::{Error, Options, Spanned};

use super::{
    ChecklistFault, ChecklistReason, Edition, FAULTS_COUNT_MAX, FILE_BYTES_MAX, Item,
    NESTING_LEVELS_MAX, Source, Text, Validity, validate,
};
use crate::digest::Digest;
use crate::rules::CountingRule;

/// Values in a file, of which a full edition with all its parts stays well below.
const NODES_COUNT_MAX: usize = 200_000;

/// The file as it is written. What it lacks of [`Edition`] is the digest; what it has beyond it
/// are the lines, which nobody needs once it is checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EditionFile {
    pub(super) format: Spanned<u32>,
    pub(super) id: Spanned<String>,
    pub(super) version: Spanned<String>,
    pub(super) sector: Spanned<String>,
    pub(super) title: Spanned<Text>,
    pub(super) in_force: Option<Spanned<Validity>>,
    pub(super) default_penalty: Option<Spanned<Text>>,
    pub(super) facilities: Option<Spanned<BTreeMap<String, Text>>>,
    #[serde(default)]
    pub(super) sources: Vec<Spanned<Source>>,
    #[serde(default)]
    pub(super) tables: BTreeMap<String, Spanned<serde_json::Value>>,
    #[serde(default)]
    pub(super) rules: Vec<Spanned<CountingRule>>,
    pub(super) items: Spanned<Vec<Spanned<Item>>>,
}

pub(super) fn edition(file_name: &str, yaml: &str) -> Result<Edition, Vec<ChecklistFault>> {
    let fault = |line, reason| ChecklistFault {
        file: file_name.to_owned(),
        line,
        reason,
    };
    if yaml.len() > FILE_BYTES_MAX {
        let (bytes, bytes_max) = (yaml.len(), FILE_BYTES_MAX);
        return Err(vec![fault(
            1,
            ChecklistReason::FileTooLarge { bytes, bytes_max },
        )]);
    }
    let file: EditionFile =
        serde_saphyr::from_str_with_options(yaml, options()).map_err(|error| {
            let (line, reason) = located(error, yaml);
            vec![fault(line, reason)]
        })?;

    let mut faults: Vec<_> = validate::faults(&file)
        .into_iter()
        .map(|(line, reason)| fault(line, reason))
        .collect();
    if !faults.is_empty() {
        faults.sort_by_key(|fault| fault.line);
        faults.truncate(FAULTS_COUNT_MAX);
        return Err(faults);
    }
    Ok(Edition {
        id: file.id.value,
        version: file.version.value,
        sector: file.sector.value,
        title: file.title.value,
        in_force: file
            .in_force
            .map(|validity| validity.value)
            .unwrap_or_default(),
        default_penalty: file.default_penalty.map(|text| text.value),
        facilities: file
            .facilities
            .map(|facilities| facilities.value)
            .unwrap_or_default(),
        sources: file
            .sources
            .into_iter()
            .map(|source| source.value)
            .collect(),
        tables: file
            .tables
            .into_iter()
            .map(|(name, table)| (name, table.value))
            .collect(),
        rules: file.rules.into_iter().map(|rule| rule.value).collect(),
        items: file
            .items
            .value
            .into_iter()
            .map(|item| item.value)
            .collect(),
        digest: Digest::of(yaml.as_bytes()).to_string(),
    })
}

/// Where a value stands in the file.
pub(super) fn line_of<T>(value: &Spanned<T>) -> u32 {
    line_number(value.referenced.line())
}

fn line_number(line: u64) -> u32 {
    u32::try_from(line).unwrap_or(u32::MAX).max(1)
}

/// The line and the reason of the reader's error.
fn located(error: Error, yaml: &str) -> (u32, ChecklistReason) {
    let (line, reason) = with_line(error);
    match &reason {
        ChecklistReason::MissingField { field } => match beginning(yaml, field, line) {
            Ok(begin) => (begin, reason),
            Err(cause) => with_line(cause),
        },
        _ => (line, reason),
    }
}

fn with_line(error: Error) -> (u32, ChecklistReason) {
    let line = error
        .location()
        .map_or(1, |location| line_number(location.line()));
    (line, reason(error))
}

/// Where the item begins (or the source, or the file) that lacks `field`. The reader notices it
/// only at `line`, the last field of the mapping, which tells a person nothing.
///
/// An error is the true cause: bad indentation cuts an item short before it makes the file
/// unreadable.
fn beginning(yaml: &str, field: &str, line: u32) -> Result<u32, Error> {
    #[derive(Deserialize)]
    struct Outline {
        #[serde(default)]
        sources: Vec<Spanned<IgnoredAny>>,
        #[serde(default)]
        items: Vec<Spanned<IgnoredAny>>,
        #[serde(flatten)]
        header: BTreeMap<String, IgnoredAny>,
    }

    let outline: Outline = serde_saphyr::from_str_with_options(yaml, options())?;
    let in_header = ["format", "id", "version", "sector", "title"].contains(&field);
    if in_header && !outline.header.contains_key(field) {
        return Ok(1);
    }
    let entries = outline.sources.iter().chain(&outline.items);
    Ok(entries
        .map(line_of)
        .filter(|&begin| begin <= line)
        .max()
        .unwrap_or(line))
}

/// A checklist is plain data. Anchors, aliases and merge keys would let a small file grow
/// without bound and let one edit change several items, so there are none.
fn options() -> Options {
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: NESTING_LEVELS_MAX,
            flow_nesting_limit: NESTING_LEVELS_MAX,
            max_nodes: NODES_COUNT_MAX,
            max_events: NODES_COUNT_MAX * 2,
            max_total_scalar_bytes: FILE_BYTES_MAX,
            max_documents: 1,
            max_anchors: 0,
            max_aliases: 0,
            max_merge_keys: 0,
        },
        duplicate_keys: DuplicateKeyPolicy::Error,
        merge_keys: MergeKeyPolicy::Error,
        strict_booleans: true,
        with_snippet: false,
    }
}

fn reason(error: Error) -> ChecklistReason {
    let words = |words: Vec<&str>| words.into_iter().map(str::to_owned).collect();
    match error {
        Error::Budget { breach, .. } => ChecklistReason::TooComplex {
            detail: exceeded(&breach).to_owned(),
        },
        Error::MergeKeyNotAllowed { .. } => ChecklistReason::TooComplex {
            detail: "merge keys (`<<`) are not used".to_owned(),
        },
        Error::SerdeUnknownField {
            field, expected, ..
        } => ChecklistReason::UnknownField {
            field,
            known: words(expected),
        },
        Error::SerdeMissingField { field, .. } => ChecklistReason::MissingField {
            field: field.to_owned(),
        },
        Error::DuplicateMappingKey { key, .. } => ChecklistReason::RepeatedField {
            field: key.unwrap_or_default(),
        },
        Error::SerdeUnknownVariant {
            variant, expected, ..
        } => ChecklistReason::UnknownWord {
            word: variant,
            known: words(expected),
        },
        Error::SerdeInvalidType {
            unexpected,
            expected,
            ..
        }
        | Error::SerdeInvalidValue {
            unexpected,
            expected,
            ..
        } => ChecklistReason::WrongKind {
            found: unexpected,
            expected,
        },
        Error::Unexpected { expected, .. } => {
            let expected = match expected {
                "sequence start" => "a list",
                "mapping start" => "a mapping (`name: value`)",
                other => other,
            };
            ChecklistReason::WrongKind {
                found: "something else".to_owned(),
                expected: expected.to_owned(),
            }
        }
        Error::NullIntoString { .. } => ChecklistReason::WrongKind {
            found: "nothing".to_owned(),
            expected: "a text".to_owned(),
        },
        Error::WithSnippet { error, .. } | Error::AliasError { error, .. } => reason(*error),
        other => ChecklistReason::Unreadable {
            message: first_line(&other),
        },
    }
}

fn exceeded(breach: &BudgetBreach) -> &'static str {
    match breach {
        BudgetBreach::Anchors { .. } | BudgetBreach::Aliases { .. } => {
            "anchors (`&`) and aliases (`*`) are not used"
        }
        BudgetBreach::MergeKeys { .. } => "merge keys (`<<`) are not used",
        BudgetBreach::Depth { .. } => "it is nested too deeply",
        BudgetBreach::Documents { .. } => "it holds more than one document (`---`)",
        _ => "it holds too many values",
    }
}

/// The reader's message without the position, which the fault gives already.
fn first_line(error: &Error) -> String {
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default();
    line.split(" at line ")
        .next()
        .unwrap_or(line)
        .trim_start_matches("error: ")
        .to_owned()
}
