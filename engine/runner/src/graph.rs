//! The graph of a run: which task runs on which host after what. Plain data, complete before the first step runs but for what
//! late includes bring.
mod build;
mod cycle;
mod data;
pub mod draw;
mod insert;
mod limit;
mod links;
pub mod overview;
mod position;
mod row;

pub use build::{Source, build};
pub use data::Uses;
pub use insert::insert;
pub use limit::{Part, reach};
pub use position::{Guard, Section};

use petgraph::graph::{DiGraph, NodeIndex};
use play_language::play::Task;
use std::collections::BTreeMap;

/// What is done, where and when.
#[derive(Clone, Debug)]
pub enum Node<'a> {
    Step(Step<'a>),
    /// Where steps wait for each other: nothing is done there.
    Gate(String),
}

/// One task on one host.
#[derive(Clone, Debug)]
pub struct Step<'a> {
    pub task: &'a Task,
    /// Index of the play.
    pub play: usize,
    /// Index of the batch within the play.
    pub batch: usize,
    /// The host whose variables it has.
    pub host: String,
    /// Position in the run as written: the order steps start and are shown in.
    pub order: usize,
    /// Blocks it lies in that have a rescue or an always, outermost first.
    pub guards: Vec<Guard>,
    /// Set for handlers: their index in the play's handlers.
    pub handler: Option<usize>,
    /// `run_once`: what it registers is every host's.
    pub once: bool,
    /// Everything it waits for at once: it ends the stretch before it.
    pub alone: bool,
}

/// Why one node waits for another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Edge {
    /// Both touch the resource named.
    Resource(String),
    /// It uses a value the other registers or sets.
    Data(String),
    /// It sets a value anew that the other sets or still uses.
    Reuse(String),
    /// `needs:`, at this place.
    Need(String),
    /// A handler and who notifies it.
    Notify,
    /// A gate: the end of a play, a batch, a section of a block.
    Gate,
    /// `throttle`.
    Throttle,
}

impl Edge {
    /// In words, for `play graph`.
    pub fn words(&self) -> String {
        match self {
            Self::Resource(name) => format!("both touch {name}"),
            Self::Data(name) => format!("uses `{name}`"),
            Self::Reuse(name) => format!("sets `{name}` anew"),
            Self::Need(place) => format!("needs, at {place}"),
            Self::Notify => "notifies".into(),
            Self::Gate => "in the order written".into(),
            Self::Throttle => "throttle".into(),
        }
    }
}

/// Nodes and edges.
#[derive(Clone, Debug, Default)]
pub struct Graph<'a> {
    pub nodes: DiGraph<Node<'a>, Edge>,
    /// The steps of each host, in the order written.
    pub hosts: BTreeMap<String, Vec<NodeIndex>>,
    /// Where handlers run.
    pub flushes: Vec<Flush>,
    /// Where paths lead on each host.
    pub(crate) links: BTreeMap<String, links::Links>,
}

/// One place where the handlers of a play run on a host.
#[derive(Clone, Debug)]
pub struct Flush {
    pub play: usize,
    pub batch: usize,
    pub host: String,
    /// Steps of a lower order come before it.
    pub order: usize,
    /// The gates before and behind the handlers.
    pub begin: NodeIndex,
    pub end: NodeIndex,
}

impl<'a> Graph<'a> {
    pub fn step(&self, node: NodeIndex) -> Option<&Step<'a>> {
        match &self.nodes[node] {
            Node::Step(step) => Some(step),
            Node::Gate(_) => None,
        }
    }

    /// A node's name for people: `Install nginx @ vps1`, or the gate's words.
    pub fn title(&self, node: NodeIndex) -> String {
        match &self.nodes[node] {
            Node::Step(step) => format!("{} @ {}", task_title(step.task), step.host),
            Node::Gate(words) => words.clone(),
        }
    }
}

/// The blocks a step lies in.
fn guards<'g>(node: &'g Node) -> Option<&'g [Guard]> {
    match node {
        Node::Step(step) => Some(&step.guards),
        Node::Gate(_) => None,
    }
}

/// A task's name as written, or its module.
pub fn task_title(task: &Task) -> String {
    match task.name.as_str() {
        Some(name) if !name.is_empty() => name.to_owned(),
        _ => task.module.clone(),
    }
}
