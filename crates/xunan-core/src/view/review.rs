//! The end of a visit, as screens show it.

use serde::Serialize;
use ts_rs::TS;
use xunan_model::finish::Missing;
use xunan_model::inspection::AnswerResult;

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
    /// Whether what was frozen of a finished visit still is what it was.
    pub intact: bool,
    /// What another laptop added to a finished visit, or changed, without having seen its end.
    pub amendments: Vec<AmendmentView>,
    /// Another laptop began it and will end it.
    pub joined: bool,
}

/// Something that came to a visit after its end (补充).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct AmendmentView {
    /// `answer`, `finding`, `photo`.
    pub kind: String,
    /// The item's code, the hazard, or the photo's name.
    pub what: String,
    /// An answer's result.
    pub result: Option<AnswerResult>,
    /// Who.
    pub by: String,
    /// When, by the clock of that laptop.
    pub at: String,
    /// It was not there before; else it was changed.
    pub new: bool,
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
