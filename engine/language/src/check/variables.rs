//! Names that nothing defines, on any host: found by following every template from the tasks that use it.
use super::known::{Known, Seen, nodes};
use super::templates;
use crate::files::{self, Asker, Purpose};
use crate::inventory::Definition;
use crate::play::{Condition, Play, Project, RoleScope, Task};
use crate::scope::locate;
use crate::source::{Reader, shown};
use crate::uses::{self, Use};
use crate::{Node, keyword, template};
use play_core::{Diagnostic, Place};
use std::collections::{BTreeMap, BTreeSet};

/// Reports every undefined name, each once a place. Where names are only known late there is nothing to say.
pub(crate) fn check(project: &Project, open: bool, reader: &mut Reader) {
    let known = Known::of(project, reader.loader);
    let mut found = Found {
        owners: owners(project),
        ..Found::default()
    };
    for play in &project.plays {
        for task in Project::tasks(play) {
            let seen = known.seen_by(project, play, task);
            let text = template_text(project, play, task, reader);
            // A play for groups that are left empty is rendered for nobody.
            if open || known.open || play.vacant {
                continue;
            }
            found.task(task, &seen, text);
        }
    }
    found
        .diagnostics
        .into_values()
        .for_each(|diagnostic| reader.report(diagnostic));
}

#[derive(Default)]
struct Found {
    diagnostics: BTreeMap<(Place, String), Diagnostic>,
    /// Uses within definitions and template files, looked up once.
    within: BTreeMap<usize, Vec<Use>>,
    /// Roles, by the names of their variables.
    owners: BTreeMap<String, String>,
}

fn owners(project: &Project) -> BTreeMap<String, String> {
    let of_role = |role: &RoleScope| {
        let names = role.defaults.iter().chain(&role.vars);
        let owned = names.map(|one| (one.name.clone(), role.name.clone()));
        owned.collect::<Vec<_>>()
    };
    project.roles.iter().flat_map(of_role).collect()
}

impl Found {
    fn task(&mut self, task: &Task, seen: &Seen, template: Vec<Use>) {
        let conditions = conditions(task);
        let mut all: Vec<Use> = conditions
            .iter()
            .flat_map(|one| uses::of_condition(&one.text, &one.place))
            .collect();
        all.extend(argued(task));
        // `when: x is defined` vouches for x in the whole task.
        let vouched: BTreeSet<String> = all
            .iter()
            .filter(|one| one.guarded)
            .filter_map(|one| one.path.first().cloned())
            .collect();
        all.extend(nodes(task).into_iter().flat_map(uses::uses));
        all.extend(template);
        let mut visited = BTreeSet::new();
        for one in all {
            self.follow(&one, seen, &vouched, &mut visited, &mut Vec::new());
        }
    }

    /// One use: a name nobody defines is reported, else what its definitions use is looked at too.
    fn follow<'a>(
        &mut self,
        one: &Use,
        seen: &Seen<'a>,
        vouched: &BTreeSet<String>,
        visited: &mut BTreeSet<(usize, bool)>,
        path: &mut Vec<&'a Definition>,
    ) {
        let Some(name) = one.path.first() else { return };
        let definitions = seen.definitions(name);
        if definitions.count == 0 {
            if !one.guarded && !vouched.contains(name) && !seen.comes_to_be(name) {
                self.undefined(name, &one.place, seen);
            }
            return;
        }
        let single = definitions.count == 1;
        for definition in definitions.templates {
            if let Some(start) = path
                .iter()
                .position(|known| std::ptr::eq(*known, definition))
            {
                if single && !seen.comes_to_be(name) {
                    self.circular(&path[start..], definition);
                }
                continue;
            }
            let key = std::ptr::from_ref(definition).addr();
            if !visited.insert((key, one.guarded)) || path.len() > 100 {
                continue;
            }
            path.push(definition);
            let within = self
                .within
                .entry(key)
                .or_insert_with(|| uses::uses(&definition.value))
                .clone();
            for inner in within {
                let inner = Use {
                    guarded: inner.guarded || one.guarded,
                    ..inner
                };
                self.follow(&inner, seen, vouched, visited, path);
            }
            path.pop();
        }
    }

    fn undefined(&mut self, name: &str, place: &Place, seen: &Seen) {
        let key = (place.clone(), name.to_owned());
        self.diagnostics.entry(key).or_insert_with(|| {
            let mut diagnostic =
                Diagnostic::error(format!("undefined variable `{name}`")).at(place);
            let owner = self.owners.get(name).map(|role| {
                format!("role `{role}` has it, and a role's variables are its own: put it into group_vars, or hand it over under `vars:`")
            });
            diagnostic.hint = owner
                .or_else(|| keyword::hint(name, seen.names().iter().map(String::as_str)))
                .or_else(|| Some(way_out(name)));
            diagnostic
        });
    }

    fn circular(&mut self, path: &[&Definition], end: &Definition) {
        let mut names: Vec<&str> = path.iter().map(|one| one.name.as_str()).collect();
        names.push(&end.name);
        let message = format!("a variable is defined by itself: {}", names.join(" → "));
        let key = (end.value.place.clone(), String::new());
        self.diagnostics
            .entry(key)
            .or_insert_with(|| Diagnostic::error(message).at(&end.value.place));
    }
}

/// For a name that resembles no other.
fn way_out(name: &str) -> String {
    if name == "item" {
        return "it is there in a task with a `loop:`".into();
    }
    format!(
        "set it in group_vars/all.yml or under `vars:`, or say what holds without it: `{name} | default(…)`"
    )
}

/// Every condition on a task.
fn conditions(task: &Task) -> Vec<&Condition> {
    let mut all: Vec<&Condition> = task.when.iter().collect();
    all.extend(task.until.iter().flat_map(|until| &until.conditions));
    all.extend(task.changed_when.iter().chain(&task.failed_when));
    all.extend(task.ignore_errors.iter().chain(&task.r#become.on));
    all
}

/// What the expressions among its arguments use; `debug` may be asked whether something is defined at all.
fn argued(task: &Task) -> Vec<Use> {
    let mut found = uses::of_expressions(task);
    let spared = task.module == "debug";
    for one in &mut found {
        one.guarded |= spared;
    }
    found
}

/// What the template file a task names uses; mistakes in it are reported at their own place.
fn template_text(project: &Project, play: &Play, task: &Task, reader: &mut Reader) -> Vec<Use> {
    if task.module != "template" {
        return Vec::new();
    }
    let Some(name) = task
        .arguments
        .field("src")
        .and_then(Node::as_str)
        .filter(|name| !template::is_template(name))
    else {
        return Vec::new();
    };
    let asker = Asker {
        project,
        folder: &play.folder,
        role: task.role,
        file: &task.place.file,
    };
    let Ok(path) = files::find(reader.loader, &asker, Purpose::Template, name) else {
        return Vec::new();
    };
    let Some(bytes) = reader.bytes(&path, None) else {
        return Vec::new();
    };
    match String::from_utf8(bytes) {
        Ok(text) if templates::file(&path, &text, reader) => {
            uses::of_template(&text, &locate::whole(&shown(&path), &text))
        }
        Ok(_) => Vec::new(),
        Err(_) => {
            let message = format!("template `{}` is not UTF-8 text", shown(&path));
            let place = task
                .arguments
                .field("src")
                .map(|node| node.place.clone())
                .unwrap_or_default();
            reader.report(
                Diagnostic::error(message)
                    .at(&place)
                    .hint("send it as it is with `copy`"),
            );
            Vec::new()
        }
    }
}
