//! `play roles`: roles of other repositories, fetched at the commits the lock names.
#![expect(
    clippy::disallowed_methods,
    reason = "these commands keep files of the project, and run git for them"
)]
mod git;
mod install;
mod list;
mod shelf;
mod tree;
mod trust;
mod update;

use super::load;
use crate::argument::roles::Roles;
use crate::disk;
use crate::exit::Exit;
use crate::terminal;
use play_core::Diagnostic;
use play_language::requirement::{self, LOCK, Lock, Locked, Requirement, Requirements};
use play_report::inert;
use shelf::Shelf;
use std::path::{Path, PathBuf};

pub(crate) use trust::{Distrust, distrust};

pub(crate) fn run(command: &Roles) -> Exit {
    let mut project = match Project::open() {
        Ok(project) => project,
        Err(exit) => return exit,
    };
    match command {
        Roles::Install => install::run(&mut project),
        Roles::Update(arguments) => update::run(&mut project, arguments),
        Roles::List => list::list(&project),
        Roles::Check => list::check(&project),
    }
}

/// What is asked for, what is fixed, and what is there.
struct Project {
    asked: Requirements,
    lock: Lock,
    shelf: Shelf,
    /// A role could not be brought: the others were.
    failed: bool,
}

impl Project {
    /// That of the folder `play` was started in.
    fn open() -> Result<Self, Exit> {
        let (asked, mut wrong, sources) = requirement::read(disk::vault());
        if asked.is_none() {
            let message = "there is no roles.yml here: no role of another repository is asked for";
            let hint = "go to the folder that has it, or write one: `- src: https://…` and `version:` for each role";
            wrong.push(Diagnostic::error(message).hint(hint));
        }
        load::show(&wrong, &sources, &mut |_| {});
        let (lock, of_lock, lock_sources) = requirement::lock(disk::vault(), Path::new(LOCK));
        load::show(&of_lock, &lock_sources, &mut |_| {});
        let fine = !load::wrong(&wrong) && !load::wrong(&of_lock);
        let asked = asked.filter(|_| fine).ok_or(Exit::Wrong)?;
        let shelf = Shelf::open();
        Ok(Self {
            asked,
            lock,
            shelf,
            failed: false,
        })
    }

    /// What is fixed for a role, unless it is asked for in another way now.
    fn locked(&self, asked: &Requirement) -> Option<&Locked> {
        let locked = self.lock.roles.get(&asked.name);
        locked.filter(|locked| locked.answers(asked))
    }

    /// Tells of a role that could not be brought. One line: an excerpt says that nothing was touched, and others were.
    fn fail(&mut self, asked: &Requirement, words: &str) {
        self.failed = true;
        let (place, name) = (&asked.place, &asked.name);
        terminal::say(&inert(&format!("error: {place}: role `{name}`: {words}")));
    }

    /// Writes the lock: what is not asked for any more is not in it.
    fn keep(&mut self) -> Result<(), String> {
        let asked = &self.asked.roles;
        self.lock
            .roles
            .retain(|name, _| asked.iter().any(|role| role.name == *name));
        shelf::write(Path::new(LOCK), &self.lock.text())
    }

    fn end(&self) -> Exit {
        if self.failed {
            Exit::Failed
        } else {
            Exit::Done
        }
    }
}

/// A lock nobody but this program writes: what is wrong with it is as if it were not there.
fn quiet_lock(path: &Path) -> Lock {
    requirement::lock(disk::vault(), path).0
}

/// A source as git is to be given it: a path is a whole one, so that nothing else is made of it.
fn origin(asked: &Requirement) -> String {
    let source = &asked.source;
    let first = source.split('/').next().unwrap_or(source);
    if source.contains("://") || first.contains(':') {
        return source.clone();
    }
    let here = std::env::current_dir().unwrap_or_default();
    let path: PathBuf = here.join(source);
    path.display().to_string()
}

/// A line of the answer.
fn tell(words: &str) {
    terminal::print(&format!("{}\n", inert(words)));
}

/// Commits as people read them.
fn short(commit: &str) -> &str {
    &commit[..commit.len().min(7)]
}

/// The version as asked, for a listing.
fn version(asked: Option<&str>) -> &str {
    asked.unwrap_or("-")
}
