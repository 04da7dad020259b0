//! What arrived, visit by visit.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use serde_json::Value;
use uuid::Uuid;
use xunan_model::change::Kind;
use xunan_model::digest::Digest;

use crate::store::{Store, StoredRecord};

/// One visit as it stands here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct VisitLine {
    pub(crate) site: String,
    pub(crate) begun: String,
    pub(crate) finished: String,
    pub(crate) inspectors: String,
    pub(crate) answers: usize,
    pub(crate) findings: usize,
    pub(crate) photos: usize,
    /// How many of the photos' originals are here.
    pub(crate) photos_received: usize,
}

/// All visits, the latest first. Fields are read one by one: a visit of a newer program shows too.
pub(crate) async fn visits(store: &dyn Store) -> Result<Vec<VisitLine>> {
    let names = names(store).await?;
    let name = |value: &Value| {
        names
            .get(text(value))
            .cloned()
            .unwrap_or_else(|| text(value).to_owned())
    };
    let answers = count(&store.records(Some(Kind::Answer)).await?);
    let findings = count(&store.records(Some(Kind::Finding)).await?);
    let here: BTreeSet<Digest> = store
        .blobs()
        .await?
        .into_iter()
        .map(|(digest, _)| digest)
        .collect();
    let mut photos: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for photo in store.records(Some(Kind::Photo)).await? {
        let entry = photos
            .entry(field(&photo, "inspection").to_owned())
            .or_default();
        let original = photo
            .row
            .fields
            .get("original")
            .map_or("", |blob| text(&blob["sha256"]));
        entry.0 += 1;
        entry.1 +=
            usize::from(Digest::parse(original).is_some_and(|digest| here.contains(&digest)));
    }
    let mut lines = Vec::new();
    for visit in store.records(Some(Kind::Inspection)).await? {
        let id = visit.id.to_string();
        let (expected, received) = photos.get(&id).copied().unwrap_or_default();
        let inspectors = visit
            .row
            .fields
            .get("inspectors")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        lines.push(VisitLine {
            site: visit.row.fields.get("site").map(name).unwrap_or_default(),
            begun: field(&visit, "begun").to_owned(),
            finished: visit
                .row
                .fields
                .get("finished")
                .map(|end| text(&end["at"]).to_owned())
                .unwrap_or_default(),
            inspectors: inspectors.iter().map(name).collect::<Vec<_>>().join("、"),
            answers: answers.get(&id).copied().unwrap_or(0),
            findings: findings.get(&id).copied().unwrap_or(0),
            photos: expected,
            photos_received: received,
        });
    }
    lines.sort_by(|a, b| b.begun.cmp(&a.begun));
    Ok(lines)
}

/// The names of sites and persons by their ids.
async fn names(store: &dyn Store) -> Result<BTreeMap<String, String>> {
    let mut names = BTreeMap::new();
    for kind in [Kind::Site, Kind::Person] {
        for record in store.records(Some(kind)).await? {
            let id: Uuid = record.id;
            names.insert(id.to_string(), field(&record, "name").to_owned());
        }
    }
    Ok(names)
}

fn count(records: &[StoredRecord]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for record in records {
        *counts
            .entry(field(record, "inspection").to_owned())
            .or_default() += 1;
    }
    counts
}

fn field<'a>(record: &'a StoredRecord, name: &str) -> &'a str {
    record.row.fields.get(name).map_or("", text)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
