//! Owner, group and mode.
use super::parent::{Parent, open_parent, trusted};
use super::words;
use crate::machine::account;
use play_core::Fault;
use play_core::state::{File, FileKind};
use rustix::fd::{AsFd, BorrowedFd};
use rustix::fs::{
    AtFlags, FileType, Gid, Mode, OFlags, Stat, Uid, chmodat, chownat, fchmod, fchown, fstat,
    fsync, openat, statat,
};

/// The owner and group a file is to have, as numbers.
pub(super) fn numbers(file: &File) -> Result<(Uid, Gid), Fault> {
    let uid = account::uid(&file.owner)?;
    let gid = account::gid(&file.group)?;
    Ok((Uid::from_raw(uid), Gid::from_raw(gid)))
}

/// Gives an open file its owner, then its mode: chown(2) clears the set-id bits.
pub(super) fn set(fd: BorrowedFd<'_>, path: &str, file: &File) -> Result<(), Fault> {
    let (uid, gid) = numbers(file)?;
    let status = fstat(fd).map_err(|error| words::fault("look at", path, error))?;
    if (status.st_uid, status.st_gid) != (uid.as_raw(), gid.as_raw()) {
        fchown(fd, Some(uid), Some(gid))
            .map_err(|error| words::fault("change the owner of", path, error))?;
    }
    fchmod(fd, Mode::from_raw_mode(file.mode))
        .map_err(|error| words::fault("change the mode of", path, error))
}

/// Alters only what lstat(2) says of a path; what it holds stays as it is.
pub(super) fn set_at(path: &str, file: &File) -> Result<(), Fault> {
    if path.trim_end_matches('/').is_empty() {
        return Err(Fault::refused(
            "changing the root directory",
            "its owner and mode are the system's",
        ));
    }
    let parent = open_parent(path)?;
    match &file.kind {
        FileKind::Regular(_) | FileKind::Directory => {
            let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
            let opened = openat(&parent.folder, parent.name.as_str(), flags, Mode::empty())
                .map_err(|error| words::fault("open", path, error))?;
            let status = fstat(&opened).map_err(|error| words::fault("look at", path, error))?;
            let folder =
                fstat(&parent.folder).map_err(|error| words::fault("look at", path, error))?;
            if may_be_planted(&status, &folder, links_are_protected()) {
                return Err(Fault::refused(
                    format!("changing the owner or mode of {path}"),
                    "it has more than one name, and whoever owns its folder could have given it this one (fs.protected_hardlinks is off)",
                ));
            }
            set(opened.as_fd(), path, file)?;
            fsync(&opened).map_err(|error| words::fault("write out", path, error))
        }
        FileKind::Link(_) => own_entry(&parent, path, file),
        FileKind::Other(_) => {
            own_entry(&parent, path, file)?;
            chmodat(
                &parent.folder,
                parent.name.as_str(),
                Mode::from_raw_mode(file.mode),
                AtFlags::empty(),
            )
            .map_err(|error| words::fault("change the mode of", path, error))
        }
    }
}

/// A file of another account than its folder's, with names elsewhere: the folder's owner could have made this one to have us give
/// that file away. Where the kernel lets nobody do so, it is what it seems. As systemd-tmpfiles has it.
fn may_be_planted(file: &Stat, folder: &Stat, protected: bool) -> bool {
    let regular = FileType::from_raw_mode(file.st_mode) == FileType::RegularFile;
    !protected
        && regular
        && file.st_nlink > 1
        && !trusted(folder.st_uid)
        && file.st_uid != folder.st_uid
}

/// proc(5): `/proc/sys/fs/protected_hardlinks`.
fn links_are_protected() -> bool {
    std::fs::read_to_string("/proc/sys/fs/protected_hardlinks").is_ok_and(|text| text.trim() != "0")
}

/// The owner of a name itself, never of what a link leads to.
pub(super) fn own_entry(parent: &Parent, path: &str, file: &File) -> Result<(), Fault> {
    own_name(parent, &parent.name, path, file)
}

pub(super) fn own_name(parent: &Parent, name: &str, path: &str, file: &File) -> Result<(), Fault> {
    let (uid, gid) = numbers(file)?;
    let status = statat(&parent.folder, name, AtFlags::SYMLINK_NOFOLLOW)
        .map_err(|error| words::fault("look at", path, error))?;
    if (status.st_uid, status.st_gid) == (uid.as_raw(), gid.as_raw()) {
        return Ok(());
    }
    chownat(
        &parent.folder,
        name,
        Some(uid),
        Some(gid),
        AtFlags::SYMLINK_NOFOLLOW,
    )
    .map_err(|error| words::fault("change the owner of", path, error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::fs::stat;

    #[test]
    fn a_second_name_in_somebody_elses_folder_may_be_planted() {
        if !rustix::process::geteuid().is_root() {
            return;
        }
        let folder = tempfile::tempdir().expect("a folder");
        let (kept, theirs) = (folder.path().join("kept"), folder.path().join("theirs"));
        std::fs::write(&kept, "x").expect("written");
        std::fs::create_dir(&theirs).expect("made");
        let name = theirs.join("name");
        std::fs::hard_link(&kept, &name).expect("linked");
        let planted = |protected| {
            let (file, folder) = (stat(&name).expect("there"), stat(&theirs).expect("there"));
            may_be_planted(&file, &folder, protected)
        };
        assert!(!planted(false), "in a folder of ours");
        std::os::unix::fs::chown(&theirs, Some(65534), None).expect("given away");
        assert!(planted(false) && !planted(true));
        std::os::unix::fs::chown(&name, Some(65534), None).expect("given away");
        assert!(!planted(false), "their own");
    }
}
