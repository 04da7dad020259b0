//! What the ledger says of days: what is late, what comes, which rechecks wait.

use anyhow::Result;
use chrono::{Days, NaiveDate};
use rusqlite::{Connection, OptionalExtension, params};
use xunan_model::id::{FindingId, InspectionId};

use crate::view::Rechecks;

/// Open findings with a deadline from one day to another, both counted: all, and the major ones.
pub(crate) fn due_count(
    conn: &Connection,
    from: Option<NaiveDate>,
    until: NaiveDate,
) -> Result<(usize, usize)> {
    let mut statement = conn.prepare_cached(
        "SELECT count(*), coalesce(sum(level = 'major'), 0) FROM ledger
          WHERE state NOT IN ('closed', 'withdrawn') AND deadline >= ?1 AND deadline <= ?2",
    )?;
    let bounds = params![first(from), until.to_string()];
    Ok(statement.query_row(bounds, |row| Ok((row.get(0)?, row.get(1)?)))?)
}

/// The first of them, by deadline.
pub(crate) fn due_first(
    conn: &Connection,
    from: Option<NaiveDate>,
    until: NaiveDate,
    max: usize,
) -> Result<Vec<(FindingId, NaiveDate)>> {
    let mut statement = conn.prepare_cached(
        "SELECT finding, deadline FROM ledger
          WHERE state NOT IN ('closed', 'withdrawn') AND deadline >= ?1 AND deadline <= ?2
          ORDER BY deadline, finding LIMIT ?3",
    )?;
    let bounds = params![first(from), until.to_string(), max];
    let rows = statement.query_map(bounds, |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
    })?;
    rows.map(|row| {
        let (finding, deadline) = row?;
        Ok((finding.parse()?, deadline.parse()?))
    })
    .collect()
}

/// No day: from the first on.
fn first(from: Option<NaiveDate>) -> String {
    from.map_or_else(String::new, |day| day.to_string())
}

/// How many findings were found on a day.
pub(crate) fn found_on(conn: &Connection, day: NaiveDate) -> Result<usize> {
    count(conn, "SELECT count(*) FROM ledger WHERE found = ?1", day)
}

/// How many findings were struck off on a day and still are.
pub(crate) fn closed_on(conn: &Connection, day: NaiveDate) -> Result<usize> {
    count(conn, "SELECT count(*) FROM ledger WHERE closed = ?1", day)
}

fn count(conn: &Connection, sql: &str, day: NaiveDate) -> Result<usize> {
    let mut statement = conn.prepare_cached(sql)?;
    Ok(statement.query_row([day.to_string()], |row| row.get(0))?)
}

/// The last day of the recheck of a finding that is due.
pub(crate) fn due_of(conn: &Connection, finding: FindingId) -> Result<Option<String>> {
    let mut statement = conn.prepare_cached("SELECT due FROM ledger WHERE finding = ?1")?;
    let found = statement.query_row([finding.to_string()], |row| row.get(0));
    Ok(found.optional()?.flatten())
}

/// The findings that were rechecked on a visit, the latest found first.
pub(crate) fn rechecked_on(conn: &Connection, visit: InspectionId) -> Result<Vec<FindingId>> {
    let mut statement = conn.prepare_cached(
        "SELECT DISTINCT l.finding FROM record t JOIN ledger l ON l.finding = t.finding
          WHERE t.kind = 'transition' AND t.fields ->> '$.details.inspection' = ?1 ORDER BY l.n DESC",
    )?;
    let rows = statement.query_map([visit.to_string()], |row| row.get::<_, String>(0))?;
    rows.map(|id| Ok(id?.parse()?)).collect()
}

/// The rechecks that wait.
pub(crate) fn rechecks(conn: &Connection, today: NaiveDate) -> Result<Rechecks> {
    let week = today.checked_add_days(Days::new(6)).unwrap_or(today);
    let mut statement = conn.prepare_cached(
        "SELECT coalesce(sum(due < ?1), 0), coalesce(sum(due = ?1), 0),
                coalesce(sum(due >= ?1 AND due <= ?2), 0) FROM ledger WHERE due IS NOT NULL",
    )?;
    let bounds = params![today.to_string(), week.to_string()];
    Ok(statement.query_row(bounds, |row| {
        Ok(Rechecks {
            overdue: row.get(0)?,
            today: row.get(1)?,
            week: row.get(2)?,
        })
    })?)
}
