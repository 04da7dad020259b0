//! What answers and readings mean on a visit, as screens ask for it. The rules are the model's.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use rusqlite::Connection;
use xunan_model::checklist::{Edition, EditionRef, Item, Threshold};
use xunan_model::fault::Fault;
use xunan_model::finding::{self, Finding, Level, Transition};
use xunan_model::id::InspectionId;
use xunan_model::inspection::{
    Answer, AnswerDraft, AnswerResult, FACILITY_CHARS_MAX, Inspection, Reading, check_profile,
};
use xunan_model::party::{FacilityUnit, Site};
use xunan_model::rules::{
    DangerLevels, Failure, Given, Judgement, Profile, RuleResult, RuleVerdict, Told, judge,
};

use crate::app::App;
use crate::asked::{Asked, china_day, item};
use crate::inspections::{load, load_open};
use crate::joining;
use crate::sites::index::Sites;
use crate::store::record;
use crate::view::{BeforeView, DangerView, InspectionView, JudgementView, RuleView};

impl App {
    /// What would follow from an answer that is not saved yet; a wrong number says nothing here.
    ///
    /// # Errors
    /// `not_found`, `item_unknown`.
    pub fn answer_judge(&self, draft: &AnswerDraft) -> Result<JudgementView> {
        self.read(|conn| {
            let inspection = load(conn, draft.inspection)?;
            let checklists = self.shared.checklists();
            let (edition, item) = item(&checklists, &inspection, &draft.edition, &draft.item)?;
            let given = Given {
                result: Some(&draft.result),
                ticks: &draft.ticks,
                readings: &draft.readings,
            };
            Ok(view(&judged(&inspection, edition, item, given)))
        })
    }

    /// Says what stands on the site of a visit. The site keeps it for the next one.
    ///
    /// # Errors
    /// `inspection_finished`, `unit_twice`, `text_too_long`.
    pub fn visit_profile(
        &self,
        id: InspectionId,
        facilities: Vec<String>,
        units: Vec<FacilityUnit>,
    ) -> Result<InspectionView> {
        check_profile(&facilities, &units)?;
        self.write(|tx| {
            let mut inspection = load_open(tx.conn(), id)?;
            if let Some(mut site) = record::get::<Site>(tx.conn(), inspection.site.0)? {
                site.facilities.clone_from(&facilities);
                site.units.clone_from(&units);
                tx.put(&site)?;
            }
            inspection.facilities = facilities;
            inspection.units = units;
            joining::save(tx, &inspection)
        })?;
        self.inspection_get(id)
    }

    /// Says what a counting rule has to know about the place.
    ///
    /// # Errors
    /// `inspection_finished`, `text_too_long`.
    pub fn visit_told(&self, id: InspectionId, rule: String, told: Told) -> Result<InspectionView> {
        for text in std::iter::once(&rule).chain(&told.premises) {
            xunan_model::fault::check_length(text, FACILITY_CHARS_MAX, "premises")?;
        }
        self.write(|tx| {
            let mut inspection = load_open(tx.conn(), id)?;
            inspection.told.insert(rule, told);
            joining::save(tx, &inspection)
        })?;
        self.inspection_get(id)
    }

    /// The class of works of an edition's table, from numbers entered by row; every row is given
    /// back with its own class. `None`: the edition has no such table.
    ///
    /// # Errors
    /// `checklist_missing`.
    pub fn danger_class(
        &self,
        edition: &EditionRef,
        entered: &[(usize, String)],
    ) -> Result<Option<DangerView>> {
        let checklists = self.shared.checklists();
        let Some(levels) = DangerLevels::of(checklists.get(edition)?) else {
            return Ok(None);
        };
        let levels = levels.map_err(anyhow::Error::msg)?;
        let entered: Vec<(usize, &str)> = entered
            .iter()
            .map(|(row, number)| (*row, number.as_str()))
            .collect();
        let (class, decided) = levels.class(&entered);
        Ok(Some(DangerView {
            class,
            decided: decided.into_iter().cloned().collect(),
            title: levels.title.clone(),
            rows: levels.rows.clone(),
        }))
    }
}

/// Judges an item on a visit.
pub(crate) fn judged(
    inspection: &Inspection,
    edition: &Edition,
    item: &Item,
    given: Given<'_>,
) -> Judgement {
    let profile = Profile(&inspection.facilities);
    judge(edition, item, profile, given, china_day(inspection))
}

/// Refuses an answer that cannot stand as it is.
///
/// # Errors
/// `number_wrong` for a reading or limit that is no number (or rank); `contradiction_reason` when
/// the answer is calmer than the readings and gives no reason.
pub(crate) fn check(
    inspection: &Inspection,
    edition: &Edition,
    item: &Item,
    answer: &Answer,
) -> Result<(), Fault> {
    for reading in &answer.readings {
        check_reading(item, reading)?;
    }
    let judged = judged(inspection, edition, item, given(answer));
    let open = judged
        .contradiction
        .is_some_and(|contradiction| contradiction.needs_reason());
    if open && answer.reason.trim().is_empty() {
        return Err(Fault::invalid("contradiction_reason", "reason"));
    }
    Ok(())
}

fn check_reading(item: &Item, reading: &Reading) -> Result<(), Fault> {
    let wrong = |text: &str| Fault::invalid("number_wrong", "readings").with("text", text);
    let measure = item
        .measures
        .iter()
        .find(|measure| measure.quantity.zh == reading.quantity);
    // What a newer edition measures is kept as it is.
    let Some(measure) = measure else {
        return Ok(());
    };
    let decimal = |text: &str| xunan_model::checklist::Decimal::parse(text).is_some();
    let ranks = measure.scale.as_deref().unwrap_or_default();
    let known = match measure.threshold() {
        Ok(Threshold::Rank(_)) => ranks.contains(&reading.value),
        _ => decimal(&reading.value),
    };
    if !known {
        return Err(wrong(&reading.value));
    }
    match &reading.limit {
        Some(limit) if !decimal(limit) => Err(wrong(limit)),
        _ => Ok(()),
    }
}

/// What an answer says about its item.
pub(crate) fn given(answer: &Answer) -> Given<'_> {
    Given {
        result: Some(&answer.result),
        ticks: &answer.ticks,
        readings: &answer.readings,
    }
}

/// The level of a finding from an item that fails so.
pub(crate) fn level(failure: Failure) -> Level {
    match failure {
        Failure::Major => Level::Major,
        // Not decided is named on the screen until somebody ticks; it never decides 重大 by itself.
        Failure::General | Failure::Undecided => Level::General,
    }
}

/// A judgement as screens show it.
pub(crate) fn view(judged: &Judgement) -> JudgementView {
    JudgementView {
        applicability: judged.applicability,
        measured: judged.measured,
        ticked: judged.ticked,
        failure: judged.failure,
        contradiction: judged.contradiction,
        needs_reason: judged
            .contradiction
            .is_some_and(|contradiction| contradiction.needs_reason()),
    }
}

/// What the counting rules say about a visit. Elements that were put right on the spot do not
/// count: they are about what cannot be corrected at once (GB 35181-2017 chapter 5).
pub(crate) fn verdicts(
    conn: &Connection,
    inspection: &Inspection,
    asked: &[Asked<'_>],
    answers: &[Answer],
    findings: &[Finding],
) -> Result<Vec<RuleView>> {
    let day = china_day(inspection);
    let mut standing: BTreeMap<(&str, &str), bool> = BTreeMap::new();
    for finding in findings {
        let Some(code) = finding.item.as_deref() else {
            continue;
        };
        let steps: Vec<Transition> = record::of_finding(conn, finding.id.0)?;
        let ended = finding::state(finding, &steps).ends();
        let still = standing.entry((code, &finding.facility)).or_default();
        *still |= !ended;
    }
    let mut editions: Vec<&Edition> = Vec::new();
    for one in asked {
        if !editions.iter().any(|edition| edition.id == one.edition.id) {
            editions.push(one.edition);
        }
    }
    let mut views = Vec::new();
    for edition in editions {
        let codes = asked
            .iter()
            .filter(|one| one.edition.id == edition.id)
            .map(|one| one.item.code.as_str())
            .collect();
        let failed: BTreeSet<&str> = answers
            .iter()
            .filter(|answer| answer.edition == edition.id)
            .filter(|answer| answer.result == AnswerResult::NonCompliant)
            .filter(|answer| {
                let key = (answer.item.as_str(), answer.facility.as_str());
                standing.get(&key).copied().unwrap_or(true)
            })
            .map(|answer| answer.item.as_str())
            .collect();
        let verdicts = edition.count(day, &codes, &failed, &inspection.told);
        views.extend(
            verdicts
                .iter()
                .map(|verdict| rule_view(inspection, verdict)),
        );
    }
    Ok(views)
}

fn rule_view(inspection: &Inspection, verdict: &RuleVerdict<'_>) -> RuleView {
    // What is asked of the person is what the rule needs that decides.
    let (by, result) = match &verdict.prejudged {
        Some((rule, result)) => (*rule, result),
        None => (verdict.rule, &verdict.result),
    };
    let counted = match result {
        RuleResult::Direct(counted) | RuleResult::Clause { counted, .. } => counted.clone(),
        RuleResult::Not | RuleResult::Excluded | RuleResult::Undetermined => Vec::new(),
    };
    RuleView {
        rule: by.id.clone(),
        title: verdict.rule.title.clone(),
        by: by.title.clone(),
        formal: verdict.is_formal(),
        result: match result {
            RuleResult::Clause { .. } => "clause".to_owned(),
            other => other.word().to_owned(),
        },
        major: result.is_major(),
        clause: match result {
            RuleResult::Clause { name, .. } => Some(name.clone()),
            _ => None,
        },
        counted,
        premises: by.premises.clone(),
        exclusions: by.exclusions.clone(),
        notes: [&verdict.rule.note, &by.note]
            .into_iter()
            .flatten()
            .cloned()
            .collect::<Vec<_>>(),
        told: inspection.told.get(&by.id).cloned().unwrap_or_default(),
    }
}

/// The answers of the last finished visit to the same site, by edition, item and facility: what was
/// seen then is a suggestion, never an answer.
pub(crate) fn before(
    conn: &Connection,
    sites: &Sites,
    inspection: &Inspection,
) -> Result<BTreeMap<(String, String, String), BeforeView>> {
    let mut last: Option<Inspection> = None;
    for visit in record::all::<Inspection>(conn)? {
        let earlier = sites.same(visit.site, inspection.site)
            && visit.id != inspection.id
            && visit.finished.is_some()
            && visit.begun < inspection.begun;
        if earlier && last.as_ref().is_none_or(|last| last.begun < visit.begun) {
            last = Some(visit);
        }
    }
    let Some(last) = last else {
        return Ok(BTreeMap::new());
    };
    let answers: Vec<Answer> = record::of_inspection(conn, last.id.0)?;
    let told = answers
        .into_iter()
        .filter(|answer| answer.result != AnswerResult::Withdrawn);
    Ok(told
        .map(|answer| {
            let view = BeforeView {
                day: china_day(&last).to_string(),
                result: answer.result,
                note: answer.note,
                reason: answer.reason,
                readings: answer.readings,
            };
            ((answer.edition, answer.item, answer.facility), view)
        })
        .collect())
}
