//! The figures of hazards (统计) over what has arrived: the same functions as on a laptop.

use std::collections::{BTreeMap, HashMap};

use anyhow::Result;
use chrono::NaiveDate;
use xunan_model::finding::{Finding, Transition};
use xunan_model::id::{FindingId, InspectionId, OfficeId};
use xunan_model::inspection::Inspection;
use xunan_model::life::{Discipline, Life};
use xunan_model::office_rules::{Calendar, OfficeRules};
use xunan_model::party::{Office, Site};
use xunan_model::record::{Record, read_fields};
use xunan_model::site::survivors::Survivors;
use xunan_model::statistics::{Fact, Page, PageRequest, hazards, page, sector_of};

use crate::store::Store;

/// The figures of a day. Where offices differ in the steps of the ladder, those of `office` count.
///
/// # Errors
/// When the store fails.
pub(crate) async fn figures(
    store: &dyn Store,
    request: &PageRequest,
    office: Option<OfficeId>,
    today: NaiveDate,
) -> Result<Page> {
    let offices: BTreeMap<OfficeId, Office> = all::<Office>(store)
        .await?
        .into_iter()
        .map(|office| (office.id, office))
        .collect();
    let facts = facts(store, &offices).await?;
    let rules = office.and_then(|id| offices.get(&id));
    let rules = rules.map_or(&[][..], |office| &office.rules);
    Ok(page(
        &hazards(facts),
        request,
        OfficeRules::in_force(rules, today),
        today,
    ))
}

async fn facts(store: &dyn Store, offices: &BTreeMap<OfficeId, Office>) -> Result<Vec<Fact>> {
    let sites: HashMap<_, Site> = all::<Site>(store)
        .await?
        .into_iter()
        .map(|site| (site.id, site))
        .collect();
    let survivors = Survivors::of(sites.values().map(|site| (site.id, site.merged_into)));
    let visits: HashMap<InspectionId, OfficeId> = all::<Inspection>(store)
        .await?
        .into_iter()
        .map(|visit| (visit.id, visit.office))
        .collect();
    let mut steps: HashMap<FindingId, Vec<Transition>> = HashMap::new();
    for step in all::<Transition>(store).await? {
        steps.entry(step.finding).or_default().push(step);
    }
    let calendars: BTreeMap<OfficeId, Calendar> = offices
        .iter()
        .map(|(id, office)| (*id, office.calendar()))
        .collect();
    let usual = Calendar::default();
    let mut facts = Vec::new();
    for finding in all::<Finding>(store).await? {
        let life = Life::of(
            &finding,
            steps.get(&finding.id).map_or(&[][..], Vec::as_slice),
        );
        let site = survivors.survivor(finding.site);
        let place = sites.get(&site);
        let sector = sector_of(&finding, place);
        let region = place.map_or("", |site| site.division.as_str());
        let office = visits.get(&finding.inspection);
        let rules = office
            .and_then(|id| offices.get(id))
            .map_or(&[][..], |office| &office.rules);
        let calendar = office.and_then(|id| calendars.get(id)).unwrap_or(&usual);
        facts.push(Fact::of(
            &finding,
            &life,
            (site, region, &sector),
            (rules, calendar, Discipline::of_sector(&sector)),
        ));
    }
    Ok(facts)
}

/// All records of a kind that this version can read.
async fn all<R: Record>(store: &dyn Store) -> Result<Vec<R>> {
    let records = store.records(Some(R::KIND)).await?;
    let read = records
        .into_iter()
        .filter_map(|one| read_fields(one.id, one.row.fields).ok());
    Ok(read.collect())
}
