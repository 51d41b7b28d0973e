//! How a run is to be run: lines, limits, what is asked for.
use crate::Password;
use crate::connection::{Kind, Options, Target};
use crate::graph::Part;
use std::collections::{BTreeMap, BTreeSet};

/// Everything about a run that is not in the playbook.
pub struct Settings {
    /// The run's name: what journal and locks on the hosts know it by.
    pub run: String,
    /// The hosts and steps that take part: all, or with `--limit` those of its hosts and what they need elsewhere.
    pub part: Part,
    /// Those `--limit` leaves in: the others are only looked at.
    pub limited: BTreeSet<String>,
    /// `--with-needs`: act on what the limited hosts need elsewhere, too.
    pub with_needs: bool,
    /// How many hosts are worked on at once.
    pub forks: usize,
    pub targets: BTreeMap<String, Target>,
    /// Options for hosts on which steps become root, and for those where none does.
    pub escalated: Options,
    pub plain: Options,
    /// Hosts on which a step becomes root.
    pub escalates: BTreeSet<String>,
    /// Top-level facts the tasks use.
    pub facts: Vec<String>,
    /// Seconds a change that can cut the line waits for its confirmation; None turns that off.
    pub confirm: Option<u64>,
    /// How many runs a host remembers the changes of, for `play rollback`.
    pub keep_runs: usize,
    /// Seconds a machine may take to restart.
    pub reboot_timeout: u64,
}

impl Settings {
    pub fn line(&self, host: &str) -> (Target, Options) {
        let target = self.targets.get(host).cloned().unwrap_or_else(|| Target {
            kind: Kind::Local,
            ..Target::ssh(host)
        });
        let options = if self.escalates.contains(host) {
            &self.escalated
        } else {
            &self.plain
        };
        (target, options.clone())
    }

    /// What is typed or written to get in and to become root: never shown.
    pub(crate) fn passwords(&self) -> impl Iterator<Item = &Password> {
        let logins = self
            .targets
            .values()
            .filter_map(|one| one.password.as_ref());
        let sudo = self.escalated.escalation.as_ref();
        logins.chain(sudo.and_then(|sudo| sudo.password.as_ref()))
    }

    /// `localhost` needs no inventory.
    pub fn knows(&self, host: &str) -> bool {
        self.targets.contains_key(host) || host == "localhost"
    }

    pub fn acts_on(&self, host: &str) -> bool {
        self.with_needs
            || self.limited.contains(host)
            || !self.part.hosts.iter().any(|name| name == host)
    }

    /// Only where there is a line that can be cut.
    pub fn confirm_within(&self, host: &str) -> Option<u64> {
        let ssh = self
            .targets
            .get(host)
            .is_some_and(|target| target.kind == Kind::Ssh);
        self.confirm.filter(|_| ssh)
    }
}
