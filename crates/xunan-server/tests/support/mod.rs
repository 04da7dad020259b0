//! A real server on a real folder, and laptops that speak to it over real sockets.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::allow_attributes,
    reason = "each test file uses a part of it; a broken step must show where"
)]

pub(crate) mod conformance;
pub(crate) mod http;
pub(crate) mod program;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use ed25519_dalek::{Signer as _, SigningKey};
use serde_json::{Map, Value, json};
use tempfile::TempDir;
use uuid::Uuid;
use xunan_model::change::{Change, ChangeId, Edit, Kind, RawChange, Scope, TimeEvidence};
use xunan_model::digest::Digest;
use xunan_model::id::{OfficeId, PersonId, derived};
use xunan_model::party::Office;
use xunan_model::stamp::Stamp;
use xunan_model::wire::{
    Cursor, Enrol, Enrolled, PROTOCOL, SentChange, SyncReply, SyncRequest, enrol_proof,
};
use xunan_server::config::Options;
use xunan_server::office::{self, NewPerson};
use xunan_server::store::{OfficeFact, SqliteStore, Store};
use xunan_server::{RunningServer, Server, platform, secret};

use http::Reply;

pub(crate) struct World {
    pub(crate) dir: TempDir,
    pub(crate) server: RunningServer,
    pub(crate) office: OfficeFact,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(Options::default()).await
    }

    pub(crate) async fn with(options: Options) -> Self {
        let dir = TempDir::new().unwrap();
        let server = Server::start(&dir.path().join("data"), options)
            .await
            .unwrap();
        let office = office_new(&server.store, "示范县应急管理局", "540121000000").await;
        Self {
            dir,
            server,
            office,
        }
    }

    pub(crate) async fn restart(self) -> Self {
        let Self {
            dir,
            server,
            office,
        } = self;
        server.stop().await.unwrap();
        let server = Server::start(&dir.path().join("data"), Options::default())
            .await
            .unwrap();
        Self {
            dir,
            server,
            office,
        }
    }

    pub(crate) async fn laptop(&self) -> Laptop {
        self.laptop_of(&self.office).await
    }

    pub(crate) async fn laptop_of(&self, office: &OfficeFact) -> Laptop {
        let code = office::enrol_code_new(&self.server.store, office.id, 1, platform::now())
            .await
            .unwrap();
        let key = SigningKey::from_bytes(&platform::random().unwrap());
        let reply = enrol(&self.server, &code, &key).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        Laptop::new(reply.json(), office)
    }
}

/// An office with one account, whose login is the division's code.
pub(crate) async fn office_new(store: &SqliteStore, name: &str, division: &str) -> OfficeFact {
    let id = OfficeId(derived(&["test office", division]));
    let (code_word, division) = (String::new(), division.to_owned());
    let login = division.clone();
    let office = Office {
        id,
        name: name.to_owned(),
        code_word,
        division,
        rules: Vec::new(),
        days: String::new(),
        extra: Map::new(),
    };
    let fact = office::office_add(store, office, platform::now())
        .await
        .unwrap();
    let person = NewPerson {
        login,
        name: "示例甲".to_owned(),
        role: "inspector".to_owned(),
        certificate: None,
        password: "demo-1234".to_owned(),
    };
    assert!(
        office::person_add(store, &fact, person, platform::now())
            .await
            .unwrap()
    );
    fact
}

pub(crate) async fn enrol(server: &RunningServer, code: &str, key: &SigningKey) -> Reply {
    let public_key = hex(key.verifying_key().as_bytes());
    let proof = hex(&key.sign(&enrol_proof(code, &public_key)).to_bytes());
    let request = Enrol {
        protocol: PROTOCOL,
        code: code.to_owned(),
        name: "测试机".to_owned(),
        public_key,
        proof,
    };
    http::send(
        server.addr,
        "POST",
        "/v1/enrol",
        &[],
        &serde_json::to_vec(&request).unwrap(),
    )
    .await
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A laptop that keeps its own chain.
#[derive(Clone)]
pub(crate) struct Laptop {
    pub(crate) enrolled: Enrolled,
    pub(crate) author: PersonId,
    pub(crate) epoch: u32,
    pub(crate) sent: Vec<SentChange>,
    pub(crate) cursors: BTreeMap<Scope, Cursor>,
}

impl Laptop {
    fn new(enrolled: Enrolled, office: &OfficeFact) -> Self {
        let login = office.scope.0.split('/').next().unwrap();
        let author = office::person_id(login);
        Self {
            enrolled,
            author,
            epoch: 0,
            sent: Vec::new(),
            cursors: BTreeMap::new(),
        }
    }

    pub(crate) fn scope(&self) -> Scope {
        self.enrolled.scopes[0].clone()
    }

    pub(crate) fn headers(&self) -> Vec<(&'static str, String)> {
        vec![("authorization", format!("Bearer {}", self.enrolled.token))]
    }

    /// A change that sets one field of a site, as the laptop's next.
    pub(crate) fn change(&self, id: Uuid, field: &str, value: Value) -> Change {
        let now = platform::now();
        let set: Map<String, Value> = [(field.to_owned(), value)].into_iter().collect();
        Change {
            v: 1,
            id: ChangeId {
                device: self.enrolled.device,
                epoch: self.epoch,
                seq: self.sent.len() as u64 + 1,
            },
            at: Stamp::from_ms(now.timestamp_millis() as u64),
            time: evidence(now),
            author: self.author,
            scope: self.scope(),
            edits: vec![Edit {
                kind: Kind::Site,
                id,
                base: BTreeMap::new(),
                set,
            }],
        }
    }

    pub(crate) fn push(&mut self, change: &Change) {
        self.push_raw(serde_json::to_string(change).unwrap());
    }

    pub(crate) fn push_raw(&mut self, text: String) {
        self.sent.push(SentChange {
            raw: RawChange::from_text(text).unwrap(),
            effective: None,
        });
    }

    pub(crate) fn save(&mut self, name: &str) -> Uuid {
        let id = platform::uuid();
        self.push(&self.change(id, "name", json!(name)));
        id
    }

    /// A photo that points to `bytes`.
    pub(crate) fn photo(&mut self, bytes: &[u8]) -> Digest {
        let digest = Digest::of(bytes);
        let mut change = self.change(platform::uuid(), "name", json!("IMG_0001.JPG"));
        change.edits[0].kind = Kind::Photo;
        let original = json!({ "sha256": digest, "bytes": bytes.len(), "mime": "image/jpeg" });
        change.edits[0].set.insert("original".to_owned(), original);
        change.edits[0]
            .set
            .insert("added".to_owned(), json!("2026-11-23T00:00:00Z"));
        self.push(&change);
        digest
    }

    pub(crate) fn link(&self, seq: usize) -> Digest {
        self.sent[..seq]
            .iter()
            .fold(Digest::ZERO, |link, change| link.link(change.raw.digest()))
    }

    /// A request with the changes from number `first` on.
    pub(crate) fn request(&self, first: usize) -> SyncRequest {
        SyncRequest {
            protocol: PROTOCOL,
            device: self.enrolled.device,
            epoch: self.epoch,
            last_seq: self.sent.len() as u64,
            first_seq: first as u64,
            prev_link: self.link(first - 1),
            changes: self.sent[first - 1..].to_vec(),
            cursors: self.cursors.clone(),
            blobs: Vec::new(),
            accounts: Some(self.enrolled.accounts.version),
            pull_bytes: None,
        }
    }

    pub(crate) async fn sync_reply(&self, server: &RunningServer, request: &SyncRequest) -> Reply {
        let body = zstd::encode_all(serde_json::to_vec(request).unwrap().as_slice(), 3).unwrap();
        let mut headers = self.headers();
        headers.push(("content-encoding", "zstd".to_owned()));
        http::send(server.addr, "POST", "/v1/sync", &headers, &body).await
    }

    pub(crate) async fn sync(&self, server: &RunningServer, request: &SyncRequest) -> SyncReply {
        let reply = self.sync_reply(server, request).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        assert_eq!(reply.header("xunan-protocol"), Some("1"));
        reply.zstd_json()
    }

    pub(crate) async fn sync_all(&self, server: &RunningServer) -> SyncReply {
        self.sync(server, &self.request(1)).await
    }

    /// Everything of the laptop's scope, from the start.
    pub(crate) async fn pull_all(
        &self,
        server: &RunningServer,
    ) -> Vec<xunan_model::wire::PulledChange> {
        let mut cursors = BTreeMap::new();
        let mut all = Vec::new();
        loop {
            // Of an epoch that holds nothing: then its own changes come back whole.
            let request = SyncRequest {
                epoch: self.epoch + 1_000,
                last_seq: 0,
                first_seq: 1,
                prev_link: Digest::ZERO,
                changes: vec![],
                cursors,
                ..self.request(self.sent.len() + 1)
            };
            let reply = self.sync(server, &request).await;
            let scope = &reply.pulled[0];
            all.extend(scope.changes.iter().cloned());
            if !scope.more {
                return all;
            }
            cursors = [(scope.scope.clone(), scope.cursor)].into_iter().collect();
        }
    }

    pub(crate) fn put_headers(&self, offset: usize, length: usize) -> Vec<(&'static str, String)> {
        let mut headers = self.headers();
        headers.push(("upload-offset", offset.to_string()));
        headers.push(("upload-length", length.to_string()));
        headers
    }

    pub(crate) async fn put(
        &self,
        server: &RunningServer,
        digest: Digest,
        offset: usize,
        bytes: &[u8],
    ) -> Reply {
        let headers = self.put_headers(offset, bytes.len());
        let body = bytes.get(offset..).unwrap_or(&[]);
        http::send(
            server.addr,
            "PUT",
            &format!("/v1/blobs/{digest}"),
            &headers,
            body,
        )
        .await
    }

    pub(crate) async fn head(&self, server: &RunningServer, digest: Digest) -> Reply {
        http::send(
            server.addr,
            "HEAD",
            &format!("/v1/blobs/{digest}"),
            &self.headers(),
            &[],
        )
        .await
    }

    pub(crate) async fn get(
        &self,
        server: &RunningServer,
        digest: Digest,
        range: Option<&str>,
    ) -> Reply {
        let mut headers = self.headers();
        headers.extend(range.map(|range| ("range", range.to_owned())));
        http::send(
            server.addr,
            "GET",
            &format!("/v1/blobs/{digest}"),
            &headers,
            &[],
        )
        .await
    }
}

pub(crate) fn evidence(wall: DateTime<Utc>) -> TimeEvidence {
    TimeEvidence {
        wall,
        mono: 1,
        boot: "test".to_owned(),
        trusted: None,
    }
}

/// The fields of a record as the server holds them.
pub(crate) async fn fields(store: &SqliteStore, kind: Kind, id: Uuid) -> Map<String, Value> {
    let records = store.records(Some(kind)).await.unwrap();
    records
        .into_iter()
        .find(|record| record.id == id)
        .map(|record| record.row.fields)
        .unwrap_or_default()
}

/// Random bytes that no compressor makes smaller.
pub(crate) fn noise(length: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(length + 32);
    let seed = secret::token().unwrap();
    for block in 0.. {
        if bytes.len() >= length {
            break;
        }
        bytes.extend_from_slice(&Digest::of(format!("{seed}{block}").as_bytes()).0);
    }
    bytes.truncate(length);
    bytes
}
