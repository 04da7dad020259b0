//! Asking the ledger: filters, search, pages.

use std::fmt::Write as _;

use anyhow::{Context, Result};
use chrono::{Days, NaiveDate};
use rusqlite::types::ToSql;
use rusqlite::{Connection, params_from_iter};
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use uuid::Uuid;
use xunan_model::fault::check_length;
use xunan_model::finding::{Finding, Level};
use xunan_model::statistics::Filter;

use super::words;
use crate::app::App;
use crate::platform;
use crate::store::record;

/// The most rows of one page.
const PAGE_MAX: usize = 1_000;
/// The most findings of one draw.
const DRAWN_MAX: usize = 50;
/// The most characters of what is searched for.
const SEARCH_CHARS_MAX: usize = 200;

/// When a recheck is due (复查).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum DueWhen {
    /// Today is the last day.
    Today,
    /// Within seven days, today among them.
    Week,
    /// The last day has passed.
    Overdue,
    /// Whenever: all that wait for one.
    Any,
}

/// What is asked of the ledger; an empty field asks for nothing. Days are of Asia/Shanghai.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
#[ts(export)]
pub struct LedgerQuery {
    /// The beginning of a division code: region, prefecture, county, township, village.
    pub region: String,
    /// A checklist's id.
    pub sector: String,
    /// `major`, `general`, `element`.
    pub level: String,
    /// States, any of which will do.
    pub states: Vec<String>,
    /// Not struck off and not withdrawn.
    pub open: bool,
    /// Past its deadline and open.
    pub overdue: bool,
    /// When its recheck is due.
    pub due: Option<DueWhen>,
    /// How it came to be known.
    pub channel: String,
    /// Who found it.
    pub inspector: String,
    /// Found on this day or later.
    #[ts(type = "string | null")]
    pub from: Option<NaiveDate>,
    /// Found on this day or earlier.
    #[ts(type = "string | null")]
    pub until: Option<NaiveDate>,
    /// Listed (督办): `any`, or a level.
    pub listed: String,
    /// Steps contradict each other.
    pub disputed: bool,
    /// A site.
    pub site: String,
    /// Every word of it.
    pub search: String,
    /// Those that a number of the statistics counts.
    pub counted: Option<Filter>,
    /// Only these findings, when there are any: those that were drawn for a later look (回头看).
    pub only: Vec<String>,
    /// Where the page before ended.
    pub before: Option<String>,
    /// Rows of a page.
    pub limit: usize,
}

/// A row of the ledger as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct LedgerRow {
    /// The finding.
    pub finding: String,
    /// Its visit.
    pub inspection: String,
    /// The site that stands for its site.
    pub site: String,
    /// That site's name.
    pub site_name: String,
    /// 12 digits, or empty.
    pub region: String,
    /// A checklist's id, or empty.
    pub sector: String,
    /// How grave.
    pub level: Level,
    /// What is wrong.
    pub hazard: String,
    /// Where on the site.
    pub part: String,
    /// Where it stands.
    pub state: String,
    /// The day on which it was found.
    pub found: String,
    /// Who found it.
    pub by: String,
    /// How it came to be known.
    pub channel: String,
    /// The day by which it must be put right, after extensions.
    pub deadline: Option<String>,
    /// Days past the deadline; 0: not overdue.
    pub late: u32,
    /// The last day of the recheck that is due.
    pub due: Option<String>,
    /// The level of 督办.
    pub listed: Option<String>,
    /// Steps contradict each other.
    pub disputed: bool,
    /// How many photos.
    pub photos: u32,
}

/// A page of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct LedgerPage {
    /// The newest first.
    pub rows: Vec<LedgerRow>,
    /// Where the next page begins; `None`: there is none.
    pub next: Option<String>,
}

impl App {
    /// A page of the ledger, the newest first.
    ///
    /// # Errors
    /// `text_too_long`; when the database cannot be read.
    pub fn ledger_page(&self, query: &LedgerQuery) -> Result<LedgerPage> {
        check_length(&query.search, SEARCH_CHARS_MAX, "search")?;
        let today = platform::today();
        let limit = query.limit.clamp(1, PAGE_MAX);
        let Some(mut asked) = Asked::new(query, today) else {
            return Ok(LedgerPage {
                rows: Vec::new(),
                next: None,
            });
        };
        self.only_counted(query, &mut asked)?;
        let sites = self.sites()?;
        self.read(|conn| {
            let names = crate::sites::person_names(conn)?;
            let mut found = asked.rows(conn, query.before.as_deref(), limit + 1)?;
            let more = found.len() > limit;
            found.truncate(limit);
            let next = found.last().map(|row| row.n.to_string()).filter(|_| more);
            let mut rows = Vec::with_capacity(found.len());
            for row in found {
                let finding: Finding = record::get(conn, row.finding.parse::<Uuid>()?.to_owned())?
                    .context("a row without its finding")?;
                let late = row.late(today);
                rows.push(LedgerRow {
                    inspection: finding.inspection.to_string(),
                    site_name: sites.name(finding.site).to_owned(),
                    level: finding.level,
                    hazard: finding.hazard,
                    part: finding.part,
                    by: names.get(&row.inspector).cloned().unwrap_or_default(),
                    photos: photos(conn, &row.finding)?,
                    late,
                    finding: row.finding,
                    site: row.site,
                    region: row.region,
                    sector: row.sector,
                    state: row.state,
                    found: row.found,
                    channel: row.channel,
                    deadline: row.deadline,
                    due: row.due,
                    listed: row.listed,
                    disputed: row.disputed,
                });
            }
            Ok(LedgerPage { rows, next })
        })
    }

    /// How many rows a query has in all.
    ///
    /// # Errors
    /// As [`App::ledger_page`].
    pub fn ledger_count(&self, query: &LedgerQuery) -> Result<u64> {
        check_length(&query.search, SEARCH_CHARS_MAX, "search")?;
        match Asked::new(query, platform::today()) {
            Some(mut asked) => {
                self.only_counted(query, &mut asked)?;
                self.read(|conn| asked.count(conn))
            }
            None => Ok(0),
        }
    }

    /// Draws struck-off findings by lot, of those that fit, for a later look (回头看): every one of them may
    /// be drawn, so nobody can tell which is looked at again.
    ///
    /// # Errors
    /// As [`App::ledger_page`].
    pub fn lookback_draw(&self, query: &LedgerQuery, count: usize) -> Result<Vec<String>> {
        let closed = LedgerQuery {
            states: vec!["closed".to_owned()],
            open: false,
            overdue: false,
            only: Vec::new(),
            ..query.clone()
        };
        let Some(mut asked) = Asked::new(&closed, platform::today()) else {
            return Ok(Vec::new());
        };
        self.only_counted(&closed, &mut asked)?;
        let mut all = self.read(|conn| asked.findings(conn))?;
        let mut drawn = Vec::new();
        while drawn.len() < count.min(DRAWN_MAX) && !all.is_empty() {
            let lot = u64::from_le_bytes(platform::random()?);
            let at = usize::try_from(lot % all.len() as u64)?;
            drawn.push(all.swap_remove(at));
        }
        Ok(drawn)
    }

    fn only_counted(&self, query: &LedgerQuery, asked: &mut Asked) -> Result<()> {
        if let Some(filter) = &query.counted {
            let findings = self.counted(filter)?;
            asked.and("l.finding IN (SELECT value FROM json_each(?))", findings);
        }
        Ok(())
    }
}

fn photos(conn: &Connection, finding: &str) -> Result<u32> {
    Ok(conn
        .prepare_cached("SELECT count(*) FROM record WHERE kind = 'photo' AND finding = ?1")?
        .query_row([finding], |row| row.get(0))?)
}

/// A row of the table.
struct Found {
    n: i64,
    finding: String,
    site: String,
    region: String,
    sector: String,
    channel: String,
    inspector: String,
    found: String,
    state: String,
    deadline: Option<String>,
    due: Option<String>,
    listed: Option<String>,
    disputed: bool,
}

impl Found {
    fn late(&self, today: NaiveDate) -> u32 {
        let ended = super::ENDED.contains(&self.state.as_str());
        let deadline: Option<NaiveDate> = self.deadline.as_ref().and_then(|day| day.parse().ok());
        let late = deadline
            .filter(|_| !ended)
            .map(|day| (today - day).num_days());
        late.and_then(|days| u32::try_from(days).ok()).unwrap_or(0)
    }
}

/// A query as SQL. Only texts of this file are put together; what a person typed is bound.
struct Asked {
    from: &'static str,
    /// The column of the ledger's order in `from`.
    order: &'static str,
    wheres: String,
    bound: Vec<Box<dyn ToSql>>,
}

impl Asked {
    /// `None`: nothing can be found, because nothing that was typed can be searched for.
    fn new(query: &LedgerQuery, today: NaiveDate) -> Option<Self> {
        let mut asked = Self {
            from: "ledger l",
            order: "l.n",
            wheres: "1".to_owned(),
            bound: Vec::new(),
        };
        if !query.search.trim().is_empty() {
            // The index of words gives the newest first by itself; the table is asked for those alone.
            asked.from = "ledger_words w CROSS JOIN ledger l ON l.n = w.rowid";
            asked.order = "w.rowid";
            asked.and("w.ledger_words MATCH ?", words::query(&query.search)?);
        }
        let day = today.to_string();
        let texts = [
            ("l.sector = ?", &query.sector),
            ("l.level = ?", &query.level),
            ("l.channel = ?", &query.channel),
            ("l.inspector = ?", &query.inspector),
            ("l.site = ?", &query.site),
        ];
        for (clause, value) in texts {
            if !value.is_empty() {
                asked.and(clause, value.clone());
            }
        }
        if !query.region.is_empty() {
            asked.and("substr(l.region, 1, length(?1)) = ?1", query.region.clone());
        }
        if !query.only.is_empty() {
            let only = serde_json::to_string(&query.only).ok()?;
            asked.and("l.finding IN (SELECT value FROM json_each(?))", only);
        }
        if !query.states.is_empty() {
            let states = serde_json::to_string(&query.states).ok()?;
            asked.and("l.state IN (SELECT value FROM json_each(?))", states);
        }
        if query.open || query.overdue {
            asked.plain("l.state NOT IN ('closed', 'withdrawn')");
        }
        if query.overdue {
            asked.and("l.deadline < ?", day.clone());
        }
        match query.due {
            Some(DueWhen::Today) => asked.and("l.due = ?", day),
            Some(DueWhen::Overdue) => asked.and("l.due < ?", day),
            Some(DueWhen::Week) => {
                asked.and("l.due >= ?", day);
                let last = today.checked_add_days(Days::new(6)).unwrap_or(today);
                asked.and("l.due <= ?", last.to_string());
            }
            Some(DueWhen::Any) => asked.plain("l.due IS NOT NULL"),
            None => {}
        }
        if let Some(from) = query.from {
            asked.and("l.found >= ?", from.to_string());
        }
        if let Some(until) = query.until {
            asked.and("l.found <= ?", until.to_string());
        }
        match query.listed.as_str() {
            "" => {}
            "any" => asked.plain("l.listed IS NOT NULL"),
            level => asked.and("l.listed = ?", level.to_owned()),
        }
        if query.disputed {
            asked.plain("l.disputed");
        }
        Some(asked)
    }

    fn plain(&mut self, clause: &str) {
        self.wheres.push_str(" AND ");
        self.wheres.push_str(clause);
    }

    /// A condition on one value; `?` and `?1` in the clause stand for it.
    fn and(&mut self, clause: &str, value: impl ToSql + 'static) {
        self.bound.push(Box::new(value));
        let place = format!("?{}", self.bound.len());
        let clause = clause.replace("?1", "?").replace('?', &place);
        // Writing into a string does not fail.
        let _ = write!(self.wheres, " AND {clause}");
    }

    fn rows(mut self, conn: &Connection, before: Option<&str>, limit: usize) -> Result<Vec<Found>> {
        let order = self.order;
        if let Some(before) = before {
            let before: i64 = before.parse().context("a place in the ledger")?;
            self.and(&format!("{order} < ?"), before);
        }
        let sql = format!(
            "SELECT l.* FROM {} WHERE {} ORDER BY {order} DESC LIMIT {limit}",
            self.from, self.wheres
        );
        let mut statement = conn.prepare_cached(&sql)?;
        let rows = statement.query_map(params_from_iter(&self.bound), |row| {
            Ok(Found {
                n: row.get("n")?,
                finding: row.get("finding")?,
                site: row.get("site")?,
                region: row.get("region")?,
                sector: row.get("sector")?,
                channel: row.get("channel")?,
                inspector: row.get("inspector")?,
                found: row.get("found")?,
                state: row.get("state")?,
                deadline: row.get("deadline")?,
                due: row.get("due")?,
                listed: row.get("listed")?,
                disputed: row.get("disputed")?,
            })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    fn findings(&self, conn: &Connection) -> Result<Vec<String>> {
        let sql = format!("SELECT l.finding FROM {} WHERE {}", self.from, self.wheres);
        let mut statement = conn.prepare_cached(&sql)?;
        let rows = statement.query_map(params_from_iter(&self.bound), |row| row.get(0))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    fn count(&self, conn: &Connection) -> Result<u64> {
        let sql = format!("SELECT count(*) FROM {} WHERE {}", self.from, self.wheres);
        let mut statement = conn.prepare_cached(&sql)?;
        Ok(statement.query_row(params_from_iter(&self.bound), |row| row.get(0))?)
    }
}
