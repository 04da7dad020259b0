//! Finding sites as one types: by what is written, and by how it is spoken.
//!
//! A word of Latin letters is also taken for pinyin: each Chinese character may stand for its whole reading or
//! for the beginning of it, so `sfzcg`, `shifanzang` and `sfzangcg` all find 示范藏餐馆. Every reading of a character
//! counts: 藏 is zàng here and cáng elsewhere.

use std::collections::HashMap;

use pinyin::ToPinyinMulti as _;

/// The longest text that is searched for, in characters.
pub(crate) const SEARCH_CHARS_MAX: usize = 200;

/// The readings of all characters that occur, each kept once.
#[derive(Debug)]
pub(crate) struct Sounds {
    ids: HashMap<char, u16>,
    /// By id: the readings, and their first letters as bits. Id 0 is what has none.
    readings: Vec<(Vec<String>, u64)>,
}

/// A text in which words are found.
#[derive(Debug)]
pub(crate) struct Searched {
    /// In small letters; parts end with a line end.
    text: String,
    /// How much of it, in bytes, is the name.
    name: usize,
    /// The sounds of its first parts, character by character.
    sounds: Box<[u16]>,
    /// How many of them are the name's.
    name_sounds: usize,
}

/// How well something was found; the lesser is the better.
pub(crate) type Rank = u8;

impl Default for Sounds {
    fn default() -> Self {
        Self {
            ids: HashMap::new(),
            readings: vec![(Vec::new(), 0)],
        }
    }
}

impl Sounds {
    fn id(&mut self, c: char) -> u16 {
        if let Some(id) = self.ids.get(&c) {
            return *id;
        }
        let readings = readings(c);
        let first = |reading: &String| reading.bytes().next().map_or(0, bit);
        let bits = readings.iter().map(first).fold(0, |all, bit| all | bit);
        // More kinds of characters than there are: what does not fit has no sound.
        let id = match u16::try_from(self.readings.len()) {
            Ok(id) if !readings.is_empty() => {
                self.readings.push((readings, bits));
                id
            }
            _ => 0,
        };
        self.ids.insert(c, id);
        id
    }

    /// Takes a text in: the name, parts that are also spoken, and parts that are only written.
    pub(crate) fn searched(&mut self, name: &str, spoken: &[&str], written: &[&str]) -> Searched {
        let mut text = name.to_lowercase();
        let name = text.len();
        let name_sounds = text.chars().count();
        for part in spoken {
            text.push('\n');
            text.push_str(&part.to_lowercase());
        }
        let sounds = text.chars().map(|c| self.id(c)).collect();
        for part in written {
            text.push('\n');
            text.push_str(&part.to_lowercase());
        }
        Searched {
            text,
            name,
            sounds,
            name_sounds,
        }
    }

    /// Whether a word in small letters is spoken from some character on.
    fn speaks(&self, word: &[u8], sounds: &[u16]) -> bool {
        let Some(first) = word.first().copied().map(bit) else {
            return true;
        };
        (0..sounds.len()).any(|at| {
            let (_, bits) = &self.readings[usize::from(sounds[at])];
            bits & first != 0 && self.follows(word, &sounds[at..])
        })
    }

    fn follows(&self, word: &[u8], sounds: &[u16]) -> bool {
        let Some((sound, rest)) = sounds.split_first() else {
            return word.is_empty();
        };
        let (readings, _) = &self.readings[usize::from(*sound)];
        readings.iter().any(|reading| {
            let common = reading
                .bytes()
                .zip(word)
                .take_while(|(a, b)| a == *b)
                .count();
            common == word.len()
                || (1..=common)
                    .rev()
                    .any(|taken| self.follows(&word[taken..], rest))
        })
    }
}

impl Searched {
    /// How well all words are found: 0 the name begins with it, then the name holds it, the name is spoken
    /// so, and last whatever else. `None`: one of them is not found.
    pub(crate) fn rank(&self, words: &[String], sounds: &Sounds) -> Option<Rank> {
        words
            .iter()
            .map(|word| self.rank_of(word, sounds))
            .try_fold(0, |worst, rank| rank.map(|rank| worst.max(rank)))
    }

    fn rank_of(&self, word: &str, sounds: &Sounds) -> Option<Rank> {
        // Most texts do not hold the word: asked in the way that is quickest to say no.
        let written = self.text.contains(word);
        if written {
            match self.text.find(word) {
                Some(0) => return Some(0),
                Some(at) if at + word.len() <= self.name => return Some(1),
                _ => {}
            }
        }
        let letters = word.bytes().all(|b| b.is_ascii_alphanumeric());
        let (name, others) = self.sounds.split_at(self.name_sounds);
        if letters && sounds.speaks(word.as_bytes(), name) {
            return Some(2);
        }
        if written {
            return Some(3);
        }
        (letters && sounds.speaks(word.as_bytes(), others)).then_some(4)
    }
}

/// The words of what was typed.
pub(crate) fn words(search: &str) -> Vec<String> {
    search
        .to_lowercase()
        .split_whitespace()
        .map(str::to_owned)
        .collect()
}

fn bit(letter: u8) -> u64 {
    match letter {
        b'a'..=b'z' => 1 << (letter - b'a'),
        b'0'..=b'9' => 1 << (26 + letter - b'0'),
        _ => 0,
    }
}

/// How a character is spoken, in plain letters; ü also as people type it.
fn readings(c: char) -> Vec<String> {
    if c.is_ascii_alphanumeric() {
        return vec![c.to_string()];
    }
    let mut readings: Vec<String> = Vec::new();
    for reading in c.to_pinyin_multi().into_iter().flatten() {
        let plain = reading.plain();
        readings.push(plain.replace('ü', "v"));
        if plain.contains('ü') {
            readings.push(plain.replace('ü', "u"));
        }
    }
    readings.sort_unstable();
    readings.dedup();
    readings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rank(name: &str, owner: &str, typed: &str) -> Option<Rank> {
        let mut sounds = Sounds::default();
        let searched = sounds.searched(name, &[owner], &["91350100M000100Y43"]);
        searched.rank(&words(typed), &sounds)
    }

    #[test]
    fn a_name_is_found_by_characters_initials_and_whole_pinyin() {
        for typed in [
            "藏餐",
            "sfzcg",
            "zcg",
            "shifanzangcanguan",
            "SFZangCG",
            "canguan",
            "sf 藏",
        ] {
            assert!(rank("示范藏餐馆", "", typed).is_some(), "{typed}");
        }
        for typed in ["sfzcx", "gcz", "藏餐厅", "sf mm"] {
            assert_eq!(rank("示范藏餐馆", "", typed), None, "{typed}");
        }
    }

    #[test]
    fn every_reading_of_a_character_counts_and_a_typed_v_is_an_umlaut() {
        assert!(rank("西藏", "", "xizang").is_some());
        assert!(rank("西藏", "", "xicang").is_some());
        assert!(rank("绿松石店", "", "lvsong").is_some());
        assert!(rank("绿松石店", "", "lusong").is_some());
    }

    #[test]
    fn letters_and_digits_stand_for_themselves_among_characters() {
        assert!(rank("新区A地块3号", "", "xqadk3").is_some());
        assert_eq!(rank("新区A地块3号", "", "xqbdk"), None);
    }

    #[test]
    fn a_name_comes_before_an_owner_and_written_before_spoken() {
        assert_eq!(rank("示范店", "甲公司", "示"), Some(0));
        assert_eq!(rank("示范店", "甲公司", "店"), Some(1));
        assert_eq!(rank("示范店", "甲公司", "sfd"), Some(2));
        assert_eq!(rank("示范店", "甲公司", "甲"), Some(3));
        assert_eq!(rank("示范店", "甲公司", "jiags"), Some(4));
        assert_eq!(rank("示范店", "甲公司", "91350100m"), Some(3));
    }

    #[test]
    fn a_word_never_runs_from_one_part_into_the_next() {
        assert_eq!(rank("示范店", "甲公司", "dianjia"), None);
    }

    #[test]
    fn a_long_hostile_word_is_answered_at_once() {
        let begun = std::time::Instant::now();
        let typed = "ha".repeat(90) + "z";
        assert_eq!(rank(&"哈哈哈".repeat(60), "", &typed), None);
        assert!(begun.elapsed().as_secs() < 2);
    }
}
