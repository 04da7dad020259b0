//! What things are: records, checklists, rules, merge and wire types.
//!
//! Both ends, the program on a laptop and the central server, run the same code from here.
//! **Invariant: no IO, no clock, no randomness, no async.** Time and ids are passed in.
#![warn(missing_docs)]

pub mod change;
pub mod checklist;
pub mod credit_code;
pub mod decision;
pub mod digest;
pub mod division;
pub mod edition;
pub mod fault;
pub mod finding;
pub mod finish;
pub mod id;
pub mod inspection;
pub mod joining;
pub mod life;
pub mod merge;
pub mod office_rules;
mod open_enum;
pub mod pack;
pub mod party;
pub mod photo;
pub mod pin;
pub mod quick;
pub mod record;
pub mod rules;
pub mod site;
pub mod stamp;
pub mod statistics;
pub mod summary;
pub mod wire;
