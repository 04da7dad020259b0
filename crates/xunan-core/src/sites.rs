//! Places, people and checklists to choose from.

mod editing;
pub(crate) mod import;
pub(crate) mod index;
mod merging;
mod plan;
mod search;
mod shown;

use std::collections::BTreeMap;

use anyhow::Result;
use xunan_model::id::SiteId;
use xunan_model::party::{Membership, Office, Person};
use xunan_model::site::survivors::Survivors;

use crate::app::App;
use crate::platform;
use crate::store::record;
use crate::view::{ChecklistSummary, PersonRow};

impl App {
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
                        certificate: m.certificate,
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

/// Names for ids that lists show: a merged site is called as the one that stands for it.
pub(crate) fn site_names(conn: &rusqlite::Connection) -> Result<BTreeMap<String, String>> {
    let mut statement = conn.prepare_cached(
        "SELECT id, fields ->> '$.name', fields ->> '$.merged_into' FROM record WHERE kind = 'site'",
    )?;
    let rows = statement.query_map([], |row| {
        let into: Option<String> = row.get(2)?;
        let name: Option<String> = row.get(1)?;
        Ok((row.get::<_, String>(0)?, name.unwrap_or_default(), into))
    })?;
    let rows: Vec<_> = rows.collect::<rusqlite::Result<_>>()?;
    let id = |text: &String| text.parse::<SiteId>().ok();
    let links = rows
        .iter()
        .filter_map(|(site, _, into)| Some((id(site)?, into.as_ref().and_then(id))));
    let survivors = Survivors::of(links);
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    let mut merged = Vec::new();
    for (site, name, into) in rows {
        if into.is_some() {
            merged.push(site.clone());
        }
        names.insert(site, name);
    }
    for site in merged {
        let survivor = id(&site).map(|site| survivors.survivor(site).to_string());
        if let Some(name) = survivor.and_then(|survivor| names.get(&survivor).cloned()) {
            names.insert(site, name);
        }
    }
    Ok(names)
}

/// Names for ids that lists show.
pub(crate) fn person_names(conn: &rusqlite::Connection) -> Result<BTreeMap<String, String>> {
    let mut statement =
        conn.prepare_cached("SELECT id, fields ->> '$.name' FROM record WHERE kind = 'person'")?;
    let rows = statement.query_map([], |row| {
        Ok((
            row.get(0)?,
            row.get::<_, Option<String>>(1)?.unwrap_or_default(),
        ))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
