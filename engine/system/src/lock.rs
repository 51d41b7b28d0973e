//! One run at a time on a host. The kernel holds the lock, so that it ends with whoever took it.
use crate::machine::fact::clock;
use crate::state_folder;
use rustix::fs::{FlockOperation, OFlags, flock};
use rustix::io::Errno;
use std::fs::File;
use std::io::{Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How long one who asks in vain waits for a holder that may have nobody left to act for.
const PATIENCE: Duration = Duration::from_secs(3);
const PAUSE: Duration = Duration::from_millis(100);

/// Why there is no lock.
#[derive(Debug, PartialEq, Eq)]
pub enum Refused {
    /// Who has it, since when, and from which process.
    Held(String),
    /// It cannot be taken by anybody.
    Broken(String),
}

/// Held for as long as this lives.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

impl Lock {
    /// Takes the host for a run of somebody. One who holds it is told that it is wanted, and has a moment to let it go.
    pub fn take(run: &str, who: &str) -> Result<Self, Refused> {
        Self::take_at(&path(), run, who, PATIENCE)
    }

    /// The same with a lock file and a patience of one's own.
    pub fn take_at(path: &Path, run: &str, who: &str, patience: Duration) -> Result<Self, Refused> {
        let until = Instant::now() + patience;
        loop {
            match Self::try_at(path, run, who) {
                Err(Refused::Held(_)) if Instant::now() < until => {
                    drop(std::fs::write(wanted(path), ""));
                    std::thread::sleep(PAUSE);
                }
                answer => {
                    drop(std::fs::remove_file(wanted(path)));
                    return answer;
                }
            }
        }
    }

    /// Whether somebody waits for the lock that we hold: one who does says so again and again.
    pub fn is_wanted() -> bool {
        let said = std::fs::metadata(wanted(&path())).and_then(|status| status.modified());
        let age = said.ok().and_then(|said| said.elapsed().ok());
        age.is_some_and(|age| age < PATIENCE)
    }

    fn try_at(path: &Path, run: &str, who: &str) -> Result<Self, Refused> {
        let words = |error: &dyn std::fmt::Display| {
            Refused::Broken(format!("the lock {}: {error}", path.display()))
        };
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
                return Err(Refused::Held(match holder.trim() {
                    "" => "another run that has only just begun".into(),
                    holder => holder.to_owned(),
                }));
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

fn wanted(path: &Path) -> PathBuf {
    path.with_extension("wanted")
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
        let take = |run, who| Lock::take_at(&path, run, who, Duration::ZERO);
        let first = take("7f3a", "alice@laptop").expect("free");
        let Err(Refused::Held(holder)) = take("81bc", "bob@desk") else {
            panic!("it was taken twice")
        };
        assert!(
            holder.starts_with("alice@laptop, run 7f3a, since 20"),
            "{holder}"
        );
        assert!(
            holder.ends_with(&format!("process {}", std::process::id())),
            "{holder}"
        );
        drop(first);
        take("81bc", "bob@desk").expect("free again");
        let nowhere = folder.path().join("no/folder/lock");
        let broken = Lock::take_at(&nowhere, "81bc", "bob@desk", Duration::ZERO);
        assert!(
            matches!(&broken, Err(Refused::Broken(words)) if words.contains("no/folder/lock")),
            "{broken:?}"
        );
    }

    #[test]
    fn one_who_waits_is_seen_and_gets_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("lock");
        let first = Lock::take_at(&path, "7f3a", "alice@laptop", Duration::ZERO).expect("free");
        let second = {
            let path = path.clone();
            std::thread::spawn(move || {
                Lock::take_at(&path, "81bc", "bob@desk", Duration::from_secs(60))
            })
        };
        while !wanted(&path).exists() {
            std::thread::yield_now();
        }
        drop(first);
        second.join().expect("no panic").expect("let go in time");
        assert!(!wanted(&path).exists());
    }
}
