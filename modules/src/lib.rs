//! The modules of `play`: typed arguments, and what must change for them to hold.
pub mod blockinfile;
pub mod command;
pub mod copy;
pub mod file;
pub mod lineinfile;
pub mod path;
pub mod presence;
pub mod replace;
pub mod script;
pub mod shell;
pub mod stat;
pub mod template;
pub mod text;
pub mod tree;

mod destination;
mod digest;
mod lines;
mod link;
mod names;
mod ownership;
mod pattern;
mod program;
mod validator;
mod words;
mod written;

use play_core::Entry;

/// Every module, by name.
pub const MODULES: &[Entry] = &[
    Entry::new::<blockinfile::Blockinfile>("blockinfile").open(&["block"]),
    Entry::new::<command::Command>("command").free_form("cmd"),
    Entry::new::<copy::Copy>("copy").open(&["content", "tree"]),
    Entry::new::<file::File>("file"),
    Entry::new::<lineinfile::Lineinfile>("lineinfile").open(&["line"]),
    Entry::new::<replace::Replace>("replace").open(&["replace"]),
    Entry::new::<script::Script>("script").free_form("cmd").open(&["content"]),
    Entry::new::<shell::Shell>("shell").free_form("cmd"),
    Entry::new::<stat::Stat>("stat"),
    Entry::new::<template::Template>("template").open(&["content"]),
];

/// A module by its name or an alias of it.
pub fn find(name: &str) -> Option<&'static Entry> {
    MODULES
        .iter()
        .find(|entry| entry.name == name || entry.aliases.contains(&name))
}
