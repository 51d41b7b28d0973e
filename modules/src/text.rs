//! Arguments that are text however YAML reads them.
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize};
use std::borrow::Cow;

/// A scalar as text: `1`, `"1"`, `yes`. Booleans become `1` and `0`, the form the kernel's settings have.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Text(pub String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "text, a number or yes/no")]
        enum Scalar {
            Flag(bool),
            Number(serde_json::Number),
            Words(String),
        }
        Ok(Self(match Scalar::deserialize(deserializer)? {
            Scalar::Flag(flag) => u8::from(flag).to_string(),
            Scalar::Number(number) => number.to_string(),
            Scalar::Words(words) => words,
        }))
    }
}

impl JsonSchema for Text {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Text".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "number", "boolean"] })
    }
}
