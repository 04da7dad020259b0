//! What a life is: the derived state, what runs beside it, and every step with how it stands.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::codes::{Destination, ListingLevel, Rung, Verdict};
use super::details::{Listing, NotedPerson, Plan};
use super::state::State;
use crate::finding::Step;
use crate::id::{PersonId, TransitionId};

/// A finding's life as its steps tell it. Days are of Asia/Shanghai.
#[derive(Debug, Clone, PartialEq, Serialize, ts_rs::TS)]
#[ts(export)]
pub struct Life {
    /// Where it stands. Never an end while a contradiction is open.
    pub state: State,
    /// Whether it needs what a major hazard needs.
    pub grave: bool,
    /// The day on which it was found.
    pub found: NaiveDate,
    /// The day by which it must be put right, after extensions; the earlier where two contradict.
    pub deadline: Option<NaiveDate>,
    /// How often it was extended.
    pub extensions: u32,
    /// The present plan (五落实); none after a reopening.
    pub plan: Option<Plan>,
    /// Who was told, in the order in which they were.
    pub told: Vec<NotedPerson>,
    /// What the last recheck found; none after a reopening.
    pub verdict: Option<Verdict>,
    /// Every listing (督办), also those that were lifted.
    pub listings: Vec<Listed>,
    /// Suspended (停产停用) and not resumed.
    pub suspended: bool,
    /// To whom it was handed on.
    pub transfers: Vec<Destination>,
    /// 函告、通报、约谈、曝光, with their days.
    pub escalations: Vec<(Rung, NaiveDate)>,
    /// 虚假整改: somebody told that it was put right when it was not. Never taken back, also not by a
    /// decision that sets the step aside.
    pub false_rectification: bool,
    /// The day on which it was struck off, if it is.
    pub closed: Option<NaiveDate>,
    /// Every day on which it was struck off, also those that a reopening undid.
    pub closures: Vec<NaiveDate>,
    /// How often it stood again after an end. From then on it is struck off only after a recheck.
    pub reopenings: u32,
    /// 回头看.
    pub lookbacks: Vec<Looked>,
    /// The rechecks that were due, one after the other; the last may be open.
    pub rounds: Vec<Round>,
    /// Every step, in order; none is left out.
    pub timeline: Vec<Row>,
    /// What a person has to decide, in order.
    pub contradictions: Vec<Contradiction>,
}

/// A listing (挂牌督办).
#[derive(Debug, Clone, PartialEq, Serialize, ts_rs::TS)]
#[ts(export, rename = "LifeListing")]
pub struct Listed {
    /// Who supervises.
    pub level: ListingLevel,
    /// 督办通知书文号.
    pub number: String,
    /// The day.
    pub day: NaiveDate,
    /// The day on which it was lifted (摘牌).
    pub until: Option<NaiveDate>,
}

/// A later look at what was struck off (回头看).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export, rename = "LifeLookback")]
pub struct Looked {
    /// The day.
    pub day: NaiveDate,
    /// Whether the hazard was still gone.
    pub holds: bool,
}

/// From when a recheck could fall due until it was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
#[ts(export, rename = "RecheckRound")]
pub struct Round {
    /// When it began: found, rechecked without success, or reopened.
    pub begun: NaiveDate,
    /// When the party first asked for a recheck.
    pub requested: Option<NaiveDate>,
    /// The deadline as the round ended, or as it is.
    pub deadline: Option<NaiveDate>,
    /// When it was rechecked, or struck off without.
    pub done: Option<NaiveDate>,
    /// Whether a recheck ended it; else it was struck off (当场整改) or withdrawn.
    pub rechecked: bool,
}

/// How a step stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[ts(export, rename = "StepStanding")]
pub enum Standing {
    /// It took effect.
    Stands,
    /// It says again what is so already.
    Agrees,
    /// A person set it aside.
    SetAside {
        /// By which decision.
        decision: TransitionId,
    },
    /// It waits for a person's decision.
    Contradicts {
        /// Why: the key of the sentence.
        key: &'static str,
    },
    /// A decision that decides nothing: it is about no contradiction that its author could see.
    Void {
        /// Why: the key of the sentence.
        key: &'static str,
    },
    /// A newer program wrote it; this one cannot tell what it does.
    Unknown,
}

/// A step in its place.
#[derive(Debug, Clone, PartialEq, Serialize, ts_rs::TS)]
#[ts(export, rename = "LifeRow")]
pub struct Row {
    /// Which one.
    pub transition: TransitionId,
    /// What happened.
    pub step: Step,
    /// When.
    pub at: DateTime<Utc>,
    /// Who did it.
    pub by: PersonId,
    /// Why.
    pub reason: String,
    /// How it stands.
    pub standing: Standing,
    /// The state after it.
    pub state: State,
}

/// A step that was not lawful where it landed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
#[ts(export, rename = "LifeContradiction")]
pub struct Contradiction {
    /// The step.
    pub transition: TransitionId,
    /// Why it does not follow: the key of the sentence (`fault.<key>`).
    pub key: &'static str,
    /// The steps that it does not go with: those that its author had not seen, and the one that last moved
    /// what it would move.
    pub against: Vec<TransitionId>,
}

impl Life {
    /// Whether it is listed (挂牌) and not delisted.
    #[must_use]
    pub fn listed(&self) -> bool {
        self.listings.iter().any(|listed| listed.until.is_none())
    }

    /// Whether one of the responsible ones (主要负责人、实际控制人) was told.
    #[must_use]
    pub fn responsible_told(&self) -> bool {
        use super::codes::Capacity::{Controller, Principal};
        let responsible = |who: &NotedPerson| {
            matches!(who.capacity, Some(Principal | Controller)) && !who.name.trim().is_empty()
        };
        self.told.iter().any(responsible)
    }

    /// The highest rung reached (函告 → 通报 → 约谈 → 曝光).
    #[must_use]
    pub fn rung(&self) -> Option<&Rung> {
        let rungs = self.escalations.iter().map(|(rung, _)| rung);
        rungs.max_by_key(|rung| rung.height())
    }

    /// What a new step writes as [`seen`](crate::finding::Transition::seen): all steps that are known here.
    #[must_use]
    pub fn seen(&self) -> Vec<TransitionId> {
        self.timeline.iter().map(|row| row.transition).collect()
    }
}

/// How the fold changes a life.
impl Life {
    /// The round of rechecking ends; another begins when the hazard still stands.
    pub(super) fn end_round(&mut self, day: NaiveDate, rechecked: bool, again: bool) {
        if let Some(round) = self.rounds.last_mut().filter(|round| round.done.is_none()) {
            round.done = Some(day);
            round.rechecked = rechecked;
        }
        if again {
            self.begin_round(day, self.deadline);
        }
    }

    pub(super) fn begin_round(&mut self, begun: NaiveDate, deadline: Option<NaiveDate>) {
        self.rounds.push(Round {
            begun,
            requested: None,
            deadline,
            done: None,
            rechecked: false,
        });
    }

    pub(super) fn set_deadline(&mut self, deadline: Option<NaiveDate>) {
        self.deadline = deadline;
        if let Some(round) = self.rounds.last_mut().filter(|round| round.done.is_none()) {
            round.deadline = deadline;
        }
    }

    /// It stands again: what was planned and found before does not count for what comes. The deadline stays
    /// until a new one is set, so it may be overdue at once.
    pub(super) fn reopen(&mut self, day: NaiveDate) {
        self.reopenings += 1;
        self.plan = None;
        self.verdict = None;
        self.closed = None;
        self.begin_round(day, None);
    }

    /// Listed; the same notice written on two laptops is one.
    pub(super) fn list(&mut self, listing: &Listing, at: NaiveDate) {
        let level = listing
            .level
            .clone()
            .unwrap_or(ListingLevel::Unknown(String::new()));
        let same = |one: &Listed| {
            one.until.is_none() && one.level == level && one.number == listing.number
        };
        if !self.listings.iter().any(same) {
            let (number, day) = (listing.number.clone(), listing.day.unwrap_or(at));
            self.listings.push(Listed {
                level,
                number,
                day,
                until: None,
            });
        }
    }
}
