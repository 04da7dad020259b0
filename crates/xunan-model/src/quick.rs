//! Quick checks (快查): a station's round through small premises, one key per hazard.
//!
//! Nothing here is a record of its own. A quick check is an [`Inspection`] with answers and
//! findings; until it is finished it is a [`QuickDraft`], which a laptop keeps durably and alone.
//!
//! [`Inspection`]: crate::inspection::Inspection

mod paste;
mod preset;
mod table;

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

pub(crate) use paste::half_width;
pub use paste::{CELL_CHARS_MAX, PASTE_BYTES_MAX, PASTE_ROWS_MAX, Paste, PasteRow, PasteState};
pub use paste::{read as read_paste, sameness};
pub use preset::{Hazard, KEYS, Preset, Presets, PresetsFault};
pub use table::cells;

use crate::fault::{Code, Fault, check_length};
use crate::id::{InspectionId, SiteId};

/// The longest name of a reporter, in characters.
pub const REPORTER_CHARS_MAX: usize = 20;
/// The longest remark on a mark, in characters.
pub const MARK_NOTE_CHARS_MAX: usize = 500;
/// The longest time for putting a hazard right, in days.
pub const DAYS_MAX: u16 = 365;
/// The most photos of one quick check.
pub const PHOTOS_MAX: usize = 50;

/// A quick check that is not finished: what has been marked so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct QuickDraft {
    /// The visit that it becomes. Chosen when the premises are opened, so that saving twice saves
    /// once.
    pub check: InspectionId,
    /// The premises.
    pub site: SiteId,
    /// The preset.
    pub preset: String,
    /// Who reports, by name.
    pub reporter: String,
    /// When the premises were opened.
    #[ts(type = "string")]
    pub begun: DateTime<Utc>,
    /// The hazards seen, in the order of marking.
    pub marks: Vec<QuickMark>,
}

/// A hazard that was marked with its key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct QuickMark {
    /// The hazard's id in the preset.
    pub hazard: String,
    /// Put right on the spot (当场整改).
    pub fixed: bool,
    /// Else: how many days there are for it.
    pub days: u16,
    /// A remark; for a hazard that asks for it, what is wrong.
    pub note: String,
    /// When it was marked; the laptop fills it in.
    #[ts(type = "string | null")]
    pub at: Option<DateTime<Utc>>,
}

impl QuickDraft {
    /// Whether it may be finished under its preset.
    ///
    /// # Errors
    /// `quick_hazard_unknown` for a mark that the preset has not or has twice;
    /// `quick_note_required` for a hazard that asks what is wrong; `quick_days_wrong`;
    /// `text_too_long`.
    pub fn check(&self, preset: &Preset) -> Result<(), Fault> {
        check_length(&self.reporter, REPORTER_CHARS_MAX, "reporter")?;
        let mut seen = BTreeSet::new();
        for mark in &self.marks {
            let hazard = preset
                .hazard(&mark.hazard)
                .filter(|hazard| seen.insert(&hazard.id));
            let hazard = hazard.ok_or_else(|| {
                Fault::new(Code::Invalid, "quick_hazard_unknown").with("hazard", &mark.hazard)
            })?;
            check_length(&mark.note, MARK_NOTE_CHARS_MAX, "note")?;
            if hazard.ask && mark.note.trim().is_empty() {
                return Err(
                    Fault::invalid("quick_note_required", "note").with("hazard", &hazard.label.zh)
                );
            }
            if !mark.fixed && !(1..=DAYS_MAX).contains(&mark.days) {
                return Err(Fault::invalid("quick_days_wrong", "days").with("max", DAYS_MAX));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn draft(marks: Vec<QuickMark>) -> QuickDraft {
        QuickDraft {
            check: InspectionId(Uuid::from_u128(1)),
            site: SiteId(Uuid::from_u128(2)),
            preset: "shop".to_owned(),
            reporter: "示例甲".to_owned(),
            begun: DateTime::UNIX_EPOCH,
            marks,
        }
    }

    fn mark(hazard: &str) -> QuickMark {
        QuickMark {
            hazard: hazard.to_owned(),
            fixed: false,
            days: 3,
            note: String::new(),
            at: None,
        }
    }

    #[test]
    fn a_hazard_is_marked_once_and_only_if_the_preset_has_it() {
        let presets = preset::tests::presets();
        let preset = presets.get("shop").unwrap();
        assert_eq!(draft(vec![mark("exit_locked")]).check(preset), Ok(()));
        for marks in [
            vec![mark("exit_locked"), mark("exit_locked")],
            vec![mark("butter_lamp")],
        ] {
            let fault = draft(marks).check(preset).unwrap_err();
            assert_eq!(fault.key, "quick_hazard_unknown");
        }
    }

    #[test]
    fn what_has_no_words_of_its_own_must_be_described() {
        let presets = preset::tests::presets();
        let preset = presets.get("shop").unwrap();
        let mut other = mark("other");
        let fault = draft(vec![other.clone()]).check(preset).unwrap_err();
        assert_eq!(fault.key, "quick_note_required");
        other.note = "柜台下有汽油".to_owned();
        assert_eq!(draft(vec![other]).check(preset), Ok(()));
    }

    #[test]
    fn a_deadline_has_a_day_unless_it_was_put_right_at_once() {
        let presets = preset::tests::presets();
        let preset = presets.get("shop").unwrap();
        let mut now = mark("exit_locked");
        now.days = 0;
        let fault = draft(vec![now.clone()]).check(preset).unwrap_err();
        assert_eq!(fault.key, "quick_days_wrong");
        now.fixed = true;
        assert_eq!(draft(vec![now]).check(preset), Ok(()));
    }
}
