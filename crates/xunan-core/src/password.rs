//! Checking a password, and slowing down who guesses.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use argon2::{Argon2, PasswordHash, PasswordVerifier};
use xunan_model::fault::Fault;
use xunan_model::wire::Account;

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
        let now = Instant::now();
        let mut tries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (wrong, last) = tries.get(&account.login).copied().unwrap_or((0, now));
        let left = pause(wrong).saturating_sub(now.saturating_duration_since(last));
        if wrong > 0 && !left.is_zero() {
            return Err(refused(left).into());
        }
        let verifier = PasswordHash::new(&account.verifier)
            .ok()
            .context("an account without a password")?;
        if Argon2::default()
            .verify_password(password.as_bytes(), &verifier)
            .is_err()
        {
            tries.insert(account.login.clone(), (wrong + 1, now));
            return Err(refused(pause(wrong + 1)).into());
        }
        tries.remove(&account.login);
        Ok(())
    }
}

fn refused(left: Duration) -> Fault {
    // A second that has begun counts: nobody is told to wait for nothing.
    let seconds = left.as_secs() + u64::from(left.subsec_nanos() > 0);
    Fault::invalid("wrong_password", "password").with("seconds", seconds)
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
}
