//! A file of the machine as it was last parsed, kept for as long as the file is the same one.
use std::io;
use std::os::unix::fs::MetadataExt;
use std::sync::{Arc, Mutex, PoisonError};

/// What tells one version of a file from the next: inode, size, and the nanoseconds of both times.
type Stamp = (u64, u64, i128, i128);

/// One file's meaning.
pub struct Parsed<T> {
    path: &'static str,
    parse: fn(&str) -> T,
    known: Mutex<Option<(Stamp, Arc<T>)>>,
}

impl<T> Parsed<T> {
    pub const fn new(path: &'static str, parse: fn(&str) -> T) -> Self {
        Self {
            path,
            parse,
            known: Mutex::new(None),
        }
    }

    /// What the file says now; the error where it cannot be read.
    pub fn read(&self) -> io::Result<Arc<T>> {
        let stamp = stamp(self.path)?;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, value)) = known.as_ref()
            && *of == stamp
        {
            return Ok(value.clone());
        }
        let bytes = std::fs::read(self.path)?;
        let value = Arc::new((self.parse)(&String::from_utf8_lossy(&bytes)));
        *known = Some((stamp, value.clone()));
        Ok(value)
    }
}

fn stamp(path: &str) -> io::Result<Stamp> {
    let status = std::fs::metadata(path)?;
    let nanoseconds =
        |seconds: i64, rest: i64| i128::from(seconds) * 1_000_000_000 + i128::from(rest);
    Ok((
        status.ino(),
        status.size(),
        nanoseconds(status.mtime(), status.mtime_nsec()),
        nanoseconds(status.ctime(), status.ctime_nsec()),
    ))
}
