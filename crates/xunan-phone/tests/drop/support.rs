//! A laptop with a visit, and phones that speak plain HTTP to it.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use uuid::Uuid;
use xunan_core::headless::Headless;
use xunan_core::view::{InspectionView, PhotoView};
use xunan_core::{App, PhotoTarget};
use xunan_model::change::Scope;
use xunan_model::digest::Digest;
use xunan_model::id::{DeviceId, OfficeId, PersonId};
use xunan_model::inspection::{GroupRef, InspectionDraft, InspectionKind};
use xunan_model::photo::PhotoSource;
use xunan_model::wire::{Account, Accounts, Enrolled};
use xunan_phone::view::PhoneDropView;
use xunan_phone::{Config, Limits, PIECE_BYTES_MAX, Page, PhoneDrop};
use xunan_platform::RealDisk;

/// A laptop on which somebody is signed in and has begun a visit.
pub(crate) struct Laptop {
    pub(crate) drop: PhoneDrop,
    pub(crate) app: App,
    pub(crate) visit: InspectionView,
    headless: Headless,
    folder: tempfile::TempDir,
}

impl Laptop {
    pub(crate) fn new(limits: Limits) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let headless = Headless::open(Arc::new(RealDisk), folder.path())?;
        headless.enrolled(&enrolled())?;
        let app = headless.app("zhang")?;
        app.premises_add("示范小商店\t示范县北街1号\t小商店\t\r\n", "nine_small")?;
        let visit = begin(&app)?;
        Ok(Self {
            drop: PhoneDrop::new(config(folder.path(), limits)),
            app,
            visit,
            headless,
            folder,
        })
    }

    /// The place of the visit's item at this place in the list.
    pub(crate) fn item(&self, at: usize) -> Result<PhotoTarget> {
        target(&self.visit, at)
    }

    /// Shows the code for an item.
    pub(crate) fn open(&self, item: usize) -> Result<PhoneDropView> {
        self.drop.open(&self.app, self.item(item)?, page())
    }

    /// Another person signs in.
    pub(crate) fn other(&self) -> Result<App> {
        self.headless.app("li")
    }

    pub(crate) fn photos(&self) -> Result<Vec<PhotoView>> {
        let view = self.app.inspection_get(self.visit.row.id.parse()?)?;
        Ok(view.photos)
    }

    /// The bytes of an original, as they are on the disk.
    pub(crate) fn original(&self, photo: &PhotoView) -> Result<Vec<u8>> {
        let bytes = self.headless.blob(photo.original.sha256)?;
        bytes.context("the original is not here")
    }

    /// The parts that are on the disk.
    pub(crate) fn parts(&self) -> usize {
        let sessions = std::fs::read_dir(self.folder.path().join("phone"));
        let sessions = sessions.into_iter().flatten().flatten();
        sessions
            .filter_map(|session| std::fs::read_dir(session.path()).ok())
            .map(Iterator::count)
            .sum()
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Ends the visit as a check record.
    pub(crate) fn finish(&self) -> Result<()> {
        self.app
            .inspection_finish(self.visit.row.id.parse()?, false)?;
        Ok(())
    }
}

/// A port of its own: tests run side by side.
pub(crate) fn config(folder: &Path, limits: Limits) -> Config {
    Config {
        folder: folder.join("phone"),
        port: 0,
        limits,
    }
}

pub(crate) fn page() -> Page {
    Page {
        html: b"<!doctype html>".to_vec(),
        script: b"let a".to_vec(),
        style: b"a{}".to_vec(),
    }
}

/// Another visit to the same site.
pub(crate) fn begin(app: &App) -> Result<InspectionView> {
    let lists = app.checklist_list();
    let list = lists.iter().find(|list| list.sector == "fire");
    let list = list.context("no checklist")?;
    let group = list.groups.first().context("no group")?;
    app.inspection_start(InspectionDraft {
        site: app.site_list("")?.first().context("no site")?.id.parse()?,
        kind: InspectionKind::Routine,
        editions: vec![list.edition.clone()],
        groups: vec![GroupRef {
            edition: list.edition.id.clone(),
            group: group.path.clone(),
        }],
        inspectors: Vec::new(),
        facilities: Vec::new(),
        units: Vec::new(),
        note: String::new(),
    })
}

pub(crate) fn target(visit: &InspectionView, at: usize) -> Result<PhotoTarget> {
    let item = visit.items.get(at).context("no such item")?;
    Ok(PhotoTarget {
        inspection: visit.row.id.parse()?,
        finding: None,
        item: Some(item.code.clone()),
        facility: item.facility.clone(),
        name: String::new(),
        source: PhotoSource::Phone,
    })
}

fn enrolled() -> Enrolled {
    let office = OfficeId(Uuid::from_u128(3));
    let account = |number: u128, login: &str| Account {
        login: login.to_owned(),
        person: PersonId(Uuid::from_u128(number)),
        name: login.to_owned(),
        role: "inspector".to_owned(),
        office,
        office_name: "应急局".to_owned(),
        verifier: String::new(),
    };
    Enrolled {
        device: DeviceId(Uuid::from_u128(1)),
        token: "token".to_owned(),
        office,
        pin: None,
        scopes: vec![Scope("office".to_owned())],
        accounts: Accounts {
            version: Digest::ZERO,
            accounts: vec![account(10, "zhang"), account(11, "li")],
            devices: std::collections::BTreeMap::new(),
        },
        server_time: xunan_platform::now(),
    }
}

/// Bytes that begin like a JPEG and are never the same for another `seed`.
pub(crate) fn photo(seed: u8, bytes: usize) -> Vec<u8> {
    let mut photo = vec![0xff, 0xd8, 0xff, 0xe0];
    photo.extend((4..bytes).map(|at| (at as u8).wrapping_mul(31).wrapping_add(seed)));
    photo
}

/// A phone that has scanned a code.
pub(crate) struct Phone {
    pub(crate) at: SocketAddr,
    pub(crate) token: String,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn json(&self) -> Result<Value> {
        serde_json::from_slice(&self.body).with_context(|| format!("{self:?}"))
    }

    pub(crate) fn refused(&self) -> Result<String> {
        ensure!(self.status == 422, "{self:?}");
        let json = self.json()?;
        Ok(json["refused"].as_str().context("no reason")?.to_owned())
    }
}

impl Phone {
    pub(crate) fn scan(view: &PhoneDropView) -> Result<Self> {
        let token = view.url.trim_end_matches('/').rsplit('/').next();
        Ok(Self {
            at: SocketAddr::from((Ipv4Addr::LOCALHOST, view.port)),
            token: token.context("no token")?.to_owned(),
        })
    }

    pub(crate) fn with_token(&self, token: &str) -> Self {
        Self {
            at: self.at,
            token: token.to_owned(),
        }
    }

    pub(crate) fn connect(&self) -> Result<TcpStream> {
        let stream = TcpStream::connect_timeout(&self.at, Duration::from_secs(5))?;
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        Ok(stream)
    }

    /// One request over a connection of its own, under the token.
    pub(crate) fn ask(&self, method: &str, path: &str, body: &[u8]) -> Result<Reply> {
        let path = format!("/{}/{path}", self.token);
        exchange(
            self.connect()?,
            &head(method, &path, &self.at.to_string(), body.len()),
            body,
        )
    }

    pub(crate) fn get(&self, path: &str) -> Result<Reply> {
        self.ask("GET", path, b"")
    }

    pub(crate) fn offer(&self, place: u64, photo: &[u8]) -> Result<Reply> {
        self.offer_as(place, Digest::of(photo), photo.len() as u64)
    }

    pub(crate) fn offer_as(&self, place: u64, sha256: Digest, bytes: u64) -> Result<Reply> {
        let offer = json!({ "place": place, "sha256": sha256, "bytes": bytes, "name": "照片.jpg" });
        self.ask("POST", "photos", &serde_json::to_vec(&offer)?)
    }

    pub(crate) fn piece(
        &self,
        place: u64,
        sha256: Digest,
        offset: u64,
        piece: &[u8],
    ) -> Result<Reply> {
        let path = format!("photos/{sha256}?place={place}&offset={offset}");
        self.ask("PUT", &path, piece)
    }

    /// Sends a whole photo, from where the laptop says; gives the last reply.
    pub(crate) fn send(&self, place: u64, photo: &[u8]) -> Result<Reply> {
        let sha256 = Digest::of(photo);
        let mut reply = self.offer(place, photo)?;
        while reply.status == 200 && reply.json()?["done"] != true {
            let offset = reply.json()?["offset"].as_u64().context("no offset")?;
            let from = usize::try_from(offset)?;
            let to = photo.len().min(from + PIECE_BYTES_MAX);
            reply = self.piece(place, sha256, offset, &photo[from..to])?;
        }
        Ok(reply)
    }

    /// What the page would show as the open place.
    pub(crate) fn place(&self) -> Result<u64> {
        let state = self.get("state")?.json()?;
        state["place"].as_u64().context("no place")
    }
}

pub(crate) fn head(method: &str, path: &str, host: &str, length: usize) -> String {
    format!(
        "{method} {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\nConnection: close\r\n\r\n"
    )
}

/// Sends a request and reads until the laptop closes. An error is a connection without an answer.
pub(crate) fn exchange(mut stream: TcpStream, head: &str, body: &[u8]) -> Result<Reply> {
    stream.write_all(head.as_bytes())?;
    // A refusal may come before all is sent.
    let _ = stream.write_all(body);
    let mut all = Vec::new();
    stream.read_to_end(&mut all)?;
    let end = all.windows(4).position(|four| four == b"\r\n\r\n");
    let end = end.context("no answer")?;
    let head = String::from_utf8(all[..end].to_vec())?;
    let status = head.split(' ').nth(1).context("no status")?.parse()?;
    Ok(Reply {
        status,
        head,
        body: all[end + 4..].to_vec(),
    })
}

/// Asks again and again until the answer is yes: what happens on the other side takes a moment.
pub(crate) fn until(what: &str, mut answer: impl FnMut() -> Result<bool>) -> Result<()> {
    let start = std::time::Instant::now();
    while !answer()? {
        ensure!(start.elapsed() < Duration::from_secs(10), "never: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}
