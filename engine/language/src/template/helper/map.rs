//! Mappings.
use super::{Arguments, Flow, Helper, helper};
use crate::expression::operator::{describe, equal, order};
use crate::template::text_of;
use play_core::Value;
use serde_json::Map;

pub(super) const TABLE: &[Helper] = &[
    helper("keys", "keys map", "The keys.", Flow::Items, |a| {
        Ok(a.map(0)?.keys().cloned().collect())
    }),
    helper("values", "values map", "The values.", Flow::Items, |a| {
        Ok(a.map(0)?.values().cloned().collect())
    }),
    helper(
        "items",
        "items map",
        "Pairs of key and value.",
        Flow::Items,
        pairs,
    ),
    helper(
        "dictsort",
        "dictsort map",
        "Pairs of key and value, by key.",
        Flow::Items,
        sorted,
    ),
    helper(
        "dict2items",
        "dict2items map",
        "A list of mappings with `key` and `value`.",
        Flow::Items,
        to_items,
    ),
    helper(
        "items2dict",
        "items2dict list",
        "A mapping from a list of mappings with `key` and `value`.",
        Flow::Items,
        from_items,
    ),
    helper(
        "combine",
        "combine a b … [recursive=true] [list_merge=\"replace\"]",
        "Mappings laid over each other; later wins.",
        Flow::Items,
        combine,
    ),
];

fn pairs(arguments: &Arguments<'_>) -> Result<Value, String> {
    let pair =
        |(key, value): (&String, &Value)| Value::Array(vec![key.clone().into(), value.clone()]);
    Ok(arguments.map(0)?.iter().map(pair).collect())
}

fn sorted(arguments: &Arguments<'_>) -> Result<Value, String> {
    let Value::Array(mut items) = pairs(arguments)? else {
        return Ok(Value::Null);
    };
    items.sort_by(|a, b| order(&a[0], &b[0]).unwrap_or(std::cmp::Ordering::Equal));
    Ok(items.into())
}

fn to_items(arguments: &Arguments<'_>) -> Result<Value, String> {
    let (key_name, value_name) = item_names(arguments);
    Ok(arguments
        .map(0)?
        .iter()
        .map(|(key, value)| {
            let mut item = Map::new();
            item.insert(key_name.clone(), key.clone().into());
            item.insert(value_name.clone(), value.clone());
            Value::Object(item)
        })
        .collect())
}

fn item_names(arguments: &Arguments<'_>) -> (String, String) {
    (
        arguments.text_option("key_name", 1, "key"),
        arguments.text_option("value_name", 2, "value"),
    )
}

fn from_items(arguments: &Arguments<'_>) -> Result<Value, String> {
    let (key_name, value_name) = item_names(arguments);
    let mut map = Map::new();
    for item in arguments.list(0)? {
        let (Some(key), Some(value)) = (item.get(&key_name), item.get(&value_name)) else {
            return Err(format!("an item has no `{key_name}` or no `{value_name}`"));
        };
        map.insert(text_of(key), value.clone());
    }
    Ok(Value::Object(map))
}

fn combine(arguments: &Arguments<'_>) -> Result<Value, String> {
    let recursive = arguments
        .named("recursive")
        .is_some_and(crate::expression::operator::truthy);
    let lists = arguments
        .named("list_merge")
        .map_or_else(|| "replace".to_owned(), text_of);
    if ![
        "replace",
        "keep",
        "append",
        "prepend",
        "append_rp",
        "prepend_rp",
    ]
    .contains(&lists.as_str())
    {
        return Err(format!("no list_merge `{lists}`"));
    }
    let mut out = Map::new();
    for value in &arguments.values {
        let layers = match value {
            Value::Array(items) => items.iter().collect(),
            other => vec![other],
        };
        for layer in layers {
            let Value::Object(layer) = layer else {
                return Err(format!("needs mappings and got {}", describe(layer)));
            };
            overlay(&mut out, layer, recursive, &lists);
        }
    }
    Ok(Value::Object(out))
}

fn overlay(
    below: &mut Map<String, Value>,
    above: &Map<String, Value>,
    recursive: bool,
    lists: &str,
) {
    for (key, value) in above {
        match (below.get_mut(key), value) {
            (Some(Value::Object(old)), Value::Object(new)) if recursive => {
                overlay(old, new, recursive, lists);
            }
            (Some(Value::Array(old)), Value::Array(new)) => *old = merged(old, new, lists),
            _ => {
                below.insert(key.clone(), value.clone());
            }
        }
    }
}

/// Lists as `list_merge` says; `_rp` takes what both have once.
fn merged(old: &[Value], new: &[Value], how: &str) -> Vec<Value> {
    let rest = || {
        old.iter()
            .filter(|item| !new.iter().any(|other| equal(item, other)))
    };
    match how {
        "keep" => old.to_vec(),
        "append" => old.iter().chain(new).cloned().collect(),
        "prepend" => new.iter().chain(old).cloned().collect(),
        "append_rp" => rest().chain(new).cloned().collect(),
        "prepend_rp" => new.iter().chain(rest()).cloned().collect(),
        _ => new.to_vec(),
    }
}
