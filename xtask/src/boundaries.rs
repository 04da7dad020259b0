//! The one-way rule of docs/ARCHITECTURE.md, proved from what cargo, the sources and git say.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::Place;
use crate::counts::Counts;
use crate::test::Outcome;
use crate::tools::{Done, output, say};

/// A package and what must not be linked into it, however far down.
const FORBIDDEN: &[(&str, &[&str])] = &[
    (
        "xunan-model",
        &["tokio", "rusqlite", "reqwest", "tauri", "axum"],
    ),
    ("xunan-platform", &["tokio", "tauri", "axum", "xunan-model"]),
    ("xunan-picture", &["tokio", "rusqlite", "tauri", "axum"]),
    ("xunan-simdisk", &["tokio", "tauri", "axum", "xunan-model"]),
    ("xunan-core", &["tauri", "axum"]),
    ("xunan-phone", &["tauri", "xunan-server"]),
    ("xunan-server", &["xunan-core", "tauri"]),
    ("xunan-testkit", &["tauri"]),
    ("xtask", &["tauri"]),
];

/// What the shell may not name itself: no SQL, no HTTP.
const SHELL_DIRECT: &[&str] = &["rusqlite", "reqwest", "axum", "xunan-server"];

const TOP: &[&str] = &[
    "Cargo.toml",
    "Cargo.lock",
    "tauri.conf.json",
    "src-tauri",
    "crates",
    "ui",
    "assets",
    "tests",
    "docs",
    "xtask",
    "README.md",
    "CHANGELOG.md",
    "LICENSE",
    "rustfmt.toml",
    "clippy.toml",
    "deny.toml",
];

pub(crate) fn check(place: &Place) -> Outcome {
    let mut outcome = Outcome::default();
    for (package, forbidden) in FORBIDDEN {
        let name = format!("{package} is free of {}", forbidden.join(", "));
        record(
            &mut outcome,
            &name,
            linked(place, package, &[]).map(|tree| named(&tree, forbidden)),
        );
    }
    let name = "every crate is under a rule";
    record(&mut outcome, name, crates(place));
    let name = format!("the shell does not name {}", SHELL_DIRECT.join(", "));
    let tree = linked(place, "xunan", &["--depth", "1"]);
    record(
        &mut outcome,
        &name,
        tree.map(|tree| named(&tree, SHELL_DIRECT)),
    );
    let name = "only ui/src/host.ts imports @tauri-apps";
    record(&mut outcome, name, host_imports(&place.ui().join("src")));
    let name = "the top folder holds only what is known";
    match listed(place) {
        Ok(files) => record(&mut outcome, name, Ok(strangers(&files))),
        Err(reason) => {
            say(&format!("  not checked: {name} ({reason})"));
            outcome.counts += Counts::SKIPPED;
        }
    }
    outcome
}

/// A rule holds when nothing breaks it.
fn record(outcome: &mut Outcome, rule: &str, broken_by: Done<Vec<String>>) {
    match broken_by {
        Ok(names) if names.is_empty() => {
            say(&format!("  ok: {rule}"));
            outcome.counts += Counts::PASSED;
        }
        Ok(names) => outcome.fail(&format!("not so: {rule}: {}", names.join(", "))),
        Err(reason) => outcome.fail(&format!("{rule}: {reason}")),
    }
}

/// The names of all packages in the tree of this one, without those used by tests only.
fn linked(place: &Place, package: &str, more: &[&str]) -> Done<String> {
    let mut command = place.cargo(&[
        "tree", "-p", package, "-e", "normal", "--prefix", "none", "-f", "{p}",
    ]);
    output(command.args(more))
}

fn named(tree: &str, forbidden: &[&str]) -> Vec<String> {
    let mut names: Vec<&str> = tree
        .lines()
        .skip(1)
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| forbidden.contains(name))
        .collect();
    names.sort_unstable();
    names.dedup();
    names.into_iter().map(str::to_owned).collect()
}

/// A crate that nobody wrote a rule for.
fn crates(place: &Place) -> Done<Vec<String>> {
    let folder = place.root.join("crates");
    let entries =
        fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    Ok(entries
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| FORBIDDEN.iter().all(|(package, _)| package != name))
        .collect())
}

fn host_imports(folder: &Path) -> Done<Vec<String>> {
    let mut found = Vec::new();
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            found.extend(host_imports(&path)?);
            continue;
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let source = [".ts", ".tsx", ".vue", ".js"]
            .iter()
            .any(|end| name.ends_with(end));
        if !source || name == "host.ts" {
            continue;
        }
        let text = fs::read_to_string(&path).map_err(|error| format!("{name}: {error}"))?;
        let lines = (1..)
            .zip(text.lines())
            .filter(|(_, line)| imports_host(line));
        found.extend(lines.map(|(number, _)| format!("{}:{number}", path.display())));
    }
    Ok(found)
}

fn imports_host(line: &str) -> bool {
    line.contains("@tauri-apps/")
        && ["from ", "import ", "import(", "require("]
            .iter()
            .any(|word| line.contains(word))
}

/// Every file that git keeps or would keep.
fn listed(place: &Place) -> Done<String> {
    let mut git = Command::new("git");
    git.args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(&place.root);
    output(&mut git).map_err(|_| "this is not a git checkout".to_owned())
}

fn strangers(files: &str) -> Vec<String> {
    let mut names: Vec<&str> = files
        .lines()
        .filter_map(|file| file.trim_matches('"').split('/').next())
        .filter(|name| !name.starts_with('.') && !TOP.contains(name))
        .collect();
    names.sort_unstable();
    names.dedup();
    names.into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forbidden_package_is_found_once_and_by_its_whole_name() {
        let tree = "xunan-core v0.1.0 (/x)\ntokio v1.5.0\ntokio-util v0.7.0\ntokio v1.5.0 (*)";
        assert_eq!(named(tree, &["tokio", "xunan-core"]), ["tokio"]);
        assert!(named(tree, &["tauri"]).is_empty());
    }

    #[test]
    fn only_imports_count_not_mentions() {
        assert!(imports_host(
            "import { invoke } from '@tauri-apps/api/core'"
        ));
        assert!(imports_host(
            "const core = await import('@tauri-apps/api/core')"
        ));
        assert!(!imports_host("vi.mock('@tauri-apps/api/core', () => ({}))"));
        assert!(!imports_host("import { ref } from 'vue'"));
    }

    #[test]
    fn a_new_thing_at_the_top_is_a_stranger() {
        let files = "Cargo.toml\nui/src/main.ts\n.ci/run\nnotes.txt\nscripts/a.sh\nscripts/b.sh";
        assert_eq!(strangers(files), ["notes.txt", "scripts"]);
    }
}
