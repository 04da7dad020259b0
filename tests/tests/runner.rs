//! What the rules say, as an inspector meets it in the real window.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use fantoccini::key::Key;
use xunan_core::view::InspectionView;
use xunan_core::{App, Install};
use xunan_model::inspection::{GroupRef, InspectionDraft, InspectionKind};
use xunan_testkit::laptop::{self, LOGIN, PASSWORD};
use xunan_testkit::server::Server;
use xunan_testkit::window::Window;

async fn picture(window: &Window, name: &str) -> Result<()> {
    match std::env::var_os("XUNAN_PICTURES") {
        Some(folder) => window.picture(&Path::new(&folder).join(name)).await,
        None => Ok(()),
    }
}

/// A visit that covers a whole checklist and opens at one of its items.
fn visit(install: &Install, app: &App, sector: &str, code: &str) -> Result<InspectionView> {
    let lists = app.checklist_list();
    let list = lists
        .iter()
        .find(|list| list.sector == sector)
        .context("no list")?;
    let groups = list.groups.iter().map(|group| GroupRef {
        edition: list.edition.id.clone(),
        group: group.path.clone(),
    });
    let view = app.inspection_start(InspectionDraft {
        site: app.site_list("")?.first().context("no site")?.id.parse()?,
        kind: InspectionKind::Unannounced,
        editions: vec![list.edition.clone()],
        groups: groups.collect(),
        inspectors: Vec::new(),
        facilities: Vec::new(),
        units: Vec::new(),
        note: String::new(),
    })?;
    let place = format!("{}/{code}/", list.edition.id);
    install.local_put(&format!("place/{}", view.row.id), Some(&place))?;
    Ok(view)
}

async fn open(window: &Window, view: &InspectionView) -> Result<()> {
    let to = vec![serde_json::json!(format!("#/inspections/{}", view.row.id))];
    window
        .client
        .execute("location.hash = arguments[0]", to)
        .await?;
    let item = format!("[data-inspection=\"{}\"] [data-test=\"item\"]", view.row.id);
    window.find(&item).await?;
    Ok(())
}

async fn item(window: &Window) -> Result<String> {
    let code = window
        .attribute("[data-test=\"item\"]", "data-code")
        .await?;
    code.context("no item is shown")
}

#[tokio::test]
async fn a_contradiction_asks_for_a_reason_and_a_facility_for_each_of_its_names() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut server = Server::new(folder.path())?;
    server.start()?;
    let data = folder.path().join("laptop");
    let install = laptop::enrolled(&data, &server)?;
    server.stop()?;
    let app = install.unlock(LOGIN, PASSWORD)?;
    let works = visit(&install, &app, "construction", "CONS-M-11-2")?;
    let mine = visit(&install, &app, "noncoal_mine", "MINE-UG-01-1")?;
    drop(app);
    drop(install);

    let window = Window::open(&data, &[]).await?;
    window.click(&format!("login-person-{LOGIN}")).await?;
    let field = window.test("login-password").await?;
    field.send_keys(PASSWORD).await?;
    window.press(Key::Enter).await?;
    window.test("new-inspection").await?;

    // Oxygen of 18 % and the answer 符合: kept out until there is a reason.
    open(&window, &works).await?;
    ensure!(
        item(&window).await? == "CONS-M-11-2",
        "it opens where the work was left"
    );
    window.test("reading").await?.send_keys("１８").await?;
    window.press(Key::Escape).await?;
    window.find("[data-line=\"measured_fails\"]").await?;
    window.keys("1").await?;
    window.test("reason").await?;
    picture(&window, "contradiction.png").await?;
    window.keys("仪器故障，已复测").await?;
    window.press(Key::Enter).await?;
    window
        .wait_attribute(
            "[data-test=\"saved\"]",
            "data-code",
            Duration::from_secs(10),
            |code| code == "CONS-M-11-2",
        )
        .await?;
    // The field of the reason closes a moment after; until then keys are text.
    while window.shows("[data-test=\"reason\"]").await? {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // Taken back, the item is shown again and is open.
    window.keys("u").await?;
    let back = |result: &str| result == "withdrawn";
    window
        .wait_attribute(
            "[data-test=\"saved\"]",
            "data-result",
            Duration::from_secs(10),
            back,
        )
        .await?;
    ensure!(item(&window).await? == "CONS-M-11-2");
    ensure!(
        !window
            .shows("[data-test=\"answer-compliant\"][aria-pressed=\"true\"]")
            .await?
    );

    // 危大工程: a number in, the class out.
    window.click("danger-open").await?;
    let script = "const select = document.querySelector('[data-test=\"danger-work\"]');
        select.value = '基坑工程'; select.dispatchEvent(new Event('change'));";
    window.test("danger-work").await?;
    window.client.execute(script, Vec::new()).await?;
    window.test("danger-number").await?.send_keys("5.2").await?;
    window
        .find("[data-test=\"danger-class\"][data-class=\"oversize\"]")
        .await?;
    picture(&window, "danger.png").await?;
    window.press(Key::Escape).await?;

    // Three shafts: the item is asked for each.
    open(&window, &mine).await?;
    ensure!(!window.shows("[data-test=\"unit\"]").await?);
    window.click("facilities-open").await?;
    window
        .click("facility-noncoal_mine/underground_mine")
        .await?;
    let names = window.test("names-noncoal_mine/underground_mine").await?;
    names.send_keys("一号井、二号井、三号井").await?;
    picture(&window, "facilities.png").await?;
    window.click("facilities-save").await?;
    window.test("unit").await?;
    picture(&window, "units.png").await?;
    let first = item(&window).await?;
    window.keys("1").await?;
    window
        .wait_attribute(
            "[data-test=\"saved\"]",
            "data-code",
            Duration::from_secs(10),
            |code| code == first,
        )
        .await?;
    ensure!(
        item(&window).await? == first,
        "the same item, at the next shaft"
    );
    window.close().await?;

    let install = laptop::reopened(&data)?;
    let app = install.unlock(LOGIN, PASSWORD)?;
    let view = app.inspection_get(mine.row.id.parse()?)?;
    ensure!(view.answers.len() == 1 && !view.answers[0].facility.is_empty());
    ensure!(
        view.not_here > 0,
        "the other kinds of mine are left out and counted"
    );
    ensure!(
        app.inspection_get(works.row.id.parse()?)?
            .answers
            .is_empty()
    );
    Ok(())
}
