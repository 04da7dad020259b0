//! The process that draws the page dies in the middle of work: the window comes back to the same place,
//! with whoever was signed in, what was saved, and what was half typed.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Result, bail, ensure};
use fantoccini::key::Key;
use serde_json::json;
use xunan_testkit::laptop::{self, LOGIN, PASSWORD};
use xunan_testkit::server::Server;
use xunan_testkit::wait_until;
use xunan_testkit::window::{Window, kill_program, pages_of_program};

const NOTE: &str = "配电箱门锁坏";
const SOON: Duration = Duration::from_secs(30);

/// Ends the process that draws the page as the system does when memory runs out, and waits until another
/// says what it shows. The driver's session dies with it, so the page tells by the file.
fn page_after_death(data: &Path, ready: &Path) -> Result<String> {
    let [page] = pages_of_program(data)?[..] else {
        bail!("not one process draws the page");
    };
    std::fs::remove_file(ready)?;
    let killed = Command::new("kill")
        .args(["-9", &page.to_string()])
        .status()?;
    ensure!(killed.success(), "kill {page}");
    wait_until("the page is back", SOON, || Ok(ready.exists()))?;
    ensure!(pages_of_program(data)? != [page], "it never died");
    // Written in one go, but not before it exists.
    std::thread::sleep(Duration::from_millis(200));
    Ok(std::fs::read_to_string(ready)?)
}

#[tokio::test]
async fn a_page_that_dies_comes_back_where_it_was_with_all_that_was_saved_and_typed() -> Result<()>
{
    let folder = tempfile::tempdir()?;
    let mut server = Server::new(folder.path())?;
    server.start()?;
    let data = folder.path().join("laptop");
    let ready = folder.path().join("ready");
    let install = laptop::enrolled(&data, &server)?;
    server.stop()?;
    let visit = laptop::begin(&install.unlock(LOGIN, PASSWORD)?, &["fire"], 1)?
        .row
        .id;
    drop(install);

    let told = ready.to_string_lossy();
    let window = Window::open(&data, &[("XUNAN_READY_FILE", &told)]).await?;
    window.click(&format!("login-person-{LOGIN}")).await?;
    let field = window.test("login-password").await?;
    field.send_keys(PASSWORD).await?;
    window.press(Key::Enter).await?;
    window.test("new-inspection").await?;
    let address = format!("/inspections/{visit}");
    let to = vec![json!(format!("#{address}"))];
    window
        .client
        .execute("location.hash = arguments[0]", to)
        .await?;
    window.test("item").await?;
    ensure!(!window.shows("[data-test=reopened]").await?);
    window.test("note").await?.send_keys(NOTE).await?;
    tokio::time::sleep(Duration::from_millis(600)).await;

    // Nobody else is at this address: who was signed in still is.
    let shown = page_after_death(&data, &ready)?;
    ensure!(shown == format!("ready {address}\n"), "{shown}");
    // At once again: perhaps this very place kills it. It begins at the start.
    let shown = page_after_death(&data, &ready)?;
    ensure!(shown == "ready /home\n", "{shown}");
    kill_program(&data)?;
    drop(window);

    let kept = rusqlite::Connection::open(data.join("xunan.db"))?;
    let half: u32 = kept.query_row(
        "SELECT count(*) FROM local WHERE value LIKE '%' || ?1 || '%'",
        [NOTE],
        |row| row.get(0),
    )?;
    ensure!(half == 1, "what was half typed is kept: {half}");
    Ok(())
}
