//! Where the files that tasks name are: in the role, in the roles around it, beside the playbook.
use crate::play::Project;
use crate::source::{folder, normal, shown};
use crate::{Loader, keyword};
use std::path::{Path, PathBuf};

/// What a file is for, which says the folder it is looked for in first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    Template,
    File,
    Variables,
}

impl Purpose {
    fn folder(self) -> &'static str {
        match self {
            Self::Template => "templates",
            Self::File => "files",
            Self::Variables => "vars",
        }
    }

    /// As messages name it.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Template => "template",
            Self::File => "file",
            Self::Variables => "file of variables",
        }
    }
}

/// Who asks: the play's folder, the task's role, and the file the task is in.
pub struct Asker<'a> {
    pub project: &'a Project,
    pub folder: &'a Path,
    pub role: Option<usize>,
    pub file: &'a str,
}

/// What was not found, and where.
#[derive(Clone, Debug)]
pub struct Missing {
    pub looked: Vec<PathBuf>,
    pub hint: Option<String>,
}

/// The folders a relative name is looked for in, in order.
pub fn folders(asker: &Asker, purpose: Purpose) -> Vec<PathBuf> {
    let mut folders = Vec::new();
    if let Some(role) = asker.role.and_then(|index| asker.project.roles.get(index)) {
        let around = role
            .parents
            .iter()
            .filter_map(|index| asker.project.roles.get(*index));
        for scope in std::iter::once(role).chain(around) {
            folders.push(scope.folder.join(purpose.folder()));
            folders.push(scope.folder.clone());
        }
    }
    let near = folder(Path::new(asker.file));
    folders.push(near.join(purpose.folder()));
    folders.push(near);
    folders.push(asker.folder.join(purpose.folder()));
    folders.push(asker.folder.to_path_buf());
    let mut seen: Vec<PathBuf> = Vec::new();
    for folder in folders.iter().map(|folder| normal(folder)) {
        if !seen.contains(&folder) {
            seen.push(folder);
        }
    }
    seen
}

/// The file or directory a name means.
pub fn find(
    loader: &dyn Loader,
    asker: &Asker,
    purpose: Purpose,
    name: &str,
) -> Result<PathBuf, Missing> {
    let looked = folders(asker, purpose);
    let found = looked
        .iter()
        .map(|folder| normal(&folder.join(name)))
        .find(|path| loader.is_file(path) || loader.is_directory(path));
    found.ok_or_else(|| {
        let near: Vec<String> = looked
            .iter()
            .flat_map(|folder| loader.list(folder))
            .collect();
        let hint = keyword::hint(name, near.iter().map(String::as_str)).or_else(|| {
            let names: Vec<String> = looked
                .iter()
                .take(4)
                .map(|path| format!("`{}`", shown(path)))
                .collect();
            Some(format!("looked in {}", names.join(", ")))
        });
        Missing { looked, hint }
    })
}

/// The argument of a module that names a file of the controller, and what that file is for.
pub fn named(module: &str) -> Option<(&'static str, Purpose)> {
    match module {
        "template" => Some(("src", Purpose::Template)),
        "copy" | "unarchive" => Some(("src", Purpose::File)),
        "script" => Some(("cmd", Purpose::File)),
        "include_vars" => Some(("file", Purpose::Variables)),
        _ => None,
    }
}

/// True for what names no file of the controller: an absolute URL.
pub fn is_remote(name: &str) -> bool {
    name.contains("://")
}
