//! Odd things to write and to give.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use xunan_testkit::photos;

/// Texts that have broken programs: rare Han characters beyond the basic plane, Tibetan, emoji with
/// joiners, markup, templates, queries, controls, directions, nothing, very much.
const TEXTS: &[&str] = &[
    "𠮷㛃䶮𫞩镕堃",
    "བཀྲ་ཤིས་བདེ་ལེགས། མེ་འགོག་ཡོ་བྱད།",
    "👩🏽‍🚒🧯👨‍👩‍👧‍👦",
    "<img src=x onerror=console.error(1)><b>粗</b></script>",
    "{{ 1 + 1 }} {count} @:app.name | a | b",
    "'; DROP TABLE record; --",
    "a\u{0}b\u{7}c\u{200b}d\u{202e}e\u{feff}",
    "\u{301}\u{302}e\u{301}",
    "   \t\n  ",
    "",
    "-1",
    "999999999999999999999999",
    "2027-02-30",
    "2027-01-10",
    "0.8",
    "１２３，４５",
    "消防通道被占用",
    "../../etc/passwd",
];
/// Longer than any field takes.
const LONG_CHARS: usize = 5_000;

/// A text for a number.
pub(super) fn text(chance: u64) -> String {
    let nth = (chance % (TEXTS.len() as u64 + 1)) as usize;
    match TEXTS.get(nth) {
        Some(text) => (*text).to_owned(),
        None => "安全生产𠮷".chars().cycle().take(LONG_CHARS).collect(),
    }
}

/// Files to give: real photos, and what is none.
pub(super) fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files: Vec<PathBuf> = photos::files()?.into_iter().take(3).collect();
    let photo = std::fs::read(files.first().context("a photo")?)?;
    let odd = folder.join("odd");
    std::fs::create_dir_all(&odd)?;
    let long = format!("{}.jpg", "长".repeat(80));
    let cases: [(&str, &[u8]); 8] = [
        ("empty.jpg", b""),
        ("text.jpg", "这不是照片".as_bytes()),
        ("cut.jpg", &photo[..photo.len() / 2]),
        ("head.jpg", &photo[..20]),
        ("paper.pdf", b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n"),
        ("list.yaml", b"format: 1\nid: [\n"),
        ("book.xlsx", b"PK\x03\x04not a workbook"),
        (&long, &photo),
    ];
    for (name, bytes) in cases {
        let file = odd.join(name);
        std::fs::write(&file, bytes)?;
        files.push(file);
    }
    Ok(files)
}
