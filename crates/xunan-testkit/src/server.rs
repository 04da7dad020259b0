//! The real server, as a process that can be stopped, killed and started again.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::{program, wait_until};

/// The demonstration office's name.
pub const OFFICE: &str = "示范县应急管理局";

/// A server with a demonstration office. Its address stays the same over restarts.
#[derive(Debug)]
pub struct Server {
    data: PathBuf,
    listen: String,
    process: Option<Child>,
}

impl Server {
    /// A new server in `folder`, filled with the demonstration office, not running.
    ///
    /// # Errors
    /// When the program is not built or fails.
    pub fn new(folder: &Path) -> Result<Self> {
        let data = folder.join("server");
        // A free port now; nobody else asks for it in a test run.
        let listen = std::net::TcpListener::bind("127.0.0.1:0")?
            .local_addr()?
            .to_string();
        Self::at(data, listen)
    }

    /// Another server, with a key of its own, under the same address; not running.
    ///
    /// # Errors
    /// As [`Server::new`].
    pub fn impostor(&self, folder: &Path) -> Result<Self> {
        Self::at(folder.join("server"), self.listen.clone())
    }

    fn at(data: PathBuf, listen: String) -> Result<Self> {
        let server = Self {
            data,
            listen,
            process: None,
        };
        server.command(&["seed-demo"])?;
        Ok(server)
    }

    /// Where it listens.
    #[must_use]
    pub fn url(&self) -> String {
        format!("https://{}", self.listen)
    }

    /// Starts it and waits until it answers.
    ///
    /// # Errors
    /// When it does not within 20 seconds.
    pub fn start(&mut self) -> Result<()> {
        ensure!(self.process.is_none(), "the server is running already");
        let address = self.data.join("address");
        let _ = std::fs::remove_file(&address);
        let process = Command::new(program("XUNAN_SERVER_BIN")?)
            .arg("--data")
            .arg(&self.data)
            .args(["serve", "--listen", &self.listen, "--address-file"])
            .arg(&address)
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(self.data.join("log.txt"))?)
            .spawn()?;
        self.process = Some(process);
        wait_until("the server answers", Duration::from_secs(20), || {
            Ok(address.exists())
        })?;
        Ok(())
    }

    /// Asks it to stop, and waits until it has.
    ///
    /// # Errors
    /// When it cannot be asked.
    pub fn stop(&mut self) -> Result<()> {
        let mut process = self.process.take().context("the server is not running")?;
        Command::new("kill")
            .args(["-TERM", &process.id().to_string()])
            .status()?;
        process.wait()?;
        Ok(())
    }

    /// Ends it without warning.
    ///
    /// # Errors
    /// When it is not running.
    pub fn kill(&mut self) -> Result<()> {
        let mut process = self.process.take().context("the server is not running")?;
        process.kill()?;
        process.wait()?;
        Ok(())
    }

    /// A fresh one-time code of the demonstration office.
    ///
    /// # Errors
    /// When the program prints none.
    pub fn enrol_code(&self) -> Result<String> {
        let printed = self.command(&["seed-demo"])?;
        let code = printed
            .lines()
            .find_map(|line| line.strip_prefix("enrol-code: "));
        Ok(code.context("no code was printed")?.trim().to_owned())
    }

    /// Everything that arrived, as plain files.
    ///
    /// # Errors
    /// When the program fails.
    pub fn export(&self, folder: &Path) -> Result<()> {
        self.command(&["export", &folder.to_string_lossy()])?;
        Ok(())
    }

    /// What a command of the server prints.
    ///
    /// # Errors
    /// When it fails, with what it says.
    pub fn command(&self, arguments: &[&str]) -> Result<String> {
        self.command_told(arguments, "")
    }

    /// What a command of the server prints that reads `told` from its standard input.
    ///
    /// # Errors
    /// When it fails, with what it says.
    pub fn command_told(&self, arguments: &[&str], told: &str) -> Result<String> {
        let mut process = Command::new(program("XUNAN_SERVER_BIN")?)
            .arg("--data")
            .arg(&self.data)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        if let Some(mut input) = process.stdin.take() {
            // A command that does not read has closed it, and says itself what is wrong.
            let _ = input.write_all(told.as_bytes());
        }
        let output = process.wait_with_output()?;
        ensure!(
            output.status.success(),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(String::from_utf8(output.stdout)?)
    }

    /// The number of its process, while it runs.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.process.as_ref().map(Child::id)
    }

    /// Its database, for looking beside its back.
    #[must_use]
    pub fn data(&self) -> &Path {
        &self.data
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}
