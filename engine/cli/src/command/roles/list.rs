//! `play roles list` and `play roles check`: what there is of what is asked for.
use super::shelf::{Shelf, State};
use super::{Project, short, tell, version};
use crate::exit::Exit;
use crate::terminal;
use play_language::requirement::Requirement;

pub(super) fn list(project: &Project) -> Exit {
    for asked in &project.asked.roles {
        tell(&line(project, asked));
    }
    let is_asked = |name: &String| project.asked.roles.iter().any(|role| role.name == *name);
    for name in Shelf::names().iter().filter(|name| !is_asked(name)) {
        let file = project.asked.file.display();
        tell(&columns(name, "-", "-", &format!("not in {file} any more")));
    }
    Exit::Done
}

pub(super) fn check(project: &Project) -> Exit {
    let roles = &project.asked.roles;
    let wrong: Vec<_> = roles
        .iter()
        .filter(|role| !is_installed(project, role))
        .collect();
    for asked in &wrong {
        tell(&line(project, asked));
    }
    if wrong.is_empty() {
        tell(&format!("fine: {}", terminal::count(roles.len(), "role")));
        return Exit::Done;
    }
    Exit::Failed
}

fn is_installed(project: &Project, asked: &Requirement) -> bool {
    let state = project.shelf.state(&asked.name, project.locked(asked));
    state == Ok(State::Installed)
}

fn line(project: &Project, asked: &Requirement) -> String {
    let locked = project.locked(asked);
    let words = match project.shelf.state(&asked.name, locked) {
        Ok(State::Installed) => "installed".to_owned(),
        Ok(State::Missing) => "missing".to_owned(),
        Ok(State::Other) => "another version is installed".to_owned(),
        Ok(State::Edited) => "edited by hand".to_owned(),
        Err(words) => words,
    };
    let words = match locked {
        Some(_) => words,
        None => format!("{words}, not in roles.lock as it is asked for"),
    };
    let commit = locked.map_or("-", |locked| short(&locked.commit));
    columns(
        &asked.name,
        version(asked.version.as_deref()),
        commit,
        &words,
    )
}

fn columns(name: &str, version: &str, commit: &str, words: &str) -> String {
    format!("{name:<24} {version:<12} {commit:<8} {words}")
}
