//! Names of hosts, tasks and plays that tasks refer to: there, or reported.
use crate::play::{Need, Project, Task};
use crate::source::Reader;
use crate::{Node, keyword, template};
use play_core::{Diagnostic, Place};
use std::collections::BTreeSet;

/// Names that always mean this machine.
pub(crate) const LOCAL: [&str; 2] = ["localhost", "127.0.0.1"];

/// `needs:` of plays and tasks, and where tasks are delegated to.
pub(crate) fn check(project: &Project, reader: &mut Reader) {
    let names = needed_names(project);
    for play in &project.plays {
        for need in play.needs.iter().flatten() {
            known_need(need, &names, project, reader);
        }
        for task in Project::tasks(play) {
            task.needs
                .iter()
                .for_each(|need| known_need(need, &names, project, reader));
            delegation(task, project, reader);
        }
    }
}

/// What `needs` may name: plays, roles, tasks, and what they are tagged with.
fn needed_names(project: &Project) -> BTreeSet<&str> {
    let mut names: BTreeSet<&str> = project
        .roles
        .iter()
        .map(|role| role.name.as_str())
        .collect();
    for play in &project.plays {
        names.insert(&play.name);
        for task in Project::tasks(play) {
            names.extend(task.name.as_str());
            names.extend(task.tags.iter().map(String::as_str));
        }
    }
    names
}

fn known_need(need: &Need, names: &BTreeSet<&str>, project: &Project, reader: &mut Reader) {
    if !names.contains(need.name.as_str()) && !template::is_template(&need.name) {
        let message = format!("no play, role, task or tag is named `{}`", need.name);
        let mut diagnostic = Diagnostic::error(message).at(&need.place);
        diagnostic.hint = keyword::hint(&need.name, names.iter().copied());
        reader.report(diagnostic);
    }
    if let Some(host) = need
        .host
        .as_deref()
        .filter(|host| !template::is_template(host))
    {
        known_host(host, &need.place, project, true, reader);
    }
}

fn delegation(task: &Task, project: &Project, reader: &mut Reader) {
    let Some(node) = &task.delegate_to else {
        return;
    };
    if let Some(host) = literal(node) {
        known_host(host, &node.place, project, false, reader);
    }
}

fn known_host(host: &str, place: &Place, project: &Project, groups: bool, reader: &mut Reader) {
    let inventory = &project.inventory;
    let known = inventory.hosts.contains_key(host) || groups && inventory.groups.contains_key(host);
    if known || LOCAL.contains(&host) {
        return;
    }
    let words = inventory
        .hosts
        .keys()
        .chain(inventory.groups.keys().filter(|_| groups));
    let mut diagnostic = Diagnostic::error(format!("no host `{host}` in the inventory")).at(place);
    diagnostic.hint = keyword::hint(host, words.map(String::as_str));
    reader.report(diagnostic);
}

/// The text of a node where it is known now.
pub(crate) fn literal(node: &Node) -> Option<&str> {
    node.as_str().filter(|text| !template::is_template(text))
}
