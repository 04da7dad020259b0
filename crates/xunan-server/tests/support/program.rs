//! The real program, as an administrator runs it.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

pub(crate) fn program(data: &Path, args: &[&str], input: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xunan-server"));
    command
        .arg("--data")
        .arg(data)
        .args(args)
        .env_remove("XUNAN_SERVER_DATA")
        .env("XUNAN_LOG", "off");
    let streams = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = streams.spawn().unwrap();
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

/// What it says when it does as it was asked.
pub(crate) fn asked(data: &Path, args: &[&str]) -> String {
    let output = program(data, args, "");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{args:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

/// The reason that it gives when it does not, with this exit code.
pub(crate) fn refused(data: &Path, args: &[&str], code: i32) -> String {
    let output = program(data, args, "");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{args:?}: {said}");
    assert!(!said.trim().is_empty(), "{args:?} says nothing");
    said
}
