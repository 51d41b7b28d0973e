//! Putting something new at a path in one step: whoever reads sees the old or the new, never a part, and a crash leaves one of both.
use super::attributes::{numbers, own_name, set};
use super::look::hexadecimal;
use super::parent::{Parent, open_parent};
use super::words;
use play_core::Fault;
use play_core::state::File;
use rustix::fd::{AsFd, AsRawFd, OwnedFd};
use rustix::fs::{
    AtFlags, CWD, Mode, OFlags, XattrFlags, fgetxattr, fsetxattr, fsync, linkat, mkdirat, openat,
    readlink, renameat, symlinkat, unlinkat,
};
use rustix::io::Errno;
use sha2::{Digest, Sha256};
use std::hash::BuildHasher;
use std::io::{Read, Write};
use std::path::Path;

/// Where new content comes from.
#[derive(Clone, Copy)]
pub(super) enum Source<'a> {
    Bytes(&'a [u8]),
    /// A file whose content must have this SHA-256.
    Copy(&'a Path, &'a str),
}

/// A name in the target's own folder that is gone again unless it was put in place.
struct Temporary<'a> {
    parent: &'a Parent,
    name: String,
    placed: bool,
}

impl<'a> Temporary<'a> {
    fn new(parent: &'a Parent) -> Self {
        let chance = std::collections::hash_map::RandomState::new().hash_one(&parent.name);
        // A name has 255 bytes at most, and a character up to four.
        let short: String = parent.name.chars().take(50).collect();
        Self {
            parent,
            name: format!(".{short}.{chance:016x}.play"),
            placed: false,
        }
    }

    /// A new file in the folder, closed to others. It has no name yet where the filesystem can do that: whatever happens
    /// while it is written, nothing is left. True where it is without a name.
    fn open(&self) -> Result<(OwnedFd, bool), Errno> {
        let mode = Mode::from_raw_mode(0o600);
        let flags = OFlags::WRONLY | OFlags::CLOEXEC;
        let folder = &self.parent.folder;
        if let Ok(opened) = openat(folder, ".", flags | OFlags::TMPFILE, mode)
            && readlink(descriptor(&opened), Vec::new()).is_ok()
        {
            return Ok((opened, true));
        }
        let flags = flags | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW;
        openat(folder, self.name.as_str(), flags, mode).map(|opened| (opened, false))
    }

    /// Gives a file without a name its temporary one.
    fn name(&self, opened: &OwnedFd) -> Result<(), Errno> {
        linkat(
            CWD,
            descriptor(opened),
            &self.parent.folder,
            self.name.as_str(),
            AtFlags::SYMLINK_FOLLOW,
        )
    }

    fn place(&mut self) -> Result<(), Errno> {
        let folder = &self.parent.folder;
        renameat(
            folder,
            self.name.as_str(),
            folder,
            self.parent.name.as_str(),
        )?;
        self.placed = true;
        Ok(())
    }
}

fn descriptor(opened: &OwnedFd) -> String {
    format!("/proc/self/fd/{}", opened.as_raw_fd())
}

impl Drop for Temporary<'_> {
    fn drop(&mut self) {
        if !self.placed {
            let _ = unlinkat(&self.parent.folder, self.name.as_str(), AtFlags::empty());
        }
    }
}

/// A regular file: written beside its place, given its owner and mode, and moved there once it is on the disk.
pub(super) fn write(path: &str, file: &File, source: Source<'_>) -> Result<(), Fault> {
    numbers(file)?;
    let parent = open_parent(path)?;
    let mut temporary = Temporary::new(&parent);
    let (opened, nameless) = temporary
        .open()
        .map_err(|error| words::fault("write beside", path, error))?;
    let opened = fill(opened, path, source)?;
    keep_labels(&parent, &opened);
    set(opened.as_fd(), path, file)?;
    fsync(&opened).map_err(|error| words::fault("write out", path, error))?;
    if nameless {
        temporary
            .name(&opened)
            .map_err(|error| words::fault("write beside", path, error))?;
    }
    match temporary.place() {
        Ok(()) => parent.sync(path),
        Err(Errno::BUSY) => write_in_place(&parent, path, file, source),
        Err(Errno::ISDIR) => Err(Fault::refused(
            format!("replacing {path}"),
            "a directory is there that the plan did not see",
        )),
        Err(error) => Err(words::fault("replace", path, error)),
    }
}

/// A file that is a mount point (/etc/hosts in a container) cannot be replaced, only written over.
fn write_in_place(
    parent: &Parent,
    path: &str,
    file: &File,
    source: Source<'_>,
) -> Result<(), Fault> {
    let flags = OFlags::WRONLY | OFlags::TRUNC | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let opened = openat(&parent.folder, parent.name.as_str(), flags, Mode::empty())
        .map_err(|error| words::fault("write over", path, error))?;
    let opened = fill(opened, path, source)?;
    set(opened.as_fd(), path, file)?;
    fsync(&opened).map_err(|error| words::fault("write out", path, error))
}

fn fill(opened: OwnedFd, path: &str, source: Source<'_>) -> Result<OwnedFd, Fault> {
    let mut opened = std::fs::File::from(opened);
    let fault = |error: &std::io::Error| words::io("write", path, error);
    match source {
        Source::Bytes(bytes) => opened.write_all(bytes).map_err(|error| fault(&error))?,
        Source::Copy(from, sha256) => {
            let shown = from.display().to_string();
            let mut reader =
                std::fs::File::open(from).map_err(|error| words::io("open", &shown, &error))?;
            let found = copy(&mut reader, &mut opened).map_err(|error| fault(&error))?;
            if found != sha256 {
                return Err(Fault::file(
                    "write",
                    path,
                    &format!("the content that arrived has the SHA-256 {found}, not {sha256}"),
                ));
            }
        }
    }
    Ok(opened.into())
}

/// Copies all there is; the answer is its SHA-256.
fn copy(from: &mut impl Read, to: &mut impl Write) -> std::io::Result<String> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match from.read(&mut buffer)? {
            0 => return Ok(hexadecimal(&hasher.finalize())),
            read => {
                hasher.update(&buffer[..read]);
                to.write_all(&buffer[..read])?;
            }
        }
    }
}

/// What a file has beside owner and mode and a new one in its place keeps: its SELinux label, and its access list acl(5), without
/// which the mode's middle digit, the list's mask, would become what the group may do. Not its capabilities.
const KEPT: &[&str] = &["security.selinux", "system.posix_acl_access"];

/// Copies them from the file that is replaced, where it has them and the kernel lets us.
fn keep_labels(parent: &Parent, opened: &OwnedFd) {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let Ok(old) = openat(&parent.folder, parent.name.as_str(), flags, Mode::empty()) else {
        return;
    };
    let mut value = vec![0_u8; 1 << 16];
    for name in KEPT {
        if let Ok(length) = fgetxattr(&old, *name, &mut value[..]) {
            let _ = fsetxattr(opened, *name, &value[..length], XattrFlags::empty());
        }
    }
}

/// A directory, closed to others until it has its owner and mode.
pub(super) fn directory(path: &str, file: &File) -> Result<(), Fault> {
    numbers(file)?;
    let parent = open_parent(path)?;
    mkdirat(
        &parent.folder,
        parent.name.as_str(),
        Mode::from_raw_mode(0o700),
    )
    .map_err(|error| words::fault("create the directory", path, error))?;
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let opened = openat(&parent.folder, parent.name.as_str(), flags, Mode::empty())
        .map_err(|error| words::fault("open", path, error))?;
    set(opened.as_fd(), path, file)?;
    parent.sync(path)
}

/// A link, made beside its place and moved there, so that it is never missing in between.
pub(super) fn link(path: &str, target: &str, file: &File) -> Result<(), Fault> {
    let parent = open_parent(path)?;
    let mut temporary = Temporary::new(&parent);
    symlinkat(target, &parent.folder, temporary.name.as_str())
        .map_err(|error| words::fault("link", path, error))?;
    own_name(&parent, &temporary.name, path, file)?;
    temporary
        .place()
        .map_err(|error| words::fault("replace", path, error))?;
    parent.sync(path)
}
