//! Several programs together. The tests are in `tests/`; this is what they share.

pub mod kills;
pub mod monkey;
pub mod screens;
pub mod sim;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;
use xunan_model::digest::Digest;

/// What the server wrote into an export folder.
#[derive(Debug)]
pub struct Export {
    /// Kind → id → fields.
    pub records: BTreeMap<String, BTreeMap<String, Value>>,
    /// The digests of the photo files, computed from their bytes.
    pub photos: Vec<Digest>,
}

/// Brings all of a closed database into its one file.
///
/// # Errors
/// When it cannot be opened, or is in use.
pub fn one_file(database: &Path) -> Result<()> {
    let conn = rusqlite::Connection::open(database)?;
    let busy: bool = conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    anyhow::ensure!(!busy, "{} is in use", database.display());
    Ok(())
}

/// Reads an export folder.
///
/// # Errors
/// When a file is not what its name says.
pub fn read_export(folder: &Path) -> Result<Export> {
    let mut records: BTreeMap<String, BTreeMap<String, Value>> = BTreeMap::new();
    for kind in std::fs::read_dir(folder.join("records"))? {
        let kind = kind?;
        let entry = records
            .entry(kind.file_name().to_string_lossy().into_owned())
            .or_default();
        for file in std::fs::read_dir(kind.path())? {
            let file = file?.path();
            let id = file
                .file_stem()
                .context("a name")?
                .to_string_lossy()
                .into_owned();
            entry.insert(id, serde_json::from_slice(&std::fs::read(&file)?)?);
        }
    }
    let mut photos = Vec::new();
    if folder.join("photos").exists() {
        for file in std::fs::read_dir(folder.join("photos"))? {
            let file = file?.path();
            let digest = Digest::of(&std::fs::read(&file)?);
            let name = file
                .file_stem()
                .context("a name")?
                .to_string_lossy()
                .into_owned();
            anyhow::ensure!(
                name == digest.to_string(),
                "{} holds {digest}",
                file.display()
            );
            photos.push(digest);
        }
    }
    photos.sort();
    Ok(Export { records, photos })
}
