//! That no item and no threshold is lost: one line of a table per item and measure, kept beside the
//! tests, and the official counts.
//!
//! After a deliberate change: `XUNAN_WRITE_GOLDEN=1 cargo test -p xunan-model --test checklist golden`,
//! then read the difference.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use xunan_model::checklist::{Edition, Item, Level, Measure};

use super::{BUILT_IN, built_in};

const COLUMNS: &str = "edition\tversion\tcode\tgroup\tlevel\thazard_key\tfail_on\tenabled\tcitable\tuse\tfrom\tuntil\tfacilities\tconditions\tmeasures_fail\tquantity\trole\top\tvalue\tlimit\tunit\tscale";

/// A value as the file format writes it, without quotes.
fn word(value: impl serde::Serialize) -> String {
    match serde_json::to_value(value).unwrap() {
        serde_json::Value::Null => String::new(),
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    }
}

fn line(edition: &Edition, item: &Item, measure: Option<&Measure>) -> String {
    let conditions = item.conditions.as_ref();
    let mut cells = vec![
        edition.id.clone(),
        edition.version.clone(),
        item.code.clone(),
        item.group.clone(),
        word(item.level),
        item.hazard_key.clone(),
        word(item.fail_on),
        item.enabled.to_string(),
        item.citable.to_string(),
        word(item.stage),
        word(item.in_force.from),
        word(item.in_force.until),
        item.applies.facilities.join(" "),
        conditions
            .map(xunan_model::checklist::Condition::formula)
            .unwrap_or_default(),
        word(item.measures_fail),
    ];
    if let Some(measure) = measure {
        let range = measure.range.as_ref().map(|range| range.join(".."));
        let limit = measure
            .limit
            .as_ref()
            .map(|text| text.zh.clone())
            .unwrap_or_default();
        let also = measure.also.as_ref().map(|text| text.zh.as_str());
        let from = [word(measure.limit_from), word(measure.value_from)].concat();
        cells.extend([
            measure.quantity.zh.clone(),
            word(measure.role),
            word(measure.op),
            measure.value.clone().or(range).unwrap_or_default(),
            format!("{from} {limit} {}", also.unwrap_or_default())
                .trim()
                .to_owned(),
            measure.unit.clone(),
            measure.scale.as_deref().unwrap_or_default().join(" "),
        ]);
    }
    cells.join("\t").trim_end().to_owned()
}

fn table() -> String {
    let mut table = format!("{COLUMNS}\n");
    for (id, _) in BUILT_IN {
        let edition = built_in(id);
        for item in &edition.items {
            if item.measures.is_empty() {
                writeln!(table, "{}", line(&edition, item, None)).unwrap();
            }
            for measure in &item.measures {
                writeln!(table, "{}", line(&edition, item, Some(measure))).unwrap();
            }
        }
    }
    table
}

#[test]
fn the_golden_table_has_every_item_and_every_threshold() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/checklist/golden.tsv");
    let now = table();
    if std::env::var_os("XUNAN_WRITE_GOLDEN").is_some() {
        std::fs::write(&file, &now).unwrap();
    }
    let kept = std::fs::read_to_string(&file).unwrap();
    for (number, (kept, now)) in kept.lines().zip(now.lines()).enumerate() {
        assert_eq!(kept, now, "golden.tsv line {}", number + 1);
    }
    assert_eq!(
        kept.lines().count(),
        now.lines().count(),
        "lines were lost or added"
    );
    let codes: BTreeSet<&str> = kept
        .lines()
        .skip(1)
        .filter_map(|line| line.split('\t').nth(2))
        .collect();
    assert_eq!(codes.len(), 999);
}

/// The major items of one regulation.
fn major(edition: &Edition, source: &str) -> Vec<Item> {
    let of =
        |item: &&Item| item.level == Level::Major && item.source_ids.iter().any(|id| id == source);
    let items: Vec<Item> = edition.items.iter().filter(of).cloned().collect();
    assert!(!items.is_empty(), "{source}");
    items
}

fn distinct(items: &[Item], of: impl Fn(&Item) -> Option<String>) -> usize {
    items.iter().filter_map(of).collect::<BTreeSet<_>>().len()
}

#[test]
fn the_lists_are_complete_against_the_official_counts() {
    let mine = built_in("noncoal_mine");
    let list = major(&mine, "88号");
    // 一(二)3 is the third numbered sub-item of the item 一(二).
    let head = |item: &Item| {
        let number = item.official_item.as_deref()?;
        Some(
            number
                .trim_end_matches(|c: char| c.is_ascii_digit())
                .to_owned(),
        )
    };
    let numbered = |item: &Item| {
        let number = item.official_item.clone()?;
        number
            .ends_with(|c: char| c.is_ascii_digit())
            .then_some(number)
    };
    assert_eq!(distinct(&list, head), 64, "矿安〔2022〕88号: items");
    assert_eq!(
        distinct(&list, numbered),
        79,
        "矿安〔2022〕88号: numbered sub-items"
    );
    assert_eq!(list.len(), 137, "矿安〔2022〕88号: checks");
    let keys = |edition: &str, source: &str| {
        let list = major(&built_in(edition), source);
        (
            distinct(&list, |item| Some(item.hazard_key.clone())),
            list.len(),
        )
    };
    assert_eq!(keys("noncoal_mine", "41号").0, 8, "矿安〔2024〕41号");
    assert_eq!(keys("city_gas", "4号文").0, 22, "建城规〔2023〕4号");
    assert_eq!(
        keys("hazchem", "AQ 3067-2026").0,
        53,
        "AQ 3067-2026: clauses"
    );
    assert_eq!(
        keys("construction", "建质规〔2024〕5号").0,
        53,
        "建质规〔2024〕5号"
    );
    assert_eq!(
        keys("special_equipment", "GB 45067-2024").0,
        47,
        "GB 45067-2024"
    );
    assert_eq!(keys("fireworks", "121号烟花"), (20, 38), "烟花爆竹");
    assert_eq!(keys("civil_explosives", "234号"), (17, 34), "民用爆炸物品");
    // Both orders end with a general clause, 第十四条, that the official count leaves out.
    for (edition, source, count) in [
        ("industry_trade", "应急管理部令第10号", 64),
        ("electric_power", "国家发展改革委令第41号(2026)", 48),
    ] {
        let list = major(&built_in(edition), source);
        let counted = list.iter().filter(|item| !item.source.contains("第十四条"));
        assert_eq!(counted.count(), count, "{source}");
        assert_eq!(list.len(), count + 1, "{source} with its general clause");
    }
}

#[test]
fn major_items_are_fewer_hazards_than_items() {
    let editions: Vec<Edition> = BUILT_IN.iter().map(|(id, _)| built_in(id)).collect();
    let all = editions.iter().flat_map(|edition| &edition.items);
    let major: Vec<Item> = all
        .filter(|item| item.level == Level::Major)
        .cloned()
        .collect();
    assert_eq!(major.len(), 612);
    assert_eq!(distinct(&major, |item| Some(item.hazard_key.clone())), 537);
}

#[test]
fn the_description_lists_every_built_in_edition_with_its_counts() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/CHECKLISTS.md");
    let text = std::fs::read_to_string(path).unwrap();
    let section = text.split("## The built-in editions").nth(1).unwrap();
    let said: Vec<&str> = section
        .lines()
        .filter(|line| line.starts_with("| `"))
        .collect();
    assert_eq!(said.len(), BUILT_IN.len());
    for ((id, _), said) in BUILT_IN.iter().zip(said) {
        let edition = built_in(id);
        let is_major = |item: &&Item| item.level == Level::Major;
        let major: Vec<Item> = edition.items.iter().filter(is_major).cloned().collect();
        let hazards = distinct(&major, |item| Some(item.hazard_key.clone()));
        let row = format!(
            "| `{id}` | {} | {} / {hazards} |",
            edition.items.len(),
            major.len()
        );
        assert!(said.starts_with(&row), "{row}");
    }
}
