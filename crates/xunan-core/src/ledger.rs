//! The ledger of hazards (隐患台账): one row for each finding, made from its record, its steps and its site,
//! so that a hundred thousand can be filtered and counted.
//!
//! Nothing writes it but [`refresh`], which every write runs before it commits: triggers name the findings
//! that a write touched, whichever way it came. So the rows are never behind the records, and can be
//! made again from nothing.

mod counted;
mod due;
mod query;
#[cfg(test)]
mod tests;
mod words;

pub(crate) use counted::HazardCache;
pub(crate) use due::{closed_on, due_count, due_first, due_of, found_on, rechecked_on, rechecks};
pub use query::{DueWhen, LedgerPage, LedgerQuery, LedgerRow};

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use anyhow::Result;
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;
use xunan_model::finding::{Finding, Transition};
use xunan_model::id::{FindingId, OfficeId, SiteId};
use xunan_model::inspection::Inspection;
use xunan_model::life::{Discipline, Life, Round, State, china_day, recheck_due};
use xunan_model::office_rules::{Calendar, OfficeRules};
use xunan_model::party::{Office, Site};
use xunan_model::site::survivors::Survivors;
use xunan_model::statistics::{Fact, sector_of};

use crate::store::record;

/// The states in which nobody has to do anything any more.
const ENDED: [&str; 2] = ["closed", "withdrawn"];
/// So many merged sites one after the other are followed; a circle ends sooner.
const MERGES_MAX: usize = 100;

/// Makes the rows again of which something changed. Within the write that changed it.
pub(crate) fn refresh(conn: &Connection) -> Result<()> {
    let stale: Vec<String> = conn
        .prepare_cached("SELECT DISTINCT finding FROM ledger_stale")?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    if stale.is_empty() {
        return Ok(());
    }
    let mut offices = Offices::default();
    for finding in &stale {
        project(conn, finding, &mut offices)?;
    }
    conn.prepare_cached("DELETE FROM ledger_stale")?
        .execute([])?;
    Ok(())
}

/// The findings whose rows are not what their records say: there are none, or something is wrong.
pub(crate) fn misprojected(conn: &Connection) -> Result<Vec<String>> {
    let mut offices = Offices::default();
    let mut wrong = Vec::new();
    let mut known: BTreeMap<String, Row> = BTreeMap::new();
    let mut statement = conn.prepare(
        "SELECT finding, site, region, sector, level, hazard_key, channel, inspector, found, state,
                deadline, due, closed, listed, disputed, fact FROM ledger",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        known.insert(row.get(0)?, Row::stored(row)?);
    }
    let mut findings = conn.prepare("SELECT id FROM record WHERE kind = 'finding'")?;
    let findings: Vec<String> = findings
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    for id in findings {
        let row = read(conn, &id, &mut offices)?.map(|(row, _)| row);
        if known.remove(&id) != row {
            wrong.push(id);
        }
    }
    wrong.extend(known.into_keys());
    Ok(wrong)
}

/// The findings of some sites that have not ended, the latest first.
pub(crate) fn open_of(conn: &Connection, sites: &[SiteId]) -> Result<Vec<FindingId>> {
    let mut statement = conn.prepare_cached(
        "SELECT finding FROM ledger WHERE site IN (SELECT value FROM json_each(?1))
            AND state NOT IN ('closed', 'withdrawn') ORDER BY n DESC",
    )?;
    let rows = statement.query_map([serde_json::to_string(sites)?], |row| {
        row.get::<_, String>(0)
    })?;
    rows.map(|id| Ok(id?.parse()?)).collect()
}

/// How many findings of each site have not ended.
pub(crate) fn open_by_site(conn: &Connection) -> Result<BTreeMap<String, usize>> {
    let mut statement = conn.prepare_cached(
        "SELECT site, count(*) FROM ledger WHERE state NOT IN ('closed', 'withdrawn') GROUP BY site",
    )?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// What the ledger says of a finding. Days are civil dates of Asia/Shanghai.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    /// The site that stands for the finding's.
    site: String,
    region: String,
    sector: String,
    level: String,
    hazard_key: Option<String>,
    channel: String,
    inspector: String,
    found: String,
    state: String,
    deadline: Option<String>,
    /// The last day of the recheck that is due; none is due of what has ended.
    due: Option<String>,
    closed: Option<String>,
    /// The level of 督办 while it is listed.
    listed: Option<String>,
    /// Steps contradict each other and a person has to decide.
    disputed: bool,
    /// What the statistics know of it, as JSON.
    fact: String,
}

impl Row {
    fn stored(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            site: row.get("site")?,
            region: row.get("region")?,
            sector: row.get("sector")?,
            level: row.get("level")?,
            hazard_key: row.get("hazard_key")?,
            channel: row.get("channel")?,
            inspector: row.get("inspector")?,
            found: row.get("found")?,
            state: row.get("state")?,
            deadline: row.get("deadline")?,
            due: row.get("due")?,
            closed: row.get("closed")?,
            listed: row.get("listed")?,
            disputed: row.get("disputed")?,
            fact: row.get("fact")?,
        })
    }
}

/// What is searched, and when it was found in milliseconds.
struct Beside {
    words: String,
    found_ms: i64,
}

/// When rechecks are due, by an office.
type Rules = (Vec<OfficeRules>, Calendar);

/// The rules of the offices, read once for many findings.
#[derive(Default)]
struct Offices {
    usual: Rules,
    known: BTreeMap<OfficeId, Rules>,
}

impl Offices {
    /// Those of the office whose visit found it.
    fn of(&mut self, conn: &Connection, finding: &Finding) -> Result<&Rules> {
        let visit = record::get::<Inspection>(conn, finding.inspection.0);
        // Another laptop's visit may not have arrived, or be one of a newer program: the usual rules then.
        let Some(id) = visit.ok().flatten().map(|visit| visit.office) else {
            return Ok(&self.usual);
        };
        match self.known.entry(id) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(unknown) => {
                let office = record::get::<Office>(conn, id.0)?;
                let rules = office.map_or_else(Default::default, |office| {
                    let calendar = office.calendar();
                    (office.rules, calendar)
                });
                Ok(unknown.insert(rules))
            }
        }
    }
}

fn project(conn: &Connection, id: &str, offices: &mut Offices) -> Result<()> {
    let old: Option<i64> = conn
        .prepare_cached("DELETE FROM ledger WHERE finding = ?1 RETURNING n")?
        .query_row([id], |row| row.get(0))
        .optional()?;
    if let Some(n) = old {
        conn.prepare_cached("DELETE FROM ledger_words WHERE rowid = ?1")?
            .execute([n])?;
    }
    let Some((row, beside)) = read(conn, id, offices)? else {
        return Ok(());
    };
    let n = match old.filter(|n| n >> TIE_BITS == beside.found_ms) {
        Some(n) => n,
        None => place(conn, id, beside.found_ms)?,
    };
    conn.prepare_cached(
        "INSERT INTO ledger (n, finding, site, region, sector, level, hazard_key, channel, inspector,
                             found, state, deadline, due, closed, listed, disputed, fact)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)",
    )?
    .execute(params![
        n, id, row.site, row.region, row.sector, row.level, row.hazard_key, row.channel,
        row.inspector, row.found, row.state, row.deadline, row.due, row.closed, row.listed,
        row.disputed,
        row.fact,
    ])?;
    conn.prepare_cached("INSERT INTO ledger_words (rowid, text) VALUES (?1, ?2)")?
        .execute(params![n, beside.words])?;
    Ok(())
}

/// Bits of a row's number below its milliseconds.
const TIE_BITS: u32 = 20;

/// A free number in the order of time; of one millisecond in the order of the ids, nearly.
fn place(conn: &Connection, id: &str, found_ms: i64) -> Result<i64> {
    let low = id.parse::<Uuid>().map_or(0, |id| id.as_u128() & 0xf_ffff);
    let mut n = (found_ms << TIE_BITS) | i64::try_from(low)?;
    let mut taken = conn.prepare_cached("SELECT 1 FROM ledger WHERE n = ?1")?;
    while taken.exists([n])? {
        n += 1;
    }
    Ok(n)
}

/// What the records say now; `None` for a finding that is not here or that this version cannot read.
fn read(conn: &Connection, id: &str, offices: &mut Offices) -> Result<Option<(Row, Beside)>> {
    let Ok(uuid) = id.parse::<Uuid>() else {
        return Ok(None);
    };
    let finding = match record::get::<Finding>(conn, uuid) {
        Ok(Some(finding)) => finding,
        Ok(None) => return Ok(None),
        Err(error) => {
            tracing::warn!(
                error = format!("{error:#}"),
                "a finding that this version cannot read"
            );
            return Ok(None);
        }
    };
    let steps: Vec<Transition> = record::of_finding(conn, uuid)?;
    let life = Life::of(&finding, &steps);
    let site = surviving(conn, finding.site)?;
    let sector = sector_of(&finding, site.as_ref());
    let rules = offices.of(conn, &finding)?;
    let region = site.as_ref().map_or("", |site| site.division.as_str());
    let place = (
        site.as_ref().map_or(finding.site, |site| site.id),
        region,
        sector.as_str(),
    );
    let law = (&*rules.0, &rules.1, Discipline::of_sector(&sector));
    let fact = Fact::of(&finding, &life, place, law);
    let open = |round: &&Round| round.done.is_none() && !life.state.ended();
    let round = life.rounds.last().filter(open);
    let due = round.and_then(|round| recheck_due(round, law.0, law.1, law.2));
    let name = site.as_ref().map_or("", |site| site.name.as_str());
    let words = words::indexed(&[
        &finding.hazard,
        &finding.part,
        finding.item.as_deref().unwrap_or_default(),
        name,
        &finding.note,
    ]);
    let listed = life.listings.iter().rev().find(|one| one.until.is_none());
    let row = Row {
        site: site
            .as_ref()
            .map_or(finding.site, |site| site.id)
            .to_string(),
        region: site.map_or_else(String::new, |site| site.division),
        sector,
        level: finding.level.as_str().to_owned(),
        hazard_key: finding.hazard_key,
        channel: finding.channel,
        inspector: finding.by.to_string(),
        found: china_day(finding.found).to_string(),
        state: word(life.state),
        deadline: life.deadline.map(|day| day.to_string()),
        due: due.map(|day| day.to_string()),
        closed: life.closed.map(|day| day.to_string()),
        listed: listed.map(|one| one.level.as_str().to_owned()),
        disputed: !life.contradictions.is_empty(),
        fact: serde_json::to_string(&fact)?,
    };
    let found_ms = finding.found.timestamp_millis();
    Ok(Some((row, Beside { words, found_ms })))
}

/// The state as it is stored: the name under which it is written in JSON.
fn word(state: State) -> String {
    let word = serde_json::to_value(state).unwrap_or_default();
    word.as_str().unwrap_or_default().to_owned()
}

/// The site that stands for this one, after merges.
fn surviving(conn: &Connection, site: SiteId) -> Result<Option<Site>> {
    let mut chain: Vec<(SiteId, Option<SiteId>)> = Vec::new();
    let mut at = Some(site);
    while let Some(id) = at.filter(|id| chain.iter().all(|(known, _)| known != id)) {
        let Some(found) = record::get::<Site>(conn, id.0)? else {
            break;
        };
        if found.merged_into.is_none() && chain.is_empty() {
            return Ok(Some(found));
        }
        chain.push((id, found.merged_into));
        if chain.len() > MERGES_MAX {
            break;
        }
        at = found.merged_into;
    }
    record::get(conn, Survivors::of(chain).survivor(site).0)
}
