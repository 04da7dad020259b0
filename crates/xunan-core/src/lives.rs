//! The life of a finding (闭环): its steps are taken here and nowhere else.

use anyhow::Result;
use chrono::{DateTime, Utc};
use rusqlite::Connection;
use serde_json::Map;
use xunan_model::change::Kind;
use xunan_model::fault::Fault;
use xunan_model::finding::{Finding, Step, Transition};
use xunan_model::id::{FindingId, PersonId, TransitionId};
use xunan_model::life::{
    Closure, Context, Details, Life, Notice, RecheckBy, Row, Standing, Verdict, check_step,
    next_steps, rung_due, step_time, term,
};
use xunan_model::office_rules::{Calendar, OfficeRules};
use xunan_model::party::{Membership, Office};

use crate::app::App;
use crate::store::{Tx, record};
use crate::view::{BulkOutcome, FindingRow, LifeView};
use crate::{conflicts, findings, ledger, platform, sites};

/// Findings of one bulk step.
const BULK_MAX: usize = 200;

/// The life of a finding that is here.
pub(crate) fn of(conn: &Connection, finding: &Finding) -> Result<Life> {
    let steps: Vec<Transition> = record::of_finding(conn, finding.id.0)?;
    Ok(Life::of(finding, &steps))
}

/// The officers of the last recheck that stands, if it passed: each confirmed it with the own password.
fn passed_by(conn: &Connection, id: FindingId) -> Result<Vec<PersonId>> {
    let steps: Vec<Transition> = record::of_finding(conn, id.0)?;
    let life = Life::of(&findings::get(conn, id)?, &steps);
    let stands = |row: &&Row| row.step == Step::Rechecked && row.standing == Standing::Stands;
    let last = life.timeline.iter().rfind(stands);
    let step = last.and_then(|row| steps.iter().find(|step| step.id == row.transition));
    let officers = match step.map(Details::of).transpose()?.flatten() {
        Some(Details::Rechecked(recheck))
            if recheck.verdict == Some(Verdict::Pass)
                && recheck.authority == Some(RecheckBy::Authority) =>
        {
            recheck.inspectors
        }
        _ => Vec::new(),
    };
    Ok(officers.into_iter().map(|one| one.person).collect())
}

/// What the office of the person signed in says about steps.
struct Law {
    rules: Vec<OfficeRules>,
    calendar: Calendar,
    memberships: Vec<Membership>,
}

impl Law {
    fn context(&self, conn: &Connection, finding: FindingId) -> Result<Context<'_>> {
        let today = platform::today();
        Ok(Context {
            today,
            rules: OfficeRules::in_force(&self.rules, today),
            calendar: &self.calendar,
            memberships: &self.memberships,
            disputed: conflicts::disputed(conn, &Kind::Finding, finding.0)?,
        })
    }
}

impl App {
    /// Takes a step in a finding's life. Nobody approves under another's name, and two officers recheck
    /// together, each with the own password ([`App::recheck_finish`]).
    ///
    /// # Errors
    /// `not_found`, `approver_signs_in`, `recheck_by_two`, `withdrawal_own`, `reviewers_rechecked`, and what
    /// [`check_step`] refuses.
    pub fn finding_step(&self, id: FindingId, details: &Details, reason: &str) -> Result<LifeView> {
        self.write(|tx| {
            self.vouched(tx.conn(), id, details)?;
            self.put_step(tx, id, details, reason, platform::now())
        })?;
        self.finding_life(id)
    }

    /// Whether those whom a step names stand behind it: the fold can only tell that they are named.
    fn vouched(&self, conn: &Connection, id: FindingId, details: &Details) -> Result<()> {
        let me = self.actor.person;
        if details.approver().is_some_and(|approver| approver != me) {
            return Err(Fault::invalid("approver_signs_in", "approver").into());
        }
        match details {
            Details::Rechecked(recheck) if recheck.authority == Some(RecheckBy::Authority) => {
                Err(Fault::invalid("recheck_by_two", "authority").into())
            }
            Details::Withdrawn(withdrawal) if !withdrawal.people.contains(&me) => {
                Err(Fault::invalid("withdrawal_own", "people").into())
            }
            Details::Closed(closure) if !closure.reviewers.is_empty() => {
                let officers = passed_by(conn, id)?;
                if closure.reviewers.iter().all(|one| officers.contains(one)) {
                    return Ok(());
                }
                Err(Fault::invalid("reviewers_rechecked", "reviewers").into())
            }
            _ => Ok(()),
        }
    }

    /// Takes one step for each of several findings, as far as each may take it: an action of its own each, so
    /// that one refusal keeps nothing else back.
    ///
    /// # Errors
    /// `findings_many`; `bulk_step` for a step whose words belong to one finding.
    pub fn finding_steps(
        &self,
        ids: &[FindingId],
        details: &Details,
        reason: &str,
    ) -> Result<Vec<BulkOutcome>> {
        if ids.len() > BULK_MAX {
            return Err(Fault::invalid("findings_many", "ids")
                .with("max", BULK_MAX)
                .into());
        }
        let alike = matches!(
            details,
            Details::Notified(_)
                | Details::RecheckRequested(_)
                | Details::Escalated(_)
                | Details::Transferred(_)
        );
        if !alike {
            return Err(Fault::invalid("bulk_step", "details").into());
        }
        ids.iter()
            .map(|id| {
                let taken = self.finding_step(*id, details, reason);
                let refused = match taken {
                    Ok(_) => None,
                    Err(error) => Some(error.downcast::<Fault>()?),
                };
                Ok(BulkOutcome {
                    finding: id.to_string(),
                    refused: refused.as_ref().map(|fault| fault.key.to_owned()),
                    params: refused
                        .map(|fault| {
                            fault
                                .params
                                .into_iter()
                                .map(|(k, v)| (k.to_owned(), v))
                                .collect()
                        })
                        .unwrap_or_default(),
                })
            })
            .collect()
    }

    /// The party has been told.
    ///
    /// # Errors
    /// As [`App::finding_step`].
    pub fn finding_notify(&self, id: FindingId) -> Result<FindingRow> {
        let told = Details::Notified(Notice::default());
        Ok(self.finding_step(id, &told, "")?.row)
    }

    /// A general hazard is gone (当场整改).
    ///
    /// # Errors
    /// As [`App::finding_step`].
    pub fn finding_close(&self, id: FindingId, reason: &str) -> Result<FindingRow> {
        let gone = Details::Closed(Closure::default());
        Ok(self.finding_step(id, &gone, reason)?.row)
    }

    /// A finding with its whole life, and what may come next.
    ///
    /// # Errors
    /// `not_found`.
    pub fn finding_life(&self, id: FindingId) -> Result<LifeView> {
        let sites = self.sites()?;
        self.read(|conn| {
            let finding = findings::get(conn, id)?;
            let (row, life) = self.shown(conn, finding, &sites)?;
            let law = self.law(conn)?;
            let context = law.context(conn, id)?;
            let steps: Vec<Transition> = record::of_finding(conn, id.0)?;
            let details = steps.iter().filter_map(|step| {
                let details = Details::of(step).ok().flatten()?;
                Some((step.id.to_string(), details))
            });
            Ok(LifeView {
                row,
                details: details.collect(),
                offers: next_steps(&life, self.actor.person, &context),
                term: term(&life, context.today),
                recheck_due: ledger::due_of(conn, id)?,
                rung_due: rung_due(&life, context.rules, context.today),
                people: sites::person_names(conn)?,
                life,
            })
        })
    }

    /// Writes a step that the person signed in takes, after all that is known of the finding.
    pub(crate) fn put_step(
        &self,
        tx: &mut Tx<'_>,
        id: FindingId,
        details: &Details,
        reason: &str,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let finding = findings::get(tx.conn(), id)?;
        let steps: Vec<Transition> = record::of_finding(tx.conn(), id.0)?;
        let life = Life::of(&finding, &steps);
        let (step, fields) = details.stored()?;
        let next = Transition {
            id: TransitionId(platform::new_id()),
            finding: id,
            step,
            at: step_time(&life, now),
            by: self.actor.person,
            reason: reason.trim().to_owned(),
            details: fields,
            seen: Some(life.seen()),
            extra: Map::new(),
        };
        // The first says that it is there; nothing can stand against it.
        if !matches!(details, Details::Found(_)) {
            let law = self.law(tx.conn())?;
            check_step(&finding, &steps, &next, &law.context(tx.conn(), id)?)?;
        }
        tx.put(&next)
    }

    /// The rules of the office of the person signed in.
    pub(crate) fn rules(&self, conn: &Connection) -> Result<Vec<OfficeRules>> {
        Ok(self
            .own_office(conn)?
            .map(|office| office.rules)
            .unwrap_or_default())
    }

    fn own_office(&self, conn: &Connection) -> Result<Option<Office>> {
        record::get(conn, self.actor.office.0)
    }

    fn law(&self, conn: &Connection) -> Result<Law> {
        let office = self.own_office(conn)?;
        let calendar = office.as_ref().map(Office::calendar).unwrap_or_default();
        Ok(Law {
            rules: office.map(|office| office.rules).unwrap_or_default(),
            calendar,
            memberships: record::all(conn)?,
        })
    }
}
