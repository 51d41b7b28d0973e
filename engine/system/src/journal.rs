//! The journal of a run on its host: what was changed, from what, by which task; and the notifications that are still
//! to be followed, which outlive a run that was cut short.
mod entry;
mod pending;
mod prune;

pub use entry::{Entry, Step};

use crate::state_folder;
use play_core::{Change, Fault, Mask, Value};
use std::fs::File;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// One run's journal, open for more.
pub struct Journal {
    file: File,
    path: PathBuf,
    folder: PathBuf,
}

impl Journal {
    /// Opens the journal of a run: `/var/lib/play/journal/RUN.jsonl` for root, below `~/.local/state/play` for others.
    pub fn open(run: &str) -> Result<Self, Fault> {
        Self::open_in(&state_folder::path(), run)
    }

    /// The same below another folder.
    pub fn open_in(folder: &Path, run: &str) -> Result<Self, Fault> {
        state_folder::make_private(folder)?;
        state_folder::make_private(&folder.join("journal"))?;
        let path = path_of(folder, run)?;
        let file = std::fs::OpenOptions::new()
            .append(true)
            .create(true)
            .mode(0o600)
            .open(&path)
            .map_err(|error| Fault::file("open", &path.to_string_lossy(), &error))?;
        Ok(Self {
            file,
            path,
            folder: folder.to_owned(),
        })
    }

    /// Writes down a change, masked, and sees it to the disk. `label` names its task and place: `motd at site.yml:12`; `irreversible` is
    /// why the task says that no rollback may take it back.
    pub fn record(
        &self,
        label: &str,
        change: &Change,
        mask: &Mask,
        irreversible: Option<&str>,
    ) -> Result<(), Fault> {
        let mut entry = Entry::new(label, change, mask);
        let said = irreversible.map(|why| mask.text(why));
        entry.irreversible = entry.irreversible.or(said);
        self.write(&entry)
    }

    /// Writes down that a task changed something, and nothing of what.
    pub fn record_hidden(&self, label: &str, mask: &Mask) -> Result<(), Fault> {
        self.write(&Entry::hidden(label, mask))
    }

    fn write(&self, entry: &Entry) -> Result<(), Fault> {
        let mut line = serde_json::to_string(entry).map_err(|error| Fault::Bug {
            message: error.to_string(),
        })?;
        line.push('\n');
        // One write a line: a line cut short by a crash is the last one, and is skipped by whoever reads.
        (&self.file)
            .write_all(line.as_bytes())
            .and_then(|()| self.file.sync_data())
            .map_err(|error| Fault::file("write", &self.path.to_string_lossy(), &error))
    }

    /// What is still to be followed from this run or an earlier one.
    pub fn pending(&self) -> Vec<String> {
        pending::read(&self.folder)
    }

    /// Notes, to the disk, what has to follow; called before the change that asks for it.
    pub fn notify(&self, keys: &[String]) -> Result<(), Fault> {
        pending::alter(&self.folder, |known| {
            for key in keys {
                if !known.contains(key) {
                    known.push(key.clone());
                }
            }
        })
    }

    /// Notes that it has followed.
    pub fn finish(&self, key: &str) -> Result<(), Fault> {
        pending::alter(&self.folder, |known| known.retain(|other| other != key))
    }
}

/// What earlier runs were notified of and did not finish.
pub fn pending() -> Vec<String> {
    pending::read(&state_folder::path())
}

/// The runs this host remembers, oldest first.
pub fn runs() -> Result<Vec<String>, Fault> {
    runs_in(&state_folder::path())
}

fn runs_in(folder: &Path) -> Result<Vec<String>, Fault> {
    let folder = folder.join("journal");
    let names = crate::machine::file::list(&folder.to_string_lossy())?;
    let written =
        |name: &String| std::fs::metadata(folder.join(name)).and_then(|status| status.modified());
    let mut runs: Vec<_> = names
        .iter()
        .filter_map(|name| Some((written(name).ok()?, name.strip_suffix(".jsonl")?.to_owned())))
        .collect();
    runs.sort();
    Ok(runs.into_iter().map(|(_, run)| run).collect())
}

/// What a run changed, in the order it did.
pub fn read(run: &str) -> Result<Vec<Entry>, Fault> {
    read_in(&state_folder::path(), run)
}

/// The same below another folder.
pub fn read_in(folder: &Path, run: &str) -> Result<Vec<Entry>, Fault> {
    let path = path_of(folder, run)?;
    let text = std::fs::read_to_string(&path).map_err(|error| {
        let shown = path.to_string_lossy();
        match error.kind() {
            std::io::ErrorKind::NotFound => {
                Fault::stated(format!("this host has no journal of the run {run}"))
            }
            _ => Fault::file("read", &shown, &error),
        }
    })?;
    Ok(text
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect())
}

/// The same as an answer to a module: null where there is none.
pub(crate) fn answer(run: &str) -> Result<Value, Fault> {
    if !path_of(&state_folder::path(), run)?.exists() {
        return Ok(Value::Null);
    }
    serde_json::to_value(read(run)?).map_err(|error| Fault::Bug {
        message: error.to_string(),
    })
}

fn path_of(folder: &Path, run: &str) -> Result<PathBuf, Fault> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if run.is_empty() || run.starts_with('.') || !run.chars().all(plain) {
        return Err(Fault::arguments(format!("`{run}` is no name of a run")));
    }
    Ok(folder.join("journal").join(format!("{run}.jsonl")))
}

#[cfg(test)]
mod tests;
