//! Every check and every test, in an order in which the quick ones fail first.

use std::process::{Command, ExitCode};
use std::time::Instant;

use crate::Place;
use crate::boundaries;
use crate::checks;
use crate::counts::{self, Counts};
use crate::journey::tests;
use crate::parts;
use crate::run as demo_run;
use crate::setup::{self, For};
use crate::tools::{Done, run, say, watched};

/// What came of a step.
#[derive(Default)]
pub(crate) struct Outcome {
    pub(crate) counts: Counts,
    /// Why it failed. `None`: it did not.
    pub(crate) trouble: Option<String>,
}

impl Outcome {
    pub(crate) fn fail(&mut self, reason: &str) {
        say(&format!("  FAILED: {reason}"));
        self.counts += Counts::FAILED;
        self.trouble
            .get_or_insert_with(|| reason.lines().next().unwrap_or_default().to_owned());
    }
}

struct Step {
    name: &'static str,
    /// Steps without whose success this one would look at something old.
    needs: &'static [&'static str],
    run: fn(&Place) -> Outcome,
}

const CLIPPY: &[&str] = &[
    "clippy",
    "--workspace",
    "--all-targets",
    "--features",
    "xunan/custom-protocol",
    "--",
    "-D",
    "warnings",
];
/// The same selection as the tests': with another one cargo would build many libraries twice.
const BUILD: &[&str] = &[
    "build",
    "--workspace",
    "--features",
    "xunan/custom-protocol",
];

#[rustfmt::skip]
const STEPS: &[Step] = &[
    Step { name: "format", needs: &[], run: |at| check(&mut at.cargo(&["fmt", "--all", "--check", "--", "-l"])) },
    Step { name: "ui-format", needs: &[], run: |at| check(&mut at.npm(&["run", "format"])) },
    Step { name: "ui-build", needs: &[], run: |at| check(&mut at.npm(&["run", "build"])) },
    Step { name: "ui-lint", needs: &[], run: |at| check(&mut at.npm(&["run", "lint"])) },
    Step { name: "ui-test", needs: &[], run: |at| suite(&mut at.npm(&["test"])) },
    Step { name: "bindings", needs: &["ui-build"], run: checks::stale_bindings },
    Step { name: "clippy", needs: &["ui-build"], run: |at| check(&mut at.cargo(CLIPPY)) },
    Step { name: "boundaries", needs: &[], run: boundaries::check },
    Step { name: "parts", needs: &[], run: parts::stale },
    Step { name: "licences", needs: &[], run: checks::licences },
    Step { name: "build", needs: &["ui-build"], run: |at| done(run(&mut at.cargo(BUILD))) },
    Step { name: "demo", needs: &["build"], run: demo },
    Step { name: "tests", needs: &["build"], run: tests },
];

#[derive(Default)]
pub(crate) struct Options {
    keep_going: bool,
    list: bool,
    only: Vec<String>,
}

impl Options {
    pub(crate) fn parse(args: &[String]) -> Done<Self> {
        let mut options = Self::default();
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--keep-going" => options.keep_going = true,
                "--list" => options.list = true,
                "--only" => {
                    let names = args.next().ok_or("--only needs the names of steps")?;
                    options.only.extend(names.split(',').map(str::to_owned));
                }
                other => return Err(format!("test does not know `{other}`")),
            }
        }
        match options
            .only
            .iter()
            .find(|name| STEPS.iter().all(|step| step.name != *name))
        {
            Some(name) => Err(format!(
                "there is no step `{name}`: cargo xtask test --list"
            )),
            None => Ok(options),
        }
    }

    fn wants(&self, step: &Step) -> bool {
        self.only.is_empty() || self.only.iter().any(|name| name == step.name)
    }
}

/// A line of the table at the end.
struct Row {
    name: &'static str,
    seconds: f64,
    outcome: Outcome,
}

pub(crate) fn test(place: &Place, options: &Options) -> Done<ExitCode> {
    if options.list {
        STEPS.iter().for_each(|step| say(step.name));
        return Ok(ExitCode::SUCCESS);
    }
    setup::ensure(place, For::Testing)?;
    let wanted: Vec<&Step> = STEPS.iter().filter(|step| options.wants(step)).collect();
    let mut rows: Vec<Row> = Vec::new();
    for step in &wanted {
        let broken = |name: &&&str| {
            rows.iter()
                .any(|row| row.name == **name && row.outcome.trouble.is_some())
        };
        say(&format!("\n== {} ==", step.name));
        let begun = Instant::now();
        let outcome = match step.needs.iter().find(broken) {
            // Its cause is counted already.
            Some(name) => Outcome {
                counts: Counts::default(),
                trouble: Some(format!("not run: {name} failed")),
            },
            None => (step.run)(place),
        };
        let stop = outcome.trouble.is_some() && !options.keep_going;
        rows.push(Row {
            name: step.name,
            seconds: begun.elapsed().as_secs_f64(),
            outcome,
        });
        if stop {
            break;
        }
    }
    Ok(summary(&rows, wanted.len() - rows.len()))
}

fn summary(rows: &[Row], not_run: usize) -> ExitCode {
    let mut sum = Counts::default();
    say(&format!(
        "\n{:<12}{:>9}{:>9}{:>9}{:>9}",
        "step", "seconds", "passed", "failed", "skipped"
    ));
    for Row {
        name,
        seconds,
        outcome,
    } in rows
    {
        let Counts {
            passed,
            failed,
            skipped,
        } = outcome.counts;
        let trouble = outcome.trouble.as_deref().unwrap_or_default();
        let line = format!("{name:<12}{seconds:>9.1}{passed:>9}{failed:>9}{skipped:>9}  {trouble}");
        say(line.trim_end());
        sum += outcome.counts;
    }
    if not_run > 0 {
        say(&format!(
            "stopped at the first failure: {not_run} steps did not run (--keep-going)"
        ));
    }
    say(&sum.line());
    let good = not_run == 0 && rows.iter().all(|row| row.outcome.trouble.is_none());
    if good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// `cargo xtask run` in all but the building. The window is driven on Linux only.
fn demo(place: &Place) -> Outcome {
    if cfg!(target_os = "linux") {
        return done(demo_run::picture_of_new_demo(place));
    }
    say("  not run: there is no virtual screen on this system");
    let mut outcome = Outcome::default();
    outcome.counts += Counts::SKIPPED;
    outcome
}

pub(crate) fn done(result: Done) -> Outcome {
    let mut outcome = Outcome::default();
    match result {
        Ok(()) => outcome.counts += Counts::PASSED,
        Err(reason) => outcome.fail(&reason),
    }
    outcome
}

/// A command that is right or wrong as a whole.
pub(crate) fn check(command: &mut Command) -> Outcome {
    done(run(command))
}

/// A command that runs tests and says how many.
pub(crate) fn suite(command: &mut Command) -> Outcome {
    let (success, lines) = match watched(command) {
        Ok((status, lines)) => (status.success(), lines),
        Err(reason) => return done(Err(reason)),
    };
    let outcome = judge(success, counts::of_output(&lines));
    if let Some(reason) = &outcome.trouble {
        say(&format!("  FAILED: {reason}"));
    }
    outcome
}

/// A run in which nothing was tested must not read as passed.
fn judge(success: bool, mut counts: Counts) -> Outcome {
    let trouble = if counts.failed > 0 {
        Some(format!("{} tests failed", counts.failed))
    } else if !success {
        counts += Counts::FAILED;
        Some("it ended with an error before all tests had run".to_owned())
    } else if counts.passed == 0 {
        counts += Counts::FAILED;
        Some("no test ran".to_owned())
    } else {
        None
    };
    Outcome { counts, trouble }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(passed: u32, failed: u32) -> Counts {
        Counts {
            passed,
            failed,
            skipped: 0,
        }
    }

    #[test]
    fn a_run_of_no_tests_fails() {
        let outcome = judge(true, counts(0, 0));
        assert_eq!(outcome.counts, counts(0, 1));
        assert!(outcome.trouble.is_some());
    }

    #[test]
    fn a_crash_after_passed_tests_fails() {
        assert_eq!(judge(false, counts(5, 0)).counts, counts(5, 1));
    }

    #[test]
    fn failed_tests_are_counted_once() {
        let outcome = judge(false, counts(5, 2));
        assert_eq!(outcome.counts, counts(5, 2));
        assert!(outcome.trouble.is_some());
        assert!(judge(true, counts(5, 0)).trouble.is_none());
    }

    #[test]
    fn every_need_is_an_earlier_step() {
        for (index, step) in STEPS.iter().enumerate() {
            for need in step.needs {
                assert!(
                    STEPS[..index].iter().any(|earlier| earlier.name == *need),
                    "{need}"
                );
            }
        }
        assert!(Options::parse(&["--only".to_owned(), "nothing".to_owned()]).is_err());
    }
}
