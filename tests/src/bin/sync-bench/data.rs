//! What is sent: records as the program writes them, and files of the size of a photo.

use std::path::Path;
use std::time::Duration;

use anyhow::{Result, ensure};
use rusqlite::{Connection, OpenFlags};
use serde_json::Value;
use xunan_core::view::InspectionView;
use xunan_core::{App, Install, PhotoTarget};
use xunan_testkit::laptop::{self, LOGIN, PASSWORD};
use xunan_testkit::server::Server;

pub(crate) const RECORDS: usize = 1_000;
pub(crate) const PHOTOS: usize = 20;
pub(crate) const PHOTO_BYTES: usize = 300_000;

/// Files that cannot be made smaller, as photos cannot.
pub(crate) struct Data {
    pub(crate) photos: Vec<Vec<u8>>,
}

impl Data {
    pub(crate) fn make() -> Result<Self> {
        let mut state = 7_u64;
        let photos = (0..PHOTOS)
            .map(|_| photo(&mut state, PHOTO_BYTES))
            .collect();
        Ok(Self { photos })
    }
}

/// The mark of a JPEG, then noise: it is taken in as it is, and no copies are made of it.
pub(crate) fn photo(state: &mut u64, bytes: usize) -> Vec<u8> {
    let mut photo = vec![0xff, 0xd8, 0xff, 0xe0];
    while photo.len() < bytes {
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        photo.extend_from_slice(&state.to_le_bytes());
    }
    photo.truncate(bytes);
    photo
}

/// A server with one enrolled laptop that is up to date; the laptop is closed.
pub(crate) fn world(folder: &Path) -> Result<Server> {
    let mut server = Server::new(folder)?;
    server.start()?;
    let install = laptop::enrolled(&folder.join("one"), &server)?;
    laptop::wait_sent(&install, Duration::from_secs(20))?;
    drop(install);
    Ok(server)
}

/// Saves `count` findings with long Chinese texts, each with the first step of its life; returns
/// the visit.
pub(crate) fn save_records(install: &Install, count: usize) -> Result<(App, String)> {
    let app = install.unlock(LOGIN, PASSWORD)?;
    let visit = laptop::begin(&app, &["fire", "city_gas"], 99)?;
    for place in 0..count {
        save_record(&app, &visit, place)?;
    }
    Ok((app, visit.row.id))
}

/// Saves one of them.
pub(crate) fn save_record(app: &App, visit: &InspectionView, place: usize) -> Result<()> {
    let inspection = visit.row.id.parse()?;
    let item = &visit.items[place % visit.items.len()];
    let mut draft = app.finding_draft(inspection, Some(&item.edition.id), Some(&item.code), "")?;
    draft.part = format!("{} 号楼 {} 层 {} 室", place % 17, place % 9, place % 41);
    draft.note = format!(
        "现场发现：{}。{}要求立即整改，整改期间安排专人看护，{} 日前书面报告。",
        item.question.zh,
        item.evidence
            .first()
            .map_or(String::new(), |text| format!("{text:?}。")),
        place % 28 + 1
    );
    app.finding_save(&draft)?;
    Ok(())
}

/// Adds photos to a visit.
pub(crate) fn save_photos(app: &App, visit: &str, photos: &[Vec<u8>]) -> Result<()> {
    for (nth, bytes) in photos.iter().enumerate() {
        let target = PhotoTarget {
            inspection: visit.parse()?,
            finding: None,
            item: None,
            facility: String::new(),
            name: format!("IMG_{nth}.jpg"),
            source: xunan_model::photo::PhotoSource::File,
        };
        app.photo_add(target, bytes)?;
    }
    Ok(())
}

/// The laptop's own changes as documents, for a peer.
pub(crate) fn documents(laptop: &Path) -> Result<Vec<Value>> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
    let conn = Connection::open_with_flags(laptop.join("xunan.db"), flags)?;
    let mut statement =
        conn.prepare("SELECT raw FROM change WHERE own = 1 ORDER BY seq DESC LIMIT ?1")?;
    let rows = statement.query_map([RECORDS], |row| row.get::<_, String>(0))?;
    let mut documents = Vec::new();
    for (nth, row) in rows.enumerate() {
        let mut document: Value = serde_json::from_str(&row?)?;
        document["_id"] = format!("record-{nth:05}").into();
        documents.push(document);
    }
    ensure!(documents.len() == RECORDS);
    Ok(documents)
}
