//! Starting programs, and being sure that they end.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

/// What went wrong is one sentence for the person at the terminal.
pub(crate) type Done<T = ()> = Result<T, String>;

const POLL: Duration = Duration::from_millis(50);
const STOP_WAIT: Duration = Duration::from_secs(5);
/// A grandchild can hold the pipe open after its parent has ended; it is not waited for longer.
const PIPE_WAIT: Duration = Duration::from_secs(3);

/// Prints a line. A closed terminal is no reason to stop half-way.
pub(crate) fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    let _closed = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// `program arg arg`, for people.
pub(crate) fn shown(command: &Command) -> String {
    std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(OsStr::to_string_lossy)
        .map(|word| {
            if word.contains(' ') {
                format!("'{word}'")
            } else {
                word.into_owned()
            }
        })
        .collect::<Vec<_>>()
        .join(" ")
        .replace(&std::env::var("CARGO").unwrap_or("cargo".into()), "cargo")
}

fn not_started(command: &Command, error: &std::io::Error) -> String {
    format!("`{}` could not be started: {error}", shown(command))
}

/// Says what runs, runs it, and fails unless it succeeds.
pub(crate) fn run(command: &mut Command) -> Done {
    say(&format!("$ {}", shown(command)));
    let status = command
        .status()
        .map_err(|error| not_started(command, &error))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("`{}` failed ({status})", shown(command)))
    }
}

/// Runs quietly and returns what it wrote to standard output.
pub(crate) fn output(command: &mut Command) -> Done<String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| not_started(command, &error))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!(
            "`{}` failed ({})\n{}",
            shown(command),
            output.status,
            said.trim()
        ));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs, shows every line at once and returns them too.
pub(crate) fn watched(command: &mut Command) -> Done<(ExitStatus, Vec<String>)> {
    say(&format!("$ {}", shown(command)));
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| not_started(command, &error))?;
    let (sender, lines) = mpsc::channel();
    if let Some(pipe) = child.stdout.take() {
        follow(pipe, sender.clone());
    }
    if let Some(pipe) = child.stderr.take() {
        follow(pipe, sender.clone());
    }
    drop(sender);
    let mut seen = Vec::new();
    let mut ended: Option<(ExitStatus, Instant)> = None;
    loop {
        match lines.recv_timeout(POLL) {
            Ok(line) => {
                say(&line);
                seen.push(line);
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
        match ended {
            Some((_, at)) if at.elapsed() > PIPE_WAIT => break,
            Some(_) => {}
            None => {
                ended = child
                    .try_wait()
                    .ok()
                    .flatten()
                    .map(|status| (status, Instant::now()))
            }
        }
    }
    let status = child
        .wait()
        .map_err(|error| format!("`{}` was lost: {error}", shown(command)))?;
    Ok((status, seen))
}

/// Hands on every line, in a thread of its own.
fn follow(pipe: impl Read + Send + 'static, lines: Sender<String>) {
    thread::spawn(move || {
        let mut pipe = BufReader::new(pipe);
        let mut bytes = Vec::new();
        while pipe
            .read_until(b'\n', &mut bytes)
            .is_ok_and(|count| count > 0)
        {
            let line = String::from_utf8_lossy(&bytes).trim_end().to_owned();
            // Goes on when nobody listens any more: a full pipe would block the program.
            let _unheard = lines.send(line);
            bytes.clear();
        }
    });
}

/// Can this program be started at all?
pub(crate) fn on_path(program: &str) -> bool {
    let Some(folders) = std::env::var_os("PATH") else {
        return false;
    };
    let name = format!("{program}{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(&folders).any(|folder| folder.join(&name).is_file())
}

/// A program that runs beside us. It is stopped when this is dropped.
pub(crate) struct Beside {
    name: String,
    child: Child,
}

impl Beside {
    /// A command for [`Beside::start`] that ends with us even when we are killed: on Linux the kernel sees to it.
    /// Elsewhere Ctrl-C reaches the whole process group and the drop does the rest.
    pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
        if cfg!(target_os = "linux") && on_path("setpriv") {
            let mut command = Command::new("setpriv");
            command.args(["--pdeathsig", "TERM", "--"]).arg(program);
            return command;
        }
        Command::new(program)
    }

    pub(crate) fn start(name: &str, command: &mut Command) -> Done<Self> {
        let child = command
            .stdin(Stdio::null())
            .spawn()
            .map_err(|error| not_started(command, &error))?;
        Ok(Self {
            name: name.to_owned(),
            child,
        })
    }

    /// The first line that the program writes to its (piped) standard output.
    pub(crate) fn first_line(&mut self, limit: Duration) -> Done<String> {
        let pipe = self
            .child
            .stdout
            .take()
            .ok_or("standard output is not piped")?;
        let (sender, lines) = mpsc::channel();
        follow(pipe, sender);
        lines
            .recv_timeout(limit)
            .map_err(|_| format!("{} did not start within {} s", self.name, limit.as_secs()))
    }

    /// `None` while it runs.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    pub(crate) fn wait(&mut self) -> Done<ExitStatus> {
        self.child
            .wait()
            .map_err(|error| format!("{} was lost: {error}", self.name))
    }

    fn stop(&mut self) {
        if self.ended().is_some() {
            return;
        }
        if cfg!(unix) && self.terminate().is_ok() {
            let limit = Instant::now() + STOP_WAIT;
            while Instant::now() < limit {
                if self.ended().is_some() {
                    return;
                }
                thread::sleep(POLL);
            }
            say(&format!(
                "{} did not stop by itself and is killed",
                self.name
            ));
        }
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }

    /// The standard library can only kill; asked politely, a server closes its database.
    fn terminate(&self) -> Done {
        output(Command::new("kill").args(["-TERM", &self.child.id().to_string()])).map(drop)
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Asks again and again until there is an answer, an error or no time left.
pub(crate) fn wait_for<T>(
    what: &str,
    limit: Duration,
    mut ask: impl FnMut() -> Done<Option<T>>,
) -> Done<T> {
    let end = Instant::now() + limit;
    while Instant::now() < end {
        if let Some(answer) = ask()? {
            return Ok(answer);
        }
        thread::sleep(POLL);
    }
    Err(format!("{what}: nothing after {} s", limit.as_secs()))
}
