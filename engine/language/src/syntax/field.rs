//! Reading typed values out of nodes; what does not fit is reported at its place.
use crate::inventory::Definition;
use crate::node::NodeKind;
use crate::source::Reader;
use crate::{Node, keyword, template};
use indexmap::IndexMap;
use play_core::{Diagnostic, Place};

type Map = IndexMap<String, (Place, Node)>;

/// The node as a mapping.
pub(crate) fn mapping<'a>(node: &'a Node, what: &str, reader: &mut Reader) -> Option<&'a Map> {
    let map = node.as_map();
    if map.is_none() {
        wrong(node, what, "a mapping", reader);
    }
    map
}

/// The node as a mapping; `key:` with nothing behind it is an empty one, which None stands for.
pub(crate) fn mapping_or_nothing<'a>(
    node: &'a Node,
    what: &str,
    reader: &mut Reader,
) -> Option<&'a Map> {
    match node.kind {
        NodeKind::Null => None,
        _ => mapping(node, what, reader),
    }
}

/// The node as a list; `key:` with nothing behind it is an empty one.
pub(crate) fn list<'a>(node: &'a Node, what: &str, reader: &mut Reader) -> &'a [Node] {
    match &node.kind {
        NodeKind::List(items) => items,
        NodeKind::Null => &[],
        _ => {
            wrong(node, what, "a list", reader);
            &[]
        }
    }
}

pub(crate) fn wrong(node: &Node, what: &str, expected: &str, reader: &mut Reader) {
    let message = format!("{what} must be {expected}, not {}", node.describe());
    reader.report(Diagnostic::error(message).at(&node.place));
}

/// Variables: a mapping from names to values.
pub(crate) fn definitions(node: &Node, reader: &mut Reader) -> Vec<Definition> {
    let Some(map) = mapping_or_nothing(node, "variables", reader) else {
        return Vec::new();
    };
    let mut definitions = Vec::new();
    for (name, (place, value)) in map {
        if !keyword::is_identifier(name) {
            let message = format!("`{name}` cannot be a variable's name");
            let hint = "use letters, digits and `_`";
            reader.report(Diagnostic::error(message).at(place).hint(hint));
            continue;
        }
        definitions.push(Definition {
            name: name.clone(),
            place: place.clone(),
            value: value.clone(),
        });
    }
    definitions
}

/// A boolean that must be known when the project is read.
pub(crate) fn boolean(node: &Node, what: &str, reader: &mut Reader) -> Option<bool> {
    let known = match &node.kind {
        NodeKind::Bool(flag) => Some(*flag),
        NodeKind::String { text, .. } => truth(text),
        _ => None,
    };
    if known.is_none() {
        if node.as_str().is_some_and(template::is_template) {
            let message = format!("{what} must be known before the run: it cannot be a template");
            reader.report(
                Diagnostic::error(message)
                    .at(&node.place)
                    .hint("write `true` or `false`"),
            );
        } else {
            wrong(node, what, "true or false", reader);
        }
    }
    known
}

/// What Ansible takes for a boolean in text.
pub fn truth(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "true" | "yes" | "on" | "y" | "1" => Some(true),
        "false" | "no" | "off" | "n" | "0" => Some(false),
        _ => None,
    }
}

/// Text, or a list of texts.
pub(crate) fn texts<'a>(
    node: &'a Node,
    what: &str,
    reader: &mut Reader,
) -> Vec<(&'a str, &'a Place)> {
    let items = match &node.kind {
        NodeKind::Null => return Vec::new(),
        NodeKind::List(items) => items.as_slice(),
        _ => std::slice::from_ref(node),
    };
    let mut texts = Vec::new();
    for item in items {
        match &item.kind {
            NodeKind::String { text, .. } | NodeKind::Number(_, text) => {
                texts.push((text.as_str(), &item.place));
            }
            _ => wrong(item, what, "text or a list of texts", reader),
        }
    }
    texts
}

/// Text that must be known when the project is read.
pub(crate) fn text<'a>(node: &'a Node, what: &str, reader: &mut Reader) -> Option<&'a str> {
    match &node.kind {
        NodeKind::String { text, .. } | NodeKind::Number(_, text) => Some(text),
        _ => {
            wrong(node, what, "text", reader);
            None
        }
    }
}

/// A whole number from zero up.
pub(crate) fn count(node: &Node, what: &str, reader: &mut Reader) -> Option<u64> {
    let known = match &node.kind {
        NodeKind::Number(number, _) => number.as_u64(),
        NodeKind::String { text, .. } => text.trim().parse().ok(),
        _ => None,
    };
    if known.is_none() {
        let message = format!("{what} must be a whole number");
        reader.report(Diagnostic::error(message).at(&node.place));
    }
    known
}

/// A number, percent sign allowed (`30%`).
pub(crate) fn number(node: &Node, what: &str, reader: &mut Reader) -> Option<f64> {
    let known = match &node.kind {
        NodeKind::Number(number, _) => number.as_f64(),
        NodeKind::String { text, .. } => text.trim().trim_end_matches('%').parse().ok(),
        _ => None,
    };
    if known.is_none() {
        wrong(node, what, "a number", reader);
    }
    known
}

/// A text node made here, at the place of what it was made from.
pub(crate) fn made(text: impl Into<String>, place: &Place) -> Node {
    let kind = NodeKind::String {
        text: text.into(),
        plain: true,
    };
    Node {
        place: place.clone(),
        tag: None,
        kind,
    }
}
