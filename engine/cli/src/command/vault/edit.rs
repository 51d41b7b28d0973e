//! `play vault edit`: plain text exists in memory, and in a file only this account can reach, for as long as the editor runs.
use super::{open, read, replace};
use crate::disk;
use play_language::vault::is_sealed;
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::process::Command;
use tokio::signal::unix::{SignalKind, signal};

/// Memory, where there is such a place: what is removed from it is gone.
const MEMORY: &str = "/dev/shm";

pub(super) fn edit(file: &Path) -> Result<(), String> {
    let sealed = if file.exists() {
        read(file)?
    } else {
        Vec::new()
    };
    let before = if sealed.is_empty() {
        Vec::new()
    } else if is_sealed(&sealed) {
        open(file, &sealed)?
    } else {
        return Err(format!(
            "{} is not encrypted (`play vault encrypt` does that)",
            file.display()
        ));
    };
    // Found out before anyone has typed something.
    disk::vault().seal_as(&sealed, b"")?;
    let after = edited(file, &before)?;
    if after == before {
        return Ok(());
    }
    replace(file, disk::vault().seal_as(&sealed, &after)?.as_bytes())
}

/// What the editor makes of a text. The folder is removed whatever happens here; signals wait until it is.
fn edited(file: &Path, before: &[u8]) -> Result<Vec<u8>, String> {
    let _waiting = ignore_signals();
    let memory = Path::new(MEMORY);
    let place = if memory.is_dir() {
        memory.to_path_buf()
    } else {
        std::env::temp_dir()
    };
    let words = |error: std::io::Error| format!("{}: {error}", place.display());
    let folder = tempfile::Builder::new()
        .prefix("play-")
        .permissions(std::fs::Permissions::from_mode(0o700))
        .tempdir_in(&place)
        .map_err(words)?;
    let name = file.file_name().unwrap_or("secret".as_ref());
    let path = folder.path().join(name);
    std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path)
        .and_then(|mut plain| plain.write_all(before))
        .map_err(words)?;
    let editor = ["VISUAL", "EDITOR"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|text| !text.is_empty()))
        .unwrap_or_else(|| "vi".into());
    let ended = Command::new("sh")
        .args(["-c", &format!("{editor} \"$1\""), "sh"])
        .arg(&path)
        .status()
        .map_err(|error| format!("sh: {error}"))?;
    if !ended.success() {
        return Err(format!("{editor} failed ({ended}); nothing was changed"));
    }
    std::fs::read(&path).map_err(words)
}

/// While the runtime lives, a signal that would end this program does not.
fn ignore_signals() -> Option<tokio::runtime::Runtime> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .ok()?;
    let inside = runtime.enter();
    for kind in [
        SignalKind::interrupt(),
        SignalKind::terminate(),
        SignalKind::hangup(),
        SignalKind::quit(),
    ] {
        drop(signal(kind).ok()?);
    }
    drop(inside);
    Some(runtime)
}
