//! What must be true of a laptop's folder, whatever was done in the window.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use xunan_core::headless::Headless;
use xunan_model::digest::Digest;
use xunan_platform::RealDisk;
use xunan_testkit::laptop;

/// The database is whole, the own changes are a chain without a gap, every record is the fold of its
/// changes, every file of a photo holds what its name says and is there. Returns how many changes.
///
/// # Errors
/// Which of it is not so.
pub(super) fn sound(data: &Path) -> Result<u64> {
    // The window lets go of the folder a moment after it has closed.
    drop(laptop::reopened(data)?);
    let program = reopened(data)?;
    let said = program.lines("PRAGMA integrity_check")?;
    ensure!(said == ["ok"], "the database: {said:?}");
    let broken = program.lines("SELECT \"table\" FROM pragma_foreign_key_check")?;
    ensure!(broken.is_empty(), "references: {broken:?}");
    let standing = program.standing()?.context("not enrolled")?;
    let own = program.lines(&format!(
        "SELECT cast(seq AS text) FROM change WHERE epoch = {}
            AND device = (SELECT device FROM device) ORDER BY seq",
        standing.epoch
    ))?;
    let wanted: Vec<String> = (1..=standing.last_seq).map(|seq| seq.to_string()).collect();
    ensure!(
        own == wanted,
        "the own changes are {own:?} of {}",
        standing.last_seq
    );
    let wrong = program.misfolded()?;
    ensure!(wrong.is_empty(), "not the fold of their changes: {wrong:?}");
    let rejected = program.lines("SELECT reason FROM rejected WHERE settled IS NULL")?;
    ensure!(rejected.is_empty(), "the server put aside: {rejected:?}");
    // An original leaves when somebody asks for room and the server has it.
    let left = program.lines("SELECT sha256 FROM blob_queue WHERE sent = 1 AND dropped = 1")?;
    // What cannot be decoded has no copies.
    for name in program.lines(
        "SELECT file.value ->> '$.sha256' FROM record, json_each(fields) file
          WHERE kind = 'photo' AND file.key IN ('original', 'thumb', 'evidence')
            AND file.value ->> '$.sha256' IS NOT NULL",
    )? {
        let digest = Digest::parse(&name).context("a digest")?;
        match program.blob(digest)? {
            Some(bytes) => ensure!(Digest::of(&bytes) == digest, "{name} holds something else"),
            None => ensure!(left.contains(&name), "{name} is not there"),
        }
    }
    for folder in std::fs::read_dir(data.join("blobs"))? {
        for file in std::fs::read_dir(folder?.path())? {
            let file = file?;
            let name = file.file_name().to_string_lossy().into_owned();
            let Some(digest) = Digest::parse(&name) else {
                continue;
            };
            ensure!(
                Digest::of(&std::fs::read(file.path())?) == digest,
                "{name} is altered"
            );
        }
    }
    Ok(standing.last_seq)
}

/// The server takes everything.
///
/// # Errors
/// When it does not within two minutes.
pub(super) fn arrives(data: &Path) -> Result<()> {
    let install = laptop::reopened(data)?;
    // Somebody may have said that the link costs: then photos wait for another one.
    install.sync_metered(false)?;
    install.sync_now();
    laptop::wait_sent(&install, Duration::from_secs(120))?;
    drop(install);
    let program = reopened(data)?;
    let rejected = program.lines("SELECT reason FROM rejected WHERE settled IS NULL")?;
    ensure!(rejected.is_empty(), "the server put aside: {rejected:?}");
    Ok(())
}

fn reopened(data: &Path) -> Result<Headless> {
    let start = std::time::Instant::now();
    loop {
        match Headless::open(Arc::new(RealDisk), data) {
            Err(_) if start.elapsed() < Duration::from_secs(20) => {
                std::thread::sleep(Duration::from_millis(100));
            }
            opened => return opened,
        }
    }
}
