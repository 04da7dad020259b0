//! The real program and the real server over a bad link.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Result, ensure};
use xunan_core::{LedgerQuery, PhotoTarget};
use xunan_testkit::laptop::{self, LOGIN, PASSWORD};
use xunan_testkit::link::{Badness, Link};
use xunan_testkit::server::Server;
use xunan_testkit::wait_until;
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
            facility: String::new(),
            name: format!("{nth}.jpg"),
            source: xunan_model::photo::PhotoSource::File,
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

/// A county's records, written by one laptop, that `others` have not fetched yet.
fn county(folder: &Path, records: usize, others: &[&str]) -> Result<Server> {
    let mut server = Server::new(folder)?;
    server.start()?;
    for name in others {
        let install = laptop::enrolled(&folder.join(name), &server)?;
        laptop::wait_sent(&install, Duration::from_secs(20))?;
    }
    let install = laptop::enrolled(&folder.join("author"), &server)?;
    let app = install.unlock(LOGIN, PASSWORD)?;
    let inspection = laptop::begin(&app, &["fire"], 1)?.row.id.parse()?;
    for nth in 0..records {
        let mut draft = app.finding_draft(inspection, None, None, "")?;
        draft.hazard = format!("第{nth}处：疏散通道被占用，灭火器压力不足");
        app.finding_save(&draft)?;
    }
    laptop::wait_sent(&install, Duration::from_secs(60))?;
    Ok(server)
}

#[test]
fn a_laptop_that_must_fetch_everything_goes_on_where_it_was_killed() -> Result<()> {
    const RECORDS: usize = 1_500;
    const DEATHS: u64 = 8;
    let folder = tempfile::tempdir()?;
    let server = county(folder.path(), RECORDS, &["steady", "dying"])?;
    let slow = |kill| Badness {
        rate: 40_000,
        kill,
        ..badness(3)
    };
    let here = |name: &str| -> Result<usize> {
        // Without a way to the server: what is here is here.
        let install = laptop::open_via(&folder.path().join(name), "https://127.0.0.1:9")?;
        let app = install.unlock(LOGIN, PASSWORD)?;
        Ok(usize::try_from(app.ledger_count(&LedgerQuery::default())?)?)
    };
    let fetch_all = |name: &str, link: &Link| -> Result<u64> {
        let before = link.carried().down;
        let url = format!("https://{}", link.address());
        let install = laptop::open_via(&folder.path().join(name), &url)?;
        let app = install.unlock(LOGIN, PASSWORD)?;
        wait_until("all records are here", Duration::from_secs(60), || {
            Ok(app.ledger_count(&LedgerQuery::default())? == RECORDS as u64)
        })?;
        Ok(link.carried().down - before)
    };
    let once = fetch_all("steady", &Link::new(&server.url(), slow(0.0))?)?;

    let link = Link::new(&server.url(), slow(0.2))?;
    for death in 0..DEATHS {
        if here("dying")? > RECORDS / 2 {
            break;
        }
        let mut process = Command::new(env!("CARGO_BIN_EXE_laptop"))
            .arg(folder.path().join("dying"))
            .args([&format!("https://{}", link.address()), "--idle"])
            .stdout(Stdio::null())
            .spawn()?;
        std::thread::sleep(Duration::from_millis(900 + death * 97 % 400));
        process.kill()?;
        process.wait()?;
    }
    let kept = here("dying")?;
    ensure!(
        kept > RECORDS / 10 && kept < RECORDS,
        "{kept} records: too few or too many deaths to prove anything"
    );
    let rest = fetch_all("dying", &link)?;
    let missing = once * (RECORDS - kept) as u64 / RECORDS as u64;
    // One reply may be fetched twice; what was kept is not fetched again.
    ensure!(
        rest < missing + once / 4,
        "{rest} bytes for the last {} records, {once} for all of them",
        RECORDS - kept
    );
    Ok(())
}
