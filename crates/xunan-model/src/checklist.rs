//! Checklists (检查表): the criteria that an inspector goes through on a visit.
//!
//! One file is one **edition** of one sector's checklist, and an edition never changes: a record
//! keeps the [`EditionRef`] it was made under, so an old visit reads as it was written even
//! after the regulation has been replaced. The file is written by people (`docs/CHECKLISTS.md`
//! describes it), therefore reading it is strict: an unknown word is refused with its line
//! rather than ignored, because a misspelt `citable` or `fail_on` would be a wrong document later.
//!
//! [`Edition::parse`] is the only way to an [`Edition`], so whoever holds one holds a checked
//! one. The built-in files are data beside the program, not part of this crate: reading them
//! from a disk is the caller's business.

mod citation;
mod condition;
mod decimal;
mod diff;
mod fault;
mod item;
mod measure;
mod parse;
mod text;
mod validate;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

pub use citation::Citation;
pub use condition::Condition;
pub use decimal::{DECIMAL_CHARS_MAX, Decimal};
pub use diff::{Changes, EditionDiff, Entry, EntryChange, FieldChange, Said, condition_lines};
pub use fault::{ChecklistFault, ChecklistReason};
pub use item::{Applies, Confidence, FailOn, Item, Level, MeasuresFail, Stage, Tier};
pub use measure::{LimitSource, Measure, MeasureRole, Op, Threshold, ThresholdFault, ValueSource};
pub use text::Text;

use crate::rules::CountingRule;

/// The largest checklist file that is read. The largest built-in one is a tenth of it.
pub const FILE_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Items of one edition.
pub const ITEMS_COUNT_MAX: usize = 2_000;
/// Parts of one item: its measures, its evidence, its sub-conditions, each counted alone.
pub const ITEM_PARTS_COUNT_MAX: usize = 50;
/// Counting rules of one edition.
pub const RULES_COUNT_MAX: usize = 50;
/// Sources of one edition, and its facility kinds.
pub const SOURCES_COUNT_MAX: usize = 200;
/// One text in one language.
pub const TEXT_CHARS_MAX: usize = 1_000;
/// An id, a version, a facility key or an item's code.
pub const CODE_CHARS_MAX: usize = 40;
/// Levels of nesting in a file; the built-in ones need nine.
pub const NESTING_LEVELS_MAX: usize = 24;
/// Faults reported at once; more help nobody.
pub const FAULTS_COUNT_MAX: usize = 100;
/// The version of the file format that this program reads.
pub const FORMAT: u32 = 1;

/// One edition of one sector's checklist (检查表版次), checked and immutable.
#[derive(Debug, Clone, Serialize)]
pub struct Edition {
    /// The checklist, e.g. `city_gas`; the same for all its editions.
    pub id: String,
    /// Which edition, e.g. `2026-11-23`.
    pub version: String,
    /// The sector it belongs to, as sites name theirs.
    pub sector: String,
    /// Its name for people.
    pub title: Text,
    /// When the edition as a whole applies. Items may narrow it.
    pub in_force: Validity,
    /// The penalty clause when an item names none: a hint for the officer, never a decision.
    pub default_penalty: Option<Text>,
    /// What can stand on a site, by key; `Applies::facilities` refers to it.
    pub facilities: BTreeMap<String, Text>,
    /// The regulations that the items rest on.
    pub sources: Vec<Source>,
    /// The sector's own tables (counting rules, danger levels, definitions), as written.
    /// Numbers in them are whole; a decimal is text.
    pub tables: BTreeMap<String, serde_json::Value>,
    /// Counting rules: several of its items together are a major hazard.
    pub rules: Vec<CountingRule>,
    /// The items, in the order in which they are asked.
    pub items: Vec<Item>,
    digest: String,
}

/// Which edition a record was made under.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct EditionRef {
    /// The checklist.
    pub id: String,
    /// Its edition.
    pub version: String,
    /// SHA-256 over the bytes of the file: the same version with other content is noticed.
    pub digest: String,
}

/// From when until when something applies, both days included. Without either: always.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Validity {
    /// The first day.
    #[serde(default, deserialize_with = "text::date")]
    pub from: Option<NaiveDate>,
    /// The last day.
    #[serde(default, deserialize_with = "text::date")]
    pub until: Option<NaiveDate>,
}

impl Validity {
    /// Whether it applies on `date`.
    #[must_use]
    pub fn contains(&self, date: NaiveDate) -> bool {
        self.from.is_none_or(|from| from <= date) && self.until.is_none_or(|until| date <= until)
    }
}

/// A regulation or standard that items rest on.
///
/// The dates are text on purpose: several are known only as a month or with a remark.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Its short name within the edition; `Item::source_ids` refers to it.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its document number (文号).
    #[serde(default)]
    pub number: Option<String>,
    /// Who issued it.
    #[serde(default)]
    pub issuer: Option<String>,
    /// When it was issued.
    #[serde(default)]
    pub issued: Option<String>,
    /// From when it applies; see [`Source::first_day`].
    #[serde(default)]
    pub effective: Option<String>,
    /// A remark on that.
    #[serde(default)]
    pub effective_note: Option<String>,
    /// Whether it is still in force, as far as known.
    #[serde(default)]
    pub status: Option<String>,
    /// To whom it applies.
    #[serde(default)]
    pub scope: Option<String>,
    /// The official page.
    #[serde(default)]
    pub url: Option<String>,
    /// The official PDF.
    #[serde(default)]
    pub pdf: Option<String>,
    /// How much of it was read, and where.
    #[serde(default)]
    pub verification: Option<String>,
}

impl Source {
    /// The day with which `effective` begins, e.g. of `2025-04-14（印发之日起）`. `None` where only a
    /// month, a year or a remark is known.
    #[must_use]
    pub fn first_day(&self) -> Option<NaiveDate> {
        let day = self.effective.as_deref()?.get(..10)?;
        day.parse().ok()
    }
}

/// Items under one heading.
#[derive(Debug, Clone)]
pub struct Group<'a> {
    /// The heading: a path, `/` between its levels.
    pub path: &'a str,
    /// Its items, in the edition's order.
    pub items: Vec<&'a Item>,
}

impl Group<'_> {
    /// The levels of the heading, the widest first.
    pub fn levels(&self) -> impl Iterator<Item = &str> {
        self.path.split('/')
    }
}

impl Edition {
    /// Reads a checklist file. `file_name` only names it in faults.
    ///
    /// # Errors
    ///
    /// Every fault that was found, by line. A file that is not even of the right shape gives
    /// the first fault only, because what follows would be guesswork.
    pub fn parse(file_name: &str, yaml: &str) -> Result<Self, Vec<ChecklistFault>> {
        parse::edition(file_name, yaml)
    }

    /// SHA-256 over the bytes of the file, in hexadecimal.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// What a record keeps of this edition.
    #[must_use]
    pub fn reference(&self) -> EditionRef {
        EditionRef {
            id: self.id.clone(),
            version: self.version.clone(),
            digest: self.digest.clone(),
        }
    }

    /// Whether the edition as a whole applies on `date`.
    #[must_use]
    pub fn in_force_on(&self, date: NaiveDate) -> bool {
        self.in_force.contains(date)
    }

    /// The item with this code.
    #[must_use]
    pub fn item(&self, code: &str) -> Option<&Item> {
        self.items.iter().find(|item| item.code == code)
    }

    /// The regulation with this id.
    #[must_use]
    pub fn source(&self, id: &str) -> Option<&Source> {
        self.sources.iter().find(|source| source.id == id)
    }

    /// The headings, each where it first occurs. An edition may come back to a heading later;
    /// its items are still listed together.
    #[must_use]
    pub fn groups(&self) -> Vec<Group<'_>> {
        let mut groups: Vec<Group<'_>> = Vec::new();
        for item in &self.items {
            match groups.iter_mut().find(|group| group.path == item.group) {
                Some(group) => group.items.push(item),
                None => groups.push(Group {
                    path: &item.group,
                    items: vec![item],
                }),
            }
        }
        groups
    }

    /// What is asked on `date`: the items that are switched on and in force that day, in order.
    /// One that is for a 预判 only is asked after its end too: it is never cited anyway, and the rule
    /// that took its place may have no content yet. And an old list is switched off because it has
    /// ended: on the days on which it was in force it is asked, but for what is known by topic only.
    pub fn active_items(&self, date: NaiveDate) -> impl Iterator<Item = &Item> {
        let begun = move |item: &Item| item.in_force.from.is_none_or(|from| from <= date);
        self.items.iter().filter(move |item| {
            let prejudged = item.stage == Some(Stage::PrejudgeOnly) && begun(item);
            let old_list = item.list.is_some()
                && item.in_force.until.is_some()
                && item.confidence != Confidence::TopicOnly;
            (item.enabled && (item.in_force_on(date) || prejudged))
                || (old_list && item.in_force_on(date))
        })
    }
}
