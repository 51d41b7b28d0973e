//! Logging in: keys the ssh-agent holds, then key files, in OpenSSH's order, then a password; what was tried is told.
mod by_password;

use super::client::{Client, explain};
use super::hop::Hop;
use super::identity::KeyFile;
use super::{ConnectFault, Options};
use by_password::Shortfall;
pub(super) use by_password::is_taken;
use russh::client::{AuthResult, Handle};
use russh::keys::agent::AgentIdentity;
use russh::keys::agent::client::{AgentClient, AgentStream};
use russh::keys::{
    Certificate, HashAlg, PrivateKeyWithHashAlg, PublicKey, load_openssh_certificate,
};
use std::path::{Path, PathBuf};
use tokio::time::timeout;

type SshAgent = AgentClient<Box<dyn AgentStream + Send + Unpin>>;

pub(crate) struct Authentication<'a> {
    pub(crate) hop: &'a Hop,
    pub(crate) options: &'a Options,
    pub(crate) handle: &'a mut Handle<Client>,
    tried: Vec<String>,
    offered: Vec<String>,
    shortfall: Option<Shortfall>,
}

/// Whether to go on trying.
enum Step {
    In,
    Next,
    /// The server hung up, or takes no keys.
    Over,
}

impl<'a> Authentication<'a> {
    pub(crate) fn new(hop: &'a Hop, options: &'a Options, handle: &'a mut Handle<Client>) -> Self {
        Self {
            hop,
            options,
            handle,
            tried: Vec::new(),
            offered: Vec::new(),
            shortfall: None,
        }
    }

    pub(crate) async fn run(mut self) -> Result<(), ConnectFault> {
        match self.log_in().await {
            Step::In => Ok(()),
            _ => Err(self.fault()),
        }
    }

    fn fault(self) -> ConnectFault {
        let user = self.hop.settings.user.clone();
        let host = self.hop.settings.host_name.clone();
        let (tried, offered) = (self.tried, self.offered);
        match self.shortfall {
            Some(Shortfall::Wrong) => ConnectFault::LoginPasswordWrong { user, host, tried },
            Some(Shortfall::Unwanted) => ConnectFault::NoPasswordTaken {
                user,
                host,
                tried,
                offered,
            },
            Some(Shortfall::Expired(said)) => ConnectFault::LoginPasswordExpired { host, said },
            None => ConnectFault::Authentication {
                user,
                host,
                tried,
                offered,
            },
        }
    }

    async fn log_in(&mut self) -> Step {
        if let Step::In = self.by_keys().await {
            return Step::In;
        }
        if self.offered.is_empty() && !self.handle.is_closed() {
            // Nothing was tried: what the server takes is asked, as OpenSSH does (RFC 4252, section 5.2).
            let user = self.hop.settings.user.clone();
            match self.handle.authenticate_none(user).await {
                Ok(AuthResult::Success) => return Step::In,
                Ok(AuthResult::Failure {
                    remaining_methods, ..
                }) => self.offered = remaining_methods.iter().map(String::from).collect(),
                Err(_) => return Step::Over,
            }
        }
        if self.handle.is_closed() {
            return Step::Over;
        }
        self.by_password().await
    }

    async fn by_keys(&mut self) -> Step {
        let (named, files) = self.key_files().await;
        let (mut agent, held) = self.ssh_agent().await;
        for candidate in order(&named, &files, &held, self.hop.settings.identities_only) {
            let step = match candidate {
                Candidate::Held(identity) => self.by_agent(identity, &mut agent).await,
                Candidate::File(file) => self.by_file(file).await,
            };
            match step {
                Step::Next => {}
                end => return end,
            }
        }
        Step::Over
    }

    /// The key files the inventory names, and the others.
    async fn key_files(&mut self) -> (Vec<KeyFile>, Vec<KeyFile>) {
        let settings = &self.hop.settings;
        let (mut named, mut others) = (Vec::new(), Vec::new());
        for path in &settings.named_identities {
            match KeyFile::read(path).await {
                Ok(Some(file)) => named.push(file),
                Ok(None) => self.note(path, "there is no such file"),
                Err(message) => self.note(path, &message),
            }
        }
        for path in &settings.identities {
            match KeyFile::read(path).await {
                Ok(file) => others.extend(file),
                Err(message) => self.note(path, &message),
            }
        }
        (named, others)
    }

    async fn ssh_agent(&mut self) -> (Option<SshAgent>, Vec<AgentIdentity>) {
        let Some(socket) = self.hop.settings.identity_agent.clone() else {
            return (None, Vec::new());
        };
        // One that hangs must not keep the key files from being tried.
        let patience = self.options.connect_timeout;
        let answer = match timeout(patience, held_by(&socket)).await {
            Ok(answer) => answer,
            Err(_) => Err(format!(
                "the ssh-agent says nothing within {} s",
                patience.as_secs()
            )),
        };
        match answer {
            Ok((agent, held)) => (Some(agent), held),
            Err(message) => {
                self.note(&socket, &message);
                (None, Vec::new())
            }
        }
    }

    async fn by_agent(&mut self, identity: &AgentIdentity, agent: &mut Option<SshAgent>) -> Step {
        let Some(agent) = agent else {
            return Step::Next;
        };
        let user = self.hop.settings.user.clone();
        let (label, result) = match identity {
            AgentIdentity::PublicKey { key, comment } => {
                let hash = self.hash_for(key).await;
                let answer = self
                    .handle
                    .authenticate_publickey_with(user, key.clone(), hash, agent)
                    .await;
                (format!("ssh-agent key {comment}"), answer)
            }
            AgentIdentity::Certificate {
                certificate,
                comment,
            } => {
                let rsa = certificate.algorithm().is_rsa();
                let hash = rsa.then_some(HashAlg::Sha512);
                let answer = self
                    .handle
                    .authenticate_certificate_with(user, certificate.clone(), hash, agent)
                    .await;
                (format!("ssh-agent certificate {comment}"), answer)
            }
        };
        match result {
            Ok(result) => self.weigh(&label, &result),
            Err(error) => {
                self.tried
                    .push(format!("{label}: the ssh-agent does not sign ({error})"));
                Step::Next
            }
        }
    }

    async fn by_file(&mut self, file: &KeyFile) -> Step {
        if file.is_public_only() {
            self.note(
                &file.path,
                "only its public half is there, and no ssh-agent holds the other",
            );
            return Step::Next;
        }
        if file.is_encrypted() && !self.is_welcome(file).await {
            return if self.handle.is_closed() {
                Step::Over
            } else {
                Step::Next
            };
        }
        let shared = self.options.shared.clone();
        let ask = self.options.ask_passphrase.as_ref();
        let key = match file.unlock(&shared.keyring, ask).await {
            Ok(key) => key,
            Err(message) => {
                self.note(&file.path, &message);
                return Step::Next;
            }
        };
        let user = self.hop.settings.user.clone();
        if let Some(certificate) = self.certificate(&file.path, key.public_key()) {
            let answer = self
                .handle
                .authenticate_openssh_cert(user.clone(), key.clone(), certificate)
                .await;
            let label = format!("{} with its certificate", file.path.display());
            match self.weigh_result(&label, answer) {
                Step::Next => {}
                end => return end,
            }
        }
        let hash = self.hash_for(key.public_key()).await;
        let answer = self
            .handle
            .authenticate_publickey(user, PrivateKeyWithHashAlg::new(key, hash))
            .await;
        self.weigh_result(&file.path.display().to_string(), answer)
    }

    /// `-cert.pub` beside the key, or one of `CertificateFile`.
    fn certificate(&self, path: &Path, key: &PublicKey) -> Option<Certificate> {
        let beside = PathBuf::from(format!("{}-cert.pub", path.display()));
        let files = self
            .hop
            .settings
            .certificates
            .iter()
            .chain(std::iter::once(&beside));
        files
            .filter_map(|file| load_openssh_certificate(file).ok())
            .find(|certificate| certificate.public_key() == key.key_data())
    }

    /// Asks the server whether the key is worth a passphrase.
    async fn is_welcome(&mut self, file: &KeyFile) -> bool {
        let Some(public) = file.public.clone() else {
            return true;
        };
        let hash = self.hash_for(&public).await;
        let user = self.hop.settings.user.clone();
        let answer = self
            .handle
            .authenticate_publickey_with(user, public, hash, &mut Probe)
            .await;
        match answer {
            Ok(result) => {
                self.weigh(&file.path.display().to_string(), &result);
                false
            }
            Err(Welcome) => true,
        }
    }

    async fn hash_for(&self, key: &PublicKey) -> Option<HashAlg> {
        if !key.algorithm().is_rsa() {
            return None;
        }
        match self.handle.best_supported_rsa_hash().await {
            Ok(Some(hash)) => hash,
            _ => Some(HashAlg::Sha512),
        }
    }

    fn note(&mut self, path: &Path, message: &str) {
        self.tried.push(format!("{}: {message}", path.display()));
    }

    fn weigh_result(&mut self, label: &str, result: Result<AuthResult, russh::Error>) -> Step {
        match result {
            Ok(result) => self.weigh(label, &result),
            Err(error) => {
                self.tried.push(format!("{label}: {}", explain(&error)));
                if self.handle.is_closed() {
                    Step::Over
                } else {
                    Step::Next
                }
            }
        }
    }

    fn weigh(&mut self, label: &str, result: &AuthResult) -> Step {
        let AuthResult::Failure {
            remaining_methods,
            partial_success,
        } = result
        else {
            return Step::In;
        };
        self.offered = remaining_methods.iter().map(String::from).collect();
        if self.handle.is_closed() {
            self.tried
                .push(format!("{label}: the server hung up; too many keys?"));
            return Step::Over;
        }
        if *partial_success {
            let more = if self.hop.settings.password.is_some() && is_taken(&self.offered) {
                "and the server wants another proof"
            } else {
                "but the server wants another proof, which cannot be given"
            };
            self.tried.push(format!("{label}: accepted, {more}"));
            return Step::Over;
        }
        self.tried.push(format!("{label}: refused"));
        let takes_keys = self.offered.iter().any(|method| method == "publickey");
        if takes_keys { Step::Next } else { Step::Over }
    }
}

async fn held_by(socket: &Path) -> Result<(SshAgent, Vec<AgentIdentity>), String> {
    let mut agent = AgentClient::connect_uds(socket)
        .await
        .map_err(|error| format!("no ssh-agent answers ({error})"))?
        .dynamic();
    let held = agent.request_identities().await;
    held.map(|held| (agent, held))
        .map_err(|error| format!("the ssh-agent lists no keys ({error})"))
}

/// A key and who signs with it.
#[derive(Clone, Copy)]
enum Candidate<'a> {
    Held(&'a AgentIdentity),
    File(&'a KeyFile),
}

/// Named keys first wherever they are; then, as in OpenSSH, what the agent holds of the files, the rest of what it
/// holds unless only files count, and the files it does not hold.
fn order<'a>(
    named: &'a [KeyFile],
    files: &'a [KeyFile],
    held: &'a [AgentIdentity],
    files_only: bool,
) -> Vec<Candidate<'a>> {
    let mut rest: Vec<&AgentIdentity> = held.iter().collect();
    let mut first = Vec::new();
    for file in named {
        first.push(match position(&rest, file) {
            Some(at) => Candidate::Held(rest.remove(at)),
            None => Candidate::File(file),
        });
    }
    let mut last = Vec::new();
    for file in files {
        match position(&rest, file) {
            Some(at) => first.push(Candidate::Held(rest.remove(at))),
            None => last.push(Candidate::File(file)),
        }
    }
    if !files_only {
        first.extend(rest.into_iter().map(Candidate::Held));
    }
    first.extend(last);
    first
}

fn position(held: &[&AgentIdentity], file: &KeyFile) -> Option<usize> {
    let public = file.public.as_ref()?.key_data();
    held.iter().position(|identity| match identity {
        AgentIdentity::PublicKey { key, .. } => key.key_data() == public,
        AgentIdentity::Certificate { certificate, .. } => certificate.public_key() == public,
    })
}

/// Signs nothing: being asked to is the answer.
struct Probe;

#[derive(Debug)]
struct Welcome;

impl From<russh::SendError> for Welcome {
    fn from(_: russh::SendError) -> Self {
        Self
    }
}

impl russh::Signer for Probe {
    type Error = Welcome;

    async fn auth_sign(
        &mut self,
        _: &AgentIdentity,
        _: Option<HashAlg>,
        _: Vec<u8>,
    ) -> Result<Vec<u8>, Welcome> {
        Err(Welcome)
    }
}
