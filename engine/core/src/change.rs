//! One alteration of one machine, as data: how it is made, what it saw, and what it leaves.
use crate::resource::Kind;
use crate::{Act, Resource, State};
use serde::{Deserialize, Serialize};

/// One alteration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// How it is made.
    pub act: Act,
    /// What is different afterwards. Applying checks every `before` first and is `Fault::Raced` where one does not hold.
    pub leaves: Vec<Transition>,
    /// Why, where the diff alone does not say it: "restarted: its unit file changed".
    #[serde(default)]
    pub reason: Option<String>,
    /// Kinds of resources it may bring or alter besides, that nobody can list beforehand.
    #[serde(default)]
    pub blurs: Vec<Kind>,
    /// It can cut the line to this host: it is armed with an undo that only a new connection calls off.
    #[serde(default)]
    pub cuts_line: bool,
    /// Texts in it that are secret and that whoever runs it may not know as such: shown nowhere, journalled nowhere.
    #[serde(default, skip_serializing)]
    pub secrets: Vec<String>,
    /// Why no rollback may take it back; None where one may.
    #[serde(default)]
    pub irreversible: Option<String>,
}

/// One resource before and after.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Transition {
    pub resource: Resource,
    pub before: State,
    pub after: State,
}

impl Change {
    /// A change with no transition yet.
    pub fn new(act: Act) -> Self {
        Self {
            act,
            leaves: Vec::new(),
            reason: None,
            blurs: Vec::new(),
            cuts_line: false,
            secrets: Vec::new(),
            irreversible: None,
        }
    }

    /// Puts one resource into a state.
    pub fn put(resource: Resource, before: State, after: State) -> Self {
        Self::new(Act::Put).leaving(resource, before, after)
    }

    #[must_use]
    pub fn leaving(mut self, resource: Resource, before: State, after: State) -> Self {
        self.leaves.push(Transition {
            resource,
            before,
            after,
        });
        self
    }

    #[must_use]
    pub fn hiding(mut self, secrets: Vec<String>) -> Self {
        self.secrets = secrets;
        self
    }

    /// Done for good: a rollback leaves it, and says why.
    #[must_use]
    pub fn for_good(mut self, reason: impl Into<String>) -> Self {
        self.irreversible = Some(reason.into());
        self
    }

    /// What of it nothing may show, whatever vaults know: what it says itself, and private keys in the texts it is about.
    pub fn hidden(&self) -> Vec<String> {
        let states = self
            .leaves
            .iter()
            .flat_map(|leaf| [&leaf.before, &leaf.after]);
        let keys = states.filter_map(|state| match state {
            State::File(file) => Some(crate::secret::keys(file.content()?.text()?)),
            _ => None,
        });
        self.secrets.iter().cloned().chain(keys.flatten()).collect()
    }

    #[must_use]
    pub fn because(mut self, reason: impl Into<String>) -> Self {
        self.reason = Some(reason.into());
        self
    }

    #[must_use]
    pub fn blurring(mut self, kinds: &[Kind]) -> Self {
        self.blurs.extend_from_slice(kinds);
        self
    }

    #[must_use]
    pub fn cutting_line(mut self) -> Self {
        self.cuts_line = true;
        self
    }
}

/// Every kind: what a command may bring.
pub const ALL_KINDS: &[Kind] = &[
    Kind::File,
    Kind::Package,
    Kind::Remains,
    Kind::PackageLists,
    Kind::Unit,
    Kind::User,
    Kind::Group,
    Kind::Sysctl,
    Kind::Hostname,
    Kind::Table,
    Kind::Tunnel,
    Kind::Project,
    Kind::Checkout,
    Kind::Other,
];

/// What installing a package may bring.
pub const PACKAGE_KINDS: &[Kind] = &[
    Kind::File,
    Kind::Unit,
    Kind::User,
    Kind::Group,
    Kind::Package,
];
