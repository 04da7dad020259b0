//! Everything but `serve`. These commands may run beside a running server.

use std::io::Write;
use std::path::Path;

use anyhow::{Context as _, Error, Result, anyhow, ensure};
use serde_json::Map;
use xunan_model::edition::EditionFile;
use xunan_model::id::{DeviceId, OfficeId};
use xunan_model::party::Office;

use super::{AccountCommand, Command, DeviceCommand, EditionCommand, Failure, OfficeCommand};
use crate::config::DataFolder;
use crate::office::{self, NewPerson};
use crate::store::{SqliteStore, Store};
use crate::tls::Identity;
use crate::{demo, export, platform, report, secret};

const CODE_HOURS: u32 = 72;
/// Well below the longest change, escaping included.
const EDITION_BYTES_MAX: u64 = 400_000;
const PASSWORD_BYTES_MAX: usize = 1_000;

type Out<'a> = &'a mut (dyn Write + Send);

pub(super) async fn run(data: &Path, command: Command, out: Out<'_>) -> Result<(), Failure> {
    let open = || -> Result<(DataFolder, SqliteStore)> {
        let folder = DataFolder::open(data)?;
        let store = SqliteStore::open(&folder)?;
        Ok((folder, store))
    };
    let (folder, store) = open().map_err(Failure::Refused)?;
    match command {
        Command::Serve(_) => Err(Failure::Broken(anyhow!("serve is elsewhere"))),
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
                extra: Map::new(),
            };
            let added = office::office_add(&store, new, platform::now())
                .await
                .map_err(Failure::Broken)?;
            line(out, format_args!("office: {}", added.id))
        }
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
        Command::Account(command) => account(&store, command, out).await,
        Command::Device(command) => device(&store, command, out).await,
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
        Command::Quarantine => quarantine(&store, out).await.map_err(Failure::Broken),
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

fn line(out: Out<'_>, text: std::fmt::Arguments<'_>) -> Result<(), Failure> {
    writeln!(out, "{text}").map_err(|e| Failure::Broken(e.into()))
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

async fn account(
    store: &SqliteStore,
    command: AccountCommand,
    out: Out<'_>,
) -> Result<(), Failure> {
    let password = password_read().map_err(Failure::Refused)?;
    match command {
        AccountCommand::Add {
            login,
            name,
            role,
            office,
            certificate,
        } => {
            let office = office::office_one(store, &office)
                .await
                .map_err(Failure::Refused)?;
            let new = NewPerson {
                login: login.clone(),
                name,
                role,
                certificate,
                password,
            };
            if !office::person_add(store, &office, new, platform::now())
                .await
                .map_err(Failure::Refused)?
            {
                return Err(Failure::Refused(anyhow!("the login {login} is taken")));
            }
            line(out, format_args!("added {login}"))
        }
        AccountCommand::Password { login } => {
            let verifier = secret::verifier(&password).map_err(Failure::Broken)?;
            if !store
                .account_verifier_set(&login, &verifier)
                .await
                .map_err(Failure::Broken)?
            {
                return Err(Failure::Refused(anyhow!("there is no login {login}")));
            }
            line(out, format_args!("changed {login}"))
        }
    }
}

fn password_read() -> Result<String> {
    let mut typed = String::new();
    std::io::stdin()
        .read_line(&mut typed)
        .context("cannot read the password from standard input")?;
    let password = typed.trim_end_matches(['\n', '\r']);
    anyhow::ensure!(!password.is_empty(), "give the password on standard input");
    anyhow::ensure!(
        password.len() <= PASSWORD_BYTES_MAX,
        "the password is too long"
    );
    Ok(password.to_owned())
}

async fn device(store: &SqliteStore, command: DeviceCommand, out: Out<'_>) -> Result<(), Failure> {
    match command {
        DeviceCommand::List => {
            for device in store.device_list().await.map_err(Failure::Broken)? {
                let state = device
                    .revoked
                    .map_or_else(|| "active".to_owned(), |at| format!("revoked {at}"));
                let (id, name, epoch) = (device.id, device.name, device.epoch);
                let (changes, quarantined, enrolled) =
                    (device.changes, device.quarantined, device.enrolled);
                line(
                    out,
                    format_args!(
                        "{id}  {name}  enrolled {enrolled}  epoch {epoch}  changes {changes}  quarantined {quarantined}  {state}"
                    ),
                )?;
            }
            Ok(())
        }
        DeviceCommand::Revoke { id } => {
            let device: DeviceId = id
                .parse()
                .map_err(|_| Failure::Refused(anyhow!("{id} is no device id")))?;
            if !store
                .device_revoke(device, platform::now())
                .await
                .map_err(Failure::Broken)?
            {
                return Err(Failure::Refused(anyhow!("there is no device {id}")));
            }
            line(out, format_args!("revoked {id}"))
        }
    }
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

async fn quarantine(store: &SqliteStore, out: Out<'_>) -> Result<(), Error> {
    for fact in store.quarantine_list().await? {
        let bytes = fact.raw.len();
        writeln!(
            out,
            "{}\t{}/{}/{}\t{}\t{bytes} bytes",
            fact.received, fact.device, fact.epoch, fact.seq, fact.reason
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
        bytes <= EDITION_BYTES_MAX,
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
