//! Programs that run: which belong together, and the memory that they hold. On Linux.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, Result};

/// A process and all that it started.
///
/// # Errors
/// When the system does not tell its processes.
pub fn tree(root: u32) -> Result<Vec<u32>> {
    let mut children: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for entry in fs::read_dir("/proc")? {
        let Ok(process) = entry?.file_name().to_string_lossy().parse() else {
            continue;
        };
        // `PID (NAME) STATE PARENT …`; the name may hold anything. A process may end meanwhile.
        let Ok(stat) = fs::read_to_string(format!("/proc/{process}/stat")) else {
            continue;
        };
        let parent = stat
            .rsplit_once(')')
            .and_then(|(_, rest)| rest.split_whitespace().nth(1));
        if let Some(parent) = parent.and_then(|parent| parent.parse().ok()) {
            children.entry(parent).or_default().push(process);
        }
    }
    let (mut tree, mut next) = (vec![root], 0);
    while let Some(process) = tree.get(next) {
        let more = children.remove(process).unwrap_or_default();
        tree.extend(more);
        next += 1;
    }
    Ok(tree)
}

/// What the processes hold: shared pages shared out (PSS) where the system says it, else RSS.
///
/// # Errors
/// When their memory cannot be read.
pub fn memory(tree: &[u32]) -> Result<(&'static str, u64)> {
    let sum = |file: &str, field: &str| -> Option<u64> {
        let one = |process: &u32| {
            let text = fs::read_to_string(format!("/proc/{process}/{file}")).ok()?;
            let line = text.lines().find_map(|line| line.strip_prefix(field))?;
            line.split_whitespace().next()?.parse::<u64>().ok()
        };
        tree.iter().map(one).sum()
    };
    let pss = sum("smaps_rollup", "Pss:").map(|kib| ("PSS", kib * 1024));
    let rss = || sum("status", "VmRSS:").map(|kib| ("RSS", kib * 1024));
    pss.or_else(rss)
        .context("the processes' memory cannot be read")
}
