//! A list of names as users write it: a sequence, one name, or names with commas between.
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;
use std::ops::Deref;

/// Names, in the order written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names(pub Vec<String>);

impl Deref for Names {
    type Target = [String];
    fn deref(&self) -> &[String] {
        &self.0
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    One(String),
    Many(Vec<String>),
}

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let names = match Written::deserialize(deserializer) {
            Ok(Written::One(text)) => text.split(',').map(str::trim).map(str::to_owned).collect(),
            Ok(Written::Many(names)) => names,
            Err(_) => {
                return Err(serde::de::Error::custom(
                    "expected a name or a list of names",
                ));
            }
        };
        Ok(Self(
            names.into_iter().filter(|name| !name.is_empty()).collect(),
        ))
    }
}

impl JsonSchema for Names {
    fn schema_name() -> Cow<'static, str> {
        "Names".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": ["array", "string"],
            "items": { "type": "string" },
            "description": "a list of names, or names with commas between"
        })
    }
}
