//! `--limit`: the steps of the limited hosts, what they need elsewhere, and what comes before that there.
use super::{Edge, Graph};
use petgraph::graph::NodeIndex;
use petgraph::visit::EdgeRef;
use petgraph::{Incoming, Outgoing};
use std::collections::BTreeSet;

/// Who takes part in a run.
#[derive(Clone, Debug, Default)]
pub struct Part {
    /// The steps that take part.
    pub included: BTreeSet<NodeIndex>,
    /// Those of them that a `needs:` or a value leads to: what comes before one of these on its own host is only its ground.
    pub needed: BTreeSet<NodeIndex>,
    /// The hosts the steps are on, in the order of the inventory.
    pub hosts: Vec<String>,
}

/// The steps that take part, and the hosts they are on, in the order of `hosts`.
pub fn reach(graph: &Graph, limited: &BTreeSet<String>, hosts: &[String]) -> Part {
    let mut open: Vec<NodeIndex> = limited
        .iter()
        .filter_map(|host| graph.hosts.get(host))
        .flatten()
        .copied()
        .collect();
    let mut part = Part {
        included: open.iter().copied().collect(),
        ..Part::default()
    };
    let mut seen = BTreeSet::new();
    while let Some(node) = open.pop() {
        for source in needs(graph, node) {
            part.needed.insert(source);
            if part.included.insert(source) {
                open.push(source);
            }
        }
        let Some(host) = graph.step(node).map(|step| step.host.clone()) else {
            continue;
        };
        if !limited.contains(&host) {
            for other in ground(graph, node, &host, &mut seen) {
                if part.included.insert(other) {
                    open.push(other);
                }
            }
        }
    }
    let taking_part: BTreeSet<&String> = part
        .included
        .iter()
        .filter_map(|node| graph.step(*node))
        .map(|step| &step.host)
        .collect();
    part.hosts = hosts
        .iter()
        .filter(|host| taking_part.contains(host))
        .cloned()
        .collect();
    part
}

/// The steps whose result or value a step asks for.
fn needs(graph: &Graph, node: NodeIndex) -> Vec<NodeIndex> {
    graph
        .nodes
        .edges_directed(node, Incoming)
        .filter(|edge| matches!(edge.weight(), Edge::Need(_) | Edge::Data(_)))
        .map(|edge| edge.source())
        .filter(|source| graph.step(*source).is_some())
        .collect()
}

/// What comes before a step on its host, whatever the reason, and the handlers it may notify: without them it would be
/// looked at, or acted on, on a host that is not as the playbook makes it.
fn ground(
    graph: &Graph,
    node: NodeIndex,
    host: &str,
    seen: &mut BTreeSet<(String, NodeIndex)>,
) -> Vec<NodeIndex> {
    let mut steps: Vec<NodeIndex> = graph
        .nodes
        .edges_directed(node, Outgoing)
        .filter(|edge| *edge.weight() == Edge::Notify)
        .map(|edge| edge.target())
        .collect();
    let mut open = vec![node];
    while let Some(node) = open.pop() {
        for before in graph.nodes.neighbors_directed(node, Incoming) {
            let step = graph.step(before);
            if step.is_some_and(|step| step.host != host) || !seen.insert((host.to_owned(), before))
            {
                continue;
            }
            if step.is_some() {
                steps.push(before);
            }
            open.push(before);
        }
    }
    steps
}
