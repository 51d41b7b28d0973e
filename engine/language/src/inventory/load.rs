//! From `-i` to an inventory: files, directories, lists of hosts, and the folders of variables beside them.
use super::tree::Tree;
use super::{Inventory, ini, yaml};
use crate::source::{Reader, folder, is_document, normal, shown};
use crate::syntax::field;
use crate::{Node, keyword};
use play_core::{Diagnostic, Place};
use std::path::{Path, PathBuf};

/// Reads every source in order; later ones add to and override earlier ones. `playbooks` are folders with their own variables.
pub(crate) fn load(sources: &[PathBuf], playbooks: &[PathBuf], reader: &mut Reader) -> Inventory {
    let mut tree = Tree::new();
    let mut folders: Vec<PathBuf> = Vec::new();
    for source in sources {
        if shown(source).contains(',') {
            list(&shown(source), &mut tree, reader);
        } else if reader.loader.is_directory(source) {
            directory(source, &mut tree, reader);
            folders.push(source.clone());
        } else {
            file(source, &mut tree, reader);
            folders.push(folder(source));
        }
    }
    folders.extend(playbooks.iter().cloned());
    let mut seen: Vec<PathBuf> = Vec::new();
    for folder in folders {
        let folder = normal(&folder);
        if !seen.contains(&folder) {
            variables(&folder, &mut tree, reader);
            seen.push(folder);
        }
    }
    tree.finish(reader)
}

/// `-i host1,host2,`.
fn list(text: &str, tree: &mut Tree, reader: &mut Reader) {
    reader.sources.keep("-i", text);
    let place = Place {
        file: "-i".into(),
        ..Place::default()
    };
    for name in text
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
    {
        yaml::add("ungrouped", name, &place, &[], tree, reader);
    }
}

fn directory(path: &Path, tree: &mut Tree, reader: &mut Reader) {
    let mut found = false;
    for name in reader.loader.list(path) {
        let below = path.join(&name);
        if name.starts_with('.') || !is_inventory(&name) || !reader.loader.is_file(&below) {
            continue;
        }
        found = true;
        file(&below, tree, reader);
    }
    if !found {
        let message = format!("`{}` holds no inventory", shown(path));
        let hint = "put a `hosts.yml` or `hosts.ini` into it";
        reader.report(Diagnostic::error(message).hint(hint));
    }
}

fn is_inventory(name: &str) -> bool {
    match name.rsplit_once('.') {
        None => true,
        Some((_, extension)) => matches!(extension, "yml" | "yaml" | "ini" | "json"),
    }
}

fn file(path: &Path, tree: &mut Tree, reader: &mut Reader) {
    let path = &normal(path);
    if !reader.loader.is_file(path) && reader.loader.read(path).is_err() && is_name(path) {
        let name = shown(path);
        let message = format!("there is no inventory `{name}`");
        let hint = format!("a host is named with a comma: `-i {name},`");
        return reader.report(Diagnostic::error(message).hint(hint));
    }
    let extension = path
        .extension()
        .and_then(|name| name.to_str())
        .unwrap_or("");
    if matches!(extension, "yml" | "yaml" | "json") {
        if let Some(document) = reader.yaml(path, None) {
            yaml::read(&document, tree, reader);
        }
        return;
    }
    let Some(bytes) = reader.bytes(path, None) else {
        return;
    };
    let text = String::from_utf8_lossy(&bytes).into_owned();
    if text.starts_with("#!") {
        let message = format!(
            "`{}` is a program; an inventory must be a file of hosts",
            shown(path)
        );
        let hint = "run it and save what it prints as YAML or INI";
        reader.report(Diagnostic::error(message).hint(hint));
    } else if extension != "ini" && looks_like_yaml(&text) {
        if let Some(document) = reader.yaml(path, None) {
            yaml::read(&document, tree, reader);
        }
    } else {
        ini::read(&shown(path), &text, tree, reader);
    }
}

/// What could be meant for a host: no folder, and no ending of an inventory's.
fn is_name(path: &Path) -> bool {
    let text = shown(path);
    let file = [".yml", ".yaml", ".ini", ".json"];
    !text.contains('/') && !file.iter().any(|end| text.ends_with(end))
}

fn looks_like_yaml(text: &str) -> bool {
    let first = text
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty() && !line.starts_with(['#', ';']));
    first.is_some_and(|line| line == "---" || line.ends_with(':') || line.starts_with('{'))
}

/// `group_vars` and `host_vars` in a folder.
fn variables(folder: &Path, tree: &mut Tree, reader: &mut Reader) {
    let groups = folder.join("group_vars");
    for (name, files) in entries(&groups, reader) {
        if tree.has_group(&name) {
            for path in files {
                let definitions = definitions(&path, reader);
                tree.define_group(&name, definitions);
            }
        } else {
            orphan("group", &name, &files, &tree.group_names(), reader);
        }
    }
    let hosts = folder.join("host_vars");
    for (name, files) in entries(&hosts, reader) {
        if tree.has_host(&name) {
            for path in files {
                let definitions = definitions(&path, reader);
                tree.define_host(&name, definitions);
            }
        } else {
            orphan("host", &name, &files, &tree.host_names(), reader);
        }
    }
}

/// A file for a group this inventory does not have is normal where several inventories share it; a near miss is not.
fn orphan(kind: &str, name: &str, files: &[PathBuf], known: &[String], reader: &mut Reader) {
    let hint = keyword::hint(name, known.iter().map(String::as_str));
    if let (Some(hint), Some(file)) = (hint, files.first()) {
        let message = format!(
            "`{}` is for a {kind} `{name}`, which the inventory does not have",
            shown(file)
        );
        reader.report(Diagnostic::warning(message).hint(hint));
    }
}

/// Names, each with its files: `NAME.yml`, `NAME`, and everything below `NAME/`.
fn entries(folder: &Path, reader: &Reader) -> Vec<(String, Vec<PathBuf>)> {
    let mut entries: Vec<(String, Vec<PathBuf>)> = Vec::new();
    for entry in reader.loader.list(folder) {
        let path = folder.join(&entry);
        let (name, files) = if reader.loader.is_directory(&path) {
            (entry.clone(), below(&path, reader))
        } else {
            match entry.rsplit_once('.') {
                Some((name, "yml" | "yaml" | "json")) => (name.to_owned(), vec![path]),
                Some((name, _)) if !name.is_empty() && !is_host_like(&entry) => continue,
                _ => (entry.clone(), vec![path]),
            }
        };
        if entry.starts_with('.') {
            continue;
        }
        match entries.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => known.extend(files),
            None => entries.push((name, files)),
        }
    }
    entries
}

/// `host_vars/db.example.org` is for a host; `group_vars/all.md` and `all.yml~` are for nobody.
fn is_host_like(entry: &str) -> bool {
    let extension = entry
        .rsplit_once('.')
        .map_or("", |(_, extension)| extension);
    !entry.ends_with('~')
        && !matches!(
            extension,
            "md" | "txt" | "bak" | "orig" | "swp" | "j2" | "sample"
        )
}

fn below(folder: &Path, reader: &Reader) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for name in reader.loader.list(folder) {
        let path = folder.join(&name);
        if name.starts_with('.') || name.ends_with('~') {
            continue;
        }
        if reader.loader.is_directory(&path) {
            files.extend(below(&path, reader));
        } else if !name.contains('.') || is_document(&path) {
            files.push(path);
        }
    }
    files
}

/// The variables of a file of variables.
pub(crate) fn definitions(path: &Path, reader: &mut Reader) -> Vec<super::Definition> {
    match reader.yaml(path, None) {
        Some(node) => of_document(&node, reader),
        None => Vec::new(),
    }
}

pub(crate) fn of_document(node: &Node, reader: &mut Reader) -> Vec<super::Definition> {
    field::definitions(node, reader)
}
