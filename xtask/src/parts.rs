//! The list of what others made and this program contains, with its licences: the screen 设置 shows it.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::Place;
use crate::counts::Counts;
use crate::test::Outcome;
use crate::tools::Done;

/// What of `package-lock.json` is built into the pages: a line each, as `cargo tree` writes them.
const NPM: &str = "
for (const [path, part] of Object.entries(require('./package-lock.json').packages)) {
  if (path === '' || part.dev || part.optional) continue
  const name = path.replace(/^.*node_modules\\//, '')
  console.log(`${name} ${part.version}|${part.license ?? ''}|https://www.npmjs.com/package/${name}`)
}";

fn file(place: &Place) -> PathBuf {
    place.ui().join("src/screens/settings/parts.txt")
}

/// Writes the list.
pub(crate) fn write(place: &Place) -> Done {
    let file = file(place);
    fs::write(&file, list(place)?).map_err(|error| format!("{}: {error}", file.display()))
}

/// Is the committed list that of the lockfiles?
pub(crate) fn stale(place: &Place) -> Outcome {
    let mut outcome = Outcome::default();
    match list(place) {
        Ok(list) if fs::read_to_string(file(place)).is_ok_and(|kept| kept == list) => {
            outcome.counts += Counts::PASSED;
        }
        Ok(_) => outcome.fail("the list of parts was stale: cargo xtask parts"),
        Err(reason) => outcome.fail(&reason),
    }
    outcome
}

fn list(place: &Place) -> Done<String> {
    let mut tree = place.cargo(&["tree", "-p", "xunan", "-e", "normal", "--target", "all"]);
    tree.args(["--locked", "--prefix", "none", "--format", "{p}|{l}|{r}"]);
    let mut npm = Command::new("node");
    npm.args(["-e", NPM]).current_dir(place.ui());
    let lines = lines_of(&mut tree)? + &lines_of(&mut npm)?;
    let parts: BTreeSet<String> = lines
        .lines()
        .map(|line| {
            line.trim_end_matches("(*)")
                .trim()
                .replace(" (proc-macro)", "")
        })
        // The project's own crates are told by their folder.
        .filter(|line| !line.is_empty() && !line.contains(" (/") && !line.contains(":\\"))
        .collect();
    Ok(parts.into_iter().collect::<Vec<_>>().join("\n") + "\n")
}

fn lines_of(command: &mut Command) -> Done<String> {
    let output = command
        .output()
        .map_err(|error| format!("{command:?}: {error}"))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    String::from_utf8(output.stdout).map_err(|error| error.to_string())
}
