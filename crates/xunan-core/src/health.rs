//! Before one drives into the mountains: is everything on this laptop as it should be?
//!
//! What is quick is looked at whenever somebody asks. The database is checked on a thread of its own at
//! every start; reading every photo takes minutes and is done when a person asks.

mod machine;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::Result;
use chrono::{DateTime, Utc};
use rusqlite::Connection;
use xunan_model::digest::Digest;
use xunan_model::fault::{Code, Fault};
use xunan_model::photo::Clock;

use crate::app::App;
use crate::backup;
use crate::install::Shared;
use crate::platform;
use crate::salvage;
use crate::store::{Origin, log, query, setting};
use crate::view::{BackupDue, EditionState, HealthItem, HealthState, HealthView};
use HealthState::{Bad, Ok as Good, Warn};

/// Less room than this is too little for a day of photos, in bytes.
const ROOM_WARN: u64 = 5 << 30;
/// Less than this, and saving may fail any moment.
const ROOM_BAD: u64 = 1 << 30;
/// A clock is off when it differs by more, in minutes.
const CLOCK_OFF_MINUTES: i64 = 5;
/// Nobody has told the time for so long, in days: the clock may be anywhere.
const CLOCK_UNTOLD_DAYS: i64 = 90;
/// No program is out in the field for so long, in days: a clock that says so runs ahead.
const CLOCK_AHEAD_DAYS: i64 = 730;
/// Editions are current when the server was heard within so many days.
const EDITIONS_DAYS: i64 = 30;
/// A salvage is told of for so many days.
const SALVAGE_DAYS: i64 = 14;

/// What the slow checks found since the start.
#[derive(Debug, Default)]
pub(crate) struct Found(Mutex<Slow>);

#[derive(Debug, Clone, Default)]
struct Slow {
    /// Whether SQLite found the database whole; `None` while it looks.
    database: Option<bool>,
    /// What reading every photo has found.
    photos: Option<Photos>,
}

/// What reading every photo has found.
#[derive(Debug, Clone)]
struct Photos {
    at: DateTime<Utc>,
    altered: BTreeSet<Digest>,
}

impl Found {
    fn lock(&self) -> MutexGuard<'_, Slow> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The database is known to be damaged.
    pub(crate) fn damaged(&self) -> bool {
        self.lock().database == Some(false)
    }
}

/// Checks the database beside the work that begins; the window never waits for it.
///
/// # Errors
/// When there can be no more threads.
pub(crate) fn follow(shared: &Arc<Shared>) -> Result<()> {
    let weak = Arc::downgrade(shared);
    std::thread::Builder::new()
        .name("health".to_owned())
        .spawn(move || {
            let Some(shared) = weak.upgrade() else { return };
            check_database(&shared);
        })?;
    Ok(())
}

fn check_database(shared: &Shared) {
    let sound = shared.store.read(|conn| {
        let said: String = conn.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        Ok(said == "ok")
    });
    // A disk that cannot be read now says nothing about the database.
    let sound = match sound {
        Ok(sound) => sound,
        Err(error) => error
            .downcast_ref::<Fault>()
            .is_none_or(|fault| fault.key != "damaged_database"),
    };
    if !sound {
        tracing::error!("the database is damaged");
    }
    shared.health.lock().database = Some(sound);
    // The first screen asks again what may be opened.
    shared
        .store
        .announce_kind(if sound { "health" } else { "install" });
}

impl App {
    /// What is as it should be, and what is not. `deep` checks the database again.
    ///
    /// # Errors
    /// When the database cannot be read at all.
    pub fn health(&self, deep: bool) -> Result<HealthView> {
        if deep {
            check_database(&self.shared);
        }
        let slow = self.shared.health.lock().clone();
        let now = platform::now();
        let mut items = vec![
            database(slow.database),
            self.read(|conn| photos(conn, &self.shared, &slow))?,
            disk(self.shared.disk.free(&self.shared.config.folder).ok()),
            self.read(|conn| clock(conn, now))?,
            self.editions(now)?,
            self.sites_here()?,
            self.read(|conn| unsent(conn, now))?,
            backup_item(&backup::view(&self.shared)?),
        ];
        items.extend(battery(machine::battery()));
        items.extend(machine::printers().map(printer));
        items.extend(self.read(|conn| salvaged(conn, now))?);
        Ok(HealthView {
            worst: items.iter().map(|item| item.state).max().unwrap_or(Good),
            items,
            running: self.shared.jobs.running().map(|job| job.view()),
            photos_read: slow.photos.map(|photos| photos.at.to_rfc3339()),
        })
    }

    /// Reads every photo on this laptop and holds it against its name; takes minutes.
    ///
    /// # Errors
    /// `job_running`, `cancelled`, or what the disk says.
    pub fn health_photos(&self) -> Result<HealthView> {
        let shared = &self.shared;
        let altered = shared.jobs.run(|job| {
            let all = shared.blobs.all()?;
            job.expect(all.iter().map(|(_, bytes)| bytes).sum());
            let mut altered = BTreeSet::new();
            for (digest, bytes) in all {
                if shared.blobs.verify(digest)? == Some(false) {
                    altered.insert(digest);
                }
                job.advance(usize::try_from(bytes).unwrap_or(0))?;
            }
            Ok(altered)
        })?;
        let at = platform::now();
        shared.health.lock().photos = Some(Photos { at, altered });
        shared.store.announce_kind("health");
        self.health(false)
    }

    /// Has missing and altered photo files fetched again as far as the server has them. Altered ones
    /// are kept aside.
    ///
    /// # Errors
    /// When the disk or the database refuses.
    pub fn health_fetch(&self) -> Result<HealthView> {
        let shared = &self.shared;
        let altered = shared.health.lock().photos.clone();
        let altered = altered.map(|photos| photos.altered).unwrap_or_default();
        let kept = shared.store.write(Origin::Remote, |tx| {
            let mut kept = BTreeSet::new();
            for one in expected(tx.conn())? {
                let gone = shared.blobs.len(one.digest).is_none();
                let broken = altered.contains(&one.digest);
                if !one.at_server {
                    // The only copy there is, whatever became of it.
                    kept.extend(broken.then_some(one.digest));
                } else if gone || broken {
                    shared.blobs.set_aside(one.digest)?;
                    query::blob_want_again(tx.conn(), one.digest, one.bytes, one.lane)?;
                }
            }
            tx.note_kind("sync");
            tx.note_kind("photo");
            Ok(kept)
        })?;
        if let Some(photos) = &mut shared.health.lock().photos {
            photos.altered = kept;
        }
        shared.store.announce_kind("health");
        self.health(false)
    }

    fn editions(&self, now: DateTime<Utc>) -> Result<HealthItem> {
        let rows = self.edition_list()?;
        let in_force = rows.iter().filter(|row| row.state == EditionState::InForce);
        let count = in_force.count();
        let contact = self.read(|conn| setting::get(conn, setting::LAST_CONTACT))?;
        let days = contact
            .and_then(|at| DateTime::parse_from_rfc3339(&at).ok())
            .map(|at| (now - at.to_utc()).num_days().max(0));
        Ok(match days {
            _ if count == 0 => item("editions", "none", Bad),
            Some(days) if days < EDITIONS_DAYS => item("editions", "ok", Good).with("count", count),
            Some(days) => item("editions", "old", Warn).with("days", days),
            None => item("editions", "never", Warn),
        })
    }

    fn sites_here(&self) -> Result<HealthItem> {
        let count: u64 = self.read(|conn| {
            let sql = "SELECT count(*) FROM record WHERE kind = 'site'";
            Ok(conn.query_row(sql, [], |row| row.get(0))?)
        })?;
        Ok(match count {
            0 => item("sites", "none", Warn),
            count => item("sites", "ok", Good).with("count", count),
        })
    }
}

fn item(key: &str, said: &str, state: HealthState) -> HealthItem {
    HealthItem {
        key: key.to_owned(),
        said: said.to_owned(),
        state,
        params: BTreeMap::new(),
    }
}

impl HealthItem {
    fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.params.insert(name.to_owned(), value.to_string());
        self
    }
}

fn database(sound: Option<bool>) -> HealthItem {
    match sound {
        None => item("database", "looking", Good),
        Some(true) => item("database", "ok", Good),
        Some(false) => item("database", "damaged", Bad),
    }
}

/// A photo file that should be on this laptop.
struct Expected {
    digest: Digest,
    bytes: u64,
    lane: i64,
    at_server: bool,
}

/// Own files that nobody has removed, and small copies of others' photos that are not on their way.
fn expected(conn: &Connection) -> Result<Vec<Expected>> {
    let mut statement = conn.prepare_cached(
        "SELECT sha256, bytes, lane, sent FROM blob_queue WHERE dropped = 0
         UNION ALL
         SELECT p.fields ->> '$.thumb.sha256', p.fields ->> '$.thumb.bytes', 0, 1 FROM record p
          WHERE p.kind = 'photo' AND p.fields ->> '$.thumb.sha256' IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM blob_queue q WHERE q.sha256 = p.fields ->> '$.thumb.sha256')
         UNION ALL
         SELECT p.fields ->> '$.evidence.sha256', p.fields ->> '$.evidence.bytes', 1, 1 FROM record p
          WHERE p.kind = 'photo' AND p.fields ->> '$.evidence.sha256' IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM blob_queue q WHERE q.sha256 = p.fields ->> '$.evidence.sha256')",
    )?;
    let mut rows = statement.query([])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let Some(digest) = Digest::parse(&row.get::<_, String>(0)?) else {
            continue;
        };
        if !query::wanted(conn, digest)? {
            all.push(Expected {
                digest,
                bytes: row.get(1)?,
                lane: row.get(2)?,
                at_server: row.get(3)?,
            });
        }
    }
    Ok(all)
}

fn photos(conn: &Connection, shared: &Shared, slow: &Slow) -> Result<HealthItem> {
    let all = expected(conn)?;
    let altered = slow.photos.as_ref().map(|photos| &photos.altered);
    let broken = |one: &&Expected| {
        let altered = altered.is_some_and(|altered| altered.contains(&one.digest));
        altered || shared.blobs.len(one.digest).is_none()
    };
    let (at_server, only_here): (Vec<&Expected>, Vec<&Expected>) =
        all.iter().filter(broken).partition(|one| one.at_server);
    Ok(match (at_server.len(), only_here.len()) {
        (0, 0) => item("photos", "ok", Good).with("count", all.len()),
        (count, 0) => item("photos", "missing", Warn).with("count", count),
        (_, count) => item("photos", "lost", Bad).with("count", count),
    })
}

fn disk(free: Option<u64>) -> HealthItem {
    let Some(free) = free else {
        return item("disk", "unreadable", Bad);
    };
    let gb = format!("{:.1}", free as f64 / f64::from(1 << 30));
    match free {
        0..ROOM_BAD => item("disk", "full", Bad).with("gb", gb),
        ROOM_BAD..ROOM_WARN => item("disk", "little", Warn).with("gb", gb),
        _ => item("disk", "ok", Good).with("gb", gb),
    }
}

/// The laptop's clock against the last time that somebody trustworthy told.
fn clock(conn: &Connection, now: DateTime<Utc>) -> Result<HealthItem> {
    let trusted = log::device(conn)?.and_then(|device| device.trusted);
    let told = setting::get(conn, setting::CLOCK)?;
    let told: Option<Clock> = told.and_then(|text| serde_json::from_str(&text).ok());
    Ok(clock_item(trusted, told.map(|told| told.ahead_ms), now))
}

fn clock_item(
    trusted: Option<DateTime<Utc>>,
    ahead_ms: Option<i64>,
    now: DateTime<Utc>,
) -> HealthItem {
    let Some(trusted) = trusted else {
        return item("clock", "untold", Warn).with("days", "–");
    };
    let since = now - trusted;
    if since.num_minutes() < -CLOCK_OFF_MINUTES {
        return item("clock", "behind", Bad).with("hours", (-since).num_hours().max(1));
    }
    if since.num_days() >= CLOCK_AHEAD_DAYS {
        return item("clock", "ahead", Bad).with("days", since.num_days());
    }
    let off = ahead_ms.unwrap_or(0) / 60_000;
    if off.abs() >= CLOCK_OFF_MINUTES {
        return item("clock", "off", Warn).with("minutes", off.abs());
    }
    if since.num_days() >= CLOCK_UNTOLD_DAYS {
        return item("clock", "untold", Warn).with("days", since.num_days());
    }
    item("clock", "ok", Good)
}

fn unsent(conn: &Connection, now: DateTime<Utc>) -> Result<HealthItem> {
    let oldest = query::oldest_unsent(conn)?;
    let oldest = oldest.and_then(|at| DateTime::parse_from_rfc3339(&at).ok());
    let Some(oldest) = oldest else {
        return Ok(item("unsent", "ok", Good));
    };
    let hours = (now - oldest.to_utc()).num_hours().max(0);
    Ok(match hours {
        0..24 => item("unsent", "fresh", Good).with("hours", hours.max(1)),
        24..72 => item("unsent", "waiting", Warn).with("days", hours / 24),
        _ => item("unsent", "old", Bad).with("days", hours / 24),
    })
}

fn backup_item(view: &crate::view::BackupView) -> HealthItem {
    let last = view.main.as_ref().and_then(|main| main.last.as_ref());
    let days = last.map_or(0, |last| last.age_days);
    match view.due {
        _ if !view.recovery => item("backup", "no_code", Warn),
        None if days == 0 => item("backup", "today", Good),
        None => item("backup", "ok", Good).with("days", days),
        Some(BackupDue::Never) => item("backup", "never", Warn),
        Some(BackupDue::Old) => item("backup", "old", Warn).with("days", days),
        Some(BackupDue::Unsent) => item("backup", "unsent", Warn).with("days", days),
    }
}

fn battery(told: Option<(u8, bool)>) -> Option<HealthItem> {
    let (full, plugged) = told?;
    Some(match full {
        _ if plugged => item("battery", "plugged", Good).with("full", full),
        0..20 => item("battery", "low", Bad).with("full", full),
        20..50 => item("battery", "half", Warn).with("full", full),
        _ => item("battery", "ok", Good).with("full", full),
    })
}

fn printer(count: usize) -> HealthItem {
    match count {
        0 => item("printer", "none", Warn),
        count => item("printer", "ok", Good).with("count", count),
    }
}

fn salvaged(conn: &Connection, now: DateTime<Utc>) -> Result<Option<HealthItem>> {
    let Some(view) = salvage::last(conn)? else {
        return Ok(None);
    };
    let at = DateTime::parse_from_rfc3339(&view.at);
    let days = at.map_or(SALVAGE_DAYS, |at| (now - at.to_utc()).num_days());
    if days >= SALVAGE_DAYS {
        return Ok(None);
    }
    let told = match view.changes_lost {
        0 => item("salvage", "whole", Good),
        lost => item("salvage", "lost", Warn).with("count", lost),
    };
    Ok(Some(told.with("folder", view.folder)))
}

/// The fault that stands in the way of all work, where the database turned out to be damaged.
pub(crate) fn problem(shared: &Shared) -> Option<Fault> {
    let damaged = shared.health.damaged();
    damaged.then(|| Fault::new(Code::Internal, "damaged_database"))
}
