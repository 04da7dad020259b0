//! A checklist edition that the server hands out.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::checklist::{ChecklistFault, Edition};
use crate::id::{EditionFileId, derived};
use crate::record::records;

records! { EditionFile => Edition }

/// The file of an edition (检查表版次), as it travels: the author's text, so that its digest holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EditionFile {
    /// Derived from the edition's id and version: handing it out again changes nothing.
    pub id: EditionFileId,
    /// The file's name, for faults.
    pub name: String,
    /// The file.
    pub text: String,
    /// What a newer program added.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl EditionFile {
    /// Reads a file and makes the record of it.
    ///
    /// # Errors
    /// Every fault of the file, by line.
    pub fn read(name: &str, text: String) -> Result<Self, Vec<ChecklistFault>> {
        let edition = Edition::parse(name, &text)?;
        let id = EditionFileId(derived(&["edition", &edition.id, &edition.version]));
        Ok(Self {
            id,
            name: name.to_owned(),
            text,
            extra: Map::new(),
        })
    }
}
