//! SQLite on the simulated disk: power cuts, kills, a full disk.

use rusqlite::{Connection, ErrorCode};
use xunan_simdisk::SimDisk;

const DB: &str = "/server/main.db";

/// A small generator of the tests' own, apart from the disk's.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

fn open(disk: &SimDisk, pragmas: &str) -> rusqlite::Result<Connection> {
    let db = disk.connect(DB)?;
    db.execute_batch(pragmas)?;
    db.execute_batch("CREATE TABLE IF NOT EXISTS t (id INTEGER PRIMARY KEY, body BLOB) STRICT")?;
    Ok(db)
}

fn body(id: u64) -> Vec<u8> {
    (0..id * 37 % 3000).map(|i| (id + i) as u8).collect()
}

fn put(db: &mut Connection, id: u64) -> rusqlite::Result<()> {
    let transaction = db.transaction()?;
    transaction.execute("INSERT INTO t VALUES (?1, ?2)", (id as i64, body(id)))?;
    if id > 5 {
        // Old pages change too, and some get free.
        let old = id as i64 - 5;
        transaction.execute("UPDATE t SET body = zeroblob(9) WHERE id = ?1", [old])?;
    }
    transaction.commit()
}

fn ids(db: &Connection) -> rusqlite::Result<Vec<u64>> {
    let mut query = db.prepare("SELECT id FROM t ORDER BY id")?;
    let ids = query.query_map((), |row| row.get::<_, i64>(0))?;
    ids.map(|id| Ok(id? as u64)).collect()
}

/// What a run of transactions and crashes did, or in what way the data went bad.
struct Run {
    /// COMMIT gave an error, and the transaction was there all the same.
    in_doubt_kept: u64,
    crashes: u64,
}

/// Runs `count` transactions with crashes at random places, most of them within
/// a transaction. Every one whose COMMIT returned has to be there afterwards,
/// and nothing else but the one in flight.
fn run(disk: &SimDisk, pragmas: &str, count: u64, dice: &mut Dice) -> Result<Run, String> {
    let text = |e: rusqlite::Error| e.to_string();
    let mut writer = open(disk, pragmas).map_err(text)?;
    let mut reader = open(disk, pragmas).map_err(text)?;
    let mut committed: Vec<u64> = Vec::new();
    let mut result = Run {
        in_doubt_kept: 0,
        crashes: 0,
    };
    for id in 1..=count {
        let crash = dice.roll(12) == 0;
        if crash {
            disk.stop_after(dice.roll(25));
        }
        // Now and then a reader holds its snapshot over a commit.
        let hold = pragmas == WAL && dice.roll(3) == 0;
        let held = if hold {
            reader.transaction().ok()
        } else {
            None
        };
        let before = held.as_deref().and_then(|reader| ids(reader).ok());
        let outcome = put(&mut writer, id);
        if let (Some(held), Some(before)) = (&held, before)
            && let Ok(after) = ids(held)
            && before != after
        {
            return Err(format!("at {id}: the reader's snapshot moved"));
        }
        drop(held);
        if outcome.is_ok() {
            committed.push(id);
        } else if !crash {
            return Err(format!("at {id}: {outcome:?}"));
        }
        if !crash {
            continue;
        }
        disk.crash();
        result.crashes += 1;
        // The dead handles get errors, and closing them does no harm.
        if ids(&reader).is_ok() || put(&mut writer, 1_000_000).is_ok() {
            return Err("a dead handle still works".into());
        }
        writer = open(disk, pragmas).map_err(text)?;
        reader = open(disk, pragmas).map_err(text)?;
        let check: String = writer
            .query_row("PRAGMA integrity_check", (), |row| row.get(0))
            .map_err(text)?;
        let there = ids(&writer).map_err(text)?;
        if check != "ok" {
            return Err(format!("at {id}: {check}"));
        }
        if there.last() == Some(&id) && outcome.is_err() {
            result.in_doubt_kept += 1;
            committed.push(id);
        }
        if there != committed {
            return Err(format!("at {id}: {there:?} instead of {committed:?}"));
        }
        let query = "SELECT body FROM t WHERE id = ?1";
        for id in committed.iter().rev().take(5) {
            let found: Vec<u8> = writer
                .query_row(query, [*id as i64], |row| row.get(0))
                .map_err(text)?;
            if found != body(*id) && found != [0; 9] {
                return Err(format!("row {id} is damaged"));
            }
        }
    }
    Ok(result)
}

const WAL: &str =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 20;";

#[test]
fn wal_full_keeps_every_commit() {
    let (mut crashes, mut in_doubt) = (0, 0);
    for seed in 1..=8 {
        let done = run(&SimDisk::new(seed), WAL, 500, &mut Dice(seed)).expect("all is kept");
        crashes += done.crashes;
        in_doubt += done.in_doubt_kept;
    }
    assert!(
        crashes > 200,
        "{crashes} crashes are too few to say anything"
    );
    assert!(
        in_doubt > 0,
        "no crash came between the write and the answer"
    );
}

/// Rollback journal: here FULL is not enough, as a crash may bring the removed
/// journal back; EXTRA syncs the folder.
#[test]
fn rollback_journal_needs_extra() {
    let extra = "PRAGMA journal_mode = DELETE; PRAGMA synchronous = EXTRA;";
    let full = "PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL;";
    let bad = |pragmas, seed| run(&SimDisk::new(seed), pragmas, 100, &mut Dice(seed)).err();
    assert_eq!((1..=10).find_map(|seed| bad(extra, seed)), None);
    assert!((1..=50).any(|seed| bad(full, seed).is_some()));
}

/// The tests above can fail: without syncs, or with lying ones, data is lost.
#[test]
fn without_syncs_something_is_lost() {
    let off = "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;";
    let lost = |seed: &u64| run(&SimDisk::new(*seed), off, 60, &mut Dice(*seed)).is_err();
    assert!((1..=50).any(|seed| lost(&seed)), "OFF lost nothing");
    let lied = |seed: &u64| {
        let disk = SimDisk::new(*seed);
        disk.set_syncs_lie(true);
        run(&disk, WAL, 60, &mut Dice(*seed)).is_err()
    };
    assert!((1..=50).any(|seed| lied(&seed)), "lying syncs lost nothing");
}

#[test]
fn full_disk() {
    for pragmas in [WAL, "PRAGMA journal_mode = DELETE;"] {
        let disk = SimDisk::new(4);
        let mut db = open(&disk, pragmas).unwrap();
        (1..=20).for_each(|id| put(&mut db, id).unwrap());
        disk.set_full(true);
        // Room inside the files may do for some transactions.
        let mut committed: Vec<u64> = (1..=20).collect();
        let error = (21..200).find_map(|id| {
            let error = put(&mut db, id).err();
            if error.is_none() {
                committed.push(id);
            }
            error
        });
        let error = error.expect("the disk is full");
        assert_eq!(
            error.sqlite_error_code(),
            Some(ErrorCode::DiskFull),
            "{error}"
        );
        for crash in [false, true] {
            if crash {
                disk.set_full(false);
                disk.crash();
                db = open(&disk, pragmas).unwrap();
            }
            let check: String = db
                .query_row("PRAGMA integrity_check", (), |row| row.get(0))
                .unwrap();
            assert_eq!(check, "ok");
            assert_eq!(ids(&db).unwrap(), committed);
        }
        put(&mut db, 1000).expect("there is room again");
    }
}

#[test]
fn kill_loses_only_the_open_transaction() {
    // Even without syncs: the kernel has it all.
    let pragmas = "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA cache_size = 2;";
    for (seed, pragmas) in [(1, pragmas), (2, &pragmas.replace("WAL", "DELETE"))] {
        let disk = SimDisk::new(seed);
        let mut dead = Vec::new();
        for round in 0..20 {
            let mut db = open(&disk, pragmas).expect("opens at once");
            assert_eq!(ids(&db).unwrap(), (1..=round).collect::<Vec<_>>());
            put(&mut db, round + 1).unwrap();
            // Much more than the cache holds, so that it reaches the files.
            db.execute_batch("BEGIN IMMEDIATE").unwrap();
            let insert = "INSERT INTO t VALUES (?1, zeroblob(5000))";
            for id in 900..920 {
                db.execute(insert, [id]).unwrap();
            }
            disk.kill();
            let error = db.execute(insert, [999]).and(db.execute_batch("COMMIT"));
            let code = error.unwrap_err().sqlite_error_code();
            assert_eq!(code, Some(ErrorCode::SystemIoFailure));
            dead.push(db); // Closed only later: it must not disturb.
        }
        drop(dead);
        let db = open(&disk, pragmas).unwrap();
        assert_eq!(ids(&db).unwrap().len(), 20);
    }
}

#[test]
fn writers_lock_each_other_out() {
    for pragmas in [WAL, "PRAGMA journal_mode = DELETE;"] {
        let disk = SimDisk::new(3);
        let mut one = open(&disk, pragmas).unwrap();
        let mut two = open(&disk, pragmas).unwrap();
        one.execute_batch("BEGIN IMMEDIATE").unwrap();
        let error = put(&mut two, 1).unwrap_err();
        assert_eq!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy));
        one.execute_batch("COMMIT").unwrap();
        put(&mut two, 1).unwrap();
        put(&mut one, 2).unwrap();
        assert_eq!(ids(&two).unwrap(), [1, 2]);
    }
}

#[test]
fn snapshot_goes_its_own_way() {
    let disk = SimDisk::new(5);
    let mut db = open(&disk, WAL).unwrap();
    put(&mut db, 1).unwrap();
    let image = disk.snapshot();
    put(&mut db, 2).unwrap();
    let mut old = open(&image, WAL).unwrap();
    assert_ne!(disk.vfs(), image.vfs());
    assert_eq!(ids(&old).unwrap(), [1]);
    put(&mut old, 3).unwrap();
    assert_eq!(ids(&db).unwrap(), [1, 2]);
    image.set_now_ms(86_400_000);
    let day = "SELECT date('now')";
    let day: String = old.query_row(day, (), |row| row.get(0)).unwrap();
    assert_eq!(day, "1970-01-02");
    // A connection outlives all clones of its disk.
    drop((disk, image));
    put(&mut old, 4).unwrap();
}
