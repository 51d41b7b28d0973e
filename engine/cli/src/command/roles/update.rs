//! `play roles update`: newer commits, and what they change for whoever uses the roles.
use super::git::Kind;
use super::install::{Fetcher, chosen, edited};
use super::shelf::{Shelf, State, place};
use super::{Project, origin, short, tell, version};
use crate::argument::roles::Update;
use crate::disk;
use crate::exit::Exit;
use crate::terminal;
use play_core::Severity;
use play_language::keyword;
use play_language::requirement::{Locked, Requirement};
use play_language::spec::{self, Spec};
use std::path::{Path, PathBuf};

/// A newer commit, fetched.
struct Newer {
    asked: Requirement,
    locked: Locked,
    staged: PathBuf,
}

pub(super) fn run(project: &mut Project, arguments: &Update) -> Exit {
    let Some(asked) = chosen_roles(project, &arguments.names) else {
        return Exit::Wrong;
    };
    match update(project, asked, arguments.check) {
        Ok(()) => project.end(),
        Err(words) => {
            terminal::say(&format!("error: {words}"));
            Exit::Failed
        }
    }
}

/// Those named, or all; None where a name is nobody's, which is told.
fn chosen_roles(project: &Project, names: &[String]) -> Option<Vec<Requirement>> {
    let roles = &project.asked.roles;
    let mut known = true;
    for name in names {
        if !roles.iter().any(|role| role.name == *name) {
            let near = keyword::hint(name, roles.iter().map(|role| role.name.as_str()));
            let near = near.map(|near| format!(" ({near})")).unwrap_or_default();
            let file = project.asked.file.display();
            terminal::say(&format!("error: {file} asks for no role `{name}`{near}"));
            known = false;
        }
    }
    let wanted = |role: &&Requirement| names.is_empty() || names.contains(&role.name);
    known.then(|| roles.iter().filter(wanted).cloned().collect())
}

/// Everything is shown before the first role is replaced.
fn update(project: &mut Project, asked: Vec<Requirement>, check: bool) -> Result<(), String> {
    let bench = if check {
        Shelf::aside()
    } else {
        Shelf::bench()
    };
    let fetcher = Fetcher::new(bench?)?;
    let mut found = Vec::new();
    for asked in asked {
        match newer(project, &asked, &fetcher, check) {
            Ok(newer) => found.extend(newer),
            Err(words) => project.fail(&asked, &words),
        }
    }
    if check || found.is_empty() {
        return Ok(());
    }
    for newer in found {
        let put = project
            .shelf
            .put(&newer.asked.name, &newer.locked, &newer.staged);
        if let Err(words) = put {
            project.fail(&newer.asked, &words);
            continue;
        }
        let commit = short(&newer.locked.commit);
        tell(&format!("{}: {commit} installed", newer.asked.name));
        project.lock.roles.insert(newer.asked.name, newer.locked);
    }
    project.keep()
}

fn newer(
    project: &Project,
    asked: &Requirement,
    fetcher: &Fetcher,
    check: bool,
) -> Result<Option<Newer>, String> {
    let name = &asked.name;
    let exact = project.locked(asked);
    // An entry that was changed since is compared with what it was.
    let known = exact
        .or_else(|| project.lock.roles.get(name))
        .ok_or("roles.lock does not say which commit it is: `play roles install` chooses one")?;
    let state = project.shelf.state(name, Some(known))?;
    if state == State::Edited && !check {
        return Err(edited(name));
    }
    let now = fetcher
        .git
        .resolve(&origin(asked), asked.version.as_deref())?;
    let wanted = version(asked.version.as_deref());
    let version = if exact.is_some() {
        wanted.to_owned()
    } else {
        format!("{} -> {wanted}", version(known.version.as_deref()))
    };
    if now.commit == known.commit && exact.is_some() {
        tell(&format!(
            "{name} {version} {}: nothing newer",
            short(&known.commit)
        ));
        return Ok(None);
    }
    let (staged, sha256) = fetcher.stage(asked, &now.commit)?;
    let (from, to) = (short(&known.commit), short(&now.commit));
    tell(&format!("{name} {version} {from}..{to}"));
    if now.kind == Kind::Tag && exact.is_some() {
        tell("  the tag was moved: tags are not meant to be; ask whoever did that");
    }
    let before = match state {
        State::Installed => Ok(place(name)),
        _ => fetcher
            .stage(asked, &known.commit)
            .map(|(staged, _)| staged),
    };
    tell_interface(before, &staged);
    let locked = chosen(asked, now.commit, sha256);
    Ok(Some(Newer {
        asked: asked.clone(),
        locked,
        staged,
    }))
}

fn tell_interface(before: Result<PathBuf, String>, after: &Path) {
    let before = before.and_then(|folder| specification(&folder));
    let (before, after) = match (before, specification(after)) {
        (Ok(before), Ok(after)) => (before, after),
        (Err(words), _) | (_, Err(words)) => {
            return tell(&format!("  its variables cannot be compared: {words}"));
        }
    };
    if before.is_none() && after.is_none() {
        return tell("  it does not say what its variables are");
    }
    let lines = spec::compare(before.as_ref(), after.as_ref());
    if lines.is_empty() {
        tell("  the same variables");
    }
    for line in lines {
        tell(&format!("  {line}"));
    }
}

fn specification(folder: &Path) -> Result<Option<Spec>, String> {
    let (spec, wrong) = spec::of_folder(disk::vault(), folder);
    match wrong.iter().find(|found| found.severity == Severity::Error) {
        Some(wrong) => Err(wrong.message.clone()),
        None => Ok(spec),
    }
}
