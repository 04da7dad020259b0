//! The way of somebody who has never seen the program and has no manual: only words that stand on
//! the screen, every interaction counted, and the list of them kept in docs/NEWCOMER.md.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use fantoccini::Locator;
use fantoccini::elements::Element;
use serde_json::json;
use xunan_testkit::laptop::{self, PASSWORD};
use xunan_testkit::photos;
use xunan_testkit::server::Server;
use xunan_testkit::window::Window;

/// A click, a key, a field filled in, or files chosen.
const INTERACTIONS_MAX: usize = 40;
const PATIENCE: Duration = Duration::from_secs(20);
/// Marks the control that carries these words and is nearest to a person: in front, and in sight.
const FIND: &str = "
    const [words, role] = arguments
    const sorts = {
      press: 'button, a[href], label, [role=option], summary',
      field: 'input:not([type=file], [type=checkbox], [type=radio]), textarea',
      file: 'input[type=file]',
    }
    document.querySelector('[data-newcomer]')?.removeAttribute('data-newcomer')
    const said = (one) => role === 'press'
      ? one.innerText.trim().replace(/\\s+/g, ' ')
      : [one.placeholder, one.ariaLabel, one.closest('label')?.innerText].join(' ')
    const front = document.querySelector('.el-dialog') ?? document.body
    const all = [...front.querySelectorAll(sorts[role])]
      .filter((one) => !one.disabled && (role === 'file' || one.checkVisibility()))
      .filter((one) => said(one).includes(words))
    const whole = (one) => one.innerText.split('\\n').some((line) => line.trim() === words)
    const [best] = all.sort((a, b) => whole(b) - whole(a) || said(a).length - said(b).length)
    best?.setAttribute('data-newcomer', '')
    return best !== undefined";

struct Newcomer {
    window: Window,
    did: Vec<String>,
}

impl Newcomer {
    /// The control with these words, as soon as it is there.
    async fn see(&self, words: &str, role: &str) -> Result<Element> {
        let start = Instant::now();
        loop {
            let asked = vec![json!(words), json!(role)];
            if self.window.client.execute(FIND, asked).await? == json!(true) {
                return Ok(self
                    .window
                    .client
                    .find(Locator::Css("[data-newcomer]"))
                    .await?);
            }
            ensure!(
                start.elapsed() < PATIENCE,
                "“{words}” is not to be seen after {:?}; to be seen is:\n{}",
                self.did,
                self.window.text().await?
            );
            tokio::time::sleep(Duration::from_millis(80)).await;
        }
    }

    async fn press(&mut self, words: &str) -> Result<()> {
        self.see(words, "press").await?.click().await?;
        self.did.push(format!("点“{words}”"));
        Ok(())
    }

    async fn write(&mut self, field: &str, text: &str, told: &str) -> Result<()> {
        self.see(field, "field").await?.send_keys(text).await?;
        self.did.push(format!("在“{field}”里输入{told}"));
        Ok(())
    }

    /// Presses the button that opens the desktop's dialog, and chooses files there.
    async fn choose(&mut self, words: &str, files: &[PathBuf]) -> Result<()> {
        let before = self.photos().await?;
        let field = self.see(words, "file").await?;
        let names: Vec<String> = files
            .iter()
            .map(|file| file.display().to_string())
            .collect();
        field.send_keys(&names.join("\n")).await?;
        self.did.push(format!("点“{words}”"));
        self.did.push(format!("选 {} 张照片", files.len()));
        let start = Instant::now();
        while self.photos().await? < before + files.len() as u64 {
            ensure!(
                start.elapsed() < PATIENCE * 3,
                "{}",
                self.window.text().await?
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok(())
    }

    async fn photos(&self) -> Result<u64> {
        self.window
            .count(".el-dialog [data-test=photo][data-ready=true]")
            .await
    }

    /// The code of the item that is asked, once it is another one than `before`.
    async fn asked(&self, before: &str) -> Result<String> {
        let item = "[data-test=item]";
        self.window
            .wait_attribute(item, "data-code", PATIENCE, |code| code != before)
            .await
    }

    /// Waits until the answer to this item is said to be saved.
    async fn saved(&self, code: &str) -> Result<()> {
        let saved = "[data-test=saved]";
        self.window
            .wait_attribute(saved, "data-code", PATIENCE, |one| one == code)
            .await?;
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_without_a_manual_finishes_a_visit_with_two_findings_in_forty_interactions()
-> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut server = Server::new(folder.path())?;
    server.start()?;
    let data = folder.path().join("one");
    drop(laptop::enrolled(&data, &server)?);
    drop(laptop::reopened(&data)?);
    server.stop()?;
    let window = Window::open(&data, &[]).await?;
    // A laptop of an office is set to Chinese; the one that tests may be set to anything.
    window.test("login").await?;
    if window.attribute("html", "lang").await?.as_deref() == Some("en") {
        window.click("language").await?;
    }
    let mut one = Newcomer {
        window,
        did: Vec::new(),
    };
    let files = photos::files()?;

    one.press("示例甲").await?;
    one.write("示例甲 的密码", PASSWORD, "自己的密码").await?;
    one.press("登录").await?;
    one.press("开始检查").await?;
    one.press("示范液化气站").await?;
    one.press("安全生产管理").await?;
    one.press("灭火器材").await?;
    one.press("开始检查").await?;

    let total = items(&one.window).await?;
    let mut code = String::new();
    for nth in 0..total {
        code = one.asked(&code).await?;
        if nth == 1 || nth == 3 {
            one.press("不符合").await?;
            one.saved(&code).await?;
            // A person waits until the form is there.
            one.window.test("finding-dialog").await?;
            one.choose("添加", &files[nth + 4..nth + 6]).await?;
            one.press("保存隐患").await?;
        } else {
            one.press("符合").await?;
            one.saved(&code).await?;
        }
    }
    one.press("结束检查").await?;
    one.press("检查记录").await?;
    one.press("确认结束").await?;
    one.window.test("finished").await?;
    let Newcomer { window, did } = one;
    window.close().await?;
    assert!(
        did.len() <= INTERACTIONS_MAX,
        "{} interactions: {did:?}",
        did.len()
    );

    let install = laptop::reopened(&data)?;
    let app = install.unlock("jia", PASSWORD)?;
    let visit = app.inspection_list()?.pop().context("a visit")?;
    let view = app.inspection_get(visit.id.parse()?)?;
    ensure!(view.finished.is_some() && view.findings.len() == 2);
    ensure!(view.photos.len() == 4 && view.answers.len() == total);
    listed(&did)
}

/// How many items the visit asks, as the bar above them says.
async fn items(window: &Window) -> Result<usize> {
    window.test("item").await?;
    let text = window.text().await?;
    let after = text
        .split("已查 0/")
        .nth(1)
        .context("how many items there are")?;
    let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
    Ok(digits.parse()?)
}

/// The list in docs/NEWCOMER.md is this one. `XUNAN_WRITE=1` writes it anew.
fn listed(did: &[String]) -> Result<()> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/NEWCOMER.md");
    let steps: Vec<String> = did.iter().map(|step| format!("1. {step}\n")).collect();
    let wanted = format!(
        "# A newcomer's path\n\nFrom the login to a finished visit with two findings and four photos, without the manual: \
         {} interactions (a click, a\nkey, a field filled in, files chosen), at most {INTERACTIONS_MAX}. \
         `tests/tests/newcomer.rs` goes this way in the real window by the words\nthat are to be \
         seen, and fails when this list is another one (`XUNAN_WRITE=1` writes it anew).\n\n{}",
        did.len(),
        steps.concat()
    );
    if std::env::var_os("XUNAN_WRITE").is_some() {
        std::fs::write(&file, &wanted)?;
    }
    let have = std::fs::read_to_string(&file).unwrap_or_default();
    ensure!(
        have == wanted,
        "docs/NEWCOMER.md lists another way; this one was:\n{wanted}"
    );
    Ok(())
}
