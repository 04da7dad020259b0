//! The program `xunan-server`.

use std::io::{IsTerminal as _, Write as _, stderr, stdout};
use std::process::ExitCode;

use clap::Parser as _;
use tracing_subscriber::EnvFilter;
use xunan_server::cli::{self, Cli};

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let filter = EnvFilter::try_from_env("XUNAN_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(stderr)
        .with_ansi(stderr().is_terminal())
        .init();
    match cli::run(cli, &mut stdout()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // When not even the reason can be written, the code still tells.
            let _ = writeln!(stderr(), "xunan-server: {:#}", failure.reason());
            ExitCode::from(failure.exit_code())
        }
    }
}
