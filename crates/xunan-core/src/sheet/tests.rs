//! Workbooks as people and programs make them.

use std::io::{Cursor, Read as _, Write as _};
use std::time::{Duration, Instant};

use proptest::prelude::*;
use rust_xlsxwriter::{Format, Formula, Workbook, Worksheet};
use xunan_model::checklist::{ChecklistReason, Edition};

use super::compose::Composed;
use super::{Place, SheetReason, compose, workbook};
use crate::checklists::BUILT_IN;

/// The example, as a workbook.
fn example() -> Vec<u8> {
    let text = include_str!("../../../../assets/examples/teahouse.yaml");
    workbook(&Edition::parse("teahouse.yaml", text).unwrap()).unwrap()
}

/// A workbook with the smallest sheets that can be read, changed by `change`.
fn small(change: impl FnOnce(&mut Sheets)) -> Vec<u8> {
    let mut sheets = Sheets {
        header: Worksheet::new(),
        items: Worksheet::new(),
        measures: Worksheet::new(),
    };
    sheets.header.set_name("检查表").unwrap();
    sheets.items.set_name("检查项").unwrap();
    sheets.measures.set_name("计量").unwrap();
    let lines = [
        ("编号", "ours"),
        ("版本", "1"),
        ("行业", "fire"),
        ("名称", "茶馆"),
    ];
    for (row, (name, value)) in (0..).zip(lines) {
        sheets.header.write(row, 0, name).unwrap();
        sheets.header.write(row, 1, value).unwrap();
    }
    let columns = [
        ("编号", "A-1"),
        ("分组", "厨房"),
        ("级别", "一般"),
        ("问题", "是否？"),
        ("不符合是", "否"),
        ("隐患描述", "没有"),
        ("依据", "消防法"),
        ("可引用", "否"),
        ("可信度", "专业知识"),
        ("取证要点", "拍照；查看台账"),
        ("隐患编号", "k1"),
    ];
    for (at, (header, value)) in (0..).zip(columns) {
        sheets.items.write(0, at, header).unwrap();
        sheets.items.write(1, at, value).unwrap();
    }
    let columns = [
        ("检查项编号", "A-1"),
        ("量什么", "间距"),
        ("单位", "m"),
        ("满足时", "不符合"),
        ("比较", "小于"),
        ("限值", "0.5"),
    ];
    for (at, (header, value)) in (0..).zip(columns) {
        sheets.measures.write(0, at, header).unwrap();
        sheets.measures.write(1, at, value).unwrap();
    }
    change(&mut sheets);
    let mut workbook = Workbook::new();
    workbook.push_worksheet(sheets.header);
    workbook.push_worksheet(sheets.items);
    workbook.push_worksheet(sheets.measures);
    workbook.save_to_buffer().unwrap()
}

struct Sheets {
    header: Worksheet,
    items: Worksheet,
    measures: Worksheet,
}

fn edition(bytes: &[u8]) -> Edition {
    let composed = compose(bytes).unwrap_or_else(|faults| panic!("{faults:?}"));
    Edition::parse("x.xlsx", &composed.yaml)
        .unwrap_or_else(|faults| panic!("{faults:?}\n{}", composed.yaml))
}

/// The first fault of a workbook that cannot even be read as one.
fn fault(bytes: &[u8]) -> (Place, SheetReason) {
    let faults = compose(bytes).expect_err("this workbook has a fault");
    (faults[0].place.clone(), faults[0].reason.clone())
}

/// The fault of a workbook that reads but is no sound checklist.
fn unsound(bytes: &[u8]) -> (Composed, Place, ChecklistReason) {
    let composed = compose(bytes).unwrap_or_else(|faults| panic!("{faults:?}"));
    let faults = Edition::parse("x.xlsx", &composed.yaml).expect_err("it is not sound");
    let place = composed.place(faults[0].line, &faults[0].reason);
    let reason = faults[0].reason.clone();
    (composed, place, reason)
}

/// A workbook as a program writes it that does not compute its formulas.
fn without_result(bytes: &[u8], part: &str, formula: &str) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut changed = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for at in 0..archive.len() {
        let mut file = archive.by_index(at).unwrap();
        let name = String::from_utf8(file.name_raw().to_vec()).unwrap();
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        if name == part {
            let computed = format!("{formula}<v>0</v>");
            assert!(text.contains(&computed), "{text}");
            text = text.replace(&computed, formula);
        }
        changed
            .start_file(name, zip::write::SimpleFileOptions::default())
            .unwrap();
        changed.write_all(text.as_bytes()).unwrap();
    }
    changed.finish().unwrap().into_inner()
}

fn cell(place: &Place) -> (&str, u32, &str) {
    (
        place.sheet.as_deref().unwrap_or(""),
        place.row.unwrap_or(0),
        place.column.as_deref().unwrap_or(""),
    )
}

#[test]
fn every_built_in_edition_reads_back_from_a_workbook_as_it_was_but_for_its_tables_and_rules() {
    for (name, text) in BUILT_IN {
        let edition = Edition::parse(name, text).unwrap();
        let bytes = workbook(&edition).unwrap();
        let composed = compose(&bytes).unwrap_or_else(|faults| panic!("{name}: {faults:?}"));
        let again =
            Edition::parse(name, &composed.yaml).unwrap_or_else(|f| panic!("{name}: {f:?}"));
        let diff = edition.diff(&again);
        assert_eq!(diff.items, Default::default(), "{name}");
        assert_eq!(diff.sources, Default::default(), "{name}");
        assert_eq!(diff.facilities, Default::default(), "{name}");
        assert!(!diff.reordered, "{name}");
        assert!(
            diff.header
                .iter()
                .all(|change| ["tables", "rules"].contains(&change.field.as_str())),
            "{name}"
        );
        assert_eq!(again.id, edition.id);
        assert_eq!(again.version, edition.version);
    }
}

#[test]
fn the_example_as_a_workbook_is_the_example_and_reading_it_twice_gives_one_text() {
    let text = include_str!("../../../../assets/examples/teahouse.yaml");
    let written = Edition::parse("teahouse.yaml", text).unwrap();
    let bytes = example();
    assert!(written.diff(&edition(&bytes)).is_empty());
    assert_eq!(edition(&bytes).digest(), edition(&example()).digest());
    let documented = include_str!("../../../../docs/CHECKLISTS.md");
    assert!(
        documented.contains(text),
        "docs/CHECKLISTS.md shows the example"
    );
}

#[test]
fn a_number_typed_as_a_number_a_formula_and_a_date_read_as_the_screen_showed_them() {
    let bytes = small(|sheets| {
        sheets.measures.write(1, 5, 0.1).unwrap();
        sheets.header.write(1, 1, 3).unwrap();
        let date = Format::new().set_num_format("yyyy/m/d");
        sheets.header.write(4, 0, "生效日期").unwrap();
        sheets
            .header
            .write_number_with_format(4, 1, 46_397, &date)
            .unwrap();
        sheets.header.write(5, 0, "失效日期").unwrap();
        sheets.header.write(5, 1, "2027年6月30日").unwrap();
        let formula = Formula::new("=\"A\"&\"-1\"").set_result("A-1");
        sheets.items.write_formula(1, 0, formula).unwrap();
    });
    let edition = edition(&bytes);
    assert_eq!(edition.items[0].code, "A-1");
    assert_eq!(edition.items[0].measures[0].value.as_deref(), Some("0.1"));
    assert_eq!(edition.version, "3");
    assert_eq!(edition.in_force.from.unwrap().to_string(), "2027-01-10");
    assert_eq!(edition.in_force.until.unwrap().to_string(), "2027-06-30");
    let evidence: Vec<&str> = edition.items[0]
        .evidence
        .iter()
        .map(|one| one.zh.as_str())
        .collect();
    assert_eq!(evidence, ["拍照", "查看台账"]);
}

#[test]
fn a_percentage_an_error_and_a_formula_without_its_result_are_refused_with_their_cell() {
    let percent = Format::new().set_num_format("0.0%");
    let bytes = small(|sheets| {
        sheets
            .measures
            .write_number_with_format(1, 5, 0.195, &percent)
            .unwrap();
    });
    let (place, reason) = fault(&bytes);
    assert_eq!(reason, SheetReason::Percent);
    assert_eq!(
        (place.sheet.as_deref(), place.cell.as_deref()),
        (Some("计量"), Some("F2"))
    );

    let bytes = small(|sheets| {
        let formula = Formula::new("=#REF!").set_result("#REF!");
        sheets.items.write_formula(1, 3, formula).unwrap();
    });
    let (place, reason) = fault(&bytes);
    assert_eq!(place.cell.as_deref(), Some("D2"));
    assert!(
        matches!(reason, SheetReason::CellError { .. }),
        "{reason:?}"
    );

    let bytes = small(|sheets| {
        sheets.items.write_formula(1, 3, "=B1").unwrap();
    });
    let bytes = without_result(&bytes, "xl/worksheets/sheet2.xml", "<f>B1</f>");
    let (place, reason) = fault(&bytes);
    assert_eq!(
        (place.cell.as_deref(), reason),
        (Some("D2"), SheetReason::FormulaEmpty)
    );
}

#[test]
fn an_empty_cell_a_wrong_word_a_lost_column_and_a_stray_measure_are_all_told_at_once() {
    let bytes = small(|sheets| {
        sheets.items.write(2, 0, "A-2").unwrap();
        sheets.items.write(2, 2, "较大").unwrap();
        sheets.items.write(0, 11, "备住").unwrap();
        sheets.measures.write(1, 0, "A-9").unwrap();
    });
    let faults = compose(&bytes).unwrap_err();
    let told: Vec<_> = faults
        .iter()
        .map(|fault| {
            (
                fault.place.cell.as_deref().unwrap_or(""),
                fault.reason.clone(),
            )
        })
        .collect();
    let unknown = SheetReason::ColumnUnknown {
        header: "备住".to_owned(),
    };
    assert!(told.contains(&("L1", unknown)), "{told:?}");
    let known = ["重大", "一般", "要素"].map(str::to_owned).to_vec();
    let word = SheetReason::WordUnknown {
        word: "较大".to_owned(),
        known,
    };
    assert!(told.contains(&("C3", word)));
    for empty in ["B3", "D3", "K3"] {
        assert!(told.contains(&(empty, SheetReason::CellEmpty)), "{empty}");
    }
    let stray = faults
        .iter()
        .find(|fault| matches!(fault.reason, SheetReason::ItemUnknown { .. }));
    assert_eq!(cell(&stray.unwrap().place), ("计量", 2, "检查项编号"));
}

#[test]
fn what_the_parser_refuses_is_told_by_sheet_row_and_column() {
    let (_, place, reason) = unsound(&small(|sheets| {
        sheets.measures.write(1, 5, "半米").unwrap();
    }));
    assert!(matches!(reason, ChecklistReason::BadThreshold { .. }));
    assert_eq!(cell(&place), ("计量", 2, "限值"));

    let (composed, place, reason) = unsound(&small(|sheets| {
        let texts = [
            "A-1",
            "厨房",
            "一般",
            "是否？",
            "否",
            "没有",
            "消防法",
            "否",
            "专业知识",
            "拍照",
            "k2",
        ];
        for (at, text) in (0..).zip(texts) {
            sheets.items.write(2, at, text).unwrap();
        }
    }));
    assert_eq!(cell(&place), ("检查项", 3, "编号"));
    let ChecklistReason::DuplicateCode { first_line, .. } = reason else {
        panic!("{reason:?}")
    };
    assert_eq!(composed.row(first_line), 2);

    let (_, place, reason) = unsound(&small(|sheets| {
        sheets.items.write(1, 7, "是").unwrap();
    }));
    assert_eq!(reason, ChecklistReason::CitableUnverified);
    assert_eq!(cell(&place), ("检查项", 2, "可引用"));

    let (_, place, _) = unsound(&small(|sheets| {
        sheets.header.write(0, 1, "我们的").unwrap();
    }));
    assert_eq!(cell(&place), ("检查表", 0, "编号"));

    let (_, place, _) = unsound(&small(|sheets| {
        sheets.items.write(0, 11, "生效日期").unwrap();
        sheets.items.write(1, 11, "明年").unwrap();
    }));
    assert_eq!(cell(&place), ("检查项", 2, "生效日期"));
}

#[test]
fn a_line_of_titles_a_star_and_half_width_brackets_do_no_harm() {
    let bytes = small(|sheets| {
        sheets.header.write(6, 0, "项目").unwrap();
        sheets.items.write(0, 0, "编号 *").unwrap();
        sheets.items.write(0, 11, "问题(英文)").unwrap();
        sheets.items.write(1, 11, "Is it?").unwrap();
    });
    assert_eq!(
        edition(&bytes).items[0].question.en.as_deref(),
        Some("Is it?")
    );
}

#[test]
fn sub_conditions_are_lines_and_a_group_without_parts_is_refused() {
    let conditions = |cell: &'static str| {
        small(move |sheets| {
            sheets.items.write(0, 11, "子条件").unwrap();
            sheets.items.write(1, 11, cell).unwrap();
        })
    };
    let nested = edition(&conditions("全部：\n  甲\n  任一：\n    乙\n    丙\n  丁"));
    let json = serde_json::to_value(nested.items[0].conditions.as_ref().unwrap()).unwrap();
    assert_eq!(json["all"][1]["any"][1]["zh"], "丙");
    assert_eq!(json["all"][2]["zh"], "丁");
    let plain = edition(&conditions("甲\n乙"));
    let leaves = plain.items[0].conditions.as_ref().unwrap().leaves().len();
    assert_eq!(leaves, 2);
    let (place, reason) = fault(&conditions("任一：\n甲"));
    assert_eq!(
        (place.cell.as_deref(), reason),
        (Some("L2"), SheetReason::GroupEmpty)
    );
}

#[test]
fn what_is_not_a_workbook_is_called_by_its_name() {
    assert_eq!(fault(b"PK\x03\x04 nothing").1, SheetReason::SheetUnreadable);
    assert_eq!(
        fault(&[0xD0, 0xCF, 0x11, 0xE0, 0, 0]).1,
        SheetReason::SheetOld
    );
    let large = vec![0; super::FILE_BYTES_MAX + 1];
    assert_eq!(fault(&large).1, SheetReason::SheetTooLarge { mib_max: 5 });
    let mut workbook = Workbook::new();
    workbook.add_worksheet().write(0, 0, "预算").unwrap();
    let faults = compose(&workbook.save_to_buffer().unwrap()).unwrap_err();
    let reasons: Vec<_> = faults.into_iter().map(|fault| fault.reason).collect();
    let name = |name: &str| name.to_owned();
    assert_eq!(
        reasons,
        [
            SheetReason::SheetMissing {
                name: name("检查表")
            },
            SheetReason::SheetMissing {
                name: name("检查项")
            },
            SheetReason::SheetUnknown {
                name: name("Sheet1")
            },
        ]
    );
}

#[test]
fn a_small_file_that_unpacks_to_much_and_a_cell_in_the_last_corner_are_refused_quickly() {
    let begun = Instant::now();
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let packed = zip::write::SimpleFileOptions::default();
    archive
        .start_file("xl/worksheets/sheet1.xml", packed)
        .unwrap();
    let zeros = vec![b' '; 1024 * 1024];
    for _ in 0..64 {
        archive.write_all(&zeros).unwrap();
    }
    let bomb = archive.finish().unwrap().into_inner();
    assert!(bomb.len() < 1024 * 1024);
    assert_eq!(fault(&bomb).1, SheetReason::SheetTooMuch);

    let corner = small(|sheets| {
        sheets.items.write(1_048_575, 16_383, "x").unwrap();
    });
    assert_eq!(fault(&corner).1, SheetReason::SheetTooMuch);
    assert!(begun.elapsed() < Duration::from_secs(20));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn a_damaged_workbook_is_refused_or_read_and_never_ends_the_program(
        places in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20)
    ) {
        let mut bytes = example();
        for (place, byte) in places {
            let at = place.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(composed) = compose(&bytes) {
            let _ = Edition::parse("x.xlsx", &composed.yaml);
        }
    }
}
