//! What a machine needs before anything can be built, and how it gets there.

use std::path::Path;
use std::process::Command;
use std::time::SystemTime;

use crate::Place;
use crate::tools::{Done, on_path, output, run, say};

/// What the task at hand needs beyond a build.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum For {
    Running,
    Testing,
    Measuring,
}

/// Debian and Ubuntu: the package and what it is for.
const BUILD: &[&str] = &[
    "libwebkit2gtk-4.1-dev",
    "librsvg2-dev",
    "libayatana-appindicator3-dev",
    "pkg-config",
    "dbus",
    "xvfb",
    "imagemagick",
    "fonts-noto-cjk",
    "fonts-noto-core",
];
const TEST: &[&str] = &["webkit2gtk-driver"];
/// The phone of the tests. Ubuntu has it as a snap: whatever is on the path will do.
const PHONE: &[&str] = &["chromium", "chromium-driver"];
const MEASURE: &[&str] = &["strace"];

const OTHER_LINUX: &str = "\
Fedora:  sudo dnf install webkit2gtk4.1-devel librsvg2-devel libappindicator-gtk3-devel gcc pkgconf-pkg-config \
dbus-daemon xorg-x11-server-Xvfb webkitgtk-driver chromium chromedriver ImageMagick strace google-noto-sans-cjk-fonts google-noto-serif-tibetan-fonts
Arch:    sudo pacman -S --needed webkit2gtk-4.1 librsvg libayatana-appindicator base-devel pkgconf dbus \
xorg-server-xvfb chromium imagemagick strace noto-fonts noto-fonts-cjk
Others:  the development files of WebKitGTK with the API 4.1, librsvg 2 and libayatana-appindicator 3, and the \
programs pkg-config, dbus-daemon, Xvfb, WebKitWebDriver, chromium and chromedriver, import and identify (ImageMagick), strace.
WebKitGTK 4.0 alone is not enough: docs/adr/0006-platforms.md.";

const MACOS: &str = "Install Apple's command line tools: xcode-select --install";

const WINDOWS: &str = "\
Windows needs the Microsoft C++ Build Tools (\"Desktop development with C++\") and, before Windows 11, \
the WebView2 runtime: winget install Microsoft.VisualStudio.2022.BuildTools Microsoft.EdgeWebView2Runtime";

const NODE_MIN: (u32, u32) = (20, 19);

pub(crate) fn everything(place: &Place) -> Done {
    ensure(place, For::Measuring)?;
    rust_tools()?;
    say("setup: everything is there");
    Ok(())
}

/// Checks, and installs where that is possible, what the task needs.
pub(crate) fn ensure(place: &Place, purpose: For) -> Done {
    rust()?;
    system(purpose)?;
    node()?;
    if purpose == For::Testing {
        rust_tools()?;
    }
    packages(place)
}

fn rust() -> Done {
    let needed = version(env!("CARGO_PKG_RUST_VERSION")).ok_or("rust-version is not a version")?;
    let said = output(Command::new("rustc").arg("--version"))
        .map_err(|_| "Rust is missing: install it from https://rustup.rs".to_owned())?;
    match version(&said) {
        Some(found) if found >= needed => Ok(()),
        _ => Err(format!(
            "Rust {}.{} or later is needed, this is `{}`: run `rustup update stable`",
            needed.0,
            needed.1,
            said.trim()
        )),
    }
}

fn rust_tools() -> Done {
    for tool in ["fmt", "clippy"] {
        output(Command::new("cargo").args([tool, "--version"])).map_err(|_| {
            format!("cargo {tool} is missing: run `rustup component add rustfmt clippy`")
        })?;
    }
    Ok(())
}

fn node() -> Done {
    let advice =
        "install Node.js 20 LTS or later from https://nodejs.org, or with the system's packages";
    let said = output(Command::new("node").arg("--version"))
        .map_err(|_| format!("Node.js is missing: {advice}"))?;
    match version(&said) {
        Some(found) if found >= NODE_MIN => Ok(()),
        _ => Err(format!(
            "Node.js {}.{} or later is needed, this is {}: {advice}",
            NODE_MIN.0,
            NODE_MIN.1,
            said.trim()
        )),
    }
}

/// The first `major.minor` in a text such as `rustc 1.95.0 (…)` or `v20.20.2`.
fn version(text: &str) -> Option<(u32, u32)> {
    let start = text.find(|character: char| character.is_ascii_digit())?;
    let mut numbers = text[start..].split(|character: char| !character.is_ascii_digit());
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

fn system(purpose: For) -> Done {
    if cfg!(target_os = "linux") {
        if on_path("apt-get") && on_path("dpkg-query") {
            debian(purpose)
        } else {
            other_linux()
        }
    } else if cfg!(target_os = "macos") {
        output(Command::new("xcode-select").arg("-p"))
            .map(drop)
            .map_err(|_| MACOS.to_owned())
    } else if cfg!(windows) {
        // The linker is there, or this would not run. WebView2 may not be: said, not checked.
        say(WINDOWS);
        Ok(())
    } else {
        Err("this system is unknown to the task runner: docs/adr/0006-platforms.md".to_owned())
    }
}

fn debian(purpose: For) -> Done {
    let mut wanted = BUILD.to_vec();
    if purpose != For::Running {
        wanted.extend(TEST);
        if !on_path("chromedriver") {
            wanted.extend(PHONE);
        }
    }
    if purpose == For::Measuring {
        wanted.extend(MEASURE);
    }
    let missing: Vec<&str> = wanted
        .into_iter()
        .filter(|package| !installed(package))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    say(&format!(
        "setup: these packages are missing and are installed now: {}",
        missing.join(" ")
    ));
    let by_hand = format!(
        "run it yourself: sudo apt-get install {}",
        missing.join(" ")
    );
    run(&mut as_root(&["apt-get", "update"])?)
        .and_then(|()| {
            let mut args = vec!["apt-get", "install", "-y", "--no-install-recommends"];
            args.extend(&missing);
            run(as_root(&args)?.env("DEBIAN_FRONTEND", "noninteractive"))
        })
        .map_err(|reason| {
            format!("{reason}\n{by_hand}\nA system without libwebkit2gtk-4.1-dev: docs/adr/0006-platforms.md")
        })
}

fn installed(package: &str) -> bool {
    output(Command::new("dpkg-query").args(["-W", "-f=${db:Status-Abbrev}", package]))
        .is_ok_and(|status| status.starts_with("ii"))
}

fn as_root(args: &[&str]) -> Done<Command> {
    if output(Command::new("id").arg("-u"))?.trim() == "0" {
        let mut command = Command::new(args[0]);
        command.args(&args[1..]);
        return Ok(command);
    }
    // -n: a task that waits for a password nobody sees would hang.
    let mut command = Command::new("sudo");
    command.arg("-n").args(args);
    Ok(command)
}

fn other_linux() -> Done {
    let mut missing: Vec<&str> = ["dbus-daemon", "Xvfb", "import"]
        .into_iter()
        .filter(|program| !on_path(program))
        .collect();
    let mut libraries = Command::new("pkg-config");
    libraries.args(["--exists", "webkit2gtk-4.1", "librsvg-2.0"]);
    if output(&mut libraries).is_err() {
        missing.push("webkit2gtk-4.1 or librsvg-2.0 (pkg-config does not find them)");
    }
    if missing.is_empty() {
        return Ok(());
    }
    Err(format!("missing: {}\n{OTHER_LINUX}", missing.join(", ")))
}

/// `npm ci` for the interface and for the tests' photographs, where the installed packages are
/// absent or older than the lock file.
fn packages(place: &Place) -> Done {
    for folder in [place.ui(), place.root.join("tests/photos")] {
        let lock = folder.join("package-lock.json");
        let Some(locked) = changed_at(&lock) else {
            return Err(format!("{} is missing", lock.display()));
        };
        let installed = changed_at(&folder.join("node_modules/.package-lock.json"));
        if installed.is_none_or(|at| at < locked) {
            let arguments = ["ci", "--no-audit", "--no-fund", "--ignore-scripts"];
            run(place.npm(&arguments).current_dir(&folder))?;
        }
    }
    Ok(())
}

fn changed_at(file: &Path) -> Option<SystemTime> {
    file.metadata().and_then(|facts| facts.modified()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert_eq!(
            version("rustc 1.95.0 (59807616e 2026-04-14)"),
            Some((1, 95))
        );
        assert_eq!(version("v20.20.2\n"), Some((20, 20)));
        assert_eq!(version("1.92"), Some((1, 92)));
        assert!(version("v9.0.0") < version("v20.19.0"));
        assert_eq!(version("not found"), None);
    }
}
