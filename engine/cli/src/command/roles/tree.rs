//! A role's files: written out of git's objects without a checkout, so that no filter, hook or link has a say, and their digest.
use super::git::{Entry, Git};
use super::tell;
use ring::digest::{Context, SHA256};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Component, Path, PathBuf};

/// The mode of a commit of another repository in a tree.
const SUBMODULE: &str = "160000";

/// One of these is in every role.
const PARTS: [&str; 7] = [
    "tasks",
    "handlers",
    "defaults",
    "vars",
    "meta",
    "templates",
    "files",
];

fn words(path: &Path) -> impl Fn(std::io::Error) -> String + '_ {
    move |error| format!("{}: {error}", path.display())
}

/// Writes what a folder of a commit holds into a new folder. Submodules are left out.
pub(super) fn write(
    git: &Git,
    commit: &str,
    path: Option<&str>,
    into: &Path,
) -> Result<(), String> {
    let entries = git.entries(commit, path)?;
    std::fs::create_dir_all(into).map_err(words(into))?;
    let name = into.file_name().unwrap_or_default().display();
    for submodule in entries.iter().filter(|entry| entry.mode == SUBMODULE) {
        let path = submodule.path.display();
        tell(&format!("{name}: its submodule `{path}` is left out"));
    }
    let mut contents = git.contents()?;
    let (links, files): (Vec<&Entry>, Vec<&Entry>) = entries
        .iter()
        .filter(|entry| entry.mode != SUBMODULE)
        .partition(|entry| entry.mode == "120000");
    for entry in files {
        file(entry, &contents.of(&entry.object)?, into)?;
    }
    // Behind the files: nothing is ever written through a link.
    for entry in &links {
        link(entry, &contents.of(&entry.object)?, into)?;
    }
    for entry in &links {
        leads_inside(&entry.path, into)?;
    }
    if !PARTS.iter().any(|part| into.join(part).is_dir()) {
        return Err("what is there is no role: it has no tasks, handlers, defaults, vars, meta, templates or files (`path:` says which folder of the repository is the role)".into());
    }
    Ok(())
}

/// The place of an entry, whose folders are made.
fn place(entry: &Entry, into: &Path) -> Result<PathBuf, String> {
    let plain = |part: Component| match part {
        Component::Normal(name) => !name.eq_ignore_ascii_case(".git"),
        _ => false,
    };
    if !entry.path.components().all(plain) {
        return Err(format!("its tree has the path {}", entry.path.display()));
    }
    let path = into.join(&entry.path);
    let folder = path.parent().unwrap_or(into);
    std::fs::create_dir_all(folder).map_err(words(folder))?;
    Ok(path)
}

fn file(entry: &Entry, content: &[u8], into: &Path) -> Result<(), String> {
    let path = place(entry, into)?;
    let mode = if entry.mode == "100755" { 0o777 } else { 0o666 };
    let opened = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(&path);
    opened
        .and_then(|mut file| file.write_all(content))
        .map_err(words(&path))
}

fn link(entry: &Entry, target: &[u8], into: &Path) -> Result<(), String> {
    let path = place(entry, into)?;
    let target = Path::new(OsStr::from_bytes(target));
    let mut depth = entry.path.components().count() - 1;
    for part in target.components() {
        let below = match part {
            Component::Normal(_) => Some(depth + 1),
            Component::ParentDir => depth.checked_sub(1),
            Component::CurDir => Some(depth),
            _ => None,
        };
        depth = below.ok_or_else(|| leads_out(&entry.path, target))?;
    }
    std::os::unix::fs::symlink(target, &path).map_err(words(&path))
}

/// By way of other links it may still lead out.
fn leads_inside(link: &Path, into: &Path) -> Result<(), String> {
    let path = into.join(link);
    let top = std::fs::canonicalize(into).map_err(words(into))?;
    match std::fs::canonicalize(&path) {
        Ok(target) if target.starts_with(&top) => Ok(()),
        Ok(target) => Err(leads_out(link, &target)),
        Err(_) => Err(format!("its link `{}` leads nowhere", link.display())),
    }
}

fn leads_out(link: &Path, target: &Path) -> String {
    let (link, target) = (link.display(), target.display());
    format!("its link `{link}` leads out of the role, to {target}")
}

/// SHA-256 over all files by their paths' order: kind (`f`, `x` for executable, `l` for a link, `d` for an empty folder), path, content or the link's
/// target, each text with its length before it. In hexadecimal.
pub(super) fn digest(folder: &Path) -> Result<String, String> {
    let mut digest = Context::new(&SHA256);
    for path in paths(folder)? {
        let (kind, content) = content(&folder.join(&path))?;
        digest.update(&[kind]);
        for text in [path.as_os_str().as_bytes(), &content] {
            digest.update(&(text.len() as u64).to_be_bytes());
            digest.update(text);
        }
    }
    Ok(hexadecimal(digest))
}

/// Kind and SHA-256 of each file, by its path.
pub(super) fn list(folder: &Path) -> Result<BTreeMap<String, String>, String> {
    let mut found = BTreeMap::new();
    for path in paths(folder)? {
        let (kind, content) = content(&folder.join(&path))?;
        let mut digest = Context::new(&SHA256);
        digest.update(&content);
        let text = format!("{}{}", char::from(kind), hexadecimal(digest));
        found.insert(path.display().to_string(), text);
    }
    Ok(found)
}

fn hexadecimal(digest: Context) -> String {
    let mut text = String::new();
    for byte in digest.finish().as_ref() {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Everything in a folder that is no folder, and folders with nothing in them, which git does not know.
fn paths(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let mut paths = Vec::new();
    walk(folder, Path::new(""), &mut paths)?;
    paths.sort_by(|one, other| one.as_os_str().as_bytes().cmp(other.as_os_str().as_bytes()));
    Ok(paths)
}

fn walk(top: &Path, below: &Path, paths: &mut Vec<PathBuf>) -> Result<(), String> {
    let folder = top.join(below);
    let before = paths.len();
    for entry in std::fs::read_dir(&folder).map_err(words(&folder))? {
        let entry = entry.map_err(words(&folder))?;
        let path = below.join(entry.file_name());
        if entry.file_type().map_err(words(&folder))?.is_dir() {
            walk(top, &path, paths)?;
        } else {
            paths.push(path);
        }
    }
    if paths.len() == before {
        paths.push(below.to_path_buf());
    }
    Ok(())
}

fn content(path: &Path) -> Result<(u8, Vec<u8>), String> {
    let meta = std::fs::symlink_metadata(path).map_err(words(path))?;
    if meta.is_symlink() {
        let target = std::fs::read_link(path).map_err(words(path))?;
        return Ok((b'l', target.into_os_string().as_bytes().to_vec()));
    }
    if meta.is_dir() {
        return Ok((b'd', Vec::new()));
    }
    if !meta.is_file() {
        return Err(format!("{} is neither a file nor a link", path.display()));
    }
    let kind = if meta.permissions().mode() & 0o100 == 0 {
        b'f'
    } else {
        b'x'
    };
    Ok((kind, std::fs::read(path).map_err(words(path))?))
}
