//! A module's manual page, out of the schema of its arguments.
use crate::find;
use play_core::{Entry, Side, Value};
use std::fmt::Write as _;

/// The manual page of a module as Markdown; None where there is no such module.
pub fn manual(name: &str) -> Option<String> {
    let entry = find(name)?;
    let schema = (entry.schema)();
    let description = schema["description"].as_str().unwrap_or_default();
    let (intro, example) = description
        .split_once("# Example")
        .unwrap_or((description, ""));
    let mut page = format!("# {}\n\n{}\n\n", entry.name, intro.trim());
    page.push_str(&about(entry));
    page.push_str("## Parameters\n\n");
    page.push_str(&parameters(&schema));
    if !example.trim().is_empty() {
        let _ = write!(page, "\n## Example\n\n{}\n", example.trim());
    }
    Some(page)
}

/// Names, where it runs and the free form.
fn about(entry: &Entry) -> String {
    let mut lines = String::new();
    if !entry.aliases.is_empty() {
        let _ = writeln!(lines, "Also known as: {}.", entry.aliases.join(", "));
    }
    if entry.side == Side::Controller {
        lines.push_str("Runs on the controller; needs no connection.\n");
    }
    if let Some(argument) = entry.free_form {
        let _ = writeln!(lines, "Short form: `{}: …` gives `{argument}`.", entry.name);
    }
    if !lines.is_empty() {
        lines.push('\n');
    }
    lines
}

fn parameters(schema: &Value) -> String {
    let required: Vec<&str> = schema["required"]
        .as_array()
        .map(|names| names.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default();
    let mut text = String::new();
    let Some(properties) = schema["properties"].as_object() else {
        return "Any key; see above.\n".into();
    };
    for (name, property) in properties {
        let mut words = vec![kind(property, schema)];
        if required.contains(&name.as_str()) {
            words.push("required".into());
        }
        let choices = choices(property, schema);
        if !choices.is_empty() {
            words.push(format!("one of {}", choices.join(", ")));
        }
        if let Some(default) = property.get("default").filter(|default| !default.is_null()) {
            words.push(format!("default {default}"));
        }
        if let Some(others) = property["aliases"].as_array() {
            let others: Vec<String> = others.iter().filter_map(word).collect();
            words.push(format!("also {}", others.join(", ")));
        }
        words.retain(|word| !word.is_empty());
        let _ = writeln!(text, "- `{name}` ({})", words.join("; "));
        for line in property["description"].as_str().unwrap_or_default().lines() {
            let _ = writeln!(text, "  {line}");
        }
    }
    text
}

/// The schema a property refers to, through `$ref` and the `anyOf` of something optional.
fn resolved<'a>(property: &'a Value, schema: &'a Value) -> &'a Value {
    if let Some(name) = property["$ref"]
        .as_str()
        .and_then(|path| path.strip_prefix("#/$defs/"))
    {
        return &schema["$defs"][name];
    }
    property["anyOf"]
        .as_array()
        .and_then(|options| options.iter().find(|option| option["type"] != "null"))
        .map_or(property, |option| resolved(option, schema))
}

fn kind(property: &Value, schema: &Value) -> String {
    let resolved = resolved(property, schema);
    match &resolved["type"] {
        Value::String(kind) if kind == "array" => {
            let item = kind_of_items(resolved, schema);
            format!("list of {item}")
        }
        Value::String(kind) => kind.clone(),
        Value::Array(kinds) => kinds
            .iter()
            .filter_map(Value::as_str)
            .filter(|kind| *kind != "null")
            .collect::<Vec<_>>()
            .join(" or "),
        _ if choices(property, schema).is_empty() => "any value".into(),
        _ => String::new(),
    }
}

fn kind_of_items(list: &Value, schema: &Value) -> String {
    let item = resolved(&list["items"], schema);
    let Some(properties) = item["properties"].as_object() else {
        return kind(&list["items"], schema);
    };
    let names: Vec<&str> = properties.keys().map(String::as_str).collect();
    format!("mappings with {}", names.join(", "))
}

/// The words an argument may be, where they are few.
fn choices(property: &Value, schema: &Value) -> Vec<String> {
    let resolved = resolved(property, schema);
    if let Some(words) = resolved["enum"].as_array() {
        return words.iter().filter_map(word).collect();
    }
    resolved["oneOf"]
        .as_array()
        .map(|options| {
            options
                .iter()
                .flat_map(|option| match &option["enum"] {
                    Value::Array(words) => words.iter().filter_map(word).collect(),
                    _ => word(&option["const"]).into_iter().collect::<Vec<_>>(),
                })
                .collect()
        })
        .unwrap_or_default()
}

fn word(value: &Value) -> Option<String> {
    value.as_str().map(|word| format!("`{word}`"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MODULES;

    fn example(page: &str) -> Option<Value> {
        let (_, rest) = page.split_once("```yaml\n")?;
        let (yaml, _) = rest.split_once("```")?;
        serde_yaml::from_str(yaml).ok()
    }

    #[test]
    fn every_manual_has_an_example_that_parses() {
        for entry in MODULES {
            let page = manual(entry.name).unwrap();
            let tasks = example(&page).unwrap_or_else(|| panic!("no example:\n{page}"));
            let task = &tasks[0];
            let arguments = match &task[entry.name] {
                Value::String(text) if entry.free_form.is_some() => {
                    serde_json::json!({ entry.free_form.unwrap(): text })
                }
                arguments => arguments.clone(),
            };
            assert!(task.get(entry.name).is_some(), "{}: {task}", entry.name);
            if let Err(fault) = (entry.parse)(arguments) {
                panic!("{}: {fault}", entry.name);
            }
        }
    }

    #[test]
    fn every_parameter_is_described() {
        for entry in MODULES {
            let schema = (entry.schema)();
            for (name, property) in schema["properties"].as_object().into_iter().flatten() {
                let words = property["description"].as_str().unwrap_or_default();
                assert!(!words.is_empty(), "{}: {name}", entry.name);
            }
        }
    }
}
