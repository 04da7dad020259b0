//! Measuring, and building what is handed out: both with the optimised build.

use std::process::Command;

use crate::Place;
use crate::display::{Display, Screen};
use crate::journey::driver;
use crate::setup::{self, For};
use crate::tools::{Done, run, say};

pub(crate) fn bench(place: &Place, args: &[String]) -> Done {
    setup::ensure(place, For::Measuring)?;
    run(&mut place.npm(&["run", "build"]))?;
    let mut build = place.cargo(&["build", "--release", "--bins"]);
    build.args(["-p", "xunan", "-p", "xunan-server", "-p", "xunan-tests"]);
    // Without this the window would be blank, and quick.
    build.args(["--features", "xunan/custom-protocol,xunan-tests/bench"]);
    run(&mut build)?;
    if cfg!(target_os = "linux") {
        driver(place)?;
    }

    let display = Display::open(Screen::Virtual)?;
    let mut bench = Command::new(place.built("release", "xunan-bench"));
    bench
        .args(args)
        .current_dir(&place.root)
        .env("XUNAN_BIN", place.built("release", "xunan"))
        .env("XUNAN_SERVER_BIN", place.built("release", "xunan-server"))
        .env("TAURI_DRIVER", place.built("tools/bin", "tauri-driver"));
    display.lend(&mut bench);
    run(&mut bench)
}

/// The installers of the system that it runs on, and the server.
pub(crate) fn dist(place: &Place) -> Done {
    setup::ensure(place, For::Running)?;
    let mut tauri = Command::new("node");
    tauri
        .arg(place.ui().join("node_modules/@tauri-apps/cli/tauri.js"))
        .arg("build")
        .current_dir(&place.root)
        .env("CARGO_TARGET_DIR", &place.target);
    run(&mut tauri)?;
    run(&mut place.cargo(&["build", "--release", "-p", "xunan-server"]))?;
    say(&format!(
        "installers: {}",
        place.target.join("release/bundle").display()
    ));
    say(&format!(
        "server: {}",
        place.built("release", "xunan-server").display()
    ));
    Ok(())
}
