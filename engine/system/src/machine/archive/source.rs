//! Reading archives: tar by ourselves, other compressions and zip through the host's own programs.
use crate::program::Program;
use play_core::Fault;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

/// One entry, as the archive has it.
pub(super) struct Entry {
    pub(super) path: PathBuf,
    pub(super) size: u64,
    pub(super) mode: u32,
    pub(super) kind: Kind,
}

pub(super) enum Kind {
    File,
    Directory,
    Link(PathBuf),
    HardLink(PathBuf),
}

impl Kind {
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Directory => "directory",
            Self::Link(_) => "link",
            Self::HardLink(_) => "hard",
        }
    }
}

/// What is done with each entry, in the archive's order.
type Visit<'a> = dyn FnMut(Entry, &mut dyn Read) -> Result<(), Fault> + 'a;

/// Unpacking a large archive takes minutes.
const LIMIT: Duration = Duration::from_secs(1800);

/// Visits the entries. The compression is told by the first bytes, not by the name.
pub(super) fn each(archive: &str, visit: &mut Visit) -> Result<(), Fault> {
    let fault = |error: std::io::Error| Fault::file("read", archive, &error);
    let mut file = File::open(archive).map_err(fault)?;
    let mut magic = [0; 6];
    let read = file.read(&mut magic).map_err(fault)?;
    file.seek(SeekFrom::Start(0)).map_err(fault)?;
    match &magic[..read] {
        [0x1f, 0x8b, ..] => tar(
            archive,
            &mut flate2::read::MultiGzDecoder::new(BufReader::new(file)),
            visit,
        ),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => decompressed(archive, "zstd", visit),
        [0xfd, b'7', b'z', b'X', b'Z', 0] => decompressed(archive, "xz", visit),
        [b'B', b'Z', b'h', ..] => decompressed(archive, "bzip2", visit),
        [b'P', b'K', 3, 4, ..] => zip(archive, visit),
        _ => tar(archive, &mut BufReader::new(file), visit),
    }
}

/// Only plain names: no `..`, no root.
pub(super) fn plain(path: &Path) -> bool {
    path.components()
        .all(|component| matches!(component, Component::Normal(_) | Component::CurDir))
}

fn tar(archive: &str, reader: &mut dyn Read, visit: &mut Visit) -> Result<(), Fault> {
    let fault = |error: std::io::Error| Fault::file("read the archive", archive, &error);
    let mut tar = tar::Archive::new(reader);
    for entry in tar.entries().map_err(fault)? {
        let mut entry = entry.map_err(fault)?;
        let path = entry.path().map_err(fault)?.into_owned();
        let target = entry
            .link_name()
            .map_err(fault)?
            .map(std::borrow::Cow::into_owned);
        let kind = match (entry.header().entry_type(), target) {
            (kind, _) if kind.is_dir() => Kind::Directory,
            (kind, _) if kind.is_file() || kind.is_contiguous() || kind.is_gnu_sparse() => {
                Kind::File
            }
            (kind, Some(target)) if kind.is_symlink() => Kind::Link(target),
            (kind, Some(target)) if kind.is_hard_link() => Kind::HardLink(target),
            (kind, _) if kind.is_pax_global_extensions() => continue,
            _ => {
                return Err(Fault::refused(
                    archive,
                    format!("its entry {} is a device or pipe", path.display()),
                ));
            }
        };
        let found = Entry {
            size: entry.size(),
            mode: entry.header().mode().map_err(fault)? & 0o777,
            path,
            kind,
        };
        visit(found, &mut entry)?;
    }
    Ok(())
}

/// A folder of our own that is gone afterwards, beside the archive: it has room for it.
struct Stage(PathBuf);

impl Stage {
    fn beside(archive: &str) -> Result<Self, Fault> {
        use std::os::unix::fs::DirBuilderExt;
        let path = PathBuf::from(format!("{archive}.play-{}", std::process::id()));
        drop(std::fs::remove_dir_all(&path));
        std::fs::DirBuilder::new()
            .mode(0o700)
            .create(&path)
            .map_err(|error| Fault::file("create", &path.to_string_lossy(), &error))?;
        Ok(Self(path))
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// Through a file, not memory: archives are large.
fn decompressed(archive: &str, program: &str, visit: &mut Visit) -> Result<(), Fault> {
    let stage = Stage::beside(archive)?;
    let path = stage.0.join("archive.tar");
    let line = r#"exec "$0" -dc -- "$1" > "$2""#;
    let ended = Program::new("sh")
        .args(["-c", line, program, archive])
        .args([&path])
        .limit(LIMIT)
        .run()?;
    match ended.code {
        0 => {}
        127 => return Err(unsupported(program)),
        _ => return Err(ended.fault()),
    }
    let file = File::open(&path).map_err(|error| Fault::file("read", archive, &error))?;
    tar(archive, &mut BufReader::new(file), visit)
}

fn unsupported(program: &str) -> Fault {
    Fault::Unsupported {
        what: format!("the program {program}"),
        hint: Some(format!("this archive needs it; package {program}")),
    }
}

/// unzip(1) unpacks to a folder of our own, which is then read like an archive.
fn zip(archive: &str, visit: &mut Visit) -> Result<(), Fault> {
    let listed = Program::new("unzip")
        .args(["-Z1", "--", archive])
        .limit(LIMIT)
        .run();
    let listed = match listed {
        Err(Fault::Unsupported { .. }) => return Err(unsupported("unzip")),
        listed => listed?,
    };
    if listed.code != 0 {
        return Err(listed.fault());
    }
    // unzip would leave `..` off and go on; an archive that has it is not to be trusted with anything.
    let listing = listed.out();
    let hostile = listing.lines().find(|name| !plain(Path::new(name)));
    if let Some(name) = hostile {
        return Err(Fault::refused(
            archive,
            format!("its entry {name:?} leads out of the folder"),
        ));
    }
    let stage = Stage::beside(archive)?;
    Program::new("unzip")
        .args(["-q", "-o", archive, "-d"])
        .args([&stage.0])
        .limit(LIMIT)
        .succeed()?;
    walk(&stage.0, Path::new(""), visit).map_err(|error| match error {
        Walk::Read(error) => Fault::file("read", archive, &error),
        Walk::Visit(fault) => fault,
    })
}

enum Walk {
    Read(std::io::Error),
    Visit(Fault),
}

impl From<std::io::Error> for Walk {
    fn from(error: std::io::Error) -> Self {
        Self::Read(error)
    }
}

fn walk(root: &Path, below: &Path, visit: &mut Visit) -> Result<(), Walk> {
    use std::os::unix::fs::PermissionsExt;
    let mut names: Vec<_> = std::fs::read_dir(root.join(below))?
        .map(|entry| Ok(entry?.file_name()))
        .collect::<std::io::Result<_>>()?;
    names.sort();
    for name in names {
        let path = below.join(name);
        let full = root.join(&path);
        let metadata = full.symlink_metadata()?;
        let mut entry = Entry {
            path: path.clone(),
            size: metadata.len(),
            mode: metadata.permissions().mode() & 0o777,
            kind: Kind::File,
        };
        if metadata.is_symlink() {
            entry.kind = Kind::Link(std::fs::read_link(&full)?);
            visit(entry, &mut std::io::empty()).map_err(Walk::Visit)?;
        } else if metadata.is_dir() {
            (entry.kind, entry.size) = (Kind::Directory, 0);
            visit(entry, &mut std::io::empty()).map_err(Walk::Visit)?;
            walk(root, &path, visit)?;
        } else {
            visit(entry, &mut File::open(&full)?).map_err(Walk::Visit)?;
        }
    }
    Ok(())
}
