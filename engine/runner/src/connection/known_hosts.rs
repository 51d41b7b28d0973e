//! known_hosts: which keys a host is known by, and what follows from the one it shows.
use super::pattern;
use base64::Engine;
use ring::hmac;
use russh::keys::ssh_key::known_hosts::{Entry, HostPatterns, Marker};
use russh::keys::ssh_key::public::KeyData;
use russh::keys::{Algorithm, HashAlg, PublicKey};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use tokio::io::AsyncWriteExt;
use tokio::sync::Mutex;

/// The name a host goes by in known_hosts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct HostName {
    host: String,
    port: u16,
}

impl HostName {
    pub(crate) fn new(host: &str, port: u16) -> Self {
        Self {
            host: host.to_ascii_lowercase(),
            port,
        }
    }

    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// As it is written: `host`, or `[host]:port` where the port is not 22.
    pub(crate) fn written(&self) -> String {
        match self.port {
            22 => self.host.clone(),
            port => format!("[{}]:{port}", self.host),
        }
    }
}

/// One line that says something.
struct Line {
    place: String,
    entry: Entry,
}

/// The lines of every file, in order.
#[derive(Default)]
pub(crate) struct KnownHosts {
    lines: Vec<Line>,
}

/// What is known of a key a host shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Known,
    Unknown,
    Changed { place: String, known: String },
    Revoked { place: String },
}

/// Keys accepted in this run: a second connection must find the same, whether or not the file could be written.
pub(crate) type Accepted = Mutex<HashMap<HostName, KeyData>>;

impl KnownHosts {
    pub(crate) async fn read(files: &[PathBuf]) -> Self {
        let mut known = Self::default();
        for file in files {
            match tokio::fs::read(file).await {
                Ok(bytes) => known.add(file, &String::from_utf8_lossy(&bytes)),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => tracing::warn!("{} is not read: {error}", file.display()),
            }
        }
        known
    }

    /// A line that cannot be read is a warning, not the end of the file.
    pub(crate) fn add(&mut self, file: &Path, text: &str) {
        for (number, line) in text.lines().enumerate() {
            let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let place = format!("{}:{}", file.display(), number + 1);
            match line.parse() {
                Ok(entry) => self.lines.push(Line { place, entry }),
                Err(error) => tracing::warn!("{place} is not understood and left out: {error}"),
            }
        }
    }

    fn matching<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a Line> {
        let name = name.to_owned();
        self.lines
            .iter()
            .filter(move |line| covers(line.entry.host_patterns(), &name))
    }

    /// Lines for the host with or without its port.
    fn about<'a>(&'a self, name: &HostName) -> impl Iterator<Item = &'a Line> {
        let (written, plain) = (name.written(), name.host.clone());
        let about = move |line: &&Line| {
            let patterns = line.entry.host_patterns();
            covers(patterns, &written) || covers(patterns, &plain)
        };
        self.lines.iter().filter(about)
    }

    /// Revoked beats all; a key of another type than the known ones counts as changed, since the known type is asked for first.
    pub(crate) fn judge(&self, name: &HostName, key: &PublicKey) -> Verdict {
        if let Some(place) = self.revoked(name, key) {
            return Verdict::Revoked { place };
        }
        let mut other = None;
        for line in self
            .matching(&name.written())
            .filter(|line| line.entry.marker().is_none())
        {
            if line.entry.public_key().key_data() == key.key_data() {
                return Verdict::Known;
            }
            other.get_or_insert(line);
        }
        // As OpenSSH does: a key known without its port is known.
        let plain = self
            .matching(&name.host)
            .filter(|line| line.entry.marker().is_none());
        let same = |line: &Line| line.entry.public_key().key_data() == key.key_data();
        match other {
            Some(line) => Verdict::Changed {
                place: line.place.clone(),
                known: fingerprint(line.entry.public_key()),
            },
            None if plain.into_iter().any(same) => Verdict::Known,
            None => Verdict::Unknown,
        }
    }

    pub(crate) fn revoked(&self, name: &HostName, key: &PublicKey) -> Option<String> {
        self.about(name)
            .filter(|line| line.entry.marker() == Some(&Marker::Revoked))
            .find(|line| line.entry.public_key().key_data() == key.key_data())
            .map(|line| line.place.clone())
    }

    /// Algorithms of the keys the host is known by: asked for first, so that it shows one of them.
    pub(crate) fn algorithms(&self, name: &HostName) -> Vec<Algorithm> {
        let plain = self
            .about(name)
            .filter(|line| line.entry.marker().is_none());
        let mut algorithms = Vec::new();
        for line in plain {
            let algorithm = line.entry.public_key().algorithm();
            if !algorithms.contains(&algorithm) {
                algorithms.push(algorithm);
            }
        }
        algorithms
    }

    /// Authorities whose host certificates are good for this host.
    pub(crate) fn authorities(&self, name: &HostName) -> Vec<PublicKey> {
        self.about(name)
            .filter(|line| line.entry.marker() == Some(&Marker::CertAuthority))
            .map(|line| line.entry.public_key().clone())
            .collect()
    }
}

fn covers(patterns: &HostPatterns, name: &str) -> bool {
    match patterns {
        HostPatterns::Patterns(patterns) => pattern::any(patterns.iter().map(String::as_str), name),
        HostPatterns::HashedName { salt, hash } => {
            let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, salt);
            hmac::verify(&key, name.as_bytes(), hash).is_ok()
        }
    }
}

pub(crate) fn fingerprint(key: &PublicKey) -> String {
    key.fingerprint(HashAlg::Sha256).to_string()
}

/// The line that makes a key known.
pub(crate) fn line(name: &HostName, key: &PublicKey, hashed: bool) -> Option<String> {
    let key = PublicKey::new(key.key_data().clone(), "")
        .to_openssh()
        .ok()?;
    if !hashed {
        return Some(format!("{} {}\n", name.written(), key.trim()));
    }
    let mut salt = [0; 20];
    ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut salt).ok()?;
    let base64 = &base64::engine::general_purpose::STANDARD;
    let hash = hmac::sign(
        &hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &salt),
        name.written().as_bytes(),
    );
    let (salt, hash) = (base64.encode(salt), base64.encode(hash.as_ref()));
    Some(format!("|1|{salt}|{hash} {}\n", key.trim()))
}

/// Adds a line in one write. The file and its folder are the user's alone where they are made here.
pub(crate) async fn append(file: &Path, line: &str) -> std::io::Result<()> {
    if let Some(folder) = file.parent() {
        tokio::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .await?;
    }
    let broken = match tokio::fs::read(file).await {
        Ok(bytes) => bytes.last().is_some_and(|last| *last != b'\n'),
        Err(_) => false,
    };
    let line = if broken {
        format!("\n{line}")
    } else {
        line.to_owned()
    };
    let mut options = tokio::fs::OpenOptions::new();
    let mut open = options
        .append(true)
        .create(true)
        .mode(0o600)
        .open(file)
        .await?;
    open.write_all(line.as_bytes()).await?;
    open.flush().await
}

#[cfg(test)]
mod tests;
