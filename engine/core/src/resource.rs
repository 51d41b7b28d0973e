//! The things on a machine that `play` knows by name.
use serde::{Deserialize, Serialize};
use std::fmt;

/// One thing on one machine whose state can be looked at, compared and changed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resource {
    /// A path, absolute and without `.` or `..`: file, directory or link.
    File(String),
    /// A package by the name the package manager gives it (`postgresql-17`, `libc6:amd64`).
    Package(String),
    /// What a package that was removed has left, its settings above all; its state is the version that was removed.
    Remains(String),
    /// The package lists (`apt-get update`); its state is the time of the last refresh.
    PackageLists,
    /// A unit of the service manager with its suffix (`ssh.service`).
    Unit(String),
    /// An account, by name.
    User(String),
    /// A group, by name.
    Group(String),
    /// A kernel parameter as sysctl(8) writes it (`net.ipv4.ip_forward`); the live value.
    Sysctl(String),
    /// The host's name: the live one; the persistent one is the file `/etc/hostname`.
    Hostname,
    /// An nftables table, family and name (`inet play`); the live one.
    Table(String),
    /// A WireGuard interface; the live one.
    Tunnel(String),
    /// A Docker Compose project, by name; the live one.
    Project(String),
    /// A git working tree, by path; its state is the commit that is checked out.
    Checkout(String),
    /// The running system; its state is the kernel's boot id.
    Boot,
    /// Anything else, named by a module; only ever found in imagined and in-memory machines.
    Other(String),
}

impl Resource {
    /// The kind, as one word: what `blurs` and wildcard touches speak of.
    pub fn kind(&self) -> Kind {
        match self {
            Self::File(_) => Kind::File,
            Self::Package(_) => Kind::Package,
            Self::Remains(_) => Kind::Remains,
            Self::PackageLists => Kind::PackageLists,
            Self::Unit(_) => Kind::Unit,
            Self::User(_) => Kind::User,
            Self::Group(_) => Kind::Group,
            Self::Sysctl(_) => Kind::Sysctl,
            Self::Hostname => Kind::Hostname,
            Self::Table(_) => Kind::Table,
            Self::Tunnel(_) => Kind::Tunnel,
            Self::Project(_) => Kind::Project,
            Self::Checkout(_) => Kind::Checkout,
            Self::Boot => Kind::Boot,
            Self::Other(_) => Kind::Other,
        }
    }

    /// The name within its kind; empty for the kinds of which a machine has one.
    pub fn name(&self) -> &str {
        match self {
            Self::File(name)
            | Self::Package(name)
            | Self::Remains(name)
            | Self::Unit(name)
            | Self::User(name)
            | Self::Group(name)
            | Self::Sysctl(name)
            | Self::Table(name)
            | Self::Tunnel(name)
            | Self::Project(name)
            | Self::Checkout(name)
            | Self::Other(name) => name,
            Self::PackageLists | Self::Hostname | Self::Boot => "",
        }
    }
}

impl fmt::Display for Resource {
    /// `file /etc/motd`, `unit ssh.service`, `hostname`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            "" => write!(out, "{}", self.kind()),
            name => write!(out, "{} {name}", self.kind()),
        }
    }
}

/// The kinds of resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    File,
    Package,
    Remains,
    PackageLists,
    Unit,
    User,
    Group,
    Sysctl,
    Hostname,
    Table,
    Tunnel,
    Project,
    Checkout,
    Boot,
    Other,
}

impl Kind {
    /// The word users read and write (`reads:`/`writes:` on a task).
    pub fn word(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Package => "package",
            Self::Remains => "remains of package",
            Self::PackageLists => "package lists",
            Self::Unit => "unit",
            Self::User => "user",
            Self::Group => "group",
            Self::Sysctl => "sysctl",
            Self::Hostname => "hostname",
            Self::Table => "nftables table",
            Self::Tunnel => "wireguard interface",
            Self::Project => "compose project",
            Self::Checkout => "checkout",
            Self::Boot => "boot",
            Self::Other => "resource",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.word())
    }
}
