//! How a body of `/v1/sync` is made small: JSON compressed by zstd with a dictionary that both ends
//! know, so that a change that travels alone shrinks almost as well as one in a large batch.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::wire::SYNC_BYTES_MAX;

/// The content coding: zstd with the dictionary below.
pub const CODING: &str = "zstd-xunan-1";
/// The content coding without a dictionary, for other programs.
pub const CODING_PLAIN: &str = "zstd";
/// Good, and still faster than any link there is: a batch takes some milliseconds.
const LEVEL: i32 = 9;
/// Text as it is found in changes. A part of the protocol: another one needs another coding name.
const DICTIONARY: &[u8] = include_bytes!("pack/dictionary.txt");

/// Why a body cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// Not zstd.
    #[error("not a body of this protocol: {0}")]
    Damaged(#[from] std::io::Error),
    /// Larger than [`SYNC_BYTES_MAX`] when unpacked.
    #[error("at most {SYNC_BYTES_MAX} bytes after decompression")]
    TooLarge,
    /// Packed in a way that this program does not know.
    #[error("unknown content coding")]
    Coding,
    /// Not the JSON that was expected.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}

/// Writes a value as JSON and packs it in the coding [`CODING`].
///
/// # Errors
/// When the value cannot be written.
pub fn pack(value: &impl Serialize) -> Result<Vec<u8>, PackError> {
    let text = serde_json::to_vec(value)?;
    Ok(zstd::bulk::Compressor::with_dictionary(LEVEL, DICTIONARY)?.compress(&text)?)
}

/// As [`pack`], in the coding [`CODING_PLAIN`].
///
/// # Errors
/// When the value cannot be written.
pub fn pack_plain(value: &impl Serialize) -> Result<Vec<u8>, PackError> {
    Ok(zstd::bulk::compress(&serde_json::to_vec(value)?, LEVEL)?)
}

/// Unpacks a body; never more than [`SYNC_BYTES_MAX`] bytes.
///
/// # Errors
/// When it is damaged, too large, or not the JSON expected.
pub fn unpack<T: DeserializeOwned>(coding: Option<&str>, body: &[u8]) -> Result<T, PackError> {
    let text;
    let plain = match coding {
        None | Some("identity") => body,
        Some(CODING) => {
            let mut unpacker = zstd::bulk::Decompressor::with_dictionary(DICTIONARY)?;
            text = within(body, |room| unpacker.decompress(body, room))?;
            &text
        }
        Some(CODING_PLAIN) => {
            text = within(body, |room| zstd::bulk::decompress(body, room))?;
            &text
        }
        Some(_) => return Err(PackError::Coding),
    };
    Ok(serde_json::from_slice(plain)?)
}

/// Unpacks into no more room than the frame says, and never more than the limit: a frame that says
/// nothing, or lies, finds no more than that.
fn within(
    body: &[u8],
    unpack: impl FnOnce(usize) -> std::io::Result<Vec<u8>>,
) -> Result<Vec<u8>, PackError> {
    let said = zstd::zstd_safe::get_frame_content_size(body).ok().flatten();
    let said = said.map_or(usize::MAX, |said| {
        usize::try_from(said).unwrap_or(usize::MAX)
    });
    let frame = body.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]);
    unpack(said.min(SYNC_BYTES_MAX)).map_err(|error| {
        if frame && said > SYNC_BYTES_MAX {
            PackError::TooLarge
        } else {
            PackError::Damaged(error)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_comes_back() {
        let value = serde_json::json!({ "hazard": "灭火器压力不足", "n": [1, 2, 3] });
        for (coding, packed) in [
            (CODING, pack(&value).unwrap()),
            (CODING_PLAIN, pack_plain(&value).unwrap()),
            ("identity", serde_json::to_vec(&value).unwrap()),
        ] {
            assert_eq!(
                unpack::<serde_json::Value>(Some(coding), &packed).unwrap(),
                value
            );
        }
    }

    #[test]
    fn a_bomb_and_rubbish_are_refused() {
        let bomb = zstd::bulk::compress(&vec![b' '; SYNC_BYTES_MAX + 1], 3).unwrap();
        for coding in [CODING, CODING_PLAIN] {
            assert!(unpack::<serde_json::Value>(Some(coding), &bomb).is_err());
            assert!(unpack::<serde_json::Value>(Some(coding), b"rubbish").is_err());
            assert!(unpack::<serde_json::Value>(Some(coding), b"").is_err());
        }
        assert!(unpack::<serde_json::Value>(Some("gzip"), b"{}").is_err());
    }
}
