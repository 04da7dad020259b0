//! Checks that need more than one command: generated types, licences, known vulnerabilities.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::SystemTime;

use crate::Place;
use crate::counts::{self, Counts};
use crate::setup::{self, For};
use crate::test::{Outcome, check};
use crate::tools::{Done, on_path, run, say, watched};

/// Name, content and time of writing of every file in a folder.
type Files = BTreeMap<String, (Vec<u8>, SystemTime)>;

/// Writes the TypeScript types from the Rust ones.
pub(crate) fn write_bindings(place: &Place) -> Done {
    // ts-rs writes a type's file in a test that it generates.
    let mut export = place.cargo(&[
        "test",
        "--workspace",
        "--features",
        "xunan/custom-protocol",
        "--lib",
        "export_bindings",
    ]);
    let (status, lines) = watched(&mut export)?;
    if !status.success() {
        return Err(format!("the types could not be written ({status})"));
    }
    if counts::of_output(&lines).passed == 0 {
        return Err("no type was written: no test is named export_bindings".to_owned());
    }
    Ok(())
}

/// Are the committed types those that the Rust sources give?
pub(crate) fn stale_bindings(place: &Place) -> Outcome {
    let folder = place.ui().join("src/bindings");
    let compared = read(&folder).and_then(|before| {
        write_bindings(place)?;
        Ok(differences(&before, &read(&folder)?))
    });
    let mut outcome = Outcome::default();
    match compared {
        Ok(names) if names.is_empty() => outcome.counts += Counts::PASSED,
        Ok(names) => outcome.fail(&format!("ui/src/bindings was stale: {}", names.join(", "))),
        Err(reason) => outcome.fail(&reason),
    }
    outcome
}

fn read(folder: &Path) -> Done<Files> {
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    let mut files = Files::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if path.is_dir() {
            let inner = read(&path)?;
            files.extend(
                inner
                    .into_iter()
                    .map(|(file, facts)| (format!("{name}/{file}"), facts)),
            );
        } else {
            let written = path
                .metadata()
                .and_then(|facts| facts.modified())
                .map_err(failed)?;
            files.insert(name, (fs::read(&path).map_err(failed)?, written));
        }
    }
    Ok(files)
}

fn differences(before: &Files, after: &Files) -> Vec<String> {
    let mut names = Vec::new();
    for (name, (content, written)) in after {
        match before.get(name) {
            None => names.push(format!("{name} (was missing)")),
            Some((old, _)) if old != content => names.push(format!("{name} (changed)")),
            // Every export writes its file, so one that was not touched has no Rust type any more.
            Some((_, at)) if at == written => {
                names.push(format!("{name} (no Rust type writes it)"))
            }
            Some(_) => {}
        }
    }
    let gone = before.keys().filter(|name| !after.contains_key(*name));
    names.extend(gone.map(|name| format!("{name} (gone)")));
    names
}

/// Licences and sources of everything linked in, where the tool for it is installed.
pub(crate) fn licences(place: &Place) -> Outcome {
    if on_path("cargo-deny") {
        return check(&mut place.cargo(&["deny", "check", "licenses", "bans", "sources"]));
    }
    say("  not run: cargo-deny is not installed (cargo install --locked cargo-deny)");
    Outcome {
        counts: Counts::SKIPPED,
        trouble: None,
    }
}

/// What is known to be vulnerable. Asks registries, so it is no part of `test`.
pub(crate) fn audit(place: &Place) -> Done {
    setup::ensure(place, For::Running)?;
    let interface = run(&mut place.npm(&["audit"]));
    let rust = if on_path("cargo-deny") {
        run(&mut place.cargo(&["deny", "check", "advisories"]))
    } else {
        Err("the Rust half was not audited: cargo install --locked cargo-deny".to_owned())
    };
    interface.and(rust)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn files(list: &[(&str, &str, u64)]) -> Files {
        list.iter()
            .map(|(name, content, seconds)| {
                let at = SystemTime::UNIX_EPOCH + Duration::from_secs(*seconds);
                ((*name).to_owned(), (content.as_bytes().to_vec(), at))
            })
            .collect()
    }

    #[test]
    fn a_rewritten_folder_with_the_same_content_is_fresh() {
        let before = files(&[("A.ts", "a", 1), ("B.ts", "b", 1)]);
        assert!(differences(&before, &files(&[("A.ts", "a", 2), ("B.ts", "b", 2)])).is_empty());
    }

    #[test]
    fn changed_new_and_orphaned_types_are_named() {
        let before = files(&[("A.ts", "a", 1), ("Old.ts", "o", 1)]);
        let after = files(&[("A.ts", "aa", 2), ("New.ts", "n", 2), ("Old.ts", "o", 1)]);
        assert_eq!(
            differences(&before, &after),
            [
                "A.ts (changed)",
                "New.ts (was missing)",
                "Old.ts (no Rust type writes it)"
            ]
        );
    }
}
