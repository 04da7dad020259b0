//! Presets: which hazards a quick check asks, and under which keys. `docs/QUICK.md` describes the
//! file.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::DAYS_MAX;
use crate::checklist::Text;

/// The version of the file format that this program reads.
const FORMAT: u32 = 1;
/// The keys that a hazard may have. The others move, photograph, note or undo.
pub const KEYS: &str = "1234567890abefghijklmoqstwxy";

/// The presets of a file, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Presets(Vec<Preset>);

/// What is looked at in one kind of premises.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preset {
    /// Its id, as sites name it in `kinds`.
    pub id: String,
    /// Its name for people.
    pub name: Text,
    /// The class of premises that it belongs to, in the words of the fire checklist.
    #[serde(default)]
    pub class: Option<String>,
    /// Words by which a pasted list names this kind.
    #[serde(default)]
    pub words: Vec<String>,
    /// The deadlines to choose from, in days, the usual one first.
    pub days: Vec<u16>,
    /// The hazards, those common to all presets first.
    pub hazards: Vec<Hazard>,
}

/// A hazard with a key.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hazard {
    /// The key, one of [`KEYS`].
    pub key: String,
    /// Its id; the same hazard has the same in every preset.
    pub id: String,
    /// The few words on its button.
    pub label: Text,
    /// The checklist of its item.
    #[serde(default)]
    pub edition: Option<String>,
    /// The item's code.
    #[serde(default)]
    pub item: Option<String>,
    /// What is wrong, where no item fits.
    #[serde(default)]
    pub text: Option<Text>,
    /// Whether the person must write what is wrong.
    #[serde(default)]
    pub ask: bool,
    /// Whether it is one of the hazards common to all presets (生命通道).
    #[serde(skip)]
    pub common: bool,
}

/// Why a file of presets cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PresetsFault {
    /// It is not of the right shape; the text says where.
    #[error("{0}")]
    Unreadable(String),
    /// It was written for another version of this format.
    #[error("format {0} is not known")]
    Format(u32),
    /// Two presets have one id, or there is none.
    #[error("the id {0:?} is empty or taken")]
    Id(String),
    /// A key is not one character of [`KEYS`], or two hazards of a preset have it.
    #[error("{preset}: the key {key:?} is not free")]
    Key {
        /// The preset.
        preset: String,
        /// The key.
        key: String,
    },
    /// A hazard has an empty id, one that is taken, or not exactly one of item and text.
    #[error("{preset}: the hazard {hazard:?} needs an id of its own, and an item or a text")]
    Hazard {
        /// The preset.
        preset: String,
        /// The hazard.
        hazard: String,
    },
    /// A preset has no deadline, or one that is too short or too long.
    #[error("{0}: the deadlines")]
    Days(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: u32,
    #[serde(default)]
    common: Vec<Hazard>,
    presets: Vec<Preset>,
}

impl Presets {
    /// Reads a file of presets.
    ///
    /// # Errors
    /// The first fault that was found.
    pub fn parse(yaml: &str) -> Result<Self, PresetsFault> {
        let file: File = serde_saphyr::from_str(yaml)
            .map_err(|error| PresetsFault::Unreadable(error.to_string()))?;
        if file.format != FORMAT {
            return Err(PresetsFault::Format(file.format));
        }
        let mut presets: Vec<Preset> = Vec::new();
        for mut preset in file.presets {
            if preset.id.is_empty() || presets.iter().any(|other| other.id == preset.id) {
                return Err(PresetsFault::Id(preset.id));
            }
            let common = file.common.iter().cloned().map(|mut hazard| {
                hazard.common = true;
                hazard
            });
            preset.hazards = common.chain(preset.hazards).collect();
            check(&preset)?;
            presets.push(preset);
        }
        if presets.is_empty() {
            return Err(PresetsFault::Id(String::new()));
        }
        Ok(Self(presets))
    }

    /// All presets, in the file's order.
    pub fn iter(&self) -> impl Iterator<Item = &Preset> {
        self.0.iter()
    }

    /// The preset with this id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Preset> {
        self.0.iter().find(|preset| preset.id == id)
    }

    /// The preset that a list means by `words`: the one with the longest word in them.
    #[must_use]
    pub fn meant_by(&self, words: &str) -> Option<&Preset> {
        let mut best: Option<(usize, &Preset)> = None;
        for preset in &self.0 {
            let names = preset.words.iter().chain([&preset.name.zh, &preset.id]);
            for word in names.filter(|word| words.contains(word.as_str())) {
                if best.is_none_or(|(length, _)| word.len() > length) {
                    best = Some((word.len(), preset));
                }
            }
        }
        best.map(|(_, preset)| preset)
    }
}

impl Preset {
    /// The hazard with this id.
    #[must_use]
    pub fn hazard(&self, id: &str) -> Option<&Hazard> {
        self.hazards.iter().find(|hazard| hazard.id == id)
    }
}

impl Hazard {
    /// The item that it comes from: the edition's id and the item's code.
    #[must_use]
    pub fn of(&self) -> Option<(&str, &str)> {
        self.edition.as_deref().zip(self.item.as_deref())
    }
}

fn check(preset: &Preset) -> Result<(), PresetsFault> {
    if preset.days.is_empty() || !preset.days.iter().all(|day| (1..=DAYS_MAX).contains(day)) {
        return Err(PresetsFault::Days(preset.id.clone()));
    }
    let (mut keys, mut ids) = (BTreeSet::new(), BTreeSet::new());
    for hazard in &preset.hazards {
        let one = hazard.key.chars().count() == 1 && KEYS.contains(&hazard.key);
        if !one || !keys.insert(&hazard.key) {
            return Err(PresetsFault::Key {
                preset: preset.id.clone(),
                key: hazard.key.clone(),
            });
        }
        let from_item = hazard.edition.is_some() && hazard.item.is_some();
        let free = hazard.edition.is_none() && hazard.item.is_none() && hazard.text.is_some();
        let told = from_item != free && (free || hazard.text.is_none());
        if hazard.id.is_empty() || !told || !ids.insert(&hazard.id) {
            return Err(PresetsFault::Hazard {
                preset: preset.id.clone(),
                hazard: hazard.id.clone(),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    const FILE: &str = r#"
format: 1
common:
  - { key: "1", id: exit_locked, edition: fire, item: FIRE-G-01, label: 安全出口锁闭 }
presets:
  - id: shop
    name: 小商店
    words: [商店]
    days: [3, 7]
    hazards:
      - { key: "7", id: wiring, edition: fire, item: FIRE-G-09, label: 私拉乱接 }
      - { key: x, id: other, text: 其他, ask: true, label: 其他 }
  - id: hotel
    name: 小旅店
    words: [店, 小旅店]
    days: [7]
    hazards: []
"#;

    pub(crate) fn presets() -> Presets {
        Presets::parse(FILE).unwrap()
    }

    #[test]
    fn the_common_hazards_are_in_every_preset_under_the_same_key() {
        let presets = presets();
        for preset in presets.iter() {
            let hazard = preset.hazard("exit_locked").unwrap();
            assert!(hazard.key == "1" && hazard.common, "{}", preset.id);
        }
        assert_eq!(presets.get("shop").unwrap().hazards.len(), 3);
    }

    #[test]
    fn a_list_s_word_means_the_preset_with_the_longest_match() {
        let presets = presets();
        let meant = |words| presets.meant_by(words).map(|preset| preset.id.as_str());
        assert_eq!(meant("便民商店"), Some("shop"));
        assert_eq!(meant("小旅店"), Some("hotel"));
        assert_eq!(meant("加油站"), None);
    }

    #[test]
    fn a_file_that_would_confuse_the_hand_is_refused() {
        let fault = |from: &str, to: &str| Presets::parse(&FILE.replacen(from, to, 1)).unwrap_err();
        let key = |key: &str| PresetsFault::Key {
            preset: "shop".to_owned(),
            key: key.to_owned(),
        };
        assert_eq!(fault("key: \"7\"", "key: \"1\""), key("1"));
        assert_eq!(fault("key: \"7\"", "key: p"), key("p"));
        assert_eq!(fault("key: \"7\"", "key: \"78\""), key("78"));
        assert_eq!(
            fault("id: hotel", "id: shop"),
            PresetsFault::Id("shop".to_owned())
        );
        assert_eq!(
            fault("days: [3, 7]", "days: []"),
            PresetsFault::Days("shop".to_owned())
        );
        assert_eq!(fault("format: 1", "format: 2"), PresetsFault::Format(2));
        assert!(matches!(
            fault("item: FIRE-G-09, ", ""),
            PresetsFault::Hazard { .. }
        ));
        assert!(matches!(
            fault("ask: true", "asks: true"),
            PresetsFault::Unreadable(_)
        ));
    }
}
