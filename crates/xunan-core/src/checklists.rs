//! The checklists on this laptop: the built-in ones, and those that the server handed out.

mod shown;

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use anyhow::{Context, Result};
use chrono::NaiveDate;
use xunan_model::checklist::{Edition, EditionRef, FILE_BYTES_MAX};
use xunan_model::fault::{Code, Fault};

use crate::view::ChecklistSummary;
use shown::summary;
pub(crate) use shown::{item_alone, item_view};

/// The built-in editions, by file name; first those that the program is made for.
pub(crate) const BUILT_IN: &[(&str, &str)] = &[
    (
        "noncoal_mine.yaml",
        include_str!("../../../assets/checklists/noncoal_mine.yaml"),
    ),
    (
        "city_gas.yaml",
        include_str!("../../../assets/checklists/city_gas.yaml"),
    ),
    (
        "fire.yaml",
        include_str!("../../../assets/checklists/fire.yaml"),
    ),
    (
        "hazchem.yaml",
        include_str!("../../../assets/checklists/hazchem.yaml"),
    ),
    (
        "construction.yaml",
        include_str!("../../../assets/checklists/construction.yaml"),
    ),
    (
        "fireworks.yaml",
        include_str!("../../../assets/checklists/fireworks.yaml"),
    ),
    (
        "civil_explosives.yaml",
        include_str!("../../../assets/checklists/civil_explosives.yaml"),
    ),
    (
        "industry_trade.yaml",
        include_str!("../../../assets/checklists/industry_trade.yaml"),
    ),
    (
        "special_equipment.yaml",
        include_str!("../../../assets/checklists/special_equipment.yaml"),
    ),
    (
        "electric_power.yaml",
        include_str!("../../../assets/checklists/electric_power.yaml"),
    ),
    (
        "road_transport.yaml",
        include_str!("../../../assets/checklists/road_transport.yaml"),
    ),
    (
        "highway_water_rail.yaml",
        include_str!("../../../assets/checklists/highway_water_rail.yaml"),
    ),
    (
        "education.yaml",
        include_str!("../../../assets/checklists/education.yaml"),
    ),
    (
        "eldercare.yaml",
        include_str!("../../../assets/checklists/eldercare.yaml"),
    ),
    (
        "culture_tourism.yaml",
        include_str!("../../../assets/checklists/culture_tourism.yaml"),
    ),
    (
        "rural_housing.yaml",
        include_str!("../../../assets/checklists/rural_housing.yaml"),
    ),
];

/// Where an edition on this laptop came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Held {
    /// With an earlier version of the program, or from a file that is gone: a visit was made under
    /// it, so it stays. Nothing new is begun under it where there is another.
    Kept,
    /// With the program.
    BuiltIn,
    /// A file in the folder `checklists`.
    Folder,
    /// A record of the office: handed out by the server, or imported on one of its laptops.
    Record,
}

/// An edition on this laptop.
#[derive(Debug)]
pub(crate) struct Sheet {
    /// What it says.
    pub(crate) edition: Edition,
    /// Where it came from.
    pub(crate) held: Held,
    /// The file, of which the edition's digest is.
    pub(crate) text: Cow<'static, str>,
}

/// The checklists that this laptop can use.
#[derive(Debug, Clone)]
pub(crate) struct Checklists {
    sheets: Vec<Arc<Sheet>>,
    /// The office's own files that cannot be used, and why.
    pub(crate) faults: Vec<Fault>,
}

impl Checklists {
    /// The built-in checklists, parsed once per run of the program.
    ///
    /// # Errors
    /// `checklist_invalid` with file, line and reason; a test keeps the built-in ones sound.
    pub(crate) fn load() -> Result<Self> {
        static PARSED: LazyLock<Result<Vec<Arc<Sheet>>, Fault>> = LazyLock::new(|| {
            let sheet = |(name, text): &(&'static str, &'static str)| {
                Ok(Arc::new(Sheet {
                    edition: parse(name, text)?,
                    held: Held::BuiltIn,
                    text: Cow::Borrowed(*text),
                }))
            };
            BUILT_IN.iter().map(sheet).collect()
        });
        Ok(Self {
            sheets: PARSED.clone().map_err(anyhow::Error::from)?,
            faults: Vec::new(),
        })
    }

    /// Adds the office's own editions: `*.yaml` in a folder, in the order of their names. A file
    /// that is not sound is left out and named in `faults`: the others must stay usable in the
    /// field.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub(crate) fn add_folder(&mut self, folder: &Path) -> Result<()> {
        if !folder.exists() {
            return Ok(());
        }
        let mut files: Vec<PathBuf> = Vec::new();
        for entry in std::fs::read_dir(folder)? {
            files.push(entry?.path());
        }
        files.retain(|file| {
            file.extension()
                .is_some_and(|extension| extension == "yaml")
        });
        files.sort();
        for file in files {
            match read(&file) {
                Ok((name, text)) => self.add(&name, text, Held::Folder),
                Err(fault) => self.faults.push(fault),
            }
        }
        Ok(())
    }

    /// Adds an edition from its text; one that is not sound is named in `faults`.
    ///
    /// Another text under a known id and version is held beside the first and takes nothing away:
    /// visits find theirs by its digest.
    pub(crate) fn add(&mut self, name: &str, text: String, held: Held) {
        match parse(name, &text) {
            Ok(edition) => {
                let known = |sheet: &Arc<Sheet>| sheet.edition.digest() == edition.digest();
                if held == Held::Kept && self.sheets.iter().any(known) {
                    return;
                }
                self.sheets.retain(|sheet| !known(sheet));
                let text = Cow::Owned(text);
                self.sheets.push(Arc::new(Sheet {
                    edition,
                    held,
                    text,
                }));
            }
            Err(fault) => self.faults.push(fault),
        }
    }

    /// Adds an edition that has been read already.
    pub(crate) fn push(&mut self, sheet: Sheet) -> Arc<Sheet> {
        let sheet = Arc::new(sheet);
        self.sheets.push(Arc::clone(&sheet));
        sheet
    }

    /// Every edition on this laptop.
    pub(crate) fn all(&self) -> &[Arc<Sheet>] {
        &self.sheets
    }

    /// The editions that a new visit may be made under on a day: of each checklist the latest that
    /// is in force. A visit names its items by checklist and code, so two editions of one checklist
    /// never stand side by side in it.
    pub(crate) fn offered(&self, day: NaiveDate) -> impl Iterator<Item = &Arc<Sheet>> {
        let in_force = move |sheet: &&Arc<Sheet>| sheet.edition.in_force_on(day);
        self.sheets.iter().filter(in_force).filter(move |one| {
            let rivals = self.sheets.iter().filter(in_force);
            let mut rivals = rivals.filter(|other| other.edition.id == one.edition.id);
            !rivals.any(|other| rank(other) > rank(one))
        })
    }

    /// What a new visit can choose from on a day.
    pub(crate) fn summaries(&self, day: NaiveDate) -> Vec<ChecklistSummary> {
        self.offered(day)
            .map(|sheet| summary(&sheet.edition, day))
            .collect()
    }

    /// The edition of a checklist that is in force on a day, the latest version of several.
    pub(crate) fn current(&self, id: &str, day: NaiveDate) -> Option<&Edition> {
        self.offered(day)
            .map(|sheet| &sheet.edition)
            .filter(|edition| edition.id == id)
            .max_by(|a, b| a.version.cmp(&b.version))
    }

    /// The question of an item, in whatever version of its edition.
    pub(crate) fn question(&self, edition: &str, code: &str) -> Option<String> {
        let mut known = self.sheets.iter().filter(|one| one.edition.id == edition);
        known.find_map(|one| Some(one.edition.item(code)?.question.zh.clone()))
    }

    /// An edition by its reference. The digest decides: another text that somebody gave the same
    /// version is not what the record was made under.
    ///
    /// # Errors
    /// `checklist_missing` when a record was made under an edition that is not here.
    pub(crate) fn get(&self, reference: &EditionRef) -> Result<&Edition> {
        let found = self.by_digest(&reference.digest);
        found.map(|sheet| &sheet.edition).with_context(|| {
            Fault::new(Code::NotFound, "checklist_missing")
                .with("id", &reference.id)
                .with("version", &reference.version)
        })
    }

    /// An edition by the digest of its file.
    pub(crate) fn by_digest(&self, digest: &str) -> Option<&Arc<Sheet>> {
        let mut sheets = self.sheets.iter();
        sheets.find(|sheet| sheet.edition.digest() == digest)
    }
}

/// Which of two editions of one checklist is the later: by the first day, then by the version (2 is
/// before 10), then by where it came from. Two texts under one version have an order too.
fn rank(sheet: &Sheet) -> impl Ord {
    let edition = &sheet.edition;
    (
        sheet.held != Held::Kept,
        edition.in_force.from,
        natural(&edition.version),
        sheet.held,
        edition.digest().to_owned(),
    )
}

/// A version as its numbers and the texts between them.
fn natural(version: &str) -> Vec<(u64, String)> {
    let mut parts = vec![(0_u64, String::new())];
    let mut in_number = false;
    for char in version.chars() {
        let digit = char.to_digit(10).map(u64::from);
        match (digit, parts.last_mut()) {
            (Some(digit), Some(last)) if in_number => last.0 = last.0.saturating_mul(10) + digit,
            (Some(digit), _) => parts.push((digit, String::new())),
            (None, Some(last)) => last.1.push(char),
            (None, None) => {}
        }
        in_number = digit.is_some();
    }
    parts
}

fn read(file: &Path) -> Result<(String, String), Fault> {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let unreadable = |error: std::io::Error| invalid(&name, 1, &error.to_string());
    let bytes = std::fs::metadata(file).map_err(unreadable)?.len();
    if bytes > FILE_BYTES_MAX as u64 {
        return Err(invalid(&name, 1, "too large"));
    }
    let text = String::from_utf8(std::fs::read(file).map_err(unreadable)?);
    let text = text.map_err(|_| invalid(&name, 1, "not UTF-8"))?;
    Ok((name.into_owned(), text))
}

fn parse(name: &str, text: &str) -> Result<Edition, Fault> {
    Edition::parse(name, text).map_err(|faults| {
        faults.first().map_or_else(
            || invalid(name, 1, "unreadable"),
            |fault| invalid(&fault.file, fault.line, &fault.reason.to_string()),
        )
    })
}

fn invalid(file: &str, line: u32, reason: &str) -> Fault {
    Fault::new(Code::Invalid, "checklist_invalid")
        .with("file", file)
        .with("line", line)
        .with("reason", reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_checklist_is_sound_and_has_groups_today() {
        let checklists = Checklists::load().unwrap();
        let day = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
        let summaries = checklists.summaries(day);
        assert_eq!(summaries.len(), 16);
        for summary in summaries {
            assert!(
                summary
                    .groups
                    .iter()
                    .map(|group| group.items)
                    .sum::<usize>()
                    > 4,
                "{}",
                summary.sector
            );
        }
    }

    fn text(version: &str, from: &str, hazard: &str) -> String {
        include_str!("../../../assets/examples/teahouse.yaml")
            .replace("\"2027-01-10\"         #", &format!("\"{version}\" #"))
            .replace(
                "in_force: {from: \"2027-01-10\"}",
                &format!("in_force: {{from: \"{from}\"}}"),
            )
            .replace("灶台与可燃物距离不足", hazard)
    }

    #[test]
    fn a_new_visit_is_offered_one_edition_of_each_checklist_the_latest_in_force() {
        let mut checklists = Checklists::load().unwrap();
        for (version, from) in [
            ("9", "2026-01-01"),
            ("10", "2026-01-01"),
            ("11", "2027-01-01"),
        ] {
            checklists.add("x.yaml", text(version, from, "无"), Held::Record);
        }
        checklists.add("x.yaml", text("12", "2026-01-01", "无"), Held::Kept);
        assert!(checklists.faults.is_empty(), "{:?}", checklists.faults);
        let offered = |day: &str| -> Vec<String> {
            checklists
                .offered(day.parse().unwrap())
                .filter(|sheet| sheet.edition.id == "teahouse")
                .map(|sheet| sheet.edition.version.clone())
                .collect()
        };
        assert_eq!(offered("2026-11-23"), ["10"]);
        assert_eq!(offered("2027-01-01"), ["11"]);
        assert_eq!(offered("2025-12-31"), Vec::<String>::new());
    }

    #[test]
    fn another_text_under_the_same_version_takes_nothing_from_the_visits_made_under_the_first() {
        let mut checklists = Checklists::load().unwrap();
        checklists.add("x.yaml", text("1", "2026-01-01", "甲"), Held::Record);
        let first = checklists.all().last().unwrap().edition.reference();
        checklists.add("y.yaml", text("1", "2026-01-01", "乙"), Held::Record);
        let second = checklists.all().last().unwrap().edition.reference();
        assert_ne!(first.digest, second.digest);
        let hazard = |reference: &EditionRef| {
            let edition = checklists.get(reference).unwrap();
            edition.items[0].hazard.zh.clone()
        };
        assert_eq!(
            (hazard(&first), hazard(&second)),
            ("甲".to_owned(), "乙".to_owned())
        );
        let never = EditionRef {
            digest: "0".repeat(64),
            ..first
        };
        let error = checklists.get(&never).unwrap_err();
        assert_eq!(
            error.downcast_ref::<Fault>().unwrap().key,
            "checklist_missing"
        );
    }

    #[test]
    fn a_bad_checklist_is_named_by_file_and_line() {
        let folder = tempfile::tempdir().unwrap();
        let text = include_str!("../../../assets/checklists/city_gas.yaml")
            .replace("format: 1", "format: 1\nsurprise: 1");
        std::fs::write(folder.path().join("ours.yaml"), text).unwrap();
        let sound = include_str!("../../../assets/checklists/fire.yaml")
            .replace("id: fire", "id: our_fire");
        std::fs::write(folder.path().join("sound.yaml"), sound).unwrap();
        let mut checklists = Checklists::load().unwrap();
        checklists.add_folder(folder.path()).unwrap();
        let day = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
        assert_eq!(
            checklists.summaries(day).len(),
            17,
            "the sound ones stay usable"
        );
        let fault = &checklists.faults[0];
        assert_eq!(fault.key, "checklist_invalid");
        assert_eq!(fault.params["file"], "ours.yaml");
        assert!(fault.params["line"].parse::<u32>().unwrap() > 1);
    }
}
