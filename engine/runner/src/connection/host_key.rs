//! Whether a host's key is trusted: known_hosts, the policy asked for, and what this run has accepted.
use super::hop::Hop;
use super::known_hosts::{self, HostName, KnownHosts, Verdict, fingerprint};
use super::{ConnectFault, HostKeys, Options};
use russh::keys::ssh_key::certificate::CertType;
use russh::keys::{Algorithm, Certificate, HashAlg, PublicKey, PublicKeyOrCertificate};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// Judges the key of one host, and remembers one that is new and accepted.
pub(crate) struct HostKeyCheck {
    name: HostName,
    known: KnownHosts,
    accept_new: bool,
    hashed: bool,
    write_to: Option<PathBuf>,
    /// The jump hosts before it, for the command that is proposed.
    through: Vec<String>,
    /// The host as `ssh` would be given it.
    login: (String, u16),
    shared: Arc<super::options::Shared>,
}

impl HostKeyCheck {
    pub(crate) async fn new(way: &[Hop], options: &Options) -> Option<Self> {
        let (last, before) = way.split_last()?;
        let settings = &last.settings;
        let name = match &settings.host_key_alias {
            Some(alias) => HostName::new(alias, 22),
            None => HostName::new(&settings.host_name, settings.port),
        };
        let user = settings.user_known_hosts.iter();
        let files: Vec<PathBuf> = user.chain(&settings.global_known_hosts).cloned().collect();
        Some(Self {
            name,
            known: KnownHosts::read(&files).await,
            accept_new: settings.accept_new || options.host_keys == HostKeys::AcceptNew,
            hashed: settings.hash_known_hosts,
            write_to: settings.user_known_hosts.first().cloned(),
            through: before.iter().map(Hop::label).collect(),
            login: (settings.host_name.clone(), settings.port),
            shared: options.shared.clone(),
        })
    }

    /// Known algorithms first, so that the host shows a key that can be compared.
    pub(crate) fn preference(&self, all: &[Algorithm]) -> Vec<Algorithm> {
        let known = self.known.algorithms(&self.name);
        let is_known = |algorithm: &Algorithm| {
            known.iter().any(|known| match (known, algorithm) {
                (Algorithm::Rsa { .. }, Algorithm::Rsa { .. }) => true,
                (known, algorithm) => known == algorithm,
            })
        };
        let (mut first, rest): (Vec<_>, Vec<_>) = all.iter().cloned().partition(is_known);
        first.extend(rest);
        first
    }

    pub(crate) fn trusts_certificates(&self) -> bool {
        !self.known.authorities(&self.name).is_empty()
    }

    pub(crate) async fn judge(&self, shown: &PublicKeyOrCertificate) -> Result<(), ConnectFault> {
        if let Some(certificate) = shown.certificate() {
            return self.certified(certificate);
        }
        let key = shown.public_key();
        match self.known.judge(&self.name, &key) {
            Verdict::Known => Ok(()),
            Verdict::Revoked { place } => Err(self.revoked(&key, place)),
            Verdict::Changed { place, known } => Err(self.changed(&key, place, known)),
            Verdict::Unknown => self.meet(&key).await,
        }
    }

    /// A new key: the one accepted earlier in this run, or one the policy lets in.
    async fn meet(&self, key: &PublicKey) -> Result<(), ConnectFault> {
        let mut accepted = self.shared.accepted.lock().await;
        match accepted.get(&self.name) {
            Some(earlier) if earlier == key.key_data() => return Ok(()),
            Some(earlier) => {
                let known = fingerprint(&PublicKey::new(earlier.clone(), ""));
                return Err(self.changed(key, "this run".into(), known));
            }
            None if !self.accept_new => return Err(self.unknown(key)),
            None => {}
        }
        accepted.insert(self.name.clone(), key.key_data().clone());
        self.remember(key).await;
        tracing::info!(
            "accepted the new host key of {}: {}",
            self.name.written(),
            fingerprint(key)
        );
        Ok(())
    }

    async fn remember(&self, key: &PublicKey) {
        let line = known_hosts::line(&self.name, key, self.hashed);
        let (Some(file), Some(line)) = (&self.write_to, line) else {
            return;
        };
        if let Err(error) = known_hosts::append(file, &line).await {
            let (name, file) = (self.name.written(), file.display());
            tracing::warn!("the key of {name} is not remembered in {file}: {error}");
        }
    }

    fn certified(&self, certificate: &Certificate) -> Result<(), ConnectFault> {
        let refused = |message: String| ConnectFault::HostCertificate {
            host: self.name.written(),
            message,
        };
        let key = PublicKey::new(certificate.public_key().clone(), "");
        let authority = PublicKey::new(certificate.signature_key().clone(), "");
        for key in [&key, &authority] {
            if let Some(place) = self.known.revoked(&self.name, key) {
                return Err(self.revoked(key, place));
            }
        }
        if certificate.cert_type() != CertType::Host {
            return Err(refused("it is a user's".into()));
        }
        let host = self.name.host();
        let principals = certificate.valid_principals();
        if !principals.is_empty()
            && !principals
                .iter()
                .any(|principal| principal.eq_ignore_ascii_case(host))
        {
            return Err(refused(format!("it is for {}", principals.join(", "))));
        }
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let authorities: Vec<_> = self
            .known
            .authorities(&self.name)
            .iter()
            .map(|key| key.fingerprint(HashAlg::Sha256))
            .collect();
        certificate
            .validate_at(now.as_secs(), &authorities)
            .map_err(|error| {
                refused(format!(
                    "expired, or of an authority that is not known ({error})"
                ))
            })
    }

    fn unknown(&self, key: &PublicKey) -> ConnectFault {
        let (host, port) = &self.login;
        let file = self
            .write_to
            .as_ref()
            .map_or("~/.ssh/known_hosts".into(), |file| {
                file.display().to_string()
            });
        let accept = match self.through.as_slice() {
            [] => format!("ssh-keyscan -p {port} {host} >> {file}"),
            through => {
                let through: Vec<String> = through.to_vec();
                format!("ssh -J {} -p {port} {host}", through.join(","))
            }
        };
        ConnectFault::HostKeyUnknown {
            host: self.name.written(),
            algorithm: key.algorithm().to_string(),
            fingerprint: fingerprint(key),
            accept,
        }
    }

    fn changed(&self, key: &PublicKey, place: String, known: String) -> ConnectFault {
        let file = place.rsplit_once(':').map_or("", |(file, _)| file);
        ConnectFault::HostKeyChanged {
            host: self.name.written(),
            offered: fingerprint(key),
            known,
            forget: format!("ssh-keygen -f {file} -R '{}'", self.name.written()),
            place,
        }
    }

    fn revoked(&self, key: &PublicKey, place: String) -> ConnectFault {
        ConnectFault::HostKeyRevoked {
            host: self.name.written(),
            fingerprint: fingerprint(key),
            place,
        }
    }
}
