//! Where the server keeps its data and what it accepts. Wrong configuration is refused with the
//! reason before anything is written.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use xunan_model::wire::BLOB_BYTES_MAX;

use crate::platform;

/// The database's name in the data folder.
pub const DATABASE: &str = "server.db";
const LOCK: &str = "server.lock";
/// The secret key's name in the data folder.
pub const KEY: &str = "server-key.pem";

/// What a running server accepts.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where it listens. Port 0: any free one.
    pub listen: SocketAddr,
    /// Whether it speaks TLS with its own key, which laptops pin.
    pub tls: bool,
    /// The largest blob that it takes, in bytes.
    pub blob_bytes_max: u64,
    /// What one laptop may send in a day, in bytes; more waits for tomorrow.
    pub device_day_bytes_max: u64,
    /// With less room than this on the disk, in bytes, photos are refused and records still taken.
    pub disk_reserve_bytes: u64,
    /// How long a stop waits for requests in flight.
    pub stop_grace: Duration,
    /// How long a request's body may be silent.
    pub body_silence_max: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            tls: false,
            blob_bytes_max: BLOB_BYTES_MAX,
            device_day_bytes_max: 64 << 30,
            disk_reserve_bytes: 1 << 30,
            stop_grace: Duration::from_secs(10),
            body_silence_max: Duration::from_secs(60),
        }
    }
}

/// A data folder that is ours and can be written to.
#[derive(Debug, Clone)]
pub struct DataFolder(PathBuf);

impl DataFolder {
    /// Makes the folder if need be, and checks it.
    ///
    /// # Errors
    /// When it is no folder, cannot be written to, or holds something else.
    pub fn open(path: &Path) -> Result<Self> {
        fs::create_dir_all(path)
            .with_context(|| format!("cannot make the data folder {}", path.display()))?;
        let folder = Self(path.to_owned());
        if !folder.database().exists() {
            let ours = [LOCK, KEY, "blobs"];
            let entries =
                fs::read_dir(path).with_context(|| format!("cannot read {}", path.display()))?;
            for entry in entries {
                let name = entry?.file_name();
                if !ours.iter().any(|own| name == *own) {
                    bail!(
                        "the data folder {} holds something else: {}",
                        path.display(),
                        name.display()
                    );
                }
            }
        }
        let probe = path.join(".probe");
        fs::write(&probe, b"")
            .with_context(|| format!("cannot write to the data folder {}", path.display()))?;
        fs::remove_file(&probe)?;
        Ok(folder)
    }

    /// The folder of a server that has run, without writing into it: its disk may be full.
    ///
    /// # Errors
    /// When there is no database.
    pub fn existing(path: &Path) -> Result<Self> {
        let folder = Self(path.to_owned());
        if !folder.database().exists() {
            bail!(
                "there is no database in the data folder {}; name the server's with --data",
                path.display()
            );
        }
        Ok(folder)
    }

    /// A new folder, or one that holds nothing but a lock that nobody has; with the lock, held
    /// until it is dropped.
    ///
    /// # Errors
    /// When a server runs on it or it holds anything.
    pub fn fresh(path: &Path) -> Result<(Self, File)> {
        let folder = Self(path.to_owned());
        // Asked first: of a server in use this is the reason that says most.
        if path.join(LOCK).exists() {
            folder.lock()?;
        }
        if folder.database().exists() {
            bail!(
                "the data folder {} holds a database; give an empty or new folder",
                path.display()
            );
        }
        if path.exists() {
            let entries =
                fs::read_dir(path).with_context(|| format!("cannot read {}", path.display()))?;
            for entry in entries {
                let name = entry?.file_name();
                if name != LOCK {
                    bail!(
                        "the data folder {} is not empty: {}; give an empty or new folder",
                        path.display(),
                        name.display()
                    );
                }
            }
        }
        let folder = Self::open(path)?;
        let lock = folder.lock()?;
        Ok((folder, lock))
    }

    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.0.join(DATABASE)
    }

    #[must_use]
    pub fn blobs(&self) -> PathBuf {
        self.0.join("blobs")
    }

    /// The server's secret key.
    #[must_use]
    pub fn key(&self) -> PathBuf {
        self.0.join(KEY)
    }

    /// The right to serve this folder, held until the file is dropped.
    ///
    /// # Errors
    /// When another server has it.
    pub fn lock(&self) -> Result<File> {
        platform::lock_file(&self.0.join(LOCK))?.with_context(|| {
            format!(
                "another server is running on the data folder {}",
                self.0.display()
            )
        })
    }
}
