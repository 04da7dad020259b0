//! `device`.

use anyhow::anyhow;
use xunan_model::id::DeviceId;

use super::admin::{Out, line};
use super::{DeviceCommand, Failure, ScopeCommand};
use crate::store::{DeviceFact, OfficeFact, ScopeChange, SqliteStore, Store as _};
use crate::{office, platform};

const NAME_CHARS_MAX: usize = 100;

pub(super) async fn run(
    store: &SqliteStore,
    command: DeviceCommand,
    out: Out<'_>,
) -> Result<(), Failure> {
    match command {
        DeviceCommand::List => {
            for device in store.device_list().await.map_err(Failure::Broken)? {
                list_one(&device, out)?;
            }
            Ok(())
        }
        DeviceCommand::Rename { id, name } => {
            let device = device_id(&id)?;
            let name = name.trim();
            if name.is_empty() || name.chars().count() > NAME_CHARS_MAX {
                return Err(Failure::Refused(anyhow!(
                    "the name must have 1 to {NAME_CHARS_MAX} characters"
                )));
            }
            known(store.device_rename(device, name).await, &id)?;
            line(out, format_args!("{id} is called {name} now"))
        }
        DeviceCommand::Revoke { id } => {
            let device = device_id(&id)?;
            known(store.device_revoke(device, platform::now()).await, &id)?;
            line(out, format_args!("revoked {id}"))
        }
        DeviceCommand::Scope(ScopeCommand::Add { id, office }) => {
            let device = device_id(&id)?;
            let office = office_meant(store, &office).await?;
            let (scope, name) = (&office.scope, &office.name);
            match store.device_scope_add(device, scope).await {
                Ok(ScopeChange::Done) => {
                    line(out, format_args!("{id} sees {scope} of {name} from now on"))
                }
                Ok(ScopeChange::Nothing | ScopeChange::Own) => {
                    line(out, format_args!("{id} sees {scope} already"))
                }
                Ok(ScopeChange::NoDevice) => Err(unknown(&id)),
                Err(e) => Err(Failure::Broken(e)),
            }
        }
        DeviceCommand::Scope(ScopeCommand::Remove { id, office }) => {
            let device = device_id(&id)?;
            let office = office_meant(store, &office).await?;
            let scope = &office.scope;
            match store.device_scope_remove(device, scope).await {
                Ok(ScopeChange::Done) => {
                    line(out, format_args!("{id} does not see {scope} any more"))
                }
                Ok(ScopeChange::Nothing) => line(out, format_args!("{id} did not see {scope}")),
                Ok(ScopeChange::Own) => Err(Failure::Refused(anyhow!(
                    "{scope} is the laptop's own scope, where its changes go; to shut it out: device revoke {id}"
                ))),
                Ok(ScopeChange::NoDevice) => Err(unknown(&id)),
                Err(e) => Err(Failure::Broken(e)),
            }
        }
    }
}

fn list_one(device: &DeviceFact, out: Out<'_>) -> Result<(), Failure> {
    let state = match &device.revoked {
        Some(at) => format!("REVOKED {at}"),
        None => "active".to_owned(),
    };
    let scopes: Vec<&str> = device.scopes.iter().map(|scope| scope.0.as_str()).collect();
    line(
        out,
        format_args!(
            "{}  {}  enrolled {}  epoch {}  changes {}  quarantined {}  scopes {}  {state}",
            device.id,
            device.name,
            device.enrolled,
            device.epoch,
            device.changes,
            device.quarantined,
            scopes.join(",")
        ),
    )
}

pub(super) fn device_id(id: &str) -> Result<DeviceId, Failure> {
    id.parse()
        .map_err(|_| Failure::Refused(anyhow!("{id} is no device id; `device list` shows them")))
}

async fn office_meant(store: &SqliteStore, name_or_id: &str) -> Result<OfficeFact, Failure> {
    office::office_one(store, name_or_id)
        .await
        .map_err(Failure::Refused)
}

fn known(done: anyhow::Result<bool>, id: &str) -> Result<(), Failure> {
    if done.map_err(Failure::Broken)? {
        Ok(())
    } else {
        Err(unknown(id))
    }
}

fn unknown(id: &str) -> Failure {
    Failure::Refused(anyhow!("there is no device {id}"))
}
