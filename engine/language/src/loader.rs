//! Where files come from, so that tests need no disk.
use std::path::{Path, PathBuf};

/// Reads files for the language. Paths are relative to the folder `play` was started in, or absolute.
pub trait Loader: Sync {
    /// The bytes of a file. The error is the system's own words.
    fn read(&self, path: &Path) -> Result<Vec<u8>, String>;
    fn is_file(&self, path: &Path) -> bool;
    fn is_directory(&self, path: &Path) -> bool;
    /// Names in a directory, sorted; empty where there is none.
    fn list(&self, path: &Path) -> Vec<String>;
    /// A variable of the environment `play` was started in.
    fn environment(&self, name: &str) -> Option<String>;
    /// Whether the file's mode has an execute bit.
    fn is_executable(&self, path: &Path) -> bool;
    /// Where relative paths start.
    fn current_directory(&self) -> PathBuf;
}
