//! Names a task can see, whatever the host.
use super::late;
use crate::inventory::{Definition, connection};
use crate::play::{Notify, Play, Project, Task};
use crate::scope::{is_provided, provided};
use crate::{Loader, NodeKind, template};
use std::collections::{BTreeMap, BTreeSet};

/// How a host is reached: there or not, they are the connection's to look after.
const CONNECTION: &[&str] = &[
    connection::ADDRESS[0],
    connection::PORT[0],
    connection::USER[0],
    connection::KIND[0],
    connection::BECOME[0],
    connection::BECOME_USER[0],
    "ansible_loop",
    "ansible_loop_var",
    "ansible_index_var",
];

/// What a `rescue` is told of the failure it rescues.
const CAUGHT: &[&str] = &["ansible_failed_task", "ansible_failed_result"];

/// What is known of names: those defined by something that says how, and those that merely come to be.
pub(crate) struct Known<'a> {
    /// By name, the definitions of the inventory and `-e`.
    shared: BTreeMap<&'a str, Definitions<'a>>,
    /// Registered, set, or included.
    learned: BTreeSet<String>,
    /// True where there may be more: a role is only named late, or a name is a template.
    pub(crate) open: bool,
}

/// The definitions of one name: how many there are, and those that use other names.
#[derive(Clone, Default)]
pub(crate) struct Definitions<'a> {
    pub(crate) count: usize,
    pub(crate) templates: Vec<&'a Definition>,
}

impl<'a> Definitions<'a> {
    fn add(&mut self, definition: &'a Definition) {
        self.count += 1;
        if has_template(&definition.value) {
            self.templates.push(definition);
        }
    }
}

fn has_template(node: &crate::Node) -> bool {
    match &node.kind {
        NodeKind::String { text, .. } => template::is_template(text),
        NodeKind::List(items) => items.iter().any(has_template),
        NodeKind::Map(map) => map
            .iter()
            .any(|(key, (_, value))| template::is_template(key) || has_template(value)),
        _ => false,
    }
}

impl<'a> Known<'a> {
    /// Names every play of the project can see.
    pub(crate) fn of(project: &'a Project, loader: &dyn Loader) -> Self {
        let mut known = Self {
            shared: BTreeMap::new(),
            learned: BTreeSet::new(),
            open: false,
        };
        known.add(&project.extra);
        project
            .inventory
            .hosts
            .values()
            .for_each(|host| known.add(&host.variables));
        project
            .inventory
            .groups
            .values()
            .for_each(|group| known.add(&group.variables));
        for play in &project.plays {
            for task in Project::tasks(play) {
                known.learn(task, play, project, loader);
            }
        }
        known
    }

    fn add(&mut self, definitions: &'a [Definition]) {
        for definition in definitions {
            self.shared
                .entry(&definition.name)
                .or_default()
                .add(definition);
        }
    }

    /// Registered, set, or included somewhere.
    pub(crate) fn is_learned(&self, name: &str) -> bool {
        self.learned.contains(name)
    }

    /// What a task leaves behind.
    fn learn(&mut self, task: &Task, play: &Play, project: &Project, loader: &dyn Loader) {
        self.learned.extend(task.register.clone());
        match task.module.as_str() {
            "set_fact" => {
                for name in task
                    .arguments
                    .as_map()
                    .into_iter()
                    .flat_map(|map| map.keys())
                {
                    self.open |= template::is_template(name);
                    self.learned.insert(name.clone());
                }
            }
            "include_vars" | "include_tasks" | "import_tasks" => {
                let late = late::names(task, play, project, loader);
                self.learned.extend(late.names);
                self.open |= late.open;
            }
            "include_role" | "import_role" => self.open = true,
            _ => {}
        }
    }

    /// Everything one task of a play can see.
    pub(crate) fn seen_by(
        &'a self,
        project: &'a Project,
        play: &'a Play,
        task: &'a Task,
    ) -> Seen<'a> {
        let mut own: Vec<&'a [Definition]> =
            vec![&play.variables, &play.file_variables, &task.variables];
        if let Some(role) = task.role.map(|index| &project.roles[index]) {
            let around = role.parents.iter().map(|index| &project.roles[*index]);
            for scope in std::iter::once(role).chain(around) {
                own.extend([scope.defaults.as_slice(), &scope.vars, &scope.parameters]);
            }
        }
        let mut plain = Vec::new();
        if let Some(repeat) = &task.repeat {
            plain.push(repeat.variable.as_str());
            plain.extend(repeat.index_variable.as_deref());
        }
        Seen {
            known: self,
            own,
            plain,
        }
    }
}

/// Names in one task's reach.
pub(crate) struct Seen<'a> {
    known: &'a Known<'a>,
    own: Vec<&'a [Definition]>,
    plain: Vec<&'a str>,
}

impl<'a> Seen<'a> {
    /// Every definition of a name that some host may see.
    pub(crate) fn definitions(&self, name: &str) -> Definitions<'a> {
        let mut found = self.known.shared.get(name).cloned().unwrap_or_default();
        let own = self.own.iter().flat_map(|list| list.iter());
        own.filter(|one| one.name == name)
            .for_each(|one| found.add(one));
        found
    }

    /// True for names that come to be without a definition to look at.
    pub(crate) fn comes_to_be(&self, name: &str) -> bool {
        is_provided(name)
            || CONNECTION.contains(&name)
            || CAUGHT.contains(&name)
            || self.plain.contains(&name)
            || self.known.learned.contains(name)
    }

    /// Every name, for "did you mean".
    pub(crate) fn names(&self) -> BTreeSet<String> {
        let own = self
            .own
            .iter()
            .flat_map(|list| list.iter())
            .map(|one| one.name.as_str());
        own.chain(self.known.shared.keys().copied())
            .chain(self.plain.iter().copied())
            .chain(self.known.learned.iter().map(String::as_str))
            .map(str::to_owned)
            .chain(provided())
            .collect()
    }
}

/// Nodes of a task that may hold templates.
pub(crate) fn nodes(task: &Task) -> Vec<&crate::Node> {
    let mut nodes = vec![&task.name, &task.arguments];
    nodes.extend(task.environment.iter());
    nodes.extend(task.delegate_to.iter());
    nodes.extend(task.irreversible.iter());
    nodes.extend(task.r#become.user.iter());
    nodes.extend(task.declared.iter().flatten().map(|(_, node)| node));
    nodes.extend(
        task.until
            .iter()
            .flat_map(|until| [&until.retries, &until.delay]),
    );
    if let Some(repeat) = &task.repeat {
        nodes.extend(repeat.label.iter());
        nodes.push(match &repeat.kind {
            crate::play::LoopKind::List(node)
            | crate::play::LoopKind::Items(node)
            | crate::play::LoopKind::Dict(node)
            | crate::play::LoopKind::Other(_, node) => node,
        });
    }
    nodes.extend(task.notify.iter().filter_map(|notify| match notify {
        Notify::Late(node) => Some(node),
        Notify::Handlers(_) => None,
    }));
    nodes
}
