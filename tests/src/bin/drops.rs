//! What dropping photos into the real window costs: how soon one is seen, and whether a hundred hold up
//! the page or fill the memory. Prints figures and asserts none (`docs/BENCHMARKS.md`).
#![expect(clippy::print_stdout, reason = "it prints figures")]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use fantoccini::key::Key;
use image::imageops::FilterType;
use serde_json::Value;
use xunan_testkit::laptop::{self, LOGIN, PASSWORD};
use xunan_testkit::photos;
use xunan_testkit::server::Server;
use xunan_testkit::window::{Window, memory_of_program};

const MANY: usize = 100;
const PATIENCE: Duration = Duration::from_secs(600);

/// Watches how long the page is held up: a timer that should fire every 4 ms, and how late it is. And
/// when the first thumbnail has been drawn.
const WATCH: &str = "
    const watch = { gap: 0, over: 0, last: performance.now(), begun: performance.now(), seen: null }
    window.watch = watch
    // From the moment that the page has the file: what the driver needs before that is not ours.
    window.addEventListener('change', () => (watch.begun = performance.now()), { capture: true, once: true })
    const ready = '[data-test=\"photo\"][data-ready=\"true\"]'
    const before = document.querySelectorAll(ready).length
    const beat = () => {
      const now = performance.now()
      watch.gap = Math.max(watch.gap, now - watch.last - 4)
      if (now - watch.last - 4 > 50) watch.over += 1
      watch.last = now
      if (watch.seen === null && document.querySelectorAll(ready).length > before) watch.seen = now - watch.begun
      if (window.watch === watch) setTimeout(beat, 4)
    }
    beat()";

fn main() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let files = many(folder.path())?;
    let mut server = Server::new(folder.path())?;
    server.start()?;
    let data = folder.path().join("laptop");
    let install = laptop::enrolled(&data, &server)?;
    server.stop()?;
    let visit = laptop::begin(&install.unlock(LOGIN, PASSWORD)?, &["fire"], 1)?
        .row
        .id;
    drop(install);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(measured(&data, &visit, &files))
}

/// Different files of one photograph of 12 megapixels.
fn many(folder: &Path) -> Result<Vec<PathBuf>> {
    let all = photos::files()?;
    let large = all
        .iter()
        .find(|file| file.display().to_string().contains("sony"));
    let picture = image::open(large.context("no large photograph")?)?;
    let picture = picture
        .resize_to_fill(4_000, 3_000, FilterType::CatmullRom)
        .into_rgb8();
    let jpeg = xunan_picture::encode_small(&picture, 93.0, None)?;
    println!(
        "{MANY} photos of 12 MP, {:.1} MB each",
        jpeg.len() as f64 / 1e6
    );
    (0..MANY)
        .map(|nth| {
            let file = folder.join(format!("IMG_{nth:03}.jpg"));
            // What follows a picture's end is no part of it, but of its digest.
            std::fs::write(&file, [&jpeg[..], format!("{nth:03}").as_bytes()].concat())?;
            Ok(file)
        })
        .collect()
}

async fn measured(data: &Path, visit: &str, files: &[PathBuf]) -> Result<()> {
    let window = Window::open(data, &[]).await?;
    window.click(&format!("login-person-{LOGIN}")).await?;
    window
        .test("login-password")
        .await?
        .send_keys(PASSWORD)
        .await?;
    window.press(Key::Enter).await?;
    window.test("new-inspection").await?;
    let go = format!("window.location.hash = '#/inspections/{visit}'");
    window.client.execute(&go, Vec::new()).await?;
    window.test("item").await?;

    let mut seen = Vec::new();
    for file in &files[..5] {
        take(&window, data, std::slice::from_ref(file)).await?;
        let told = window
            .client
            .execute("return window.watch.seen", Vec::new())
            .await?;
        seen.push(told.as_f64().context("not seen")?);
    }
    seen.sort_by(f64::total_cmp);
    println!(
        "one photo, until its thumbnail is drawn: median {:.0} ms, slowest {:.0} ms",
        seen[2], seen[4]
    );

    let before = memory_of_program(data)?;
    let begun = Instant::now();
    let peak = take(&window, data, &files[5..]).await?;
    let count = files.len() - 5;
    let (told, took) = (
        window
            .client
            .execute("return window.watch", Vec::new())
            .await?,
        begun.elapsed(),
    );
    let number = |name: &str| told.get(name).and_then(Value::as_f64).unwrap_or(f64::NAN);
    println!(
        "{count} photos at once: {:.1} s, {:.0} ms each",
        took.as_secs_f64(),
        took.as_secs_f64() * 1e3 / count as f64
    );
    println!(
        "the page was held up {:.0} ms at most, {} times over 50 ms",
        number("gap"),
        number("over")
    );
    println!(
        "memory of all its processes: {:.0} MB before, {:.0} MB at most, {:.0} MB after",
        before as f64 / 1e6,
        peak as f64 / 1e6,
        memory_of_program(data)? as f64 / 1e6
    );
    window.close().await
}

/// Gives files to the panel of the item that is open, and waits until all are drawn; returns the most
/// memory that was seen meanwhile.
async fn take(window: &Window, data: &Path, files: &[PathBuf]) -> Result<u64> {
    let ready =
        "return document.querySelector('[data-test=\"photo-count\"]')?.textContent?.trim() ?? '0'";
    let count = async || -> Result<u64> {
        let told = window.client.execute(ready, Vec::new()).await?;
        Ok(told.as_str().unwrap_or("0").parse().unwrap_or(0))
    };
    let wanted = count().await? + files.len() as u64;
    window.client.execute(WATCH, Vec::new()).await?;
    let names: Vec<String> = files
        .iter()
        .map(|file| file.display().to_string())
        .collect();
    let field = window.find("input[type=\"file\"]").await?;
    field.send_keys(&names.join("\n")).await?;
    let (begun, mut peak) = (Instant::now(), 0);
    while count().await? < wanted {
        ensure!(begun.elapsed() < PATIENCE, "{} of {wanted}", count().await?);
        peak = peak.max(memory_of_program(data)?);
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    Ok(peak)
}
