//! Looking at photos, drawing over them, checking and signing their list, in the real window.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use fantoccini::actions::{InputSource, MouseActions, PointerAction};
use fantoccini::key::Key;
use xunan_core::view::InspectionView;
use xunan_core::{App, Install, PhotoTarget};
use xunan_model::id::InspectionId;
use xunan_model::photo::PhotoSource;
use xunan_testkit::laptop::{self, LOGIN, PASSWORD};
use xunan_testkit::server::Server;
use xunan_testkit::window::Window;
use xunan_testkit::{photos, wait_until};

const PATIENCE: Duration = Duration::from_secs(20);

async fn picture(window: &Window, name: &str) -> Result<()> {
    match std::env::var_os("XUNAN_PICTURES") {
        Some(folder) => window.picture(&Path::new(&folder).join(name)).await,
        None => Ok(()),
    }
}

/// Puts photos to the visit's first item, one after the other.
fn take(app: &App, view: &InspectionView, files: &[PathBuf]) -> Result<InspectionId> {
    let id: InspectionId = view.row.id.parse()?;
    for file in files {
        let target = PhotoTarget {
            inspection: id,
            finding: None,
            item: Some(view.items[0].code.clone()),
            facility: view.items[0].facility.clone(),
            name: file
                .file_name()
                .context("a name")?
                .to_string_lossy()
                .into_owned(),
            source: PhotoSource::File,
        };
        app.photo_add(target, &std::fs::read(file)?)?;
    }
    wait_until("the copies are made", Duration::from_secs(60), || {
        let photos = app.inspection_get(id)?.photos;
        Ok(photos.iter().all(|photo| photo.evidence.is_some()))
    })?;
    Ok(id)
}

async fn log_in(data: &Path) -> Result<Window> {
    let window = Window::open(data, &[]).await?;
    window.click(&format!("login-person-{LOGIN}")).await?;
    let field = window.test("login-password").await?;
    field.send_keys(PASSWORD).await?;
    window.press(Key::Enter).await?;
    window.test("new-inspection").await?;
    Ok(window)
}

async fn go(window: &Window, to: &str) -> Result<()> {
    let to = vec![serde_json::json!(format!("#{to}"))];
    window
        .client
        .execute("location.hash = arguments[0]", to)
        .await?;
    Ok(())
}

const VIEWER: &str = "[data-test=\"viewer\"]";
const STAGE: &str = "[data-test=\"own\"] [data-test=\"stage\"]";

/// Opens the viewer at a thumbnail of the runner and waits until the picture is there.
async fn look(window: &Window, nth: usize) -> Result<()> {
    let thumb = format!("[data-test=\"photo\"][data-ready=\"true\"]:nth-of-type({nth})");
    window.find(&thumb).await?.click().await?;
    shown(window, nth).await
}

async fn shown(window: &Window, number: usize) -> Result<()> {
    window
        .find(&format!("{VIEWER}[data-number=\"{number}\"]"))
        .await?;
    let ready = "[data-test=\"own\"] [data-test=\"stage-picture\"][data-ready=\"true\"]";
    window.find(ready).await?;
    Ok(())
}

async fn number(window: &Window) -> Result<String> {
    let number = window.attribute(VIEWER, "data-number").await?;
    number.context("no viewer")
}

async fn zoom(window: &Window) -> Result<f64> {
    let zoom = window.attribute(STAGE, "data-zoom").await?;
    Ok(zoom.context("no picture")?.parse()?)
}

async fn gone(window: &Window, css: &str) -> Result<()> {
    let start = Instant::now();
    while window.shows(css).await? {
        ensure!(start.elapsed() < PATIENCE, "{css} is still there");
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    Ok(())
}

/// Presses a key while Shift is held.
async fn with_shift(window: &Window, key: &str) -> Result<()> {
    let (shift, all_up) = (char::from(Key::Shift), char::from(Key::Null));
    window.keys(&format!("{shift}{key}{all_up}")).await
}

/// Draws with the pointer through points, in parts of an element's box.
async fn draw(window: &Window, css: &str, strokes: &[&[(f64, f64)]]) -> Result<()> {
    let script = "const b = document.querySelector(arguments[0]).getBoundingClientRect()
        return [b.left, b.top, b.width, b.height]";
    window.find(css).await?;
    let got = window
        .client
        .execute(script, vec![serde_json::json!(css)])
        .await?;
    let [left, top, width, height]: [f64; 4] = serde_json::from_value(got)?;
    let mut mouse = MouseActions::new("hand".to_owned());
    for stroke in strokes {
        for (nth, (x, y)) in stroke.iter().enumerate() {
            mouse = mouse.then(PointerAction::MoveTo {
                duration: Some(Duration::from_millis(30)),
                x: left + x * width,
                y: top + y * height,
            });
            if nth == 0 {
                mouse = mouse.then(PointerAction::Down { button: 0 });
            }
        }
        mouse = mouse.then(PointerAction::Up { button: 0 });
    }
    window.client.perform_actions(mouse).await?;
    window.client.release_actions().await?;
    Ok(())
}

async fn marks_saved(window: &Window, count: u64) -> Result<()> {
    let start = Instant::now();
    loop {
        let saved = window
            .shows("[data-test=\"marks-state\"][data-saved=\"true\"]")
            .await?;
        let there = window
            .count("[data-test=\"own\"] [data-test=\"mark\"]")
            .await?;
        if saved && there == count {
            return Ok(());
        }
        ensure!(
            start.elapsed() < PATIENCE,
            "{there} marks, saved: {saved}:\n{}",
            window.text().await?
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

struct Visits {
    install: Install,
    before: InspectionId,
    now: InspectionId,
}

/// A finished visit with one photo of the first item, and one that goes on with three.
fn two_visits(data: &Path, server: &Server) -> Result<Visits> {
    let files = photos::files()?;
    let install = laptop::enrolled(data, server)?;
    let app = install.unlock(LOGIN, PASSWORD)?;
    let view = laptop::begin(&app, &["city_gas", "fire"], 1)?;
    let before = take(&app, &view, &files[7..8])?;
    app.inspection_finish(before, false)?;
    let view = laptop::begin(&app, &["city_gas", "fire"], 1)?;
    let now = take(
        &app,
        &view,
        &[files[0].clone(), files[5].clone(), files[8].clone()],
    )?;
    Ok(Visits {
        install,
        before,
        now,
    })
}

#[tokio::test]
async fn photos_are_looked_at_drawn_on_and_held_against_the_last_visit_s_by_keyboard() -> Result<()>
{
    let folder = tempfile::tempdir()?;
    let mut server = Server::new(folder.path())?;
    server.start()?;
    let data = folder.path().join("laptop");
    let visits = two_visits(&data, &server)?;
    server.stop()?;
    let Visits { before, now, .. } = visits;
    drop(visits.install);

    let window = log_in(&data).await?;
    go(&window, &format!("/inspections/{now}")).await?;
    let item = window.attribute("[data-test=\"item\"]", "data-code");
    window.test("item").await?;
    let item = item.await?;
    look(&window, 1).await?;
    // A photo of years ago does not fit a visit of today: told, with what to do.
    window
        .find("[data-test=\"doubt\"][data-kind=\"taken_before\"]")
        .await?;
    picture(&window, "viewer.png").await?;

    // Through the photos, near, turned; near, the arrow keys move the picture.
    window.press(Key::Right).await?;
    shown(&window, 2).await?;
    window.press(Key::End).await?;
    shown(&window, 3).await?;
    window.press(Key::Home).await?;
    shown(&window, 1).await?;
    window.keys("+").await?;
    window.keys("+").await?;
    ensure!(zoom(&window).await? > 1.5);
    window.press(Key::Right).await?;
    ensure!(number(&window).await? == "1", "the arrow moved the picture");
    window.keys("r").await?;
    window.find(&format!("{STAGE}[data-turn=\"90\"]")).await?;
    picture(&window, "viewer-turned.png").await?;
    with_shift(&window, "r").await?;
    window.find(&format!("{STAGE}[data-turn=\"0\"]")).await?;
    window.keys("0").await?;
    ensure!((zoom(&window).await? - 1.0).abs() < 0.01);

    // A circle by keyboard, an arrow by hand, words by both.
    window.keys("m").await?;
    window.test("draw-bar").await?;
    window.keys("c").await?;
    window.press(Key::Right).await?;
    window
        .find("[data-test=\"mark\"][data-held=\"true\"]")
        .await?;
    window.press(Key::Right).await?;
    with_shift(&window, &char::from(Key::Down).to_string()).await?;
    window.press(Key::Enter).await?;
    marks_saved(&window, 1).await?;
    window.keys("a").await?;
    draw(&window, STAGE, &[&[(0.3, 0.3), (0.4, 0.35), (0.5, 0.45)]]).await?;
    marks_saved(&window, 2).await?;
    window.keys("t").await?;
    draw(&window, STAGE, &[&[(0.35, 0.6)]]).await?;
    let words = window.test("mark-words").await?;
    words.send_keys("阀门锈蚀").await?;
    window.press(Key::Enter).await?;
    marks_saved(&window, 3).await?;
    picture(&window, "viewer-drawn.png").await?;
    // One too many, taken back.
    draw(&window, STAGE, &[&[(0.3, 0.7), (0.5, 0.7)]]).await?;
    window.test("mark-words").await?;
    window.press(Key::Escape).await?;
    window.keys("s").await?;
    window.press(Key::Delete).await?;
    marks_saved(&window, 2).await?;
    window.keys("u").await?;
    marks_saved(&window, 3).await?;
    window.press(Key::Escape).await?;
    gone(&window, "[data-test=\"draw-bar\"]").await?;
    window.press(Key::Escape).await?;
    gone(&window, VIEWER).await?;
    // None of these keys reached the visit below.
    ensure!(
        window
            .attribute("[data-test=\"item\"]", "data-code")
            .await?
            == item
    );
    ensure!(!window.shows("[data-test=\"saved\"]").await?);

    // Opened again, what was drawn is there; beside it the last visit's photo.
    look(&window, 1).await?;
    let marks = window
        .count("[data-test=\"own\"] [data-test=\"mark\"]")
        .await?;
    ensure!(marks == 3, "{marks} marks");
    window.keys("b").await?;
    let pane = window.test("before-pane").await?;
    window
        .find("[data-test=\"before-pane\"] [data-test=\"stage-picture\"][data-ready=\"true\"]")
        .await?;
    let earlier = pane.attr("data-photo").await?.context("no earlier photo")?;
    picture(&window, "viewer-beside.png").await?;
    window.press(Key::Escape).await?;

    // What it proves and where, by hand.
    window
        .test("proves")
        .await?
        .send_keys("软管老化开裂")
        .await?;
    window.press_ctrl_enter().await?;
    window
        .find("[data-test=\"proves-state\"][data-saved=\"true\"]")
        .await?;
    window.click("place-open").await?;
    window
        .test("place-words")
        .await?
        .send_keys("二号井口")
        .await?;
    let point = window.test("place-point").await?;
    point.send_keys("北纬29.65 东经91.1").await?;
    window.press(Key::Enter).await?;
    gone(&window, "[data-test=\"place-words\"]").await?;
    window.press(Key::Escape).await?;
    gone(&window, VIEWER).await?;

    // The finished visit shows its photo, and is not drawn on.
    go(&window, &format!("/inspections/{before}")).await?;
    window
        .find(&format!("[data-inspection=\"{before}\"]"))
        .await?;
    look(&window, 1).await?;
    window.keys("m").await?;
    ensure!(!window.shows("[data-test=\"draw-bar\"]").await?);
    ensure!(!window.shows("[data-test=\"proves\"]").await?);
    window.close().await?;

    let install = laptop::reopened(&data)?;
    let app = install.unlock(LOGIN, PASSWORD)?;
    let view = app.inspection_get(now)?;
    let photo = &view.photos[0];
    let shapes: Vec<&str> = photo.marks.iter().map(|mark| mark.shape.as_str()).collect();
    ensure!(shapes == ["circle", "arrow", "text"], "{shapes:?}");
    ensure!(photo.marks[2].text == "阀门锈蚀");
    ensure!(photo.marks[1].x1 < photo.marks[1].x2 && photo.marks[1].y1 < photo.marks[1].y2);
    ensure!(photo.proves == "软管老化开裂");
    let position = photo.position.as_ref().context("no place")?;
    let point = position.point.context("no coordinates")?;
    ensure!(position.words == "二号井口");
    ensure!((point.lat_e7, point.lon_e7) == (296_500_000, 911_000_000));
    ensure!(app.inspection_get(before)?.photos[0].id == earlier);
    Ok(())
}

#[tokio::test]
async fn one_flipped_byte_is_named_and_fetched_again_and_a_signature_says_when_the_list_changed()
-> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut server = Server::new(folder.path())?;
    server.start()?;
    let data = folder.path().join("laptop");
    let visits = two_visits(&data, &server)?;
    let now = visits.now;
    laptop::wait_sent(&visits.install, Duration::from_secs(60))?;
    let app = visits.install.unlock(LOGIN, PASSWORD)?;
    let sha = app.inspection_get(now)?.photos[2]
        .original
        .sha256
        .to_string();
    drop((app, visits));

    let file = data.join("blobs").join(&sha[..2]).join(&sha);
    let mut bytes = std::fs::read(&file)?;
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&file, bytes)?;

    let window = log_in(&data).await?;
    go(&window, &format!("/inspections/{now}")).await?;
    window.click("manifest-link").await?;
    window.test("manifest").await?;
    verified(&window, "3", 3).await?;
    ensure!(
        window
            .count("[data-test=\"manifest-row\"][data-verdict=\"whole\"]")
            .await?
            == 2
    );
    picture(&window, "manifest-altered.png").await?;
    window.click("restore").await?;
    gone(&window, "[data-test=\"restore\"]").await?;
    let start = Instant::now();
    while !file.is_file() {
        ensure!(start.elapsed() < PATIENCE, "the original does not come");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    verified(&window, "", 3).await?;
    let whole = "[data-test=\"manifest-row\"][data-verdict=\"whole\"]";
    ensure!(window.count(whole).await? == 3);
    picture(&window, "manifest-whole.png").await?;

    // Signed by hand, refused with a reason.
    window.click("sign-open").await?;
    window.test("signer-name").await?.send_keys("次仁").await?;
    let field = "[data-test=\"signature-field\"]";
    let strokes: [&[(f64, f64)]; 2] = [
        &[(0.2, 0.3), (0.3, 0.7), (0.4, 0.3), (0.45, 0.6)],
        &[(0.5, 0.3), (0.6, 0.6), (0.7, 0.35)],
    ];
    draw(&window, field, &strokes).await?;
    picture(&window, "manifest-signing.png").await?;
    window.click("sign-save").await?;
    window
        .find("[data-test=\"signing\"][data-name=\"次仁\"][data-same=\"true\"]")
        .await?;
    window.click("role-witness").await?;
    window.test("signer-name").await?.send_keys("旺堆").await?;
    window.click("refusing").await?;
    let reason = window.test("refusal").await?;
    reason.send_keys("称须请示上级").await?;
    window.press(Key::Enter).await?;
    window
        .find("[data-test=\"signing\"][data-name=\"旺堆\"]")
        .await?;
    ensure!(!window.shows("[data-test=\"stale\"]").await?);

    // A photo more: both signatures are of another list.
    go(&window, &format!("/inspections/{now}")).await?;
    let ready = "[data-test=\"photo\"][data-ready=\"true\"]";
    window.find(ready).await?;
    window.give_files("drop", &photos::files()?[6..7]).await?;
    window.find(&format!("{ready}:nth-of-type(4)")).await?;
    window.click("manifest-link").await?;
    window.click("sign-open").await?;
    let stale = window.test("stale").await;
    stale?;
    ensure!(window.count("[data-test=\"stale\"]").await? == 2);
    picture(&window, "manifest-stale.png").await?;
    window.close().await?;

    let install = laptop::reopened(&data)?;
    let app = install.unlock(LOGIN, PASSWORD)?;
    let list = app.photo_manifest(now)?;
    ensure!(list.rows.len() == 4 && list.signings.len() == 2);
    let signed = list.signings.last().context("a signature")?;
    ensure!(signed.name == "次仁" && signed.strokes.len() == 2 && signed.photos == 3);
    ensure!(list.signings[0].refused == "称须请示上级");
    Ok(())
}

/// Has all photos of the list verified: the altered ones are these, by number.
async fn verified(window: &Window, altered: &str, count: u64) -> Result<()> {
    window.click("verify").await?;
    let done = format!("[data-test=\"verify-summary\"][data-checked=\"{count}\"]");
    window
        .find(&format!("{done}[data-running=\"false\"]"))
        .await?;
    let named = window.attribute(&done, "data-altered").await?;
    ensure!(named.as_deref() == Some(altered), "altered: {named:?}");
    Ok(())
}
