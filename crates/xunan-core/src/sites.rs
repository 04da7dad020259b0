//! Places, people and checklists to choose from.

use std::collections::BTreeMap;

use anyhow::Result;
use xunan_model::party::{Membership, Office, Organization, Person, Site};

use crate::app::App;
use crate::findings;
use crate::platform;
use crate::store::record;
use crate::view::{ChecklistSummary, PersonRow, SiteRow};

/// The most sites that a list shows; a longer search text finds the rest.
const SITES_SHOWN_MAX: usize = 500;

impl App {
    /// The sites whose name, address or organization holds every word of `search`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn site_list(&self, search: &str) -> Result<Vec<SiteRow>> {
        let words: Vec<String> = search
            .to_lowercase()
            .split_whitespace()
            .map(str::to_owned)
            .collect();
        self.read(|conn| {
            let names: BTreeMap<_, _> = record::all::<Organization>(conn)?
                .into_iter()
                .map(|o| (o.id, o.name))
                .collect();
            let open = findings::open_by_site(conn)?;
            let last = last_visits(conn)?;
            let mut rows = Vec::new();
            for site in record::all::<Site>(conn)? {
                if site.merged_into.is_some() {
                    continue;
                }
                let owner = site
                    .organizations
                    .first()
                    .and_then(|at| names.get(&at.organization))
                    .cloned();
                let text = format!(
                    "{} {} {}",
                    site.name,
                    site.address,
                    owner.as_deref().unwrap_or("")
                )
                .to_lowercase();
                if !words.iter().all(|word| text.contains(word)) {
                    continue;
                }
                let id = site.id.to_string();
                rows.push(SiteRow {
                    last_inspected: last.get(&id).cloned(),
                    open_findings: open.get(&id).copied().unwrap_or(0),
                    id,
                    name: site.name,
                    address: site.address,
                    division: site.division,
                    sectors: site.sectors,
                    facilities: site.facilities,
                    units: site.units,
                    owner,
                });
            }
            rows.sort_by(|a, b| a.name.cmp(&b.name));
            rows.truncate(SITES_SHOWN_MAX);
            Ok(rows)
        })
    }

    /// The people who can be a second inspector: everybody in post but the one signed in.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn person_list(&self) -> Result<Vec<PersonRow>> {
        let today = platform::today();
        self.read(|conn| {
            let offices: BTreeMap<_, _> = record::all::<Office>(conn)?
                .into_iter()
                .map(|o| (o.id, o.name))
                .collect();
            let people: BTreeMap<_, _> = record::all::<Person>(conn)?
                .into_iter()
                .map(|p| (p.id, p.name))
                .collect();
            let in_post = |m: &Membership| {
                m.from.is_none_or(|d| d <= today) && m.until.is_none_or(|d| today <= d)
            };
            let mut rows: Vec<PersonRow> = record::all::<Membership>(conn)?
                .into_iter()
                .filter(|m| m.person != self.actor.person && in_post(m))
                .filter_map(|m| {
                    Some(PersonRow {
                        id: m.person.to_string(),
                        name: people.get(&m.person)?.clone(),
                        office_name: offices.get(&m.office).cloned().unwrap_or_default(),
                    })
                })
                .collect();
            rows.sort_by(|a, b| (&a.office_name, &a.name).cmp(&(&b.office_name, &b.name)));
            rows.dedup_by(|a, b| a.id == b.id);
            Ok(rows)
        })
    }

    /// The checklists in force today.
    #[must_use]
    pub fn checklist_list(&self) -> Vec<ChecklistSummary> {
        self.shared.checklists().summaries(platform::today())
    }
}

/// When each site was last visited.
pub(crate) fn last_visits(conn: &rusqlite::Connection) -> Result<BTreeMap<String, String>> {
    let mut statement = conn.prepare_cached(
        "SELECT fields ->> '$.site', max(fields ->> '$.begun') FROM record WHERE kind = 'inspection' GROUP BY 1",
    )?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Names for ids that lists show.
pub(crate) fn site_names(conn: &rusqlite::Connection) -> Result<BTreeMap<String, String>> {
    names(
        conn,
        "SELECT id, fields ->> '$.name' FROM record WHERE kind = 'site'",
    )
}

/// Names for ids that lists show.
pub(crate) fn person_names(conn: &rusqlite::Connection) -> Result<BTreeMap<String, String>> {
    names(
        conn,
        "SELECT id, fields ->> '$.name' FROM record WHERE kind = 'person'",
    )
}

fn names(conn: &rusqlite::Connection, sql: &str) -> Result<BTreeMap<String, String>> {
    let mut statement = conn.prepare_cached(sql)?;
    let rows = statement.query_map([], |row| {
        Ok((
            row.get(0)?,
            row.get::<_, Option<String>>(1)?.unwrap_or_default(),
        ))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
