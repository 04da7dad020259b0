//! Two sites that turn out to be one: what is kept of each, and how it is taken back.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::survivors::Survivors;
use crate::fault::{Code, Fault};
use crate::id::{PersonId, SiteId};
use crate::party::{Merge, Site};

/// The fields of which a person chooses what is kept.
pub const MERGE_FIELDS: [&str; 10] = [
    "name",
    "address",
    "division",
    "contact",
    "sectors",
    "kinds",
    "facilities",
    "units",
    "organizations",
    "point",
];

/// What is kept of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum Keep {
    /// What the surviving site has.
    Survivor,
    /// What the duplicate has.
    Duplicate,
    /// Both, of a list.
    Both,
}

/// A merge as a screen prepares it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct MergeDraft {
    /// The site that stays.
    pub survivor: SiteId,
    /// The one that goes into it.
    pub duplicate: SiteId,
    /// What the screen showed of both, as [`super::seen`] tells.
    pub seen: [String; 2],
    /// What is kept, by field of [`MERGE_FIELDS`]; a field that is not named is kept as [`suggested`].
    pub keep: BTreeMap<String, Keep>,
}

/// What is sensible to keep: what the survivor has, else what the duplicate has; of lists both.
///
/// # Errors
/// When a record cannot be written as JSON.
pub fn suggested(
    survivor: &Site,
    duplicate: &Site,
) -> Result<BTreeMap<String, Keep>, serde_json::Error> {
    let (ours, theirs) = (fields(survivor)?, fields(duplicate)?);
    let keep = |field: &str| match (&ours[field], &theirs[field]) {
        (Value::Array(a), Value::Array(b)) if !a.is_empty() && !b.is_empty() && a != b => {
            Keep::Both
        }
        (mine, other) if empty(mine) && !empty(other) => Keep::Duplicate,
        _ => Keep::Survivor,
    };
    Ok(MERGE_FIELDS
        .into_iter()
        .map(|field| (field.to_owned(), keep(field)))
        .collect())
}

/// Whether two sites can be merged.
///
/// # Errors
/// `merge_self`, `merge_already` when one of them stands no more for itself.
pub fn check(survivor: SiteId, duplicate: SiteId, survivors: &Survivors) -> Result<(), Fault> {
    if survivor == duplicate {
        return Err(Fault::new(Code::Invalid, "merge_self"));
    }
    if !survivors.stands(survivor) || !survivors.stands(duplicate) {
        return Err(Fault::new(Code::Conflict, "merge_already"));
    }
    Ok(())
}

/// Merges a duplicate into its survivor: both as they are from now on, the survivor first.
///
/// # Errors
/// When a record cannot be written as JSON.
pub fn merged(
    survivor: &Site,
    duplicate: &Site,
    keep: &BTreeMap<String, Keep>,
    (by, at): (PersonId, DateTime<Utc>),
) -> Result<(Site, Site), serde_json::Error> {
    let (mut ours, theirs) = (fields(survivor)?, fields(duplicate)?);
    let usual = suggested(survivor, duplicate)?;
    let (mut before, mut after) = (Map::new(), Map::new());
    for field in MERGE_FIELDS {
        let kept = keep.get(field).or(usual.get(field)).copied();
        let value = match kept.unwrap_or(Keep::Survivor) {
            Keep::Survivor => continue,
            Keep::Duplicate => theirs[field].clone(),
            Keep::Both => both(&ours[field], &theirs[field]),
        };
        if value != ours[field] {
            before.insert(field.to_owned(), ours[field].clone());
            after.insert(field.to_owned(), value.clone());
            ours[field] = value;
        }
    }
    let merge = Merge {
        by,
        at,
        before,
        after,
    };
    let gone = Site {
        merged_into: Some(survivor.id),
        merge: Some(merge),
        ..duplicate.clone()
    };
    Ok((serde_json::from_value(ours)?, gone))
}

/// Takes a merge back: both as they are from now on, the survivor first. Fields that somebody changed since
/// stay as they are.
///
/// # Errors
/// When a record cannot be written as JSON.
pub fn parted(survivor: &Site, duplicate: &Site) -> Result<(Site, Site), serde_json::Error> {
    let mut ours = fields(survivor)?;
    // What was put into another than the survivor of a chain is not here to be put back.
    let of_survivor = duplicate.merged_into == Some(survivor.id);
    let merge = duplicate.merge.as_ref().filter(|_| of_survivor);
    for (field, before) in merge.iter().flat_map(|merge| &merge.before) {
        let put = merge.and_then(|merge| merge.after.get(field));
        if put.is_some() && put == ours.get(field) {
            ours[field] = before.clone();
        }
    }
    let mut back: Site = serde_json::from_value(ours)?;
    // Two laptops merged each into the other: taken back is taken back.
    if back.merged_into == Some(duplicate.id) {
        back.merged_into = None;
        back.merge = None;
    }
    let again = Site {
        merged_into: None,
        merge: None,
        ..duplicate.clone()
    };
    Ok((back, again))
}

fn fields(site: &Site) -> Result<Value, serde_json::Error> {
    serde_json::to_value(site)
}

fn empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(values) => values.is_empty(),
        _ => false,
    }
}

fn both(ours: &Value, theirs: &Value) -> Value {
    let (Value::Array(ours), Value::Array(theirs)) = (ours, theirs) else {
        return ours.clone();
    };
    let mut all = ours.clone();
    for value in theirs {
        if !all.contains(value) {
            all.push(value.clone());
        }
    }
    Value::Array(all)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::site::blank;

    fn who() -> (PersonId, DateTime<Utc>) {
        (PersonId(Uuid::from_u128(9)), DateTime::UNIX_EPOCH)
    }

    fn two() -> (Site, Site) {
        let site = |number: u128, name: &str| Site {
            name: name.to_owned(),
            ..blank(SiteId(Uuid::from_u128(number)))
        };
        let (mut first, mut second) = (site(1, "示范饭馆"), site(2, "示范藏餐馆"));
        first.sectors = vec!["fire".to_owned()];
        second.sectors = vec!["fire".to_owned(), "city_gas".to_owned()];
        second.address = "县城中路9号".to_owned();
        first.extra.insert("risk_tier".to_owned(), json!("B"));
        (first, second)
    }

    #[test]
    fn nothing_is_lost_unless_somebody_chose_it() {
        let (first, second) = two();
        let (stays, goes) = merged(&first, &second, &BTreeMap::new(), who()).unwrap();
        assert_eq!(stays.name, "示范饭馆");
        assert_eq!(
            stays.address, "县城中路9号",
            "what only the duplicate has is kept"
        );
        assert_eq!(stays.sectors, ["fire", "city_gas"]);
        assert_eq!(stays.extra, first.extra);
        assert_eq!(goes.merged_into, Some(first.id));
        let keep = [("name".to_owned(), Keep::Duplicate)].into();
        assert_eq!(
            merged(&first, &second, &keep, who()).unwrap().0.name,
            "示范藏餐馆"
        );
    }

    #[test]
    fn a_merge_is_taken_back_but_for_what_was_changed_since() {
        let (first, second) = two();
        let keep = [("name".to_owned(), Keep::Duplicate)].into();
        let (mut stays, goes) = merged(&first, &second, &keep, who()).unwrap();
        assert_eq!(parted(&stays, &goes).unwrap(), (first, second.clone()));
        stays.address = "县城中路19号".to_owned();
        let (back, again) = parted(&stays, &goes).unwrap();
        assert_eq!(
            (back.name.as_str(), back.address.as_str()),
            ("示范饭馆", "县城中路19号")
        );
        assert_eq!(again, second);
    }

    #[test]
    fn two_that_were_merged_each_into_the_other_part_at_once() {
        let (first, second) = two();
        let (_, goes) = merged(&first, &second, &BTreeMap::new(), who()).unwrap();
        let (_, also) = merged(&second, &first, &BTreeMap::new(), who()).unwrap();
        let (back, again) = parted(&also, &goes).unwrap();
        assert!(back.merged_into.is_none() && again.merged_into.is_none());
    }

    #[test]
    fn a_site_is_not_merged_into_itself_or_twice() {
        let (first, second) = two();
        let none = Survivors::default();
        assert!(check(first.id, second.id, &none).is_ok());
        assert_eq!(
            check(first.id, first.id, &none).unwrap_err().key,
            "merge_self"
        );
        let once = Survivors::of([(first.id, None), (second.id, Some(first.id))]);
        assert_eq!(
            check(first.id, second.id, &once).unwrap_err().key,
            "merge_already"
        );
    }
}
