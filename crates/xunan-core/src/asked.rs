//! What a visit asks: items, and the facilities that each is asked for.

use std::collections::BTreeSet;

use anyhow::Result;
use chrono::NaiveDate;
use xunan_model::checklist::{Edition, Item};
use xunan_model::fault::{Code, Fault};
use xunan_model::inspection::{Answer, GroupRef, Inspection};
use xunan_model::rules::{Applicability, Given, Profile, judge};

use crate::checklists::Checklists;
use crate::platform;

/// One question: an item, at one of several facilities or at the only one.
#[derive(Debug, Clone)]
pub(crate) struct Asked<'a> {
    pub(crate) edition: &'a Edition,
    pub(crate) item: &'a Item,
    /// The facility's name; empty for the only one.
    pub(crate) facility: String,
}

/// What a visit covers, and what it leaves out.
#[derive(Debug, Default)]
pub(crate) struct Covered<'a> {
    pub(crate) asked: Vec<Asked<'a>>,
    /// Items outside the chosen groups: 未查.
    pub(crate) not_checked: usize,
    /// Items of the chosen groups for facilities that are not on the site.
    pub(crate) not_here: usize,
}

/// What a visit asks. `answers` are those that there are already: what was answered stays, whatever
/// is said about the site afterwards.
pub(crate) fn covered<'a>(
    checklists: &'a Checklists,
    inspection: &Inspection,
    answers: &[Answer],
) -> Result<Covered<'a>> {
    let day = china_day(inspection);
    let groups: BTreeSet<(&str, &str)> = inspection
        .groups
        .iter()
        .map(|GroupRef { edition, group }| (edition.as_str(), group.as_str()))
        .collect();
    let profile = Profile(&inspection.facilities);
    let mut covered = Covered::default();
    for reference in &inspection.editions {
        let edition = checklists.get(reference)?;
        for item in edition.active_items(day) {
            if !groups.contains(&(edition.id.as_str(), item.group.as_str())) {
                covered.not_checked += 1;
                continue;
            }
            let of_item =
                |answer: &&Answer| answer.edition == edition.id && answer.item == item.code;
            let answered: BTreeSet<&str> = answers
                .iter()
                .filter(of_item)
                .map(|answer| answer.facility.as_str())
                .collect();
            let applies = judge(edition, item, profile, Given::default(), day).applicability;
            if applies == Applicability::Not && answered.is_empty() {
                covered.not_here += 1;
                continue;
            }
            let facilities = facilities(inspection, edition, item, &answered);
            covered
                .asked
                .extend(facilities.into_iter().map(|facility| Asked {
                    edition,
                    item,
                    facility: facility.to_owned(),
                }));
        }
    }
    Ok(covered)
}

/// The facilities for which an item is asked: those named on the visit, else the only one; and
/// those that were answered before the names changed.
fn facilities<'a>(
    inspection: &'a Inspection,
    edition: &Edition,
    item: &Item,
    answered: &BTreeSet<&'a str>,
) -> Vec<&'a str> {
    let concerns = |facility: &str| {
        let key = facility
            .strip_prefix(edition.id.as_str())
            .and_then(|rest| rest.strip_prefix('/'));
        key.is_some_and(|key| item.applies.facilities.iter().any(|one| one == key))
    };
    let units = inspection
        .units
        .iter()
        .filter(|unit| concerns(&unit.facility));
    let mut facilities: Vec<&str> = units.map(|unit| unit.name.as_str()).collect();
    if facilities.is_empty() {
        facilities.push("");
    }
    for facility in answered {
        if !facilities.contains(facility) {
            facilities.push(facility);
        }
    }
    facilities
}

/// The day of the visit in China: it decides which edition is in force.
pub(crate) fn china_day(inspection: &Inspection) -> NaiveDate {
    platform::china_day(inspection.begun)
}

/// The item of a visit.
pub(crate) fn item<'a>(
    checklists: &'a Checklists,
    inspection: &Inspection,
    edition: &str,
    code: &str,
) -> Result<(&'a Edition, &'a Item)> {
    let unknown = || Fault::new(Code::NotFound, "item_unknown").with("item", code);
    let reference = inspection
        .editions
        .iter()
        .find(|reference| reference.id == edition)
        .ok_or_else(unknown)?;
    let edition = checklists.get(reference)?;
    Ok((edition, edition.item(code).ok_or_else(unknown)?))
}
