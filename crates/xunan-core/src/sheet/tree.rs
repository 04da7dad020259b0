//! Sub-conditions in one cell.
//!
//! ```text
//! 全部：
//!   未设置报警器
//!   任一：
//!     用于用餐场所
//!     用于地下室
//! ```
//!
//! A line that says 全部： or 任一： holds the lines below it that stand further in. Lines without
//! one above them have to hold all together.

use serde_json::{Value, json};
use xunan_model::checklist::Condition;

const ALL: &str = "全部：";
const ANY: &str = "任一：";
/// Lines of one cell that are read; a checklist has at most 50 sub-conditions in an item.
const LINES_MAX: usize = 200;

/// The lines of a cell as the file format writes them; `None` when a group has no parts or
/// there are more lines than any item may have.
pub(super) fn read(cell: &str) -> Option<Value> {
    let lines: Vec<(usize, &str)> = cell
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| (indent(line), line.trim()))
        .collect();
    if lines.len() > LINES_MAX {
        return None;
    }
    let mut parts = parts(&mut lines.as_slice(), 0)?;
    match parts.as_slice() {
        [Value::Object(_)] => parts.pop(),
        _ => Some(json!({ "all": parts })),
    }
}

/// The lines that stand at `least` or further in; deeper ones belong to a group above them.
fn parts(lines: &mut &[(usize, &str)], least: usize) -> Option<Vec<Value>> {
    let mut found = Vec::new();
    while let Some(((indent, line), rest)) = lines.split_first() {
        if *indent < least {
            break;
        }
        *lines = rest;
        found.push(match group(line) {
            None => json!(line),
            Some(word) => {
                let parts = parts(lines, indent + 1)?;
                if parts.is_empty() {
                    return None;
                }
                json!({ word: parts })
            }
        });
    }
    Some(found)
}

fn group(line: &str) -> Option<&'static str> {
    match line.replace(':', "：").as_str() {
        ALL => Some("all"),
        ANY => Some("any"),
        _ => None,
    }
}

fn indent(line: &str) -> usize {
    line.chars()
        .take_while(|char| char.is_whitespace())
        .map(|char| if char == ' ' { 1 } else { 2 })
        .sum()
}

/// A tree as the lines of a cell.
pub(super) fn write(condition: &Condition) -> String {
    fn lines(condition: &Condition, depth: usize, cell: &mut String) {
        let (word, parts) = match condition {
            Condition::Leaf(text) => (text.zh.as_str(), &[][..]),
            Condition::All { all } => (ALL, all.as_slice()),
            Condition::Any { any } => (ANY, any.as_slice()),
        };
        if !cell.is_empty() {
            cell.push('\n');
        }
        cell.push_str(&"  ".repeat(depth));
        cell.push_str(word);
        for part in parts {
            lines(part, depth + 1, cell);
        }
    }
    let mut cell = String::new();
    lines(condition, 0, &mut cell);
    cell
}
