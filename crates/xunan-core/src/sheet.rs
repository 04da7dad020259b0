//! A checklist as a spreadsheet: for people who would rather fill in a table than write YAML.
//!
//! The workbook is only another way to write the file that `docs/CHECKLISTS.md` describes. Reading
//! gives the YAML text of that file, with the sheet and row that each of its lines came from; the
//! one strict parser, `Edition::parse`, still decides what an edition is. So nothing that a
//! spreadsheet program does can reach an edition without having been checked, and the digest of an
//! imported edition is that of a text which can be read, compared and handed out.
//!
//! `cells` takes the workbook apart within limits, `columns` says what the columns are,
//! `compose` finds the rows, `yaml` writes them as text, `place` finds the row of a fault again, and `write`
//! makes a workbook of an edition.

mod cells;
mod columns;
mod compose;
mod place;
mod tree;
mod write;
mod yaml;

#[cfg(test)]
mod tests;

use serde::Serialize;

pub(crate) use cells::{said, unpacked_within_limits};
pub(crate) use compose::compose;
pub(crate) use write::workbook;

/// The largest workbook that is read.
pub(crate) const FILE_BYTES_MAX: usize = 5 * 1024 * 1024;

/// Where a fault is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Place {
    /// The sheet.
    pub(crate) sheet: Option<String>,
    /// The row, from 1.
    pub(crate) row: Option<u32>,
    /// The column, as its header names it.
    pub(crate) column: Option<String>,
    /// The cell, as the spreadsheet program names it: `C12`.
    pub(crate) cell: Option<String>,
}

/// Where a workbook says which version it is.
pub(crate) fn version_place() -> Place {
    Place {
        sheet: Some(columns::HEADER.to_owned()),
        column: columns::header_of(columns::HEADER, "version").map(str::to_owned),
        ..Place::default()
    }
}

/// What is wrong with a workbook before it is a checklist at all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub(crate) enum SheetReason {
    /// More bytes than any checklist needs.
    SheetTooLarge {
        /// The limit.
        mib_max: usize,
    },
    /// It unpacks to more than any checklist needs, or holds more cells.
    SheetTooMuch,
    /// Not a workbook that can be read.
    SheetUnreadable,
    /// The old format `.xls`, or a workbook with a password.
    SheetOld,
    /// A sheet that has to be there is not.
    SheetMissing {
        /// Its name.
        name: String,
    },
    /// A sheet with contents that nobody would read.
    SheetUnknown {
        /// Its name.
        name: String,
    },
    /// No row of the sheet holds the headers.
    HeaderMissing {
        /// A header that was looked for.
        header: String,
    },
    /// A column whose header is not known.
    ColumnUnknown {
        /// Its header; empty when it has none.
        header: String,
    },
    /// A header stands twice.
    ColumnTwice {
        /// It.
        header: String,
    },
    /// A line of the first sheet whose name is not known.
    EntryUnknown {
        /// The name.
        name: String,
    },
    /// A cell that has to say something is empty.
    CellEmpty,
    /// A word outside the column's list.
    WordUnknown {
        /// The word.
        word: String,
        /// The words that there are.
        known: Vec<String>,
    },
    /// A cell shows an error such as `#REF!`.
    CellError {
        /// What it shows.
        error: String,
    },
    /// A formula whose result was not saved with it.
    FormulaEmpty,
    /// A number shown as a percentage: 0.195 in the file, 19.5% on the screen.
    Percent,
    /// A duration or another kind of cell that is not text, a number or a date.
    NotText,
    /// A cell longer than any text of a checklist.
    CellTooLong {
        /// The limit.
        chars_max: usize,
    },
    /// A number to enter for an item that is not in the sheet of items.
    ItemUnknown {
        /// Its code.
        code: String,
    },
    /// Sub-conditions of which one line is a group without parts.
    GroupEmpty,
}

/// A fault and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SheetFault {
    pub(crate) place: Place,
    pub(crate) reason: SheetReason,
}
