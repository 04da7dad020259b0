//! What can go wrong, for machines. The sentence a person reads is the interface's, under `key`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What a screen can branch on. A code is added only when a screen does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub enum Code {
    /// What was entered cannot be accepted as it is.
    Invalid,
    /// What was asked for is not here.
    NotFound,
    /// It has meanwhile become something else.
    Conflict,
    /// The server cannot be reached.
    Offline,
    /// Nobody is signed in, or the sign-in is wrong.
    SignedOut,
    /// No room on the disk.
    DiskFull,
    /// The database was written by a newer program.
    NewerDatabase,
    /// A fault of ours; the log has the details.
    Internal,
}

/// A fault on which a person can act.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code:?}: {key}")]
pub struct Fault {
    /// What a screen branches on.
    pub code: Code,
    /// The sentence's key in the locale files (`fault.<key>`).
    pub key: &'static str,
    /// Values for the sentence's gaps.
    pub params: BTreeMap<&'static str, String>,
    /// The field of the form that is meant.
    pub field: Option<&'static str>,
}

impl Fault {
    /// A fault of this code under this key.
    #[must_use]
    pub fn new(code: Code, key: &'static str) -> Self {
        Self {
            code,
            key,
            params: BTreeMap::new(),
            field: None,
        }
    }

    /// A field of a form that cannot be accepted.
    #[must_use]
    pub fn invalid(key: &'static str, field: &'static str) -> Self {
        Self {
            field: Some(field),
            ..Self::new(Code::Invalid, key)
        }
    }

    /// With a value for one gap of the sentence.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.params.insert(name, value.to_string());
        self
    }
}

/// Refuses text above a limit, counted in characters.
///
/// # Errors
/// `text_too_long`, naming the field and the limit.
pub fn check_length(text: &str, chars_max: usize, field: &'static str) -> Result<(), Fault> {
    if text.chars().count() > chars_max {
        return Err(Fault::invalid("text_too_long", field).with("max", chars_max));
    }
    Ok(())
}
