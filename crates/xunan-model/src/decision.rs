//! A person's decision on a conflict.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::id::{DecisionId, PersonId};
use crate::record::records;

records! { Decision => Decision }

/// A conflict is settled: by a value that was chosen, or by taking note of the one that stands. The
/// value itself is written to the field in the same change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// The conflict's name: deciding it twice is one decision.
    pub id: DecisionId,
    /// What the record is.
    pub kind: String,
    /// The record.
    pub record: String,
    /// The field.
    pub field: String,
    /// What was chosen.
    pub value: Value,
    /// Who decided.
    pub by: PersonId,
    /// When.
    pub at: DateTime<Utc>,
    /// What a newer program added.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}
