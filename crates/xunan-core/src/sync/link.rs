//! One HTTP/2 connection to the server.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Empty, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::client::conn::http2::{self, SendRequest};
use hyper::header::{ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, RANGE};
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use xunan_model::digest::Digest;
use xunan_model::pack;
use xunan_model::wire::{
    ApiFault, BLOB_BYTES_MAX, BlobFault, BlobState, BlobTold, SERVER_HEADER,
    STATUS_DIGEST_MISMATCH, SYNC_BYTES_MAX, SyncReply, SyncRequest, UPLOAD_COMPLETE, UPLOAD_LENGTH,
    UPLOAD_OFFSET, UPLOAD_PROGRESS,
};

use super::dial::{Address, broken, executor};
use super::wire::{Coming, Feed, Link, Round, Synced, Tidings, WireFault};

/// Pieces of a reply wait here until they are stored; the server sends no more than this ahead.
const RECEIVE_WINDOW: u32 = 1 << 20;
/// A telling of the server is one short line.
const LINE_BYTES_MAX: usize = 4 << 10;

/// A connection that ends says why within this.
const END_TOLD_WITHIN: Duration = Duration::from_millis(100);

type Body = UnsyncBoxBody<Bytes, Infallible>;

/// One connection; dropped, it ends at once.
pub struct HttpLink {
    sender: SendRequest<Body>,
    origin: Arc<str>,
    token: Arc<str>,
    connection: JoinHandle<()>,
    /// Why the connection ended, once it has: what is asked over it hears only that it did.
    ended: watch::Receiver<Option<WireFault>>,
}

impl Drop for HttpLink {
    fn drop(&mut self) {
        // What is still on its way is not waited for: the link may be dead.
        self.connection.abort();
    }
}

impl HttpLink {
    pub(super) async fn open<S>(
        socket: TokioIo<S>,
        address: &Address,
        token: &str,
    ) -> Result<Self, WireFault>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let mut builder = http2::Builder::new(executor());
        builder
            .timer(TokioTimer::new())
            .initial_stream_window_size(RECEIVE_WINDOW)
            .initial_connection_window_size(RECEIVE_WINDOW * 2);
        let (sender, connection) = builder
            .handshake(socket)
            .await
            .map_err(|error| broken(&error))?;
        let (end, ended) = watch::channel(None);
        let connection = tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "the connection ended");
                end.send_replace(Some(broken(&error)));
            }
        });
        Ok(Self {
            sender,
            origin: address.origin().into(),
            token: token.into(),
            connection,
            ended,
        })
    }

    fn request(&self, method: Method, path: &str) -> hyper::http::request::Builder {
        Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.origin))
            .header(AUTHORIZATION, format!("Bearer {}", self.token))
    }

    async fn send(
        &self,
        request: Result<Request<Body>, hyper::http::Error>,
    ) -> Result<Response<Incoming>, WireFault> {
        send(self.sender.clone(), self.ended.clone(), request).await
    }
}

async fn send(
    mut sender: SendRequest<Body>,
    mut ended: watch::Receiver<Option<WireFault>>,
    request: Result<Request<Body>, hyper::http::Error>,
) -> Result<Response<Incoming>, WireFault> {
    let request = request.map_err(|error| WireFault::Broken(error.to_string()))?;
    match sender.send_request(request).await {
        Ok(response) => ours(response),
        Err(error) => {
            // A wrong key shows in the handshake, which runs on while requests go out.
            let why = tokio::time::timeout(END_TOLD_WITHIN, ended.wait_for(Option::is_some)).await;
            let why = why.ok().and_then(|told| told.ok()?.clone());
            Err(why.unwrap_or_else(|| broken(&error)))
        }
    }
}

/// Makes sure that it is our server that answered.
fn ours(response: Response<Incoming>) -> Result<Response<Incoming>, WireFault> {
    if response.headers().contains_key(SERVER_HEADER) {
        return Ok(response);
    }
    let status = response.status().as_u16();
    // A proxy on the way that has lost the server behind it is no foreign server.
    if response.status().is_server_error() {
        let detail = "not from the server".to_owned();
        return Err(WireFault::Server { status, detail });
    }
    Err(WireFault::NotOurs(status))
}

fn empty() -> Body {
    Empty::new().boxed_unsync()
}

impl Link for HttpLink {
    type Feed = HttpFeed;
    type Tidings = HttpTidings;
    type Coming = HttpComing;

    async fn sync(&self, request: &SyncRequest, told: impl Fn(Round)) -> Result<Synced, WireFault> {
        let body = pack::pack(request).map_err(|error| WireFault::Broken(error.to_string()))?;
        let packed = body.len() as u64;
        // The connection asks for more when it has taken what there was.
        let (take, taken) = oneshot::channel();
        let pieces = futures_util::stream::unfold((Some(body), Some(take)), |state| async {
            match state {
                (Some(body), take) => {
                    let frame = Ok::<_, Infallible>(Frame::data(Bytes::from(body)));
                    Some((frame, (None, take)))
                }
                (None, take) => {
                    let _ = take.map(|take| take.send(()));
                    None
                }
            }
        });
        let request = self
            .request(Method::POST, "/v1/sync")
            .header(CONTENT_ENCODING, pack::CODING)
            .header(ACCEPT_ENCODING, pack::CODING)
            .header(CONTENT_LENGTH, packed)
            .body(StreamBody::new(pieces).boxed_unsync());
        let response = {
            let mut response = std::pin::pin!(self.send(request));
            tokio::select! {
                biased;
                response = &mut response => response?,
                Ok(()) = taken => {
                    told(Round::Handed);
                    response.await?
                }
            }
        };
        let heard = || told(Round::Heard);
        heard();
        let (head, body) = response.into_parts();
        let bytes = whole(body, SYNC_BYTES_MAX, &heard).await?;
        let coding = head.headers.get(CONTENT_ENCODING);
        let coding = coding.map(|value| value.to_str().unwrap_or("?"));
        if !head.status.is_success() {
            return Err(refusal(head.status, &bytes));
        }
        let reply: SyncReply = pack::unpack(coding, &bytes).map_err(|error| WireFault::Server {
            status: head.status.as_u16(),
            detail: error.to_string(),
        })?;
        Ok(Synced { reply, packed })
    }

    async fn state(&self, blob: Digest) -> Result<BlobState, WireFault> {
        let request = self.request(Method::HEAD, &path(blob)).body(empty());
        let response = self.send(request).await?;
        match response.status() {
            status if status.is_success() => Ok(state(&response)),
            StatusCode::NOT_FOUND => Ok(BlobState {
                offset: 0,
                complete: false,
            }),
            status => Err(refusal(status, &[])),
        }
    }

    async fn put(
        &self,
        blob: Digest,
        bytes: u64,
        offset: u64,
    ) -> Result<(HttpFeed, HttpTidings), WireFault> {
        let (feed, pieces) = mpsc::channel::<Bytes>(1);
        let pieces = futures_util::stream::unfold(pieces, |mut pieces| async {
            let piece = pieces.recv().await?;
            Some((Ok::<_, Infallible>(Frame::data(piece)), pieces))
        });
        let request = self
            .request(Method::PUT, &path(blob))
            .header(UPLOAD_OFFSET, offset)
            .header(UPLOAD_LENGTH, bytes)
            .header(UPLOAD_PROGRESS, "?1")
            .header(CONTENT_LENGTH, bytes - offset)
            .body(StreamBody::new(pieces).boxed_unsync());
        let response = Box::pin(send(self.sender.clone(), self.ended.clone(), request));
        let tidings = HttpTidings {
            state: TidingsState::Waiting(response),
            line: Vec::new(),
        };
        Ok((HttpFeed(feed), tidings))
    }

    async fn get(&self, blob: Digest, offset: u64) -> Result<HttpComing, WireFault> {
        let request = self
            .request(Method::GET, &path(blob))
            .header(RANGE, format!("bytes={offset}-"))
            .body(empty());
        let response = self.send(request).await?;
        match response.status() {
            StatusCode::PARTIAL_CONTENT => Ok(HttpComing(response.into_body())),
            StatusCode::OK if offset == 0 => Ok(HttpComing(response.into_body())),
            StatusCode::NOT_FOUND => Err(WireFault::Blob("the server does not have it yet")),
            status => Err(refusal(status, &[])),
        }
    }
}

/// The sending half of an upload.
pub struct HttpFeed(mpsc::Sender<Bytes>);

impl Feed for HttpFeed {
    async fn send(&mut self, bytes: Bytes) -> Result<(), WireFault> {
        let gone = |_| WireFault::Broken("the upload ended".to_owned());
        self.0.send(bytes).await.map_err(gone)
    }
}

enum TidingsState {
    Waiting(
        std::pin::Pin<
            Box<dyn std::future::Future<Output = Result<Response<Incoming>, WireFault>> + Send>,
        >,
    ),
    Reading(Incoming),
}

/// What the server tells of an upload.
pub struct HttpTidings {
    state: TidingsState,
    line: Vec<u8>,
}

impl Tidings for HttpTidings {
    async fn next(&mut self) -> Result<BlobTold, WireFault> {
        loop {
            match &mut self.state {
                TidingsState::Waiting(response) => {
                    let response = response.await?;
                    if response.status() != StatusCode::OK {
                        return last_word(response).await;
                    }
                    self.state = TidingsState::Reading(response.into_body());
                }
                TidingsState::Reading(body) => {
                    if let Some(end) = self.line.iter().position(|byte| *byte == b'\n') {
                        let line: Vec<u8> = self.line.drain(..=end).collect();
                        return serde_json::from_slice(&line).map_err(|error| WireFault::Server {
                            status: 200,
                            detail: error.to_string(),
                        });
                    }
                    let cut = || WireFault::Broken("cut off".to_owned());
                    let frame = body.frame().await.ok_or_else(cut)?;
                    let frame = frame.map_err(|error| broken(&error))?;
                    if let Some(data) = frame.data_ref() {
                        self.line.extend_from_slice(data);
                    }
                    if self.line.len() > LINE_BYTES_MAX {
                        return Err(cut());
                    }
                }
            }
        }
    }
}

/// The server answered without telling on the way.
async fn last_word(response: Response<Incoming>) -> Result<BlobTold, WireFault> {
    let told = state(&response);
    let fault = |fault| {
        Ok(BlobTold {
            offset: told.offset,
            complete: false,
            fault: Some(fault),
        })
    };
    match response.status() {
        StatusCode::CREATED | StatusCode::NO_CONTENT => Ok(BlobTold {
            offset: told.offset,
            complete: true,
            fault: None,
        }),
        StatusCode::CONFLICT => fault(BlobFault::OffsetAhead),
        StatusCode::PAYLOAD_TOO_LARGE => fault(BlobFault::Refused),
        status if status.as_u16() == STATUS_DIGEST_MISMATCH => fault(BlobFault::DigestMismatch),
        status => {
            let bytes = whole(response.into_body(), SYNC_BYTES_MAX, &|| {}).await?;
            Err(refusal(status, &bytes))
        }
    }
}

/// A blob that is coming down.
pub struct HttpComing(Incoming);

impl Coming for HttpComing {
    async fn next(&mut self) -> Result<Option<Bytes>, WireFault> {
        loop {
            let Some(frame) = self.0.frame().await else {
                return Ok(None);
            };
            let frame = frame.map_err(|error| broken(&error))?;
            if let Ok(data) = frame.into_data() {
                return Ok(Some(data));
            }
        }
    }
}

/// Reads a body, but never more than `bytes_max`.
async fn whole(
    mut body: Incoming,
    bytes_max: usize,
    heard: &impl Fn(),
) -> Result<Vec<u8>, WireFault> {
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| broken(&error))?;
        let Some(data) = frame.data_ref() else {
            continue;
        };
        heard();
        if bytes.len() + data.len() > bytes_max {
            let detail = "the reply is too long".to_owned();
            return Err(WireFault::Server {
                status: 200,
                detail,
            });
        }
        bytes.extend_from_slice(data);
    }
    Ok(bytes)
}

pub(crate) fn refusal(status: StatusCode, body: &[u8]) -> WireFault {
    let told: Option<ApiFault> = serde_json::from_slice(body).ok();
    if status.is_server_error() {
        let detail = told.map_or_else(String::new, |fault| fault.detail);
        return WireFault::Server {
            status: status.as_u16(),
            detail,
        };
    }
    WireFault::Denied {
        status: status.as_u16(),
        key: told.map_or_else(String::new, |fault| fault.key),
    }
}

fn path(blob: Digest) -> String {
    format!("/v1/blobs/{blob}")
}

fn state(response: &Response<Incoming>) -> BlobState {
    let header = |name: &str| response.headers().get(name)?.to_str().ok();
    let offset = header(UPLOAD_OFFSET).and_then(|text| text.parse::<u64>().ok());
    BlobState {
        offset: offset.unwrap_or(0).min(BLOB_BYTES_MAX),
        complete: header(UPLOAD_COMPLETE) == Some("?1"),
    }
}
