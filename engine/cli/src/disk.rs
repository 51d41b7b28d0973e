//! Files of the controller, read for the language.
#![expect(
    clippy::disallowed_methods,
    reason = "the controller reads what the user wrote; it alters nothing"
)]

use crate::keys::Keys;
use play_language::{Loader, Vault};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

static VAULT: LazyLock<Vault> =
    LazyLock::new(|| Vault::new(Box::new(Disk), Box::<Keys>::default()));

/// The disk, as the language reads it: what is encrypted is opened.
pub(crate) fn vault() -> &'static Vault {
    &VAULT
}

/// The disk as it is.
struct Disk;

impl Loader for Disk {
    fn read(&self, path: &Path) -> Result<Vec<u8>, String> {
        std::fs::read(path).map_err(|error| error.to_string())
    }

    fn is_file(&self, path: &Path) -> bool {
        path.is_file()
    }

    fn is_directory(&self, path: &Path) -> bool {
        path.is_dir()
    }

    fn list(&self, path: &Path) -> Vec<String> {
        // The folder `play` was started in has no name of its own.
        let here = path.as_os_str().is_empty();
        let path = if here { Path::new(".") } else { path };
        let mut names: Vec<String> = std::fs::read_dir(path)
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    fn environment(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    fn is_executable(&self, path: &Path) -> bool {
        std::fs::metadata(path).is_ok_and(|meta| meta.permissions().mode() & 0o111 != 0)
    }

    fn current_directory(&self) -> PathBuf {
        std::env::current_dir().unwrap_or_default()
    }
}
