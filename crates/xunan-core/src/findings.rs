//! Hazards: recording them and following them.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use rusqlite::Connection;
use serde_json::Map;
use xunan_model::fault::{Code, Fault};
use xunan_model::finding::{Finding, FindingDraft, Level};
use xunan_model::id::{FindingId, InspectionId, SiteId};
use xunan_model::inspection::{Answer, Inspection};
use xunan_model::life::{Details, Life, Plain, Term, term};

use crate::app::App;
use crate::asked::{china_day, item};
use crate::checklists::Checklists;
use crate::inspections::{load, load_open};
use crate::sites::index::Sites;
use crate::store::{Tx, record};
use crate::view::{FindingRow, PhotoView};
use crate::{judging, ledger, lives, photos, platform, sites};

/// Findings that the page of a site shows; the ledger has all of them.
const OF_SITE_MAX: usize = 100;

impl App {
    /// A finding to begin with: from an item, its hazard, level and clause are filled in.
    ///
    /// # Errors
    /// `not_found`, `item_unknown`.
    pub fn finding_draft(
        &self,
        inspection: InspectionId,
        edition: Option<&str>,
        code: Option<&str>,
        facility: &str,
    ) -> Result<FindingDraft> {
        self.read(|conn| {
            let visit = load(conn, inspection)?;
            let answers: Vec<Answer> = record::of_inspection(conn, inspection.0)?;
            self.draft_of(&visit, edition.zip(code), facility, &answers)
        })
    }

    /// A finding to begin with, on a visit that need not be saved yet; `of` is edition and code.
    pub(crate) fn draft_of(
        &self,
        visit: &Inspection,
        of: Option<(&str, &str)>,
        facility: &str,
        answers: &[Answer],
    ) -> Result<FindingDraft> {
        let mut draft = FindingDraft {
            id: None,
            inspection: visit.id,
            edition: None,
            item: None,
            facility: facility.to_owned(),
            level: Level::General,
            hazard: String::new(),
            part: facility.to_owned(),
            basis: String::new(),
            citable: false,
            evidence: Vec::new(),
            deadline: None,
            note: String::new(),
        };
        let Some((edition, code)) = of else {
            return Ok(draft);
        };
        let checklists = self.shared.checklists();
        let (edition_of, item) = item(&checklists, visit, edition, code)?;
        let day = china_day(visit);
        draft.edition = Some(edition.to_owned());
        draft.item = Some(code.to_owned());
        // What was ticked and read decides whether it is the major hazard.
        let same = |answer: &&Answer| {
            answer.edition == edition && answer.item == code && answer.facility == facility
        };
        let answer = answers.iter().find(same);
        let given = answer.map(judging::given).unwrap_or_default();
        let failure = judging::judged(visit, edition_of, item, given).failure;
        draft.level = judging::level(failure);
        draft.hazard = item.hazard.zh.clone();
        draft.basis = item.source.clone();
        draft.citable = edition_of.cite(code, day).is_some();
        draft.evidence = item.evidence.iter().map(|text| text.zh.clone()).collect();
        Ok(draft)
    }

    /// Saves a finding; a new one with its first step, in one action.
    ///
    /// # Errors
    /// `inspection_finished`, and what [`FindingDraft::check`] refuses.
    pub fn finding_save(&self, draft: &FindingDraft) -> Result<FindingRow> {
        draft.check()?;
        let id = draft.id.unwrap_or_else(|| FindingId(platform::new_id()));
        self.write(|tx| self.put_finding(tx, id, draft, platform::now()))?;
        self.finding_get(id)
    }

    /// One finding.
    ///
    /// # Errors
    /// `not_found`.
    pub fn finding_get(&self, id: FindingId) -> Result<FindingRow> {
        let sites = self.sites()?;
        self.read(|conn| self.shown(conn, get(conn, id)?, &sites).map(|(row, _)| row))
    }

    /// A finding with all its photos, and its life.
    pub(crate) fn shown(
        &self,
        conn: &Connection,
        finding: Finding,
        sites: &Sites,
    ) -> Result<(FindingRow, Life)> {
        let names = sites::person_names(conn)?;
        let photos = photos::shown::of_finding(conn, &self.shared.blobs, finding.id)?;
        let life = lives::of(conn, &finding)?;
        let shown = Shown {
            checklists: &self.shared.checklists(),
            names: &names,
            sites,
        };
        Ok((shown.row(finding, &life, &photos), life))
    }

    /// The findings of a visit, the latest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn finding_list(&self, inspection: InspectionId) -> Result<Vec<FindingRow>> {
        let sites = self.sites()?;
        self.read(|conn| {
            let names = sites::person_names(conn)?;
            let photos = photos::shown::of_visit(conn, &self.shared.blobs, inspection, &names)?;
            let mut rows = rows_of(
                conn,
                inspection,
                &photos,
                &names,
                (&self.shared.checklists(), &sites),
            )?;
            rows.reverse();
            Ok(rows)
        })
    }

    /// The findings of some sites that are not struck off, the latest first.
    pub(crate) fn open_findings_of(&self, of: &[SiteId]) -> Result<Vec<FindingRow>> {
        let sites = self.sites()?;
        self.read(|conn| {
            let mut rows = Vec::new();
            for id in ledger::open_of(conn, of)?.into_iter().take(OF_SITE_MAX) {
                rows.push(self.shown(conn, get(conn, id)?, &sites)?.0);
            }
            Ok(rows)
        })
    }

    /// Writes a finding; `found` is when, if it is new.
    pub(crate) fn put_finding(
        &self,
        tx: &mut Tx<'_>,
        id: FindingId,
        draft: &FindingDraft,
        found: DateTime<Utc>,
    ) -> Result<()> {
        let visit = load_open(tx.conn(), draft.inspection)?;
        let known: Option<Finding> = record::get(tx.conn(), id.0)?;
        let day = china_day(&visit);
        let checklists = self.shared.checklists();
        let from_item = match (&draft.edition, &draft.item) {
            (Some(edition), Some(code)) => Some(item(&checklists, &visit, edition, code)?),
            _ => None,
        };
        let new = known.is_none();
        tx.put(&Finding {
            id,
            inspection: draft.inspection,
            site: visit.site,
            edition: from_item.map(|(edition, _)| edition.reference()),
            item: draft.item.clone(),
            facility: draft.facility.clone(),
            hazard_key: from_item.map(|(_, item)| item.hazard_key.clone()),
            level: draft.level.clone(),
            hazard: draft.hazard.trim().to_owned(),
            part: draft.part.trim().to_owned(),
            // A clause that a person typed was read by nobody here: it stays 待核.
            citable: from_item
                .and_then(|(edition, item)| edition.cite(&item.code, day))
                .is_some_and(|citation| citation.clause() == draft.basis),
            basis: draft.basis.trim().to_owned(),
            channel: known
                .as_ref()
                .map_or_else(|| "inspection".to_owned(), |known| known.channel.clone()),
            deadline: draft.deadline,
            note: draft.note.clone(),
            found: known.as_ref().map_or(found, |known| known.found),
            by: known.as_ref().map_or(self.actor.person, |known| known.by),
            extra: known.map_or_else(Map::new, |known| known.extra),
        })?;
        if new {
            self.put_step(tx, id, &Details::Found(Plain::default()), "", found)?;
        }
        Ok(())
    }
}

pub(crate) fn get(conn: &Connection, id: FindingId) -> Result<Finding> {
    record::get(conn, id.0)?.context(Fault::new(Code::NotFound, "not_found"))
}

/// The findings of a visit, in the order in which they were found; not all ids tell it.
pub(crate) fn of_visit(conn: &Connection, inspection: InspectionId) -> Result<Vec<Finding>> {
    let mut findings: Vec<Finding> = record::of_inspection(conn, inspection.0)?;
    findings.sort_by_key(|finding| (finding.found, finding.id));
    Ok(findings)
}

/// The findings of a visit as rows, in their order.
pub(crate) fn rows_of(
    conn: &Connection,
    inspection: InspectionId,
    photos: &[PhotoView],
    names: &BTreeMap<String, String>,
    (checklists, sites): (&Checklists, &Sites),
) -> Result<Vec<FindingRow>> {
    let shown = Shown {
        checklists,
        names,
        sites,
    };
    let mut rows = Vec::new();
    for finding in of_visit(conn, inspection)? {
        let life = lives::of(conn, &finding)?;
        rows.push(shown.row(finding, &life, photos));
    }
    Ok(rows)
}

/// What a finding's row shows beside the finding itself.
struct Shown<'a> {
    checklists: &'a Checklists,
    names: &'a BTreeMap<String, String>,
    sites: &'a Sites,
}

impl Shown<'_> {
    fn row(&self, finding: Finding, life: &Life, photos: &[PhotoView]) -> FindingRow {
        let id = finding.id.to_string();
        let site = finding.site.to_string();
        FindingRow {
            photos: photos
                .iter()
                .filter(|photo| photo.finding.as_deref() == Some(id.as_str()))
                .cloned()
                .collect(),
            id,
            inspection: finding.inspection.to_string(),
            site_name: self.sites.name(finding.site).to_owned(),
            site,
            question: self.question(&finding),
            item: finding.item,
            facility: finding.facility,
            level: finding.level,
            hazard: finding.hazard,
            part: finding.part,
            basis: finding.basis,
            citable: finding.citable,
            overdue: matches!(term(life, platform::today()), Term::Overdue { .. }),
            deadline: life.deadline.map(|day| day.to_string()),
            note: finding.note,
            state: life.state,
            found: finding.found.to_rfc3339(),
            by: self
                .names
                .get(&finding.by.to_string())
                .cloned()
                .unwrap_or_default(),
        }
    }

    /// Absent for a finding written freely, and for an edition that is not on this laptop.
    fn question(&self, finding: &Finding) -> Option<String> {
        let edition = self.checklists.get(finding.edition.as_ref()?).ok()?;
        Some(edition.item(finding.item.as_deref()?)?.question.zh.clone())
    }
}
