//! A station's day: sixty premises from a pasted list, by keyboard, in the real window.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use fantoccini::key::Key;
use xunan_testkit::laptop::PASSWORD;
use xunan_testkit::photos;
use xunan_testkit::server::Server;
use xunan_testkit::window::Window;
use xunan_tests::read_export;

const PREMISES: usize = 60;
/// Keys of one check, at most: without a hazard, and with one and a photo.
const KEYS_SOUND: usize = 12;
const KEYS_HAZARD: usize = 25;

/// What a spreadsheet puts on the clipboard.
fn list() -> String {
    let kinds = ["小商店", "茶馆", "民宿", "寺庙", "双联户", "藏餐馆"];
    let mut text = String::from("名称\t地址\t场所类型\t联系人\t电话\r\n");
    for n in 1..=PREMISES {
        let kind = kinds[n % kinds.len()];
        text += &format!("示范{kind}{n}\t示范县北街{n}号\t{kind}\t示例\t\r\n");
    }
    text
}

/// The keys of the check that is going on.
struct Keys<'a> {
    window: &'a Window,
    pressed: usize,
}

impl Keys<'_> {
    async fn letter(&mut self, key: &str) -> Result<()> {
        self.pressed += key.chars().count();
        self.window.keys(key).await
    }

    async fn enter(&mut self) -> Result<()> {
        self.pressed += 1;
        self.window.press(Key::Enter).await
    }
}

/// Pastes as Ctrl+V in the page does.
async fn paste(window: &Window, text: &str) -> Result<()> {
    let script = "const data = new DataTransfer(); data.setData('text/plain', arguments[0]);
        document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));";
    window
        .client
        .execute(script, vec![serde_json::json!(text)])
        .await?;
    Ok(())
}

async fn here(window: &Window) -> Result<String> {
    let site = window
        .attribute("[data-test=\"premises-name\"]", "data-site")
        .await?;
    site.context("no premises are shown")
}

/// Waits until the count of what is done today has reached `done`.
async fn wait_done(window: &Window, done: usize) -> Result<()> {
    let reached = |text: &str| text == done.to_string();
    window
        .wait_attribute(
            "[data-test=\"round-count\"]",
            "data-done",
            Duration::from_secs(20),
            reached,
        )
        .await
        .map(drop)
}

async fn photo(window: &Window, file: &Path) -> Result<()> {
    let input = window.test("quick-photo-input").await?;
    input.send_keys(&file.display().to_string()).await?;
    let start = Instant::now();
    while window.count("[data-test=\"photo\"]").await? == 0 {
        ensure!(
            start.elapsed() < Duration::from_secs(60),
            "no photo:\n{}",
            window.text().await?
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(())
}

async fn picture(window: &Window, name: &str) -> Result<()> {
    match std::env::var_os("XUNAN_PICTURES") {
        Some(folder) => window.picture(&Path::new(&folder).join(name)).await,
        None => Ok(()),
    }
}

#[tokio::test]
async fn a_station_checks_sixty_premises_by_keyboard_and_all_of_it_arrives_once() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut server = Server::new(folder.path())?;
    server.start()?;
    let data = folder.path().join("station");
    drop(xunan_testkit::laptop::enrolled(&data, &server)?);
    server.stop()?;

    let window = Window::open(&data, &[]).await?;
    window.click("login-person-zhan").await?;
    let field = window.test("login-password").await?;
    field.send_keys(PASSWORD).await?;
    window.press(Key::Enter).await?;
    // A station begins with its round.
    window.test("quick").await?;
    let before = window.count("[data-test=\"premises\"]").await?;
    paste(&window, &list()).await?;
    window.find("[data-test=\"paste-add\"]:enabled").await?;
    picture(&window, "paste.png").await?;
    window.press_ctrl_enter().await?;
    wait_gone(&window, "[data-test=\"paste-add\"]").await?;
    let start = Instant::now();
    while window.count("[data-test=\"premises\"]").await? <= before {
        ensure!(
            start.elapsed() < Duration::from_secs(20),
            "nothing was added"
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }

    // Who reports, under the station's own password.
    window.press(Key::F2).await?;
    window.test("reporter-name").await?;
    window.keys("示例次仁").await?;
    window.press(Key::Enter).await?;
    wait_gone(&window, "[data-test=\"reporter-name\"]").await?;
    window.find("[data-test^=\"hazard-\"]").await?;
    picture(&window, "quick.png").await?;

    let photo_file: PathBuf = photos::files()?.first().context("no photo")?.clone();
    let (mut hazards, mut photo_count) = (0, 0);
    let (mut most_sound, mut most_hazard) = (0, 0);
    let begun = Instant::now();
    for n in 0..PREMISES {
        let site = here(&window).await?;
        let mut keys = Keys {
            window: &window,
            pressed: 0,
        };
        // Every fifth has a hazard: half of them put right at once, the others with a photo.
        if n % 5 == 4 {
            keys.letter("1").await?;
            window.test("quick-last").await?;
            if n % 2 == 0 {
                keys.letter("z").await?;
                window
                    .find("[data-test=\"quick-fixed\"][aria-pressed=\"true\"]")
                    .await?;
            } else {
                keys.letter("d").await?;
                // `p` opens the system's dialog, which no test can press a key in; the file comes the same way.
                keys.pressed += 2;
                photo(&window, &photo_file).await?;
                photo_count += 1;
            }
            hazards += 1;
        }
        if n == 9 {
            picture(&window, "quick-hazard.png").await?;
        }
        // As long as a person looks; sooner than that Enter is not taken for a look.
        tokio::time::sleep(Duration::from_millis(750)).await;
        keys.enter().await?;
        if n == 0 {
            // A nervous finger: the second press must not end premises that nobody has seen.
            window.press(Key::Enter).await?;
            tokio::time::sleep(Duration::from_millis(600)).await;
        }
        wait_done(&window, n + 1).await?;
        let most = if n % 5 == 4 {
            &mut most_hazard
        } else {
            &mut most_sound
        };
        *most = keys.pressed.max(*most);
        if n + 1 < PREMISES {
            let start = Instant::now();
            while here(&window).await? == site {
                ensure!(
                    start.elapsed() < Duration::from_secs(10),
                    "it stays where it is"
                );
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            window.find("[data-test^=\"hazard-\"]").await?;
        }
    }
    writeln!(
        std::io::stdout(),
        "{PREMISES} checks in {:?}: {most_sound} keys without a hazard, {most_hazard} with one and a photo",
        begun.elapsed()
    )?;
    ensure!(
        most_sound <= KEYS_SOUND,
        "{most_sound} keys without a hazard"
    );
    ensure!(
        most_hazard <= KEYS_HAZARD,
        "{most_hazard} keys with a hazard"
    );
    picture(&window, "quick-done.png").await?;

    // The evening: a signal comes.
    server.start()?;
    let light = "[data-test=\"sync-light\"]";
    window
        .wait_attribute(light, "data-unsent", Duration::from_secs(90), |unsent| {
            unsent == "0"
        })
        .await?;
    window.close().await?;
    let out = folder.path().join("export");
    server.export(&out)?;
    let export = read_export(&out)?;
    ensure!(export.records["inspection"].len() == PREMISES);
    ensure!(export.records["finding"].len() == hazards);
    ensure!(export.records["photo"].len() == photo_count);
    let named = |visit: &&serde_json::Value| visit["reporter"] == "示例次仁";
    ensure!(export.records["inspection"].values().filter(named).count() == PREMISES);
    ensure!(
        export.records["inspection"]
            .values()
            .all(|visit| visit["finished"].is_object())
    );
    Ok(())
}

async fn wait_gone(window: &Window, css: &str) -> Result<()> {
    let start = Instant::now();
    while window.shows(css).await? {
        ensure!(start.elapsed() < Duration::from_secs(20), "{css} stays");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}
