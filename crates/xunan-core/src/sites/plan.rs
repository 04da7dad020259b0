//! What a list of sites means here: for every row the site that it tells of, and what it changes.

use std::collections::HashMap;

use anyhow::Result;
use rusqlite::Connection;
use xunan_model::division;
use xunan_model::fault::Fault;
use xunan_model::id::{OfficeId, OrganizationId, SiteId};
use xunan_model::party::{Organization, Site, SiteOrganization};
use xunan_model::quick::{Presets, sameness};
use xunan_model::site::blank;
use xunan_model::site::line::{self, Column, Line, LineOrganization};
use xunan_model::site::survivors::Survivors;

use crate::store::{Tx, record};
use crate::table::Table;
use crate::view::{FaultView, ImportRow, ImportState};

/// A row and what becomes of it.
#[derive(Debug)]
pub(super) struct Planned {
    /// Its number in the file.
    pub(super) number: usize,
    pub(super) state: ImportState,
    /// What it tells; `Err`: why it cannot be taken.
    pub(super) told: Result<Told, (String, Fault)>,
    /// The fields that it changes.
    changes: Vec<&'static str>,
}

/// What a row tells, and of which site.
#[derive(Debug)]
pub(super) struct Told {
    line: Line,
    site: SiteId,
    organizations: Vec<(OrganizationId, LineOrganization)>,
}

/// What is known before a list comes.
struct Known {
    sites: HashMap<SiteId, Site>,
    survivors: Survivors,
    organizations: HashMap<OrganizationId, Organization>,
    by_code: HashMap<String, OrganizationId>,
    sites_by_code: HashMap<String, Vec<SiteId>>,
    sites_by_name: HashMap<String, Vec<SiteId>>,
}

/// Looks at every row; `go_on` hears how many are done, and `false` ends it.
pub(super) fn plan(
    conn: &Connection,
    office: OfficeId,
    (table, first, columns): (&Table, usize, &[Option<Column>]),
    presets: &Presets,
    go_on: impl Fn(usize) -> bool,
) -> Result<Option<Vec<Planned>>> {
    let mut known = Known::read(conn)?;
    let rows = table.rows.get(first..).unwrap_or_default();
    let lines: Vec<_> = rows
        .iter()
        .map(|(number, cells)| (*number, line::read(cells, columns, presets), cells))
        .collect();
    let mut codes: HashMap<String, usize> = HashMap::new();
    for (_, line, _) in &lines {
        if let Ok(line) = line {
            *codes.entry(line.credit_code.clone()).or_default() += 1;
        }
    }
    let name_at = columns
        .iter()
        .position(|column| *column == Some(Column::Name));
    let mut seen: HashMap<SiteId, usize> = HashMap::new();
    let mut planned = Vec::new();
    for (done, (number, line, cells)) in lines.into_iter().enumerate() {
        if done % 500 == 0 && !go_on(done) {
            return Ok(None);
        }
        let name = name_at
            .and_then(|at| cells.get(at))
            .cloned()
            .unwrap_or_default();
        planned.push(match line {
            Err(fault) => Planned::refused(number, name, fault),
            Ok(line) => {
                let alone = codes.get(&line.credit_code) == Some(&1);
                let site = known.site_of(&line, alone, office);
                let first = *seen.entry(site).or_insert(number);
                if first == number {
                    known.told(number, line, site, office)
                } else {
                    let fault = Fault::invalid("import_repeated", "name").with("line", first);
                    Planned::refused(number, name, fault)
                }
            }
        });
    }
    Ok(Some(planned))
}

impl Known {
    fn read(conn: &Connection) -> Result<Self> {
        let organizations: HashMap<_, Organization> = record::all::<Organization>(conn)?
            .into_iter()
            .map(|one| (one.id, one))
            .collect();
        let sites = record::all::<Site>(conn)?;
        let survivors = Survivors::of(sites.iter().map(|site| (site.id, site.merged_into)));
        let mut known = Self {
            sites: HashMap::new(),
            by_code: HashMap::new(),
            sites_by_code: HashMap::new(),
            sites_by_name: HashMap::new(),
            survivors,
            organizations,
        };
        for one in known.organizations.values() {
            if let Some(code) = &one.credit_code {
                // Two with one code: the same on every run.
                let first = known.by_code.entry(code.clone()).or_insert(one.id);
                *first = one.id.min(*first);
            }
        }
        for site in sites {
            // Also what was merged is found by its own words, and means the one that stands for it.
            let survivor = known.survivors.survivor(site.id);
            for at in &site.organizations {
                let one = known.organizations.get(&at.organization);
                if let Some(code) = one.and_then(|one| one.credit_code.clone()) {
                    push(&mut known.sites_by_code, code, survivor);
                }
            }
            push(
                &mut known.sites_by_name,
                sameness(&site.name, &site.address),
                survivor,
            );
            known.sites.insert(site.id, site);
        }
        Ok(known)
    }

    /// The site that a line tells of: one of its credit code's places with its name or its address, or the only one
    /// where nothing tells against it; else one of its name and address, in one division as far as that is
    /// known. `alone`: no other row has its code.
    fn site_of(&self, line: &Line, alone: bool, office: OfficeId) -> SiteId {
        let with_code = self.sites_by_code.get(&line.credit_code);
        let places = with_code
            .filter(|_| !line.credit_code.is_empty())
            .map_or(&[][..], Vec::as_slice);
        let find = |fits: &dyn Fn(&Site) -> bool| {
            let fits = |id: &&SiteId| self.sites.get(id).is_some_and(fits);
            places.iter().find(fits).copied()
        };
        let (name, address) = (sameness(&line.name, ""), sameness("", &line.address));
        let placeless = |site: &Site| site.address.is_empty() || line.address.is_empty();
        let of_code = find(&|site| sameness(&site.name, "") == name)
            .or_else(|| {
                find(&|site| !line.address.is_empty() && sameness("", &site.address) == address)
            })
            .or_else(|| find(&placeless).filter(|_| alone && places.len() == 1));
        if let Some(site) = of_code {
            return site;
        }
        let same = self.sites_by_name.get(&line.sameness());
        let fits = |id: &&SiteId| {
            self.sites.get(id).is_some_and(|site| {
                near(&site.division, &line.division)
                    && !self.has_other_code(site, &line.credit_code)
            })
        };
        if let Some(site) = same.and_then(|sites| sites.iter().find(fits)) {
            return *site;
        }
        self.survivors.survivor(line.site_id(office))
    }

    fn has_other_code(&self, site: &Site, code: &str) -> bool {
        !code.is_empty()
            && site.organizations.iter().any(|at| {
                let one = self.organizations.get(&at.organization);
                let known = one.and_then(|one| one.credit_code.as_deref());
                at.role == "operator" && known.is_some_and(|known| known != code)
            })
    }

    fn told(&mut self, number: usize, line: Line, id: SiteId, office: OfficeId) -> Planned {
        let site = self.sites.get(&id);
        let organizations: Vec<(OrganizationId, LineOrganization)> = line
            .organizations()
            .into_iter()
            .map(|one| (self.organization_of(&one, id, office), one))
            .collect();
        let (mut changes, state) = match site {
            None => (Vec::new(), ImportState::New),
            Some(site) => (changes(site, &line, &organizations), ImportState::Known),
        };
        let differs = |(id, one): &(OrganizationId, LineOrganization)| {
            let known = self.organizations.get(id);
            known.is_some_and(|known| *known != one.over(*id, Some(known.clone())))
        };
        if state == ImportState::Known
            && organizations.iter().any(differs)
            && !changes.contains(&"organizations")
        {
            changes.push("organizations");
        }
        // The next row may tell of the same organization.
        for (id, one) in &organizations {
            if !one.credit_code.is_empty() {
                self.by_code.entry(one.credit_code.clone()).or_insert(*id);
            }
        }
        Planned {
            number,
            state: match state {
                ImportState::Known if !changes.is_empty() => ImportState::Changed,
                state => state,
            },
            changes,
            told: Ok(Told {
                line,
                site: id,
                organizations,
            }),
        }
    }

    /// The organization that a line means: by its code, else the one of this name in this role at the site.
    fn organization_of(
        &self,
        one: &LineOrganization,
        site: SiteId,
        office: OfficeId,
    ) -> OrganizationId {
        if let Some(known) = self.by_code.get(&one.credit_code) {
            return *known;
        }
        let here = self.sites.get(&site);
        let name = sameness(&one.name, "");
        let same = |at: &&SiteOrganization| {
            let known = self.organizations.get(&at.organization);
            at.role == one.role
                && known.is_some_and(|known| {
                    let no_other = known.credit_code.is_none() || one.credit_code.is_empty();
                    sameness(&known.name, "") == name && no_other
                })
        };
        here.and_then(|site| site.organizations.iter().find(same))
            .map_or_else(|| one.organization_id(office, site), |at| at.organization)
    }
}

impl Planned {
    fn refused(number: usize, name: String, fault: Fault) -> Self {
        Self {
            number,
            state: ImportState::Refused,
            told: Err((name, fault)),
            changes: Vec::new(),
        }
    }

    /// Writes what it tells; `listed` is its place in the round, for a new one. Written again it changes nothing.
    pub(super) fn put(&self, tx: &mut Tx<'_>, listed: u32) -> Result<()> {
        let Ok(told) = &self.told else {
            return Ok(());
        };
        let mut here = Vec::new();
        for (id, one) in &told.organizations {
            let known: Option<Organization> = record::get(tx.conn(), id.0)?;
            tx.put(&one.over(*id, known))?;
            here.push(SiteOrganization {
                organization: *id,
                role: one.role.to_owned(),
            });
        }
        let known: Option<Site> = record::get(tx.conn(), told.site.0)?;
        let new = known.is_none();
        let mut site = told
            .line
            .over(known.unwrap_or_else(|| blank(told.site)), here);
        if new && !site.kinds.is_empty() {
            site.listed = listed;
        }
        tx.put(&site)
    }

    pub(super) fn row(&self) -> ImportRow {
        let blank = ImportRow {
            line: self.number,
            state: self.state,
            name: String::new(),
            address: String::new(),
            division_name: String::new(),
            credit_code: String::new(),
            changes: self
                .changes
                .iter()
                .map(|field| (*field).to_owned())
                .collect(),
            unknown: Vec::new(),
            reason: None,
        };
        match &self.told {
            Ok(Told { line, .. }) => ImportRow {
                name: line.name.clone(),
                address: line.address.clone(),
                division_name: division::full_name(&line.division),
                credit_code: line.credit_code.clone(),
                unknown: line.unknown.clone(),
                ..blank
            },
            Err((name, fault)) => ImportRow {
                name: name.chars().take(100).collect(),
                reason: Some(FaultView::from(fault)),
                ..blank
            },
        }
    }
}

fn changes(
    site: &Site,
    line: &Line,
    organizations: &[(OrganizationId, LineOrganization)],
) -> Vec<&'static str> {
    let here = organizations.iter().map(|(id, one)| SiteOrganization {
        organization: *id,
        role: one.role.to_owned(),
    });
    let after = line.over(site.clone(), here.collect());
    [
        ("name", after.name != site.name),
        ("address", after.address != site.address),
        ("division", after.division != site.division),
        ("contact", after.contact != site.contact),
        ("sectors", after.sectors != site.sectors),
        ("kinds", after.kinds != site.kinds),
        ("organizations", after.organizations != site.organizations),
    ]
    .into_iter()
    .filter(|(_, differs)| *differs)
    .map(|(field, _)| field)
    .collect()
}

fn push(map: &mut HashMap<String, Vec<SiteId>>, key: String, site: SiteId) {
    let sites = map.entry(key).or_default();
    if !sites.contains(&site) {
        sites.push(site);
    }
}

/// Whether two divisions can be of one place, as far as both are known.
fn near(one: &str, other: &str) -> bool {
    let (one, other) = (division::significant(one), division::significant(other));
    one.starts_with(other) || other.starts_with(one)
}
