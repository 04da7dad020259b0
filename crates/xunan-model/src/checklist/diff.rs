//! What changed between two editions of a checklist.
//!
//! Items are matched by their code, which is theirs for ever, so a reworded or moved question is a
//! change and not a loss. The values are given as a person would read them and not as the file
//! spells them; the words of fixed lists (`major`, `no`) are left to the reader's language.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use crate::rules::CountingRule;

use super::{Applies, Condition, Edition, Item, Measure, Source, Text, Validity};

/// What changed from one edition to another.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ts_rs::TS)]
#[ts(export)]
pub struct EditionDiff {
    /// What is said of the edition as a whole: title, sector, validity, penalty, tables.
    pub header: Vec<FieldChange>,
    /// The items, by code.
    pub items: Changes,
    /// The regulations, by their id.
    pub sources: Changes,
    /// What can stand on a site, by its key.
    pub facilities: Changes,
    /// Whether the items that both have are asked in another order.
    pub reordered: bool,
}

/// Entries of a list that came, went, or say something else now.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ts_rs::TS)]
#[ts(export)]
pub struct Changes {
    /// Only in the later one, in its order.
    pub added: Vec<Entry>,
    /// Only in the earlier one, in its order.
    pub removed: Vec<Entry>,
    /// In both and different, in the order of the later one.
    pub changed: Vec<EntryChange>,
}

/// An entry of a list: an item, a regulation, a facility.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
#[ts(export)]
pub struct Entry {
    /// Its code, id or key.
    pub key: String,
    /// What it says: the question, the title, the name.
    pub title: Text,
}

/// An entry that says something else now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
#[ts(export)]
pub struct EntryChange {
    /// The entry, as it is now.
    pub entry: Entry,
    /// What is different, in the order in which a screen shows an item.
    pub fields: Vec<FieldChange>,
}

/// One field that is different.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
#[ts(export)]
pub struct FieldChange {
    /// The field, as the file format names it.
    pub field: String,
    /// What it said; nothing when the field was empty.
    pub before: Vec<Said>,
    /// What it says now.
    pub after: Vec<Said>,
}

/// One line of what a field says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[ts(export)]
pub enum Said {
    /// A text.
    Text {
        /// The text.
        text: Text,
        /// How deep it stands among sub-conditions; 0 elsewhere.
        depth: u32,
    },
    /// A word of a fixed list, as the file spells it: `major`, `true`, `all`.
    Word {
        /// The word.
        word: String,
        /// How deep it stands among sub-conditions; 0 elsewhere.
        depth: u32,
    },
    /// A number to enter, with its limit.
    Measure {
        /// The measure.
        measure: Box<Measure>,
    },
}

impl Said {
    fn text(text: &Text) -> Self {
        Self::Text {
            text: text.clone(),
            depth: 0,
        }
    }

    fn plain(text: &str) -> Self {
        Self::text(&Text::zh(text))
    }

    /// The file's own word for a value of a fixed list.
    fn word(value: impl Serialize) -> Self {
        let word = match serde_json::to_value(value) {
            Ok(serde_json::Value::String(word)) => word,
            Ok(other) => other.to_string(),
            Err(_) => String::new(),
        };
        Self::Word { word, depth: 0 }
    }
}

type Fields = Vec<(&'static str, Vec<Said>)>;

impl Edition {
    /// What changed from this edition to a `later` one.
    #[must_use]
    pub fn diff(&self, later: &Self) -> EditionDiff {
        let entry = |key: &str, title: Text| Entry {
            key: key.to_owned(),
            title,
        };
        let facilities = |edition: &Self| -> Vec<(Entry, Fields)> {
            let names = edition.facilities.iter();
            names
                .map(|(key, name)| {
                    let fields = vec![("name", vec![Said::text(name)])];
                    (entry(key, name.clone()), fields)
                })
                .collect()
        };
        let sources = |edition: &Self| -> Vec<(Entry, Fields)> {
            let sources = edition.sources.iter();
            sources
                .map(|one| (entry(&one.id, Text::zh(&*one.title)), source_fields(one)))
                .collect()
        };
        let items = |edition: &Self| -> Vec<(Entry, Fields)> {
            let items = edition.items.iter();
            items
                .map(|one| (entry(&one.code, one.question.clone()), item_fields(one)))
                .collect()
        };
        EditionDiff {
            header: field_changes(header_fields(self), header_fields(later)),
            items: changes(items(self), items(later)),
            sources: changes(sources(self), sources(later)),
            facilities: changes(facilities(self), facilities(later)),
            reordered: common(self, later) != common(later, self),
        }
    }
}

impl EditionDiff {
    /// Whether the two say the same.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The codes of `one` that `other` has too, in the order of `one`.
fn common<'a>(one: &'a Edition, other: &Edition) -> Vec<&'a str> {
    let known: std::collections::HashSet<&str> =
        other.items.iter().map(|item| item.code.as_str()).collect();
    let codes = one.items.iter().map(|item| item.code.as_str());
    codes.filter(|code| known.contains(code)).collect()
}

fn changes(before: Vec<(Entry, Fields)>, after: Vec<(Entry, Fields)>) -> Changes {
    let mut found = Changes::default();
    let order: Vec<String> = before.iter().map(|(entry, _)| entry.key.clone()).collect();
    let mut left: HashMap<String, (Entry, Fields)> = before
        .into_iter()
        .map(|(entry, fields)| (entry.key.clone(), (entry, fields)))
        .collect();
    for (entry, fields) in after {
        match left.remove(&entry.key) {
            None => found.added.push(entry),
            Some((_, old)) => {
                let fields = field_changes(old, fields);
                if !fields.is_empty() {
                    found.changed.push(EntryChange { entry, fields });
                }
            }
        }
    }
    let gone = order.iter().filter_map(|key| left.remove(key));
    found.removed = gone.map(|(entry, _)| entry).collect();
    found
}

/// Both sides list the same fields in the same order: they come from one function.
fn field_changes(before: Fields, after: Fields) -> Vec<FieldChange> {
    let pairs = before.into_iter().zip(after);
    pairs
        .filter(|((_, before), (_, after))| before != after)
        .map(|((field, before), (_, after))| FieldChange {
            field: field.to_owned(),
            before,
            after,
        })
        .collect()
}

fn header_fields(edition: &Edition) -> Fields {
    vec![
        ("title", vec![Said::text(&edition.title)]),
        ("sector", vec![Said::word(&edition.sector)]),
        ("in_force", validity(edition.in_force)),
        (
            "default_penalty",
            optional(edition.default_penalty.as_ref()),
        ),
        ("tables", tables(&edition.tables)),
        ("rules", rules(&edition.rules)),
    ]
}

/// A counting rule is given as it is written, one rule a line: whoever changes one compares the whole.
fn rules(rules: &[CountingRule]) -> Vec<Said> {
    let line = |rule| serde_json::to_string(rule).unwrap_or_default();
    rules.iter().map(|rule| Said::plain(&line(rule))).collect()
}

/// A table is a structure of its own, so it is given as it is written, one table a line.
fn tables(tables: &BTreeMap<String, serde_json::Value>) -> Vec<Said> {
    let lines = tables.iter();
    lines
        .map(|(name, table)| Said::plain(&format!("{name}: {table}")))
        .collect()
}

fn source_fields(source: &Source) -> Fields {
    // Taken apart by name, so that a new field cannot be forgotten here.
    let Source {
        id: _,
        title,
        number,
        issuer,
        issued,
        effective,
        effective_note,
        status,
        scope,
        url,
        pdf,
        verification,
    } = source;
    let line = |text: &Option<String>| text.iter().map(|text| Said::plain(text)).collect();
    vec![
        ("title", vec![Said::plain(title)]),
        ("number", line(number)),
        ("issuer", line(issuer)),
        ("issued", line(issued)),
        ("effective", line(effective)),
        ("effective_note", line(effective_note)),
        ("status", line(status)),
        ("scope", line(scope)),
        ("url", line(url)),
        ("pdf", line(pdf)),
        ("verification", line(verification)),
    ]
}

fn item_fields(item: &Item) -> Fields {
    let Item {
        code: _,
        group,
        level,
        source,
        source_ids,
        official_item,
        hazard_key,
        in_force,
        citable,
        question,
        fail_on,
        hazard,
        evidence,
        measures,
        measures_fail,
        applies,
        conditions,
        penalty,
        confidence,
        enabled,
        tier,
        rule_set,
        stage,
        list,
        maps_to,
        judgement,
        note,
    } = item;
    let Applies {
        facilities,
        condition,
        text,
    } = applies;
    let lines = |texts: &[String]| texts.iter().map(|text| Said::plain(text)).collect();
    let line = |text: &Option<String>| text.iter().map(|text| Said::plain(text)).collect();
    vec![
        ("question", vec![Said::text(question)]),
        ("fail_on", vec![Said::word(fail_on)]),
        ("level", vec![Said::word(level)]),
        ("measures", measures.iter().map(measure).collect()),
        (
            "measures_fail",
            measures_fail.iter().map(Said::word).collect(),
        ),
        ("conditions", condition_lines(conditions.as_ref())),
        ("hazard", vec![Said::text(hazard)]),
        ("source", vec![Said::plain(source)]),
        ("source_ids", lines(source_ids)),
        ("official_item", line(official_item)),
        ("in_force", validity(*in_force)),
        ("citable", vec![Said::word(citable)]),
        ("confidence", vec![Said::word(confidence)]),
        ("use", stage.iter().map(Said::word).collect()),
        ("applies", optional(text.as_ref())),
        ("condition", optional(condition.as_ref())),
        ("facilities", lines(facilities)),
        ("evidence", evidence.iter().map(Said::text).collect()),
        ("penalty", optional(penalty.as_ref())),
        ("group", vec![Said::plain(group)]),
        ("hazard_key", vec![Said::plain(hazard_key)]),
        ("enabled", vec![Said::word(enabled)]),
        ("tier", tier.iter().map(Said::word).collect()),
        ("rule_set", line(rule_set)),
        ("list", line(list)),
        ("maps_to", lines(maps_to)),
        ("judgement", vec![Said::word(judgement)]),
        ("note", optional(note.as_ref())),
    ]
}

fn optional(text: Option<&Text>) -> Vec<Said> {
    text.map(Said::text).into_iter().collect()
}

fn measure(measure: &Measure) -> Said {
    Said::Measure {
        measure: Box::new(measure.clone()),
    }
}

/// The first and the last day, `…` where there is none; nothing at all when it always applies.
fn validity(validity: Validity) -> Vec<Said> {
    if validity == Validity::default() {
        return Vec::new();
    }
    let day = |day: Option<chrono::NaiveDate>| day.map_or("…".to_owned(), |day| day.to_string());
    vec![Said::plain(&format!(
        "{} – {}",
        day(validity.from),
        day(validity.until)
    ))]
}

/// A tree of sub-conditions as lines: `all` or `any`, and below it, deeper, its parts.
pub fn condition_lines(condition: Option<&Condition>) -> Vec<Said> {
    fn lines(condition: &Condition, depth: u32, found: &mut Vec<Said>) {
        let (word, parts) = match condition {
            Condition::Leaf(text) => {
                let text = text.clone();
                found.push(Said::Text { text, depth });
                return;
            }
            Condition::All { all } => ("all", all),
            Condition::Any { any } => ("any", any),
        };
        let word = word.to_owned();
        found.push(Said::Word { word, depth });
        for part in parts {
            lines(part, depth + 1, found);
        }
    }
    let mut found = Vec::new();
    if let Some(condition) = condition {
        lines(condition, 0, &mut found);
    }
    found
}
