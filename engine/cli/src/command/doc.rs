//! `play doc`, `play doc filter`, `play schema`, `play completion`: the manual, out of the modules' own files.
use crate::argument::Line;
use crate::exit::Exit;
use crate::terminal;
use clap::CommandFactory;
use play_language::keyword;
use play_language::template::helpers;
use play_modules::{MODULES, find};
use std::fmt::Write;

pub(crate) fn run(module: Option<&str>) -> Exit {
    let Some(name) = module else {
        let mut text = String::new();
        for entry in MODULES {
            let schema = (entry.schema)();
            let words = schema["description"]
                .as_str()
                .unwrap_or_default()
                .lines()
                .next()
                .unwrap_or_default()
                .to_owned();
            let _ = writeln!(text, "{:<18} {words}", entry.name);
        }
        terminal::print(&text);
        return Exit::Done;
    };
    match play_modules::manual(plain(name)) {
        Some(text) => {
            terminal::print(&text);
            Exit::Done
        }
        None => unknown(name),
    }
}

/// One filter, or all of them.
pub(crate) fn filter(name: Option<&str>) -> Exit {
    let Some(name) = name else {
        let mut text = String::new();
        for helper in helpers() {
            let _ = writeln!(text, "{:<18} {}", helper.name, helper.does);
        }
        terminal::print(&text);
        return Exit::Done;
    };
    if let Some(helper) = helpers().find(|helper| helper.name == name) {
        terminal::print(&format!(
            "{}\n\nIn a template: {{{{ {} }}}}\nAs a filter, the first value comes before it: {{{{ value | {name} }}}}\n",
            helper.does, helper.usage
        ));
        return Exit::Done;
    }
    let near = keyword::hint(name, helpers().map(|helper| helper.name));
    let hint = near.unwrap_or_else(|| "`play doc filter` lists them".into());
    terminal::say(&format!("error: no filter `{name}` ({hint})"));
    Exit::Wrong
}

/// A second word is a role's name.
pub(crate) fn too_much(word: &str) -> Exit {
    terminal::say(&format!(
        "error: one module at a time; the manual of a role is `play doc role {word}`"
    ));
    Exit::Wrong
}

pub(crate) fn schema(module: Option<&str>) -> Exit {
    let value = match module {
        Some(name) => match find(plain(name)) {
            Some(entry) => (entry.schema)(),
            None => return unknown(name),
        },
        None => MODULES
            .iter()
            .map(|entry| (entry.name.to_owned(), (entry.schema)()))
            .collect(),
    };
    terminal::print(&format!("{value:#}\n"));
    Exit::Done
}

pub(crate) fn completion(shell: clap_complete::Shell) -> Exit {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Line::command(), "play", &mut text);
    terminal::print(&String::from_utf8_lossy(&text));
    Exit::Done
}

/// `ansible.builtin.copy` is `copy`.
fn plain(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

fn unknown(name: &str) -> Exit {
    let near = keyword::hint(plain(name), MODULES.iter().map(|entry| entry.name));
    let hint = near.unwrap_or_else(|| "`play doc` lists them".into());
    terminal::say(&format!("error: no module `{name}` ({hint})"));
    Exit::Wrong
}
