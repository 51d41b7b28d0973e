//! `play explain HOST VARIABLE`: its value, every definition, and which one won.
use super::load;
use crate::argument::{self, Explain};
use crate::disk;
use crate::exit::Exit;
use crate::terminal;
use play_language::keyword;
use play_modules::Modules;
use play_runner::language::Language;

pub(crate) fn run(arguments: &Explain) -> Exit {
    let project = argument::Project {
        playbooks: arguments.playbook.clone(),
        inventory: arguments.inventory.clone(),
        extra: arguments.extra.clone(),
        ..argument::Project::default()
    };
    let (project, _) = match load::project(&load::request(&project), &mut |_| {}) {
        Ok(loaded) => loaded,
        Err(exit) => return exit,
    };
    if !project.inventory.hosts.contains_key(&arguments.host) {
        let hosts = project.inventory.hosts.keys().map(String::as_str);
        let hint = keyword::hint(&arguments.host, hosts);
        let hint = hint.unwrap_or_else(|| "`play inventory` shows them".into());
        terminal::say(&format!(
            "error: no host `{}` in the inventory ({hint})",
            arguments.host
        ));
        return Exit::Wrong;
    }
    let language = Language::new(&project, disk::vault(), &Modules);
    let text = language.explain(&arguments.host, &arguments.variable);
    terminal::print(&play_core::unknown::shown(&load::mask().text(&text)));
    Exit::Done
}
