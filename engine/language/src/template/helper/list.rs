//! Lists.
use super::{Arguments, Flow, Helper, helper};
use crate::expression::operator::{describe, equal, order, truthy};
use crate::expression::step::walk;
use crate::template::text_of;
use play_core::Value;

pub(super) const TABLE: &[Helper] = &[
    helper(
        "list",
        "list value…",
        "A list of the values; one list, mapping or text alone becomes its items, keys or characters.",
        Flow::Items,
        list,
    ),
    helper(
        "join",
        "join list [\",\"]",
        "The items as one text.",
        Flow::Items,
        join,
    ),
    helper(
        "first",
        "first list",
        "The first item, or character.",
        Flow::Items,
        |a| edge(a, true),
    ),
    helper(
        "last",
        "last list",
        "The last item, or character.",
        Flow::Items,
        |a| edge(a, false),
    ),
    helper(
        "length",
        "length value",
        "How many items, keys or characters.",
        Flow::Items,
        length,
    ),
    helper(
        "count",
        "count value",
        "The same as length.",
        Flow::Items,
        length,
    ),
    helper(
        "sort",
        "sort list [reverse=true] [attribute=\"a\"]",
        "The items in order.",
        Flow::Opaque,
        sort,
    ),
    helper(
        "reverse",
        "reverse list",
        "The items, last first.",
        Flow::Items,
        |a| match a.value(0)? {
            Value::String(text) => Ok(text.chars().rev().collect::<String>().into()),
            _ => Ok(a.list(0)?.into_iter().rev().collect()),
        },
    ),
    helper(
        "unique",
        "unique list",
        "Each item once, in the order met.",
        Flow::Opaque,
        |a| {
            Ok(once(
                a.list(0)?,
                a.named("attribute").map(text_of).as_deref(),
            ))
        },
    ),
    helper(
        "flatten",
        "flatten list [levels]",
        "Lists within the list taken apart.",
        Flow::Items,
        |a| {
            let mut out = Vec::new();
            flatten(
                a.list(0)?,
                a.integer_option("levels", 1, i64::MAX),
                &mut out,
            );
            Ok(out.into())
        },
    ),
    helper(
        "union",
        "union a b",
        "What either list has, once.",
        Flow::Opaque,
        |a| {
            Ok(once(
                a.list(0)?.into_iter().chain(a.list(1)?).collect(),
                None,
            ))
        },
    ),
    helper(
        "intersect",
        "intersect a b",
        "What both lists have, once.",
        Flow::Opaque,
        |a| shared(a, true),
    ),
    helper(
        "difference",
        "difference a b",
        "What the first list has and the second has not, once.",
        Flow::Opaque,
        |a| shared(a, false),
    ),
    helper(
        "symmetric_difference",
        "symmetric_difference a b",
        "What only one of the lists has.",
        Flow::Opaque,
        symmetric,
    ),
    helper(
        "concat",
        "concat a b …",
        "Texts, or lists, one after the other.",
        Flow::Items,
        concat,
    ),
    helper(
        "zip",
        "zip a b …",
        "Lists of the first items, of the second items and so on.",
        Flow::Items,
        zip,
    ),
    helper(
        "product",
        "product a b …",
        "Every combination of one item each.",
        Flow::Items,
        product,
    ),
    helper(
        "batch",
        "batch list size",
        "Lists of at most so many items.",
        Flow::Items,
        batch,
    ),
    helper(
        "subelements",
        "subelements list key [skip_missing=true]",
        "Pairs of an item and each entry of the list under its key.",
        Flow::Items,
        subelements,
    ),
];

fn list(arguments: &Arguments<'_>) -> Result<Value, String> {
    match (&arguments.values[..], arguments.values.first()) {
        ([_], Some(Value::String(text))) => {
            Ok(text.chars().map(|c| Value::String(c.into())).collect())
        }
        ([_], Some(Value::Array(_) | Value::Object(_))) => arguments.list(0).map(Value::Array),
        ([_], Some(other)) => Err(format!("cannot make a list of {}", describe(other))),
        (values, _) => Ok(Value::Array(values.to_vec())),
    }
}

fn join(arguments: &Arguments<'_>) -> Result<Value, String> {
    let separator = arguments.text_option("d", 1, "");
    let attribute = arguments.option("attribute", 2).map(text_of);
    let mut texts = Vec::new();
    if let Value::String(text) = arguments.value(0)? {
        texts.extend(text.chars().map(String::from));
    } else {
        for item in arguments.list(0)? {
            texts.push(match &attribute {
                Some(path) => {
                    text_of(&walk(&item, path).ok_or_else(|| format!("an item has no `{path}`"))?)
                }
                None => text_of(&item),
            });
        }
    }
    Ok(texts.join(&separator).into())
}

fn edge(arguments: &Arguments<'_>, first: bool) -> Result<Value, String> {
    if let Value::String(text) = arguments.value(0)? {
        let mut characters = text.chars();
        let found = if first {
            characters.next()
        } else {
            characters.next_back()
        };
        return found
            .map(|c| Value::String(c.into()))
            .ok_or_else(|| "the text is empty".into());
    }
    let items = arguments.list(0)?;
    let found = if first { items.first() } else { items.last() };
    found.cloned().ok_or_else(|| "the list is empty".into())
}

fn length(arguments: &Arguments<'_>) -> Result<Value, String> {
    Ok(match arguments.value(0)? {
        Value::Array(items) => items.len(),
        Value::Object(map) => map.len(),
        Value::String(text) => text.chars().count(),
        other => return Err(format!("{} has no length", describe(other))),
    }
    .into())
}

fn sort(arguments: &Arguments<'_>) -> Result<Value, String> {
    let attribute = arguments.named("attribute").map(text_of);
    let exact = arguments.flag("case_sensitive", 2);
    let mut keyed = Vec::new();
    for item in arguments.list(0)? {
        let key = match &attribute {
            Some(path) => walk(&item, path).ok_or_else(|| format!("an item has no `{path}`"))?,
            None => item.clone(),
        };
        let key = match key {
            Value::String(text) if !exact => Value::String(text.to_lowercase()),
            other => other,
        };
        keyed.push((key, item));
    }
    let mut wrong = None;
    keyed.sort_by(|(a, _), (b, _)| {
        order(a, b).unwrap_or_else(|message| {
            wrong = Some(message);
            std::cmp::Ordering::Equal
        })
    });
    if let Some(message) = wrong {
        return Err(message);
    }
    if arguments.flag("reverse", 1) {
        keyed.reverse();
    }
    Ok(keyed.into_iter().map(|(_, item)| item).collect())
}

fn once(items: Vec<Value>, attribute: Option<&str>) -> Value {
    let key = |item: &Value| attribute.map_or_else(|| Some(item.clone()), |path| walk(item, path));
    let mut keys: Vec<Option<Value>> = Vec::new();
    let mut out = Vec::new();
    for item in items {
        let key = key(&item);
        let same = |seen: &Option<Value>| match (seen, &key) {
            (Some(a), Some(b)) => equal(a, b),
            (a, b) => a == b,
        };
        if !keys.iter().any(same) {
            keys.push(key);
            out.push(item);
        }
    }
    Value::Array(out)
}

fn shared(arguments: &Arguments<'_>, both: bool) -> Result<Value, String> {
    let other = arguments.list(1)?;
    let has = |item: &Value| other.iter().any(|other| equal(other, item));
    let items = arguments
        .list(0)?
        .into_iter()
        .filter(|item| has(item) == both);
    Ok(once(items.collect(), None))
}

fn symmetric(arguments: &Arguments<'_>) -> Result<Value, String> {
    let (a, b) = (arguments.list(0)?, arguments.list(1)?);
    let missing = |item: &&Value, list: &[Value]| !list.iter().any(|other| equal(other, item));
    let left = a.iter().filter(|item| missing(item, &b));
    let right = b.iter().filter(|item| missing(item, &a));
    Ok(once(left.chain(right).cloned().collect(), None))
}

fn flatten(items: Vec<Value>, levels: i64, out: &mut Vec<Value>) {
    for item in items {
        match item {
            Value::Array(inner) if levels > 0 => flatten(inner, levels - 1, out),
            Value::Null => {}
            other => out.push(other),
        }
    }
}

fn concat(arguments: &Arguments<'_>) -> Result<Value, String> {
    if arguments.value(0)?.is_array() {
        let lists = (0..arguments.values.len()).map(|index| arguments.list(index));
        let lists: Vec<Vec<Value>> = lists.collect::<Result<_, _>>()?;
        return Ok(lists.into_iter().flatten().collect());
    }
    Ok(arguments
        .values
        .iter()
        .map(text_of)
        .collect::<String>()
        .into())
}

fn zip(arguments: &Arguments<'_>) -> Result<Value, String> {
    let lists: Vec<Vec<Value>> = (0..arguments.values.len())
        .map(|index| arguments.list(index))
        .collect::<Result<_, _>>()?;
    let shortest = lists.iter().map(Vec::len).min().unwrap_or(0);
    let row = |index: usize| {
        lists
            .iter()
            .map(|list| list[index].clone())
            .collect::<Value>()
    };
    Ok((0..shortest).map(row).collect())
}

fn product(arguments: &Arguments<'_>) -> Result<Value, String> {
    let mut rows: Vec<Vec<Value>> = vec![Vec::new()];
    for index in 0..arguments.values.len() {
        let list = arguments.list(index)?;
        if rows.len().saturating_mul(list.len()) > 1_000_000 {
            return Err("more than a million combinations".into());
        }
        let longer = |row: &Vec<Value>| {
            let row = row.clone();
            list.iter()
                .map(move |item| [row.clone(), vec![item.clone()]].concat())
                .collect::<Vec<_>>()
        };
        rows = rows.iter().flat_map(longer).collect();
    }
    Ok(rows.into_iter().map(Value::Array).collect())
}

fn batch(arguments: &Arguments<'_>) -> Result<Value, String> {
    let size = usize::try_from(arguments.integer(1)?)
        .ok()
        .filter(|size| *size > 0);
    let size = size.ok_or("the size must be at least 1")?;
    Ok(arguments
        .list(0)?
        .chunks(size)
        .map(|part| Value::Array(part.to_vec()))
        .collect())
}

fn subelements(arguments: &Arguments<'_>) -> Result<Value, String> {
    let path = arguments.text(1)?;
    let flags = arguments.option("skip_missing", 2);
    let skips = flags.is_some_and(|flags| truthy(flags.get("skip_missing").unwrap_or(flags)));
    let mut out = Vec::new();
    for item in arguments.list(0)? {
        let inner = walk(&item, &path);
        if inner.is_none() && skips {
            continue;
        }
        let inner = inner
            .as_ref()
            .and_then(Value::as_array)
            .ok_or_else(|| format!("an item has no list `{path}`"))?;
        for entry in inner {
            out.push(Value::Array(vec![item.clone(), entry.clone()]));
        }
    }
    Ok(out.into())
}
