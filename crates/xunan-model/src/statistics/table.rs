//! Regions by sectors (区域×行业), from the region down to villages. Source: 三年行动方案§14.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::Serialize;

use super::fact::Hazard;
use super::filter::{Condition, Filter};
use crate::division::DIVISION_DIGITS;

/// Digits of the five levels: 自治区、地市、县、乡镇、村居.
const LEVELS: [usize; 5] = [2, 4, 6, 9, DIVISION_DIGITS];

/// What is counted in a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, ts_rs::TS)]
#[ts(export, rename = "HazardCounts")]
pub struct Counts {
    /// All.
    pub all: usize,
    /// Those that stand.
    pub open: usize,
    /// Those that are overdue.
    pub overdue: usize,
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
#[ts(export)]
pub struct TableRow {
    /// The digits of its division; empty for hazards in none that is known. `540121000`: of the county 540121 itself.
    pub region: String,
    /// What selects it.
    pub filter: Filter,
    /// A cell for each column.
    pub cells: Vec<Counts>,
    /// All columns together.
    pub total: Counts,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
#[ts(export, rename = "TableColumn")]
pub struct Column {
    /// The sector; empty: none that is known.
    pub sector: String,
    /// What selects it.
    pub filter: Filter,
    /// All rows together.
    pub total: Counts,
}

/// The table. What a number counts is selected by the conditions of `base`, its row, its column and its measure together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
#[ts(export)]
pub struct RegionTable {
    /// The division whose parts the rows are; empty: all.
    pub under: String,
    /// What all cells have in common.
    pub base: Filter,
    /// What `open` selects.
    pub open: Filter,
    /// What `overdue` selects.
    pub overdue: Filter,
    /// By sector.
    pub columns: Vec<Column>,
    /// By division.
    pub rows: Vec<TableRow>,
    /// All together.
    pub total: Counts,
}

/// The table of the parts of a division.
///
/// `under` is empty or 2, 4, 6 or 9 digits, and each row's digits are the
/// next `under`. Hazards in no known division are a row of their own where `under` is empty. Anything else
/// under a village has that one row.
#[must_use]
pub fn region_table(
    hazards: &[Hazard],
    base: &Filter,
    under: &str,
    today: NaiveDate,
) -> RegionTable {
    let digits = LEVELS
        .into_iter()
        .find(|digits| *digits > under.len())
        .unwrap_or(DIVISION_DIGITS);
    let base = match under {
        "" => base.clone(),
        prefix => base.and([Condition::Region {
            prefix: prefix.to_owned(),
        }]),
    };
    let overdue = Condition::Overdue {
        on: today,
        days_min: 1,
        days_max: None,
    };
    let within: Vec<&Hazard> = hazards.iter().filter(|hazard| base.holds(hazard)).collect();
    let row_of = |hazard: &Hazard| hazard.fact.region.get(..digits).unwrap_or("").to_owned();
    let sectors: BTreeSet<&str> = within
        .iter()
        .map(|hazard| hazard.fact.sector.as_str())
        .collect();
    let mut columns: Vec<Column> = sectors
        .into_iter()
        .map(|sector| Column {
            sector: sector.to_owned(),
            filter: Filter(vec![Condition::Sector {
                sector: sector.to_owned(),
            }]),
            total: Counts::default(),
        })
        .collect();
    let mut rows: BTreeMap<String, TableRow> = BTreeMap::new();
    let mut total = Counts::default();
    for hazard in within {
        let one = Counts {
            all: 1,
            open: hazard.open().into(),
            overdue: overdue.holds(hazard).into(),
        };
        let region = row_of(hazard);
        let row = rows.entry(region).or_insert_with_key(|region| TableRow {
            region: region.clone(),
            filter: Filter(vec![match region.as_str() {
                "" => Condition::NoRegion,
                prefix => Condition::Region {
                    prefix: prefix.to_owned(),
                },
            }]),
            cells: vec![Counts::default(); columns.len()],
            total: Counts::default(),
        });
        if let Ok(at) =
            columns.binary_search_by(|column| column.sector.as_str().cmp(&hazard.fact.sector))
        {
            row.cells[at].add(one);
            columns[at].total.add(one);
        }
        row.total.add(one);
        total.add(one);
    }
    RegionTable {
        under: under.to_owned(),
        base,
        open: Filter(vec![Condition::Open]),
        overdue: Filter(vec![overdue]),
        columns,
        rows: rows.into_values().collect(),
        total,
    }
}

impl Counts {
    fn add(&mut self, more: Self) {
        self.all += more.all;
        self.open += more.open;
        self.overdue += more.overdue;
    }
}
