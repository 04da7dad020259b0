//! `backup` and `restore`.

use std::path::Path;

use super::Failure;
use super::admin::{Out, line};
use crate::backup::{self, Depth};
use crate::config::DataFolder;
use crate::platform;

pub(super) fn backup(data: &Path, to: &Path, deep: bool, out: Out<'_>) -> Result<(), Failure> {
    let data = DataFolder::existing(data).map_err(Failure::Refused)?;
    backup::folder_make(&data, to).map_err(Failure::Refused)?;
    let depth = if deep { Depth::Digests } else { Depth::Lengths };
    let done = backup::backup(&data, to, depth, platform::now()).map_err(|e| {
        Failure::Broken(e.context(format!("{} is NOT a good backup", to.display())))
    })?;
    let (changes, blobs) = (done.counts.changes, done.counts.blobs);
    line(
        out,
        format_args!("backup verified: {changes} changes, {blobs} blobs"),
    )
}

pub(super) fn restore(data: &Path, from: &Path, out: Out<'_>) -> Result<(), Failure> {
    let manifest = backup::manifest(from).map_err(Failure::Refused)?;
    // Held to the end. Asked before the backup is read, which may take long.
    let (folder, _lock) = DataFolder::fresh(data).map_err(Failure::Refused)?;
    let checked = backup::check(from, &manifest)
        .map_err(|e| Failure::Broken(e.context("the backup cannot be put back")))?;
    let epoch = backup::restore(from, &checked, &folder, &manifest).map_err(|e| {
        Failure::Broken(e.context(format!(
            "the restore broke off; empty {} before the next one",
            data.display()
        )))
    })?;
    let (changes, blobs) = (manifest.counts.changes, manifest.counts.blobs);
    line(
        out,
        format_args!(
            "restored: {changes} changes, {blobs} blobs, from {}",
            manifest.created
        ),
    )?;
    line(
        out,
        format_args!("the server's epoch is now {epoch}; laptops will send and pull again"),
    )
}
