//! Photos from a phone: a real browser as the phone, the real window as the laptop, and between
//! them a link that dies again and again.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use fantoccini::key::Key;
use serde_json::json;
use xunan_core::view::InspectionView;
use xunan_model::digest::Digest;
use xunan_testkit::laptop::{self, LOGIN, PASSWORD};
use xunan_testkit::link::{Badness, Link};
use xunan_testkit::phone::Phone;
use xunan_testkit::photos;
use xunan_testkit::server::Server;
use xunan_testkit::window::Window;

/// So often the link must have died, or nothing is proved.
const DEATHS_MIN: u64 = 5;

/// One laptop at a time: another one could take the port that this one has just let go of.
static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// A number given by the environment: `XUNAN_PHONE_PHOTOS=20 XUNAN_PHONE_MIB=4` is a long run.
fn number(variable: &str, otherwise: usize) -> Result<usize> {
    match std::env::var(variable) {
        Ok(text) => text.parse().with_context(|| format!("{variable}={text}")),
        Err(_) => Ok(otherwise),
    }
}

/// Real photographs of so many bytes each: with something behind the picture, as phones write it that
/// put a short film behind a photo.
fn taken(folder: &Path, count: usize, bytes: usize) -> Result<Vec<PathBuf>> {
    let mut real = photos::files()?;
    real.retain(|file| std::fs::metadata(file).is_ok_and(|facts| facts.len() < bytes as u64));
    let mut files = Vec::new();
    for at in 0..count {
        let mut photo = std::fs::read(&real[at % real.len()])?;
        let end = photo.len();
        let missing = bytes.saturating_sub(end);
        let mut state = at as u32 + 1;
        photo.extend((0..missing).map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        }));
        let file = folder.join(format!("IMG_{at:04}.jpg"));
        std::fs::write(&file, photo)?;
        files.push(file);
    }
    Ok(files)
}

fn digests(files: &[PathBuf]) -> Result<BTreeSet<String>> {
    let digest = |file: &PathBuf| Ok(Digest::of(&std::fs::read(file)?).to_string());
    files.iter().map(digest).collect()
}

/// Logs in, and opens the visit at its first item.
async fn log_in(window: &Window, visit: &InspectionView) -> Result<()> {
    window.click(&format!("login-person-{LOGIN}")).await?;
    let field = window.test("login-password").await?;
    field.send_keys(PASSWORD).await?;
    window.press(Key::Enter).await?;
    window.test("new-inspection").await?;
    let to = vec![json!(format!("#/inspections/{}", visit.row.id))];
    let script = "location.hash = arguments[0]";
    window.client.execute(script, to).await?;
    window.test("item").await?;
    Ok(())
}

/// What the QR code says; the digits of its port and its path alone, for the way through the link.
async fn shown(window: &Window) -> Result<(u16, String)> {
    let url = window
        .wait_attribute(
            "[data-test=\"phone-dialog\"]",
            "data-url",
            Duration::from_secs(10),
            |url| url.starts_with("http://"),
        )
        .await?;
    let (address, path) = url
        .trim_start_matches("http://")
        .split_once('/')
        .context("no path")?;
    let (_, port) = address.rsplit_once(':').context("no port")?;
    Ok((port.parse()?, path.to_owned()))
}

async fn picture(name: &str, window: Option<&Window>, phone: Option<&Phone>) -> Result<()> {
    let Some(folder) = std::env::var_os("XUNAN_PICTURES") else {
        return Ok(());
    };
    let file = Path::new(&folder).join(name);
    match (window, phone) {
        (Some(window), _) => window.picture(&file).await,
        (_, Some(phone)) => phone.picture(&file).await,
        _ => Ok(()),
    }
}

/// A laptop with a visit that is begun, and its window at the first item.
async fn begun(folder: &Path) -> Result<(PathBuf, InspectionView, Window)> {
    let mut server = Server::new(folder)?;
    server.start()?;
    let data = folder.join("laptop");
    let install = laptop::enrolled(&data, &server)?;
    server.stop()?;
    let app = install.unlock(LOGIN, PASSWORD)?;
    let visit = laptop::begin(&app, &["fire"], 1)?;
    drop(app);
    drop(install);
    let window = Window::open(&data, &[]).await?;
    log_in(&window, &visit).await?;
    Ok((data, visit, window))
}

#[tokio::test(flavor = "multi_thread")]
async fn photos_from_a_phone_arrive_over_a_link_that_dies_five_times() -> Result<()> {
    let _turn = TURN.lock().await;
    let count = number("XUNAN_PHONE_PHOTOS", 3)?;
    let bytes = number("XUNAN_PHONE_MIB", 1)? << 20;
    let folder = tempfile::tempdir()?;
    let (data, visit, window) = begun(folder.path()).await?;
    let item = window
        .attribute("[data-test=\"item\"]", "data-code")
        .await?;
    window.keys("m").await?;
    let (port, path) = shown(&window).await?;
    picture("phone-code.png", Some(&window), None).await?;

    let badness = Badness {
        rate: 2_000_000,
        rtt: Duration::from_millis(10),
        // About a dozen deaths, however much there is to carry.
        kill: 0.8 / ((count * bytes) >> 20) as f64,
        silence: 0.0,
        flip: 0.0,
        seed: 7,
    };
    // On a thread of its own: the link has a runtime of its own.
    let making = move || Link::new(&format!("127.0.0.1:{port}"), badness);
    let link = tokio::task::spawn_blocking(making).await??;
    let at = link.address();
    let phone = Phone::new("zh-CN").await?;

    // A wrong token shows nothing at all.
    let wrong = format!("http://127.0.0.1:{port}/AAAAAAAAAAAAAAAAAAAAAA/");
    phone.client.goto(&wrong).await.ok();
    ensure!(
        !phone.client.source().await?.contains("phone.js"),
        "a wrong token is answered"
    );

    phone.scan(&format!("http://{at}/{path}")).await?;
    picture("phone-page.png", None, Some(&phone)).await?;
    let files = taken(folder.path(), count, bytes)?;
    let start = Instant::now();
    phone.choose(&files).await?;
    let mut half = false;
    loop {
        let saved = phone.count("saved").await?;
        if saved == count {
            break;
        }
        if !half && phone.count("sending").await? > 0 {
            half = true;
            picture("phone-sending.png", None, Some(&phone)).await?;
            picture("phone-coming.png", Some(&window), None).await?;
        }
        ensure!(
            start.elapsed() < Duration::from_secs(60 + 20 * count as u64),
            "{saved} of {count} are saved:\n{}",
            phone.text().await?
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let carried = link.carried();
    eprintln!(
        "{count} photos of {bytes} bytes in {:?}, {} deaths, {} bytes carried",
        start.elapsed(),
        carried.kills,
        carried.up
    );
    ensure!(
        carried.kills >= DEATHS_MIN,
        "the link died {} times only",
        carried.kills
    );
    picture("phone-saved.png", None, Some(&phone)).await?;
    // The laptop says so too, and shows them at once.
    let saved = count.to_string();
    let pleases = |now: &str| now == saved;
    let limit = Duration::from_secs(10);
    window
        .wait_attribute("[data-test=\"phone-sum\"]", "data-saved", limit, pleases)
        .await?;
    picture("phone-arrived.png", Some(&window), None).await?;

    // Chosen again, none is doubled.
    phone.choose(&files).await?;
    let start = Instant::now();
    while phone.count("saved").await? < 2 * count {
        ensure!(
            start.elapsed() < Duration::from_secs(60),
            "{}",
            phone.text().await?
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }

    // Escape closes the code: nothing listens any more, and the phone says so.
    window.press(Key::Escape).await?;
    while window.shows("[data-test=\"phone-dialog\"]").await? {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let refused = || std::net::TcpStream::connect(("127.0.0.1", port)).is_err();
    let start = Instant::now();
    while !refused() {
        ensure!(start.elapsed() < Duration::from_secs(5), "it still listens");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    while window.count("[data-test=\"photo\"]").await? < count as u64 {
        ensure!(
            start.elapsed() < Duration::from_secs(30),
            "no photos in the panel"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let closed = fantoccini::Locator::Css("body[data-contact=\"closed\"]");
    let wait = phone.client.wait().at_most(Duration::from_secs(20));
    wait.for_element(closed)
        .await
        .context("the phone does not notice")?;
    picture("phone-closed.png", None, Some(&phone)).await?;
    picture("phone-panel.png", Some(&window), None).await?;

    // Opened again with a click, the page that was left open goes on.
    window.click("phone-open").await?;
    let again = shown(&window).await?;
    ensure!(
        again == (port, path.clone()),
        "another token or port: {again:?}"
    );
    let here = fantoccini::Locator::Css("body[data-contact=\"here\"]");
    let wait = phone.client.wait().at_most(Duration::from_secs(20));
    wait.for_element(here)
        .await
        .context("the phone does not go on")?;
    window.press(Key::Enter).await?;
    while window.shows("[data-test=\"phone-dialog\"]").await? {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }

    // Signing out forgets the token: the next code is another one, the old page gets nothing.
    window.click("lock").await?;
    window.click("lock-another").await?;
    log_in(&window, &visit).await?;
    window.keys("m").await?;
    let (_, next) = shown(&window).await?;
    ensure!(next != path, "the token outlives signing out");
    let gone = fantoccini::Locator::Css("body[data-contact=\"gone\"]");
    let wait = phone.client.wait().at_most(Duration::from_secs(20));
    wait.for_element(gone)
        .await
        .context("the old token is answered")?;
    picture("phone-gone.png", None, Some(&phone)).await?;
    phone.close().await?;
    window.close().await?;

    let install = laptop::reopened(&data)?;
    let app = install.unlock(LOGIN, PASSWORD)?;
    let view = app.inspection_get(visit.row.id.parse()?)?;
    ensure!(view.photos.len() == count, "{} photos", view.photos.len());
    ensure!(view.photos.iter().all(|photo| photo.item == item));
    let mut kept = BTreeSet::new();
    for photo in &view.photos {
        let original = install.blob(&photo.original.sha256.to_string())?;
        kept.insert(Digest::of(&original.context("no original")?).to_string());
    }
    ensure!(kept == digests(&files)?, "the originals are not the files");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_goes_into_the_finding_that_is_being_written_and_is_seen_there() -> Result<()> {
    let _turn = TURN.lock().await;
    let folder = tempfile::tempdir()?;
    let (data, visit, window) = begun(folder.path()).await?;
    window.speak("en").await?;
    window.test("item").await?;
    window.keys("f").await?;
    let hazard = window.test("hazard").await?;
    hazard.send_keys("灭火器失效").await?;
    window
        .find("[data-test=\"finding-dialog\"] [data-test=\"phone-open\"]")
        .await?
        .click()
        .await?;
    let (port, path) = shown(&window).await?;
    let phone = Phone::new("en-GB").await?;
    let url = format!("http://127.0.0.1:{port}/{path}");
    phone.scan(&url).await?;
    let text = phone.text().await?;
    ensure!(text.contains("灭火器失效"), "{text}");
    let film = folder.path().join("film.jpg");
    std::fs::write(&film, b"\0\0\0\x18ftypmp42, a film by the name of a photo")?;
    let photo = taken(folder.path(), 1, 1 << 20)?.remove(0);
    phone.choose(&[film, photo.clone()]).await?;
    let start = Instant::now();
    while phone.count("saved").await? + phone.count("failed").await? < 2 {
        let text = phone.text().await?;
        ensure!(start.elapsed() < Duration::from_secs(30), "{text}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    ensure!(phone.count("failed").await? == 1);
    let text = phone.text().await?;
    ensure!(text.contains("not a photo"), "{text}");
    picture("phone-english.png", None, Some(&phone)).await?;
    picture("phone-finding.png", Some(&window), None).await?;
    // Escape closes the code alone; the finding is still there, with its photo.
    window.press(Key::Escape).await?;
    while window.shows("[data-test=\"phone-dialog\"]").await? {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let sha256 = Digest::of(&std::fs::read(&photo)?);
    let shown = format!("[data-test=\"finding-dialog\"] [data-sha=\"{sha256}\"]");
    window
        .find(&format!("{shown}[data-ready=\"true\"]"))
        .await?;
    picture("phone-in-finding.png", Some(&window), None).await?;
    phone.close().await?;
    window.close().await?;
    let install = laptop::reopened(&data)?;
    let app = install.unlock(LOGIN, PASSWORD)?;
    let view = app.inspection_get(visit.row.id.parse()?)?;
    let finding = view.findings.first().context("the finding was not saved")?;
    ensure!(view.photos.len() == 1);
    ensure!(view.photos[0].finding.as_ref() == Some(&finding.id));
    Ok(())
}
