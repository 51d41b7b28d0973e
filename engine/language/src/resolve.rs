//! From entries to plays: imports done, keywords handed down, roles and handlers found.
pub(crate) mod context;
pub(crate) mod handlers;
pub(crate) mod import;
pub(crate) mod items;
pub(crate) mod play;
pub(crate) mod playbook;
mod prompts;
pub(crate) mod tags;

use crate::Project;
use crate::play::Task;
use crate::source::{Reader, shown};
use play_core::{Catalog, Diagnostic, Place, Value};
use std::path::{Path, PathBuf};

/// What is known while a project is put together.
pub(crate) struct Resolver<'r, 'l> {
    pub(crate) reader: &'r mut Reader<'l>,
    pub(crate) catalog: &'r dyn Catalog,
    pub(crate) project: Project,
    /// The number of the next task.
    pub(crate) next: usize,
    /// Of the play at hand: its folder, its handlers, the roles whose handlers are among them, the roles it has run.
    pub(crate) folder: PathBuf,
    pub(crate) handlers: Vec<Task>,
    pub(crate) handler_roles: Vec<PathBuf>,
    pub(crate) roles_done: Vec<(PathBuf, Value)>,
    /// Files and roles being read, outermost first.
    pub(crate) stack: Vec<PathBuf>,
    /// Set where variables cannot all be known: a file of them is missing or is only named late.
    pub(crate) open: bool,
}

impl<'r, 'l> Resolver<'r, 'l> {
    pub(crate) fn new(
        reader: &'r mut Reader<'l>,
        catalog: &'r dyn Catalog,
        project: Project,
    ) -> Self {
        Self {
            reader,
            catalog,
            project,
            next: 0,
            folder: PathBuf::new(),
            handlers: Vec::new(),
            handler_roles: Vec::new(),
            roles_done: Vec::new(),
            stack: Vec::new(),
            open: false,
        }
    }

    /// Goes on with a play that was resolved before, for what it includes late.
    pub(crate) fn resume(&mut self, play: usize) {
        self.next = self.project.next_task;
        let Some(play) = self.project.plays.get_mut(play) else {
            return;
        };
        self.folder.clone_from(&play.folder);
        self.handlers = std::mem::take(&mut play.handlers);
        let roles = self.handlers.iter().filter_map(|task| task.role);
        self.handler_roles = roles
            .map(|index| self.project.roles[index].folder.clone())
            .collect();
    }

    /// The project again, with the play's handlers back in it.
    pub(crate) fn suspend(mut self, play: usize) -> Project {
        self.project.next_task = self.next;
        if let Some(play) = self.project.plays.get_mut(play) {
            play.handlers = self.handlers;
        }
        self.project
    }

    /// Enters a file or role; false, and reported, where it is being read already.
    pub(crate) fn enter(&mut self, path: &Path, what: &str, place: &Place) -> bool {
        if let Some(start) = self.stack.iter().position(|known| known == path) {
            let mut names: Vec<String> =
                self.stack[start..].iter().map(|path| shown(path)).collect();
            names.push(shown(path));
            let message = format!("{what} comes back to itself: {}", names.join(" → "));
            self.reader.report(Diagnostic::error(message).at(place));
            return false;
        }
        self.stack.push(path.to_path_buf());
        true
    }

    pub(crate) fn leave(&mut self) {
        self.stack.pop();
    }

    pub(crate) fn number(&mut self) -> usize {
        self.next += 1;
        self.next - 1
    }
}
