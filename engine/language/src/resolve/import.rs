//! Imports and includes among tasks: in place where the name is known, a task for later where it is not.
use super::Resolver;
use super::context::Context;
use crate::node::NodeKind;
use crate::play::Item;
use crate::role::{Files, Use};
use crate::source::{folder, shown};
use crate::syntax::entry::{self, TaskEntry};
use crate::syntax::keywords::Keywords;
use crate::syntax::{field, table};
use crate::{Node, keyword, template};
use play_core::{Diagnostic, Place};
use std::path::{Path, PathBuf};

const TASKS: &[&str] = &["file", "apply"];
const ROLE: &[&str] = &[
    "name",
    "role",
    "tasks_from",
    "vars_from",
    "defaults_from",
    "handlers_from",
    "public",
    "allow_duplicates",
    "apply",
    "rolespec_validate",
];

impl Resolver<'_, '_> {
    pub(crate) fn tasks_import(&mut self, entry: &TaskEntry, context: &Context) -> Vec<Item> {
        let module = &entry.action.module;
        self.check_keys(entry, TASKS);
        let Some(file) = entry.action.arguments.field("file") else {
            let message = format!("`{module}` does not say which file");
            self.reader.report(
                Diagnostic::error(message)
                    .at(&entry.action.place)
                    .hint("write `file: name.yml`"),
            );
            return Vec::new();
        };
        if self.is_late(entry, file) {
            self.look_into(file, entry, context);
            return vec![Item::Task(Box::new(self.task(entry, context)))];
        }
        let Some(name) = field::text(file, &format!("the file of `{module}`"), self.reader) else {
            return Vec::new();
        };
        let inner = self.within(entry, context);
        let place = file.place.clone();
        if let Some(path) = self.find_tasks(name, &inner) {
            return self.tasks_file(&path, &place, &inner);
        }
        self.missing_tasks(name, &place, &inner);
        Vec::new()
    }

    pub(crate) fn role_import(&mut self, entry: &TaskEntry, context: &Context) -> Vec<Item> {
        let module = &entry.action.module;
        self.check_keys(entry, ROLE);
        let arguments = &entry.action.arguments;
        let Some(name) = arguments.field("name").or_else(|| arguments.field("role")) else {
            let message = format!("`{module}` does not say which role");
            self.reader.report(
                Diagnostic::error(message)
                    .at(&entry.action.place)
                    .hint("write `name: role`"),
            );
            return Vec::new();
        };
        let froms = ["tasks_from", "vars_from", "defaults_from", "handlers_from"];
        let late = froms
            .iter()
            .filter_map(|key| arguments.field(key))
            .any(|node| self.is_late(entry, node));
        if late || self.is_late(entry, name) {
            return vec![Item::Task(Box::new(self.task(entry, context)))];
        }
        let files = Files::of(arguments);
        let Some(text) = field::text(name, &format!("the role of `{module}`"), self.reader) else {
            return Vec::new();
        };
        let mut inner = self.within(entry, context);
        // What the import says becomes the role's parameters instead of variables of its tasks.
        inner.variables.clone_from(&context.variables);
        let place = name.place.clone();
        let wanted = Use {
            name: text,
            place: &place,
            parameters: entry.keywords.variables.clone(),
            files,
            again: true,
        };
        self.role(&wanted, &inner)
    }

    /// The context of what is imported: the entry's own keywords, and those under `apply`.
    fn within(&mut self, entry: &TaskEntry, context: &Context) -> Context {
        let mut inner = context.under(&entry.keywords);
        if let Some(map) = entry.action.arguments.field("apply").and_then(Node::as_map) {
            table::unknown_keys(map, "`apply`", &[table::SHARED], self.reader);
            inner = inner.under(&Keywords::read(map, self.reader));
        }
        inner
    }

    fn check_keys(&mut self, entry: &TaskEntry, known: &[&str]) {
        if let NodeKind::Map(map) = &entry.action.arguments.kind {
            let what = format!("`{}`", entry.action.module);
            table::unknown_keys(map, &what, &[known], self.reader);
        }
        let late = [entry.register.is_some(), entry.until.is_some()];
        if late.contains(&true) {
            let message = format!(
                "`register` and `until` mean nothing on `{}`",
                entry.action.module
            );
            self.reader
                .report(Diagnostic::error(message).at(&entry.place));
        }
    }

    /// What is included late though its name is known, by a loop, is checked now all the same.
    fn look_into(&mut self, file: &Node, entry: &TaskEntry, context: &Context) {
        let Some(name) = file.as_str().filter(|name| !template::is_template(name)) else {
            return;
        };
        let inner = self.within(entry, context);
        match self.find_tasks(name, &inner) {
            Some(path) => {
                self.tasks_file(&path, &file.place, &inner);
            }
            None => self.missing_tasks(name, &file.place, &inner),
        }
    }

    /// True where only a host, or an item of a loop, says which file is meant.
    fn is_late(&mut self, entry: &TaskEntry, name: &Node) -> bool {
        let module = entry.action.module.as_str();
        let templated = name.as_str().is_some_and(template::is_template);
        if entry.repeat.is_some() && module.starts_with("import") {
            let hint = format!("use `{}`", module.replace("import", "include"));
            let message = format!("`{module}` cannot be in a loop");
            self.reader
                .report(Diagnostic::error(message).at(&entry.place).hint(hint));
            return false;
        }
        templated || entry.repeat.is_some()
    }

    /// Where a file of tasks is: beside the file that names it, in the role's tasks, beside the playbook.
    pub(crate) fn find_tasks(&self, name: &str, context: &Context) -> Option<PathBuf> {
        let folders = self.task_folders(context);
        let names = [
            name.to_owned(),
            format!("{name}.yml"),
            format!("{name}.yaml"),
        ];
        let paths = folders
            .iter()
            .flat_map(|folder| names.iter().map(move |name| folder.join(name)));
        self.reader.first_file(paths)
    }

    fn task_folders(&self, context: &Context) -> Vec<PathBuf> {
        let mut folders = vec![folder(&context.file)];
        if let Some(role) = context.role.map(|index| &self.project.roles[index]) {
            folders.push(role.folder.join("tasks"));
        }
        folders.push(self.folder.clone());
        folders.push(self.folder.join("tasks"));
        folders
    }

    fn missing_tasks(&mut self, name: &str, place: &Place, context: &Context) {
        let mut diagnostic = Diagnostic::error(format!("no file of tasks `{name}`")).at(place);
        let folders = self.task_folders(context);
        let near = folders
            .iter()
            .flat_map(|folder| self.reader.loader.list(folder))
            .collect::<Vec<_>>();
        diagnostic.hint = keyword::hint(name, near.iter().map(String::as_str))
            .or_else(|| Some(format!("looked in {}", list(&folders))));
        self.reader.report(diagnostic);
    }

    /// The items of a file of tasks.
    pub(crate) fn tasks_file(
        &mut self,
        path: &Path,
        place: &Place,
        context: &Context,
    ) -> Vec<Item> {
        if !self.enter(path, "an import", place) {
            return Vec::new();
        }
        let mut items = Vec::new();
        if let Some(node) = self.reader.yaml(path, Some(place)) {
            let what = format!("`{}`", shown(path));
            let entries = entry::entries(&node, &what, self.catalog, self.reader);
            let inner = Context {
                file: path.to_path_buf(),
                ..context.clone()
            };
            items = self.items(&entries, &inner);
        }
        self.leave();
        items
    }
}

/// Folders as a message names them, each once.
pub(crate) fn list(folders: &[PathBuf]) -> String {
    let mut names: Vec<String> = Vec::new();
    for folder in folders {
        let name = match shown(folder) {
            name if name.is_empty() => "`.`".to_owned(),
            name => format!("`{name}`"),
        };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.join(", ")
}
