//! Merging duplicates, and taking it back.

use anyhow::{Context, Result};
use serde_json::Value;
use xunan_model::division;
use xunan_model::fault::{Code, Fault};
use xunan_model::id::{OrganizationId, SiteId};
use xunan_model::party::{Organization, Site};
use xunan_model::site::merging::{self, MERGE_FIELDS, MergeDraft};

use super::editing::seen_now;
use super::shown::row;
use crate::app::App;
use crate::platform;
use crate::store::record;
use crate::view::{MergeField, MergePreview, MergeSide, SiteView};

impl App {
    /// Two sites side by side; nothing is kept.
    ///
    /// # Errors
    /// `not_found`, `merge_self`.
    pub fn merge_preview(&self, survivor: SiteId, duplicate: SiteId) -> Result<MergePreview> {
        let sites = self.sites()?;
        let counts = self.shared.sites.counts(&self.shared.store, &sites)?;
        let missing = || Fault::new(Code::NotFound, "not_found");
        let side = |id: SiteId| -> Result<MergeSide> {
            let entry = sites.get(id).with_context(missing)?;
            let mut all: Vec<SiteId> = sites.survivors.merged(entry.site.id).collect();
            all.push(entry.site.id);
            Ok(MergeSide {
                row: row(entry, &counts),
                visits: self.visits_of(&all)?.len(),
            })
        };
        let (ours, theirs) = (side(survivor)?, side(duplicate)?);
        self.read(|conn| {
            let load = |id: SiteId| -> Result<Site> {
                record::get(conn, sites.survivors.survivor(id).0)?.with_context(missing)
            };
            let (stays, goes) = (load(survivor)?, load(duplicate)?);
            merging::check(stays.id, goes.id, &sites.survivors)?;
            let keep = merging::suggested(&stays, &goes)?;
            let values = (serde_json::to_value(&stays)?, serde_json::to_value(&goes)?);
            let organization = |id: OrganizationId| -> Result<String> {
                let known: Option<Organization> = record::get(conn, id.0)?;
                Ok(known.map_or_else(|| id.to_string(), |known| known.name))
            };
            let words = |field: &str, site: &Site, value: &Value| -> Result<Vec<String>> {
                Ok(match field {
                    "organizations" => site
                        .organizations
                        .iter()
                        .map(|at| organization(at.organization))
                        .collect::<Result<_>>()?,
                    "division" if !site.division.is_empty() => {
                        vec![format!(
                            "{} {}",
                            site.division,
                            division::full_name(&site.division)
                        )]
                    }
                    "units" => site.units.iter().map(|unit| unit.name.clone()).collect(),
                    "point" => site
                        .point
                        .iter()
                        .map(|point| {
                            format!("{:.5}, {:.5}", degrees(point.lat_e7), degrees(point.lon_e7))
                        })
                        .collect(),
                    _ => texts(value),
                })
            };
            let mut fields = Vec::new();
            for field in MERGE_FIELDS {
                let (mine, other) = (&values.0[field], &values.1[field]);
                if mine == other {
                    continue;
                }
                fields.push(MergeField {
                    field: field.to_owned(),
                    survivor: words(field, &stays, mine)?,
                    duplicate: words(field, &goes, other)?,
                    keep: keep[field],
                    list: mine.is_array() && other.is_array(),
                });
            }
            Ok(MergePreview {
                draft: MergeDraft {
                    survivor: stays.id,
                    duplicate: goes.id,
                    seen: [seen_now(conn, &stays)?, seen_now(conn, &goes)?],
                    keep,
                },
                survivor: ours,
                duplicate: theirs,
                fields,
            })
        })
    }

    /// Merges a duplicate into the site that stays. Visits and findings go on naming the site where they were
    /// made; lists and counts show them under the one that stands for it.
    ///
    /// # Errors
    /// `site_changed` when one of them is no more what the screen showed; `not_found`, `merge_self`,
    /// `merge_already`.
    pub fn site_merge(&self, draft: &MergeDraft) -> Result<SiteView> {
        merging::check(draft.survivor, draft.duplicate, &self.sites()?.survivors)?;
        self.write(|tx| {
            let missing = || Fault::new(Code::NotFound, "not_found");
            let load = |id: SiteId| record::get::<Site>(tx.conn(), id.0)?.with_context(missing);
            let (stays, goes) = (load(draft.survivor)?, load(draft.duplicate)?);
            let now = [seen_now(tx.conn(), &stays)?, seen_now(tx.conn(), &goes)?];
            if now != draft.seen {
                return Err(Fault::new(Code::Conflict, "site_changed").into());
            }
            let when = (self.actor.person, platform::now());
            let (stays, goes) = merging::merged(&stays, &goes, &draft.keep, when)?;
            tx.put(&stays)?;
            tx.put(&goes)
        })?;
        self.site_get(draft.survivor)
    }

    /// Takes a merge back: the duplicate stands for itself again, and what the merge put into the other is put
    /// back where nobody changed it since.
    ///
    /// # Errors
    /// `not_found`, `merge_none`.
    pub fn site_part(&self, duplicate: SiteId) -> Result<SiteView> {
        self.write(|tx| {
            let missing = || Fault::new(Code::NotFound, "not_found");
            let load = |id: SiteId| record::get::<Site>(tx.conn(), id.0);
            let goes = load(duplicate)?.with_context(missing)?;
            let into = goes
                .merged_into
                .context(Fault::new(Code::Conflict, "merge_none"))?;
            // The other may not be here: then there is nothing to put back.
            let stays = load(into)?.unwrap_or_else(|| xunan_model::site::blank(into));
            let (back, again) = merging::parted(&stays, &goes)?;
            if back != stays {
                tx.put(&back)?;
            }
            tx.put(&again)
        })?;
        self.site_get(duplicate)
    }
}

fn degrees(e7: i32) -> f64 {
    f64::from(e7) / 1e7
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) if text.is_empty() => Vec::new(),
        Value::String(text) => vec![text.clone()],
        Value::Array(values) => values.iter().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}
