//! What the statistics know of a finding, and the hazards that findings are.

use std::collections::HashMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::division::DIVISION_DIGITS;
use crate::finding::{Finding, Level};
use crate::id::{FindingId, SiteId};
use crate::life::{Discipline, Life, Looked, Rung, State, recheck_due};
use crate::office_rules::{Calendar, OfficeRules};
use crate::party::Site;

/// A recheck that was or is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecheckFact {
    /// The last day on which it is in time.
    pub due: NaiveDate,
    /// When it was made, or the hazard struck off without.
    pub done: Option<NaiveDate>,
}

/// A listing (挂牌督办).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListingFact {
    /// The day.
    pub day: NaiveDate,
    /// When it was lifted (摘牌).
    pub until: Option<NaiveDate>,
}

/// A finding as the statistics see it. Days are of Asia/Shanghai.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    /// Which one.
    pub finding: FindingId,
    /// Where; of merged sites the surviving one.
    pub site: SiteId,
    /// The 12-digit division of the site; empty when it is not known.
    pub region: String,
    /// The sector (行业领域); empty when it is not known.
    pub sector: String,
    /// How it came to be known.
    pub channel: String,
    /// How grave.
    pub level: Level,
    /// What major hazards are counted by; `None`: written freely, it counts by itself.
    pub hazard_key: Option<String>,
    /// Found.
    pub found: NaiveDate,
    /// To be put right by, after extensions.
    pub deadline: Option<NaiveDate>,
    /// Where it stands.
    pub state: State,
    /// Struck off (销号), if it is.
    pub closed: Option<NaiveDate>,
    /// Rechecks that were or are due.
    pub rechecks: Vec<RecheckFact>,
    /// Listings.
    pub listings: Vec<ListingFact>,
    /// 函告、通报、约谈、曝光.
    pub escalations: Vec<(Rung, NaiveDate)>,
    /// 回头看.
    pub lookbacks: Vec<Looked>,
    /// 虚假整改.
    pub false_rectification: bool,
    /// 主要负责人 or 实际控制人 was told.
    pub told: bool,
}

/// The sector (行业领域) of a finding: its checklist's; of one that was written freely the first of its site.
#[must_use]
pub fn sector_of(finding: &Finding, site: Option<&Site>) -> String {
    match (&finding.edition, site) {
        (Some(edition), _) => edition.id.clone(),
        (None, Some(site)) => site.sectors.first().cloned().unwrap_or_default(),
        (None, None) => String::new(),
    }
}

impl Fact {
    /// What the statistics know of a finding. `place`: the surviving site, its division and the sector.
    #[must_use]
    pub fn of(
        finding: &Finding,
        life: &Life,
        (site, region, sector): (SiteId, &str, &str),
        (rules, calendar, discipline): (&[OfficeRules], &Calendar, Discipline),
    ) -> Self {
        let recheck = |round: &crate::life::Round| {
            let due = recheck_due(round, rules, calendar, discipline)?;
            Some(RecheckFact {
                due,
                done: round.done,
            })
        };
        let listing = |one: &crate::life::Listed| ListingFact {
            day: one.day,
            until: one.until,
        };
        Self {
            finding: finding.id,
            site,
            region: region.to_owned(),
            sector: sector.to_owned(),
            channel: finding.channel.clone(),
            level: finding.level.clone(),
            hazard_key: finding.hazard_key.clone(),
            found: life.found,
            deadline: life.deadline,
            state: life.state,
            closed: life.closed,
            rechecks: life.rounds.iter().filter_map(recheck).collect(),
            listings: life.listings.iter().map(listing).collect(),
            escalations: life.escalations.clone(),
            lookbacks: life.lookbacks.clone(),
            false_rectification: life.false_rectification,
            told: life.responsible_told(),
        }
    }
}

/// What is counted: one hazard, told by one finding or several.
#[derive(Debug, Clone, PartialEq)]
pub struct Hazard {
    /// The findings that tell it, the earliest first. What was withdrawn (误判) is none of them.
    pub findings: Vec<FindingId>,
    /// What they say together: found at the earliest, struck off when all are, at the latest day; the
    /// deadline is the earliest of those that stand, or of all when none does; region, sector and channel are
    /// those of the earliest; rechecks, listings and the like are all of theirs; it was told when one was.
    pub fact: Fact,
}

impl Hazard {
    /// Whether it stands.
    #[must_use]
    pub fn open(&self) -> bool {
        self.fact.closed.is_none()
    }
}

/// The hazards that findings are, in the order in which they were found.
///
/// A major one counts once by site and hazard key; every other finding is a hazard of its own. What was withdrawn (误判) was none and is left out.
#[must_use]
pub fn hazards(facts: impl IntoIterator<Item = Fact>) -> Vec<Hazard> {
    let mut facts: Vec<Fact> = facts
        .into_iter()
        .filter(|fact| fact.state != State::Withdrawn)
        .collect();
    facts.sort_by_key(|fact| (fact.found, fact.finding));
    let mut known: HashMap<(SiteId, String), usize> = HashMap::new();
    let mut all: Vec<Hazard> = Vec::new();
    for mut fact in facts {
        // A state that no day of closing goes with stands: a calm that nobody can date is none.
        if fact.state != State::Closed {
            fact.closed = None;
        }
        if fact.region.len() != DIVISION_DIGITS
            || !fact.region.bytes().all(|digit| digit.is_ascii_digit())
        {
            fact.region.clear();
        }
        let key = fact
            .hazard_key
            .clone()
            .filter(|_| fact.level == Level::Major);
        let place = key.map(|key| *known.entry((fact.site, key)).or_insert(all.len()));
        match place.and_then(|place| all.get_mut(place)) {
            Some(hazard) => join(hazard, fact),
            None => all.push(Hazard {
                findings: vec![fact.finding],
                fact,
            }),
        }
    }
    all
}

fn join(hazard: &mut Hazard, fact: Fact) {
    hazard.findings.push(fact.finding);
    let one = &mut hazard.fact;
    let earlier = |a: Option<NaiveDate>, b: Option<NaiveDate>| match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    };
    one.deadline = match (one.closed.is_some(), fact.closed.is_some()) {
        (true, false) => fact.deadline,
        (false, true) => one.deadline,
        _ => earlier(one.deadline, fact.deadline),
    };
    if one.closed.is_some() && fact.closed.is_none() {
        one.state = fact.state;
    }
    one.closed = one.closed.zip(fact.closed).map(|(a, b)| a.max(b));
    one.rechecks.extend(fact.rechecks);
    one.listings.extend(fact.listings);
    one.escalations.extend(fact.escalations);
    one.lookbacks.extend(fact.lookbacks);
    one.false_rectification |= fact.false_rectification;
    one.told |= fact.told;
}
