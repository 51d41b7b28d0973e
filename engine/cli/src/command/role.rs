//! `play doc role`: what roles say of their variables.
use super::load;
use crate::disk;
use crate::exit::Exit;
use crate::terminal;
use play_language::{Loader, Sources, keyword, requirement, spec};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Where roles lie that no playbook names.
const FOLDERS: [&str; 3] = ["roles", "playbooks/roles", requirement::FOLDER];

pub(crate) fn run(name: Option<&str>) -> Exit {
    let Some(name) = name else {
        terminal::print(&list());
        return Exit::Done;
    };
    let candidates = FOLDERS.map(|folder| Path::new(folder).join(name));
    let mut folders = candidates.into_iter().chain([PathBuf::from(name)]);
    let Some(folder) = folders.find(|folder| disk::vault().is_directory(folder)) else {
        if let Some(file) = requirement::asks_for(disk::vault(), Path::new(""), name) {
            let file = file.display();
            terminal::say(&format!(
                "error: role `{name}` of {file} is not installed (`play roles install` fetches it)"
            ));
            return Exit::Wrong;
        }
        let names = roles();
        let near = keyword::hint(name, names.iter().map(|(name, _)| name.as_str()));
        let hint = near.unwrap_or_else(|| "`play doc role` lists them".into());
        terminal::say(&format!("error: no role `{name}` ({hint})"));
        return Exit::Wrong;
    };
    let (spec, wrong) = spec::of_folder(disk::vault(), &folder);
    load::show(&wrong, &Sources::default(), &mut |_| {});
    match spec {
        Some(spec) if wrong.is_empty() => {
            terminal::print(&spec::manual(&spec));
            Exit::Done
        }
        Some(_) => Exit::Wrong,
        None => {
            terminal::say(&format!(
                "error: role `{name}` does not say what its variables are: it has no meta/argument_specs.yml"
            ));
            Exit::Wrong
        }
    }
}

/// Every role with what it is for.
fn list() -> String {
    let mut text = String::new();
    for (name, folder) in roles() {
        let (spec, _) = spec::of_folder(disk::vault(), &folder);
        let main = spec.as_ref().and_then(|spec| spec.entries.get("main"));
        let words = main.map_or("", |entry| entry.short.as_str());
        let _ = writeln!(text, "{}", format!("{name:<18} {words}").trim_end());
    }
    text
}

/// By the first folder that has them: a project's own role wins over a fetched one.
fn roles() -> Vec<(String, PathBuf)> {
    let mut found: Vec<(String, PathBuf)> = Vec::new();
    for folder in FOLDERS.map(Path::new) {
        for name in disk::vault().list(folder) {
            let path = folder.join(&name);
            let known = found.iter().any(|(known, _)| *known == name);
            if !known && disk::vault().is_directory(&path) {
                found.push((name, path));
            }
        }
    }
    found
}
