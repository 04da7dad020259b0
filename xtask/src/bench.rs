//! Measuring, and building what is handed out: both with the optimised build.

use std::process::Command;

use crate::Place;
use crate::display::{Display, Screen};
use crate::journey::driver;
use crate::setup::{self, For};
use crate::tools::{Done, run, say};

pub(crate) fn bench(place: &Place, args: &[String]) -> Done {
    match args.split_first().map(|(name, rest)| (name.as_str(), rest)) {
        Some(("sync", args)) => return bench_sync(place, args),
        Some(("photos", args)) => return bench_photos(place, args),
        _ => {}
    }
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

    let (program, args) = match args.split_first() {
        Some((name, rest)) if name == "drops" => ("drops", rest),
        _ => ("xunan-bench", args),
    };
    let display = Display::open(Screen::Virtual)?;
    let mut bench = Command::new(place.built("release", program));
    bench
        .args(args)
        .current_dir(&place.root)
        .env("XUNAN_BIN", place.built("release", "xunan"))
        .env("XUNAN_SERVER_BIN", place.built("release", "xunan-server"))
        .env("TAURI_DRIVER", place.built("tools/bin", "tauri-driver"));
    display.lend(&mut bench);
    run(&mut bench)
}

/// Sending over a bad link, beside the peers of `tests/peers`.
fn bench_sync(place: &Place, args: &[String]) -> Done {
    let peers = place.root.join("tests/peers");
    if !peers.join("node_modules").exists() {
        run(Command::new("npm").arg("ci").current_dir(&peers))?;
    }
    optimised(place, &["sync-bench", "laptop"])?;
    run(Command::new(place.built("release", "sync-bench"))
        .args(args)
        .current_dir(&place.root)
        .env("XUNAN_SERVER_BIN", place.built("release", "xunan-server")))
}

/// Copies of photos, beside sharp, Pillow and the crate `image`.
fn bench_photos(place: &Place, args: &[String]) -> Done {
    setup::ensure(place, For::Measuring)?;
    let peers = place.root.join("tests/peers/photos");
    if !peers.join("node_modules").exists() {
        let arguments = ["ci", "--no-audit", "--no-fund", "--ignore-scripts"];
        run(place.npm(&arguments).current_dir(&peers))?;
    }
    let folder = place.target.join("photo-bench");
    if !folder.join("pillow").exists() {
        let mut pip = setup::pip();
        pip.args(["install", "--quiet", "--target"]);
        run(pip.arg(folder.join("pillow")).arg("pillow==13.0.0"))?;
    }
    let mut bench = place.cargo(&["bench", "-p", "xunan-picture", "--features", "bench"]);
    bench.args(["--bench", "photos", "--"]).args(args);
    run(bench.env("XUNAN_PHOTO_BENCH", folder))
}

/// Pictures of every sector's runner and of every screen, on sheets.
pub(crate) fn sheet(place: &Place, args: &[String]) -> Done {
    in_window(place, "sheet", &[&[pictures(place)], args].concat())
}

/// The pictures of the manual, made anew.
pub(crate) fn pictures_taken(place: &Place, args: &[String]) -> Done {
    in_window(place, "pictures", &[&[pictures(place)], args].concat())
}

/// Random use of the real window, seed after seed.
pub(crate) fn monkey(place: &Place, args: &[String]) -> Done {
    in_window(place, "monkey", args)
}

fn pictures(place: &Place) -> String {
    place.root.join("docs/pictures").display().to_string()
}

/// Builds everything and runs a program of `tests` that drives the window on a virtual screen.
fn in_window(place: &Place, name: &str, args: &[String]) -> Done {
    setup::ensure(place, For::Measuring)?;
    run(&mut place.npm(&["run", "build"]))?;
    crate::run::build(place, "debug")?;
    run(&mut place.cargo(&["build", "-p", "xunan-tests", "--bin", name]))?;
    driver(place)?;
    let display = Display::open(Screen::Virtual)?;
    let mut program = Command::new(place.built("debug", name));
    program
        .args(args)
        .env("XUNAN_BIN", place.built("debug", "xunan"))
        .env("XUNAN_SERVER_BIN", place.built("debug", "xunan-server"))
        .env("TAURI_DRIVER", place.built("tools/bin", "tauri-driver"));
    display.lend(&mut program);
    run(&mut program)
}

/// Simulations, one after the other, until the time is over.
pub(crate) fn sim(place: &Place, args: &[String]) -> Done {
    optimised(place, &["sim"])?;
    run(Command::new(place.built("release", "sim"))
        .args(args)
        .current_dir(&place.root))
}

/// Kills a laptop and its server again and again.
pub(crate) fn kills(place: &Place, args: &[String]) -> Done {
    optimised(place, &["kills", "laptop"])?;
    run(Command::new(place.built("release", "kills"))
        .args(args)
        .current_dir(&place.root)
        .env("XUNAN_SERVER_BIN", place.built("release", "xunan-server")))
}

/// Builds the server and programs of `tests`, without the window.
fn optimised(place: &Place, programs: &[&str]) -> Done {
    let mut build = place.cargo(&[
        "build",
        "--release",
        "-p",
        "xunan-server",
        "-p",
        "xunan-tests",
    ]);
    build.args(["--bin", "xunan-server"]);
    for program in programs {
        build.args(["--bin", program]);
    }
    run(&mut build)
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
