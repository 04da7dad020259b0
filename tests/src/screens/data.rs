//! Laptops to look at, filled through the core as people would fill them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use tempfile::TempDir;
use uuid::Uuid;
use xunan_core::view::InspectionView;
use xunan_core::{App, Install, PhotoTarget};
use xunan_model::finding::{FindingDraft, Level};
use xunan_model::id::SiteId;
use xunan_model::inspection::AnswerResult;
use xunan_model::photo::PhotoSource;
use xunan_model::quick::QuickMark;
use xunan_testkit::laptop::{self, LOGIN, PASSWORD};
use xunan_testkit::server::Server;
use xunan_testkit::{photos, wait_until};

const SOON: Duration = Duration::from_secs(60);
/// Findings, visits and premises of the laptop with much on it: 10,000 each.
const MANY: usize = 10_000;
/// Findings of one of its visits.
const OF_A_VISIT: usize = 200;
/// The longest text that somebody is likely to write without a break.
const LONG: &str = "安全出口处堆放煤气罐、木柴和废旧电瓶，疏散通道宽度不足 0.8 米，应急照明灯损坏 3 处，\
    现场负责人称已通知物业清理但至今未清理，下次检查前必须清空并保持畅通。";

/// An enrolled laptop that no program has open, and its server, which runs.
#[derive(Debug)]
pub struct Laptop {
    /// Its data folder.
    pub data: PathBuf,
    /// The office's server.
    pub server: Server,
    /// Records by the words that stand for them in addresses.
    pub places: BTreeMap<&'static str, String>,
    // Last: the folder is removed after the server has ended.
    _folder: TempDir,
}

impl Laptop {
    /// The address with its records, or `None` where this laptop has none of a kind.
    #[must_use]
    pub fn address(&self, path: &str) -> Option<String> {
        let mut address = path.to_owned();
        for (word, id) in &self.places {
            address = address.replace(&format!("{{{word}}}"), id);
        }
        Some(address).filter(|address| !address.contains('{'))
    }
}

/// A laptop just enrolled.
///
/// # Errors
/// When the programs are not built or fail.
pub fn empty() -> Result<Laptop> {
    made(tempfile::tempdir()?, |_, _, _| Ok(BTreeMap::new()))
}

/// A laptop after a week: visits begun and finished, findings in their steps, photos, a station's
/// round, two values of one field.
///
/// # Errors
/// As [`empty`].
pub fn typical() -> Result<Laptop> {
    made(tempfile::tempdir()?, |app, install, server| {
        let mut places = editions(app)?;
        let visit = laptop::begin(app, &["city_gas", "fire"], 3)?;
        answer(app, &visit, visit.items.len() / 2)?;
        let finding = findings(app, &visit)?;
        let fresh = laptop::begin(app, &["hazchem"], 2)?;
        let finished = laptop::begin(app, &["fire"], 1)?;
        answer(app, &finished, finished.items.len())?;
        app.inspection_finish(finished.row.id.parse()?, false)?;
        let recheck = app.recheck_open(visit.row.site.parse()?)?.visit;
        round(app)?;
        dispute(app, install, server, &finding)?;
        places.extend([
            ("site", visit.row.site.clone()),
            ("visit", visit.row.id),
            ("fresh", fresh.row.id),
            ("finished", finished.row.id),
            ("recheck", recheck.row.id),
            ("finding", finding.id.context("saved")?.to_string()),
        ]);
        Ok(places)
    })
}

/// A laptop with 10,000 findings, visits and premises.
///
/// # Errors
/// As [`empty`].
pub fn many() -> Result<Laptop> {
    let mut laptop = made(tempfile::tempdir()?, |app, _, _| {
        let mut places = editions(app)?;
        for part in 0..2 {
            let rows = (part * MANY / 2..(part + 1) * MANY / 2)
                .map(|nth| format!("示范商铺{nth:05}号\t示范县北街{nth}号\t小商店\t\r\n"));
            app.premises_add(&rows.collect::<String>(), "nine_small")?;
        }
        let visit = laptop::begin(app, &["fire"], 1)?;
        answer(app, &visit, visit.items.len())?;
        for item in &visit.items {
            let (edition, code) = (Some(&*item.edition.id), Some(&*item.code));
            app.finding_save(&app.finding_draft(visit.row.id.parse()?, edition, code, "")?)?;
        }
        take_photos(app, &visit)?;
        let finished = laptop::begin(app, &["fire"], 1)?;
        answer(app, &finished, finished.items.len())?;
        app.inspection_finish(finished.row.id.parse()?, false)?;
        places.extend([("visit", visit.row.id), ("finished", finished.row.id)]);
        Ok(places)
    })?;
    laptop.server.stop()?;
    multiply(&laptop.data)?;
    laptop.server.start()?;
    Ok(laptop)
}

/// A photo of the first item and one of the first finding.
fn take_photos(app: &App, visit: &InspectionView) -> Result<()> {
    let inspection = visit.row.id.parse()?;
    let findings = app.inspection_get(inspection)?.findings;
    let finding = findings.first().context("no finding")?.id.parse()?;
    let item = visit.items.first().map(|item| item.code.clone());
    let places = [(None, item), (Some(finding), None)];
    for ((finding, item), file) in places.into_iter().zip(photos::files()?) {
        let target = PhotoTarget {
            inspection,
            finding,
            item,
            facility: String::new(),
            name: "现场照片.jpg".to_owned(),
            source: PhotoSource::File,
        };
        app.photo_add(target, &std::fs::read(file)?)?;
    }
    wait_until("the copies are made", SOON, || {
        let photos = app.inspection_get(inspection)?.photos;
        Ok(photos.iter().all(|photo| photo.evidence.is_some()))
    })?;
    Ok(())
}

/// Copies visits, findings and the photos of one visit that the store has written until there are 10,000
/// of each. To make each through the core would take half an hour: it answers with the whole visit.
fn multiply(data: &Path) -> Result<()> {
    const COPY: &str = "INSERT INTO record (kind, id, fields, writers)
        SELECT kind, ?1, json_patch(fields, json_object('inspection', ?2, 'finding', ?3)), writers
          FROM record WHERE kind = ?4 AND id = ?5";
    const COPY_PHOTO: &str = "INSERT INTO record (kind, id, fields, writers)
        SELECT kind, ?1, json_patch(fields, json_object('item', ?2, 'finding', ?3)), writers
          FROM record WHERE kind = 'photo' AND id = ?4";
    let mut database = rusqlite::Connection::open(data.join("xunan.db"))?;
    let write = database.transaction()?;
    let ids = |query: &str| -> Result<Vec<String>> {
        let mut statement = write.prepare(query)?;
        let rows = statement.query_map([], |row| row.get(0))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    };
    let copy = |id: &str, nth: usize| -> Result<String> {
        Ok(Uuid::from_u128(id.parse::<Uuid>()?.as_u128() + nth as u128).to_string())
    };
    let visits = ids("SELECT id FROM record WHERE kind = 'inspection'")?;
    let findings = ids("SELECT id FROM record WHERE kind = 'finding' ORDER BY id")?;
    let found = ids("SELECT id FROM record WHERE kind = 'transition' ORDER BY finding")?;
    let mut put = write.prepare(COPY)?;
    for nth in visits.len()..MANY {
        let id = &visits[nth % visits.len()];
        put.execute((copy(id, nth)?, None::<&str>, None::<&str>, "inspection", id))?;
    }
    for nth in findings.len()..MANY {
        let at = nth % findings.len();
        let visit = copy(&visits[0], visits.len() * (1 + nth / OF_A_VISIT))?;
        let finding = copy(&findings[at], nth)?;
        put.execute((&finding, &visit, None::<&str>, "finding", &findings[at]))?;
        let step = copy(&found[at], nth)?;
        put.execute((step, None::<&str>, &finding, "transition", &found[at]))?;
    }
    let photos = ids("SELECT id FROM record WHERE kind = 'photo' ORDER BY id")?;
    let of = |field: &str| {
        format!("WHERE inspection = (SELECT inspection FROM record WHERE kind = 'photo') {field}")
    };
    let answers = of("AND kind = 'answer'");
    let items = ids(&format!("SELECT fields ->> '$.item' FROM record {answers}"))?;
    let proved = of("AND kind = 'finding'");
    let proved = ids(&format!("SELECT id FROM record {proved}"))?;
    let mut put_photo = write.prepare(COPY_PHOTO)?;
    for nth in photos.len()..MANY {
        let id = &photos[nth % photos.len()];
        // One blob can serve several photos.
        let (item, finding) = (&items[nth % items.len()], &proved[nth % proved.len()]);
        let (item, finding) = match nth % 2 {
            0 => (Some(item), None),
            _ => (None, Some(finding)),
        };
        put_photo.execute((copy(id, nth)?, item, finding, id))?;
    }
    drop((put, put_photo));
    Ok(write.commit()?)
}

fn made(
    folder: TempDir,
    fill: impl FnOnce(&App, &Install, &mut Server) -> Result<BTreeMap<&'static str, String>>,
) -> Result<Laptop> {
    let mut server = Server::new(folder.path())?;
    server.start()?;
    let data = folder.path().join("one");
    let install = laptop::enrolled(&data, &server)?;
    server.stop()?;
    let app = install.unlock(LOGIN, PASSWORD)?;
    let places = fill(&app, &install, &mut server)?;
    drop(app);
    drop(install);
    // The threads of an installation let go of it a moment later.
    drop(laptop::reopened(&data)?);
    server.start()?;
    Ok(Laptop {
        data,
        server,
        places,
        _folder: folder,
    })
}

/// Two editions, to be read and compared.
fn editions(app: &App) -> Result<BTreeMap<&'static str, String>> {
    let mut rows = app.edition_list()?.into_iter();
    let mut next = || rows.next().map(|row| row.edition.digest);
    let two = next().zip(next()).context("two editions")?;
    Ok(BTreeMap::from([("edition", two.0), ("after", two.1)]))
}

/// Answers the first `count` items, not all of them with 符合.
fn answer(app: &App, visit: &InspectionView, count: usize) -> Result<()> {
    for place in 0..count {
        let result = match place % 7 {
            3 => AnswerResult::NonCompliant,
            _ => AnswerResult::Compliant,
        };
        app.answer_save(laptop::answer(visit, place, result)?)?;
    }
    Ok(())
}

/// Findings in their steps, the first of them with photos; returns what was written into that one.
fn findings(app: &App, visit: &InspectionView) -> Result<FindingDraft> {
    let inspection = visit.row.id.parse()?;
    let mut saved = Vec::new();
    for place in 0..6 {
        let item = &visit.items[place * 3 + 1];
        let (edition, code) = (Some(&*item.edition.id), Some(&*item.code));
        let mut draft = app.finding_draft(inspection, edition, code, &item.facility)?;
        draft.part = format!("{place} 号楼东侧");
        // A major one is not closed by a single click.
        if place == 1 || place == 2 {
            draft.level = Level::General;
        }
        if place == 0 {
            draft.hazard = LONG.to_owned();
            draft.note = LONG.repeat(3);
        }
        draft.id = Some(app.finding_save(&draft)?.id.parse()?);
        saved.push(draft);
    }
    let id = |nth: usize| saved[nth].id.context("saved");
    app.finding_notify(id(1)?)?;
    app.finding_close(id(1)?, "已当场更换并试压合格")?;
    app.finding_notify(id(2)?)?;
    let finding = id(0)?;
    for (nth, file) in photos::files()?.iter().take(5).enumerate() {
        let target = PhotoTarget {
            inspection,
            finding: Some(finding),
            item: None,
            facility: String::new(),
            name: format!("现场照片{nth}.jpg"),
            source: PhotoSource::File,
        };
        app.photo_add(target, &std::fs::read(file)?)?;
    }
    wait_until("the copies are made", SOON, || {
        let photos = app.inspection_get(inspection)?.photos;
        Ok(photos.iter().all(|photo| photo.evidence.is_some()))
    })?;
    Ok(saved.swap_remove(0))
}

/// As if the server had put one of the laptop's changes aside; while no program has it open.
///
/// # Errors
/// When the database cannot be written.
pub fn put_aside(laptop: &Laptop) -> Result<()> {
    drop(laptop::reopened(&laptop.data)?);
    let database = rusqlite::Connection::open(laptop.data.join("xunan.db"))?;
    database.execute(
        "INSERT INTO rejected (epoch, seq, reason) SELECT epoch, max(seq) - 3, 'scope' FROM change
          WHERE device = (SELECT device FROM device) GROUP BY epoch LIMIT 1",
        [],
    )?;
    Ok(())
}

/// Pasted premises, one of them checked.
fn round(app: &App) -> Result<()> {
    let rows = (0..40).map(|nth| format!("示范商铺{nth}号\t示范县北街{nth}号\t小商店\t\r\n"));
    let round = app.premises_add(&rows.collect::<String>(), "nine_small")?;
    app.quick_reporter("示例次仁")?;
    let shop = round.premises.last().context("premises")?;
    let site: SiteId = shop.site.parse()?;
    let mut draft = app.quick_open(site)?.draft;
    draft.marks = vec![QuickMark {
        hazard: "wiring".to_owned(),
        fixed: false,
        days: 7,
        note: String::new(),
        at: None,
    }];
    app.quick_keep(draft)?;
    app.quick_finish(site)?;
    Ok(())
}

/// Two laptops set one deadline without having heard of each other.
fn dispute(app: &App, one: &Install, server: &mut Server, finding: &FindingDraft) -> Result<()> {
    let folder = one.folder().parent().context("no folder")?;
    server.start()?;
    let id = finding.id.context("saved")?;
    let two = laptop::enrolled(&folder.join("two"), server)?;
    let other = two.unlock("yi", PASSWORD)?;
    wait_until("the finding is there", SOON, || {
        two.sync_now();
        Ok(other.finding_get(id).is_ok())
    })?;
    server.stop()?;
    for (app, day) in [(app, "2027-01-10"), (&other, "2027-02-20")] {
        let deadline = Some(day.parse()?);
        app.finding_save(&FindingDraft {
            deadline,
            ..finding.clone()
        })?;
    }
    server.start()?;
    wait_until("both values are here", SOON, || {
        // Each has been without a server for a while and would try again later.
        one.sync_now();
        two.sync_now();
        Ok(!app.conflict_list()?.is_empty() && !other.conflict_list()?.is_empty())
    })?;
    server.stop()?;
    Ok(())
}
