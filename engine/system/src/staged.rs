//! Content from the controller, piece by piece, in a folder only we can enter; it lasts as long as the agent.
use crate::{leftover, state_folder};
use play_core::Fault;
use sha2::{Digest, Sha256};
use std::io::Write;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    state_folder::path().join(leftover::named("staged"))
}

/// Adds a piece; with the last one the digest is checked.
pub fn add(sha256: &str, bytes: &[u8], last: bool) -> Result<PathBuf, Fault> {
    if !sha256.bytes().all(|byte| byte.is_ascii_hexdigit()) || sha256.len() != 64 {
        return Err(Fault::Bug {
            message: format!("`{sha256}` is no digest"),
        });
    }
    let folder = folder();
    state_folder::make_private(&folder)?;
    let path = folder.join(sha256);
    let fault =
        |error: &dyn std::fmt::Display| Fault::file("write", &path.to_string_lossy(), error);
    let mut file = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(&path)
        .map_err(|error| fault(&error))?;
    if let Err(error) = file.write_all(bytes) {
        // A part is of no use, and may be what fills the disk.
        drop(std::fs::remove_file(&path));
        return Err(fault(&error));
    }
    if last && digest(&path).map_err(|error| fault(&error))? != sha256 {
        drop(std::fs::remove_file(&path));
        return Err(fault(&"it did not arrive whole"));
    }
    Ok(path)
}

/// Removes all of it.
pub fn clear() {
    drop(std::fs::remove_dir_all(folder()));
}

fn digest(path: &Path) -> std::io::Result<String> {
    let mut digest = Sha256::new();
    std::io::copy(&mut std::fs::File::open(path)?, &mut digest)?;
    Ok(format!("{:x}", digest.finalize()))
}
