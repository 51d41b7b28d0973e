//! Attributes and items of values.
use super::operator::describe;
use play_core::{Value, unknown};

/// What a step into a value found.
pub(crate) enum Found<'a> {
    Value(&'a Value),
    /// The value stepped into is not known yet.
    Unknown(&'a str),
    Nothing,
}

/// One step by name or by number written as text; numbers count from the end where negative.
pub(crate) fn step<'a>(value: &'a Value, key: &str) -> Found<'a> {
    let found = match value {
        Value::Object(map) => map.get(key),
        Value::Array(items) => position(key, items.len()).and_then(|index| items.get(index)),
        Value::String(text) => {
            return unknown::reason(text).map_or(Found::Nothing, Found::Unknown);
        }
        _ => None,
    };
    found.map_or(Found::Nothing, Found::Value)
}

/// A letter of a text, by its number.
pub(crate) fn letter(text: &str, key: &str) -> Option<char> {
    text.chars().nth(position(key, text.chars().count())?)
}

fn position(key: &str, length: usize) -> Option<usize> {
    let index: i64 = key.parse().ok()?;
    if index >= 0 {
        return usize::try_from(index).ok();
    }
    length.checked_sub(usize::try_from(index.unsigned_abs()).ok()?)
}

/// A dotted path into a value, as `map(attribute='a.b')` has it. None where a step finds nothing.
pub(crate) fn walk(value: &Value, path: &str) -> Option<Value> {
    let mut current = value;
    for key in path.split('.') {
        match step(current, key) {
            Found::Value(next) => current = next,
            Found::Unknown(reason) => return Some(Value::String(unknown::mark(reason))),
            Found::Nothing => return None,
        }
    }
    Some(current.clone())
}

/// What could have been meant instead of a key that is not there.
pub(crate) fn advice(value: &Value, key: &str) -> Option<String> {
    match value {
        Value::Object(map) => super::names::suggestion(key, map.keys().cloned()),
        Value::Array(items) => Some(format!("it is a list of {}", items.len())),
        other => Some(format!("it is {}", describe(other))),
    }
}

/// A slice as Python takes it.
pub(crate) fn slice<T: Clone>(items: &[T], bounds: [Option<i64>; 3]) -> Result<Vec<T>, String> {
    let stride = bounds[2].unwrap_or(1);
    if stride == 0 {
        return Err("a slice with step 0".into());
    }
    let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
    let clamp = |bound: i64, low: i64, high: i64| {
        let from_start = if bound < 0 {
            bound.saturating_add(length)
        } else {
            bound
        };
        from_start.clamp(low, high)
    };
    let (low, high) = if stride > 0 {
        (0, length)
    } else {
        (-1, length - 1)
    };
    let (first, last) = if stride > 0 { (low, high) } else { (high, low) };
    let from = bounds[0].map_or(first, |bound| clamp(bound, low, high));
    let to = bounds[1].map_or(last, |bound| clamp(bound, low, high));
    let mut out = Vec::new();
    let mut at = from;
    while (stride > 0 && at < to) || (stride < 0 && at > to) {
        out.extend(
            usize::try_from(at)
                .ok()
                .and_then(|at| items.get(at))
                .cloned(),
        );
        at = at.saturating_add(stride);
    }
    Ok(out)
}
