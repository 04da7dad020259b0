//! Where a finding stands.

use serde::{Deserialize, Serialize};

use crate::finding::Step;

/// Where a finding stands. What runs beside it (挂牌, 停产停用, 移送) are flags of the
/// [`Life`](super::Life), because a listed hazard is rectified like any other.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ts_rs::TS,
)]
#[serde(rename_all = "snake_case")]
#[ts(export, rename = "LifeState")]
pub enum State {
    /// 发现: nobody was told yet.
    Found,
    /// 已告知.
    Notified,
    /// 回头看不合格或重新立项: it was ended, and stands again.
    Reopened,
    /// 整改中.
    Rectifying,
    /// 复查未通过: in part or not at all put right.
    Unsatisfied,
    /// 申请复查: the party says that it is done.
    RecheckRequested,
    /// 复查合格, not struck off yet.
    Passed,
    /// 已销号.
    Closed,
    /// 已撤回（误判）.
    Withdrawn,
}

impl State {
    /// All of them, from the least calm to the calmest.
    pub const ALL: [Self; 9] = [
        Self::Found,
        Self::Notified,
        Self::Reopened,
        Self::Rectifying,
        Self::Unsatisfied,
        Self::RecheckRequested,
        Self::Passed,
        Self::Closed,
        Self::Withdrawn,
    ];

    /// Those in which the hazard stands.
    pub const OPEN: [Self; 7] = [
        Self::Found,
        Self::Notified,
        Self::Reopened,
        Self::Rectifying,
        Self::Unsatisfied,
        Self::RecheckRequested,
        Self::Passed,
    ];

    /// Whether nobody has to do anything any more.
    #[must_use]
    pub fn ended(self) -> bool {
        matches!(self, Self::Closed | Self::Withdrawn)
    }

    /// How a list names it: by the step that led to it.
    #[must_use]
    pub fn step(self) -> Step {
        match self {
            Self::Found => Step::Found,
            Self::Notified => Step::Notified,
            Self::Reopened => Step::Reopened,
            Self::Rectifying => Step::Rectifying,
            Self::Unsatisfied | Self::Passed => Step::Rechecked,
            Self::RecheckRequested => Step::RecheckRequested,
            Self::Closed => Step::Closed,
            Self::Withdrawn => Step::Withdrawn,
        }
    }

    /// The less calm of two states: which one stands while people contradict each other.
    #[must_use]
    pub(super) fn safer(self, other: Self) -> Self {
        self.min(other)
    }
}
