//! What can be asked with `is`.
use super::operator::{contains, describe, equal, marked, order, truthy};
use crate::template::{pattern, text_of};
use play_core::{Value, unknown};
use std::cmp::Ordering;

/// Every test but `defined` and `undefined`, which ask about names and not about values.
pub(crate) const NAMES: &[&str] = &[
    "abs",
    "any",
    "all",
    "boolean",
    "changed",
    "contains",
    "divisibleby",
    "eq",
    "equalto",
    "even",
    "exists",
    "failed",
    "failure",
    "false",
    "falsy",
    "float",
    "ge",
    "gt",
    "in",
    "integer",
    "iterable",
    "le",
    "lower",
    "lt",
    "mapping",
    "match",
    "ne",
    "none",
    "null",
    "number",
    "odd",
    "regex",
    "sameas",
    "search",
    "sequence",
    "skip",
    "skipped",
    "string",
    "subset",
    "succeeded",
    "success",
    "superset",
    "issubset",
    "issuperset",
    "true",
    "truthy",
    "upper",
    "version",
    "version_compare",
    "reachable",
    "unreachable",
    "finished",
    "started",
    "change",
];

/// Answers a test. The first value is the subject; an answer that is not known yet is a marked text.
pub(crate) fn ask(name: &str, values: &[Value]) -> Result<Value, String> {
    let subject = values.first().ok_or("a test needs a value")?;
    if let Some(answer) = result(name, subject) {
        return answer;
    }
    let whole = marked(subject);
    let argument = values.get(1);
    if let Some(reason) = whole.or_else(|| argument.and_then(marked)) {
        return Ok(Value::String(unknown::mark(reason)));
    }
    if let Some(flag) = kind(name, subject) {
        return Ok(Value::Bool(flag));
    }
    let argument = argument.ok_or_else(|| format!("the test `{name}` needs an argument"));
    compared(name, subject, argument, values)
}

/// Tests of what a task returned: `result is changed`.
fn result(name: &str, subject: &Value) -> Option<Result<Value, String>> {
    let (field, expected) = match name {
        "changed" | "change" => ("changed", true),
        "failed" | "failure" => ("failed", true),
        "succeeded" | "success" => ("failed", false),
        "skipped" | "skip" => ("skipped", true),
        "unreachable" => ("unreachable", true),
        "reachable" => ("unreachable", false),
        "finished" | "started" => (name, true),
        _ => return None,
    };
    let flag = match subject {
        Value::Object(map) => map.get(field),
        Value::String(text) if unknown::reason(text).is_some() => Some(subject),
        other => {
            return Some(Err(format!(
                "`is {name}` asks about a registered result, and this is {}",
                describe(other)
            )));
        }
    };
    Some(Ok(match flag.and_then(marked) {
        Some(reason) => Value::String(unknown::mark(reason)),
        None => Value::Bool(flag.is_some_and(truthy) == expected),
    }))
}

/// Tests without an argument.
fn kind(name: &str, subject: &Value) -> Option<bool> {
    Some(match name {
        "string" => subject.is_string(),
        "mapping" => subject.is_object(),
        "sequence" => subject.is_array() || subject.is_string(),
        "iterable" => subject.is_array() || subject.is_object() || subject.is_string(),
        "number" => subject.is_number(),
        "integer" => subject.is_i64() || subject.is_u64(),
        "float" => subject.is_f64(),
        "boolean" => subject.is_boolean(),
        "none" | "null" => subject.is_null(),
        "true" => subject == &Value::Bool(true),
        "false" => subject == &Value::Bool(false),
        "truthy" => truthy(subject),
        "falsy" => !truthy(subject),
        "even" => subject.as_i64().is_some_and(|n| n % 2 == 0),
        "odd" => subject.as_i64().is_some_and(|n| n % 2 != 0),
        "lower" => text_of(subject).chars().all(|c| !c.is_uppercase()),
        "upper" => text_of(subject).chars().all(|c| !c.is_lowercase()),
        "abs" => text_of(subject).starts_with('/'),
        "any" => subject
            .as_array()
            .is_some_and(|items| items.iter().any(truthy)),
        "all" => subject
            .as_array()
            .is_some_and(|items| items.iter().all(truthy)),
        _ => return None,
    })
}

fn compared(
    name: &str,
    subject: &Value,
    argument: Result<&Value, String>,
    values: &[Value],
) -> Result<Value, String> {
    let argument = argument?;
    let flag = match name {
        "in" => return contains(argument, subject),
        "contains" => return contains(subject, argument),
        "eq" | "equalto" | "sameas" => equal(subject, argument),
        "ne" => !equal(subject, argument),
        "lt" => order(subject, argument)?.is_lt(),
        "le" => order(subject, argument)?.is_le(),
        "gt" => order(subject, argument)?.is_gt(),
        "ge" => order(subject, argument)?.is_ge(),
        "divisibleby" => match (subject.as_i64(), argument.as_i64()) {
            (Some(a), Some(b)) if b != 0 => a.checked_rem(b).unwrap_or(0) == 0,
            _ => return Err("`divisibleby` compares whole numbers".into()),
        },
        "match" => pattern(&format!("^(?:{})", text_of(argument)))?.is_match(&text_of(subject)),
        "search" | "regex" => pattern(&text_of(argument))?.is_match(&text_of(subject)),
        "subset" | "issubset" => within(subject, argument)?,
        "superset" | "issuperset" => within(argument, subject)?,
        "version" | "version_compare" => version(subject, argument, values.get(2))?,
        _ => return Err(format!("the test `{name}` cannot be asked here")),
    };
    Ok(Value::Bool(flag))
}

fn within(inner: &Value, outer: &Value) -> Result<bool, String> {
    match (inner.as_array(), outer.as_array()) {
        (Some(inner), Some(outer)) => Ok(inner
            .iter()
            .all(|item| outer.iter().any(|other| equal(item, other)))),
        _ => Err("`subset` and `superset` compare lists".into()),
    }
}

fn version(subject: &Value, other: &Value, operator: Option<&Value>) -> Result<bool, String> {
    let ordering = compare_versions(&text_of(subject), &text_of(other));
    let operator = operator.map_or_else(|| "==".to_owned(), text_of);
    Ok(match operator.as_str() {
        "==" | "=" | "eq" => ordering.is_eq(),
        "!=" | "<>" | "ne" => ordering.is_ne(),
        "<" | "lt" => ordering.is_lt(),
        "<=" | "le" => ordering.is_le(),
        ">" | "gt" => ordering.is_gt(),
        ">=" | "ge" => ordering.is_ge(),
        other => {
            return Err(format!(
                "`{other}` compares no versions: use <, <=, ==, !=, >= or >"
            ));
        }
    })
}

/// Versions by their runs of digits and letters, as Python's LooseVersion: `1.10` is after `1.9`; a run more is later,
/// unless it is one of letters after digits ended (`1.0rc1` is before `1.0`).
pub(crate) fn compare_versions(a: &str, b: &str) -> Ordering {
    let (a, b) = (runs(a), runs(b));
    for index in 0..a.len().max(b.len()) {
        let ordering = match (a.get(index), b.get(index)) {
            (Some(Run::Number(a)), Some(Run::Number(b))) => a.cmp(b),
            (Some(Run::Letters(a)), Some(Run::Letters(b))) => a.cmp(b),
            // Digits are after letters and after an end; letters (`rc`) are before both.
            (Some(Run::Number(_)), Some(Run::Letters(_)) | None)
            | (None, Some(Run::Letters(_))) => Ordering::Greater,
            (Some(Run::Letters(_)), Some(Run::Number(_)) | None) | (None, Some(Run::Number(_))) => {
                Ordering::Less
            }
            (None, None) => Ordering::Equal,
        };
        if ordering.is_ne() {
            return ordering;
        }
    }
    Ordering::Equal
}

enum Run {
    Number(u128),
    Letters(String),
}

fn runs(text: &str) -> Vec<Run> {
    let mut out = Vec::new();
    let mut rest = text.trim().trim_start_matches(['v', 'V']);
    while let Some(first) = rest.chars().next() {
        let digits = first.is_ascii_digit();
        let same = |c: char| {
            if digits {
                c.is_ascii_digit()
            } else {
                c.is_alphabetic()
            }
        };
        let end = rest.find(|c| !same(c)).unwrap_or(rest.len());
        if digits {
            out.push(Run::Number(rest[..end].parse().unwrap_or(u128::MAX)));
        } else if end > 0 {
            out.push(Run::Letters(rest[..end].to_lowercase()));
        }
        rest = &rest[end.max(if end == 0 { first.len_utf8() } else { end })..];
    }
    out
}
