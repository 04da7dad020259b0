//! Plain files on the simulated disk: what must be synced to survive.

use std::io::ErrorKind;
use xunan_simdisk::SimDisk;

const FOLDER: &str = "/laptop1/blobs/ab";

fn content(n: usize) -> Vec<u8> {
    (0..9000 + n * 7).map(|i| (i * 31 + n) as u8 | 1).collect()
}

/// Stores blob `n` the way a blob store does, maybe leaving a step out.
fn store(disk: &SimDisk, n: usize, sync: bool, sync_folder: bool) -> String {
    let (part, path) = (format!("{FOLDER}/{n}.part"), format!("{FOLDER}/{n}"));
    disk.write_new(&part, &content(n)).unwrap();
    if sync {
        disk.sync(&part).unwrap();
    }
    disk.rename(&part, &path).unwrap();
    if sync_folder {
        disk.sync_folder(FOLDER).unwrap();
    }
    path
}

fn whole(disk: &SimDisk, path: &str) -> std::io::Result<Vec<u8>> {
    disk.read(path, 0, disk.len(path)? as usize)
}

#[test]
fn full_order_survives() {
    let disk = SimDisk::new(1);
    for n in 0..200 {
        store(&disk, n, true, true);
        disk.crash();
        let expected = 0..=n;
        for n in expected.clone() {
            let path = format!("{FOLDER}/{n}");
            assert!(whole(&disk, &path).unwrap() == content(n), "{path}");
        }
        assert_eq!(disk.list(FOLDER).len(), expected.count());
    }
    assert_eq!(disk.syncs(), 400);
}

#[test]
fn every_step_is_needed() {
    let (mut lost, mut kept, mut damaged, mut empty) = (0, 0, 0, 0);
    for seed in 0..100 {
        let disk = SimDisk::new(seed);
        let path = store(&disk, 1, true, false);
        disk.crash();
        match whole(&disk, &path) {
            Ok(found) => {
                assert!(found == content(1), "synced content is never damaged");
                kept += 1;
            }
            Err(e) => {
                assert_eq!(e.kind(), ErrorKind::NotFound);
                lost += 1;
                // The sync of the new file made its first entry durable.
                let part = format!("{FOLDER}/1.part");
                assert!(whole(&disk, &part).unwrap() == content(1));
            }
        }
        let disk = SimDisk::new(seed);
        let path = store(&disk, 1, false, true);
        disk.crash();
        let found = whole(&disk, &path).expect("the entry is synced");
        empty += u32::from(found.is_empty());
        damaged += u32::from(!found.is_empty() && found != content(1));
    }
    assert!(lost > 0 && kept > 0, "lost {lost}, kept {kept}");
    assert!(damaged > 0 && empty > 0, "damaged {damaged}, empty {empty}");
}

#[test]
fn removals_and_renames_wait_for_the_folder() {
    let (mut back, mut gone) = (0, 0);
    for seed in 0..100 {
        let disk = SimDisk::new(seed);
        let path = store(&disk, 1, true, true);
        disk.remove(&path).unwrap();
        disk.crash();
        match disk.list(FOLDER).len() {
            0 => gone += 1,
            _ => back += 1,
        }
        // Durable removal, and a new file under the old name.
        let path = store(&disk, 2, true, true);
        disk.remove(&path).unwrap();
        disk.write_new(&path, b"new").unwrap();
        disk.sync(&path).unwrap();
        disk.crash();
        assert_eq!(whole(&disk, &path).unwrap(), b"new");
        // From one folder to another, it is always in exactly one of them.
        disk.rename(&path, "/laptop1/2").unwrap();
        disk.crash();
        let places = [disk.len(&path), disk.len("/laptop1/2")];
        assert_eq!(places.iter().filter(|place| place.is_ok()).count(), 1);
    }
    assert!(back > 0 && gone > 0, "back {back}, gone {gone}");
}

#[test]
fn appends_survive_up_to_the_sync() {
    let mut torn = 0;
    for seed in 0..100 {
        let disk = SimDisk::new(seed);
        disk.append("/log", &[1; 700]).unwrap();
        disk.sync("/log").unwrap();
        assert_eq!(disk.append("/log", &[2; 5000]).unwrap(), 5700);
        disk.crash();
        let found = whole(&disk, "/log").unwrap();
        assert!(found.len() >= 700 && found[..700] == [1; 700]);
        torn += u32::from(found[700..].contains(&2) && found[700..] != [2; 5000]);
    }
    assert!(torn > 0);
}

#[test]
fn errors() {
    let disk = SimDisk::new(1);
    let kind = |result: std::io::Result<()>| result.unwrap_err().kind();
    assert_eq!(kind(disk.len("/a").map(drop)), ErrorKind::NotFound);
    disk.write_new("/a", b"12345").unwrap();
    assert_eq!(kind(disk.write_new("/a", b"")), ErrorKind::AlreadyExists);
    assert_eq!(disk.read("/a", 3, 10).unwrap(), b"45");
    assert_eq!(disk.read("/a", 30, 10).unwrap(), b"");
    disk.set_full(true);
    assert_eq!(kind(disk.write_new("/b", b"1")), ErrorKind::StorageFull);
    assert_eq!(
        kind(disk.append("/a", b"1").map(drop)),
        ErrorKind::StorageFull
    );
    disk.set_full(false);
    // Stopped in the middle: the second change and all that follows fails.
    disk.stop_after(1);
    disk.append("/a", b"6").unwrap();
    disk.sync("/a").unwrap_err();
    disk.read("/a", 0, 1).unwrap_err();
    disk.kill();
    assert_eq!(disk.read("/a", 0, 9).unwrap(), b"123456");
    assert_eq!(disk.list("/"), ["/a"]);
}
