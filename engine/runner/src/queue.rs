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
    /// Whom a node waits for in place of one that was finished before its own turn, and who waits for it so.
    inherited: Vec<Vec<NodeIndex>>,
    heirs: Vec<Vec<NodeIndex>>,
    left: usize,
}

/// Why an heir waits: for the order written.
static INHERITED: Edge = Edge::Gate;

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
            inherited: vec![Vec::new(); count],
            heirs: vec![Vec::new(); count],
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
        self.inherited.resize(count, Vec::new());
        self.heirs.resize(count, Vec::new());
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

    /// Marks a node done, and with it the gates that now open. A node may be done before its turn, as a task that is skipped; then what
    /// it still waits for is waited for by those after it, who had no reason to wait for both.
    pub(crate) fn finish(&mut self, graph: &Graph, node: NodeIndex) {
        let mut open = vec![node];
        while let Some(node) = open.pop() {
            if std::mem::replace(&mut self.progress[node.index()], Progress::Done) == Progress::Done
            {
                continue;
            }
            self.left -= 1;
            self.bequeath(graph, node);
            let heirs = std::mem::take(&mut self.heirs[node.index()]);
            for next in after(graph, node).chain(heirs) {
                self.waiting_for[next.index()] -= 1;
                if self.waiting_for[next.index()] == 0 && matches!(graph.nodes[next], Node::Gate(_))
                {
                    open.push(next);
                }
            }
        }
    }

    fn bequeath(&mut self, graph: &Graph, node: NodeIndex) {
        if self.free(node) {
            return;
        }
        let before: Vec<NodeIndex> = self.waits(graph, node).map(|(before, _)| before).collect();
        let heirs = self.heirs[node.index()].clone();
        for next in after(graph, node).chain(heirs) {
            for before in &before {
                // Once: what is skipped after what is skipped would hand it on more and more often.
                if self.inherited[next.index()].contains(before) {
                    continue;
                }
                self.waiting_for[next.index()] += 1;
                self.inherited[next.index()].push(*before);
                self.heirs[before.index()].push(next);
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
            .chain(
                self.inherited[node.index()]
                    .iter()
                    .map(|before| (*before, &INHERITED)),
            )
            .filter(|(before, _)| !self.done(*before))
    }
}

/// The nodes with an edge from a node.
fn after<'g>(graph: &'g Graph, node: NodeIndex) -> impl Iterator<Item = NodeIndex> + 'g {
    graph
        .nodes
        .edges_directed(node, Outgoing)
        .map(|edge| edge.target())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_comes_after_a_step_that_is_skipped_early_waits_for_what_it_waited_for() {
        let mut graph = Graph::default();
        let [first, skipped, also, last] = ["first", "skipped", "also skipped", "last"]
            .map(|name| graph.nodes.add_node(Node::Gate(name.into())));
        for (before, next) in [(first, skipped), (skipped, also), (also, last)] {
            graph.nodes.add_edge(before, next, Edge::Gate);
        }
        let mut queue = Queue {
            progress: vec![Progress::Waiting; 4],
            waiting_for: vec![0, 1, 1, 1],
            inherited: vec![Vec::new(); 4],
            heirs: vec![Vec::new(); 4],
            left: 4,
        };
        queue.finish(&graph, skipped);
        queue.finish(&graph, also);
        assert!(!queue.free(last));
        let waits: Vec<_> = queue
            .waits(&graph, last)
            .map(|(before, _)| before)
            .collect();
        assert_eq!(waits, [first]);
        queue.finish(&graph, first);
        assert!(queue.done(last) && queue.all_done());
    }
}
