//! Listing 10,000 findings.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};
use xunan_testkit::laptop::{self, LOGIN, PASSWORD};

use crate::figures::{Times, say};
use crate::shell::{self, Shell};

const VISITS: usize = 50;
const FINDINGS_PER_VISIT: usize = 200;
const FINDINGS: usize = VISITS * FINDINGS_PER_VISIT;
const PAGE: usize = 200;
const RUNS: usize = 20;

pub(crate) fn measure() -> Result<()> {
    say(&format!(
        "list: {FINDINGS} findings of {VISITS} visits through `finding_list`, no photos"
    ))?;
    let folder = shell::folder()?;
    let install = shell::enrolled(folder.path())?;
    fill(&install)?;
    let shell = Shell::open(Arc::new(install))?;
    let database = folder.path().join("laptop/xunan.db");

    let (mut all, mut plain) = (Times::default(), Times::default());
    let (mut page, mut plain_page) = (Times::default(), Times::default());
    let bytes = list(&shell, FINDINGS)?.1;
    select(&database, FINDINGS)?;
    for _ in 0..RUNS {
        all.add(list(&shell, FINDINGS)?.0);
        plain.add(select(&database, FINDINGS)?);
        page.add(list(&shell, PAGE)?.0);
        plain_page.add(select(&database, PAGE)?);
    }
    say(&format!(
        "  the answer: {:.1} MB of JSON",
        bytes as f64 / 1e6
    ))?;
    all.say(&format!("  all {FINDINGS}"))?;
    plain.say("  peer: a plain SELECT of their JSON")?;
    all.say_ratio(&format!("  all {FINDINGS} beside their peer"), &plain)?;
    page.say(&format!("  the first {PAGE}"))?;
    plain_page.say(&format!("  peer: a plain SELECT with LIMIT {PAGE}"))?;
    page.say_ratio(
        &format!("  the first {PAGE} beside their peer"),
        &plain_page,
    )
}

fn fill(install: &xunan_core::Install) -> Result<()> {
    let app = install.unlock(LOGIN, PASSWORD)?;
    let start = Instant::now();
    for _ in 0..VISITS {
        let visit = laptop::begin(&app, &["fire", "city_gas"], 2)?;
        let inspection = visit.row.id.parse()?;
        for place in 0..FINDINGS_PER_VISIT {
            let item = &visit.items[place % visit.items.len()];
            let mut draft =
                app.finding_draft(inspection, Some(&item.edition.id), Some(&item.code), "")?;
            draft.part = format!("{place} 号点位");
            app.finding_save(&draft)?;
        }
    }
    say(&format!(
        "  made in {:.1} s through the core, one durable save each",
        start.elapsed().as_secs_f64()
    ))
}

/// Asks for the first `limit`; returns how long it took and how long the answer is.
fn list(shell: &Shell, limit: usize) -> Result<(Duration, usize)> {
    let arguments = json!({ "inspection": null, "search": "", "limit": limit, "offset": 0 });
    let start = Instant::now();
    let text = shell.text("finding_list", arguments)?;
    let took = start.elapsed();
    let rows: Vec<Value> = serde_json::from_str(&text)?;
    ensure!(rows.len() == limit, "{} rows", rows.len());
    Ok((took, text.len()))
}

/// The least that a list could cost: the same rows' JSON, read and put one after the other.
fn select(database: &Path, limit: usize) -> Result<Duration> {
    let conn = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let start = Instant::now();
    let mut statement = conn.prepare_cached(
        "SELECT fields FROM record WHERE kind = 'finding' ORDER BY id DESC LIMIT ?1",
    )?;
    let mut rows = statement.query([limit])?;
    let (mut text, mut count) = (String::from("["), 0);
    while let Some(row) = rows.next()? {
        if count > 0 {
            text.push(',');
        }
        text.push_str(row.get_ref(0)?.as_str()?);
        count += 1;
    }
    text.push(']');
    let took = start.elapsed();
    ensure!(count == limit, "{count} rows");
    Ok(took)
}
