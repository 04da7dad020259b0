//! Commands on a database that is made or upgraded if need be. All but `restored` may run beside a
//! running server.

use std::io::Write;
use std::path::Path;

use anyhow::{Context as _, Error, Result, anyhow, ensure};
use chrono::Duration;
use serde_json::Map;
use xunan_model::edition::{EDITION_BYTES_MAX, EditionFile};
use xunan_model::id::OfficeId;
use xunan_model::office_rules::{Calendar, OfficeRules, check_rules};
use xunan_model::party::Office;

use super::{
    Command, EditionCommand, Failure, OfficeCommand, account, device, quarantine, statistics,
};
use crate::config::DataFolder;
use crate::office;
use crate::store::{SqliteStore, Store};
use crate::tls::Identity;
use crate::{demo, export, platform, report, secret};

const CODE_HOURS: u32 = 72;

pub(super) type Out<'a> = &'a mut (dyn Write + Send);

pub(super) async fn run(data: &Path, command: Command, out: Out<'_>) -> Result<(), Failure> {
    let open = || -> Result<(DataFolder, SqliteStore)> {
        let folder = DataFolder::open(data)?;
        let store = SqliteStore::open(&folder)?;
        Ok((folder, store))
    };
    let (folder, store) = open().map_err(Failure::Refused)?;
    match command {
        Command::Serve(_)
        | Command::Backup { .. }
        | Command::Restore { .. }
        | Command::Man { .. } => Err(Failure::Broken(anyhow!("this command is elsewhere"))),
        Command::SeedDemo => seed_demo(&folder, &store, out)
            .await
            .map_err(Failure::Broken),
        Command::Office(OfficeCommand::Add {
            name,
            division,
            code_word,
        }) => {
            let id = OfficeId(platform::uuid());
            let new = Office {
                id,
                name,
                code_word,
                division,
                rules: Vec::new(),
                days: String::new(),
                extra: Map::new(),
            };
            let added = office::office_add(&store, new, platform::now())
                .await
                .map_err(Failure::Broken)?;
            line(out, format_args!("office: {}", added.id))
        }
        Command::Office(OfficeCommand::Rules { office, file }) => {
            let rules = rules_file(&file).map_err(Failure::Refused)?;
            office_changed(&store, &office, |office| office.rules = rules).await?;
            line(out, format_args!("{}: in force", file.display()))
        }
        Command::Office(OfficeCommand::Days { office, file }) => {
            let days = days_file(&file).map_err(Failure::Refused)?;
            office_changed(&store, &office, |office| office.days = days).await?;
            line(out, format_args!("{}: in force", file.display()))
        }
        Command::Stats(asked) => statistics::run(&store, asked, out).await,
        Command::Edition(EditionCommand::Add { office, file }) => {
            let record = edition_file(&file).map_err(Failure::Refused)?;
            let office = office::office_one(&store, &office)
                .await
                .map_err(Failure::Refused)?;
            let new = office::record_put(&store, &office.scope, record, platform::now())
                .await
                .map_err(Failure::Broken)?;
            let said = if new {
                "handed out"
            } else {
                "was there already"
            };
            line(out, format_args!("{}: {said}", file.display()))
        }
        Command::EnrolCode { office, hours } => {
            let office = office::office_one(&store, &office)
                .await
                .map_err(Failure::Refused)?;
            enrol_code(&folder, &store, office.id, hours, out)
                .await
                .map_err(Failure::Broken)
        }
        Command::Account(command) => account::run(&store, command, out).await,
        Command::Device(command) => device::run(&store, command, out).await,
        Command::Inspections => inspections(&store, out).await.map_err(Failure::Broken),
        Command::Export { folder } => {
            let done = export::export(&store, &folder)
                .await
                .map_err(Failure::Refused)?;
            line(
                out,
                format_args!(
                    "{} records, {} changes, {} blobs; {} blobs have not arrived yet",
                    done.records, done.changes, done.blobs, done.blobs_missing
                ),
            )
        }
        Command::Quarantine { command } => quarantine::run(&store, command, out).await,
        Command::PurgeParts { older_than_days } => {
            let before = platform::now() - Duration::days(i64::from(older_than_days));
            let purged = store.parts_purge(before).await.map_err(Failure::Broken)?;
            line(
                out,
                format_args!(
                    "{} unfinished uploads deleted, {} bytes",
                    purged.parts, purged.bytes
                ),
            )
        }
        Command::Restored => {
            let _lock = folder.lock().map_err(Failure::Refused)?;
            let epoch = store.epoch_renew().await.map_err(Failure::Broken)?;
            line(
                out,
                format_args!("the server's epoch is now {epoch}; laptops will send and pull again"),
            )
        }
    }
}

pub(super) fn line(out: Out<'_>, text: std::fmt::Arguments<'_>) -> Result<(), Failure> {
    writeln!(out, "{text}").map_err(|e| Failure::Broken(e.into()))
}

/// Changes what is known of an office.
async fn office_changed(
    store: &SqliteStore,
    name: &str,
    change: impl FnOnce(&mut Office),
) -> Result<(), Failure> {
    let fact = office::office_one(store, name)
        .await
        .map_err(Failure::Refused)?;
    let found = office::record_get::<Office>(store, fact.id.0).await;
    let mut office = found.map_err(Failure::Broken)?;
    change(&mut office);
    let put = office::record_put(store, &fact.scope, office, platform::now()).await;
    put.map(drop).map_err(Failure::Broken)
}

/// More is no list of rules or days.
const RULES_BYTES_MAX: u64 = 1 << 20;

fn text_file(file: &Path) -> Result<String> {
    let bytes = std::fs::metadata(file)
        .with_context(|| format!("read {}", file.display()))?
        .len();
    ensure!(bytes <= RULES_BYTES_MAX, "{} is too long", file.display());
    std::fs::read_to_string(file).with_context(|| format!("read {}", file.display()))
}

fn rules_file(file: &Path) -> Result<Vec<OfficeRules>> {
    let rules: Vec<OfficeRules> = serde_json::from_str(&text_file(file)?)
        .with_context(|| format!("{} is no array of rules", file.display()))?;
    check_rules(&rules).map_err(|fault| anyhow!("{}: {fault}", file.display()))?;
    Ok(rules)
}

fn days_file(file: &Path) -> Result<String> {
    let days = text_file(file)?;
    Calendar::parse(&days).map_err(|fault| anyhow!("{}: {fault}", file.display()))?;
    Ok(days)
}

async fn seed_demo(folder: &DataFolder, store: &SqliteStore, out: Out<'_>) -> Result<()> {
    let office = demo::seed(store, platform::now()).await?;
    writeln!(out, "office: {} {}", office.name, office.id)?;
    for (login, name, role, _) in demo::PEOPLE {
        writeln!(
            out,
            "login: {login}  password: {}  {name} ({role})",
            demo::PASSWORD
        )?;
    }
    enrol_code(folder, store, office.id, CODE_HOURS, out).await
}

async fn enrol_code(
    folder: &DataFolder,
    store: &SqliteStore,
    office: OfficeId,
    hours: u32,
    out: Out<'_>,
) -> Result<()> {
    let code = office::enrol_code_new(store, office, hours, platform::now()).await?;
    let code = secret::code_with_key(&code, Identity::of(folder)?.pin());
    Ok(writeln!(out, "enrol-code: {code}")?)
}

async fn inspections(store: &SqliteStore, out: Out<'_>) -> Result<(), Error> {
    writeln!(
        out,
        "site\tbegun\tfinished\tinspectors\tanswers\tfindings\tphotos"
    )?;
    for visit in report::visits(store).await? {
        let finished = if visit.finished.is_empty() {
            "-"
        } else {
            &visit.finished
        };
        writeln!(
            out,
            "{}\t{}\t{finished}\t{}\t{}\t{}\t{}/{}",
            visit.site,
            visit.begun,
            visit.inspectors,
            visit.answers,
            visit.findings,
            visit.photos_received,
            visit.photos
        )?;
    }
    Ok(())
}

/// A checklist file, checked before anything is written.
fn edition_file(file: &Path) -> Result<EditionFile> {
    let bytes = std::fs::metadata(file)
        .with_context(|| file.display().to_string())?
        .len();
    // It travels as one change.
    ensure!(
        bytes <= EDITION_BYTES_MAX as u64,
        "{} is larger than {EDITION_BYTES_MAX} bytes",
        file.display()
    );
    let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    EditionFile::read(&name, text).map_err(|faults| {
        let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
        anyhow!("{}", lines.join("\n"))
    })
}
