//! The end of a visit: who confirms it, and what is still missing.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::checklist::Edition;
use crate::digest::Digest;
use crate::fault::{Code, Fault};
use crate::finding::{Finding, Level, Step};
use crate::id::{FindingId, PersonId};
use crate::inspection::{Answer, AnswerResult, Finished, Inspection};
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

impl Finished {
    /// Whether this was an enforcement inspection (执法检查): two different people with certificates
    /// confirmed what was frozen. Without that, also for a visit that an earlier program finished, it
    /// is a check record, and no document of law can be made from it.
    #[must_use]
    pub fn enforcement(&self) -> bool {
        let certified = self
            .confirmed
            .iter()
            .filter(|one| !one.certificate.trim().is_empty());
        let people: BTreeSet<PersonId> = certified.map(|one| one.person).collect();
        people.len() >= ENFORCERS_MIN
    }
}

/// What an inspector read is still what the visit says: what another laptop sent in between was
/// read by nobody, so nobody can confirm it.
///
/// # Errors
/// `changed_since_read`.
pub fn check_read(read: Option<Digest>, now: Digest) -> Result<(), Fault> {
    if read == Some(now) {
        return Ok(());
    }
    Err(Fault::new(Code::Conflict, "changed_since_read"))
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

/// Something that a person may want to complete before a visit ends. Nearly none of it holds the end
/// up: what is not answered counts as 未查, and nobody is driven to click through.
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
    /// Two people wrote different facts and nobody has decided. This alone holds an enforcement
    /// inspection up: deciding it afterwards would change what two people had confirmed.
    Disputed {
        /// The finding, when it is about one.
        finding: Option<FindingId>,
        /// What it is about, where it can be told.
        text: String,
        /// Its item.
        at: Option<Place>,
    },
    /// A hazard whose clause no document may cite: 待核.
    ToVerify {
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

/// A finding of a visit as it stands.
#[derive(Debug, Clone)]
pub struct Standing<'a> {
    /// The finding.
    pub finding: &'a Finding,
    /// Where it stands.
    pub state: Step,
    /// Whether a document of law may cite its clause.
    pub citable: bool,
}

/// What is missing, the gravest first. `disputed`: the records of which a fact waits for a person's
/// decision.
#[must_use]
pub fn missing(
    asked: &[Asked<'_>],
    findings: &[Standing<'_>],
    photos: &[Photo],
    disputed: &BTreeSet<Uuid>,
) -> Vec<Missing> {
    let mut list = disputes(asked, findings, disputed);
    list.extend(failures(asked, findings));
    list.extend(incomplete(asked, findings, photos));
    list.extend(open(asked));
    list
}

fn place_of(asked: &[Asked<'_>], finding: &Finding) -> Option<Place> {
    asked.iter().find(|one| one.is(finding)).map(Asked::place)
}

fn disputes(
    asked: &[Asked<'_>],
    findings: &[Standing<'_>],
    disputed: &BTreeSet<Uuid>,
) -> Vec<Missing> {
    let answers = asked
        .iter()
        .filter(|one| {
            one.answer
                .is_some_and(|answer| disputed.contains(&answer.id.0))
        })
        .map(|one| Missing::Disputed {
            finding: None,
            text: one.item.to_owned(),
            at: Some(one.place()),
        });
    let findings = findings
        .iter()
        .map(|one| one.finding)
        .filter(|finding| disputed.contains(&finding.id.0))
        .map(|finding| Missing::Disputed {
            finding: Some(finding.id),
            text: finding.hazard.clone(),
            at: place_of(asked, finding),
        });
    answers.chain(findings).collect()
}

/// Failed items that lack a hazard, or of which it is open how grave they are.
fn failures(asked: &[Asked<'_>], findings: &[Standing<'_>]) -> Vec<Missing> {
    let failed: Vec<&Asked<'_>> = asked
        .iter()
        .filter(|one| {
            one.answer
                .is_some_and(|answer| answer.result == AnswerResult::NonCompliant)
        })
        .collect();
    let alone = failed
        .iter()
        .filter(|one| !findings.iter().any(|known| one.is(known.finding)))
        .map(|one| Missing::NoFinding { at: one.place() });
    let undecided = failed
        .iter()
        .filter(|one| one.judged.failure == Failure::Undecided)
        .map(|one| Missing::Undecided { at: one.place() });
    alone.chain(undecided).collect()
}

/// What hazards lack: photos, those of the major ones first, then deadlines, then clauses.
fn incomplete(asked: &[Asked<'_>], findings: &[Standing<'_>], photos: &[Photo]) -> Vec<Missing> {
    let proved = |finding: &Finding| {
        let proves = |photo: &Photo| {
            photo.finding == Some(finding.id)
                || photo.finding.is_none()
                    && photo.item.is_some()
                    && photo.item == finding.item
                    && photo.facility == finding.facility
        };
        photos.iter().any(proves)
    };
    let mut list = Vec::new();
    for major in [true, false] {
        let unproved = findings
            .iter()
            .map(|one| one.finding)
            .filter(|finding| (finding.level == Level::Major) == major && !proved(finding));
        list.extend(unproved.map(|finding| Missing::NoPhoto {
            finding: finding.id,
            hazard: finding.hazard.clone(),
            major,
            at: place_of(asked, finding),
        }));
    }
    for one in findings {
        if one.finding.deadline.is_none() && !one.state.ends() {
            list.push(Missing::NoDeadline {
                finding: one.finding.id,
                hazard: one.finding.hazard.clone(),
                at: place_of(asked, one.finding),
            });
        }
    }
    for one in findings.iter().filter(|one| !one.citable) {
        list.push(Missing::ToVerify {
            finding: one.finding.id,
            hazard: one.finding.hazard.clone(),
            at: place_of(asked, one.finding),
        });
    }
    list
}

/// What stays open: 无法判定 one by one, unanswered items by group.
fn open(asked: &[Asked<'_>]) -> Vec<Missing> {
    let undetermined = |one: &&Asked<'_>| {
        one.answer
            .is_some_and(|answer| answer.result == AnswerResult::Undetermined)
    };
    let mut list: Vec<Missing> = asked
        .iter()
        .filter(undetermined)
        .map(|one| Missing::Undetermined { at: one.place() })
        .collect();
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
