//! Key files: their public halves, and their private ones behind a passphrase that is asked for once.
use super::AskPassphrase;
use super::fault::NO_PASSPHRASE;
use russh::keys::{Error, PrivateKey, PublicKey, decode_secret_key};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::Mutex;

/// Wrong passphrases before a key is given up, as in OpenSSH.
const TRIES: usize = 3;

/// A key file as it lies there.
pub(crate) struct KeyFile {
    pub(crate) path: PathBuf,
    text: String,
    /// `None` only for an encrypted key of an old format without a `.pub` beside it.
    pub(crate) public: Option<PublicKey>,
    plain: Option<Arc<PrivateKey>>,
}

/// Keys that were unlocked in this run; an `Err` is a key that was given up, and why.
#[derive(Default)]
pub(crate) struct Keyring(Mutex<HashMap<PathBuf, Result<Arc<PrivateKey>, String>>>);

impl KeyFile {
    /// `Ok(None)` where there is no such file.
    pub(crate) async fn read(path: &Path) -> Result<Option<Self>, String> {
        let text = match tokio::fs::read_to_string(path).await {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.to_string()),
        };
        let beside = PathBuf::from(format!("{}.pub", path.display()));
        let beside = tokio::fs::read_to_string(&beside).await.ok();
        let mut public = beside.and_then(|text| text.trim().parse().ok());
        let plain = match decode_secret_key(&text, None) {
            Ok(key) => Some(Arc::new(key)),
            // The public half of a key the ssh-agent or a token holds.
            Err(_) if text.trim().parse::<PublicKey>().is_ok() => {
                public = text.trim().parse().ok();
                None
            }
            Err(Error::KeyIsEncrypted) => None,
            Err(_) if text.contains("ENCRYPTED") => None,
            Err(error) => return Err(error.to_string()),
        };
        // The OpenSSH format keeps the public half in the clear; `.pub` may belong to another key.
        let inner = PrivateKey::from_openssh(&text)
            .ok()
            .map(|key| key.public_key().clone());
        let public = inner
            .or_else(|| plain.as_ref().map(|key| key.public_key().clone()))
            .or(public);
        Ok(Some(Self {
            path: path.to_owned(),
            text,
            public,
            plain,
        }))
    }

    /// Whether the private half lies there at all.
    pub(crate) fn is_public_only(&self) -> bool {
        self.plain.is_none() && !self.text.contains("PRIVATE KEY")
    }

    pub(crate) fn is_encrypted(&self) -> bool {
        self.plain.is_none() && !self.is_public_only()
    }

    /// The private key; one passphrase prompt at a time, and none twice for the same file.
    pub(crate) async fn unlock(
        &self,
        keyring: &Keyring,
        ask: Option<&AskPassphrase>,
    ) -> Result<Arc<PrivateKey>, String> {
        if let Some(key) = &self.plain {
            return Ok(key.clone());
        }
        let mut keys = keyring.0.lock().await;
        if let Some(known) = keys.get(&self.path) {
            return known.clone();
        }
        let unlocked = match ask {
            None => Err("needs a passphrase; add the key to ssh-agent".into()),
            Some(ask) => self.prompt(ask.clone()).await,
        };
        keys.insert(self.path.clone(), unlocked.clone());
        unlocked
    }

    async fn prompt(&self, ask: AskPassphrase) -> Result<Arc<PrivateKey>, String> {
        let (name, text) = (self.path.display().to_string(), self.text.clone());
        let asking = tokio::task::spawn_blocking(move || {
            for _ in 0..TRIES {
                let Some(passphrase) = ask(&name) else {
                    return Err(NO_PASSPHRASE.to_owned());
                };
                if let Ok(key) = decode_secret_key(&text, Some(&passphrase)) {
                    return Ok(Arc::new(key));
                }
            }
            Err("the passphrase was wrong".to_owned())
        });
        asking.await.unwrap_or_else(|error| Err(error.to_string()))
    }
}
