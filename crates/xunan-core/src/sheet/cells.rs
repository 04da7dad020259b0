//! From the bytes of a workbook to its cells, within limits.
//!
//! A file may come from anywhere: the archive is unpacked once into nothing, only to count what
//! comes out, before a reader sees it; cells are taken one by one, because a single cell in the last
//! row and column would otherwise make the reader lay out the whole sheet in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read};

use calamine::{DataRef, Reader, SheetType, Xlsx, XlsxError};
use zip::ZipArchive;

use super::columns::GUIDE;
use super::{FILE_BYTES_MAX, Place, SheetFault, SheetReason};

/// What a workbook may unpack to. The largest built-in checklist unpacks to two.
const UNPACKED_BYTES_MAX: u64 = 48 * 1024 * 1024;
/// Parts of the archive.
const PARTS_COUNT_MAX: usize = 500;
/// Cells with something in them, of all sheets together.
const CELLS_COUNT_MAX: usize = 150_000;
/// Rows of a sheet; 2000 items with several numbers each stay below.
const ROWS_COUNT_MAX: u32 = 20_000;
/// One cell. A list of evidence is the longest.
const CELL_CHARS_MAX: usize = 12_000;
/// Faults of the cells themselves.
const FAULTS_COUNT_MAX: usize = super::compose::FAULTS_COUNT_MAX;

/// The cells of one sheet, as text, by row and column from 0. Empty ones are not there.
pub(super) type Cells = BTreeMap<u32, BTreeMap<u32, String>>;

/// The sheets of a workbook, by name, in their order.
#[derive(Debug)]
pub(super) struct Book {
    pub(super) sheets: Vec<(String, Cells)>,
    /// Cells that hold something which is no text.
    pub(super) faults: Vec<SheetFault>,
}

/// Reads a workbook.
///
/// # Errors
/// Why it cannot be read at all.
pub(super) fn read(bytes: &[u8]) -> Result<Book, SheetReason> {
    if bytes.len() > FILE_BYTES_MAX {
        let mib_max = FILE_BYTES_MAX / 1024 / 1024;
        return Err(SheetReason::SheetTooLarge { mib_max });
    }
    // The container of the old format, and of a workbook with a password.
    if bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]) {
        return Err(SheetReason::SheetOld);
    }
    unpacked_within_limits(bytes, UNPACKED_BYTES_MAX)?;
    // The reader is somebody else's and meets hostile files: should it ever panic, that is a file
    // that cannot be read, and not the end of the program's work.
    std::panic::catch_unwind(|| sheets(bytes)).unwrap_or(Err(SheetReason::SheetUnreadable))
}

/// What an archive says of its parts can be a lie, so each is unpacked and counted.
pub(crate) fn unpacked_within_limits(bytes: &[u8], bytes_max: u64) -> Result<(), SheetReason> {
    let unreadable = |_| SheetReason::SheetUnreadable;
    let mut archive =
        ZipArchive::new(Cursor::new(bytes)).map_err(|_| SheetReason::SheetUnreadable)?;
    if archive.len() > PARTS_COUNT_MAX {
        return Err(SheetReason::SheetTooMuch);
    }
    let mut left = bytes_max;
    for at in 0..archive.len() {
        let part = archive
            .by_index(at)
            .map_err(|_| SheetReason::SheetUnreadable)?;
        let mut limited = part.take(left + 1);
        let unpacked = std::io::copy(&mut limited, &mut std::io::sink()).map_err(unreadable)?;
        left = left
            .checked_sub(unpacked)
            .ok_or(SheetReason::SheetTooMuch)?;
    }
    Ok(())
}

fn sheets(bytes: &[u8]) -> Result<Book, SheetReason> {
    let unreadable = |_: XlsxError| SheetReason::SheetUnreadable;
    let mut workbook = Xlsx::new(Cursor::new(bytes)).map_err(unreadable)?;
    let names: Vec<String> = workbook
        .sheets_metadata()
        .iter()
        .filter(|sheet| sheet.typ == SheetType::WorkSheet && sheet.name != GUIDE)
        .map(|sheet| sheet.name.clone())
        .collect();
    let mut book = Book {
        sheets: Vec::new(),
        faults: Vec::new(),
    };
    let mut left = CELLS_COUNT_MAX;
    for name in names {
        let formulas = formulas(&mut workbook, &name, left)?;
        let mut cells = Cells::new();
        let mut reader = workbook.worksheet_cells_reader(&name).map_err(unreadable)?;
        let percent = percent_styles(&reader);
        while let Some((cell, style)) = reader.next_cell_with_style_id().map_err(unreadable)? {
            let (row, column) = cell.get_position();
            let (text, fault) = match said(cell.get_value(), percent.contains(&style)) {
                Ok(None) if formulas.contains(&(row, column)) => {
                    (None, Some(SheetReason::FormulaEmpty))
                }
                Ok(text) => (text, None),
                Err(reason) => (None, Some(reason)),
            };
            if let Some(reason) = fault.filter(|_| book.faults.len() < FAULTS_COUNT_MAX) {
                let place = place(&name, row, Some(column));
                book.faults.push(SheetFault { place, reason });
            }
            let Some(text) = text else { continue };
            left = left.checked_sub(1).ok_or(SheetReason::SheetTooMuch)?;
            if row >= ROWS_COUNT_MAX {
                return Err(SheetReason::SheetTooMuch);
            }
            cells.entry(row).or_default().insert(column, text);
        }
        book.sheets.push((name, cells));
    }
    Ok(book)
}

/// The cells that hold a formula. A program that wrote the workbook without computing leaves its
/// result empty, and the cell would silently be one that was not filled in.
fn formulas<R: Read + std::io::Seek>(
    workbook: &mut Xlsx<R>,
    sheet: &str,
    count_max: usize,
) -> Result<BTreeSet<(u32, u32)>, SheetReason> {
    let unreadable = |_| SheetReason::SheetUnreadable;
    let mut found = BTreeSet::new();
    let mut reader = workbook.worksheet_cells_reader(sheet).map_err(unreadable)?;
    while let Some(cell) = reader
        .next_cell_with_formula_metadata()
        .map_err(unreadable)?
    {
        if cell.formula.is_some() && found.insert(cell.pos) && found.len() > count_max {
            return Err(SheetReason::SheetTooMuch);
        }
    }
    Ok(found)
}

/// The styles that show a number as a percentage.
fn percent_styles<R: Read + std::io::Seek>(
    reader: &calamine::XlsxCellReader<'_, R>,
) -> BTreeSet<usize> {
    let styles = reader.styles().iter().enumerate();
    styles
        .filter(|(_, style)| {
            let format = style.number_format.as_ref();
            format.is_some_and(|format| {
                format.format_code.contains('%') || matches!(format.format_id, Some(9 | 10))
            })
        })
        .map(|(id, _)| id)
        .collect()
}

/// What a cell says; nothing when it is empty.
pub(crate) fn said(value: &DataRef<'_>, percent: bool) -> Result<Option<String>, SheetReason> {
    let text = match value {
        DataRef::Empty => return Ok(None),
        DataRef::String(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(yes) => yes.to_string(),
        DataRef::Int(_) | DataRef::Float(_) if percent => return Err(SheetReason::Percent),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => decimal(*number),
        DataRef::DateTime(moment) if moment.is_datetime() => {
            let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
            match (hour, minute, second) {
                (0, 0, 0) => format!("{year:04}-{month:02}-{day:02}"),
                _ => format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}"),
            }
        }
        DataRef::DateTimeIso(moment) => moment.trim_end_matches("T00:00:00").to_owned(),
        DataRef::DateTime(_) | DataRef::DurationIso(_) => return Err(SheetReason::NotText),
        DataRef::Error(error) => {
            let error = error.to_string();
            return Err(SheetReason::CellError { error });
        }
    };
    if text.chars().count() > CELL_CHARS_MAX {
        let chars_max = CELL_CHARS_MAX;
        return Err(SheetReason::CellTooLong { chars_max });
    }
    // Windows' line ends; and a cell of blanks alone is an empty one.
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    Ok((!text.trim().is_empty()).then_some(text))
}

/// A number as the person typed it. Spreadsheets keep binary fractions and show 15 digits of them:
/// 0.1 + 0.2 is 0.30000000000000004 in the file and 0.3 on the screen.
fn decimal(number: f64) -> String {
    let shown: f64 = format!("{number:.14e}").parse().unwrap_or(number);
    // `-0` is a nought that somebody computed.
    if shown == 0.0 {
        "0".to_owned()
    } else {
        shown.to_string()
    }
}

/// The place of a cell, or of a row, both from 0.
pub(super) fn place(sheet: &str, row: u32, column: Option<u32>) -> Place {
    Place {
        sheet: Some(sheet.to_owned()),
        row: Some(row + 1),
        column: None,
        cell: column.map(|column| format!("{}{}", letters(column), row + 1)),
    }
}

/// A column's name in a spreadsheet: A, B … Z, AA.
fn letters(column: u32) -> String {
    let mut name = Vec::new();
    let mut left = column + 1;
    while left > 0 {
        left -= 1;
        name.push(b'A' + u8::try_from(left % 26).unwrap_or(0));
        left /= 26;
    }
    name.reverse();
    name.into_iter().map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_reads_as_it_was_typed() {
        for (number, text) in [
            (0.1, "0.1"),
            (0.1 + 0.2, "0.3"),
            (19.5, "19.5"),
            (-40.0, "-40"),
            (-0.0, "0"),
            (20_000_000_000.0, "20000000000"),
            (0.000_05, "0.00005"),
            (1.0 / 3.0, "0.333333333333333"),
        ] {
            assert_eq!(decimal(number), text);
        }
    }

    #[test]
    fn columns_are_named_as_spreadsheets_do() {
        let names: Vec<String> = [0, 25, 26, 51, 52, 701, 702, 16_383]
            .into_iter()
            .map(letters)
            .collect();
        assert_eq!(names, ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA", "XFD"]);
    }
}
