//! The directory a path lies in, opened step by step, so that nobody can lead us elsewhere with a link meanwhile.
use super::words;
use play_core::Fault;
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{
    AtFlags, CWD, FileType, Mode, OFlags, fstat, fsync, open, openat, readlinkat, statat,
};
use rustix::io::Errno;

/// An open directory and a name in it.
pub struct Parent {
    pub folder: OwnedFd,
    pub name: String,
}

/// Links on one path, at most; the kernel's own number.
const LINKS: usize = 40;

/// Opens the directory that `path` lies in. Links are followed where root or we own them; where another account owns
/// one, it must lead to a directory of that same account: else an account could have us write where it may not itself.
pub fn open_parent(path: &str) -> Result<Parent, Fault> {
    let (folder, name) = split(path)?;
    let folder = walk(folder, path)?;
    Ok(Parent { folder, name })
}

fn split(path: &str) -> Result<(&str, String), Fault> {
    let refusal = |why: &str| Fault::refused(format!("the path {path:?}"), why);
    if !path.starts_with('/') {
        return Err(refusal("it must be absolute"));
    }
    let trimmed = path.trim_end_matches('/');
    let Some((folder, name)) = trimmed.rsplit_once('/') else {
        return Err(refusal("the root directory is never replaced or removed"));
    };
    if name == ".." || name == "." || path.contains('\0') {
        return Err(refusal("it must name something within a directory"));
    }
    Ok((folder, name.to_owned()))
}

fn walk(folder: &str, path: &str) -> Result<OwnedFd, Fault> {
    let fault = |error| match error {
        Errno::NOENT => words::no_folder(folder),
        error => words::fault("open the folder of", path, error),
    };
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let root = || open("/", flags, Mode::empty()).map_err(fault);
    let mut at = root()?;
    let mut left: Vec<String> = parts(folder);
    let mut links = 0;
    let mut planter = None;
    while let Some(part) = left.pop() {
        let status = statat(at.as_fd(), part.as_str(), AtFlags::SYMLINK_NOFOLLOW).map_err(fault)?;
        if FileType::from_raw_mode(status.st_mode) == FileType::Symlink {
            links += 1;
            if links > LINKS {
                return Err(fault(Errno::LOOP));
            }
            if !trusted(status.st_uid) {
                planter = Some((status.st_uid, part.clone()));
            }
            let target = readlinkat(at.as_fd(), part.as_str(), Vec::new()).map_err(fault)?;
            let target = target.to_string_lossy().into_owned();
            if target.starts_with('/') {
                at = root()?;
            }
            left.extend(parts(&target));
            continue;
        }
        at = openat(
            at.as_fd(),
            part.as_str(),
            flags | OFlags::NOFOLLOW,
            Mode::empty(),
        )
        .map_err(fault)?;
    }
    match planter {
        Some((uid, link)) if fstat(&at).map_err(fault)?.st_uid != uid => Err(Fault::refused(
            format!("writing to {path}"),
            format!(
                "`{link}` on its way is a link of account {uid} to a folder that is not that account's"
            ),
        )),
        _ => reopen(at).map_err(fault),
    }
}

/// A descriptor that can be synced: the walk's own only name the directory. One that may not be listed stays as it is.
fn reopen(at: OwnedFd) -> Result<OwnedFd, Errno> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    match openat(&at, ".", flags, Mode::empty()) {
        Err(Errno::ACCESS) => Ok(at),
        opened => opened,
    }
}

impl Parent {
    /// Sees to it that names put into the directory survive a crash.
    pub fn sync(&self, path: &str) -> Result<(), Fault> {
        match fsync(&self.folder) {
            // One that may not be listed cannot be synced alone.
            Ok(()) | Err(Errno::BADF) => Ok(()),
            Err(error) => Err(words::fault("write out the folder of", path, error)),
        }
    }
}

pub(super) fn trusted(uid: u32) -> bool {
    uid == 0 || uid == rustix::process::geteuid().as_raw()
}

/// The parts of a path, last first.
fn parts(path: &str) -> Vec<String> {
    path.split('/')
        .rev()
        .filter(|part| !part.is_empty() && *part != ".")
        .map(str::to_owned)
        .collect()
}

/// True where nothing, not even a dangling link, is at a path.
pub fn vacant(path: &str) -> bool {
    matches!(
        statat(CWD, path, AtFlags::SYMLINK_NOFOLLOW),
        Err(Errno::NOENT | Errno::NOTDIR)
    )
}
