//! The end of a visit, as screens show it.

use serde::Serialize;
use ts_rs::TS;
use xunan_model::finish::Missing;

/// What a person looks at before a visit ends, and afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct ReviewView {
    /// What is missing, the gravest first.
    pub missing: Vec<Missing>,
    /// The visit in words.
    pub summary: String,
    /// Its inspectors.
    pub inspectors: Vec<InspectorView>,
    /// Enough of them have a certificate and an account on this laptop for an enforcement inspection.
    pub can_enforce: bool,
    /// Enough of them have confirmed it as it is; of a finished visit: it was an enforcement inspection.
    pub enforcement: bool,
    /// Two laptops ended it, neither knowing of the other, and nobody has decided which end stands.
    pub two_ends: bool,
    /// The digest of the content that is shown: what a person confirms who has read it.
    pub digest: String,
    /// It was confirmed, and something changed since: it has to be confirmed again.
    pub void: bool,
    /// Whether a finished visit still is what was frozen.
    pub intact: bool,
}

/// An inspector of a visit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct InspectorView {
    /// The person's id.
    pub person: String,
    /// The name.
    pub name: String,
    /// The number of the enforcement certificate.
    pub certificate: Option<String>,
    /// When this person confirmed the visit as it is.
    pub confirmed: Option<String>,
    /// Whether this laptop knows the person's password.
    pub here: bool,
}
