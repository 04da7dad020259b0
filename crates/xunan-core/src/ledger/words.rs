//! Full text search in Chinese and Tibetan, which put no space between words.
//!
//! `FTS5`'s `trigram` finds no word of two characters and `unicode61` takes a sentence for one word. So a
//! text is given to it as pairs of neighbouring characters, each spelled in ASCII, and a word is looked for
//! as the phrase of its pairs: exactly the texts that hold it. A word of one character is the beginning of
//! a pair, which is why the last character of a run stands alone too.

use std::fmt::Write as _;

/// More characters of a text are not searched: a hazard has 2,000 at most.
const CHARS_MAX: usize = 4_000;
/// More characters of what is looked for are not looked at.
const QUERY_CHARS_MAX: usize = 100;

/// What the index gets for a text.
pub(super) fn indexed(texts: &[&str]) -> String {
    let mut tokens = String::new();
    for text in texts {
        for run in runs(text, CHARS_MAX) {
            for pair in run.windows(2) {
                push(&mut tokens, pair);
            }
            push(&mut tokens, &run[run.len() - 1..]);
        }
    }
    tokens
}

/// The query that finds the texts holding every word of `search`; `None` when it has no character that
/// can be looked for.
pub(super) fn query(search: &str) -> Option<String> {
    let mut terms = Vec::new();
    for run in runs(search, QUERY_CHARS_MAX) {
        let mut tokens = String::new();
        if run.len() == 1 {
            push(&mut tokens, &run);
            terms.push(format!("{}*", tokens.trim_end()));
            continue;
        }
        for pair in run.windows(2) {
            push(&mut tokens, pair);
        }
        terms.push(format!("\"{}\"", tokens.trim_end()));
    }
    (!terms.is_empty()).then(|| terms.join(" AND "))
}

/// Characters without a gap between them, as they are compared: small letters, no signs. In Tibetan a
/// vowel belongs to what stands before it, so marks are characters here.
fn runs(text: &str, max: usize) -> Vec<Vec<char>> {
    let mut runs = vec![Vec::new()];
    for character in text.chars().flat_map(char::to_lowercase).take(max) {
        if character.is_alphanumeric() || is_tibetan_mark(character) {
            if let Some(run) = runs.last_mut() {
                run.push(character);
            }
        } else {
            runs.push(Vec::new());
        }
    }
    runs.retain(|run| !run.is_empty());
    runs
}

/// Vowels and subjoined letters; [`char::is_alphanumeric`] knows most of them, not all.
fn is_tibetan_mark(character: char) -> bool {
    matches!(character, '\u{f71}'..='\u{f84}' | '\u{f8d}'..='\u{fbc}')
}

/// One token: the code points, each in as many digits, so that one character is the beginning of its pairs.
fn push(tokens: &mut String, characters: &[char]) {
    for character in characters {
        // Writing into a string does not fail.
        let _ = write!(tokens, "{:05x}", u32::from(*character));
    }
    tokens.push(' ');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rusqlite::Connection;

    use super::*;

    fn index(texts: &[&str]) -> Connection {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch(
            "CREATE VIRTUAL TABLE words USING fts5(text, content='', tokenize='ascii')",
        )
        .unwrap();
        for text in texts {
            conn.execute("INSERT INTO words (text) VALUES (?1)", [indexed(&[text])])
                .unwrap();
        }
        conn
    }

    fn found(conn: &Connection, search: &str) -> Vec<usize> {
        let Some(query) = query(search) else {
            return Vec::new();
        };
        let mut statement = conn
            .prepare("SELECT rowid FROM words WHERE words MATCH ?1 ORDER BY rowid")
            .unwrap();
        let rows = statement.query_map([query], |row| row.get::<_, usize>(0));
        rows.unwrap().map(|row| row.unwrap() - 1).collect()
    }

    #[test]
    fn words_of_one_two_and_many_characters_are_found_wherever_they_stand() {
        let conn = index(&[
            "疏散通道被占用，堆放煤气罐",
            "煤气瓶与明火距离不足0.5米",
            "供灯房 酥油灯 LPG-12 气瓶",
        ]);
        assert_eq!(found(&conn, "煤气"), [0, 1]);
        assert_eq!(found(&conn, "气瓶"), [1, 2]);
        assert_eq!(found(&conn, "罐"), [0]);
        assert_eq!(found(&conn, "气"), [0, 1, 2]);
        assert_eq!(found(&conn, "堆放煤气罐"), [0]);
        assert_eq!(found(&conn, "lpg 气瓶"), [2]);
        assert_eq!(found(&conn, "煤气 明火"), [1]);
        assert_eq!(
            found(&conn, "用堆"),
            Vec::<usize>::new(),
            "a comma is between"
        );
        assert_eq!(found(&conn, "，\" * ^ NEAR("), Vec::<usize>::new());
    }

    #[test]
    fn tibetan_and_rare_characters_are_found() {
        let conn = index(&["གཙུག་ལག་ཁང་གི་མར་མེ", "𠮷安客栈灭火器过期", "㛃家甜茶馆"]);
        assert_eq!(found(&conn, "ལག་ཁང"), [0]);
        assert_eq!(found(&conn, "མེ"), [0]);
        assert_eq!(found(&conn, "𠮷安"), [1]);
        assert_eq!(found(&conn, "㛃"), [2]);
    }

    proptest! {
        #[test]
        fn exactly_the_texts_that_hold_the_word_are_found(
            texts in prop::collection::vec("[甲乙丙丁a1，]{0,12}", 1..6),
            word in "[甲乙丙丁a1]{1,4}",
        ) {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let wanted: Vec<usize> =
                (0..texts.len()).filter(|nth| texts[*nth].contains(&word)).collect();
            prop_assert_eq!(found(&index(&texts), &word), wanted);
        }
    }
}
