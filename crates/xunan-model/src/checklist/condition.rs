//! Sub-conditions that have to hold together before an item fails.

use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::Text;

/// What has to hold for an item to fail, as a tree. The inspector ticks the leaves.
///
/// A regulation often makes a major hazard only of two conditions together; on its own each is
/// a general one, so they are never to be merged into a single question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Condition {
    /// All of these.
    All {
        /// The parts.
        all: Vec<Condition>,
    },
    /// At least one of these.
    Any {
        /// The parts.
        any: Vec<Condition>,
    },
    /// One condition to tick.
    Leaf(Text),
}

impl Condition {
    /// The conditions to tick, from first to last. An answer keeps its ticks in this order.
    #[must_use]
    pub fn leaves(&self) -> Vec<&Text> {
        let mut leaves = Vec::new();
        self.collect(&mut leaves);
        leaves
    }

    /// Whether it holds, given one tick per leaf: yes, no, or not known (also where ticks are
    /// missing). Not known stays so unless the known ones decide it by themselves.
    #[must_use]
    pub fn holds(&self, ticks: &[Option<bool>]) -> Option<bool> {
        self.evaluate(&mut ticks.iter().copied())
    }

    /// How the leaves belong together, by their numbers: `①且（②或③）`.
    #[must_use]
    pub fn formula(&self) -> String {
        self.write(&mut 0, true)
    }

    fn write(&self, leaf: &mut u32, outermost: bool) -> String {
        let (parts, word) = match self {
            Self::Leaf(_) => {
                *leaf += 1;
                return match leaf {
                    // ① to ⑳ are neighbours.
                    1..=20 => char::from_u32(0x245F + *leaf).map(String::from),
                    _ => None,
                }
                .unwrap_or_else(|| leaf.to_string());
            }
            Self::All { all } => (all, "且"),
            Self::Any { any } => (any, "或"),
        };
        let parts: Vec<String> = parts.iter().map(|part| part.write(leaf, false)).collect();
        let text = parts.join(word);
        if outermost || parts.len() == 1 {
            text
        } else {
            format!("（{text}）")
        }
    }

    fn collect<'a>(&'a self, leaves: &mut Vec<&'a Text>) {
        match self {
            Self::Leaf(text) => leaves.push(text),
            Self::All { all: parts } | Self::Any { any: parts } => {
                for part in parts {
                    part.collect(leaves);
                }
            }
        }
    }

    fn evaluate(&self, ticks: &mut dyn Iterator<Item = Option<bool>>) -> Option<bool> {
        let (parts, decisive) = match self {
            Self::Leaf(_) => return ticks.next().flatten(),
            Self::All { all } => (all, false),
            Self::Any { any } => (any, true),
        };
        // Every part is evaluated, also after the decisive one: each consumes its own ticks.
        let results: Vec<_> = parts.iter().map(|part| part.evaluate(ticks)).collect();
        if results.contains(&Some(decisive)) {
            Some(decisive)
        } else if results.contains(&None) {
            None
        } else {
            Some(!decisive)
        }
    }
}

/// `{all: […]}`, `{any: […]}`, or a text.
impl<'de> Deserialize<'de> for Condition {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ConditionVisitor;

        impl<'de> Visitor<'de> for ConditionVisitor {
            type Value = Condition;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a text, {all: [...]} or {any: [...]}")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Condition, E> {
                Ok(Condition::Leaf(Text::zh(text)))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Condition, A::Error> {
                let first: Option<String> = map.next_key()?;
                let condition = match first.as_deref() {
                    Some("all") => Condition::All {
                        all: map.next_value()?,
                    },
                    Some("any") => Condition::Any {
                        any: map.next_value()?,
                    },
                    _ => return Text::from_map(first, map).map(Condition::Leaf),
                };
                match map.next_key::<String>()? {
                    Some(_) => Err(A::Error::custom(
                        "`all` or `any` stands alone in its mapping",
                    )),
                    None => Ok(condition),
                }
            }
        }

        deserializer.deserialize_any(ConditionVisitor)
    }
}
