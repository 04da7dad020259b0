//! A finished quick check as records: the visit, its answers, findings, steps and photos.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use chrono::{Days, NaiveDate};
use serde_json::Map;
use xunan_model::fault::{Code, Fault};
use xunan_model::inspection::{AnswerDraft, AnswerResult, GroupRef, Inspection, InspectionKind};
use xunan_model::life::{Closure, Details};
use xunan_model::quick::{Hazard, Preset, QuickDraft, QuickMark};

use super::{FIXED, Waiting, asked, finding_id};
use crate::app::App;
use crate::checklists::Checklists;
use crate::store::{Tx, evict};
use crate::{editions, platform};

impl App {
    /// Writes a check with all that belongs to it.
    pub(super) fn put_check(
        &self,
        tx: &mut Tx<'_>,
        checklists: &Checklists,
        preset: &Preset,
        draft: &QuickDraft,
        photos: &[Waiting],
    ) -> Result<()> {
        let today = platform::today();
        let visit = self.check_of(checklists, preset, draft, today)?;
        editions::keep(tx, checklists, &visit.editions)?;
        tx.put(&visit)?;
        let marked: BTreeMap<&str, &QuickMark> = draft
            .marks
            .iter()
            .map(|mark| (mark.hazard.as_str(), mark))
            .collect();
        // Two hazards may rest on one item: it fails if one of them is marked.
        let mut items: BTreeMap<(&str, &str), bool> = BTreeMap::new();
        for hazard in &preset.hazards {
            if let Some(of) = hazard.of().filter(|of| asked(checklists, *of, today)) {
                *items.entry(of).or_default() |= marked.contains_key(hazard.id.as_str());
            }
        }
        for ((edition, item), failed) in items {
            let answer = AnswerDraft {
                inspection: draft.check,
                edition: edition.to_owned(),
                item: item.to_owned(),
                facility: String::new(),
                result: if failed {
                    AnswerResult::NonCompliant
                } else {
                    AnswerResult::Compliant
                },
                ticks: Vec::new(),
                readings: Vec::new(),
                note: String::new(),
                reason: String::new(),
            };
            tx.put(&answer.check(self.actor.person, platform::now())?)?;
        }
        for mark in &draft.marks {
            let hazard = preset.hazard(&mark.hazard).context("checked before")?;
            self.put_mark(tx, checklists, &visit, hazard, mark, today)?;
        }
        for one in photos {
            let mut photo = one.photo.clone();
            // A mark that was taken back leaves its photo to the place.
            photo.finding = one
                .hazard
                .as_deref()
                .filter(|hazard| marked.contains_key(hazard))
                .map(|hazard| finding_id(draft.check, hazard));
            if self.shared.blobs.len(photo.original.sha256).is_none() {
                return Err(Fault::new(Code::NotFound, "quick_photo_gone").into());
            }
            evict::taken_again(tx.conn(), photo.original.sha256)?;
            tx.put(&photo)?;
        }
        self.freeze(tx, draft.check, platform::now(), Vec::new())
    }

    /// The visit that a check becomes: the preset's groups, so that their other items count as 未查.
    fn check_of(
        &self,
        checklists: &Checklists,
        preset: &Preset,
        draft: &QuickDraft,
        today: NaiveDate,
    ) -> Result<Inspection> {
        let mut editions = Vec::new();
        let mut groups: BTreeSet<GroupRef> = BTreeSet::new();
        for (edition, code) in preset.hazards.iter().filter_map(Hazard::of) {
            let Some(edition) = checklists.current(edition, today) else {
                continue;
            };
            if !editions.contains(&edition.reference()) {
                editions.push(edition.reference());
            }
            if let Some(item) = edition.item(code) {
                groups.insert(GroupRef {
                    edition: edition.id.clone(),
                    group: item.group.clone(),
                });
            }
        }
        Ok(Inspection {
            id: draft.check,
            kind: InspectionKind::Routine,
            site: draft.site,
            office: self.actor.office,
            inspectors: vec![self.actor.person],
            begun: draft.begun,
            editions,
            groups: groups.into_iter().collect(),
            facilities: Vec::new(),
            units: Vec::new(),
            told: BTreeMap::new(),
            note: String::new(),
            reporter: draft.reporter.trim().to_owned(),
            code: String::new(),
            preset: draft.preset.clone(),
            finished: None,
            extra: Map::new(),
        })
    }

    fn put_mark(
        &self,
        tx: &mut Tx<'_>,
        checklists: &Checklists,
        visit: &Inspection,
        hazard: &Hazard,
        mark: &QuickMark,
        today: NaiveDate,
    ) -> Result<()> {
        let of = hazard.of().filter(|of| asked(checklists, *of, today));
        let mut finding = self.draft_of(visit, of, "", &[])?;
        let note = mark.note.trim();
        if let (true, false) = (hazard.ask, note.is_empty()) {
            note.clone_into(&mut finding.hazard);
        } else {
            if finding.hazard.is_empty() {
                let text = hazard.text.as_ref().unwrap_or(&hazard.label);
                finding.hazard.clone_from(&text.zh);
            }
            note.clone_into(&mut finding.note);
        }
        if !mark.fixed {
            finding.deadline = today.checked_add_days(Days::new(mark.days.into()));
        }
        let id = finding_id(visit.id, &hazard.id);
        let found = mark.at.unwrap_or_else(platform::now);
        finding.check()?;
        self.put_finding(tx, id, &finding, found)?;
        if mark.fixed {
            let fixed = Details::Closed(Closure::default());
            self.put_step(tx, id, &fixed, FIXED, platform::now())?;
        }
        Ok(())
    }
}
