//! Other hosts than a step's own: one it acts on, and ones whose facts it uses.
use super::{Dispatcher, Interrupt};
use crate::graph::Step;
use crate::host::Link;
use crate::prepared::{Item, Prepared, Problem};
use petgraph::graph::NodeIndex;
use play_core::message::{Mode, Report};
use play_core::{Fault, Outcome};
use play_language::scope::missing_facts;

impl Dispatcher<'_> {
    /// A step that acts on other hosts: a run of its own for the items of each, one after the other, when that host's line is free.
    pub(super) fn delegate(&mut self, node: NodeIndex, prepared: Prepared) {
        let graph = self.graph.clone();
        let Some(step) = graph.step(node) else { return };
        let mut items = prepared.items.iter().filter(|item| !item.is_skipped());
        let unfit = items.find_map(|item| self.unfit(step, item.host(&step.host)));
        if let Some(words) = unfit {
            self.refuse(node, &words);
            return;
        }
        self.start("", node, prepared);
        if !self.next_turn(node) {
            self.conclude(node);
        }
    }

    /// Why a step may not act on a host.
    fn unfit(&self, step: &Step, other: &str) -> Option<String> {
        if !self.settings.knows(other) {
            return Some(format!(
                "delegate_to names `{other}`, which is not in the inventory"
            ));
        }
        (!self.settings.acts_on(other) && step.task.check_mode.is_none()).then(|| {
            format!(
                "it acts on {other}, which `--limit` leaves out and other steps only look at: say --with-needs, or let {other} in"
            )
        })
    }

    /// Has the next items done of a step that acts on other hosts: those up to one that acts on yet another. False where none is
    /// left, or none may follow.
    pub(super) fn next_turn(&mut self, node: NodeIndex) -> bool {
        let graph = self.graph.clone();
        let (Some(step), Some(running)) = (graph.step(node), self.running.get(&node)) else {
            return false;
        };
        if self.interrupt != Interrupt::None || !running.prepared.acts_elsewhere(&step.host) {
            return false;
        }
        let prepared = running.prepared.clone();
        let forgiving = prepared.ignore_errors
            || !step.task.failed_when.is_empty()
            || step.task.until.is_some();
        let mut reports = running.reports.iter().flatten();
        if !forgiving && reports.any(|report| report.outcome == Outcome::Failed) {
            return false;
        }
        let open = |at: &usize| !prepared.items[*at].is_skipped() && running.reports[*at].is_none();
        let Some(first) = (0..prepared.items.len()).find(open) else {
            return false;
        };
        let other = prepared.items[first].host(&step.host).to_owned();
        let same = |item: &Item| item.is_skipped() || item.host(&step.host) == other;
        let behind = prepared.items[first..].iter().take_while(|item| same(item));
        let items = first..first + behind.count();
        self.wake(&other);
        if (self.hosts.get(&other)).is_none_or(|host| host.link == Link::Lost) {
            let words = format!("it acts on {other}, which is out of this run");
            self.fail_item(node, first, &words);
            return false;
        }
        let mut requests = self.requests(node, step, &prepared, items);
        for request in &mut requests {
            // Its handlers are not that host's, which would have them due for ever.
            request.notifies.clear();
        }
        self.entrust_files(&other, &prepared.blobs);
        if let Some(running) = self.running.get_mut(&node) {
            running.host.clone_from(&other);
        }
        if let Some(host) = self.hosts.get_mut(&other) {
            host.jobs.push_back(requests);
        }
        true
    }

    /// The host a step was acting on is gone: what was done before is told, and the item that was on its way has failed, for good.
    pub(super) fn cut_short(&mut self, node: NodeIndex, words: &str) {
        let Some(running) = self.running.get_mut(&node) else {
            return;
        };
        running.tries = u32::MAX;
        let items = running.prepared.items.iter().zip(&running.reports);
        let mut open = items.map(|(item, report)| !item.is_skipped() && report.is_none());
        if let Some(item) = open.position(|open| open) {
            self.fail_item(node, item, words);
        }
        self.conclude(node);
    }

    fn fail_item(&mut self, node: NodeIndex, item: usize, words: &str) {
        if let Some(running) = self.running.get_mut(&node) {
            running.reports[item] = Some(Report {
                fault: Some(Fault::stated(words)),
                ..Report::of(Outcome::Failed)
            });
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
