//! Templates that cannot be read: in tasks, in variables, in template files.
use super::known::nodes;
use crate::inventory::Definition;
use crate::play::{Project, Task};
use crate::scope::{diagnose, locate};
use crate::source::{Reader, shown};
use crate::{Node, NodeKind, template};
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
                reader.report(diagnose(mistake, &found.place, text));
            }
        }
        NodeKind::List(items) => items.iter().for_each(|item| node(item, reader)),
        NodeKind::Map(map) => map.values().for_each(|(_, value)| node(value, reader)),
        _ => {}
    }
}

/// Looks at a template file; its text where it can be read as one.
pub(crate) fn file(path: &Path, text: &str, reader: &mut Reader) -> bool {
    let Err(mistake) = template::check(text) else {
        return true;
    };
    let place = locate::whole(&shown(path), text);
    reader.report(diagnose(mistake, &place, text));
    false
}
