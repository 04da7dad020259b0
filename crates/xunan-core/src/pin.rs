//! A PIN of six digits (开机 PIN): opens this laptop in the place of the password, and nothing else. A
//! station's people change places many times a day. Confirming a visit still asks for the password.

use anyhow::Result;
use argon2::{Argon2, PasswordHash, PasswordVerifier as _};
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use xunan_model::fault::{Code, Fault};
use xunan_model::wire::Account;

use crate::app::App;
use crate::install::Shared;
use crate::password;
use crate::store::{Origin, setting};

const DIGITS: usize = 6;
/// So many wrong ones in a row, also over restarts, and the PIN is gone: a million are soon tried.
const WRONG_MAX: u32 = 5;

#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    verifier: String,
    wrong: u32,
}

impl App {
    /// Sets the PIN of the person signed in, or takes it away.
    ///
    /// # Errors
    /// `wrong_password`; `pin_invalid` for anything but six digits that are not all alike or in a row.
    pub fn pin_set(&self, password: &str, pin: Option<&str>) -> Result<()> {
        let account = self.account();
        self.shared.tries.check(account, password)?;
        if pin.is_some_and(|pin| !is_pin(pin) || is_simple(pin)) {
            return Err(Fault::invalid("pin_invalid", "pin").into());
        }
        let kept = pin
            .map(|pin| -> Result<Kept> {
                let verifier = password::verifier(pin)?;
                Ok(Kept { verifier, wrong: 0 })
            })
            .transpose()?;
        keep(&self.shared, &account.login, kept.as_ref())
    }
}

/// Whether a person has a PIN on this laptop.
pub(crate) fn has(conn: &Connection, login: &str) -> Result<bool> {
    Ok(setting::get(conn, &key(login))?.is_some())
}

/// Whether what was typed is the person's PIN; what is none may be a password.
///
/// # Errors
/// `pin_off` with the last wrong one: from then on only the password opens.
pub(crate) fn opens(shared: &Shared, account: &Account, typed: &str) -> Result<bool> {
    let text = shared
        .store
        .read(|conn| setting::get(conn, &key(&account.login)))?;
    let Some(text) = text.filter(|_| is_pin(typed)) else {
        return Ok(false);
    };
    let mut kept: Kept = serde_json::from_str(&text)?;
    // Counted before it is looked at: ending the program in between gives no further try.
    kept.wrong += 1;
    let counted = Some(&kept).filter(|kept| kept.wrong < WRONG_MAX);
    keep(shared, &account.login, counted)?;
    let right = PasswordHash::new(&kept.verifier).is_ok_and(|hash| {
        Argon2::default()
            .verify_password(typed.as_bytes(), &hash)
            .is_ok()
    });
    if right {
        kept.wrong = 0;
        keep(shared, &account.login, Some(&kept))?;
        return Ok(true);
    }
    if kept.wrong >= WRONG_MAX {
        return Err(Fault::new(Code::Invalid, "pin_off").into());
    }
    Ok(false)
}

fn keep(shared: &Shared, login: &str, kept: Option<&Kept>) -> Result<()> {
    let text = kept.map(serde_json::to_string).transpose()?;
    shared.store.write(Origin::Remote, |tx| {
        setting::choose(tx.conn(), &key(login), text.as_deref())?;
        tx.note_kind("office");
        Ok(())
    })
}

fn key(login: &str) -> String {
    format!("pin/{login}")
}

fn is_pin(typed: &str) -> bool {
    typed.len() == DIGITS && typed.bytes().all(|digit| digit.is_ascii_digit())
}

/// 111111, 123456, 654321.
fn is_simple(pin: &str) -> bool {
    let steps: Vec<i16> = pin
        .as_bytes()
        .windows(2)
        .map(|pair| i16::from(pair[1]) - i16::from(pair[0]))
        .collect();
    [-1, 0, 1]
        .iter()
        .any(|step| steps.iter().all(|one| one == step))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_six_digits_that_are_not_guessed_first_are_a_pin() {
        assert!(is_pin("281940") && !is_pin("28194") && !is_pin("2819400") && !is_pin("28194a"));
        assert!(is_simple("111111") && is_simple("123456") && is_simple("654321"));
        assert!(!is_simple("112233") && !is_simple("281940"));
    }
}
