//! Files of the controller, read for the language.
#![expect(
    clippy::disallowed_methods,
    reason = "the controller reads what the user wrote; it alters nothing"
)]

use crate::command::roles::{Distrust, distrust};
use crate::keys::Keys;
use play_language::{Loader, Vault};
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex, PoisonError};

static VAULT: LazyLock<Vault> =
    LazyLock::new(|| Vault::new(Box::<Disk>::default(), Box::<Keys>::default()));

/// The disk, as the language reads it: what is encrypted is opened.
pub(crate) fn vault() -> &'static Vault {
    &VAULT
}

/// The disk as it is.
#[derive(Default)]
struct Disk {
    /// What is known of the roles that were asked for: each is compared with the lock once.
    roles: Mutex<BTreeMap<PathBuf, Option<Distrust>>>,
}

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

    fn distrust(&self, role: &Path) -> Option<Distrust> {
        let mut known = self.roles.lock().unwrap_or_else(PoisonError::into_inner);
        let found = known.entry(role.to_path_buf());
        found.or_insert_with(|| distrust(self, role)).clone()
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
