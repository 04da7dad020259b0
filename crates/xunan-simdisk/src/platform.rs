//! The simulated disk in the place of the real one.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use xunan_platform::Disk;

use crate::SimDisk;

impl fmt::Debug for SimDisk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SimDisk")
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap_or("/not utf-8")
}

impl Disk for SimDisk {
    fn vfs(&self) -> Option<&str> {
        Some(SimDisk::vfs(self))
    }

    fn make_folder(&self, _folder: &Path) -> io::Result<()> {
        Ok(())
    }

    fn write_new(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        SimDisk::write_new(self, text(path), bytes)
    }

    fn append(&self, path: &Path, bytes: &[u8]) -> io::Result<u64> {
        SimDisk::append(self, text(path), bytes)
    }

    fn sync(&self, path: &Path) -> io::Result<()> {
        SimDisk::sync(self, text(path))
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        SimDisk::sync_folder(self, text(folder))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        SimDisk::rename(self, text(from), text(to))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        SimDisk::remove(self, text(path))
    }

    fn read(&self, path: &Path, offset: u64, bytes_max: usize) -> io::Result<Vec<u8>> {
        SimDisk::read(self, text(path), offset, bytes_max)
    }

    fn len(&self, path: &Path) -> io::Result<u64> {
        SimDisk::len(self, text(path))
    }

    fn free(&self, _folder: &Path) -> io::Result<u64> {
        Ok(SimDisk::free(self))
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        Ok(SimDisk::list(self, text(folder))
            .into_iter()
            .map(PathBuf::from)
            .collect())
    }
}
