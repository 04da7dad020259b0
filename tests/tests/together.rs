//! Two laptops at one hazard, in their real windows, and a server that dies again and again while
//! photos travel.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use fantoccini::key::Key;
use xunan_core::{LedgerQuery, PhotoTarget};
use xunan_model::digest::Digest;
use xunan_testkit::laptop::{self, LOGIN, PASSWORD};
use xunan_testkit::server::Server;
use xunan_testkit::window::Window;
use xunan_testkit::{photos, wait_until};
use xunan_tests::read_export;

const LIGHT: &str = "[data-test=\"sync-light\"]";

/// Two laptops that both have one open hazard; the server is stopped.
struct World {
    folder: tempfile::TempDir,
    server: Server,
}

impl World {
    fn new() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let mut server = Server::new(folder.path())?;
        server.start()?;
        let one = laptop::enrolled(&folder.path().join("one"), &server)?;
        let app = one.unlock(LOGIN, PASSWORD)?;
        let visit = laptop::begin(&app, &["fire"], 1)?;
        let item = &visit.items[0];
        let inspection = visit.row.id.parse()?;
        let draft = app.finding_draft(inspection, Some(&item.edition.id), Some(&item.code), "")?;
        app.finding_save(&draft)?;
        laptop::wait_sent(&one, Duration::from_secs(20))?;
        let two = laptop::enrolled(&folder.path().join("two"), &server)?;
        let other = two.unlock("yi", PASSWORD)?;
        wait_until("the hazard is there", Duration::from_secs(20), || {
            Ok(other.ledger_count(&LedgerQuery::default())? == 1)
        })?;
        server.stop()?;
        Ok(Self { folder, server })
    }

    fn laptop(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

async fn open(data: &Path, login: &str) -> Result<Window> {
    let window = Window::open(data, &[]).await?;
    window.click(&format!("login-person-{login}")).await?;
    let field = window.test("login-password").await?;
    field.send_keys(PASSWORD).await?;
    window.press(Key::Enter).await?;
    window.test("new-inspection").await?;
    Ok(window)
}

/// Sets the deadline of the only hazard.
async fn set_deadline(window: &Window, day: &str) -> Result<()> {
    window.click("all-inspections").await?;
    window.click("inspection-row").await?;
    window.click("findings").await?;
    window.click("finding-row").await?;
    window.click("finding-edit").await?;
    window.test("finding-dialog").await?;
    let field = window.test("deadline").await?;
    field.clear().await?;
    field.send_keys(day).await?;
    window.click("finding-save").await?;
    let start = Instant::now();
    while window.shows("[data-test=\"finding-dialog\"]").await? {
        ensure!(
            start.elapsed() < Duration::from_secs(15),
            "{}",
            window.text().await?
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

async fn picture(window: &Window, name: &str) -> Result<()> {
    match std::env::var_os("XUNAN_PICTURES") {
        Some(folder) => window.picture(&Path::new(&folder).join(name)).await,
        None => Ok(()),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_laptops_set_one_deadline_offline_and_both_see_it_settled() -> Result<()> {
    let mut world = World::new()?;
    let one = open(&world.laptop("one"), LOGIN).await?;
    let two = open(&world.laptop("two"), "yi").await?;
    set_deadline(&one, "2027-01-10").await?;
    set_deadline(&two, "2027-02-20").await?;

    world.server.start()?;
    for window in [&one, &two] {
        window.click("sync-light").await?;
        window.click("sync-now").await?;
        window
            .wait_attribute(LIGHT, "data-unsent", Duration::from_secs(20), |n| n == "0")
            .await?;
    }
    for (window, name) in [(&one, "conflict-one.png"), (&two, "conflict-two.png")] {
        window.click("sync-now").await?;
        window.click("conflict-light").await?;
        window.test("conflict").await?;
        picture(window, name).await?;
        let count = window.count("[data-test=\"conflict\"]").await?;
        ensure!(count == 1, "{count} conflicts:\n{}", window.text().await?);
        let text = window.text().await?;
        ensure!(
            text.contains("2027-01-10") && text.contains("2027-02-20"),
            "both values are shown:\n{text}"
        );
    }
    // Undecided, the hazard cannot be closed.
    two.click("all-findings").await?;
    two.click("finding-row").await?;
    two.click("steps-other").await?;
    let refused = two
        .attribute("[data-test=\"step-closed\"]", "data-refused")
        .await?;
    ensure!(
        refused.as_deref() == Some("finding_disputed"),
        "striking off is refused as {refused:?}"
    );
    let state = two
        .attribute("[data-test=\"finding-detail\"]", "data-state")
        .await?;
    ensure!(state.as_deref() == Some("found"), "it is {state:?}");
    picture(&two, "disputed.png").await?;

    // The first value is chosen on the first laptop; the second hears of it.
    one.click("conflict-loser").await?;
    one.test("no-conflicts").await?;
    one.click("sync-light").await?;
    one.click("sync-now").await?;
    one.wait_attribute(LIGHT, "data-unsent", Duration::from_secs(20), |n| n == "0")
        .await?;
    two.click("sync-light").await?;
    two.click("sync-now").await?;
    let start = Instant::now();
    while two.shows("[data-test=\"conflict-light\"]").await? {
        ensure!(
            start.elapsed() < Duration::from_secs(20),
            "{}",
            two.text().await?
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    one.close().await?;
    two.close().await?;
    let mut seen = BTreeSet::new();
    for (name, login) in [("one", LOGIN), ("two", "yi")] {
        let install = laptop::reopened(&world.laptop(name))?;
        let page = install.unlock(login, PASSWORD)?;
        let page = page.ledger_page(&LedgerQuery::default())?;
        seen.insert(format!("{:?}", page.rows[0].deadline));
    }
    ensure!(seen.len() == 1, "the laptops differ: {seen:?}");
    let out = world.folder.path().join("export");
    world.server.export(&out)?;
    let export = read_export(&out)?;
    let finding = export.records["finding"]
        .values()
        .next()
        .context("a finding")?;
    ensure!(
        seen.iter()
            .next()
            .is_some_and(|day| day.contains(finding["deadline"].as_str().unwrap_or("?")))
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_deaths_of_the_server_during_an_upload_lose_and_double_nothing() -> Result<()> {
    const DEATHS: u64 = 20;
    let mut world = World::new()?;
    let files = photos::files()?;
    let mut wanted = BTreeSet::new();
    {
        let install = laptop::open(&world.laptop("one"))?;
        let app = install.unlock(LOGIN, PASSWORD)?;
        let visit = app
            .inspection_list()?
            .first()
            .context("a visit")?
            .id
            .clone();
        for file in &files {
            let bytes = std::fs::read(file)?;
            wanted.insert(Digest::of(&bytes));
            let target = PhotoTarget {
                inspection: visit.parse()?,
                finding: None,
                item: None,
                facility: String::new(),
                name: "photo.jpg".to_owned(),
                source: xunan_model::photo::PhotoSource::File,
            };
            app.photo_add(target, &bytes)?;
        }
    }
    let window = open(&world.laptop("one"), LOGIN).await?;
    window.click("sync-light").await?;
    let mut unsent = Vec::new();
    for death in 0..DEATHS {
        world.server.start()?;
        window.click("sync-now").await?;
        tokio::time::sleep(Duration::from_millis(20 + death * 17 % 130)).await;
        world.server.kill()?;
        unsent.push(window.attribute(LIGHT, "data-unsent").await?);
    }
    picture(&window, "sync-broken.png").await?;
    world.server.start()?;
    window.click("sync-now").await?;
    window
        .wait_attribute(LIGHT, "data-unsent", Duration::from_secs(90), |n| n == "0")
        .await
        .with_context(|| format!("{unsent:?}"))?;
    picture(&window, "sync-done.png").await?;
    window.close().await?;
    let out = world.folder.path().join("export");
    world.server.export(&out)?;
    let export = read_export(&out)?;
    let have: BTreeSet<Digest> = export.photos.iter().copied().collect();
    ensure!(wanted.is_subset(&have), "photos are missing");
    ensure!(export.records["photo"].len() == files.len());
    ensure!(export.records["finding"].len() == 1 && export.records["inspection"].len() == 1);
    Ok(())
}
