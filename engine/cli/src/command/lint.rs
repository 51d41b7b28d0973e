//! `play lint`: everything that can be known without a host.
use super::load;
use crate::argument::Project;
use crate::disk;
use crate::exit::Exit;
use crate::terminal;
use play_modules::Modules;
use play_runner::language::Language;

pub(crate) fn run(arguments: &Project) -> Exit {
    let (project, sources) = match load::playbooks(arguments, &mut |_| {}) {
        Ok(loaded) => loaded,
        Err(exit) => return exit,
    };
    let language = Language::new(&project, disk::vault(), &Modules);
    let (graph, diagnostics) = play_runner::run::graph(&language);
    load::show(&diagnostics, &sources, &mut |_| {});
    if load::wrong(&diagnostics) {
        return Exit::Wrong;
    }
    terminal::print(&format!(
        "fine: {}, {}, {}\n",
        terminal::count(project.plays.len(), "play"),
        terminal::count(graph.hosts.len(), "host"),
        terminal::count(graph.hosts.values().map(Vec::len).sum(), "step"),
    ));
    Exit::Done
}
