//! Functions on values. One table serves handlebars helpers (`{{upper name}}`) and filters of expressions (`{{ name | upper }}`).
mod address;
mod arguments;
mod codec;
mod digest;
mod list;
mod logic;
mod map;
mod number;
mod path;
mod secret;
mod selection;
mod size;
mod text;

pub(crate) use arguments::Arguments;
pub(crate) use digest::crypt as password_hash;
pub(crate) use text::{capitalize, format_braces, format_text, pattern};

use crate::expression::names::Names;
use crate::expression::operator::marked;
use play_core::{Value, unknown};
use std::collections::HashMap;
use std::sync::LazyLock;

/// What a helper does with values that are not known yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// Any unknown within its arguments makes the result unknown as a whole.
    Opaque,
    /// Unknown items of lists and mappings are passed on; an argument unknown as a whole makes the result unknown.
    Items,
    /// Works on text with unknown spans in it, which stay where they are.
    Spans,
}

/// A function users can call.
#[derive(Clone, Copy, Debug)]
pub struct Helper {
    pub name: &'static str,
    /// As a handlebars helper; a filter takes the first argument before the `|`.
    pub usage: &'static str,
    /// One sentence.
    pub does: &'static str,
    pub flow: Flow,
    run: fn(&Arguments<'_>) -> Result<Value, String>,
}

const fn helper(
    name: &'static str,
    usage: &'static str,
    does: &'static str,
    flow: Flow,
    run: fn(&Arguments<'_>) -> Result<Value, String>,
) -> Helper {
    Helper {
        name,
        usage,
        does,
        flow,
        run,
    }
}

const TABLES: &[&[Helper]] = &[
    address::TABLE,
    codec::TABLE,
    digest::TABLE,
    list::TABLE,
    logic::TABLE,
    map::TABLE,
    number::TABLE,
    path::TABLE,
    secret::TABLE,
    selection::TABLE,
    size::TABLE,
    text::TABLE,
];

static BY_NAME: LazyLock<HashMap<&str, &Helper>> =
    LazyLock::new(|| helpers().map(|helper| (helper.name, helper)).collect());

/// Every helper, grouped as they are written. For the manual.
pub fn helpers() -> impl Iterator<Item = &'static Helper> {
    TABLES.iter().copied().flatten()
}

pub(crate) fn is_helper(name: &str) -> bool {
    BY_NAME.contains_key(name)
}

/// Helpers whose text tells nothing of what they were given.
const SAYING_NOTHING: &[&str] = &["type_debug"];

/// Calls a helper.
pub(crate) fn call_function(
    name: &str,
    values: Vec<Value>,
    named: Vec<(String, Value)>,
    world: &dyn Names,
) -> Result<Value, String> {
    let helper = BY_NAME
        .get(name)
        .ok_or_else(|| format!("there is no helper `{name}`"))?;
    let all = || values.iter().chain(named.iter().map(|(_, value)| value));
    let reason = match helper.flow {
        Flow::Opaque => all().find_map(unknown::within),
        Flow::Items => all().find_map(marked),
        Flow::Spans => None,
    };
    if let Some(reason) = reason {
        return Ok(Value::String(unknown::mark(reason)));
    }
    let arguments = Arguments {
        values,
        named,
        names: world,
    };
    let made = (helper.run)(&arguments).map_err(|message| format!("`{name}`: {message}"))?;
    if !SAYING_NOTHING.contains(&name) {
        let named = arguments.named.iter().map(|(_, value)| value);
        let from: Vec<&Value> = arguments.values.iter().chain(named).collect();
        world.derive(&from, &made);
    }
    Ok(made)
}
