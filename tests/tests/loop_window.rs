//! The life of a major hazard by hand, in the real window: found by a township, listed by the county,
//! planned, extended, rechecked twice, delisted, struck off, while the figures move.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use chrono::{Days, NaiveDate};
use fantoccini::Locator;
use fantoccini::key::Key;
use serde_json::{Value, json};
use xunan_core::view::RecheckDraft;
use xunan_core::{App, PhotoTarget};
use xunan_model::finding::Level;
use xunan_model::id::FindingId;
use xunan_model::life::RecheckBy;
use xunan_model::photo::PhotoSource;
use xunan_testkit::laptop::{self, PASSWORD};
use xunan_testkit::photos;
use xunan_testkit::server::Server;
use xunan_testkit::window::Window;

const SOON: Duration = Duration::from_secs(20);

fn in_days(days: u64) -> NaiveDate {
    xunan_platform::today() + Days::new(days)
}

/// The township's part: a visit with the hazard and a photo of it.
fn found(app: &App) -> Result<FindingId> {
    let sites = app.site_list("示范寺庙")?;
    let site = sites.first().context("no temple")?.id.parse()?;
    let visit = app.recheck_open(site)?.visit;
    let inspection = visit.row.id.parse()?;
    let mut draft = app.finding_draft(inspection, None, None, "")?;
    draft.level = Level::Major;
    draft.hazard = "供灯房内酥油灯与木质帷幔相连，无人看护".to_owned();
    draft.deadline = Some(in_days(60));
    let finding = app.finding_save(&draft)?.id.parse()?;
    let target = PhotoTarget {
        inspection,
        finding: Some(finding),
        item: None,
        facility: String::new(),
        name: "前.jpg".to_owned(),
        source: PhotoSource::File,
    };
    app.photo_add(target, &std::fs::read(&photos::files()?[0])?)?;
    app.recheck_finish(&RecheckDraft {
        visit: inspection,
        verdicts: Vec::new(),
        authority: RecheckBy::Grassroots,
        second: None,
        password: None,
    })?;
    Ok(finding)
}

struct Hand {
    window: Window,
    finding: FindingId,
}

impl Hand {
    async fn open(data: &Path, finding: FindingId) -> Result<Self> {
        let window = Window::open(data, &[]).await?;
        window.client.set_window_size(1366, 768).await?;
        Ok(Self { window, finding })
    }

    async fn sign_in(&self, login: &str) -> Result<()> {
        self.window.click(&format!("login-person-{login}")).await?;
        let field = self.window.test("login-password").await?;
        field.send_keys(PASSWORD).await?;
        self.window.press(Key::Enter).await?;
        self.window.test("lock").await?;
        Ok(())
    }

    /// Another person at the same laptop.
    async fn change_to(&self, login: &str) -> Result<()> {
        self.go("/settings").await?;
        self.window.click("lock").await?;
        if self.window.shows("[data-test=lock-another]").await? {
            self.window.click("lock-another").await?;
        }
        self.sign_in(login).await
    }

    async fn go(&self, address: &str) -> Result<()> {
        let to = vec![json!(format!("#{address}"))];
        let script = "location.hash = arguments[0]";
        self.window.client.execute(script, to).await?;
        Ok(())
    }

    /// Opens the hazard in the ledger.
    async fn detail(&self) -> Result<()> {
        self.go("/home").await?;
        self.go(&format!("/findings?finding={}", self.finding))
            .await?;
        self.window.test("finding-detail").await?;
        Ok(())
    }

    async fn state(&self, wanted: &str) -> Result<()> {
        let css = "[data-test=\"finding-detail\"]";
        let there = self
            .window
            .wait_attribute(css, "data-state", SOON, |state| state == wanted)
            .await;
        there.map(drop).with_context(|| format!("not {wanted}"))
    }

    /// Begins a step.
    async fn step(&self, step: &str) -> Result<()> {
        self.window.click(&format!("step-{step}")).await?;
        self.window.test("step-dialog").await?;
        Ok(())
    }

    async fn write(&self, field: &str, text: &str) -> Result<()> {
        let field = self.window.test(field).await?;
        field.clear().await?;
        field.send_keys(text).await?;
        Ok(())
    }

    async fn choose_person(&self, field: &str, name: &str) -> Result<()> {
        let script = "
            const [field, name] = arguments
            const box = document.querySelector(`[data-test=\"field-${field}\"]`)
            const all = [...box.querySelectorAll('label, button, option')]
            const one = all.find((part) => part.textContent.includes(name))
            if (!one) return box.innerText
            if (one instanceof HTMLOptionElement) {
              const select = one.closest('select')
              select.value = one.value
              select.dispatchEvent(new Event('change', { bubbles: true }))
            } else {
              const input = one.querySelector('input')
              if (!(input ?? one).checked) (input ?? one).click()
            }
            return ''";
        let told = self
            .window
            .client
            .execute(script, vec![json!(field), json!(name)])
            .await?;
        ensure!(
            told == json!(""),
            "{name} is not to be chosen in {field}: {told}"
        );
        Ok(())
    }

    async fn save(&self) -> Result<()> {
        self.window.click("step-save").await?;
        let begun = Instant::now();
        while self.window.shows("[data-test=\"step-dialog\"]").await? {
            ensure!(begun.elapsed() < SOON, "{}", self.window.text().await?);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    /// A figure of the statistics page.
    async fn figure(&self, name: &str, wanted: u64) -> Result<()> {
        self.go("/statistics").await?;
        let css = format!("[data-test=\"{name}\"]");
        let wanted = wanted.to_string();
        let told = self
            .window
            .wait_attribute(&css, "data-count", SOON, |count| count == wanted)
            .await;
        told.map(drop)
            .with_context(|| format!("{name} is not {wanted}"))
    }

    /// A visit to the temple: a photo of now, what was found, and the second officer's password.
    async fn recheck(&self, verdict: &str, note: &str, photo: usize) -> Result<()> {
        self.detail().await?;
        self.window.click("step-rechecked").await?;
        self.window.test("recheck-item").await?;
        let file = photos::files()?[photo].display().to_string();
        let input = self
            .window
            .find("[data-test=\"recheck-photo-input\"]")
            .await?;
        input.send_keys(&file).await?;
        self.window
            .find("[data-test=\"photo-count\"]")
            .await
            .context("the photo of now")?;
        self.window.click(&format!("verdict-{verdict}")).await?;
        if !note.is_empty() {
            self.write("recheck-note", note).await?;
            self.window.press(Key::Tab).await?;
        }
        let second = self.window.find("[data-test=\"recheck-second\"]").await?;
        let option = Locator::XPath("./option[contains(., '示例乙')]");
        second.find(option).await?.click().await?;
        self.write("recheck-password", PASSWORD).await?;
        self.picture(&format!("loop-recheck-{verdict}.png")).await?;
        self.window.click("recheck-finish").await?;
        self.window.test("recheck-done").await?;
        Ok(())
    }

    async fn picture(&self, name: &str) -> Result<()> {
        match std::env::var_os("XUNAN_PICTURES") {
            Some(folder) => self.window.picture(&Path::new(&folder).join(name)).await,
            None => Ok(()),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_major_hazard_is_followed_by_hand_until_it_is_struck_off() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut server = Server::new(folder.path())?;
    server.start()?;
    let township = laptop::enrolled(&folder.path().join("township"), &server)?;
    let finding = found(&township.unlock("zhan", PASSWORD)?)?;
    laptop::wait_sent(&township, SOON)?;
    let data = folder.path().join("county");
    let county = laptop::enrolled(&data, &server)?;
    xunan_testkit::wait_until("it is here", SOON, || {
        county.sync_now();
        Ok(county
            .unlock("jia", PASSWORD)?
            .finding_life(finding)
            .is_ok())
    })?;
    drop(county);
    drop(laptop::reopened(&data)?);

    let hand = Hand::open(&data, finding).await?;
    hand.sign_in("jia").await?;
    hand.figure("stat-open-count", 1).await?;
    hand.detail().await?;
    hand.state("found").await?;
    // What the law needs is named before anything is sent.
    hand.step("notified").await?;
    hand.window.click("step-save").await?;
    hand.window.test("fault").await?;
    hand.write("told-name", "示例住持").await?;
    hand.window.click("field-way-signed").await?;
    hand.picture("loop-notified.png").await?;
    hand.save().await?;
    hand.state("notified").await?;

    hand.step("rectifying").await?;
    for (field, text) in [
        ("field-responsible", "示例住持"),
        ("field-measures", "供灯移至独立供灯房，设专人看护"),
        ("field-funds", "3"),
        ("field-due", &in_days(50).to_string()),
        ("field-emergency", "整改期间停止室内供灯"),
    ] {
        hand.write(field, text).await?;
    }
    hand.picture("loop-plan.png").await?;
    hand.save().await?;
    hand.state("rectifying").await?;

    // The county lists it and puts the deadline off.
    hand.change_to("du").await?;
    hand.detail().await?;
    hand.step("listed").await?;
    hand.window.click("field-level-county").await?;
    hand.write("field-number", "示应急督〔2026〕1号").await?;
    hand.save().await?;
    hand.figure("stat-listed-now", 1).await?;
    hand.detail().await?;
    hand.step("extended").await?;
    hand.write("field-until", &in_days(90).to_string()).await?;
    hand.write("field-asked", &xunan_platform::today().to_string())
        .await?;
    hand.choose_person("approver", "示例丁").await?;
    hand.write("field-reason", "高海拔冬季无法施工").await?;
    hand.save().await?;
    hand.picture("loop-listed.png").await?;

    hand.change_to("jia").await?;
    hand.recheck("partial", "帷幔已移出，看护人员未落实", 1)
        .await?;
    hand.detail().await?;
    hand.state("unsatisfied").await?;
    hand.step("rectifying").await?;
    hand.save().await?;
    hand.recheck("pass", "", 2).await?;
    hand.detail().await?;
    hand.state("passed").await?;
    hand.figure("stat-open-count", 1).await?;

    hand.change_to("du").await?;
    hand.detail().await?;
    let refused = "[data-test=\"step-closed\"]";
    let why = hand.window.attribute(refused, "data-refused").await?;
    ensure!(why.as_deref() == Some("delist_first"), "{why:?}");
    hand.step("delisted").await?;
    hand.choose_person("approver", "示例丁").await?;
    hand.write("field-number", "示应急摘〔2026〕1号").await?;
    hand.save().await?;
    hand.step("closed").await?;
    hand.choose_person("reviewers", "示例甲").await?;
    hand.choose_person("reviewers", "示例乙").await?;
    hand.choose_person("approver", "示例丁").await?;
    hand.picture("loop-closing.png").await?;
    hand.save().await?;
    hand.state("closed").await?;
    hand.picture("loop-closed.png").await?;
    hand.figure("stat-open-count", 0).await?;
    hand.picture("loop-figures.png").await?;
    hand.window.close().await?;

    let install = laptop::reopened(&data)?;
    let life = install.unlock("du", PASSWORD)?.finding_life(finding)?.life;
    let steps: Vec<Value> = life.timeline.iter().map(|row| json!(row.step)).collect();
    ensure!(
        steps
            == json!([
                "found",
                "notified",
                "rectifying",
                "listed",
                "extended",
                "rechecked",
                "rectifying",
                "rechecked",
                "delisted",
                "closed"
            ])
            .as_array()
            .context("a list")?
            .as_slice(),
        "{steps:?}"
    );
    Ok(())
}
