//! `play inventory`: hosts, groups and variables.
use super::load;
use crate::argument::{self, Inventory};
use crate::exit::Exit;
use crate::terminal;
use play_language::inventory::Host;
use std::fmt::Write;

pub(crate) fn run(arguments: &Inventory) -> Exit {
    let project = argument::Project {
        inventory: arguments.inventories.clone(),
        limit: arguments.pattern.clone(),
        ..argument::Project::default()
    };
    let (project, _) = match load::project(&load::request(&project), &mut |_| {}) {
        Ok(loaded) => loaded,
        Err(exit) => return exit,
    };
    let mut text = String::new();
    for name in &project.limit {
        let Some(host) = project.inventory.hosts.get(name) else {
            continue;
        };
        let groups = groups(host);
        let _ = match groups.as_str() {
            "" => writeln!(text, "{name}"),
            groups => writeln!(text, "{name}  ({groups})"),
        };
        if arguments.vars {
            for definition in &host.variables {
                let _ = writeln!(
                    text,
                    "    {} = {}  ({})",
                    definition.name,
                    definition.value.value(),
                    definition.place
                );
            }
        }
    }
    terminal::print(&load::mask().text(&text));
    Exit::Done
}

fn groups(host: &Host) -> String {
    let named: Vec<&str> = host
        .groups
        .iter()
        .map(String::as_str)
        .filter(|group| *group != "all")
        .collect();
    named.join(", ")
}
