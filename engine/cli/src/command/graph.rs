//! `play graph`: what runs after what, and why.
use super::load;
use crate::argument::{Drawing, Graph};
use crate::disk;
use crate::exit::Exit;
use crate::terminal;
use play_modules::Modules;
use play_runner::graph::draw;
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
    terminal::print(&load::mask().text(&match arguments.format {
        Drawing::List => draw::list(&graph),
        Drawing::Dot => draw::dot(&graph),
        Drawing::Mermaid => draw::mermaid(&graph),
    }));
    Exit::Done
}
