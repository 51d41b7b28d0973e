//! Arguments that are one word or many.
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

/// A list of words; one word, or several with commas between, will do too: `name: nginx`, `name: nginx,curl`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct List(pub Vec<String>);

impl Deref for List {
    type Target = [String];
    fn deref(&self) -> &[String] {
        &self.0
    }
}

impl<'a> IntoIterator for &'a List {
    type Item = &'a String;
    type IntoIter = std::slice::Iter<'a, String>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<'de> Deserialize<'de> for List {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Words)
    }
}

struct Words;

impl<'de> Visitor<'de> for Words {
    type Value = List;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a word or a list of words")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<List, E> {
        Ok(List(split(text)))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<List, E> {
        Ok(List(vec![number.to_string()]))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<List, E> {
        Ok(List(vec![number.to_string()]))
    }

    fn visit_unit<E: de::Error>(self) -> Result<List, E> {
        Ok(List::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<List, A::Error> {
        let mut words = Vec::new();
        while let Some(word) = items.next_element::<crate::text::Text>()? {
            let word = word.0.trim();
            if word.is_empty() {
                return Err(de::Error::custom("an empty word in a list"));
            }
            words.push(word.to_owned());
        }
        Ok(List(words))
    }
}

fn split(text: &str) -> Vec<String> {
    text.split(',')
        .map(str::trim)
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

impl JsonSchema for List {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "List".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["array", "string"],
            "items": { "type": ["string", "number"] }
        })
    }
}

/// A list of lines; one line will do too, whatever commas it has: `post_up: ip route add …`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lines(pub Vec<String>);

impl<'de> Deserialize<'de> for Lines {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "a line or a list of lines")]
        enum Shape {
            One(String),
            Many(Vec<String>),
        }
        Ok(Self(match Shape::deserialize(deserializer)? {
            Shape::One(line) => vec![line],
            Shape::Many(lines) => lines,
        }))
    }
}

impl JsonSchema for Lines {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Lines".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["array", "string"], "items": { "type": "string" } })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{from_value, json};

    #[test]
    fn one_word_commas_and_lists_are_the_same() {
        let words = |value| from_value::<List>(value).unwrap().0;
        assert_eq!(words(json!("a, b")), ["a", "b"]);
        assert_eq!(words(json!(["a", "b"])), ["a", "b"]);
        assert_eq!(words(json!([22, "ssh"])), ["22", "ssh"]);
        assert!(from_value::<List>(json!([" "])).is_err());
    }
}
