//! Whom a session is with, as the inventory says it.
use crate::Password;
pub use play_language::inventory::connection::Kind;
use std::path::PathBuf;

/// One host. What is `None` or empty here is taken from ~/.ssh/config; what is set wins over it.
#[derive(Clone, Debug, Default)]
pub struct Target {
    /// The name in the inventory.
    pub name: String,
    pub kind: Kind,
    /// Name or address to connect to; looked up in ~/.ssh/config like the argument of `ssh`.
    pub host: String,
    pub port: Option<u16>,
    pub user: Option<String>,
    /// Tried before any other key.
    pub identity_files: Vec<PathBuf>,
    /// Tried once, when no key was taken.
    pub password: Option<Password>,
    /// As `ssh -J`: `[user@]host[:port]`, several with commas; `none` overrides ~/.ssh/config.
    /// A name of the inventory (`Options::inventory`) means that host with its own address, user, keys and password.
    pub proxy_jump: Option<String>,
    /// Instead of the known_hosts files of ~/.ssh/config; takes new keys.
    pub known_hosts: Option<PathBuf>,
}

impl Target {
    /// A host reached over SSH under its own name.
    pub fn ssh(name: impl Into<String>) -> Self {
        let name = name.into();
        Self {
            host: name.clone(),
            name,
            ..Self::default()
        }
    }

    /// A machine in memory.
    pub fn simulated(name: impl Into<String>) -> Self {
        Self {
            kind: Kind::Simulated,
            ..Self::ssh(name)
        }
    }
}
