//! What a host forgets of earlier runs, so that journals do not grow for ever.
use super::Journal;
use play_core::Fault;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// All journals together take no more than this many bytes, the newest [`ALWAYS`] aside.
const BYTES: u64 = 64 << 20;
/// So many of the newest runs are remembered however large they are.
const ALWAYS: usize = 10;

/// A journal that is there.
struct Kept {
    written: SystemTime,
    bytes: u64,
    path: PathBuf,
}

impl Journal {
    /// Forgets all but the newest `runs` journals, and of these the oldest where they take too much room; this run's own stays.
    /// Those of runs that changed nothing go at once, this one's too: they say nothing, and would push out others.
    pub fn prune(&self, runs: usize) -> Result<(), Fault> {
        self.prune_to(runs, BYTES)
    }

    pub(super) fn prune_to(&self, runs: usize, bytes: u64) -> Result<(), Fault> {
        let (empty, mut kept): (Vec<Kept>, Vec<Kept>) = all(&self.folder.join("journal"))?
            .into_iter()
            .partition(|journal| journal.bytes == 0);
        let path = &self.path;
        kept.sort_by_key(|journal| std::cmp::Reverse((journal.path == *path, journal.written)));
        let mut taken = 0;
        let old = kept.into_iter().enumerate().filter(|(place, journal)| {
            taken += journal.bytes;
            *place >= runs.max(1) || (*place >= ALWAYS && taken > bytes)
        });
        for journal in empty.into_iter().chain(old.map(|(_, journal)| journal)) {
            remove(&journal.path)?;
        }
        Ok(())
    }
}

/// Every journal in the folder. What else lies there is not ours.
fn all(folder: &Path) -> Result<Vec<Kept>, Fault> {
    let unread = |error| Fault::file("read", &folder.to_string_lossy(), &error);
    let mut journals = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unread)? {
        let entry = entry.map_err(unread)?;
        let path = entry.path();
        let named = path.extension().is_some_and(|end| end == "jsonl");
        // one that went meanwhile needs no removal
        if let (true, Ok(status)) = (named, entry.metadata())
            && status.is_file()
        {
            journals.push(Kept {
                written: status.modified().unwrap_or(SystemTime::UNIX_EPOCH),
                bytes: status.len(),
                path,
            });
        }
    }
    Ok(journals)
}

fn remove(path: &Path) -> Result<(), Fault> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Fault::file("remove", &path.to_string_lossy(), &error))
        }
        _ => Ok(()),
    }
}
