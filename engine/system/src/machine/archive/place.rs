//! Writing below one folder and nowhere else: the kernel resolves each path beneath it.
use play_core::Fault;
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{AtFlags, Gid, Mode, OFlags, ResolveFlags, Uid};
use rustix::io::Errno;
use std::cell::RefCell;
use std::fs::File;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Numbers of who owns what is written; None leaves it ours.
pub(super) struct Whose {
    pub(super) user: Option<u32>,
    pub(super) group: Option<u32>,
}

/// The folder, and to whom what is written belongs.
pub(super) struct Root {
    directory: OwnedFd,
    shown: String,
    owner: Option<Uid>,
    group: Option<Gid>,
    /// Modes of folders, given once everything is in them: they may not be writable.
    modes: RefCell<Vec<(PathBuf, u32)>>,
}

/// The name under which an entry is written before it is in place.
const STAGED: &str = ".play-unpacking";

impl Root {
    /// Opens the folder; makes it where there is none.
    pub(super) fn open(directory: &str, whose: &Whose) -> Result<Self, Fault> {
        let fault = |error: &dyn std::fmt::Display| Fault::file("unpack to", directory, error);
        let owner = whose.user.map(Uid::from_raw);
        let group = whose.group.map(Gid::from_raw);
        let new = !Path::new(directory).exists();
        std::fs::create_dir_all(directory).map_err(|error| fault(&error))?;
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let opened =
            rustix::fs::open(directory, flags, Mode::empty()).map_err(|error| fault(&error))?;
        if new {
            rustix::fs::fchown(&opened, owner, group).map_err(|error| fault(&error))?;
        }
        Ok(Self {
            directory: opened,
            shown: directory.to_owned(),
            owner,
            group,
            modes: RefCell::default(),
        })
    }

    pub(super) fn directory(&self, path: &Path, mode: u32) -> Result<(), Fault> {
        self.within(path).map_err(|error| self.fault(path, error))?;
        self.modes.borrow_mut().push((path.to_owned(), mode));
        Ok(())
    }

    pub(super) fn file(&self, path: &Path, mode: u32, reader: &mut dyn Read) -> Result<(), Fault> {
        self.replace(path, |parent| {
            let flags =
                OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            let opened = rustix::fs::openat(parent, STAGED, flags, Mode::RUSR | Mode::WUSR)?;
            let mut file = File::from(opened);
            std::io::copy(reader, &mut file)
                .map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))?;
            rustix::fs::fchown(&file, self.owner, self.group)?;
            rustix::fs::fchmod(&file, Mode::from_raw_mode(mode))
        })
    }

    /// Its target is written as it is; nothing is ever written through it that would lead out.
    pub(super) fn link(&self, path: &Path, target: &Path) -> Result<(), Fault> {
        self.replace(path, |parent| {
            rustix::fs::symlinkat(target, parent, STAGED)?;
            rustix::fs::chownat(
                parent,
                STAGED,
                self.owner,
                self.group,
                AtFlags::SYMLINK_NOFOLLOW,
            )
        })
    }

    pub(super) fn hard_link(&self, path: &Path, target: &Path) -> Result<(), Fault> {
        let name = target.file_name().unwrap_or_default();
        let from = self
            .beneath(target.parent().unwrap_or(Path::new("")))
            .map_err(|error| self.fault(target, error))?;
        self.replace(path, |parent| {
            rustix::fs::linkat(&from, name, parent, STAGED, AtFlags::empty())
        })
    }

    /// Gives the folders their modes and makes it all durable.
    pub(super) fn finish(self) -> Result<(), Fault> {
        for (path, mode) in self.modes.borrow().iter().rev() {
            self.beneath(path)
                .and_then(|folder| {
                    rustix::fs::fchown(&folder, self.owner, self.group)?;
                    rustix::fs::fchmod(&folder, Mode::from_raw_mode(*mode))
                })
                .map_err(|error| self.fault(path, error))?;
        }
        rustix::fs::syncfs(&self.directory).map_err(|error| self.fault(Path::new("."), error))
    }

    /// Makes an entry under another name in its folder and renames it: never half an entry, never through a link.
    fn replace(
        &self,
        path: &Path,
        make: impl FnOnce(&OwnedFd) -> rustix::io::Result<()>,
    ) -> Result<(), Fault> {
        let name = path.file_name().unwrap_or_default();
        let put = || {
            let parent = self.within(path.parent().unwrap_or(Path::new("")))?;
            let _ = rustix::fs::unlinkat(&parent, STAGED, AtFlags::empty());
            let done =
                make(&parent).and_then(|()| rustix::fs::renameat(&parent, STAGED, &parent, name));
            // What is left: a failed entry, or the second name of a hard link that was there already.
            let _ = rustix::fs::unlinkat(&parent, STAGED, AtFlags::empty());
            done
        };
        put().map_err(|error| self.fault(path, error))
    }

    /// The folder at a path, made where there is none.
    fn within(&self, path: &Path) -> rustix::io::Result<OwnedFd> {
        let mut below = PathBuf::new();
        for component in path {
            let parent = self.beneath(&below)?;
            match rustix::fs::mkdirat(&parent, component, Mode::from_raw_mode(0o755)) {
                Ok(()) => {
                    let flags = AtFlags::SYMLINK_NOFOLLOW;
                    rustix::fs::chownat(&parent, component, self.owner, self.group, flags)?;
                }
                Err(Errno::EXIST) => {}
                Err(error) => return Err(error),
            }
            below.push(component);
        }
        self.beneath(&below)
    }

    fn beneath(&self, path: &Path) -> rustix::io::Result<OwnedFd> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let path = if path.as_os_str().is_empty() {
            Path::new(".")
        } else {
            path
        };
        rustix::fs::openat2(
            self.directory.as_fd(),
            path,
            flags,
            Mode::empty(),
            ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS,
        )
    }

    fn fault(&self, path: &Path, error: Errno) -> Fault {
        let full = Path::new(&self.shown).join(path);
        let path = String::from_utf8_lossy(full.as_os_str().as_bytes()).into_owned();
        match error {
            Errno::XDEV => Fault::refused(path, "a link on its way leads out of the folder"),
            error => Fault::file("unpack", &path, &error),
        }
    }
}
