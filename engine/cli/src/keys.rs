//! The user's keys, and where secrets that are made are written.
#![expect(
    clippy::disallowed_methods,
    reason = "the controller reads its user's keys and keeps secrets beside the inventory"
)]

use crate::terminal;
use play_language::vault::{Keeper, KeyFile};
use ring::rand::{SecureRandom, SystemRandom};
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Files of identities, one after the other, instead of the usual ones.
const NAMED: &str = "PLAY_VAULT_IDENTITY";
/// The first line of this file is the passphrase of what was encrypted with one.
const PASSPHRASE: &str = "PLAY_VAULT_PASSPHRASE_FILE";

/// Keys of the account `play` runs as.
#[derive(Default)]
pub(crate) struct Keys {
    /// Asked once a run.
    passphrases: Mutex<BTreeMap<String, Option<String>>>,
}

fn home() -> PathBuf {
    std::env::var_os("HOME").map_or_else(PathBuf::new, PathBuf::from)
}

/// Where `play vault init` keeps the identity it makes.
pub(crate) fn own() -> PathBuf {
    if let Some(named) = std::env::var_os(NAMED)
        && let Some(first) = std::env::split_paths(&named).next()
    {
        return first;
    }
    let folder = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from);
    folder
        .unwrap_or_else(|| home().join(".config"))
        .join("play/identity")
}

fn usual() -> Vec<PathBuf> {
    if let Some(named) = std::env::var_os(NAMED) {
        return std::env::split_paths(&named).collect();
    }
    let ssh = home().join(".ssh");
    vec![own(), ssh.join("id_ed25519"), ssh.join("id_rsa")]
}

impl Keeper for Keys {
    fn identities(&self) -> Vec<KeyFile> {
        let files = usual().into_iter().filter_map(|path| {
            Some(KeyFile {
                text: std::fs::read_to_string(&path).ok()?,
                name: path.display().to_string(),
            })
        });
        files.collect()
    }

    fn passphrase(&self, of: &str) -> Option<String> {
        let mut asked = self
            .passphrases
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        asked
            .entry(of.to_owned())
            .or_insert_with(|| {
                if let Some(path) = std::env::var_os(PASSPHRASE) {
                    let text = std::fs::read_to_string(path).ok()?;
                    return text.lines().next().map(str::to_owned);
                }
                terminal::can_ask()
                    .then(|| rpassword::prompt_password(format!("passphrase of {of}: ")).ok())
                    .flatten()
            })
            .clone()
    }

    fn keep(&self, path: &Path, sealed: &[u8]) -> Result<bool, String> {
        let words = |error: std::io::Error| format!("{}: {error}", path.display());
        let folder = path.parent().unwrap_or(Path::new(""));
        std::fs::create_dir_all(folder).map_err(words)?;
        let mut file = staged(folder).map_err(words)?;
        file.write_all(sealed).map_err(words)?;
        file.as_file().sync_all().map_err(words)?;
        match file.persist_noclobber(path) {
            Ok(_) => Ok(true),
            Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(words(error.error)),
        }
    }

    fn random(&self, bytes: &mut [u8]) -> Result<(), String> {
        SystemRandom::new()
            .fill(bytes)
            .map_err(|_| "the system gives no randomness".to_owned())
    }
}

/// A file that is to appear whole: it lies beside its place under another name until then.
pub(crate) fn staged(folder: &Path) -> std::io::Result<tempfile::NamedTempFile> {
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    tempfile::NamedTempFile::new_in(folder)
}
