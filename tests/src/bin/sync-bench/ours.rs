//! Our client over the bad link.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use xunan_core::Install;
use xunan_testkit::laptop;
use xunan_testkit::link::{Badness, Carried, Link};
use xunan_testkit::server::Server;

use crate::data::{self, Data, PHOTO_BYTES, PHOTOS, RECORDS};
use crate::{Asked, say};

const LIMIT: Duration = Duration::from_secs(3_000);

pub(crate) fn measure(data: &Data, asked: &Asked) -> Result<()> {
    let metered = if asked.metered { ", metered" } else { "" };
    say(&format!(
        "ours: {RECORDS} records, {PHOTOS} photos of {} KB; 512 kbit/s, 600 ms, TLS{metered}",
        PHOTO_BYTES / 1_000
    ))?;
    say("  p     seed  records  wire B/record  photos   goodput  sent again  connections")?;
    for kill in &asked.kills {
        for seed in 1..=asked.seeds {
            run(data, *kill, seed, asked.metered)?;
        }
    }
    Ok(())
}

fn run(data: &Data, kill: f64, seed: u64, metered: bool) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut server = data::world(folder.path())?;
    server.stop()?;
    let laptop = folder.path().join("one");
    let install = laptop::open_via(&laptop, "https://127.0.0.1:9")?;
    let (app, visit) = data::save_records(&install, RECORDS)?;
    drop((app, install));
    server.start()?;
    let link = Link::new(&server.url(), Badness::plateau(kill, seed))?;
    let install = laptop::open_via(&laptop, &format!("https://{}", link.address()))?;
    let records = finished(&install, "records")?;
    let after_records = link.carried();

    link.set_down(true);
    std::thread::sleep(Duration::from_millis(100));
    let app = install.unlock(laptop::LOGIN, laptop::PASSWORD)?;
    data::save_photos(&app, &visit, &data.photos)?;
    if metered {
        // What waits on such a link would never come: the photos go as thumbnails, which do not.
        let conn = rusqlite::Connection::open(laptop.join("xunan.db"))?;
        conn.execute("UPDATE blob_queue SET lane = 0", [])?;
        install.sync_metered(true)?;
    }
    link.set_down(false);
    install.sync_now();
    let photos = finished(&install, "photos")?;
    let carried = link.carried();
    let bytes = (PHOTOS * PHOTO_BYTES) as f64;
    let goodput = bytes / photos.as_secs_f64() / 64_000.0;
    let up = (carried.up - after_records.up) as f64;
    say(&format!(
        "  {kill:<5} {seed:<4}  {:>6.1} s  {:>11.0}  {:>6.1} s  {goodput:>6.2}  {:>8.1} %  {:>5}",
        records.as_secs_f64(),
        after_records.up as f64 / RECORDS as f64,
        photos.as_secs_f64(),
        (up / bytes - 1.0) * 100.0,
        carried.connections,
    ))?;
    check(&server, folder.path(), carried)
}

/// Waits until all is confirmed.
pub(crate) fn finished(install: &Install, what: &str) -> Result<Duration> {
    let start = Instant::now();
    loop {
        let status = install.sync_status()?;
        if status.changes_unsent == 0 && status.blobs_unsent == 0 {
            return Ok(start.elapsed());
        }
        ensure!(start.elapsed() < LIMIT, "{what} never arrived: {status:?}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// What is measured has really arrived.
fn check(server: &Server, folder: &std::path::Path, carried: Carried) -> Result<()> {
    let out = folder.join("export");
    server.export(&out)?;
    let export = xunan_tests::read_export(&out)?;
    ensure!(export.records["finding"].len() == RECORDS, "{carried:?}");
    ensure!(export.photos.len() == PHOTOS, "{carried:?}");
    Ok(())
}
