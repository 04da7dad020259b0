//! Starting and stopping.

use std::fs::File;
use std::future::Future;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

use rustls::ServerConfig;
use xunan_model::pin::Pin;

use crate::api::{self, AppState};
use crate::config::{DataFolder, Options};
use crate::listen;
use crate::store::SqliteStore;
use crate::tls::Identity;

const CHECKPOINT_EVERY: Duration = Duration::from_secs(10);

/// Starts servers.
#[derive(Debug)]
pub struct Server;

/// A server that answers at `addr` until it is stopped.
pub struct RunningServer {
    pub addr: SocketAddr,
    secure: bool,
    /// The store it works on, for tests and for the command line.
    pub store: SqliteStore,
    stop: oneshot::Sender<()>,
    task: JoinHandle<Result<()>>,
}

impl Server {
    /// Opens the data folder and listens. It answers when this returns.
    ///
    /// # Errors
    /// When the folder, the database or the address cannot be used; says why.
    pub async fn start(data_dir: &Path, options: Options) -> Result<RunningServer> {
        let folder = DataFolder::open(data_dir)?;
        let lock = folder.lock()?;
        let store = SqliteStore::open(&folder)?;
        let identity = options.tls.then(|| Identity::of(&folder)).transpose()?;
        let tls = match &identity {
            Some(identity) => Some(Arc::new(identity.config()?)),
            None => None,
        };
        let pin = identity.as_ref().map(Identity::pin);
        let address = options.listen;
        let listener = TcpListener::bind(address)
            .await
            .with_context(|| format!("cannot listen on {address}"))?;
        let addr = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel();
        let served = store.clone();
        let task = tokio::spawn(async move {
            // A dropped handle stops the server as an explicit stop does.
            let stopped = async move { _ = stopped.await };
            let door = Door { listener, tls, pin };
            serve(door, served, options, stopped, lock).await
        });
        Ok(RunningServer {
            addr,
            secure: pin.is_some(),
            store,
            stop,
            task,
        })
    }
}

impl RunningServer {
    /// The address for a client.
    #[must_use]
    pub fn url(&self) -> String {
        let scheme = if self.secure { "https" } else { "http" };
        format!("{scheme}://{}", self.addr)
    }

    /// Stops, finishing the requests in flight.
    ///
    /// # Errors
    /// When the server had broken.
    pub async fn stop(self) -> Result<()> {
        let _ = self.stop.send(());
        self.task.await?
    }

    /// Runs until `asked` resolves, then stops.
    ///
    /// # Errors
    /// When the server breaks.
    pub async fn run_until(self, asked: impl Future<Output = std::io::Result<()>>) -> Result<()> {
        let Self { stop, mut task, .. } = self;
        tokio::select! {
            done = &mut task => return done?,
            asked = asked => asked.context("cannot listen for signals")?,
        }
        tracing::info!("stopping");
        let _ = stop.send(());
        task.await?
    }
}

/// What answers requests, without a socket: for simulations. The sender ends uploads when it says
/// `true` or is gone.
pub fn router(store: SqliteStore, options: Options) -> (axum::Router, watch::Sender<bool>) {
    let (cut, cut_seen) = watch::channel(false);
    let state = AppState::new(Arc::new(store), options, None, cut_seen);
    (api::router(state), cut)
}

/// Where requests come in.
struct Door {
    listener: TcpListener,
    tls: Option<Arc<ServerConfig>>,
    pin: Option<Pin>,
}

/// Answers until `shutdown`, then finishes what is in flight for a while. The lock is held to the
/// end.
async fn serve(
    door: Door,
    store: SqliteStore,
    options: Options,
    shutdown: impl Future<Output = ()> + Send + 'static,
    lock: File,
) -> Result<()> {
    let grace = options.stop_grace;
    let (cut, cut_seen) = watch::channel(false);
    let (ending, mut ended) = watch::channel(false);
    let state = AppState::new(Arc::new(store.clone()), options, door.pin, cut_seen);
    let router = api::router(state);
    let served = listen::listen(door.listener, door.tls, router, async move {
        shutdown.await;
        ending.send_replace(true);
    });
    let checkpoints = tokio::spawn(checkpoint_often(store));
    let too_long = async {
        if ended.wait_for(|ended| *ended).await.is_err() {
            std::future::pending::<()>().await;
        }
        tokio::time::sleep(grace).await;
        cut.send_replace(true);
        tokio::time::sleep(Duration::from_secs(1)).await;
    };
    tokio::select! {
        () = served => {}
        () = too_long => {}
    }
    checkpoints.abort();
    drop(lock);
    Ok(())
}

async fn checkpoint_often(store: SqliteStore) {
    loop {
        tokio::time::sleep(CHECKPOINT_EVERY).await;
        if let Err(error) = store.checkpoint().await {
            tracing::warn!("the checkpoint failed: {error:#}");
        }
    }
}
