//! What a document of law may cite.

use std::fmt;

use chrono::NaiveDate;

use super::{Edition, EditionRef, Source};

/// A clause that a document of law about a visit may cite.
///
/// There is no other way to one than [`Edition::cite`], so whatever prints clauses takes a
/// `Citation` and cannot print one that was not read, is only a hint, or was not in force on the
/// day of the visit. A finding whose item gives none is recorded all the same, marked 待核.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Citation {
    clause: String,
    item: String,
    edition: EditionRef,
}

impl Citation {
    /// The clause in words, e.g. 消防法 第二十八条.
    #[must_use]
    pub fn clause(&self) -> &str {
        &self.clause
    }

    /// The code of the item it belongs to.
    #[must_use]
    pub fn item(&self) -> &str {
        &self.item
    }

    /// The edition in which it was read.
    #[must_use]
    pub fn edition(&self) -> &EditionRef {
        &self.edition
    }
}

impl fmt::Display for Citation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.clause)
    }
}

impl Edition {
    /// The clause of the item `code`, for a document about a visit on `day`. `None` (待核): no such
    /// item, its clause was not read well enough or is only a hint, or it, the whole edition or a
    /// regulation that it names was not in force that day.
    #[must_use]
    pub fn cite(&self, code: &str, day: NaiveDate) -> Option<Citation> {
        let item = self.item(code)?;
        let may = item.citable && item.confidence.is_verified() && item.stage.is_none();
        let in_force = self.in_force_on(day) && item.in_force_on(day);
        let begun = |source: &Source| source.first_day().is_none_or(|first| first <= day);
        let named = |source: &&Source| item.source_ids.contains(&source.id);
        let in_force = in_force && self.sources.iter().filter(named).all(begun);
        (may && in_force).then(|| Citation {
            clause: item.source.clone(),
            item: item.code.clone(),
            edition: self.reference(),
        })
    }
}
