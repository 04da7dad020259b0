//! The whole server behind its routes: any request, on a sound disk, is answered and never with 500.
#![no_main]

use std::cell::OnceCell;
use std::path::Path;
use std::sync::Arc;

use arbitrary::Arbitrary;
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use libfuzzer_sys::fuzz_target;
use tower::ServiceExt as _;
use xunan_model::digest::Digest;
use xunan_server::config::Options;
use xunan_server::demo;
use xunan_server::store::{NewDevice, SqliteStore, Store as _};
use xunan_simdisk::SimDisk;

#[derive(Debug, Arbitrary)]
struct Asked<'a> {
    method: u8,
    route: u8,
    name: &'a str,
    authorised: bool,
    headers: Vec<(u8, &'a str)>,
    offset: Option<u16>,
    length: Option<u16>,
    body: &'a [u8],
}

struct World {
    runtime: tokio::runtime::Runtime,
    router: Router,
    /// Dropped, it would end every upload.
    _alive: tokio::sync::watch::Sender<bool>,
    token: String,
    device: String,
}

const METHODS: [&str; 5] = ["GET", "PUT", "HEAD", "POST", "DELETE"];
const HEADERS: [&str; 8] = [
    "authorization",
    "content-encoding",
    "accept-encoding",
    "range",
    "upload-offset",
    "upload-length",
    "xunan-progress",
    "content-length",
];

thread_local!(static WORLD: OnceCell<World> = const { OnceCell::new() });

fn world() -> World {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let disk = Arc::new(SimDisk::new(1));
    let (router, alive, token, device) = runtime.block_on(async {
        let database = Path::new("/server/server.db");
        let store = SqliteStore::open_on(disk, database, "/server/blobs".into()).unwrap();
        let now = xunan_platform::now();
        let office = demo::seed(&store, now).await.unwrap();
        let code = Digest::of(b"code");
        let until = now + chrono::TimeDelta::hours(1);
        store.enrol_code_add(code, office.id, until).await.unwrap();
        let token = "0123456789".to_owned();
        let new = NewDevice {
            code_sha256: code,
            name: "fuzz".to_owned(),
            public_key: "fuzz".to_owned(),
            token_sha256: Digest::of(token.as_bytes()),
        };
        let device = store.enrol(new, now).await.unwrap().unwrap().device;
        let (router, alive) = xunan_server::router(store, Options::default());
        (router, alive, token, device.to_string())
    });
    World {
        runtime,
        router,
        _alive: alive,
        token,
        device,
    }
}

fuzz_target!(|asked: Asked<'_>| WORLD.with(|cell| {
    let world = cell.get_or_init(world);
    let path = match asked.route % 5 {
        0 => "/v1/sync".to_owned(),
        1 => "/v1/enrol".to_owned(),
        2 => "/healthz".to_owned(),
        3 => format!("/v1/blobs/{}", Digest::of(asked.name.as_bytes())),
        _ => format!("/v1/blobs/{}", asked.name),
    };
    let mut request = Request::builder()
        .method(METHODS[usize::from(asked.method) % METHODS.len()])
        .uri(path);
    if asked.authorised {
        request = request.header("authorization", format!("Bearer {}", world.token));
    }
    if let Some(offset) = asked.offset {
        request = request.header("upload-offset", offset);
    }
    if let Some(length) = asked.length {
        request = request.header("upload-length", length);
    }
    for (name, value) in &asked.headers {
        request = request.header(HEADERS[usize::from(*name) % HEADERS.len()], *value);
    }
    // A request that names its device gets further.
    let body = match std::str::from_utf8(asked.body) {
        Ok(text) => text.replace("$D", &world.device).into_bytes(),
        Err(_) => asked.body.to_vec(),
    };
    let Ok(request) = request.body(Body::from(body)) else {
        return;
    };
    world.runtime.block_on(async {
        let response = world.router.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        assert!(status != 500, "{asked:?} is answered with 500");
        let body = axum::body::to_bytes(response.into_body(), 64 << 20).await;
        assert!(body.is_ok(), "{asked:?}");
    });
}));
