//! A visit and the answers given on it.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::checklist::{EditionRef, ITEM_PARTS_COUNT_MAX};
use crate::digest::Digest;
use crate::fault::{Fault, check_length};
use crate::finding::{Finding, Transition};
use crate::finish::Confirmation;
use crate::id::{AnswerId, DeviceId, InspectionId, OfficeId, PersonId, SiteId, derived};
use crate::open_enum::open_enum;
use crate::party::FacilityUnit;
use crate::photo::Photo;
use crate::record::{canonical_digest, records};
use crate::rules::Told;
use crate::stamp::Stamp;

records! { Inspection => Inspection, Answer => Answer }

/// The longest note, in characters.
pub const NOTE_CHARS_MAX: usize = 2_000;
/// The longest name of a facility, in characters.
pub const FACILITY_CHARS_MAX: usize = 100;
/// The most facilities of a site.
pub const PROFILE_COUNT_MAX: usize = 500;
/// The most readings in one answer.
pub const READINGS_MAX: usize = 50;

open_enum! {
    /// How a visit was made (检查方式).
    InspectionKind {
        /// 四不两直: unannounced, straight to the place.
        Unannounced = "unannounced",
        /// 明查.
        Open = "open",
        /// 暗访.
        Covert = "covert",
        /// 交叉.
        Cross = "cross",
        /// 双随机.
        Random = "random",
        /// 专项.
        Special = "special",
        /// 日常.
        Routine = "routine",
        /// 复查.
        Recheck = "recheck",
        /// 举报核查.
        TipOff = "tip_off",
        /// 企业自查.
        SelfCheck = "self_check",
    }
}

open_enum! {
    /// The answer to an item.
    AnswerResult {
        /// 符合.
        Compliant = "compliant",
        /// 不符合.
        NonCompliant = "non_compliant",
        /// 不适用; needs a reason.
        NotApplicable = "not_applicable",
        /// 无法判定; never counts as 符合.
        Undetermined = "undetermined",
        /// 未查.
        NotChecked = "not_checked",
        /// 撤回: as if never answered. The log only grows, so taking back is an answer too.
        Withdrawn = "withdrawn",
    }
}

/// One visit (检查).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Inspection {
    /// Which one.
    pub id: InspectionId,
    /// How it was made.
    pub kind: InspectionKind,
    /// Where.
    pub site: SiteId,
    /// For which authority.
    pub office: OfficeId,
    /// The inspectors.
    pub inspectors: Vec<PersonId>,
    /// When it began.
    pub begun: DateTime<Utc>,
    /// The editions it was made under, for ever.
    pub editions: Vec<EditionRef>,
    /// What this visit covers; the rest is 未查.
    pub groups: Vec<GroupRef>,
    /// What stands on the site, as `edition/facility`; none of a checklist: not known.
    #[serde(default)]
    pub facilities: Vec<String>,
    /// Several facilities of one kind, each asked on its own.
    #[serde(default)]
    pub units: Vec<FacilityUnit>,
    /// What was said about the place for counting rules, by the rule's id.
    #[serde(default)]
    pub told: BTreeMap<String, Told>,
    /// A remark.
    #[serde(default)]
    pub note: String,
    /// Set once, when it ends.
    #[serde(default)]
    pub finished: Option<Finished>,
    /// Who reported it, by name (上报人): several people share a station's login. Empty: the
    /// inspectors did.
    #[serde(default)]
    pub reporter: String,
    /// The preset of a quick check (快查); empty for any other visit.
    #[serde(default)]
    pub preset: String,
    /// With it another laptop takes part (`joining`); empty for visits that cannot be joined.
    #[serde(default)]
    pub code: String,
    /// What a newer program added.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// A group of a checklist.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct GroupRef {
    /// The edition's id.
    pub edition: String,
    /// The group's path.
    pub group: String,
}

/// The end of a visit. From here on it is frozen; corrections are amendments.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finished {
    /// When.
    pub at: DateTime<Utc>,
    /// By whom.
    pub by: PersonId,
    /// Over the content and the digests of the blobs; see [`frozen_digest`].
    pub digest: Digest,
    /// The inspectors who confirmed exactly this content, each with the own password. Fewer than two:
    /// a check record (检查记录), from which no document of law is made.
    #[serde(default)]
    pub confirmed: Vec<Confirmation>,
    /// What of the log was known then: per laptop that wrote something of the visit, the stamp of its
    /// last change. What others add that is not in it are amendments. By stamps, not by places in the
    /// chain: a laptop that was restored writes again under other names. Empty: an earlier program
    /// ended it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub seen: BTreeMap<DeviceId, Stamp>,
}

/// The answer to one item (检查结果).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct Answer {
    /// Derived from the visit, the item and the facility, so that two laptops that answer the
    /// same item meet.
    pub id: AnswerId,
    /// The visit.
    pub inspection: InspectionId,
    /// The edition's id.
    pub edition: String,
    /// The item's code.
    pub item: String,
    /// Which of several facilities of the site; empty for the only one.
    #[serde(default)]
    pub facility: String,
    /// The answer.
    pub result: AnswerResult,
    /// Sub-conditions ticked, in the order of [`Condition::leaves`]; `None`: not told.
    ///
    /// [`Condition::leaves`]: crate::checklist::Condition::leaves
    #[serde(default)]
    pub ticks: Vec<Option<bool>>,
    /// Numbers read on site.
    #[serde(default)]
    pub readings: Vec<Reading>,
    /// A remark.
    #[serde(default)]
    pub note: String,
    /// Why 不适用, or why the answer stands against a reading.
    #[serde(default)]
    pub reason: String,
    /// Who answered.
    pub by: PersonId,
    /// When.
    #[ts(type = "string")]
    pub at: DateTime<Utc>,
    /// What a newer program added.
    #[serde(flatten)]
    #[ts(skip)]
    pub extra: Map<String, Value>,
}

/// A number read on site, as decimal text: binary floats would change what was written down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct Reading {
    /// What was measured.
    pub quantity: String,
    /// Its unit.
    pub unit: String,
    /// The number.
    pub value: String,
    /// The limit that applies here, where it is entered on site.
    pub limit: Option<String>,
}

/// An answer as a screen edits it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct AnswerDraft {
    /// The visit.
    pub inspection: InspectionId,
    /// The edition's id.
    pub edition: String,
    /// The item's code.
    pub item: String,
    /// Which of several facilities; empty for the only one.
    pub facility: String,
    /// The answer.
    pub result: AnswerResult,
    /// Sub-conditions ticked, in their order; `None`: not told.
    pub ticks: Vec<Option<bool>>,
    /// Numbers read on site.
    pub readings: Vec<Reading>,
    /// A remark.
    pub note: String,
    /// Why 不适用, or why the answer stands against a reading.
    pub reason: String,
}

impl AnswerDraft {
    /// The record's id.
    #[must_use]
    pub fn answer_id(&self) -> AnswerId {
        AnswerId(answer_uuid(
            self.inspection,
            &self.edition,
            &self.item,
            &self.facility,
        ))
    }

    /// Turns the draft into a record.
    ///
    /// # Errors
    /// `reason_required` for 不适用 without a reason; `text_too_long`; `number_wrong` for a
    /// reading that is no decimal number.
    pub fn check(self, by: PersonId, at: DateTime<Utc>) -> Result<Answer, Fault> {
        check_length(&self.note, NOTE_CHARS_MAX, "note")?;
        check_length(&self.reason, NOTE_CHARS_MAX, "reason")?;
        check_length(&self.facility, FACILITY_CHARS_MAX, "facility")?;
        if self.result == AnswerResult::NotApplicable && self.reason.trim().is_empty() {
            return Err(Fault::invalid("reason_required", "reason"));
        }
        if self.ticks.len() > ITEM_PARTS_COUNT_MAX {
            return Err(Fault::invalid("invalid", "ticks").with("field", "ticks"));
        }
        if self.readings.len() > READINGS_MAX {
            return Err(Fault::invalid("invalid", "readings").with("field", "readings"));
        }
        for reading in &self.readings {
            for number in std::iter::once(&reading.value).chain(&reading.limit) {
                check_length(number, 40, "readings")?;
            }
        }
        Ok(Answer {
            id: self.answer_id(),
            inspection: self.inspection,
            edition: self.edition,
            item: self.item,
            facility: self.facility,
            result: self.result,
            ticks: self.ticks,
            readings: self.readings,
            note: self.note,
            reason: self.reason,
            by,
            at,
            extra: Map::new(),
        })
    }
}

fn answer_uuid(inspection: InspectionId, edition: &str, item: &str, facility: &str) -> Uuid {
    derived(&["answer", &inspection.to_string(), edition, item, facility])
}

/// A new visit as a screen edits it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct InspectionDraft {
    /// Where.
    pub site: SiteId,
    /// How it is made.
    pub kind: InspectionKind,
    /// The editions to work through.
    pub editions: Vec<EditionRef>,
    /// What this visit covers.
    pub groups: Vec<GroupRef>,
    /// The other inspectors; the one signed in is added.
    pub inspectors: Vec<PersonId>,
    /// What stands on the site, as `edition/facility`.
    pub facilities: Vec<String>,
    /// Several facilities of one kind, each asked on its own.
    pub units: Vec<FacilityUnit>,
    /// A remark.
    pub note: String,
}

impl InspectionDraft {
    /// Turns the draft into a record.
    ///
    /// # Errors
    /// `choose_group` when nothing is to be covered; `text_too_long`; `unit_twice`.
    pub fn check(
        self,
        id: InspectionId,
        office: OfficeId,
        by: PersonId,
        at: DateTime<Utc>,
    ) -> Result<Inspection, Fault> {
        check_length(&self.note, NOTE_CHARS_MAX, "note")?;
        // A recheck asks about hazards and not about items.
        let nothing = self.groups.is_empty() || self.editions.is_empty();
        if nothing && self.kind != InspectionKind::Recheck || self.groups.len() > 1_000 {
            return Err(Fault::invalid("choose_group", "groups"));
        }
        check_profile(&self.facilities, &self.units)?;
        let mut inspectors = vec![by];
        inspectors.extend(self.inspectors.into_iter().filter(|person| *person != by));
        inspectors.truncate(20);
        Ok(Inspection {
            id,
            kind: self.kind,
            site: self.site,
            office,
            inspectors,
            begun: at,
            editions: self.editions,
            groups: self.groups,
            facilities: self.facilities,
            units: self.units,
            told: BTreeMap::new(),
            note: self.note,
            finished: None,
            reporter: String::new(),
            preset: String::new(),
            code: String::new(),
            extra: Map::new(),
        })
    }
}

/// Whether what is said to stand on a site can be kept.
///
/// # Errors
/// `unit_twice` for two facilities of one kind and name; `text_too_long`; `invalid` for too many.
pub fn check_profile(facilities: &[String], units: &[FacilityUnit]) -> Result<(), Fault> {
    if facilities.len() > PROFILE_COUNT_MAX || units.len() > PROFILE_COUNT_MAX {
        return Err(Fault::invalid("invalid", "facilities").with("field", "facilities"));
    }
    for facility in facilities
        .iter()
        .chain(units.iter().map(|unit| &unit.facility))
    {
        check_length(facility, FACILITY_CHARS_MAX, "facilities")?;
    }
    let mut seen = BTreeSet::new();
    for unit in units {
        check_length(&unit.name, FACILITY_CHARS_MAX, "facilities")?;
        if unit.name.trim().is_empty() || !seen.insert((&unit.facility, &unit.name)) {
            return Err(Fault::invalid("unit_twice", "facilities").with("name", &unit.name));
        }
    }
    Ok(())
}

/// Everything a visit consists of.
#[derive(Debug, Clone, PartialEq)]
pub struct Visit {
    /// The visit itself.
    pub inspection: Inspection,
    /// Its answers.
    pub answers: Vec<Answer>,
    /// Its findings.
    pub findings: Vec<Finding>,
    /// The steps of its findings.
    pub transitions: Vec<Transition>,
    /// Its photos.
    pub photos: Vec<Photo>,
}

/// The digest that freezes a visit: over every record, in the order of their ids.
///
/// Photos count by the digest of their originals, so that derived copies may still come. A field that
/// says nothing is left out, so that a program that knows more fields finds an old visit as it was.
///
/// # Errors
/// When a record cannot be written as JSON.
pub fn frozen_digest(visit: &Visit) -> Result<Digest, serde_json::Error> {
    let mut inspection = serde_json::to_value(&visit.inspection)?;
    if let Value::Object(fields) = &mut inspection {
        fields.remove("finished");
    }
    let mut answers = visit.answers.clone();
    answers.sort_by_key(|record| record.id);
    let mut findings = visit.findings.clone();
    findings.sort_by_key(|record| record.id);
    let mut transitions = visit.transitions.clone();
    transitions.sort_by_key(|record| record.id);
    let mut photos: Vec<Value> = Vec::new();
    let mut sorted: Vec<&Photo> = visit.photos.iter().collect();
    sorted.sort_by_key(|photo| photo.id);
    for photo in sorted {
        photos.push(json!({
            "id": photo.id, "original": photo.original.sha256, "finding": photo.finding, "item": photo.item, "facility": photo.facility,
            "added": photo.added, "by": photo.by, "position": photo.position, "proves": photo.proves, "marks": photo.marks,
        }));
    }
    let mut all = json!({
        "inspection": inspection, "answers": answers, "findings": findings, "transitions": transitions, "photos": photos,
    });
    for records in all.as_object_mut().into_iter().flat_map(Map::values_mut) {
        match records {
            Value::Array(records) => records.iter_mut().for_each(without_empty),
            record => without_empty(record),
        }
    }
    Ok(canonical_digest(&all))
}

fn without_empty(record: &mut Value) {
    let says = |value: &Value| match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(values) => !values.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
        Value::Bool(_) | Value::Number(_) => true,
    };
    if let Value::Object(fields) = record {
        fields.retain(|_, value| says(value));
    }
}
