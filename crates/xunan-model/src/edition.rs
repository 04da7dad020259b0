//! A checklist edition that the server hands out.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::checklist::{ChecklistFault, Edition};
use crate::id::{EditionFileId, derived};
use crate::record::records;

/// The largest file that travels. It is one change, which holds twice that and the escapes.
pub const EDITION_BYTES_MAX: usize = 400_000;

records! { EditionFile => Edition }

/// The file of an edition (检查表版次), as it travels: the author's text, so that its digest holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EditionFile {
    /// Derived from the edition's id, version and digest: handing it out again changes nothing, and
    /// another text under the same version never takes the place of one that visits were made under.
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
        let parts = ["edition", &edition.id, &edition.version, edition.digest()];
        let id = EditionFileId(derived(&parts));
        Ok(Self {
            id,
            name: name.to_owned(),
            text,
            extra: Map::new(),
        })
    }
}
