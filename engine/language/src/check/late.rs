//! Names that may come to be through includes whose file is only known late: those of every file the name could mean.
use crate::files::{self, Asker, Purpose};
use crate::inventory::pattern::glob;
use crate::play::{Play, Project, Task};
use crate::source::{Reader, folder, is_document, normal};
use crate::{Loader, Node, NodeKind, template};
use regex::Regex;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Files read for their names by one look; beyond that a name may be anything.
const MOST: usize = 500;

/// What is found, and whether there may be more.
#[derive(Default)]
pub(super) struct Late {
    pub(super) names: BTreeSet<String>,
    pub(super) open: bool,
}

/// The names a late include of tasks or variables may bring. Mistakes in files that may never be read are not told.
pub(super) fn names(task: &Task, play: &Play, project: &Project, loader: &dyn Loader) -> Late {
    let mut late = Late::default();
    let asker = Asker {
        project,
        folder: &play.folder,
        role: task.role,
        file: &task.place.file,
    };
    let (argument, folders) = match task.module.as_str() {
        "include_tasks" | "import_tasks" => ("file", task_folders(&asker)),
        "include_vars" => ("file", files::folders(&asker, Purpose::Variables)),
        _ => return late,
    };
    let directory = task.arguments.field("dir");
    let Some(name) = task
        .arguments
        .field(argument)
        .or(directory)
        .and_then(Node::as_str)
    else {
        return late;
    };
    let mut reader = Reader::new(loader);
    let mut found = candidates(name, &folders, loader);
    // What includes is not what is included.
    found.retain(|path| *path != Path::new(&*task.place.file));
    late.open = found.len() > MOST;
    for path in found.iter().take(MOST) {
        let Some(node) = reader.yaml(path, None) else {
            continue;
        };
        match (task.module.as_str(), task.arguments.field("name")) {
            ("include_vars", Some(name)) => late.names.extend(name.as_str().map(str::to_owned)),
            ("include_vars", None) => {
                late.names.extend(
                    node.as_map()
                        .into_iter()
                        .flat_map(|map| map.keys().cloned()),
                );
            }
            _ => walk(&node, &mut late),
        }
    }
    late
}

fn task_folders(asker: &Asker) -> Vec<PathBuf> {
    let mut folders = vec![folder(Path::new(asker.file))];
    if let Some(role) = asker.role.and_then(|index| asker.project.roles.get(index)) {
        folders.push(role.folder.join("tasks"));
        folders.push(role.folder.join("handlers"));
    }
    folders.push(asker.folder.to_path_buf());
    folders.push(asker.folder.join("tasks"));
    folders
}

/// Files the name may mean: each `{{ }}` may be anything.
fn candidates(name: &str, folders: &[PathBuf], loader: &dyn Loader) -> Vec<PathBuf> {
    let expression = Regex::new(r"\{\{.*?\}\}").ok();
    let pattern = expression.map_or_else(
        || "*".to_owned(),
        |expression| expression.replace_all(name, "*").into_owned(),
    );
    let last = pattern.rsplit('/').next().unwrap_or("*");
    let Ok(regex) = Regex::new(&glob(last)) else {
        return Vec::new();
    };
    let above = pattern.strip_suffix(last).unwrap_or_default();
    let anywhere = above.contains('*') || pattern == "*";
    let mut found = Vec::new();
    for base in folders {
        let base = if above.contains('*') {
            base.clone()
        } else {
            base.join(above)
        };
        gather(
            &normal(&base),
            anywhere && template::is_template(name),
            &regex,
            loader,
            &mut found,
        );
    }
    found.sort();
    found.dedup();
    found
}

fn gather(base: &Path, deep: bool, regex: &Regex, loader: &dyn Loader, out: &mut Vec<PathBuf>) {
    for name in loader.list(base) {
        let path = base.join(&name);
        if out.len() > MOST {
            return;
        }
        if loader.is_directory(&path) {
            // A name that is wholly unknown may lie deeper, but hardly below another role.
            if regex.is_match(&name) || deep && name != "roles" {
                gather(&path, deep, regex, loader, out);
            }
        } else if is_document(&path) && regex_fits(regex, &name) {
            out.push(path);
        }
    }
}

/// `install` may mean `install.yml`.
fn regex_fits(regex: &Regex, name: &str) -> bool {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    regex.is_match(name) || regex.is_match(stem)
}

/// `register` and `set_fact` anywhere among tasks.
fn walk(node: &Node, late: &mut Late) {
    match &node.kind {
        NodeKind::List(items) => items.iter().for_each(|item| walk(item, late)),
        NodeKind::Map(map) => {
            for (key, (_, value)) in map {
                let short = crate::syntax::action::short(key);
                match short {
                    "register" => late.names.extend(value.as_str().map(str::to_owned)),
                    "set_fact" | "vars" => {
                        let names = value.as_map().into_iter().flat_map(|map| map.keys());
                        late.names.extend(names.cloned());
                    }
                    "include_vars" | "include_tasks" | "include_role" | "import_role" => {
                        late.open = true;
                    }
                    _ => walk(value, late),
                }
            }
        }
        _ => {}
    }
}
