//! What a resource is like at one moment. A state holds what is compared, and nothing that changes by itself.
use crate::Content;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The state of one resource.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It is not there.
    #[default]
    Absent,
    /// It cannot be known in this check, for the reason given ("after package docker.io"). A real machine never answers this.
    Unknown(String),
    File(File),
    Package(Package),
    Unit(Unit),
    User(User),
    Group(Group),
    /// A sysctl's value, the hostname, a commit, a boot id, a time.
    Text(String),
    Table(Table),
    Tunnel(Tunnel),
    Project(Project),
}

impl State {
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    /// The reason, where the state cannot be known.
    pub fn unknown(&self) -> Option<&str> {
        match self {
            Self::Unknown(reason) => Some(reason),
            _ => None,
        }
    }
}

/// A path that exists; what lstat(2) says of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    pub kind: FileKind,
    /// Permission bits, `0o7777` at most; 0o777 for links.
    pub mode: u32,
    /// The owner's name, or the number where no account has it.
    pub owner: String,
    /// The group's name, or the number where no group has it.
    pub group: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    Regular(Content),
    Directory,
    /// The link's target as it is written.
    Link(String),
    /// A device, socket or pipe; named, never changed.
    Other(String),
}

impl File {
    pub fn regular(content: impl Into<Content>, mode: u32) -> Self {
        Self {
            kind: FileKind::Regular(content.into()),
            mode,
            owner: "root".into(),
            group: "root".into(),
        }
    }

    pub fn directory(mode: u32) -> Self {
        Self {
            kind: FileKind::Directory,
            mode,
            owner: "root".into(),
            group: "root".into(),
        }
    }

    pub fn link(target: &str) -> Self {
        Self {
            kind: FileKind::Link(target.into()),
            mode: 0o777,
            owner: "root".into(),
            group: "root".into(),
        }
    }

    pub fn content(&self) -> Option<&Content> {
        match &self.kind {
            FileKind::Regular(content) => Some(content),
            _ => None,
        }
    }
}

/// A package that is installed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Package {
    /// Empty where an imagined installation does not know it.
    pub version: String,
    #[serde(default)]
    pub held: bool,
}

/// A unit the service manager can load.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    pub active: Active,
    pub enabled: Enabled,
    /// The unit file on disk is newer than the one loaded (`NeedDaemonReload`).
    #[serde(default)]
    pub stale: bool,
}

/// systemd's ActiveState, as far as a desired state can ask for it. `activating` and `reloading` count as active only
/// once they have become so: whoever looks waits for that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Active {
    Active,
    Inactive,
    Failed,
}

/// systemd's UnitFileState, as far as a desired state can ask for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Enabled {
    Enabled,
    Disabled,
    Masked,
    /// `static`, `indirect`, `generated`, `alias` …: can be neither enabled nor disabled.
    Static,
}

/// An account.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct User {
    /// None where an imagined account has not been given its number yet.
    pub uid: Option<u32>,
    /// The primary group's name.
    pub group: String,
    /// Supplementary groups, sorted.
    #[serde(default)]
    pub groups: Vec<String>,
    pub home: String,
    pub shell: String,
    #[serde(default)]
    pub comment: String,
    /// The field of shadow(5): a crypt(3) hash, `!` or `*`. None where it may not be read.
    #[serde(default)]
    pub password: Option<String>,
    /// Only for one to be created: its number comes from the range for services. Whoever looks answers false.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub system: bool,
}

/// What an account is compared by; `system` only says how it comes to be.
impl PartialEq for User {
    fn eq(&self, other: &Self) -> bool {
        let key = |user: &Self| {
            (
                user.uid,
                user.group.clone(),
                user.groups.clone(),
                user.home.clone(),
                user.shell.clone(),
                user.comment.clone(),
                user.password.clone(),
            )
        };
        key(self) == key(other)
    }
}

impl Eq for User {}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// None where an imagined group has not been given its number yet.
    pub gid: Option<u32>,
}

/// A live nftables table, in the kernel's own normal form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// `nft -s list table FAMILY NAME`: no handles, no counters' values, no dynamic elements.
    pub rules: String,
}

/// A live WireGuard interface.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tunnel {
    /// Base64; the private key is never part of a state.
    pub public_key: String,
    pub listen_port: Option<u16>,
    /// `10.8.0.1/24`, sorted.
    pub addresses: Vec<String>,
    pub mtu: Option<u32>,
    /// By public key.
    pub peers: BTreeMap<String, Peer>,
    /// Networks of its own and of its peers that no route leads to it, though its configuration file asks for one.
    #[serde(default)]
    pub unrouted: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Peer {
    /// `host:port` as given where it is an address; None where it is learnt from the peer.
    pub endpoint: Option<String>,
    /// Sorted.
    pub allowed_ips: Vec<String>,
    /// Seconds; None is off.
    pub keepalive: Option<u16>,
    /// Whether a preshared key is set; its fingerprint where it is.
    pub preshared: Option<String>,
}

/// A live compose project: what runs, compared service by service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Project {
    pub services: BTreeMap<String, Service>,
}

/// One service of a compose project as its containers are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// How many containers run.
    pub running: u32,
    /// The digest of the service's resolved definition and of the files it binds, as the label our own comparison leaves.
    pub definition: String,
    /// The resolved definition, attribute by attribute, for the diff and the reason of a recreate; secrets masked.
    #[serde(default)]
    pub attributes: BTreeMap<String, String>,
    /// The image id the containers run.
    #[serde(default)]
    pub image: String,
    /// Files its containers may write to that were replaced since they started: they still see the old ones.
    #[serde(default)]
    pub outdated: std::collections::BTreeSet<String>,
    /// Only in a plan: files its containers may write to that earlier steps replace, by path with the SHA-256 of what is in them then.
    #[serde(default)]
    pub sees: BTreeMap<String, String>,
    pub health: Health,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// No health check, or it passed.
    #[default]
    Good,
    Starting,
    Bad,
    /// A one-shot container that ended with 0.
    Done,
}
