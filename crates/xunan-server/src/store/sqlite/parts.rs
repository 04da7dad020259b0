//! Uploads that nobody went on with. Asked for by a person on the command line, so always on a real
//! disk: only that knows when a file was last written.

use std::fs;
use std::io;

use anyhow::Result;
use chrono::{DateTime, Utc};
use xunan_model::digest::Digest;
use xunan_platform::{Disk as _, RealDisk};

use super::codec::Sql;
use super::{Inner, locked};

/// What was deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PartsPurged {
    pub parts: u64,
    pub bytes: u64,
}

impl Inner {
    pub(super) fn parts_purge(&self, before: DateTime<Utc>) -> Result<PartsPurged> {
        let folder = self.blobs.parts();
        let mut purged = PartsPurged::default();
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let Some(sha256) = entry.file_name().to_str().and_then(Digest::parse) else {
                continue;
            };
            let fact = match entry.metadata() {
                Ok(fact) => fact,
                // The server finished it meanwhile.
                Err(e) if e.kind() == io::ErrorKind::NotFound => continue,
                Err(e) => return Err(e.into()),
            };
            if DateTime::<Utc>::from(fact.modified()?) >= before {
                continue;
            }
            // The row first: broken off in between, the file is found again by the next purge.
            locked(&self.writer)
                .execute("DELETE FROM blob_part WHERE sha256 = ?1", [Sql(sha256)])?;
            match fs::remove_file(entry.path()) {
                Ok(()) => {
                    purged.parts += 1;
                    purged.bytes += fact.len();
                }
                Err(e) if e.kind() == io::ErrorKind::NotFound => {}
                Err(e) => return Err(e.into()),
            }
        }
        RealDisk.sync_folder(&folder)?;
        Ok(purged)
    }
}
