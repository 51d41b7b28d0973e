//! The layers a variable may be defined in, and which wins.
use crate::inventory::Definition;
use crate::play::{Play, Project, RoleScope, Task};

/// Definitions of one layer; within it later ones win.
pub(super) struct Layer<'a> {
    pub(super) name: String,
    pub(super) definitions: &'a [Definition],
}

/// Where definitions stand that rank above what a run has learnt, and below.
pub(super) struct Layers<'a> {
    /// `-e`.
    pub(super) above: Vec<Layer<'a>>,
    /// Everything written but `-e`, lowest first.
    pub(super) below: Vec<Layer<'a>>,
}

/// Role defaults < group (parent to child) < host < play < vars_files < role < task, and `-e` above what was learnt.
pub(super) fn layers<'a>(
    project: &'a Project,
    host: &str,
    play: Option<&'a Play>,
    task: Option<&'a Task>,
) -> Layers<'a> {
    let mut below = Vec::new();
    let mut add = |name: String, definitions: &'a [Definition]| {
        if !definitions.is_empty() {
            below.push(Layer { name, definitions });
        }
    };
    let roles = roles(project, task);
    for role in roles.iter().rev() {
        add(format!("defaults of role {}", role.name), &role.defaults);
    }
    let host = project.inventory.hosts.get(host);
    for group in host.into_iter().flat_map(|host| &host.groups) {
        if let Some(group) = project.inventory.groups.get(group) {
            add(format!("group {}", group.name), &group.variables);
        }
    }
    if let Some(host) = host {
        add(format!("host {}", host.name), &host.variables);
    }
    if let Some(play) = play {
        add("play".into(), &play.variables);
        add("vars_files".into(), &play.file_variables);
    }
    for role in roles.iter().rev() {
        add(format!("role {}", role.name), &role.vars);
    }
    for role in roles.iter().rev() {
        add(
            format!("parameters of role {}", role.name),
            &role.parameters,
        );
    }
    if let Some(task) = task {
        add("task".into(), &task.variables);
    }
    Layers {
        above: vec![Layer {
            name: "-e".into(),
            definitions: &project.extra,
        }],
        below,
    }
}

/// The task's role and those around it, innermost first.
fn roles<'a>(project: &'a Project, task: Option<&Task>) -> Vec<&'a RoleScope> {
    let role = task
        .and_then(|task| task.role)
        .and_then(|index| project.roles.get(index));
    let parents = role.into_iter().flat_map(|role| &role.parents);
    let parents = parents.filter_map(|index| project.roles.get(*index));
    role.into_iter().chain(parents).collect()
}

impl<'a> Layers<'a> {
    /// The highest definition among layers.
    pub(super) fn find(layers: &[Layer<'a>], name: &str) -> Option<&'a Definition> {
        let mut found = layers
            .iter()
            .rev()
            .flat_map(|layer| layer.definitions.iter().rev());
        found.find(|definition| definition.name == name)
    }
}
