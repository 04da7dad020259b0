//! Who may sign in, and the offices they belong to.

use std::collections::BTreeMap;

use anyhow::Result;
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use uuid::Uuid;
use xunan_model::change::{Kind, Scope};
use xunan_model::id::{DeviceId, OfficeId, PersonId};
use xunan_model::record::canonical_digest;
use xunan_model::wire::{Account, Accounts};

use super::codec::Sql;
use super::fold;
use crate::store::OfficeFact;

pub(super) fn add(tx: &Transaction<'_>, account: &Account) -> Result<bool> {
    let added = tx.execute(
        "INSERT INTO account (login, person, name, role, office, verifier) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (login) DO NOTHING",
        params![
            account.login,
            Sql(account.person.0),
            account.name,
            account.role,
            Sql(account.office.0),
            account.verifier
        ],
    )?;
    Ok(added > 0)
}

pub(super) fn verifier_set(tx: &Transaction<'_>, login: &str, verifier: &str) -> Result<bool> {
    Ok(tx.execute(
        "UPDATE account SET verifier = ?2 WHERE login = ?1",
        [login, verifier],
    )? > 0)
}

pub(super) fn role_set(tx: &Transaction<'_>, login: &str, role: &str) -> Result<bool> {
    Ok(tx.execute(
        "UPDATE account SET role = ?2 WHERE login = ?1",
        [login, role],
    )? > 0)
}

pub(super) fn remove(tx: &Transaction<'_>, login: &str) -> Result<bool> {
    Ok(tx.execute("DELETE FROM account WHERE login = ?1", [login])? > 0)
}

/// Of all offices, by office and login.
pub(super) fn list(c: &Connection) -> Result<Vec<Account>> {
    let mut statement = c.prepare("SELECT DISTINCT office FROM account ORDER BY office")?;
    let offices = statement.query_map([], |row| row.get::<_, Sql<Uuid>>(0))?;
    let mut accounts = Vec::new();
    for office in offices {
        accounts.extend(for_office(c, OfficeId(office?.0))?.accounts);
    }
    Ok(accounts)
}

pub(super) fn for_office(c: &Connection, office: OfficeId) -> Result<Accounts> {
    let office_name = match fold::record(c, &Kind::Office, office.0)? {
        Some((_, row)) => row
            .fields
            .get("name")
            .and_then(|name| name.as_str())
            .unwrap_or_default()
            .to_owned(),
        None => String::new(),
    };
    let mut statement = c.prepare_cached(
        "SELECT login, person, name, role, verifier FROM account WHERE office = ?1 ORDER BY login",
    )?;
    let rows = statement.query_map([Sql(office.0)], |row| {
        Ok(Account {
            login: row.get(0)?,
            person: PersonId(row.get::<_, Sql<Uuid>>(1)?.0),
            name: row.get(2)?,
            role: row.get(3)?,
            office,
            office_name: office_name.clone(),
            verifier: row.get(4)?,
        })
    })?;
    let accounts: Vec<Account> = rows.collect::<rusqlite::Result<_>>()?;
    let mut statement = c.prepare_cached("SELECT id, name FROM device WHERE office = ?1")?;
    let rows = statement.query_map([Sql(office.0)], |row| {
        Ok((DeviceId(row.get::<_, Sql<Uuid>>(0)?.0), row.get(1)?))
    })?;
    let devices: BTreeMap<DeviceId, String> = rows.collect::<rusqlite::Result<_>>()?;
    Ok(Accounts {
        version: canonical_digest(&serde_json::to_value((&accounts, &devices))?),
        accounts,
        devices,
    })
}

pub(super) fn office_find(c: &Connection, wanted: &str) -> Result<Vec<OfficeFact>> {
    let fact = |row: &rusqlite::Row<'_>| {
        Ok(OfficeFact {
            id: OfficeId(row.get::<_, Sql<Uuid>>(0)?.0),
            name: row.get::<_, Option<String>>(1)?.unwrap_or_default(),
            scope: Scope(row.get(2)?),
        })
    };
    if let Ok(id) = wanted.parse::<Uuid>() {
        let sql =
            "SELECT id, fields ->> 'name', scope FROM record WHERE kind = 'office' AND id = ?1";
        return Ok(c
            .query_row(sql, [Sql(id)], fact)
            .optional()?
            .into_iter()
            .collect());
    }
    let mut statement = c.prepare(
        "SELECT id, fields ->> 'name', scope FROM record WHERE kind = 'office' AND fields ->> 'name' = ?1",
    )?;
    let rows = statement.query_map([wanted], fact)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
