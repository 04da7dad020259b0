//! The checklists on this laptop: the built-in ones, and those that the server handed out.

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use anyhow::{Context, Result};
use chrono::NaiveDate;
use xunan_model::checklist::{Edition, EditionRef, FILE_BYTES_MAX, FailOn, Item, Measure};
use xunan_model::fault::{Code, Fault};
use xunan_model::finding::Level;

use crate::view::{ChecklistSummary, GroupSummary, ItemView, MeasureView};

/// The built-in editions, by file name.
const BUILT_IN: &[(&str, &str)] = &[
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
];

/// The checklists that this laptop can use.
#[derive(Debug, Clone)]
pub(crate) struct Checklists {
    editions: Arc<Vec<Edition>>,
    /// The office's own files that cannot be used, and why.
    pub(crate) faults: Vec<Fault>,
}

impl Checklists {
    /// The built-in checklists, parsed once per run of the program.
    ///
    /// # Errors
    /// `checklist_invalid` with file, line and reason; a test keeps the built-in ones sound.
    pub(crate) fn load() -> Result<Self> {
        static PARSED: LazyLock<Result<Arc<Vec<Edition>>, Fault>> = LazyLock::new(|| {
            let editions: Result<Vec<Edition>, Fault> = BUILT_IN
                .iter()
                .map(|(name, text)| parse(name, text))
                .collect();
            editions.map(Arc::new)
        });
        let editions = PARSED.clone().map_err(anyhow::Error::from)?;
        Ok(Self {
            editions,
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
            let edition = read(&file);
            self.keep(edition);
        }
        Ok(())
    }

    /// Adds an edition from its text; one that is not sound is named in `faults`.
    pub(crate) fn add(&mut self, name: &str, text: &str) {
        self.keep(parse(name, text));
    }

    /// A later file replaces an earlier one of the same id and version.
    fn keep(&mut self, edition: Result<Edition, Fault>) {
        match edition {
            Ok(edition) => {
                let editions = Arc::make_mut(&mut self.editions);
                editions.retain(|other| other.id != edition.id || other.version != edition.version);
                editions.push(edition);
            }
            Err(fault) => self.faults.push(fault),
        }
    }

    /// The editions that are in force on a day.
    pub(crate) fn summaries(&self, day: NaiveDate) -> Vec<ChecklistSummary> {
        self.editions
            .iter()
            .filter(|edition| edition.in_force_on(day))
            .map(|edition| summary(edition, day))
            .collect()
    }

    /// The edition of a checklist that is in force on a day, the latest version of several.
    pub(crate) fn current(&self, id: &str, day: NaiveDate) -> Option<&Edition> {
        self.editions
            .iter()
            .filter(|edition| edition.id == id && edition.in_force_on(day))
            .max_by(|a, b| a.version.cmp(&b.version))
    }

    /// The question of an item, in whatever version of its edition.
    pub(crate) fn question(&self, edition: &str, code: &str) -> Option<String> {
        let mut known = self.editions.iter().filter(|one| one.id == edition);
        known.find_map(|one| {
            let item = one.items.iter().find(|item| item.code == code)?;
            Some(item.question.zh.clone())
        })
    }

    /// An edition by its reference.
    ///
    /// # Errors
    /// `checklist_missing` when a record was made under an edition that is not here.
    pub(crate) fn get(&self, reference: &EditionRef) -> Result<&Edition> {
        let same =
            |edition: &&Edition| edition.id == reference.id && edition.version == reference.version;
        self.editions.iter().find(same).with_context(|| {
            Fault::new(Code::NotFound, "checklist_missing")
                .with("id", &reference.id)
                .with("version", &reference.version)
        })
    }
}

fn read(file: &Path) -> Result<Edition, Fault> {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let unreadable = |error: std::io::Error| invalid(&name, 1, &error.to_string());
    let bytes = std::fs::metadata(file).map_err(unreadable)?.len();
    if bytes > FILE_BYTES_MAX as u64 {
        return Err(invalid(&name, 1, "too large"));
    }
    let text = String::from_utf8(std::fs::read(file).map_err(unreadable)?);
    parse(&name, &text.map_err(|_| invalid(&name, 1, "not UTF-8"))?)
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

fn summary(edition: &Edition, day: NaiveDate) -> ChecklistSummary {
    let active = |item: &&Item| item.enabled && item.in_force_on(day);
    let groups = edition.groups().into_iter().map(|group| {
        let items: Vec<&Item> = group.items.into_iter().filter(active).collect();
        let major = items
            .iter()
            .filter(|item| item.level == xunan_model::checklist::Level::Major)
            .count();
        GroupSummary {
            path: group.path.to_owned(),
            items: items.len(),
            major,
        }
    });
    ChecklistSummary {
        edition: edition.reference(),
        sector: edition.sector.clone(),
        title: edition.title.clone(),
        in_force_from: edition.in_force.from.map(|day| day.to_string()),
        in_force_until: edition.in_force.until.map(|day| day.to_string()),
        groups: groups.filter(|group| group.items > 0).collect(),
    }
}

/// An item as the runner shows it on a visit that began on `day`.
pub(crate) fn item_view(edition: &Edition, item: &Item, day: NaiveDate) -> ItemView {
    let zh =
        |text: &Option<xunan_model::checklist::Text>| text.as_ref().map(|text| text.zh.clone());
    ItemView {
        edition: edition.reference(),
        code: item.code.clone(),
        group: item.group.clone(),
        level: level(item),
        question: item.question.clone(),
        fail_on: match item.fail_on {
            FailOn::Yes => "yes".to_owned(),
            FailOn::No => "no".to_owned(),
        },
        hazard: item.hazard.zh.clone(),
        evidence: item.evidence.iter().map(|text| text.zh.clone()).collect(),
        basis: item.source.clone(),
        citable: edition.cite(&item.code, day).is_some(),
        applies: zh(&item.applies.text),
        condition: zh(&item.applies.condition),
        measures: item.measures.iter().map(measure_view).collect(),
        penalty: zh(&item.penalty).or_else(|| zh(&edition.default_penalty)),
        note: zh(&item.note),
    }
}

/// The level of a finding from this item. An item whose clause was not read never decides
/// 重大 by itself, and an element counts only through its rule: alone both are general.
pub(crate) fn finding_level(edition: &Edition, item: &Item, day: NaiveDate) -> Level {
    match item.level {
        xunan_model::checklist::Level::Major if edition.cite(&item.code, day).is_some() => {
            Level::Major
        }
        _ => Level::General,
    }
}

fn level(item: &Item) -> Level {
    match item.level {
        xunan_model::checklist::Level::Major => Level::Major,
        xunan_model::checklist::Level::General => Level::General,
        xunan_model::checklist::Level::Element => Level::Element,
    }
}

fn measure_view(measure: &Measure) -> MeasureView {
    // The words of the file format are the words of the interface: one spelling for both.
    let word = |value: serde_json::Result<serde_json::Value>| {
        value
            .ok()
            .and_then(|value| value.as_str().map(str::to_owned))
            .unwrap_or_default()
    };
    MeasureView {
        quantity: measure.quantity.zh.clone(),
        unit: measure.unit.clone(),
        role: word(serde_json::to_value(measure.role)),
        op: word(serde_json::to_value(measure.op)),
        value: measure
            .value
            .clone()
            .or_else(|| measure.range.as_ref().map(|range| range.join("–"))),
        limit: measure.limit.as_ref().map(|text| text.zh.clone()),
        limit_from: measure
            .limit_from
            .map(|from| word(serde_json::to_value(from))),
        scale: measure.scale.clone().unwrap_or_default(),
        note: measure
            .note
            .as_ref()
            .or(measure.also.as_ref())
            .map(|text| text.zh.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_checklist_is_sound_and_has_groups_today() {
        let checklists = Checklists::load().unwrap();
        let day = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
        let summaries = checklists.summaries(day);
        assert_eq!(summaries.len(), 5);
        for summary in summaries {
            assert!(
                summary
                    .groups
                    .iter()
                    .map(|group| group.items)
                    .sum::<usize>()
                    > 40,
                "{}",
                summary.sector
            );
        }
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
            6,
            "the sound ones stay usable"
        );
        let fault = &checklists.faults[0];
        assert_eq!(fault.key, "checklist_invalid");
        assert_eq!(fault.params["file"], "ours.yaml");
        assert!(fault.params["line"].parse::<u32>().unwrap() > 1);
    }
}
