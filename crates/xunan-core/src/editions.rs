//! Editions of checklists: reading, comparing, importing, taking away.
//!
//! An imported edition is a record of the office like one that the server hands out: a visit made
//! under it is read on other laptops and at the office, and what it asks has to be there too. The
//! record holds the YAML text and is written in one transaction, so an edition is here whole or not
//! at all. Its name is derived from its content: no import can change what a visit was made under.
//!
//! An edition that is not a record (built in, or from the folder) is copied into the database when a
//! visit is begun under it: an update of the program brings new editions, and the visit keeps its own.

mod import;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Context, Result};
use chrono::NaiveDate;
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use xunan_model::checklist::{Edition, EditionDiff, EditionRef, Level, condition_lines};
use xunan_model::edition::EditionFile;
use xunan_model::fault::{Code, Fault};
use xunan_model::inspection::Inspection;

use crate::app::App;
use crate::checklists::{Checklists, Held, Sheet, item_alone};
use crate::store::{Tx, record, setting};
use crate::view::{
    EditionGroup, EditionImport, EditionItem, EditionOrigin, EditionRow, EditionState, EditionView,
    SavedFile,
};
use crate::{platform, saved, sheet};

/// The example that people start from.
const EXAMPLE: &str = include_str!("../../../assets/examples/teahouse.yaml");

/// The kinds of file in which a checklist is exchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum FileKind {
    /// The documented text.
    Yaml,
    /// A workbook.
    Xlsx,
}

impl App {
    /// Every edition on this laptop: by title, the latest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn edition_list(&self) -> Result<Vec<EditionRow>> {
        let checklists = self.shared.checklists();
        let rows = self.read(|conn| {
            let known = Known::read(conn)?;
            let sheets = checklists.all().iter();
            let rows: Vec<EditionRow> = sheets.map(|one| row(&checklists, one, &known)).collect();
            Ok(rows)
        });
        let mut rows = rows?;
        rows.sort_by(|a, b| {
            let key = |row: &EditionRow| (row.title.zh.clone(), row.edition.id.clone());
            let day = |row: &EditionRow| (row.in_force_from.clone(), row.edition.version.clone());
            key(a).cmp(&key(b)).then(day(b).cmp(&day(a)))
        });
        Ok(rows)
    }

    /// An edition to read, by the digest of its file.
    ///
    /// # Errors
    /// `not_found`.
    pub fn edition_get(&self, digest: &str) -> Result<EditionView> {
        let checklists = self.shared.checklists();
        let sheet = find(&checklists, digest)?;
        let today = platform::today();
        let groups = sheet.edition.groups().into_iter();
        Ok(EditionView {
            row: self.read(|conn| Ok(row(&checklists, sheet, &Known::read(conn)?)))?,
            groups: groups
                .map(|group| EditionGroup {
                    path: group.path.to_owned(),
                    items: group
                        .items
                        .into_iter()
                        .map(|item| edition_item(&sheet.edition, item, today))
                        .collect(),
                })
                .collect(),
        })
    }

    /// What changed from one edition to another, both by their digests.
    ///
    /// # Errors
    /// `not_found`.
    pub fn edition_diff(&self, before: &str, after: &str) -> Result<EditionDiff> {
        let checklists = self.shared.checklists();
        let (before, after) = (find(&checklists, before)?, find(&checklists, after)?);
        Ok(before.edition.diff(&after.edition))
    }

    /// Reads a file as [`App::edition_import`] would, and keeps nothing.
    ///
    /// # Errors
    /// When the database cannot be read. What is wrong with the file is in the answer.
    pub fn edition_preview(&self, name: &str, bytes: &[u8]) -> Result<EditionImport> {
        let checklists = self.shared.checklists();
        let (edition, faults) = match import::read(&checklists, name, bytes) {
            Ok((_, edition)) => (Some(edition), Vec::new()),
            Err(faults) => (None, faults),
        };
        self.read(|conn| {
            let known = Known::read(conn)?;
            let against = edition.as_ref().and_then(|new| latest(&checklists, new));
            let diff = edition.as_ref().zip(against);
            Ok(EditionImport {
                diff: diff.map(|(new, old)| old.edition.diff(new)),
                against: against.map(|one| row(&checklists, one, &known)),
                row: edition.map(|edition| new_row(edition, &checklists, &known)),
                faults,
                stored: false,
            })
        })
    }

    /// Imports a checklist from a YAML file or a workbook, all of it or nothing. It can be used at
    /// once, and reaches the office's other laptops like any record.
    ///
    /// # Errors
    /// When the database refuses. What is wrong with the file is in the answer, and nothing was
    /// kept then.
    pub fn edition_import(&self, name: &str, bytes: &[u8]) -> Result<EditionImport> {
        let mut import = self.edition_preview(name, bytes)?;
        let checklists = self.shared.checklists();
        let Ok((text, edition)) = import::read(&checklists, name, bytes) else {
            return Ok(import);
        };
        let name: String = name.chars().take(import::NAME_CHARS_MAX).collect();
        let file = EditionFile::read(&name, text).map_err(|faults| {
            let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
            anyhow::anyhow!("a checklist that was sound is not: {}", told.join("; "))
        })?;
        self.write(|tx| {
            tx.local(&own_key(edition.digest()), Some("1"))?;
            tx.put(&file)
        })?;
        import.stored = true;
        Ok(import)
    }

    /// Writes an edition into `folder`, as a workbook or in the documented text.
    ///
    /// # Errors
    /// `not_found`, `save_failed`, `disk_full`.
    pub fn edition_save(&self, digest: &str, kind: FileKind, folder: &Path) -> Result<SavedFile> {
        let checklists = self.shared.checklists();
        let sheet = find(&checklists, digest)?;
        let edition = &sheet.edition;
        let name = format!("{}-{}", edition.id, edition.version);
        save(edition, &sheet.text, &name, kind, folder)
    }

    /// Writes the example into `folder`.
    ///
    /// # Errors
    /// `save_failed`, `disk_full`.
    pub fn example_save(&self, kind: FileKind, folder: &Path) -> Result<SavedFile> {
        let edition = Edition::parse("example.yaml", EXAMPLE)
            .map_err(|faults| anyhow::anyhow!("the example: {faults:?}"))?;
        save(&edition, EXAMPLE, "检查表示例", kind, folder)
    }
}

fn find<'a>(checklists: &'a Checklists, digest: &str) -> Result<&'a Sheet> {
    let found = checklists.by_digest(digest);
    found
        .map(AsRef::as_ref)
        .with_context(|| Fault::new(Code::NotFound, "not_found"))
}

fn save(
    edition: &Edition,
    text: &str,
    name: &str,
    kind: FileKind,
    folder: &Path,
) -> Result<SavedFile> {
    let (bytes, extension, left_out) = match kind {
        FileKind::Yaml => (text.as_bytes().to_vec(), "yaml", None),
        FileKind::Xlsx => {
            let bytes = sheet::workbook(edition)?;
            let left_out = left_out(edition, &bytes)?;
            (bytes, "xlsx", Some(left_out))
        }
    };
    let path = saved::save_new(folder, &format!("{name}.{extension}"), &bytes)?;
    Ok(SavedFile {
        path: path.display().to_string(),
        left_out: left_out.filter(|diff| !diff.is_empty()),
    })
}

/// What a workbook does not hold of its edition, found by reading it back: so nothing is left
/// out without being told, whatever else a later format has.
fn left_out(edition: &Edition, bytes: &[u8]) -> Result<EditionDiff> {
    let composed = sheet::compose(bytes)
        .map_err(|faults| anyhow::anyhow!("a workbook that was just written: {faults:?}"))?;
    let again = Edition::parse("workbook", &composed.yaml)
        .map_err(|faults| anyhow::anyhow!("a workbook that was just written: {faults:?}"))?;
    Ok(edition.diff(&again))
}

/// What the database knows of editions.
struct Known {
    own: Vec<String>,
    open_visits: HashMap<String, usize>,
}

impl Known {
    fn read(conn: &Connection) -> Result<Self> {
        let mut open_visits = HashMap::new();
        for visit in record::all::<Inspection>(conn)? {
            for edition in visit
                .editions
                .into_iter()
                .filter(|_| visit.finished.is_none())
            {
                *open_visits.entry(edition.digest).or_insert(0) += 1;
            }
        }
        let mut statement =
            conn.prepare_cached("SELECT key FROM local WHERE key GLOB 'edition-own/*'")?;
        let own = statement.query_map([], |row| row.get(0))?;
        Ok(Self {
            own: own.collect::<rusqlite::Result<_>>()?,
            open_visits,
        })
    }
}

fn row(checklists: &Checklists, sheet: &Sheet, known: &Known) -> EditionRow {
    let edition = &sheet.edition;
    let digest = edition.digest();
    let today = platform::today();
    let origin = match sheet.held {
        Held::BuiltIn => EditionOrigin::BuiltIn,
        Held::Folder => EditionOrigin::Folder,
        Held::Kept => EditionOrigin::Kept,
        Held::Record if known.own.contains(&own_key(digest)) => EditionOrigin::Own,
        Held::Record => EditionOrigin::Office,
    };
    let mut offered = checklists.offered(today);
    let in_force = offered.any(|one| one.edition.digest() == digest);
    EditionRow {
        edition: edition.reference(),
        sector: edition.sector.clone(),
        title: edition.title.clone(),
        in_force_from: edition.in_force.from.map(|day| day.to_string()),
        in_force_until: edition.in_force.until.map(|day| day.to_string()),
        origin,
        state: state(edition, today, in_force),
        items: edition.items.len(),
        major: edition
            .items
            .iter()
            .filter(|item| item.level == Level::Major)
            .count(),
        open_visits: known.open_visits.get(digest).copied().unwrap_or(0),
    }
}

fn state(edition: &Edition, today: NaiveDate, offered: bool) -> EditionState {
    let validity = edition.in_force;
    if validity.from.is_some_and(|from| today < from) {
        EditionState::NotYet
    } else if validity.until.is_some_and(|until| until < today) {
        EditionState::Ended
    } else if offered {
        EditionState::InForce
    } else {
        EditionState::Replaced
    }
}

/// The row of an edition as it will be once it is kept.
fn new_row(edition: Edition, checklists: &Checklists, known: &Known) -> EditionRow {
    let mut with = checklists.clone();
    let text = std::borrow::Cow::Borrowed("");
    let held = Held::Record;
    let sheet = with.push(Sheet {
        edition,
        held,
        text,
    });
    EditionRow {
        origin: EditionOrigin::Own,
        ..row(&with, &sheet, known)
    }
}

/// The edition of the same checklist that a new one is compared with: the one in use today, else
/// the last that came here.
fn latest<'a>(checklists: &'a Checklists, new: &Edition) -> Option<&'a Sheet> {
    let mut offered = checklists.offered(platform::today());
    let in_use = offered.find(|one| one.edition.id == new.id);
    let mut all = checklists.all().iter().rev();
    let found = in_use.or_else(|| all.find(|one| one.edition.id == new.id));
    found.map(AsRef::as_ref)
}

fn edition_item(
    edition: &Edition,
    item: &xunan_model::checklist::Item,
    today: NaiveDate,
) -> EditionItem {
    let confidence = serde_json::to_value(item.confidence).ok();
    let titles = item.source_ids.iter().filter_map(|id| edition.source(id));
    EditionItem {
        item: item_alone(edition, item, today),
        asked: item.enabled && item.in_force_on(today),
        in_force_from: item.in_force.from.map(|day| day.to_string()),
        in_force_until: item.in_force.until.map(|day| day.to_string()),
        confidence: confidence
            .as_ref()
            .and_then(|word| word.as_str())
            .unwrap_or_default()
            .to_owned(),
        sources: titles.map(|source| source.title.clone()).collect(),
        measures: item.measures.clone(),
        conditions: condition_lines(item.conditions.as_ref()),
    }
}

fn own_key(digest: &str) -> String {
    format!("edition-own/{digest}")
}

/// Copies the editions of a visit that are not records of the office into the database.
pub(crate) fn keep(
    tx: &mut Tx<'_>,
    checklists: &Checklists,
    editions: &[EditionRef],
) -> Result<()> {
    for edition in editions {
        let sheet = checklists.by_digest(&edition.digest);
        let Some(sheet) = sheet.filter(|sheet| sheet.held != Held::Record) else {
            continue;
        };
        let key = format!("edition/{}", edition.digest);
        if setting::local(tx.conn(), &key)?.is_none() {
            tx.local(&key, Some(&sheet.text))?;
        }
    }
    Ok(())
}

/// What [`keep`] copied.
pub(crate) fn kept(conn: &Connection) -> Result<Vec<String>> {
    let mut statement =
        conn.prepare_cached("SELECT value FROM local WHERE key GLOB 'edition/*'")?;
    let texts = statement.query_map([], |row| row.get(0))?;
    Ok(texts.collect::<rusqlite::Result<_>>()?)
}
