//! Files for a person to take away, written where the person looks for them.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Result;
use xunan_model::fault::{Code, Fault};

use crate::platform;

/// How many files of one name there may be before something else is wrong.
const COPIES_MAX: u32 = 999;

/// Writes a new file into `folder`; one of this name that is there already stays, and the new one
/// is called `name (2)`.
///
/// # Errors
/// `save_failed` with the folder, `disk_full`; then no file is left behind.
pub(crate) fn save_new(folder: &Path, name: &str, bytes: &[u8]) -> Result<PathBuf> {
    let failed = |error: &io::Error| {
        if platform::is_disk_full(error) {
            return Fault::new(Code::DiskFull, "disk_full");
        }
        Fault::new(Code::Internal, "save_failed").with("folder", folder.display())
    };
    std::fs::create_dir_all(folder).map_err(|error| failed(&error))?;
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    for copy in 1..=COPIES_MAX {
        let path = folder.join(match copy {
            1 => name.to_owned(),
            _ => format!("{stem} ({copy}).{extension}"),
        });
        let mut file = match File::create_new(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
            Err(error) => return Err(failed(&error).into()),
        };
        if let Err(error) = file.write_all(bytes).and_then(|()| file.sync_all()) {
            drop(file);
            let _ = std::fs::remove_file(&path);
            return Err(failed(&error).into());
        }
        return Ok(path);
    }
    Err(failed(&io::ErrorKind::AlreadyExists.into()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_there_stays_and_the_new_one_gets_a_number() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("下载");
        let first = save_new(&deep, "表.xlsx", b"1").unwrap();
        let second = save_new(&deep, "表.xlsx", b"2").unwrap();
        assert_eq!(second.file_name().unwrap(), "表 (2).xlsx");
        assert_eq!(std::fs::read(first).unwrap(), b"1");
        assert_eq!(std::fs::read(second).unwrap(), b"2");
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "x").unwrap();
        let error = save_new(&file, "a.yaml", b"1").unwrap_err();
        let fault = error.downcast_ref::<Fault>().unwrap();
        assert_eq!(fault.key, "save_failed");
        assert_eq!(fault.params["folder"], file.display().to_string());
    }
}
