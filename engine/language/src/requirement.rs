//! Roles a project takes from elsewhere: what `roles.yml` asks for, and what `roles.lock` has fixed.
mod lock;
mod origin;
mod read;

pub use lock::{Lock, Locked};

use crate::source::{Reader, Sources};
use crate::{Loader, Node, yaml};
use play_core::{Diagnostic, Place};
use std::path::{Path, PathBuf};

/// What a project asks for; the second is Ansible's name for it.
pub const FILES: [&str; 2] = ["roles.yml", "requirements.yml"];
/// What was chosen, beside it.
pub const LOCK: &str = "roles.lock";
/// Where what was fetched is put, beside it.
pub const FOLDER: &str = ".play/roles";

/// One role of another repository.
#[derive(Clone, Debug)]
pub struct Requirement {
    pub name: String,
    pub place: Place,
    /// A git URL, or the path of a repository from the folder of `roles.yml`.
    pub source: String,
    /// A tag, a branch or a commit; None is the repository's own branch.
    pub version: Option<String>,
    /// The folder in the repository that is the role; None is its top.
    pub path: Option<String>,
}

/// The file, and what it asks for.
#[derive(Clone, Debug)]
pub struct Requirements {
    pub file: PathBuf,
    pub roles: Vec<Requirement>,
}

/// What is asked for here. None where no file asks for anything.
pub fn read(loader: &dyn Loader) -> (Option<Requirements>, Vec<Diagnostic>, Sources) {
    read_in(loader, Path::new(""))
}

/// What the project in a folder asks for.
pub fn read_in(
    loader: &dyn Loader,
    folder: &Path,
) -> (Option<Requirements>, Vec<Diagnostic>, Sources) {
    let mut reader = Reader::new(loader);
    let file = reader.first_file(FILES.map(|file| folder.join(file)));
    let asked = file.map(|file| Requirements {
        roles: read::requirements(&file, &mut reader),
        file,
    });
    (asked, reader.diagnostics, reader.sources)
}

/// A lock; one that is not there is empty.
pub fn lock(loader: &dyn Loader, file: &Path) -> (Lock, Vec<Diagnostic>, Sources) {
    let mut reader = Reader::new(loader);
    let lock = lock::read(file, &mut reader);
    (lock, reader.diagnostics, reader.sources)
}

/// The file in this folder that asks for a role of this name, whatever else is wrong with it.
pub fn asks_for(loader: &dyn Loader, folder: &Path, name: &str) -> Option<PathBuf> {
    let mut files = FILES.iter().map(|file| folder.join(file));
    files.find(|path| {
        let bytes = loader.is_file(path).then(|| loader.read(path).ok());
        let node = bytes.flatten().and_then(|bytes| yaml::parse("", &bytes).0);
        node.is_some_and(|node| names(&node).contains(&name))
    })
}

fn names(node: &Node) -> Vec<&str> {
    let list = node.field("roles").unwrap_or(node).as_list();
    let entries = list.unwrap_or_default().iter();
    entries.filter_map(read::name_of).collect()
}
