//! The server, with the load on the same two cores: records, photos, idle laptops; and a laptop's
//! memory while it sends 2 GB.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use hyper::body::Bytes;
use rusqlite::{Connection, OpenFlags};
use uuid::Uuid;
use xunan_core::PhotoTarget;
use xunan_core::sync::HttpWire;
use xunan_core::sync::wire::{Feed as _, Link as _, Tidings as _, Wire as _};
use xunan_model::change::{Change, ChangeId, RawChange};
use xunan_model::digest::Digest;
use xunan_model::pin::Pin;
use xunan_model::wire::{PROTOCOL, SentChange, SyncRequest};
use xunan_testkit::laptop::{self, LOGIN, PASSWORD};
use xunan_testkit::server::Server;

use crate::data::{self, RECORDS};
use crate::say;

const LAPTOPS: usize = 4;
const CHANGES_EACH: usize = 10_000;
const BATCH: usize = 200;
const BLOBS_EACH: usize = 16;
const BLOB_BYTES: usize = 16 << 20;
const PIECE_BYTES: usize = 64 << 10;
const IDLE: usize = 1_000;

pub(crate) fn measure() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut server = data::world(folder.path())?;
    server.stop()?;
    let first = folder.path().join("one");
    let install = laptop::open_via(&first, "https://127.0.0.1:9")?;
    data::save_records(&install, RECORDS)?;
    drop(install);
    let templates = templates(&first)?;
    server.start()?;
    let mut clients = Vec::new();
    for nth in 0..LAPTOPS {
        let folder = folder.path().join(format!("load-{nth}"));
        drop(laptop::enrolled(&folder, &server)?);
        clients.push(Client::read(&folder, &server)?);
    }
    records(&clients, &templates)?;
    blobs(&clients)?;
    idle(&clients[0], &server)
}

/// What a laptop shows to the server.
struct Client {
    url: String,
    pin: Pin,
    token: String,
    hello: SyncRequest,
}

impl Client {
    fn read(folder: &Path, server: &Server) -> Result<Self> {
        let conn = open(folder)?;
        let setting = |key: &str| -> Result<String> {
            Ok(
                conn.query_row("SELECT value FROM setting WHERE key = ?1", [key], |row| {
                    row.get(0)
                })?,
            )
        };
        let device: String = conn.query_row("SELECT device FROM device", [], |row| row.get(0))?;
        Ok(Self {
            url: server.url(),
            pin: Pin(Digest::parse(&setting("server_pin")?).context("the pin")?),
            token: setting("token")?,
            hello: SyncRequest {
                protocol: PROTOCOL,
                device: device.parse()?,
                epoch: 1,
                last_seq: 0,
                first_seq: 1,
                prev_link: Digest::ZERO,
                changes: Vec::new(),
                cursors: std::collections::BTreeMap::new(),
                blobs: Vec::new(),
                accounts: Digest::parse(&setting("accounts_version")?),
                pull_bytes: None,
            },
        })
    }

    fn wire(&self) -> Result<HttpWire> {
        HttpWire::new(&self.url, Some(self.pin), self.token.clone())
    }

    /// Changes of this laptop: the same texts, other records.
    fn changes(&self, templates: &[Change]) -> Result<Vec<SentChange>> {
        let mut changes = Vec::new();
        for seq in 1..=CHANGES_EACH as u64 {
            let mut change = templates[usize::try_from(seq)? % templates.len()].clone();
            change.id = ChangeId {
                device: self.hello.device,
                epoch: 1,
                seq,
            };
            let name =
                |id: Uuid| Uuid::new_v5(&id, format!("{}/{seq}", self.hello.device).as_bytes());
            let finding = change.edits[0].id;
            for edit in &mut change.edits {
                edit.id = name(edit.id);
                if edit.set.contains_key("finding") {
                    edit.set
                        .insert("finding".into(), name(finding).to_string().into());
                }
            }
            changes.push(SentChange {
                raw: RawChange::write(&change)?,
                effective: None,
            });
        }
        Ok(changes)
    }
}

fn open(laptop: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
    Ok(Connection::open_with_flags(laptop.join("xunan.db"), flags)?)
}

/// Findings as the program writes them.
fn templates(laptop: &Path) -> Result<Vec<Change>> {
    let conn = open(laptop)?;
    let mut statement =
        conn.prepare("SELECT raw FROM change WHERE own = 1 ORDER BY seq DESC LIMIT ?1")?;
    let rows = statement.query_map([RECORDS], |row| row.get::<_, String>(0))?;
    rows.map(|raw| Ok(RawChange::from_text(raw?)?.read()?))
        .collect()
}

/// Runs something of every client on a thread of its own, and says how long all took.
fn together(work: Vec<impl FnOnce() -> Result<()> + Send>) -> Result<Duration> {
    let start = Instant::now();
    std::thread::scope(|scope| {
        let running: Vec<_> = work.into_iter().map(|one| scope.spawn(one)).collect();
        for one in running {
            one.join()
                .map_err(|_| anyhow::anyhow!("a client panicked"))??;
        }
        anyhow::Ok(())
    })?;
    Ok(start.elapsed())
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    Ok(builder.enable_all().build()?)
}

fn records(clients: &[Client], templates: &[Change]) -> Result<()> {
    let mut work = Vec::new();
    let mut bytes = 0;
    for client in clients {
        let changes = client.changes(templates)?;
        bytes += changes.iter().map(|c| c.raw.text().len()).sum::<usize>();
        work.push(move || send(client, &changes));
    }
    let took = together(work)?.as_secs_f64();
    let count = (clients.len() * CHANGES_EACH) as f64;
    say(&format!(
        "server: {count} changes of {:.0} B by {LAPTOPS} laptops that also pull each other's, over TLS: {:.0} changes/s ({:.0} records/s)",
        bytes as f64 / count,
        count / took,
        count * 2.0 / took
    ))
}

/// Sends all changes, and pulls what the others sent meanwhile.
fn send(client: &Client, changes: &[SentChange]) -> Result<()> {
    runtime()?.block_on(async {
        let link = client.wire()?.dial().await?;
        let mut request = client.hello.clone();
        request.last_seq = changes.len() as u64;
        for batch in changes.chunks(BATCH) {
            request.changes = batch.to_vec();
            let reply = link.sync(&request, |_| {}).await?.reply;
            ensure!(reply.rejects.is_empty() && reply.fork.is_none());
            request.first_seq = reply.ack.last_seq + 1;
            request.prev_link = reply.ack.link;
            for pulled in reply.pulled {
                request.cursors.insert(pulled.scope, pulled.cursor);
            }
        }
        ensure!(
            request.first_seq == request.last_seq + 1,
            "all is acknowledged"
        );
        Ok(())
    })
}

fn blobs(clients: &[Client]) -> Result<()> {
    let mut state = 3_u64;
    let mut work = Vec::new();
    for client in clients {
        let photos: Vec<(Digest, Bytes)> = (0..BLOBS_EACH)
            .map(|_| {
                let photo = data::photo(&mut state, BLOB_BYTES);
                (Digest::of(&photo), photo.into())
            })
            .collect();
        work.push(move || {
            runtime()?.block_on(async {
                let link = client.wire()?.dial().await?;
                for (name, bytes) in photos {
                    upload(&link, name, bytes).await?;
                }
                Ok(())
            })
        });
    }
    let took = together(work)?.as_secs_f64();
    let bytes = (clients.len() * BLOBS_EACH * BLOB_BYTES) as f64;
    say(&format!(
        "server: {:.0} MB of photos of 16 MiB by {LAPTOPS} laptops over TLS, digest and fsync: {:.0} MB/s",
        bytes / 1e6,
        bytes / 1e6 / took
    ))
}

async fn upload(
    link: &impl xunan_core::sync::wire::Link,
    name: Digest,
    mut bytes: Bytes,
) -> Result<()> {
    let (mut feed, mut tidings) = link.put(name, bytes.len() as u64, 0).await?;
    let handing = async move {
        while !bytes.is_empty() {
            let piece = bytes.split_to(PIECE_BYTES.min(bytes.len()));
            feed.send(piece).await?;
        }
        anyhow::Ok(())
    };
    let hearing = async {
        loop {
            let told = tidings.next().await?;
            ensure!(told.fault.is_none(), "{told:?}");
            if told.complete {
                return anyhow::Ok(());
            }
        }
    };
    tokio::try_join!(handing, hearing)?;
    Ok(())
}

/// Laptops that are connected and have nothing to do.
fn idle(client: &Client, server: &Server) -> Result<()> {
    let pid = server.pid().context("the server runs")?;
    let before = memory(pid, "VmRSS")?;
    runtime()?.block_on(async {
        let wire = client.wire()?;
        let mut links = Vec::new();
        for _ in 0..IDLE {
            let link = wire.dial().await?;
            link.state(Digest::ZERO).await?;
            links.push(link);
        }
        tokio::time::sleep(Duration::from_secs(2)).await;
        let after = memory(pid, "VmRSS")?;
        say(&format!(
            "server: {IDLE} idle laptops over TLS: {after:.0} MB, {before:.0} MB of it before they came"
        ))
    })
}

/// MB of a process, by the name that the system gives to it.
fn memory(pid: u32, name: &str) -> Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    Ok(number.context("a process")?.parse::<f64>()? / 1_024.0)
}

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A laptop's memory while it sends 2 GB of photos, beside the same laptop with nothing to do.
pub(crate) fn client_memory() -> Result<()> {
    const PHOTOS: usize = 500;
    const PHOTO_BYTES: usize = 4_000_000;
    let folder = tempfile::tempdir()?;
    let server = data::world(folder.path())?;
    let data = folder.path().join("one");
    let idle = {
        let running = laptop_process(&data, "https://127.0.0.1:9", "--idle")?;
        std::thread::sleep(Duration::from_secs(3));
        memory(running.0.id(), "VmRSS")?
    };
    {
        let install = laptop::open_via(&data, "https://127.0.0.1:9")?;
        let app = install.unlock(LOGIN, PASSWORD)?;
        let visit = laptop::begin(&app, &["fire"], 1)?;
        let mut state = 11_u64;
        for nth in 0..PHOTOS {
            let target = PhotoTarget {
                inspection: visit.row.id.parse()?,
                finding: None,
                item: None,
                facility: String::new(),
                name: format!("{nth}.jpg"),
                source: xunan_model::photo::PhotoSource::File,
            };
            app.photo_add(target, &data::photo(&mut state, PHOTO_BYTES))?;
        }
    }
    let start = Instant::now();
    let mut running = laptop_process(&data, &server.url(), "--send")?;
    let mut seen = Vec::new();
    let ended = loop {
        if let Some(ended) = running.0.try_wait()? {
            break ended;
        }
        if let Ok(now) = memory(running.0.id(), "VmRSS") {
            seen.push(now);
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    ensure!(ended.success(), "not all was sent");
    let quarter = |nth: usize| seen.get(seen.len() * nth / 4).copied().unwrap_or(0.0);
    say(&format!(
        "memory: {:.1} GB sent in {:.0} s; idle {idle:.0} MB, while sending at most {:.0} MB ({:.0}, {:.0}, {:.0} MB at a quarter, half, three quarters)",
        (PHOTOS * PHOTO_BYTES) as f64 / 1e9,
        start.elapsed().as_secs_f64(),
        seen.iter().copied().fold(0.0, f64::max),
        quarter(1),
        quarter(2),
        quarter(3)
    ))
}

fn laptop_process(data: &Path, url: &str, what: &str) -> Result<Running> {
    let program =
        std::env::current_exe()?.with_file_name(format!("laptop{}", std::env::consts::EXE_SUFFIX));
    let mut command = Command::new(program);
    command.arg(data).args([url, what]).stdout(Stdio::null());
    Ok(Running(command.spawn().context("laptop")?))
}
