//! A visit that another laptop began (一起检查).
//!
//! Until the record of the visit arrives from there, this laptop keeps what it has to know of it for
//! itself: were it written as a record here too, every field would be a dispute about one thing.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use rusqlite::Connection;
use xunan_model::fault::{Code, Fault};
use xunan_model::id::InspectionId;
use xunan_model::inspection::{Inspection, InspectionDraft};
use xunan_model::joining::JoinKey;

use crate::app::App;
use crate::store::{Tx, record, setting};
use crate::view::InspectionView;
use crate::{editions, platform};

/// Where a joined visit waits for its record: `joined/<inspection>`. The interface cannot write there.
pub(crate) const JOINED: &str = "joined/";

impl App {
    /// Takes part in a visit that another laptop began, by the code on its screen.
    ///
    /// # Errors
    /// `join_code_wrong`, also for another site; `choose_group`, `checklist_missing`.
    pub fn visit_join(&self, mut draft: InspectionDraft, code: &str) -> Result<InspectionView> {
        draft.site = self.sites()?.survivors.survivor(draft.site);
        let id = JoinKey::parse(code, draft.site)?.inspection(draft.site);
        let mut visit = draft.check(id, self.actor.office, self.actor.person, platform::now())?;
        code.trim().clone_into(&mut visit.code);
        let checklists = self.shared.checklists();
        for edition in &visit.editions {
            checklists.get(edition)?;
        }
        self.write(|tx| {
            if of(tx.conn(), id)?.is_some() {
                return Ok(());
            }
            editions::keep(tx, &checklists, &visit.editions)?;
            put(tx, &visit)?;
            tx.note_kind("inspection");
            Ok(())
        })?;
        self.inspection_get(id)
    }

    /// The laptop that began a joined visit is gone: from here on the visit is this laptop's own.
    ///
    /// # Errors
    /// `not_found` when its record is here already, or it was never joined.
    pub fn visit_adopt(&self, id: InspectionId) -> Result<InspectionView> {
        self.write(|tx| {
            let visit = waiting(tx.conn(), id)?
                .filter(|_| record::get::<Inspection>(tx.conn(), id.0).is_ok_and(|it| it.is_none()))
                .context(Fault::new(Code::NotFound, "not_found"))?;
            tx.put(&visit)?;
            tx.local(&key(id), None)
        })?;
        self.inspection_get(id)
    }
}

/// A visit: its record, else what this laptop knows of a joined one.
pub(crate) fn of(conn: &Connection, id: InspectionId) -> Result<Option<Inspection>> {
    match record::get(conn, id.0)? {
        Some(visit) => Ok(Some(visit)),
        None => waiting(conn, id),
    }
}

/// All visits, joined ones among them.
pub(crate) fn all(conn: &Connection) -> Result<Vec<Inspection>> {
    let mut visits: Vec<Inspection> = record::all(conn)?;
    for (_, text) in setting::locals(conn, JOINED)? {
        let joined: Inspection = serde_json::from_str(&text)?;
        if visits.iter().all(|visit| visit.id != joined.id) {
            visits.push(joined);
        }
    }
    Ok(visits)
}

/// The joined visits whose record has not arrived yet.
pub(crate) fn waiting_all(conn: &Connection) -> Result<BTreeSet<String>> {
    let mut visits = BTreeSet::new();
    for (key, _) in setting::locals(conn, JOINED)? {
        let id: InspectionId = key[JOINED.len()..].parse()?;
        if record::get::<Inspection>(conn, id.0)?.is_none() {
            visits.insert(id.to_string());
        }
    }
    Ok(visits)
}

/// Whether the record of a joined visit has not arrived yet.
pub(crate) fn is_joined(conn: &Connection, id: InspectionId) -> Result<bool> {
    Ok(waiting(conn, id)?.is_some() && record::get::<Inspection>(conn, id.0)?.is_none())
}

/// Writes what changed of a visit: its record, or, for a joined one, what is kept here.
pub(crate) fn save(tx: &mut Tx<'_>, visit: &Inspection) -> Result<()> {
    if is_joined(tx.conn(), visit.id)? {
        tx.note_kind("inspection");
        return put(tx, visit);
    }
    tx.put(visit)
}

/// Only the laptop that began a visit ends it; two ends would be a dispute.
///
/// # Errors
/// `joined_not_ended_here`.
pub(crate) fn refuse_joined(conn: &Connection, id: InspectionId) -> Result<()> {
    if is_joined(conn, id)? {
        return Err(Fault::new(Code::Conflict, "joined_not_ended_here").into());
    }
    Ok(())
}

fn put(tx: &mut Tx<'_>, visit: &Inspection) -> Result<()> {
    tx.local(&key(visit.id), Some(&serde_json::to_string(visit)?))
}

fn waiting(conn: &Connection, id: InspectionId) -> Result<Option<Inspection>> {
    let text = setting::local(conn, &key(id))?;
    text.map(|text| Ok(serde_json::from_str(&text)?))
        .transpose()
}

fn key(id: InspectionId) -> String {
    format!("{JOINED}{id}")
}
