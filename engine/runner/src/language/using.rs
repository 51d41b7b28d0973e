//! Which values of a run a task uses: directly, through its template, through variables that are templates themselves.
use super::Language;
use crate::graph::{Step, Uses};
use play_core::Place;
use play_language::files::{self, Asker};
use play_language::play::{Condition, LoopKind, Notify, Play, Task};
use play_language::uses::{ANY_HOST, Use, of_condition, of_expressions, of_template, uses};
use std::collections::BTreeSet;

impl Language<'_> {
    /// Everything, with the variables followed through their definitions.
    pub(super) fn all_uses(&self, play: &Play, task: &Task) -> Uses {
        let mut found = Uses::default();
        let mut seen = BTreeSet::new();
        let mut open = self.direct(play, task);
        while let Some(one) = open.pop() {
            let Some(name) = one.path.first() else {
                continue;
            };
            match name.as_str() {
                "hostvars" => found.others.push(other_host(&one.path, &mut open)),
                "facts" | "ansible_facts" => found
                    .facts
                    .extend(one.path.get(1).map_or_else(every_fact, |fact| top(fact))),
                name if name.starts_with("ansible_") && !self.definitions.contains_key(name) => {
                    found.facts.extend(top(&name["ansible_".len()..]));
                }
                _ => {}
            }
            if seen.insert(name.clone()) {
                found.own.push(name.clone());
                for definition in self.definitions.get(name.as_str()).into_iter().flatten() {
                    open.extend(uses(definition));
                }
            }
        }
        found
    }

    /// Top-level facts a step uses.
    pub fn facts(&self, step: &Step) -> Vec<String> {
        let known = |name: &String| play_core::fact::NAMES.contains(&name.as_str());
        self.all_uses(&self.project.plays[step.play], step.task)
            .facts
            .into_iter()
            .filter(known)
            .collect()
    }

    fn direct(&self, play: &Play, task: &Task) -> Vec<Use> {
        let mut found = uses(&task.name);
        found.extend(uses(&task.arguments));
        found.extend(conditioned(task));
        if let Some(repeat) = &task.repeat {
            match &repeat.kind {
                LoopKind::List(node)
                | LoopKind::Items(node)
                | LoopKind::Dict(node)
                | LoopKind::Other(_, node) => found.extend(uses(node)),
            }
            found.extend(repeat.label.iter().flat_map(uses));
        }
        let late = task.notify.iter().filter_map(|notify| {
            if let Notify::Late(node) = notify {
                Some(node)
            } else {
                None
            }
        });
        let nodes = task
            .environment
            .iter()
            .chain(&task.delegate_to)
            .chain(&task.irreversible)
            .chain(&task.r#become.user)
            .chain(late);
        found.extend(nodes.flat_map(uses));
        found.extend(
            task.declared
                .iter()
                .flatten()
                .flat_map(|(_, node)| uses(node)),
        );
        if task.module == play_language::spec::MODULE {
            found.extend(self.options_used(task));
        }
        found.extend(of_expressions(task));
        found.extend(self.template(play, task));
        found
    }

    /// The variables a role says it has.
    fn options_used(&self, task: &Task) -> Vec<Use> {
        let role = task.role.and_then(|index| self.project.roles.get(index));
        let options = role.and_then(|role| role.options());
        let names = options.into_iter().flat_map(|entry| entry.options.keys());
        names
            .map(|name| Use {
                path: vec![name.clone()],
                guarded: true,
                place: Place::default(),
            })
            .collect()
    }

    /// What the text of its template file uses; any fact where its name is only known late.
    fn template(&self, play: &Play, task: &Task) -> Vec<Use> {
        let Some(src) = (task.module == "template")
            .then(|| task.arguments.field("src"))
            .flatten()
        else {
            return Vec::new();
        };
        let Some((_, purpose)) = files::named(&task.module) else {
            return Vec::new();
        };
        let asker = Asker {
            project: self.project,
            folder: &play.folder,
            role: task.role,
            file: &task.place.file,
        };
        let text = src
            .as_str()
            .and_then(|name| files::find(self.loader, &asker, purpose, name).ok())
            .and_then(|path| self.loader.read(&path).ok())
            .and_then(|bytes| String::from_utf8(bytes).ok());
        text.map(|text| of_template(&text, &Place::default()))
            .unwrap_or_default()
    }
}

/// `hostvars.HOST.NAME`; facts of that host are gathered like everyone's.
fn other_host(path: &[String], open: &mut Vec<Use>) -> (Option<String>, Option<String>) {
    let name = path.get(2).cloned();
    if let Some(fact) = name
        .as_deref()
        .filter(|name| *name == "facts" || name.starts_with("ansible_"))
    {
        let mut rest = vec![fact.to_owned()];
        rest.extend(path.iter().skip(3).cloned());
        open.push(Use {
            path: rest,
            guarded: true,
            place: Place::default(),
        });
    }
    // A variable of another host may itself be a template over something.
    if let Some(name) = &name {
        open.push(Use {
            path: vec![name.clone()],
            guarded: true,
            place: Place::default(),
        });
    }
    let host = path.get(1).filter(|host| *host != ANY_HOST);
    (host.cloned(), name)
}

fn every_fact() -> Vec<String> {
    play_core::fact::NAMES
        .iter()
        .map(|name| (*name).to_owned())
        .collect()
}

/// The top-level facts behind a name of ours or of Ansible's.
fn top(name: &str) -> Vec<String> {
    play_language::scope::top_level_facts(name)
}

/// What the conditions on a task use; what it registers itself is no use of anything before it.
fn conditioned(task: &Task) -> Vec<Use> {
    let uses = |one: &Condition| of_condition(&one.text, &one.place);
    let own = |one: &Use| Some(&one.path[0]) != task.register.as_ref();
    let judged = task
        .until
        .iter()
        .flat_map(|until| &until.conditions)
        .chain(&task.changed_when)
        .chain(&task.failed_when);
    let mut found: Vec<Use> = judged.flat_map(uses).filter(own).collect();
    let others = task.when.iter().chain(&task.r#become.on);
    found.extend(others.chain(&task.ignore_errors).flat_map(uses));
    found
}
