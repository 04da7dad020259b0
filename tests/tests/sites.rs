//! Sites in the real window: found by pinyin, made, merged and parted, and a list taken in.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use encoding_rs::GB18030;
use fantoccini::key::Key;
use xunan_testkit::laptop::{LOGIN, PASSWORD};
use xunan_testkit::server::Server;
use xunan_testkit::window::Window;

const LIST: &str = "单位名称,地址,统一社会信用代码,行政区划,行业\r\n\
    示范饭馆,县城东路1号,91110000100010433L,林周县,燃气\r\n\
    示范书店,县城东路2号,91350100M000100Y44,林周县,消防\r\n";

async fn picture(window: &Window, name: &str) -> Result<()> {
    match std::env::var_os("XUNAN_PICTURES") {
        Some(folder) => window.picture(&Path::new(&folder).join(name)).await,
        None => Ok(()),
    }
}

async fn gone(window: &Window, css: &str) -> Result<()> {
    let start = Instant::now();
    while window.shows(css).await? {
        ensure!(
            start.elapsed() < Duration::from_secs(20),
            "{css} stays:\n{}",
            window.text().await?
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

/// Waits until the list holds so many sites.
async fn wait_total(window: &Window, total: usize) -> Result<()> {
    let css = "[data-test=\"sites-total\"]";
    let reached = |text: &str| text == total.to_string();
    window
        .wait_attribute(css, "data-total", Duration::from_secs(20), reached)
        .await
        .map(drop)
}

async fn site_shown(window: &Window) -> Result<String> {
    window.test("site-name").await?;
    let id = window
        .attribute("[data-test=\"site-name\"]", "data-site")
        .await?;
    id.context("no site is shown")
}

#[tokio::test]
async fn a_site_is_found_made_merged_and_parted_and_a_list_is_taken_in() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut server = Server::new(folder.path())?;
    server.start()?;
    let data = folder.path().join("laptop");
    drop(xunan_testkit::laptop::enrolled(&data, &server)?);
    server.stop()?;
    let home = folder.path().join("home");
    std::fs::create_dir_all(home.join("Downloads"))?;
    let home = home.display().to_string();

    let window = Window::open(&data, &[("HOME", home.as_str())]).await?;
    window.click(&format!("login-person-{LOGIN}")).await?;
    let field = window.test("login-password").await?;
    field.send_keys(PASSWORD).await?;
    window.press(Key::Enter).await?;
    window.test("new-inspection").await?;

    // By pinyin initials and the keyboard alone.
    window.click("all-sites").await?;
    window.test("sites-search").await?;
    wait_total(&window, 14).await?;
    picture(&window, "sites.png").await?;
    window.keys("sfzcg").await?;
    wait_total(&window, 1).await?;
    picture(&window, "sites-search.png").await?;
    window.press(Key::Enter).await?;
    let survivor = site_shown(&window).await?;
    picture(&window, "site.png").await?;
    window.press(Key::Escape).await?;
    wait_total(&window, 1).await?;
    // Nothing fits: it says what to do.
    window.test("sites-search").await?.send_keys("zzzz").await?;
    window.test("sites-none").await?;
    window.click("sites-clear").await?;
    wait_total(&window, 14).await?;

    // Made by keyboard; a wrong credit code is refused and nothing is lost.
    window.press(Key::Escape).await?;
    window.keys("n").await?;
    window.test("site-name-field").await?;
    window.keys("示范藏餐馆乙").await?;
    window.test("site-similar").await?;
    window
        .test("site-division")
        .await?
        .send_keys("林周县")
        .await?;
    window.click("division-offered").await?;
    window.click("organization-add").await?;
    window
        .test("organization-name")
        .await?
        .send_keys("示范藏餐馆")
        .await?;
    let code = window.test("organization-code").await?;
    code.send_keys("91350100M000100Y44").await?;
    window.click("sector-fire").await?;
    picture(&window, "site-form.png").await?;
    window.press_ctrl_enter().await?;
    window
        .find("[data-test=\"fault\"][data-key=\"credit_code_check\"]")
        .await?;
    picture(&window, "site-refused.png").await?;
    // Corrected as a person does it: the last character is typed again.
    let corrected = format!("{}3", char::from(Key::Backspace));
    code.send_keys(&corrected).await?;
    window.press_ctrl_enter().await?;
    gone(&window, "[data-test=\"site-edit-screen\"]").await?;
    let duplicate = site_shown(&window).await?;
    ensure!(duplicate != survivor);

    // Merged: one is left, and it is taken back.
    window.click("site-to-merge").await?;
    let search = window.test("site-search").await?;
    search.send_keys("sfzcgy").await?;
    window
        .find(&format!(
            "[data-test=\"site-row\"][data-site=\"{survivor}\"]"
        ))
        .await?;
    window
        .find(&format!("[data-site=\"{survivor}\"]"))
        .await?
        .click()
        .await?;
    window.test("merge-survivor").await?;
    window.click("merge-swap").await?;
    window
        .find(&format!(
            "[data-test=\"merge-survivor\"][data-site=\"{survivor}\"]"
        ))
        .await?;
    picture(&window, "site-merge.png").await?;
    window.press_ctrl_enter().await?;
    gone(&window, "[data-test=\"merge-screen\"]").await?;
    window.test("site-merged").await?;
    ensure!(site_shown(&window).await? == survivor);
    picture(&window, "site-merged.png").await?;
    window.click("all-sites").await?;
    wait_total(&window, 14).await?;
    window
        .find(&format!(
            "[data-test=\"sites-row\"][data-site=\"{survivor}\"]"
        ))
        .await?
        .click()
        .await?;
    window.click("site-part").await?;
    gone(&window, "[data-test=\"site-merged\"]").await?;
    window.click("all-sites").await?;
    wait_total(&window, 15).await?;

    // A list in GBK with a bad row: told, the sound one is taken in, the other can be taken away.
    let list = folder.path().join("list.csv");
    std::fs::write(&list, GB18030.encode(LIST).0)?;
    window.click("sites-import").await?;
    let input = window.test("sites-import-file").await?;
    input.send_keys(&list.display().to_string()).await?;
    window
        .find("[data-test=\"import-row\"][data-state=\"refused\"][data-line=\"3\"]")
        .await?;
    picture(&window, "sites-import.png").await?;
    window.click("import-report").await?;
    let saved = window
        .find("[data-test=\"saved-file\"]")
        .await?
        .attr("data-path")
        .await?;
    ensure!(Path::new(&saved.context("no path")?).starts_with(&home));
    window.click("import-run").await?;
    window.test("import-done").await?;
    picture(&window, "sites-imported.png").await?;
    window.click("all-sites").await?;
    wait_total(&window, 16).await?;

    // From the site to its inspection.
    window.test("sites-search").await?;
    window.keys("sffg").await?;
    wait_total(&window, 1).await?;
    window.press(Key::Enter).await?;
    let site = site_shown(&window).await?;
    window.click("site-start").await?;
    window
        .find(&format!(
            "[data-test=\"site-picked\"][data-site=\"{site}\"]"
        ))
        .await?;
    window.close().await?;
    Ok(())
}
