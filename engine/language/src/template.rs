//! `{{ }}`: handlebars' syntax, evaluated here: strict, typed, lazy, and aware of values not known yet. What stands in the braces and
//! is no handlebars may be an expression as Ansible users write it (`{{ port | int + 1 }}`).
mod compile;
mod helper;
mod path;
mod render;
mod scan;

pub(crate) use compile::Compiled;
pub use helper::{Flow, Helper, helpers};
pub(crate) use helper::{
    call_function, capitalize, format_braces, format_text, is_helper, password_hash, pattern,
};
pub(crate) use path::{Start, parse_path};
pub(crate) use render::{Trouble, render_text, render_value};

use play_core::Value;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

/// What is wrong with a template, and where in its text: 1-based line and column in characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    pub message: String,
    pub line: u32,
    pub column: u32,
    pub hint: Option<String>,
}

/// Whether text has anything to render. Text without `{{` is itself; `{%` is looked at so that it can be refused.
pub fn is_template(text: &str) -> bool {
    text.contains("{{") || scan::statement(text).is_some()
}

/// Compiles a template and checks the names of its helpers. For load time; nothing is evaluated.
pub fn check(text: &str) -> Result<(), Mistake> {
    compiled(text).map(|_| ())
}

/// Compiled templates kept: far more than a project has, few enough to bound memory.
const KEPT: usize = 8192;

type Cached = Result<Arc<Compiled>, Mistake>;

static CACHE: LazyLock<Mutex<HashMap<String, Cached>>> = LazyLock::new(Mutex::default);

/// A template, compiled once a process.
pub(crate) fn compiled(text: &str) -> Cached {
    let mut cache = CACHE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = cache.get(text) {
        return found.clone();
    }
    drop(cache);
    let made = Compiled::new(text).map(Arc::new);
    cache = CACHE.lock().unwrap_or_else(PoisonError::into_inner);
    if cache.len() >= KEPT {
        cache.clear();
    }
    cache.insert(text.to_owned(), made.clone());
    made
}

/// A value inside text: nothing is empty, booleans are `true` and `false`, lists and mappings are JSON.
pub(crate) fn text_of(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// YAML 1.1's words for booleans, in any case.
pub(crate) fn boolean(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" => Some(true),
        "false" | "no" | "off" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
