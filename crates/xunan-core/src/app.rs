//! The one handle for a person who is signed in.

use std::sync::Arc;

use anyhow::Result;
use xunan_model::wire::Account;

use crate::install::Shared;
use crate::photo_copies::PhotoCopies;
use crate::sites::import::ImportDesk;
use crate::store::{Actor, Origin, Tx};
use crate::view::SignedIn;

/// What a signed-in person can do. Cheap to clone.
#[derive(Debug, Clone)]
pub struct App {
    pub(crate) shared: Arc<Shared>,
    pub(crate) copies: PhotoCopies,
    pub(crate) actor: Actor,
    pub(crate) import: Arc<ImportDesk>,
    account: Arc<Account>,
}

impl App {
    pub(crate) fn new(
        shared: Arc<Shared>,
        copies: PhotoCopies,
        actor: Actor,
        account: Account,
    ) -> Self {
        Self {
            shared,
            copies,
            actor,
            import: Arc::default(),
            account: Arc::new(account),
        }
    }

    /// Who is signed in.
    #[must_use]
    pub fn signed_in(&self) -> SignedIn {
        SignedIn {
            person: self.actor.person.to_string(),
            login: self.account.login.clone(),
            name: self.account.name.clone(),
            role: self.account.role.clone(),
            office: self.actor.office.to_string(),
            office_name: self.account.office_name.clone(),
        }
    }

    /// The account of who is signed in.
    pub(crate) fn account(&self) -> &Account {
        &self.account
    }

    /// An action of this person.
    pub(crate) fn write<T>(&self, work: impl FnOnce(&mut Tx<'_>) -> Result<T>) -> Result<T> {
        self.shared.store.write(Origin::Person(&self.actor), work)
    }

    /// A look at the database.
    pub(crate) fn read<T>(
        &self,
        work: impl FnOnce(&rusqlite::Connection) -> Result<T>,
    ) -> Result<T> {
        self.shared.store.read(work)
    }
}
