//! Bad days of a disk and of a clock: what was called saved is there, what was not is told.

use std::sync::Arc;

use chrono::DateTime;
use serde_json::Map;
use uuid::Uuid;
use xunan_model::change::Scope;
use xunan_model::digest::Digest;
use xunan_model::fault::Fault;
use xunan_model::id::{DeviceId, OfficeId, PersonId, SiteId};
use xunan_model::party::Site;
use xunan_simdisk::SimDisk;

use super::{Actor, Origin, Store, log, record};
use crate::blob::BlobStore;
use crate::platform;

struct Laptop {
    store: Store,
    blobs: BlobStore,
}

fn open(disk: &SimDisk) -> anyhow::Result<Laptop> {
    Ok(Laptop {
        store: Store::open(Arc::new(disk.clone()), "/laptop/xunan.db".as_ref())?,
        blobs: BlobStore::open(Arc::new(disk.clone()), "/laptop/blobs".as_ref())?,
    })
}

fn enrolled(seed: u64) -> SimDisk {
    let disk = SimDisk::new(seed);
    let laptop = open(&disk).unwrap();
    let device = DeviceId(Uuid::from_u128(1));
    laptop
        .store
        .write(Origin::Remote, |tx| {
            log::enrol(tx.conn(), device, DateTime::UNIX_EPOCH)
        })
        .unwrap();
    disk
}

impl Laptop {
    /// Saves a photo and a site that names it, as a screen does.
    fn save(&self, n: u128, name: &str) -> anyhow::Result<()> {
        self.blobs.put(photo(n).as_slice())?;
        let actor = Actor {
            person: PersonId(Uuid::from_u128(2)),
            office: OfficeId(Uuid::from_u128(3)),
            scope: Scope("s".to_owned()),
        };
        let site = Site {
            id: SiteId(Uuid::from_u128(n)),
            name: name.to_owned(),
            address: String::new(),
            division: String::new(),
            sectors: Vec::new(),
            facilities: Vec::new(),
            units: Vec::new(),
            kinds: Vec::new(),
            listed: 0,
            point: None,
            contact: String::new(),
            organizations: Vec::new(),
            merged_into: None,
            merge: None,
            extra: Map::new(),
        };
        self.store.write(Origin::Person(&actor), |tx| tx.put(&site))
    }

    fn names(&self) -> Vec<String> {
        let all = self.store.read(record::all::<Site>).unwrap();
        all.into_iter().map(|site| site.name).collect()
    }
}

fn photo(n: u128) -> Vec<u8> {
    vec![n as u8; 9_000]
}

/// What a screen would say.
fn key(error: &anyhow::Error) -> &'static str {
    if let Some(fault) = error.downcast_ref::<Fault>() {
        return fault.key;
    }
    match error.downcast_ref::<std::io::Error>() {
        Some(error) if platform::is_disk_full(error) => "disk_full",
        _ => "untold",
    }
}

/// All that was called saved is there, whole and once, and work goes on.
fn all_there(disk: &SimDisk, saved: &[u128]) {
    let laptop = open(disk).unwrap();
    let names = laptop.names();
    for n in saved {
        let times = names.iter().filter(|name| **name == n.to_string()).count();
        assert_eq!(times, 1, "{n} of {names:?}");
        let bytes = laptop.blobs.read_all(Digest::of(&photo(*n))).unwrap();
        assert!(bytes == photo(*n));
    }
    assert!(laptop.store.read(log::misfolded).unwrap().is_empty());
    laptop.save(99, "99").unwrap();
}

#[test]
fn a_disk_that_fills_up_at_any_write_says_so_and_loses_nothing() {
    let whole = enrolled(1);
    let (mut refused, mut writes) = (0, 0);
    loop {
        let disk = whole.snapshot();
        let laptop = open(&disk).unwrap();
        disk.full_after(writes);
        let mut saved = Vec::new();
        for n in 10..14 {
            match laptop.save(n, &n.to_string()) {
                Ok(()) => saved.push(n),
                Err(error) => {
                    assert_eq!(key(&error), "disk_full", "{error:#}");
                    refused += 1;
                }
            }
        }
        // Room is made, and the same program goes on.
        disk.set_full(false);
        laptop.save(50, "50").unwrap();
        drop(laptop);
        disk.crash();
        let all: Vec<u128> = saved.iter().copied().chain([50]).collect();
        all_there(&disk, &all);
        if saved.len() == 4 {
            break;
        }
        writes += 1;
    }
    assert!(refused > 30 && writes > 10, "{refused} of {writes}");
}

#[test]
fn a_disk_that_is_pulled_out_at_any_moment_has_what_was_called_saved() {
    let whole = enrolled(2);
    let mut changes = 0;
    loop {
        let disk = whole.snapshot();
        let laptop = open(&disk).unwrap();
        disk.stop_after(changes);
        let mut saved = Vec::new();
        let mut told = Vec::new();
        for n in 10..14 {
            match laptop.save(n, &n.to_string()) {
                Ok(()) => saved.push(n),
                Err(error) => told.push(key(&error)),
            }
        }
        assert!(laptop.store.read(record::all::<Site>).is_err() || told.is_empty());
        drop(laptop);
        disk.crash();
        all_there(&disk, &saved);
        if told.is_empty() {
            break;
        }
        changes += 1;
    }
    assert!(changes > 20, "{changes}");
}

#[test]
fn a_disk_that_becomes_read_only_is_told_and_works_again_when_it_is_mended() {
    let disk = enrolled(3);
    let laptop = open(&disk).unwrap();
    laptop.save(10, "10").unwrap();
    disk.set_read_only(true);
    // The photo is there already: the database is what refuses.
    let error = laptop.save(10, "another name").unwrap_err();
    assert!(
        ["disk_gone", "folder_unwritable"].contains(&key(&error)),
        "{error:#}"
    );
    assert_eq!(laptop.names(), ["10"], "what is saved can be read");
    disk.set_read_only(false);
    laptop.save(11, "11").unwrap();
    drop(laptop);
    disk.set_read_only(true);
    let told = open(&disk).err().map(|error| key(&error));
    assert!(told.is_none_or(|key| key != "damaged_database"), "{told:?}");
    disk.set_read_only(false);
    all_there(&disk, &[10, 11]);
}

#[test]
fn a_clock_that_is_years_off_and_jumps_changes_no_order_and_loses_nothing() {
    let disk = enrolled(4);
    let laptop = open(&disk).unwrap();
    let year_ms = 365 * 24 * 3_600_000_u64;
    let now = 1_795_000_000_000;
    let hours = 3_600_000;
    for (n, at) in [
        now,
        now + 5 * year_ms,
        now - 5 * year_ms,
        now,
        0,
        now + hours,
        now - hours,
    ]
    .into_iter()
    .enumerate()
    {
        platform::simulate_time(Some(at));
        laptop.save(10, &format!("the {n}th name")).unwrap();
        // Whatever the clock says, what was said last counts.
        assert_eq!(laptop.names(), [format!("the {n}th name")]);
    }
    platform::simulate_time(None);
    let device = laptop.store.read(log::device).unwrap().unwrap();
    assert_eq!(device.last_seq, 7);
    let changes = laptop
        .store
        .read(|conn| log::own_after(conn, &device, 0, usize::MAX))
        .unwrap();
    let stamps: Vec<_> = changes.iter().map(|change| change.effective).collect();
    assert!(stamps.is_sorted(), "{stamps:?}");
    assert!(laptop.store.read(log::misfolded).unwrap().is_empty());
}
