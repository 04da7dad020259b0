//! One question of a checklist, with all that a finding, a document and a number need from it.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{Condition, Measure, Text, Validity};

/// One item of a checklist (检查项).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Its identity, for ever: answers refer to it through all editions.
    pub code: String,
    /// Its heading: a path, `/` between the levels.
    pub group: String,
    /// What it is when it fails.
    pub level: Level,
    /// The clause it rests on, in words, as a finding shows it. Whether a document of law may
    /// cite it is another matter: see [`Edition::cite`](super::Edition::cite).
    pub source: String,
    /// The regulations named in `source`, by their id among the edition's sources.
    #[serde(default)]
    pub source_ids: Vec<String>,
    /// Its number in the official list of that regulation.
    #[serde(default)]
    pub official_item: Option<String>,
    /// Items that share it are together *one* hazard, however many of them fail. Major hazards
    /// are counted by this key, as the official lists number them, not by item.
    pub hazard_key: String,
    /// When it applies, where that differs from the edition.
    #[serde(default)]
    pub in_force: Validity,
    /// Whether its clause was read well enough for a document of law.
    pub citable: bool,
    /// The question, to be answered yes or no.
    pub question: Text,
    /// Which answer is the hazard. Many questions are worded the other way round.
    pub fail_on: FailOn,
    /// What is wrong when it fails: the first wording of a finding.
    pub hazard: Text,
    /// What to photograph, and which papers to look at.
    pub evidence: Vec<Text>,
    /// The numbers to enter.
    #[serde(default)]
    pub measures: Vec<Measure>,
    /// Whether one failing measure is enough; needed when several can fail it.
    #[serde(default)]
    pub measures_fail: Option<MeasuresFail>,
    /// Where it applies.
    #[serde(default)]
    pub applies: Applies,
    /// Sub-conditions that have to hold together for it to fail.
    #[serde(default)]
    pub conditions: Option<Condition>,
    /// The penalty clause: a hint for the officer, never a decision.
    #[serde(default)]
    pub penalty: Option<Text>,
    /// How well its clause is known.
    pub confidence: Confidence,
    /// Whether it is asked unless an administrator says otherwise.
    #[serde(default = "enabled")]
    pub enabled: bool,
    /// Whether a general item belongs to the core of the checklist.
    #[serde(default)]
    pub tier: Option<Tier>,
    /// The counting rule that it is an element of.
    #[serde(default)]
    pub rule_set: Option<String>,
    /// What it may be used for, when not for everything.
    #[serde(default, rename = "use")]
    pub stage: Option<Stage>,
    /// The list it belongs to, where one edition carries an old list beside the new one.
    #[serde(default)]
    pub list: Option<String>,
    /// The clauses of the new list that took its place.
    #[serde(default)]
    pub maps_to: Vec<String>,
    /// Whether it needs the judgement of two people or an expert.
    #[serde(default)]
    pub judgement: bool,
    /// A remark for the inspector.
    #[serde(default)]
    pub note: Option<Text>,
}

fn enabled() -> bool {
    true
}

/// What a failed item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// 一般隐患.
    General,
    /// 综合判定要素: an element of a counting rule; alone it is a general hazard.
    Element,
    /// 重大事故隐患.
    Major,
}

/// The answer that is the hazard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailOn {
    /// "No" is the hazard: the question asks for what has to be there.
    No,
    /// "Yes" is the hazard: the question asks for what must not be there.
    Yes,
}

/// How many of several failing measures make the item fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MeasuresFail {
    /// One is enough.
    Any,
    /// It takes all of them.
    All,
}

/// How well the clause of an item is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// Read in the official text or a verbatim archive.
    Verified,
    /// The whole condition read in somebody else's transcription.
    VerifiedSecondary,
    /// Only part of the clause was read.
    Partial,
    /// Only the clause's topic is known; such an item is never switched on.
    TopicOnly,
    /// Professional knowledge; the clause was not read.
    Background,
}

impl Confidence {
    /// Whether a document of law may rest on it (待核 otherwise).
    #[must_use]
    pub fn is_verified(self) -> bool {
        matches!(self, Self::Verified | Self::VerifiedSecondary)
    }
}

/// Whether a general item belongs to the core of the checklist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// Asked on every visit.
    Core,
    /// Asked where there is time for it.
    Extra,
}

/// What an item may be used for, when not for everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// 预判: a first judgement that has to say so and stays out of documents.
    PrejudgeOnly,
    /// A hint to look closer.
    HintOnly,
}

/// Where an item applies. Empty: everywhere in the sector.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Applies {
    /// On sites with one of these facilities, by the edition's keys.
    #[serde(default)]
    pub facilities: Vec<String>,
    /// Under this condition. The program cannot know whether it holds: the item is shown as "to
    /// be confirmed", never hidden.
    #[serde(default)]
    pub condition: Option<Text>,
    /// Both in one sentence for the screen.
    #[serde(default)]
    pub text: Option<Text>,
}

impl Item {
    /// Whether it applies on `date`.
    #[must_use]
    pub fn in_force_on(&self, date: NaiveDate) -> bool {
        self.in_force.contains(date)
    }
}
