//! The numbers people need about hazards (统计口径), the same on a laptop and on the server.
//!
//! What counts is a [`Hazard`], not a finding: a major hazard counts once by site and hazard key, though
//! several findings, perhaps of several laptops, told it. Findings of merged sites name the surviving one before
//! they come here. No number is a bare percentage: a [`Rate`] has both its counts, and each [`Number`] carries the
//! [`Filter`] that selects exactly what it counts, so that a screen can open the list. Formulas: enforcement
//! facts §9, with what they leave open said at each function.

mod fact;
mod figures;
mod filter;
mod number;
mod page;
mod table;

pub use fact::{Fact, Hazard, ListingFact, RecheckFact, hazards, sector_of};
pub use figures::{
    ChannelShare, LadderStep, ListedFigures, Standing, YearFigures, channels, cleared_stock,
    dynamic_clearance, escalated, false_rectifications, listed, lookbacks_failed, mean_days,
    notified, on_time, rechecked_in_time, standing, year,
};
pub use filter::{Condition, Filter, Span};
pub use number::{Mean, Number, Rate};
pub use page::{Page, PageRequest, page};
pub use table::{Column, Counts, RegionTable, TableRow, region_table};
