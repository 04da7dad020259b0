//! Making a laptop one of an office.

use std::sync::Arc;

use anyhow::{Context, Result};
use ed25519_dalek::{Signer, SigningKey};
use xunan_model::digest::Digest;
use xunan_model::fault::{Code, Fault, check_length};
use xunan_model::wire::{Accounts, Enrol, Enrolled, PROTOCOL, enrol_proof};

use crate::install::Shared;
use crate::platform;
use crate::store::{Origin, Tx, evict, log, setting};
use crate::sync::http::{TypedCode, enrol as enrol_with};

pub(crate) async fn enrol(shared: &Arc<Shared>, url: &str, code: &str, name: &str) -> Result<()> {
    check_length(name, 100, "name")?;
    check_length(code, 100, "code")?;
    if shared.store.read(|conn| Ok(log::device(conn)?.is_some()))? {
        return Err(Fault::new(Code::Conflict, "already_enrolled").into());
    }
    let url = url.trim().trim_end_matches('/');
    let typed = TypedCode::read(code);
    let secret = secret_key(shared)?;
    let key = SigningKey::from_bytes(&secret);
    let public_key = hex(key.verifying_key().as_bytes());
    let proof = hex(&key.sign(&enrol_proof(&typed.code, &public_key)).to_bytes());
    let request = Enrol {
        protocol: PROTOCOL,
        code: typed.code.clone(),
        name: name.trim().to_owned(),
        public_key,
        proof,
    };
    let enrolled = enrol_with(url, &typed, &request).await?;
    shared
        .store
        .write(Origin::Remote, |tx| keep(tx, &enrolled, url, name))
}

/// The laptop's key, made once: when the reply to an enrolment is lost, the same code is good again
/// for the same key only.
fn secret_key(shared: &Shared) -> Result<[u8; 32]> {
    let kept = shared
        .store
        .read(|conn| setting::get(conn, setting::SECRET_KEY))?;
    if let Some(digest) = kept.as_deref().and_then(Digest::parse) {
        return Ok(digest.0);
    }
    let secret: [u8; 32] = platform::random()?;
    shared.store.write(Origin::Remote, |tx| {
        setting::put(tx.conn(), setting::SECRET_KEY, &hex(&secret))
    })?;
    Ok(secret)
}

pub(crate) fn keep(tx: &mut Tx<'_>, enrolled: &Enrolled, url: &str, name: &str) -> Result<()> {
    let conn = tx.conn();
    log::enrol(conn, enrolled.device, enrolled.server_time).context("already enrolled")?;
    setting::put(conn, setting::SERVER_URL, url)?;
    setting::put(conn, setting::DEVICE_NAME, name.trim())?;
    setting::put(conn, setting::TOKEN, &enrolled.token)?;
    if let Some(pin) = enrolled.pin {
        setting::put(conn, setting::SERVER_PIN, &pin.0.to_string())?;
    }
    setting::put(conn, setting::OFFICE, &enrolled.office.to_string())?;
    keep_scopes(tx, &enrolled.scopes)?;
    keep_accounts(tx, &enrolled.accounts)
}

/// The server says what this laptop may see. What belongs to a scope that is gone leaves the laptop
/// (it is never deleted: the server has it); a scope that returns is pulled from the start.
pub(crate) fn keep_scopes(tx: &mut Tx<'_>, scopes: &[xunan_model::change::Scope]) -> Result<()> {
    let names = serde_json::to_string(scopes)?;
    let gone: Vec<String> = tx
        .conn()
        .prepare("SELECT scope FROM scope WHERE scope NOT IN (SELECT value FROM json_each(?1))")?
        .query_map([&names], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    for scope in &gone {
        for (kind, id) in evict::scope_gone(tx.conn(), scope)? {
            tx.note(&kind, id);
        }
    }
    let returned: Vec<String> = tx
        .conn()
        .prepare("SELECT scope FROM evicted WHERE scope IN (SELECT value FROM json_each(?1))")?
        .query_map([&names], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    for scope in &returned {
        for (kind, id) in evict::scope_returned(tx.conn(), scope)? {
            tx.note(&kind, id);
        }
    }
    for (place, scope) in scopes.iter().enumerate() {
        tx.conn().execute(
            "INSERT INTO scope (scope, place, server_epoch, n, count, digest) VALUES (?1, ?2, 0, 0, 0, ?3)
             ON CONFLICT (scope) DO UPDATE SET place = excluded.place",
            rusqlite::params![scope.0, place, xunan_model::digest::Digest::ZERO.to_string()],
        )?;
    }
    tx.note_kind("sync");
    Ok(())
}

/// The server says who may sign in.
pub(crate) fn keep_accounts(tx: &mut Tx<'_>, accounts: &Accounts) -> Result<()> {
    let conn = tx.conn();
    conn.execute("DELETE FROM account", [])?;
    for account in &accounts.accounts {
        conn.execute(
            "INSERT INTO account (login, body) VALUES (?1, ?2)",
            rusqlite::params![account.login, serde_json::to_string(account)?],
        )?;
    }
    let devices = serde_json::to_string(&accounts.devices)?;
    setting::put(conn, setting::DEVICES, &devices)?;
    setting::put(
        conn,
        setting::ACCOUNTS_VERSION,
        &accounts.version.to_string(),
    )?;
    tx.note_kind("person");
    Ok(())
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
