//! How a change is made: the closed vocabulary of what `play` can do to a machine.
use crate::probe::Probe;
use crate::query::PackageRequest;
use crate::state::State;
use serde::{Deserialize, Serialize};

/// One way of altering a machine. What it leaves is in the change's transitions, not here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Brings each transition's resource (file, user, group, sysctl, hostname) into its `after` state.
    Put,
    /// Content that is on the controller: sent once, then put in place. The transition's content is `Large`.
    PutBlob { sha256: String },
    /// One package transaction.
    Packages(PackageRequest),
    /// Refreshes the package lists; with `source`, of that sources file only.
    RefreshPackages {
        source: Option<String>,
        /// What the file `source` is to be again where that fails: with a source nobody can fetch, every later refresh fails too.
        #[serde(default)]
        otherwise: Option<Box<State>>,
    },
    /// One verb of the service manager on one unit.
    Unit { unit: String, verb: UnitVerb },
    /// Reads unit files anew.
    DaemonReload,
    /// Loads an nftables script in one transaction.
    Table { script: String },
    /// Brings a WireGuard interface into the state its transition names, without dropping peers that stay.
    Tunnel {
        interface: String,
        configuration: String,
    },
    /// Makes a private key at a path, mode 0600, where there is none. It never leaves the host.
    PrivateKey { path: String, kind: KeyKind },
    /// A verb of docker compose on a project.
    Compose(Compose),
    /// A program or shell line.
    Command(Command),
    /// Fetches a URL to a path; a SHA-256 or other checksum (`sha256:hex`) is checked before the file is put in place.
    Download {
        url: String,
        path: String,
        checksum: Option<String>,
        headers: Vec<(String, String)>,
        timeout: u64,
    },
    /// Unpacks an archive on the host into a directory.
    Unpack {
        archive: String,
        directory: String,
        strip: u32,
        owner: Option<String>,
        group: Option<String>,
    },
    /// Clones or moves a git working tree to a commit.
    Checkout {
        repository: String,
        path: String,
        commit: String,
        depth: Option<u32>,
        user: Option<String>,
        force: bool,
    },
    /// Restarts the machine; the controller connects again and goes on.
    Reboot { seconds: u64 },
    /// Waits until the probe holds.
    Wait {
        probe: Probe,
        seconds: u64,
        interval_ms: u64,
        /// What it means when it never does, in the words of whoever wrote the task.
        #[serde(default)]
        message: Option<String>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnitVerb {
    Start,
    Stop,
    Restart,
    Reload,
    Enable,
    Disable,
    Mask,
    Unmask,
}

impl UnitVerb {
    /// systemctl(1)'s own word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Stop => "stop",
            Self::Restart => "restart",
            Self::Reload => "reload",
            Self::Enable => "enable",
            Self::Disable => "disable",
            Self::Mask => "mask",
            Self::Unmask => "unmask",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyKind {
    WireGuard,
}

/// A compose project and what to do with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compose {
    pub project: String,
    pub directory: String,
    pub files: Vec<String>,
    pub profiles: Vec<String>,
    pub environment_files: Vec<String>,
    pub verb: ComposeVerb,
    /// Services concerned; empty is all.
    pub services: Vec<String>,
    /// Services whose containers are made anew, decided by our own comparison.
    pub recreate: Vec<String>,
    /// Made anew too: services whose image the pull or build before this has changed.
    #[serde(default)]
    pub renew: bool,
    /// Label of our comparison, by service, that the new containers get.
    pub definitions: std::collections::BTreeMap<String, String>,
    pub remove_orphans: bool,
    pub remove_volumes: bool,
    /// Seconds to wait for every service to be running and healthy; None does not wait.
    pub wait: Option<u64>,
    /// Restarts after which a service that is waited for is given up.
    pub restarts: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ComposeVerb {
    Pull,
    Build,
    Up,
    Restart,
    Stop,
    Down,
}

/// A program to run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    /// Program and arguments. For a shell line: the shell, `-c`, the line.
    pub argv: Vec<String>,
    #[serde(default)]
    pub directory: Option<String>,
    #[serde(default)]
    pub stdin: Option<String>,
    /// Added to the environment of the step.
    #[serde(default)]
    pub environment: Vec<(String, String)>,
    /// A script whose text is given to the program as a file of mode 0700 that is gone afterwards; its path is appended to argv.
    #[serde(default)]
    pub script: Option<String>,
    /// Seconds; None is the step's own limit.
    #[serde(default)]
    pub timeout: Option<u64>,
    /// Exit codes that are no failure; empty is 0 only.
    #[serde(default)]
    pub accepts: Vec<i32>,
}
