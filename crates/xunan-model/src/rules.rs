//! What answers and readings mean: the rules of the checklists, as data, decided here.
//!
//! Pure and the same on a laptop and on the server. Nothing here overrides a person: a reading that
//! fails beside the answer 符合 is a [`Contradiction`] to be shown and given a reason.

mod counting;
mod danger;
mod judge;

pub use counting::{
    Clause, CountingRule, Element, Need, Premises, RuleFault, RuleResult, RuleTest, RuleVerdict,
    Told,
};
pub use danger::{AtLeast, Bound, DangerClass, DangerLevels, DangerRow, TABLE as DANGER_TABLE};
pub use judge::{Applicability, Contradiction, Failure, Given, Judgement, Outcome, Profile, judge};
