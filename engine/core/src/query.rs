//! The questions a module may ask of a machine that are not the state of one resource. All of them only read.
use crate::probe::Probe;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A known read-only question. The answer is a `Value` of the shape each variant names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Query {
    /// What the package manager would do: a [`Transaction`]. `apt-get -s install/remove/dist-upgrade`.
    Transaction(PackageRequest),
    /// The newest version available of a package: text, or null where no list has it. `apt-cache policy`.
    Candidate { package: String },
    /// A ruleset in the kernel's normal form: `{"rules": text}` or `{"error": text}`. Loaded into an empty network
    /// namespace and listed there, so the host's own rules are not touched. `family` and `name` say which table to list.
    NormalRules {
        script: String,
        family: String,
        name: String,
    },
    /// A compose project resolved: `{"config": docker compose config --format json, "attributes": {service: {part: digest}},
    /// "definitions": {service: digest of all parts}}`, bound files being parts too; or `{"error": text}`. `staged`: files, by
    /// absolute path, that are only planned; the resolver sees them as if they were there. `planned`: the SHA-256, hexadecimal, of every
    /// planned file by its path, as what is bound may lie anywhere.
    Compose {
        directory: String,
        files: Vec<String>,
        project: String,
        profiles: Vec<String>,
        environment_files: Vec<String>,
        #[serde(default)]
        staged: Vec<(String, String)>,
        #[serde(default)]
        planned: BTreeMap<String, String>,
    },
    /// Images present by reference: object of reference to id, null where absent. `docker image inspect`.
    Images { references: Vec<String> },
    /// The commit a remote's branch, tag or HEAD points to: text or null. `git ls-remote`.
    RemoteCommit {
        repository: String,
        version: String,
        user: Option<String>,
    },
    /// WireGuard public key of the private key in a file: text or null. `wg pubkey`.
    PublicKey { private_key_file: String },
    /// Whether something answers, tried once: an [`crate::probe::Observation`].
    Probe(Probe),
    /// What runs as an account here, beyond containers with an account database of their own: a list of `{"pid","name"}`.
    Processes { user: String },
    /// Whether a password fits a crypt(3) hash: bool.
    PasswordFits { password: String, hash: String },
    /// What systemd would make of a calendar expression: text of the next run, or `{"error": text}`.
    Calendar { expression: String },
    /// The entries of an archive: list of `{"path","size","mode","kind","target","sha256"}`.
    Archive { path: String },
    /// Runs a validator over staged content: null where it passes, else its words. `argv` has `%s` for the staged file,
    /// which has the same suffix as `path`.
    Validate {
        path: String,
        content: String,
        argv: Vec<String>,
    },
    /// A program that only reads, run in checks too (`check_mode: false`): `{"rc","stdout","stderr"}`.
    Reads {
        argv: Vec<String>,
        directory: Option<String>,
        stdin: Option<String>,
    },
    /// What a run changed here, in its order: a list of `{"time","label","act","steps":[{"resource","before","after","lost"}]}`, secrets
    /// masked; null where the host has no journal of it.
    Journal { run: String },
    /// Facts: the object of the named top-level facts.
    Facts { wanted: Vec<String> },
}

/// Packages asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PackageRequest {
    /// Names, or `name=version`.
    #[serde(default)]
    pub install: Vec<String>,
    #[serde(default)]
    pub remove: Vec<String>,
    #[serde(default)]
    pub purge: bool,
    /// Upgrade what is installed.
    #[serde(default)]
    pub upgrade: bool,
    #[serde(default)]
    pub recommends: bool,
    #[serde(default)]
    pub allow_downgrade: bool,
    #[serde(default)]
    pub autoremove: bool,
}

/// What a package manager would do for a request, package by package.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transaction {
    /// Newly installed, with the version.
    #[serde(default)]
    pub install: Vec<(String, String)>,
    /// Name, version there is, version there will be.
    #[serde(default)]
    pub upgrade: Vec<(String, String, String)>,
    /// Removed, with the version there was.
    #[serde(default)]
    pub remove: Vec<(String, String)>,
    /// Those of the removed that the machine cannot do without: the package manager refuses to remove them.
    #[serde(default)]
    pub essential: Vec<String>,
    /// Set where the lists do not know a package: its name.
    #[serde(default)]
    pub missing: Vec<String>,
}
