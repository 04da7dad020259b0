//! The battery dies in the middle of a visit, twenty times.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result, ensure};
use fantoccini::key::Key;
use xunan_testkit::laptop::{self, LOGIN, PASSWORD};
use xunan_testkit::server::Server;
use xunan_testkit::wait_until;
use xunan_testkit::window::Window;

const KILLS: usize = 20;
/// So many answers are shown as saved in every round.
const ANSWERS_MIN: usize = 2;
/// The longest that a round waits for them.
const SLOW: Duration = Duration::from_secs(30);
/// More items than are answered in all rounds.
const ALL: [&str; 5] = [
    "fire",
    "city_gas",
    "hazchem",
    "noncoal_mine",
    "construction",
];

/// Everything that the screen has called saved: item → answer.
type Shown = Arc<Mutex<BTreeMap<String, String>>>;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_was_shown_as_saved_is_missing_after_kill_nine() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut server = Server::new(folder.path())?;
    server.start()?;
    let data = folder.path().join("laptop");
    let inspection = {
        let install = laptop::enrolled(&data, &server)?;
        // Before the first record: what has reached the server is queued no more.
        server.stop()?;
        let app = install.unlock(LOGIN, PASSWORD)?;
        laptop::begin(&app, &ALL, usize::MAX)?.row.id
    };

    let shown = Shown::default();
    #[expect(
        clippy::disallowed_methods,
        reason = "a test that is killed at random moments"
    )]
    let mut seed = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)?
        .as_nanos() as u64;
    for round in 0..KILLS {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let after = Duration::from_millis((seed >> 33) % 1_500);
        work_until_killed(&data, &shown, round, after).await?;
        let shown = shown.lock().unwrap_or_else(PoisonError::into_inner).clone();
        check(&data, &inspection, &shown)
            .with_context(|| format!("kill {round} after {after:?}"))?;
    }
    let shown = count(&shown);
    ensure!(
        shown >= KILLS * ANSWERS_MIN,
        "only {shown} answers in {KILLS} rounds: too few to prove anything"
    );
    Ok(())
}

fn count(shown: &Shown) -> usize {
    shown.lock().unwrap_or_else(PoisonError::into_inner).len()
}

/// Answers item after item; the program is killed after a while, whatever it is doing.
async fn work_until_killed(
    data: &Path,
    shown: &Shown,
    round: usize,
    after: Duration,
) -> Result<()> {
    let window = Window::open(data, &[]).await?;
    window.click(&format!("login-person-{LOGIN}")).await?;
    window
        .test("login-password")
        .await?
        .send_keys(PASSWORD)
        .await?;
    window.press(Key::Enter).await?;
    window.click("inspection-row").await?;
    window.test("item").await?;
    let killed = Arc::new(AtomicBool::new(false));
    let killer = {
        let (killed, shown, data) = (Arc::clone(&killed), Arc::clone(shown), data.to_owned());
        let enough = count(&shown) + ANSWERS_MIN;
        std::thread::spawn(move || {
            // However slow the disk is, something is shown as saved before the battery dies.
            let worked = || Ok(count(&shown) >= enough);
            let _ = wait_until("answers are shown", SLOW, worked);
            std::thread::sleep(after);
            killed.store(true, Ordering::SeqCst);
            xunan_testkit::window::kill_program(&data)
        })
    };
    let start = Instant::now();
    let mut press = round;
    let mut pressed = String::new();
    while !killed.load(Ordering::SeqCst) && start.elapsed() < after + SLOW {
        // Any of these can fail from here on: the program dies under them.
        let look = "const text = (name) => document.querySelector(`[data-test=\"${name}\"]`)?.dataset ?? {};
                    return [text('item').code ?? null, text('saved').code ?? null, text('saved').result ?? null]";
        let Ok(seen) = window.client.execute(look, Vec::new()).await else {
            break;
        };
        let now = seen[0].as_str().unwrap_or_default();
        let known = {
            let mut shown = shown.lock().unwrap_or_else(PoisonError::into_inner);
            if let (Some(code), Some(result)) = (seen[1].as_str(), seen[2].as_str()) {
                shown.insert(code.to_owned(), result.to_owned());
            }
            shown.contains_key(now)
        };
        // Never twice: an answer changed in the moment of death may be the old or the new one.
        if now.is_empty() || known || pressed == now {
            tokio::time::sleep(Duration::from_millis(40)).await;
            if known && window.keys("j").await.is_err() {
                break;
            }
            continue;
        }
        pressed = now.to_owned();
        press += 1;
        if window.keys(["1", "4", "5"][press % 3]).await.is_err() {
            break;
        }
    }
    let died = killer
        .join()
        .map_err(|_| anyhow::anyhow!("the killer panicked"))?;
    drop(window);
    died
}

fn check(data: &Path, inspection: &str, shown: &BTreeMap<String, String>) -> Result<()> {
    let install = laptop::open(data)?;
    let app = install.unlock(LOGIN, PASSWORD)?;
    let view = app.inspection_get(inspection.parse()?)?;
    for (code, result) in shown {
        let kept = view.answers.iter().find(|answer| answer.item == *code);
        let kept = kept.with_context(|| format!("{code} was shown as saved and is missing"))?;
        ensure!(
            kept.result.as_str() == result,
            "{code} was saved as {result} and is {}",
            kept.result
        );
    }
    ensure!(
        install.sync_status()?.changes_unsent > shown.len(),
        "what is saved is queued"
    );
    Ok(())
}
