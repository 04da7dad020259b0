//! The process that draws the page dies in the middle of work: the window comes back to the same place,
//! with whoever was signed in, what was saved, and what was half typed.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use fantoccini::key::Key;
use serde_json::{Value, json};
use xunan_testkit::laptop::{self, LOGIN, PASSWORD};
use xunan_testkit::server::Server;
use xunan_testkit::window::{Window, pages_of_program};

const NOTE: &str = "配电箱门锁坏";

/// Ends the process that draws the page as the system does when memory runs out.
fn kill_page(data: &Path) -> Result<u32> {
    let [page] = pages_of_program(data)?[..] else {
        bail!("not one process draws the page");
    };
    let killed = Command::new("kill")
        .args(["-9", &page.to_string()])
        .status()?;
    ensure!(killed.success(), "kill {page}");
    Ok(page)
}

/// Asks the page until it answers as it should: while it is loaded again it does not.
async fn until(window: &Window, script: &str, wanted: &Value) -> Result<()> {
    let begun = Instant::now();
    loop {
        let told = window.client.execute(script, Vec::new()).await;
        if told.as_ref().is_ok_and(|told| told == wanted) {
            return Ok(());
        }
        ensure!(
            begun.elapsed() < Duration::from_secs(30),
            "{script} says {told:?}"
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn a_page_that_dies_comes_back_where_it_was_with_all_that_was_saved_and_typed() -> Result<()>
{
    let folder = tempfile::tempdir()?;
    let mut server = Server::new(folder.path())?;
    server.start()?;
    let data = folder.path().join("laptop");
    let install = laptop::enrolled(&data, &server)?;
    server.stop()?;
    let visit = laptop::begin(&install.unlock(LOGIN, PASSWORD)?, &["fire"], 1)?
        .row
        .id;
    drop(install);

    let window = Window::open(&data, &[]).await?;
    window.click(&format!("login-person-{LOGIN}")).await?;
    let field = window.test("login-password").await?;
    field.send_keys(PASSWORD).await?;
    window.press(Key::Enter).await?;
    window.test("new-inspection").await?;
    let address = format!("#/inspections/{visit}");
    let to = vec![json!(address)];
    window
        .client
        .execute("location.hash = arguments[0]", to)
        .await?;
    window.test("item").await?;
    ensure!(!window.shows("[data-test=reopened]").await?);
    let note = window.find("[data-test=\"note\"]").await?;
    note.send_keys(NOTE).await?;
    tokio::time::sleep(Duration::from_millis(600)).await;

    let first = kill_page(&data)?;
    until(
        &window,
        "return document.querySelector('[data-test=\"note\"]')?.value",
        &json!(NOTE),
    )
    .await?;
    until(&window, "return location.hash", &json!(address)).await?;
    window.test("reopened").await?;
    if let Some(pictures) = std::env::var_os("XUNAN_PICTURES") {
        window
            .picture(&Path::new(&pictures).join("reopened.png"))
            .await?;
    }

    // At once again: perhaps this very place kills it. It begins at the start.
    let second = kill_page(&data)?;
    ensure!(first != second, "it never died");
    until(&window, "return location.hash", &json!("#/home")).await?;
    window.test("workbench").await?;
    window.close().await?;

    let install = laptop::reopened(&data)?;
    let view = install
        .unlock(LOGIN, PASSWORD)?
        .inspection_get(visit.parse().context("an id")?)?;
    ensure!(view.answers.is_empty(), "nothing was answered");
    Ok(())
}
