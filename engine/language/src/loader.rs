//! Where files come from, so that tests need no disk.
use crate::vault::Recipe;
use play_core::Value;
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

    /// The text sealed in a `!vault` value.
    fn unlock(&self, _sealed: &str) -> Result<String, String> {
        Err("there is no vault here".into())
    }

    /// Whether `read` had to open this file.
    fn was_sealed(&self, _path: &Path) -> bool {
        false
    }

    /// Why a role in this folder is not to be used, and the way out: what was fetched is not what the lock names.
    fn distrust(&self, _role: &Path) -> Option<(String, String)> {
        None
    }

    /// Something that is never to be shown from now on.
    fn learn(&self, _secret: &str) {}

    /// Something was made of these values: where they hold secrets, so does it.
    fn derive(&self, _from: &[&Value], _made: &Value) {}

    /// Everything that is never to be shown.
    fn secrets(&self) -> Vec<String> {
        Vec::new()
    }

    /// How many those are: they only become more.
    fn secret_count(&self) -> usize {
        0
    }

    /// The secret of this name that is made once: None where it is not made yet and must not be.
    fn secret(&self, _name: &str, _recipe: &Recipe, _make: bool) -> Result<Option<String>, String> {
        Err("there is no vault here".into())
    }
}
