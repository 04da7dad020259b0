//! How much a phone may ask for.

use std::path::PathBuf;

/// The largest piece of a photo in one request, in bytes.
pub const PIECE_BYTES_MAX: usize = 256 << 10;

/// How a phone drop is set up.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where photos on their way grow; a folder of its own, emptied at the start.
    pub folder: PathBuf,
    /// The TCP port that is tried first, so that a firewall can be opened for it once; 0 is any.
    pub port: u16,
    /// What a phone may ask for.
    pub limits: Limits,
}

impl Config {
    /// The program's.
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            port: 8_724,
            limits: Limits::default(),
        }
    }
}

/// The limits of the phone drop; the defaults are those of the program.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How long a QR code is good for after it was last opened.
    pub token_ms: u64,
    /// Photos that one token may announce.
    pub photos_max: usize,
    /// Bytes that one token may announce.
    pub bytes_max: u64,
    /// Photos on their way at a time.
    pub parts_max: usize,
    /// Their bytes.
    pub parts_bytes_max: u64,
    /// A part that nothing was added to for so long makes room for another.
    pub part_idle_ms: u64,
    /// What must stay free on the disk.
    pub free_bytes_min: u64,
    /// Requests without the right token that one address may make in a minute.
    pub tries_per_minute: u32,
    /// The head of a request takes at most this.
    pub head_ms: u64,
    /// A whole request takes at most this.
    pub request_ms: u64,
    /// A connection lives at most this.
    pub connection_ms: u64,
    /// Connections at a time.
    pub connections_max: usize,
    /// Of these, so many of one address.
    pub address_connections_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            token_ms: 30 * 60_000,
            photos_max: 500,
            bytes_max: 8 << 30,
            parts_max: 64,
            parts_bytes_max: 1 << 30,
            part_idle_ms: 2 * 60_000,
            free_bytes_min: 256 << 20,
            tries_per_minute: 20,
            head_ms: 10_000,
            request_ms: 60_000,
            connection_ms: 10 * 60_000,
            connections_max: 32,
            address_connections_max: 8,
        }
    }
}
