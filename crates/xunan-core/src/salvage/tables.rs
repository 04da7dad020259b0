//! The small tables of a damaged database, read from both ends as far as they can be read.

use anyhow::Result;
use rusqlite::Connection;
use rusqlite::types::Value;

/// Those that are copied as they are, with the columns that they are ordered by.
const TABLES: [(&str, &str); 11] = [
    ("setting", "key"),
    ("device", "one"),
    ("account", "login"),
    ("scope", "scope"),
    ("rejected", "epoch, seq"),
    ("blob_queue", "sha256"),
    ("blob_want", "sha256"),
    ("blob_drop", "sha256"),
    ("evicted", "scope"),
    ("local", "key"),
    ("displaced", "device, epoch, seq, digest"),
];

/// Copies what can be read. Returns the tables of which something could not be.
///
/// # Errors
/// When the new database refuses.
pub(super) fn copy(from: &Connection, to: &Connection) -> Result<Vec<&'static str>> {
    let mut broken = Vec::new();
    for (table, order) in TABLES {
        if !copy_from(from, to, table, &format!("ORDER BY {order}"))? {
            let down = order.replace(", ", " DESC, ");
            copy_from(from, to, table, &format!("ORDER BY {down} DESC"))?;
            broken.push(table);
        }
    }
    Ok(broken)
}

/// Says whether all of the table was read.
fn copy_from(from: &Connection, to: &Connection, table: &str, order: &str) -> Result<bool> {
    let Ok(mut statement) = from.prepare(&format!("SELECT * FROM {table} {order}")) else {
        return Ok(false);
    };
    let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let holes = vec!["?"; names.len()].join(", ");
    let sql = format!(
        "INSERT OR IGNORE INTO {table} ({}) VALUES ({holes})",
        names.join(", ")
    );
    let mut insert = to.prepare_cached(&sql)?;
    let Ok(mut rows) = statement.query([]) else {
        return Ok(false);
    };
    loop {
        let row = match rows.next() {
            Ok(Some(row)) => row,
            Ok(None) => return Ok(true),
            Err(_) => return Ok(false),
        };
        let values: rusqlite::Result<Vec<Value>> = (0..names.len()).map(|at| row.get(at)).collect();
        // A value of another type than its column's is damage too: it is left out.
        if let Ok(values) = values {
            let _ = insert.execute(rusqlite::params_from_iter(values));
        }
    }
}

/// The records that each change touched, as far as the damaged database still tells.
pub(super) fn edits(from: &Connection) -> Vec<(String, String, String, u32, u64)> {
    let mut edits = Vec::new();
    let mut read = |order: &str| {
        let sql = format!(
            "SELECT kind, id, device, epoch, seq FROM edit ORDER BY kind {order}, id {order}, device {order}, epoch {order}, seq {order}"
        );
        let Ok(mut statement) = from.prepare(&sql) else {
            return false;
        };
        let Ok(mut rows) = statement.query([]) else {
            return false;
        };
        loop {
            match rows.next() {
                Ok(Some(row)) => {
                    let edit = (row.get(0), row.get(1), row.get(2), row.get(3), row.get(4));
                    if let (Ok(kind), Ok(id), Ok(device), Ok(epoch), Ok(seq)) = edit {
                        edits.push((kind, id, device, epoch, seq));
                    }
                }
                Ok(None) => return true,
                Err(_) => return false,
            }
        }
    };
    if !read("ASC") {
        read("DESC");
    }
    edits.sort();
    edits.dedup();
    edits
}
