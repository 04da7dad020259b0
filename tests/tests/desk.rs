//! What a day begins with, and a laptop that is left alone: in the real window.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use fantoccini::key::Key;
use xunan_model::inspection::AnswerResult;
use xunan_testkit::laptop::{self, LOGIN, PASSWORD};
use xunan_testkit::server::Server;
use xunan_testkit::window::Window;

async fn picture(window: &Window, name: &str) -> Result<()> {
    match std::env::var_os("XUNAN_PICTURES") {
        Some(folder) => window.picture(&Path::new(&folder).join(name)).await,
        None => Ok(()),
    }
}

async fn type_password(window: &Window, field: &str, password: &str) -> Result<()> {
    window.test(field).await?.send_keys(password).await?;
    window.press(Key::Enter).await
}

#[tokio::test]
async fn the_day_begins_with_what_is_unfinished_and_a_locked_window_keeps_the_work() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut server = Server::new(folder.path())?;
    server.start()?;
    let data = folder.path().join("laptop");
    let install = laptop::enrolled(&data, &server)?;
    server.stop()?;
    let app = install.unlock(LOGIN, PASSWORD)?;
    let visit = laptop::begin(&app, &["fire"], 1)?;
    app.answer_save(laptop::answer(&visit, 0, AnswerResult::Compliant)?)?;
    let late = xunan_model::finding::FindingDraft {
        deadline: Some(xunan_platform::today() - chrono::TimeDelta::days(3)),
        hazard: "配电箱无门、无漏电保护".to_owned(),
        ..app.finding_draft(visit.row.id.parse()?, None, None, "")?
    };
    app.finding_save(&late)?;
    drop(app);
    drop(install);

    let window = Window::open(&data, &[]).await?;
    window.click(&format!("login-person-{LOGIN}")).await?;
    type_password(&window, "login-password", PASSWORD).await?;
    window.test("workbench").await?;
    picture(&window, "desk.png").await?;
    // Not `text`: what is cut off with dots counts as unseen there.
    let row = "return document.querySelector('[data-test=\"due-row\"]').textContent";
    let late = window.client.execute(row, Vec::new()).await?.to_string();
    ensure!(
        late.contains("配电箱") && late.contains("逾期 3 天"),
        "{late}"
    );
    // The largest button has the focus: Enter goes on with the visit.
    window.press(Key::Enter).await?;
    window.test("runner").await?;

    // Half a note is on the screen when the window locks; no key reaches what lies below.
    window.test("note").await?.send_keys("二楼东侧").await?;
    window.click("lock").await?;
    window.test("lock-cover").await?;
    picture(&window, "desk-locked.png").await?;
    type_password(&window, "lock-password", "wrong-2222").await?;
    window
        .find("[data-test=\"lock-cover\"] [role=\"alert\"]")
        .await?;
    let refused = window
        .client
        .execute_async(
            "const done = arguments[arguments.length - 1];
             window.__TAURI_INTERNALS__.invoke('inspection_list').then(() => done('told'), () => done('refused'))",
            Vec::new(),
        )
        .await?;
    ensure!(refused == "refused", "locked, and yet {refused}");
    type_password(&window, "lock-password", PASSWORD).await?;
    while window.shows("[data-test=\"lock-cover\"]").await? {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let note = window.test("note").await?.prop("value").await?;
    ensure!(note.as_deref() == Some("二楼东侧"), "{note:?}");
    let place = "return document.querySelector('[data-test=\"saved\"]')?.textContent ?? ''";
    let saved = window.client.execute(place, Vec::new()).await?;
    ensure!(
        saved == "",
        "a digit of the password was an answer: {saved}"
    );

    // What a person chose of the looks is there after a restart, before anybody signs in.
    window.click("settings-link").await?;
    window.click("theme-dark").await?;
    window.click("size-115").await?;
    let chosen = window.test("size-115").await?.prop("checked").await?;
    ensure!(chosen.as_deref() == Some("true"), "{chosen:?}");
    picture(&window, "settings-dark.png").await?;
    window.click("all-bench").await?;
    window.test("workbench").await?;
    picture(&window, "desk-dark.png").await?;
    window.close().await?;
    let again = Window::open(&data, &[]).await?;
    again.test("login").await?;
    let theme = again
        .client
        .execute("return document.documentElement.dataset.theme", Vec::new())
        .await?;
    ensure!(theme == "dark", "{theme}");
    let width = "return [window.innerWidth, window.outerWidth]";
    let width = again.client.execute(width, Vec::new()).await?;
    let [inner, outer] = [0, 1].map(|at| width[at].as_f64().unwrap_or_default());
    ensure!(inner > 0.0 && outer / inner > 1.1, "{width}");
    again.close().await.context("closing")
}
