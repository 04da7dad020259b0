//! Somebody who understands nothing uses the real window: random, but the same for a seed as far as
//! the window is. Nothing of it may end in an error of ours, and what was saved must be sound.

mod check;
mod odd;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use fantoccini::Locator;
use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::key::Key;
use serde_json::json;
use xunan_testkit::laptop::{self, LOGIN};
use xunan_testkit::server::Server;

use crate::screens::Page;
use crate::sim::chance::Chance;

const HANDS: &str = include_str!("hands.js");
/// As often as this the page is looked over in full.
const LOOK_EVERY: u64 = 10;
/// Keys that mean something on some screen, and some that mean nothing.
const KEYS: &[Key] = &[
    Key::Enter,
    Key::Escape,
    Key::Tab,
    Key::Up,
    Key::Down,
    Key::Left,
    Key::Right,
    Key::Delete,
    Key::Backspace,
    Key::F1,
    Key::F2,
    Key::Home,
    Key::End,
    Key::PageDown,
];
const LETTERS: &str = "1234567890abcdefghijklmnopqrstuvwxyz/?,. ";

/// What came of a run.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Actions done.
    pub actions: u64,
    /// Changes in the laptop's log at the end.
    pub changes: u64,
}

/// Does `actions` random things in a fresh office, as `seed` says, and checks what is left.
///
/// # Errors
/// What went wrong, with the last things that were done before.
pub async fn run(seed: u64, actions: u64) -> Result<Outcome> {
    let folder = tempfile::tempdir()?;
    let mut server = Server::new(folder.path())?;
    server.start()?;
    let data = folder.path().join("one");
    begun(&data, &server)?;
    let monkey = Monkey {
        page: Page::open(&data).await?,
        chance: Chance::new(seed),
        files: odd::files(folder.path())?,
    };
    monkey.page.log_in(LOGIN).await?;
    let mut done = Vec::new();
    let played = monkey.play(actions, &mut done).await;
    if let Err(error) = played {
        monkey.page.keep(&format!("monkey-{seed}")).await?;
        let last = done.split_off(done.len().saturating_sub(12));
        let replay = format!("cargo xtask monkey --seed {seed} --actions {actions}");
        return Err(error.context(format!("after {}\nreplay: {replay}", last.join(" | "))));
    }
    monkey.page.window.close().await?;
    let changes = check::sound(&data)
        .and_then(|changes| check::arrives(&data).map(|()| changes))
        .with_context(|| format!("cargo xtask monkey --seed {seed} --actions {actions}"))?;
    Ok(Outcome { actions, changes })
}

/// An office with a visit on the way, so that there is something to spoil.
fn begun(data: &Path, server: &Server) -> Result<()> {
    let install = laptop::enrolled(data, server)?;
    let app = install.unlock(LOGIN, laptop::PASSWORD)?;
    let visit = laptop::begin(&app, &["city_gas", "fire"], 2)?;
    let item = visit.items.first().context("an item")?;
    let (edition, code) = (Some(&*item.edition.id), Some(&*item.code));
    let draft = app.finding_draft(visit.row.id.parse()?, edition, code, &item.facility)?;
    app.finding_save(&draft)?;
    drop((app, install));
    drop(laptop::reopened(data)?);
    Ok(())
}

struct Monkey {
    page: Page,
    chance: Chance,
    files: Vec<PathBuf>,
}

impl Monkey {
    async fn play(&self, actions: u64, done: &mut Vec<String>) -> Result<()> {
        for nth in 0..actions {
            let what = self.act().await?;
            done.push(what);
            let full = nth % LOOK_EVERY == 0 || nth + 1 == actions;
            if full {
                tokio::time::sleep(Duration::from_millis(120)).await;
            }
            let wrong = self.page.errors(full).await?;
            ensure!(wrong.is_empty(), "action {nth}: {}", wrong.join("\n"));
        }
        Ok(())
    }

    /// One thing, and its name. Where it cannot be done here, something is clicked.
    async fn act(&self) -> Result<String> {
        match self.tried().await? {
            Some(name) => Ok(name),
            None => Ok(self.click().await?.unwrap_or_else(|| "nothing".to_owned())),
        }
    }

    async fn tried(&self) -> Result<Option<String>> {
        match self.chance.below(100) {
            0..=54 => self.click().await,
            55..=69 => self.press().await.map(Some),
            70..=81 => self.write().await,
            82..=86 => self.give().await,
            87..=89 => self.choose().await,
            90..=92 => self.walk("history.back()", "back").await.map(Some),
            93 => self.walk("history.forward()", "forward").await.map(Some),
            94..=95 => self.jump().await.map(Some),
            96..=97 => self.resize().await.map(Some),
            _ => self.lock().await.map(Some),
        }
    }

    async fn click(&self) -> Result<Option<String>> {
        let Some(name) = self.mark("click").await? else {
            return Ok(None);
        };
        if let Some(control) = self.marked().await? {
            refused(control.click().await)?;
        }
        Ok(Some(format!("click {name}")))
    }

    async fn press(&self) -> Result<String> {
        let letter = self.chance.below(2) == 0;
        let mut keys = String::new();
        if self.chance.below(4) == 0 {
            keys.push(char::from(Key::Control));
        }
        let key = if letter {
            let nth = self.chance.below(LETTERS.len() as u64) as usize;
            LETTERS.chars().nth(nth).unwrap_or('1')
        } else {
            char::from(KEYS[self.chance.below(KEYS.len() as u64) as usize])
        };
        keys.push(key);
        keys.push(char::from(Key::Null));
        let name = format!("keys {keys:?}");
        let focused = self.page.window.client.active_element().await;
        if let Ok(focused) = focused {
            refused(focused.send_keys(&keys).await)?;
        }
        Ok(name)
    }

    async fn write(&self) -> Result<Option<String>> {
        let Some(name) = self.mark("field").await? else {
            return Ok(None);
        };
        let text = odd::text(self.chance.next());
        let script = "hands.write(arguments[0])";
        self.page.run(script, vec![json!(text)]).await?;
        let start: String = text.chars().take(12).collect();
        Ok(Some(format!("write {start:?}… into {name}")))
    }

    async fn give(&self) -> Result<Option<String>> {
        let Some(name) = self.mark("file").await? else {
            return Ok(None);
        };
        let file = &self.files[self.chance.below(self.files.len() as u64) as usize];
        let path = file.display().to_string();
        if let Some(field) = self.marked().await? {
            refused(field.send_keys(&path).await)?;
        }
        let file = file.file_name().unwrap_or_default().display();
        Ok(Some(format!("give {file} to {name}")))
    }

    async fn choose(&self) -> Result<Option<String>> {
        let Some(name) = self.mark("select").await? else {
            return Ok(None);
        };
        let nth = json!(self.chance.below(1000));
        self.page
            .run("hands.choose(arguments[0])", vec![nth])
            .await?;
        Ok(Some(format!("choose in {name}")))
    }

    async fn walk(&self, script: &str, name: &str) -> Result<String> {
        self.page.run(script, Vec::new()).await?;
        Ok(name.to_owned())
    }

    /// Goes to an address as a person does by the links of the bar, wherever those are hidden.
    async fn jump(&self) -> Result<String> {
        let roads = crate::screens::SCREENS
            .iter()
            .filter(|one| !one.path.contains('{'));
        let roads: Vec<&str> = roads.map(|one| one.path).collect();
        let to = roads[self.chance.below(roads.len() as u64) as usize];
        let script = "location.hash = arguments[0]";
        self.page.run(script, vec![json!(to)]).await?;
        Ok(format!("go to {to}"))
    }

    async fn resize(&self) -> Result<String> {
        let width = 1024 + self.chance.below(343) as u32;
        let height = 600 + self.chance.below(169) as u32;
        self.page
            .window
            .client
            .set_window_size(width, height)
            .await?;
        Ok(format!("resize to {width}×{height}"))
    }

    async fn lock(&self) -> Result<String> {
        if !self.page.window.shows("[data-test=lock]").await? {
            return Ok("already locked".to_owned());
        }
        // Clicked in the page: a dialog may lie over the bar.
        let script = "document.querySelector('[data-test=lock]').click()";
        self.page.run(script, Vec::new()).await?;
        self.page.window.click("lock-another").await?;
        self.page.window.test("login").await?;
        let login = ["jia", "yi", "zhan"][self.chance.below(3) as usize];
        self.page.log_in(login).await?;
        Ok(format!("lock, log in as {login}"))
    }

    /// Marks one visible control of a sort and tells which.
    async fn mark(&self, sort: &str) -> Result<Option<String>> {
        self.page.run(HANDS, Vec::new()).await?;
        let which = vec![json!(sort), json!(self.chance.below(1 << 32))];
        let name = self
            .page
            .run("return hands.mark(arguments[0], arguments[1])", which);
        Ok(name.await?.as_str().map(str::to_owned))
    }

    /// What was marked, unless it has gone meanwhile.
    async fn marked(&self) -> Result<Option<Element>> {
        let css = Locator::Css("[data-monkey]");
        Ok(self.page.window.client.find_all(css).await?.pop())
    }
}

/// A control may be covered, or gone before it is reached: as for a person, nothing happens.
fn refused(tried: Result<(), CmdError>) -> Result<()> {
    match tried {
        Err(CmdError::Standard(_)) | Ok(()) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
