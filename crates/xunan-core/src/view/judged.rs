//! What the rules say, as screens show it.

use serde::Serialize;
use ts_rs::TS;
use xunan_model::checklist::Text;
use xunan_model::inspection::{AnswerResult, Reading};
use xunan_model::rules::{
    Applicability, Contradiction, DangerClass, DangerRow, Failure, Premises, Told,
};

/// What follows for an item from what was answered, read and ticked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct JudgementView {
    /// Whether it applies.
    pub applicability: Applicability,
    /// Whether the readings alone fail it.
    pub measured: Option<bool>,
    /// Whether its sub-conditions hold together.
    pub ticked: Option<bool>,
    /// What it is if it fails.
    pub failure: Failure,
    /// The answer against the facts.
    pub contradiction: Option<Contradiction>,
    /// The answer only stands with a reason.
    pub needs_reason: bool,
}

/// What was answered on the last visit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct BeforeView {
    /// The day.
    pub day: String,
    /// The answer.
    pub result: AnswerResult,
    /// The remark.
    pub note: String,
    /// The reason.
    pub reason: String,
    /// The readings.
    pub readings: Vec<Reading>,
}

/// What a counting rule says about a visit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct RuleView {
    /// The rule that decides here.
    pub rule: String,
    /// The rule in force.
    pub title: Text,
    /// The title of the one that decides: that of an earlier rule for a 预判.
    pub by: Text,
    /// A judgement; else a 预判 that stays out of documents.
    pub formal: bool,
    /// `direct`, `clause`, `not`, `excluded`, `undetermined`.
    pub result: String,
    /// A major hazard, as far as this rule goes.
    pub major: bool,
    /// The clause by which it was counted.
    pub clause: Option<String>,
    /// The items that counted.
    pub counted: Vec<String>,
    /// The classes of premises to choose from.
    pub premises: Vec<Premises>,
    /// Circumstances under which it does not judge.
    pub exclusions: Vec<Text>,
    /// What to know about the result.
    pub notes: Vec<Text>,
    /// What was said about the place.
    pub told: Told,
}

/// The class of dangerous works.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct DangerView {
    /// Where the table comes from.
    pub title: String,
    /// The class.
    pub class: DangerClass,
    /// The rows that decided.
    pub decided: Vec<DangerRow>,
    /// All rows.
    pub rows: Vec<DangerRow>,
}
