//! What holds for every session of a run: deadlines, policies, the agent, and what sessions share.
use super::Target;
use super::identity::Keyring;
use super::jump::Links;
use super::known_hosts::Accepted;
use super::refusals::Refusals;
use super::ssh_program::ConfigCache;
use crate::escalation::Escalation;
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// What happens to a host whose key is not known. A changed or revoked key is refused whatever stands here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HostKeys {
    /// Refused, unless ~/.ssh/config says `StrictHostKeyChecking accept-new` (or `no`) for this host.
    #[default]
    Strict,
    /// Added to the user's known_hosts.
    AcceptNew,
}

/// Asks for the passphrase of the key file named; `None` gives up. Called from a thread that may block.
pub type AskPassphrase = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// The agent as it travels.
#[derive(Clone, Copy)]
pub struct AgentImage {
    pub gzip: &'static [u8],
    /// Of the uncompressed program, lower-case hexadecimal: its file name and what is verified on the host.
    pub sha256: &'static str,
}

/// Options of a run. Cloning is cheap, and clones share connections, passphrases and accepted host keys.
#[derive(Clone)]
pub struct Options {
    /// For each of: TCP, SSH handshake. Default 10 s.
    pub connect_timeout: Duration,
    /// For authentication, in which a person may have to touch a key or type a passphrase. Default 120 s.
    pub authentication_timeout: Duration,
    /// From the start of the bootstrap to the agent's greeting, not counting the upload. Default 30 s.
    pub start_timeout: Duration,
    /// A write of which the peer takes nothing for so long is a fault. Default 60 s.
    pub write_timeout: Duration,
    /// Quiet for so long: ask whether the peer is alive. Default 15 s.
    pub keepalive_interval: Duration,
    /// So many unanswered: the connection is lost. Default 3.
    pub keepalive_count: usize,
    /// Instead of ~/.ssh/config and /etc/ssh/ssh_config.
    pub ssh_config: Option<PathBuf>,
    /// The `ssh` program that is asked about ~/.ssh/config; `None` reads a subset without it. Default `ssh`.
    pub ssh_program: Option<PathBuf>,
    /// Instead of those of the hosts and of ~/.ssh/config; the first takes new keys.
    pub known_hosts: Option<Vec<PathBuf>>,
    pub host_keys: HostKeys,
    pub agent: AgentImage,
    /// The agent for hosts on this machine, used where it lies. `None`: unpacked from `agent` like on any host.
    pub agent_program: Option<PathBuf>,
    /// The agent runs as root through sudo.
    pub escalation: Option<Escalation>,
    pub ask_passphrase: Option<AskPassphrase>,
    /// Inventory hosts that may be named as jump hosts.
    pub inventory: Arc<BTreeMap<String, Target>>,
    pub(crate) shared: Arc<Shared>,
}

/// What sessions of a run share.
#[derive(Default)]
pub(crate) struct Shared {
    pub(crate) links: Links,
    pub(crate) keyring: Keyring,
    pub(crate) accepted: Accepted,
    pub(crate) refusals: Refusals,
    pub(crate) configs: ConfigCache,
    pub(crate) openings: Openings,
}

/// How many sessions may be opened at once: handshakes of a thousand hosts would starve each other until they time out.
pub(crate) struct Openings(pub(crate) tokio::sync::Semaphore);

const AT_ONCE: usize = 64;

impl Default for Openings {
    fn default() -> Self {
        Self(tokio::sync::Semaphore::new(AT_ONCE))
    }
}

impl Options {
    pub fn new(agent: AgentImage) -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            authentication_timeout: Duration::from_secs(120),
            start_timeout: Duration::from_secs(30),
            write_timeout: Duration::from_secs(60),
            keepalive_interval: Duration::from_secs(15),
            keepalive_count: 3,
            ssh_config: None,
            ssh_program: Some("ssh".into()),
            known_hosts: None,
            host_keys: HostKeys::Strict,
            agent,
            agent_program: None,
            escalation: None,
            ask_passphrase: None,
            inventory: Arc::default(),
            shared: Arc::default(),
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Options")
            .field("connect_timeout", &self.connect_timeout)
            .field("ssh_config", &self.ssh_config)
            .field("known_hosts", &self.known_hosts)
            .field("host_keys", &self.host_keys)
            .field("agent", &self.agent.sha256)
            .field("escalation", &self.escalation)
            .finish_non_exhaustive()
    }
}
