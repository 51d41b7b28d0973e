//! Events counted: the sum of a run. A fold, so that summary, exit code and every report agree.
use crate::{Event, Outcome, event::TaskReport};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The sum, by host.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recap {
    pub hosts: BTreeMap<String, Count>,
}

/// How many tasks ended how on one host. `unreachable` is 0 or 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    pub unchanged: usize,
    pub changed: usize,
    pub skipped: usize,
    pub failed: usize,
    pub unreachable: usize,
    pub unknown: usize,
    /// Of the unchanged, in a plan: those that the apply runs all the same.
    #[serde(default)]
    pub to_run: usize,
    /// Changes that were undone because the host could not be reached after them.
    pub undone: usize,
}

impl Recap {
    pub fn add(&mut self, event: &Event) {
        match event {
            Event::TaskPlanned(report) | Event::TaskFinished(report) => self.task(report),
            Event::HostConnected { host, .. } => {
                self.hosts.entry(host.clone()).or_default();
            }
            Event::HostFailed {
                host,
                outcome: Outcome::Unreachable,
                ..
            } => {
                self.hosts.entry(host.clone()).or_default().unreachable = 1;
            }
            _ => {}
        }
    }

    fn task(&mut self, report: &TaskReport) {
        let count = self.hosts.entry(report.host.clone()).or_default();
        count.to_run += usize::from(report.to_run);
        match report.outcome {
            Outcome::Unchanged => count.unchanged += 1,
            Outcome::Changed => count.changed += 1,
            Outcome::Skipped => count.skipped += 1,
            Outcome::Failed if report.ignored => count.unchanged += 1,
            Outcome::Failed => count.failed += 1,
            Outcome::Unreachable => count.unreachable = 1,
            Outcome::Unknown => count.unknown += 1,
        }
        if report
            .message
            .as_deref()
            .is_some_and(|message| message.starts_with("undone: "))
        {
            count.undone += 1;
        }
    }

    /// A task failed, a host was lost, or a change was undone.
    pub fn failed(&self) -> bool {
        self.hosts
            .values()
            .any(|count| count.failed + count.unreachable + count.undone > 0)
    }

    /// A task failed or a change was undone on a host that could be reached.
    pub fn refused(&self) -> bool {
        self.hosts
            .values()
            .any(|count| count.failed + count.undone > 0)
    }

    /// How many tasks an apply would run although they say that they change nothing.
    pub fn to_run(&self) -> usize {
        self.hosts.values().map(|count| count.to_run).sum()
    }

    /// Something changed, would change, or cannot be known.
    pub fn changed(&self) -> bool {
        self.hosts
            .values()
            .any(|count| count.changed + count.unknown > 0)
    }
}
