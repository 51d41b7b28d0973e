//! Filters over the items of a list: `map`, `select`, `reject`, `selectattr`, `rejectattr`, `groupby`, `extract`.
use super::{Arguments, Flow, Helper, call_function, helper};
use crate::expression::operator::{marked, truthy};
use crate::expression::predicate;
use crate::expression::step::walk;
use crate::template::text_of;
use play_core::{Value, unknown};

pub(super) const TABLE: &[Helper] = &[
    helper(
        "map",
        "map list attribute=\"a\" | map list \"upper\"",
        "An attribute of each item, or a helper applied to each.",
        Flow::Items,
        map,
    ),
    helper(
        "select",
        "select list [test] …",
        "The items a test holds for; without one, those that are true.",
        Flow::Items,
        |a| pick(a, true),
    ),
    helper(
        "reject",
        "reject list [test] …",
        "The items a test does not hold for.",
        Flow::Items,
        |a| pick(a, false),
    ),
    helper(
        "selectattr",
        "selectattr list attribute [test] …",
        "The items whose attribute a test holds for.",
        Flow::Items,
        |a| pick_attribute(a, true),
    ),
    helper(
        "rejectattr",
        "rejectattr list attribute [test] …",
        "The items whose attribute a test does not hold for.",
        Flow::Items,
        |a| pick_attribute(a, false),
    ),
    helper(
        "extract",
        "extract key container [more]",
        "What a list or mapping has under a key.",
        Flow::Items,
        extract,
    ),
    helper(
        "groupby",
        "groupby list attribute",
        "Pairs of a value of the attribute and the items that have it.",
        Flow::Opaque,
        group,
    ),
];

fn map(arguments: &Arguments<'_>) -> Result<Value, String> {
    let items = arguments.list(0)?;
    if let Some(path) = arguments.named("attribute").map(text_of) {
        let default = arguments.named("default");
        let pick = |item: &Value| {
            let found = walk(item, &path).or_else(|| default.cloned());
            found.ok_or_else(|| format!("an item has no `{path}`"))
        };
        return items.iter().map(pick).collect();
    }
    let name = arguments.text(1)?;
    let name = name.rsplit('.').next().unwrap_or(&name);
    let rest = &arguments.values[2..];
    items
        .into_iter()
        .map(|item| {
            let values = std::iter::once(item).chain(rest.iter().cloned()).collect();
            call_function(name, values, arguments.named.clone(), arguments.names)
        })
        .collect()
}

fn pick(arguments: &Arguments<'_>, wanted: bool) -> Result<Value, String> {
    filter(arguments, arguments.list(0)?, 1, wanted, |item| {
        Some(item.clone())
    })
}

fn pick_attribute(arguments: &Arguments<'_>, wanted: bool) -> Result<Value, String> {
    let path = arguments.text(1)?;
    filter(arguments, arguments.list(0)?, 2, wanted, |item| {
        walk(item, &path)
    })
}

/// The items whose subject answers as wanted to the test at an argument's position. One unknown answer leaves the whole unknown.
fn filter(
    arguments: &Arguments<'_>,
    items: Vec<Value>,
    test: usize,
    wanted: bool,
    subject: impl Fn(&Value) -> Option<Value>,
) -> Result<Value, String> {
    let name = arguments.values.get(test).map(text_of);
    let name = name
        .as_deref()
        .map(|name| name.rsplit('.').next().unwrap_or(name));
    let rest = arguments.values.get(test + 1..).unwrap_or_default();
    let mut out = Vec::new();
    for item in items {
        let answer = match (name, subject(&item)) {
            (Some("defined"), found) => found.is_some().into(),
            (Some("undefined"), found) => found.is_none().into(),
            (None, found) => found.map_or(Value::Bool(false), |value| match marked(&value) {
                Some(_) => value,
                None => truthy(&value).into(),
            }),
            (Some(name), Some(value)) => {
                let values: Vec<Value> =
                    std::iter::once(value).chain(rest.iter().cloned()).collect();
                predicate::ask(symbol(name), &values)?
            }
            // An item without the attribute is not what is asked for, as with Jinja's undefined.
            (Some(_), None) => Value::Bool(false),
        };
        if let Some(reason) = marked(&answer) {
            return Ok(Value::String(unknown::mark(reason)));
        }
        if truthy(&answer) == wanted {
            out.push(item);
        }
    }
    Ok(out.into())
}

/// `selectattr('x', '==', 1)`: tests have signs for names too.
fn symbol(name: &str) -> &str {
    match name {
        "==" => "eq",
        "!=" => "ne",
        "<" => "lt",
        "<=" => "le",
        ">" => "gt",
        ">=" => "ge",
        other => other,
    }
}

fn extract(arguments: &Arguments<'_>) -> Result<Value, String> {
    let mut path = vec![text_of(arguments.value(0)?)];
    match arguments.option("morekeys", 2) {
        Some(Value::Array(keys)) => path.extend(keys.iter().map(text_of)),
        Some(key) => path.push(text_of(key)),
        None => {}
    }
    let mut current = arguments.value(1)?.clone();
    for key in &path {
        current = match crate::expression::step::step(&current, key) {
            crate::expression::step::Found::Value(next) => next.clone(),
            crate::expression::step::Found::Unknown(reason) => {
                return Ok(Value::String(unknown::mark(reason)));
            }
            crate::expression::step::Found::Nothing => {
                return Err(format!("there is no `{}`", path.join(".")));
            }
        };
    }
    Ok(current)
}

fn group(arguments: &Arguments<'_>) -> Result<Value, String> {
    let path = arguments.text_option("attribute", 1, "");
    let mut groups: Vec<(Value, Vec<Value>)> = Vec::new();
    for item in arguments.list(0)? {
        let key = walk(&item, &path).ok_or_else(|| format!("an item has no `{path}`"))?;
        match groups.iter_mut().find(|(known, _)| *known == key) {
            Some((_, items)) => items.push(item),
            None => groups.push((key, vec![item])),
        }
    }
    groups.sort_by_key(|(key, _)| text_of(key));
    Ok(groups
        .into_iter()
        .map(|(key, items)| Value::Array(vec![key, Value::Array(items)]))
        .collect())
}
