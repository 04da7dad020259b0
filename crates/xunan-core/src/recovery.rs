//! The recovery code: opens a laptop whose password is forgotten, and a backup on another laptop.
//!
//! One code per laptop, shown once, written down on paper. Kept is what Argon2id makes of it: the
//! key of the backups, from which the code cannot be found. Made anew, the code before opens only
//! the backups that were made under it.

mod code;

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use xunan_model::digest::Digest;
use xunan_model::fault::{Code, Fault, check_length};
use xunan_model::wire::Account;

use crate::app::App;
use crate::install::{Install, Shared, accounts};
use crate::password;
use crate::platform;
use crate::store::{Origin, log, setting};
pub(crate) use code::RecoveryCode;

/// The shortest password that may be chosen on a laptop, in characters.
const PASSWORD_CHARS_MIN: usize = 8;
/// The longest.
const PASSWORD_CHARS_MAX: usize = 100;

/// What is kept of the code.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Recovery {
    /// Random bytes that belong to this code; no secret.
    pub(crate) salt: Digest,
    /// The key that follows from code and salt.
    pub(crate) key: Digest,
}

impl Recovery {
    /// Another code under another salt.
    fn of(code: &RecoveryCode) -> Result<Self> {
        let salt = Digest(platform::random()?);
        let key = code.key(salt)?;
        Ok(Self { salt, key })
    }
}

/// What is kept of the code; `None` when there is none yet.
pub(crate) fn kept(conn: &Connection) -> Result<Option<Recovery>> {
    let text = setting::get(conn, setting::RECOVERY)?;
    Ok(text.map(|text| serde_json::from_str(&text)).transpose()?)
}

/// A password that was set on this laptop with the recovery code. It counts until the office gives
/// the person another one.
#[derive(Debug, Serialize, Deserialize)]
struct LocalPassword {
    /// The verifier that the server had given; another one ends this password.
    server: String,
    verifier: String,
}

/// Puts the passwords that were set here in the place of those that they replace.
pub(crate) fn apply_local(conn: &Connection, accounts: &mut [Account]) -> Result<()> {
    let local = local_passwords(conn)?;
    for account in accounts {
        if let Some(set) = local.get(&account.login)
            && set.server == account.verifier
        {
            account.verifier.clone_from(&set.verifier);
        }
    }
    Ok(())
}

fn local_passwords(conn: &Connection) -> Result<BTreeMap<String, LocalPassword>> {
    let text = setting::get(conn, setting::LOCAL_PASSWORDS)?;
    let read = text.map(|text| serde_json::from_str(&text)).transpose()?;
    Ok(read.unwrap_or_default())
}

/// Sets a person's password on this laptop.
fn set_local(shared: &Shared, login: &str, password: &str) -> Result<()> {
    let verifier = password::verifier(password)?;
    shared.store.write(Origin::Remote, |tx| {
        let server: String = tx
            .conn()
            .query_row(
                "SELECT body ->> '$.verifier' FROM account WHERE login = ?1",
                [login],
                |row| row.get(0),
            )
            .context("an account that is not here")?;
        let mut local = local_passwords(tx.conn())?;
        local.insert(login.to_owned(), LocalPassword { server, verifier });
        let text = serde_json::to_string(&local)?;
        setting::put(tx.conn(), setting::LOCAL_PASSWORDS, &text)
    })
}

impl Install {
    /// Makes the laptop's first recovery code and shows it; it counts once [`Install::recovery_keep`]
    /// has heard it. A laptop that has one needs [`App::recovery_make`].
    ///
    /// # Errors
    /// `recovery_code_there`, or when nobody has enrolled the laptop yet.
    pub fn recovery_make(&self) -> Result<String> {
        let (enrolled, there) = self
            .shared
            .store
            .read(|conn| Ok((log::device(conn)?.is_some(), kept(conn)?.is_some())))?;
        anyhow::ensure!(enrolled, "the laptop is not enrolled");
        if there {
            return Err(Fault::new(Code::Conflict, "recovery_code_there").into());
        }
        shown(&self.shared)
    }

    /// The person has written the code down and types it: from now on it counts.
    ///
    /// # Errors
    /// `recovery_code_differs` and what [`RecoveryCode::read`] says; `recovery_code_gone` when none
    /// was shown since the start. Nothing is changed then.
    pub fn recovery_keep(&self, typed: &str) -> Result<()> {
        check_length(typed, 100, "code")?;
        let typed = RecoveryCode::read(typed)?;
        let shown = self.shared.recovery_shown().clone();
        let shown = shown.ok_or_else(|| Fault::new(Code::Conflict, "recovery_code_gone"))?;
        if shown != typed {
            return Err(Fault::invalid("recovery_code_differs", "code").into());
        }
        let text = serde_json::to_string(&Recovery::of(&shown)?)?;
        self.shared.store.write(Origin::Remote, |tx| {
            setting::put(tx.conn(), setting::RECOVERY, &text)?;
            tx.note_kind("backup");
            Ok(())
        })?;
        *self.shared.recovery_shown() = None;
        Ok(())
    }

    /// Opens the laptop with its recovery code for a person who has forgotten the password, and
    /// sets a new one, which counts on this laptop until the office gives the person another.
    ///
    /// # Errors
    /// `recovery_code_none`, `recovery_code_wrong` with the `seconds` until the next try is looked at, what
    /// [`RecoveryCode::read`] says, `password_short`, `login_unknown`. Nothing is changed then.
    pub fn recover(&self, login: &str, code: &str, password: &str) -> Result<App> {
        check_length(code, 100, "code")?;
        check_length(password, PASSWORD_CHARS_MAX, "password")?;
        if password.chars().count() < PASSWORD_CHARS_MIN {
            let told = Fault::invalid("password_short", "password");
            return Err(told.with("min", PASSWORD_CHARS_MIN).into());
        }
        let code = RecoveryCode::read(code)?;
        let (kept, known) = self.shared.store.read(|conn| {
            let known = accounts(conn)?.iter().any(|account| account.login == login);
            Ok((kept(conn)?, known))
        })?;
        let kept = kept.ok_or_else(|| Fault::invalid("recovery_code_none", "code"))?;
        if !known {
            return Err(Fault::invalid("login_unknown", "login").into());
        }
        let wrong = Fault::invalid("recovery_code_wrong", "code");
        self.shared.tries.guard("recovery code", wrong, || {
            Ok((code.key(kept.salt)? == kept.key).then_some(()))
        })?;
        set_local(&self.shared, login, password)?;
        self.shared.tries.forgive(login);
        self.unlock(login, password)
    }
}

impl App {
    /// Makes another recovery code and shows it; it counts once [`Install::recovery_keep`] has heard
    /// it.
    ///
    /// # Errors
    /// `wrong_password`.
    pub fn recovery_make(&self, password: &str) -> Result<String> {
        self.shared.tries.check(self.account(), password)?;
        shown(&self.shared)
    }
}

fn shown(shared: &Shared) -> Result<String> {
    let code = RecoveryCode::make()?;
    let text = code.shown();
    *shared.recovery_shown() = Some(code);
    Ok(text)
}

#[cfg(test)]
mod tests;
