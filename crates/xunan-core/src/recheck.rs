//! A recheck (复查): a visit that begins with what still stands at a site.
//!
//! Photos and new hazards are records at once, like those of any visit. What was found of the old ones is
//! written at the end, with the visit's end in one action, because two officers confirm it together.

use std::collections::BTreeSet;

use anyhow::Result;
use rusqlite::Connection;
use xunan_model::fault::{Code, Fault, check_length};
use xunan_model::finding::{HAZARD_CHARS_MAX, Transition};
use xunan_model::finish::Confirmation;
use xunan_model::id::{FindingId, InspectionId, PersonId, PhotoId, SiteId};
use xunan_model::inspection::{Inspection, InspectionDraft, InspectionKind};
use xunan_model::life::{Details, Recheck, RecheckBy, Verdict};
use xunan_model::photo::Photo;

use crate::app::App;
use crate::finishing::confirmation;
use crate::inspections::{load, load_open};
use crate::store::record;
use crate::view::{InspectionView, RecheckDraft, RecheckItem, RecheckView};
use crate::{findings, joining, ledger, platform};

/// Hazards of one recheck: each is written with its photos in one change.
const VERDICTS_MAX: usize = 200;

impl App {
    /// The recheck of a site that is under way on this laptop, or a new one.
    ///
    /// # Errors
    /// `choose_site`.
    pub fn recheck_open(&self, site: SiteId) -> Result<RecheckView> {
        let sites = self.sites()?;
        let site = sites.survivors.survivor(site);
        let me = self.actor.person;
        let open = self.read(|conn| {
            let mine = |visit: &Inspection| {
                visit.finished.is_none()
                    && visit.kind == InspectionKind::Recheck
                    && visit.inspectors.contains(&me)
                    && sites.same(visit.site, site)
            };
            Ok(joining::all(conn)?.into_iter().rev().find(mine))
        })?;
        let visit = match open {
            Some(visit) => visit.id,
            None => {
                let draft = InspectionDraft {
                    site,
                    kind: InspectionKind::Recheck,
                    editions: Vec::new(),
                    groups: Vec::new(),
                    inspectors: Vec::new(),
                    facilities: Vec::new(),
                    units: Vec::new(),
                    note: String::new(),
                };
                self.inspection_start(draft)?.row.id.parse()?
            }
        };
        self.recheck_get(visit)
    }

    /// A recheck: what stands at its site, and after its end what was written.
    ///
    /// # Errors
    /// `not_found`.
    pub fn recheck_get(&self, id: InspectionId) -> Result<RecheckView> {
        let sites = self.sites()?;
        let visit = self.inspection_get(id)?;
        self.read(|conn| {
            let inspection = load(conn, id)?;
            let survivor = sites.survivors.survivor(inspection.site);
            let mut ids: Vec<FindingId> = if inspection.finished.is_some() {
                ledger::rechecked_on(conn, id)?
            } else {
                let merged = sites.survivors.merged(survivor);
                let all: Vec<SiteId> = merged.chain([survivor]).collect();
                ledger::open_of(conn, &all)?
            };
            let own: BTreeSet<&str> = visit.findings.iter().map(|row| row.id.as_str()).collect();
            ids.retain(|finding| !own.contains(finding.to_string().as_str()));
            let mut items = Vec::new();
            for finding in ids {
                let (row, life) = self.shown(conn, findings::get(conn, finding)?, &sites)?;
                items.push(RecheckItem {
                    verdict: verdict_on(conn, id, finding)?,
                    row,
                    grave: life.grave,
                    extensions: life.extensions,
                });
            }
            Ok(RecheckView { visit, items })
        })
    }

    /// Writes what was found and ends the visit, in one action.
    ///
    /// # Errors
    /// `inspection_finished`, `recheck_nothing`, `recheck_foreign` for a finding of another site; when an
    /// authority rechecks also `second_inspector_missing`, `login_unknown`, `wrong_password`,
    /// `certificate_missing`; and what [`xunan_model::life::check_step`] refuses, naming the finding.
    pub fn recheck_finish(&self, draft: &RecheckDraft) -> Result<InspectionView> {
        if draft.verdicts.len() > VERDICTS_MAX {
            let fault = Fault::invalid("invalid", "verdicts").with("field", "verdicts");
            return Err(fault.into());
        }
        let second = self.second(draft)?;
        let sites = self.sites()?;
        self.write(|tx| {
            let mut inspection = load_open(tx.conn(), draft.visit)?;
            joining::refuse_joined(tx.conn(), draft.visit)?;
            let own = findings::of_visit(tx.conn(), draft.visit)?;
            if draft.verdicts.is_empty() && own.is_empty() {
                return Err(Fault::new(Code::Invalid, "recheck_nothing").into());
            }
            let now = platform::now();
            let people = [Some(self.actor.person), second];
            let confirmed = match draft.authority {
                RecheckBy::Authority => people
                    .iter()
                    .flatten()
                    .map(|person| confirmation(tx.conn(), &inspection, *person, now))
                    .collect::<Result<_>>()?,
                _ => Vec::new(),
            };
            // Whoever does not enforce looks alone, without a certificate, and confirms nothing.
            let by = match draft.authority {
                RecheckBy::Authority => confirmed.clone(),
                _ => vec![Confirmation {
                    person: self.actor.person,
                    certificate: String::new(),
                    at: now,
                }],
            };
            for verdict in &draft.verdicts {
                check_length(&verdict.note, HAZARD_CHARS_MAX, "note")?;
                let finding = findings::get(tx.conn(), verdict.finding)?;
                if !sites.same(finding.site, inspection.site) {
                    return Err(Fault::invalid("recheck_foreign", "verdicts").into());
                }
                let details = Details::Rechecked(Recheck {
                    verdict: Some(verdict.verdict.clone()),
                    authority: Some(draft.authority.clone()),
                    inspectors: by.clone(),
                    photos: photos(tx.conn(), &inspection, verdict.finding)?,
                    inspection: Some(draft.visit),
                    false_rectification: verdict.false_rectification,
                    ..Recheck::default()
                });
                self.put_step(tx, verdict.finding, &details, &verdict.note, now)
                    .map_err(|error| of_finding(error, &finding.hazard))?;
            }
            for person in people.into_iter().flatten() {
                if !inspection.inspectors.contains(&person) {
                    inspection.inspectors.push(person);
                }
            }
            joining::save(tx, &inspection)?;
            self.freeze(tx, draft.visit, now, confirmed)
        })?;
        self.inspection_get(draft.visit)
    }

    /// The second officer, who confirms with the own password.
    fn second(&self, draft: &RecheckDraft) -> Result<Option<PersonId>> {
        if draft.authority != RecheckBy::Authority {
            return Ok(None);
        }
        let (Some(person), Some(password)) = (draft.second, &draft.password) else {
            return Err(Fault::invalid("second_inspector_missing", "second").into());
        };
        if person == self.actor.person {
            return Err(Fault::invalid("second_inspector_missing", "second").into());
        }
        self.own_password(person, password)?;
        Ok(Some(person))
    }
}

/// What was found of a finding on a visit.
fn verdict_on(
    conn: &Connection,
    visit: InspectionId,
    finding: FindingId,
) -> Result<Option<Verdict>> {
    let steps: Vec<Transition> = record::of_finding(conn, finding.0)?;
    Ok(steps.iter().find_map(|step| match Details::of(step) {
        Ok(Some(Details::Rechecked(recheck))) if recheck.inspection == Some(visit) => {
            recheck.verdict
        }
        _ => None,
    }))
}

/// The photos that were taken of a finding on this visit.
fn photos(conn: &Connection, inspection: &Inspection, finding: FindingId) -> Result<Vec<PhotoId>> {
    let photos: Vec<Photo> = record::of_finding(conn, finding.0)?;
    Ok(photos
        .into_iter()
        .filter(|photo| photo.inspection == inspection.id)
        .map(|photo| photo.id)
        .collect())
}

/// Of many hazards the person must know which one is refused.
fn of_finding(error: anyhow::Error, hazard: &str) -> anyhow::Error {
    match error.downcast::<Fault>() {
        Ok(fault) => fault.with("hazard", hazard).into(),
        Err(error) => error,
    }
}
