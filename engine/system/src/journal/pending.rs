//! What was notified and has not followed yet, kept on the host so that a cut-off run does not lose it.
use crate::machine::account::database::{group_name, user_name};
use crate::machine::file;
use play_core::state::File;
use play_core::{Fault, State};
use std::path::{Path, PathBuf};

fn path(folder: &Path) -> PathBuf {
    folder.join("pending.json")
}

/// The keys, in the order they were notified; none where there is no file, or it is not ours to understand.
pub(super) fn read(folder: &Path) -> Vec<String> {
    std::fs::read(path(folder))
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .unwrap_or_default()
}

/// Alters the keys: written beside, synced, renamed, synced.
pub(super) fn alter(folder: &Path, change: impl FnOnce(&mut Vec<String>)) -> Result<(), Fault> {
    let known = read(folder);
    let mut keys = known.clone();
    change(&mut keys);
    if keys == known {
        return Ok(());
    }
    let text = serde_json::to_string(&keys).map_err(|error| Fault::Bug {
        message: error.to_string(),
    })?;
    let path = path(folder).to_string_lossy().into_owned();
    let mut file = File::regular(text, 0o600);
    file.owner = user_name(rustix::process::geteuid().as_raw());
    file.group = group_name(rustix::process::getegid().as_raw());
    let after = if keys.is_empty() {
        State::Absent
    } else {
        State::File(file)
    };
    file::put(&path, &file::look(&path)?, &after)
}
