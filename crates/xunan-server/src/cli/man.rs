//! The manual pages, out of the same definitions as `--help`.

use std::path::Path;

use anyhow::Context as _;
use clap::CommandFactory as _;

use super::admin::Out;
use super::{Cli, Failure};

/// One page per command.
pub(super) fn write(folder: &Path, out: Out<'_>) -> Result<(), Failure> {
    let written = std::fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(Cli::command(), folder))
        .with_context(|| format!("write into {}", folder.display()));
    written.map_err(Failure::Refused)?;
    super::admin::line(out, format_args!("manual pages: {}", folder.display()))
}
