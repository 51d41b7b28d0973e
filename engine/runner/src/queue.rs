//! Which nodes of the graph are finished, and which may start.
use crate::graph::{Edge, Graph, Node};
use petgraph::graph::NodeIndex;
use petgraph::visit::EdgeRef;
use petgraph::{Incoming, Outgoing};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    Waiting,
    /// On its way: sent to a host, or waiting for a retry.
    Running,
    /// Finished, or never to be run: whoever waits for it waits no longer.
    Done,
}

/// The progress of every node. Gates are done as soon as all before them are.
pub(crate) struct Queue {
    progress: Vec<Progress>,
    waiting_for: Vec<usize>,
    left: usize,
}

impl Queue {
    pub(crate) fn new(graph: &Graph) -> Self {
        let count = graph.nodes.node_count();
        let waiting_for = graph
            .nodes
            .node_indices()
            .map(|node| graph.nodes.edges_directed(node, Incoming).count())
            .collect();
        let mut queue = Self {
            progress: vec![Progress::Waiting; count],
            waiting_for,
            left: count,
        };
        for node in graph.nodes.node_indices() {
            if queue.waiting_for[node.index()] == 0 && matches!(graph.nodes[node], Node::Gate(_)) {
                queue.finish(graph, node);
            }
        }
        queue
    }

    /// The graph has grown: what is new waits, and so does what now comes after it.
    pub(crate) fn grow(&mut self, graph: &Graph) {
        let count = graph.nodes.node_count();
        self.left += count - self.progress.len();
        self.progress.resize(count, Progress::Waiting);
        self.waiting_for = graph
            .nodes
            .node_indices()
            .map(|node| self.waits(graph, node).count())
            .collect();
        // A gate among what is new may have nothing left before it.
        for node in graph.nodes.node_indices() {
            if !self.done(node)
                && self.waiting_for[node.index()] == 0
                && matches!(graph.nodes[node], Node::Gate(_))
            {
                self.finish(graph, node);
            }
        }
    }

    pub(crate) fn progress(&self, node: NodeIndex) -> Progress {
        self.progress[node.index()]
    }

    pub(crate) fn done(&self, node: NodeIndex) -> bool {
        self.progress(node) == Progress::Done
    }

    pub(crate) fn start(&mut self, node: NodeIndex) {
        self.progress[node.index()] = Progress::Running;
    }

    /// A retry, or a host that is connected anew: it waits again.
    pub(crate) fn put_back(&mut self, node: NodeIndex) {
        self.progress[node.index()] = Progress::Waiting;
    }

    /// Everything before it is done.
    pub(crate) fn free(&self, node: NodeIndex) -> bool {
        self.waiting_for[node.index()] == 0
    }

    pub(crate) fn all_done(&self) -> bool {
        self.left == 0
    }

    /// Marks a node done, and with it the gates that now open.
    pub(crate) fn finish(&mut self, graph: &Graph, node: NodeIndex) {
        let mut open = vec![node];
        while let Some(node) = open.pop() {
            if std::mem::replace(&mut self.progress[node.index()], Progress::Done) == Progress::Done
            {
                continue;
            }
            self.left -= 1;
            for edge in graph.nodes.edges_directed(node, Outgoing) {
                let next = edge.target();
                self.waiting_for[next.index()] -= 1;
                if self.waiting_for[next.index()] == 0 && matches!(graph.nodes[next], Node::Gate(_))
                {
                    open.push(next);
                }
            }
        }
    }

    /// What a node still waits for, and why.
    pub(crate) fn waits<'g>(
        &'g self,
        graph: &'g Graph,
        node: NodeIndex,
    ) -> impl Iterator<Item = (NodeIndex, &'g Edge)> + 'g {
        graph
            .nodes
            .edges_directed(node, Incoming)
            .map(|edge| (edge.source(), edge.weight()))
            .filter(|(before, _)| !self.done(*before))
    }
}
