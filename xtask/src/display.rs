//! A screen and a message bus for windows, on Linux machines that have none.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::tools::{Beside, Done, on_path, output, say};

const START_WAIT: Duration = Duration::from_secs(20);
/// A blank or broken window has a handful of colours; drawn text alone has more than this.
const COLOURS_MIN: u32 = 64;

/// What a window needs around it. Both end when this is dropped.
pub(crate) struct Display {
    screen: Option<(Beside, String)>,
    bus: Option<(Beside, String)>,
}

/// Whose screen windows appear on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Screen {
    /// The person's, if there is one.
    Theirs,
    /// Always a virtual one: pictures and tests must not depend on, or show, what else is open.
    Virtual,
}

impl Display {
    pub(crate) fn open(screen: Screen) -> Done<Self> {
        if !cfg!(target_os = "linux") {
            return Ok(Self {
                screen: None,
                bus: None,
            });
        }
        let has = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let theirs = has("DISPLAY") || has("WAYLAND_DISPLAY");
        let screen = if theirs && screen == Screen::Theirs {
            None
        } else {
            Some(screen_start()?)
        };
        let bus = if has("DBUS_SESSION_BUS_ADDRESS") {
            None
        } else {
            Some(bus_start()?)
        };
        Ok(Self { screen, bus })
    }

    /// Tells a command where its window and its messages go.
    pub(crate) fn lend(&self, command: &mut Command) {
        if let Some((_, number)) = &self.screen {
            command
                .env("DISPLAY", number)
                .env("GDK_BACKEND", "x11")
                .env_remove("WAYLAND_DISPLAY");
        }
        if let Some((_, address)) = &self.bus {
            command.env("DBUS_SESSION_BUS_ADDRESS", address);
        }
    }

    /// Takes a picture of the virtual screen, and refuses one on which nothing is drawn.
    pub(crate) fn picture(&self, file: &Path) -> Done {
        let (_, number) = self
            .screen
            .as_ref()
            .ok_or("there is no virtual screen to photograph")?;
        let mut import = Command::new("import");
        import
            .args(["-display", number, "-window", "root"])
            .arg(file);
        output(&mut import)?;
        let said = output(Command::new("identify").args(["-format", "%k"]).arg(file))?;
        let colours: u32 = said
            .trim()
            .parse()
            .map_err(|_| format!("identify said `{said}`"))?;
        if colours < COLOURS_MIN {
            return Err(format!(
                "{} has only {colours} colours: nothing is drawn",
                file.display()
            ));
        }
        say(&format!("picture: {} ({colours} colours)", file.display()));
        Ok(())
    }
}

fn screen_start() -> Done<(Beside, String)> {
    // With -displayfd the X server itself picks a free number: no race with another run.
    let mut command = Beside::command("Xvfb");
    command
        .args([
            "-displayfd",
            "1",
            "-screen",
            "0",
            "1366x768x24",
            "-nolisten",
            "tcp",
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut server = Beside::start("Xvfb", &mut command)?;
    let number = format!(":{}", server.first_line(START_WAIT)?.trim());
    say(&format!("virtual screen {number} (Xvfb, 1366x768)"));
    Ok((server, number))
}

fn bus_start() -> Done<(Beside, String)> {
    if !on_path("dbus-daemon") {
        return Err("dbus-daemon is missing: run `cargo xtask setup`".to_owned());
    }
    let mut command = Beside::command("dbus-daemon");
    command
        .args(["--session", "--nofork", "--nopidfile", "--print-address=1"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut daemon = Beside::start("dbus-daemon", &mut command)?;
    let address = daemon.first_line(START_WAIT)?.trim().to_owned();
    Ok((daemon, address))
}
