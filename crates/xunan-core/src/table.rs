//! A list from a spreadsheet as rows of text: a workbook, or text with separators.
//!
//! A file may come from anywhere. Bytes, unpacked bytes, rows, columns and text are limited before they are
//! taken, and what cannot be read is told and never half read.

use std::io::Cursor;

use anyhow::Result;
use calamine::{Reader, SheetType, Xlsx, XlsxError};
use encoding_rs::{GB18030, UTF_8, UTF_16BE, UTF_16LE};
use xunan_model::fault::{Code, Fault};

use crate::sheet::{SheetReason, said, unpacked_within_limits};

/// The largest file.
pub(crate) const FILE_BYTES_MAX: usize = 32 << 20;
/// What a workbook may unpack to: 50,000 rows of twenty cells stay below.
const UNPACKED_BYTES_MAX: u64 = 256 << 20;
/// Text of all cells together, those filled in from merged ones counted.
const TEXT_BYTES_MAX: usize = 96 << 20;
/// The most rows with anything in them, the heading not counted.
pub(crate) const ROWS_MAX: usize = 50_000;
/// Rows that merged cells span, each counted as often as it is spanned.
const SPANNED_ROWS_MAX: usize = 2_000_000;
/// What stands for a cell that is too long for any column.
const CELL_TOO_LONG_CHARS: usize = 1_000;
/// Rows above the list: titles, remarks, the heading.
const ROWS_ABOVE_MAX: usize = 20;
/// Columns further right are not read.
const COLUMNS_MAX: usize = 100;

/// The rows of a list that hold anything.
#[derive(Debug, Default)]
pub(crate) struct Table {
    /// The rows, each with its number in the file, from 1.
    pub(crate) rows: Vec<(usize, Vec<String>)>,
}

/// Reads the first sheet that `fits`, else the first that holds anything; a text is one sheet.
///
/// # Errors
/// `import_too_large`, `import_rows_many`, `import_too_much`, `import_old`, `import_encoding`, `import_empty`,
/// `import_unreadable`.
pub(crate) fn read(bytes: &[u8], fits: impl Fn(&Table) -> bool) -> Result<Table, Fault> {
    if bytes.len() > FILE_BYTES_MAX {
        return Err(fault("import_too_large").with("max_mib", FILE_BYTES_MAX >> 20));
    }
    // The container of the old format, and of a workbook with a password.
    if bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]) {
        return Err(fault("import_old"));
    }
    let tables = if bytes.starts_with(b"PK") {
        unpacked_within_limits(bytes, UNPACKED_BYTES_MAX).map_err(|reason| sheet_fault(&reason))?;
        // The reader is somebody else's: should it ever panic, that is a file that cannot be read.
        std::panic::catch_unwind(|| sheets(bytes))
            .unwrap_or_else(|_| Err(fault("import_unreadable")))?
    } else {
        vec![text(bytes)?]
    };
    let mut filled: Vec<Table> = tables
        .into_iter()
        .filter(|table| !table.rows.is_empty())
        .collect();
    let at = filled.iter().position(fits).unwrap_or(0);
    if filled.is_empty() {
        return Err(fault("import_empty"));
    }
    Ok(filled.swap_remove(at))
}

fn fault(key: &'static str) -> Fault {
    Fault::new(Code::Invalid, key)
}

fn sheet_fault(reason: &SheetReason) -> Fault {
    match reason {
        SheetReason::SheetTooMuch => fault("import_too_much"),
        _ => fault("import_unreadable"),
    }
}

/// Takes rows in within the limits of all.
#[derive(Default)]
struct Taking {
    rows: Vec<(usize, Vec<String>)>,
    text_bytes: usize,
}

impl Taking {
    /// Puts a text into a cell; rows come in order.
    fn put(&mut self, line: usize, column: usize, text: String) -> Result<(), Fault> {
        if column >= COLUMNS_MAX || text.trim().is_empty() {
            return Ok(());
        }
        self.text_bytes += text.len();
        if self.text_bytes > TEXT_BYTES_MAX {
            return Err(fault("import_too_much"));
        }
        if self.rows.last().is_none_or(|(last, _)| *last != line) {
            if self.rows.len() >= ROWS_MAX + ROWS_ABOVE_MAX {
                return Err(fault("import_rows_many").with("max", ROWS_MAX));
            }
            self.rows.push((line, Vec::new()));
        }
        if let Some((_, cells)) = self.rows.last_mut() {
            if cells.len() <= column {
                cells.resize(column + 1, String::new());
            }
            cells[column] = text;
        }
        Ok(())
    }
}

fn sheets(bytes: &[u8]) -> Result<Vec<Table>, Fault> {
    let unreadable = |_: XlsxError| fault("import_unreadable");
    let mut workbook = Xlsx::new(Cursor::new(bytes)).map_err(unreadable)?;
    let names: Vec<String> = workbook
        .sheets_metadata()
        .iter()
        .filter(|sheet| sheet.typ == SheetType::WorkSheet)
        .map(|sheet| sheet.name.clone())
        .collect();
    let mut tables = Vec::new();
    let mut text_bytes = 0;
    for name in names {
        let mut taking = Taking {
            rows: Vec::new(),
            text_bytes,
        };
        let merged = workbook
            .merge_cells_by_sheet_name(&name)
            .map_err(unreadable)?;
        let mut reader = workbook.worksheet_cells_reader(&name).map_err(unreadable)?;
        while let Some(cell) = reader.next_cell().map_err(unreadable)? {
            let (row, column) = cell.get_position();
            let text = match said(cell.get_value(), false) {
                Ok(text) => text.unwrap_or_default(),
                // Shown as it is, and too long still: a column that is used refuses the row for it.
                Err(SheetReason::CellError { error }) => error,
                Err(SheetReason::CellTooLong { .. }) => "…".repeat(CELL_TOO_LONG_CHARS),
                Err(_) => "?".to_owned(),
            };
            taking.put(row as usize + 1, column as usize, text)?;
        }
        let mut table = Table { rows: taking.rows };
        table.rows.sort_by_key(|(line, _)| *line);
        text_bytes = taking.text_bytes;
        let mut spanned = 0;
        for region in merged {
            let (top, bottom) = (region.start.0 as usize + 1, region.end.0 as usize + 1);
            let (rows, bytes) = table.fill_down(top, bottom, region.start.1 as usize);
            (spanned, text_bytes) = (spanned + rows, text_bytes + bytes);
            if text_bytes > TEXT_BYTES_MAX || spanned > SPANNED_ROWS_MAX {
                return Err(fault("import_too_much"));
            }
        }
        tables.push(table);
    }
    Ok(tables)
}

impl Table {
    /// A cell that spans rows says the same of each row that holds anything. Across columns nothing is
    /// repeated: a title over the whole width is no name. Returns how many rows it spans and how many bytes
    /// were added.
    fn fill_down(&mut self, top: usize, bottom: usize, column: usize) -> (usize, usize) {
        let begin = self.rows.partition_point(|(line, _)| *line < top);
        let end = self.rows.partition_point(|(line, _)| *line <= bottom);
        let cell = |row: &(usize, Vec<String>)| row.1.get(column).cloned();
        let said = self
            .rows
            .get(begin)
            .filter(|(line, _)| *line == top)
            .and_then(cell);
        let Some(said) = said.filter(|said| !said.is_empty() && column < COLUMNS_MAX) else {
            return (0, 0);
        };
        let mut added = 0;
        let spanned = self.rows.get_mut(begin..end).unwrap_or_default();
        let count = spanned.len();
        for (_, cells) in spanned.iter_mut().skip(1) {
            if cells.len() <= column {
                cells.resize(column + 1, String::new());
            }
            if cells[column].is_empty() {
                cells[column].clone_from(&said);
                added += said.len();
            }
        }
        (count, added)
    }
}

/// Text with separators: UTF-8 or UTF-16 with its mark, UTF-8 without, else GB 18030, which holds all of GBK.
fn text(bytes: &[u8]) -> Result<Table, Fault> {
    let (text, broken) = match bytes {
        [0xFF, 0xFE, ..] => UTF_16LE.decode_with_bom_removal(bytes),
        [0xFE, 0xFF, ..] => UTF_16BE.decode_with_bom_removal(bytes),
        _ if bytes.contains(&0) => return Err(fault("import_unreadable")),
        _ => match UTF_8.decode_with_bom_removal(bytes) {
            (text, false) => (text, false),
            _ => GB18030.decode_without_bom_handling(bytes),
        },
    };
    if broken {
        return Err(fault("import_encoding"));
    }
    // One kind of line end, also behind the last line: else the reader's count of lines lags behind.
    let text = text.replace("\r\n", "\n").replace('\r', "\n") + "\n";
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter(&text))
        .from_reader(text.as_bytes());
    let mut taking = Taking::default();
    let mut record = csv::StringRecord::new();
    while reader
        .read_record(&mut record)
        .map_err(|_| fault("import_unreadable"))?
    {
        let inside: usize = record.iter().map(|cell| cell.matches('\n').count()).sum();
        let after = usize::try_from(reader.position().line()).unwrap_or(usize::MAX);
        let line = after.saturating_sub(inside + 1);
        for (column, cell) in record.iter().enumerate() {
            taking.put(line, column, plain(cell).to_owned())?;
        }
    }
    Ok(Table { rows: taking.rows })
}

/// The separator that most of the first lines hold. Commas stand in addresses, tabs hardly in a cell.
fn delimiter(text: &str) -> u8 {
    let lines = |mark: u8| {
        let first = text.lines().take(ROWS_ABOVE_MAX);
        first
            .filter(|line| line.bytes().any(|byte| byte == mark))
            .count()
    };
    // The last of equals is taken.
    let marks = [b';', b',', b'\t'];
    marks
        .into_iter()
        .max_by_key(|mark| lines(*mark))
        .filter(|mark| lines(*mark) > 0)
        .unwrap_or(b',')
}

/// Spreadsheets write `="0001"` to keep a code from becoming a number.
fn plain(cell: &str) -> &str {
    cell.strip_prefix("=\"")
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or(cell)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rust_xlsxwriter::{Format, Workbook};

    use super::*;

    fn rows(bytes: &[u8]) -> Vec<(usize, Vec<String>)> {
        read(bytes, |_| true).unwrap().rows
    }

    fn key(bytes: &[u8]) -> &'static str {
        read(bytes, |_| true).unwrap_err().key
    }

    #[test]
    fn a_text_is_read_in_every_usual_encoding_and_with_every_separator() {
        let list = "名称,地址\r\n示范店,\"北街,1号\"\r\n\r\n次仁茶馆,=\"007\"\r\n";
        let wanted = vec![
            (1, vec!["名称".to_owned(), "地址".to_owned()]),
            (2, vec!["示范店".to_owned(), "北街,1号".to_owned()]),
            (4, vec!["次仁茶馆".to_owned(), "007".to_owned()]),
        ];
        assert_eq!(rows(list.as_bytes()), wanted);
        assert_eq!(rows(format!("\u{feff}{list}").as_bytes()), wanted);
        assert_eq!(rows(&GB18030.encode(list).0), wanted);
        let utf16: Vec<u8> = std::iter::once(0xFEFF)
            .chain(list.encode_utf16())
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(rows(&utf16), wanted);
        let inside = "名称,地址\r\n\"甲\r\n店\",1\r\n乙店,2";
        assert_eq!(
            rows(inside.as_bytes())[1],
            (2, vec!["甲\n店".to_owned(), "1".to_owned()])
        );
        assert_eq!(rows(inside.as_bytes())[2].0, 4);
        let tabs = "名称\t地址\n示范店\t北街,1号";
        assert_eq!(rows(tabs.as_bytes())[1], wanted[1]);
    }

    #[test]
    fn merged_cells_say_the_same_of_every_row_that_they_span() {
        let mut workbook = Workbook::new();
        let sheet = workbook.add_worksheet();
        let plain = Format::new();
        sheet.merge_range(0, 0, 0, 2, "示范县名单", &plain).unwrap();
        for (column, head) in ["乡镇", "名称", "编号"].into_iter().enumerate() {
            sheet
                .write(1, u16::try_from(column).unwrap(), head)
                .unwrap();
        }
        sheet.merge_range(2, 0, 4, 0, "甲乡", &plain).unwrap();
        for row in 2..5 {
            sheet.write(row, 1, format!("{row}号店")).unwrap();
            sheet.write(row, 2, 7.0).unwrap();
        }
        let rows = rows(&workbook.save_to_buffer().unwrap());
        assert_eq!(rows[0], (1, vec!["示范县名单".to_owned()]));
        assert_eq!(
            rows[4],
            (
                5,
                vec!["甲乡".to_owned(), "4号店".to_owned(), "7".to_owned()]
            )
        );
    }

    #[test]
    fn what_cannot_be_read_is_refused_as_a_whole() {
        assert_eq!(key(b""), "import_empty");
        assert_eq!(key(b",,\n,"), "import_empty");
        assert_eq!(key(&[0xD0, 0xCF, 0x11, 0xE0, 1]), "import_old");
        assert_eq!(key(b"PK\x03\x04 and no more"), "import_unreadable");
        assert_eq!(key(b"\x00\x01\x02"), "import_unreadable");
        assert_eq!(key(b"\xFF\xFFname,\x81"), "import_encoding");
        assert_eq!(key(&vec![b'a'; FILE_BYTES_MAX + 1]), "import_too_large");
        assert_eq!(
            key("a\n".repeat(ROWS_MAX + ROWS_ABOVE_MAX + 1).as_bytes()),
            "import_rows_many"
        );
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), zip in any::<bool>()) {
            let bytes = if zip { [b"PK\x03\x04".as_slice(), &bytes].concat() } else { bytes };
            let _ = read(&bytes, |_| true);
        }
    }
}
