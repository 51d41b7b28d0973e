//! Whether a fetched role that something uses is what the lock names.
use super::shelf::{self, State};
use super::{quiet_lock, short, tree};
use play_core::Diagnostic;
use play_language::requirement::{self, FOLDER, LOCK, Locked, Requirements};
use play_language::{Loader, Sources};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// How many files are named.
const NAMED: usize = 5;

/// What is wrong, and the way out.
pub(crate) type Distrust = (String, String);

/// Why the role in this folder is not to be used. None also for one that was not fetched.
pub(crate) fn distrust(loader: &dyn Loader, folder: &Path) -> Option<Distrust> {
    let (project, name) = fetched(folder)?;
    let file = project.join(LOCK);
    let (lock, wrong, _) = requirement::lock(loader, &file);
    let file = file.display();
    if let Some(wrong) = wrong.into_iter().next() {
        return Some(unreadable(&name, wrong));
    }
    let own = format!("a role of your own belongs into roles/{name}, where it wins");
    let Some(locked) = lock.roles.get(&name) else {
        let message = format!("role `{name}` lies in {FOLDER}, and is not in {file}");
        let hint = format!("`play roles install` chooses what roles.yml asks for; {own}");
        return Some((message, hint));
    };
    if let Some(words) = asked_anew(loader, &project, &name, locked) {
        let hint = "`play roles install` chooses it anew, `play roles update --check` shows what that changes";
        return Some((words, hint.to_owned()));
    }
    misfit(&project, &name, locked)
}

/// The folder that has `.play`, and the role's name there.
fn fetched(folder: &Path) -> Option<(PathBuf, String)> {
    let top = folder.ancestors().find(|folder| {
        let parent = folder.parent();
        parent.is_some_and(|parent| parent.ends_with(FOLDER))
    })?;
    let name = top.file_name()?.to_string_lossy().into_owned();
    Some((top.ancestors().nth(3)?.to_path_buf(), name))
}

fn unreadable(name: &str, wrong: Diagnostic) -> Distrust {
    let place = wrong.place.map(|place| format!("{place}: "));
    let (place, words) = (place.unwrap_or_default(), wrong.message);
    let message = format!("nobody knows whether role `{name}` is what was chosen: {place}{words}");
    (message, wrong.hint.unwrap_or_default())
}

/// What roles.yml says of the role now, where that is not what the lock was made for.
fn asked_anew(loader: &dyn Loader, project: &Path, name: &str, locked: &Locked) -> Option<String> {
    let (asked, _, _): (Option<Requirements>, _, Sources) = requirement::read_in(loader, project);
    let asked = asked?;
    let role = asked.roles.iter().find(|role| role.name == name)?;
    if locked.answers(role) {
        return None;
    }
    let of = |version: &Option<String>| version.clone().unwrap_or_else(|| "-".to_owned());
    let what = if locked.version == role.version {
        "from another place".to_owned()
    } else {
        let (now, then) = (of(&role.version), of(&locked.version));
        format!("at version {now} instead of {then}")
    };
    let file = asked.file.display();
    Some(format!(
        "{file} asks for role `{name}` {what}, and {LOCK} was not brought up to it"
    ))
}

fn misfit(project: &Path, name: &str, locked: &Locked) -> Option<Distrust> {
    let folder = project.join(FOLDER).join(name);
    let place = folder.display();
    let digest = match tree::digest(&folder) {
        Ok(digest) => digest,
        Err(words) => {
            let message = format!("role `{name}` is not what {LOCK} says: {words}");
            return Some((message, way_out(name, &folder)));
        }
    };
    let record = quiet_lock(&project.join(shelf::RECORD));
    let known = record.roles.get(name);
    match State::of(&digest, Some(locked), known) {
        State::Installed | State::Missing => None,
        State::Other => {
            let known = known.map_or(digest.as_str(), |known| {
                if known.commit == locked.commit {
                    &known.sha256
                } else {
                    &known.commit
                }
            });
            let wanted = if known == digest {
                &locked.sha256
            } else {
                &locked.commit
            };
            let (known, wanted) = (short(known), short(wanted));
            let message =
                format!("role `{name}` is installed as {known}, and {LOCK} says {wanted}");
            let hint = "`play roles install` brings what the lock says";
            Some((message, hint.to_owned()))
        }
        State::Edited => {
            let files = altered(project, name, &folder);
            let message = format!("{place} is not role `{name}` as {LOCK} has it{files}");
            Some((message, way_out(name, &folder)))
        }
    }
}

fn way_out(name: &str, folder: &Path) -> String {
    let place = folder.display();
    format!(
        "remove {place}, and `play roles install` puts it back; or move it to roles/{name}, where it is a role of the project and wins"
    )
}

/// The files that are not as they were put there, as far as that is known.
fn altered(project: &Path, name: &str, folder: &Path) -> String {
    let before = shelf::contents(project, name);
    let (Some(before), Ok(now)) = (before, tree::list(folder)) else {
        return String::new();
    };
    let is_other = |path: &&String| {
        now.get(*path)
            .is_some_and(|digest| *digest != before[*path])
    };
    let altered = before.keys().filter(is_other);
    let gone = before.keys().filter(|path| !now.contains_key(*path));
    let new = now.keys().filter(|path| !before.contains_key(*path));
    let mut found: Vec<String> = altered
        .map(|path| format!("`{path}` is altered"))
        .chain(gone.map(|path| format!("`{path}` is gone")))
        .chain(new.map(|path| format!("`{path}` is new")))
        .collect();
    let more = found.len().saturating_sub(NAMED);
    found.truncate(NAMED);
    let mut text = String::new();
    if !found.is_empty() {
        let _ = write!(text, ": {}", found.join(", "));
    }
    if more > 0 {
        let _ = write!(text, ", and {more} more");
    }
    text
}
