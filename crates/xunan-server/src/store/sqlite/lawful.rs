//! Whether the steps of a change follow: the guards that its laptop asked are asked again on receipt.
//!
//! A step is held against what its author had seen, never against what others sent meanwhile: two laptops
//! that moved a finding in different directions are both right, and a person decides (docs/LIFE.md). What
//! the author had seen and has not arrived here cannot be asked about; then the fold on every machine
//! says how the step stands.

use anyhow::Result;
use rusqlite::{Connection, params};
use uuid::Uuid;
use xunan_model::change::{Change, Edit, Kind};
use xunan_model::finding::{Finding, Step, Transition};
use xunan_model::id::OfficeId;
use xunan_model::life::{Context, check_received, china_day};
use xunan_model::merge::Row;
use xunan_model::office_rules::OfficeRules;
use xunan_model::party::{Membership, Office};
use xunan_model::record::{Record, read_fields};

use super::fold::record;

/// Posts and offices, read when the first step asks for them.
#[derive(Default)]
pub(super) struct Law(Option<(Vec<Membership>, Vec<Office>)>);

impl Law {
    fn read(&mut self, tx: &Connection) -> Result<&(Vec<Membership>, Vec<Office>)> {
        if self.0.is_none() {
            self.0 = Some((all(tx)?, all(tx)?));
        }
        Ok(self.0.get_or_insert_default())
    }
}

/// Whether every step in a change follows; with the key of the sentence why not.
pub(super) fn check(
    tx: &Connection,
    change: &Change,
    law: &mut Law,
) -> Result<std::result::Result<(), &'static str>> {
    for edit in change
        .edits
        .iter()
        .filter(|edit| edit.kind == Kind::Transition)
    {
        if let Err(key) = follows(tx, change, edit, law)? {
            return Ok(Err(key));
        }
    }
    Ok(Ok(()))
}

fn follows(
    tx: &Connection,
    change: &Change,
    edit: &Edit,
    law: &mut Law,
) -> Result<std::result::Result<(), &'static str>> {
    if let Some((_, known)) = record(tx, &edit.kind, edit.id)? {
        // Steps are only appended. A clone may write the same one again under another name.
        let same = edit
            .set
            .iter()
            .all(|(field, value)| known.fields.get(field) == Some(value));
        return Ok(if same { Ok(()) } else { Err("step_rewritten") });
    }
    let Ok(step) = read_fields::<Transition>(edit.id, edit.set.clone()) else {
        return Ok(Err("details_unreadable"));
    };
    // Early programs did not say what they had seen; a step of a newer one is not ours to judge.
    let (Some(seen), false) = (
        &step.seen,
        matches!(step.step, Step::Found | Step::Unknown(_)),
    ) else {
        return Ok(Ok(()));
    };
    let Some(finding) = known::<Finding>(tx, change, step.finding.0)? else {
        return Ok(Ok(()));
    };
    let mut steps = Vec::new();
    for id in seen {
        match known::<Transition>(tx, change, id.0)? {
            Some(step) => steps.push(step),
            None => return Ok(Ok(())),
        }
    }
    let (memberships, offices) = law.read(tx)?;
    let today = china_day(step.at);
    let office: Option<OfficeId> = memberships
        .iter()
        .find(|post| post.person == step.by)
        .map(|post| post.office);
    let office = offices.iter().find(|one| Some(one.id) == office);
    let rules = office.map_or(&[][..], |office| &office.rules);
    let context = Context {
        today,
        rules: OfficeRules::in_force(rules, today),
        calendar: &office.map(Office::calendar).unwrap_or_default(),
        memberships,
        disputed: false,
    };
    Ok(check_received(&finding, &steps, &step, &context).map_err(|fault| fault.key))
}

/// A record as it will be with this change: the change itself may bring it.
fn known<R: Record>(tx: &Connection, change: &Change, id: Uuid) -> Result<Option<R>> {
    let mut row = record(tx, &R::KIND, id)?
        .map(|(_, row)| row)
        .unwrap_or_default();
    let own = |edit: &&Edit| edit.kind == R::KIND && edit.id == id;
    for edit in change.edits.iter().filter(own) {
        row.fields.extend(edit.set.clone());
    }
    if row.fields.is_empty() {
        return Ok(None);
    }
    Ok(read_fields(id, row.fields).ok())
}

fn all<R: Record>(tx: &Connection) -> Result<Vec<R>> {
    let mut statement =
        tx.prepare_cached("SELECT id, fields, writers FROM record WHERE kind = ?1")?;
    let mut rows = statement.query(params![R::KIND.as_str()])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let id = row.get::<_, super::codec::Sql<Uuid>>(0)?.0;
        let stored = Row::from_stored(&row.get::<_, String>(1)?, &row.get::<_, String>(2)?)?;
        found.extend(read_fields(id, stored.fields).ok());
    }
    Ok(found)
}
