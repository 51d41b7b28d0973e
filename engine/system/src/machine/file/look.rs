//! What is at a path, by lstat(2), and what it holds.
use super::words;
use crate::machine::account::database::{group_name, user_name};
use play_core::content::{CARRIED, Content};
use play_core::state::{File, FileKind};
use play_core::{Fault, State};
use rustix::fs::OFlags;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fs::Metadata;
use std::io::{ErrorKind, Read};
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

/// The state of a path. What cannot be reached because a part of its path is missing is absent; what may not be read is a fault.
pub fn look(path: &str) -> Result<State, Fault> {
    let status = match std::fs::symlink_metadata(path) {
        Ok(status) => status,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(State::Absent);
        }
        Err(error) => return Err(words::io("look at", path, &error)),
    };
    let kind = match kind(path, &status) {
        Ok(kind) => kind,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(State::Absent),
        Err(error) => return Err(words::io("read", path, &error)),
    };
    let mode = match kind {
        FileKind::Link(_) => 0o777,
        _ => status.mode() & 0o7777,
    };
    Ok(State::File(File {
        kind,
        mode,
        owner: user_name(status.uid()),
        group: group_name(status.gid()),
    }))
}

fn kind(path: &str, status: &Metadata) -> std::io::Result<FileKind> {
    let kind = status.file_type();
    if kind.is_symlink() {
        let target = std::fs::read_link(path)?;
        return Ok(FileKind::Link(target.to_string_lossy().into_owned()));
    }
    if kind.is_dir() {
        return Ok(FileKind::Directory);
    }
    if kind.is_file() {
        return content(path, status).map(FileKind::Regular);
    }
    let word = if kind.is_fifo() {
        "pipe"
    } else if kind.is_socket() {
        "socket"
    } else if kind.is_block_device() {
        "block device"
    } else {
        "character device"
    };
    Ok(FileKind::Other(word.into()))
}

/// Non-blocking and not through a link: between the two looks somebody may have put a pipe or a link there.
fn content(path: &str, status: &Metadata) -> std::io::Result<Content> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let mut file = std::fs::OpenOptions::new()
        .read(true)
        .custom_flags(flags.bits().cast_signed())
        .open(path)?;
    if let Some(sha256) = remembered(status) {
        let size = status.len();
        return Ok(Content::Large { size, sha256 });
    }
    let mut bytes = Vec::with_capacity(usize::try_from(status.len().min(CARRIED)).unwrap_or(0));
    (&mut file).take(CARRIED + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 <= CARRIED {
        return Ok(Content::Bytes(bytes));
    }
    let (size, sha256) = digest(&mut bytes.as_slice().chain(file))?;
    remember(status, &sha256);
    Ok(Content::Large { size, sha256 })
}

/// Size and SHA-256 of all there is to read.
pub(super) fn digest(reader: &mut dyn Read) -> std::io::Result<(u64, String)> {
    let mut hasher = Sha256::new();
    let mut size = 0;
    let mut buffer = vec![0; 1 << 16];
    loop {
        match reader.read(&mut buffer)? {
            0 => return Ok((size, hexadecimal(&hasher.finalize()))),
            read => {
                hasher.update(&buffer[..read]);
                size += read as u64;
            }
        }
    }
}

pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Device, inode, size and change time name one version of a large file.
type Version = (u64, u64, u64, i64, i64);

static DIGESTS: LazyLock<Mutex<HashMap<Version, String>>> = LazyLock::new(Mutex::default);

/// None where the file changed so lately that another change could bear the same time.
fn version(status: &Metadata) -> Option<Version> {
    let changed = SystemTime::UNIX_EPOCH + Duration::from_secs(status.ctime().try_into().ok()?);
    let settled = SystemTime::now().duration_since(changed).ok()? > Duration::from_secs(3);
    let (seconds, nanoseconds) = (status.ctime(), status.ctime_nsec());
    settled.then_some((
        status.dev(),
        status.ino(),
        status.len(),
        seconds,
        nanoseconds,
    ))
}

fn remembered(status: &Metadata) -> Option<String> {
    let digests = DIGESTS.lock().unwrap_or_else(PoisonError::into_inner);
    digests.get(&version(status)?).cloned()
}

fn remember(status: &Metadata, sha256: &str) {
    if let Some(version) = version(status) {
        let mut digests = DIGESTS.lock().unwrap_or_else(PoisonError::into_inner);
        digests.insert(version, sha256.to_owned());
    }
}

/// The names in a directory, sorted; none where it is not there or is no directory.
pub fn list(directory: &str) -> Result<Vec<String>, Fault> {
    let entries = match std::fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(Vec::new());
        }
        Err(error) => return Err(words::io("list", directory, &error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| words::io("list", directory, &error))?;
        names.push(entry.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}
