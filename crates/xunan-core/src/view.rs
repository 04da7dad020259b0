//! What screens show: made for reading, never stored.

mod backup;
mod edition;
mod health;
mod import;
mod judged;
mod life;
mod photo;
mod quick;
mod review;
mod site;
mod sync;
mod workbench;

use serde::Serialize;
use ts_rs::TS;
use xunan_model::checklist::{EditionRef, Text};
use xunan_model::fault::{Code, Fault};
use xunan_model::finding::Level;
use xunan_model::inspection::{Answer, InspectionKind};
use xunan_model::life::State;
use xunan_model::party::FacilityUnit;

pub use backup::*;
pub use edition::*;
pub use health::*;
pub use import::*;
pub use judged::*;
pub use life::*;
pub use photo::*;
pub use quick::*;
pub use review::*;
pub use site::*;
pub use sync::*;
pub use workbench::*;

/// A fault as a screen shows it: the sentence is the locale text `fault.<key>`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct FaultView {
    /// What a screen branches on.
    pub code: Code,
    /// The sentence.
    pub key: String,
    /// Values for the sentence's gaps.
    pub params: std::collections::BTreeMap<String, String>,
    /// The field of the form.
    pub field: Option<String>,
    /// Where the log tells more.
    pub log_id: Option<String>,
}

impl From<&Fault> for FaultView {
    fn from(fault: &Fault) -> Self {
        Self {
            code: fault.code,
            key: fault.key.to_owned(),
            params: fault
                .params
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.clone()))
                .collect(),
            field: fault.field.map(str::to_owned),
            log_id: None,
        }
    }
}

/// What may be known before anybody has signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct InstallStatus {
    /// Whether the laptop belongs to an office.
    pub enrolled: bool,
    /// The laptop's name.
    pub device_name: Option<String>,
    /// Its server.
    pub server_url: Option<String>,
    /// The data folder.
    pub folder: String,
    /// Who may sign in.
    pub people: Vec<LoginPerson>,
    /// Whether it has a recovery code, with which a forgotten password can be set anew.
    pub recovery: bool,
    /// Who is signed in.
    pub signed_in: Option<SignedIn>,
    /// Why the data could not be opened.
    pub problem: Option<FaultView>,
    /// What is wrong without stopping the work, such as a checklist file that cannot be used.
    pub warnings: Vec<FaultView>,
    /// The program's version.
    pub version: String,
}

impl InstallStatus {
    /// The data could not be opened.
    #[must_use]
    pub fn closed(problem: FaultView) -> Self {
        Self {
            enrolled: false,
            device_name: None,
            server_url: None,
            folder: String::new(),
            people: Vec::new(),
            recovery: false,
            signed_in: None,
            problem: Some(problem),
            warnings: Vec::new(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }
}

/// A person who may sign in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct LoginPerson {
    /// What is typed.
    pub login: String,
    /// The name.
    pub name: String,
    /// `inspector`, `station`, `supervisor`.
    pub role: String,
    /// The office's name.
    pub office: String,
    /// Six digits open this laptop too.
    pub pin: bool,
}

/// The person who is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct SignedIn {
    /// The name to sign in with.
    pub login: String,
    /// The person's id.
    pub person: String,
    /// The name.
    pub name: String,
    /// `inspector`, `station`, `supervisor`.
    pub role: String,
    /// The office's id.
    pub office: String,
    /// The office's name.
    pub office_name: String,
}

/// A person to choose as a second inspector.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct PersonRow {
    /// The person's id.
    pub id: String,
    /// The name.
    pub name: String,
    /// The office's name.
    pub office_name: String,
    /// The number of the enforcement certificate that is valid today.
    pub certificate: Option<String>,
}

/// A checklist in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct ChecklistSummary {
    /// The edition.
    pub edition: EditionRef,
    /// Its sector.
    pub sector: String,
    /// Its title.
    pub title: Text,
    /// First day.
    pub in_force_from: Option<String>,
    /// Last day.
    pub in_force_until: Option<String>,
    /// Whether it classes dangerous works.
    pub danger_levels: bool,
    /// What can stand on a site, by key.
    pub facilities: std::collections::BTreeMap<String, Text>,
    /// Its groups, in order, with what applies today.
    pub groups: Vec<GroupSummary>,
}

/// A group of a checklist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct GroupSummary {
    /// Its path.
    pub path: String,
    /// How many items.
    pub items: usize,
    /// How many of them are major hazards when they fail.
    pub major: usize,
}

/// A number to enter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct MeasureView {
    /// What.
    pub quantity: String,
    /// Its unit.
    pub unit: String,
    /// `fails_when` or `applies_when`.
    pub role: String,
    /// The comparison.
    pub op: String,
    /// The constant limit.
    pub value: Option<String>,
    /// What the limit is that is entered on site.
    pub limit: Option<String>,
    /// Where that limit is found.
    pub limit_from: Option<String>,
    /// Ranks, the worst first.
    pub scale: Vec<String>,
    /// A remark.
    pub note: Option<String>,
}

/// An item as the runner shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct ItemView {
    /// The edition.
    pub edition: EditionRef,
    /// Its code.
    pub code: String,
    /// Its group's path.
    pub group: String,
    /// What it is when it fails.
    pub level: Level,
    /// The question.
    pub question: Text,
    /// `yes` or `no`: the answer that is the hazard.
    pub fail_on: String,
    /// What is wrong when it fails.
    pub hazard: String,
    /// What to look at and to photograph.
    pub evidence: Vec<String>,
    /// The clause.
    pub basis: String,
    /// Whether a document may cite it on the day of the visit.
    pub citable: bool,
    /// Where it applies, in words.
    pub applies: Option<String>,
    /// A condition that only the inspector can confirm.
    pub condition: Option<String>,
    /// Which of several facilities it is asked for; empty for the only one.
    pub facility: String,
    /// For a 预判 only: its clause has ended.
    pub prejudge: bool,
    /// Sub-conditions to tick.
    pub conditions: Vec<String>,
    /// How they belong together, e.g. `①且（②或③）`.
    pub formula: Option<String>,
    /// What follows from its answer so far.
    pub judged: JudgementView,
    /// What was answered on the last visit.
    pub before: Option<BeforeView>,
    /// Numbers to enter.
    pub measures: Vec<MeasureView>,
    /// The penalty clause, a hint.
    pub penalty: Option<String>,
    /// A remark.
    pub note: Option<String>,
}

/// A visit in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct InspectionRow {
    /// The visit's id.
    pub id: String,
    /// The site's id.
    pub site: String,
    /// The site's name.
    pub site_name: String,
    /// How it was made.
    pub kind: InspectionKind,
    /// When it began.
    pub begun: String,
    /// When it ended.
    pub ended: Option<String>,
    /// The checklists' ids.
    pub sectors: Vec<String>,
    /// Items answered.
    pub answered: usize,
    /// Items to answer.
    pub total: usize,
    /// Findings.
    pub findings: usize,
    /// Major hazards, counted by hazard key.
    pub major: usize,
    /// Photos.
    pub photos: usize,
    /// Changes and files that have not reached the server.
    pub unsent: usize,
    /// Whether the person signed in is one of its inspectors.
    pub mine: bool,
    /// Who reported it, by name; empty: the inspectors did.
    pub reporter: String,
    /// With this code another laptop takes part; empty: it cannot be joined.
    pub code: String,
    /// Another laptop began it, and its record has not arrived from there.
    pub joined: bool,
}

/// A visit with everything in it.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct InspectionView {
    /// The visit.
    pub row: InspectionRow,
    /// The items of the groups that it covers, in order.
    pub items: Vec<ItemView>,
    /// The answers.
    pub answers: Vec<Answer>,
    /// The findings.
    pub findings: Vec<FindingRow>,
    /// The photos.
    pub photos: Vec<PhotoView>,
    /// Items outside the covered groups: 未查.
    pub not_checked: usize,
    /// Items for facilities that are not on the site.
    pub not_here: usize,
    /// What stands on the site, as `edition/facility`.
    pub facilities: Vec<String>,
    /// Several facilities of one kind.
    pub units: Vec<FacilityUnit>,
    /// What the counting rules say.
    pub verdicts: Vec<RuleView>,
    /// The digest that froze it.
    pub finished: Option<String>,
    /// The item at which the person was.
    pub place: Option<String>,
}

/// A finding in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct FindingRow {
    /// The finding's id.
    pub id: String,
    /// The visit.
    pub inspection: String,
    /// The site's id.
    pub site: String,
    /// The site's name.
    pub site_name: String,
    /// The item's code.
    pub item: Option<String>,
    /// Which of several facilities; empty for the only one.
    pub facility: String,
    /// The item's question: a hazard such as 未建立 says little without it.
    pub question: Option<String>,
    /// How grave.
    pub level: Level,
    /// What is wrong.
    pub hazard: String,
    /// Where on the site.
    pub part: String,
    /// The clause.
    pub basis: String,
    /// Whether a document may cite it; else 待核.
    pub citable: bool,
    /// The deadline.
    pub deadline: Option<String>,
    /// A remark.
    pub note: String,
    /// Where it stands.
    pub state: State,
    /// Past its deadline and not struck off.
    pub overdue: bool,
    /// When it was found.
    pub found: String,
    /// Who found it.
    pub by: String,
    /// Its photos.
    pub photos: Vec<PhotoView>,
}
