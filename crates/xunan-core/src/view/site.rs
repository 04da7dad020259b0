//! Sites, as screens show them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use xunan_model::checklist::Text;
use xunan_model::party::FacilityUnit;
use xunan_model::photo::place::Point;
use xunan_model::site::SiteDraft;
use xunan_model::site::merging::{Keep, MergeDraft};

use super::{FindingRow, InspectionRow};

/// Which sites are listed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct SiteQuery {
    /// Words, or the beginnings of their pinyin, that all are found.
    pub search: String,
    /// Only of this sector; empty: of any.
    pub sector: String,
    /// Only within this division: the digits that it begins with; empty: anywhere.
    pub division: String,
    /// Only of this kind of premises; empty: of any.
    pub kind: String,
    /// Which of them.
    pub which: SiteWhich,
    /// How many are left out before the first.
    pub offset: usize,
    /// The most that are listed.
    pub limit: usize,
}

/// Which sites, by what was found there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum SiteWhich {
    /// All.
    #[default]
    All,
    /// Those with findings that are not struck off.
    Open,
    /// Those that were never visited.
    Never,
}

/// A part of a list of sites.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct SitePage {
    /// The rows.
    pub rows: Vec<SiteRow>,
    /// How many sites the whole list has.
    pub total: usize,
}

/// A site in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct SiteRow {
    /// The site's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Where it is.
    pub address: String,
    /// Its 12-digit division code.
    pub division: String,
    /// The division's name, as far as it is known.
    pub division_name: String,
    /// The sectors whose checklists apply.
    pub sectors: Vec<String>,
    /// The kinds of premises that it is.
    pub kinds: Vec<String>,
    /// What stands there, as `edition/facility`.
    pub facilities: Vec<String>,
    /// Several facilities of one kind.
    pub units: Vec<FacilityUnit>,
    /// Its owner or operator.
    pub owner: Option<String>,
    /// When it was last visited.
    pub last_inspected: Option<String>,
    /// Findings that are not struck off.
    pub open_findings: usize,
}

/// What sites can be filtered by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct SiteFacets {
    /// All sites.
    pub total: usize,
    /// Those with findings that are not struck off.
    pub open: usize,
    /// Those that were never visited.
    pub never: usize,
    /// By sector.
    pub sectors: BTreeMap<String, usize>,
    /// By kind of premises: all kinds, also those of which there is none.
    pub kinds: Vec<KindFacet>,
    /// By division, each after the one that holds it.
    pub divisions: Vec<DivisionFacet>,
}

/// A kind of premises.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct KindFacet {
    /// The preset's id.
    pub id: String,
    /// Its name.
    pub name: Text,
    /// How many sites are of it.
    pub count: usize,
}

/// A division in which there are sites.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct DivisionFacet {
    /// The digits that its code begins with: 4, 6 or 9.
    pub digits: String,
    /// Its name.
    pub name: String,
    /// How many sites are in it.
    pub count: usize,
}

/// A division to choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct DivisionName {
    /// Its 12-digit code.
    pub code: String,
    /// Its whole name.
    pub name: String,
}

/// A site with everything about it.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct SiteView {
    /// What lists show.
    pub row: SiteRow,
    /// What a form begins with.
    pub draft: SiteDraft,
    /// Where it is (WGS-84).
    pub point: Option<Point>,
    /// The visits, also of what was merged into it, the latest first.
    pub visits: Vec<InspectionRow>,
    /// Its findings that are not struck off, the latest first; at most 100.
    pub findings: Vec<FindingRow>,
    /// The sites that were merged into it.
    pub merged: Vec<MergedSite>,
}

/// A site that was merged into another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct MergedSite {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Where it is.
    pub address: String,
    /// Who merged it.
    pub by: String,
    /// When.
    pub at: Option<String>,
}

/// An organization to choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct OrganizationRow {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its credit code.
    pub credit_code: String,
    /// Its legal representative.
    pub representative: String,
}

/// Two sites side by side, before one is merged into the other.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct MergePreview {
    /// The one that stays.
    pub survivor: MergeSide,
    /// The one that goes into it.
    pub duplicate: MergeSide,
    /// The fields in which they differ, with what is sensible to keep.
    pub fields: Vec<MergeField>,
    /// What is sent when nothing is changed.
    pub draft: MergeDraft,
}

/// One of two sites.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct MergeSide {
    /// What lists show.
    pub row: SiteRow,
    /// How many visits it has.
    pub visits: usize,
}

/// A field in which two sites differ.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct MergeField {
    /// Its name.
    pub field: String,
    /// What the one has that stays: text, or the words of a list.
    pub survivor: Vec<String>,
    /// What the other has.
    pub duplicate: Vec<String>,
    /// What is kept when nobody chooses.
    pub keep: Keep,
    /// Whether both can be kept.
    pub list: bool,
}
