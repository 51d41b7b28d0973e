//! Those who may open what is sealed: age's own public keys, and SSH's.
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use sha2::{Digest, Sha256};
use std::str::FromStr;

/// One public key.
#[derive(Clone)]
pub struct Recipient {
    pub(super) key: Key,
    /// As written.
    pub line: String,
}

#[derive(Clone)]
pub(super) enum Key {
    Age(age::x25519::Recipient),
    Ssh(age::ssh::Recipient),
}

impl FromStr for Recipient {
    type Err = String;

    fn from_str(line: &str) -> Result<Self, String> {
        let line = line.trim();
        let word = line.split_whitespace().next().unwrap_or_default();
        let key = if word.starts_with("age1") {
            word.parse().map(Key::Age).map_err(ToOwned::to_owned)
        } else {
            line.parse::<age::ssh::Recipient>()
                .map(Key::Ssh)
                .map_err(|_| "it is neither age1… nor ssh-ed25519 … nor ssh-rsa …".to_owned())
        };
        let key = key.map_err(|words| format!("`{line}` is no recipient: {words}"))?;
        Ok(Self {
            key,
            line: line.to_owned(),
        })
    }
}

impl Recipient {
    pub(super) fn as_age(&self) -> &dyn age::Recipient {
        match &self.key {
            Key::Age(key) => key,
            Key::Ssh(key) => key,
        }
    }

    /// What age's header says of an SSH key: the first four bytes of its digest.
    pub(super) fn tag(&self) -> Option<String> {
        let mut words = self.line.split_whitespace();
        words.next().filter(|word| word.starts_with("ssh-"))?;
        let wire = STANDARD.decode(words.next()?).ok()?;
        Some(STANDARD_NO_PAD.encode(&Sha256::digest(wire)[..4]))
    }

    /// Short, for messages: the comment of an SSH key, or the beginning of the key.
    pub(super) fn name(&self) -> String {
        let comment = self
            .line
            .split_whitespace()
            .skip(2)
            .collect::<Vec<_>>()
            .join(" ");
        if comment.is_empty() {
            let short: String = self.line.chars().take(24).collect();
            format!("{short}…")
        } else {
            comment
        }
    }
}

/// A list of recipients: one a line; empty lines and those with `#` before them are passed over.
pub fn recipients(text: &str) -> Result<Vec<Recipient>, String> {
    text.lines()
        .enumerate()
        .map(|(at, line)| (at + 1, line.trim()))
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
        .map(|(at, line)| {
            line.parse()
                .map_err(|words: String| format!("line {at}: {words}"))
        })
        .collect()
}
