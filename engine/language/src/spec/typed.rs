//! A role's variable in the type that the role says it has: text from the command line or in quotes is what it says.
use super::{Entry, Kind};
use crate::syntax::field::truth;
use play_core::Value;

/// The value as the role's tasks see it; as it is, where it is none of the type.
pub(crate) fn typed(entry: &Entry, name: &str, value: Value) -> Value {
    let Some(option) = entry.options.get(name) else {
        return value;
    };
    let read = value
        .as_str()
        .and_then(|text| parsed(option.kind, text.trim()));
    read.unwrap_or(value)
}

fn parsed(kind: Kind, text: &str) -> Option<Value> {
    match kind {
        Kind::Boolean => truth(text).map(Value::from),
        Kind::Integer => text.parse::<i64>().ok().map(Value::from),
        Kind::Float => text.parse::<f64>().ok().map(Value::from),
        _ => None,
    }
}
