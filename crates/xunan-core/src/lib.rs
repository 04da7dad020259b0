//! What the program does on one machine: store, photos, checklists, sync.
//!
//! [`Install`] knows what may be known before anybody has signed in; [`Install::unlock`] gives
//! the one handle for everything else, [`App`]. The API is synchronous; only `sync` is async.
//! **Invariant: no tauri, no axum.** What differs between systems is in `platform`.
#![warn(missing_docs)]

mod amending;
mod app;
mod asked;
mod backup;
mod blob;
mod checklists;
mod conflicts;
mod editions;
mod enrol;
mod findings;
mod finishing;
pub mod headless;
mod health;
mod inspections;
mod install;
mod joining;
mod judging;
mod ledger;
mod lives;
mod password;
mod photo_copies;
mod photos;
mod pin;
mod quick;
mod receiver;
mod recheck;
mod recovery;
mod salvage;
mod saved;
mod sheet;
mod sites;
mod store;
pub mod sync;
mod table;
pub mod view;
mod workbench;

use xunan_platform as platform;

pub use app::App;
pub use backup::BackupTarget;
pub use blob::{BlobError, BlobStore};
pub use editions::FileKind;
pub use install::{Config, Install};
pub use ledger::{DueWhen, LedgerPage, LedgerQuery, LedgerRow};
pub use photos::{PhotoTarget, PlaceName};
pub use salvage::{salvage, set_aside};
pub use store::{Actor, Changed, Origin, Store, Tx};

/// A name by which a person can point out an entry of the log.
#[must_use]
pub fn log_id() -> String {
    platform::new_id().simple().to_string()[20..].to_owned()
}
