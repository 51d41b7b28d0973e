//! Variables of roles that say what they are: everything of it that is known before any host is asked.
use super::known::Known;
use crate::inventory::Definition;
use crate::play::{Play, Project, Task};
use crate::render;
use crate::resolve::tags::without;
use crate::source::Reader;
use crate::spec::{self, MODULE};
use crate::{Learned, Scope, Truth, keyword};
use play_core::Diagnostic;
use std::collections::BTreeSet;

/// Checks every role's variables on every host, and takes out the checks that nothing is left for.
pub(crate) fn check(project: &mut Project, open: bool, reader: &mut Reader) {
    let mut late = BTreeSet::new();
    let mut found = misspelt(project);
    {
        let project = &*project;
        let known = Known::of(project, reader.loader);
        let open = open || known.open;
        for play in &project.plays {
            for task in Project::tasks(play)
                .into_iter()
                .filter(|task| task.module == MODULE)
            {
                let all = project.inventory.hosts.keys();
                let hosts = all.filter(|host| play.hosts.contains(host));
                for host in hosts {
                    let set = |name: &str| open || known.is_learned(name);
                    let judgement = judge(project, play, task, host, &set, reader);
                    if judgement.late.is_some() {
                        late.insert(task.id);
                    }
                    found.extend(judgement.wrong);
                }
            }
        }
    }
    reader.diagnostics.extend(found);
    for play in &mut project.plays {
        without(&mut play.items, &|task| {
            task.module == MODULE && !late.contains(&task.id)
        });
    }
}

fn judge(
    project: &Project,
    play: &Play,
    task: &Task,
    host: &str,
    set: &dyn Fn(&str) -> bool,
    reader: &Reader,
) -> spec::Judgement {
    let learned = Learned::default();
    let scope = Scope::new(
        project,
        reader.loader,
        &learned,
        host,
        Some(play),
        Some(task),
    )
    .check_mode(true);
    let role = task.role.and_then(|index| project.roles.get(index));
    let Some((role, entry)) = role.and_then(|role| Some((role, role.options()?))) else {
        return spec::Judgement::default();
    };
    match render::when(&scope, task) {
        Ok((Truth::True, _)) => spec::judge(&role.name, entry, &scope, &task.place, Some(set)),
        Ok((Truth::False, _)) => spec::Judgement::default(),
        _ => spec::Judgement {
            late: Some("its condition".into()),
            ..spec::Judgement::default()
        },
    }
}

/// Variables that begin like a role's, are none of any role, and are nearly one of that role's.
fn misspelt(project: &Project) -> Vec<Diagnostic> {
    let theirs: BTreeSet<&str> = project
        .roles
        .iter()
        .flat_map(|role| {
            let written = role.defaults.iter().chain(&role.vars);
            let said = role.spec.iter().flat_map(|spec| spec.entries.values());
            let said = said.flat_map(|entry| entry.options.keys().map(String::as_str));
            written.map(|one| one.name.as_str()).chain(said)
        })
        .collect();
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for role in &project.roles {
        let Some(spec) = &role.spec else { continue };
        let prefix = format!("{}_", role.name);
        let names: Vec<&str> = spec
            .entries
            .values()
            .flat_map(|entry| entry.options.keys().map(String::as_str))
            .collect();
        let given = role.parameters.iter().map(|one| (one, true));
        let shared = shared(project).into_iter().map(|one| (one, false));
        for (definition, given) in given.chain(shared) {
            let name = definition.name.as_str();
            if !name.starts_with(&prefix) || theirs.contains(name) {
                continue;
            }
            let hint = keyword::hint(name, names.iter().copied());
            // Others may have variables that begin alike; what is given to the role itself is meant for it.
            if (hint.is_some() || given) && seen.insert(definition.place.clone()) {
                let message = format!("role `{}` has no variable `{name}`", role.name);
                let mut diagnostic = Diagnostic::error(message).at(&definition.place);
                diagnostic.hint = hint
                    .or_else(|| Some(format!("`play doc role {}` lists those it has", role.name)));
                found.push(diagnostic);
            }
        }
    }
    found
}

/// Definitions that are for whoever uses them.
fn shared(project: &Project) -> Vec<&Definition> {
    let inventory = &project.inventory;
    let groups = inventory.groups.values().flat_map(|group| &group.variables);
    let hosts = inventory.hosts.values().flat_map(|host| &host.variables);
    let plays = project.plays.iter();
    let plays = plays.flat_map(|play| play.variables.iter().chain(&play.file_variables));
    groups
        .chain(hosts)
        .chain(plays)
        .chain(&project.extra)
        .collect()
}
