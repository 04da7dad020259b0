//! `serve`.

use std::io::Write;
use std::path::Path;

use anyhow::Context as _;

use super::{Failure, Serve};
use crate::config::Options;
use crate::{Server, platform};

pub(super) async fn serve(
    data: &Path,
    args: Serve,
    out: &mut (dyn Write + Send),
) -> Result<(), Failure> {
    let options = Options {
        listen: args.listen,
        tls: !args.plain_http,
        blob_bytes_max: args.blob_bytes_max,
        device_day_bytes_max: args.device_day_bytes_max,
        disk_reserve_bytes: args.disk_reserve_bytes,
        ..Options::default()
    };
    let server = Server::start(data, options)
        .await
        .map_err(Failure::Refused)?;
    if let Some(file) = &args.address_file {
        // Under another name first, so that whoever waits for the file never reads half of it.
        let half = file.with_extension("tmp");
        std::fs::write(&half, server.addr.to_string())
            .and_then(|()| std::fs::rename(&half, file))
            .with_context(|| format!("cannot write {}", file.display()))
            .map_err(Failure::Refused)?;
    }
    let told = writeln!(out, "listening on {}", server.url()).and_then(|()| out.flush());
    // A closed standard output is no reason not to serve.
    drop(told);
    tracing::info!(addr = %server.addr, "listening");
    server
        .run_until(platform::stop_asked())
        .await
        .map_err(Failure::Broken)
}
