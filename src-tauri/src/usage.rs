//! What the program says of itself on a command line: it has no options, its settings are variables
//! of the environment.

use std::io::{Write as _, stderr, stdout};
use std::process::ExitCode;

const HELP: &str = "\
巡安 (Xun'an): inspection of safety hazards in the field, with or without a network

Usage: xunan [--help | --version]

It opens a window. An office that sets up many laptops can set these variables:

  XUNAN_DATA          folder of the database and the photos
                      (else the system's folder for the data of programs)
  XUNAN_ENROL_URL     address of the office's server, with which a new laptop enrols itself
  XUNAN_ENROL_CODE    the one-time code for that
  XUNAN_DEVICE_NAME   the laptop's name there (else `laptop`)
  XUNAN_SERVER_URL    another way to the same server, for instance through a relay
  XUNAN_LOG           how much is written to the standard error
                      (`error`, `warn`, `info`, `debug`, `trace`; also `xunan_core=debug`)
";

/// Answers `--help` and `--version`, and refuses what is not known. `None`: open the window.
pub(crate) fn answered(arguments: impl Iterator<Item = String>) -> Option<ExitCode> {
    let mut code = None;
    for argument in arguments {
        // Whoever asks may have closed its end: then nobody reads what cannot be written.
        let (said, answer) = match argument.as_str() {
            "--help" | "-h" => (stdout().write_all(HELP.as_bytes()), ExitCode::SUCCESS),
            "--version" | "-V" => {
                let version = concat!("xunan ", env!("CARGO_PKG_VERSION"), "\n");
                (stdout().write_all(version.as_bytes()), ExitCode::SUCCESS)
            }
            other => {
                let unknown =
                    format!("xunan does not know `{other}`; `xunan --help` says what it does\n");
                (stderr().write_all(unknown.as_bytes()), ExitCode::from(2))
            }
        };
        let _ = said;
        code.get_or_insert(answer);
    }
    code
}

#[cfg(test)]
mod tests {
    use super::{ExitCode, HELP, answered};

    fn asked(argument: &str) -> Option<String> {
        answered(std::iter::once(argument.to_owned())).map(|code| format!("{code:?}"))
    }

    #[test]
    fn help_and_version_open_no_window_and_what_is_unknown_is_refused() {
        assert!(answered(std::iter::empty()).is_none());
        let fine = Some(format!("{:?}", ExitCode::SUCCESS));
        assert_eq!(asked("--help"), fine);
        assert_eq!(asked("--version"), fine);
        assert_eq!(asked("--hlep"), Some(format!("{:?}", ExitCode::from(2))));
    }

    #[test]
    fn help_and_manual_page_name_every_variable_that_is_read() {
        let page = include_str!("../../assets/man/xunan.1");
        let read = include_str!("start.rs");
        for part in read.split('"').filter(|part| part.starts_with("XUNAN_")) {
            assert!(HELP.contains(part), "{part} is not in the help");
            let named = page.lines().any(|line| line == format!(".B {part}"));
            assert!(named, "{part} is not in assets/man/xunan.1");
        }
    }
}
