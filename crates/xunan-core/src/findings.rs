//! Hazards: recording them and following them.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use rusqlite::Connection;
use serde_json::Map;
use xunan_model::change::Kind;
use xunan_model::fault::{Code, Fault};
use xunan_model::finding::{self, Finding, FindingDraft, Level, Step, Transition};
use xunan_model::id::{FindingId, InspectionId, SiteId, TransitionId};
use xunan_model::inspection::{Answer, Inspection};
use xunan_model::life::{self, Closure, Details, Life, Notice, Plain};
use xunan_model::office_rules::{Calendar, OfficeRules};
use xunan_model::party::Membership;

use crate::app::App;
use crate::asked::{china_day, item};
use crate::checklists::Checklists;
use crate::conflicts;
use crate::inspections::{load, load_open};
use crate::sites::index::Sites;
use crate::store::{Tx, record};
use crate::view::{FindingRow, PhotoView};
use crate::{judging, photos, platform, sites};

/// The most findings of one page.
const PAGE_MAX: usize = 20_000;

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
        self.read(|conn| {
            let finding: Finding = get(conn, id)?;
            let names = sites::person_names(conn)?;
            let photos =
                photos::shown::of_visit(conn, &self.shared.blobs, finding.inspection, &names)?;
            let state = finding::state(&finding, &record::of_finding(conn, id.0)?);
            let shown = Shown {
                checklists: &self.shared.checklists(),
                names: &names,
                sites: &sites,
            };
            Ok(shown.row(finding, state, &photos))
        })
    }

    /// Findings, the latest first; of one visit or of all, holding every word of `search`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn finding_list(
        &self,
        inspection: Option<InspectionId>,
        search: &str,
        limit: usize,
        offset: usize,
    ) -> Result<Vec<FindingRow>> {
        let words: Vec<String> = search
            .to_lowercase()
            .split_whitespace()
            .map(str::to_owned)
            .collect();
        let sites = self.sites()?;
        self.read(|conn| {
            let names = sites::person_names(conn)?;
            let mut findings: Vec<Finding> = match inspection {
                Some(id) => record::of_inspection(conn, id.0)?,
                None => record::all(conn)?,
            };
            findings.sort_by_key(|finding| (finding.found, finding.id));
            let states = states(conn)?;
            let photos = match inspection {
                Some(id) => photos::shown::of_visit(conn, &self.shared.blobs, id, &names)?,
                None => photos::shown::of_findings(conn, &self.shared.blobs, &names)?,
            };
            let mut by_finding: BTreeMap<String, Vec<PhotoView>> = BTreeMap::new();
            for photo in photos {
                if let Some(finding) = photo.finding.clone() {
                    by_finding.entry(finding).or_default().push(photo);
                }
            }
            let holds = |finding: &Finding| {
                let site = sites.name(finding.site);
                let text = format!(
                    "{} {} {} {site}",
                    finding.hazard,
                    finding.part,
                    finding.item.as_deref().unwrap_or("")
                );
                let text = text.to_lowercase();
                words.iter().all(|word| text.contains(word))
            };
            let shown = Shown {
                checklists: &self.shared.checklists(),
                names: &names,
                sites: &sites,
            };
            Ok(findings
                .into_iter()
                .rev()
                .filter(holds)
                .skip(offset)
                .take(limit.min(PAGE_MAX))
                .map(|finding| {
                    let id = finding.id.to_string();
                    let state = states.get(&id).cloned().unwrap_or(Step::Found);
                    let photos = by_finding.remove(&id).unwrap_or_default();
                    shown.row(finding, state, &photos)
                })
                .collect())
        })
    }

    /// The findings of some sites that are not struck off, the latest first.
    pub(crate) fn open_findings_of(&self, of: &[SiteId]) -> Result<Vec<FindingRow>> {
        let sites = self.sites()?;
        self.read(|conn| {
            let names = sites::person_names(conn)?;
            let shown = Shown {
                checklists: &self.shared.checklists(),
                names: &names,
                sites: &sites,
            };
            let mut findings: Vec<Finding> = record::all(conn)?;
            findings.retain(|finding| of.contains(&finding.site));
            findings.sort_by_key(|finding| std::cmp::Reverse((finding.found, finding.id)));
            let mut rows = Vec::new();
            for finding in findings {
                let state = finding::state(&finding, &record::of_finding(conn, finding.id.0)?);
                if !state.ends() {
                    let visit = finding.inspection;
                    let photos = photos::shown::of_visit(conn, &self.shared.blobs, visit, &names)?;
                    rows.push(shown.row(finding, state, &photos));
                }
            }
            Ok(rows)
        })
    }

    /// The party has been told.
    ///
    /// # Errors
    /// What [`life::check_step`] refuses.
    pub fn finding_notify(&self, id: FindingId) -> Result<FindingRow> {
        self.step(id, &Details::Notified(Notice::default()), "")
    }

    /// The hazard is gone.
    ///
    /// # Errors
    /// What [`life::check_step`] refuses, among it `reason_required`, `major_close_review`, `finding_disputed`.
    pub fn finding_close(&self, id: FindingId, reason: &str) -> Result<FindingRow> {
        self.step(id, &Details::Closed(Closure::default()), reason)
    }

    fn step(&self, id: FindingId, details: &Details, reason: &str) -> Result<FindingRow> {
        self.write(|tx| self.take_step(tx, id, details, reason))?;
        self.finding_get(id)
    }

    /// Writes a step that the person signed in takes, if the model admits it.
    pub(crate) fn take_step(
        &self,
        tx: &mut Tx<'_>,
        id: FindingId,
        details: &Details,
        reason: &str,
    ) -> Result<()> {
        let finding: Finding = get(tx.conn(), id)?;
        let steps: Vec<Transition> = record::of_finding(tx.conn(), id.0)?;
        let life = Life::of(&finding, &steps);
        let step = Transition {
            seen: Some(life.seen()),
            ..self.transition(id, details, reason, life::step_time(&life, platform::now()))?
        };
        let memberships: Vec<Membership> = record::all(tx.conn())?;
        let disputed = conflicts::disputed(tx.conn(), &Kind::Finding, id.0)?;
        let context = life::Context {
            today: platform::today(),
            rules: &OfficeRules::default(),
            calendar: &Calendar::default(),
            memberships: &memberships,
            disputed,
        };
        life::check_step(&finding, &steps, &step, &context)?;
        tx.put(&step)
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
            tx.put(&self.transition(id, &Details::Found(Plain::default()), "", found)?)?;
        }
        Ok(())
    }

    /// A step that the person signed in takes.
    pub(crate) fn transition(
        &self,
        finding: FindingId,
        details: &Details,
        reason: &str,
        at: DateTime<Utc>,
    ) -> Result<Transition> {
        let (step, details) = details.stored()?;
        Ok(Transition {
            id: TransitionId(platform::new_id()),
            finding,
            step,
            at,
            by: self.actor.person,
            reason: reason.trim().to_owned(),
            details,
            seen: None,
            extra: Map::new(),
        })
    }
}

fn get(conn: &Connection, id: FindingId) -> Result<Finding> {
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
        let state = finding::state(&finding, &record::of_finding(conn, finding.id.0)?);
        rows.push(shown.row(finding, state, photos));
    }
    Ok(rows)
}

/// How many findings of each site are not struck off.
pub(crate) fn open_by_site(conn: &Connection) -> Result<BTreeMap<String, usize>> {
    let states = states(conn)?;
    let mut open = BTreeMap::new();
    let mut statement =
        conn.prepare_cached("SELECT id, fields ->> '$.site' FROM record WHERE kind = 'finding'")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let id: String = row.get(0)?;
        if states.get(&id).is_none_or(|step| !step.ends()) {
            *open
                .entry(row.get::<_, Option<String>>(1)?.unwrap_or_default())
                .or_default() += 1;
        }
    }
    Ok(open)
}

/// The state of every finding.
fn states(conn: &Connection) -> Result<BTreeMap<String, Step>> {
    let steps = steps(conn)?;
    Ok(steps
        .into_iter()
        .map(|(id, (_, step))| (id, step))
        .collect())
}

/// The state of every finding that has steps, and the time of the last of them.
pub(crate) fn steps(conn: &Connection) -> Result<BTreeMap<String, (DateTime<Utc>, Step)>> {
    let mut of: BTreeMap<FindingId, Vec<Transition>> = BTreeMap::new();
    for step in record::all::<Transition>(conn)? {
        of.entry(step.finding).or_default().push(step);
    }
    let mut states = BTreeMap::new();
    for finding in record::all::<Finding>(conn)? {
        let life = Life::of(&finding, of.get(&finding.id).map_or(&[], Vec::as_slice));
        if let Some(last) = life.timeline.last() {
            states.insert(finding.id.to_string(), (last.at, life.state.step()));
        }
    }
    Ok(states)
}

/// What a finding's row shows beside the finding itself.
struct Shown<'a> {
    checklists: &'a Checklists,
    names: &'a BTreeMap<String, String>,
    sites: &'a Sites,
}

impl Shown<'_> {
    fn row(&self, finding: Finding, state: Step, photos: &[PhotoView]) -> FindingRow {
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
            overdue: finding::overdue(&state, finding.deadline, platform::today()),
            deadline: finding.deadline.map(|day| day.to_string()),
            note: finding.note,
            state,
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
