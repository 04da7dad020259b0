//! A visit as an inspector makes it: in the real window, by keyboard, with the server stopped.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use fantoccini::key::Key;
use xunan_model::digest::Digest;
use xunan_testkit::laptop::{LOGIN, PASSWORD};
use xunan_testkit::photos;
use xunan_testkit::server::Server;
use xunan_testkit::window::Window;
use xunan_tests::read_export;

const SITE: &str = "示范液化气站";

/// Logs in by keyboard.
async fn log_in(window: &Window, login: &str) -> Result<()> {
    window.click(&format!("login-person-{login}")).await?;
    window
        .test("login-password")
        .await?
        .send_keys(PASSWORD)
        .await?;
    window.press(Key::Enter).await?;
    window.test("new-inspection").await?;
    Ok(())
}

/// Picks the site and covers one group of each of its two checklists.
async fn begin(window: &Window) -> Result<()> {
    window.click("new-inspection").await?;
    window.test("site-search").await?;
    window.keys(SITE).await?;
    window
        .find("[data-test=\"site-row\"][aria-selected=\"true\"]")
        .await?;
    tokio::time::sleep(Duration::from_millis(400)).await;
    window.press(Key::Enter).await?;
    window.test("site-picked").await?;
    for edition in ["city_gas", "fire"] {
        tab_to(window, "group", Some(edition)).await?;
        window.keys(" ").await?;
    }
    let chosen = window.count("[data-test=\"group\"]:checked").await?;
    ensure!(chosen == 2, "{chosen} groups are ticked");
    window.press_ctrl_enter().await?;
    window.test("item").await?;
    Ok(())
}

/// Presses Tab until the first such field has the focus, of this checklist where one is named.
async fn tab_to(window: &Window, test: &str, edition: Option<&str>) -> Result<()> {
    const PRESSES_MAX: usize = 150;
    let script = "const d = document.activeElement.dataset; return [d.test, d.edition]";
    let wanted = serde_json::json!([test, edition]);
    for _ in 0..PRESSES_MAX {
        if window.client.execute(script, Vec::new()).await? == wanted {
            return Ok(());
        }
        window.press(Key::Tab).await?;
    }
    anyhow::bail!("Tab does not reach {test} of {edition:?}")
}

async fn item(window: &Window) -> Result<String> {
    window
        .attribute("[data-test=\"item\"]", "data-code")
        .await?
        .context("no item is shown")
}

/// How a photo comes in.
#[derive(Clone, Copy)]
enum Way {
    Dialog,
    Drop,
    Paste,
}

/// Gives files to the open panel and waits until their thumbnails are drawn.
async fn attach(window: &Window, way: Way, field: &str, files: &[PathBuf]) -> Result<()> {
    let ready = "[data-test=\"photo\"][data-ready=\"true\"]";
    let wanted = window.count(ready).await? + files.len() as u64;
    match way {
        Way::Dialog => {
            let names: Vec<String> = files.iter().map(|f| f.display().to_string()).collect();
            let field = window.test(field).await?;
            field.send_keys(&names.join("\n")).await?;
        }
        Way::Drop => window.give_files("drop", files).await?,
        Way::Paste => window.give_files("paste", files).await?,
    }
    let start = Instant::now();
    while window.count(ready).await? < wanted {
        ensure!(
            start.elapsed() < Duration::from_secs(90),
            "no thumbnails:\n{}",
            window.text().await?
        );
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Ok(())
}

/// The second inspector is named, and both confirm with their own passwords.
async fn enforce(window: &Window) -> Result<()> {
    window.test("summary").await?;
    // Of two choices Tab reaches the one that is taken; an arrow takes the other.
    tab_to(window, "as-record", None).await?;
    window.press(Key::Up).await?;
    window
        .find("[data-test=\"as-enforcement\"]:checked")
        .await?;
    window
        .find("[data-test=\"finish-confirm\"]:disabled")
        .await?;
    window.test("inspector").await?;
    tab_to(window, "inspector", None).await?;
    window.keys(" ").await?;
    window
        .find("form:nth-of-type(2) [data-test=\"confirm-password\"]")
        .await?;
    tab_to(window, "confirm-password", None).await?;
    for confirmed in 0..2u64 {
        window.keys(PASSWORD).await?;
        window.press(Key::Enter).await?;
        let start = Instant::now();
        while window.count("[data-test=\"confirmed\"]").await? <= confirmed {
            ensure!(
                start.elapsed() < Duration::from_secs(20),
                "not confirmed:\n{}",
                window.text().await?
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    Ok(())
}

/// Takes a picture for the documents when the task runner asks for it.
async fn picture(window: &Window, name: &str) -> Result<()> {
    match std::env::var_os("XUNAN_PICTURES") {
        Some(folder) => window.picture(&Path::new(&folder).join(name)).await,
        None => Ok(()),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inspector_s_day_without_a_network_and_the_evening_with_one() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut server = Server::new(folder.path())?;
    server.start()?;
    let (url, code) = (server.url(), server.enrol_code()?);
    let environment = [
        ("XUNAN_ENROL_URL", url.as_str()),
        ("XUNAN_ENROL_CODE", &code),
        ("XUNAN_DEVICE_NAME", "一号"),
    ];
    let data = folder.path().join("one");
    let window = Window::open(&data, &environment).await?;
    log_in(&window, LOGIN).await?;
    let light = "[data-test=\"sync-light\"]";
    window
        .wait_attribute(light, "data-state", Duration::from_secs(20), |state| {
            state == "idle"
        })
        .await?;
    server.stop()?;

    begin(&window).await?;
    picture(&window, "runner.png").await?;
    let files = photos::files()?;
    let total = window.count("[data-test=\"runner-group\"]").await?;
    ensure!(total >= 2, "both checklists are covered");

    // Three hazards with three, three and four photos, brought in by the three ways there are.
    let hazards = [
        (Way::Dialog, &files[..3]),
        (Way::Drop, &files[3..6]),
        (Way::Paste, &files[6..]),
    ];
    for (nth, (way, photos)) in hazards.into_iter().enumerate() {
        let code = item(&window).await?;
        window.keys("2").await?;
        window.test("finding-dialog").await?;
        window
            .wait_attribute(
                "[data-test=\"saved\"]",
                "data-code",
                Duration::from_secs(10),
                |saved| saved == code,
            )
            .await?;
        attach(&window, way, "finding-photo-input", photos).await?;
        if nth == 0 {
            picture(&window, "finding.png").await?;
        }
        window.click("finding-save").await?;
        wait_gone(&window, "[data-test=\"finding-dialog\"]").await?;
        wait_item(&window, |now| now != code).await?;
    }
    // The rest by keyboard: 符合, with one 不适用 that needs its reason.
    let mut answered = 3;
    loop {
        let code = item(&window).await?;
        if answered == 4 {
            window.keys("3").await?;
            window.test("reason").await?;
            window.keys("站内没有这种设施").await?;
            window.press(Key::Enter).await?;
        } else {
            window.keys("1").await?;
        }
        let saved = |saved: &str| saved == code;
        window
            .wait_attribute(
                "[data-test=\"saved\"]",
                "data-code",
                Duration::from_secs(10),
                saved,
            )
            .await?;
        answered += 1;
        tokio::time::sleep(Duration::from_millis(150)).await;
        if item(&window).await? == code {
            break;
        }
    }
    window.press_ctrl_enter().await?;
    window.test("finish-confirm").await?;
    enforce(&window).await?;
    picture(&window, "finish.png").await?;
    window.press_ctrl_enter().await?;
    window.test("finished").await?;
    picture(&window, "finished.png").await?;
    let unsent = window
        .wait_attribute(light, "data-unsent", Duration::from_secs(5), |n| n != "0")
        .await?;
    ensure!(
        unsent.parse::<u32>()? >= 30 + answered,
        "{unsent} are waiting"
    );

    server.start()?;
    let evening = Instant::now();
    window
        .wait_attribute(light, "data-unsent", Duration::from_secs(10), |unsent| {
            unsent == "0"
        })
        .await?;
    let took = evening.elapsed();
    ensure!(took < Duration::from_secs(10), "it took {took:?}");
    window.click("sync-light").await?;
    window.test("sync-screen").await?;
    picture(&window, "sync.png").await?;

    let out = folder.path().join("export");
    server.export(&out)?;
    let export = read_export(&out)?;
    ensure!(export.records["inspection"].len() == 1);
    ensure!(
        export.records["answer"].len() == answered as usize,
        "{} answers",
        export.records["answer"].len()
    );
    ensure!(export.records["finding"].len() == 3 && export.records["photo"].len() == 10);
    let mut wanted: Vec<Digest> = Vec::new();
    for file in &files {
        wanted.push(Digest::of(&std::fs::read(file)?));
    }
    for photo in export.records["photo"].values() {
        let original = Digest::parse(photo["original"]["sha256"].as_str().context("a digest")?)
            .context("a digest")?;
        ensure!(wanted.contains(&original), "a photo nobody took");
    }
    for copy in ["evidence", "thumb"] {
        for photo in export.records["photo"].values() {
            wanted.push(
                Digest::parse(photo[copy]["sha256"].as_str().context("a copy")?)
                    .context("a digest")?,
            );
        }
    }
    wanted.sort();
    wanted.dedup();
    ensure!(
        export.photos == wanted,
        "the photos there are not exactly those taken here"
    );
    make_room(&window).await?;
    window.close().await?;

    // A second laptop pulls the visit and shows the photos.
    let code = server.enrol_code()?;
    let environment = [
        ("XUNAN_ENROL_URL", url.as_str()),
        ("XUNAN_ENROL_CODE", &code),
        ("XUNAN_DEVICE_NAME", "二号"),
    ];
    let second = Window::open(&folder.path().join("two"), &environment).await?;
    log_in(&second, "yi").await?;
    second.click("all-inspections").await?;
    let row = second.test("inspection-row").await?;
    picture(&second, "inspections.png").await?;
    row.click().await?;
    second.click("findings").await?;
    second.test("finding-row").await?;
    ensure!(second.count("[data-test=\"finding-row\"]").await? == 3);
    let mut shown = 0;
    for row in second
        .client
        .find_all(fantoccini::Locator::Css("[data-test=\"finding-row\"]"))
        .await?
    {
        row.click().await?;
        second.test("finding-detail").await?;
        let ready = "[data-test=\"finding-detail\"] [data-test=\"photo\"][data-ready=\"true\"]";
        let start = Instant::now();
        while second.count(ready).await? < 3 {
            ensure!(
                start.elapsed() < Duration::from_secs(30),
                "no photos there:\n{}",
                second.text().await?
            );
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
        shown += second.count(ready).await?;
    }
    ensure!(shown == 10, "{shown} photos are shown");
    picture(&second, "findings.png").await?;
    small_and_in_english(&second).await?;
    second.close().await
}

/// The originals that the server has leave the laptop, and one of them is fetched back.
async fn make_room(window: &Window) -> Result<()> {
    window.click("sync-light").await?;
    window.test("originals").await?;
    picture(window, "room.png").await?;
    window.click("originals-release").await?;
    picture(window, "room-asked.png").await?;
    window.click("originals-release-confirm").await?;
    wait_gone(window, "[data-test=\"originals\"]").await?;
    window.click("all-findings").await?;
    window.click("finding-row").await?;
    window.test("finding-detail").await?;
    window.click("photo").await?;
    window.test("photo-fetch").await?;
    picture(window, "viewer-away.png").await?;
    window.click("photo-fetch").await?;
    window.click("photo-whole").await?;
    tokio::time::sleep(Duration::from_millis(500)).await;
    picture(window, "viewer-original.png").await?;
    window.press(Key::Escape).await?;
    wait_gone(window, "[data-test=\"photo-whole\"]").await
}

/// Nothing sticks out of the smallest window there is, in the language with the longer words.
async fn small_and_in_english(window: &Window) -> Result<()> {
    window.client.set_window_size(1024, 600).await?;
    window.speak("en").await?;
    let screens = [
        ("all-inspections", "inspection-row"),
        ("all-findings", "finding-row"),
        ("sync-light", "sync-screen"),
        ("all-inspections", "new-inspection"),
        ("new-inspection", "site-search"),
    ];
    for (nth, (click, shows)) in screens.into_iter().enumerate() {
        window.click(click).await?;
        window.test(shows).await?;
        tokio::time::sleep(Duration::from_millis(400)).await;
        picture(window, &format!("small-{nth}.png")).await?;
        let script =
            "const e = document.scrollingElement; return [e.scrollWidth, innerWidth, innerHeight]";
        let sizes = window.client.execute(script, Vec::new()).await?;
        let size = |nth: usize| sizes[nth].as_u64().unwrap_or(0);
        ensure!(size(1) == 1024, "the window is {sizes}");
        ensure!(
            size(0) <= size(1),
            "{shows} is wider than the window: {sizes}"
        );
    }
    Ok(())
}

async fn wait_gone(window: &Window, css: &str) -> Result<()> {
    let start = Instant::now();
    while window.shows(css).await? {
        ensure!(
            start.elapsed() < Duration::from_secs(15),
            "{css} stays:\n{}",
            window.text().await?
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

async fn wait_item(window: &Window, pleases: impl Fn(&str) -> bool) -> Result<()> {
    window
        .wait_attribute(
            "[data-test=\"item\"]",
            "data-code",
            Duration::from_secs(10),
            pleases,
        )
        .await?;
    Ok(())
}
