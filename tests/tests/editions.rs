//! An office's own checklist, from the example to a visit, in the real window.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use fantoccini::key::Key;
use xunan_testkit::laptop::{LOGIN, PASSWORD};
use xunan_testkit::server::Server;
use xunan_testkit::window::Window;

async fn picture(window: &Window, name: &str) -> Result<()> {
    match std::env::var_os("XUNAN_PICTURES") {
        Some(folder) => window.picture(&Path::new(&folder).join(name)).await,
        None => Ok(()),
    }
}

async fn give(window: &Window, file: &Path) -> Result<()> {
    let input = window.test("import-file").await?;
    Ok(input.send_keys(&file.display().to_string()).await?)
}

/// The next thing to do gets the cursor by itself; Enter does it.
async fn go_on(window: &Window) -> Result<()> {
    let script = "return document.activeElement.hasAttribute('data-next')";
    let start = Instant::now();
    while window.client.execute(script, Vec::new()).await? != true {
        ensure!(
            start.elapsed() < Duration::from_secs(20),
            "the cursor is elsewhere:\n{}",
            window.text().await?
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    window.press(Key::Enter).await
}

#[tokio::test]
async fn an_example_is_taken_away_filled_in_and_imported_and_a_faulty_one_is_told_row_by_row()
-> Result<()> {
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

    window.click("all-checklists").await?;
    window.test("edition-import").await?;
    picture(&window, "checklists.png").await?;
    // Both forms of the example, where a person finds them.
    let mut saved = Vec::new();
    for kind in ["example-xlsx", "example-yaml"] {
        window.test(kind).await?;
        window
            .client
            .execute(
                &format!("document.querySelector('[data-test=\"{kind}\"]').click()"),
                Vec::new(),
            )
            .await?;
        let start = Instant::now();
        let path = loop {
            let path = window
                .attribute("[data-test=\"saved-file\"]", "data-path")
                .await;
            if let Ok(Some(path)) = path
                && !saved.contains(&path)
            {
                break path;
            }
            ensure!(
                start.elapsed() < Duration::from_secs(20),
                "{kind} is not saved"
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        };
        ensure!(Path::new(&path).starts_with(&home), "{path}");
        saved.push(path);
    }

    // One word wrong: nothing is imported, and the row is told.
    let yaml = std::fs::read_to_string(&saved[1])?;
    let wrong = folder.path().join("wrong.yaml");
    std::fs::write(&wrong, yaml.replacen("level: ", "level: grave #", 1))?;
    window.click("edition-import").await?;
    give(&window, &wrong).await?;
    window.test("import-faults").await?;
    picture(&window, "import-faults.png").await?;
    ensure!(!window.shows("[data-test=\"import-confirm\"]").await?);

    // The workbook as it was given out is sound.
    give(&window, Path::new(&saved[0])).await?;
    window.test("import-confirm").await?;
    picture(&window, "import.png").await?;
    go_on(&window).await?;
    window.test("import-done").await?;
    go_on(&window).await?;
    window.test("edition-screen").await?;
    picture(&window, "edition.png").await?;
    window.close().await?;

    let install = xunan_testkit::laptop::reopened(&data)?;
    let app = install.unlock(LOGIN, PASSWORD)?;
    // The example begins in 2027: it is here, and not offered yet.
    let editions = app.edition_list()?;
    ensure!(editions.len() == 17, "{editions:?}");
    let own = editions.iter().filter(|row| row.edition.id == "teahouse");
    ensure!(own.count() == 1);
    ensure!(app.checklist_list().len() == 16);
    app.site_list("")?
        .first()
        .context("the sites are still here")?;
    Ok(())
}
