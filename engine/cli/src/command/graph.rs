//! `play graph`: what runs after what, and why.
use super::load;
use crate::argument::{Drawing, Graph};
use crate::disk;
use crate::exit::Exit;
use crate::terminal;
use play_language::Project;
use play_modules::Modules;
use play_runner::graph::overview::Overview;
use play_runner::graph::{Step, draw};
use play_runner::language::Language;

pub(crate) fn run(arguments: &Graph) -> Exit {
    let (project, sources) = match load::playbooks(&arguments.project, &mut |_| {}) {
        Ok(loaded) => loaded,
        Err(exit) => return exit,
    };
    let language = Language::new(&project, disk::vault(), &Modules);
    let (graph, diagnostics) = play_runner::run::graph(&language);
    load::show(&diagnostics, &sources, &mut |_| {});
    if load::wrong(&diagnostics) {
        return Exit::Wrong;
    }
    if arguments.overview {
        let overview = Overview::new(&graph, &|step| part(&project, step));
        terminal::print(&load::mask().text(&match arguments.format {
            Drawing::List => overview.list(),
            Drawing::Dot => overview.dot(),
            Drawing::Mermaid => overview.mermaid(),
        }));
        return Exit::Done;
    }
    terminal::print(&load::mask().text(&match arguments.format {
        Drawing::List => draw::list(&graph),
        Drawing::Dot => draw::dot(&graph),
        Drawing::Mermaid => draw::mermaid(&graph),
    }));
    Exit::Done
}

/// What a step belongs to: its role, or else its play.
fn part(project: &Project, step: &Step) -> String {
    let role = step.task.role.and_then(|role| project.roles.get(role));
    role.map_or_else(
        || project.plays[step.play].name.clone(),
        |role| role.name.clone(),
    )
}
