//! The server's own changes. It writes them as a laptop would, so that they reach every laptop by
//! the one path there is.

use anyhow::{Context, Result, ensure};
use chrono::{DateTime, Utc};
use rusqlite::{Transaction, params};
use uuid::Uuid;
use xunan_model::change::{
    CHANGE_BYTES_MAX, CHANGE_EDITS_MAX, CHANGE_VERSION, Change, ChangeId, Kind, RawChange,
};
use xunan_model::change::{Scope, TimeEvidence};
use xunan_model::id::{DeviceId, PersonId, derived};
use xunan_model::merge::Row;
use xunan_model::stamp::Stamp;

use super::chain::{self, Head};
use super::codec::Sql;
use super::fold::{self, Stored};
use crate::store::AuthorPlan;

pub(super) fn author(
    tx: &Transaction<'_>,
    scope: &Scope,
    plan: AuthorPlan,
    now: DateTime<Utc>,
) -> Result<bool> {
    let (device, epoch): (Sql<Uuid>, u32) = tx.query_row(
        "SELECT id, epoch FROM device WHERE id = (SELECT server_device FROM meta)",
        [],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let device = DeviceId(device.0);
    let mut last = Stamp::ZERO;
    let mut row_of = |kind: &Kind, id: Uuid| -> Result<Row> {
        let row = fold::record(tx, kind, id)?
            .map(|(_, row)| row)
            .unwrap_or_default();
        // Later knowledge has the greater stamp, also when a laptop's clock ran ahead.
        last = row
            .writers
            .values()
            .map(|writer| writer.at)
            .fold(last, Stamp::max);
        Ok(row)
    };
    let edits = plan(&mut row_of)?;
    if edits.is_empty() {
        return Ok(false);
    }
    ensure!(
        edits.len() <= CHANGE_EDITS_MAX,
        "too many edits in one change"
    );
    let Head { seq, link } = chain::head(tx, device, epoch)?;
    let change = Change {
        v: CHANGE_VERSION,
        id: ChangeId {
            device,
            epoch,
            seq: seq + 1,
        },
        at: last.next(u64::try_from(now.timestamp_millis()).context("the clock is before 1970")?),
        time: TimeEvidence {
            wall: now,
            mono: 0,
            boot: "server".to_owned(),
            trusted: Some(now),
        },
        author: PersonId(derived(&["server"])),
        scope: scope.clone(),
        edits,
    };
    let raw = RawChange::write(&change)?;
    ensure!(
        raw.text().len() <= CHANGE_BYTES_MAX,
        "the change exceeds the limits"
    );
    let digest = raw.digest();
    let link = link.link(digest);
    fold::merge_change(
        tx,
        &change,
        &Stored {
            raw: &raw,
            digest,
            link,
            effective: change.at,
        },
        now,
    )?;
    chain::head_set(tx, device, epoch, &Head { seq: seq + 1, link })?;
    Ok(true)
}

/// After a backup was put back. Without the new chain the server would give numbers out twice:
/// laptops hold changes of the chain that the backup does not know.
pub(super) fn epoch_renew(tx: &Transaction<'_>, server_epoch: i64) -> Result<u64> {
    tx.execute("UPDATE meta SET server_epoch = ?1", params![server_epoch])?;
    tx.execute(
        "UPDATE device SET epoch = epoch + 1 WHERE id = (SELECT server_device FROM meta)",
        [],
    )?;
    Ok(u64::try_from(server_epoch)?)
}
