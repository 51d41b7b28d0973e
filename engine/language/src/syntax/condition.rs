//! Conditions: text, a boolean, or a list of them, each compiled once to see that it can be.
use crate::node::NodeKind;
use crate::play::Condition;
use crate::scope::locate;
use crate::source::Reader;
use crate::{Node, expression};
use play_core::Diagnostic;

/// All the conditions of a `when`, `until`, `changed_when` or `failed_when`.
pub(crate) fn conditions(node: &Node, what: &str, reader: &mut Reader) -> Vec<Condition> {
    match &node.kind {
        NodeKind::List(items) => items
            .iter()
            .filter_map(|item| condition(item, what, reader))
            .collect(),
        NodeKind::Null => Vec::new(),
        _ => condition(node, what, reader).into_iter().collect(),
    }
}

/// One condition.
pub(crate) fn condition(node: &Node, what: &str, reader: &mut Reader) -> Option<Condition> {
    expression(node, what, "a condition", reader)
}

/// One expression, called what its use makes it.
pub(crate) fn expression(
    node: &Node,
    what: &str,
    called: &str,
    reader: &mut Reader,
) -> Option<Condition> {
    let written = match &node.kind {
        NodeKind::Bool(flag) => flag.to_string(),
        NodeKind::Number(_, text) | NodeKind::String { text, .. } => text.clone(),
        _ => {
            super::field::wrong(node, what, called, reader);
            return None;
        }
    };
    let (text, skipped) = bare(&written);
    if text.contains("{{") || text.contains("{%") {
        let message = format!("{what} is an expression already: no `{{{{ }}}}` in it");
        let hint = "write the variable's name alone";
        reader.report(Diagnostic::error(message).at(&node.place).hint(hint));
        return None;
    }
    if let Err(mistake) = expression::check(text) {
        let message = format!("{what} is not {called}: {}", mistake.message);
        let place = locate::at_offset(&node.place, &written, mistake.offset + skipped);
        let mut diagnostic = Diagnostic::error(message).at(&place);
        diagnostic.hint = mistake.hint;
        reader.report(diagnostic);
        return None;
    }
    Some(Condition {
        place: node.place.clone(),
        text: text.to_owned(),
    })
}

/// `{{ x }}` around a whole condition is what many wrote for years; it means `x`.
fn bare(text: &str) -> (&str, usize) {
    let trimmed = text.trim();
    let inside = trimmed
        .strip_prefix("{{")
        .and_then(|rest| rest.strip_suffix("}}"))
        .filter(|inside| !inside.contains("{{"))
        .map(str::trim);
    let inside = inside.unwrap_or(trimmed);
    (inside, inside.as_ptr() as usize - text.as_ptr() as usize)
}
