//! The laptop's own camera, in the real window: a moving picture stands in for the camera itself.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use fantoccini::key::Key;
use xunan_model::photo::PhotoSource;
use xunan_testkit::laptop::{self, LOGIN, PASSWORD};
use xunan_testkit::server::Server;
use xunan_testkit::wait_until;
use xunan_testkit::window::Window;

#[tokio::test]
async fn the_laptops_camera_takes_a_photo_into_the_item_that_is_open() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut server = Server::new(folder.path())?;
    server.start()?;
    let data = folder.path().join("laptop");
    let install = laptop::enrolled(&data, &server)?;
    server.stop()?;
    let view = laptop::begin(&install.unlock(LOGIN, PASSWORD)?, &["fire"], 1)?;
    let visit = &view.row.id;
    drop(install);

    let window = Window::open(&data, &[("XUNAN_MOCK_CAMERA", "1")]).await?;
    window.click(&format!("login-person-{LOGIN}")).await?;
    let field = window.test("login-password").await?;
    field.send_keys(PASSWORD).await?;
    window.press(Key::Enter).await?;
    window.test("new-inspection").await?;
    let to = vec![serde_json::json!(format!("#/inspections/{visit}"))];
    window
        .client
        .execute("location.hash = arguments[0]", to)
        .await?;
    window.test("item").await?;
    window.click("webcam-open").await?;
    window
        .find("[data-test=\"webcam\"][data-ready=\"true\"]")
        .await?;
    if let Some(pictures) = std::env::var_os("XUNAN_PICTURES") {
        let file = std::path::Path::new(&pictures).join("webcam.png");
        window.picture(&file).await?;
    }
    // The shutter has the focus: Enter takes, and takes again.
    window.press(Key::Enter).await?;
    window
        .find("[data-test=\"photo\"][data-ready=\"true\"]")
        .await?;
    window.click("webcam-close").await?;
    window.close().await?;

    let install = laptop::reopened(&data)?;
    let app = install.unlock(LOGIN, PASSWORD)?;
    let photo = |n: usize| -> Result<_> {
        let view = app.inspection_get(visit.parse()?)?;
        view.photos.get(n).cloned().context("no photo")
    };
    wait_until("it is looked at", Duration::from_secs(30), || {
        Ok(photo(0)?.evidence.is_some())
    })?;
    let photo = photo(0)?;
    ensure!(photo.source == Some(PhotoSource::Webcam));
    ensure!(photo.item.as_deref() == Some(view.items[0].code.as_str()));
    ensure!(photo.width.is_some_and(|width| width >= 320));
    Ok(())
}
