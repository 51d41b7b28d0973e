//! Private keys: age's own, and SSH's. They are read when something sealed is first met.
use super::keeper::{Keeper, KeyFile};
use age::secrecy::{ExposeSecret, SecretString};
use std::collections::BTreeSet;

/// Every key that may open something.
pub(super) struct Identities {
    files: Vec<KeyFile>,
    own: Vec<age::x25519::Identity>,
    ssh: Vec<(String, age::ssh::Identity)>,
    /// Files whose passphrase is wrong or not to be had: asked for once only.
    refused: BTreeSet<String>,
}

impl Identities {
    pub(super) fn new(files: Vec<KeyFile>) -> Self {
        let mut own = Vec::new();
        let mut ssh = Vec::new();
        for file in &files {
            if file.text.contains("PRIVATE KEY-----") {
                let read =
                    age::ssh::Identity::from_buffer(file.text.as_bytes(), Some(file.name.clone()));
                ssh.extend(read.ok().map(|identity| (file.name.clone(), identity)));
            } else {
                own.extend(
                    file.text
                        .lines()
                        .filter_map(|line| line.trim().parse().ok()),
                );
            }
        }
        Self {
            files,
            own,
            ssh,
            refused: BTreeSet::new(),
        }
    }

    /// The files there are, for messages.
    pub(super) fn tried(&self) -> Vec<String> {
        self.files.iter().map(|file| file.name.clone()).collect()
    }

    /// The keys that may fit; SSH keys with a passphrase are unlocked only where one is called for.
    pub(super) fn fitting(&mut self, ssh: bool, keeper: &dyn Keeper) -> Vec<&dyn age::Identity> {
        if ssh {
            self.unlock(keeper);
        }
        let own = self.own.iter().map(|key| key as &dyn age::Identity);
        let ssh = self.ssh.iter().filter(|_| ssh);
        own.chain(ssh.map(|(_, key)| key as &dyn age::Identity))
            .collect()
    }

    fn unlock(&mut self, keeper: &dyn Keeper) {
        for (name, identity) in &mut self.ssh {
            let age::ssh::Identity::Encrypted(locked) = identity else {
                continue;
            };
            if self.refused.contains(name) {
                continue;
            }
            let opened = keeper
                .passphrase(name)
                .and_then(|words| locked.decrypt(SecretString::from(words)).ok());
            match opened {
                Some(key) => *identity = key.into(),
                None => drop(self.refused.insert(name.clone())),
            }
        }
    }
}

/// The recipient of the first identity in a file's text.
pub fn recipient_of(text: &str) -> Option<String> {
    let identity: Option<age::x25519::Identity> =
        text.lines().find_map(|line| line.trim().parse().ok());
    identity.map(|identity| identity.to_public().to_string())
}

/// A new identity: the text of its file, and its recipient.
pub fn generate() -> (String, String) {
    let identity = age::x25519::Identity::generate();
    let recipient = identity.to_public().to_string();
    let secret = identity.to_string();
    let text = format!("# public key: {recipient}\n{}\n", secret.expose_secret());
    (text, recipient)
}
