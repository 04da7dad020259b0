//! A demo on one machine: the server with a few sites and people, and a laptop that is enrolled at it.

use std::fs;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use crate::Place;
use crate::display::{Display, Screen};
use crate::setup::{self, For};
use crate::tools::{Beside, Done, output, run as run_command, say, wait_for};

const SERVER_WAIT: Duration = Duration::from_secs(60);
const WINDOW_WAIT: Duration = Duration::from_secs(120);
/// Fonts and icons appear a moment after the interface says that it has drawn itself.
const SETTLE: Duration = Duration::from_secs(1);

#[derive(Default)]
pub(crate) struct Options {
    data: Option<PathBuf>,
    screenshot: Option<PathBuf>,
    fresh: bool,
    release: bool,
}

impl Options {
    pub(crate) fn parse(args: &[String]) -> Done<Self> {
        let mut options = Self::default();
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            let mut file = || {
                let given = args.next().ok_or(format!("{arg} needs a path"))?;
                std::path::absolute(given).map_err(|error| format!("{given}: {error}"))
            };
            match arg.as_str() {
                "--data" => options.data = Some(file()?),
                "--screenshot" => options.screenshot = Some(file()?),
                "--fresh" => options.fresh = true,
                "--release" => options.release = true,
                other => return Err(format!("run does not know `{other}`")),
            }
        }
        Ok(options)
    }

    fn profile(&self) -> &'static str {
        if self.release { "release" } else { "debug" }
    }
}

/// The program (with the interface inside) and the server.
pub(crate) fn build(place: &Place, profile: &str) -> Done {
    let mut args = vec!["build", "-p", "xunan", "-p", "xunan-server"];
    args.extend(["--features", "xunan/custom-protocol"]);
    if profile == "release" {
        args.push("--release");
    }
    run_command(&mut place.cargo(&args))
}

pub(crate) fn run(place: &Place, options: &Options) -> Done {
    if options.screenshot.is_some() && !cfg!(target_os = "linux") {
        return Err("--screenshot works on Linux only".to_owned());
    }
    setup::ensure(place, For::Running)?;
    run_command(&mut place.npm(&["run", "build"]))?;
    build(place, options.profile())?;
    start(place, options)
}

/// A new demo from what is built, photographed and stopped: the first thing that a newcomer sees.
pub(crate) fn picture_of_new_demo(place: &Place) -> Done {
    let data = place.target.join("demo-tested");
    start(
        place,
        &Options {
            screenshot: Some(data.join("picture.png")),
            data: Some(data),
            fresh: true,
            release: false,
        },
    )
}

fn start(place: &Place, options: &Options) -> Done {
    let data = options
        .data
        .clone()
        .unwrap_or_else(|| place.target.join("demo"));
    if options.fresh {
        // Only what is ours: --data may name a folder with other things in it.
        for ours in ["server", "laptop"] {
            remove(&data.join(ours))?;
        }
    }
    fs::create_dir_all(data.join("server"))
        .map_err(|error| format!("{}: {error}", data.display()))?;

    let seeded = seed(place, options, &data)?;
    let (mut server, address) = serve(place, options, &data)?;
    say(&format!("\nserver: https://{address}\n{}\n", seeded.shown));

    let screen = if options.screenshot.is_some() {
        Screen::Virtual
    } else {
        Screen::Theirs
    };
    let display = Display::open(screen)?;
    let ready = data.join("laptop-ready");
    remove(&ready)?;
    let mut command = Beside::command(place.built(options.profile(), "xunan"));
    command
        .env("XUNAN_DATA", data.join("laptop"))
        .env("XUNAN_SERVER_URL", format!("https://{address}"))
        .env("XUNAN_READY_FILE", &ready);
    if let Some(code) = &seeded.enrol_code {
        command
            .env("XUNAN_ENROL_URL", format!("https://{address}"))
            .env("XUNAN_ENROL_CODE", code)
            .env("XUNAN_DEVICE_NAME", "演示笔记本");
    }
    display.lend(&mut command);
    let mut program = Beside::start("the program", &mut command)?;

    let Some(file) = &options.screenshot else {
        say("close the window, or press Ctrl-C, to stop");
        let status = program.wait()?;
        return if status.success() {
            Ok(())
        } else {
            Err(format!("the program failed ({status})"))
        };
    };
    wait_for("the interface", WINDOW_WAIT, || {
        match (program.ended(), server.ended()) {
            (Some(status), _) => Err(format!("the program ended before it was drawn ({status})")),
            (_, Some(status)) => Err(format!("the server ended ({status})\n{}", log_end(&data))),
            _ => Ok(ready.exists().then_some(())),
        }
    })?;
    thread::sleep(SETTLE);
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    display.picture(file)
}

fn remove(path: &Path) -> Done {
    let removed = if path.is_dir() {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    };
    match removed {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(format!("{} cannot be removed: {error}", path.display()))
        }
        _ => Ok(()),
    }
}

struct Seeded {
    shown: String,
    enrol_code: Option<String>,
}

/// Fills the server's database with the demo. Harmless to repeat.
fn seed(place: &Place, options: &Options, data: &Path) -> Done<Seeded> {
    let mut command = std::process::Command::new(place.built(options.profile(), "xunan-server"));
    command
        .arg("--data")
        .arg(data.join("server"))
        .arg("seed-demo");
    Ok(read_seed(&output(&mut command)?))
}

fn read_seed(said: &str) -> Seeded {
    let (codes, shown): (Vec<&str>, Vec<&str>) = said
        .lines()
        .partition(|line| line.starts_with("enrol-code:"));
    let enrol_code = codes
        .last()
        .and_then(|line| line.split_once(':'))
        .map(|(_, code)| code.trim().to_owned())
        .filter(|code| !code.is_empty());
    Seeded {
        shown: shown.join("\n").trim().to_owned(),
        enrol_code,
    }
}

fn log_file(data: &Path) -> PathBuf {
    data.join("server.log")
}

fn log_end(data: &Path) -> String {
    let text = fs::read_to_string(log_file(data)).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}

fn serve(place: &Place, options: &Options, data: &Path) -> Done<(Beside, String)> {
    let folder = data.join("server");
    let address_file = folder.join("address");
    remove(&address_file)?;
    let log = fs::File::create(log_file(data)).map_err(|error| format!("server.log: {error}"))?;
    let same = log
        .try_clone()
        .map_err(|error| format!("server.log: {error}"))?;
    let mut command = Beside::command(place.built(options.profile(), "xunan-server"));
    command
        .arg("--data")
        .arg(&folder)
        .args(["serve", "--listen", "127.0.0.1:0", "--address-file"])
        .arg(&address_file)
        .stdout(log)
        .stderr(same);
    let mut server = Beside::start("the server", &mut command)?;
    let address = wait_for("the server", SERVER_WAIT, || {
        if let Some(status) = server.ended() {
            return Err(format!("the server ended ({status})\n{}", log_end(data)));
        }
        // The server writes it when it answers. It speaks TLS, which the standard library does not.
        let address = fs::read_to_string(&address_file).unwrap_or_default();
        let address = address.trim().to_owned();
        Ok(TcpStream::connect(&address).is_ok().then_some(address))
    })?;
    Ok((server, address))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_taken_out_of_what_the_seed_says() {
        let first = read_seed("inspector 1234\nenrol-code: ABCD-EFGH\n");
        assert_eq!(first.enrol_code.as_deref(), Some("ABCD-EFGH"));
        assert_eq!(first.shown, "inspector 1234");
        assert_eq!(read_seed("inspector 1234\n").enrol_code, None);
    }

    #[test]
    fn paths_are_made_absolute_and_unknown_words_refused() {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let options = Options::parse(&words("--screenshot a.png --fresh")).expect("known words");
        assert!(options.fresh && options.screenshot.is_some_and(|file| file.is_absolute()));
        assert!(Options::parse(&words("--data")).is_err());
        assert!(Options::parse(&words("--quick")).is_err());
    }
}
