//! One adapter per command: the arguments in, what the core says out.
//!
//! Commands are `async` and work on a blocking thread: a synchronous one would run on the
//! window's thread and freeze it while the disk is busy.

pub(crate) mod backup;
pub(crate) mod edition;
pub(crate) mod finding;
pub(crate) mod health;
pub(crate) mod import;
pub(crate) mod inspection;
pub(crate) mod install;
pub(crate) mod local;
pub(crate) mod phone;
pub(crate) mod photo;
pub(crate) mod quick;
pub(crate) mod receiver;
pub(crate) mod session;
pub(crate) mod site;
pub(crate) mod sync;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Context as _;
use tauri::{AppHandle, Manager as _, Runtime};
use xunan_core::view::FaultView;
use xunan_core::{App, Install};
use xunan_model::fault::{Code, Fault};
use xunan_phone::{Config, PhoneDrop};

use crate::error::{CommandError, Reply};

/// What the commands work on.
#[derive(Default)]
pub(crate) struct Shell {
    install: Mutex<Option<Result<Arc<Install>, FaultView>>>,
    app: Mutex<Option<App>>,
    phone: Mutex<Option<Arc<PhoneDrop>>>,
    /// The folder in which a person looks for a backup.
    restore: Mutex<Option<PathBuf>>,
}

impl Shell {
    /// The installation was opened, or could not be.
    pub(crate) fn opened(&self, install: Result<Arc<Install>, FaultView>) {
        if let Ok(install) = &install {
            let folder = install.folder().join("phone");
            *lock(&self.phone) = Some(Arc::new(PhoneDrop::new(Config::new(folder))));
        }
        *lock(&self.install) = Some(install);
    }

    /// Lets go of the installation: nobody is signed in, and nothing is sent.
    pub(crate) fn close(&self) {
        self.sign(None);
        *lock(&self.phone) = None;
        *lock(&self.install) = None;
    }

    /// A person looks for a backup in this folder.
    pub(crate) fn restore_from(&self, folder: PathBuf) {
        *lock(&self.restore) = Some(folder);
    }

    /// The folder in which a person looks for a backup.
    pub(crate) fn restore_folder(&self) -> Option<PathBuf> {
        lock(&self.restore).clone()
    }

    /// The installation.
    pub(crate) fn install(&self) -> anyhow::Result<Arc<Install>> {
        let install = lock(&self.install);
        install
            .as_ref()
            .and_then(|opened| opened.as_ref().ok())
            .cloned()
            .context("the data folder is not open")
    }

    /// Why there is no installation.
    pub(crate) fn problem(&self) -> Option<FaultView> {
        lock(&self.install)
            .as_ref()
            .and_then(|opened| opened.as_ref().err())
            .cloned()
    }

    /// The handle of the person who is signed in.
    pub(crate) fn app(&self) -> anyhow::Result<App> {
        lock(&self.app)
            .clone()
            .context(Fault::new(Code::SignedOut, "signed_out"))
    }

    /// The phone drop of the installation.
    pub(crate) fn phone(&self) -> anyhow::Result<Arc<PhoneDrop>> {
        let phone = lock(&self.phone);
        phone.clone().context("the data folder is not open")
    }

    /// Somebody signs in or out. A QR code is good for whoever showed it and for nobody else.
    pub(crate) fn sign(&self, app: Option<App>) {
        if let Ok(phone) = self.phone() {
            phone.end();
        }
        *lock(&self.app) = app;
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs `work` where it may touch the disk.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> anyhow::Result<T> + Send + 'static,
) -> Reply<T> {
    tauri::async_runtime::spawn_blocking(work)
        .await?
        .map_err(CommandError::from)
}

/// Where a person looks for files from a program: the page says no path.
pub(crate) fn downloads<R: Runtime>(handle: &AppHandle<R>) -> anyhow::Result<PathBuf> {
    let paths = handle.path();
    let folder = paths.download_dir().or_else(|_| paths.document_dir());
    Ok(folder.or_else(|_| paths.home_dir())?)
}

/// What stands in a header of a command whose body are raw bytes. Headers hold ASCII only, so the
/// interface writes `encodeURIComponent(text)`; an empty one is none.
pub(crate) fn header(request: &tauri::ipc::Request<'_>, name: &str) -> Option<String> {
    let value = request.headers().get(name)?.to_str().ok()?;
    let decoded = percent_encoding::percent_decode_str(value).decode_utf8_lossy();
    Some(decoded.into_owned()).filter(|text| !text.is_empty())
}
