//! A laptop without a window: the real core on a real folder.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use xunan_core::view::{InspectionView, SyncStatus};
use xunan_core::{App, Config, Install};
use xunan_model::inspection::{
    AnswerDraft, AnswerResult, GroupRef, InspectionDraft, InspectionKind,
};

use crate::server::Server;
use crate::wait_until;

/// The demonstration's first inspector.
pub const LOGIN: &str = "jia";
/// The demonstration's password.
pub const PASSWORD: &str = "demo-1234";

/// Opens an installation, without enrolling it.
///
/// # Errors
/// As [`Install::open`].
pub fn open(folder: &Path) -> Result<Install> {
    Install::open(Config {
        folder: folder.to_owned(),
        server_url: None,
    })
}

/// Opens an installation that a window has just closed: its program may still be letting go of it.
///
/// # Errors
/// As [`Install::open`], when it stays taken.
pub fn reopened(folder: &Path) -> Result<Install> {
    let start = std::time::Instant::now();
    loop {
        match open(folder) {
            Err(_) if start.elapsed() < Duration::from_secs(20) => {
                std::thread::sleep(Duration::from_millis(100));
            }
            opened => return opened,
        }
    }
}

/// Opens an installation whose way to the server leads over `url`.
///
/// # Errors
/// As [`Install::open`].
pub fn open_via(folder: &Path, url: &str) -> Result<Install> {
    Install::open(Config {
        folder: folder.to_owned(),
        server_url: Some(url.to_owned()),
    })
}

/// Opens an installation, enrols it with the running server, and waits until the sites are here.
///
/// # Errors
/// When the server does not let it in.
pub fn enrolled(folder: &Path, server: &Server) -> Result<Install> {
    let install = open(folder)?;
    enrol(&install, server)?;
    let app = install.unlock(LOGIN, PASSWORD)?;
    wait_until("the sites are here", Duration::from_secs(20), || {
        Ok(!app.site_list("")?.is_empty())
    })?;
    Ok(install)
}

/// Enrols an installation.
///
/// # Errors
/// When the server does not let it in.
pub fn enrol(install: &Install, server: &Server) -> Result<()> {
    enrol_with(install, server, &server.enrol_code()?)
}

/// Enrols an installation with a code.
///
/// # Errors
/// When the server does not let it in.
pub fn enrol_with(install: &Install, server: &Server, code: &str) -> Result<()> {
    // On a thread of its own: the caller may be inside a runtime already.
    let enrolled = std::thread::scope(|scope| {
        let enrolling = scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            runtime.block_on(install.enrol(&server.url(), code, "test laptop"))
        });
        enrolling.join()
    });
    enrolled.map_err(|_| anyhow::anyhow!("enrolling panicked"))?
}

/// Begins a visit of the first site that has `sectors`, covering the first `groups_max` groups
/// of each checklist.
///
/// # Errors
/// When there is no such site.
pub fn begin(app: &App, sectors: &[&str], groups_max: usize) -> Result<InspectionView> {
    let has = |site: &xunan_core::view::SiteRow| {
        sectors
            .iter()
            .all(|s| site.sectors.iter().any(|have| have == s))
    };
    let sites = app.site_list("")?;
    let site = sites
        .iter()
        .find(|site| has(site))
        .or(sites.first())
        .context("no site")?;
    let lists = app.checklist_list();
    let chosen: Vec<_> = lists
        .iter()
        .filter(|list| sectors.contains(&list.sector.as_str()))
        .collect();
    let groups = chosen.iter().flat_map(|list| {
        let group = |path: &str| GroupRef {
            edition: list.edition.id.clone(),
            group: path.to_owned(),
        };
        list.groups
            .iter()
            .take(groups_max)
            .map(move |g| group(&g.path))
            .collect::<Vec<_>>()
    });
    app.inspection_start(InspectionDraft {
        site: site.id.parse()?,
        kind: InspectionKind::Unannounced,
        editions: chosen.iter().map(|list| list.edition.clone()).collect(),
        groups: groups.collect(),
        inspectors: Vec::new(),
        facilities: Vec::new(),
        units: Vec::new(),
        note: String::new(),
    })
}

/// An answer to the item at `place` of a visit.
///
/// # Errors
/// When the visit's id is none.
pub fn answer(view: &InspectionView, place: usize, result: AnswerResult) -> Result<AnswerDraft> {
    let item = &view.items[place];
    Ok(AnswerDraft {
        inspection: view.row.id.parse()?,
        edition: item.edition.id.clone(),
        item: item.code.clone(),
        facility: item.facility.clone(),
        result,
        ticks: Vec::new(),
        readings: Vec::new(),
        note: String::new(),
        reason: String::new(),
    })
}

/// Waits until everything has reached the server.
///
/// # Errors
/// When it has not within `limit`, with the state.
pub fn wait_sent(install: &Install, limit: Duration) -> Result<Duration> {
    let sent = |status: &SyncStatus| status.changes_unsent == 0 && status.blobs_unsent == 0;
    wait_until("all is sent", limit, || Ok(sent(&install.sync_status()?)))
        .with_context(|| format!("{:?}", install.sync_status()))
}
