//! The one owner of a run's state: takes what comes in, hands out what is ready.
mod conclude;
mod control;
mod elsewhere;
mod include;
mod incoming;
mod judge;
mod request;
mod secret;
mod stretch;
mod tell;

use crate::graph::Graph;
use crate::host::{Host, Link};
use crate::language::{Language, Rooms};
use crate::prepared::Prepared;
use crate::queue::{Progress, Queue};
use crate::saved::Saved;
use crate::settings::Settings;
use crate::worker::{Incoming, open};
use include::Included;
use petgraph::graph::NodeIndex;
use play_core::message::{Mode, Report, Request, StepRequest};
use play_core::{Event, Mask, Outcome, Recap, Reporter};
use play_language::Learned;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Instant;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

/// A step on its way: which node, and which item of it.
#[derive(Clone, Copy)]
struct Flight {
    node: NodeIndex,
    item: usize,
}

/// A node on its way.
struct Running {
    prepared: Prepared,
    /// Where it acts.
    host: String,
    reports: Vec<Option<Report>>,
    tries: u32,
}

/// How far an interrupt has gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Interrupt {
    None,
    /// Nothing new is started.
    Drain,
    /// No further change is made.
    Stop,
    /// The lines are dropped.
    Drop,
}

/// What a task did, to compare the plan with what was done.
#[derive(Clone, PartialEq)]
pub(crate) struct Shown {
    pub task: String,
    /// Its item, masked.
    pub item: Option<String>,
    /// Its place.
    pub at: String,
    /// Fingerprint of what it saw.
    pub saw: String,
    pub outcome: Outcome,
    pub changes: Vec<play_core::Diff>,
    /// A note says that something of it is only known after something else.
    pub unsure: bool,
}

pub(crate) type Plan = BTreeMap<(String, usize, Option<String>), Shown>;

/// A run, phase by phase.
pub(crate) struct Dispatcher<'a> {
    settings: &'a Settings,
    /// With what late includes have brought.
    language: Language<'a>,
    graph: Rc<Graph<'a>>,
    rooms: &'a Rooms,
    included: BTreeMap<NodeIndex, Included>,
    /// Hosts with an include of which the check could not know what it brings, and why.
    unsettled: BTreeMap<String, String>,
    /// Tasks that were included in the apply alone: no plan has shown them.
    unforeseen: BTreeSet<usize>,
    /// Host and words of what was told as unmet: a role that two plays run there is one thing to do.
    told_unmet: BTreeSet<(String, String)>,
    reporter: &'a mut dyn Reporter,
    inbox: UnboundedReceiver<Incoming>,
    sender: UnboundedSender<Incoming>,
    pub mask: Mask,
    /// How many secrets the mask knows.
    hidden: usize,
    /// Each with what finds it alone.
    secrets: BTreeMap<String, Mask>,
    hosts: BTreeMap<String, Host>,
    mode: Mode,
    queue: Queue,
    learned: Learned,
    flights: BTreeMap<u32, Flight>,
    running: BTreeMap<NodeIndex, Running>,
    blobs: BTreeMap<String, PathBuf>,
    /// Those that are on their way to a host.
    contents: BTreeMap<String, std::sync::Weak<Vec<u8>>>,
    next: u32,
    /// Steps that cannot run because what they need failed elsewhere, and what that is.
    unmet: BTreeMap<NodeIndex, String>,
    tries: BTreeMap<NodeIndex, u32>,
    /// Handlers that are over without the host's knowledge: whoever notifies them must not have them remembered there.
    over: BTreeSet<NodeIndex>,
    plan: Plan,
    recap: Recap,
    pub interrupt: Interrupt,
    begun: Instant,
    /// `any_errors_fatal` or too many failures: nothing more is started.
    aborted: bool,
    /// The most round trips any host took.
    pub round_trips: u64,
}

impl<'a> Dispatcher<'a> {
    pub(crate) fn new(
        settings: &'a Settings,
        language: &Language<'a>,
        graph: &Graph<'a>,
        rooms: &'a Rooms,
        reporter: &'a mut dyn Reporter,
        mask: Mask,
    ) -> Self {
        let (sender, inbox) = tokio::sync::mpsc::unbounded_channel();
        Self {
            settings,
            language: language.clone(),
            graph: Rc::new(graph.clone()),
            rooms,
            included: BTreeMap::new(),
            unsettled: BTreeMap::new(),
            unforeseen: BTreeSet::new(),
            told_unmet: BTreeSet::new(),
            reporter,
            inbox,
            sender,
            mask,
            hidden: 0,
            secrets: BTreeMap::new(),
            hosts: BTreeMap::new(),
            mode: Mode::Check,
            queue: Queue::new(graph),
            learned: Learned::default(),
            flights: BTreeMap::new(),
            running: BTreeMap::new(),
            blobs: BTreeMap::new(),
            contents: BTreeMap::new(),
            next: 0,
            unmet: BTreeMap::new(),
            tries: BTreeMap::new(),
            over: BTreeSet::new(),
            plan: Plan::new(),
            recap: Recap::default(),
            interrupt: Interrupt::None,
            begun: Instant::now(),
            aborted: false,
            round_trips: 0,
        }
    }

    /// Where signals and timers report.
    pub(crate) fn sender(&self) -> UnboundedSender<Incoming> {
        self.sender.clone()
    }

    /// Runs the whole graph once, in one mode.
    pub(crate) async fn phase(&mut self, mode: Mode) -> Recap {
        self.begin(mode);
        self.dispatch();
        while !self.over() {
            let Some(incoming) = self.inbox.recv().await else {
                break;
            };
            self.take(incoming);
            while let Ok(incoming) = self.inbox.try_recv() {
                self.take(incoming);
            }
            self.dispatch();
        }
        let event = Event::RunFinished {
            mode,
            recap: self.recap.clone(),
            elapsed_ms: u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX),
            interrupted: self.interrupt != Interrupt::None,
        };
        self.reporter.on(&event);
        self.recap.clone()
    }

    fn begin(&mut self, mode: Mode) {
        self.mode = mode;
        self.begun = Instant::now();
        self.queue = Queue::new(&self.graph);
        self.recap = Recap::default();
        self.unmet.clear();
        self.tries.clear();
        self.over.clear();
        if mode == Mode::Check {
            self.unsettled.clear();
        }
        self.aborted = false;
        self.learned
            .hosts
            .values_mut()
            .for_each(|learned| learned.variables.clear());
        let hosts: Vec<String> = self.settings.part.hosts.clone();
        let tasks = self
            .graph
            .hosts
            .values()
            .flatten()
            .filter(|node| {
                self.graph
                    .step(**node)
                    .is_some_and(|step| step.handler.is_none())
            })
            .count();
        self.reporter.on(&Event::RunStarted {
            mode,
            run: self.settings.run.clone(),
            hosts: hosts.clone(),
            tasks,
        });
        self.leave_out();
        for name in hosts {
            self.join(&name);
        }
    }

    /// Steps that take no part in this run are over before it begins.
    fn leave_out(&mut self) {
        for node in self.graph.hosts.values().flatten() {
            let late = self
                .included
                .values()
                .any(|included| included.nodes.contains(node));
            if !late && !self.settings.part.included.contains(node) {
                self.queue.finish(&self.graph, *node);
            }
        }
    }

    /// Brings a host into the phase: a line where there is none, and the word that the phase begins.
    fn join(&mut self, name: &str) {
        let acts = self.settings.acts_on(name);
        self.bring(name, if acts { self.mode } else { Mode::Check });
    }

    /// The same, to act or only to look.
    fn bring(&mut self, name: &str, mode: Mode) {
        if !self.hosts.contains_key(name) {
            let (target, options) = self.settings.line(name);
            let line = open(target, options, self.sender.clone());
            self.hosts.insert(name.to_owned(), Host::new(line, mode));
            return;
        }
        if let Some(host) = self.hosts.get_mut(name) {
            host.mode = mode;
            host.busy = false;
            host.jobs.clear();
            host.ended = false;
            // What the plan notified is not notified yet; what it saw done is still due.
            host.notified.clone_from(&host.due);
            if host.link == Link::Open {
                host.failures = crate::verdict::Failures::default();
                self.greet(name);
            } else if host.link == Link::Lost {
                // It was told of when it was lost; it is still missing from what is done.
                self.recap
                    .hosts
                    .entry(name.to_owned())
                    .or_default()
                    .unreachable = 1;
                self.give_up(name);
            }
        }
    }

    /// Tells the agent that the phase begins.
    fn greet(&mut self, name: &str) {
        let known = self
            .learned
            .hosts
            .get(name)
            .is_some_and(|learned| !learned.facts.is_null());
        let facts = if known {
            Vec::new()
        } else {
            self.settings.facts.clone()
        };
        let Some(host) = self.hosts.get_mut(name) else {
            return;
        };
        host.informed = facts.is_empty();
        host.line.send(Request::Begin {
            mode: host.mode,
            facts,
            secrets: host.secrets.iter().cloned().collect(),
            run: self.settings.run.clone(),
            confirm_within: self.settings.confirm_within(name),
            keep_runs: self.settings.keep_runs,
        });
    }

    /// Nothing is left to do, or nothing more may be done.
    fn over(&self) -> bool {
        let busy = self
            .hosts
            .values()
            .any(|host| host.busy || host.rebooting.is_some());
        match self.interrupt {
            // The last `Done` comes before the `Ran` that ends its `Run`: one that came in the next phase would end that one's.
            Interrupt::None => {
                !busy && (self.queue.all_done() || (self.aborted && self.running.is_empty()))
            }
            Interrupt::Drain | Interrupt::Stop => !busy,
            Interrupt::Drop => true,
        }
    }

    /// Hands out what is ready.
    fn dispatch(&mut self) {
        if self.interrupt != Interrupt::None {
            return;
        }
        let names: Vec<String> = self.hosts.keys().cloned().collect();
        loop {
            let before = self.done();
            for name in &names {
                let busy = self.hosts.values().filter(|host| host.busy).count();
                let idle = self.hosts.get(name).is_some_and(Host::idle);
                if !idle || busy >= self.settings.forks {
                    continue;
                }
                if let Some(job) = self
                    .hosts
                    .get_mut(name)
                    .and_then(|host| host.jobs.pop_front())
                {
                    self.send(name, job);
                    continue;
                }
                let steps = self.stretch(name);
                if !steps.is_empty() {
                    self.send(name, steps);
                }
            }
            // A step done without its host may have opened the way for another host's, and one may have been delegated to a host
            // that was passed by already: nobody else would wake its line.
            if self.done() == before && !self.has_jobs() {
                return;
            }
        }
    }

    fn send(&mut self, name: &str, steps: Vec<StepRequest>) {
        self.entrust(name, &steps);
        if let Some(host) = self.hosts.get_mut(name) {
            host.run(steps);
        }
    }

    /// A host whose line is free has delegated steps to run, and may.
    fn has_jobs(&self) -> bool {
        let busy = self.hosts.values().filter(|host| host.busy).count();
        let mut hosts = self.hosts.values();
        busy < self.settings.forks && hosts.any(|host| host.idle() && !host.jobs.is_empty())
    }

    fn done(&self) -> usize {
        self.graph
            .nodes
            .node_indices()
            .filter(|node| self.queue.done(*node))
            .count()
    }

    /// Every step of a host that has not been run never will be.
    fn give_up(&mut self, name: &str) {
        let nodes = self.graph.hosts.get(name).cloned().unwrap_or_default();
        for node in nodes {
            if self.queue.progress(node) != Progress::Done {
                self.break_off(node);
            }
        }
    }

    /// A node that failed or will not run: what needs it elsewhere cannot run either.
    fn break_off(&mut self, node: NodeIndex) {
        use petgraph::visit::EdgeRef;
        let title = self.graph.title(node);
        for edge in self.graph.nodes.edges(node) {
            if matches!(edge.weight(), crate::graph::Edge::Need(_)) {
                let target = edge.target();
                self.unmet.entry(target).or_insert_with(|| title.clone());
                if self.graph.step(target).is_none() {
                    for next in self.graph.nodes.neighbors(target) {
                        self.unmet.entry(next).or_insert_with(|| title.clone());
                    }
                }
            }
        }
        self.running.remove(&node);
        self.queue.finish(&self.graph, node);
    }

    /// Waits until the user wants the run to end: between phases nothing else is of interest.
    pub(crate) async fn until_interrupted(&mut self) {
        while let Some(incoming) = self.inbox.recv().await {
            let interrupted = matches!(incoming, Incoming::Interrupted);
            self.take(incoming);
            if interrupted {
                return;
            }
        }
    }

    /// The plan, to be kept.
    pub(crate) fn saved(&self) -> Saved {
        Saved::of(&self.plan)
    }

    /// Ends every line, and waits until each has said so.
    pub(crate) async fn close(&mut self) {
        let mut open = 0;
        for host in self.hosts.values().filter(|host| host.link == Link::Open) {
            host.line.send(Request::Stop);
            open += 1;
        }
        while open > 0 && self.interrupt != Interrupt::Drop {
            match self.inbox.recv().await {
                Some(Incoming::Closed { round_trips }) => {
                    self.round_trips = self.round_trips.max(round_trips);
                    open -= 1;
                }
                Some(Incoming::Lost { .. }) => open -= 1,
                Some(Incoming::Interrupted) => self.interrupt = Interrupt::Drop,
                Some(_) => {}
                None => return,
            }
        }
    }
}

#[cfg(test)]
mod tests;
