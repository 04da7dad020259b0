//! Visits: beginning, answering, ending.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anyhow::{Context, Result};
use rusqlite::Connection;
use uuid::Uuid;
use xunan_model::fault::{Code, Fault};
use xunan_model::finding::{self, Finding};
use xunan_model::id::{InspectionId, SiteId};
use xunan_model::inspection::{Answer, AnswerDraft, AnswerResult, Inspection, InspectionDraft};
use xunan_model::joining::JoinKey;
use xunan_model::party::Site;
use xunan_model::photo::Photo;

use crate::app::App;
use crate::asked::{covered, item};
use crate::checklists::item_view;
use crate::sites::index::Sites;
use crate::store::{query, record, setting};
use crate::view::{InspectionRow, InspectionView};
use crate::{editions, findings, joining, judging, photos, platform, sites};

impl App {
    /// Begins a visit.
    ///
    /// # Errors
    /// `choose_site`, `choose_group`, `checklist_missing`, `text_too_long`.
    pub fn inspection_start(&self, mut draft: InspectionDraft) -> Result<InspectionView> {
        // First of all: code and name are those of the site that everybody sees.
        draft.site = self.sites()?.survivors.survivor(draft.site);
        let join = JoinKey::new(platform::random()?);
        let id = join.inspection(draft.site);
        let mut inspection =
            draft.check(id, self.actor.office, self.actor.person, platform::now())?;
        inspection.code = join.code(inspection.site);
        let checklists = self.shared.checklists();
        for edition in &inspection.editions {
            checklists.get(edition)?;
        }
        self.write(|tx| {
            let mut site = record::get::<Site>(tx.conn(), inspection.site.0)?
                .ok_or_else(|| Fault::invalid("choose_site", "site"))?;
            // What stands there is asked once: the next visit begins with it.
            if inspection.facilities.is_empty() && inspection.units.is_empty() {
                inspection.facilities = site.facilities;
                inspection.units = site.units;
            } else {
                site.facilities.clone_from(&inspection.facilities);
                site.units.clone_from(&inspection.units);
                tx.put(&site)?;
            }
            editions::keep(tx, &checklists, &inspection.editions)?;
            tx.put(&inspection)
        })?;
        self.inspection_get(id)
    }

    /// All visits on this laptop, the latest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn inspection_list(&self) -> Result<Vec<InspectionRow>> {
        self.rows_where(|_| true)
    }

    /// The visits of some sites, the latest first.
    pub(crate) fn visits_of(&self, sites: &[SiteId]) -> Result<Vec<InspectionRow>> {
        self.rows_where(|inspection| sites.contains(&inspection.site))
    }

    fn rows_where(&self, wanted: impl Fn(&Inspection) -> bool) -> Result<Vec<InspectionRow>> {
        let sites = self.sites()?;
        self.read(|conn| {
            let mut visits = joining::all(conn)?;
            visits.retain(|visit| wanted(visit));
            visits.sort_by_key(|visit| (Reverse(visit.begun), visit.id));
            self.rows(conn, sites, &visits.iter().collect::<Vec<_>>())
        })
    }

    /// Visits as rows, in the order given.
    pub(crate) fn rows(
        &self,
        conn: &Connection,
        sites: Arc<Sites>,
        visits: &[&Inspection],
    ) -> Result<Vec<InspectionRow>> {
        let lists = Lists::read(conn, sites)?;
        visits.iter().map(|visit| self.row(visit, &lists)).collect()
    }

    /// A visit with everything in it.
    ///
    /// # Errors
    /// `not_found`; `checklist_missing` when it was made under an edition that is not here.
    pub fn inspection_get(&self, id: InspectionId) -> Result<InspectionView> {
        let sites = self.sites()?;
        self.read(|conn| {
            let inspection = load(conn, id)?;
            let names = sites::person_names(conn)?;
            let checklists = self.shared.checklists();
            let answers: Vec<Answer> = record::of_inspection(conn, id.0)?;
            let covered = covered(&checklists, &inspection, &answers)?;
            let found: Vec<Finding> = record::of_inspection(conn, id.0)?;
            let before = judging::before(conn, &sites, &inspection)?;
            let photos = photos::shown::of_visit(conn, &self.shared.blobs, id, &names)?;
            Ok(InspectionView {
                row: self.row(
                    &inspection,
                    &Lists::read_one(conn, id.0, Arc::clone(&sites))?,
                )?,
                items: covered
                    .asked
                    .iter()
                    .map(|asked| item_view(&inspection, asked, &answers, &before))
                    .collect(),
                verdicts: judging::verdicts(conn, &inspection, &covered.asked, &answers, &found)?,
                findings: findings::rows_of(conn, id, &photos, &names, (&checklists, &sites))?,
                photos,
                not_checked: covered.not_checked,
                not_here: covered.not_here,
                facilities: inspection.facilities.clone(),
                units: inspection.units.clone(),
                answers: answers
                    .into_iter()
                    .filter(|answer| answer.result != AnswerResult::Withdrawn)
                    .collect(),
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
    /// `inspection_finished`, `item_unknown`, `number_wrong`, `contradiction_reason`, and what
    /// [`AnswerDraft::check`] refuses.
    pub fn answer_save(&self, draft: AnswerDraft) -> Result<Answer> {
        let answer = draft.check(self.actor.person, platform::now())?;
        self.write(|tx| {
            let inspection = load_open(tx.conn(), answer.inspection)?;
            let checklists = self.shared.checklists();
            let (edition, item) = item(&checklists, &inspection, &answer.edition, &answer.item)?;
            judging::check(&inspection, edition, item, &answer)?;
            tx.put(&answer)
        })?;
        Ok(answer)
    }

    fn row(&self, inspection: &Inspection, lists: &Lists) -> Result<InspectionRow> {
        let id = inspection.id.to_string();
        let site = inspection.site.to_string();
        let checklists = self.shared.checklists();
        // A visit under an edition that is not here, made by a newer program, must not take the whole
        // list with it: opening it says what is missing.
        let total = covered(&checklists, inspection, &[]).map_or(0, |covered| covered.asked.len());
        let answered = lists.answered.get(&id).copied().unwrap_or(0);
        let unsent = lists.unsent.get(&id).copied().unwrap_or(0);
        let findings = lists.findings.get(&id);
        Ok(InspectionRow {
            site_name: lists.sites.name(inspection.site).to_owned(),
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
            answered,
            // Answers for facilities that were named later or no longer count as well.
            total: total.max(answered),
            findings: findings.map_or(0, Vec::len),
            major: findings.map_or(0, finding::major_hazards),
            photos: lists.photos.get(&id).copied().unwrap_or(0),
            unsent,
            mine: inspection.inspectors.contains(&self.actor.person),
            reporter: inspection.reporter.clone(),
            code: inspection.code.clone(),
            joined: lists.joined.contains(&id),
            id,
        })
    }
}

/// What a list of visits needs beside the visits themselves.
#[derive(Default)]
struct Lists {
    sites: Arc<Sites>,
    answered: BTreeMap<String, usize>,
    photos: BTreeMap<String, usize>,
    findings: BTreeMap<String, Vec<Finding>>,
    unsent: BTreeMap<String, usize>,
    /// Visits whose record has not arrived from the laptop that began them.
    joined: BTreeSet<String>,
}

impl Lists {
    fn read(conn: &Connection, sites: Arc<Sites>) -> Result<Self> {
        let mut lists = Self {
            sites,
            unsent: query::unsent(conn)?,
            joined: joining::waiting_all(conn)?,
            ..Self::default()
        };
        for kind in ["answer", "photo"] {
            let mut statement = conn.prepare_cached(
                "SELECT inspection, count(*) FROM record
                 WHERE kind = ?1 AND inspection IS NOT NULL
                 AND (fields ->> '$.result' IS NULL OR fields ->> '$.result' NOT IN (?2, ?3)) GROUP BY inspection",
            )?;
            let mut rows = statement.query([
                kind,
                AnswerResult::NotChecked.as_str(),
                AnswerResult::Withdrawn.as_str(),
            ])?;
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
            lists.count(finding);
        }
        Ok(lists)
    }

    fn read_one(conn: &Connection, inspection: Uuid, sites: Arc<Sites>) -> Result<Self> {
        let id = inspection.to_string();
        let answers: Vec<Answer> = record::of_inspection(conn, inspection)?;
        let answered = answers
            .iter()
            .filter(|answer| {
                let open = [AnswerResult::NotChecked, AnswerResult::Withdrawn];
                !open.contains(&answer.result)
            })
            .count();
        let mut lists = Self {
            sites,
            answered: [(id.clone(), answered)].into(),
            photos: [(id, record::of_inspection::<Photo>(conn, inspection)?.len())].into(),
            unsent: query::unsent(conn)?,
            joined: joining::waiting_all(conn)?,
            ..Self::default()
        };
        for finding in record::of_inspection::<Finding>(conn, inspection)? {
            lists.count(finding);
        }
        Ok(lists)
    }

    fn count(&mut self, finding: Finding) {
        let visit = finding.inspection.to_string();
        self.findings.entry(visit).or_default().push(finding);
    }
}

pub(crate) fn load(conn: &Connection, id: InspectionId) -> Result<Inspection> {
    joining::of(conn, id)?.context(Fault::new(Code::NotFound, "not_found"))
}

/// A visit that has not ended.
pub(crate) fn load_open(conn: &Connection, id: InspectionId) -> Result<Inspection> {
    let inspection = load(conn, id)?;
    if inspection.finished.is_some() {
        return Err(Fault::new(Code::Conflict, "inspection_finished").into());
    }
    Ok(inspection)
}
