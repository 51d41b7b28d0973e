//! One run at a time on a host. The kernel holds the lock, so that it ends with whoever took it.
use crate::machine::fact::clock;
use crate::state_folder;
use rustix::fs::{FlockOperation, OFlags, flock};
use rustix::io::Errno;
use std::fs::File;
use std::io::{Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// Held for as long as this lives.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

impl Lock {
    /// Takes the host for a run of somebody; otherwise says who has it, since when, and from which process.
    pub fn take(run: &str, who: &str) -> Result<Self, String> {
        Self::take_at(&path(), run, who)
    }

    /// The same with a lock file of one's own.
    pub fn take_at(path: &Path, run: &str, who: &str) -> Result<Self, String> {
        let words = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        let mut file = std::fs::OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .custom_flags(OFlags::NOFOLLOW.bits().cast_signed())
            .open(path)
            .map_err(|error| words(&error))?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => {
                let mut holder = String::new();
                drop(file.read_to_string(&mut holder));
                return Err(match holder.trim() {
                    "" => "another run that has only just begun".into(),
                    holder => holder.to_owned(),
                });
            }
            Err(error) => return Err(words(&error)),
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let since = clock::iso8601(now.map_or(0, |now| now.as_secs()));
        let holder = format!(
            "{who}, run {run}, since {since}, process {}\n",
            std::process::id()
        );
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| file.write_all(holder.as_bytes()))
            .map_err(|error| words(&error))?;
        Ok(Self { file })
    }
}

impl Drop for Lock {
    /// A program being started at this moment may still hold a copy of the descriptor; this frees the lock all the same.
    fn drop(&mut self) {
        let _ = flock(&self.file, FlockOperation::Unlock);
    }
}

fn path() -> PathBuf {
    if rustix::process::geteuid().is_root() {
        return PathBuf::from("/run/play.lock");
    }
    let folder = state_folder::path();
    // Where it cannot be made, opening the lock says why.
    drop(state_folder::make_private(&folder));
    folder.join("lock")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_is_told_of_the_first() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("lock");
        let first = Lock::take_at(&path, "7f3a", "alice@laptop").expect("free");
        let holder = Lock::take_at(&path, "81bc", "bob@desk").expect_err("taken");
        assert!(
            holder.starts_with("alice@laptop, run 7f3a, since 20"),
            "{holder}"
        );
        assert!(
            holder.ends_with(&format!("process {}", std::process::id())),
            "{holder}"
        );
        drop(first);
        Lock::take_at(&path, "81bc", "bob@desk").expect("free again");
    }
}
