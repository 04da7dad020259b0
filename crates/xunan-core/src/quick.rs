//! A station's quick checks: a round through small premises.
//!
//! Until a check is finished its marks are a draft on this laptop alone, and its photos bytes on the
//! disk. Finishing writes all of it in one transaction, under names that were chosen when the
//! premises were opened: pressing the key twice, or dying in between, makes one check.

mod photos;
mod writing;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use anyhow::{Context, Result};
use chrono::NaiveDate;
use rusqlite::Connection;
use serde_json::Map;
use xunan_model::fault::{Code, Fault, check_length};
use xunan_model::finding::Finding;
use xunan_model::id::{FindingId, InspectionId, SiteId, derived};
use xunan_model::inspection::Inspection;
use xunan_model::party::Site;
use xunan_model::photo::doubt::Against;
use xunan_model::quick::{
    Hazard, Paste, PasteState, Preset, Presets, QuickDraft, REPORTER_CHARS_MAX, read_paste,
    sameness,
};
use xunan_model::site::survivors::Survivors;

use photos::{Waiting, waiting};
pub(crate) use photos::{draft_of, known, title};

use crate::app::App;
use crate::checklists::Checklists;
use crate::photos::shown;
use crate::store::{record, setting};
use crate::view::{PremisesRow, PresetView, QuickHazardView, QuickRound, QuickView};
use crate::{platform, sites};

/// The preset of premises whose kind nobody told.
const PRESET: &str = "nine_small";
/// Why a hazard that was put right at once is struck off.
const FIXED: &str = "当场整改";
/// Premises of one change: a list of thousands is several, each whole.
const SITES_OF_A_CHANGE: usize = 250;
/// Names kept of those who reported.
const REPORTERS_MAX: usize = 30;

const PLACE: &str = "quick/place";
const DRAFT: &str = "quick/draft/";
const REPORTERS: &str = "quick/reporters";

/// The built-in presets; a test keeps them sound.
pub(crate) fn presets() -> Result<&'static Presets> {
    static PARSED: LazyLock<Result<Presets, String>> = LazyLock::new(|| {
        Presets::parse(include_str!("../../../assets/quick/presets.yaml"))
            .map_err(|fault| fault.to_string())
    });
    PARSED
        .as_ref()
        .map_err(|fault| anyhow::anyhow!("presets: {fault}"))
}

fn preset(id: &str) -> Result<&'static Preset> {
    let found = presets()?.get(id);
    found.with_context(|| Fault::invalid("quick_preset_unknown", "preset"))
}

fn draft_key(site: SiteId) -> String {
    format!("{DRAFT}{site}")
}

fn draft(conn: &Connection, site: SiteId) -> Result<Option<QuickDraft>> {
    let text = setting::local(conn, &draft_key(site))?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

fn reporters(conn: &Connection) -> Result<Vec<String>> {
    let text = setting::local(conn, REPORTERS)?;
    Ok(text
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default())
}

/// Premises that a station goes through, in the order in which they were listed.
fn premises(conn: &Connection) -> Result<Vec<Site>> {
    let mut sites = record::all::<Site>(conn)?;
    let survivors = Survivors::of(sites.iter().map(|site| (site.id, site.merged_into)));
    sites.retain(|site| !site.kinds.is_empty() && survivors.stands(site.id));
    sites.sort_by_key(|site| (site.listed, site.id));
    Ok(sites)
}

impl App {
    /// The round: presets, premises, and what of them was done today.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn quick_round(&self) -> Result<QuickRound> {
        let checklists = self.shared.checklists();
        let today = platform::today();
        let sites = self.sites()?;
        let counts = self.shared.sites.counts(&self.shared.store, &sites)?;
        self.read(|conn| {
            let mut done: BTreeMap<SiteId, (String, InspectionId)> = BTreeMap::new();
            for visit in record::all::<Inspection>(conn)? {
                let finished = visit.finished.as_ref().map(|finished| finished.at);
                if let Some(at) = finished.filter(|_| !visit.preset.is_empty())
                    && platform::china_day(at) == today
                {
                    done.insert(
                        sites.survivors.survivor(visit.site),
                        (at.to_rfc3339(), visit.id),
                    );
                }
            }
            let mut rows = Vec::new();
            for site in premises(conn)? {
                let id = site.id.to_string();
                let check = done.get(&site.id);
                let hazards = match check {
                    Some((_, check)) => record::of_inspection::<Finding>(conn, check.0)?.len(),
                    None => 0,
                };
                rows.push(PremisesRow {
                    done: check.map(|(at, _)| at.clone()),
                    hazards,
                    open: counts.open.get(&site.id).copied().unwrap_or(0),
                    begun: draft(conn, site.id)?.is_some_and(|draft| !draft.marks.is_empty()),
                    preset: preset_of(&site),
                    site: id,
                    name: site.name,
                    address: site.address,
                    contact: site.contact,
                });
            }
            let reporters = reporters(conn)?;
            Ok(QuickRound {
                presets: presets()?
                    .iter()
                    .map(|preset| preset_view(preset, &checklists, today))
                    .collect(),
                premises: rows,
                place: setting::local(conn, PLACE)?,
                reporter: reporters.first().cloned().unwrap_or_default(),
                reporters,
            })
        })
    }

    /// Opens premises: the draft that was left, else a new one. The place is remembered.
    ///
    /// # Errors
    /// `not_found`.
    pub fn quick_open(&self, site: SiteId) -> Result<QuickView> {
        let draft = self.write(|tx| {
            tx.local(PLACE, Some(&site.to_string()))?;
            let known: Site =
                record::get(tx.conn(), site.0)?.context(Fault::new(Code::NotFound, "not_found"))?;
            if let Some(draft) = draft(tx.conn(), site)? {
                return Ok(draft);
            }
            let draft = QuickDraft {
                check: InspectionId(platform::new_id()),
                site,
                preset: preset_of(&known),
                reporter: reporters(tx.conn())?.first().cloned().unwrap_or_default(),
                begun: platform::now(),
                marks: Vec::new(),
            };
            tx.local(&draft_key(site), Some(&serde_json::to_string(&draft)?))?;
            Ok(draft)
        })?;
        self.quick_view(draft)
    }

    /// Keeps what has been marked so far.
    ///
    /// # Errors
    /// `text_too_long`, `quick_hazard_unknown`; `inspection_finished` for a check that has ended.
    pub fn quick_keep(&self, mut draft: QuickDraft) -> Result<QuickView> {
        check_length(&draft.reporter, REPORTER_CHARS_MAX, "reporter")?;
        let preset = preset(&draft.preset)?;
        for mark in &mut draft.marks {
            if preset.hazard(&mark.hazard).is_none() {
                let fault = Fault::new(Code::Invalid, "quick_hazard_unknown");
                return Err(fault.with("hazard", &mark.hazard).into());
            }
            mark.at.get_or_insert_with(platform::now);
        }
        self.write(|tx| {
            if record::get::<Inspection>(tx.conn(), draft.check.0)?.is_some() {
                return Err(Fault::new(Code::Conflict, "inspection_finished").into());
            }
            tx.local(
                &draft_key(draft.site),
                Some(&serde_json::to_string(&draft)?),
            )
        })?;
        self.quick_view(draft)
    }

    /// Who reports from now on; the name is offered again.
    ///
    /// # Errors
    /// `text_too_long`.
    pub fn quick_reporter(&self, name: &str) -> Result<QuickRound> {
        let name = name.trim();
        check_length(name, REPORTER_CHARS_MAX, "reporter")?;
        self.write(|tx| {
            let mut names = reporters(tx.conn())?;
            names.retain(|known| known != name);
            names.insert(0, name.to_owned());
            names.truncate(REPORTERS_MAX);
            tx.local(REPORTERS, Some(&serde_json::to_string(&names)?))
        })?;
        self.quick_round()
    }

    /// Ends a check: what was marked failed, the rest of the preset was looked at and not found, and
    /// everything else of the checklists stays 未查. All in one transaction.
    ///
    /// # Errors
    /// What [`QuickDraft::check`] refuses; `major_close_review` for a major hazard that was said to
    /// be put right on the spot; `not_found` when no check was opened.
    pub fn quick_finish(&self, site: SiteId) -> Result<QuickRound> {
        let draft = self.quick_draft(site)?;
        let preset = preset(&draft.preset)?;
        draft.check(preset)?;
        let checklists = self.shared.checklists();
        let photos = self.write(|tx| {
            let known = record::get::<Inspection>(tx.conn(), draft.check.0)?;
            let photos = waiting(tx.conn(), draft.check)?;
            if known.is_none_or(|visit| visit.finished.is_none()) {
                self.put_check(tx, &checklists, preset, &draft, &photos)?;
            }
            tx.local(&draft_key(site), None)?;
            tx.local(&photos::key(draft.check), None)?;
            Ok(photos)
        })?;
        for one in photos {
            self.copies.make(one.photo.id, self.actor.clone());
        }
        self.quick_round()
    }

    /// What a pasted list means; nothing is kept.
    ///
    /// # Errors
    /// `paste_too_long`, `paste_too_many`, `paste_empty`, `quick_preset_unknown`.
    pub fn premises_preview(&self, text: &str, preset: &str) -> Result<Paste> {
        let mut paste = read_paste(text, presets()?, preset)?;
        let known: BTreeSet<String> = self
            .read(premises)?
            .iter()
            .map(|site| sameness(&site.name, &site.address))
            .collect();
        for row in &mut paste.rows {
            if row.state == PasteState::New && known.contains(&sameness(&row.name, &row.address)) {
                row.state = PasteState::Known;
            }
        }
        Ok(paste)
    }

    /// Adds the new premises of a pasted list. Doing it again adds nothing.
    ///
    /// # Errors
    /// As [`App::premises_preview`].
    pub fn premises_add(&self, text: &str, preset: &str) -> Result<QuickRound> {
        let paste = self.premises_preview(text, preset)?;
        let new: Vec<_> = paste
            .rows
            .into_iter()
            .filter(|row| row.state == PasteState::New)
            .collect();
        // After the lists before it, in its own order.
        let before = self.read(premises)?;
        let mut listed = before.iter().map(|site| site.listed).max().unwrap_or(0);
        for rows in new.chunks(SITES_OF_A_CHANGE) {
            self.write(|tx| {
                for row in rows {
                    let id = self.premises_id(&row.name, &row.address);
                    // It is another's duplicate, or no premises any more: somebody decided that.
                    if record::get::<Site>(tx.conn(), id.0)?.is_some() {
                        continue;
                    }
                    listed += 1;
                    tx.put(&Site {
                        id,
                        listed,
                        point: None,
                        name: row.name.clone(),
                        address: row.address.clone(),
                        division: String::new(),
                        sectors: sectors(&row.preset)?,
                        facilities: Vec::new(),
                        units: Vec::new(),
                        kinds: vec![row.preset.clone()],
                        contact: row.contact.clone(),
                        organizations: Vec::new(),
                        merged_into: None,
                        merge: None,
                        extra: Map::new(),
                    })?;
                }
                Ok(())
            })?;
        }
        self.quick_round()
    }

    /// Two laptops that paste one list without a network mean the same premises.
    fn premises_id(&self, name: &str, address: &str) -> SiteId {
        let office = self.actor.office.to_string();
        SiteId(derived(&["premises", &office, &sameness(name, address)]))
    }

    fn quick_draft(&self, site: SiteId) -> Result<QuickDraft> {
        let draft = self.read(|conn| draft(conn, site))?;
        draft.context(Fault::new(Code::NotFound, "not_found"))
    }

    fn quick_view(&self, draft: QuickDraft) -> Result<QuickView> {
        let photos = self.read(|conn| {
            let site: Option<Site> = record::get(conn, draft.site.0)?;
            let photos = waiting(conn, draft.check)?;
            let photos = photos.into_iter().map(|one| one.photo).collect();
            let against = Against {
                begun: draft.begun,
                site: site.and_then(|site| site.point),
            };
            let names = sites::person_names(conn)?;
            shown::views(conn, &self.shared.blobs, photos, &names, Some(&against))
        })?;
        Ok(QuickView { draft, photos })
    }
}

/// The same check and hazard give the same finding, also when it is written again.
fn finding_id(check: InspectionId, hazard: &str) -> FindingId {
    FindingId(derived(&["quick", &check.to_string(), hazard]))
}

fn preset_of(site: &Site) -> String {
    let known = |kind: &&String| presets().is_ok_and(|presets| presets.get(kind).is_some());
    site.kinds
        .iter()
        .find(known)
        .cloned()
        .unwrap_or_else(|| PRESET.to_owned())
}

/// The sectors whose checklists a preset uses.
fn sectors(id: &str) -> Result<Vec<String>> {
    let editions: BTreeSet<&str> = preset(id)?
        .hazards
        .iter()
        .filter_map(|hazard| hazard.edition.as_deref())
        .collect();
    Ok(editions.into_iter().map(str::to_owned).collect())
}

/// Whether an item is asked today: an office may have an edition without it.
fn asked(checklists: &Checklists, (edition, code): (&str, &str), today: NaiveDate) -> bool {
    checklists.current(edition, today).is_some_and(|edition| {
        let mut active = edition.active_items(today);
        active.any(|item| item.code == code)
    })
}

fn preset_view(preset: &Preset, checklists: &Checklists, today: NaiveDate) -> PresetView {
    let hazard = |hazard: &Hazard| QuickHazardView {
        id: hazard.id.clone(),
        key: hazard.key.clone(),
        label: hazard.label.clone(),
        common: hazard.common,
        ask: hazard.ask,
        major: hazard.of().is_some_and(|(edition, code)| {
            let edition = checklists.current(edition, today);
            edition.is_some_and(|edition| {
                let major = edition
                    .item(code)
                    .is_some_and(|item| item.level == xunan_model::checklist::Level::Major);
                major && edition.cite(code, today).is_some()
            })
        }),
    };
    PresetView {
        id: preset.id.clone(),
        name: preset.name.clone(),
        days: preset.days.clone(),
        hazards: preset.hazards.iter().map(hazard).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_hazard_of_every_preset_is_an_item_that_is_asked_and_six_are_under_the_same_keys() {
        let checklists = Checklists::load().unwrap();
        let day = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
        for preset in presets().unwrap().iter() {
            for hazard in &preset.hazards {
                let (id, name) = (&hazard.id, &preset.id);
                if let Some(of) = hazard.of() {
                    assert!(asked(&checklists, of, day), "{name}: {id}");
                }
            }
            let common = preset.hazards.iter().filter(|hazard| hazard.common);
            let keys: Vec<&str> = common.map(|hazard| hazard.key.as_str()).collect();
            assert_eq!(keys, ["1", "2", "3", "4", "5", "6"], "{}", preset.id);
        }
    }
}
