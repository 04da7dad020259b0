//! A simulated laptop: a disk, the real program on it, and a person who works with it.

use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::sync::mpsc::{Sender, channel};
use tokio::task::JoinHandle;
use xunan_core::headless::Headless;
use xunan_core::sync::driver::Signal;
use xunan_core::{App, PhotoTarget};
use xunan_model::inspection::AnswerResult;
use xunan_simdisk::SimDisk;
use xunan_testkit::laptop as office_work;

use super::chance::Chance;
use super::clock::Clock;
use super::net::Net;

const FOLDER: &str = "/laptop";

/// A laptop.
pub(super) struct Laptop {
    pub(super) name: String,
    pub(super) login: &'static str,
    pub(super) disk: SimDisk,
    pub(super) clock: Clock,
    pub(super) net: Net,
    pub(super) chance: Chance,
    pub(super) headless: Option<Rc<Headless>>,
    signals: Option<Sender<Signal>>,
    driver: Option<JoinHandle<()>>,
    /// Words that were written into records and called saved.
    pub(super) saved: Vec<String>,
    /// After an old image was put back: the server's epoch and number that it has to reach before
    /// the server may be put back too.
    pub(super) owed: Option<(String, u64)>,
    actions: u64,
}

impl Laptop {
    pub(super) fn new(
        name: &str,
        login: &'static str,
        disk: SimDisk,
        clock: Clock,
        net: Net,
        chance: Chance,
    ) -> Self {
        Self {
            name: name.to_owned(),
            login,
            disk,
            clock,
            net,
            chance,
            headless: None,
            signals: None,
            driver: None,
            saved: Vec::new(),
            owed: None,
            actions: 0,
        }
    }

    /// Opens the program.
    pub(super) fn start(&mut self) -> Result<()> {
        let disk = Arc::new(self.disk.clone());
        let headless = self
            .clock
            .at(|| Headless::open(disk, Path::new(FOLDER)))
            .with_context(|| format!("{} does not open", self.name))?;
        self.headless = Some(Rc::new(headless));
        Ok(())
    }

    /// Begins to send and receive.
    pub(super) fn connect(&mut self) {
        let Some(headless) = self.headless.clone() else {
            return;
        };
        let (signals, mailbox) = channel(64);
        let (net, chance) = (self.net.clone(), self.chance.clone());
        let drive = async move { headless.drive(&net, &chance, mailbox).await };
        self.driver = Some(tokio::task::spawn_local(self.clock.run(drive)));
        self.signals = Some(signals);
    }

    /// Ends the program, as a kill does; the disk stays as it is.
    pub(super) fn stop(&mut self) {
        if let Some(driver) = self.driver.take() {
            driver.abort();
        }
        self.signals = None;
        self.headless = None;
        self.net.cut();
    }

    pub(super) fn wake(&self, signal: Signal) {
        if let Some(signals) = &self.signals {
            let _ = signals.try_send(signal);
        }
    }

    pub(super) fn program(&self) -> Result<&Rc<Headless>> {
        self.headless.as_ref().context("the laptop is off")
    }

    /// The person does something. What fails because the disk is full has not been called saved.
    pub(super) fn act(&mut self) {
        let Some(headless) = self.headless.clone() else {
            return;
        };
        self.actions += 1;
        let word = format!(
            "«{}-{}-{}»",
            self.name,
            self.actions,
            self.chance.next() % 10_000
        );
        let done = self.clock.at(|| {
            let app = headless.app(self.login)?;
            action(&app, &self.chance, &word)
        });
        match done {
            Ok(true) => self.saved.push(word),
            Ok(false) => {}
            Err(error) => tracing::debug!("{}: {error:#}", self.name),
        }
        self.wake(Signal::Saved);
    }
}

/// How long a person waits between two actions.
pub(super) fn pause(chance: &Chance) -> Duration {
    Duration::from_millis(500 + chance.below(30_000))
}

/// Does one thing; `true` when `word` was written into a record.
fn action(app: &App, chance: &Chance, word: &str) -> Result<bool> {
    let visits = app.inspection_list()?;
    let Some(visit) = visits.get(usize::try_from(chance.below(visits.len() as u64))?) else {
        office_work::begin(app, &["fire"], 1)?;
        return Ok(false);
    };
    let inspection = visit.id.parse()?;
    match chance.below(20) {
        0 if visits.len() < 4 => {
            office_work::begin(app, &["fire"], 1)?;
            Ok(false)
        }
        0..=8 => {
            let view = app.inspection_get(inspection)?;
            let place = usize::try_from(chance.below(view.items.len() as u64))?;
            let result = if chance.happens(0.5) {
                AnswerResult::Compliant
            } else {
                AnswerResult::NonCompliant
            };
            let mut answer = office_work::answer(&view, place, result)?;
            answer.note = word.to_owned();
            app.answer_save(answer)?;
            Ok(true)
        }
        9..=14 => {
            let known = app.finding_list(inspection)?;
            let mut draft = app.finding_draft(inspection, None, None, "")?;
            draft.hazard = "灭火器压力不足".to_owned();
            if let Some(one) = known.first().filter(|_| chance.happens(0.7)) {
                draft.id = Some(one.id.parse()?);
                draft.deadline =
                    xunan_platform::today().checked_add_days(chrono::Days::new(chance.below(30)));
            }
            draft.note = word.to_owned();
            app.finding_save(&draft)?;
            Ok(true)
        }
        15..=17 => {
            let bytes = 2_000 + usize::try_from(chance.below(120_000))?;
            let mut photo = vec![0xff, 0xd8, 0xff, 0xe0];
            while photo.len() < bytes {
                photo.extend_from_slice(&chance.next().to_le_bytes());
            }
            let target = PhotoTarget {
                inspection,
                finding: None,
                item: None,
                facility: String::new(),
                name: format!("{word}.jpg"),
                source: xunan_model::photo::PhotoSource::File,
            };
            app.photo_add(target, &photo)?;
            Ok(true)
        }
        _ => {
            if let Some(one) = app.conflict_list()?.first() {
                app.conflict_settle(&one.id, &one.winner.value)?;
            }
            Ok(false)
        }
    }
}
