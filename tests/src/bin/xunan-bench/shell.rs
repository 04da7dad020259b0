//! The real shell on the real core, without a window: commands answer as they answer the page.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, anyhow};
use serde_json::{Value, json};
use tauri::ipc::{CallbackFn, InvokeBody, InvokeResponseBody};
use tauri::test::{
    INVOKE_KEY, MockRuntime, get_ipc_response, mock_builder, mock_context, noop_assets,
};
use tauri::webview::InvokeRequest;
use tauri::{App, WebviewWindow, WebviewWindowBuilder};
use tempfile::TempDir;
use xunan_core::Install;
use xunan_testkit::laptop::{self, LOGIN, PASSWORD};
use xunan_testkit::server::Server;

/// A folder on the disk that is built on: the system's temporary folder may be in memory.
pub(crate) fn folder() -> Result<TempDir> {
    let program = std::env::current_exe()?;
    let beside = program.parent().context("this program's folder")?;
    Ok(tempfile::Builder::new()
        .prefix("bench-")
        .tempdir_in(beside)?)
}

/// Enrols a laptop in `folder`/laptop with a server that is then stopped for good.
pub(crate) fn enrolled(folder: &Path) -> Result<Install> {
    let mut server = Server::new(folder)?;
    server.start()?;
    let install = laptop::enrolled(&folder.join("laptop"), &server)?;
    server.stop()?;
    Ok(install)
}

/// The shell, somebody signed in.
pub(crate) struct Shell {
    window: WebviewWindow<MockRuntime>,
    _app: App<MockRuntime>,
}

impl Shell {
    pub(crate) fn open(install: Arc<Install>) -> Result<Self> {
        let app = xunan_lib::builder(mock_builder()).build(mock_context(noop_assets()))?;
        xunan_lib::use_install(app.handle(), install);
        let window =
            WebviewWindowBuilder::new(&app, "main", tauri::WebviewUrl::default()).build()?;
        let shell = Self { window, _app: app };
        shell.value(
            "session_unlock",
            json!({ "login": LOGIN, "password": PASSWORD }),
        )?;
        Ok(shell)
    }

    /// What a command answers, as the text that would go to the page.
    pub(crate) fn text(&self, command: &str, arguments: Value) -> Result<String> {
        let request = InvokeRequest {
            cmd: command.to_owned(),
            callback: CallbackFn(0),
            error: CallbackFn(1),
            url: "tauri://localhost".parse()?,
            body: InvokeBody::Json(arguments),
            headers: tauri::http::HeaderMap::new(),
            invoke_key: INVOKE_KEY.to_owned(),
        };
        match get_ipc_response(&self.window, request) {
            Ok(InvokeResponseBody::Json(text)) => Ok(text),
            Ok(InvokeResponseBody::Raw(_)) => Err(anyhow!("{command} answered bytes")),
            Err(fault) => Err(anyhow!("{command}: {fault}")),
        }
    }

    /// The same, read.
    pub(crate) fn value(&self, command: &str, arguments: Value) -> Result<Value> {
        Ok(serde_json::from_str(&self.text(command, arguments)?)?)
    }
}
