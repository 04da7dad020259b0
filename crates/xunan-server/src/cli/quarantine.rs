//! `quarantine`.

use anyhow::anyhow;
use xunan_model::change::ChangeId;
use xunan_model::wire::RejectReason;

use super::admin::{Out, line};
use super::device::device_id;
use super::{Failure, QuarantineCommand};
use crate::store::{ReleaseRights, Released, SqliteStore, Store as _};

pub(super) async fn run(
    store: &SqliteStore,
    command: Option<QuarantineCommand>,
    out: Out<'_>,
) -> Result<(), Failure> {
    match command.unwrap_or(QuarantineCommand::List) {
        QuarantineCommand::List => list(store, out).await,
        QuarantineCommand::Release {
            device,
            epoch,
            seq,
            all: _,
            trust,
        } => {
            let device = device.as_deref().map(device_id).transpose()?;
            let rights = if trust {
                ReleaseRights::Trusted
            } else {
                ReleaseRights::Today
            };
            match (device, epoch, seq) {
                (Some(device), Some(epoch), Some(seq)) => {
                    let id = ChangeId { device, epoch, seq };
                    release_one(store, id, rights, out).await
                }
                _ => {
                    let held = store.quarantine_list().await.map_err(Failure::Broken)?;
                    let meant = held
                        .into_iter()
                        .filter(|fact| device.is_none_or(|device| fact.device == device))
                        .map(|fact| ChangeId {
                            device: fact.device,
                            epoch: fact.epoch,
                            seq: fact.seq,
                        });
                    release_all(store, meant.collect(), rights, out).await
                }
            }
        }
    }
}

async fn list(store: &SqliteStore, out: Out<'_>) -> Result<(), Failure> {
    for fact in store.quarantine_list().await.map_err(Failure::Broken)? {
        let bytes = fact.raw.len();
        line(
            out,
            format_args!(
                "{}\t{}/{}/{}\t{}\t{bytes} bytes",
                fact.received, fact.device, fact.epoch, fact.seq, fact.reason
            ),
        )?;
    }
    Ok(())
}

async fn release_one(
    store: &SqliteStore,
    id: ChangeId,
    rights: ReleaseRights,
    out: Out<'_>,
) -> Result<(), Failure> {
    let name = name(id);
    match release(store, id, rights).await? {
        Released::Merged { scope, n, .. } => {
            line(out, format_args!("released {name}: number {n} of {scope}"))
        }
        Released::MergedBefore => line(
            out,
            format_args!("{name} is not in quarantine: it is merged already"),
        ),
        Released::Refused(reason) => Err(Failure::Refused(anyhow!(
            "{name} stays in quarantine: {}",
            why(reason, rights)
        ))),
        Released::Unknown => Err(Failure::Refused(anyhow!("{name} is not in quarantine"))),
    }
}

/// In the order of arrival, each by itself: one that cannot be merged holds up none.
async fn release_all(
    store: &SqliteStore,
    ids: Vec<ChangeId>,
    rights: ReleaseRights,
    out: Out<'_>,
) -> Result<(), Failure> {
    let (mut released, mut kept) = (0, 0);
    for id in ids {
        let name = name(id);
        match release(store, id, rights).await? {
            Released::Merged { scope, n, .. } => {
                released += 1;
                line(out, format_args!("released {name}: number {n} of {scope}"))?;
            }
            Released::Refused(reason) => {
                kept += 1;
                line(out, format_args!("kept {name}: {}", why(reason, rights)))?;
            }
            // Somebody else did it meanwhile.
            Released::MergedBefore | Released::Unknown => {}
        }
    }
    line(out, format_args!("{released} released, {kept} kept"))
}

async fn release(
    store: &SqliteStore,
    id: ChangeId,
    rights: ReleaseRights,
) -> Result<Released, Failure> {
    let released = store
        .quarantine_release(id, rights)
        .await
        .map_err(Failure::Broken)?;
    tracing::info!(device = %id.device, epoch = id.epoch, seq = id.seq, ?rights, "release from quarantine: {released:?}");
    Ok(released)
}

fn name(id: ChangeId) -> String {
    format!("{}/{}/{}", id.device, id.epoch, id.seq)
}

/// Why it cannot be merged, and what can be done.
fn why(reason: RejectReason, rights: ReleaseRights) -> &'static str {
    match (reason, rights) {
        (RejectReason::Malformed, _) => {
            "malformed: it is not the JSON of a change or exceeds the limits, nothing can be done"
        }
        (RejectReason::WrongIdentity, _) => {
            "wrong_identity: it calls itself another change than the one it was sent as, nothing can be done"
        }
        (RejectReason::WrongScope, _) => {
            "wrong_scope: its laptop does not have the scope; if it should, give it with `device scope add` and release again"
        }
        (RejectReason::WrongAuthor, ReleaseRights::Today) => {
            "wrong_author: its author has no account in the laptop's office; --trust accepts a person who is or was known here"
        }
        (RejectReason::WrongAuthor, ReleaseRights::Trusted) => {
            "wrong_author: its author was never known here, nothing can be done"
        }
        (RejectReason::Revoked, _) => "revoked: its laptop is shut out; --trust accepts it",
        (RejectReason::UnlawfulStep, _) => {
            "unlawful_step: a step in a finding's life does not follow from what its author had seen; \
             release merges it as it is, and the life of the finding shows how it stands"
        }
        (RejectReason::Other, _) => "other: a newer program gave the reason",
    }
}
