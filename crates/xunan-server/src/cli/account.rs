//! `account`.

use anyhow::{Context as _, Result, anyhow, ensure};

use super::admin::{Out, line};
use super::{AccountCommand, Failure};
use crate::office::{self, NewPerson};
use crate::store::{SqliteStore, Store as _};
use crate::{platform, secret};

const PASSWORD_BYTES_MAX: usize = 1_000;

pub(super) async fn run(
    store: &SqliteStore,
    command: AccountCommand,
    out: Out<'_>,
) -> Result<(), Failure> {
    let known = |done: bool, login: &str| {
        if done {
            Ok(())
        } else {
            Err(Failure::Refused(anyhow!("there is no login {login}")))
        }
    };
    match command {
        AccountCommand::Add {
            login,
            name,
            role,
            office,
            certificate,
        } => {
            let password = password_read().map_err(Failure::Refused)?;
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
            let password = password_read().map_err(Failure::Refused)?;
            let verifier = secret::verifier(&password).map_err(Failure::Broken)?;
            let done = store
                .account_verifier_set(&login, &verifier)
                .await
                .map_err(Failure::Broken)?;
            known(done, &login)?;
            line(out, format_args!("changed {login}"))
        }
        AccountCommand::List => {
            for account in store.account_list().await.map_err(Failure::Broken)? {
                line(
                    out,
                    format_args!(
                        "{}\t{}\t{}\t{}",
                        account.login, account.name, account.role, account.office_name
                    ),
                )?;
            }
            Ok(())
        }
        AccountCommand::Remove { login } => {
            let done = office::person_remove(store, &login, platform::now())
                .await
                .map_err(Failure::Broken)?;
            known(done, &login)?;
            line(
                out,
                format_args!(
                    "removed {login}; a laptop lets it in until it has synchronised once more"
                ),
            )
        }
        AccountCommand::Role { login, role } => {
            let done = office::person_role_set(store, &login, &role, platform::now())
                .await
                .map_err(Failure::Broken)?;
            known(done, &login)?;
            line(out, format_args!("{login} is {role} now"))
        }
    }
}

fn password_read() -> Result<String> {
    let mut typed = String::new();
    std::io::stdin()
        .read_line(&mut typed)
        .context("cannot read the password from standard input")?;
    let password = typed.trim_end_matches(['\n', '\r']);
    ensure!(!password.is_empty(), "give the password on standard input");
    ensure!(
        password.len() <= PASSWORD_BYTES_MAX,
        "the password is too long"
    );
    Ok(password.to_owned())
}
