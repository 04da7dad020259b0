//! Files that only the recovery code opens: XChaCha20-Poly1305 in pieces of 1 MiB (STREAM), so that a
//! piece can neither be changed, nor left out, nor moved.

use std::io;
use std::path::Path;

use aead_stream::{DecryptorBE32, EncryptorBE32};
use anyhow::{Context, Result, anyhow, ensure};
use chacha20poly1305::XChaCha20Poly1305;
use xunan_model::digest::{Digest, Hasher};
use xunan_platform::Disk;

use super::Job;
use crate::platform;

const MAGIC: &[u8; 8] = b"XUNAN-1\n";
const NONCE_BYTES: usize = 19;
const HEADER_BYTES: usize = MAGIC.len() + NONCE_BYTES;
/// A piece of the open file; the last one is shorter, be it empty.
const PIECE_BYTES: usize = 1 << 20;
/// What sealing adds to each piece.
const TAG_BYTES: usize = 16;

/// How long a file of so many bytes is when it is sealed.
pub(crate) fn sealed_len(bytes: u64) -> u64 {
    HEADER_BYTES as u64 + bytes + TAG_BYTES as u64 * (bytes / PIECE_BYTES as u64 + 1)
}

/// Writes what `read` gives (offset, bytes at most; fewer only at the end) sealed into a new file.
/// Returns the digest of the open bytes, and how many there were.
///
/// # Errors
/// What `read`, the disk or `job` say; then a part of the file may be there.
pub(crate) fn seal(
    disk: &dyn Disk,
    key: Digest,
    to: &Path,
    job: &Job,
    mut read: impl FnMut(u64, usize) -> io::Result<Vec<u8>>,
) -> Result<(Digest, u64)> {
    let nonce: [u8; NONCE_BYTES] = platform::random()?;
    let mut seal = EncryptorBE32::<XChaCha20Poly1305>::new(&key.0.into(), &nonce.into());
    let (mut hasher, mut offset) = (Hasher::default(), 0);
    disk.write_new(to, &[&MAGIC[..], &nonce[..]].concat())?;
    let refused = |_| anyhow!("a piece cannot be sealed");
    loop {
        let piece = read(offset, PIECE_BYTES)?;
        hasher.update(&piece);
        offset += piece.len() as u64;
        if piece.len() < PIECE_BYTES {
            let sealed = seal.encrypt_last(&piece[..]).map_err(refused)?;
            disk.append(to, &sealed)?;
            job.advance(piece.len())?;
            return Ok((hasher.digest(), offset));
        }
        let sealed = seal.encrypt_next(&piece[..]).map_err(refused)?;
        disk.append(to, &sealed)?;
        job.advance(piece.len())?;
    }
}

/// Opens a sealed file and hands its bytes on, piece by piece. Returns their digest.
///
/// # Errors
/// When it was changed or cut, or sealed under another key; what the disk, `job` or `take` say. Then
/// what was handed on is of no use.
pub(crate) fn unseal(
    disk: &dyn Disk,
    key: Digest,
    from: &Path,
    job: &Job,
    mut take: impl FnMut(&[u8]) -> Result<()>,
) -> Result<Digest> {
    let header = disk.read(from, 0, HEADER_BYTES)?;
    let nonce = header.strip_prefix(MAGIC).context("not a sealed file")?;
    let nonce: [u8; NONCE_BYTES] = nonce.try_into().context("a sealed file that was cut")?;
    let mut open = DecryptorBE32::<XChaCha20Poly1305>::new(&key.0.into(), &nonce.into());
    let (mut hasher, mut offset) = (Hasher::default(), HEADER_BYTES as u64);
    let refused = |_| anyhow!("a sealed file that was changed, or another code");
    loop {
        let sealed = disk.read(from, offset, PIECE_BYTES + TAG_BYTES)?;
        offset += sealed.len() as u64;
        ensure!(sealed.len() >= TAG_BYTES, "a sealed file that was cut");
        if sealed.len() < PIECE_BYTES + TAG_BYTES {
            let piece = open.decrypt_last(&sealed[..]).map_err(refused)?;
            hasher.update(&piece);
            take(&piece)?;
            job.advance(piece.len())?;
            return Ok(hasher.digest());
        }
        let piece = open.decrypt_next(&sealed[..]).map_err(refused)?;
        hasher.update(&piece);
        take(&piece)?;
        job.advance(piece.len())?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use xunan_simdisk::SimDisk;

    const KEY: Digest = Digest([7; 32]);

    fn sealed(bytes: &[u8]) -> SimDisk {
        let disk = SimDisk::new(1);
        let read = |offset: u64, max: usize| {
            let from = usize::try_from(offset).unwrap();
            Ok(bytes[from..bytes.len().min(from + max)].to_vec())
        };
        let told = seal(&disk, KEY, Path::new("/s"), &Job::default(), read).unwrap();
        assert_eq!(told, (Digest::of(bytes), bytes.len() as u64));
        disk
    }

    fn opened(disk: &SimDisk, key: Digest) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        unseal(disk, key, Path::new("/s"), &Job::default(), |piece| {
            bytes.extend_from_slice(piece);
            Ok(())
        })?;
        Ok(bytes)
    }

    #[test]
    fn what_is_sealed_is_opened_whole_at_every_length() {
        for length in [
            0,
            1,
            PIECE_BYTES - 1,
            PIECE_BYTES,
            PIECE_BYTES + 1,
            2 * PIECE_BYTES,
        ] {
            let bytes: Vec<u8> = (0..length).map(|at| (at * 31 % 251) as u8).collect();
            let disk = sealed(&bytes);
            assert_eq!(disk.len("/s").unwrap(), sealed_len(length as u64));
            assert!(opened(&disk, KEY).unwrap() == bytes, "{length}");
        }
    }

    #[test]
    fn another_key_a_flipped_bit_or_a_cut_opens_nothing() {
        let disk = sealed(b"a name, a token");
        let text = disk.read("/s", 0, 1000).unwrap();
        assert!(!text.windows(4).any(|four| four == b"name"));
        assert!(opened(&disk, Digest([8; 32])).is_err());
        for at in 0..text.len() {
            let mut changed = text.clone();
            changed[at] ^= 1;
            let disk = SimDisk::new(1);
            disk.write_new("/s", &changed).unwrap();
            assert!(opened(&disk, KEY).is_err(), "{at}");
            let disk = SimDisk::new(1);
            disk.write_new("/s", &text[..at]).unwrap();
            assert!(opened(&disk, KEY).is_err(), "cut at {at}");
        }
    }
}
