//! One host's steps of one batch while the graph is built: each new step waits for the earlier ones it conflicts with.
use super::{Edge, Graph, Node, Step};
use petgraph::graph::NodeIndex;
use play_core::Touch;
use play_core::touch::What;

/// The steps since the last gate, with what they touch.
pub(super) struct Row {
    pub(super) host: String,
    gate: NodeIndex,
    since: Vec<(NodeIndex, Vec<Touch>)>,
}

impl Row {
    pub(super) fn new(host: &str, gate: NodeIndex) -> Self {
        Self {
            host: host.to_owned(),
            gate,
            since: Vec::new(),
        }
    }

    /// Adds a step: after the gate, and after each earlier step whose order with it matters.
    pub(super) fn step<'a>(
        &mut self,
        graph: &mut Graph<'a>,
        step: Step<'a>,
        touches: Vec<Touch>,
    ) -> NodeIndex {
        let host = step.host.clone();
        let node = graph.nodes.add_node(Node::Step(step));
        graph.hosts.entry(host).or_default().push(node);
        self.link(graph, node, &touches);
        self.since.push((node, touches));
        node
    }

    fn link(&self, graph: &mut Graph, node: NodeIndex, touches: &[Touch]) {
        graph.nodes.update_edge(self.gate, node, Edge::Gate);
        // What an earlier step already waits for need not be waited for again, where that step is waited for too.
        let mut implied = std::collections::BTreeSet::new();
        for (earlier, theirs) in self.since.iter().rev() {
            if implied.contains(earlier) {
                continue;
            }
            if let Some(name) = conflict(theirs, touches) {
                graph
                    .nodes
                    .update_edge(*earlier, node, Edge::Resource(name));
                imply(graph, *earlier, self.gate, &mut implied);
            }
        }
    }

    /// Everything so far comes before everything that follows.
    pub(super) fn barrier(&mut self, graph: &mut Graph, words: &str) -> NodeIndex {
        let gate = graph
            .nodes
            .add_node(Node::Gate(format!("{words} @ {}", self.host)));
        graph.nodes.update_edge(self.gate, gate, Edge::Gate);
        for (node, _) in self.since.drain(..) {
            graph.nodes.update_edge(node, gate, Edge::Gate);
        }
        self.gate = gate;
        gate
    }
}

/// Everything before `node` and behind the gate.
fn imply(
    graph: &Graph,
    node: NodeIndex,
    gate: NodeIndex,
    implied: &mut std::collections::BTreeSet<NodeIndex>,
) {
    let mut open = vec![node];
    while let Some(node) = open.pop() {
        for before in graph.nodes.neighbors_directed(node, petgraph::Incoming) {
            if before > gate && implied.insert(before) {
                open.push(before);
            }
        }
    }
}

/// The name of what both touch, where their order matters.
fn conflict(one: &[Touch], two: &[Touch]) -> Option<String> {
    one.iter()
        .flat_map(|touch| two.iter().map(move |other| (touch, other)))
        .find(|(touch, other)| touch.conflicts(other))
        .map(|(touch, other)| match (&touch.what, &other.what) {
            (What::One(resource), _) | (_, What::One(resource)) => resource.to_string(),
            (What::Every(kind), _) | (_, What::Every(kind)) => format!("every {kind}"),
            _ => "anything".into(),
        })
}
