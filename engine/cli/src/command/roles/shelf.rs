//! `.play/roles`: where fetched roles stand, and what is known of each.
use super::{quiet_lock, tree};
use crate::keys;
use play_language::requirement::{FOLDER, Lock, Locked};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

const TOP: &str = ".play";
/// What was put here, in the lock's own words: tells an edited role from one of another version.
pub(super) const RECORD: &str = ".play/installed.lock";
/// The digest of each file of each role as it was put here: tells which of them was edited.
const CONTENTS: &str = ".play/contents";

/// How the names of folders begin that exist while something is fetched.
const WORK: &str = "work-";

/// A folder to fetch into. Whoever has one that is beside the roles is alone there.
pub(super) struct Bench {
    pub(super) folder: tempfile::TempDir,
    _turn: Option<File>,
}

/// How a role stands against the lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Installed,
    Missing,
    /// What was installed, and not what the lock names.
    Other,
    Edited,
}

impl State {
    /// That of what has this digest, by what the lock names and what was put there last.
    pub(super) fn of(digest: &str, locked: Option<&Locked>, put: Option<&Locked>) -> Self {
        let is = |role: Option<&Locked>| role.is_some_and(|role| role.sha256 == digest);
        match (is(locked), is(put)) {
            (true, _) => Self::Installed,
            (false, true) => Self::Other,
            (false, false) => Self::Edited,
        }
    }
}

pub(super) struct Shelf {
    record: Lock,
}

fn words(path: &Path) -> impl Fn(std::io::Error) -> String + '_ {
    move |error| format!("{}: {error}", path.display())
}

pub(super) fn place(name: &str) -> PathBuf {
    Path::new(FOLDER).join(name)
}

impl Shelf {
    pub(super) fn open() -> Self {
        let record = quiet_lock(Path::new(RECORD));
        Self { record }
    }

    pub(super) fn state(&self, name: &str, locked: Option<&Locked>) -> Result<State, String> {
        let place = place(name);
        if std::fs::symlink_metadata(&place).is_err() {
            return Ok(State::Missing);
        }
        let digest = tree::digest(&place)?;
        Ok(State::of(&digest, locked, self.record.roles.get(name)))
    }

    /// The roles there are, sorted.
    pub(super) fn names() -> Vec<String> {
        let entries = std::fs::read_dir(FOLDER).into_iter().flatten().flatten();
        let mut names: Vec<String> = entries
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    /// A place beside the roles to work in, which is gone when it is dropped.
    pub(super) fn bench() -> Result<Bench, String> {
        std::fs::create_dir_all(FOLDER).map_err(words(Path::new(FOLDER)))?;
        let ignore = Path::new(TOP).join(".gitignore");
        if !ignore.exists() {
            write(&ignore, "*\n")?;
        }
        let turn = Path::new(TOP).join("turn");
        let file = File::create(&turn).map_err(words(&turn))?;
        if file.try_lock().is_err() {
            return Err("another `play roles` is at work here: wait for its end".into());
        }
        sweep();
        let made = tempfile::Builder::new().prefix(WORK).tempdir_in(TOP);
        Ok(Bench {
            folder: made.map_err(words(Path::new(TOP)))?,
            _turn: Some(file),
        })
    }

    /// A place elsewhere, for whoever only looks.
    pub(super) fn aside() -> Result<Bench, String> {
        let made = tempfile::Builder::new().prefix("play-").tempdir();
        Ok(Bench {
            folder: made.map_err(|error| error.to_string())?,
            _turn: None,
        })
    }

    /// Puts a folder in a role's place, whole or not at all.
    pub(super) fn put(&mut self, name: &str, role: &Locked, staged: &Path) -> Result<(), String> {
        let place = place(name);
        if std::fs::symlink_metadata(&place).is_ok() {
            let old = staged.with_file_name(format!("{name}..old"));
            std::fs::rename(&place, &old).map_err(words(&place))?;
        }
        std::fs::rename(staged, &place).map_err(words(&place))?;
        self.record.roles.insert(name.to_owned(), role.clone());
        write(Path::new(RECORD), &self.record.text())?;
        describe(name)
    }
}

/// Keeps the digests of a role's files as they are now.
fn describe(name: &str) -> Result<(), String> {
    std::fs::create_dir_all(CONTENTS).map_err(words(Path::new(CONTENTS)))?;
    let list = tree::list(&place(name))?;
    let text = serde_json::to_string(&list).map_err(|error| error.to_string())?;
    write(&contents_file(name), &text)
}

fn contents_file(name: &str) -> PathBuf {
    Path::new(CONTENTS).join(format!("{name}.json"))
}

/// The digests of a role's files as it was put into a project's `.play`.
pub(super) fn contents(project: &Path, name: &str) -> Option<BTreeMap<String, String>> {
    let text = std::fs::read(project.join(contents_file(name))).ok()?;
    serde_json::from_slice(&text).ok()
}

/// Removes what was left when this program was ended at its work.
fn sweep() {
    let entries = std::fs::read_dir(TOP).into_iter().flatten().flatten();
    let left = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(WORK));
    for entry in left {
        drop(std::fs::remove_dir_all(entry.path()));
    }
}

/// Writes a file, whole or not at all, where it is not so already.
pub(super) fn write(path: &Path, text: &str) -> Result<(), String> {
    use std::os::unix::fs::PermissionsExt;
    if std::fs::read(path).is_ok_and(|known| known == text.as_bytes()) {
        return Ok(());
    }
    let mut staged = keys::staged(path.parent().unwrap_or(Path::new(""))).map_err(words(path))?;
    staged.write_all(text.as_bytes()).map_err(words(path))?;
    let mode = std::fs::metadata(path).map_or(0o644, |known| known.permissions().mode());
    let mode = std::fs::Permissions::from_mode(mode);
    staged
        .as_file()
        .set_permissions(mode)
        .map_err(words(path))?;
    staged.as_file().sync_all().map_err(words(path))?;
    staged
        .persist(path)
        .map(drop)
        .map_err(|error| words(path)(error.error))
}
