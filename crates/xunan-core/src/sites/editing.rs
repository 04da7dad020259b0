//! Making and changing sites and the organizations at them.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use rusqlite::Connection;
use xunan_model::division;
use xunan_model::fault::{Code, Fault, check_length};
use xunan_model::id::{OrganizationId, SiteId, derived};
use xunan_model::party::{Organization, Site, SiteOrganization};
use xunan_model::quick::sameness;
use xunan_model::site::{OrganizationDraft, SiteDraft, seen};

use super::search::{SEARCH_CHARS_MAX, words};
use super::shown::row;
use crate::app::App;
use crate::platform;
use crate::store::{Tx, record};
use crate::view::{OrganizationRow, SiteRow, SiteView};

/// The most organizations to choose from, and the most sites that may be the same.
const OFFERED_MAX: usize = 20;

impl App {
    /// Saves a site and the organizations at it, in one action.
    ///
    /// # Errors
    /// `site_changed` when it is no more what the form began with; `organization_known` when a credit code is
    /// another organization's; `not_found`; and what [`SiteDraft::check`] refuses.
    pub fn site_save(&self, draft: SiteDraft) -> Result<SiteView> {
        let draft = draft.check()?;
        let id = draft.id.unwrap_or_else(|| SiteId(platform::new_id()));
        let listed = self.sites()?.listed_last().saturating_add(1);
        self.write(|tx| {
            let known = match draft.id {
                Some(id) => Some(
                    record::get::<Site>(tx.conn(), id.0)?
                        .context(Fault::new(Code::NotFound, "not_found"))?,
                ),
                None => None,
            };
            if let Some(known) = &known
                && draft.seen.as_deref() != Some(seen_now(tx.conn(), known)?.as_str())
            {
                return Err(Fault::new(Code::Conflict, "site_changed").into());
            }
            let mut here = Vec::new();
            for organization in &draft.organizations {
                here.push(SiteOrganization {
                    organization: self.put_organization(tx, organization)?,
                    role: organization.role.clone(),
                });
            }
            let new = known.is_none();
            let mut site = draft.over(id, known, here);
            // A station's round follows the list: what is new comes last.
            if new && !site.kinds.is_empty() {
                site.listed = listed;
            }
            tx.put(&site)
        })?;
        self.site_get(id)
    }

    /// Sites that may be the one of a draft: of the same name near by, or with an organization of the same
    /// credit code.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn site_similar(&self, draft: &SiteDraft) -> Result<Vec<SiteRow>> {
        let sites = self.sites()?;
        let counts = self.shared.sites.counts(&self.shared.store, &sites)?;
        let codes: BTreeSet<String> = draft
            .organizations
            .iter()
            .filter_map(|one| xunan_model::credit_code::parse(&one.credit_code).ok())
            .collect();
        let with_code: BTreeSet<OrganizationId> = if codes.is_empty() {
            BTreeSet::new()
        } else {
            self.read(record::all::<Organization>)?
                .into_iter()
                .filter(|one| {
                    one.credit_code
                        .as_ref()
                        .is_some_and(|code| codes.contains(code))
                })
                .map(|one| one.id)
                .collect()
        };
        let name = sameness(&draft.name, "");
        let place = division::parse(&draft.division).unwrap_or_default();
        let own = draft.id.map(|id| sites.survivors.survivor(id));
        let same = |site: &Site| {
            let named = !name.trim().is_empty() && sameness(&site.name, "") == name;
            (named && near(&site.division, &place))
                || site
                    .organizations
                    .iter()
                    .any(|at| with_code.contains(&at.organization))
        };
        Ok(sites
            .entries
            .iter()
            .filter(|entry| Some(entry.site.id) != own && same(&entry.site))
            .take(OFFERED_MAX)
            .map(|entry| row(entry, &counts))
            .collect())
    }

    /// Organizations whose name or credit code holds every word of `search`, at most 20.
    ///
    /// # Errors
    /// `text_too_long`, or when the database cannot be read.
    pub fn organization_list(&self, search: &str) -> Result<Vec<OrganizationRow>> {
        check_length(search, SEARCH_CHARS_MAX, "search")?;
        let words = words(search);
        let mut rows: Vec<OrganizationRow> = self
            .read(record::all::<Organization>)?
            .into_iter()
            .filter(|one| {
                let code = one.credit_code.as_deref().unwrap_or("");
                let text = format!("{} {code}", one.name).to_lowercase();
                words.iter().all(|word| text.contains(word))
            })
            .map(|one| OrganizationRow {
                id: one.id.to_string(),
                name: one.name,
                credit_code: one.credit_code.unwrap_or_default(),
                representative: one.representative.unwrap_or_default(),
            })
            .collect();
        rows.sort_by(|a, b| {
            (a.name.chars().count(), &a.name).cmp(&(b.name.chars().count(), &b.name))
        });
        rows.truncate(OFFERED_MAX);
        Ok(rows)
    }

    /// Two laptops that enter one credit code without a network mean the same organization.
    fn put_organization(
        &self,
        tx: &mut Tx<'_>,
        draft: &OrganizationDraft,
    ) -> Result<OrganizationId> {
        let office = self.actor.office.to_string();
        let id = match draft.id {
            Some(id) => id,
            None if draft.credit_code.is_empty() => OrganizationId(platform::new_id()),
            None => OrganizationId(derived(&["organization", &office, &draft.credit_code])),
        };
        if let Some(other) = with_code(tx.conn(), &draft.credit_code)?
            && other.id != id
        {
            let fault = Fault::new(Code::Conflict, "organization_known");
            return Err(fault
                .with("name", &other.name)
                .with("code", &draft.credit_code)
                .into());
        }
        let known: Option<Organization> = record::get(tx.conn(), id.0)?;
        if draft.id.is_none() && known.as_ref().is_some_and(|known| known.name != draft.name) {
            let fault = Fault::new(Code::Conflict, "organization_known");
            let name = known.map(|known| known.name).unwrap_or_default();
            return Err(fault
                .with("name", name)
                .with("code", &draft.credit_code)
                .into());
        }
        tx.put(&draft.over(id, known))?;
        Ok(id)
    }
}

/// What a form begins with.
pub(super) fn draft(conn: &Connection, site: &Site) -> Result<SiteDraft> {
    let mut organizations = Vec::new();
    for at in &site.organizations {
        // One that has not arrived yet stays at the site under its id.
        let known: Option<Organization> = record::get(conn, at.organization.0)?;
        let known = known.as_ref();
        organizations.push(OrganizationDraft {
            id: Some(at.organization),
            role: at.role.clone(),
            name: known.map(|one| one.name.clone()).unwrap_or_default(),
            credit_code: known
                .and_then(|one| one.credit_code.clone())
                .unwrap_or_default(),
            representative: known
                .and_then(|one| one.representative.clone())
                .unwrap_or_default(),
        });
    }
    Ok(SiteDraft {
        id: Some(site.id),
        seen: Some(seen_now(conn, site)?),
        name: site.name.clone(),
        address: site.address.clone(),
        division: site.division.clone(),
        sectors: site.sectors.clone(),
        kinds: site.kinds.clone(),
        facilities: site.facilities.clone(),
        units: site.units.clone(),
        contact: site.contact.clone(),
        organizations,
    })
}

/// The state of a site and its organizations, for noticing that it changed.
pub(super) fn seen_now(conn: &Connection, site: &Site) -> Result<String> {
    let mut organizations = Vec::new();
    for at in &site.organizations {
        organizations.extend(record::get::<Organization>(conn, at.organization.0)?);
    }
    Ok(seen(site, &organizations)?.to_string())
}

/// The organization with a credit code; none for an empty one.
fn with_code(conn: &Connection, code: &str) -> Result<Option<Organization>> {
    if code.is_empty() {
        return Ok(None);
    }
    let mut statement = conn.prepare_cached(
        "SELECT id, fields FROM record WHERE kind = 'organization' AND fields ->> '$.credit_code' = ?1 ORDER BY id",
    )?;
    let found = record::collect(statement.query_map([code], record::stored)?)?;
    Ok(found.into_iter().next())
}

/// Whether two divisions are in one county, as far as both are known.
fn near(one: &str, other: &str) -> bool {
    let county = |code: &str| code.get(..6).unwrap_or_default().to_owned();
    one.is_empty() || other.is_empty() || county(one) == county(other)
}
