//! Roles: where they are, what they hold, and the items they stand for.
use crate::inventory::{Definition, load};
use crate::node::NodeKind;
use crate::play::{Item, RoleScope, Task};
use crate::requirement;
use crate::resolve::Resolver;
use crate::resolve::context::Context;
use crate::resolve::import::list;
use crate::source::{is_document, normal, shown};
use crate::spec;
use crate::syntax::keywords::Keywords;
use crate::syntax::{field, table};
use crate::{Node, keyword};
use indexmap::IndexMap;
use play_core::{Diagnostic, Place, Value};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Names of a role's files where they are not `main`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Files {
    pub(crate) tasks: Option<String>,
    pub(crate) vars: Option<String>,
    pub(crate) defaults: Option<String>,
    pub(crate) handlers: Option<String>,
}

impl Files {
    /// As a role entry or an import's arguments say.
    pub(crate) fn of(node: &Node) -> Self {
        let from = |key: &str| node.field(key).and_then(Node::as_str).map(str::to_owned);
        Self {
            tasks: from("tasks_from"),
            vars: from("vars_from"),
            defaults: from("defaults_from"),
            handlers: from("handlers_from"),
        }
    }
}

/// Keys of role entries that are no keywords; `src` and `version` are for whoever fetches the role.
const OWN: &[&str] = &[
    "role",
    "tasks_from",
    "vars_from",
    "defaults_from",
    "handlers_from",
    "src",
    "version",
];

/// One use of a role.
pub(crate) struct Use<'a> {
    pub(crate) name: &'a str,
    pub(crate) place: &'a Place,
    pub(crate) parameters: Vec<Definition>,
    pub(crate) files: Files,
    /// Run it though the play has run it with the same parameters before, as imports do and `roles:` does not.
    pub(crate) again: bool,
}

impl Resolver<'_, '_> {
    /// An entry of `roles:` or of a role's dependencies: a name, or a mapping with `role` and keywords.
    pub(crate) fn role_entry(&mut self, node: &Node, context: &Context) -> Vec<Item> {
        let Some(map) = node.as_map() else {
            let Some(name) = field::text(node, "a role", self.reader) else {
                return Vec::new();
            };
            let wanted = Use {
                name,
                place: &node.place,
                parameters: Vec::new(),
                files: Files::default(),
                again: false,
            };
            return self.role(&wanted, context);
        };
        self.check_role_keys(map);
        let Some(name) = node.field("role").or_else(|| node.field("name")) else {
            let message = "role entry does not say which role";
            self.reader.report(
                Diagnostic::error(message)
                    .at(&node.place)
                    .hint("write `role: name`"),
            );
            return Vec::new();
        };
        let mut keywords = Keywords::read(map, self.reader);
        let parameters = std::mem::take(&mut keywords.variables);
        let files = Files::of(node);
        let Some(text) = field::text(name, "`role`", self.reader) else {
            return Vec::new();
        };
        let wanted = Use {
            name: text,
            place: &name.place,
            parameters,
            files,
            again: false,
        };
        self.role(&wanted, &context.under(&keywords))
    }

    /// Ansible takes any other key for a variable of the role, and so every slip; here variables stand under `vars`.
    fn check_role_keys(&mut self, map: &IndexMap<String, (Place, Node)>) {
        let before = self.reader.diagnostics.len();
        table::unknown_keys(map, "role entry", &[OWN, table::SHARED], self.reader);
        for found in &mut self.reader.diagnostics[before..] {
            let hint = || "a variable of the role stands under `vars:`".to_owned();
            found.hint.get_or_insert_with(hint);
        }
    }

    /// The items of a role: its dependencies', then its own. Its handlers join the play's.
    pub(crate) fn role(&mut self, wanted: &Use, context: &Context) -> Vec<Item> {
        let Some(folder) = self.find_role(wanted.name, wanted.place, context) else {
            return Vec::new();
        };
        self.trust(&folder, wanted);
        if !wanted.again && self.has_run(&folder, wanted, context) {
            return Vec::new();
        }
        if !self.enter(&folder, "a role", wanted.place) {
            return Vec::new();
        }
        let index = self.scope(wanted, &folder, context);
        let inner = Context {
            role: Some(index),
            file: folder.join("tasks/main.yml"),
            ..context.clone()
        };
        let mut items = self.dependencies(&folder, &inner);
        items.extend(self.check_of_options(wanted, &inner));
        items.extend(self.role_tasks(wanted, &folder, &inner));
        self.role_handlers(wanted, &folder, &inner);
        self.leave();
        items
    }

    /// A role that was fetched is what the lock names, or nothing of it is run.
    fn trust(&mut self, folder: &Path, wanted: &Use) {
        let Some((message, hint)) = self.reader.loader.distrust(folder) else {
            return;
        };
        let known = &self.reader.diagnostics;
        if !known.iter().any(|found| found.message == message) {
            let found = Diagnostic::error(message).at(wanted.place).hint(hint);
            self.reader.report(found);
        }
    }

    /// The task that checks the role's variables; there is one only while something of them is not known.
    fn check_of_options(&mut self, wanted: &Use, context: &Context) -> Option<Item> {
        let role = &self.project.roles[context.role?];
        role.options()?;
        let name = format!("the variables of role {}", role.name);
        let mut tags = context.tags.clone();
        tags.push("always".into());
        let name = field::made(name, wanted.place);
        let task = Task {
            id: self.number(),
            role: context.role,
            when: context.when.clone(),
            tags,
            r#become: context.r#become.clone(),
            variables: context.variables.clone(),
            ..Task::bare(spec::MODULE, name, field::made("", wanted.place))
        };
        Some(Item::Task(Box::new(task)))
    }

    /// Whether the play has run this role in this way before: by the same files, parameters, conditions and tags.
    fn has_run(&mut self, folder: &Path, wanted: &Use, context: &Context) -> bool {
        let parameters = wanted
            .parameters
            .iter()
            .map(|one| (one.name.clone(), one.value.value()));
        let conditions = context.when.iter().map(|one| Value::from(one.text.clone()));
        let use_of = serde_json::json!([
            [
                &wanted.files.tasks,
                &wanted.files.vars,
                &wanted.files.defaults,
                &wanted.files.handlers
            ],
            parameters.collect::<Value>(),
            conditions.collect::<Value>(),
            context.tags
        ]);
        let key = (folder.to_path_buf(), use_of);
        if !self.roles_done.contains(&key) {
            self.roles_done.push(key);
            return false;
        }
        !self.allows_duplicates(folder)
    }

    fn scope(&mut self, wanted: &Use, folder: &Path, context: &Context) -> usize {
        let mut parents: Vec<usize> = context.role.into_iter().collect();
        if let Some(role) = context.role {
            parents.extend(self.project.roles[role].parents.clone());
        }
        let name = wanted
            .name
            .rsplit(['/', '.'])
            .next()
            .unwrap_or(wanted.name)
            .to_owned();
        let defaults = self.variables(
            folder,
            "defaults",
            wanted.files.defaults.as_deref(),
            wanted.place,
        );
        let vars = self.variables(folder, "vars", wanted.files.vars.as_deref(), wanted.place);
        let entry = wanted.files.tasks.as_deref().unwrap_or("main");
        let entry = entry.trim_end_matches(".yml").trim_end_matches(".yaml");
        self.project.roles.push(RoleScope {
            name,
            folder: folder.to_path_buf(),
            defaults,
            vars,
            parameters: wanted.parameters.clone(),
            parents,
            tags: context.tags.clone(),
            spec: spec::read(self.reader, folder).map(Arc::new),
            entry: entry.to_owned(),
        });
        self.project.roles.len() - 1
    }

    /// `defaults` or `vars` of a role: `main.yml`, or every file in a folder `main`.
    fn variables(
        &mut self,
        folder: &Path,
        part: &str,
        from: Option<&str>,
        place: &Place,
    ) -> Vec<Definition> {
        let base = folder.join(part);
        let below = base.join(from.unwrap_or("main"));
        if self.reader.loader.is_directory(&below) {
            let names = self.reader.loader.list(&below);
            let files = names.iter().map(|name| below.join(name));
            let files: Vec<PathBuf> = files.filter(|path| is_document(path)).collect();
            return files
                .iter()
                .flat_map(|path| load::definitions(path, self.reader))
                .collect();
        }
        match self.part(folder, part, from, place) {
            Some(path) => load::definitions(&path, self.reader),
            None => Vec::new(),
        }
    }

    /// A file of a role; one that is asked for by name must be there.
    fn part(
        &mut self,
        folder: &Path,
        part: &str,
        from: Option<&str>,
        place: &Place,
    ) -> Option<PathBuf> {
        let name = from.unwrap_or("main");
        let base = folder.join(part);
        let names = [
            format!("{name}.yml"),
            format!("{name}.yaml"),
            name.to_owned(),
        ];
        let found = self
            .reader
            .first_file(names.iter().map(|name| base.join(name)));
        if found.is_none() && from.is_some() {
            let mut diagnostic =
                Diagnostic::error(format!("role has no `{part}/{name}.yml`")).at(place);
            let near = self.reader.loader.list(&base);
            diagnostic.hint = keyword::hint(
                name,
                near.iter()
                    .map(|name| name.split('.').next().unwrap_or(name)),
            );
            self.reader.report(diagnostic);
        }
        found
    }

    fn said_of_role(&mut self, folder: &Path) -> Option<Node> {
        let files = [folder.join("meta/main.yml"), folder.join("meta/main.yaml")];
        let path = self.reader.first_file(files)?;
        self.reader.yaml(&path, None)
    }

    /// The role says that it runs as often as it is named.
    fn allows_duplicates(&mut self, folder: &Path) -> bool {
        let meta = self.said_of_role(folder);
        let said = meta
            .as_ref()
            .and_then(|meta| meta.field("allow_duplicates"));
        said.is_some_and(|said| said.kind == NodeKind::Bool(true))
    }

    fn dependencies(&mut self, folder: &Path, context: &Context) -> Vec<Item> {
        let meta = self.said_of_role(folder);
        let Some(list) = meta.as_ref().and_then(|meta| meta.field("dependencies")) else {
            return Vec::new();
        };
        let mut items = Vec::new();
        for entry in field::list(list, "`dependencies`", self.reader) {
            items.extend(self.role_entry(entry, context));
            let named = entry.field("role").or_else(|| entry.field("name"));
            if let Some(name) = named.unwrap_or(entry).as_str() {
                self.share(name, context);
            }
        }
        items
    }

    /// A role sees the defaults and variables of the roles it depends on, below its own.
    fn share(&mut self, name: &str, context: &Context) {
        let name = name.rsplit(['/', '.']).next().unwrap_or(name);
        let roles = &mut self.project.roles;
        let found = roles.iter().rev().find(|role| role.name == name).cloned();
        let own = context.role.and_then(|index| roles.get_mut(index));
        if let (Some(found), Some(own)) = (found, own) {
            add(&mut own.defaults, found.defaults);
            add(&mut own.vars, found.vars);
        }
    }

    fn role_tasks(&mut self, wanted: &Use, folder: &Path, context: &Context) -> Vec<Item> {
        match self.part(folder, "tasks", wanted.files.tasks.as_deref(), wanted.place) {
            Some(path) => self.tasks_file(&path, wanted.place, context),
            None => Vec::new(),
        }
    }

    fn role_handlers(&mut self, wanted: &Use, folder: &Path, context: &Context) {
        if self.handler_roles.iter().any(|known| known == folder) {
            return;
        }
        self.handler_roles.push(folder.to_path_buf());
        let Some(path) = self.part(
            folder,
            "handlers",
            wanted.files.handlers.as_deref(),
            wanted.place,
        ) else {
            return;
        };
        if let Some(node) = self.reader.yaml(&path, Some(wanted.place)) {
            // What made the role run says nothing of its handlers: a notification does.
            let inner = Context {
                file: path,
                when: Vec::new(),
                notify: Vec::new(),
                ..context.clone()
            };
            self.handlers_of(&node, &inner);
        }
    }

    fn find_role(&mut self, name: &str, place: &Place, context: &Context) -> Option<PathBuf> {
        let folders = self.role_folders(context);
        let last = if name.contains('/') {
            name
        } else {
            name.rsplit('.').next().unwrap_or(name)
        };
        let found = folders
            .iter()
            .flat_map(|folder| [folder.join(name), folder.join(last)])
            .map(|path| normal(&path))
            .find(|path| self.reader.loader.is_directory(path));
        if found.is_none() {
            let diagnostic = self.no_role(name, &folders, place, context);
            self.reader.report(diagnostic.at(place));
            self.open = true;
        }
        found
    }

    fn no_role(
        &self,
        name: &str,
        folders: &[PathBuf],
        place: &Place,
        context: &Context,
    ) -> Diagnostic {
        let loader = self.reader.loader;
        let mut bases = self.bases().into_iter();
        if let Some(file) = bases.find_map(|base| requirement::asks_for(loader, &base, name)) {
            let message = format!("role `{name}` of {} is not installed", shown(&file));
            return Diagnostic::error(message).hint("`play roles install` fetches it");
        }
        let mut diagnostic = Diagnostic::error(format!("no role `{name}`"));
        let near: Vec<String> = folders
            .iter()
            .flat_map(|folder| loader.list(folder))
            .collect();
        let own = context.role.map(|index| &self.project.roles[index].folder);
        let meta = own.map(|folder| shown(&folder.join("meta/main")));
        diagnostic.hint = if meta.is_some_and(|meta| place.file.starts_with(&meta)) {
            let words = "what a role depends on is not fetched by itself: add it to roles.yml";
            Some(words.to_owned())
        } else {
            keyword::hint(name, near.iter().map(String::as_str))
                .or_else(|| Some(format!("looked in {}", list(folders))))
        };
        diagnostic
    }

    /// `roles` beside the playbook, beside the role at hand, here, and above the playbook; behind all of those, what was
    /// fetched for `roles.yml`.
    fn role_folders(&self, context: &Context) -> Vec<PathBuf> {
        let bases = self.bases();
        let mut folders: Vec<PathBuf> = bases.iter().map(|base| base.join("roles")).collect();
        if let Some(role) = context.role {
            let beside = self.project.roles[role].folder.parent();
            // A fetched role finds the project's own before others that were fetched.
            let own = beside.filter(|folder| !folder.ends_with(requirement::FOLDER));
            if let Some(folder) = own {
                folders.insert(1, folder.to_path_buf());
            }
        }
        let fetched = bases.iter().map(|base| base.join(requirement::FOLDER));
        let fetched = fetched.filter(|folder| self.reader.loader.is_directory(folder));
        folders.extend(fetched);
        let mut seen: Vec<PathBuf> = Vec::new();
        for folder in folders {
            let known = seen.contains(&folder);
            if !known && (seen.is_empty() || self.reader.loader.is_directory(&folder)) {
                seen.push(folder);
            }
        }
        seen
    }

    /// The playbook's folder, the one `play` was started in, and those above the playbook's.
    fn bases(&self) -> Vec<PathBuf> {
        let mut bases = vec![normal(&self.folder), PathBuf::new()];
        let absolute = self.reader.loader.current_directory().join(&self.folder);
        let above = self.folder.ancestors().skip(1);
        bases.extend(
            above
                .filter(|folder| !folder.as_os_str().is_empty())
                .map(Path::to_path_buf),
        );
        bases.extend(absolute.ancestors().skip(1).map(Path::to_path_buf));
        bases
    }
}

/// True for an entry that has nothing in it.
pub(crate) fn is_nothing(node: &Node) -> bool {
    matches!(node.kind, NodeKind::Null)
}

/// Adds definitions of names that have none yet.
fn add(own: &mut Vec<Definition>, others: Vec<Definition>) {
    for other in others {
        if !own.iter().any(|one| one.name == other.name) {
            own.push(other);
        }
    }
}
