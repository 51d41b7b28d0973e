//! What a helper is called with.
use crate::expression::names::Names;
use crate::expression::operator::{describe, truthy};
use crate::template::text_of;
use play_core::Value;

pub(crate) struct Arguments<'a> {
    pub(crate) values: Vec<Value>,
    pub(crate) named: Vec<(String, Value)>,
    pub(crate) names: &'a dyn Names,
}

impl Arguments<'_> {
    pub(crate) fn value(&self, index: usize) -> Result<&Value, String> {
        self.values.get(index).ok_or_else(|| {
            format!(
                "needs {} arguments and got {}",
                index + 1,
                self.values.len()
            )
        })
    }

    /// A named argument, or the one at this position.
    pub(crate) fn option(&self, name: &str, index: usize) -> Option<&Value> {
        let named = self.named.iter().find(|(key, _)| key == name);
        named
            .map(|(_, value)| value)
            .or_else(|| self.values.get(index))
    }

    /// A named argument only.
    pub(crate) fn named(&self, name: &str) -> Option<&Value> {
        self.named
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value)
    }

    pub(crate) fn flag(&self, name: &str, index: usize) -> bool {
        self.option(name, index).is_some_and(truthy)
    }

    /// Scalars as text; lists and mappings are refused.
    pub(crate) fn text(&self, index: usize) -> Result<String, String> {
        match self.value(index)? {
            value @ (Value::Array(_) | Value::Object(_)) => {
                Err(format!("needs text and got {}", describe(value)))
            }
            value => Ok(text_of(value)),
        }
    }

    pub(crate) fn text_option(&self, name: &str, index: usize, default: &str) -> String {
        self.option(name, index)
            .map_or_else(|| default.to_owned(), text_of)
    }

    /// A list; a mapping stands for its keys, as in Python.
    pub(crate) fn list(&self, index: usize) -> Result<Vec<Value>, String> {
        match self.value(index)? {
            Value::Array(items) => Ok(items.clone()),
            Value::Object(map) => Ok(map.keys().cloned().map(Value::String).collect()),
            other => Err(format!("needs a list and got {}", describe(other))),
        }
    }

    pub(crate) fn map(&self, index: usize) -> Result<&serde_json::Map<String, Value>, String> {
        match self.value(index)? {
            Value::Object(map) => Ok(map),
            other => Err(format!("needs a mapping and got {}", describe(other))),
        }
    }

    /// A whole number, also one written as text.
    pub(crate) fn integer(&self, index: usize) -> Result<i64, String> {
        let value = self.value(index)?;
        whole(value).ok_or_else(|| format!("needs a whole number and got `{}`", text_of(value)))
    }

    pub(crate) fn integer_option(&self, name: &str, index: usize, default: i64) -> i64 {
        self.option(name, index).and_then(whole).unwrap_or(default)
    }
}

fn whole(value: &Value) -> Option<i64> {
    match value {
        Value::String(text) => text.trim().parse().ok(),
        other => other.as_i64(),
    }
}
