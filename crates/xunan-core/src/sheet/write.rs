//! An edition as a workbook that people can fill in and give back.

use anyhow::{Context, Result};
use rust_xlsxwriter::{DataValidation, Format, FormatAlign, Workbook, Worksheet, XlsxError};
use xunan_model::checklist::{Edition, Item, Measure, Text, Validity};

use super::columns::{
    Column, FACILITIES, FACILITY_COLUMNS, GUIDE, HEADER, HEADER_LINES, ITEM_COLUMNS, ITEMS, Kind,
    MEASURE_COLUMNS, MEASURES, SOURCE_COLUMNS, SOURCES,
};
use super::tree;

/// The titles of the first sheet's columns.
pub(super) const HEADER_TITLES: [&str; 3] = ["项目", "内容", "怎么填"];
/// Empty rows below the filled ones that are prepared as well.
const ROWS_PREPARED: u32 = 300;

/// What the guide says before it explains the columns.
const GUIDE_LINES: &[&str] = &[
    "巡安检查表：怎么填",
    "",
    "1. 先填《检查表》，再在《检查项》里一行写一项，行的先后就是检查时的先后。",
    "2. 表名和列名不要改，也不要合并单元格；列的先后可以换，不用的列可以删，带 * 的列必须有。",
    "3. 一格里要写几条时分行写（Alt+Enter），或者用；分开。",
    "4. 要填数字的项，在《计量》里写限值，一个限值一行。限值写数字，不要写成百分数：19.5% 写 19.5，单位写 %。",
    "5. 《设施》《依据文件》里先写好，《检查项》才能用它们的编号和简称。",
    "6. 导入时逐格检查，有一处不对就全部不导入，并指出在哪一行、哪一列。",
    "7. 已经导入的版本不能再改。要改内容，请换一个新的版本号再导入。没有结束的检查仍用原来的版本。",
    "8. 行业专用的附表，以及除名称、问题、设施以外的英文、藏文译文，表格装不下，要用 YAML 文件。",
    "",
];

struct Look {
    head: Format,
    must: Format,
    cell: Format,
}

/// Makes a workbook of an edition.
///
/// # Errors
/// When a text is longer than a cell can be.
pub(crate) fn workbook(edition: &Edition) -> Result<Vec<u8>> {
    build(edition).context("write the workbook")
}

fn build(edition: &Edition) -> Result<Vec<u8>, XlsxError> {
    let title = Format::new()
        .set_bold()
        .set_text_wrap()
        .set_align(FormatAlign::Top);
    let look = Look {
        head: title.clone().set_background_color("#E4EAF0"),
        must: title.set_background_color("#FFE699"),
        // As text, so that 0.10 stays 0.10 and a version does not become a date.
        cell: Format::new()
            .set_num_format("@")
            .set_text_wrap()
            .set_align(FormatAlign::Top),
    };
    let mut workbook = Workbook::new();
    guide(workbook.add_worksheet(), &look)?;
    header(workbook.add_worksheet(), edition, &look)?;
    let items: Vec<Vec<String>> = edition.items.iter().map(item_row).collect();
    table(workbook.add_worksheet(), ITEMS, ITEM_COLUMNS, &items, &look)?;
    let measures: Vec<Vec<String>> = edition
        .items
        .iter()
        .flat_map(|item| {
            item.measures
                .iter()
                .map(|measure| measure_row(item, measure))
        })
        .collect();
    table(
        workbook.add_worksheet(),
        MEASURES,
        MEASURE_COLUMNS,
        &measures,
        &look,
    )?;
    let facilities: Vec<Vec<String>> = edition
        .facilities
        .iter()
        .map(|(key, name)| {
            let [zh, en, bo] = languages(name);
            vec![key.clone(), zh, en, bo]
        })
        .collect();
    table(
        workbook.add_worksheet(),
        FACILITIES,
        FACILITY_COLUMNS,
        &facilities,
        &look,
    )?;
    let sources: Vec<Vec<String>> = edition
        .sources
        .iter()
        .map(|source| {
            let line = |text: &Option<String>| text.clone().unwrap_or_default();
            vec![
                source.id.clone(),
                source.title.clone(),
                line(&source.number),
                line(&source.issuer),
                line(&source.issued),
                line(&source.effective),
                line(&source.effective_note),
                line(&source.status),
                line(&source.scope),
                line(&source.url),
                line(&source.pdf),
                line(&source.verification),
            ]
        })
        .collect();
    table(
        workbook.add_worksheet(),
        SOURCES,
        SOURCE_COLUMNS,
        &sources,
        &look,
    )?;
    workbook.save_to_buffer()
}

fn guide(sheet: &mut Worksheet, look: &Look) -> Result<(), XlsxError> {
    sheet.set_name(GUIDE)?;
    for (at, width) in [(0, 24.0), (1, 28.0), (2, 90.0)] {
        sheet.set_column_width(at, width)?;
    }
    let mut row = 0;
    for line in GUIDE_LINES {
        sheet.write_string(row, 0, *line)?;
        row += 1;
    }
    for (at, title) in ["表", "列", "怎么填"].iter().enumerate() {
        sheet.write_string_with_format(row, column_number(at), *title, &look.head)?;
    }
    let tables = [
        (HEADER, HEADER_LINES),
        (ITEMS, ITEM_COLUMNS),
        (MEASURES, MEASURE_COLUMNS),
        (FACILITIES, FACILITY_COLUMNS),
        (SOURCES, SOURCE_COLUMNS),
    ];
    for (name, columns) in tables {
        for column in columns {
            row += 1;
            sheet.write_string(row, 0, name)?;
            sheet.write_string(row, 1, starred(column))?;
            sheet.write_string_with_format(row, 2, explained(column), &look.cell)?;
        }
    }
    Ok(())
}

/// What to write under a header, with the words of its list.
fn explained(column: &Column) -> String {
    let words = match column.kind {
        Kind::Word(words) => {
            let words: Vec<&str> = words.iter().map(|(zh, _)| *zh).collect();
            format!("选：{}", words.join("、"))
        }
        Kind::Text | Kind::Many | Kind::Tree => String::new(),
    };
    let parts = [words.as_str(), column.hint];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join("。")
}

fn starred(column: &Column) -> String {
    let star = if column.required { "*" } else { "" };
    format!("{}{star}", column.header)
}

fn header(sheet: &mut Worksheet, edition: &Edition, look: &Look) -> Result<(), XlsxError> {
    sheet.set_name(HEADER)?;
    for (at, title) in HEADER_TITLES.iter().enumerate() {
        sheet.write_string_with_format(0, column_number(at), *title, &look.head)?;
    }
    for (at, width) in [(0, 18.0), (1, 48.0), (2, 60.0)] {
        sheet.set_column_width(at, width)?;
    }
    let [title, title_en, title_bo] = languages(&edition.title);
    let [from, until] = days(edition.in_force);
    let penalty = edition.default_penalty.as_ref().map(|text| text.zh.clone());
    let values = [
        edition.id.clone(),
        edition.version.clone(),
        edition.sector.clone(),
        title,
        title_en,
        title_bo,
        from,
        until,
        penalty.unwrap_or_default(),
    ];
    for (row, (column, value)) in (1..).zip(HEADER_LINES.iter().zip(values)) {
        let format = if column.required {
            &look.must
        } else {
            &look.head
        };
        sheet.write_string_with_format(row, 0, starred(column), format)?;
        sheet.write_string_with_format(row, 1, value, &look.cell)?;
        sheet.write_string(row, 2, explained(column))?;
    }
    Ok(())
}

/// A sheet of rows under headers; words are offered as a list to choose from.
fn table(
    sheet: &mut Worksheet,
    name: &str,
    columns: &[Column],
    rows: &[Vec<String>],
    look: &Look,
) -> Result<(), XlsxError> {
    sheet.set_name(name)?;
    sheet.set_freeze_panes(1, 1)?;
    let last = u32::try_from(rows.len())
        .unwrap_or(u32::MAX)
        .saturating_add(ROWS_PREPARED);
    for (at, column) in columns.iter().enumerate() {
        let at = column_number(at);
        let format = if column.required {
            &look.must
        } else {
            &look.head
        };
        sheet.set_column_width(at, f64::from(column.width))?;
        sheet.set_column_format(at, &look.cell)?;
        sheet.write_string_with_format(0, at, starred(column), format)?;
        if let Kind::Word(words) = column.kind {
            let words: Vec<&str> = words.iter().map(|(zh, _)| *zh).collect();
            let list = DataValidation::new().allow_list_strings(&words)?;
            sheet.add_data_validation(1, at, last, at, &list)?;
        }
    }
    for (row, cells) in (1..).zip(rows) {
        for (at, cell) in cells
            .iter()
            .enumerate()
            .filter(|(_, cell)| !cell.is_empty())
        {
            sheet.write_string_with_format(row, column_number(at), cell, &look.cell)?;
        }
    }
    Ok(())
}

fn column_number(at: usize) -> u16 {
    u16::try_from(at).unwrap_or(u16::MAX)
}

/// The cells of an item, in the order of `ITEM_COLUMNS`.
fn item_row(item: &Item) -> Vec<String> {
    // Taken apart by name, so that a new field cannot be forgotten here.
    let Item {
        code,
        group,
        level,
        source,
        source_ids,
        official_item,
        hazard_key,
        in_force,
        citable,
        question,
        fail_on,
        hazard,
        evidence,
        measures: _,
        measures_fail,
        applies,
        conditions,
        penalty,
        confidence,
        enabled,
        tier,
        rule_set,
        stage,
        list,
        maps_to,
        judgement,
        note,
    } = item;
    let [question, question_en, question_bo] = languages(question);
    let [from, until] = days(*in_force);
    let zh = |text: &Option<Text>| {
        text.as_ref()
            .map(|text| text.zh.clone())
            .unwrap_or_default()
    };
    let line = |text: &Option<String>| text.clone().unwrap_or_default();
    let fields: [(&str, String); 31] = [
        ("code", code.clone()),
        ("group", group.clone()),
        ("level", spelt(level)),
        ("question", question),
        ("question.en", question_en),
        ("question.bo", question_bo),
        ("fail_on", spelt(fail_on)),
        ("hazard", hazard.zh.clone()),
        ("source", source.clone()),
        ("source_ids", lines(source_ids.iter())),
        ("official_item", line(official_item)),
        ("citable", citable.to_string()),
        ("confidence", spelt(confidence)),
        ("evidence", lines(evidence.iter().map(|text| &text.zh))),
        ("hazard_key", hazard_key.clone()),
        ("applies.facilities", lines(applies.facilities.iter())),
        ("applies.text", zh(&applies.text)),
        ("applies.condition", zh(&applies.condition)),
        (
            "conditions",
            conditions.as_ref().map(tree::write).unwrap_or_default(),
        ),
        (
            "measures_fail",
            measures_fail.as_ref().map(spelt).unwrap_or_default(),
        ),
        ("penalty", zh(penalty)),
        ("in_force.from", from),
        ("in_force.until", until),
        (
            "enabled",
            if *enabled {
                String::new()
            } else {
                "false".to_owned()
            },
        ),
        ("tier", tier.as_ref().map(spelt).unwrap_or_default()),
        ("rule_set", line(rule_set)),
        ("use", stage.as_ref().map(spelt).unwrap_or_default()),
        ("list", line(list)),
        ("maps_to", lines(maps_to.iter())),
        (
            "judgement",
            if *judgement {
                "true".to_owned()
            } else {
                String::new()
            },
        ),
        ("note", zh(note)),
    ];
    cells(ITEM_COLUMNS, &fields)
}

/// The cells of a number to enter, in the order of `MEASURE_COLUMNS`.
fn measure_row(item: &Item, measure: &Measure) -> Vec<String> {
    let Measure {
        quantity,
        unit,
        role,
        op,
        value,
        range,
        limit,
        limit_from,
        scale,
        value_from,
        also,
        note,
    } = measure;
    let zh = |text: &Option<Text>| {
        text.as_ref()
            .map(|text| text.zh.clone())
            .unwrap_or_default()
    };
    let end = |at: usize| range.as_ref().and_then(|range| range.get(at).cloned());
    let fields: [(&str, String); 13] = [
        ("code", item.code.clone()),
        ("quantity", quantity.zh.clone()),
        ("unit", unit.clone()),
        ("role", spelt(role)),
        ("op", spelt(op)),
        ("value", value.clone().or(end(0)).unwrap_or_default()),
        ("upper", end(1).unwrap_or_default()),
        ("limit", zh(limit)),
        (
            "limit_from",
            limit_from.as_ref().map(spelt).unwrap_or_default(),
        ),
        ("scale", lines(scale.iter().flatten())),
        (
            "value_from",
            value_from.as_ref().map(spelt).unwrap_or_default(),
        ),
        ("also", zh(also)),
        ("note", zh(note)),
    ];
    cells(MEASURE_COLUMNS, &fields)
}

/// Fields put under their headers, the format's words as people write them.
fn cells(columns: &[Column], fields: &[(&str, String)]) -> Vec<String> {
    let cell = |column: &Column| {
        let field = fields.iter().find(|(name, _)| *name == column.field);
        let text = field.map(|(_, text)| text.clone()).unwrap_or_default();
        match column.kind {
            Kind::Word(words) => words
                .iter()
                .find(|(_, word)| *word == text)
                .map_or(text, |(zh, _)| (*zh).to_owned()),
            Kind::Text | Kind::Many | Kind::Tree => text,
        }
    };
    columns.iter().map(cell).collect()
}

/// The file's word for a value of a fixed list.
fn spelt(value: impl serde::Serialize) -> String {
    let word = serde_json::to_value(value).ok();
    word.as_ref()
        .and_then(|word| word.as_str())
        .unwrap_or_default()
        .to_owned()
}

fn languages(text: &Text) -> [String; 3] {
    let Text { zh, en, bo } = text.clone();
    [zh, en.unwrap_or_default(), bo.unwrap_or_default()]
}

fn days(validity: Validity) -> [String; 2] {
    [validity.from, validity.until].map(|day| day.map(|day| day.to_string()).unwrap_or_default())
}

/// One a line. A single text that holds the other separator ends its line, so that it stays one.
fn lines<'a>(texts: impl Iterator<Item = &'a String>) -> String {
    let texts: Vec<&str> = texts.map(String::as_str).collect();
    match texts.as_slice() {
        [one] if one.contains(['；', ';']) => format!("{one}\n"),
        many => many.join("\n"),
    }
}
