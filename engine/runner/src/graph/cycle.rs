//! A cycle, told with its path and the reasons that made it.
use super::Graph;
use petgraph::algo::{tarjan_scc, toposort};
use petgraph::graph::NodeIndex;
use play_core::Diagnostic;
use std::fmt::Write;

/// None where the graph can be run.
pub(super) fn find(graph: &Graph) -> Option<Diagnostic> {
    toposort(&graph.nodes, None).err()?;
    let members = tarjan_scc(&graph.nodes)
        .into_iter()
        .find(|members| members.len() > 1)?;
    let path = walk(graph, &members);
    let mut diagnostic =
        Diagnostic::error(format!("these wait for each other: {}", told(graph, &path)))
            .hint("take one of the `needs:` away, or put the tasks into another order");
    let places = path
        .iter()
        .filter_map(|node| graph.step(*node))
        .map(|step| &step.task.place);
    for (at, place) in places.enumerate() {
        diagnostic = if at == 0 {
            diagnostic.at(place)
        } else {
            diagnostic.also(place, "part of the cycle")
        };
    }
    Some(diagnostic)
}

/// A closed walk within the members: from the first, always on to a member, until one comes again.
fn walk(graph: &Graph, members: &[NodeIndex]) -> Vec<NodeIndex> {
    let mut path = vec![members[0]];
    loop {
        let last = path[path.len() - 1];
        let Some(next) = graph
            .nodes
            .neighbors(last)
            .find(|node| members.contains(node))
        else {
            return path;
        };
        if let Some(at) = path.iter().position(|node| *node == next) {
            return path.split_off(at);
        }
        path.push(next);
    }
}

fn told(graph: &Graph, path: &[NodeIndex]) -> String {
    let mut words = String::new();
    for (at, node) in path.iter().enumerate() {
        let next = path[(at + 1) % path.len()];
        let why = graph
            .nodes
            .find_edge(*node, next)
            .map_or_else(String::new, |edge| graph.nodes[edge].words());
        let _ = write!(words, "`{}` → ({why}) ", graph.title(*node));
    }
    let _ = write!(words, "`{}`", graph.title(path[0]));
    words
}
