//! Choosing a host's next stretch: every step that can be rendered now, whatever it waits for being done or in the stretch itself.
use super::{Dispatcher, Running};
use crate::connection::Kind;
use crate::graph::{Edge, Section, Step};
use crate::language::is_include;
use crate::prepared::{Item, Prepared, Problem, Verdict};
use crate::queue::Progress;
use petgraph::graph::NodeIndex;
use play_core::message::{Mode, StepRequest};
use play_core::unknown;
use play_language::play::Task;
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// The stretch while it is chosen.
#[derive(Default)]
pub(super) struct Chosen {
    /// The last step of each chosen node: what later ones come after.
    last: BTreeMap<NodeIndex, u32>,
    requests: Vec<StepRequest>,
    /// Handlers among the nodes: one that runs at a flush has answered what was notified before the run of these, and at
    /// the play's end only what was notified since is left.
    handlers: BTreeSet<String>,
    /// Nodes that neither are done nor come in this stretch: what follows them may still see them change a variable.
    held: bool,
}

impl Chosen {
    /// Adds a step that is all its node needs.
    pub(super) fn hold(&mut self, node: NodeIndex, request: StepRequest) {
        self.last.insert(node, request.id);
        self.requests.push(request);
    }
}

impl<'a> Dispatcher<'a> {
    /// The next stretch of a host; steps that need no host are done on the way.
    pub(super) fn stretch(&mut self, host: &str) -> Vec<StepRequest> {
        let mut chosen = Chosen::default();
        let mut at = 0;
        // It may grow on the way: what an include stands for comes right behind it.
        while let Some(node) = self
            .graph
            .hosts
            .get(host)
            .and_then(|nodes| nodes.get(at).copied())
        {
            at += 1;
            if self.queue.progress(node) == Progress::Waiting && !self.aborted {
                self.consider(host, node, &mut chosen);
            }
        }
        chosen.requests
    }

    fn consider(&mut self, host: &str, node: NodeIndex, chosen: &mut Chosen) {
        let graph = self.graph.clone();
        let Some(step) = graph.step(node) else { return };
        let free = self.queue.free(node);
        let strict = step
            .guards
            .last()
            .is_some_and(|guard| guard.section != Section::Body);
        if !free && (strict || !self.covered(node, chosen)) {
            chosen.held = true;
            return;
        }
        if !self.may_run(host, node, step) {
            if free {
                self.drop_step(node);
            } else {
                chosen.held = true;
            }
            return;
        }
        if let Some(words) = self.unmet.get(&node).cloned() {
            if free {
                let words = format!("it needs {words}, which failed or did not run");
                self.refuse(node, &words);
            }
            return;
        }
        if step.handler.is_some() && !self.may_be_notified(host, node, chosen) {
            if free || !chosen.held {
                self.retire(node);
                self.queue.finish(&self.graph, node);
            }
            return;
        }
        if step.task.module == "debug"
            && step.handler.is_none()
            && self.too_soon(host, node, chosen)
        {
            chosen.held |= step.task.register.is_some();
            return;
        }
        self.prepare(host, node, step, chosen, free);
    }

    /// Makes a step ready, and puts it where it belongs.
    fn prepare(
        &mut self,
        host: &str,
        node: NodeIndex,
        step: &Step<'a>,
        chosen: &mut Chosen,
        free: bool,
    ) {
        let mode = self.hosts[host].mode;
        let prepared = self.language.prepare(&self.learned, step, mode);
        self.learn_secrets();
        let prepared = prepared
            .and_then(|prepared| self.unexposed(step, prepared))
            .map_err(|problem| self.forgiven(host, problem));
        match prepared {
            Ok(prepared) => self.place(host, node, step, prepared, chosen, free),
            Err(Problem::Unknown(reason))
                if free && self.mode == Mode::Check && is_include(&step.task.module) =>
            {
                self.blur(host, node, &reason, chosen);
            }
            Err(problem) if self.informs(host, &problem) => chosen.held = true,
            Err(problem) if free => self.problem(node, &problem),
            Err(_) => chosen.held = true,
        }
    }

    /// Nothing need be done before a `debug`, but people read in the order written: it waits for what stands before it as long
    /// as anything is on its way at all.
    fn too_soon(&self, host: &str, node: NodeIndex, chosen: &Chosen) -> bool {
        if self.mode == Mode::Check {
            return false;
        }
        let moving = !self.running.is_empty() || !chosen.requests.is_empty();
        let steps = self.graph.hosts[host].iter();
        let mut before = steps.take_while(|one| **one != node);
        before.any(|one| match self.queue.progress(*one) {
            Progress::Done => false,
            Progress::Running => true,
            Progress::Waiting => moving,
        })
    }

    /// Why a check cannot know what an include brings.
    fn not_known_yet(&self, step: &Step, prepared: &Prepared) -> Option<String> {
        if self.mode != Mode::Check || !is_include(&step.task.module) {
            return None;
        }
        let mut items = prepared.items.iter().filter(|item| !item.is_skipped());
        items.find_map(|item| unknown::within(&item.arguments).map(str::to_owned))
    }

    fn may_run(&self, name: &str, node: NodeIndex, step: &Step) -> bool {
        let Some(host) = self.hosts.get(name).filter(|host| !host.ended) else {
            return false;
        };
        let before = |failed: NodeIndex| {
            let mut order = self.graph.hosts[name].iter();
            order.find(|one| **one == node || **one == failed) == Some(&node)
        };
        host.failures.runs(&step.guards, &before)
    }

    /// What it still waits for is chosen before it, and needs no judgement in between.
    fn covered(&self, node: NodeIndex, chosen: &Chosen) -> bool {
        // Each gate once: there are many ways through them.
        let mut seen = BTreeSet::from([node]);
        let mut open = vec![node];
        while let Some(node) = open.pop() {
            for (before, why) in self.queue.waits(&self.graph, node) {
                let covered = if let Some(step) = self.graph.step(before) {
                    !matches!(why, Edge::Data(_))
                        && chosen.last.contains_key(&before)
                        && !judged(step.task)
                } else {
                    if seen.insert(before) {
                        open.push(before);
                    }
                    true
                };
                if !covered {
                    return false;
                }
            }
        }
        true
    }

    /// The chosen steps a node comes after, through gates.
    fn after(
        &self,
        node: NodeIndex,
        chosen: &Chosen,
        seen: &mut BTreeSet<NodeIndex>,
        out: &mut BTreeSet<u32>,
    ) {
        for (before, _) in self.queue.waits(&self.graph, node) {
            match chosen.last.get(&before) {
                Some(id) => drop(out.insert(*id)),
                None if seen.insert(before) => self.after(before, chosen, seen, out),
                None => {}
            }
        }
    }

    /// A handler that was notified, or that a chosen step may notify.
    fn may_be_notified(&self, host: &str, node: NodeIndex, chosen: &Chosen) -> bool {
        let key = self.handler_key(node);
        self.hosts
            .get(host)
            .is_some_and(|host| host.notified.contains(&key))
            || !self.notifiers(node, chosen).is_empty()
    }

    /// Chosen requests, of items, that may notify a handler.
    fn notifiers(&self, node: NodeIndex, chosen: &Chosen) -> Vec<u32> {
        use petgraph::visit::EdgeRef;
        let Some(handler) = self.graph.step(node).and_then(|step| step.handler) else {
            return Vec::new();
        };
        let before = self.graph.nodes.edges_directed(node, petgraph::Incoming);
        let sources: HashSet<NodeIndex> = before
            .filter(|edge| *edge.weight() == Edge::Notify)
            .map(|edge| edge.source())
            .collect();
        let notifies = |request: &&StepRequest| {
            let flight = self.flights.get(&request.id)?;
            let running = self.running.get(&flight.node)?;
            let item = running.prepared.items.get(flight.item)?;
            Some(sources.contains(&flight.node) && item.notify.contains(&handler))
        };
        let requests = chosen.requests.iter();
        let some = requests.filter(|request| notifies(request) == Some(true));
        some.map(|request| request.id).collect()
    }

    fn place(
        &mut self,
        host: &str,
        node: NodeIndex,
        step: &Step<'a>,
        prepared: Prepared,
        chosen: &mut Chosen,
        free: bool,
    ) {
        if self.language.on_controller(&step.task.module) {
            self.place_here(host, node, step, &prepared, chosen, free);
            return;
        }
        if prepared.items.iter().all(Item::is_skipped) {
            // Nothing is asked of the host; but what is registered must not be seen too early.
            if free || !chosen.held {
                self.skip(node, prepared);
            }
            return;
        }
        if let Some(words) = self.not_made(host, step, &prepared) {
            chosen.held |= !free;
            if free {
                self.refuse(node, &words);
            }
            return;
        }
        if prepared.acts_elsewhere(host) {
            chosen.held = true;
            if free {
                self.delegate(node, prepared);
            }
            return;
        }
        let mut after = BTreeSet::new();
        self.after(node, chosen, &mut BTreeSet::new(), &mut after);
        let when_changed = step.handler.map(|_| self.notifiers(node, chosen));
        let notified = step.handler.is_some()
            && self
                .hosts
                .get(host)
                .is_some_and(|host| host.notified.contains(&self.handler_key(node)))
            && chosen.handlers.insert(self.handler_key(node));
        let mut requests = self.requests(node, step, &prepared, 0..prepared.items.len());
        if let Some(first) = requests.first_mut() {
            first.after = after.into_iter().collect();
        }
        for request in &mut requests {
            request.when_changed.clone_from(&when_changed);
            request.notified = notified;
        }
        self.entrust_files(host, &prepared.blobs);
        self.start(host, node, prepared);
        if let Some(last) = requests.last() {
            chosen.last.insert(node, last.id);
        }
        chosen.requests.extend(requests);
    }

    /// Why a step cannot be done although this is the run that does: what it needs is made by a step that is only looked at.
    fn not_made(&self, host: &str, step: &Step, prepared: &Prepared) -> Option<String> {
        let target = self.settings.targets.get(host)?;
        let acts = self.mode == Mode::Apply && self.hosts.get(host)?.mode == Mode::Apply;
        if !acts || target.kind == Kind::Simulated || step.task.check_mode == Some(true) {
            return None;
        }
        let mut items = prepared.items.iter();
        let reason = items.find_map(|item| match item.verdict {
            Verdict::Run => unknown::within(&item.arguments),
            _ => None,
        })?;
        Some(format!(
            "it needs what is only known after {reason}, and this run only looks at that (`--limit` leaves its host out, which `--with-needs` takes in, or its task has `check_mode: true`): let it be done first"
        ))
    }

    /// A step that needs no host.
    fn place_here(
        &mut self,
        host: &str,
        node: NodeIndex,
        step: &Step<'a>,
        prepared: &Prepared,
        chosen: &mut Chosen,
        free: bool,
    ) {
        // Only what notifies a handler says whether it runs.
        let soon = step.handler.is_none() && !chosen.held;
        match self.not_known_yet(step, prepared) {
            Some(reason) if free => self.blur(host, node, &reason, chosen),
            None if free || soon => {
                chosen.held |= !self.control(host, node, step, prepared, free);
            }
            _ => chosen.held = true,
        }
    }

    pub(super) fn start(&mut self, host: &str, node: NodeIndex, prepared: Prepared) {
        self.queue.start(node);
        self.blobs.extend(prepared.blobs.iter().cloned());
        let reports = vec![None; prepared.items.len()];
        let tries = self.tries.get(&node).copied().unwrap_or(0) + 1;
        self.running.insert(
            node,
            Running {
                prepared,
                host: host.to_owned(),
                reports,
                tries,
            },
        );
    }

    /// What cannot be made ready: an unknown in a check, a mistake otherwise.
    fn problem(&mut self, node: NodeIndex, problem: &Problem) {
        match problem {
            Problem::Unknown(reason) => self.leave_unknown(node, reason),
            Problem::Wrong(diagnostic) => self.refuse(node, &diagnostic.to_string()),
        }
    }
}

/// The controller judges its result before anything else may go on.
fn judged(task: &Task) -> bool {
    !task.failed_when.is_empty()
        || task.until.is_some()
        || (!task.changed_when.is_empty() && super::request::constant(&task.changed_when).is_none())
        || task.module == "reboot"
        || task.delegate_to.is_some()
}
