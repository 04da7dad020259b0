//! The tests that drive the real programs through the real window.

use crate::Place;
use crate::counts::Counts;
use crate::display::{Display, Screen};
use crate::test::{Outcome, done, suite};
use crate::tools::{Done, run, say};

/// All tests, those of the programs together in the real window among them. The window is not
/// yet driven on other systems than Linux: there, those tests are left out and counted as such.
pub(crate) fn tests(place: &Place) -> Outcome {
    let mut tests = place.cargo(&["test", "--workspace", "--features", "xunan/custom-protocol"]);
    // One promise broken says nothing of the others.
    tests.arg("--no-fail-fast");
    if !cfg!(target_os = "linux") {
        say("  not run: the window is driven on Linux only");
        tests.args(["--exclude", "xunan-tests"]);
        let mut outcome = suite(&mut tests);
        outcome.counts += Counts::SKIPPED;
        return outcome;
    }
    let ready = driver(place).and_then(|()| Display::open(Screen::Virtual));
    let display = match ready {
        Ok(display) => display,
        Err(reason) => return done(Err(reason)),
    };
    tests
        .env("XUNAN_BIN", place.built("debug", "xunan"))
        .env("XUNAN_SERVER_BIN", place.built("debug", "xunan-server"))
        .env("TAURI_DRIVER", place.built("tools/bin", "tauri-driver"));
    display.lend(&mut tests);
    suite(&mut tests)
}

/// tauri-driver speaks WebDriver for the window; no distribution packages it.
pub(crate) fn driver(place: &Place) -> Done {
    if place.built("tools/bin", "tauri-driver").is_file() {
        return Ok(());
    }
    let mut install = place.cargo(&["install", "tauri-driver", "--version", "^2", "--locked"]);
    install.arg("--root").arg(place.target.join("tools"));
    install
        .arg("--target-dir")
        .arg(place.target.join("tauri-driver"));
    run(&mut install)
}
