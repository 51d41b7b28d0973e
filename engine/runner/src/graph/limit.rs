//! `--limit`: the steps of the limited hosts, and what they need elsewhere.
use super::{Edge, Graph};
use petgraph::Incoming;
use petgraph::graph::NodeIndex;
use petgraph::visit::EdgeRef;
use std::collections::BTreeSet;

/// The steps that take part, and the hosts they are on, in the order of `hosts`.
pub fn reach(
    graph: &Graph,
    limited: &BTreeSet<String>,
    hosts: &[String],
) -> (BTreeSet<NodeIndex>, Vec<String>) {
    let mut open: Vec<NodeIndex> = limited
        .iter()
        .filter_map(|host| graph.hosts.get(host))
        .flatten()
        .copied()
        .collect();
    let mut included: BTreeSet<NodeIndex> = open.iter().copied().collect();
    while let Some(node) = open.pop() {
        for edge in graph.nodes.edges_directed(node, Incoming) {
            let needed = matches!(edge.weight(), Edge::Need(_) | Edge::Data(_));
            if needed && graph.step(edge.source()).is_some() && included.insert(edge.source()) {
                open.push(edge.source());
            }
        }
    }
    let taking_part: BTreeSet<&String> = included
        .iter()
        .filter_map(|node| graph.step(*node))
        .map(|step| &step.host)
        .collect();
    let hosts = hosts
        .iter()
        .filter(|host| taking_part.contains(host))
        .cloned()
        .collect();
    (included, hosts)
}
