//! The module of a task: the one key that is no keyword.
use super::{field, foreign, free_form, repeat, table};
use crate::node::NodeKind;
use crate::source::Reader;
use crate::{Node, keyword};
use indexmap::IndexMap;
use play_core::{Catalog, Diagnostic, Place};

type Map = IndexMap<String, (Place, Node)>;

/// A module and its arguments.
#[derive(Clone, Debug)]
pub(crate) struct Action {
    /// Canonical; empty where it is not known, which has been reported.
    pub(crate) module: String,
    pub(crate) place: Place,
    pub(crate) arguments: Node,
    pub(crate) local: bool,
}

/// Cuts `ansible.builtin.` and its like off a module's name.
pub(crate) fn short(name: &str) -> &str {
    let parts: Vec<&str> = name.split('.').collect();
    match parts.as_slice() {
        [
            "ansible",
            "builtin" | "legacy" | "posix" | "utils" | "netcommon",
            last,
        ]
        | ["community", _, last] => last,
        _ => name,
    }
}

/// The canonical name of a module, where there is one.
pub(crate) fn canonical(name: &str, catalog: &dyn Catalog) -> Option<String> {
    let short = short(name);
    if let Some(own) = table::OWN_MODULES.iter().find(|own| **own == short) {
        return Some((*own).to_owned());
    }
    catalog.canonical(short).map(str::to_owned)
}

/// Finds the module of a task, and reports keys that are neither keyword nor module.
pub(crate) fn find(map: &Map, place: &Place, catalog: &dyn Catalog, reader: &mut Reader) -> Action {
    let keys = || map.iter().filter(|(key, _)| !is_keyword(key));
    let known: Vec<(&String, &Place, &Node)> = keys()
        .filter(|(key, _)| canonical(key, catalog).is_some())
        .map(|(key, (place, node))| (key, place, node))
        .collect();
    let unknown: Vec<(&str, &Place)> = keys()
        .filter(|(key, _)| canonical(key, catalog).is_none())
        .map(|(key, (place, _))| (key.as_str(), place))
        .collect();
    let written = map.get("action").or_else(|| map.get("local_action"));
    let missing = known.is_empty() && written.is_none();
    let named = report(&unknown, missing, map, catalog, reader);
    if let (Some((place, node)), true) = (written, known.is_empty()) {
        let local = !map.contains_key("action");
        return indirect(place, node, local, catalog, reader);
    }
    match known.as_slice() {
        [] => {
            if !named {
                let hint = "a task names one module, such as `copy:` or `command:`";
                reader.report(Diagnostic::error("task has no module").at(place).hint(hint));
            }
            nothing(place)
        }
        [(first, place, node), rest @ ..] => {
            for (second, at, _) in rest {
                let message = format!("task has two modules, `{first}` and `{second}`");
                let hint = "make two tasks of it";
                reader.report(
                    Diagnostic::error(message)
                        .at(at)
                        .also(place, "the first is here")
                        .hint(hint),
                );
            }
            made(first, place, node, catalog, reader)
        }
    }
}

fn is_keyword(key: &str) -> bool {
    table::SHARED.contains(&key) || table::TASK.contains(&key) || repeat::is_loop(key)
}

fn nothing(place: &Place) -> Action {
    let arguments = Node {
        place: place.clone(),
        tag: None,
        kind: NodeKind::Null,
    };
    Action {
        module: String::new(),
        place: place.clone(),
        arguments,
        local: false,
    }
}

fn made(
    name: &str,
    place: &Place,
    node: &Node,
    catalog: &dyn Catalog,
    reader: &mut Reader,
) -> Action {
    let module = canonical(name, catalog).unwrap_or_default();
    let description = catalog.describe(&module);
    let arguments = free_form::arguments(&module, node, description.as_ref(), reader);
    Action {
        module,
        place: place.clone(),
        arguments,
        local: false,
    }
}

/// Whether the key of a task is a module that has such an argument.
fn takes(name: &str, argument: &str, catalog: &dyn Catalog) -> bool {
    let description = canonical(name, catalog).and_then(|name| catalog.describe(&name));
    description.is_some_and(|found| found.schema["properties"][argument].is_object())
}

/// Reports keys that are nothing; true where one of them was taken for the task's module.
fn report(
    unknown: &[(&str, &Place)],
    missing: bool,
    map: &Map,
    catalog: &dyn Catalog,
    reader: &mut Reader,
) -> bool {
    let keywords = [table::SHARED, table::TASK, table::LOOPS, table::BLOCK].concat();
    let modules: Vec<&str> = catalog
        .names()
        .into_iter()
        .chain(table::OWN_MODULES.iter().copied())
        .collect();
    let gap = |key: &str, words: &[&str]| {
        let near = keyword::nearest(key, words.iter().copied());
        near.map_or(usize::MAX, |near| keyword::distance(key, near))
    };
    let mut named = false;
    for (key, place) in unknown {
        let keyword_like = gap(key, &keywords) < gap(short(key), &modules);
        if missing && !named && !keyword_like {
            named = true;
            let mut diagnostic = Diagnostic::error(format!("unknown module `{key}`")).at(place);
            diagnostic.hint = instead(key, &modules);
            reader.report(diagnostic);
        } else {
            let what = if map.contains_key("listen") {
                "handler"
            } else {
                "task"
            };
            let owner = map
                .iter()
                .find(|(name, _)| takes(name, key, catalog))
                .map(|(name, _)| name);
            if let Some(owner) = owner {
                let message = format!("unknown key `{key}` in {what}");
                let hint = format!("it is an argument of `{owner}`: indent it below `{owner}:`");
                reader.report(Diagnostic::error(message).at(place).hint(hint));
                continue;
            }
            table::unknown(key, place, what, &[&keywords], reader);
        }
    }
    named
}

/// The way out for a module nobody knows.
fn instead(name: &str, modules: &[&str]) -> Option<String> {
    foreign::replacement(short(name))
        .or_else(|| keyword::hint(short(name), modules.iter().copied()))
        .or_else(|| {
            short(name).split('.').all(keyword::is_identifier).then_some(())?;
            let words = "`play doc` lists the modules; `command` runs any program, with `creates:` or `changed_when:`";
            Some(words.to_owned())
        })
}

/// `action: copy src=a dest=b`, `local_action: {module: copy, …}`.
fn indirect(
    place: &Place,
    node: &Node,
    local: bool,
    catalog: &dyn Catalog,
    reader: &mut Reader,
) -> Action {
    let (name, rest) = match &node.kind {
        NodeKind::String { text, .. } => {
            let (name, rest) = text
                .trim()
                .split_once(char::is_whitespace)
                .unwrap_or((text.trim(), ""));
            (name.to_owned(), field::made(rest.trim(), &node.place))
        }
        NodeKind::Map(map) => {
            let mut map = map.clone();
            let name = map
                .shift_remove("module")
                .and_then(|(_, name)| name.as_str().map(str::to_owned));
            (
                name.unwrap_or_default(),
                Node {
                    kind: NodeKind::Map(map),
                    ..node.clone()
                },
            )
        }
        _ => (String::new(), node.clone()),
    };
    if canonical(&name, catalog).is_none() {
        let mut diagnostic = Diagnostic::error(format!("unknown module `{name}`")).at(&node.place);
        diagnostic.hint = instead(&name, &catalog.names());
        reader.report(diagnostic);
        return nothing(place);
    }
    Action {
        local,
        ..made(&name, place, &rest, catalog, reader)
    }
}
