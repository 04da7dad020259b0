//! What needs a person: two values of one field, and changes that the server has put aside.
//!
//! A conflict is open until there is a [`Decision`] of its name.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use rusqlite::{Connection, OptionalExtension, params};
use serde::Deserialize;
use serde_json::{Map, Value};
use uuid::Uuid;
use xunan_model::change::{Change, ChangeId, Kind, RawChange};
use xunan_model::decision::Decision;
use xunan_model::fault::{Code, Fault};
use xunan_model::finding::Finding;
use xunan_model::id::DecisionId;
use xunan_model::inspection::{Answer, Inspection};
use xunan_model::record::read_fields;

use crate::app::App;
use crate::platform;
use crate::sites;
use crate::store::{log, record, setting};
use crate::view::{ConflictSide, ConflictView, RejectedView};

const OPEN: &str = "FROM conflict c WHERE NOT EXISTS
    (SELECT 1 FROM record d WHERE d.kind = 'decision' AND d.id = c.id)";

/// How many conflicts wait for a person.
pub(crate) fn open_count(conn: &Connection) -> Result<usize> {
    Ok(conn
        .prepare_cached(&format!("SELECT count(*) {OPEN}"))?
        .query_row([], |row| row.get(0))?)
}

/// Whether a fact of the record is disputed until a person decides.
pub(crate) fn disputed(conn: &Connection, kind: &Kind, id: Uuid) -> Result<bool> {
    let text = format!(
        "SELECT count(*) > 0 {OPEN} AND c.policy = 'adjudicate' AND c.kind = ?1 AND c.record = ?2"
    );
    Ok(conn
        .prepare_cached(&text)?
        .query_row(params![kind.as_str(), id.to_string()], |row| row.get(0))?)
}

/// The records of this kind of which a fact waits for a person's decision.
pub(crate) fn disputed_records(conn: &Connection, kind: &Kind) -> Result<BTreeSet<Uuid>> {
    let text = format!("SELECT c.record {OPEN} AND c.policy = 'adjudicate' AND c.kind = ?1");
    let mut statement = conn.prepare_cached(&text)?;
    let records = statement.query_map([kind.as_str()], |row| row.get::<_, String>(0))?;
    records.map(|record| Ok(record?.parse()?)).collect()
}

/// A row of the table.
struct Open {
    id: String,
    kind: Kind,
    record: Uuid,
    field: String,
    disputed: bool,
    winner: Side,
    loser: Side,
}

/// One side as it is stored.
#[derive(Deserialize)]
struct Side {
    by: ChangeId,
    value: Value,
}

fn open(conn: &Connection, id: Option<&str>) -> Result<Vec<Open>> {
    let text = format!(
        "SELECT c.id, c.kind, c.record, c.field, c.policy, c.winner, c.loser {OPEN}
            AND (?1 IS NULL OR c.id = ?1) ORDER BY c.policy, c.id LIMIT 500"
    );
    let mut statement = conn.prepare_cached(&text)?;
    let mut rows = statement.query([id])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(Open {
            id: row.get(0)?,
            kind: Kind::from(row.get::<_, String>(1)?.as_str()),
            record: row.get::<_, String>(2)?.parse()?,
            field: row.get(3)?,
            disputed: row.get::<_, String>(4)? == "adjudicate",
            winner: serde_json::from_str(&row.get::<_, String>(5)?)?,
            loser: serde_json::from_str(&row.get::<_, String>(6)?)?,
        });
    }
    Ok(found)
}

/// Names that the screens show for ids.
struct Names {
    sites: BTreeMap<String, String>,
    people: BTreeMap<String, String>,
    devices: BTreeMap<String, String>,
    own: String,
}

impl Names {
    fn read(conn: &Connection) -> Result<Self> {
        let devices = setting::get(conn, setting::DEVICES)?;
        let device = log::device(conn)?.context("the laptop is not enrolled")?;
        Ok(Self {
            sites: sites::site_names(conn)?,
            people: sites::person_names(conn)?,
            devices: devices
                .map_or_else(|| Ok(BTreeMap::new()), |text| serde_json::from_str(&text))?,
            own: device.id.to_string(),
        })
    }

    fn person(&self, id: &str) -> String {
        self.people.get(id).cloned().unwrap_or_default()
    }
}

fn change(conn: &Connection, id: ChangeId) -> Result<Option<Change>> {
    let raw: Option<String> = conn
        .prepare_cached("SELECT raw FROM change WHERE device = ?1 AND epoch = ?2 AND seq = ?3")?
        .query_row(params![id.device.to_string(), id.epoch, id.seq], |row| {
            row.get(0)
        })
        .optional()?;
    // A damaged change must not hide the conflict.
    Ok(raw.and_then(|raw| RawChange::from_text(raw).ok()?.read().ok()))
}

fn side(conn: &Connection, names: &Names, side: Side) -> Result<ConflictSide> {
    let change = change(conn, side.by)?;
    let device = side.by.device.to_string();
    Ok(ConflictSide {
        author_name: change
            .as_ref()
            .map(|change| names.person(&change.author.to_string()))
            .unwrap_or_default(),
        at: change.map_or_else(String::new, |change| change.time.wall.to_rfc3339()),
        device_name: names.devices.get(&device).cloned().unwrap_or_default(),
        here: device == names.own,
        value: side.value,
    })
}

impl App {
    /// The conflicts that wait for a person; disputed ones first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn conflict_list(&self) -> Result<Vec<ConflictView>> {
        self.read(|conn| {
            let names = Names::read(conn)?;
            let mut views = Vec::new();
            for one in open(conn, None)? {
                views.push(self.conflict_view(conn, &names, one)?);
            }
            Ok(views)
        })
    }

    fn conflict_view(&self, conn: &Connection, names: &Names, one: Open) -> Result<ConflictView> {
        let row = record::load(conn, &one.kind, one.record)?.unwrap_or_default();
        let text = |field: &str| {
            let value = row.fields.get(field).and_then(Value::as_str);
            value.unwrap_or_default().to_owned()
        };
        let inspection = match one.kind {
            Kind::Inspection => Some(one.record.to_string()),
            _ => Some(text("inspection")).filter(|id| !id.is_empty()),
        };
        let visit = match &inspection {
            Some(id) => record::load(conn, &Kind::Inspection, id.parse()?)?,
            None => None,
        };
        let site = visit.and_then(|visit| visit.fields.get("site")?.as_str().map(str::to_owned));
        let title = match one.kind {
            Kind::Finding => text("hazard"),
            Kind::Answer => self.question(&text("edition"), &text("item")),
            Kind::Photo | Kind::Site => text("name"),
            _ => String::new(),
        };
        Ok(ConflictView {
            id: one.id,
            kind: one.kind.as_str().to_owned(),
            record: one.record.to_string(),
            field: one.field,
            disputed: one.disputed,
            title,
            site_name: site
                .and_then(|site| names.sites.get(&site).cloned())
                .unwrap_or_default(),
            inspection,
            winner: side(conn, names, one.winner)?,
            loser: side(conn, names, one.loser)?,
        })
    }

    fn question(&self, edition: &str, code: &str) -> String {
        let checklists = self.shared.checklists();
        let found = checklists.question(edition, code);
        found.unwrap_or_else(|| code.to_owned())
    }

    /// Settles a conflict by a value: one of the two, or a third. Returns those that are left.
    ///
    /// # Errors
    /// `conflict_gone` when it is settled already; `value_invalid` when the field cannot have this
    /// value.
    pub fn conflict_settle(&self, id: &str, value: &Value) -> Result<Vec<ConflictView>> {
        self.write(|tx| {
            let gone = || Fault::new(Code::NotFound, "conflict_gone");
            let one = open(tx.conn(), Some(id))?.pop().ok_or_else(gone)?;
            let row = record::load(tx.conn(), &one.kind, one.record)?.unwrap_or_default();
            let present = row.fields.get(&one.field).unwrap_or(&Value::Null);
            if present != value {
                check(&one, row.fields.clone(), value)?;
                let set = Map::from_iter([(one.field.clone(), value.clone())]);
                tx.put_fields(&one.kind, one.record, set)?;
            }
            tx.put(&Decision {
                id: DecisionId(one.id.parse()?),
                kind: one.kind.as_str().to_owned(),
                record: one.record.to_string(),
                field: one.field,
                value: value.clone(),
                by: self.actor.person,
                at: platform::now(),
                extra: Map::new(),
            })?;
            tx.note_kind("conflict");
            Ok(())
        })?;
        self.conflict_list()
    }

    /// The changes that the server has put aside and nobody has settled.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn rejected_list(&self) -> Result<Vec<RejectedView>> {
        self.read(|conn| {
            let names = Names::read(conn)?;
            let mut statement = conn.prepare_cached(
                "SELECT r.epoch, r.seq, r.reason FROM rejected r WHERE r.settled IS NULL
                  ORDER BY r.epoch, r.seq LIMIT 500",
            )?;
            let rows: Vec<(u32, u64, String)> = statement
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
                .collect::<rusqlite::Result<_>>()?;
            let mut views = Vec::new();
            for (epoch, seq, reason) in rows {
                views.push(rejected_view(conn, &names, epoch, seq, reason)?);
            }
            Ok(views)
        })
    }

    /// Writes the content of a change that the server has put aside as a new change of the person
    /// who is signed in. Returns those that are left.
    ///
    /// # Errors
    /// `change_gone` when there is no such change here.
    pub fn rejected_resend(&self, epoch: u32, seq: u64) -> Result<Vec<RejectedView>> {
        self.write(|tx| {
            let gone = || Fault::new(Code::NotFound, "change_gone");
            let change = rejected_change(tx.conn(), epoch, seq)?.ok_or_else(gone)?;
            for edit in change.edits {
                tx.put_fields(&edit.kind, edit.id, edit.set)?;
            }
            tx.conn().execute(
                "UPDATE rejected SET settled = 'resent' WHERE epoch = ?1 AND seq = ?2",
                params![epoch, seq],
            )?;
            tx.note_kind("sync");
            Ok(())
        })?;
        self.rejected_list()
    }
}

/// A value that the record could not be read with must not get in.
fn check(one: &Open, mut fields: Map<String, Value>, value: &Value) -> Result<()> {
    fields.insert(one.field.clone(), value.clone());
    let id = one.record;
    let readable = match one.kind {
        Kind::Finding => read_fields::<Finding>(id, fields).is_ok(),
        Kind::Answer => read_fields::<Answer>(id, fields).is_ok(),
        Kind::Inspection => read_fields::<Inspection>(id, fields).is_ok(),
        _ => [&one.winner.value, &one.loser.value].contains(&value),
    };
    let short = value
        .as_str()
        .is_none_or(|text| text.chars().count() <= 2_000);
    if readable && short {
        return Ok(());
    }
    Err(Fault::invalid("value_invalid", "value").into())
}

fn rejected_change(conn: &Connection, epoch: u32, seq: u64) -> Result<Option<Change>> {
    let device = log::device(conn)?.context("the laptop is not enrolled")?.id;
    change(conn, ChangeId { device, epoch, seq })
}

fn rejected_view(
    conn: &Connection,
    names: &Names,
    epoch: u32,
    seq: u64,
    reason: String,
) -> Result<RejectedView> {
    let change = rejected_change(conn, epoch, seq)?;
    let edits = change.as_ref().map_or(&[][..], |change| &change.edits);
    let mut kinds: Vec<String> = edits.iter().map(|e| e.kind.as_str().to_owned()).collect();
    kinds.dedup();
    let inspection = edits.iter().find_map(|edit| match edit.kind {
        Kind::Inspection => Some(edit.id.to_string()),
        _ => edit.set.get("inspection")?.as_str().map(str::to_owned),
    });
    let visit = match inspection.as_ref().and_then(|id| id.parse().ok()) {
        Some(id) => record::load(conn, &Kind::Inspection, id)?,
        None => None,
    };
    let site = visit.and_then(|visit| visit.fields.get("site")?.as_str().map(str::to_owned));
    Ok(RejectedView {
        epoch,
        seq,
        at: change
            .as_ref()
            .map_or_else(String::new, |change| change.time.wall.to_rfc3339()),
        author_name: change
            .as_ref()
            .map(|change| names.person(&change.author.to_string()))
            .unwrap_or_default(),
        reason,
        kinds,
        site_name: site.and_then(|site| names.sites.get(&site).cloned()),
        inspection,
    })
}
