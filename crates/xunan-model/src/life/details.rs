//! What the steps of a finding say beside who and when.
//!
//! Every field may be absent, so that a step of any program can be read; what a step needs is asked by
//! the guards of the table. What a newer program added stays in `extra`.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::codes::{Capacity, Destination, ListingLevel, RecheckBy, Rung, Verdict, Way};
use crate::fault::{Fault, check_length};
use crate::finding::{HAZARD_CHARS_MAX, Step, Transition};
use crate::finish::Confirmation;
use crate::id::{PersonId, PhotoId, TransitionId};

/// The most entries of a list in the details of a step.
pub const DETAILS_LIST_MAX: usize = 100;

/// Makes the structs of details: every field may be absent, and what is not known is kept.
macro_rules! details {
    ($($(#[$meta:meta])* $name:ident $(as $ts:literal)? { $($(#[$fmeta:meta])* $field:ident: $type:ty,)* })+) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, ts_rs::TS)]
        #[serde(default)]
        #[ts(export $(, rename = $ts)?)]
        pub struct $name {
            $($(#[$fmeta])* pub $field: $type,)*
            /// What a newer program added.
            #[serde(flatten)]
            #[ts(skip)]
            pub extra: Map<String, Value>,
        }
    )+};
}

details! {
    /// A step that says nothing more.
    Plain as "PlainDetails" {}

    /// Somebody who was told.
    NotedPerson {
        /// The name.
        name: String,
        /// What he or she is to the organization.
        capacity: Option<Capacity>,
    }

    /// 告知: who was told, how, and what proves it.
    Notice as "NoticeDetails" {
        /// Who was told.
        people: Vec<NotedPerson>,
        /// How.
        way: Option<Way>,
        /// Photos of the receipt, or of the note about a call.
        proof: Vec<PhotoId>,
    }

    /// 整改方案. The first five are 五落实 (责任、措施、资金、时限、预案), which a major hazard needs whole;
    /// the others complete the six parts of the plan (治理方案, 原安监总局令第16号§15) and are free.
    Plan as "PlanDetails" {
        /// 整改责任人.
        responsible: String,
        /// 整改措施.
        measures: String,
        /// 整改资金: in 万元, or in words where none is needed.
        funds: String,
        /// 整改时限: not after the deadline.
        due: Option<NaiveDate>,
        /// 应急预案 and what keeps people safe meanwhile.
        emergency: String,
        /// 目标和任务.
        goal: String,
        /// 机构和人员.
        organization: String,
        /// 物资.
        materials: String,
    }

    /// 申请复查: the party says that it is done.
    Request as "RequestDetails" {
        /// The day on which it was asked; absent: the step's own day.
        day: Option<NaiveDate>,
        /// The party's photos of what it did.
        photos: Vec<PhotoId>,
    }

    /// 复查, and 回头看.
    Recheck as "RecheckDetails" {
        /// What was found.
        verdict: Option<Verdict>,
        /// By whom it was ordered.
        authority: Option<RecheckBy>,
        /// Who rechecked; for an authority each with the certificate of the day.
        #[ts(type = "Array<{ person: string, certificate: string, at: string }>")]
        inspectors: Vec<Confirmation>,
        /// The day; absent: the step's own day.
        day: Option<NaiveDate>,
        /// 整改后照片, from the place where the one before was taken.
        photos: Vec<PhotoId>,
        /// The visit on which it was rechecked.
        inspection: Option<crate::id::InspectionId>,
        /// 整改复查意见书文号.
        document: String,
        /// 虚假整改: what was told as put right was not. Never taken back.
        false_rectification: bool,
    }

    /// 延期.
    Extension as "ExtensionDetails" {
        /// The deadline that it puts off, as its author saw it.
        from: Option<NaiveDate>,
        /// The new one.
        until: Option<NaiveDate>,
        /// The day on which the party asked.
        asked: Option<NaiveDate>,
        /// Who approved.
        approver: Option<PersonId>,
        /// The number of the document.
        document: String,
    }

    /// 停产停用. Source: 安全生产法§65(三).
    Suspension as "SuspensionDetails" {
        /// What was ordered: 撤出人员、停产停业、停止施工、停止使用.
        measure: String,
        /// 现场处理措施决定书文号.
        document: String,
    }

    /// 恢复: only after examination (经审查同意). Source: 安全生产法§65(三).
    Resumption as "ResumptionDetails" {
        /// Who examined and agreed.
        approver: Option<PersonId>,
        /// The number of the document.
        document: String,
    }

    /// 挂牌督办. Source: 安全生产法§41 third paragraph.
    Listing as "ListingDetails" {
        /// Who supervises.
        level: Option<ListingLevel>,
        /// 督办通知书文号.
        number: String,
        /// The day; absent: the step's own day.
        day: Option<NaiveDate>,
    }

    /// 摘牌.
    Delisting as "DelistingDetails" {
        /// Who approved.
        approver: Option<PersonId>,
        /// The number of the document.
        number: String,
        /// The day; absent: the step's own day.
        day: Option<NaiveDate>,
    }

    /// 函告、通报、约谈、曝光.
    Escalation as "EscalationDetails" {
        /// Which.
        rung: Option<Rung>,
        /// The number of the document.
        document: String,
        /// The day; absent: the step's own day.
        day: Option<NaiveDate>,
    }

    /// 移送.
    Transfer as "TransferDetails" {
        /// To whom.
        to: Option<Destination>,
        /// 移送书文号.
        document: String,
    }

    /// 撤回: it was a misjudgement (误判), two people say so.
    Withdrawal as "WithdrawalDetails" {
        /// The two.
        people: Vec<PersonId>,
    }

    /// 销号. Source: 三年行动方案§14 (审核把关销号).
    Closure as "ClosureDetails" {
        /// 整改前照片.
        before: Vec<PhotoId>,
        /// 整改后照片.
        after: Vec<PhotoId>,
        /// 验收人: two for a major hazard.
        reviewers: Vec<PersonId>,
        /// 审核人: neither of them.
        approver: Option<PersonId>,
        /// The number of the document.
        document: String,
        /// The day; absent: the step's own day.
        day: Option<NaiveDate>,
        /// Why a suspended place need not be resumed: it stays out of use for good (已拆除、已关闭).
        remains_shut: String,
    }

    /// 重新立项.
    Reopening as "ReopeningDetails" {
        /// The new day by which it must be put right.
        deadline: Option<NaiveDate>,
        /// 虚假整改. Never taken back.
        false_rectification: bool,
    }

    /// 裁定: which of contradicting steps stand. Nothing is erased.
    Ruling as "RulingDetails" {
        /// Those that stand: each is taken as knowing the others.
        stand: Vec<TransitionId>,
        /// Those that are set aside.
        set_aside: Vec<TransitionId>,
    }
}

/// What a step says, by its kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS)]
#[serde(tag = "step", rename_all = "snake_case")]
#[ts(export, rename = "StepDetails")]
pub enum Details {
    /// 发现.
    Found(Plain),
    /// 已告知.
    Notified(Notice),
    /// 整改中.
    Rectifying(Plan),
    /// 申请复查.
    RecheckRequested(Request),
    /// 已复查.
    Rechecked(Recheck),
    /// 延期.
    Extended(Extension),
    /// 停产停用.
    Suspended(Suspension),
    /// 恢复.
    Resumed(Resumption),
    /// 挂牌.
    Listed(Listing),
    /// 摘牌.
    Delisted(Delisting),
    /// 升级督促.
    Escalated(Escalation),
    /// 移送.
    Transferred(Transfer),
    /// 撤回.
    Withdrawn(Withdrawal),
    /// 销号.
    Closed(Closure),
    /// 重新立项.
    Reopened(Reopening),
    /// 回头看.
    Lookback(Recheck),
    /// 裁定.
    Decided(Ruling),
}

/// Which way a step that judges points; the table tells its rows apart by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Conclusion {
    /// Put right.
    Good,
    /// Not, not wholly, or not told.
    Bad,
}

impl Details {
    /// What a step says. `None` for a step that this program does not know.
    ///
    /// # Errors
    /// `details_unreadable` when a known step has details of another shape.
    pub fn of(transition: &Transition) -> Result<Option<Self>, Fault> {
        if matches!(transition.step, Step::Unknown(_)) {
            return Ok(None);
        }
        let mut fields = transition.details.clone();
        fields.insert("step".to_owned(), Value::from(transition.step.as_str()));
        serde_json::from_value(Value::Object(fields))
            .map(Some)
            .map_err(|_| Fault::invalid("details_unreadable", "details"))
    }

    /// The step that it is of, and its fields as a [`Transition`] keeps them.
    ///
    /// # Errors
    /// When it cannot be written as JSON.
    pub fn stored(&self) -> Result<(Step, Map<String, Value>), serde_json::Error> {
        let Value::Object(mut fields) = serde_json::to_value(self)? else {
            return Err(serde::ser::Error::custom("details must be an object"));
        };
        let step = fields.remove("step");
        let says = |value: &Value| match value {
            Value::Null | Value::Bool(false) => false,
            Value::String(text) => !text.is_empty(),
            Value::Array(values) => !values.is_empty(),
            _ => true,
        };
        fields.retain(|_, value| says(value));
        let step = Step::from(step.as_ref().and_then(Value::as_str).unwrap_or_default());
        Ok((step, fields))
    }

    /// Which way it points; `None` for a step that judges nothing.
    #[must_use]
    pub fn conclusion(&self) -> Option<Conclusion> {
        match self {
            Self::Rechecked(seen) | Self::Lookback(seen) => Some(match seen.verdict {
                Some(Verdict::Pass) if !seen.false_rectification => Conclusion::Good,
                _ => Conclusion::Bad,
            }),
            _ => None,
        }
    }

    /// Who approved, where a step names an approver.
    #[must_use]
    pub fn approver(&self) -> Option<PersonId> {
        match self {
            Self::Extended(it) => it.approver,
            Self::Resumed(it) => it.approver,
            Self::Delisted(it) => it.approver,
            Self::Closed(it) => it.approver,
            _ => None,
        }
    }

    /// The day of what it tells, where that may be another than the step's own.
    pub(super) fn day(&self) -> Option<NaiveDate> {
        match self {
            Self::RecheckRequested(it) => it.day,
            Self::Rechecked(it) | Self::Lookback(it) => it.day,
            Self::Extended(it) => it.asked,
            Self::Listed(it) => it.day,
            Self::Delisted(it) => it.day,
            Self::Escalated(it) => it.day,
            Self::Closed(it) => it.day,
            _ => None,
        }
    }

    /// Whether it says that what was told as put right was not.
    pub(super) fn tells_false_rectification(&self) -> bool {
        match self {
            Self::Rechecked(seen) | Self::Lookback(seen) => seen.false_rectification,
            Self::Reopened(it) => it.false_rectification,
            _ => false,
        }
    }
}

/// Refuses details above the limits: texts of [`HAZARD_CHARS_MAX`] characters, lists of [`DETAILS_LIST_MAX`].
///
/// # Errors
/// `text_too_long`, `list_too_long`.
pub(super) fn check_limits(details: &Map<String, Value>) -> Result<(), Fault> {
    let mut waiting: Vec<&Value> = details.values().collect();
    while let Some(value) = waiting.pop() {
        let inner: Vec<&Value> = match value {
            Value::String(text) => {
                check_length(text, HAZARD_CHARS_MAX, "details")?;
                continue;
            }
            Value::Array(values) => values.iter().collect(),
            Value::Object(fields) => fields.values().collect(),
            _ => continue,
        };
        if inner.len() > DETAILS_LIST_MAX {
            return Err(Fault::invalid("list_too_long", "details").with("max", DETAILS_LIST_MAX));
        }
        waiting.extend(inner);
    }
    Ok(())
}
