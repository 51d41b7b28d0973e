//! Where the host keeps what play remembers between runs.
use crate::machine::file;
use play_core::Fault;
use rustix::fs::{Mode, mkdir};
use rustix::io::Errno;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// `/var/lib/play` for root; `~/.local/state/play` for everybody else.
pub(crate) fn path() -> PathBuf {
    if rustix::process::geteuid().is_root() {
        return PathBuf::from("/var/lib/play");
    }
    std::env::var_os("XDG_STATE_HOME")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/state")))
        .map_or_else(
            || std::env::temp_dir().join(format!("play-{}", rustix::process::geteuid().as_raw())),
            |folder| folder.join("play"),
        )
}

/// Makes a folder that only we can enter, with what it lies in; one of somebody else's is refused.
pub(crate) fn make_private(folder: &Path) -> Result<(), Fault> {
    let shown = folder.to_string_lossy();
    if let Some(parent) = folder.parent() {
        std::fs::create_dir_all(parent)
            .map_err(|error| Fault::file("create", &parent.to_string_lossy(), &error))?;
    }
    match mkdir(folder, Mode::from_raw_mode(0o700)) {
        Ok(()) | Err(Errno::EXIST) => {}
        Err(error) => return Err(file::fault("create", &shown, error)),
    }
    let status = std::fs::symlink_metadata(folder)
        .map_err(|error| Fault::file("look at", &shown, &error))?;
    if !status.is_dir() || status.uid() != rustix::process::geteuid().as_raw() {
        return Err(Fault::refused(
            format!("keeping anything in {shown}"),
            "it is not a folder of ours",
        ));
    }
    Ok(())
}
