//! Taking a list of sites in: read, looked at row by row, then written in whole actions.
//!
//! The file is held while its screen is open. Each action writes some rows whole, and every record's name follows
//! from its row: whatever ends an import in between, reading the file again writes what is missing and doubles
//! nothing.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result};
use rust_xlsxwriter::{Format, Workbook};
use xunan_model::fault::{Code, Fault};
use xunan_model::site::heads;
use xunan_model::site::line::Column;

use super::plan::{Planned, plan};
use crate::app::App;
use crate::quick;
use crate::saved::save_new;
use crate::table::{self, ROWS_MAX, Table};
use crate::view::{
    ImportDone, ImportProgress, ImportRow, ImportState, ImportSum, ImportTable, SavedFile,
};

/// Rows of one change: with the longest texts it stays below what a server takes.
const ROWS_OF_A_CHANGE: usize = 150;
/// The first rows among which the heading is looked for.
const HEADING_ROWS: usize = 20;
/// Rows shown beside what the columns are taken for.
const SAMPLES: usize = 3;
/// The most rows of one page.
const PAGE_MAX: usize = 1_000;
/// The longest sentence about a row in the report, in characters.
const SENTENCE_CHARS_MAX: usize = 500;
/// The report's name; it is for people of the office.
const REPORT: &str = "未导入的行.xlsx";

/// What is on the desk of whoever is signed in.
#[derive(Debug, Default)]
pub(crate) struct ImportDesk {
    held: Mutex<Option<Arc<Held>>>,
    planned: Mutex<Option<Arc<Vec<Planned>>>>,
    done: AtomicUsize,
    total: AtomicUsize,
    stopped: AtomicBool,
}

/// A file that was read.
#[derive(Debug)]
struct Held {
    table: Table,
    /// Where the heading stands among its rows.
    heading: usize,
}

impl ImportDesk {
    fn begin(&self, total: usize) {
        self.stopped.store(false, Ordering::SeqCst);
        self.done.store(0, Ordering::SeqCst);
        self.total.store(total, Ordering::SeqCst);
    }

    /// Notes how far it is; whether to go on.
    fn go_on(&self, done: usize) -> bool {
        self.done.store(done, Ordering::SeqCst);
        !self.stopped.load(Ordering::SeqCst)
    }

    fn planned(&self) -> Result<Arc<Vec<Planned>>> {
        lock(&self.planned)
            .clone()
            .context(Fault::new(Code::NotFound, "import_gone"))
    }
}

impl App {
    /// Reads a file and says what its columns are taken for. Nothing is kept in the database.
    ///
    /// # Errors
    /// What [`table::read`] refuses.
    pub fn import_read(&self, bytes: &[u8]) -> Result<ImportTable> {
        let table = table::read(bytes, |table| heading_of(table).is_some())?;
        let heading = heading_of(&table).unwrap_or(0);
        let below = table.rows.len() - heading - 1;
        if below == 0 {
            return Err(Fault::new(Code::Invalid, "import_empty").into());
        }
        if below > ROWS_MAX {
            return Err(Fault::new(Code::Invalid, "import_rows_many")
                .with("max", ROWS_MAX)
                .into());
        }
        let rows = &table.rows[heading + 1..];
        let shown = ImportTable {
            columns: heads::columns(&table.rows[heading].1),
            heading: table.rows[heading].1.clone(),
            samples: rows
                .iter()
                .take(SAMPLES)
                .map(|(_, cells)| cells.clone())
                .collect(),
            rows: below,
        };
        *lock(&self.import.planned) = None;
        *lock(&self.import.held) = Some(Arc::new(Held { table, heading }));
        Ok(shown)
    }

    /// Looks at every row, with these meanings of the columns; nothing is kept in the database.
    ///
    /// # Errors
    /// `import_name_column` when no column is the name; `import_gone`, `import_stopped`.
    pub fn import_check(&self, columns: &[Option<Column>]) -> Result<ImportSum> {
        if !columns.contains(&Some(Column::Name)) {
            return Err(Fault::invalid("import_name_column", "columns").into());
        }
        let desk = &self.import;
        let held = lock(&desk.held).clone();
        let held = held.context(Fault::new(Code::NotFound, "import_gone"))?;
        *lock(&desk.planned) = None;
        let first = held.heading + 1;
        desk.begin(held.table.rows.len() - first);
        let presets = quick::presets()?;
        let of = (&held.table, first, columns);
        let planned = self.read(|conn| {
            plan(conn, self.actor.office, of, presets, |done| {
                desk.go_on(done)
            })
        })?;
        let planned = planned.context(Fault::new(Code::Conflict, "import_stopped"))?;
        let mut sum = ImportSum::default();
        for row in &planned {
            *match row.state {
                ImportState::New => &mut sum.new,
                ImportState::Changed => &mut sum.changed,
                ImportState::Known => &mut sum.known,
                ImportState::Refused => &mut sum.refused,
            } += 1;
        }
        *lock(&desk.planned) = Some(Arc::new(planned));
        Ok(sum)
    }

    /// Some of the rows, of one state or of all; at most 1,000.
    ///
    /// # Errors
    /// `import_gone`.
    pub fn import_rows(
        &self,
        state: Option<ImportState>,
        offset: usize,
        limit: usize,
    ) -> Result<Vec<ImportRow>> {
        let planned = self.import.planned()?;
        Ok(planned
            .iter()
            .filter(|row| state.is_none_or(|state| row.state == state))
            .skip(offset)
            .take(limit.min(PAGE_MAX))
            .map(Planned::row)
            .collect())
    }

    /// Writes the rows of these states, some at a time, until they are done or somebody stops it.
    ///
    /// # Errors
    /// `import_gone`, or when the database refuses; what was written before stays.
    pub fn import_run(&self, states: &[ImportState]) -> Result<ImportDone> {
        let planned = self.import.planned()?;
        let writes = |row: &&Planned| {
            let touches = matches!(row.state, ImportState::New | ImportState::Changed);
            touches && states.contains(&row.state)
        };
        let rows: Vec<&Planned> = planned.iter().filter(writes).collect();
        self.import.begin(rows.len());
        let mut listed = self.sites()?.listed_last();
        let mut done = ImportDone::default();
        for some in rows.chunks(ROWS_OF_A_CHANGE) {
            if !self.import.go_on(done.added + done.changed) {
                break;
            }
            self.write(|tx| {
                for row in some {
                    listed = listed.saturating_add(1);
                    row.put(tx, listed)?;
                }
                Ok(())
            })?;
            let added = some
                .iter()
                .filter(|row| row.state == ImportState::New)
                .count();
            done.added += added;
            done.changed += some.len() - added;
        }
        done.left = rows.len() - done.added - done.changed;
        self.import.go_on(done.added + done.changed);
        // What was planned was planned before this was written.
        *lock(&self.import.planned) = None;
        Ok(done)
    }

    /// How far it is.
    #[must_use]
    pub fn import_progress(&self) -> ImportProgress {
        ImportProgress {
            done: self.import.done.load(Ordering::SeqCst),
            total: self.import.total.load(Ordering::SeqCst),
        }
    }

    /// Stops what is going on, between two actions.
    pub fn import_stop(&self) {
        self.import.stopped.store(true, Ordering::SeqCst);
    }

    /// The file is no longer needed.
    pub fn import_close(&self) {
        self.import_stop();
        *lock(&self.import.held) = None;
        *lock(&self.import.planned) = None;
    }

    /// Saves rows of the file with a sentence about each, for putting right and importing again. `sentences` are by
    /// the row's number; `title` heads their column.
    ///
    /// # Errors
    /// `import_gone`, `save_failed`, `disk_full`.
    pub fn import_report(
        &self,
        sentences: &[(usize, String)],
        title: &str,
        folder: &Path,
    ) -> Result<SavedFile> {
        let held = lock(&self.import.held).clone();
        let held = held.context(Fault::new(Code::NotFound, "import_gone"))?;
        let bytes = report(&held, sentences, title).context("write the report")?;
        let path = save_new(folder, REPORT, &bytes)?;
        Ok(SavedFile {
            path: path.display().to_string(),
            left_out: None,
        })
    }
}

/// The row that names the columns: the first among the first rows in which one is called the name.
fn heading_of(table: &Table) -> Option<usize> {
    let names =
        |(_, cells): &(usize, Vec<String>)| heads::columns(cells).contains(&Some(Column::Name));
    table.rows.iter().take(HEADING_ROWS).position(names)
}

fn report(
    held: &Held,
    sentences: &[(usize, String)],
    title: &str,
) -> Result<Vec<u8>, rust_xlsxwriter::XlsxError> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    // As text, so that a code stays what it is.
    let plain = Format::new().set_num_format("@");
    let head = plain.clone().set_bold();
    let rows = &held.table.rows;
    let heading = &rows[held.heading].1;
    let width = rows.iter().map(|(_, cells)| cells.len()).max().unwrap_or(0);
    let column = |at: usize| u16::try_from(at).unwrap_or(u16::MAX);
    // The sentence first: behind many columns nobody would see it.
    sheet.write_with_format(0, 0, title, &head)?;
    sheet.set_column_width(0, 50)?;
    for at in 0..width {
        let text = heading.get(at).map_or("", String::as_str);
        sheet.write_with_format(0, column(at + 1), text, &head)?;
    }
    let mut line = 0;
    for (number, sentence) in sentences.iter().take(ROWS_MAX) {
        let Ok(found) = rows.binary_search_by_key(number, |(number, _)| *number) else {
            continue;
        };
        line += 1;
        let sentence: String = sentence.chars().take(SENTENCE_CHARS_MAX).collect();
        sheet.write_with_format(line, 0, sentence, &plain)?;
        for (at, cell) in rows[found].1.iter().enumerate() {
            sheet.write_with_format(line, column(at + 1), cell, &plain)?;
        }
    }
    sheet.set_freeze_panes(1, 0)?;
    workbook.save_to_buffer()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
