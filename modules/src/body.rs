//! Body as users write it, also where YAML made a number or a mapping of it.
use play_core::Value;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;
use std::ops::Deref;

/// Body; a number or boolean is its own text, a list or mapping is written as JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Body(pub String);

impl Deref for Body {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Body {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(match Value::deserialize(deserializer)? {
            Value::String(text) => text,
            Value::Null => String::new(),
            value @ (Value::Array(_) | Value::Object(_)) => {
                let mut text =
                    serde_json::to_string_pretty(&value).map_err(serde::de::Error::custom)?;
                text.push('\n');
                text
            }
            other => other.to_string(),
        }))
    }
}

impl JsonSchema for Body {
    fn schema_name() -> Cow<'static, str> {
        "Body".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": ["string", "number", "boolean", "array", "object", "null"],
            "description": "text; a list or mapping is written as JSON"
        })
    }
}
