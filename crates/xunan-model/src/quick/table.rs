//! The text that a spreadsheet puts on the clipboard, cell by cell.

/// A quoted cell that is longer is taken as it stands: somebody typed a quotation mark.
const QUOTED_BYTES_MAX: usize = 20_000;

/// The rows and cells of text copied from a spreadsheet.
///
/// Tabs stand between cells, a line end (LF, CRLF or CR) after each row, and in quotation marks what
/// itself holds a tab, a line end or one of those. Nothing is trimmed and nothing is left out; a row
/// has as many cells as it was given.
#[must_use]
pub fn cells(text: &str) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let mut row = Vec::new();
    let mut rest = text;
    while !rest.is_empty() || !row.is_empty() {
        let (cell, after) = quoted(rest).unwrap_or_else(|| plain(rest));
        row.push(cell);
        if let Some(next) = after.strip_prefix('\t') {
            rest = next;
            // A tab at the very end still has an empty cell after it.
            if rest.is_empty() {
                row.push(String::new());
                rows.push(std::mem::take(&mut row));
            }
            continue;
        }
        rest = after
            .strip_prefix("\r\n")
            .or_else(|| after.strip_prefix(['\n', '\r']))
            .unwrap_or(after);
        rows.push(std::mem::take(&mut row));
    }
    rows
}

fn plain(rest: &str) -> (String, &str) {
    let end = rest.find(['\t', '\r', '\n']).unwrap_or(rest.len());
    (rest[..end].to_owned(), &rest[end..])
}

/// A cell in quotation marks, doubled within. `None` when it is not properly closed: then the mark
/// is a character like any other.
fn quoted(rest: &str) -> Option<(String, &str)> {
    let inner = rest.strip_prefix('"')?;
    let mut cell = String::new();
    let mut at = 0;
    loop {
        let mark = at + inner[at..].find('"')?;
        if mark > QUOTED_BYTES_MAX {
            return None;
        }
        cell.push_str(&inner[at..mark]);
        let after = &inner[mark + 1..];
        if after.starts_with('"') {
            cell.push('"');
            at = mark + 2;
        } else if after.is_empty() || after.starts_with(['\t', '\r', '\n']) {
            return Some((cell, after));
        } else {
            return None;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn cells_stand_where_the_spreadsheet_had_them() {
        let text = "名称\t地址\r\n\"示范店\n二楼\"\t\"他说\"\"好\"\"\"\r\n\t空名\t\r\n";
        assert_eq!(
            cells(text),
            [
                vec!["名称", "地址"],
                vec!["示范店\n二楼", "他说\"好\""],
                vec!["", "空名", ""],
            ]
        );
        assert_eq!(cells("a\tb\t"), [vec!["a", "b", ""]]);
        assert_eq!(
            cells("a\rb\n\nc"),
            [vec!["a"], vec!["b"], vec![""], vec!["c"]]
        );
        assert!(cells("").is_empty());
    }

    #[test]
    fn a_quotation_mark_that_somebody_typed_stays() {
        assert_eq!(cells("\"好\"店\t地址"), [vec!["\"好\"店", "地址"]]);
        assert_eq!(cells("5\" 管\tx"), [vec!["5\" 管", "x"]]);
        assert_eq!(cells("\"未完\tx\ny"), [vec!["\"未完", "x"], vec!["y"]]);
    }

    /// As spreadsheets write it.
    fn written(rows: &[Vec<String>], line_end: &str) -> String {
        let cell = |cell: &String| {
            if cell.contains(['\t', '\r', '\n', '"']) {
                format!("\"{}\"", cell.replace('"', "\"\""))
            } else {
                cell.clone()
            }
        };
        let line = |row: &Vec<String>| row.iter().map(cell).collect::<Vec<_>>().join("\t");
        rows.iter().map(|row| line(row) + line_end).collect()
    }

    proptest! {
        #[test]
        fn no_cell_is_lost_or_shifted(
            rows in prop::collection::vec(
                prop::collection::vec("[a\t\r\n\"店, 　１]{0,6}", 1..6), 0..8),
            windows in any::<bool>(),
        ) {
            let text = written(&rows, if windows { "\r\n" } else { "\n" });
            prop_assert_eq!(cells(&text), rows);
        }

        #[test]
        fn any_text_is_read_and_only_separators_go(text in "[\t\r\n\"ab店]{0,60}") {
            let kept: usize = cells(&text).concat().concat().matches(['a', 'b', '店']).count();
            prop_assert_eq!(kept, text.matches(['a', 'b', '店']).count());
        }
    }
}
