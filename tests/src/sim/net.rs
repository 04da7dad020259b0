//! The simulated network: between the real client machine and the real handlers of the server.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use futures_util::StreamExt as _;
use hyper::header::{ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, RANGE};
use hyper::{Request, Response, StatusCode};
use tokio::sync::{mpsc, watch};
use tower::ServiceExt as _;
use xunan_core::sync::wire::{Coming, Feed, Link, Round, Synced, Tidings, Wire, WireFault};
use xunan_model::digest::Digest;
use xunan_model::pack;
use xunan_model::wire::{
    BlobState, BlobTold, SYNC_BYTES_MAX, SyncRequest, UPLOAD_COMPLETE, UPLOAD_LENGTH,
    UPLOAD_OFFSET, UPLOAD_PROGRESS,
};

use super::chance::Chance;
use super::clock::Clock;

/// The server as the network sees it; `None` while it is down.
#[derive(Clone)]
pub struct Door {
    router: Rc<RefCell<Option<Router>>>,
    clock: Clock,
}

impl Door {
    /// A door that is closed.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self {
            router: Rc::default(),
            clock,
        }
    }

    /// Opens or closes it.
    pub fn set(&self, router: Option<Router>) {
        *self.router.borrow_mut() = router;
    }

    async fn ask(&self, request: Request<Body>) -> Result<Response<Body>, WireFault> {
        let router = self.router.borrow().clone().ok_or(WireFault::Refused)?;
        let answered = self.clock.run(router.oneshot(request)).await;
        answered.map_err(|error| match error {})
    }
}

/// How a laptop's link is now.
#[derive(Debug, Clone, Copy)]
pub struct Weather {
    /// There and back.
    pub rtt: Duration,
    /// Bytes per second.
    pub rate: u64,
    /// The chance that a connection is cut, per thing that travels.
    pub cut: f64,
    /// The chance that a request arrives twice, the second time late.
    pub twice: f64,
    /// No connection at all.
    pub down: bool,
    /// Whatever is sent vanishes, and nothing closes.
    pub silent: bool,
}

impl Weather {
    /// A good link.
    pub const FINE: Self = Self {
        rtt: Duration::from_millis(200),
        rate: 200_000,
        cut: 0.0,
        twice: 0.0,
        down: false,
        silent: false,
    };
}

/// What a laptop's link has done to it.
#[derive(Debug, Default)]
pub struct Harm {
    /// Connections cut.
    pub cuts: Cell<u64>,
    /// Of these after the server had done its work: lost replies.
    pub lost_replies: Cell<u64>,
    /// Requests that arrived twice.
    pub twice: Cell<u64>,
    /// Things that vanished in a silent link.
    pub vanished: Cell<u64>,
}

fn count(cell: &Cell<u64>) {
    cell.set(cell.get() + 1);
}

/// The way of one laptop to the server.
#[derive(Clone)]
pub struct Net {
    door: Door,
    token: Rc<str>,
    chance: Chance,
    /// How it is now.
    pub weather: Rc<Cell<Weather>>,
    /// Counts up when all connections are to break.
    breaks: watch::Sender<u64>,
    /// What it has done.
    pub harm: Rc<Harm>,
}

impl Net {
    /// A way through `door`.
    #[must_use]
    pub fn new(door: Door, token: &str, chance: Chance) -> Self {
        Self {
            door,
            token: token.into(),
            chance,
            weather: Rc::new(Cell::new(Weather::FINE)),
            breaks: watch::Sender::new(0),
            harm: Rc::default(),
        }
    }

    /// A way of its own for another machine with the same token: a clone.
    #[must_use]
    pub fn again(&self) -> Self {
        Self::new(self.door.clone(), &self.token, self.chance.clone())
    }

    /// Breaks all connections.
    pub fn cut(&self) {
        count(&self.harm.cuts);
        self.breaks.send_modify(|count| *count += 1);
    }

    fn broken() -> WireFault {
        WireFault::Broken("cut".to_owned())
    }
}

impl Wire for Net {
    type Link = SimLink;

    async fn dial(&self) -> Result<SimLink, WireFault> {
        let link = SimLink {
            net: self.clone(),
            broken: self.breaks.subscribe(),
        };
        if self.weather.get().down {
            return Err(Net::broken());
        }
        link.travel(300).await?;
        if self.door.router.borrow().is_none() {
            return Err(WireFault::Refused);
        }
        Ok(link)
    }
}

/// One connection.
#[derive(Clone)]
pub struct SimLink {
    net: Net,
    broken: watch::Receiver<u64>,
}

impl SimLink {
    /// Bytes take their way in one direction.
    async fn travel(&self, bytes: usize) -> Result<(), WireFault> {
        let mut broken = self.broken.clone();
        tokio::select! {
            biased;
            _ = broken.changed() => Err(Net::broken()),
            done = self.way(bytes) => done,
        }
    }

    async fn way(&self, bytes: usize) -> Result<(), WireFault> {
        let weather = self.net.weather.get();
        if weather.down {
            return Err(Net::broken());
        }
        let squeezed = Duration::from_micros(bytes as u64 * 1_000_000 / weather.rate.max(1));
        tokio::time::sleep(weather.rtt / 2 + squeezed).await;
        let weather = self.net.weather.get();
        if weather.silent {
            count(&self.net.harm.vanished);
            std::future::pending::<()>().await;
        }
        if self.net.chance.happens(weather.cut) {
            self.net.cut();
            return Err(Net::broken());
        }
        Ok(())
    }

    fn request(&self, method: &str, path: &str) -> hyper::http::request::Builder {
        Request::builder()
            .method(method)
            .uri(path)
            .header(AUTHORIZATION, format!("Bearer {}", self.net.token))
    }

    fn path(blob: Digest) -> String {
        format!("/v1/blobs/{blob}")
    }

    /// Arrives a second time, much later, when nobody waits for the answer.
    fn later(&self, body: Bytes) {
        count(&self.net.harm.twice);
        let (link, wait) = (self.clone(), 1 + self.net.chance.below(90));
        tokio::task::spawn_local(async move {
            tokio::time::sleep(Duration::from_secs(wait)).await;
            if let Ok(request) = link.sync_request(body) {
                let _ = link.net.door.ask(request).await;
            }
        });
    }

    fn sync_request(&self, body: Bytes) -> Result<Request<Body>, WireFault> {
        self.request("POST", "/v1/sync")
            .header(CONTENT_ENCODING, pack::CODING)
            .header(ACCEPT_ENCODING, pack::CODING)
            .body(Body::from(body))
            .map_err(|error| WireFault::Broken(error.to_string()))
    }
}

fn built(request: Result<Request<Body>, hyper::http::Error>) -> Result<Request<Body>, WireFault> {
    request.map_err(|error| WireFault::Broken(error.to_string()))
}

fn refused(status: StatusCode) -> WireFault {
    let status = status.as_u16();
    if status >= 500 {
        let detail = "the server is in trouble".to_owned();
        return WireFault::Server { status, detail };
    }
    let key = String::new();
    WireFault::Denied { status, key }
}

impl Link for SimLink {
    type Feed = SimFeed;
    type Tidings = SimTidings;
    type Coming = SimComing;

    async fn sync(&self, request: &SyncRequest, told: impl Fn(Round)) -> Result<Synced, WireFault> {
        let body = Bytes::from(pack::pack(request).map_err(|_| Net::broken())?);
        let packed = body.len() as u64;
        self.travel(body.len()).await?;
        told(Round::Handed);
        if self.net.chance.happens(self.net.weather.get().twice) {
            self.later(body.clone());
        }
        let response = self.net.door.ask(self.sync_request(body)?).await?;
        let (head, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, SYNC_BYTES_MAX).await;
        let bytes = bytes.map_err(|_| Net::broken())?;
        self.travel(bytes.len())
            .await
            .inspect_err(|_| count(&self.net.harm.lost_replies))?;
        told(Round::Heard);
        if !head.status.is_success() {
            return Err(refused(head.status));
        }
        let coding = head.headers.get(CONTENT_ENCODING);
        let coding = coding.and_then(|value| value.to_str().ok());
        let reply = pack::unpack(coding, &bytes).map_err(|_| Net::broken())?;
        Ok(Synced { reply, packed })
    }

    async fn state(&self, blob: Digest) -> Result<BlobState, WireFault> {
        self.travel(100).await?;
        let request = built(self.request("HEAD", &Self::path(blob)).body(Body::empty()))?;
        let response = self.net.door.ask(request).await?;
        self.travel(100).await?;
        if !response.status().is_success() {
            return Err(refused(response.status()));
        }
        let header = |name: &str| response.headers().get(name)?.to_str().ok();
        Ok(BlobState {
            offset: header(UPLOAD_OFFSET)
                .and_then(|text| text.parse().ok())
                .unwrap_or(0),
            complete: header(UPLOAD_COMPLETE) == Some("?1"),
        })
    }

    async fn put(
        &self,
        blob: Digest,
        bytes: u64,
        offset: u64,
    ) -> Result<(SimFeed, SimTidings), WireFault> {
        self.travel(150).await?;
        let (feed, pieces) = mpsc::channel::<Bytes>(1);
        let pieces = futures_util::stream::unfold(pieces, |mut pieces| async {
            let piece = pieces.recv().await?;
            Some((Ok::<_, std::convert::Infallible>(piece), pieces))
        });
        let request = self
            .request("PUT", &Self::path(blob))
            .header(UPLOAD_OFFSET, offset)
            .header(UPLOAD_LENGTH, bytes)
            .header(UPLOAD_PROGRESS, "?1")
            .body(Body::from_stream(pieces));
        let response = self.net.door.ask(built(request)?).await?;
        if response.status() != StatusCode::OK {
            return Err(refused(response.status()));
        }
        let tidings = SimTidings {
            link: self.clone(),
            line: None,
            lines: response.into_body().into_data_stream().boxed_local(),
        };
        Ok((
            SimFeed {
                link: self.clone(),
                feed,
            },
            tidings,
        ))
    }

    async fn get(&self, blob: Digest, offset: u64) -> Result<SimComing, WireFault> {
        self.travel(150).await?;
        let request = self
            .request("GET", &Self::path(blob))
            .header(RANGE, format!("bytes={offset}-"))
            .body(Body::empty());
        let response = self.net.door.ask(built(request)?).await?;
        match response.status() {
            StatusCode::OK | StatusCode::PARTIAL_CONTENT => Ok(SimComing {
                link: self.clone(),
                pieces: response.into_body().into_data_stream().boxed_local(),
            }),
            StatusCode::NOT_FOUND => Err(WireFault::Blob("the server does not have it yet")),
            status => Err(refused(status)),
        }
    }
}

/// The sending half of an upload.
pub struct SimFeed {
    link: SimLink,
    feed: mpsc::Sender<Bytes>,
}

impl Feed for SimFeed {
    async fn send(&mut self, bytes: Bytes) -> Result<(), WireFault> {
        self.link.travel(bytes.len()).await?;
        self.feed.send(bytes).await.map_err(|_| Net::broken())
    }
}

type Pieces = futures_util::stream::LocalBoxStream<'static, Result<Bytes, axum::Error>>;

/// What the server tells of an upload.
pub struct SimTidings {
    link: SimLink,
    /// On its way: whoever stops waiting for it and asks again gets it all the same.
    line: Option<Bytes>,
    lines: Pieces,
}

impl Tidings for SimTidings {
    async fn next(&mut self) -> Result<BlobTold, WireFault> {
        let mut broken = self.link.broken.clone();
        if self.line.is_none() {
            let line = tokio::select! {
                biased;
                _ = broken.changed() => return Err(Net::broken()),
                line = self.lines.next() => line,
            };
            self.line = Some(line.and_then(Result::ok).ok_or_else(Net::broken)?);
        }
        let bytes = self.line.as_ref().map_or(0, Bytes::len);
        self.link.travel(bytes).await?;
        let line = self.line.take().unwrap_or_default();
        serde_json::from_slice(&line).map_err(|_| Net::broken())
    }
}

/// A blob that is coming down.
pub struct SimComing {
    link: SimLink,
    pieces: Pieces,
}

impl Coming for SimComing {
    async fn next(&mut self) -> Result<Option<Bytes>, WireFault> {
        let Some(piece) = self.pieces.next().await else {
            return Ok(None);
        };
        let piece = piece.map_err(|_| Net::broken())?;
        self.link.travel(piece.len()).await?;
        Ok(Some(piece))
    }
}
