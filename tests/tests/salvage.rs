//! Pages of a laptop's database are destroyed. What lies on the others is there, what the server has comes
//! back, and the rest is told: no more and no less.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use xunan_core::{App, Config, salvage};
use xunan_model::digest::Digest;
use xunan_model::id::InspectionId;
use xunan_testkit::laptop::{self, LOGIN, PASSWORD};
use xunan_testkit::server::Server;
use xunan_testkit::{photos, wait_until};
use xunan_tests::{one_file, read_export};

const SOON: Duration = Duration::from_secs(40);
const PAGE: usize = 4096;
/// Findings that the server has, and findings that it does not have.
const EACH: usize = 40;

fn add_finding(app: &App, visit: InspectionId, note: &str) -> Result<()> {
    let mut draft = app.finding_draft(visit, None, None, "")?;
    draft.hazard = "疏散通道被占用".to_owned();
    draft.note = note.to_owned();
    app.finding_save(&draft)?;
    Ok(())
}

/// Destroys the page of the log that holds the change with this note. Pages of the rows are left alone.
fn destroy(database: &Path, note: &str) -> Result<()> {
    let mut bytes = fs::read(database)?;
    // In the log a finding stands with its bytes' digest behind it; in its row without.
    let needle = format!("\"note\":\"{note}\"");
    let mut at = 0;
    while let Some(found) = bytes[at..]
        .windows(needle.len())
        .position(|window| window == needle.as_bytes())
    {
        let place = at + found;
        let from = place / PAGE * PAGE;
        let page = &bytes[from..from + PAGE];
        let holds_changes = page.windows(9).any(|window| window == b"\"author\":");
        if holds_changes {
            bytes[from..from + PAGE].fill(0x5a);
        }
        at = from + PAGE;
    }
    fs::write(database, bytes)?;
    Ok(())
}

#[test]
fn what_is_readable_is_there_what_the_server_has_comes_back_and_the_loss_is_told() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let data = folder.path().join("laptop");
    let mut server = Server::new(folder.path())?;
    server.start()?;
    let install = laptop::enrolled(&data, &server)?;
    let app = install.unlock(LOGIN, PASSWORD)?;
    let visit: InspectionId = laptop::begin(&app, &["fire"], 1)?.row.id.parse()?;
    for n in 0..EACH {
        add_finding(&app, visit, &format!("sent {n:03}"))?;
    }
    let bytes = fs::read(&photos::files()?[0])?;
    let target = xunan_core::PhotoTarget {
        inspection: visit,
        finding: None,
        item: None,
        facility: String::new(),
        name: "现场.jpg".to_owned(),
        source: xunan_model::photo::PhotoSource::File,
    };
    app.photo_add(target, &bytes)?;
    wait_until("the copies are made", SOON, || {
        Ok(app.inspection_get(visit)?.photos[0].evidence.is_some())
    })?;
    laptop::wait_sent(&install, SOON)?;
    server.stop()?;
    for n in 0..EACH {
        add_finding(&app, visit, &format!("kept {n:03}"))?;
    }
    drop((app, install));
    drop(laptop::reopened(&data)?);
    let database = data.join("xunan.db");
    one_file(&database)?;
    destroy(&database, "sent 010")?;
    destroy(&database, "sent 030")?;
    destroy(&database, "kept 020")?;
    let damaged = fs::read(&database)?;
    let config = Config {
        folder: data.clone(),
        server_url: None,
    };
    let told = salvage(&config)?;
    ensure!(told.changes_lost > 0 && told.changes_lost < 16, "{told:?}");
    ensure!(told.changes_again > 0, "{told:?}");
    ensure!(
        told.lost.get("finding").is_some_and(|count| *count > 0),
        "{told:?}"
    );
    ensure!(fs::read(data.join(&told.folder).join("xunan.db"))? == damaged);

    // Before any network: what was read can be seen, and work goes on.
    let install = laptop::open(&data)?;
    let app = install.unlock(LOGIN, PASSWORD)?;
    let notes = |app: &App| -> Result<Vec<String>> {
        let view = app.inspection_get(visit)?;
        Ok(view
            .findings
            .into_iter()
            .map(|finding| finding.note)
            .collect())
    };
    let readable = notes(&app)?;
    ensure!(
        !readable.contains(&"kept 020".to_owned()),
        "it was destroyed"
    );
    add_finding(&app, visit, "after the salvage")?;

    server.start()?;
    install.sync_now();
    wait_until("what the server has is back", SOON, || {
        install.sync_now();
        let notes = notes(&app)?;
        Ok((0..EACH).all(|n| notes.contains(&format!("sent {n:03}"))))
    })
    .with_context(|| format!("{:?}", install.sync_status()))?;
    laptop::wait_sent(&install, SOON)?;

    let mut here = notes(&app)?;
    here.sort();
    let once: BTreeSet<&String> = here.iter().collect();
    ensure!(
        once.len() == here.len(),
        "something is there twice: {here:?}"
    );
    ensure!(here.contains(&"after the salvage".to_owned()));
    let gone: Vec<String> = (0..EACH)
        .map(|n| format!("kept {n:03}"))
        .filter(|note| !here.contains(note))
        .collect();
    // A finding is one change with its first step; nothing else was written without the server.
    ensure!(gone.len() as u64 == told.changes_lost, "{gone:?} {told:?}");
    ensure!(app.inspection_get(visit)?.photos.len() == 1);
    let out = folder.path().join("export");
    server.export(&out)?;
    let export = read_export(&out)?;
    let mut there: Vec<String> = export.records["finding"]
        .values()
        .filter_map(|finding| Some(finding["note"].as_str()?.to_owned()))
        .collect();
    there.sort();
    ensure!(there == here, "server and laptop differ");
    ensure!(export.photos.contains(&Digest::of(&bytes)));
    Ok(())
}
