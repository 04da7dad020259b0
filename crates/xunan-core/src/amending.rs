//! What comes to a visit after its end (补充): another laptop on the same visit had not seen the end.
//!
//! The end names what of the log was known then. So what was frozen can be told from what came later,
//! on every machine alike and whatever the clocks said.

use std::collections::BTreeMap;

use anyhow::Result;
use rusqlite::Connection;
use uuid::Uuid;
use xunan_model::change::Kind;
use xunan_model::finding::{Finding, Transition};
use xunan_model::id::{DeviceId, InspectionId};
use xunan_model::inspection::{Answer, Inspection, Visit};
use xunan_model::photo::Photo;
use xunan_model::record::{Record, read_fields};
use xunan_model::stamp::Stamp;

use crate::store::{log, record};
use crate::view::AmendmentView;

/// Per laptop the stamp of its last change.
pub(crate) type Seen = BTreeMap<DeviceId, Stamp>;

/// The last change of every laptop that wrote something of a visit.
pub(crate) fn seen(conn: &Connection, id: InspectionId) -> Result<Seen> {
    let mut seen = Seen::new();
    for (kind, id) in records(conn, id)? {
        for (device, at) in log::written(conn, &kind, id)? {
            let known = seen.entry(device).or_insert(at);
            *known = at.max(*known);
        }
    }
    Ok(seen)
}

fn records(conn: &Connection, id: InspectionId) -> Result<Vec<(Kind, Uuid)>> {
    let mut records = vec![(Kind::Inspection, id.0)];
    let answers: Vec<Answer> = record::of_inspection(conn, id.0)?;
    records.extend(answers.iter().map(|one| (Kind::Answer, one.id.0)));
    let photos: Vec<Photo> = record::of_inspection(conn, id.0)?;
    records.extend(photos.iter().map(|one| (Kind::Photo, one.id.0)));
    for finding in record::of_inspection::<Finding>(conn, id.0)? {
        records.push((Kind::Finding, finding.id.0));
        let steps: Vec<Transition> = record::of_finding(conn, finding.id.0)?;
        records.extend(steps.iter().map(|step| (Kind::Transition, step.id.0)));
    }
    Ok(records)
}

/// A visit as it was when no more than `seen` was known of it.
pub(crate) fn as_of(conn: &Connection, visit: Visit, seen: &Seen) -> Result<Visit> {
    // An earlier program ended it: what was frozen is what is here.
    if seen.is_empty() {
        return Ok(visit);
    }
    let inspection = then(conn, &visit.inspection, visit.inspection.id.0, seen)?;
    Ok(Visit {
        inspection: inspection.unwrap_or(visit.inspection),
        answers: all_then(conn, visit.answers, |one| one.id.0, seen)?,
        findings: all_then(conn, visit.findings, |one| one.id.0, seen)?,
        transitions: all_then(conn, visit.transitions, |one| one.id.0, seen)?,
        photos: all_then(conn, visit.photos, |one| one.id.0, seen)?,
    })
}

fn all_then<R: Record + Clone>(
    conn: &Connection,
    records: Vec<R>,
    id: impl Fn(&R) -> Uuid,
    seen: &Seen,
) -> Result<Vec<R>> {
    let mut known = Vec::new();
    for one in records {
        known.extend(then(conn, &one, id(&one), seen)?);
    }
    Ok(known)
}

/// A record as it was then; `None`: it was not there.
fn then<R: Record + Clone>(conn: &Connection, now: &R, id: Uuid, seen: &Seen) -> Result<Option<R>> {
    let later = |(device, at): &(DeviceId, Stamp)| seen.get(device).is_none_or(|last| at > last);
    if !log::written(conn, &R::KIND, id)?.iter().any(later) {
        return Ok(Some(now.clone()));
    }
    let row = log::folded_until(conn, &R::KIND, id, seen)?;
    if row.writers.is_empty() {
        return Ok(None);
    }
    Ok(Some(read_fields(id, row.fields)?))
}

/// What came to a finished visit later, in the order of their times.
pub(crate) fn amendments(
    conn: &Connection,
    visit: &Inspection,
    names: &BTreeMap<String, String>,
) -> Result<Vec<AmendmentView>> {
    let seen = match &visit.finished {
        Some(finished) if !finished.seen.is_empty() => &finished.seen,
        _ => return Ok(Vec::new()),
    };
    let mut found = Vec::new();
    for now in record::of_inspection::<Answer>(conn, visit.id.0)? {
        let then = then(conn, &now, now.id.0, seen)?;
        if then.as_ref() != Some(&now) {
            found.push(AmendmentView {
                kind: "answer".to_owned(),
                what: format!("{} {}", now.item, now.facility).trim().to_owned(),
                result: Some(now.result),
                by: now.by.to_string(),
                at: now.at.to_rfc3339(),
                new: then.is_none(),
            });
        }
    }
    for now in record::of_inspection::<Finding>(conn, visit.id.0)? {
        let then = then(conn, &now, now.id.0, seen)?;
        if then.as_ref() != Some(&now) {
            found.push(AmendmentView {
                kind: "finding".to_owned(),
                what: now.hazard,
                result: None,
                by: now.by.to_string(),
                at: now.found.to_rfc3339(),
                new: then.is_none(),
            });
        }
    }
    for now in record::of_inspection::<Photo>(conn, visit.id.0)? {
        // Copies, and what is said of a photo, may still come; the photo itself may not.
        if then(conn, &now, now.id.0, seen)?.is_none() {
            found.push(AmendmentView {
                kind: "photo".to_owned(),
                what: now.name,
                result: None,
                by: now.by.to_string(),
                at: now.added.to_rfc3339(),
                new: true,
            });
        }
    }
    for one in &mut found {
        if let Some(name) = names.get(&one.by) {
            one.by.clone_from(name);
        }
    }
    found.sort_by(|a, b| a.at.cmp(&b.at));
    Ok(found)
}
