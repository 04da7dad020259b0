//! What changed between two editions of a checklist.
//!
//! Items are matched by their code, which is theirs for ever, so a reworded or moved question is a
//! change and not a loss. The values are given as a person would read them and not as the file
//! spells them; the words of fixed lists (`major`, `no`) are left to the reader's language.

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

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = "\
format: 1
id: teahouse
version: '1'
sector: fire
title: 茶馆
facilities: {kitchen: 厨房}
sources:
  - {id: 消防法, title: 消防法, effective: '2021-04-29'}
items:
  - code: T-1
    group: 厨房
    level: general
    source: 消防法 第十六条
    source_ids: [消防法]
    hazard_key: k1
    citable: true
    question: {zh: 间距是否不小于0.5m？, en: Half a metre}
    fail_on: no
    hazard: 间距不足
    evidence: [拍照]
    measures: [{quantity: 间距, unit: m, role: fails_when, op: <, value: 0.5}]
    confidence: verified
  - code: T-2
    group: 厨房
    level: general
    source: 消防法
    hazard_key: k2
    citable: false
    question: 是否？
    fail_on: no
    hazard: 无
    evidence: [拍照]
    confidence: partial
";

    fn edition(yaml: &str) -> Edition {
        Edition::parse("x.yaml", yaml).unwrap()
    }

    /// The base with texts replaced, each of which must be there.
    fn changed(replacements: &[(&str, &str)]) -> Edition {
        let mut yaml = BASE.to_owned();
        for (old, new) in replacements {
            assert!(yaml.contains(old), "{old}");
            yaml = yaml.replacen(old, new, 1);
        }
        edition(&yaml)
    }

    fn words(said: &[Said]) -> Vec<String> {
        let line = |said: &Said| match said {
            Said::Text { text, depth } => format!("{depth}{}", text.zh),
            Said::Word { word, depth } => format!("{depth}{word}"),
            Said::Measure { measure } => measure.value.clone().unwrap_or_default(),
        };
        said.iter().map(line).collect()
    }

    #[test]
    fn an_edition_does_not_differ_from_itself_under_another_version() {
        let later = changed(&[("version: '1'", "version: '2'")]);
        assert!(edition(BASE).diff(&later).is_empty());
    }

    #[test]
    fn a_limit_a_level_and_the_failing_answer_are_told_with_what_they_were() {
        let later = changed(&[
            ("value: 0.5", "value: 0.50"),
            ("level: general", "level: major"),
            ("fail_on: no", "fail_on: yes"),
        ]);
        let diff = edition(BASE).diff(&later);
        assert!(diff.header.is_empty() && diff.sources == Changes::default());
        let [item] = diff.items.changed.as_slice() else {
            panic!("one item changed: {:?}", diff.items)
        };
        assert_eq!(item.entry.key, "T-1");
        let told: Vec<_> = item
            .fields
            .iter()
            .map(|one| (one.field.as_str(), words(&one.before), words(&one.after)))
            .collect();
        let line = |text: &str| vec![text.to_owned()];
        assert_eq!(
            told,
            [
                ("fail_on", line("0no"), line("0yes")),
                ("level", line("0general"), line("0major")),
                ("measures", line("0.5"), line("0.50")),
            ]
        );
    }

    #[test]
    fn an_item_with_a_new_code_is_one_gone_and_one_come_and_a_moved_one_is_neither() {
        let later = changed(&[("code: T-2", "code: T-3")]);
        let diff = edition(BASE).diff(&later);
        let keys = |entries: &[Entry]| -> Vec<String> {
            entries.iter().map(|entry| entry.key.clone()).collect()
        };
        assert_eq!(keys(&diff.items.added), ["T-3"]);
        assert_eq!(keys(&diff.items.removed), ["T-2"]);
        assert!(diff.items.changed.is_empty() && !diff.reordered);

        let (head, items) = BASE.split_at(BASE.find("  - code: T-1").unwrap());
        let (first, second) = items.split_at(items.find("  - code: T-2").unwrap());
        let swapped = edition(&format!("{head}{second}{first}"));
        let diff = edition(BASE).diff(&swapped);
        assert!(diff.reordered && diff.items == Changes::default());
    }

    #[test]
    fn validity_the_clause_a_regulation_and_a_facility_are_told() {
        let later = changed(&[
            (
                "facilities: {",
                "in_force: {from: '2027-01-10'}\nfacilities: {inn: 旅馆, ",
            ),
            (
                "effective: '2021-04-29'",
                "effective: '2026-05-01', url: 'https://x.cn/'",
            ),
            (
                "    confidence: partial",
                "    in_force: {until: '2027-06-30'}\n    confidence: background",
            ),
            ("source: 消防法 第十六条", "source: 消防法 第十七条"),
        ]);
        let diff = edition(BASE).diff(&later);
        assert_eq!(diff.header[0].field, "in_force");
        assert_eq!(words(&diff.header[0].before), Vec::<String>::new());
        assert_eq!(words(&diff.header[0].after), ["02027-01-10 – …"]);
        assert_eq!(diff.facilities.added[0].title.zh, "旅馆");
        let fields = |change: &EntryChange| -> Vec<String> {
            change.fields.iter().map(|one| one.field.clone()).collect()
        };
        assert_eq!(fields(&diff.sources.changed[0]), ["effective", "url"]);
        assert_eq!(fields(&diff.items.changed[0]), ["source"]);
        assert_eq!(fields(&diff.items.changed[1]), ["in_force", "confidence"]);
        assert_eq!(
            words(&diff.items.changed[1].fields[0].after),
            ["0… – 2027-06-30"]
        );
    }

    #[test]
    fn sub_conditions_are_told_with_their_depth() {
        let later = changed(&[(
            "    confidence: partial",
            "    conditions: {all: [甲, {any: [乙, 丙]}]}\n    confidence: partial",
        )]);
        let diff = edition(BASE).diff(&later);
        let change = &diff.items.changed[0].fields[0];
        assert_eq!(change.field, "conditions");
        assert_eq!(words(&change.after), ["0all", "1甲", "1any", "2乙", "2丙"]);
    }
}
