//! Checking a password, and slowing down who guesses.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use argon2::password_hash::phc;
use argon2::{Argon2, PasswordHash, PasswordHasher as _, PasswordVerifier};
use xunan_model::fault::Fault;
use xunan_model::wire::Account;

use crate::platform;

/// So many wrong passwords in a row cost no pause: cold fingers slip.
const FREE: u32 = 5;
/// The longest pause.
const PAUSE_MAX_S: u64 = 60;

/// Wrong passwords of each account since the last right one, until the program ends.
#[derive(Debug, Default)]
pub(crate) struct Tries(Mutex<BTreeMap<String, (u32, Instant)>>);

impl Tries {
    /// Checks the password of an account.
    ///
    /// # Errors
    /// `wrong_password` with the `seconds` until the next try is looked at.
    pub(crate) fn check(&self, account: &Account, password: &str) -> Result<()> {
        let wrong = Fault::invalid("wrong_password", "password");
        self.guard(&account.login, wrong, || {
            let verifier = PasswordHash::new(&account.verifier)
                .ok()
                .context("an account without a password")?;
            let verified = Argon2::default().verify_password(password.as_bytes(), &verifier);
            Ok(verified.is_ok().then_some(()))
        })
    }

    /// Looks at what somebody knows, `None` when it is wrong; after wrong ones under the same name
    /// only when the pause is over.
    ///
    /// # Errors
    /// `wrong` with the `seconds` until the next try is looked at, or what `look` says.
    pub(crate) fn guard<T>(
        &self,
        name: &str,
        wrong: Fault,
        look: impl FnOnce() -> Result<Option<T>>,
    ) -> Result<T> {
        let now = Instant::now();
        let mut tries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (count, last) = tries.get(name).copied().unwrap_or((0, now));
        let left = pause(count).saturating_sub(now.saturating_duration_since(last));
        if count > 0 && !left.is_zero() {
            return Err(refused(wrong, left).into());
        }
        let Some(known) = look()? else {
            tries.insert(name.to_owned(), (count + 1, now));
            return Err(refused(wrong, pause(count + 1)).into());
        };
        tries.remove(name);
        Ok(known)
    }

    /// Somebody has shown by other means that nobody is guessing.
    pub(crate) fn forgive(&self, name: &str) {
        let mut tries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tries.remove(name);
    }
}

/// What is kept of a new password of this laptop.
pub(crate) fn verifier(password: &str) -> Result<String> {
    let salt: [u8; 16] = platform::random()?;
    let verifier: phc::PasswordHash = Argon2::default()
        .hash_password_with_salt(password.as_bytes(), &salt)
        .map_err(|error| anyhow::anyhow!("a password cannot be kept: {error}"))?;
    Ok(verifier.to_string())
}

fn refused(wrong: Fault, left: Duration) -> Fault {
    // A second that has begun counts: nobody is told to wait for nothing.
    let seconds = left.as_secs() + u64::from(left.subsec_nanos() > 0);
    wrong.with("seconds", seconds)
}

/// How long to wait after so many wrong ones in a row.
fn pause(wrong: u32) -> Duration {
    let doubled = wrong.checked_sub(FREE).map_or(0, |more| 1 << more.min(10));
    Duration::from_secs(doubled.min(PAUSE_MAX_S))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_cost_nothing_and_guessing_costs_a_minute() {
        let seconds = |wrong| pause(wrong).as_secs();
        assert_eq!((seconds(0), seconds(4), seconds(5)), (0, 0, 1));
        assert_eq!((seconds(8), seconds(11), seconds(4_000)), (8, 60, 60));
    }

    #[test]
    fn after_five_wrong_ones_the_right_one_waits_too() {
        let tries = Tries::default();
        let wrong = || Fault::invalid("recovery_code_wrong", "code");
        for _ in 0..FREE {
            assert!(tries.guard::<()>("x", wrong(), || Ok(None)).is_err());
        }
        let told = tries.guard("x", wrong(), || Ok(Some(()))).unwrap_err();
        let told = told.downcast_ref::<Fault>().unwrap();
        assert_eq!(
            (told.key, told.params["seconds"].as_str()),
            ("recovery_code_wrong", "1")
        );
        assert!(tries.guard("y", wrong(), || Ok(Some(()))).is_ok());
    }
}
