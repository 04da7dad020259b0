//! The end of a visit: who confirms it, and what is still missing.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::checklist::Edition;
use crate::fault::Fault;
use crate::finding::{Finding, Level, Step};
use crate::id::{FindingId, PersonId};
use crate::inspection::{Answer, AnswerResult, Inspection};
use crate::party::Membership;
use crate::photo::Photo;
use crate::rules::{Failure, Judgement};

/// A document of law needs so many inspectors with certificates. Source: 行政处罚法第四十二条 (at
/// least two enforcement officers), 安全生产执法程序规定 (they show their certificates).
pub const ENFORCERS_MIN: usize = 2;

/// An inspector confirms with the own password what a visit found (执法人员确认).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    /// Who.
    pub person: PersonId,
    /// The number of the enforcement certificate on the day.
    pub certificate: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// The certificate of a person on a day; `None`: not entitled to enforce.
#[must_use]
pub fn certificate(memberships: &[Membership], person: PersonId, day: NaiveDate) -> Option<&str> {
    memberships
        .iter()
        .filter(|post| post.person == person)
        .filter(|post| post.from.is_none_or(|from| from <= day))
        .filter(|post| post.until.is_none_or(|until| day <= until))
        .filter_map(|post| post.certificate.as_deref())
        .map(str::trim)
        .find(|number| !number.is_empty())
}

/// Whether these confirmations make a visit an enforcement inspection (执法检查): from one that is not,
/// no document of law can be made.
///
/// # Errors
/// `not_an_inspector` for somebody who was not on the visit; `certificate_missing`;
/// `two_inspectors_needed`, also when one confirmed twice.
pub fn check_enforcement(inspection: &Inspection, confirmed: &[Confirmation]) -> Result<(), Fault> {
    let mut people: Vec<PersonId> = Vec::new();
    for one in confirmed {
        if !inspection.inspectors.contains(&one.person) {
            return Err(Fault::invalid("not_an_inspector", "inspectors"));
        }
        if one.certificate.trim().is_empty() {
            return Err(Fault::invalid("certificate_missing", "inspectors"));
        }
        if !people.contains(&one.person) {
            people.push(one.person);
        }
    }
    if people.len() < ENFORCERS_MIN {
        return Err(Fault::invalid("two_inspectors_needed", "inspectors"));
    }
    Ok(())
}

/// Something that a person may want to complete before a visit ends. None of it holds the end up:
/// what is not answered counts as 未查, and nobody is driven to click through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[ts(export)]
pub enum Missing {
    /// A failed item that no hazard was written for.
    NoFinding {
        /// The item.
        at: Place,
    },
    /// Major or not depends on conditions that nobody ticked.
    Undecided {
        /// The item.
        at: Place,
    },
    /// A hazard without a photo.
    NoPhoto {
        /// The finding.
        finding: FindingId,
        /// What is wrong.
        hazard: String,
        /// It is a major one.
        major: bool,
        /// Its item.
        at: Option<Place>,
    },
    /// A hazard that stands, without a day to put it right.
    NoDeadline {
        /// The finding.
        finding: FindingId,
        /// What is wrong.
        hazard: String,
        /// Its item.
        at: Option<Place>,
    },
    /// 无法判定: it stays open.
    Undetermined {
        /// The item.
        at: Place,
    },
    /// Items of a group without an answer.
    Open {
        /// The group.
        group: String,
        /// How many.
        count: usize,
        /// The first of them.
        at: Place,
    },
}

/// An item of a visit, at one of its facilities.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export, rename = "ItemPlace")]
pub struct Place {
    /// The edition's id.
    pub edition: String,
    /// The item's code.
    pub item: String,
    /// The facility; empty for the only one.
    pub facility: String,
}

/// One question of a visit as it stands.
#[derive(Debug, Clone)]
pub struct Asked<'a> {
    /// The edition.
    pub edition: &'a Edition,
    /// The item's code.
    pub item: &'a str,
    /// Its group.
    pub group: &'a str,
    /// The facility.
    pub facility: &'a str,
    /// Its answer; one that was taken back is none.
    pub answer: Option<&'a Answer>,
    /// What follows from it.
    pub judged: Judgement,
}

impl Asked<'_> {
    fn place(&self) -> Place {
        Place {
            edition: self.edition.id.clone(),
            item: self.item.to_owned(),
            facility: self.facility.to_owned(),
        }
    }

    fn is(&self, finding: &Finding) -> bool {
        finding.item.as_deref() == Some(self.item)
            && finding.facility == self.facility
            && finding
                .edition
                .as_ref()
                .is_some_and(|edition| edition.id == self.edition.id)
    }
}

/// What is missing, the gravest first.
#[must_use]
pub fn missing(
    asked: &[Asked<'_>],
    findings: &[(&Finding, Step)],
    photos: &[Photo],
) -> Vec<Missing> {
    let failed = |one: &&Asked<'_>| {
        let result = one.answer.map(|answer| &answer.result);
        result == Some(&AnswerResult::NonCompliant)
    };
    let mut list = Vec::new();
    for one in asked.iter().filter(failed) {
        if !findings.iter().any(|(finding, _)| one.is(finding)) {
            list.push(Missing::NoFinding { at: one.place() });
        }
    }
    for one in asked.iter().filter(failed) {
        if one.judged.failure == Failure::Undecided {
            list.push(Missing::Undecided { at: one.place() });
        }
    }
    let at = |finding: &Finding| asked.iter().find(|one| one.is(finding)).map(Asked::place);
    for (finding, _) in findings {
        if !photos.iter().any(|photo| photo.finding == Some(finding.id)) {
            list.push(Missing::NoPhoto {
                finding: finding.id,
                hazard: finding.hazard.clone(),
                major: finding.level == Level::Major,
                at: at(finding),
            });
        }
    }
    for (finding, state) in findings {
        if finding.deadline.is_none() && *state != Step::Closed {
            list.push(Missing::NoDeadline {
                finding: finding.id,
                hazard: finding.hazard.clone(),
                at: at(finding),
            });
        }
    }
    for one in asked {
        let result = one.answer.map(|answer| &answer.result);
        if result == Some(&AnswerResult::Undetermined) {
            list.push(Missing::Undetermined { at: one.place() });
        }
    }
    for one in asked.iter().filter(|one| one.answer.is_none()) {
        let same = list.iter_mut().find_map(|missing| match missing {
            Missing::Open { group, count, at }
                if group == one.group && at.edition == one.edition.id =>
            {
                Some(count)
            }
            _ => None,
        });
        match same {
            Some(count) => *count += 1,
            None => list.push(Missing::Open {
                group: one.group.to_owned(),
                count: 1,
                at: one.place(),
            }),
        }
    }
    list
}
