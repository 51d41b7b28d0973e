//! Why a host could not be reached, in words that name the thing and the way out.
use super::authentication::is_taken;
use std::fmt;

/// What is told of a key that nobody opened.
pub(super) const NO_PASSPHRASE: &str = "no passphrase was given";

/// How far a session got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Configuration,
    Resolve,
    Connect,
    HostKey,
    Authentication,
    Shell,
    Escalation,
    Agent,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConnectFault {
    #[error("{place}: {message}")]
    Configuration { place: String, message: String },
    #[error("{host} does not resolve: {message}")]
    Resolve { host: String, message: String },
    #[error("{address} refused the connection")]
    Refused { address: String },
    #[error("{what} within {seconds} s")]
    Timeout {
        stage: Stage,
        what: String,
        seconds: u64,
    },
    #[error("{address} accepted the connection but finished no SSH handshake within {seconds} s")]
    Silent { address: String, seconds: u64 },
    #[error("{address}: {message}")]
    Network { address: String, message: String },
    #[error("no SSH connection to {address}: {message}")]
    Handshake { address: String, message: String },
    #[error("the host key of {host} is not known ({algorithm} {fingerprint})")]
    HostKeyUnknown {
        host: String,
        algorithm: String,
        fingerprint: String,
        /// The command that shows or stores the key.
        accept: String,
    },
    #[error(
        "the host key of {host} has changed: it shows {offered}, but {place} says {known}; \
         someone may be listening in"
    )]
    HostKeyChanged {
        host: String,
        offered: String,
        known: String,
        /// `file:line` of the key that was known.
        place: String,
        /// The way to forget it.
        forget: String,
    },
    #[error("the host key of {host} ({fingerprint}) is revoked at {place}")]
    HostKeyRevoked {
        host: String,
        fingerprint: String,
        place: String,
    },
    #[error("{host} shows a host certificate that is not good: {message}")]
    HostCertificate { host: String, message: String },
    #[error("{user}@{host} does not let us in{}", Tried(.tried, .offered))]
    Authentication {
        user: String,
        host: String,
        /// What was tried and what came of it, in order.
        tried: Vec<String>,
        /// Methods the server would have taken.
        offered: Vec<String>,
    },
    #[error("{user}@{host} does not take the password given{}", Tried(.tried, &[]))]
    LoginPasswordWrong {
        user: String,
        host: String,
        tried: Vec<String>,
    },
    #[error("{user}@{host} takes no password{}", Tried(.tried, .offered))]
    NoPasswordTaken {
        user: String,
        host: String,
        tried: Vec<String>,
        offered: Vec<String>,
    },
    #[error("{host} wants a new password for this login before it does anything{}", Said(.said))]
    LoginPasswordExpired { host: String, said: String },
    #[error("jump host {hop}: {fault}")]
    Jump {
        hop: String,
        fault: Box<ConnectFault>,
    },
    #[error("jump host {hop} does not reach {address}: {message}")]
    JumpRefused {
        hop: String,
        address: String,
        message: String,
    },
    #[error("the login shell of {host} runs no commands{}", Said(.said))]
    NoShell { host: String, said: String },
    #[error("{host} has no place to run the agent from: {message}")]
    NoPlace { host: String, message: String },
    #[error("the agent does not fit on {host}: {message}")]
    NoSpace { host: String, message: String },
    #[error("sudo is not installed on {host}")]
    NoSudo { host: String },
    #[error("sudo on {host} does not let this user run programs as root{}", Said(.said))]
    SudoRefused { host: String, said: String },
    #[error("sudo on {host} asks for a password")]
    SudoPasswordNeeded { host: String },
    #[error("sudo on {host} does not take the password given")]
    SudoPasswordWrong { host: String },
    #[error("the agent did not start on {host}: {message}{}", Said(.said))]
    AgentDidNotStart {
        host: String,
        message: String,
        said: String,
    },
    #[error("connection to {host} lost: {message}")]
    Lost { host: String, message: String },
    #[error("cannot start {program}: {message}")]
    Program { program: String, message: String },
}

impl ConnectFault {
    /// How far the session got.
    pub fn stage(&self) -> Stage {
        match self {
            Self::Configuration { .. } => Stage::Configuration,
            Self::Resolve { .. } => Stage::Resolve,
            Self::Refused { .. }
            | Self::Network { .. }
            | Self::Silent { .. }
            | Self::Handshake { .. }
            | Self::JumpRefused { .. } => Stage::Connect,
            Self::Timeout { stage, .. } => *stage,
            Self::HostKeyUnknown { .. }
            | Self::HostKeyChanged { .. }
            | Self::HostKeyRevoked { .. }
            | Self::HostCertificate { .. } => Stage::HostKey,
            Self::Authentication { .. }
            | Self::LoginPasswordWrong { .. }
            | Self::NoPasswordTaken { .. }
            | Self::LoginPasswordExpired { .. } => Stage::Authentication,
            Self::Jump { fault, .. } => fault.stage(),
            Self::NoShell { .. } => Stage::Shell,
            Self::NoSudo { .. }
            | Self::SudoRefused { .. }
            | Self::SudoPasswordNeeded { .. }
            | Self::SudoPasswordWrong { .. } => Stage::Escalation,
            Self::NoPlace { .. }
            | Self::NoSpace { .. }
            | Self::AgentDidNotStart { .. }
            | Self::Lost { .. }
            | Self::Program { .. } => Stage::Agent,
        }
    }

    /// Whether another try would only do harm: an account may be locked after some wrong passwords.
    pub(crate) fn is_final(&self) -> bool {
        match self {
            Self::LoginPasswordWrong { .. } => true,
            Self::Jump { fault, .. } => fault.is_final(),
            _ => false,
        }
    }

    /// The way out, where there is one.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::HostKeyUnknown { accept, .. } => format!(
                "compare the fingerprint, then: {accept}; or run with --accept-new-host-keys"
            ),
            Self::HostKeyChanged { forget, .. } => {
                format!("if the host was installed anew: {forget}")
            }
            Self::Resolve { .. } => "set ansible_host in the inventory, or HostName in ~/.ssh/config".into(),
            Self::Network { .. } | Self::Timeout { stage: Stage::Connect, .. } => {
                "is the address right (ansible_host), is the host up, and does a firewall on the way let ssh through?".into()
            }
            Self::Silent { .. } => {
                "something on the way may drop large packets (`ping -M do -s 1400` shows it; a smaller MTU helps), or sshd there is overloaded".into()
            }
            Self::Refused { .. } => "is sshd running, and on this port (ansible_port)?".into(),
            Self::Authentication { tried, offered, .. } => authentication_hint(tried, offered),
            Self::LoginPasswordWrong { user, .. } => wrong_password_hint(user),
            Self::NoPasswordTaken { .. } => {
                "allow PasswordAuthentication in sshd there, or log in with a key (ansible_ssh_private_key_file)".into()
            }
            Self::LoginPasswordExpired { .. } => {
                "log in by hand (`ssh USER@HOST`), change it, then give the new one".into()
            }
            Self::Jump { fault, .. } => return fault.hint(),
            Self::JumpRefused { .. } => {
                "does sshd of the jump host allow forwarding (AllowTcpForwarding)?".into()
            }
            Self::SudoPasswordNeeded { .. } => "give it with -K".into(),
            Self::SudoPasswordWrong { .. } => "give the right one with -K".into(),
            Self::NoSudo { .. } => {
                "install sudo, log in as root, or leave out become".into()
            }
            Self::SudoRefused { said, .. } if said.contains("tty") => {
                "take requiretty off this user in sudoers: `Defaults:USER !requiretty`".into()
            }
            Self::SudoRefused { .. } => {
                "add the user to the sudo group, or log in as another (ansible_user)".into()
            }
            Self::NoSpace { .. } => "make room on that file system".into(),
            Self::NoPlace { .. } => {
                "give it a directory of its own that can be written to and is not mounted noexec: ~/.cache/play, or /var/cache/play for root".into()
            }
            _ => return None,
        })
    }
}

/// sshd tells a wrong password not from a root whose password it never takes.
fn wrong_password_hint(user: &str) -> String {
    let root = if user == "root" {
        "; or sshd there lets root in by key only (PermitRootLogin)"
    } else {
        ""
    };
    format!(
        "give the right one, with -k or as an encrypted ansible_password, for the right user (ansible_user){root}"
    )
}

fn authentication_hint(tried: &[String], offered: &[String]) -> String {
    if tried.iter().any(|line| line.contains("too many")) {
        return "name the key to use (ansible_ssh_private_key_file, or IdentityFile with IdentitiesOnly yes)".into();
    }
    if let Some(line) = tried.iter().find(|line| line.ends_with(NO_PASSPHRASE)) {
        let key = line.split(": ").next().unwrap_or_default();
        return format!(
            "open the key for this session with `ssh-add {key}`, or run in a terminal, where its passphrase is asked for"
        );
    }
    if is_taken(offered) && !tried.iter().any(|line| line.starts_with("password: ")) {
        return "add the key to the host's authorized_keys, name the right one (ansible_user, ansible_ssh_private_key_file), or give the password with -k".into();
    }
    if !offered.is_empty() && !offered.iter().any(|method| method == "publickey") {
        return "the server takes no keys; allow PubkeyAuthentication on it".into();
    }
    "add the key to the host's authorized_keys, or name the right one (ansible_user, ansible_ssh_private_key_file)".into()
}

struct Tried<'a>(&'a [String], &'a [String]);

impl fmt::Display for Tried<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            [] => out.write_str(": no key was found to try")?,
            tried => write!(out, "; tried: {}", tried.join("; "))?,
        }
        match self.1 {
            [] => Ok(()),
            offered => write!(out, " (the server takes: {})", offered.join(", ")),
        }
    }
}

struct Said<'a>(&'a str);

impl fmt::Display for Said<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.trim() {
            "" => Ok(()),
            said => write!(out, "; it said: {said}"),
        }
    }
}
