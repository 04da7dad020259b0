//! What can be wrong with a checklist file.

use chrono::NaiveDate;
use serde::Serialize;

use super::ThresholdFault;
use crate::rules::RuleFault;

/// A fault in a checklist file. It reads `file:line: reason`, in English, for whoever writes
/// checklists; a screen takes the reason and says it in its own language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{file}:{line}: {reason}")]
pub struct ChecklistFault {
    /// The file, as the caller named it.
    pub file: String,
    /// The line, from 1; for a fault inside an item, where the item begins.
    pub line: u32,
    /// What is wrong.
    pub reason: ChecklistReason,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum ChecklistReason {
    /// The file is larger than any checklist.
    #[error("the file has {bytes} bytes; at most {bytes_max} are read")]
    FileTooLarge {
        /// Its size.
        bytes: usize,
        /// The limit.
        bytes_max: usize,
    },
    /// The file uses more of YAML than a checklist needs (nesting, anchors, sheer number).
    #[error("the file is too complex: {detail}")]
    TooComplex {
        /// What was too much.
        detail: String,
    },
    /// Not YAML, or a value that cannot be read; the text is the reader's own.
    #[error("{message}")]
    Unreadable {
        /// What the reader says.
        message: String,
    },
    /// A field that the format does not have.
    #[error("unknown field `{field}`; known here: {}", known.join(", "))]
    UnknownField {
        /// The field.
        field: String,
        /// The fields that there are.
        known: Vec<String>,
    },
    /// A field that has to be there is not.
    #[error("the field `{field}` is missing")]
    MissingField {
        /// The field.
        field: String,
    },
    /// A field stands twice.
    #[error("the field `{field}` stands here twice")]
    RepeatedField {
        /// The field.
        field: String,
    },
    /// A word outside a fixed list.
    #[error("unknown word `{word}`; known here: {}", known.join(", "))]
    UnknownWord {
        /// The word.
        word: String,
        /// The words that there are.
        known: Vec<String>,
    },
    /// A value of another kind than the field takes.
    #[error("found {found}, expected {expected}")]
    WrongKind {
        /// What stands there.
        found: String,
        /// What has to.
        expected: String,
    },
    /// The file is written in another version of the format.
    #[error("format {format} is not known to this program, which reads format {known}")]
    UnknownFormat {
        /// The file's.
        format: u32,
        /// The program's.
        known: u32,
    },
    /// An id, a version, a sector or a facility key with other characters than it may have.
    #[error(
        "bad `{field}` `{id}`: letters a-z, digits, `_`, `-` and `.` only, at most {chars_max}"
    )]
    BadId {
        /// The field.
        field: &'static str,
        /// Its value.
        id: String,
        /// The longest that is allowed.
        chars_max: usize,
    },
    /// A code with other characters than it may have.
    #[error(
        "bad code `{code}`: letters A-Z, a-z, digits, `-`, `.` and `_` only, at most {chars_max}"
    )]
    BadCode {
        /// The code.
        code: String,
        /// The longest that is allowed.
        chars_max: usize,
    },
    /// Two items have one code.
    #[error("the code `{code}` is already used in line {first_line}")]
    DuplicateCode {
        /// The code.
        code: String,
        /// Where it stood first.
        first_line: u32,
    },
    /// Two sources have one id.
    #[error("the source `{id}` is already described in line {first_line}")]
    DuplicateSource {
        /// The id.
        id: String,
        /// Where it stood first.
        first_line: u32,
    },
    /// A text that has to say something is empty.
    #[error("`{field}` is empty")]
    EmptyText {
        /// The field.
        field: &'static str,
    },
    /// A text is longer than any screen or document can hold.
    #[error("`{field}` has {chars} characters; at most {chars_max} are allowed")]
    TextTooLong {
        /// The field.
        field: &'static str,
        /// Its length.
        chars: usize,
        /// The limit.
        chars_max: usize,
    },
    /// No items, no evidence, a condition without parts.
    #[error("`{field}` has nothing in it")]
    Nothing {
        /// The field.
        field: &'static str,
    },
    /// More entries than allowed.
    #[error("`{field}` has {count} entries; at most {count_max} are allowed")]
    TooMany {
        /// The field.
        field: &'static str,
        /// How many.
        count: usize,
        /// The limit.
        count_max: usize,
    },
    /// A facility key that the edition does not list.
    #[error("the facility `{key}` is not among the `facilities` of this file")]
    UnknownFacility {
        /// The key.
        key: String,
    },
    /// A source id that the edition does not list.
    #[error("the source `{id}` is not among the `sources` of this file")]
    UnknownSource {
        /// The id.
        id: String,
    },
    /// A measure without a usable limit.
    #[error("measure `{quantity}`: {problem}")]
    BadThreshold {
        /// What is measured.
        quantity: String,
        /// What is wrong with its limit.
        problem: ThresholdFault,
    },
    /// Several measures can fail the item, and it is not said how many of them it takes.
    #[error("{count} measures can fail this item: `measures_fail` has to say `any` or `all`")]
    MeasuresFailMissing {
        /// How many.
        count: usize,
    },
    /// Only the clause's topic is known, yet the item would be asked.
    #[error("an item with `confidence: topic_only` has to be `enabled: false`")]
    TopicOnlyEnabled,
    /// Citable, though its clause was not read in full or it only prejudges.
    #[error("an item that is not verified, or that has a `use`, cannot be `citable: true`")]
    CitableUnverified,
    /// Citable, though no regulation is named that a document could cite.
    #[error("an item that is `citable: true` has to name its regulation in `source_ids`")]
    CitableWithoutSource,
    /// In force from a day after the last one.
    #[error("in force from {from}, which is after its last day, {until}")]
    InForceReversed {
        /// The first day.
        from: NaiveDate,
        /// The last day.
        until: NaiveDate,
    },
    /// A table holds a number that is not whole and would lose its exact value.
    #[error("the table `{table}` has the number {number}: write a decimal as text, in quotes")]
    TableDecimal {
        /// The table.
        table: String,
        /// The number.
        number: String,
    },
    /// A table that the program reads is not of its shape.
    #[error("the table `{table}`: {detail}")]
    BadTable {
        /// The table.
        table: String,
        /// What is wrong.
        detail: String,
    },
    /// A counting rule that cannot be used.
    #[error("the rule `{rule}`: {problem}")]
    BadRule {
        /// The rule.
        rule: String,
        /// Why.
        problem: RuleFault,
    },
}
