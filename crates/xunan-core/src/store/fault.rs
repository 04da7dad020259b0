//! What SQLite says of a disk, for a person who can do something about it.

use anyhow::Error;
use rusqlite::ErrorCode;
use xunan_model::fault::{Code, Fault};

/// Gives an error of the database the fault that a screen shows; others stay as they are.
pub(crate) fn told(error: Error) -> Error {
    if error.downcast_ref::<Fault>().is_some() {
        return error;
    }
    let code = error.chain().find_map(|cause| {
        let cause = cause.downcast_ref::<rusqlite::Error>()?;
        cause.sqlite_error_code()
    });
    let fault = match code {
        Some(ErrorCode::DiskFull) => Fault::new(Code::DiskFull, "disk_full"),
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
            Fault::new(Code::Internal, "folder_unwritable")
        }
        // Pulled out, protected by the system after an error, or broken: what is saved is saved.
        Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen) => {
            Fault::new(Code::Internal, "disk_gone")
        }
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            Fault::new(Code::Internal, "damaged_database")
        }
        _ => return error,
    };
    tracing::error!(error = format!("{error:#}"), "the database");
    error.context(fault)
}
