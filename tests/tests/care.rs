//! A laptop is set up, backed up, lost, restored and salvaged, each in the real window.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use fantoccini::key::Key;
use xunan_testkit::laptop::{LOGIN, PASSWORD};
use xunan_testkit::server::Server;
use xunan_testkit::window::Window;

const NEW_PASSWORD: &str = "a-new-password";

async fn picture(window: &Window, name: &str) -> Result<()> {
    match std::env::var_os("XUNAN_PICTURES") {
        Some(folder) => window.picture(&Path::new(&folder).join(name)).await,
        None => Ok(()),
    }
}

async fn write(window: &Window, field: &str, text: &str) -> Result<()> {
    let field = window.test(field).await?;
    field.clear().await?;
    Ok(field.send_keys(text).await?)
}

async fn sign_in(window: &Window, password: &str) -> Result<()> {
    window.click(&format!("login-person-{LOGIN}")).await?;
    write(window, "login-password", password).await?;
    window.press(Key::Enter).await?;
    window.test("all-inspections").await?;
    Ok(())
}

async fn go(window: &Window, place: &str) -> Result<()> {
    let script = format!("location.hash = '#{place}'");
    window.client.execute(&script, Vec::new()).await?;
    Ok(())
}

/// Waits until an element is there no more.
async fn gone(window: &Window, css: &str) -> Result<()> {
    let start = Instant::now();
    while window.shows(css).await? {
        let text = window.text().await?;
        ensure!(
            start.elapsed() < Duration::from_secs(30),
            "{css} stays:\n{text}"
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(())
}

/// Sets a laptop up as a person does; returns the code on the paper.
async fn enrol(window: &Window, server: &Server) -> Result<String> {
    write(window, "enrol-url", &server.url()).await?;
    write(window, "enrol-code", &server.enrol_code()?).await?;
    write(window, "enrol-name", "示范县 3 号").await?;
    picture(window, "care-1-enrol.png").await?;
    window.click("enrol-submit").await?;
    let shown = window.test("recovery-shown").await?.text().await?;
    picture(window, "care-2-code.png").await?;
    let code: String = shown
        .chars()
        .filter(|c| c.is_ascii_alphanumeric())
        .collect();
    ensure!(code.len() == 25, "{shown}");
    window.click("recovery-written").await?;
    // A slip is noticed, and the paper can be looked at again.
    let mut slip = code.clone();
    let last = slip.pop().context("a character")?;
    slip.push(if last == '7' { '8' } else { '7' });
    write(window, "recovery-code", &slip).await?;
    window.click("recovery-keep").await?;
    window.find("[data-key=\"recovery_code_mistyped\"]").await?;
    picture(window, "care-3-slip.png").await?;
    write(window, "recovery-code", &code.to_lowercase()).await?;
    window.click("recovery-keep").await?;
    window.test("login").await?;
    Ok(code)
}

fn laptop(folder: &Path, name: &str) -> PathBuf {
    folder.join(name)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_laptop_is_backed_up_lost_restored_and_salvaged_by_hand() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let stick = folder.path().join("stick");
    fs::create_dir(&stick)?;
    let stick_text = stick.to_string_lossy().into_owned();
    let environment = [("XUNAN_BACKUP_FOLDER", stick_text.as_str())];
    let mut server = Server::new(folder.path())?;
    server.start()?;

    let window = Window::open(&laptop(folder.path(), "one"), &environment).await?;
    let code = enrol(&window, &server).await?;
    sign_in(&window, PASSWORD).await?;
    go(&window, "/health").await?;
    window
        .find("[data-test=\"backup-card\"][data-due=\"never\"]")
        .await?;
    window
        .find("[data-test=\"health-database\"][data-said=\"ok\"]")
        .await?;
    picture(&window, "care-4-health.png").await?;
    window.click("backup-make").await?;
    window.test("backup-last").await?;
    gone(&window, "[data-test=\"backup-card\"][data-due=\"never\"]").await?;
    window.click("health-photos-read").await?;
    window.click("health-again").await?;
    tokio::time::sleep(Duration::from_millis(500)).await;
    picture(&window, "care-5-backed-up.png").await?;
    window.close().await?;
    ensure!(stick.join("xunan-backup").exists());

    // The laptop is lost, and so is the password.
    let data = laptop(folder.path(), "two");
    let window = Window::open(&data, &environment).await?;
    window.click("restore-open").await?;
    window.click("restore-choose").await?;
    window.test("restore-found").await?;
    write(&window, "recovery-code", &code).await?;
    picture(&window, "care-6-restore.png").await?;
    window.click("restore-run").await?;
    window.click(&format!("login-person-{LOGIN}")).await?;
    window.click("login-forgot").await?;
    write(&window, "recovery-code", &code).await?;
    write(&window, "recover-password", NEW_PASSWORD).await?;
    write(&window, "recover-twice", NEW_PASSWORD).await?;
    picture(&window, "care-7-forgotten.png").await?;
    window.click("recover-submit").await?;
    window.test("all-inspections").await?;
    window.close().await?;

    // The first page of its database is destroyed.
    xunan_testkit::laptop::reopened(&data)?;
    let database = data.join("xunan.db");
    xunan_tests::one_file(&database)?;
    let mut bytes = fs::read(&database)?;
    bytes[..4096].fill(0x77);
    fs::write(&database, &bytes)?;
    let window = Window::open(&data, &environment).await?;
    window.test("salvage-run").await?;
    picture(&window, "care-8-damaged.png").await?;
    window.click("salvage-run").await?;
    window.test("salvage-go").await?;
    picture(&window, "care-9-salvaged.png").await?;
    let lost = window
        .attribute("[data-test=\"salvage\"]", "data-lost")
        .await?;
    ensure!(lost.as_deref() == Some("0"), "{lost:?}");
    window.click("salvage-go").await?;
    sign_in(&window, NEW_PASSWORD).await?;
    window.close().await?;
    Ok(())
}
