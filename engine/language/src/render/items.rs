//! The items a loop goes over, for one host.
use crate::expression::operator::describe;
use crate::files::{self, Asker, Purpose};
use crate::inventory::pattern::glob;
use crate::play::{Loop, LoopKind, Project, Task};
use crate::source::{folder, normal, shown};
use crate::template::text_of;
use crate::{Loader, Scope};
use play_core::{Diagnostic, Place, Value, unknown};
use serde_json::json;
use std::path::{Path, PathBuf};

/// A loop's items, or why they are not known yet.
#[derive(Clone, Debug, PartialEq)]
pub enum Items {
    Known(Vec<Iteration>),
    Unknown(String),
}

/// One turn of a loop.
#[derive(Clone, Debug, PartialEq)]
pub struct Iteration {
    pub item: Value,
    /// The item under its name, the index, and `ansible_loop` where it is asked for: what the turn's scope holds.
    pub variables: Vec<(String, Value)>,
    /// What people see of the item.
    pub label: String,
}

/// The items of a task's loop.
pub fn items(
    scope: &Scope,
    project: &Project,
    folder: &Path,
    loader: &dyn Loader,
    task: &Task,
    repeat: &Loop,
) -> Result<Items, Diagnostic> {
    let node = match &repeat.kind {
        LoopKind::List(node)
        | LoopKind::Items(node)
        | LoopKind::Dict(node)
        | LoopKind::Other(_, node) => node,
    };
    let value = scope.render(node)?;
    if let Some(reason) = value.as_str().and_then(unknown::reason) {
        return Ok(Items::Unknown(reason.to_owned()));
    }
    let asker = Asker {
        project,
        folder,
        role: task.role,
        file: &task.place.file,
    };
    let list = match &repeat.kind {
        LoopKind::List(_) => plain(value, &repeat.place)?,
        LoopKind::Items(_) => flattened(listed(value), 1),
        LoopKind::Dict(_) => pairs(&value, &repeat.place)?,
        LoopKind::Other(kind, _) => other(kind, value, &asker, loader, &repeat.place)?,
    };
    turns(scope, repeat, &list).map(Items::Known)
}

fn turns(scope: &Scope, repeat: &Loop, list: &[Value]) -> Result<Vec<Iteration>, Diagnostic> {
    let count = list.len();
    let mut turns = Vec::with_capacity(count);
    for (index, item) in list.iter().enumerate() {
        let mut variables = vec![(repeat.variable.clone(), item.clone())];
        variables.extend(
            repeat
                .index_variable
                .iter()
                .map(|name| (name.clone(), json!(index))),
        );
        if repeat.extended {
            variables.push(("ansible_loop".to_owned(), extended(list, index)));
        }
        let label = match &repeat.label {
            None => short(item),
            Some(label) => text_of(&scope.with_all(&variables).render(label)?),
        };
        turns.push(Iteration {
            item: item.clone(),
            variables,
            label,
        });
    }
    Ok(turns)
}

fn extended(list: &[Value], index: usize) -> Value {
    let count = list.len();
    json!({
        "index": index + 1, "index0": index, "first": index == 0, "last": index + 1 == count, "length": count,
        "revindex": count - index, "revindex0": count - index - 1, "allitems": list,
        "previtem": index.checked_sub(1).map(|before| list[before].clone()), "nextitem": list.get(index + 1),
    })
}

/// A mapping's name where it has one, else the item itself, cut short.
fn short(item: &Value) -> String {
    let named = ["name", "key", "path", "dest"]
        .iter()
        .find_map(|key| item.get(key))
        .map(text_of);
    let text = named.unwrap_or_else(|| text_of(item));
    match text.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

fn plain(value: Value, place: &Place) -> Result<Vec<Value>, Diagnostic> {
    match value {
        Value::Array(items) => Ok(items),
        Value::Null => Ok(Vec::new()),
        other => {
            let hint = match other {
                Value::Object(_) => "`| dict2items` makes a list of a mapping",
                _ => "write `- ` before the one item",
            };
            Err(
                Diagnostic::error(format!("a loop goes over a list, not {}", describe(&other)))
                    .at(place)
                    .hint(hint),
            )
        }
    }
}

fn listed(value: Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items,
        Value::Null => Vec::new(),
        other => vec![other],
    }
}

fn flattened(items: Vec<Value>, levels: usize) -> Vec<Value> {
    let mut out = Vec::new();
    for item in items {
        match item {
            Value::Array(inner) if levels > 0 => out.extend(flattened(inner, levels - 1)),
            other => out.push(other),
        }
    }
    out
}

fn pairs(value: &Value, place: &Place) -> Result<Vec<Value>, Diagnostic> {
    match value {
        Value::Object(map) => Ok(map
            .iter()
            .map(|(key, value)| json!({"key": key, "value": value}))
            .collect()),
        Value::Null => Ok(Vec::new()),
        other => Err(Diagnostic::error(format!(
            "`with_dict` goes over a mapping, not {}",
            describe(other)
        ))
        .at(place)),
    }
}

fn other(
    name: &str,
    value: Value,
    asker: &Asker,
    loader: &dyn Loader,
    place: &Place,
) -> Result<Vec<Value>, Diagnostic> {
    Ok(match name {
        "flattened" => flattened(listed(value), usize::MAX),
        "indexed_items" => flattened(listed(value), 1)
            .into_iter()
            .enumerate()
            .map(|(i, item)| json!([i, item]))
            .collect(),
        "nested" => nested(listed(value)),
        "together" => together(listed(value)),
        "subelements" => subelements(&listed(value), place)?,
        "sequence" => sequence(&value, place)?,
        "fileglob" => listed(value)
            .iter()
            .flat_map(|one| globbed(&text_of(one), asker, loader))
            .collect(),
        "first_found" => first_found(&value, asker, loader, place)?,
        _ => listed(value),
    })
}

fn nested(lists: Vec<Value>) -> Vec<Value> {
    let mut rows: Vec<Vec<Value>> = vec![Vec::new()];
    for list in lists.into_iter().map(listed) {
        let with = |row: &Vec<Value>| {
            let row = row.clone();
            list.clone()
                .into_iter()
                .map(move |item| [row.clone(), vec![item]].concat())
        };
        rows = rows.iter().flat_map(with).collect();
    }
    rows.into_iter().map(Value::Array).collect()
}

fn together(lists: Vec<Value>) -> Vec<Value> {
    let lists: Vec<Vec<Value>> = lists.into_iter().map(listed).collect();
    let longest = lists.iter().map(Vec::len).max().unwrap_or(0);
    (0..longest)
        .map(|index| {
            lists
                .iter()
                .map(|list| list.get(index).cloned().unwrap_or(Value::Null))
                .collect()
        })
        .collect()
}

fn subelements(parts: &[Value], place: &Place) -> Result<Vec<Value>, Diagnostic> {
    let refuse = || {
        Diagnostic::error("`with_subelements` takes a list and the name of a list in each item")
            .at(place)
    };
    let [list, Value::String(path), rest @ ..] = parts else {
        return Err(refuse());
    };
    let skip = rest
        .first()
        .and_then(|options| options.get("skip_missing"))
        .is_some_and(|flag| flag != &Value::Bool(false));
    let items: Vec<Value> = match list {
        Value::Object(map) => map.values().cloned().collect(),
        other => listed(other.clone()),
    };
    let mut out = Vec::new();
    for item in items {
        let inner = path.split('.').try_fold(&item, |value, key| value.get(key));
        match inner {
            Some(Value::Array(inner)) => out.extend(inner.iter().map(|one| json!([item, one]))),
            None | Some(Value::Null) if skip => {}
            _ => {
                return Err(refuse().hint(format!(
                    "an item has no list `{path}`; `skip_missing: true` passes over it"
                )));
            }
        }
    }
    Ok(out)
}

/// `start=1 end=5 stride=2 format=web%02d`, or `count=5`.
fn sequence(value: &Value, place: &Place) -> Result<Vec<Value>, Diagnostic> {
    let text = value.as_str().unwrap_or_default();
    let word = |key: &str| {
        let given = text
            .split_whitespace()
            .find_map(|word| word.strip_prefix(key)?.strip_prefix('=').map(str::to_owned));
        given.or_else(|| value.get(key).map(text_of))
    };
    let number = |key: &str| word(key).and_then(|text| text.parse::<i64>().ok());
    let start = number("start").unwrap_or(1);
    let stride = number("stride").unwrap_or(1);
    let count = number("count").map(|count| start + (count - 1) * stride);
    let end = number("end").or(count);
    let Some(end) = end.filter(|end| stride != 0 && (end - start) / stride < 1_000_000) else {
        let message = "`with_sequence` needs `end` or `count`, and at most a million items";
        return Err(Diagnostic::error(message).at(place));
    };
    let format = word("format").unwrap_or_else(|| "%d".to_owned());
    let mut out = Vec::new();
    let mut at = start;
    while (stride > 0 && at <= end) || (stride < 0 && at >= end) {
        out.push(Value::String(printed(&format, at)));
        at += stride;
    }
    Ok(out)
}

/// printf(3) with one whole number: `%d`, `%02d`, `%x`.
fn printed(format: &str, number: i64) -> String {
    let Some((before, rest)) = format.split_once('%') else {
        return format.to_owned();
    };
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    let width = digits.parse().unwrap_or(0);
    let after = rest.get(digits.len() + 1..).unwrap_or_default();
    let number = match rest.as_bytes().get(digits.len()) {
        Some(b'x') => format!("{number:x}"),
        Some(b'o') => format!("{number:o}"),
        _ => number.to_string(),
    };
    let fill = if digits.starts_with('0') { "0" } else { " " };
    let missing = usize::saturating_sub(width, number.len());
    format!("{before}{}{number}{after}", fill.repeat(missing))
}

fn globbed(pattern: &str, asker: &Asker, loader: &dyn Loader) -> Vec<Value> {
    let path = Path::new(pattern);
    let last = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let Ok(regex) = regex::Regex::new(&glob(&last)) else {
        return Vec::new();
    };
    let folders = files::folders(asker, Purpose::File);
    let below = folders
        .iter()
        .map(|base| normal(&base.join(folder(path))))
        .find(|base| loader.is_directory(base));
    let Some(base) = below else {
        return Vec::new();
    };
    let names = loader
        .list(&base)
        .into_iter()
        .filter(|name| regex.is_match(name));
    let paths = names
        .map(|name| base.join(name))
        .filter(|path| loader.is_file(path));
    paths.map(|path| absolute(&path, loader)).collect()
}

fn absolute(path: &Path, loader: &dyn Loader) -> Value {
    Value::String(shown(&normal(&loader.current_directory().join(path))))
}

fn first_found(
    value: &Value,
    asker: &Asker,
    loader: &dyn Loader,
    place: &Place,
) -> Result<Vec<Value>, Diagnostic> {
    let mut skip = false;
    let mut names: Vec<PathBuf> = Vec::new();
    for entry in listed(value.clone()) {
        let Value::Object(map) = &entry else {
            names.push(PathBuf::from(text_of(&entry)));
            continue;
        };
        skip |= map
            .get("skip")
            .is_some_and(|flag| flag == &Value::Bool(true));
        let list = |key: &str| map.get(key).cloned().map(listed).unwrap_or_default();
        let paths = list("paths");
        for name in list("files") {
            names.extend(
                paths
                    .iter()
                    .map(|path| Path::new(&text_of(path)).join(text_of(&name))),
            );
            if paths.is_empty() {
                names.push(PathBuf::from(text_of(&name)));
            }
        }
    }
    for name in &names {
        for purpose in [Purpose::File, Purpose::Template, Purpose::Variables] {
            if let Ok(path) = files::find(loader, asker, purpose, &shown(name)) {
                return Ok(vec![absolute(&path, loader)]);
            }
        }
    }
    if skip {
        return Ok(Vec::new());
    }
    let looked: Vec<String> = names
        .iter()
        .map(|name| format!("`{}`", shown(name)))
        .collect();
    let message = format!("none of these files is there: {}", looked.join(", "));
    Err(Diagnostic::error(message)
        .at(place)
        .hint("`skip: true` makes that no mistake"))
}
