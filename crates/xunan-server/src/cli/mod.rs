//! The command line. Wrong usage and wrong configuration end with code 2 and the reason.

mod account;
mod admin;
mod backup;
mod device;
mod man;
mod quarantine;
mod serve;
mod statistics;

use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Error;
use clap::{Args, Parser, Subcommand};
use xunan_model::wire::BLOB_BYTES_MAX;

/// 巡安 central server: receives what the laptops have saved, and hands it on.
#[derive(Debug, Parser)]
#[command(name = "xunan-server", version)]
pub struct Cli {
    /// The folder that holds the database and the photos.
    #[arg(
        long,
        env = "XUNAN_SERVER_DATA",
        default_value = "xunan-server-data",
        global = true,
        value_name = "DIR"
    )]
    pub data: PathBuf,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the server until Ctrl-C or SIGTERM.
    Serve(Serve),
    /// Fill in a demonstration county, print its logins and a fresh one-time code.
    SeedDemo,
    /// Add an office.
    #[command(subcommand)]
    Office(OfficeCommand),
    /// Print a one-time code with which a laptop of an office can be enrolled.
    EnrolCode {
        /// The office's name or id.
        #[arg(long)]
        office: String,
        /// How long the code is good for.
        #[arg(long, default_value_t = 72, value_parser = clap::value_parser!(u32).range(1..=720))]
        hours: u32,
    },
    /// Checklists of the office's own.
    #[command(subcommand)]
    Edition(EditionCommand),
    /// Who may sign in.
    #[command(subcommand)]
    Account(AccountCommand),
    /// Which laptops there are.
    #[command(subcommand)]
    Device(DeviceCommand),
    /// Show which visits have arrived, and how much of their photos.
    Inspections,
    /// Print the figures of hazards over what has arrived, as a laptop shows them.
    Stats(Stats),
    /// Write everything that arrived into an empty folder, as plain files.
    Export {
        /// The folder; it must be empty or new.
        folder: PathBuf,
    },
    /// The changes that could not be merged. They are kept. Without an order: list them.
    Quarantine {
        #[command(subcommand)]
        command: Option<QuarantineCommand>,
    },
    /// Copy everything into an empty folder and check the copy. The server may be running.
    Backup {
        /// The folder; it must be empty or new, and should lie on another disk.
        folder: PathBuf,
        /// Read every photo of the copy again and compare its digest.
        #[arg(long)]
        deep: bool,
    },
    /// Put a backup into an empty or new data folder (--data). Laptops send and pull again.
    Restore {
        /// The folder that `backup` has filled.
        folder: PathBuf,
    },
    /// To be run once after a backup was put back by hand, while the server is stopped: laptops
    /// send and pull again. `restore` does it by itself.
    Restored,
    /// Delete uploads that were begun and never finished.
    PurgeParts {
        /// Those to which nothing was added for so many days.
        #[arg(long, default_value_t = 30, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=3650))]
        older_than_days: u32,
    },
    /// Write the manual pages of all commands into a folder, for `man`.
    Man {
        /// The folder; it is made when it is not there.
        folder: PathBuf,
    },
}

#[derive(Debug, Args)]
pub struct Serve {
    /// Where to listen; port 0 takes any free port.
    #[arg(long, default_value = "127.0.0.1:8470", value_name = "ADDR")]
    pub listen: SocketAddr,
    /// Write the address into this file once the server answers.
    #[arg(long, value_name = "FILE")]
    pub address_file: Option<PathBuf>,
    /// Speak plain HTTP: for a test, or behind a proxy on the same machine that speaks TLS.
    #[arg(long)]
    pub plain_http: bool,
    /// The largest photo that is taken, in bytes.
    #[arg(long, default_value_t = BLOB_BYTES_MAX, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1 << 40))]
    pub blob_bytes_max: u64,
    /// What one laptop may send in a day, in bytes (64 GiB); more waits for the next day.
    #[arg(long, default_value_t = 64 << 30, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub device_day_bytes_max: u64,
    /// With less room than this on the disk, in bytes (1 GiB), photos are refused; records are still
    /// taken.
    #[arg(long, default_value_t = 1 << 30, value_name = "N")]
    pub disk_reserve_bytes: u64,
}

#[derive(Debug, Subcommand)]
pub enum OfficeCommand {
    /// Add an office and print its id.
    Add {
        /// The full name.
        #[arg(long)]
        name: String,
        /// The 12-digit division code.
        #[arg(long)]
        division: String,
        /// The word that opens the numbers of its documents.
        #[arg(long, default_value = "")]
        code_word: String,
    },
    /// Give an office its rules: days for rechecks and extensions, who approves, each from its day on. They
    /// replace those that it has. A JSON array; docs/LIFE.md names the fields.
    Rules {
        /// The office's name or id.
        #[arg(long)]
        office: String,
        /// The file.
        file: PathBuf,
    },
    /// Give an office its holidays and made-up working days: lines such as `2026-10-01 off 国庆节` and
    /// `2026-10-10 work`. They replace those that it has.
    Days {
        /// The office's name or id.
        #[arg(long)]
        office: String,
        /// The file.
        file: PathBuf,
    },
}

#[derive(Debug, Args)]
pub struct Stats {
    /// The year; without it the present one.
    #[arg(long, value_parser = clap::value_parser!(i32).range(2000..=2100))]
    pub year: Option<i32>,
    /// The beginning of a division code; without it everywhere.
    #[arg(long, default_value = "")]
    pub under: String,
    /// General hazards too.
    #[arg(long)]
    pub all_levels: bool,
    /// The office whose rules name the steps of the overdue ladder.
    #[arg(long)]
    pub office: Option<String>,
    /// Everything, as JSON.
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Subcommand)]
pub enum EditionCommand {
    /// Hand out a checklist file to all laptops of an office.
    Add {
        /// The office's name or id.
        #[arg(long)]
        office: String,
        /// The file; docs/CHECKLISTS.md describes the format.
        file: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
pub enum AccountCommand {
    /// Add an account; the password is read from standard input.
    Add {
        /// The name that is typed to sign in.
        #[arg(long)]
        login: String,
        /// The person's name.
        #[arg(long)]
        name: String,
        /// What the person is in the office.
        #[arg(long, value_parser = crate::office::ROLES)]
        role: String,
        /// The office's name or id.
        #[arg(long)]
        office: String,
        /// The number of the enforcement certificate.
        #[arg(long)]
        certificate: Option<String>,
    },
    /// Set a new password, read from standard input.
    Password {
        /// Whose.
        #[arg(long)]
        login: String,
    },
    /// List who may sign in, as what and in which office.
    List,
    /// Take a login away and end the post. The person's name and what they wrote stay.
    Remove {
        /// Whose.
        #[arg(long)]
        login: String,
    },
    /// Give a person another post in the office.
    Role {
        /// Whose.
        #[arg(long)]
        login: String,
        /// What the person is in the office from now on.
        #[arg(long, value_parser = crate::office::ROLES)]
        role: String,
    },
}

#[derive(Debug, Subcommand)]
pub enum DeviceCommand {
    /// List all laptops, also those that were shut out.
    List,
    /// Give a laptop another name.
    Rename {
        /// The laptop's id.
        id: String,
        /// The new name.
        name: String,
    },
    /// What a laptop sees besides its own office's records.
    #[command(subcommand)]
    Scope(ScopeCommand),
    /// Shut a laptop out: it gets nothing any more, what it sends goes to quarantine.
    Revoke {
        /// The laptop's id.
        id: String,
    },
}

#[derive(Debug, Subcommand)]
pub enum ScopeCommand {
    /// Let a laptop see and write another office's records as well.
    Add {
        /// The laptop's id.
        id: String,
        /// The other office's name or id.
        office: String,
    },
    /// Take that back. The laptop's own scope stays.
    Remove {
        /// The laptop's id.
        id: String,
        /// The other office's name or id.
        office: String,
    },
}

#[derive(Debug, Subcommand)]
pub enum QuarantineCommand {
    /// List the changes that could not be merged, and why.
    List,
    /// Merge a change after all, if it may be merged today. Laptops then pull it.
    Release {
        /// The id of the laptop that made it.
        #[arg(required_unless_present = "all")]
        device: Option<String>,
        /// The laptop's epoch.
        #[arg(required_unless_present = "all")]
        epoch: Option<u32>,
        /// Its number.
        #[arg(required_unless_present = "all")]
        seq: Option<u64>,
        /// All that can be released: of all laptops, or of the one that is named.
        #[arg(long, conflicts_with_all = ["epoch", "seq"])]
        all: bool,
        /// Answer for it: take it also from a revoked laptop, and by a known person who has no
        /// account in the laptop's office (any more).
        #[arg(long)]
        trust: bool,
    },
}

/// Why a command ended without success.
#[derive(Debug)]
pub enum Failure {
    /// It was asked or configured wrongly.
    Refused(Error),
    /// It broke.
    Broken(Error),
}

impl Failure {
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Refused(_) => 2,
            Self::Broken(_) => 1,
        }
    }

    #[must_use]
    pub fn reason(&self) -> &Error {
        match self {
            Self::Refused(error) | Self::Broken(error) => error,
        }
    }
}

/// Does what the command line says.
///
/// # Errors
/// The reason, and whether it is the person or the program that has to change.
pub async fn run(cli: Cli, out: &mut (dyn Write + Send)) -> Result<(), Failure> {
    match cli.command {
        Command::Serve(args) => serve::serve(&cli.data, args, out).await,
        // Neither opens the database as the others do: a backup must not upgrade it, and a restore
        // must not make one.
        Command::Backup { folder, deep } => backup::backup(&cli.data, &folder, deep, out),
        Command::Restore { folder } => backup::restore(&cli.data, &folder, out),
        Command::Man { folder } => man::write(&folder, out),
        command => admin::run(&cli.data, command, out).await,
    }
}
