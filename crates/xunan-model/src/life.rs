//! The whole life of a finding (隐患闭环): one table of steps and pure functions over it.
//!
//! Laptops append steps without a network; nobody rewrites one. [`Life::of`] folds a finding's steps in the
//! order of (time, id), so the same steps give the same life on every machine, whatever the order in
//! which they arrived. [`table::TABLE`] says where each step may land, where it leads and what it needs.
//!
//! A step that is not lawful where it lands is a **contradiction**: kept, shown, and the safer state stands
//! until a person decides ([`Details::Decided`]). Two things keep two laptops from calming each other:
//! - a step that calms (合格, 销号, 撤回, 恢复, 摘牌) counts only against what its author had seen
//!   ([`Transition::seen`](crate::finding::Transition::seen)): a failed recheck that he did not know of stands against it;
//! - no step takes effect by force. A decision sets steps aside, and what stays must be lawful by itself.
//!
//! `docs/LIFE.md` is the table as people read it; a test keeps it true.

mod codes;
mod contradiction;
mod details;
mod due;
mod entry;
mod fold;
mod guard;
mod state;
pub mod table;
mod timeline;

pub use codes::{Capacity, Destination, ListingLevel, RecheckBy, Rung, Verdict, Way};
pub use details::{
    Closure, Conclusion, DETAILS_LIST_MAX, Delisting, Details, Escalation, Extension, Listing,
    NotedPerson, Notice, Plain, Plan, Recheck, Reopening, Request, Resumption, Ruling, Suspension,
    Transfer, Withdrawal,
};
pub use due::{Discipline, Term, extension_decided_by, recheck_due, rung_due, term};
pub use entry::{Context, Offer, check_received, check_step, next_steps, step_time};
pub use guard::Guard;
pub use state::State;
pub use timeline::{Contradiction, Life, Listed, Looked, Round, Row, Standing};

use chrono::{DateTime, FixedOffset, NaiveDate, Utc};

use crate::finding::Level;

/// The civil day of an instant in China, which has one time zone and no daylight saving time.
#[must_use]
pub fn china_day(at: DateTime<Utc>) -> NaiveDate {
    const HOURS_8: i32 = 8 * 3_600;
    let zone = FixedOffset::east_opt(HOURS_8).unwrap_or_else(|| chrono::Offset::fix(&Utc));
    at.with_timezone(&zone).date_naive()
}

/// Whether a level needs what a major hazard needs. A level from a newer program does: asking too much
/// of it is a delay, asking too little a false calm.
pub(crate) fn grave(level: &Level) -> bool {
    !matches!(level, Level::General | Level::Element)
}
