//! The listener: its thread, its connections, and its end.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context as _, Result};
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tower::ServiceExt as _;

use crate::address::is_near;
use crate::door::Door;
use crate::http::{Peer, router};

/// What a connection reads ahead; no head of a request may be longer.
const BUFFER_BYTES: usize = 64 << 10;

/// A running listener. Dropped, it is gone with all its connections.
#[derive(Debug)]
pub(crate) struct Listening {
    pub(crate) port: u16,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Listening {
    /// Listens on all addresses, on the first of these ports that is free, or on any.
    ///
    /// # Errors
    /// When no port is free or the system refuses.
    pub(crate) fn start(door: Arc<Door>, ports: &[u16]) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let listener = runtime.block_on(bind(ports)).context("listen")?;
        let port = listener.local_addr()?.port();
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("phone-drop".to_owned())
            .spawn(move || {
                runtime.block_on(async {
                    tokio::select! {
                        _ = stopped => {}
                        () = accept(listener, &door) => {}
                    }
                });
                // Ends every connection here and now; a photo that is being saved is saved.
                runtime.shutdown_background();
            })?;
        Ok(Self {
            port,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// Whether it has ended by itself, because the code expired.
    pub(crate) fn ended(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn bind(ports: &[u16]) -> io::Result<TcpListener> {
    for port in ports {
        if let Ok(listener) = TcpListener::bind((Ipv4Addr::UNSPECIFIED, *port)).await {
            return Ok(listener);
        }
    }
    TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).await
}

async fn accept(listener: TcpListener, door: &Arc<Door>) {
    let router = router(Arc::clone(door));
    let held = Arc::new(Mutex::new(HashMap::new()));
    let mut look = tokio::time::interval(Duration::from_millis(200));
    loop {
        let accepted = tokio::select! {
            _ = look.tick() => {
                if door.expired() {
                    return;
                }
                continue;
            }
            accepted = listener.accept() => accepted,
        };
        let (socket, from) = match accepted {
            Ok((socket, SocketAddr::V4(from))) => (socket, *from.ip()),
            Ok(_) => continue,
            Err(error) => {
                tracing::warn!("cannot take a connection: {error}");
                tokio::time::sleep(Duration::from_millis(200)).await;
                continue;
            }
        };
        let peer = IpAddr::V4(from);
        if !is_near(from) || door.blocked(peer) {
            continue;
        }
        let Some(place) = Held::take(&held, peer, door) else {
            continue;
        };
        let _ = socket.set_nodelay(true);
        let (door, router) = (Arc::clone(door), router.clone());
        tokio::spawn(async move {
            let limit = Duration::from_millis(door.limits.connection_ms);
            let _ = tokio::time::timeout(limit, talk(socket, peer, door, router)).await;
            drop(place);
        });
    }
}

async fn talk(socket: TcpStream, peer: IpAddr, door: Arc<Door>, router: Router) {
    let head = Duration::from_millis(door.limits.head_ms);
    let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
        let (door, router) = (Arc::clone(&door), router.clone());
        async move {
            // Who guesses again and again is not even told no.
            if door.blocked(peer) {
                return Err(io::Error::from(io::ErrorKind::ConnectionAborted));
            }
            let mut request: Request = request.map(Body::new);
            request.extensions_mut().insert(Peer(peer));
            let Ok(response) = router.oneshot(request).await;
            Ok(response)
        }
    });
    let served = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(head)
        .max_buf_size(BUFFER_BYTES)
        .serve_connection(TokioIo::new(socket), service);
    if let Err(error) = served.await {
        tracing::debug!("a phone's connection ended: {error}");
    }
}

type Counts = Arc<Mutex<HashMap<IpAddr, usize>>>;

/// One of the few connections, until it is dropped.
struct Held {
    counts: Counts,
    peer: IpAddr,
}

impl Held {
    /// `None` when all places, or those of this address, are taken.
    fn take(counts: &Counts, peer: IpAddr, door: &Door) -> Option<Self> {
        let mut all = counts.lock().unwrap_or_else(PoisonError::into_inner);
        let sum: usize = all.values().sum();
        let own = all.get(&peer).copied().unwrap_or(0);
        if sum >= door.limits.connections_max || own >= door.limits.address_connections_max {
            return None;
        }
        all.insert(peer, own + 1);
        Some(Self {
            counts: Arc::clone(counts),
            peer,
        })
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut all = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = all.get_mut(&self.peer) {
            *count -= 1;
            if *count == 0 {
                all.remove(&self.peer);
            }
        }
    }
}
