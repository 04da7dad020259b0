//! One record alone, one record beside a large photo, and a link that falls silent.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use xunan_testkit::laptop;
use xunan_testkit::link::{Badness, Link};

use crate::data::{self, Data};
use crate::ours::finished;
use crate::say;

pub(crate) fn measure(data: &Data) -> Result<()> {
    beside_a_photo()?;
    batches()?;
    black_hole(data)
}

/// A new record while 5 MB are under way.
fn beside_a_photo() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let server = data::world(folder.path())?;
    let link = Link::new(&server.url(), Badness::plateau(0.0, 1))?;
    let install = laptop::open_via(
        &folder.path().join("one"),
        &format!("https://{}", link.address()),
    )?;
    let (app, visit) = data::save_records(&install, 1)?;
    finished(&install, "the first record")?;
    let view = app.inspection_get(visit.parse()?)?;
    let before = link.carried();
    let alone = Instant::now();
    data::save_record(&app, &view, 1)?;
    finished(&install, "a record alone")?;
    say(&format!(
        "single: a record alone: {:.2} s, {} B up, {} B down",
        alone.elapsed().as_secs_f64(),
        link.carried().up - before.up,
        link.carried().down - before.down
    ))?;
    data::save_photos(&app, &visit, &[data::photo(&mut 9, 5_000_000)])?;
    std::thread::sleep(Duration::from_secs(10));
    let mut waits = Vec::new();
    for nth in 2..7 {
        let start = Instant::now();
        data::save_record(&app, &view, nth)?;
        while install.sync_status()?.changes_unsent > 0 {
            std::thread::sleep(Duration::from_millis(5));
        }
        waits.push(start.elapsed().as_secs_f64());
        std::thread::sleep(Duration::from_secs(2));
    }
    ensure!(
        install.sync_status()?.blobs_unsent == 1,
        "the photo was too small"
    );
    say(&format!(
        "  a record while 5 MB are under way: {} s (2 RTT + 1.5 s = 2.7 s)",
        waits
            .iter()
            .map(|wait| format!("{wait:.2}"))
            .collect::<Vec<_>>()
            .join(", ")
    ))
}

/// Wire bytes of a batch of 100.
fn batches() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut server = data::world(folder.path())?;
    server.stop()?;
    let laptop = folder.path().join("one");
    for (name, count) in [("alone", 1), ("a batch of 100", 100)] {
        let install = laptop::open_via(&laptop, "https://127.0.0.1:9")?;
        data::save_records(&install, count)?;
        drop(install);
        server.start()?;
        let link = Link::new(&server.url(), Badness::plateau(0.0, 1))?;
        let install = laptop::open_via(&laptop, &format!("https://{}", link.address()))?;
        finished(&install, name)?;
        say(&format!(
            "  {name}: {} B up over a new connection, the visit among them: {:.0} B per record",
            link.carried().up,
            link.carried().up as f64 / (count + 1) as f64
        ))?;
        drop(install);
        server.stop()?;
    }
    Ok(())
}

/// The link falls silent again and again, without closing.
fn black_hole(data: &Data) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let server = data::world(folder.path())?;
    let badness = Badness {
        silence: 0.2,
        ..Badness::plateau(0.0, 3)
    };
    let link = Link::new(&server.url(), badness)?;
    let install = laptop::open_via(
        &folder.path().join("one"),
        &format!("https://{}", link.address()),
    )?;
    let (app, visit) = data::save_records(&install, 100)?;
    data::save_photos(&app, &visit, &data.photos[..4])?;
    let took = finished(&install, "everything")?;
    let carried = link.carried();
    say(&format!(
        "  silent black holes (p=0.2): 100 records and 4 photos in {:.0} s, {} silences, {} connections",
        took.as_secs_f64(),
        carried.silences,
        carried.connections
    ))
}
