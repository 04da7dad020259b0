//! The real program and the real server over a bad link.

use std::time::Duration;

use anyhow::{Result, ensure};
use xunan_core::PhotoTarget;
use xunan_testkit::laptop::{self, LOGIN, PASSWORD};
use xunan_testkit::link::{Badness, Link};
use xunan_testkit::server::Server;
use xunan_tests::read_export;

const PHOTOS: usize = 8;
const PHOTO_BYTES: usize = 300_000;

/// A laptop with a visit and photos that have not been sent; the server runs.
fn world(folder: &std::path::Path) -> Result<Server> {
    let mut server = Server::new(folder)?;
    server.start()?;
    let install = laptop::enrolled(&folder.join("one"), &server)?;
    laptop::wait_sent(&install, Duration::from_secs(20))?;
    drop(install);
    let install = laptop::open_via(&folder.join("one"), "https://127.0.0.1:9")?;
    let app = install.unlock(LOGIN, PASSWORD)?;
    let visit = laptop::begin(&app, &["fire"], 1)?;
    let mut state = 5_u64;
    for nth in 0..PHOTOS {
        let mut bytes = vec![0xff, 0xd8, 0xff, 0xe0];
        while bytes.len() < PHOTO_BYTES {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            bytes.extend_from_slice(&state.to_le_bytes());
        }
        let target = PhotoTarget {
            inspection: visit.row.id.parse()?,
            finding: None,
            item: None,
            name: format!("{nth}.jpg"),
        };
        app.photo_add(target, &bytes)?;
    }
    Ok(server)
}

fn all_there(server: &Server, folder: &std::path::Path) -> Result<()> {
    let out = folder.join("export");
    server.export(&out)?;
    let export = read_export(&out)?;
    ensure!(export.photos.len() == PHOTOS && export.records["photo"].len() == PHOTOS);
    Ok(())
}

/// 1 MB/s and 60 ms: bad, but quick enough for a test.
fn badness(seed: u64) -> Badness {
    Badness {
        rate: 1_000_000,
        rtt: Duration::from_millis(60),
        kill: 0.0,
        silence: 0.0,
        flip: 0.0,
        seed,
    }
}

#[test]
fn a_link_that_is_cut_again_and_again_carries_little_twice() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let server = world(folder.path())?;
    let link = Link::new(
        &server.url(),
        Badness {
            kill: 0.35,
            ..badness(11)
        },
    )?;
    let url = format!("https://{}", link.address());
    let install = laptop::open_via(&folder.path().join("one"), &url)?;
    laptop::wait_sent(&install, Duration::from_secs(120))?;
    let carried = link.carried();
    ensure!(carried.kills >= 5, "too little harm: {carried:?}");
    // From zero after every cut it would be several times as much.
    let needed = (PHOTOS * PHOTO_BYTES) as u64;
    ensure!(carried.up < needed * 9 / 5, "{carried:?}");
    all_there(&server, folder.path())
}

#[test]
fn a_link_that_falls_silent_is_left_within_twenty_seconds() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let server = world(folder.path())?;
    let link = Link::new(
        &server.url(),
        Badness {
            silence: 0.05,
            ..badness(6)
        },
    )?;
    let url = format!("https://{}", link.address());
    let install = laptop::open_via(&folder.path().join("one"), &url)?;
    let took = laptop::wait_sent(&install, Duration::from_secs(120))?;
    let carried = link.carried();
    ensure!(carried.silences >= 1, "too little harm: {carried:?}");
    let silences = u32::try_from(carried.silences)?;
    ensure!(
        took < Duration::from_secs(20) * (silences + 1),
        "{took:?} for {carried:?}"
    );
    all_there(&server, folder.path())
}
