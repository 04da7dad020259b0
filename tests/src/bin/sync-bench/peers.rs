//! tus and `PouchDB` over the same link with the same data (`tests/peers`).

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use xunan_testkit::laptop;
use xunan_testkit::link::{Badness, Link};

use crate::data::{self, Data, PHOTO_BYTES, PHOTOS, RECORDS};
use crate::{Asked, say};

const TIMEOUT_SECONDS: u64 = 1_500;

pub(crate) fn measure(data: &Data, asked: &Asked) -> Result<()> {
    say("peers: the same data over the same link, without TLS, one seed")?;
    say("  peer   p     records    photos   goodput")?;
    let folder = tempfile::tempdir()?;
    write_data(data, folder.path())?;
    let kept_at = peers().join("results.json");
    let mut kept: Value = std::fs::read(&kept_at)
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .unwrap_or_else(|| json!({}));
    for peer in ["tus", "pouch"] {
        for kill in &asked.kills {
            let key = format!("{peer} {kill}");
            if kept.get(&key).is_none() {
                kept[&key] = run(peer, *kill, folder.path())?;
                std::fs::write(&kept_at, serde_json::to_vec_pretty(&kept)?)?;
            }
            let result = &kept[&key];
            let seconds = |name: &str| {
                result[name]
                    .as_f64()
                    .map_or("never".to_owned(), |s| format!("{s:.1} s"))
            };
            let goodput = result["photos_seconds"]
                .as_f64()
                .map(|s| (PHOTOS * PHOTO_BYTES) as f64 / s / 64_000.0);
            say(&format!(
                "  {peer:<6} {kill:<5} {:>8} {:>9}   {}   ({}/{RECORDS} records, {}/{PHOTOS} photos, measured {})",
                seconds("records_seconds"),
                seconds("photos_seconds"),
                goodput.map_or("-".to_owned(), |g| format!("{g:.2}")),
                result["records"],
                result["photos"],
                result["date"].as_str().unwrap_or("?"),
            ))?;
        }
    }
    Ok(())
}

fn peers() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("peers")
}

fn write_data(data: &Data, folder: &Path) -> Result<()> {
    let mut server = data::world(&folder.join("world"))?;
    server.stop()?;
    let laptop = folder.join("world/one");
    let install = laptop::open_via(&laptop, "https://127.0.0.1:9")?;
    data::save_records(&install, RECORDS)?;
    drop(install);
    let out = folder.join("data");
    std::fs::create_dir_all(out.join("photos"))?;
    let documents = data::documents(&laptop)?;
    std::fs::write(out.join("records.json"), serde_json::to_vec(&documents)?)?;
    for (nth, bytes) in data.photos.iter().enumerate() {
        std::fs::write(out.join(format!("photos/{nth:02}.jpg")), bytes)?;
    }
    Ok(())
}

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn run(peer: &str, kill: f64, folder: &Path) -> Result<Value> {
    let modules = peers().join("node_modules");
    ensure!(modules.exists(), "run `npm ci` in tests/peers first");
    let port = std::net::TcpListener::bind("127.0.0.1:0")?
        .local_addr()?
        .port();
    let store = folder.join(format!("{peer}-{kill}"));
    std::fs::create_dir_all(&store)?;
    let mut server = Command::new("node")
        .arg(peers().join("server.js"))
        .args([peer, &port.to_string()])
        .arg(&store)
        .stdout(Stdio::piped())
        .spawn()
        .context("node")?;
    let mut ready = [0; 5];
    let mut out = server.stdout.take().context("no output")?;
    let server = Running(server);
    std::io::Read::read_exact(&mut out, &mut ready)?;
    let link = Link::new(&format!("127.0.0.1:{port}"), Badness::plateau(kill, 1))?;
    let output = Command::new("node")
        .arg(peers().join("client.js"))
        .args([peer, &format!("http://{}", link.address())])
        .arg(folder.join("data"))
        .arg(TIMEOUT_SECONDS.to_string())
        .output()?;
    drop(server);
    let line = String::from_utf8(output.stdout)?;
    let mut result: Value = serde_json::from_str(line.lines().last().context("no result")?)?;
    result["date"] = today().into();
    Ok(result)
}

fn today() -> String {
    xunan_platform::today().to_string()
}
