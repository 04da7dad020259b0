//! What the screen of sending shows: what has not reached the server yet, and why.

use std::collections::BTreeMap;

use anyhow::Result;
use rusqlite::Connection;
use xunan_model::fault::{Code, Fault};

use super::Told;
use super::driver::{Progress, Report};
use crate::conflicts;
use crate::install::Shared;
use crate::platform;
use crate::sites;
use crate::store::{evict, log, query, setting};
use crate::view::{FaultView, SyncItem, SyncState, SyncStatus, SyncTick};

/// The visits that are shown: all with something unsent, and of the others the latest.
const ITEMS_MAX: usize = 300;
/// What is unsent for longer than this calls for a network, in hours.
const ALARM_HOURS: i64 = 72;

/// The state of sending.
pub(crate) fn status(shared: &Shared, told: &Told) -> Result<SyncStatus> {
    shared.store.read(|conn| {
        let device = log::device(conn)?;
        let revoked = setting::get(conn, setting::REVOKED)?.is_some();
        let (state, trouble) = state(&told.report, device.is_some(), revoked);
        let items = items(conn, &told.progress)?;
        let (blobs_unsent, bytes) = query::unsent_files(conn)?;
        let mut bytes_unsent = bytes;
        for (digest, offset) in &told.progress.offsets {
            if query::unsent_file(conn, *digest)?.is_some() {
                bytes_unsent = bytes_unsent.saturating_sub(*offset);
            }
        }
        let changes_unsent = device.map_or(0, |d| {
            usize::try_from(d.last_seq.saturating_sub(d.acked_seq)).unwrap_or(0)
        });
        let oldest_unsent = query::oldest_unsent(conn)?;
        let old = |at: &String| {
            let at = chrono::DateTime::parse_from_rfc3339(at);
            at.is_ok_and(|at| (platform::now() - at.to_utc()).num_hours() >= ALARM_HOURS)
        };
        let (originals_here, originals_here_bytes) = evict::needless_originals(conn)?;
        let rate = told.progress.rate.filter(|_| state == SyncState::Working);
        Ok(SyncStatus {
            state,
            changes_unsent,
            blobs_unsent,
            bytes_unsent,
            rate,
            seconds_left: rate
                .filter(|rate| *rate > 0)
                .map(|rate| bytes_unsent.div_ceil(rate)),
            oldest_alarm: oldest_unsent.as_ref().is_some_and(old),
            oldest_unsent,
            last_contact: setting::get(conn, setting::LAST_CONTACT)?,
            trouble: trouble.as_ref().map(FaultView::from),
            metered: setting::get(conn, setting::METERED)?.is_some(),
            lid_may_close: changes_unsent == 0 && blobs_unsent == 0,
            rejected: query::rejected_open(conn)?,
            conflicts: conflicts::open_count(conn)?,
            originals_here,
            originals_here_bytes,
            items,
        })
    })
}

fn items(conn: &Connection, progress: &Progress) -> Result<Vec<SyncItem>> {
    let mut unsent = query::unsent_records(conn)?;
    let mut files = query::files(conn)?;
    for (digest, offset) in &progress.offsets {
        if let Some((visit, lane)) = query::unsent_file(conn, *digest)?
            && let Some(ticks) = files.get_mut(&visit)
        {
            tick(ticks, lane).bytes_sent += offset;
        }
    }
    let mut troubles = BTreeMap::new();
    for (digest, why) in &progress.troubles {
        if let Some((visit, _)) = query::unsent_file(conn, *digest)? {
            troubles.insert(visit, trouble_of(why));
        }
    }
    let names = sites::site_names(conn)?;
    let mut visits = query::own_visits(conn)?;
    let waits = |visit: &query::Visit| {
        let files = files.get(&visit.id);
        unsent.contains_key(&visit.id)
            || files.is_some_and(|[a, b]| a.sent < a.total || b.sent < b.total)
    };
    // The latest first, but what waits before all.
    visits.sort_by_cached_key(|visit| (!waits(visit), std::cmp::Reverse(visit.begun.clone())));
    visits.truncate(ITEMS_MAX);
    let mut items = Vec::new();
    for visit in visits {
        let total = query::records_of(conn, &visit.id)?;
        let open = unsent.remove(&visit.id).unwrap_or(0);
        let [evidence, originals] = files.remove(&visit.id).unwrap_or_default();
        items.push(SyncItem {
            site_name: names.get(&visit.site).cloned().unwrap_or_default(),
            begun: visit.begun,
            records: SyncTick {
                total,
                sent: total.saturating_sub(open),
                bytes: 0,
                bytes_sent: 0,
            },
            evidence,
            originals,
            trouble: troubles.remove(&visit.id),
            inspection: visit.id,
        });
    }
    Ok(items)
}

fn tick(ticks: &mut [SyncTick; 2], lane: i64) -> &mut SyncTick {
    &mut ticks[usize::from(lane >= 2)]
}

fn trouble_of(why: &str) -> FaultView {
    let key = match why {
        "unreadable here" => "photo_unreadable",
        "refused by the server" => "photo_refused",
        _ => "photo_later",
    };
    FaultView::from(&Fault::new(Code::Internal, key))
}

fn state(report: &Report, enrolled: bool, revoked: bool) -> (SyncState, Option<Fault>) {
    if !enrolled {
        return (SyncState::Stopped, None);
    }
    if revoked {
        let told = Fault::new(Code::SignedOut, "device_revoked");
        return (SyncState::SignedOut, Some(told));
    }
    match report {
        Report::Stopped => (SyncState::Stopped, None),
        Report::Working => (SyncState::Working, None),
        Report::Resting => (SyncState::Idle, None),
        Report::Broken(detail) => (
            SyncState::Trouble,
            Some(Fault::new(Code::Internal, "sync_trouble").with("detail", detail)),
        ),
        Report::Failing(fault) => match fault.fault() {
            Some(told) if told.key == "offline" => (SyncState::Offline, Some(told)),
            Some(told) if told.code == Code::SignedOut => (SyncState::SignedOut, Some(told)),
            told => (SyncState::Trouble, told),
        },
    }
}
