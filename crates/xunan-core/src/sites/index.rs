//! All sites in memory, as lists need them: a search as one types must not read twenty thousand records.
//!
//! Made when it is first asked for and kept until a record changes that it was made of. What changed is
//! announced after the commit, so nothing that was read before it is kept past it.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use rusqlite::Connection;
use xunan_model::division;
use xunan_model::id::SiteId;
use xunan_model::party::{Organization, Site};
use xunan_model::site::survivors::Survivors;

use super::search::{Searched, Sounds};
use crate::ledger;
use crate::store::{Store, record};

/// A site in the list.
#[derive(Debug)]
pub(crate) struct Entry {
    /// The record, without what only its own page shows.
    pub(crate) site: Site,
    /// Its first organization's name.
    pub(crate) owner: Option<String>,
    pub(crate) searched: Searched,
}

/// All sites that stand for themselves, by name.
#[derive(Debug, Default)]
pub(crate) struct Sites {
    pub(crate) entries: Vec<Entry>,
    pub(crate) survivors: Survivors,
    pub(crate) sounds: Sounds,
    /// The change of sites after which they were read.
    at: u64,
    by_id: HashMap<SiteId, usize>,
}

/// What is counted of sites, by the site that stands for the counted one.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    /// Findings that are not struck off.
    pub(crate) open: HashMap<SiteId, usize>,
    /// When each was last visited.
    pub(crate) last: HashMap<SiteId, String>,
    /// The changes of sites and of visits after which they were counted.
    at: (u64, u64),
}

/// Keeps them until something changes.
#[derive(Debug, Default)]
pub(crate) struct SiteCache {
    changes: Arc<Changes>,
    sites: Mutex<Option<Arc<Sites>>>,
    counts: Mutex<Option<Arc<Counts>>>,
}

/// How often records changed.
#[derive(Debug, Default)]
struct Changes {
    sites: AtomicU64,
    visits: AtomicU64,
}

impl SiteCache {
    /// Hears of every change.
    pub(crate) fn follow(&self, store: &Store) {
        let changes = Arc::clone(&self.changes);
        store.on_changed(move |changed| {
            let has = |kinds: &[&str]| kinds.iter().any(|kind| changed.kinds.contains(*kind));
            if has(&["site", "organization"]) {
                changes.sites.fetch_add(1, Ordering::SeqCst);
            }
            if has(&["inspection", "finding", "transition"]) {
                changes.visits.fetch_add(1, Ordering::SeqCst);
            }
        });
    }

    /// The sites as they are now.
    pub(crate) fn sites(&self, store: &Store) -> Result<Arc<Sites>> {
        // Before reading: what changes meanwhile makes this one old at once.
        let now = self.changes.sites.load(Ordering::SeqCst);
        let mut kept = self.sites.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sites) = kept.as_ref().filter(|sites| sites.at == now) {
            return Ok(Arc::clone(sites));
        }
        let read = store.read(Sites::read)?;
        let sites = Arc::new(Sites { at: now, ..read });
        *kept = Some(Arc::clone(&sites));
        Ok(sites)
    }

    /// What is counted of them.
    pub(crate) fn counts(&self, store: &Store, sites: &Sites) -> Result<Arc<Counts>> {
        let now = (sites.at, self.changes.visits.load(Ordering::SeqCst));
        let mut kept = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(counts) = kept.as_ref().filter(|counts| counts.at == now) {
            return Ok(Arc::clone(counts));
        }
        let read = store.read(|conn| Counts::read(conn, &sites.survivors))?;
        let counts = Arc::new(Counts { at: now, ..read });
        *kept = Some(Arc::clone(&counts));
        Ok(counts)
    }
}

impl Sites {
    fn read(conn: &Connection) -> Result<Self> {
        let organizations: BTreeMap<_, Organization> = record::all::<Organization>(conn)?
            .into_iter()
            .map(|organization| (organization.id, organization))
            .collect();
        let all = record::all::<Site>(conn)?;
        let survivors = Survivors::of(all.iter().map(|site| (site.id, site.merged_into)));
        let mut sites = Self {
            survivors,
            ..Self::default()
        };
        for site in all {
            if !sites.survivors.stands(site.id) {
                continue;
            }
            let here: Vec<&Organization> = site
                .organizations
                .iter()
                .filter_map(|at| organizations.get(&at.organization))
                .collect();
            let mut spoken: Vec<&str> = here.iter().map(|one| one.name.as_str()).collect();
            let owner = spoken.first().map(|name| (*name).to_owned());
            spoken.push(&site.address);
            let place = division::full_name(&site.division);
            let mut written = vec![site.contact.as_str(), &site.division, &place];
            written.extend(here.iter().filter_map(|one| one.credit_code.as_deref()));
            written.extend(here.iter().filter_map(|one| one.representative.as_deref()));
            let searched = sites.sounds.searched(&site.name, &spoken, &written);
            sites.entries.push(Entry {
                site,
                owner,
                searched,
            });
        }
        let name = |entry: &Entry| (entry.site.name.clone(), entry.site.id);
        sites.entries.sort_by_cached_key(name);
        sites.by_id = (0..)
            .zip(&sites.entries)
            .map(|(at, entry)| (entry.site.id, at))
            .collect();
        Ok(sites)
    }

    /// The site that stands for this one.
    pub(crate) fn get(&self, site: SiteId) -> Option<&Entry> {
        let at = self.by_id.get(&self.survivors.survivor(site))?;
        self.entries.get(*at)
    }

    /// The name under which a site is shown: that of the one that stands for it.
    pub(crate) fn name(&self, site: SiteId) -> &str {
        self.get(site).map_or("", |entry| entry.site.name.as_str())
    }

    /// The last place in a list that a site has.
    pub(crate) fn listed_last(&self) -> u32 {
        let places = self.entries.iter().map(|entry| entry.site.listed);
        places.max().unwrap_or(0)
    }

    /// Whether two are one place.
    pub(crate) fn same(&self, one: SiteId, other: SiteId) -> bool {
        self.survivors.survivor(one) == self.survivors.survivor(other)
    }
}

impl Counts {
    fn read(conn: &Connection, survivors: &Survivors) -> Result<Self> {
        let survivor = |site: &str| site.parse().ok().map(|site| survivors.survivor(site));
        let mut counts = Self::default();
        for (site, open) in ledger::open_by_site(conn)? {
            if let Some(site) = survivor(&site) {
                *counts.open.entry(site).or_default() += open;
            }
        }
        for (site, last) in super::last_visits(conn)? {
            if let Some(site) = survivor(&site) {
                let known = counts.last.entry(site).or_default();
                if *known < last {
                    *known = last;
                }
            }
        }
        Ok(counts)
    }
}
