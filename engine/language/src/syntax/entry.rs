//! Entries of a list of tasks: tasks, handlers and blocks, as written.
use super::action::{self, Action};
use super::keywords::Keywords;
use super::{condition, field, repeat, table};
use crate::Node;
use crate::node::NodeKind;
use crate::play::{Condition, Loop, Until};
use crate::source::Reader;
use indexmap::IndexMap;
use play_core::{Access, Catalog, Diagnostic, Place};

type Map = IndexMap<String, (Place, Node)>;

#[derive(Clone, Debug)]
pub(crate) enum Entry {
    Task(Box<TaskEntry>),
    Block(Box<BlockEntry>),
}

#[derive(Clone, Debug)]
pub(crate) struct TaskEntry {
    pub(crate) place: Place,
    pub(crate) keywords: Keywords,
    pub(crate) action: Action,
    pub(crate) repeat: Option<Loop>,
    pub(crate) register: Option<String>,
    pub(crate) until: Option<Until>,
    pub(crate) changed_when: Vec<Condition>,
    pub(crate) failed_when: Vec<Condition>,
    pub(crate) listen: Vec<String>,
    pub(crate) declared: Option<Vec<(Access, Node)>>,
}

#[derive(Clone, Debug)]
pub(crate) struct BlockEntry {
    pub(crate) place: Place,
    pub(crate) keywords: Keywords,
    pub(crate) items: Vec<Entry>,
    pub(crate) rescue: Vec<Entry>,
    pub(crate) always: Vec<Entry>,
}

/// How deep blocks may nest.
const DEEPEST: usize = 50;

/// The entries of a list of tasks.
pub(crate) fn entries(
    node: &Node,
    what: &str,
    catalog: &dyn Catalog,
    reader: &mut Reader,
) -> Vec<Entry> {
    nested(node, what, catalog, reader, 0)
}

fn nested(
    node: &Node,
    what: &str,
    catalog: &dyn Catalog,
    reader: &mut Reader,
    depth: usize,
) -> Vec<Entry> {
    if depth > DEEPEST {
        let message = format!("blocks nest deeper than {DEEPEST}");
        reader.report(Diagnostic::error(message).at(&node.place));
        return Vec::new();
    }
    let mut entries = Vec::new();
    for item in field::list(node, what, reader) {
        if matches!(item.kind, NodeKind::Null) {
            continue;
        }
        let Some(map) = field::mapping(item, "a task", reader) else {
            continue;
        };
        if map.contains_key("block") || map.contains_key("rescue") || map.contains_key("always") {
            entries.push(Entry::Block(Box::new(block(
                item, map, catalog, reader, depth,
            ))));
        } else {
            entries.push(Entry::Task(Box::new(task(item, map, catalog, reader))));
        }
    }
    entries
}

fn block(
    node: &Node,
    map: &Map,
    catalog: &dyn Catalog,
    reader: &mut Reader,
    depth: usize,
) -> BlockEntry {
    table::unknown_keys(map, "block", &[table::SHARED, table::BLOCK], reader);
    if !map.contains_key("block") {
        let message = "`rescue` and `always` belong to a `block`";
        reader.report(Diagnostic::error(message).at(&node.place));
    }
    let mut part = |key: &str| match map.get(key) {
        Some((_, node)) => nested(node, &format!("`{key}`"), catalog, reader, depth + 1),
        None => Vec::new(),
    };
    let (items, rescue, always) = (part("block"), part("rescue"), part("always"));
    let keywords = Keywords::read(map, reader);
    BlockEntry {
        place: node.place.clone(),
        keywords,
        items,
        rescue,
        always,
    }
}

fn task(node: &Node, map: &Map, catalog: &dyn Catalog, reader: &mut Reader) -> TaskEntry {
    let mut action = action::find(map, &node.place, catalog, reader);
    if let Some((_, extra)) = map.get("args") {
        merge(&mut action.arguments, extra, reader);
    }
    let mut conditions = |key: &str| match map.get(key) {
        Some((_, node)) => condition::conditions(node, &format!("`{key}`"), reader),
        None => Vec::new(),
    };
    let (changed_when, failed_when) = (conditions("changed_when"), conditions("failed_when"));
    unsupported(map, reader);
    TaskEntry {
        place: node.place.clone(),
        action,
        repeat: repeat::read(map, reader),
        register: map
            .get("register")
            .and_then(|(_, node)| repeat::name(node, "`register`", reader)),
        until: until(map, reader),
        changed_when,
        failed_when,
        listen: listen(map, reader),
        declared: declared(map, reader),
        keywords: Keywords::read(map, reader),
    }
}

fn unsupported(map: &Map, reader: &mut Reader) {
    if let Some((place, _)) = map.get("async") {
        let message = "`async` has no effect: the task is waited for";
        let hint = "`timeout:` bounds how long it may take";
        reader.report(Diagnostic::warning(message).at(place).hint(hint));
    }
}

fn listen(map: &Map, reader: &mut Reader) -> Vec<String> {
    map.get("listen").map_or_else(Vec::new, |(_, node)| {
        let texts = field::texts(node, "`listen`", reader);
        texts.into_iter().map(|(text, _)| text.to_owned()).collect()
    })
}

/// `args:` beside the module; what the module itself says wins.
fn merge(arguments: &mut Node, extra: &Node, reader: &mut Reader) {
    if extra.as_str().is_some() {
        let message = "`args` must be a mapping: a template here cannot be checked before the run";
        return reader.report(Diagnostic::error(message).at(&extra.place));
    }
    let Some(more) = field::mapping_or_nothing(extra, "`args`", reader) else {
        return;
    };
    if matches!(arguments.kind, NodeKind::Null) {
        arguments.kind = NodeKind::Map(IndexMap::new());
    }
    if let NodeKind::Map(map) = &mut arguments.kind {
        for (key, value) in more {
            map.entry(key.clone()).or_insert_with(|| value.clone());
        }
    }
}

/// `until` with Ansible's own numbers: 3 retries, 5 seconds apart.
fn until(map: &Map, reader: &mut Reader) -> Option<Until> {
    let number = |key: &str, usual: &str, place: &Place| match map.get(key) {
        Some((_, node)) => node.clone(),
        None => Node {
            kind: NodeKind::Number(usual.parse().unwrap_or_else(|_| 0.into()), usual.to_owned()),
            ..field::made(usual, place)
        },
    };
    let (place, conditions) = match (map.get("until"), map.get("retries")) {
        (Some((place, node)), _) => (place, condition::conditions(node, "`until`", reader)),
        // Ansible: `retries` alone waits for success, which no condition stands for.
        (None, Some((place, _))) => (place, Vec::new()),
        (None, None) => {
            if let Some((place, _)) = map.get("delay") {
                reader.report(Diagnostic::error("`delay` without `until`").at(place));
            }
            return None;
        }
    };
    let (retries, delay) = (number("retries", "3", place), number("delay", "5", place));
    Some(Until {
        conditions,
        retries,
        delay,
    })
}

fn declared(map: &Map, reader: &mut Reader) -> Option<Vec<(Access, Node)>> {
    let mut declared = None;
    for (key, access) in [("reads", Access::Read), ("writes", Access::Write)] {
        let Some((_, node)) = map.get(key) else {
            continue;
        };
        let list: &mut Vec<(Access, Node)> = declared.get_or_insert_with(Vec::new);
        for (text, place) in field::texts(node, &format!("`{key}`"), reader) {
            list.push((access, field::made(text, place)));
        }
    }
    declared
}
