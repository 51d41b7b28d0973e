//! Templates that cannot be read: in tasks, in variables, in template files.
use super::known::nodes;
use crate::inventory::Definition;
use crate::play::{Project, Task};
use crate::source::{Reader, shown};
use crate::{Node, NodeKind, template};
use play_core::{Diagnostic, Place};
use std::path::Path;

/// Looks at every template of the project but those in files.
pub(crate) fn check(project: &Project, reader: &mut Reader) {
    let mut lists: Vec<&[Definition]> = vec![&project.extra];
    lists.extend(
        project
            .inventory
            .hosts
            .values()
            .map(|host| host.variables.as_slice()),
    );
    lists.extend(
        project
            .inventory
            .groups
            .values()
            .map(|group| group.variables.as_slice()),
    );
    for role in &project.roles {
        lists.extend([role.defaults.as_slice(), &role.vars, &role.parameters]);
    }
    for play in &project.plays {
        lists.extend([play.variables.as_slice(), &play.file_variables]);
        for task in Project::tasks(play) {
            each(task, reader);
            definitions(&task.variables, reader);
        }
    }
    for list in lists {
        definitions(list, reader);
    }
}

fn each(task: &Task, reader: &mut Reader) {
    for found in nodes(task) {
        node(found, reader);
    }
}

fn definitions(list: &[Definition], reader: &mut Reader) {
    for one in list {
        node(&one.value, reader);
    }
}

fn node(found: &Node, reader: &mut Reader) {
    match &found.kind {
        NodeKind::String { text, .. } if found.tag.is_none() && template::is_template(text) => {
            if let Err(mistake) = template::check(text) {
                let place = within(found, text, mistake.line, mistake.column);
                reader.report(diagnostic(mistake, &place));
            }
        }
        NodeKind::List(items) => items.iter().for_each(|item| node(item, reader)),
        NodeKind::Map(map) => map.values().for_each(|(_, value)| node(value, reader)),
        _ => {}
    }
}

fn diagnostic(mistake: template::Mistake, place: &Place) -> Diagnostic {
    let mut diagnostic = Diagnostic::error(mistake.message).at(place);
    diagnostic.hint = mistake.hint;
    diagnostic
}

/// The place within a value, as far as the way it is written lets one say.
fn within(node: &Node, text: &str, line: u32, column: u32) -> Place {
    let plain = matches!(node.kind, NodeKind::String { plain: true, .. });
    let lead = u32::from(!plain);
    let written = node.place.end.saturating_sub(node.place.start);
    if line != 1 || text.contains('\n') || written != text.len() + 2 * lead as usize {
        return node.place.clone();
    }
    let column = column.saturating_sub(1) + lead;
    let bytes = text
        .chars()
        .take(column as usize)
        .map(char::len_utf8)
        .sum::<usize>();
    let start = node.place.start + bytes;
    Place {
        column: node.place.column + column,
        start,
        end: start,
        ..node.place.clone()
    }
}

/// Looks at a template file; its text where it can be read as one.
pub(crate) fn file(path: &Path, text: &str, reader: &mut Reader) -> bool {
    let Err(mistake) = template::check(text) else {
        return true;
    };
    let lines = text
        .split_inclusive('\n')
        .take(mistake.line.saturating_sub(1) as usize);
    let before: usize = lines.map(str::len).sum();
    let rest = text.get(before..).unwrap_or_default();
    let ahead: usize = rest
        .chars()
        .take(mistake.column.saturating_sub(1) as usize)
        .map(char::len_utf8)
        .sum();
    let place = Place {
        file: shown(path).into(),
        line: mistake.line,
        column: mistake.column,
        start: before + ahead,
        end: before + ahead,
    };
    reader.report(diagnostic(mistake, &place));
    false
}
