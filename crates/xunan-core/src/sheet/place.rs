//! Where in the workbook a fault of the checklist is.

use xunan_model::checklist::{ChecklistReason, TEXT_CHARS_MAX};

use super::Place;
use super::columns::{FACILITIES, HEADER, ITEMS, MEASURES, SOURCES, header_of};
use super::compose::{Composed, Row};

impl Composed {
    /// Where in the workbook a fault of the checklist is that the parser found at a `line`.
    pub(crate) fn place(&self, line: u32, reason: &ChecklistReason) -> Place {
        let (sheet, row) = self.line(line);
        let (sheet, row, field) = self.cell(sheet, row, reason);
        Place {
            sheet: Some(sheet.to_owned()),
            // The lines of the header come from a sheet of names and values.
            row: row.map(|row| row + 1),
            column: field
                .and_then(|field| header_of(sheet, field))
                .map(str::to_owned),
            cell: None,
        }
    }

    /// The row of a line, from 1: for a fault that names where something stood first.
    pub(crate) fn row(&self, line: u32) -> u32 {
        self.line(line).1 + 1
    }

    fn line(&self, line: u32) -> (&'static str, u32) {
        let at = usize::try_from(line)
            .unwrap_or(usize::MAX)
            .saturating_sub(1);
        self.lines
            .get(at)
            .or(self.lines.last())
            .copied()
            .unwrap_or((HEADER, 0))
    }

    fn cell(
        &self,
        sheet: &'static str,
        row: u32,
        reason: &ChecklistReason,
    ) -> (&'static str, Option<u32>, Option<&'static str>) {
        if sheet == HEADER {
            let field = match reason {
                ChecklistReason::BadId { field, .. }
                | ChecklistReason::EmptyText { field }
                | ChecklistReason::TextTooLong { field, .. } => Some(*field),
                ChecklistReason::InForceReversed { .. } => Some("in_force.from"),
                _ => None,
            };
            return (sheet, None, field);
        }
        let rows = |name| self.sheets.get(name).map_or(&[][..], Vec::as_slice);
        let code = rows(ITEMS)
            .iter()
            .find(|one| one.row == row)
            .and_then(|one| one.get("code"));
        let of_item = |fits: &dyn Fn(&Row) -> bool| {
            let mut measures = rows(MEASURES).iter();
            measures
                .find(|one| sheet == ITEMS && one.get("code") == code && fits(one))
                .map(|one| one.row)
        };
        let too_long = |field: &str, one: &Row| {
            one.get(field)
                .is_some_and(|text| text.chars().count() > TEXT_CHARS_MAX)
        };
        match reason {
            ChecklistReason::BadThreshold { quantity, .. } => {
                let found = of_item(&|one| one.get("quantity") == Some(quantity.as_str()));
                (MEASURES, found, Some("value"))
            }
            ChecklistReason::TextTooLong { field, .. } | ChecklistReason::TooMany { field, .. } => {
                let field = field_name(sheet, field);
                match of_item(&|one| too_long(field, one)) {
                    Some(found)
                        if !rows(ITEMS)
                            .iter()
                            .any(|one| one.row == row && too_long(field, one)) =>
                    {
                        (MEASURES, Some(found), Some(field))
                    }
                    _ => (sheet, Some(row), Some(field)),
                }
            }
            ChecklistReason::BadId { id, .. } if sheet == FACILITIES => {
                let mut known = rows(FACILITIES).iter();
                let found = known.find(|one| one.get("key") == Some(id.as_str()));
                (sheet, found.map(|one| one.row), Some("key"))
            }
            _ => (sheet, Some(row), field_of(sheet, reason)),
        }
    }
}

/// The field under which a sheet holds what the parser calls `field`.
fn field_name(sheet: &str, field: &'static str) -> &'static str {
    match (sheet, field) {
        (ITEMS, "condition") => "applies.condition",
        (ITEMS, "applies") => "applies.text",
        (SOURCES, "source id") => "id",
        (SOURCES, "source title") => "title",
        (FACILITIES, _) => "name",
        _ => field,
    }
}

fn field_of(sheet: &str, reason: &ChecklistReason) -> Option<&'static str> {
    use ChecklistReason as Reason;
    match reason {
        Reason::BadCode { .. } | Reason::DuplicateCode { .. } => Some("code"),
        Reason::DuplicateSource { .. } => Some("id"),
        Reason::RepeatedField { .. } if sheet == FACILITIES => Some("key"),
        Reason::UnknownFacility { .. } => Some("applies.facilities"),
        Reason::UnknownSource { .. } | Reason::CitableWithoutSource => Some("source_ids"),
        Reason::CitableUnverified => Some("citable"),
        Reason::TopicOnlyEnabled => Some("enabled"),
        Reason::MeasuresFailMissing { .. } => Some("measures_fail"),
        Reason::InForceReversed { .. } => Some("in_force.from"),
        // A day is the one kind of cell that only the parser reads.
        Reason::WrongKind { .. } if sheet == ITEMS => Some("in_force.from"),
        Reason::EmptyText { field } | Reason::Nothing { field } => Some(field_name(sheet, field)),
        _ => None,
    }
}
