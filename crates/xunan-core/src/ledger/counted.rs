//! The statistics over the ledger, and the lists behind their numbers.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use rusqlite::Connection;
use xunan_model::office_rules::OfficeRules;
use xunan_model::statistics::{Fact, Filter, Hazard, Page, PageRequest, hazards, page};

use crate::app::App;
use crate::platform;
use crate::store::Store;

/// What counts, kept until a record changes that it was made of: a page is asked for again with every
/// filter that a person tries.
#[derive(Debug, Default)]
pub(crate) struct HazardCache {
    changes: Arc<AtomicU64>,
    kept: Mutex<Option<(u64, Arc<Vec<Hazard>>)>>,
}

impl HazardCache {
    /// Hears of every change.
    pub(crate) fn follow(&self, store: &Store) {
        let changes = Arc::clone(&self.changes);
        store.on_changed(move |changed| {
            let of = ["finding", "transition", "site", "office"];
            if of.iter().any(|kind| changed.kinds.contains(*kind)) {
                changes.fetch_add(1, Ordering::SeqCst);
            }
        });
    }

    fn hazards(&self, store: &Store) -> Result<Arc<Vec<Hazard>>> {
        // Before reading: what changes meanwhile makes this one old at once.
        let now = self.changes.load(Ordering::SeqCst);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, hazards)) = kept.as_ref().filter(|(at, _)| *at == now) {
            return Ok(Arc::clone(hazards));
        }
        let read = Arc::new(hazards(store.read(facts)?));
        *kept = Some((now, Arc::clone(&read)));
        Ok(read)
    }
}

fn facts(conn: &Connection) -> Result<Vec<Fact>> {
    let mut statement = conn.prepare_cached("SELECT fact FROM ledger")?;
    let mut rows = statement.query([])?;
    let mut facts = Vec::new();
    while let Some(row) = rows.next()? {
        facts.push(serde_json::from_str(row.get_ref(0)?.as_str()?)?);
    }
    Ok(facts)
}

impl App {
    /// The figures of today (统计).
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn statistics(&self, request: &PageRequest) -> Result<Page> {
        let shared = &self.shared;
        let hazards = shared.hazards.hazards(&shared.store)?;
        let rules = self.read(|conn| self.rules(conn))?;
        let today = platform::today();
        Ok(page(
            &hazards,
            request,
            OfficeRules::in_force(&rules, today),
            today,
        ))
    }

    /// The findings behind a number, as a list in JSON.
    pub(super) fn counted(&self, filter: &Filter) -> Result<String> {
        let shared = &self.shared;
        let hazards = shared.hazards.hazards(&shared.store)?;
        let counted = hazards.iter().filter(|hazard| filter.holds(hazard));
        let findings: Vec<String> = counted
            .flat_map(|hazard| hazard.findings.iter().map(ToString::to_string))
            .collect();
        Ok(serde_json::to_string(&findings)?)
    }
}
