//! Visits: beginning, answering, ending.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use rusqlite::Connection;
use uuid::Uuid;
use xunan_model::checklist::{Edition, Item};
use xunan_model::fault::{Code, Fault};
use xunan_model::finding::{Finding, Level, Transition};
use xunan_model::id::InspectionId;
use xunan_model::inspection::{
    Answer, AnswerDraft, AnswerResult, Finished, GroupRef, Inspection, InspectionDraft, Visit,
    frozen_digest,
};
use xunan_model::party::Site;
use xunan_model::photo::Photo;

use crate::app::App;
use crate::checklists::{Checklists, item_view};
use crate::store::{Tx, query, record, setting};
use crate::view::{InspectionRow, InspectionView};
use crate::{findings, photos, platform, sites};

impl App {
    /// Begins a visit.
    ///
    /// # Errors
    /// `choose_site`, `choose_group`, `checklist_missing`, `text_too_long`.
    pub fn inspection_start(&self, draft: InspectionDraft) -> Result<InspectionView> {
        let id = InspectionId(platform::new_id());
        let inspection = draft.check(id, self.actor.office, self.actor.person, platform::now())?;
        for edition in &inspection.editions {
            self.shared.checklists().get(edition)?;
        }
        self.write(|tx| {
            record::get::<Site>(tx.conn(), inspection.site.0)?
                .ok_or_else(|| Fault::invalid("choose_site", "site"))?;
            tx.put(&inspection)
        })?;
        self.inspection_get(id)
    }

    /// All visits on this laptop, the latest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn inspection_list(&self) -> Result<Vec<InspectionRow>> {
        self.read(|conn| {
            let lists = Lists::read(conn)?;
            let mut rows: Vec<InspectionRow> = record::all::<Inspection>(conn)?
                .iter()
                .map(|inspection| self.row(inspection, &lists))
                .collect::<Result<_>>()?;
            rows.sort_by(|a, b| b.begun.cmp(&a.begun));
            Ok(rows)
        })
    }

    /// A visit with everything in it.
    ///
    /// # Errors
    /// `not_found`; `checklist_missing` when it was made under an edition that is not here.
    pub fn inspection_get(&self, id: InspectionId) -> Result<InspectionView> {
        self.read(|conn| {
            let inspection = load(conn, id)?;
            let names = sites::person_names(conn)?;
            let checklists = self.shared.checklists();
            let covered = covered(&checklists, &inspection)?;
            let day = china_day(&inspection);
            let photos = photos::views(conn, &self.shared.blobs, id, &names)?;
            Ok(InspectionView {
                row: self.row(&inspection, &Lists::read_one(conn, id.0)?)?,
                items: covered
                    .items
                    .iter()
                    .map(|(edition, item)| item_view(edition, item, day))
                    .collect(),
                answers: record::of_inspection(conn, id.0)?,
                findings: findings::rows_of(conn, id, &photos, &names, &checklists)?,
                photos,
                not_checked: covered.not_checked,
                finished: inspection
                    .finished
                    .map(|finished| finished.digest.to_string()),
                place: setting::local(conn, &format!("place/{id}"))?,
            })
        })
    }

    /// Saves the answer to an item.
    ///
    /// # Errors
    /// `inspection_finished`, `item_unknown`, and what [`AnswerDraft::check`] refuses.
    pub fn answer_save(&self, draft: AnswerDraft) -> Result<Answer> {
        let answer = draft.check(self.actor.person, platform::now())?;
        self.write(|tx| {
            let inspection = load_open(tx.conn(), answer.inspection)?;
            item(
                &self.shared.checklists(),
                &inspection,
                &answer.edition,
                &answer.item,
            )?;
            tx.put(&answer)
        })?;
        Ok(answer)
    }

    /// Ends a visit: it is frozen with a digest over its content.
    ///
    /// # Errors
    /// `inspection_finished` when it has ended already.
    pub fn inspection_finish(&self, id: InspectionId) -> Result<InspectionView> {
        self.write(|tx| self.finish(tx, id, platform::now()))?;
        self.inspection_get(id)
    }

    /// Freezes a visit within a write that may have made it.
    pub(crate) fn finish(
        &self,
        tx: &mut Tx<'_>,
        id: InspectionId,
        at: DateTime<Utc>,
    ) -> Result<()> {
        let mut inspection = load_open(tx.conn(), id)?;
        let digest = frozen_digest(&visit(tx.conn(), inspection.clone())?)?;
        inspection.finished = Some(Finished {
            at,
            by: self.actor.person,
            digest,
        });
        tx.put(&inspection)
    }

    /// Whether a finished visit still is what it was when it was frozen.
    ///
    /// # Errors
    /// `not_found`.
    pub fn inspection_intact(&self, id: InspectionId) -> Result<bool> {
        self.read(|conn| {
            let inspection = load(conn, id)?;
            let Some(finished) = inspection.finished.clone() else {
                return Ok(true);
            };
            Ok(frozen_digest(&visit(conn, inspection)?)? == finished.digest)
        })
    }

    fn row(&self, inspection: &Inspection, lists: &Lists) -> Result<InspectionRow> {
        let id = inspection.id.to_string();
        let site = inspection.site.to_string();
        let checklists = self.shared.checklists();
        let covered = covered(&checklists, inspection)?;
        let unsent = lists.unsent.get(&id).copied().unwrap_or(0);
        let findings = lists.findings.get(&id);
        Ok(InspectionRow {
            site_name: lists.sites.get(&site).cloned().unwrap_or_default(),
            site,
            kind: inspection.kind.clone(),
            begun: inspection.begun.to_rfc3339(),
            ended: inspection
                .finished
                .as_ref()
                .map(|finished| finished.at.to_rfc3339()),
            sectors: inspection
                .editions
                .iter()
                .map(|edition| edition.id.clone())
                .collect(),
            answered: lists.answered.get(&id).copied().unwrap_or(0),
            total: covered.items.len(),
            findings: findings.map_or(0, |(count, _)| *count),
            major: findings.map_or(0, |(_, major)| major.len()),
            photos: lists.photos.get(&id).copied().unwrap_or(0),
            unsent,
            mine: inspection.inspectors.contains(&self.actor.person),
            reporter: inspection.reporter.clone(),
            id,
        })
    }
}

/// What a list of visits needs beside the visits themselves.
#[derive(Default)]
struct Lists {
    sites: BTreeMap<String, String>,
    answered: BTreeMap<String, usize>,
    photos: BTreeMap<String, usize>,
    findings: BTreeMap<String, (usize, BTreeSet<String>)>,
    unsent: BTreeMap<String, usize>,
}

impl Lists {
    fn read(conn: &Connection) -> Result<Self> {
        let mut lists = Self {
            sites: sites::site_names(conn)?,
            unsent: query::unsent(conn)?,
            ..Self::default()
        };
        for kind in ["answer", "photo"] {
            let mut statement = conn.prepare_cached(
                "SELECT inspection, count(*) FROM record
                 WHERE kind = ?1 AND inspection IS NOT NULL AND fields ->> '$.result' IS NOT ?2 GROUP BY inspection",
            )?;
            let mut rows = statement.query([kind, AnswerResult::NotChecked.as_str()])?;
            let counts = if kind == "answer" {
                &mut lists.answered
            } else {
                &mut lists.photos
            };
            while let Some(row) = rows.next()? {
                counts.insert(row.get(0)?, row.get(1)?);
            }
        }
        for finding in record::all::<Finding>(conn)? {
            lists.count(&finding);
        }
        Ok(lists)
    }

    fn read_one(conn: &Connection, inspection: Uuid) -> Result<Self> {
        let id = inspection.to_string();
        let answers: Vec<Answer> = record::of_inspection(conn, inspection)?;
        let answered = answers
            .iter()
            .filter(|answer| answer.result != AnswerResult::NotChecked)
            .count();
        let mut lists = Self {
            sites: sites::site_names(conn)?,
            answered: [(id.clone(), answered)].into(),
            photos: [(id, record::of_inspection::<Photo>(conn, inspection)?.len())].into(),
            unsent: query::unsent(conn)?,
            ..Self::default()
        };
        for finding in record::of_inspection::<Finding>(conn, inspection)? {
            lists.count(&finding);
        }
        Ok(lists)
    }

    /// Several failed items can be one major hazard: they are counted by hazard key.
    fn count(&mut self, finding: &Finding) {
        let entry = self
            .findings
            .entry(finding.inspection.to_string())
            .or_default();
        entry.0 += 1;
        if finding.level == Level::Major {
            entry.1.insert(
                finding
                    .hazard_key
                    .clone()
                    .unwrap_or_else(|| finding.id.to_string()),
            );
        }
    }
}

/// The items that a visit covers, and how many it leaves out.
pub(crate) struct Covered<'a> {
    pub(crate) items: Vec<(&'a Edition, &'a Item)>,
    pub(crate) not_checked: usize,
}

pub(crate) fn covered<'a>(
    checklists: &'a Checklists,
    inspection: &Inspection,
) -> Result<Covered<'a>> {
    let day = china_day(inspection);
    let groups: BTreeSet<(&str, &str)> = inspection
        .groups
        .iter()
        .map(|GroupRef { edition, group }| (edition.as_str(), group.as_str()))
        .collect();
    let mut covered = Covered {
        items: Vec::new(),
        not_checked: 0,
    };
    for reference in &inspection.editions {
        let edition = checklists.get(reference)?;
        for item in edition.active_items(day) {
            if groups.contains(&(edition.id.as_str(), item.group.as_str())) {
                covered.items.push((edition, item));
            } else {
                covered.not_checked += 1;
            }
        }
    }
    Ok(covered)
}

/// The day of the visit in China: it decides which edition is in force.
pub(crate) fn china_day(inspection: &Inspection) -> NaiveDate {
    (inspection.begun + TimeDelta::hours(8)).date_naive()
}

/// The item of a visit.
pub(crate) fn item<'a>(
    checklists: &'a Checklists,
    inspection: &Inspection,
    edition: &str,
    code: &str,
) -> Result<(&'a Edition, &'a Item)> {
    let unknown = || Fault::new(Code::NotFound, "item_unknown").with("item", code);
    let reference = inspection
        .editions
        .iter()
        .find(|reference| reference.id == edition)
        .ok_or_else(unknown)?;
    let edition = checklists.get(reference)?;
    Ok((edition, edition.item(code).ok_or_else(unknown)?))
}

pub(crate) fn load(conn: &Connection, id: InspectionId) -> Result<Inspection> {
    record::get(conn, id.0)?.context(Fault::new(Code::NotFound, "not_found"))
}

/// A visit that has not ended.
pub(crate) fn load_open(conn: &Connection, id: InspectionId) -> Result<Inspection> {
    let inspection = load(conn, id)?;
    if inspection.finished.is_some() {
        return Err(Fault::new(Code::Conflict, "inspection_finished").into());
    }
    Ok(inspection)
}

fn visit(conn: &Connection, inspection: Inspection) -> Result<Visit> {
    let id = inspection.id.0;
    let findings: Vec<Finding> = record::of_inspection(conn, id)?;
    // Only what was known when it ended: a later step does not unfreeze the visit.
    let until = inspection.finished.as_ref().map(|finished| finished.at);
    let mut transitions: Vec<Transition> = Vec::new();
    for finding in &findings {
        let steps: Vec<Transition> = record::of_finding(conn, finding.id.0)?;
        transitions.extend(
            steps
                .into_iter()
                .filter(|step| until.is_none_or(|until| step.at <= until)),
        );
    }
    Ok(Visit {
        answers: record::of_inspection(conn, id)?,
        photos: record::of_inspection(conn, id)?,
        findings,
        transitions,
        inspection,
    })
}
