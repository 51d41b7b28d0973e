//! `loop`, `with_…` and `loop_control`.
use super::{field, table};
use crate::play::{Loop, LoopKind};
use crate::source::Reader;
use crate::{Node, keyword};
use indexmap::IndexMap;
use play_core::{Diagnostic, Place};

const CONTROL: &[&str] = &[
    "loop_var",
    "index_var",
    "label",
    "pause",
    "extended",
    "extended_allitems",
    "break_when",
];

/// True for the keys that make a task repeat.
pub(crate) fn is_loop(key: &str) -> bool {
    key == "loop" || key.starts_with("with_")
}

/// The loop of a task, where it has one.
pub(crate) fn read(map: &IndexMap<String, (Place, Node)>, reader: &mut Reader) -> Option<Loop> {
    let mut found: Option<(&Place, Loop)> = None;
    for (key, (place, node)) in map.iter().filter(|(key, _)| is_loop(key)) {
        if let Some((first, _)) = &found {
            let message = format!("a task can have one loop; `{key}` is the second");
            reader.report(
                Diagnostic::error(message)
                    .at(place)
                    .also(first, "the first is here"),
            );
            continue;
        }
        if let Some(kind) = kind(key, place, node, reader) {
            found = Some((place, plain(node, kind)));
        }
    }
    let control = map.get("loop_control");
    let Some((_, mut repeat)) = found else {
        if let Some((place, _)) = control.filter(|_| !map.keys().any(|key| is_loop(key))) {
            reader.report(Diagnostic::error("`loop_control` without a `loop`").at(place));
        }
        return None;
    };
    if let Some((_, node)) = control {
        apply(&mut repeat, node, reader);
    }
    Some(repeat)
}

fn plain(node: &Node, kind: LoopKind) -> Loop {
    Loop {
        place: node.place.clone(),
        kind,
        variable: "item".to_owned(),
        index_variable: None,
        label: None,
        pause: None,
        extended: false,
    }
}

fn kind(key: &str, place: &Place, node: &Node, reader: &mut Reader) -> Option<LoopKind> {
    let node = node.clone();
    match key {
        "loop" | "with_list" => {
            let fits = node.as_list().is_some() || node.as_str().is_some();
            if !fits {
                field::wrong(&node, "`loop`", "a list", reader);
            }
            Some(LoopKind::List(node))
        }
        "with_items" => Some(LoopKind::Items(node)),
        "with_dict" => Some(LoopKind::Dict(node)),
        other if table::LOOPS.contains(&other) => Some(LoopKind::Other(
            other.trim_start_matches("with_").to_owned(),
            node,
        )),
        other => {
            let mut diagnostic = Diagnostic::error(format!("unknown loop `{other}`")).at(place);
            diagnostic.hint = keyword::hint(other, table::LOOPS.iter().copied())
                .or_else(|| Some("write it as a `loop:` over a list".to_owned()));
            reader.report(diagnostic);
            None
        }
    }
}

fn apply(repeat: &mut Loop, node: &Node, reader: &mut Reader) {
    let Some(map) = field::mapping(node, "`loop_control`", reader) else {
        return;
    };
    table::unknown_keys(map, "`loop_control`", &[CONTROL], reader);
    for (key, (place, value)) in map {
        let what = format!("`{key}`");
        match key.as_str() {
            "loop_var" => {
                if let Some(name) = name(value, &what, reader) {
                    repeat.variable = name;
                }
            }
            "index_var" => repeat.index_variable = name(value, &what, reader),
            "label" => repeat.label = Some(value.clone()),
            "pause" => repeat.pause = field::number(value, &what, reader),
            "extended" => {
                repeat.extended = field::boolean(value, &what, reader).unwrap_or_default();
            }
            "break_when" => {
                reader.report(Diagnostic::error("`break_when` is not known here").at(place));
            }
            _ => {}
        }
    }
}

/// The name of a variable that a keyword makes.
pub(crate) fn name(node: &Node, what: &str, reader: &mut Reader) -> Option<String> {
    let text = field::text(node, what, reader)?;
    if keyword::is_identifier(text) {
        return Some(text.to_owned());
    }
    let message = format!("{what} must name a variable, and `{text}` cannot");
    let hint = "use letters, digits and `_`, not starting with a digit";
    reader.report(Diagnostic::error(message).at(&node.place).hint(hint));
    None
}
