//! Importing on one laptop, with a real database on a real disk.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Map;
use uuid::Uuid;
use xunan_model::change::Scope;
use xunan_model::digest::Digest;
use xunan_model::id::{DeviceId, OfficeId, PersonId, SiteId};
use xunan_model::inspection::{AnswerDraft, AnswerResult, GroupRef, InspectionDraft};
use xunan_model::party::Site;
use xunan_model::wire::{Account, Accounts, Enrolled};
use xunan_platform::RealDisk;

use super::*;
use crate::headless::Headless;
use crate::store::log;
use crate::view::ImportFault;

struct Laptop {
    folder: tempfile::TempDir,
    headless: Option<Headless>,
}

impl Laptop {
    fn new() -> Self {
        let laptop = Self::closed();
        let headless = laptop.open();
        headless.enrolled(&enrolled()).unwrap();
        let laptop = Self {
            headless: Some(headless),
            ..laptop
        };
        laptop
            .app()
            .write(|tx| {
                tx.put(&Site {
                    id: SiteId(Uuid::from_u128(9)),
                    name: "茶馆".to_owned(),
                    address: String::new(),
                    division: String::new(),
                    sectors: vec!["fire".to_owned()],
                    facilities: Vec::new(),
                    units: Vec::new(),
                    kinds: Vec::new(),
                    listed: 0,
                    point: None,
                    contact: String::new(),
                    organizations: Vec::new(),
                    merged_into: None,
                    merge: None,
                    extra: Map::new(),
                })
            })
            .unwrap();
        laptop
    }

    fn closed() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            headless: None,
        }
    }

    fn open(&self) -> Headless {
        Headless::open(Arc::new(RealDisk), self.folder.path()).unwrap()
    }

    /// The program is closed and opened again.
    fn restart(&mut self) {
        self.headless = None;
        self.headless = Some(self.open());
    }

    fn app(&self) -> App {
        self.headless.as_ref().unwrap().app("zhang").unwrap()
    }

    fn changes(&self) -> u64 {
        let app = self.app();
        let device = app.read(log::device).unwrap().unwrap();
        device.last_seq
    }
}

fn enrolled() -> Enrolled {
    let (person, office) = (PersonId(Uuid::from_u128(2)), OfficeId(Uuid::from_u128(3)));
    Enrolled {
        device: DeviceId(Uuid::from_u128(1)),
        token: "token".to_owned(),
        office,
        pin: None,
        scopes: vec![Scope("office".to_owned())],
        accounts: Accounts {
            version: Digest::ZERO,
            accounts: vec![Account {
                login: "zhang".to_owned(),
                person,
                name: "张三".to_owned(),
                role: "inspector".to_owned(),
                office,
                office_name: "应急局".to_owned(),
                verifier: String::new(),
            }],
            devices: BTreeMap::new(),
        },
        server_time: platform::now(),
    }
}

/// The example, in force for long, with its version and its hazard replaced.
fn teahouse(version: &str, hazard: &str) -> String {
    let version = format!("version: \"{version}\"");
    let text = EXAMPLE
        .replace("version: \"2027-01-10\"", &version)
        .replace("{from: \"2027-01-10\"}", "{from: \"2020-01-01\"}")
        .replace("灶台与可燃物距离不足", hazard);
    assert_ne!(text, EXAMPLE);
    text
}

fn import(app: &App, text: &str) -> EditionImport {
    app.edition_import("茶馆.yaml", text.as_bytes()).unwrap()
}

fn begin(app: &App, edition: &EditionRef, group: &str) -> crate::view::InspectionView {
    app.inspection_start(InspectionDraft {
        site: SiteId(Uuid::from_u128(9)),
        kind: xunan_model::inspection::InspectionKind::Routine,
        editions: vec![edition.clone()],
        groups: vec![GroupRef {
            edition: edition.id.clone(),
            group: group.to_owned(),
        }],
        inspectors: Vec::new(),
        facilities: Vec::new(),
        units: Vec::new(),
        note: String::new(),
    })
    .unwrap()
}

fn teahouses(app: &App) -> Vec<EditionRow> {
    let rows = app.edition_list().unwrap().into_iter();
    rows.filter(|row| row.edition.id == "teahouse").collect()
}

#[test]
fn a_visit_that_has_not_ended_keeps_its_edition_after_a_newer_one_came_and_after_a_restart() {
    let mut laptop = Laptop::new();
    let app = laptop.app();
    let first = import(&app, &teahouse("1", "旧的写法"))
        .row
        .unwrap()
        .edition;
    let visit = begin(&app, &first, "厨房/用火").row.id.parse().unwrap();

    let import = import(&app, &teahouse("2", "新的写法"));
    let second = import.row.clone().unwrap().edition;
    assert!(import.stored);
    assert_eq!(import.against.unwrap().edition, first);
    assert_eq!(
        import.diff.unwrap().items.changed[0].fields[0].field,
        "hazard"
    );

    for _ in 0..2 {
        let app = laptop.app();
        let view = app.inspection_get(visit).unwrap();
        assert_eq!(view.items.len(), 1);
        assert_eq!(view.items[0].hazard, "旧的写法");
        assert_eq!(view.items[0].edition, first);
        let draft = AnswerDraft {
            inspection: visit,
            edition: "teahouse".to_owned(),
            item: "TEA-01".to_owned(),
            facility: String::new(),
            result: AnswerResult::Compliant,
            ticks: Vec::new(),
            readings: Vec::new(),
            note: String::new(),
            reason: String::new(),
        };
        app.answer_save(draft).unwrap();

        let offered = app.checklist_list().into_iter();
        let offered: Vec<_> = offered.filter(|one| one.edition.id == "teahouse").collect();
        assert_eq!(offered.len(), 1, "a new visit is offered one of them");
        assert_eq!(offered[0].edition, second);
        let told: Vec<_> = teahouses(&app)
            .iter()
            .map(|row| (row.edition.version.clone(), row.state, row.open_visits))
            .collect();
        let line = |version: &str, state, visits| (version.to_owned(), state, visits);
        assert_eq!(
            told,
            [
                line("2", EditionState::InForce, 0),
                line("1", EditionState::Replaced, 1)
            ]
        );
        laptop.restart();
    }
}

#[test]
fn a_visit_keeps_its_built_in_edition_though_the_next_program_may_not_have_it() {
    let laptop = Laptop::new();
    let app = laptop.app();
    let mut list = app.checklist_list().into_iter();
    let fire = list.find(|one| one.edition.id == "fire").unwrap();
    begin(&app, &fire.edition, &fire.groups[0].path);
    begin(&app, &fire.edition, &fire.groups[0].path);
    let texts = app.read(kept).unwrap();
    assert_eq!(texts.len(), 1);
    let edition = Edition::parse("kept.yaml", &texts[0]).unwrap();
    assert_eq!(edition.reference(), fire.edition);
}

#[test]
fn a_look_at_a_file_keeps_nothing_and_the_import_is_one_change_that_will_be_sent() {
    let laptop = Laptop::new();
    let app = laptop.app();
    let before = (laptop.changes(), app.edition_list().unwrap());
    let text = teahouse("1", "甲");
    let seen = app.edition_preview("a.yaml", text.as_bytes()).unwrap();
    assert_eq!(seen.row.as_ref().unwrap().items, 1);
    assert!(!seen.stored && seen.against.is_none() && seen.faults.is_empty());
    assert_eq!(seen.row.as_ref().unwrap().state, EditionState::InForce);
    assert_eq!((laptop.changes(), app.edition_list().unwrap()), before);

    assert!(import(&app, &text).stored);
    assert_eq!(laptop.changes(), before.0 + 1);
    let [row] = teahouses(&app).try_into().unwrap();
    assert_eq!(row.origin, EditionOrigin::Own);
    let view = app.edition_get(&row.edition.digest).unwrap();
    let item = &view.groups[0].items[0];
    assert_eq!(view.groups[0].path, "厨房/用火");
    assert!(item.asked && item.item.citable);
    assert_eq!(item.measures[0].value.as_deref(), Some("0.5"));
    assert_eq!(item.sources, ["中华人民共和国消防法（2021年修正）"]);
}

#[test]
fn a_file_with_one_fault_is_not_imported_at_all_and_the_line_is_told() {
    let laptop = Laptop::new();
    let app = laptop.app();
    let second = "  - code: TEA-02
    group: 厨房
    level: general
    source: 消防法
    hazard_key: k
    citable: true
    question: 是否？
    fail_on: no
    hazard: 无
    evidence: [拍照]
    confidence: partial
";
    let before = (laptop.changes(), app.edition_list().unwrap());
    let text = teahouse("1", "甲") + second;
    let refused = import(&app, &text);
    assert!(!refused.stored && refused.row.is_none());
    let line = text
        .lines()
        .position(|line| line.contains("TEA-02"))
        .unwrap()
        + 1;
    let told: Vec<_> = refused
        .faults
        .iter()
        .map(|fault| (fault.row.unwrap() as usize, fault.key.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            (line, "citable_unverified"),
            (line, "citable_without_source")
        ]
    );
    assert_eq!((laptop.changes(), app.edition_list().unwrap()), before);
}

#[test]
fn another_text_under_a_version_that_is_here_is_refused_and_the_same_file_is_known() {
    let laptop = Laptop::new();
    let app = laptop.app();
    let text = teahouse("1", "甲");
    assert!(import(&app, &text).stored);
    assert_eq!(import(&app, &text).faults[0].key, "known_already");
    let other = import(&app, &teahouse("1", "乙"));
    assert!(!other.stored);
    assert_eq!(other.faults[0].key, "version_taken");
    assert_eq!(other.faults[0].row, Some(3));
    assert_eq!(other.faults[0].params["version"], "1");

    let fire = include_str!("../../../../assets/checklists/fire.yaml");
    let changed = import(&app, &fire.replacen("zh: 消防", "zh: 消防（改）", 1));
    assert_eq!(
        changed.faults[0].key, "version_taken",
        "also for a built-in one"
    );
    assert_eq!(teahouses(&app).len(), 1);
}

#[test]
fn the_example_can_be_taken_away_filled_in_and_imported_in_both_forms() {
    let laptop = Laptop::new();
    let app = laptop.app();
    let folder = laptop.folder.path().join("下载");
    let yaml = app.example_save(FileKind::Yaml, &folder).unwrap();
    let xlsx = app.example_save(FileKind::Xlsx, &folder).unwrap();
    assert!(yaml.path.ends_with("检查表示例.yaml") && xlsx.path.ends_with("检查表示例.xlsx"));
    assert_eq!(
        xlsx.left_out, None,
        "the example has nothing that a table cannot hold"
    );
    let bytes = std::fs::read(&xlsx.path).unwrap();
    let imported = app.edition_import("表.xlsx", &bytes).unwrap();
    assert_eq!(imported.faults, []);
    let digest = imported.row.unwrap().edition.digest;
    assert_eq!(app.edition_get(&digest).unwrap().row.state, {
        let from = "2027-01-10".parse::<NaiveDate>().unwrap();
        if platform::today() < from {
            EditionState::NotYet
        } else {
            EditionState::InForce
        }
    });
    let again = app.edition_import("表.xlsx", &bytes).unwrap();
    assert_eq!(again.faults[0].key, "known_already");
    let text = std::fs::read(&yaml.path).unwrap();
    let taken = app.edition_import("example.yaml", &text).unwrap();
    assert_eq!(taken.faults[0].key, "version_taken");
}

#[test]
fn a_built_in_edition_as_a_workbook_tells_what_the_table_leaves_out() {
    let laptop = Laptop::new();
    let app = laptop.app();
    let rows = app.edition_list().unwrap();
    let fire = rows.iter().find(|row| row.edition.id == "fire").unwrap();
    let digest = &fire.edition.digest;
    let saved = app
        .edition_save(digest, FileKind::Xlsx, laptop.folder.path())
        .unwrap();
    let left_out = saved.left_out.unwrap();
    let fields: Vec<&str> = left_out
        .header
        .iter()
        .map(|change| change.field.as_str())
        .collect();
    assert_eq!(
        fields,
        ["tables", "rules"],
        "what a table of items cannot hold"
    );
    let saved = app
        .edition_save(digest, FileKind::Yaml, laptop.folder.path())
        .unwrap();
    let bytes = std::fs::read(saved.path).unwrap();
    assert_eq!(
        Digest::of(&bytes).to_string(),
        *digest,
        "the text is the file itself"
    );
}

#[test]
fn what_is_wrong_is_told_as_a_key_with_its_place_whatever_the_file_is() {
    let laptop = Laptop::new();
    let app = laptop.app();
    let first = |name: &str, bytes: &[u8]| -> ImportFault {
        app.edition_import(name, bytes)
            .unwrap()
            .faults
            .swap_remove(0)
    };
    let text = teahouse("1", "甲");
    let broken = |old: &str, new: &str| first("a.yaml", text.replacen(old, new, 1).as_bytes());
    let fault = broken("value: 0.5", "value: 半米");
    assert_eq!(fault.key, "threshold_not_decimal");
    assert_eq!(
        (&*fault.params["text"], &*fault.params["quantity"]),
        ("半米", "灶台与可燃物的距离")
    );
    assert_eq!(broken("fail_on: no", "fail_on: nein").key, "unknown_word");
    assert_eq!(
        broken("from: \"2020-01-01\"", "from: \"2020-02-31\"").key,
        "wrong_kind_date"
    );
    assert_eq!(
        broken("evidence: [", "evidence: {a: b} #").key,
        "wrong_kind_list"
    );
    assert_eq!(broken("    hazard: 甲\n", "").params["field"], "hazard");
    assert_eq!(first("a.yaml", b"\xff\xfe\x00").key, "not_utf8");
    assert_eq!(first("a.xls", &[0xD0, 0xCF, 0x11, 0xE0]).key, "sheet_old");
    let long = format!("{text}# {}", "长".repeat(150_000));
    assert_eq!(first("a.yaml", long.as_bytes()).key, "too_large_to_send");
    let marked = format!("\u{feff}{text}");
    assert!(
        import(&app, &marked).stored,
        "Windows marks the beginning of a text"
    );
}
