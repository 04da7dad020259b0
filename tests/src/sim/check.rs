//! What must hold, whatever happened.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, ensure};
use xunan_model::change::ChangeId;
use xunan_model::digest::Digest;
use xunan_model::wire::ChangeSet;

use super::laptop::Laptop;
use super::office::Office;

/// (1) What was called saved is in the laptop's own log.
pub(super) fn saved(laptop: &Laptop) -> Result<()> {
    let log = laptop.program()?.lines("SELECT raw FROM change")?.concat();
    for word in &laptop.saved {
        ensure!(
            log.contains(word),
            "(1) {} had saved {word}, and it is gone",
            laptop.name
        );
    }
    Ok(())
}

/// (3) The server's changes of each laptop and epoch are exactly 1..last.
pub(super) fn gapless(office: &Office) -> Result<()> {
    let query = "SELECT device || '/' || epoch || ' ' || seq FROM
        (SELECT device, epoch, seq FROM change UNION ALL SELECT device, epoch, seq FROM quarantine)
        ORDER BY device, epoch, seq";
    let mut last: BTreeMap<String, u64> = BTreeMap::new();
    for line in office.lines(query)? {
        let (chain, seq) = line.split_once(' ').context("a line")?;
        let expected = last.entry(chain.to_owned()).or_default();
        *expected += 1;
        ensure!(
            seq.parse::<u64>()? == *expected,
            "(3) {chain} has {seq} where {expected} belongs"
        );
    }
    Ok(())
}

/// What the laptops believe that the server has: for (2), before it loses its power. A laptop that
/// has not heard yet that the server was restored from a backup believes too much, and rightly.
pub(super) fn acked(
    office: &Office,
    laptops: &[Laptop],
) -> Result<Vec<(String, String, u32, u64)>> {
    let epoch = office.lines("SELECT cast(server_epoch AS text) FROM meta")?;
    let mut acked = Vec::new();
    for laptop in laptops.iter().filter(|laptop| laptop.headless.is_some()) {
        let program = laptop.program()?;
        let known = program.lines("SELECT value FROM setting WHERE key = 'server_epoch'")?;
        if let Some(standing) = program.standing()?.filter(|_| known == epoch) {
            let device = program.lines("SELECT device FROM device")?.concat();
            acked.push((
                laptop.name.clone(),
                device,
                standing.epoch,
                standing.acked_seq,
            ));
        }
    }
    Ok(acked)
}

/// (2) What was acked is there after a power cut.
pub(super) fn still_acked(office: &Office, acked: &[(String, String, u32, u64)]) -> Result<()> {
    for (name, device, epoch, seq) in acked {
        let query = format!(
            "SELECT cast(coalesce(max(last_seq), 0) AS text) FROM chain
              WHERE device = '{device}' AND epoch = {epoch}"
        );
        let last: u64 = office.lines(&query)?.concat().parse()?;
        ensure!(
            last >= *seq,
            "(2) {name} was told that the server has {seq}, it has {last}"
        );
    }
    Ok(())
}

/// (6) Every file in its place holds what its name says.
pub(super) fn whole_blobs(office: &Office) -> Result<()> {
    for name in office.lines("SELECT lower(hex(sha256)) FROM blob")? {
        let path = format!("/server/blobs/{}/{name}", &name[..2]);
        let bytes = office.disk.read(&path, 0, usize::MAX >> 1);
        let bytes = bytes.with_context(|| format!("(6) {name} is confirmed and not there"))?;
        ensure!(
            Digest::of(&bytes).to_string() == name,
            "(6) {name} holds something else"
        );
    }
    Ok(())
}

/// How strictly nothing may be there twice.
#[derive(Debug, Clone, Copy)]
pub(super) enum Once {
    /// Without clones: one change.
    InTheLog,
    /// With clones: one stamp and one content, under whatever names.
    AsAnAction,
    /// With clones of which a restored server took another history: what the records say.
    InTheRecords,
}

/// When it was done, and what: the same for a change that was written again under another name.
fn action(raw: &str) -> Result<String> {
    let change: serde_json::Value = serde_json::from_str(raw)?;
    Ok(format!("{} {}", change["at"], change["edits"]))
}

/// (4, 5, 9) After healing all machines agree, and nothing saved is missing or double.
///
/// A clone writes what it had in common with the other again under a name of its own when the server's
/// history is another (restored), and, rarely, when two clones raise each other's epoch (docs/SYNC.md):
/// the log has it twice, with one stamp and one content; the records do not. So `once` says what is asked.
pub(super) fn converged(office: &Office, laptops: &[Laptop], once: Once) -> Result<()> {
    // A decision repeats the value that was chosen; that is no doubling.
    let changes =
        office.lines("SELECT raw FROM change WHERE raw NOT LIKE '%\"kind\":\"decision\"%'")?;
    let held = office.lines("SELECT raw FROM quarantine")?.concat();
    for laptop in laptops {
        for word in &laptop.saved {
            let with: Vec<&String> = changes.iter().filter(|raw| raw.contains(word)).collect();
            ensure!(
                !with.is_empty() || held.contains(word),
                "{} had saved {word}, and the server does not have it",
                laptop.name
            );
            let actions = with.iter().map(|raw| action(raw));
            let actions: BTreeSet<String> = actions.collect::<Result<_>>()?;
            let times = match once {
                Once::InTheLog => with.len(),
                Once::AsAnAction => actions.len(),
                Once::InTheRecords => 1,
            };
            ensure!(
                times <= 1,
                "{} had saved {word}, and the server has it {times} times: {with:#?}",
                laptop.name
            );
        }
    }
    let row = "kind || '/' || id || ' ' || fields || ' ' || writers FROM record";
    let set = set(office)?;
    let mut conflicts = None;
    for laptop in laptops {
        let program = laptop.program()?;
        let wrong = program.misfolded()?;
        ensure!(wrong.is_empty(), "(4) {}: {wrong:?}", laptop.name);
        // Of what it may see it has all, and of what it may not see nothing.
        let device = program.lines("SELECT device FROM device")?.concat();
        let there = office.lines(&format!(
            "SELECT {row} WHERE scope IN (SELECT scope FROM device_scope
              WHERE device = '{device}')"
        ))?;
        let there: BTreeSet<String> = there.into_iter().collect();
        ensure!(!there.is_empty(), "{} sees nothing", laptop.name);
        let here = program.lines(&format!("SELECT {row}"))?;
        let here: BTreeSet<String> = here.into_iter().collect();
        let differ: Vec<&String> = here.symmetric_difference(&there).take(4).collect();
        ensure!(
            differ.is_empty(),
            "(4) {} differs: {differ:#?}",
            laptop.name
        );
        ensure!(
            program.set()? == set,
            "(5) {} has another set of changes",
            laptop.name
        );
        let met = program.lines(
            "SELECT id || ' ' || kind || '/' || record || '.' || field || ' ' || winner || ' over ' || loser
               FROM conflict ORDER BY id",
        )?;
        let met: BTreeSet<String> = met.into_iter().collect();
        if let Some(known) = &conflicts {
            let differ: Vec<&String> = met.symmetric_difference(known).take(4).collect();
            ensure!(
                differ.is_empty(),
                "(9) {} has other conflicts: {differ:#?}",
                laptop.name
            );
        }
        conflicts = Some(met);
    }
    let missing = office.lines(
        "SELECT fields ->> '$.name' FROM record WHERE kind = 'photo' AND NOT EXISTS
            (SELECT 1 FROM blob WHERE lower(hex(sha256)) = fields ->> '$.original.sha256')",
    )?;
    // A photo whose laptop lost its disk is lost with it.
    for name in missing {
        let kept = laptops
            .iter()
            .find(|laptop| laptop.saved.iter().any(|word| name.contains(word)));
        ensure!(kept.is_none(), "(2) the photo {name} never arrived");
    }
    Ok(())
}

fn set(office: &Office) -> Result<ChangeSet> {
    let mut set = ChangeSet::EMPTY;
    let query = "SELECT device || ' ' || epoch || ' ' || seq FROM change WHERE scope =
        (SELECT scope FROM device_scope WHERE place = 0 LIMIT 1)";
    for line in office.lines(query)? {
        let mut parts = line.split(' ');
        let mut part = || parts.next().context("a line");
        set.add(ChangeId {
            device: part()?.parse()?,
            epoch: part()?.parse()?,
            seq: part()?.parse()?,
        });
    }
    Ok(set)
}
