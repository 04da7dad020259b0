//! The real window, driven as a person would: keys, clicks, and what is to be seen.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use base64::prelude::{BASE64_STANDARD, Engine as _};
use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::key::Key;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use crate::{processes, program};

/// The program in its window.
#[derive(Debug)]
pub struct Window {
    /// The WebDriver session.
    pub client: Client,
    driver: Child,
    data: PathBuf,
}

const PATIENCE: Duration = Duration::from_secs(20);

impl Window {
    /// Starts the program on the data in `folder`, with `environment` added.
    ///
    /// # Errors
    /// When the window does not open.
    pub async fn open(folder: &Path, environment: &[(&str, &str)]) -> Result<Self> {
        let port = free_port()?;
        let native_port = free_port()?;
        let driver = Command::new(program("TAURI_DRIVER")?)
            .args([
                "--port",
                &port.to_string(),
                "--native-port",
                &native_port.to_string(),
            ])
            .env("XUNAN_DATA", folder)
            .envs(environment.iter().copied())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("start tauri-driver")?;
        let mut window = Self {
            client: connect(port).await?,
            driver,
            data: folder.to_owned(),
        };
        window.find("body").await.inspect_err(|_| {
            let _ = window.driver.kill();
        })?;
        Ok(window)
    }

    /// The element with this `data-test`, as soon as it is there.
    ///
    /// # Errors
    /// When it is not within 20 seconds; then with the page's text.
    pub async fn test(&self, name: &str) -> Result<Element> {
        self.find(&format!("[data-test=\"{name}\"]")).await
    }

    /// The element for this CSS selector, as soon as it is there.
    ///
    /// # Errors
    /// As [`Window::test`].
    pub async fn find(&self, css: &str) -> Result<Element> {
        match self
            .client
            .wait()
            .at_most(PATIENCE)
            .for_element(Locator::Css(css))
            .await
        {
            Ok(element) => Ok(element),
            Err(error) => {
                let text = self.text().await.unwrap_or_default();
                bail!("{css} is not to be seen ({error}); to be seen is:\n{text}")
            }
        }
    }

    /// Whether there is an element for this CSS selector now.
    ///
    /// # Errors
    /// When the window is gone.
    pub async fn shows(&self, css: &str) -> Result<bool> {
        Ok(!self.client.find_all(Locator::Css(css)).await?.is_empty())
    }

    /// Clicks the element with this `data-test`.
    ///
    /// # Errors
    /// As [`Window::test`].
    pub async fn click(&self, name: &str) -> Result<()> {
        let begun = Instant::now();
        loop {
            match self.test(name).await?.click().await {
                Ok(()) => return Ok(()),
                // Drawn anew between being found and being clicked: nothing was clicked.
                Err(error) if gone(&error) && begun.elapsed() < PATIENCE => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Chooses a language (`zh-CN`, `en`) on the settings screen and comes back.
    ///
    /// # Errors
    /// As [`Window::test`].
    pub async fn speak(&self, language: &str) -> Result<()> {
        let hash = "const at = location.hash; location.hash = '#/settings'; return at";
        let at = self.client.execute(hash, Vec::new()).await?;
        self.click(&format!("language-{language}")).await?;
        let back = "location.hash = arguments[0]";
        self.client.execute(back, vec![at]).await?;
        Ok(())
    }

    /// Types into whatever has the focus.
    ///
    /// # Errors
    /// When the window is gone.
    pub async fn keys(&self, text: &str) -> Result<()> {
        let focused = self.client.active_element().await?;
        Ok(focused.send_keys(text).await?)
    }

    /// Presses a key that has no letter.
    ///
    /// # Errors
    /// When the window is gone.
    pub async fn press(&self, key: Key) -> Result<()> {
        self.keys(&char::from(key).to_string()).await
    }

    /// Presses Ctrl+Enter.
    ///
    /// # Errors
    /// When the window is gone.
    pub async fn press_ctrl_enter(&self) -> Result<()> {
        let chord: String = [Key::Control, Key::Enter, Key::Null]
            .into_iter()
            .map(char::from)
            .collect();
        self.keys(&chord).await
    }

    /// An attribute of the element for this CSS selector; `None` when either is not there.
    ///
    /// # Errors
    /// When the window is gone.
    pub async fn attribute(&self, css: &str, name: &str) -> Result<Option<String>> {
        let script = "const e = document.querySelector(arguments[0]); return e ? e.getAttribute(arguments[1]) : null";
        let value = self
            .client
            .execute(script, vec![json!(css), json!(name)])
            .await?;
        Ok(value.as_str().map(str::to_owned))
    }

    /// How many elements there are for this CSS selector.
    ///
    /// # Errors
    /// When the window is gone.
    pub async fn count(&self, css: &str) -> Result<u64> {
        let script = "return document.querySelectorAll(arguments[0]).length";
        Ok(self
            .client
            .execute(script, vec![json!(css)])
            .await?
            .as_u64()
            .unwrap_or(0))
    }

    /// Waits until `css` has `attribute` with a value that pleases.
    ///
    /// # Errors
    /// When it has not within `limit`, with the last value.
    pub async fn wait_attribute(
        &self,
        css: &str,
        name: &str,
        limit: Duration,
        pleases: impl Fn(&str) -> bool,
    ) -> Result<String> {
        let start = Instant::now();
        loop {
            let value = self.attribute(css, name).await?;
            if let Some(value) = value.as_deref().filter(|value| pleases(value)) {
                return Ok(value.to_owned());
            }
            if start.elapsed() > limit {
                bail!(
                    "{css} {name} is {value:?}; to be seen is:\n{}",
                    self.text().await?
                );
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Drops or pastes files into the window as the desktop does: with their names and bytes.
    ///
    /// # Errors
    /// When a file cannot be read, or the window is gone.
    pub async fn give_files(&self, event: &str, files: &[PathBuf]) -> Result<()> {
        const SCRIPT: &str = "
            const [event, files] = arguments
            const data = new DataTransfer()
            for (const { name, type, bytes } of files) {
              const raw = Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0))
              data.items.add(new File([raw], name, { type }))
            }
            const target = document.activeElement ?? document.body
            const init = { bubbles: true, cancelable: true }
            target.dispatchEvent(event === 'drop'
              ? new DragEvent(event, { ...init, dataTransfer: data })
              : new ClipboardEvent(event, { ...init, clipboardData: data }))";
        let mut given = Vec::new();
        for file in files {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            let bytes = BASE64_STANDARD.encode(std::fs::read(file)?);
            given.push(json!({ "name": name, "type": "image/jpeg", "bytes": bytes }));
        }
        let arguments = vec![json!(event), Value::Array(given)];
        self.client.execute(SCRIPT, arguments).await?;
        Ok(())
    }

    /// The page's text.
    ///
    /// # Errors
    /// When the window is gone.
    pub async fn text(&self) -> Result<String> {
        let text = self
            .client
            .execute("return document.body.innerText", Vec::new())
            .await?;
        Ok(text.as_str().unwrap_or_default().to_owned())
    }

    /// A picture of the page.
    ///
    /// # Errors
    /// When it cannot be taken or written.
    pub async fn picture(&self, file: &Path) -> Result<()> {
        Ok(std::fs::write(file, self.client.screenshot().await?)?)
    }

    /// Closes the window as a person would.
    ///
    /// # Errors
    /// When it is gone already.
    pub async fn close(self) -> Result<()> {
        let process = running(&self.data).map(|pid| PathBuf::from(format!("/proc/{pid}")));
        self.client.clone().close().await?;
        // Whoever opens the same data next would be told that it is open already.
        let begun = Instant::now();
        while process.as_ref().is_ok_and(|process| alive(process)) && begun.elapsed() < PATIENCE {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }
}

impl Drop for Window {
    /// The program may have been killed; its driver must not stay behind.
    fn drop(&mut self) {
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// Ends a program without warning, as a flat battery does: the one whose data is in `folder`.
///
/// # Errors
/// When there is none.
pub fn kill_program(folder: &Path) -> Result<()> {
    let pid = running(folder)?;
    Command::new("kill")
        .args(["-KILL", &pid.to_string()])
        .status()?;
    let process = PathBuf::from(format!("/proc/{pid}"));
    while alive(&process) {
        std::thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}

/// The memory of the program whose data is in `folder`, and of all processes that it started.
///
/// # Errors
/// When there is none.
pub fn memory_of_program(folder: &Path) -> Result<u64> {
    Ok(processes::memory(&processes::tree(running(folder)?)?)?.1)
}

/// Whether an element was taken out of the page after it was found. The driver says it in two ways.
fn gone(error: &CmdError) -> bool {
    error.is_stale_element_reference()
        || matches!(error, CmdError::Standard(told) if told.message.contains("was not found"))
}

/// The processes that draw the pages of the program whose data is in `folder`.
///
/// # Errors
/// When it is not running.
pub fn pages_of_program(folder: &Path) -> Result<Vec<u32>> {
    let draws = |process: &u32| {
        // The system keeps the first 15 letters of a name.
        let name = std::fs::read_to_string(format!("/proc/{process}/comm")).unwrap_or_default();
        name.trim_end() == "WebKitWebProces"
    };
    Ok(processes::tree(running(folder)?)?
        .into_iter()
        .filter(draws)
        .collect())
}

/// The process of the program whose data is in `folder`.
fn running(folder: &Path) -> Result<u32> {
    let wanted = format!("XUNAN_DATA={}", folder.display()).into_bytes();
    let program = program("XUNAN_BIN")?.canonicalize()?;
    for process in std::fs::read_dir("/proc")?.flatten() {
        let path = process.path();
        let same = std::fs::read_link(path.join("exe")).is_ok_and(|exe| exe == program);
        let environment = std::fs::read(path.join("environ")).unwrap_or_default();
        let ours = environment
            .split(|byte| *byte == 0)
            .any(|entry| entry == wanted);
        if same && ours {
            return Ok(process.file_name().to_string_lossy().parse()?);
        }
    }
    bail!("the program is not running")
}

/// Whether a thread of a killed process still holds its files: the first one can be dead while
/// another is being ended in the middle of a write.
fn alive(process: &Path) -> bool {
    let dead = |stat: String| {
        stat.rsplit(')')
            .next()
            .is_some_and(|rest| rest.trim().starts_with('Z'))
    };
    std::fs::read_dir(process.join("task")).is_ok_and(|mut tasks| {
        tasks.any(|task| {
            let stat = task.and_then(|task| std::fs::read_to_string(task.path().join("stat")));
            stat.is_ok_and(|stat| !dead(stat))
        })
    })
}

async fn connect(port: u16) -> Result<Client> {
    let capabilities: serde_json::Map<String, Value> = [(
        "tauri:options".to_owned(),
        json!({ "application": program("XUNAN_BIN")? }),
    )]
    .into_iter()
    .collect();
    let start = Instant::now();
    loop {
        let connected = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities.clone())
            .connect(&format!("http://127.0.0.1:{port}"))
            .await;
        match connected {
            Ok(client) => return Ok(client),
            Err(error) if start.elapsed() > PATIENCE => return Err(error).context("no window"),
            Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
}

pub(crate) fn free_port() -> Result<u16> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?
        .local_addr()?
        .port())
}
