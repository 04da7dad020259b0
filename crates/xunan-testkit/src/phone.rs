//! A phone: Debian's Chromium, as large as a phone and speaking Chinese, through chromedriver.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Map, Value, json};

use crate::window::free_port;

const PATIENCE: Duration = Duration::from_secs(30);

/// A phone's browser.
#[derive(Debug)]
pub struct Phone {
    /// The WebDriver session.
    pub client: Client,
    driver: Child,
    /// Its profile; a new one each time.
    _profile: tempfile::TempDir,
}

impl Phone {
    /// Turns a phone on that speaks `language`, e.g. `zh-CN`.
    ///
    /// # Errors
    /// When chromedriver or Chromium is not installed.
    pub async fn new(language: &str) -> Result<Self> {
        let profile = tempfile::tempdir()?;
        let port = free_port()?;
        let mut driver = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("start chromedriver; `cargo xtask setup` installs it")?;
        let options = json!({
            "args": [
                "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic",
                "--no-first-run", "--disable-background-networking",
                "--disable-component-update", "--disable-sync",
                format!("--lang={language}"), format!("--accept-lang={language}"),
                format!("--user-data-dir={}", profile.path().display()),
            ],
            "mobileEmulation": {
                "deviceMetrics": { "width": 390, "height": 844, "pixelRatio": 2.0, "touch": true, "mobile": true },
                "userAgent": "Mozilla/5.0 (Linux; Android 13) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36",
            },
        });
        match connect(port, options).await {
            Ok(client) => Ok(Self {
                client,
                driver,
                _profile: profile,
            }),
            Err(error) => {
                let _ = driver.kill();
                let _ = driver.wait();
                Err(error)
            }
        }
    }

    /// Opens the page, again and again while the link fails, until it names the open place.
    ///
    /// # Errors
    /// When it does not within 30 seconds.
    pub async fn scan(&self, url: &str) -> Result<()> {
        let start = Instant::now();
        loop {
            let there = match self.client.goto(url).await {
                Ok(()) => {
                    let named = Locator::Css("#title[data-place]");
                    let wait = self.client.wait().at_most(Duration::from_secs(5));
                    wait.for_element(named).await.is_ok()
                }
                Err(_) => false,
            };
            if there {
                return Ok(());
            }
            if start.elapsed() > PATIENCE {
                bail!("the page does not open: {}", self.text().await?);
            }
        }
    }

    /// Chooses files as the phone's file chooser does.
    ///
    /// # Errors
    /// When the page is not there.
    pub async fn choose(&self, files: &[PathBuf]) -> Result<()> {
        let names: Vec<String> = files
            .iter()
            .map(|file| file.display().to_string())
            .collect();
        let input = self.client.find(Locator::Css("#files")).await?;
        Ok(input.send_keys(&names.join("\n")).await?)
    }

    /// How many of the page's photos stand so: `waiting`, `sending`, `saved`, `failed`.
    ///
    /// # Errors
    /// When the page is gone.
    pub async fn count(&self, standing: &str) -> Result<usize> {
        let css = format!("[data-standing=\"{standing}\"]");
        Ok(self.client.find_all(Locator::Css(&css)).await?.len())
    }

    /// The page's text.
    ///
    /// # Errors
    /// When the page is gone.
    pub async fn text(&self) -> Result<String> {
        let script = "return document.body.innerText";
        let text = self.client.execute(script, Vec::new()).await?;
        Ok(text.as_str().unwrap_or_default().to_owned())
    }

    /// A picture of the page.
    ///
    /// # Errors
    /// When it cannot be taken or written.
    pub async fn picture(&self, file: &Path) -> Result<()> {
        Ok(std::fs::write(file, self.client.screenshot().await?)?)
    }

    /// Turns it off.
    ///
    /// # Errors
    /// When it is off already.
    pub async fn close(self) -> Result<()> {
        Ok(self.client.clone().close().await?)
    }
}

impl Drop for Phone {
    fn drop(&mut self) {
        // Chromium ends with its driver.
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

async fn connect(port: u16, options: Value) -> Result<Client> {
    let capabilities: Map<String, Value> = [
        ("browserName".to_owned(), json!("chrome")),
        ("goog:chromeOptions".to_owned(), options),
    ]
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
            Err(error) if start.elapsed() > PATIENCE => return Err(error).context("no browser"),
            Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
}
