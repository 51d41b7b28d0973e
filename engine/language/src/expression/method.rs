//! Methods of Python values that Ansible users call: none alters the value it is called on.
use super::operator::{describe, marked};
use super::step::{Found, step};
use crate::template::{format_braces, text_of};
use play_core::{Value, unknown};

/// Every method, for "did you mean".
pub(crate) const NAMES: &[&str] = &[
    "capitalize",
    "copy",
    "count",
    "endswith",
    "find",
    "format",
    "get",
    "index",
    "isdigit",
    "items",
    "join",
    "keys",
    "ljust",
    "lower",
    "lstrip",
    "replace",
    "rjust",
    "rsplit",
    "rstrip",
    "split",
    "splitlines",
    "startswith",
    "strip",
    "title",
    "upper",
    "values",
    "zfill",
];

/// Calls a method. Methods of a value that is not known yet give one that is not known yet.
pub(crate) fn call(subject: &Value, name: &str, arguments: &[Value]) -> Result<Value, String> {
    let reason = marked(subject).or_else(|| arguments.iter().find_map(unknown::within));
    if let Some(reason) = reason {
        return Ok(Value::String(unknown::mark(reason)));
    }
    let found = match subject {
        Value::Object(map) => of_map(map, name, arguments),
        Value::Array(items) => of_list(items, name, arguments),
        Value::String(text) => of_text(text, name, arguments)?,
        _ => None,
    };
    found.ok_or_else(|| format!("{} has no method `{name}`", describe(subject)))
}

fn of_map(map: &serde_json::Map<String, Value>, name: &str, arguments: &[Value]) -> Option<Value> {
    Some(match name {
        "keys" => map.keys().cloned().collect(),
        "values" => map.values().cloned().collect(),
        "items" => map
            .iter()
            .map(|(key, value)| Value::Array(vec![key.clone().into(), value.clone()]))
            .collect(),
        "copy" => Value::Object(map.clone()),
        "get" => {
            let key = arguments.first().map(text_of)?;
            let fallback = || arguments.get(1).cloned().unwrap_or_default();
            map.get(&key).cloned().unwrap_or_else(fallback)
        }
        _ => return None,
    })
}

fn of_list(items: &[Value], name: &str, arguments: &[Value]) -> Option<Value> {
    let wanted = arguments.first();
    let same = |item: &&Value| wanted.is_some_and(|wanted| super::operator::equal(item, wanted));
    Some(match name {
        "copy" => Value::Array(items.to_vec()),
        "count" => items.iter().filter(same).count().into(),
        "index" => items.iter().position(|item| same(&item))?.into(),
        "get" => match step(&Value::Array(items.to_vec()), &text_of(wanted?)) {
            Found::Value(value) => value.clone(),
            _ => return None,
        },
        _ => return None,
    })
}

fn of_text(text: &str, name: &str, arguments: &[Value]) -> Result<Option<Value>, String> {
    let first = arguments.first().map(text_of);
    let given = || {
        let first = first.clone();
        first.ok_or_else(|| format!("`{name}` needs an argument"))
    };
    Ok(Some(match name {
        "split" | "rsplit" | "splitlines" => {
            let limit = arguments.get(1).and_then(Value::as_i64);
            parts(text, name, first.as_deref(), limit)
        }
        "startswith" | "endswith" => {
            let candidates = match arguments.first() {
                Some(Value::Array(items)) => items.iter().map(text_of).collect(),
                _ => vec![given()?],
            };
            let starts = name == "startswith";
            let fits = |part: &String| {
                if starts {
                    text.starts_with(part.as_str())
                } else {
                    text.ends_with(part.as_str())
                }
            };
            candidates.iter().any(fits).into()
        }
        "find" => {
            let at = text.find(&given()?);
            let at = at.map(|byte| text[..byte].chars().count());
            at.map_or_else(|| (-1).into(), Value::from)
        }
        "count" => text.matches(&given()?).count().into(),
        "isdigit" => (!text.is_empty() && text.chars().all(|c| c.is_ascii_digit())).into(),
        "replace" => {
            let new = arguments.get(1).map(text_of);
            let new = new.ok_or("`replace` needs two arguments")?;
            text.replace(&given()?, &new).into()
        }
        "join" => match arguments.first() {
            Some(Value::Array(items)) => {
                let texts: Vec<String> = items.iter().map(text_of).collect();
                texts.join(text).into()
            }
            _ => return Err("`join` joins a list".into()),
        },
        "format" => format_braces(text, arguments)?.into(),
        _ => return Ok(reshaped(text, name, arguments).map(Value::String)),
    }))
}

/// The text in another case, without its ends, or filled up.
fn reshaped(text: &str, name: &str, arguments: &[Value]) -> Option<String> {
    let ends = arguments
        .first()
        .map_or_else(|| " \t\r\n".to_owned(), text_of);
    let ends: Vec<char> = ends.chars().collect();
    let width = arguments.first().and_then(Value::as_u64).unwrap_or(0);
    let width = usize::try_from(width).unwrap_or(0).min(4096);
    Some(match name {
        "strip" => text.trim_matches(&ends[..]).to_owned(),
        "lstrip" => text.trim_start_matches(&ends[..]).to_owned(),
        "rstrip" => text.trim_end_matches(&ends[..]).to_owned(),
        "lower" => text.to_lowercase(),
        "upper" => text.to_uppercase(),
        "capitalize" => crate::template::capitalize(text),
        "title" => {
            let words = text.split(' ').map(crate::template::capitalize);
            words.collect::<Vec<_>>().join(" ")
        }
        "ljust" => format!("{text:<width$}"),
        "rjust" => format!("{text:>width$}"),
        "zfill" => format!("{text:0>width$}"),
        _ => return None,
    })
}

/// Python's split: by runs of blanks without a separator; `limit` is how often.
fn parts(text: &str, name: &str, separator: Option<&str>, limit: Option<i64>) -> Value {
    let limit = limit.and_then(|limit| usize::try_from(limit).ok());
    let pieces: Vec<String> = match (name, separator, limit) {
        ("splitlines", ..) => text.lines().map(str::to_owned).collect(),
        (_, None | Some(""), _) => text.split_whitespace().map(str::to_owned).collect(),
        ("rsplit", Some(by), Some(limit)) => {
            let mut pieces: Vec<String> = text.rsplitn(limit + 1, by).map(str::to_owned).collect();
            pieces.reverse();
            pieces
        }
        (_, Some(by), Some(limit)) => text.splitn(limit + 1, by).map(str::to_owned).collect(),
        (_, Some(by), None) => text.split(by).map(str::to_owned).collect(),
    };
    pieces.into_iter().map(Value::String).collect()
}
