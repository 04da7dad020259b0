//! Changes read from the pages of a damaged database, without its trees: a page that leads to others
//! may be gone while those are whole. SQLite's file format is fixed (sqlite.org/fileformat2.html).
//!
//! Every change carries the digest of its bytes, so what is read here is whole or is not read.

use std::collections::{BTreeMap, BTreeSet};

use xunan_model::change::{Change, ChangeId, RawChange};
use xunan_model::digest::Digest;
use xunan_model::stamp::Stamp;

/// The page size that every database of ours has.
pub(super) const PAGE_BYTES: usize = 4096;
/// A page of a table that holds rows.
const TABLE_LEAF: u8 = 0x0d;
/// A row longer than this is none of ours: a change has 1 MiB at most.
const ROW_BYTES_MAX: usize = 2 << 20;

/// A change as it lay in the database.
pub(super) struct Found {
    pub(super) change: Change,
    pub(super) raw: RawChange,
    pub(super) link: Option<Digest>,
    pub(super) effective: Stamp,
    pub(super) own: bool,
    pub(super) acked: bool,
}

/// A value of a row.
enum Value<'a> {
    Null,
    Integer(i64),
    Text(&'a str),
    Other,
}

/// All changes on pages that are in use, by name.
pub(super) fn changes(file: &[u8]) -> BTreeMap<ChangeId, Found> {
    let free = free_pages(file);
    let mut found = BTreeMap::new();
    for number in 1..=file.len() / PAGE_BYTES {
        if free.contains(&number) {
            continue;
        }
        for row in rows(file, number) {
            if let Some(change) = change(&row) {
                found.insert(change.change.id, change);
            }
        }
    }
    found
}

fn page(file: &[u8], number: usize) -> Option<&[u8]> {
    let from = number.checked_sub(1)?.checked_mul(PAGE_BYTES)?;
    file.get(from..from.checked_add(PAGE_BYTES)?)
}

fn number_at(bytes: &[u8], at: usize) -> Option<usize> {
    let four: [u8; 4] = bytes.get(at..at + 4)?.try_into().ok()?;
    Some(u32::from_be_bytes(four) as usize)
}

/// Pages that hold nothing any more, but may show what they held.
fn free_pages(file: &[u8]) -> BTreeSet<usize> {
    let mut free = BTreeSet::new();
    let mut trunk = number_at(file, 32).unwrap_or(0);
    while let Some(page) = page(file, trunk)
        && free.insert(trunk)
    {
        let leaves = number_at(page, 4).unwrap_or(0).min(PAGE_BYTES / 4 - 2);
        free.extend((0..leaves).filter_map(|leaf| number_at(page, 8 + 4 * leaf)));
        trunk = number_at(page, 0).unwrap_or(0);
    }
    free
}

/// The rows of a page, each in one piece.
fn rows(file: &[u8], number: usize) -> Vec<Vec<u8>> {
    let Some(page) = page(file, number) else {
        return Vec::new();
    };
    // The first page begins behind the file's own header.
    let head = if number == 1 { 100 } else { 0 };
    if page[head] != TABLE_LEAF {
        return Vec::new();
    }
    let count = usize::from(u16::from_be_bytes([page[head + 3], page[head + 4]]));
    let count = count.min((PAGE_BYTES - head - 8) / 2);
    (0..count)
        .filter_map(|cell| {
            let at = head + 8 + 2 * cell;
            row(
                file,
                page,
                usize::from(u16::from_be_bytes([page[at], page[at + 1]])),
            )
        })
        .collect()
}

/// The row that begins at `at` of a page; what does not fit there goes on in a chain of pages.
fn row(file: &[u8], page: &[u8], at: usize) -> Option<Vec<u8>> {
    let (length, at) = varint(page, at)?;
    let (_rowid, at) = varint(page, at)?;
    let length = usize::try_from(length)
        .ok()
        .filter(|n| *n <= ROW_BYTES_MAX)?;
    let here = local(length);
    let mut row = page.get(at..at + here)?.to_vec();
    if here == length {
        return Some(row);
    }
    let mut next = number_at(page, at + here)?;
    while row.len() < length {
        let more = self::page(file, next)?;
        let take = (length - row.len()).min(PAGE_BYTES - 4);
        row.extend_from_slice(&more[4..4 + take]);
        next = number_at(more, 0)?;
    }
    Some(row)
}

/// How much of a row of so many bytes lies on its own page.
fn local(length: usize) -> usize {
    let most = PAGE_BYTES - 35;
    if length <= most {
        return length;
    }
    let least = (PAGE_BYTES - 12) * 32 / 255 - 23;
    let fitting = least + (length - least) % (PAGE_BYTES - 4);
    if fitting <= most { fitting } else { least }
}

fn varint(bytes: &[u8], mut at: usize) -> Option<(u64, usize)> {
    let mut value = 0_u64;
    for _ in 0..8 {
        let byte = *bytes.get(at)?;
        at += 1;
        value = value << 7 | u64::from(byte & 0x7f);
        if byte < 0x80 {
            return Some((value, at));
        }
    }
    Some((value << 8 | u64::from(*bytes.get(at)?), at + 1))
}

fn values(row: &[u8]) -> Option<Vec<Value<'_>>> {
    let (head, mut at) = varint(row, 0)?;
    let head = usize::try_from(head)
        .ok()
        .filter(|head| *head <= row.len())?;
    let (mut body, mut values) = (head, Vec::new());
    while at < head {
        let (kind, next) = varint(row, at)?;
        at = next;
        let length = match kind {
            0 | 8 | 9 => 0,
            1..=4 => usize::try_from(kind).ok()?,
            5 => 6,
            6 | 7 => 8,
            _ => usize::try_from(kind.checked_sub(12)? / 2).ok()?,
        };
        let bytes = row.get(body..body.checked_add(length)?)?;
        body += length;
        values.push(match kind {
            0 => Value::Null,
            8 | 9 => Value::Integer(i64::try_from(kind - 8).ok()?),
            1..=6 => {
                let sign = if bytes[0] & 0x80 == 0 { 0 } else { -1 };
                let fold = |value: i64, byte: &u8| value << 8 | i64::from(*byte);
                Value::Integer(bytes.iter().fold(sign, fold))
            }
            kind if kind >= 13 && kind % 2 == 1 => Value::Text(std::str::from_utf8(bytes).ok()?),
            _ => Value::Other,
        });
    }
    Some(values)
}

/// A row that is a change: its columns are those of the table, and its bytes those of its digest.
fn change(row: &[u8]) -> Option<Found> {
    let [device, epoch, seq, own, raw, digest, link, effective, acked] =
        <[Value<'_>; 9]>::try_from(values(row)?).ok()?;
    let (Value::Text(device), Value::Text(raw), Value::Text(digest), Value::Text(effective)) =
        (device, raw, digest, effective)
    else {
        return None;
    };
    let (Value::Integer(epoch), Value::Integer(seq), Value::Integer(own), Value::Integer(acked)) =
        (epoch, seq, own, acked)
    else {
        return None;
    };
    let raw = RawChange::from_text(raw.to_owned()).ok()?;
    let change = raw.read().ok()?;
    let named = ChangeId {
        device: device.parse().ok()?,
        epoch: u32::try_from(epoch).ok()?,
        seq: u64::try_from(seq).ok()?,
    };
    if raw.digest() != Digest::parse(digest)? || change.id != named {
        return None;
    }
    let link = match link {
        Value::Text(link) => Some(Digest::parse(link)?),
        _ => None,
    };
    Some(Found {
        change,
        raw,
        link,
        effective: Stamp::parse(effective)?,
        own: own != 0,
        acked: acked != 0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn whatever_bytes_lie_there_nothing_panics_and_nothing_is_made_up(
            bytes in proptest::collection::vec(any::<u8>(), PAGE_BYTES * 2),
            kind in prop_oneof![Just(0x0d_u8), any::<u8>()],
        ) {
            let mut file = bytes;
            file[PAGE_BYTES] = kind;
            prop_assert!(changes(&file).is_empty());
        }
    }
}
