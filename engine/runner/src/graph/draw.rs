//! The graph drawn: a listing that says why, DOT for graphviz, Mermaid for a page.
use super::{Edge, Graph, Node};
use petgraph::graph::NodeIndex;
use petgraph::visit::EdgeRef;
use petgraph::{Direction, algo::toposort};
use std::fmt::Write;

/// Each step in an order it may run in, with what it comes after and why.
pub fn list(graph: &Graph) -> String {
    let mut text = String::new();
    for node in toposort(&graph.nodes, None).unwrap_or_default() {
        if graph.step(node).is_none() {
            continue;
        }
        let _ = writeln!(text, "{}", graph.title(node));
        for (before, edge) in steps_before(graph, node) {
            let _ = writeln!(text, "    after {}: {}", graph.title(before), edge.words());
        }
    }
    text
}

/// What a step comes after: steps at once, gates by their own words.
fn steps_before<'g>(graph: &'g Graph, node: NodeIndex) -> Vec<(NodeIndex, &'g Edge)> {
    let mut before: Vec<(NodeIndex, &Edge)> = graph
        .nodes
        .edges_directed(node, Direction::Incoming)
        .map(|edge| (edge.source(), edge.weight()))
        .collect();
    before.sort();
    before
}

/// For `dot -Tsvg`.
pub fn dot(graph: &Graph) -> String {
    let mut text = String::from("digraph play {\n  rankdir=LR; node [shape=box];\n");
    for node in graph.nodes.node_indices() {
        let shape = if matches!(graph.nodes[node], Node::Gate(_)) {
            ", shape=ellipse, style=dashed"
        } else {
            ""
        };
        let _ = writeln!(
            text,
            "  n{} [label={:?}{shape}];",
            node.index(),
            graph.title(node)
        );
    }
    for edge in graph.nodes.edge_references() {
        let words = if *edge.weight() == Edge::Gate {
            String::new()
        } else {
            format!(" [label={:?}]", edge.weight().words())
        };
        let _ = writeln!(
            text,
            "  n{} -> n{}{words};",
            edge.source().index(),
            edge.target().index()
        );
    }
    text.push_str("}\n");
    text
}

/// For a page that draws Mermaid.
pub fn mermaid(graph: &Graph) -> String {
    let mut text = String::from("flowchart LR\n");
    for node in graph.nodes.node_indices() {
        let title = graph.title(node).replace('"', "'");
        let (open, close) = if matches!(graph.nodes[node], Node::Gate(_)) {
            ("([\"", "\"])")
        } else {
            ("[\"", "\"]")
        };
        let _ = writeln!(text, "  n{}{open}{title}{close}", node.index());
    }
    for edge in graph.nodes.edge_references() {
        let arrow = if *edge.weight() == Edge::Gate {
            "-->".to_owned()
        } else {
            format!("-->|{}|", edge.weight().words().replace('"', "'"))
        };
        let _ = writeln!(
            text,
            "  n{} {arrow} n{}",
            edge.source().index(),
            edge.target().index()
        );
    }
    text
}
