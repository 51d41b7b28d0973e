//! Conditions: text, a boolean, or a list of them, each compiled once to see that it can be.
use crate::node::NodeKind;
use crate::play::Condition;
use crate::source::Reader;
use crate::{Node, expression};
use play_core::{Diagnostic, Place};

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
    let text = match &node.kind {
        NodeKind::Bool(flag) => flag.to_string(),
        NodeKind::Number(_, text) | NodeKind::String { text, .. } => text.clone(),
        _ => {
            super::field::wrong(node, what, "a condition", reader);
            return None;
        }
    };
    let (text, skipped) = bare(&text);
    if text.contains("{{") || text.contains("{%") {
        let message = format!("{what} is an expression already: no `{{{{ }}}}` in it");
        let hint = "write the variable's name alone";
        reader.report(Diagnostic::error(message).at(&node.place).hint(hint));
        return None;
    }
    if let Err(mistake) = expression::check(text) {
        let message = format!("{what} is not a condition: {}", mistake.message);
        let place = within(node, text, mistake.offset + skipped, skipped);
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

/// The place of an offset within a condition, as far as the way it is written lets one say.
fn within(node: &Node, text: &str, offset: usize, skipped: usize) -> Place {
    let plain = matches!(node.kind, NodeKind::String { plain: true, .. });
    let lead = usize::from(!plain);
    let one_line =
        node.place.end.saturating_sub(node.place.start) == text.len() + skipped + 2 * lead;
    if !one_line {
        return node.place.clone();
    }
    let characters = text
        .get(..offset - skipped)
        .map_or(0, |before| before.chars().count());
    let columns = u32::try_from(characters + skipped + lead).unwrap_or(0);
    let start = node.place.start + offset + lead;
    Place {
        column: node.place.column + columns,
        start,
        end: start,
        ..node.place.clone()
    }
}
