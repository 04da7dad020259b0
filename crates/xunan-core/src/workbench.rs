//! What a day begins with (工作台).

use std::cmp::Reverse;
use std::sync::Arc;

use anyhow::Result;
use chrono::{DateTime, Days, NaiveDate, Utc};
use rusqlite::Connection;
use xunan_model::inspection::Inspection;

use crate::app::App;
use crate::sites::index::Sites;
use crate::view::{DoneToday, DueList, DueRow, WorkbenchView};
use crate::{findings, finishing, joining, ledger, platform};

/// Visits of the list.
const UNFINISHED_MAX: usize = 20;
/// Findings of a list.
const DUE_MAX: usize = 6;
/// Days ahead that are shown, today not counted.
const SOON: Days = Days::new(7);

impl App {
    /// What is unfinished, late, waiting for the person signed in, and done today.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn workbench(&self) -> Result<WorkbenchView> {
        let sites = self.sites()?;
        self.read(|conn| {
            let today = platform::today();
            let visits = joining::all(conn)?;
            let of_today = |at: DateTime<Utc>| platform::china_day(at) == today;
            let mut open: Vec<&Inspection> = visits
                .iter()
                .filter(|visit| visit.finished.is_none())
                .collect();
            let me = self.actor.person;
            open.sort_by_key(|visit| (!visit.inspectors.contains(&me), Reverse(visit.begun)));
            let mut unfinished = self.rows(conn, Arc::clone(&sites), &open)?;
            let mut confirm = Vec::new();
            for (visit, row) in open.iter().zip(&unfinished) {
                if finishing::waits_for(conn, visit, me)? {
                    confirm.push(row.clone());
                }
            }
            unfinished.truncate(UNFINISHED_MAX);
            let soon = today.checked_add_days(SOON).unwrap_or(today);
            Ok(WorkbenchView {
                unfinished_count: open.len(),
                unfinished,
                confirm,
                overdue: due(conn, &sites, None, today.pred_opt().unwrap_or(today), today)?,
                soon: due(conn, &sites, Some(today), soon, today)?,
                rechecks: ledger::rechecks(conn, today)?,
                today: DoneToday {
                    visits: visits.iter().filter(|one| of_today(one.begun)).count(),
                    findings: ledger::found_on(conn, today)?,
                    closed: ledger::closed_on(conn, today)?,
                },
            })
        })
    }
}

/// The findings that stand and whose deadline is from one day to another.
fn due(
    conn: &Connection,
    sites: &Sites,
    from: Option<NaiveDate>,
    until: NaiveDate,
    today: NaiveDate,
) -> Result<DueList> {
    let (count, major) = ledger::due_count(conn, from, until)?;
    let mut rows = Vec::new();
    for (id, deadline) in ledger::due_first(conn, from, until, DUE_MAX)? {
        let finding = findings::get(conn, id)?;
        rows.push(DueRow {
            id: id.to_string(),
            site_name: sites.name(finding.site).to_owned(),
            hazard: finding.hazard,
            level: finding.level,
            deadline: deadline.to_string(),
            days: (deadline - today).num_days(),
        });
    }
    Ok(DueList { count, major, rows })
}
