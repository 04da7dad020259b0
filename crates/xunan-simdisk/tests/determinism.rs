//! One seed, one outcome. Alone in its process, because SQLite's own random
//! generator belongs to the process.

use xunan_simdisk::{SimDisk, seed_sqlite_random};

/// The path and the bytes of every file.
type Files = Vec<(String, Vec<u8>)>;

fn run(seed: u64) -> Vec<Files> {
    seed_sqlite_random(seed as u32);
    let disk = SimDisk::new(seed);
    let mut states = Vec::new();
    for round in 0..30 {
        if let Ok(db) = disk.connect("/d/main.db") {
            let _ = db.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
            let _ = db.execute_batch("CREATE TABLE IF NOT EXISTS t (x)");
            disk.stop_after(5 + round % 9);
            for _ in 0..10 {
                let _ = db.execute_batch("INSERT INTO t VALUES (randomblob(700))");
            }
            let _ = disk.append("/d/log", &[round as u8; 900]);
            disk.crash();
        }
        let files = disk.list("/d").into_iter().map(|path| {
            let bytes = disk.read(&path, 0, usize::MAX).unwrap();
            (path, bytes)
        });
        states.push(files.collect());
    }
    states
}

#[test]
fn one_seed_one_outcome() {
    let first = run(7);
    assert!(
        first
            .iter()
            .flatten()
            .any(|(path, _)| path.ends_with("-wal"))
    );
    assert!(first == run(7));
    assert!(first != run(8), "the seed has to matter");
}
