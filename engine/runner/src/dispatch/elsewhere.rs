//! Other hosts than a step's own: one it acts on, and ones whose facts it uses.
use super::Dispatcher;
use crate::host::Link;
use crate::prepared::{Prepared, Problem};
use petgraph::graph::NodeIndex;
use play_core::message::Mode;
use play_language::scope::missing_facts;

impl Dispatcher<'_> {
    /// A step that acts on another host: a run of its own there, when that host's line is free.
    pub(super) fn delegate(&mut self, other: &str, node: NodeIndex, prepared: Prepared) {
        let graph = self.graph.clone();
        let Some(step) = graph.step(node) else { return };
        if !self.settings.knows(other) {
            let words = format!("delegate_to names `{other}`, which is not in the inventory");
            self.refuse(node, &words);
            return;
        }
        if !self.settings.acts_on(other) && step.task.check_mode.is_none() {
            let words = format!(
                "it acts on {other}, which `--limit` leaves out and other steps only look at: say --with-needs, or let {other} in"
            );
            self.refuse(node, &words);
            return;
        }
        self.wake(other);
        if self
            .hosts
            .get(other)
            .is_none_or(|host| host.link == Link::Lost)
        {
            self.refuse(
                node,
                &format!("it acts on {other}, which is out of this run"),
            );
            return;
        }
        let mut requests = self.requests(node, step, &prepared);
        for request in &mut requests {
            // Its handlers are not that host's, which would have them due for ever.
            request.notifies.clear();
        }
        self.start(other, node, prepared);
        if let Some(host) = self.hosts.get_mut(other) {
            host.jobs.push_back(requests);
        }
    }

    /// A host that has no step of its own comes into the phase when a step asks for it.
    fn wake(&mut self, other: &str) {
        let mode = self.hosts.get(other).map(|host| host.mode);
        let begun = mode.is_some_and(|mode| mode == self.mode || !self.settings.acts_on(other));
        if !begun {
            self.join(other);
        }
    }

    /// What is wrong is that another host's facts are not there yet, and they are on their way.
    pub(super) fn informs(&mut self, host: &str, problem: &Problem) -> bool {
        let Problem::Wrong(diagnostic) = problem else {
            return false;
        };
        let Some(other) = missing_facts(diagnostic).filter(|other| *other != host) else {
            return false;
        };
        if self.settings.facts.is_empty() || !self.settings.knows(other) {
            return false;
        }
        if !self.hosts.contains_key(other) {
            self.bring(other, Mode::Check);
        }
        let host = self.hosts.get(other);
        host.is_some_and(|host| !host.informed && host.link != Link::Lost)
    }
}
