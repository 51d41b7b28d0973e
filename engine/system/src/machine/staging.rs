//! Private files for scripts and validators: in a folder of their own that only one account can enter, gone afterwards.
use super::account::Account;
use super::file::fault;
use crate::leftover;
use play_core::Fault;
use rustix::fs::{Gid, Mode, StatVfsMountFlags, Uid, chown, mkdir, statvfs};
use rustix::io::Errno;
use std::hash::BuildHasher;
use std::io::Write;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// A private folder; it and all it holds are removed when this goes.
pub(crate) struct Staging {
    folder: PathBuf,
    owner: Option<(Uid, Gid)>,
}

impl Staging {
    /// A folder that only the given account (or we) can enter, and that programs can be run from.
    pub(crate) fn open(account: Option<&Account>) -> Result<Self, Fault> {
        let owner = account.map(|account| (Uid::from_raw(account.uid), Gid::from_raw(account.gid)));
        let mut last = None;
        for base in bases() {
            match private(&base) {
                Ok(folder) => {
                    let staging = Self { folder, owner };
                    staging.give(&staging.folder)?;
                    return Ok(staging);
                }
                Err(error) => last = Some((base, error)),
            }
        }
        let (base, error) = last.unwrap_or((PathBuf::from("/run/play"), Errno::NOENT));
        Err(fault("stage a file in", &base.to_string_lossy(), error))
    }

    /// A file of this name and mode in it, with its path.
    pub(crate) fn file(&self, name: &str, content: &[u8], mode: u32) -> Result<String, Fault> {
        let path = self.folder.join(name);
        let shown = path.to_string_lossy().into_owned();
        let written = std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(mode)
            .open(&path)
            .and_then(|mut file| file.write_all(content));
        written.map_err(|error| Fault::file("write", &shown, &error))?;
        self.give(&path)?;
        Ok(shown)
    }

    fn give(&self, path: &Path) -> Result<(), Fault> {
        let Some((uid, gid)) = self
            .owner
            .filter(|(uid, _)| *uid != rustix::process::geteuid())
        else {
            return Ok(());
        };
        chown(path, Some(uid), Some(gid))
            .map_err(|error| fault("change the owner of", &path.to_string_lossy(), error))
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

/// Where to try, in order: memory first, since scripts may hold secrets.
pub(crate) fn bases() -> Vec<PathBuf> {
    if cfg!(test) {
        return vec![std::env::temp_dir()];
    }
    if rustix::process::geteuid().is_root() {
        return ["/run/play", "/var/lib/play/run", "/root/.play"]
            .map(PathBuf::from)
            .to_vec();
    }
    let mut bases = Vec::new();
    bases.extend(
        std::env::var_os("XDG_RUNTIME_DIR").map(|folder| PathBuf::from(folder).join("play")),
    );
    bases.extend(std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache/play")));
    bases.push(std::env::temp_dir());
    bases
}

fn private(base: &Path) -> Result<PathBuf, Errno> {
    if !base.exists() {
        // Others must be able to pass through to a folder that is theirs, and to list nothing.
        let parent = base.parent().ok_or(Errno::NOENT)?;
        std::fs::create_dir_all(parent).map_err(|error| errno(&error))?;
        let mode = if rustix::process::geteuid().is_root() {
            0o711
        } else {
            0o700
        };
        match mkdir(base, Mode::from_raw_mode(mode)) {
            Ok(()) | Err(Errno::EXIST) => {}
            Err(error) => return Err(error),
        }
    }
    let status = std::fs::symlink_metadata(base).map_err(|error| errno(&error))?;
    let shared = base == std::env::temp_dir();
    if !status.is_dir() || (!shared && status.uid() != rustix::process::geteuid().as_raw()) {
        return Err(Errno::ACCESS);
    }
    if statvfs(base)?.f_flag.contains(StatVfsMountFlags::NOEXEC) {
        return Err(Errno::ACCESS);
    }
    let chance = std::collections::hash_map::RandomState::new().hash_one(std::process::id());
    let folder = base.join(leftover::named(&format!("{chance:016x}")));
    mkdir(&folder, Mode::from_raw_mode(0o700))?;
    Ok(folder)
}

fn errno(error: &std::io::Error) -> Errno {
    Errno::from_io_error(error).unwrap_or(Errno::IO)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn what_is_staged_is_private_and_goes() {
        let staging = Staging::open(None).expect("staged");
        let path = staging.file("sshd_config", b"x", 0o600).expect("written");
        let mode = |path: &Path| {
            std::fs::metadata(path)
                .expect("status")
                .permissions()
                .mode()
        };
        assert_eq!(mode(Path::new(&path)) & 0o777, 0o600);
        let folder = staging.folder.clone();
        assert_eq!(mode(&folder) & 0o777, 0o700);
        drop(staging);
        assert!(!folder.exists());
    }
}
