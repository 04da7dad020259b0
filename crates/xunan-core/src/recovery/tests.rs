//! A forgotten password in the field, on a real installation.

use xunan_model::digest::Digest;
use xunan_model::fault::Fault;
use xunan_model::id::{DeviceId, OfficeId, PersonId};
use xunan_model::wire::{Account, Accounts};

use super::*;
use crate::Config;
use crate::enrol::keep_accounts;

fn account(password: &str) -> Account {
    Account {
        login: "jia".to_owned(),
        person: PersonId(uuid::Uuid::from_u128(1)),
        name: "示例甲".to_owned(),
        role: "inspector".to_owned(),
        office: OfficeId(uuid::Uuid::from_u128(2)),
        office_name: String::new(),
        verifier: password::verifier(password).unwrap(),
    }
}

fn told_by_the_server(install: &Install, account: Account) {
    let accounts = Accounts {
        version: Digest::of(account.verifier.as_bytes()),
        accounts: vec![account],
        devices: BTreeMap::new(),
    };
    let kept = install
        .shared
        .store
        .write(Origin::Remote, |tx| keep_accounts(tx, &accounts));
    kept.unwrap();
}

/// A laptop of an office that no server is asked for.
fn laptop() -> (tempfile::TempDir, Install) {
    let folder = tempfile::tempdir().unwrap();
    let config = Config {
        folder: folder.path().join("laptop"),
        server_url: None,
    };
    let install = Install::open(config).unwrap();
    let enrolled = install.shared.store.write(Origin::Remote, |tx| {
        let device = DeviceId(uuid::Uuid::from_u128(3));
        log::enrol(tx.conn(), device, chrono::DateTime::UNIX_EPOCH)?;
        crate::enrol::keep_scopes(tx, &[xunan_model::change::Scope("s".to_owned())])
    });
    enrolled.unwrap();
    told_by_the_server(&install, account("old password"));
    (folder, install)
}

fn key_of<T: std::fmt::Debug>(told: Result<T>) -> &'static str {
    told.unwrap_err().downcast_ref::<Fault>().unwrap().key
}

#[test]
fn the_code_opens_the_laptop_and_the_new_password_counts_until_the_office_gives_another() {
    let (_folder, install) = laptop();
    assert!(!install.status().unwrap().recovery);
    let code = install.recovery_make().unwrap();
    assert!(
        !install.status().unwrap().recovery,
        "not before it was typed back"
    );
    let other = RecoveryCode::make().unwrap().shown();
    assert_eq!(
        key_of(install.recovery_keep(&other)),
        "recovery_code_differs"
    );
    install.recovery_keep(&code.to_lowercase()).unwrap();
    assert!(install.status().unwrap().recovery);
    assert_eq!(key_of(install.recovery_make()), "recovery_code_there");

    // Locked out by guessing, the person takes the paper.
    for _ in 0..6 {
        assert_eq!(key_of(install.unlock("jia", "guess")), "wrong_password");
    }
    assert_eq!(
        key_of(install.recover("jia", &code, "short")),
        "password_short"
    );
    assert_eq!(
        key_of(install.recover("yi", &code, "new password")),
        "login_unknown"
    );
    let app = install.recover("jia", &code, "new password").unwrap();
    assert_eq!(app.signed_in().name, "示例甲");
    assert!(install.unlock("jia", "new password").is_ok());
    assert_eq!(
        key_of(install.unlock("jia", "old password")),
        "wrong_password"
    );

    // The office adds a colleague: the person keeps the password. It gives another: that one counts.
    let kept = install.shared.store.read(|conn| {
        let body: String = conn.query_row("SELECT body FROM account", [], |row| row.get(0))?;
        Ok(serde_json::from_str::<Account>(&body)?)
    });
    told_by_the_server(&install, kept.unwrap());
    assert!(install.unlock("jia", "new password").is_ok());
    told_by_the_server(&install, account("from the office"));
    assert!(install.unlock("jia", "from the office").is_ok());
    assert_eq!(
        key_of(install.unlock("jia", "new password")),
        "wrong_password"
    );
}

#[test]
fn guessing_codes_is_slowed_down_and_changes_nothing() {
    let (_folder, install) = laptop();
    let code = install.recovery_make().unwrap();
    install.recovery_keep(&code).unwrap();
    for _ in 0..5 {
        let guess = RecoveryCode::make().unwrap().shown();
        let told = install.recover("jia", &guess, "new password");
        assert_eq!(key_of(told), "recovery_code_wrong");
    }
    let told = install.recover("jia", &code, "new password").unwrap_err();
    let told = told.downcast_ref::<Fault>().unwrap();
    assert_eq!(told.params["seconds"], "1");
    assert!(install.unlock("jia", "old password").is_ok());
}

#[test]
fn another_code_needs_the_password_and_ends_the_one_before() {
    let (_folder, install) = laptop();
    let first = install.recovery_make().unwrap();
    install.recovery_keep(&first).unwrap();
    let app = install.unlock("jia", "old password").unwrap();
    assert_eq!(key_of(app.recovery_make("guess")), "wrong_password");
    let second = app.recovery_make("old password").unwrap();
    install.recovery_keep(&second).unwrap();
    assert_eq!(key_of(install.recovery_keep(&second)), "recovery_code_gone");
    let told = install.recover("jia", &first, "new password");
    assert_eq!(key_of(told), "recovery_code_wrong");
    assert!(install.recover("jia", &second, "new password").is_ok());
}
