//! The real window with somebody inside the page who sees what goes wrong there.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use fantoccini::key::Key;
use serde_json::{Value, json};
use xunan_testkit::laptop::{LOGIN, PASSWORD};
use xunan_testkit::window::Window;

use super::{Laptop, Screen, State};

const WATCH: &str = include_str!("watch.js");
const AXE: &str = include_str!("axe.js");
const WORDS: &str = include_str!("../../../ui/src/locales/zh-CN.json");
/// Where one goes in between: a screen that asks for nothing.
const ELSEWHERE: &str = "/checklists/import";
const SETTLED: &str = "
    const [loading, done] = arguments
    const start = Date.now()
    let [before, same] = ['', 0]
    const look = () => {
      const now = document.body.innerHTML.length + location.hash + document.images.length
      same = now === before && (loading || window.watch.running.length === 0) ? same + 1 : 0
      before = now
      if (same >= 3) done('')
      else if (Date.now() - start > 25000) done(`still changing, or asking ${window.watch.running}`)
      else setTimeout(look, 50)
    }
    look()";

/// The window, watched.
#[derive(Debug)]
pub struct Page {
    /// The window itself.
    pub window: Window,
    /// Where pictures of what was looked at go.
    pictures: Option<PathBuf>,
}

impl Page {
    /// Starts the program and watches its page.
    ///
    /// # Errors
    /// As [`Window::open`]; when axe is not installed.
    pub async fn open(data: &Path) -> Result<Self> {
        // A dialog of the system would wait for a person.
        let stick = data.with_file_name("stick");
        let stick = [("XUNAN_BACKUP_FOLDER", stick.to_str().context("a path")?)];
        let window = Window::open(data, &stick).await?;
        let pictures = std::env::var_os("XUNAN_PICTURES");
        let page = Self {
            window,
            pictures: pictures.map(|folder| PathBuf::from(folder).join("screens")),
        };
        page.watch().await?;
        Ok(page)
    }

    /// Starts the program on a laptop, at the usual size, and logs in. Pictures go into the folder,
    /// or into `$XUNAN_PICTURES/screens` when that is set.
    ///
    /// # Errors
    /// As [`Page::open`].
    pub async fn signed_in(laptop: &Laptop, pictures: Option<&Path>) -> Result<Self> {
        let mut page = Self::open(&laptop.data).await?;
        if let Some(folder) = pictures {
            page.pictures = Some(folder.to_owned());
        }
        page.window.client.set_window_size(1366, 768).await?;
        page.log_in(LOGIN).await?;
        Ok(page)
    }

    /// Watches a page that was just loaded.
    ///
    /// # Errors
    /// When the window is gone; when axe is not installed.
    pub async fn watch(&self) -> Result<()> {
        let words: Value = serde_json::from_str(WORDS)?;
        let namespaces: Vec<&String> = words.as_object().context("texts")?.keys().collect();
        self.run(WATCH, vec![json!(namespaces)]).await?;
        let file =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/node_modules/axe-core/axe.min.js");
        let axe = std::fs::read_to_string(&file)
            .with_context(|| format!("{}: `npm ci` in ui installs it", file.display()))?;
        self.run(&axe, Vec::new()).await?;
        Ok(())
    }

    /// Logs in.
    ///
    /// # Errors
    /// When it does not work.
    pub async fn log_in(&self, login: &str) -> Result<()> {
        let window = &self.window;
        window.click(&format!("login-person-{login}")).await?;
        let field = window.test("login-password").await?;
        field.send_keys(PASSWORD).await?;
        window.press(Key::Enter).await?;
        window.test("lock").await?;
        self.settle(State::Typical).await
    }

    /// Chooses the language, `zh-CN` or `en`.
    ///
    /// # Errors
    /// When it is not shown.
    pub async fn language(&self, wanted: &str) -> Result<()> {
        let now = self.run("return document.documentElement.lang", Vec::new());
        if now.await? != json!(wanted) {
            // Before anybody signs in there is a button for it.
            if self.window.shows("[data-test=language]").await? {
                self.window.click("language").await?;
            } else {
                self.window.speak(wanted).await?;
            }
        }
        Ok(())
    }

    /// Shows the page in other colours (`light`, `dark`, `sun`) until it is loaded again.
    ///
    /// # Errors
    /// When the window is gone.
    pub async fn theme(&self, wanted: &str) -> Result<()> {
        let set = "document.documentElement.dataset.theme = arguments[0]";
        self.run(set, vec![json!(wanted)]).await?;
        Ok(())
    }

    /// Asks again for what is shown: what was answered before the page was watched is data too.
    ///
    /// # Errors
    /// When the window is gone.
    pub async fn again(&self) -> Result<()> {
        let script = "watch.again().then(arguments[arguments.length - 1])";
        self.window.client.execute_async(script, Vec::new()).await?;
        self.settle(State::Typical).await
    }

    /// Lets the program find out that its server is gone, as it does by itself within a minute.
    ///
    /// # Errors
    /// When the light does not say so.
    pub async fn offline(&self) -> Result<()> {
        let go = "watch.answer('normal'); location.hash = '/sync'";
        self.run(go, Vec::new()).await?;
        self.window.click("sync-now").await?;
        let light = "[data-test=sync-light]";
        let limit = Duration::from_secs(30);
        self.window
            .wait_attribute(light, "data-state", limit, |state| state == "offline")
            .await?;
        Ok(())
    }

    /// Goes to a screen in a state and waits until it is drawn.
    ///
    /// # Errors
    /// When it is not shown.
    pub async fn go(&self, screen: &Screen, address: &str, state: State) -> Result<()> {
        let elsewhere = if address == ELSEWHERE {
            "/conflicts"
        } else {
            ELSEWHERE
        };
        self.run(
            "watch.answer('normal'); location.hash = arguments[0]",
            vec![json!(elsewhere)],
        )
        .await?;
        self.settle(State::Typical).await?;
        // What was answered already is shown at once, as usual, but where nothing is to be answered.
        let go = "if (arguments[1] !== 'normal') watch.forget()
            watch.answer(arguments[1])
            location.hash = arguments[0]";
        self.run(go, vec![json!(address), json!(state.answers())])
            .await?;
        if state.answers() == "normal" {
            for click in screen.clicks {
                self.window.click(click).await?;
            }
            let shown = self.window.find(screen.shows).await;
            shown.with_context(|| format!("{} {}", screen.name, state.name()))?;
        }
        self.settle(state).await
    }

    async fn settle(&self, state: State) -> Result<()> {
        let loading = json!(state == State::Loading);
        let client = &self.window.client;
        let settled = client.execute_async(SETTLED, vec![loading]).await?;
        ensure!(
            settled == json!(""),
            "the page does not come to rest: {settled}"
        );
        Ok(())
    }

    /// What is wrong with what is to be seen, and what went wrong on the way to it.
    ///
    /// # Errors
    /// When the window is gone.
    pub async fn wrong(&self, axe: bool) -> Result<Vec<String>> {
        let mut wrong: Vec<String> = Vec::new();
        for script in ["return watch.check()", "return watch.errors()"] {
            wrong.extend(lines(self.run(script, Vec::new()).await?)?);
        }
        if axe {
            let found = self.window.client.execute_async(AXE, Vec::new()).await?;
            wrong.extend(lines(found)?);
        }
        Ok(wrong)
    }

    /// Looks at screens in a state; what is wrong goes into `found`, with where.
    ///
    /// # Errors
    /// When a screen is not shown at all.
    pub async fn look(
        &self,
        screens: &[Screen],
        laptop: &Laptop,
        state: State,
        view: &str,
        found: &mut Found,
    ) -> Result<()> {
        for screen in screens {
            let Some(address) = laptop.address(screen.path) else {
                continue;
            };
            let place = format!("{}-{}-{view}", screen.name, state.name());
            if let Err(error) = self.go(screen, &address, state).await {
                // The page's text would hide all else.
                let short = format!("{error:#}")
                    .lines()
                    .next()
                    .unwrap_or_default()
                    .to_owned();
                found.entry(short).or_default().push(place);
                self.window.press(Key::Escape).await?;
                continue;
            }
            // The sizes below the usual one only move things.
            let axe = !view.contains("small");
            for wrong in self.wrong(axe).await? {
                found.entry(wrong).or_default().push(place.clone());
            }
            self.keep(&place).await?;
            self.leave(screen).await?;
        }
        Ok(())
    }

    /// Takes pictures of screens in a state, without looking for what is wrong.
    ///
    /// # Errors
    /// When a screen is not shown.
    pub async fn take(
        &self,
        screens: &[Screen],
        laptop: &Laptop,
        state: State,
        view: &str,
    ) -> Result<()> {
        for screen in screens {
            if let Some(address) = laptop.address(screen.path) {
                self.go(screen, &address, state).await?;
                self.keep(&format!("{}-{}-{view}", screen.name, state.name()))
                    .await?;
                self.leave(screen).await?;
            }
        }
        Ok(())
    }

    /// Closes what was opened over a screen.
    async fn leave(&self, screen: &Screen) -> Result<()> {
        for _ in screen.clicks {
            self.window.press(Key::Escape).await?;
        }
        Ok(())
    }

    /// Takes a picture, where pictures are wanted.
    ///
    /// # Errors
    /// When it cannot be taken or written.
    pub async fn keep(&self, name: &str) -> Result<()> {
        let Some(folder) = &self.pictures else {
            return Ok(());
        };
        std::fs::create_dir_all(folder)?;
        tokio::time::sleep(Duration::from_millis(60)).await;
        self.window
            .picture(&folder.join(format!("{name}.png")))
            .await
    }

    /// What went wrong since it was last asked; `blank`: also whether anything is to be seen.
    ///
    /// # Errors
    /// When the window is gone.
    pub async fn errors(&self, blank: bool) -> Result<Vec<String>> {
        let script = "return watch.errors().concat(arguments[0] ? watch.blank() : [])";
        lines(self.run(script, vec![json!(blank)]).await?)
    }

    /// Runs a script in the page and returns what it returns.
    ///
    /// # Errors
    /// When it throws, or the window is gone.
    pub async fn run(&self, script: &str, arguments: Vec<Value>) -> Result<Value> {
        let ran = self.window.client.execute(script, arguments).await;
        // Its short form often says nothing.
        ran.map_err(|error| anyhow::anyhow!("{error:?}"))
    }
}

/// What is wrong → where it was seen.
pub type Found = BTreeMap<String, Vec<String>>;

/// Fails with a list of what is wrong where, if anything is.
///
/// # Errors
/// The list.
pub fn report(found: &Found) -> Result<()> {
    let line = |(wrong, places): (&String, &Vec<String>)| {
        format!(
            "{wrong}\n    at {} places: {}",
            places.len(),
            places.join(" ")
        )
    };
    let list: Vec<String> = found.iter().map(line).collect();
    ensure!(
        list.is_empty(),
        "{} things are wrong:\n{}",
        list.len(),
        list.join("\n")
    );
    Ok(())
}

fn lines(value: Value) -> Result<Vec<String>> {
    Ok(serde_json::from_value(value)?)
}
