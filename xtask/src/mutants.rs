//! Breaks the promises on purpose, one at a time, and expects the named test to notice.
//!
//! A test that cannot fail proves nothing. Each mutant is a small change of the source; the file
//! is put back afterwards, whatever happens.

use std::fs;
use std::path::PathBuf;

use crate::Place;
use crate::tools::{Done, say};

struct Mutant {
    name: &'static str,
    file: &'static str,
    from: &'static str,
    to: &'static str,
    /// Package, target and name of the test that must fail.
    test: [&'static str; 4],
}

#[rustfmt::skip]
const MUTANTS: &[Mutant] = &[
    Mutant {
        name: "put without queueing",
        file: "crates/xunan-core/src/store/tx.rs",
        from: "        self.edits.push(edit);\n",
        to: "        drop(edit);\n",
        test: ["xunan-core", "--lib", "", "what_is_saved_is_queued_and_the_row_is_the_fold_of_the_log"],
    },
    Mutant {
        name: "announce before commit",
        file: "crates/xunan-core/src/store/mod.rs",
        from: "        transaction.commit().context(\"commit\")?;\n        drop(writer);\n        self.announce(&changed);\n",
        to: "        self.announce(&changed);\n        transaction.commit().context(\"commit\")?;\n        drop(writer);\n",
        test: ["xunan-core", "--lib", "", "what_is_announced_is_already_on_the_disk"],
    },
    Mutant {
        name: "ack before (without) commit",
        file: "crates/xunan-server/src/store/sqlite/mod.rs",
        from: "            tx.commit().context(\"commit\")?;\n",
        to: "            let _ack_whatever_happens = tx.commit();\n",
        test: ["xunan-server", "--test", "durable", "a_commit_that_fails_is_never_acknowledged"],
    },
];

/// Puts the file back when it goes out of scope.
struct Restore {
    path: PathBuf,
    text: String,
}

impl Drop for Restore {
    fn drop(&mut self) {
        if fs::write(&self.path, &self.text).is_err() {
            say(&format!(
                "{} could not be put back: `git checkout` it",
                self.path.display()
            ));
        }
    }
}

/// Tries every mutant.
pub(crate) fn mutants(place: &Place) -> Done {
    let mut survived = Vec::new();
    for mutant in MUTANTS {
        let caught = caught(place, mutant)?;
        say(&format!(
            "{}: {}",
            mutant.name,
            if caught { "caught" } else { "SURVIVED" }
        ));
        if !caught {
            survived.push(mutant.name);
        }
    }
    if survived.is_empty() {
        say(&format!("{} mutants, all caught", MUTANTS.len()));
        return Ok(());
    }
    Err(format!("not caught: {}", survived.join(", ")))
}

fn caught(place: &Place, mutant: &Mutant) -> Done<bool> {
    let path = place.root.join(mutant.file);
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    if text.matches(mutant.from).count() != 1 {
        return Err(format!(
            "{}: `{}` is not there exactly once",
            mutant.file,
            mutant.from.trim()
        ));
    }
    if !passes(place, mutant)? {
        return Err(format!(
            "{} fails without the mutant `{}`",
            mutant.test[3], mutant.name
        ));
    }
    let restore = Restore { path, text };
    fs::write(&restore.path, restore.text.replace(mutant.from, mutant.to))
        .map_err(|error| error.to_string())?;
    let passes = passes(place, mutant);
    drop(restore);
    Ok(!passes?)
}

/// Whether the test was built, ran, and passed. A mutant that does not compile proves nothing.
fn passes(place: &Place, mutant: &Mutant) -> Done<bool> {
    let [package, target, target_name, test] = mutant.test;
    let mut arguments = vec!["test", "--quiet", "-p", package, target];
    if !target_name.is_empty() {
        arguments.push(target_name);
    }
    let built = place
        .cargo(&[&arguments[..], &["--no-run"]].concat())
        .output();
    if !built.is_ok_and(|output| output.status.success()) {
        return Err(format!("`{}` does not compile", mutant.name));
    }
    arguments.push(test);
    let output = place
        .cargo(&arguments)
        .output()
        .map_err(|error| error.to_string())?;
    let printed = String::from_utf8_lossy(&output.stdout);
    if !printed.contains("1 passed") && !printed.contains("1 failed") {
        return Err(format!("the test {test} was not found"));
    }
    Ok(output.status.success())
}
