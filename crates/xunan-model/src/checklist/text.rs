//! A text in the languages of the office.

use chrono::NaiveDate;
use serde::de::{Error, MapAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

/// A text by language. Chinese is the language of the law and always there; English and Tibetan
/// only help to read it and are never printed in its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ts_rs::TS)]
#[ts(export)]
pub struct Text {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: Option<String>,
    /// Tibetan.
    pub bo: Option<String>,
}

impl Text {
    /// A text in Chinese alone.
    #[must_use]
    pub fn zh(zh: impl Into<String>) -> Self {
        Self {
            zh: zh.into(),
            en: None,
            bo: None,
        }
    }

    /// The text in `language` (`zh`, `en`, `bo`), or in Chinese where it was not translated.
    #[must_use]
    pub fn in_language(&self, language: &str) -> &str {
        let translated = match language {
            "en" => self.en.as_deref(),
            "bo" => self.bo.as_deref(),
            _ => None,
        };
        translated.unwrap_or(&self.zh)
    }

    /// Its languages, each with its name.
    pub(super) fn languages(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let en = self.en.as_deref().map(|text| ("en", text));
        let bo = self.bo.as_deref().map(|text| ("bo", text));
        std::iter::once(("zh", self.zh.as_str()))
            .chain(en)
            .chain(bo)
    }

    /// Reads the rest of a mapping of which `first` was already read as its first key.
    pub(super) fn from_map<'de, A>(first: Option<String>, mut map: A) -> Result<Self, A::Error>
    where
        A: MapAccess<'de>,
    {
        let (mut zh, mut en, mut bo) = (None, None, None);
        let mut key = first;
        while let Some(language) = key {
            let (slot, name) = match language.as_str() {
                "zh" => (&mut zh, "zh"),
                "en" => (&mut en, "en"),
                "bo" => (&mut bo, "bo"),
                other => return Err(A::Error::unknown_field(other, &["zh", "en", "bo"])),
            };
            // `null` is what a text without a translation is written as on the wire.
            let text: Option<String> = map.next_value()?;
            if slot.replace(text).is_some() {
                return Err(A::Error::duplicate_field(name));
            }
            key = map.next_key()?;
        }
        let zh = zh.flatten().ok_or_else(|| A::Error::missing_field("zh"))?;
        Ok(Self {
            zh,
            en: en.flatten(),
            bo: bo.flatten(),
        })
    }
}

/// A text is written `{zh: …, en: …, bo: …}`, or as plain text when it is Chinese alone.
impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;

        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a text (in quotes if it looks like a number) or {zh, en, bo}")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Text, E> {
                Ok(Text::zh(text))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Text, A::Error> {
                let first = map.next_key()?;
                Text::from_map(first, map)
            }
        }

        deserializer.deserialize_any(TextVisitor)
    }
}

/// Reads a date that need not be there; one that no calendar has is named in the fault.
pub(super) fn date<'de, D: Deserializer<'de>>(source: D) -> Result<Option<NaiveDate>, D::Error> {
    let Some(text) = Option::<String>::deserialize(source)? else {
        return Ok(None);
    };
    let date = text
        .parse()
        .ok()
        .filter(|date: &NaiveDate| date.to_string() == text);
    let wrong = || D::Error::invalid_value(Unexpected::Str(&text), &"a date as YYYY-MM-DD");
    date.ok_or_else(wrong).map(Some)
}
