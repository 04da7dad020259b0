//! A laptop falls asleep in the middle of saving, again and again, and wakes up.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use xunan_testkit::laptop::{self, LOGIN, PASSWORD};
use xunan_testkit::server::Server;

const NAPS: u64 = 60;

fn signal(process: &Child, name: &str) -> Result<()> {
    let id = process.id().to_string();
    let sent = Command::new("kill").args([name, &id]).status()?;
    ensure!(sent.success(), "kill {name} {id}");
    Ok(())
}

#[test]
fn a_laptop_that_sleeps_in_the_middle_of_saving_has_everything_once() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let data = folder.path().join("laptop");
    let mut server = Server::new(folder.path())?;
    server.start()?;
    drop(laptop::enrolled(&data, &server)?);
    // Opened once more when the threads of the one before have let go of it.
    drop(laptop::reopened(&data)?);

    let mut process = Command::new(env!("CARGO_BIN_EXE_laptop"))
        .arg(&data)
        .arg(server.url())
        .stdout(Stdio::piped())
        .spawn()?;
    let said = Arc::new(Mutex::new(Vec::new()));
    let lines = BufReader::new(process.stdout.take().context("its words")?).lines();
    let told = Arc::clone(&said);
    let listening = std::thread::spawn(move || {
        for line in lines.map_while(Result::ok) {
            told.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(line);
        }
    });
    for nap in 0..NAPS {
        std::thread::sleep(Duration::from_millis(10 + nap * 7 % 31));
        signal(&process, "-STOP")?;
        std::thread::sleep(Duration::from_millis(30 + nap * 13 % 50));
        signal(&process, "-CONT")?;
    }
    // It slept while the server went away, and while it spoke with it.
    server.stop()?;
    std::thread::sleep(Duration::from_millis(300));
    process.kill()?;
    process.wait()?;
    listening
        .join()
        .map_err(|_| anyhow::anyhow!("the listener panicked"))?;

    let said = said.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let saved: Vec<&str> = said
        .iter()
        .filter_map(|line| line.strip_prefix("saved "))
        .collect();
    ensure!(saved.len() > 20, "only {} were saved", saved.len());
    server.start()?;
    let install = laptop::reopened(&data)?;
    let app = install.unlock(LOGIN, PASSWORD)?;
    laptop::wait_sent(&install, Duration::from_secs(60))?;
    let visit = app
        .inspection_list()?
        .first()
        .context("a visit")?
        .id
        .parse()?;
    let mut times: BTreeMap<String, u32> = BTreeMap::new();
    for finding in app.inspection_get(visit)?.findings {
        *times.entry(finding.note).or_default() += 1;
    }
    for word in saved {
        ensure!(times.get(word) == Some(&1), "{word}: {:?}", times.get(word));
    }
    let out = folder.path().join("export");
    server.export(&out)?;
    let export = xunan_tests::read_export(&out)?;
    ensure!(export.records["finding"].len() == times.values().sum::<u32>() as usize);
    Ok(())
}
