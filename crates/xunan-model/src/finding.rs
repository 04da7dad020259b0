//! A hazard and its life. The state is derived from the steps, never stored.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::checklist::EditionRef;
use crate::fault::{Fault, check_length};
use crate::id::{FindingId, InspectionId, PersonId, SiteId, TransitionId};
use crate::inspection::FACILITY_CHARS_MAX;
use crate::life::Life;
use crate::open_enum::open_enum;
use crate::record::records;

records! { Finding => Finding, Transition => Transition }

/// The longest text of a hazard, in characters.
pub const HAZARD_CHARS_MAX: usize = 2_000;

open_enum! {
    /// How grave a hazard is.
    Level {
        /// 重大事故隐患.
        Major = "major",
        /// 一般隐患.
        General = "general",
        /// 综合判定要素: counts only through its rule; alone it is a general hazard.
        Element = "element",
    }
}

open_enum! {
    /// A step in a finding's life (环节); also how a list names the state that it led to. What each needs
    /// and where it leads is the table of [`crate::life`].
    Step {
        /// 发现.
        Found = "found",
        /// 已告知.
        Notified = "notified",
        /// 整改中.
        Rectifying = "rectifying",
        /// 申请复查.
        RecheckRequested = "recheck_requested",
        /// 已复查, with its verdict.
        Rechecked = "rechecked",
        /// 延期.
        Extended = "extended",
        /// 停产停用.
        Suspended = "suspended",
        /// 恢复生产使用.
        Resumed = "resumed",
        /// 挂牌督办.
        Listed = "listed",
        /// 摘牌.
        Delisted = "delisted",
        /// 函告、通报、约谈、曝光.
        Escalated = "escalated",
        /// 移送.
        Transferred = "transferred",
        /// 撤回（误判）.
        Withdrawn = "withdrawn",
        /// 已销号.
        Closed = "closed",
        /// 重新立项: a later look found it again.
        Reopened = "reopened",
        /// 回头看.
        Lookback = "lookback",
        /// 裁定: a person settles a contradiction.
        Decided = "decided",
    }
}

impl Step {
    /// Whether it ends a finding's life: struck off, or withdrawn as misjudged.
    #[must_use]
    pub fn ends(&self) -> bool {
        matches!(self, Self::Closed | Self::Withdrawn)
    }
}

/// A hazard (隐患).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// Which one.
    pub id: FindingId,
    /// The visit that found it.
    pub inspection: InspectionId,
    /// Where.
    pub site: SiteId,
    /// The edition it was made under, when it comes from an item.
    #[serde(default)]
    pub edition: Option<EditionRef>,
    /// The item's code.
    #[serde(default)]
    pub item: Option<String>,
    /// Which of several facilities of the site; empty for the only one.
    #[serde(default)]
    pub facility: String,
    /// Major hazards are counted by this key, not by item.
    #[serde(default)]
    pub hazard_key: Option<String>,
    /// How grave.
    pub level: Level,
    /// What is wrong.
    pub hazard: String,
    /// Where on the site.
    #[serde(default)]
    pub part: String,
    /// The clause that it rests on.
    #[serde(default)]
    pub basis: String,
    /// Whether a document of law may cite that clause; else it is 待核.
    #[serde(default)]
    pub citable: bool,
    /// How it came to be known: `inspection` 督导检查发现, `self_report` 企业自查上报, `tip_off` 群众举报查实.
    pub channel: String,
    /// The day by which it must be put right (Asia/Shanghai).
    #[serde(default)]
    pub deadline: Option<NaiveDate>,
    /// A remark.
    #[serde(default)]
    pub note: String,
    /// When it was found.
    pub found: DateTime<Utc>,
    /// By whom.
    pub by: PersonId,
    /// What a newer program added.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// One step in a finding's life (环节). Only appended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Transition {
    /// Which one.
    pub id: TransitionId,
    /// The finding.
    pub finding: FindingId,
    /// What happened.
    pub step: Step,
    /// When.
    pub at: DateTime<Utc>,
    /// Who did it.
    pub by: PersonId,
    /// Why.
    #[serde(default)]
    pub reason: String,
    /// What the step needs to say, as [`crate::life::Details`] reads it; empty for the steps of early
    /// programs, and kept as it came.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub details: Map<String, Value>,
    /// All steps of the finding that its author knew. A step that calms counts only against these;
    /// `None` from early programs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<Vec<TransitionId>>,
    /// What a newer program added.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// The state that the steps lead to, as lists name it. Never `closed` while a contradiction is open.
#[must_use]
pub fn state(finding: &Finding, steps: &[Transition]) -> Step {
    Life::of(finding, steps).state.step()
}

/// How many major hazards these findings are: by hazard key, because several items can be one hazard.
/// One without a key, written freely, counts by itself.
#[must_use]
pub fn major_hazards<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> usize {
    let mut keys = BTreeSet::new();
    let mut free = 0;
    for finding in findings {
        match &finding.hazard_key {
            _ if finding.level != Level::Major => {}
            Some(key) => {
                keys.insert(key);
            }
            None => free += 1,
        }
    }
    keys.len() + free
}

/// Whether two findings are together one major hazard: what [`major_hazards`] counts once.
#[must_use]
pub fn same_major_hazard(one: &Finding, other: &Finding) -> bool {
    let major = one.level == Level::Major && other.level == Level::Major;
    major && one.hazard_key.is_some() && one.hazard_key == other.hazard_key
}

/// Whether the day after the deadline has come and the hazard still stands. Both days are of Asia/Shanghai.
#[must_use]
pub fn overdue(state: &Step, deadline: Option<NaiveDate>, today: NaiveDate) -> bool {
    !state.ends() && deadline.is_some_and(|day| today > day)
}

/// A finding as a screen edits it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct FindingDraft {
    /// The finding that is edited; none for a new one.
    pub id: Option<FindingId>,
    /// The visit.
    pub inspection: InspectionId,
    /// The edition's id, when it comes from an item.
    pub edition: Option<String>,
    /// The item's code.
    pub item: Option<String>,
    /// Which of several facilities of the site; empty for the only one.
    pub facility: String,
    /// How grave.
    pub level: Level,
    /// What is wrong.
    pub hazard: String,
    /// Where on the site.
    pub part: String,
    /// The clause.
    pub basis: String,
    /// Whether a document may cite it.
    pub citable: bool,
    /// What to photograph; not stored with the finding.
    pub evidence: Vec<String>,
    /// The day by which it must be put right.
    #[ts(type = "string | null")]
    pub deadline: Option<NaiveDate>,
    /// A remark.
    pub note: String,
}

impl FindingDraft {
    /// Whether the texts are there and within their limits.
    ///
    /// # Errors
    /// `hazard_required`, `text_too_long`, `level_unknown`.
    pub fn check(&self) -> Result<(), Fault> {
        if self.hazard.trim().is_empty() {
            return Err(Fault::invalid("hazard_required", "hazard"));
        }
        if matches!(self.level, Level::Unknown(_)) {
            return Err(Fault::invalid("level_unknown", "level"));
        }
        check_length(&self.hazard, HAZARD_CHARS_MAX, "hazard")?;
        check_length(&self.part, 200, "part")?;
        check_length(&self.facility, FACILITY_CHARS_MAX, "facility")?;
        check_length(&self.basis, 1_000, "basis")?;
        check_length(&self.note, HAZARD_CHARS_MAX, "note")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn found(level: Level, hazard_key: Option<&str>) -> Finding {
        Finding {
            id: FindingId(Uuid::nil()),
            inspection: InspectionId(Uuid::nil()),
            site: SiteId(Uuid::nil()),
            edition: None,
            item: None,
            facility: String::new(),
            hazard_key: hazard_key.map(str::to_owned),
            level,
            hazard: String::new(),
            part: String::new(),
            basis: String::new(),
            citable: false,
            channel: String::new(),
            deadline: None,
            note: String::new(),
            found: DateTime::UNIX_EPOCH,
            by: PersonId(Uuid::nil()),
            extra: Map::new(),
        }
    }

    #[test]
    fn major_hazards_are_counted_by_key_and_not_by_finding() {
        let findings = [
            found(Level::Major, Some("88号|一(一)2")),
            found(Level::Major, Some("88号|一(一)2")),
            found(Level::Major, Some("88号|一(一)3")),
            found(Level::General, Some("88号|一(一)4")),
            found(Level::Major, None),
            found(Level::Major, None),
        ];
        assert_eq!(major_hazards(&findings), 4);
    }

    #[test]
    fn it_is_overdue_on_the_day_after_the_deadline() {
        let day = |d| NaiveDate::from_ymd_opt(2026, 11, d);
        assert!(!overdue(&Step::Found, day(23), day(23).unwrap()));
        assert!(overdue(&Step::Found, day(23), day(24).unwrap()));
        assert!(!overdue(&Step::Closed, day(23), day(24).unwrap()));
        assert!(!overdue(&Step::Withdrawn, day(23), day(24).unwrap()));
        assert!(!overdue(&Step::Found, None, day(24).unwrap()));
    }
}
