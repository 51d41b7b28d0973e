//! `play init`: a small project that works at once, or one more role; all of it or nothing, and over nothing that is there.
#![expect(
    clippy::disallowed_methods,
    reason = "files of the controller are what it is about"
)]
use crate::argument::init::Init;
use crate::exit::Exit;
use crate::terminal;
use play_language::keyword::is_identifier;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The files of a folder beside `src`, by their names below it.
macro_rules! skeleton {
    ($folder:literal: $($name:literal)*) => {
        &[$(($name, include_str!(concat!("../../skeleton/", $folder, "/", $name)))),*]
    };
}

const PROJECT: &[(&str, &str)] = skeleton!("project":
    "hosts.yml"
    "site.yml"
    "group_vars/all.yml"
    "roles/journal/README.md"
    "roles/journal/defaults/main.yml"
    "roles/journal/handlers/main.yml"
    "roles/journal/meta/argument_specs.yml"
    "roles/journal/tasks/main.yml"
    "roles/journal/templates/size.conf.hbs"
    "README.md"
    ".gitignore"
);

const ROLE: &[(&str, &str)] = skeleton!("role":
    "README.md"
    "defaults/main.yml"
    "handlers/main.yml"
    "meta/argument_specs.yml"
    "tasks/main.yml"
    "templates/ROLE.conf.hbs"
);

/// Stands for the role's name, in the skeleton's files and in their names.
const NAME: &str = "ROLE";

pub(crate) fn run(arguments: &Init) -> Exit {
    // Names begin with none where they lie here.
    let folder = match arguments.folder.strip_prefix(".") {
        Ok(below) => below,
        Err(_) => &arguments.folder,
    };
    let done = match &arguments.role {
        None => project(folder),
        Some(name) => role(folder, name),
    };
    match done {
        Ok(words) => {
            terminal::print(&words);
            Exit::Done
        }
        Err(words) => {
            terminal::say(&format!("error: {words}"));
            Exit::Wrong
        }
    }
}

fn project(folder: &Path) -> Result<String, String> {
    // It would be read instead of the hosts.yml written here.
    let other = folder.join("inventories/default");
    if is_there(&other) {
        return Err(in_the_way(&[other], "`play init FOLDER` begins elsewhere"));
    }
    let files = PROJECT
        .iter()
        .map(|(name, text)| (folder.join(name), (*text).to_owned()));
    let files: Vec<(PathBuf, String)> = files.collect();
    write_all(
        &files,
        "move them away, or begin elsewhere: `play init FOLDER`",
    )?;
    let (place, enter) = if folder.as_os_str().is_empty() {
        (String::new(), String::new())
    } else {
        let name = folder.to_string_lossy();
        (format!("{name}: "), format!("cd {} && ", quoted(&name)))
    };
    Ok(format!(
        "made {place}{}\n\
         next:\n  \
         {enter}play site.yml --check    # what would change on a host in memory: no server is needed\n  \
         write your server into hosts.yml, which says how, and see the same for it\n  \
         play site.yml    # shows it again, asks, does it; README.md says what else there is\n",
        PROJECT
            .iter()
            .map(|(name, _)| *name)
            .collect::<Vec<_>>()
            .join(" "),
    ))
}

fn role(folder: &Path, name: &str) -> Result<String, String> {
    check(name)?;
    let place = folder.join("roles").join(name);
    let files = ROLE.iter().map(|(path, text)| {
        let path = place.join(path.replace(NAME, name));
        (path, text.replace(NAME, name))
    });
    let files: Vec<(PathBuf, String)> = files.collect();
    write_all(&files, "choose another name, or move them away")?;
    Ok(format!(
        "made {}: defaults, handlers, meta, tasks, templates, README.md\n\
         next:\n  \
         write `- {name}` under `roles:` of a play\n  \
         play lint site.yml\n  \
         play doc role {name}\n",
        place.display()
    ))
}

/// A role's name begins the names of its variables.
fn check(name: &str) -> Result<(), String> {
    let fits = |name: &str| {
        is_identifier(name) && !name.starts_with('_') && !name.contains(char::is_uppercase)
    };
    if fits(name) {
        return Ok(());
    }
    let near = name.to_lowercase().replace(['-', ' ', '.'], "_");
    let hint = if fits(&near) {
        format!("; `{near}` would do")
    } else {
        String::new()
    };
    Err(format!(
        "`{}` cannot name a role: its variables begin with it, so it is made of a-z, 0-9 and _, with a letter first{hint}",
        name.escape_debug()
    ))
}

/// Writes all of them or none.
fn write_all(files: &[(PathBuf, String)], hint: &str) -> Result<(), String> {
    let there = files.iter().map(|(path, _)| path.clone());
    let there: Vec<PathBuf> = there.filter(|path| is_there(path)).collect();
    if !there.is_empty() {
        return Err(in_the_way(&there, hint));
    }
    let mut made = Vec::new();
    for (path, text) in files {
        if let Err(error) = write(path, text, &mut made) {
            take_back(&made);
            return Err(format!("{}: {error}; nothing was written", path.display()));
        }
    }
    Ok(())
}

fn write(path: &Path, text: &str, made: &mut Vec<PathBuf>) -> std::io::Result<()> {
    let folders = path.ancestors().skip(1);
    let lacking: Vec<&Path> = folders
        .take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists())
        .collect();
    for folder in lacking.into_iter().rev() {
        std::fs::create_dir(folder)?;
        made.push(folder.to_owned());
    }
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    made.push(path.to_owned());
    file.write_all(text.as_bytes())
}

/// What cannot be taken back stays; the error told is the first one.
fn take_back(made: &[PathBuf]) {
    for path in made.iter().rev() {
        drop(if path.is_dir() {
            std::fs::remove_dir(path)
        } else {
            std::fs::remove_file(path)
        });
    }
}

/// A link that leads nowhere is in the way, too.
fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

fn in_the_way(there: &[PathBuf], hint: &str) -> String {
    let names = there.iter().map(|path| path.display().to_string());
    let names: Vec<String> = names.collect();
    let verb = if names.len() == 1 { "is" } else { "are" };
    format!(
        "{} {verb} there already, and nothing was written\n  = help: {hint}",
        names.join(", ")
    )
}

/// As a shell reads one word.
fn quoted(word: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "/._-+~".contains(letter);
    if word.chars().all(plain) && !word.starts_with(['~', '-']) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}
