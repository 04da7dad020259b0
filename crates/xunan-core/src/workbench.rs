//! What a day begins with (工作台).

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Result;
use chrono::{DateTime, NaiveDate, Utc};
use xunan_model::finding::{Finding, Level, Step};
use xunan_model::inspection::Inspection;

use crate::app::App;
use crate::sites::index::Sites;
use crate::store::record;
use crate::view::{DoneToday, DueList, DueRow, WorkbenchView};
use crate::{findings, finishing, joining, platform};

/// Visits of the list.
const UNFINISHED_MAX: usize = 20;
/// Findings of a list.
const DUE_MAX: usize = 6;
/// Days ahead that are shown, today not counted.
const SOON_DAYS: i64 = 7;

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
            let steps = findings::steps(conn)?;
            let found: Vec<Finding> = record::all(conn)?;
            let (overdue, soon) = due(&found, &steps, &sites, today);
            Ok(WorkbenchView {
                unfinished_count: open.len(),
                unfinished,
                confirm,
                overdue,
                soon,
                today: DoneToday {
                    visits: visits.iter().filter(|one| of_today(one.begun)).count(),
                    findings: found.iter().filter(|one| of_today(one.found)).count(),
                    closed: steps
                        .values()
                        .filter(|(at, step)| *step == Step::Closed && of_today(*at))
                        .count(),
                },
            })
        })
    }
}

/// The findings that are late, and those that soon will be.
fn due(
    found: &[Finding],
    steps: &BTreeMap<String, (DateTime<Utc>, Step)>,
    sites: &Sites,
    today: NaiveDate,
) -> (DueList, DueList) {
    let mut open: Vec<(&Finding, NaiveDate)> = found
        .iter()
        .filter(|finding| {
            steps
                .get(&finding.id.to_string())
                .is_none_or(|(_, step)| !step.ends())
        })
        .filter_map(|finding| Some((finding, finding.deadline?)))
        .collect();
    open.sort_by_key(|(finding, deadline)| (*deadline, finding.id));
    let (mut overdue, mut soon) = (DueList::default(), DueList::default());
    for (finding, deadline) in open {
        let days = (deadline - today).num_days();
        let list = match days {
            ..0 => &mut overdue,
            0..=SOON_DAYS => &mut soon,
            _ => break,
        };
        list.count += 1;
        list.major += usize::from(finding.level == Level::Major);
        if list.rows.len() < DUE_MAX {
            list.rows.push(DueRow {
                id: finding.id.to_string(),
                site_name: sites.name(finding.site).to_owned(),
                hazard: finding.hazard.clone(),
                level: finding.level.clone(),
                deadline: deadline.to_string(),
                days,
            });
        }
    }
    (overdue, soon)
}
