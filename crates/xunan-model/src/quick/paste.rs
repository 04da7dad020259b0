//! A list of premises pasted from a spreadsheet: what each row means, and why one cannot be taken.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Presets;
use super::table::cells;
use crate::fault::{Code, Fault};

/// The longest text that is read, in bytes.
pub const PASTE_BYTES_MAX: usize = 8 << 20;
/// The most rows of one list.
pub const PASTE_ROWS_MAX: usize = 5_000;
/// The longest cell, in characters.
pub const CELL_CHARS_MAX: usize = 200;

/// A list as it was understood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
#[ts(export)]
pub struct Paste {
    /// The rows that hold anything, in order.
    pub rows: Vec<PasteRow>,
    /// Columns that hold something and are not used: their headings, or `#` and their number.
    pub ignored: Vec<String>,
}

/// One row of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
#[ts(export)]
pub struct PasteRow {
    /// Its number in the list, from 1, the heading counted.
    pub line: usize,
    /// The name.
    pub name: String,
    /// The address.
    pub address: String,
    /// The kind, in the list's words.
    pub kind: String,
    /// The preset that it means, or the one chosen for the list.
    pub preset: String,
    /// Whether the list's words told the preset.
    pub preset_told: bool,
    /// Whom to ask there, and the telephone.
    pub contact: String,
    /// What becomes of it.
    pub state: PasteState,
    /// The sentence's key when it cannot be taken: `fault.<key>`.
    pub reason: Option<String>,
    /// The line that it repeats.
    pub same_as: Option<usize>,
}

/// What becomes of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum PasteState {
    /// It is added.
    New,
    /// The same name and address stand further up: it is not added again.
    Repeated,
    /// The premises are known: they are not doubled, but are in the round.
    Known,
    /// It cannot be taken.
    Bad,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Name,
    Address,
    Kind,
    Contact,
    Phone,
}

/// Without a heading the columns stand in this order.
const ORDER: [Column; 5] = [
    Column::Name,
    Column::Address,
    Column::Kind,
    Column::Contact,
    Column::Phone,
];

const HEADINGS: [(Column, &[&str]); 5] = [
    (
        Column::Name,
        &[
            "名称",
            "单位名称",
            "店名",
            "场所名称",
            "商户名称",
            "企业名称",
            "商铺名称",
            "经营户名称",
            "寺庙名称",
            "民宿名称",
            "户主",
            "户主姓名",
            "name",
        ],
    ),
    (
        Column::Address,
        &[
            "地址",
            "详细地址",
            "经营地址",
            "单位地址",
            "场所地址",
            "住址",
            "所在地",
            "位置",
            "address",
        ],
    ),
    (
        Column::Kind,
        &[
            "类型",
            "场所类型",
            "单位类型",
            "类别",
            "场所类别",
            "经营类型",
            "行业",
            "业态",
            "type",
        ],
    ),
    (
        Column::Contact,
        &[
            "联系人",
            "联系人姓名",
            "负责人",
            "经营者",
            "业主",
            "法定代表人",
            "contact",
        ],
    ),
    (
        Column::Phone,
        &[
            "电话",
            "联系电话",
            "电话号码",
            "手机",
            "手机号",
            "手机号码",
            "联系方式",
            "phone",
        ],
    ),
];

/// Reads a list; `preset` is meant where a row does not tell. Existing premises are not known
/// here: whoever knows them turns `New` into `Known`.
///
/// # Errors
/// `paste_too_long`, `paste_too_many`, `paste_empty`, `quick_preset_unknown`: of the list as a
/// whole. What is wrong with a row stands in the row.
pub fn read(text: &str, presets: &Presets, preset: &str) -> Result<Paste, Fault> {
    if text.len() > PASTE_BYTES_MAX {
        return Err(
            Fault::new(Code::Invalid, "paste_too_long").with("max_mib", PASTE_BYTES_MAX >> 20)
        );
    }
    if presets.get(preset).is_none() {
        return Err(Fault::invalid("quick_preset_unknown", "preset"));
    }
    let table = cells(text.trim_start_matches('\u{feff}'));
    let filled: Vec<(usize, &Vec<String>)> = (1..)
        .zip(&table)
        .filter(|(_, row)| row.iter().any(|cell| !cell.trim().is_empty()))
        .collect();
    let (heading, body) = match filled.split_first() {
        Some(((_, first), rest)) if columns(first).contains(&Some(Column::Name)) => {
            (Some(*first), rest)
        }
        Some(_) => (None, &filled[..]),
        None => return Err(Fault::new(Code::Invalid, "paste_empty")),
    };
    if body.is_empty() {
        return Err(Fault::new(Code::Invalid, "paste_empty"));
    }
    if body.len() > PASTE_ROWS_MAX {
        return Err(Fault::new(Code::Invalid, "paste_too_many")
            .with("rows", body.len())
            .with("max", PASTE_ROWS_MAX));
    }
    let columns = match heading {
        Some(heading) => columns(heading),
        None => numbered(body)
            .then_some(None)
            .into_iter()
            .chain(ORDER.map(Some))
            .collect(),
    };
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut rows = Vec::new();
    for (line, cells) in body {
        let mut row = understood(*line, cells, &columns, presets, preset);
        if row.reason.is_none() {
            let first = *seen
                .entry(sameness(&row.name, &row.address))
                .or_insert(*line);
            if first != *line {
                (row.state, row.same_as) = (PasteState::Repeated, Some(first));
            }
        }
        rows.push(row);
    }
    Ok(Paste {
        rows,
        ignored: ignored(heading, body, &columns),
    })
}

/// Two premises with the same text are the same: names and addresses without spaces, in one width
/// and one case.
#[must_use]
pub fn sameness(name: &str, address: &str) -> String {
    let plain = |text: &str| -> String {
        text.chars()
            .filter(|c| !c.is_whitespace())
            .map(half_width)
            .flat_map(char::to_lowercase)
            .collect()
    };
    format!("{}\n{}", plain(name), plain(address))
}

/// A full-width letter, digit or sign as its usual one.
pub(crate) fn half_width(c: char) -> char {
    match u32::from(c) {
        code @ 0xff01..=0xff5e => char::from_u32(code - 0xfee0).unwrap_or(c),
        _ => c,
    }
}

/// What each cell of a heading means; a second column of the same meaning is not used.
fn columns(heading: &[String]) -> Vec<Option<Column>> {
    let mut found: Vec<Option<Column>> = Vec::new();
    for cell in heading {
        let word = sameness(cell, "");
        let word = word.trim_end_matches(['\n', '*', ':']);
        let column = HEADINGS
            .iter()
            .find(|(_, words)| words.contains(&word))
            .map(|(column, _)| *column)
            .filter(|column| !found.contains(&Some(*column)));
        found.push(column);
    }
    found
}

/// Whether a list without a heading begins with running numbers.
fn numbered(body: &[(usize, &Vec<String>)]) -> bool {
    let number = |cell: &String| {
        let cell = cell.trim();
        !cell.is_empty()
            && cell.len() <= 12
            && cell.chars().map(half_width).all(|c| c.is_ascii_digit())
    };
    body.iter()
        .all(|(_, row)| row.len() > 1 && row.first().is_some_and(number))
}

fn understood(
    line: usize,
    cells: &[String],
    columns: &[Option<Column>],
    presets: &Presets,
    preset: &str,
) -> PasteRow {
    let text = |wanted: Column| -> String {
        let at = columns.iter().position(|column| *column == Some(wanted));
        let cell = at.and_then(|at| cells.get(at)).map_or("", String::as_str);
        cell.split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .chars()
            .map(|c| {
                if ('０'..='９').contains(&c) {
                    half_width(c)
                } else {
                    c
                }
            })
            .collect()
    };
    let (name, address, kind) = (
        text(Column::Name),
        text(Column::Address),
        text(Column::Kind),
    );
    let contact = [text(Column::Contact), text(Column::Phone)];
    let too_long = |text: &String| text.chars().count() > CELL_CHARS_MAX;
    let reason = if name.is_empty() {
        Some("paste_name_missing")
    } else if [&name, &address, &kind]
        .into_iter()
        .chain(&contact)
        .any(too_long)
    {
        Some("paste_cell_too_long")
    } else {
        None
    };
    let meant = presets.meant_by(&kind);
    PasteRow {
        line,
        preset: meant.map_or(preset, |preset| &preset.id).to_owned(),
        preset_told: meant.is_some(),
        contact: contact.join(" ").trim().to_owned(),
        state: if reason.is_some() {
            PasteState::Bad
        } else {
            PasteState::New
        },
        reason: reason.map(str::to_owned),
        same_as: None,
        name,
        address,
        kind,
    }
}

/// The columns that hold something and mean nothing here: nobody should think they were taken.
fn ignored(
    heading: Option<&Vec<String>>,
    body: &[(usize, &Vec<String>)],
    columns: &[Option<Column>],
) -> Vec<String> {
    let width = body.iter().map(|(_, row)| row.len()).max().unwrap_or(0);
    (0..width)
        .filter(|at| columns.get(*at).copied().flatten().is_none())
        .filter(|at| {
            let holds =
                |row: &&Vec<String>| row.get(*at).is_some_and(|cell| !cell.trim().is_empty());
            body.iter().any(|(_, row)| holds(row))
        })
        .map(|at| {
            let told = heading
                .and_then(|row| row.get(at))
                .map(|cell| cell.trim().to_owned());
            told.filter(|cell| !cell.is_empty())
                .unwrap_or_else(|| format!("#{}", at + 1))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::quick::preset::tests::presets;

    fn read(text: &str) -> Paste {
        super::read(text, &presets(), "shop").unwrap()
    }

    fn fault(text: &str) -> &'static str {
        super::read(text, &presets(), "shop").unwrap_err().key
    }

    #[test]
    fn a_list_with_a_heading_is_read_by_its_columns() {
        let paste = read(
            "序号\t电话\t店名 \t场所类型\t地址\t负责人\t\r\n\
             1\t１３９００００００００\t示范甲店\t小旅店\t示范街1号\t示例甲\t\r\n\
             \t\t\t\t\t\t\r\n\
             2\t\t示范乙店\t加油站\t\"示范街\n2号\"\t\t\r\n",
        );
        assert_eq!(paste.ignored, ["序号"]);
        let [first, second] = &paste.rows[..] else {
            panic!("two rows")
        };
        assert_eq!(
            (first.name.as_str(), first.preset.as_str()),
            ("示范甲店", "hotel")
        );
        assert_eq!(first.contact, "示例甲 13900000000");
        assert_eq!((second.line, second.address.as_str()), (4, "示范街 2号"));
        assert!(!second.preset_told && second.preset == "shop");
    }

    #[test]
    fn a_list_without_a_heading_is_read_in_the_usual_order() {
        let paste =
            read("1\t示范甲店\t示范街1号\n2\t示范乙店\t示范街2号\t商店\t示例乙\t1390\t多余\n");
        assert_eq!(paste.ignored, ["#1", "#7"]);
        assert_eq!(paste.rows[1].contact, "示例乙 1390");
        assert_eq!(read("示范丙店").rows[0].name, "示范丙店");
    }

    #[test]
    fn what_cannot_be_taken_says_why_and_the_others_go_on() {
        let long = "长".repeat(CELL_CHARS_MAX + 1);
        let paste = read(&format!(
            "名称\t地址\n甲店\t街1号\n\t街2号\n{long}\t街\n甲 店\t街１号\n甲店\t街9号\n"
        ));
        let states: Vec<PasteState> = paste.rows.iter().map(|row| row.state).collect();
        use PasteState::{Bad, New, Repeated};
        assert_eq!(states, [New, Bad, Bad, Repeated, New]);
        assert_eq!(paste.rows[1].reason.as_deref(), Some("paste_name_missing"));
        assert_eq!(paste.rows[2].reason.as_deref(), Some("paste_cell_too_long"));
        assert_eq!(paste.rows[3].same_as, Some(2));
    }

    #[test]
    fn a_list_that_is_empty_or_endless_is_refused_as_a_whole() {
        assert_eq!(fault(" \n\t\n"), "paste_empty");
        assert_eq!(fault("名称\t地址\n"), "paste_empty");
        assert_eq!(fault(&"甲\n".repeat(PASTE_ROWS_MAX + 1)), "paste_too_many");
        assert_eq!(fault(&"甲".repeat(PASTE_BYTES_MAX / 2)), "paste_too_long");
    }

    proptest! {
        #[test]
        fn every_row_keeps_its_own_cells(
            rows in prop::collection::vec(("[甲乙a-z]{1,8}", "[街路0-9]{0,8}", "[1-9]{0,6}"), 1..30),
        ) {
            let lines: Vec<String> = rows
                .iter()
                .map(|(name, address, phone)| format!("{phone}\t{name}\t\t{address}"))
                .collect();
            let paste = read(&format!("电话\t名称\t备注\t地址\n{}", lines.join("\r\n")));
            prop_assert_eq!(paste.rows.len(), rows.len());
            for (row, (name, address, phone)) in paste.rows.iter().zip(&rows) {
                prop_assert_eq!((&row.name, &row.address, &row.contact), (name, address, phone));
            }
        }
    }
}
