//! Taking connections: TLS, HTTP/1.1 and HTTP/2, each within limits.

use std::collections::HashMap;
use std::future::Future;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Sleep;

use crate::tls_stream::TlsStream;

/// More connections than this wait in the system's queue.
const CONNECTIONS_MAX: usize = 8_192;
/// One address may hold so many of them: an office behind one address has fewer laptops, and nobody
/// alone can take all places.
const ADDRESS_CONNECTIONS_MAX: usize = 2_048;
/// A handshake, or the head of a request, takes at most this.
const PATIENCE: Duration = Duration::from_secs(30);
/// A connection that does not answer is given up after this and [`PATIENCE`].
const PING_EVERY: Duration = Duration::from_secs(120);
/// Bytes of one body, and of one connection, that may wait to be stored.
const STREAM_WINDOW: u32 = 1 << 20;
const CONNECTION_WINDOW: u32 = 2 << 20;
/// Requests of one connection at a time.
const STREAMS_MAX: u32 = 16;
const HEADER_BYTES_MAX: u32 = 16 << 10;

/// Answers on `listener` until `shutdown`, then lets the requests in flight end.
pub(crate) async fn listen(
    listener: TcpListener,
    tls: Option<Arc<ServerConfig>>,
    router: Router,
    shutdown: impl Future<Output = ()>,
) {
    let graceful = GracefulShutdown::new();
    let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let addresses = Addresses::default();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            () = &mut shutdown => break,
            accepted = accept(&listener, &room) => accepted,
        };
        let Some((socket, address, permit)) = accepted else {
            continue;
        };
        let Some(held) = addresses.hold(address) else {
            tracing::warn!(%address, "too many connections from one address");
            continue;
        };
        // Small replies must not wait for more to send.
        let _ = socket.set_nodelay(true);
        let (tls, router, watcher) = (tls.clone(), router.clone(), graceful.watcher());
        tokio::spawn(async move {
            if let Err(error) = serve(socket, tls, router, watcher).await {
                tracing::debug!("a connection ended: {error}");
            }
            drop((permit, held));
        });
    }
    drop(listener);
    graceful.shutdown().await;
}

/// How many connections each address holds.
#[derive(Clone, Default)]
struct Addresses(Arc<Mutex<HashMap<IpAddr, usize>>>);

/// One connection of an address, until it is dropped.
struct Held {
    addresses: Addresses,
    address: IpAddr,
}

impl Addresses {
    fn all(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `None` when the address holds as many as it may.
    fn hold(&self, address: IpAddr) -> Option<Held> {
        let mut all = self.all();
        let count = all.entry(address).or_default();
        if *count >= ADDRESS_CONNECTIONS_MAX {
            return None;
        }
        *count += 1;
        Some(Held {
            addresses: self.clone(),
            address,
        })
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut all = self.addresses.all();
        if let Some(count) = all.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                all.remove(&self.address);
            }
        }
    }
}

async fn accept(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> Option<(TcpStream, IpAddr, OwnedSemaphorePermit)> {
    let permit = Arc::clone(room).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((socket, from)) => Some((socket, from.ip(), permit)),
        Err(error) => {
            // Out of files, most likely: others must end first.
            tracing::warn!("cannot take a connection: {error}");
            tokio::time::sleep(Duration::from_millis(200)).await;
            None
        }
    }
}

async fn serve(
    socket: TcpStream,
    tls: Option<Arc<ServerConfig>>,
    router: Router,
    watcher: Watcher,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let Some(tls) = tls else {
        return talk(socket, router, watcher).await;
    };
    talk(TlsStream::new(socket, tls)?, router, watcher).await
}

async fn talk(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    router: Router,
    watcher: Watcher,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE);
    builder
        .http2()
        .timer(TokioTimer::new())
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .max_concurrent_streams(STREAMS_MAX)
        .max_header_list_size(HEADER_BYTES_MAX)
        .keep_alive_interval(PING_EVERY)
        .keep_alive_timeout(PATIENCE);
    let service = TowerToHyperService::new(router);
    let connection = builder.serve_connection(TokioIo::new(Prompt::new(stream)), service);
    watcher.watch(connection.into_owned()).await
}

/// A stream whose first bytes must come in time, or whoever connects and says nothing would hold a
/// place for ever.
struct Prompt<S> {
    stream: S,
    missing: usize,
    until: Pin<Box<Sleep>>,
}

/// What it takes to tell HTTP/1.1 from HTTP/2.
const FIRST_BYTES: usize = 24;

impl<S> Prompt<S> {
    fn new(stream: S) -> Self {
        Self {
            stream,
            missing: FIRST_BYTES,
            until: Box::pin(tokio::time::sleep(PATIENCE)),
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Prompt<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buf);
        if self.missing > 0 {
            self.missing = self.missing.saturating_sub(buf.filled().len() - before);
            if read.is_pending() && self.until.as_mut().poll(cx).is_ready() {
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Prompt<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_address_holds_more_than_its_share_and_what_is_let_go_is_free_again() {
        let addresses = Addresses::default();
        let (one, other) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        let mut held: Vec<_> = (0..ADDRESS_CONNECTIONS_MAX)
            .map(|_| addresses.hold(one))
            .collect();
        assert!(held.iter().all(Option::is_some));
        assert!(addresses.hold(one).is_none());
        assert!(addresses.hold(other).is_some());
        held.pop();
        assert!(addresses.hold(one).is_some());
        held.clear();
        assert!(addresses.all().is_empty(), "nothing is kept of who is gone");
    }
}
