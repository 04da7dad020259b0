//! Sites in lists, and one with everything about it.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context, Result};
use xunan_model::division;
use xunan_model::fault::{Code, Fault, check_length};
use xunan_model::id::SiteId;
use xunan_model::party::Site;

use super::index::{Counts, Entry, Sites};
use super::search::{SEARCH_CHARS_MAX, words};
use super::{editing, person_names};
use crate::app::App;
use crate::quick;
use crate::store::record;
use crate::view::{
    DivisionFacet, DivisionName, KindFacet, MergedSite, SiteFacets, SitePage, SiteQuery, SiteRow,
    SiteView, SiteWhich,
};

/// The most sites that one list holds.
const PAGE_MAX: usize = 500;

impl App {
    /// The first sites that are found by every word of `search`.
    ///
    /// # Errors
    /// As [`App::site_search`].
    pub fn site_list(&self, search: &str) -> Result<Vec<SiteRow>> {
        let query = SiteQuery {
            search: search.to_owned(),
            limit: PAGE_MAX,
            ..SiteQuery::default()
        };
        Ok(self.site_search(&query)?.rows)
    }

    /// A part of the sites, the best found first, then by name; at most 500.
    ///
    /// # Errors
    /// `text_too_long`, or when the database cannot be read.
    pub fn site_search(&self, query: &SiteQuery) -> Result<SitePage> {
        check_length(&query.search, SEARCH_CHARS_MAX, "search")?;
        let sites = self.sites()?;
        let counts = self.shared.sites.counts(&self.shared.store, &sites)?;
        let words = words(&query.search);
        let wanted = |entry: &&Entry| {
            let site = &entry.site;
            (query.sector.is_empty() || site.sectors.contains(&query.sector))
                && site.division.starts_with(&query.division)
                && (query.kind.is_empty() || site.kinds.contains(&query.kind))
                && match query.which {
                    SiteWhich::All => true,
                    SiteWhich::Open => counts.open.contains_key(&site.id),
                    SiteWhich::Never => !counts.last.contains_key(&site.id),
                }
        };
        let mut found: Vec<_> = sites
            .entries
            .iter()
            .filter(wanted)
            .filter_map(|entry| Some((entry.searched.rank(&words, &sites.sounds)?, entry)))
            .collect();
        // Stable: the entries stand by name already.
        found.sort_by_key(|(rank, _)| *rank);
        Ok(SitePage {
            total: found.len(),
            rows: found
                .into_iter()
                .skip(query.offset)
                .take(query.limit.min(PAGE_MAX))
                .map(|(_, entry)| row(entry, &counts))
                .collect(),
        })
    }

    /// What the sites can be filtered by.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn site_facets(&self) -> Result<SiteFacets> {
        let sites = self.sites()?;
        let counts = self.shared.sites.counts(&self.shared.store, &sites)?;
        let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
        let mut divisions: BTreeMap<&str, usize> = BTreeMap::new();
        let mut facets = SiteFacets {
            total: sites.entries.len(),
            open: 0,
            never: 0,
            sectors: BTreeMap::new(),
            kinds: Vec::new(),
            divisions: Vec::new(),
        };
        for Entry { site, .. } in &sites.entries {
            facets.open += usize::from(counts.open.contains_key(&site.id));
            facets.never += usize::from(!counts.last.contains_key(&site.id));
            for sector in &site.sectors {
                *facets.sectors.entry(sector.clone()).or_default() += 1;
            }
            for kind in &site.kinds {
                *kinds.entry(kind).or_default() += 1;
            }
            for holder in division::holders(&site.division) {
                *divisions.entry(holder).or_default() += 1;
            }
        }
        for preset in quick::presets()?.iter() {
            facets.kinds.push(KindFacet {
                id: preset.id.clone(),
                name: preset.name.clone(),
                count: kinds.get(preset.id.as_str()).copied().unwrap_or(0),
            });
        }
        facets.divisions = divisions
            .into_iter()
            .map(|(digits, count)| DivisionFacet {
                name: division::name(digits).unwrap_or_default().to_owned(),
                digits: digits.to_owned(),
                count,
            })
            .collect();
        Ok(facets)
    }

    /// The divisions that have names here, each after the one that holds it.
    #[must_use]
    pub fn division_list(&self) -> Vec<DivisionName> {
        division::named()
            .map(|code| DivisionName {
                name: division::full_name(&code),
                code,
            })
            .collect()
    }

    /// A site with everything about it; for one that was merged, the site that stands for it.
    ///
    /// # Errors
    /// `not_found`.
    pub fn site_get(&self, id: SiteId) -> Result<SiteView> {
        let sites = self.sites()?;
        let counts = self.shared.sites.counts(&self.shared.store, &sites)?;
        let missing = || Fault::new(Code::NotFound, "not_found");
        let entry = sites.get(id).with_context(missing)?;
        let id = entry.site.id;
        let merged: Vec<SiteId> = sites.survivors.merged(id).collect();
        let all: Vec<SiteId> = merged.iter().copied().chain([id]).collect();
        let visits = self.visits_of(&all)?;
        let findings = self.open_findings_of(&all)?;
        self.read(|conn| {
            let site: Site = record::get(conn, id.0)?.with_context(missing)?;
            let people = person_names(conn)?;
            let mut gone = Vec::new();
            for site in merged {
                let Some(site) = record::get::<Site>(conn, site.0)? else {
                    continue;
                };
                let merge = site.merge;
                let by = merge
                    .as_ref()
                    .and_then(|merge| people.get(&merge.by.to_string()));
                gone.push(MergedSite {
                    id: site.id.to_string(),
                    name: site.name,
                    address: site.address,
                    by: by.cloned().unwrap_or_default(),
                    at: merge.map(|merge| merge.at.to_rfc3339()),
                });
            }
            Ok(SiteView {
                row: row(entry, &counts),
                draft: editing::draft(conn, &site)?,
                point: site.point,
                visits,
                findings,
                merged: gone,
            })
        })
    }

    /// All sites as lists need them.
    pub(crate) fn sites(&self) -> Result<Arc<Sites>> {
        self.shared.sites.sites(&self.shared.store)
    }
}

pub(super) fn row(entry: &Entry, counts: &Counts) -> SiteRow {
    let site = &entry.site;
    SiteRow {
        last_inspected: counts.last.get(&site.id).cloned(),
        open_findings: counts.open.get(&site.id).copied().unwrap_or(0),
        id: site.id.to_string(),
        name: site.name.clone(),
        address: site.address.clone(),
        division: site.division.clone(),
        division_name: division::full_name(&site.division),
        sectors: site.sectors.clone(),
        kinds: site.kinds.clone(),
        facilities: site.facilities.clone(),
        units: site.units.clone(),
        owner: entry.owner.clone(),
    }
}
