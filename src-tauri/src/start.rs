//! Opening the installation when the program starts.

use std::path::PathBuf;
use std::sync::Arc;

use tauri::{AppHandle, Manager, Runtime};
use tracing_subscriber::EnvFilter;
use xunan_core::{Config, Install};

use crate::commands::Shell;
use crate::{error, events};

/// The log goes to the standard error; `XUNAN_LOG` sets how much.
pub(crate) fn log_to_stderr() {
    let filter = EnvFilter::try_from_env("XUNAN_LOG")
        .unwrap_or_else(|_| EnvFilter::new("warn,xunan=info,xunan_core=info"));
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .try_init();
}

/// Opens the installation. When that fails the window still opens, and says why.
pub(crate) fn open<R: Runtime>(app: &AppHandle<R>) {
    let opened = config(app).and_then(Install::open);
    let opened = opened.map(Arc::new).map_err(|error| error::view(&error));
    if let Ok(install) = &opened {
        events::forward(app, install);
        enrol_by_environment(install);
    }
    app.state::<Shell>().opened(opened);
}

/// Where the data lies, and what the environment says of the server.
pub(crate) fn config<R: Runtime>(app: &AppHandle<R>) -> anyhow::Result<Config> {
    Ok(Config {
        folder: folder(app)?,
        server_url: std::env::var("XUNAN_SERVER_URL").ok(),
    })
}

fn folder<R: Runtime>(app: &AppHandle<R>) -> anyhow::Result<PathBuf> {
    match std::env::var_os("XUNAN_DATA") {
        Some(folder) => Ok(folder.into()),
        None => Ok(app.path().app_local_data_dir()?),
    }
}

/// An office that sets up many laptops gives address and code by the environment.
fn enrol_by_environment(install: &Arc<Install>) {
    let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let (Some(url), Some(code)) = (variable("XUNAN_ENROL_URL"), variable("XUNAN_ENROL_CODE"))
    else {
        return;
    };
    if install.status().is_ok_and(|status| status.enrolled) {
        return;
    }
    let name = variable("XUNAN_DEVICE_NAME").unwrap_or_else(|| "laptop".to_owned());
    if let Err(error) = tauri::async_runtime::block_on(install.enrol(&url, &code, &name)) {
        tracing::error!(
            error = format!("{error:#}"),
            "enrolment by the environment failed"
        );
    }
}
