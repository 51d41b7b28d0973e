//! Expressions as Ansible users write them: conditions, and what stands in `{{ }}` where it is no handlebars. Typed, strict about
//! undefined variables, and three-valued: what is not known yet makes an answer unknown only where it matters.
mod backslash;
mod call;
pub(crate) mod depth;
pub(crate) mod evaluate;
mod judge;
mod lenient;
mod method;
pub(crate) mod names;
pub(crate) mod operator;
pub(crate) mod predicate;
mod problem;
pub(crate) mod read;
pub(crate) mod step;
pub(crate) mod tree;

pub(crate) use judge::judge;
pub use judge::{Truth, unwrap_braces};
pub(crate) use problem::Problem;

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use tree::Tree;

/// What is wrong with an expression, and the byte in its text where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    pub message: String,
    pub offset: usize,
    pub hint: Option<String>,
}

/// Reads an expression and checks the names of its filters, tests and functions. For load time; nothing is evaluated.
pub fn check(text: &str) -> Result<(), Mistake> {
    compile(unwrap_braces(text).unwrap_or(text)).map(|_| ())
}

/// Compiled expressions kept: far more than any project has, few enough to bound memory.
const KEPT: usize = 8192;

type Compiled = Result<Arc<Tree>, Mistake>;

static CACHE: LazyLock<Mutex<HashMap<String, Compiled>>> = LazyLock::new(Mutex::default);

/// The tree of an expression, compiled once a process.
pub(crate) fn compile(text: &str) -> Compiled {
    let mut cache = CACHE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(compiled) = cache.get(text) {
        return compiled.clone();
    }
    let compiled = shallow(text)
        .and_then(|()| read::read(text))
        .and_then(|tree| {
            known_names(&tree)?;
            Ok(Arc::new(tree))
        });
    if cache.len() >= KEPT {
        cache.clear();
    }
    cache.insert(text.to_owned(), compiled.clone());
    compiled
}

/// Refuses what would exhaust the stack.
fn shallow(text: &str) -> Result<(), Mistake> {
    if depth::depth(text) <= depth::LIMIT {
        return Ok(());
    }
    Err(Mistake {
        message: "an expression nested or chained too deeply".into(),
        offset: 0,
        hint: Some("give parts of it names, under `vars:`".into()),
    })
}

/// Refuses filters, tests and functions that do not exist, with the nearest that do.
fn known_names(tree: &Tree) -> Result<(), Mistake> {
    let unknown = match &tree.kind {
        tree::Kind::Filter(_, call) if !evaluate::is_filter(&call.name) => {
            Some(("filter", &call.name, evaluate::filters()))
        }
        tree::Kind::Test(_, call) if !evaluate::is_test(&call.name) => {
            Some(("test", &call.name, evaluate::tests()))
        }
        tree::Kind::Function(call) if !evaluate::FUNCTIONS.contains(&call.name.as_str()) => {
            let known = evaluate::FUNCTIONS.iter().map(ToString::to_string);
            Some(("function", &call.name, known.collect()))
        }
        tree::Kind::Method(_, call) if !method::NAMES.contains(&call.name.as_str()) => {
            let known = method::NAMES.iter().map(ToString::to_string);
            Some(("method", &call.name, known.collect()))
        }
        tree::Kind::Function(call) => {
            let kind = call::unknown_lookup(call);
            kind.map(|kind| ("lookup", kind, call::LOOKUPS.map(str::to_owned).to_vec()))
        }
        _ => None,
    };
    if let Some((what, name, known)) = unknown {
        return Err(Mistake {
            message: format!("there is no {what} `{name}`"),
            offset: tree.start,
            hint: evaluate::replacement(name).or_else(|| names::suggestion(name, known)),
        });
    }
    tree.children().into_iter().try_for_each(known_names)
}

#[cfg(test)]
pub(crate) mod tests;
