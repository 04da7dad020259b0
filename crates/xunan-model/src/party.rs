//! Authorities, people, parties and places.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::id::{MembershipId, OfficeId, OrganizationId, PersonId, SiteId};
use crate::office_rules::{Calendar, OfficeRules};
use crate::photo::place::Point;
use crate::record::records;

records! {
    Office => Office,
    Person => Person,
    Membership => Membership,
    Organization => Organization,
    Site => Site,
}

/// An authority (机关).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Office {
    /// Which one.
    pub id: OfficeId,
    /// Its full name.
    pub name: String,
    /// The word that opens the numbers of its documents (机关代字).
    #[serde(default)]
    pub code_word: String,
    /// Its 12-digit division code.
    #[serde(default)]
    pub division: String,
    /// Its rules, each from its day on.
    #[serde(default)]
    pub rules: Vec<OfficeRules>,
    /// Holidays and made-up working days, a line each ([`Calendar::parse`]).
    #[serde(default)]
    pub days: String,
    /// What a newer program added.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl Office {
    /// Its working days. Lines that cannot be read count for nothing: a day off unknown is a deadline too
    /// early, never too late.
    #[must_use]
    pub fn calendar(&self) -> Calendar {
        Calendar::parse(&self.days).unwrap_or_default()
    }
}

/// A person (人员).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Person {
    /// Which one.
    pub id: PersonId,
    /// The name as it is printed; may hold rare Han characters or Tibetan.
    pub name: String,
    /// What a newer program added.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// A person's post in an office (任职).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Membership {
    /// Which one.
    pub id: MembershipId,
    /// Who.
    pub person: PersonId,
    /// Where.
    pub office: OfficeId,
    /// What as: `inspector`, `station`, `supervisor`.
    pub role: String,
    /// The number of the enforcement certificate (执法证号), where there is one.
    #[serde(default)]
    pub certificate: Option<String>,
    /// First day.
    #[serde(default)]
    pub from: Option<NaiveDate>,
    /// Last day.
    #[serde(default)]
    pub until: Option<NaiveDate>,
    /// What a newer program added.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// A legal or natural party (单位).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Organization {
    /// Which one.
    pub id: OrganizationId,
    /// Its full name.
    pub name: String,
    /// The unified social credit code, where there is one.
    #[serde(default)]
    pub credit_code: Option<String>,
    /// The legal representative.
    #[serde(default)]
    pub representative: Option<String>,
    /// What a newer program added.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// A place that is inspected (检查对象).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Site {
    /// Which one.
    pub id: SiteId,
    /// Its name.
    pub name: String,
    /// Where it is, in words.
    #[serde(default)]
    pub address: String,
    /// The 12-digit division code.
    #[serde(default)]
    pub division: String,
    /// The sectors whose checklists apply, e.g. `city_gas`.
    #[serde(default)]
    pub sectors: Vec<String>,
    /// What stands there, as `edition/facility`: the keys of one checklist mean nothing in another.
    #[serde(default)]
    pub facilities: Vec<String>,
    /// Several facilities of one kind, such as three shafts.
    #[serde(default)]
    pub units: Vec<FacilityUnit>,
    /// The presets of quick checks that fit it (场所类型), the usual one first; empty: it is not
    /// one of the small premises that a station goes through.
    #[serde(default)]
    pub kinds: Vec<String>,
    /// Its place in the list that it came from: a round follows the list. 0: it came from none.
    #[serde(default)]
    pub listed: u32,
    /// Where it is (WGS-84), once somebody has stood there.
    #[serde(default)]
    pub point: Option<Point>,
    /// Whom to ask there, and how to reach them.
    #[serde(default)]
    pub contact: String,
    /// The organizations at the place and what they are to it.
    #[serde(default)]
    pub organizations: Vec<SiteOrganization>,
    /// The site that this one turned out to be.
    #[serde(default)]
    pub merged_into: Option<SiteId>,
    /// How it was merged, so that it can be taken back.
    #[serde(default)]
    pub merge: Option<Merge>,
    /// What a newer program added.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// One of several facilities of a kind on a site (同类设施之一), e.g. 一号竖井.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct FacilityUnit {
    /// What it is, as `edition/facility`.
    pub facility: String,
    /// Its name on the site.
    pub name: String,
}

/// How a site was merged into another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Merge {
    /// Who.
    pub by: PersonId,
    /// When.
    pub at: DateTime<Utc>,
    /// What the survivor had in the fields that the merge changed.
    pub before: Map<String, Value>,
    /// What the merge put there.
    pub after: Map<String, Value>,
}

/// An organization at a site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteOrganization {
    /// Which one.
    pub organization: OrganizationId,
    /// `owner`, `operator`, `contractor`, `tenant`.
    pub role: String,
}
