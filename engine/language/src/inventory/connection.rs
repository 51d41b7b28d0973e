//! How a host is reached: the variables that say it, and what they come to. Their names stand here and nowhere else.
use super::address::bare;
use crate::syntax::field::truth;
use play_core::{Diagnostic, Value};

/// Names of one thing; the first that is set counts.
pub type Names = &'static [&'static str];

pub const KIND: Names = &["ansible_connection", "connection"];
pub const ADDRESS: Names = &["ansible_host", "ansible_ssh_host"];
pub const PORT: Names = &["ansible_port", "ansible_ssh_port"];
pub const USER: Names = &["ansible_user", "ansible_ssh_user"];
pub const KEY_FILE: Names = &["ansible_ssh_private_key_file", "ansible_private_key_file"];
pub const KNOWN_HOSTS: Names = &["ansible_ssh_known_hosts_file", "known_hosts_file"];
pub const PROXY_JUMP: Names = &["proxy_jump", "ansible_proxy_jump"];
/// They count where they are secrets.
pub const PASSWORD: Names = &[
    "ansible_password",
    "ansible_ssh_pass",
    "ansible_ssh_password",
];
pub const BECOME: Names = &["ansible_become", "become"];
pub const BECOME_USER: Names = &["ansible_become_user", "become_user"];

const ALL: [Names; 10] = [
    KIND,
    ADDRESS,
    PORT,
    USER,
    KEY_FILE,
    KNOWN_HOSTS,
    PROXY_JUMP,
    PASSWORD,
    BECOME,
    BECOME_USER,
];

/// Those names that are nobody else's: the short ones may be an application's.
pub fn own_names() -> impl Iterator<Item = &'static str> {
    let all = ALL.into_iter().flatten().copied();
    all.filter(|name| name.starts_with("ansible_"))
}

/// A variable of the host by its name, where it has one.
pub type Variable<'a> = &'a dyn Fn(&str) -> Result<Option<Value>, Diagnostic>;

/// The way to one host, but for its password. What is `None` is for `~/.ssh/config` and the defaults of ssh to say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Connection {
    pub kind: Kind,
    /// Name or address to connect to; the host's own name without one.
    pub address: Option<String>,
    pub port: Option<u16>,
    pub user: Option<String>,
    pub key_file: Option<String>,
    pub known_hosts: Option<String>,
    /// `user@host:port`, several with commas.
    pub proxy_jump: Option<String>,
}

/// How a host is reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    #[default]
    Ssh,
    /// This machine: the agent is a child process.
    Local,
    /// A machine in the memory of an agent that is a child process.
    Simulated,
}

impl Kind {
    /// What may be said.
    pub(crate) const WORDS: &str = "ssh, local or simulated";

    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text.strip_prefix("ansible.builtin.").unwrap_or(text) {
            "ssh" | "smart" | "paramiko" => Some(Self::Ssh),
            "local" => Some(Self::Local),
            "simulated" => Some(Self::Simulated),
            _ => None,
        }
    }
}

impl Connection {
    /// Out of a host's variables. An error names the host and what cannot be meant.
    pub fn of(host: &str, variable: Variable) -> Result<Self, Diagnostic> {
        let said = |names| text(names, variable);
        let kind = said(KIND)?.map(|text| {
            Kind::parse(&text).ok_or_else(|| {
                Diagnostic::error(format!("host {host}: unknown connection `{text}`"))
                    .hint(Kind::WORDS)
            })
        });
        let port = said(PORT)?.map(|text| {
            text.parse().map_err(|_| {
                Diagnostic::error(format!("host {host}: {} `{text}` is no port", PORT[0]))
                    .hint("a number from 1 to 65535")
            })
        });
        Ok(Self {
            kind: kind.transpose()?.unwrap_or_default(),
            address: said(ADDRESS)?.map(|address| bare(&address).to_owned()),
            port: port.transpose()?,
            user: said(USER)?,
            key_file: said(KEY_FILE)?,
            known_hosts: said(KNOWN_HOSTS)?,
            proxy_jump: said(PROXY_JUMP)?,
        })
    }
}

/// Whether steps that do not say become root; what is neither true nor false is an error.
pub fn becomes(host: &str, variable: Variable) -> Result<bool, Diagnostic> {
    for name in BECOME {
        let said = match variable(name)? {
            None | Some(Value::Null) => continue,
            Some(Value::Bool(said)) => Some(said),
            Some(Value::String(text)) => truth(&text),
            Some(other) => truth(&other.to_string()),
        };
        return said.ok_or_else(|| {
            Diagnostic::error(format!("host {host}: `{name}` is neither true nor false")).hint(
                format!("`play explain {host} {name}` shows where it is set"),
            )
        });
    }
    Ok(false)
}

/// The account such steps become, where it is named.
pub fn becomes_user(variable: Variable) -> Result<Option<String>, Diagnostic> {
    text(BECOME_USER, variable)
}

fn text(names: Names, variable: Variable) -> Result<Option<String>, Diagnostic> {
    for name in names {
        match variable(name)? {
            Some(Value::String(text)) => return Ok(Some(text)),
            Some(Value::Null) | None => {}
            Some(other) => return Ok(Some(other.to_string())),
        }
    }
    Ok(None)
}
