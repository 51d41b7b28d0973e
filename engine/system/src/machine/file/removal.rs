//! Removing what is at a path: a name, or a directory with all below it, never through a link and never across a mount.
use super::parent::{Parent, open_parent};
use super::words;
use play_core::Fault;
use rustix::fd::{AsFd, BorrowedFd};
use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, openat, statat, unlinkat};
use rustix::io::Errno;

/// Directories no play removes, whatever it says: the machine does not live without them.
const KEPT: &[&str] = &[
    "/bin",
    "/boot",
    "/dev",
    "/etc",
    "/home",
    "/lib",
    "/lib64",
    "/opt",
    "/proc",
    "/root",
    "/run",
    "/sbin",
    "/srv",
    "/sys",
    "/tmp",
    "/usr",
    "/usr/bin",
    "/usr/lib",
    "/usr/sbin",
    "/var",
    "/var/lib",
    "/var/log",
];

/// Removes a path. What is not there is no fault.
pub(super) fn remove(path: &str) -> Result<(), Fault> {
    let plain = path.trim_end_matches('/');
    if plain.is_empty() || KEPT.contains(&plain) {
        return Err(Fault::refused(
            format!("removing {path}"),
            "the machine does not live without it",
        ));
    }
    let parent = match open_parent(path) {
        Err(Fault::Missing { .. }) => return Ok(()),
        parent => parent?,
    };
    let status = match statat(
        &parent.folder,
        parent.name.as_str(),
        AtFlags::SYMLINK_NOFOLLOW,
    ) {
        Err(Errno::NOENT) => return Ok(()),
        status => status.map_err(|error| words::fault("look at", path, error))?,
    };
    if FileType::from_raw_mode(status.st_mode) == FileType::Directory {
        refuse_mounts(plain)?;
        empty(parent.folder.as_fd(), &parent.name, status.st_dev, path)?;
        unlink(&parent, path, AtFlags::REMOVEDIR)?;
    } else {
        unlink(&parent, path, AtFlags::empty())?;
    }
    parent.sync(path)
}

fn unlink(parent: &Parent, path: &str, flags: AtFlags) -> Result<(), Fault> {
    match unlinkat(&parent.folder, parent.name.as_str(), flags) {
        Ok(()) | Err(Errno::NOENT) => Ok(()),
        Err(error) => Err(words::fault("remove", path, error)),
    }
}

/// Nothing is removed where a mount lies at the path or anywhere below it: its content belongs to somebody else.
fn refuse_mounts(path: &str) -> Result<(), Fault> {
    let path = std::fs::canonicalize(path).map_or_else(
        |_| path.to_owned(),
        |real| real.to_string_lossy().into_owned(),
    );
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    match mount_within(&mounts, &path) {
        None => Ok(()),
        Some(mount) => Err(Fault::refused(
            format!("removing {path}"),
            format!("{mount} is a mount point; unmount it first"),
        )),
    }
}

/// The first mount point at or below a path in the text of `/proc/self/mountinfo`.
fn mount_within(mounts: &str, path: &str) -> Option<String> {
    mounts
        .lines()
        .filter_map(|line| line.split(' ').nth(4))
        .map(|mount| mount.replace("\\040", " ").replace("\\134", "\\"))
        .find(|mount| {
            mount
                .strip_prefix(path)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
}

/// Removes all that a directory holds.
fn empty(folder: BorrowedFd<'_>, name: &str, device: u64, path: &str) -> Result<(), Fault> {
    empty_directory(folder, name.as_bytes(), device)
        .map_err(|error| words::fault("remove what is in", path, error))
}

fn empty_directory(folder: BorrowedFd<'_>, name: &[u8], device: u64) -> Result<(), Errno> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let directory = openat(folder, name, flags, Mode::empty())?;
    for entry in Dir::read_from(&directory)? {
        let entry = entry?;
        let entry = entry.file_name().to_bytes();
        if matches!(entry, b"." | b"..") {
            continue;
        }
        let status = statat(&directory, entry, AtFlags::SYMLINK_NOFOLLOW)?;
        if FileType::from_raw_mode(status.st_mode) != FileType::Directory {
            unlinkat(&directory, entry, AtFlags::empty())?;
            continue;
        }
        if status.st_dev != device {
            return Err(Errno::BUSY);
        }
        empty_directory(directory.as_fd(), entry, device)?;
        unlinkat(&directory, entry, AtFlags::REMOVEDIR)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mount_at_or_below_is_found_and_a_neighbour_is_not() {
        let mounts = "29 23 0:26 / /srv/data rw,relatime shared:4 - ext4 /dev/sdb rw\n30 23 0:27 / /srv/my\\040disk rw - ext4 /dev/sdc rw\n";
        assert_eq!(mount_within(mounts, "/srv").as_deref(), Some("/srv/data"));
        assert_eq!(
            mount_within(mounts, "/srv/data").as_deref(),
            Some("/srv/data")
        );
        assert_eq!(
            mount_within(mounts, "/srv/my disk").as_deref(),
            Some("/srv/my disk")
        );
        assert_eq!(mount_within(mounts, "/srv/dat"), None);
    }

    #[test]
    fn the_machine_itself_is_never_removed() {
        for path in ["/", "//", "/etc", "/usr/", "/proc"] {
            assert!(matches!(remove(path), Err(Fault::Refused { .. })), "{path}");
        }
    }
}
