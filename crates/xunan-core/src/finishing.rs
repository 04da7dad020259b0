//! The end of a visit: what is missing, who confirms, and the freezing.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use chrono::{DateTime, NaiveDate, Utc};
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use xunan_model::change::Kind;
use xunan_model::digest::Digest;
use xunan_model::fault::{Code, Fault};
use xunan_model::finding::{self, Finding, Transition};
use xunan_model::finish::{
    Asked, Confirmation, ENFORCERS_MIN, Standing, certificate, check_enforcement, check_read,
    missing,
};
use xunan_model::id::{InspectionId, PersonId};
use xunan_model::inspection::{Answer, AnswerResult, Finished, Inspection, Visit, frozen_digest};
use xunan_model::party::{Membership, Site};
use xunan_model::photo::Photo;
use xunan_model::summary::{Found, Told, summary};

use crate::app::App;
use crate::asked::{china_day, covered};
use crate::checklists::Checklists;
use crate::inspections::{load, load_open};
use crate::install::accounts;
use crate::store::{Tx, record, setting};
use crate::view::{InspectionView, InspectorView, ReviewView};
use crate::{amending, conflicts, findings, joining, judging, platform, sites};

/// Inspectors of one visit.
const INSPECTORS_MAX: usize = 20;
/// Where confirmations wait for the end of their visit: `confirm/<inspection>`. The interface cannot
/// write there, see `Install::local_put`.
pub(crate) const PENDING: &str = "confirm/";

/// What has been confirmed so far, on this laptop only: it becomes part of the record when the visit
/// ends.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Pending {
    /// What the visit was when it was confirmed.
    digest: Option<Digest>,
    confirmed: Vec<Confirmation>,
}

impl App {
    /// What a person looks at before a visit ends, and afterwards.
    ///
    /// # Errors
    /// `not_found`, `checklist_missing`.
    pub fn inspection_review(&self, id: InspectionId) -> Result<ReviewView> {
        self.read(|conn| {
            let inspection = load(conn, id)?;
            let checklists = self.shared.checklists();
            review(conn, &checklists, inspection)
        })
    }

    /// Names the inspectors of a visit; the one signed in stays among them.
    ///
    /// # Errors
    /// `inspection_finished`; `invalid` for too many.
    pub fn visit_inspectors(&self, id: InspectionId, people: Vec<PersonId>) -> Result<ReviewView> {
        self.write(|tx| {
            let mut inspection = load_open(tx.conn(), id)?;
            let mut inspectors = vec![self.actor.person];
            for person in people {
                if !inspectors.contains(&person) {
                    inspectors.push(person);
                }
            }
            if inspectors.len() > INSPECTORS_MAX {
                return Err(Fault::invalid("invalid", "inspectors")
                    .with("field", "inspectors")
                    .into());
            }
            inspection.inspectors = inspectors;
            joining::save(tx, &inspection)
        })?;
        self.inspection_review(id)
    }

    /// An inspector of the visit confirms it with the own password, as it was `read`: the digest of
    /// the [`ReviewView`] on the screen. What was confirmed before something changed is void.
    ///
    /// # Errors
    /// `inspection_finished`, `not_an_inspector`, `login_unknown`, `wrong_password`;
    /// `certificate_missing` on the day of the visit; `changed_since_read`; `visit_disputed`.
    pub fn inspection_confirm(
        &self,
        id: InspectionId,
        person: PersonId,
        password: &str,
        read: &str,
    ) -> Result<ReviewView> {
        self.own_password(person, password)?;
        self.write(|tx| {
            let inspection = load_open(tx.conn(), id)?;
            joining::refuse_joined(tx.conn(), id)?;
            if !inspection.inspectors.contains(&person) {
                return Err(Fault::invalid("not_an_inspector", "inspectors").into());
            }
            let at = platform::now();
            let confirmation = confirmation(tx.conn(), &inspection, person, at)?;
            let digest = content(tx.conn(), inspection, at)?;
            check_read(Digest::parse(read), digest)?;
            refuse_disputed(tx.conn(), id)?;
            let mut pending = pending(tx.conn(), id)?;
            if pending.digest != Some(digest) {
                pending.confirmed.clear();
            }
            pending.digest = Some(digest);
            pending.confirmed.retain(|one| one.person != person);
            pending.confirmed.push(confirmation);
            tx.local(&key(id), Some(&serde_json::to_string(&pending)?))
        })?;
        self.inspection_review(id)
    }

    /// Whether this is the person's own password; guessing is slowed down.
    ///
    /// # Errors
    /// `login_unknown`, `wrong_password`.
    pub(crate) fn own_password(&self, person: PersonId, password: &str) -> Result<()> {
        let account = self
            .read(accounts)?
            .into_iter()
            .find(|account| account.person == person)
            .ok_or_else(|| Fault::invalid("login_unknown", "login"))?;
        self.shared.tries.check(&account, password)
    }

    /// Ends a visit: it is frozen with a digest over its content. As an enforcement inspection only
    /// when two inspectors have confirmed exactly this content; else it is a check record, from which
    /// no document of law is made.
    ///
    /// # Errors
    /// `inspection_finished` when it has ended already; `two_inspectors_needed`,
    /// `confirmed_before_change`, `visit_disputed`.
    pub fn inspection_finish(&self, id: InspectionId, enforcement: bool) -> Result<InspectionView> {
        self.write(|tx| {
            let mut inspection = load_open(tx.conn(), id)?;
            joining::refuse_joined(tx.conn(), id)?;
            let at = platform::now();
            let digest = content(tx.conn(), inspection.clone(), at)?;
            let mut confirmed = Vec::new();
            if enforcement {
                let pending = pending(tx.conn(), id)?;
                if !pending.confirmed.is_empty() && pending.digest != Some(digest) {
                    return Err(Fault::new(Code::Conflict, "confirmed_before_change").into());
                }
                check_enforcement(&inspection, &pending.confirmed)?;
                refuse_disputed(tx.conn(), id)?;
                confirmed = pending.confirmed;
            }
            inspection.finished = Some(Finished {
                at,
                by: self.actor.person,
                digest,
                confirmed,
                seen: amending::seen(tx.conn(), id)?,
            });
            tx.local(&key(id), None)?;
            tx.put(&inspection)
        })?;
        self.inspection_get(id)
    }

    /// Freezes a visit within the write that made it, as those `confirmed` it.
    pub(crate) fn freeze(
        &self,
        tx: &mut Tx<'_>,
        id: InspectionId,
        at: DateTime<Utc>,
        confirmed: Vec<Confirmation>,
    ) -> Result<()> {
        let mut inspection = load_open(tx.conn(), id)?;
        // A hazard put right on the spot is closed a moment after it was found, which can be a moment
        // after `at`; the check ends after its own steps.
        let all = visit(tx.conn(), inspection.clone(), DateTime::<Utc>::MAX_UTC)?;
        let last = all.transitions.iter().map(|step| step.at).max();
        let at = last.map_or(at, |last| last.max(at));
        let digest = content(tx.conn(), inspection.clone(), at)?;
        inspection.finished = Some(Finished {
            at,
            by: self.actor.person,
            digest,
            confirmed,
            seen: amending::seen(tx.conn(), id)?,
        });
        tx.put(&inspection)
    }

    /// Whether a finished visit still is what it was when it was frozen.
    ///
    /// # Errors
    /// `not_found`.
    pub fn inspection_intact(&self, id: InspectionId) -> Result<bool> {
        self.read(|conn| intact(conn, load(conn, id)?))
    }
}

/// That an inspector confirms a visit, with the certificate of its day: who was entitled only later had no
/// right to inspect that day.
///
/// # Errors
/// `certificate_missing`.
pub(crate) fn confirmation(
    conn: &Connection,
    inspection: &Inspection,
    person: PersonId,
    at: DateTime<Utc>,
) -> Result<Confirmation> {
    let posts: Vec<Membership> = record::all(conn)?;
    let certificate = certificate(&posts, person, china_day(inspection))
        .ok_or_else(|| Fault::invalid("certificate_missing", "inspectors"))?;
    Ok(Confirmation {
        person,
        certificate: certificate.to_owned(),
        at,
    })
}

fn key(id: InspectionId) -> String {
    format!("{PENDING}{id}")
}

/// Answers and findings of the visit of which a fact waits for a person's decision.
fn disputed(conn: &Connection, id: InspectionId) -> Result<BTreeSet<Uuid>> {
    let mut of_visit: BTreeSet<Uuid> = BTreeSet::new();
    let answers: Vec<Answer> = record::of_inspection(conn, id.0)?;
    of_visit.extend(answers.iter().map(|answer| answer.id.0));
    let findings: Vec<Finding> = record::of_inspection(conn, id.0)?;
    of_visit.extend(findings.iter().map(|finding| finding.id.0));
    let mut disputed = conflicts::disputed_records(conn, &Kind::Answer)?;
    disputed.extend(conflicts::disputed_records(conn, &Kind::Finding)?);
    Ok(&disputed & &of_visit)
}

/// A decision writes the record: taken after the end, it would change what two people confirmed.
fn refuse_disputed(conn: &Connection, id: InspectionId) -> Result<()> {
    if disputed(conn, id)?.is_empty() {
        return Ok(());
    }
    Err(Fault::new(Code::Conflict, "visit_disputed").into())
}

/// Whether another inspector of a visit has confirmed it and this person, one of them, has not.
pub(crate) fn waits_for(conn: &Connection, visit: &Inspection, person: PersonId) -> Result<bool> {
    let confirmed = pending(conn, visit.id)?.confirmed;
    Ok(visit.inspectors.contains(&person)
        && !confirmed.is_empty()
        && confirmed.iter().all(|one| one.person != person))
}

fn pending(conn: &Connection, id: InspectionId) -> Result<Pending> {
    let text = setting::local(conn, &key(id))?;
    Ok(text
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default())
}

fn intact(conn: &Connection, inspection: Inspection) -> Result<bool> {
    let Some(finished) = inspection.finished.clone() else {
        return Ok(true);
    };
    let visit = visit(conn, inspection, finished.at)?;
    let frozen = amending::as_of(conn, visit, &finished.seen)?;
    Ok(frozen_digest(&frozen)? == finished.digest)
}

/// The digest over a visit with the steps that had been taken at `until`. A later step does not
/// unfreeze a visit; one of a laptop whose clock is ahead must not count before the end and be
/// missing after it, so the end is compared with the same time for ever.
fn content(conn: &Connection, inspection: Inspection, until: DateTime<Utc>) -> Result<Digest> {
    Ok(frozen_digest(&visit(conn, inspection, until)?)?)
}

fn visit(conn: &Connection, inspection: Inspection, until: DateTime<Utc>) -> Result<Visit> {
    let id = inspection.id.0;
    let findings: Vec<Finding> = record::of_inspection(conn, id)?;
    let mut transitions: Vec<Transition> = Vec::new();
    for finding in &findings {
        let steps: Vec<Transition> = record::of_finding(conn, finding.id.0)?;
        transitions.extend(steps.into_iter().filter(|step| step.at <= until));
    }
    Ok(Visit {
        answers: record::of_inspection(conn, id)?,
        photos: record::of_inspection(conn, id)?,
        findings,
        transitions,
        inspection,
    })
}

fn review(
    conn: &Connection,
    checklists: &Checklists,
    inspection: Inspection,
) -> Result<ReviewView> {
    let id = inspection.id;
    let day = china_day(&inspection);
    let all: Vec<Answer> = record::of_inspection(conn, id.0)?;
    let covered = covered(checklists, &inspection, &all)?;
    let standing: Vec<Answer> = all
        .into_iter()
        .filter(|answer| answer.result != AnswerResult::Withdrawn)
        .collect();
    let asked: Vec<Asked<'_>> = covered
        .asked
        .iter()
        .map(|one| {
            let same = |answer: &&Answer| {
                answer.edition == one.edition.id
                    && answer.item == one.item.code
                    && answer.facility == one.facility
            };
            let answer = standing.iter().find(same);
            let given = answer.map(judging::given).unwrap_or_default();
            Asked {
                edition: one.edition,
                item: &one.item.code,
                group: &one.item.group,
                facility: &one.facility,
                answer,
                judged: judging::judged(&inspection, one.edition, one.item, given),
            }
        })
        .collect();
    let findings = findings::of_visit(conn, id)?;
    let until = inspection
        .finished
        .as_ref()
        .map_or_else(platform::now, |finished| finished.at);
    let mut found: Vec<Found<'_>> = Vec::new();
    for finding in &findings {
        found.push(found_on(conn, checklists, finding, day, until)?);
    }
    let stand: Vec<Standing<'_>> = found
        .iter()
        .map(|one| Standing {
            finding: one.finding,
            state: one.state.clone(),
            citable: one.citation.is_some(),
        })
        .collect();
    let photos: Vec<Photo> = record::of_inspection(conn, id.0)?;
    let names = sites::person_names(conn)?;
    let name = |person: &PersonId| names.get(&person.to_string()).cloned().unwrap_or_default();
    let site: Option<Site> = record::get(conn, inspection.site.0)?;
    let people: Vec<String> = inspection.inspectors.iter().map(name).collect();
    let titles: Vec<String> = inspection
        .editions
        .iter()
        .map(|edition| Ok(checklists.get(edition)?.title.zh.clone()))
        .collect::<Result<_>>()?;
    let text = summary(&Told {
        inspection: &inspection,
        until,
        site: site.as_ref().map_or("", |site| &site.name),
        address: site.as_ref().map_or("", |site| &site.address),
        people: &people,
        checklists: &titles,
        groups: &groups(&asked),
        asked: asked.len(),
        not_checked: covered.not_checked,
        answers: &standing,
        findings: &found,
        photos: photos.len(),
    });
    let inspectors = inspectors(conn, &inspection, &name)?;
    let confirmed = inspectors
        .iter()
        .filter(|one| one.confirmed.is_some())
        .count();
    let waiting = pending(conn, id)?;
    Ok(ReviewView {
        missing: missing(&asked, &stand, &photos, &disputed(conn, id)?),
        summary: text,
        can_enforce: inspectors
            .iter()
            .filter(|one| one.certificate.is_some() && (one.here || one.confirmed.is_some()))
            .count()
            >= ENFORCERS_MIN,
        enforcement: match &inspection.finished {
            Some(finished) => finished.enforcement(),
            None => confirmed >= ENFORCERS_MIN,
        },
        two_ends: conflicts::disputed(conn, &Kind::Inspection, id.0)?,
        digest: content(conn, inspection.clone(), until)?.to_string(),
        void: inspection.finished.is_none() && confirmed == 0 && !waiting.confirmed.is_empty(),
        amendments: amending::amendments(conn, &inspection, &names)?,
        joined: joining::is_joined(conn, id)?,
        intact: intact(conn, inspection)?,
        inspectors,
    })
}

/// A finding as it stood at `until`: what happened after the end does not rewrite the summary.
fn found_on<'a>(
    conn: &Connection,
    checklists: &'a Checklists,
    finding: &'a Finding,
    day: NaiveDate,
    until: DateTime<Utc>,
) -> Result<Found<'a>> {
    let mut steps: Vec<Transition> = record::of_finding(conn, finding.id.0)?;
    steps.retain(|step| step.at <= until);
    let edition = finding.edition.as_ref();
    let edition = edition.and_then(|reference| checklists.get(reference).ok());
    let item = edition.and_then(|edition| edition.item(finding.item.as_deref()?));
    let citation = edition.and_then(|edition| edition.cite(finding.item.as_deref()?, day));
    Ok(Found {
        finding,
        state: finding::state(finding, &steps),
        // A clause that a person rewrote is not the one that was read.
        citation: citation.filter(|citation| citation.clause() == finding.basis),
        question: item.map(|item| item.question.zh.as_str()),
    })
}

/// The headings under which something was answered, in order.
fn groups<'a>(asked: &[Asked<'a>]) -> Vec<&'a str> {
    let mut groups: Vec<(&str, &'a str)> = Vec::new();
    for one in asked {
        let result = one.answer.map(|answer| &answer.result);
        let group = (one.edition.id.as_str(), one.group);
        if result.is_some_and(|result| *result != AnswerResult::NotChecked)
            && !groups.contains(&group)
        {
            groups.push(group);
        }
    }
    groups.into_iter().map(|(_, path)| path).collect()
}

/// The inspectors and who of them has confirmed the visit as it is.
fn inspectors(
    conn: &Connection,
    inspection: &Inspection,
    name: &dyn Fn(&PersonId) -> String,
) -> Result<Vec<InspectorView>> {
    let confirmed: Vec<Confirmation> = match &inspection.finished {
        Some(finished) => finished.confirmed.clone(),
        None => {
            let waiting = pending(conn, inspection.id)?;
            let now = content(conn, inspection.clone(), platform::now())?;
            if waiting.digest == Some(now) {
                waiting.confirmed
            } else {
                Vec::new()
            }
        }
    };
    let by: BTreeMap<PersonId, &Confirmation> =
        confirmed.iter().map(|one| (one.person, one)).collect();
    let posts: Vec<Membership> = record::all(conn)?;
    let logins = accounts(conn)?;
    let day = china_day(inspection);
    let view = |person: &PersonId| InspectorView {
        person: person.to_string(),
        name: name(person),
        certificate: match by.get(person) {
            Some(confirmation) => Some(confirmation.certificate.clone()),
            None => certificate(&posts, *person, day).map(str::to_owned),
        },
        confirmed: by.get(person).map(|one| one.at.to_rfc3339()),
        here: logins.iter().any(|account| account.person == *person),
    };
    Ok(inspection.inspectors.iter().map(view).collect())
}
