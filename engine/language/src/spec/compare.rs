//! What differs between two specifications of a role, for whoever uses it.
use super::{Entry, Kind, Opt, Options, Spec};
use crate::template::text_of;
use play_core::Value;

/// A line for each variable that was added (`+`), removed (`-`) or is another now (`~`).
pub fn compare(before: Option<&Spec>, after: Option<&Spec>) -> Vec<String> {
    let empty = Spec::default();
    let (before, after) = (before.unwrap_or(&empty), after.unwrap_or(&empty));
    let mut lines = Vec::new();
    let known = before.entries.keys();
    let new = after.entries.keys();
    let new = new.filter(|name| !before.entries.contains_key(*name));
    for name in known.chain(new) {
        let prefix = match name.as_str() {
            "main" => String::new(),
            name => format!("tasks_from {name}: "),
        };
        let of = |spec: &Spec| options(spec.entries.get(name));
        differences(&prefix, &of(before), &of(after), &mut lines);
    }
    lines
}

fn options(entry: Option<&Entry>) -> Options {
    entry.map(|entry| entry.options.clone()).unwrap_or_default()
}

fn differences(prefix: &str, before: &Options, after: &Options, lines: &mut Vec<String>) {
    for (name, old) in before {
        match after.get(name) {
            None => lines.push(format!("- {prefix}{name}")),
            Some(new) => {
                let changes = changes(old, new);
                if !changes.is_empty() {
                    lines.push(format!("~ {prefix}{name}: {}", changes.join("; ")));
                }
                let below = |one: &Opt| one.options.clone().unwrap_or_default();
                let prefix = format!("{prefix}{name}.");
                differences(&prefix, &below(old), &below(new), lines);
            }
        }
    }
    for (name, new) in after {
        if !before.contains_key(name) {
            lines.push(format!("+ {prefix}{name} ({})", about(new)));
        }
    }
}

fn about(option: &Opt) -> String {
    let kind = kind(option);
    match (option.required, &option.default) {
        (true, _) => format!("{kind}, required"),
        (false, Some(_)) => format!("{kind}, default {}", default(option)),
        (false, None) => kind,
    }
}

fn changes(old: &Opt, new: &Opt) -> Vec<String> {
    let mut found = Vec::new();
    match (old.required, new.required) {
        (false, true) => found.push("required now".to_owned()),
        (true, false) => found.push("not required any more".to_owned()),
        _ => {}
    }
    if kind(old) != kind(new) {
        found.push(format!("{} becomes {}", kind(old), kind(new)));
    }
    let value = |one: &Opt| one.default.as_ref().map(crate::Node::value);
    if value(old) != value(new) {
        found.push(if old.hidden || new.hidden {
            "another default".to_owned()
        } else {
            format!("default {} becomes {}", default(old), default(new))
        });
    }
    if old.choices != new.choices {
        let (old, new) = (choices(&old.choices), choices(&new.choices));
        found.push(format!("one of {old} becomes one of {new}"));
    }
    found
}

fn kind(option: &Opt) -> String {
    match option.elements {
        Some(each) if option.kind == Kind::List => format!("a list, each {}", each.words()),
        _ => option.kind.words().to_owned(),
    }
}

fn default(option: &Opt) -> String {
    match &option.default {
        Some(_) if option.hidden => "hidden".to_owned(),
        Some(node) => node.value().to_string(),
        None => "none".to_owned(),
    }
}

fn choices(choices: &[Value]) -> String {
    if choices.is_empty() {
        return "any".to_owned();
    }
    let texts: Vec<String> = choices.iter().map(text_of).collect();
    texts.join(", ")
}
