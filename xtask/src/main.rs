//! Every task a person does, on every system. Standard library only, so that it starts in seconds.

mod bench;
mod boundaries;
mod checks;
mod counts;
mod display;
mod fuzz;
mod journey;
mod mutants;
mod parts;
mod run;
mod setup;
mod test;
mod tools;

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use tools::{Done, say};

const HELP: &str = "\
Xun'an's tasks

  cargo xtask setup                 install what building and testing need
  cargo xtask run                   build, fill a demo, start the server and the program
      --data DIR                    keep the demo's data here (else <target>/demo)
      --fresh                       begin with an empty demo
      --release                     the optimised build
      --screenshot FILE             start without a screen of yours, take a picture, stop (Linux)
  cargo xtask test                  every check and every test
      --keep-going                  go on after a failure
      --only STEP[,STEP...]         only these steps
      --list                        the names of the steps
  cargo xtask bench [NAME...]       measure (save, ledger, search, start); everything after `bench` is passed on
  cargo xtask bench sync [PART...]  sending over a bad link, beside tus and PouchDB (ours, peers, single, server, memory)
  cargo xtask bench drops           photos dropped into the real window: how soon they are seen, memory
  cargo xtask bench photos [PART...] copies of photos, beside sharp, Pillow and image (time, likeness)
  cargo xtask sim [--minutes N]     simulate faults for so long (3); `--seed S` replays one run
  cargo xtask kills [--each N]      kill a laptop and its server N (1,000) times each over a bad link
  cargo xtask fuzz [--seconds N] [TARGET...]
                                    feed every parser of foreign bytes for so long each (60)
  cargo xtask bindings              generate ui/src/bindings from the Rust types
  cargo xtask parts                 write the list of parts and licences that 设置 shows
  cargo xtask sheet [PICTURES]      photograph every sector's runner and every screen into docs/pictures (Linux)
  cargo xtask pictures              photograph what docs/使用手册.md shows (Linux)
  cargo xtask monkey [--seeds N] [--actions N] [--seed S]
                                    use the real window at random (20 seeds of 1,000 actions)
  cargo xtask mutants [WORD...]     break promises on purpose; the named tests must notice
  cargo xtask audit                 known vulnerabilities of what is linked in (needs a network)
  cargo xtask dist                  build the installers

Built files go to CARGO_TARGET_DIR, or to target/.";

/// The folders that every task needs.
pub(crate) struct Place {
    pub(crate) root: PathBuf,
    pub(crate) target: PathBuf,
}

impl Place {
    fn find() -> Done<Self> {
        // Asked at run time: two checkouts may share a target folder, and the runner that was
        // built in one of them must not work on the other.
        let manifest = std::env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = manifest
            .parent()
            .ok_or("the task runner is not inside a repository")?
            .to_path_buf();
        let target = match std::env::var_os("CARGO_TARGET_DIR") {
            Some(folder) => std::path::absolute(folder)
                .map_err(|error| format!("CARGO_TARGET_DIR cannot be used: {error}"))?,
            None => root.join("target"),
        };
        Ok(Self { root, target })
    }

    pub(crate) fn ui(&self) -> PathBuf {
        self.root.join("ui")
    }

    pub(crate) fn cargo(&self, args: &[&str]) -> Command {
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()));
        // Absolute: the person may have given a path relative to another folder.
        command
            .args(args)
            .current_dir(&self.root)
            .env("CARGO_TARGET_DIR", &self.target);
        command
    }

    pub(crate) fn npm(&self, args: &[&str]) -> Command {
        let mut command = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
        command.args(args).current_dir(self.ui());
        command
    }

    /// A program that cargo has built.
    pub(crate) fn built(&self, profile: &str, name: &str) -> PathBuf {
        let name = format!("{name}{}", std::env::consts::EXE_SUFFIX);
        self.target.join(profile).join(name)
    }
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match task(&args) {
        Ok(code) => code,
        Err(reason) => {
            say(&format!("\nxtask: {reason}"));
            ExitCode::FAILURE
        }
    }
}

fn task(args: &[String]) -> Done<ExitCode> {
    let place = Place::find()?;
    let Some((name, rest)) = args.split_first() else {
        say(HELP);
        return Ok(ExitCode::SUCCESS);
    };
    // `bench` hands everything on, its own `--help` too.
    if name != "bench" && rest.iter().any(|arg| arg == "--help" || arg == "-h") {
        say(HELP);
        return Ok(ExitCode::SUCCESS);
    }
    match name.as_str() {
        "--help" | "-h" | "help" => say(HELP),
        "setup" => setup::everything(&place)?,
        "run" => run::run(&place, &run::Options::parse(rest)?)?,
        "test" => return test::test(&place, &test::Options::parse(rest)?),
        "bench" => bench::bench(&place, rest)?,
        "sim" => bench::sim(&place, rest)?,
        "kills" => bench::kills(&place, rest)?,
        "fuzz" => fuzz::fuzz(&place, rest)?,
        "sheet" => bench::sheet(&place, rest)?,
        "pictures" => bench::pictures_taken(&place, rest)?,
        "monkey" => bench::monkey(&place, rest)?,
        "bindings" => checks::write_bindings(&place)?,
        "parts" => parts::write(&place)?,
        "mutants" => mutants::mutants(&place, rest)?,
        "audit" => checks::audit(&place)?,
        "dist" => bench::dist(&place)?,
        other => return Err(format!("there is no task `{other}`\n\n{HELP}")),
    }
    Ok(ExitCode::SUCCESS)
}
