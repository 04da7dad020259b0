//! Laptops: how they are let in, what they may see, how they are shut out.

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use uuid::Uuid;
use xunan_model::change::{Kind, Scope};
use xunan_model::digest::Digest;
use xunan_model::id::{DeviceId, OfficeId, PersonId};

use super::apply::Rights;
use super::codec::Sql;
use super::fold;
use crate::platform;
use crate::store::{DeviceAuth, DeviceFact, EnrolledDevice, NewDevice, ScopeChange};

pub(super) fn code_add(
    tx: &Transaction<'_>,
    code_sha256: Digest,
    office: OfficeId,
    expires: DateTime<Utc>,
) -> Result<()> {
    tx.execute(
        "INSERT INTO enrol_code (sha256, office, expires) VALUES (?1, ?2, ?3)",
        params![
            Sql(code_sha256),
            Sql(office.0),
            expires.timestamp().to_string()
        ],
    )?;
    Ok(())
}

pub(super) fn enrol(
    tx: &Transaction<'_>,
    new: &NewDevice,
    now: DateTime<Utc>,
) -> Result<Option<EnrolledDevice>> {
    let code: Option<(Sql<Uuid>, String, Option<Sql<Uuid>>)> = tx
        .query_row(
            "SELECT office, expires, device FROM enrol_code WHERE sha256 = ?1",
            [Sql(new.code_sha256)],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )
        .optional()?;
    let Some((office, expires, used_by)) = code else {
        return Ok(None);
    };
    if expires.parse::<i64>()? < now.timestamp() {
        return Ok(None);
    }
    if let Some(device) = used_by {
        return enrol_again(tx, new, DeviceId(device.0));
    }
    let office = OfficeId(office.0);
    let (scope, _) = fold::record(tx, &Kind::Office, office.0)?
        .context("the office of an enrol code is not there")?;
    let device = DeviceId(platform::uuid());
    tx.execute(
        "INSERT INTO device (id, name, public_key, token_sha256, office, enrolled) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            Sql(device.0),
            new.name,
            new.public_key,
            Sql(new.token_sha256),
            Sql(office.0),
            now.to_rfc3339()
        ],
    )?;
    tx.execute(
        "INSERT INTO device_scope (device, place, scope) VALUES (?1, 0, ?2)",
        params![Sql(device.0), scope.0],
    )?;
    tx.execute(
        "UPDATE enrol_code SET device = ?2 WHERE sha256 = ?1",
        params![Sql(new.code_sha256), Sql(device.0)],
    )?;
    Ok(Some(EnrolledDevice {
        device,
        office,
        scopes: vec![scope],
    }))
}

/// The reply to the first enrolment was lost: the laptop with the same key gets a new token, as
/// long as the first one was never used.
fn enrol_again(
    tx: &Transaction<'_>,
    new: &NewDevice,
    device: DeviceId,
) -> Result<Option<EnrolledDevice>> {
    let changed = tx.execute(
        "UPDATE device SET token_sha256 = ?3, name = ?4
          WHERE id = ?1 AND public_key = ?2 AND seen IS NULL AND revoked IS NULL",
        params![
            Sql(device.0),
            new.public_key,
            Sql(new.token_sha256),
            new.name
        ],
    )?;
    if changed == 0 {
        return Ok(None);
    }
    let office = tx.query_row(
        "SELECT office FROM device WHERE id = ?1",
        [Sql(device.0)],
        |row| row.get(0),
    )?;
    let Sql(office) = office;
    Ok(Some(EnrolledDevice {
        device,
        office: OfficeId(office),
        scopes: scopes(tx, device)?,
    }))
}

pub(super) fn by_token(c: &Connection, token_sha256: Digest) -> Result<Option<DeviceAuth>> {
    let found = c
        .prepare_cached(
            "SELECT id, office, revoked IS NOT NULL FROM device WHERE token_sha256 = ?1",
        )?
        .query_row([Sql(token_sha256)], |row| {
            let (Sql(device), Sql(office)): (Sql<Uuid>, Sql<Uuid>) = (row.get(0)?, row.get(1)?);
            Ok(DeviceAuth {
                device: DeviceId(device),
                office: OfficeId(office),
                revoked: row.get(2)?,
            })
        })
        .optional()?;
    Ok(found)
}

/// The device's epoch and what it may write.
pub(super) fn rights(tx: &Connection, device: DeviceId) -> Result<(u32, Rights)> {
    let (epoch, revoked, office): (u32, bool, String) = tx.query_row(
        "SELECT epoch, revoked IS NOT NULL, office FROM device WHERE id = ?1",
        [Sql(device.0)],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )?;
    let mut statement = tx.prepare_cached("SELECT person FROM account WHERE office = ?1")?;
    let authors =
        statement.query_map([office], |row| Ok(PersonId(row.get::<_, Sql<Uuid>>(0)?.0)))?;
    let authors = authors.collect::<rusqlite::Result<_>>()?;
    Ok((
        epoch,
        Rights {
            revoked,
            scopes: scopes(tx, device)?,
            authors,
        },
    ))
}

/// The token was used: the enrol code is spent for good.
pub(super) fn seen(tx: &Connection, device: DeviceId, now: DateTime<Utc>) -> Result<()> {
    tx.prepare_cached("UPDATE device SET seen = ?2 WHERE id = ?1 AND seen IS NULL")?
        .execute(params![Sql(device.0), now.to_rfc3339()])?;
    Ok(())
}

pub(super) fn scopes(c: &Connection, device: DeviceId) -> Result<Vec<Scope>> {
    let mut statement =
        c.prepare_cached("SELECT scope FROM device_scope WHERE device = ?1 ORDER BY place")?;
    let scopes = statement.query_map([Sql(device.0)], |row| row.get(0).map(Scope))?;
    Ok(scopes.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn revoke(tx: &Transaction<'_>, device: DeviceId, now: DateTime<Utc>) -> Result<bool> {
    // The server's own device has no token and cannot be revoked.
    let changed = tx.execute(
        "UPDATE device SET revoked = coalesce(revoked, ?2) WHERE id = ?1 AND token_sha256 IS NOT NULL",
        params![Sql(device.0), now.to_rfc3339()],
    )?;
    Ok(changed > 0)
}

/// `false` when there is no such laptop. Its new name travels to the laptops of its office.
pub(super) fn rename(tx: &Transaction<'_>, device: DeviceId, name: &str) -> Result<bool> {
    let changed = tx.execute(
        "UPDATE device SET name = ?2 WHERE id = ?1 AND token_sha256 IS NOT NULL",
        params![Sql(device.0), name],
    )?;
    Ok(changed > 0)
}

fn is_laptop(tx: &Connection, device: DeviceId) -> Result<bool> {
    Ok(tx.query_row(
        "SELECT EXISTS (SELECT 1 FROM device WHERE id = ?1 AND token_sha256 IS NOT NULL)",
        [Sql(device.0)],
        |row| row.get(0),
    )?)
}

pub(super) fn scope_add(
    tx: &Transaction<'_>,
    device: DeviceId,
    scope: &Scope,
) -> Result<ScopeChange> {
    if !is_laptop(tx, device)? {
        return Ok(ScopeChange::NoDevice);
    }
    let added = tx.execute(
        "INSERT INTO device_scope (device, place, scope)
         SELECT ?1, coalesce(max(place), -1) + 1, ?2 FROM device_scope WHERE device = ?1
         ON CONFLICT DO NOTHING",
        params![Sql(device.0), scope.0],
    )?;
    Ok(if added > 0 {
        ScopeChange::Done
    } else {
        ScopeChange::Nothing
    })
}

pub(super) fn scope_remove(
    tx: &Transaction<'_>,
    device: DeviceId,
    scope: &Scope,
) -> Result<ScopeChange> {
    if !is_laptop(tx, device)? {
        return Ok(ScopeChange::NoDevice);
    }
    if scopes(tx, device)?.first() == Some(scope) {
        return Ok(ScopeChange::Own);
    }
    let removed = tx.execute(
        "DELETE FROM device_scope WHERE device = ?1 AND scope = ?2 AND place > 0",
        params![Sql(device.0), scope.0],
    )?;
    Ok(if removed > 0 {
        ScopeChange::Done
    } else {
        ScopeChange::Nothing
    })
}

pub(super) fn list(c: &Connection) -> Result<Vec<DeviceFact>> {
    let mut statement = c.prepare(
        "SELECT id, name, office, epoch, enrolled, revoked,
                (SELECT count(*) FROM change WHERE device = device.id),
                (SELECT count(*) FROM quarantine WHERE device = device.id)
           FROM device WHERE token_sha256 IS NOT NULL ORDER BY enrolled, id",
    )?;
    let rows = statement.query_map([], |row| {
        Ok(DeviceFact {
            id: DeviceId(row.get::<_, Sql<Uuid>>(0)?.0),
            name: row.get(1)?,
            office: OfficeId(row.get::<_, Sql<Uuid>>(2)?.0),
            epoch: row.get(3)?,
            enrolled: row.get(4)?,
            revoked: row.get(5)?,
            changes: row.get(6)?,
            quarantined: row.get(7)?,
            scopes: Vec::new(),
        })
    })?;
    let mut devices: Vec<DeviceFact> = rows.collect::<rusqlite::Result<_>>()?;
    for device in &mut devices {
        device.scopes = scopes(c, device.id)?;
    }
    Ok(devices)
}
