//! What the runner asks of the language: tasks made ready for hosts, conditions decided, what uses what.
mod prepare;
mod room;
mod source;
mod using;

use crate::graph::Step;
use play_core::message::Mode;
use play_core::{Catalog, Diagnostic, Value, unknown};
use play_language::inventory::{Definition, connection};
use play_language::play::{Condition, Play, Task};
use play_language::render::{self, Escalation};
use play_language::template::is_template;
use play_language::{Learned, Loader, Node, Project, Scope, Truth, keyword, spec};
pub(crate) use room::{Rooms, Wanted, is_include};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

/// The project, and how to ask it.
#[derive(Clone)]
pub struct Language<'a> {
    project: &'a Project,
    loader: &'a dyn Loader,
    catalog: &'a dyn Catalog,
    /// Every definition of a variable anywhere, by name: for what uses what.
    definitions: BTreeMap<&'a str, Vec<&'a Node>>,
    /// Nothing will be applied: what `ansible_check_mode` says. The plan of a run that goes on shows what that run does.
    only_checks: bool,
}

/// What conditions come to.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    Yes,
    No,
    Unknown(String),
    Wrong(String),
}

/// What becomes of an `assert`.
#[derive(Clone, Debug, PartialEq)]
pub enum Assertion {
    Holds,
    /// One does not hold.
    Broken(String),
    /// One cannot be evaluated.
    Wrong(String),
    Unknown(String),
}

impl<'a> Language<'a> {
    pub fn new(project: &'a Project, loader: &'a dyn Loader, catalog: &'a dyn Catalog) -> Self {
        Self {
            project,
            loader,
            catalog,
            definitions: definitions(project),
            only_checks: false,
        }
    }

    /// Says whether the plan is all that is asked for (`--check`).
    #[must_use]
    pub fn only_checking(mut self, only: bool) -> Self {
        self.only_checks = only;
        self
    }

    pub fn project(&self) -> &'a Project {
        self.project
    }

    /// Values that are never shown.
    pub fn secrets(&self) -> Vec<String> {
        self.loader.secrets()
    }

    /// How many those are: they become more while things are read.
    pub fn secret_count(&self) -> usize {
        self.loader.secret_count()
    }

    pub fn read(&self, path: &Path) -> Result<Vec<u8>, String> {
        self.loader.read(path)
    }

    /// Whether a file that was read came sealed.
    pub fn was_sealed(&self, path: &Path) -> bool {
        self.loader.was_sealed(path)
    }

    pub fn on_controller(&self, module: &str) -> bool {
        module == spec::MODULE
            || self
                .catalog
                .describe(module)
                .is_some_and(|description| description.on_controller)
    }

    /// A variable of a host outside any play.
    pub fn host_variable(&self, host: &str, name: &str) -> Result<Option<Value>, Diagnostic> {
        let defined = self.definitions.contains_key(name);
        if !defined {
            return Ok(None);
        }
        let learned = Learned::default();
        Scope::new(self.project, self.loader, &learned, host, None, None).lookup(name)
    }

    /// Whether any definition of a variable is made of others.
    pub fn is_made_of_others(&self, name: &str) -> bool {
        let nodes = self.definitions.get(name).into_iter().flatten();
        nodes.filter_map(|node| node.as_str()).any(is_template)
    }

    /// The hosts a step acts on: its own, or those `delegate_to` names; without those that are known late.
    pub fn acting_hosts(&self, step: &Step) -> BTreeSet<String> {
        let Some(named) = &step.task.delegate_to else {
            return BTreeSet::from([step.host.clone()]);
        };
        let learned = Learned::default();
        let known = |host: &String| unknown::reason(host).is_none();
        if let Ok(Value::String(host)) = self.scope(&learned, step, Mode::Check).render(named) {
            return Some(host).filter(known).into_iter().collect();
        }
        // The items of a loop may name them.
        let prepared = self.prepare(&learned, step, Mode::Check);
        let items = prepared.map(|prepared| prepared.items).unwrap_or_default();
        let named = items.into_iter().filter_map(|item| item.on);
        named.filter(known).collect()
    }

    /// Whether a step runs on the host as root, or as an account only root can become. Where that is known late, it does.
    pub fn becomes(&self, step: &Step, host: &str) -> bool {
        if step.task.r#become.on.is_none() {
            return self.host_becomes(host);
        }
        let learned = Learned::default();
        let scope = self.scope(&learned, step, Mode::Check);
        let Some(condition) = &step.task.r#become.on else {
            return false;
        };
        !matches!(scope.condition(condition), Ok(Truth::False))
    }

    /// The inventory's own word: `ansible_become`.
    fn host_becomes(&self, host: &str) -> bool {
        self.inventory_becomes(host).unwrap_or_default()
    }

    /// The same; what is neither true nor false is an error.
    pub fn inventory_becomes(&self, host: &str) -> Result<bool, Diagnostic> {
        connection::becomes(host, &|name| self.host_variable(host, name))
    }

    fn scope<'s>(&'s self, learned: &'s Learned, step: &Step<'s>, mode: Mode) -> Scope<'s> {
        let play = &self.project.plays[step.play];
        Scope::new(
            self.project,
            self.loader,
            learned,
            &step.host,
            Some(play),
            Some(step.task),
        )
        .check_mode(self.only_checks && mode == Mode::Check)
        .making_secrets(mode == Mode::Apply)
    }

    /// Whether all conditions hold, with some more variables.
    pub fn decide(
        &self,
        learned: &Learned,
        step: &Step,
        mode: Mode,
        bindings: &[(String, Value)],
        conditions: &[Condition],
    ) -> Decision {
        let mut scope = self.scope(learned, step, mode);
        for (name, value) in bindings {
            scope = scope.with(name, value.clone());
        }
        match render::all(&scope, conditions) {
            Ok((Truth::True, _)) => Decision::Yes,
            Ok((Truth::False, _)) => Decision::No,
            Ok((Truth::Unknown(reason), _)) => Decision::Unknown(reason),
            Err(diagnostic) => Decision::Wrong(diagnostic.to_string()),
        }
    }

    /// A role's variables, held against what it says they are.
    pub fn options(&self, learned: &Learned, step: &Step, mode: Mode) -> Decision {
        let role = step
            .task
            .role
            .and_then(|index| self.project.roles.get(index));
        let Some((role, options)) = role.and_then(|role| Some((role, role.options()?))) else {
            return Decision::Yes;
        };
        let scope = self.scope(learned, step, mode);
        let found = spec::judge(&role.name, options, &scope, &step.task.place, None);
        if !found.wrong.is_empty() {
            let words: Vec<String> = found.wrong.iter().map(ToString::to_string).collect();
            return Decision::Wrong(words.join("; "));
        }
        found.late.map_or(Decision::Yes, Decision::Unknown)
    }

    /// `assert`: its `that`, as conditions; the one that does not hold is named.
    pub fn assert(
        &self,
        learned: &Learned,
        step: &Step,
        mode: Mode,
        bindings: &[(String, Value)],
    ) -> Assertion {
        let Some(that) = step.task.arguments.field("that") else {
            return Assertion::Holds;
        };
        let nodes: Vec<&Node> = that
            .as_list()
            .map_or_else(|| vec![that], |items| items.iter().collect());
        let mut unknown = None;
        for node in nodes {
            let text = node
                .as_str()
                .map_or_else(|| node.value().to_string(), str::to_owned);
            let condition = Condition {
                place: node.place.clone(),
                text: text.clone(),
            };
            match self.decide(
                learned,
                step,
                mode,
                bindings,
                std::slice::from_ref(&condition),
            ) {
                Decision::Yes => {}
                Decision::No => {
                    return Assertion::Broken(format!(
                        "assertion does not hold: {text} ({})",
                        node.place
                    ));
                }
                Decision::Unknown(reason) => unknown = Some(reason),
                Decision::Wrong(words) => return Assertion::Wrong(words),
            }
        }
        unknown.map_or(Assertion::Holds, Assertion::Unknown)
    }

    /// The variables an `include_vars` brings.
    pub fn variables(
        &self,
        step: &Step,
        mode: Mode,
        arguments: &Value,
    ) -> Result<Vec<(String, Value)>, String> {
        let learned = Learned::default();
        let scope = self.scope(&learned, step, mode);
        let play = &self.project.plays[step.play];
        play_language::include::variables(
            &scope,
            self.project,
            &play.folder,
            step.task,
            arguments,
            self.loader,
        )
        .map_err(|diagnostics| {
            diagnostics
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join("; ")
        })
    }

    /// A variable of a host: its value and every definition, for `play explain`.
    pub fn explain(&self, host: &str, name: &str) -> String {
        let learned = Learned::default();
        let mut text = String::new();
        // With playbooks named, the first play that has the host says whose variables count: of those with a role that has this one.
        let plays = self
            .project
            .plays
            .iter()
            .filter(|play| play.hosts.iter().any(|one| one == host));
        let play = plays
            .clone()
            .find(|play| self.of_a_role(play, name).is_some())
            .or_else(|| plays.clone().next());
        let task = play.and_then(|play| self.of_a_role(play, name));
        let scope = Scope::new(self.project, self.loader, &learned, host, play, task);
        match scope.lookup(name) {
            Ok(Some(value)) => {
                let _ = writeln!(text, "{name} = {value}");
            }
            Ok(None) => {
                let near = keyword::hint(name, self.definitions.keys().copied());
                let hint = near.or_else(|| {
                    let without = self.project.plays.is_empty();
                    without.then(|| "variables of plays and roles are seen with -p PLAYBOOK".into())
                });
                let hint = hint.map_or_else(String::new, |hint| format!(" ({hint})"));
                let _ = writeln!(text, "{name} is not defined for {host}{hint}");
            }
            Err(diagnostic) => {
                let _ = writeln!(text, "{name}: {diagnostic}");
            }
        }
        for explanation in scope.explain(name) {
            let place = explanation
                .place
                .map_or_else(String::new, |place| format!("  {place}"));
            let mark = if explanation.wins { "→" } else { " " };
            let _ = writeln!(
                text,
                " {mark} {:<20} {}{place}",
                explanation.layer, explanation.shown
            );
        }
        text
    }

    /// A task of the role that has the variable.
    fn of_a_role(&self, play: &'a Play, name: &str) -> Option<&'a Task> {
        let has = |task: &&Task| {
            let role = task.role.and_then(|index| self.project.roles.get(index));
            role.is_some_and(|role| {
                let mut all = role
                    .defaults
                    .iter()
                    .chain(&role.vars)
                    .chain(&role.parameters);
                all.any(|one| one.name == name)
            })
        };
        Project::tasks(play).into_iter().find(has)
    }

    /// The account a step acts as: None is root, and empty the one that logged in, whose name the agent knows.
    fn acts_as(&self, host: &str, escalation: &Escalation) -> Option<String> {
        if !escalation.on.unwrap_or_else(|| self.host_becomes(host)) {
            return Some(String::new());
        }
        let user = escalation.user.clone();
        user.or_else(|| self.host_becomes_user(host))
            .filter(|user| user != "root")
    }

    fn host_becomes_user(&self, host: &str) -> Option<String> {
        self.inventory_becomes_user(host).unwrap_or_default()
    }

    /// The inventory's own word: `ansible_become_user`.
    pub fn inventory_becomes_user(&self, host: &str) -> Result<Option<String>, Diagnostic> {
        connection::becomes_user(&|name| self.host_variable(host, name))
    }
}

fn definitions(project: &Project) -> BTreeMap<&str, Vec<&Node>> {
    let mut all: BTreeMap<&str, Vec<&Node>> = BTreeMap::new();
    for definition in every_definition(project) {
        all.entry(&definition.name)
            .or_default()
            .push(&definition.value);
    }
    all
}

fn every_definition(project: &Project) -> impl Iterator<Item = &Definition> {
    let hosts = project
        .inventory
        .hosts
        .values()
        .flat_map(|host| &host.variables);
    let groups = project
        .inventory
        .groups
        .values()
        .flat_map(|group| &group.variables);
    let plays = project
        .plays
        .iter()
        .flat_map(|play| play.variables.iter().chain(&play.file_variables));
    let roles = project.roles.iter().flat_map(|role| {
        role.defaults
            .iter()
            .chain(&role.vars)
            .chain(&role.parameters)
    });
    let tasks = project
        .plays
        .iter()
        .flat_map(Project::tasks)
        .flat_map(|task| &task.variables);
    hosts
        .chain(groups)
        .chain(plays)
        .chain(roles)
        .chain(tasks)
        .chain(&project.extra)
}
