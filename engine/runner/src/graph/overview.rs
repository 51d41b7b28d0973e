//! The graph from afar: what runs on which host, part by part, and which part waits for another host's. A picture of the whole, where the
//! graph itself has hundreds of tasks.
use super::{Edge, Graph, Step};
use petgraph::visit::EdgeRef;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// Parts of one host, in the order written, and who waits for what of whom.
pub struct Overview {
    hosts: Vec<(String, Vec<String>)>,
    /// Part and host that wait, part and host before them, and for what.
    waits: BTreeMap<[(String, String); 2], BTreeSet<String>>,
}

/// So many reasons are named.
const NAMED: usize = 3;

impl Overview {
    /// `part` says what a step belongs to: its role, or its play.
    pub fn new(graph: &Graph, part: &dyn Fn(&Step) -> String) -> Self {
        let hosts = graph.hosts.iter().map(|(host, nodes)| {
            let mut parts: Vec<String> = Vec::new();
            for step in nodes.iter().filter_map(|node| graph.step(*node)) {
                let name = part(step);
                if !parts.contains(&name) {
                    parts.push(name);
                }
            }
            (host.clone(), parts)
        });
        let mut waits: BTreeMap<_, BTreeSet<String>> = BTreeMap::new();
        for edge in graph.nodes.edge_references() {
            let (Some(before), Some(after)) =
                (graph.step(edge.source()), graph.step(edge.target()))
            else {
                continue;
            };
            let told = matches!(edge.weight(), Edge::Data(_) | Edge::Need(_));
            if told && before.host != after.host {
                let ends = [after, before].map(|step| (part(step), step.host.clone()));
                waits.entry(ends).or_default().insert(edge.weight().words());
            }
        }
        Self {
            hosts: hosts.collect(),
            waits,
        }
    }

    /// A line for each host, then why parts wait for those of other hosts.
    pub fn list(&self) -> String {
        let mut text = String::new();
        for (host, parts) in &self.hosts {
            let _ = writeln!(text, "{host}: {}", parts.join(", "));
        }
        for ([(part, host), (before, other)], reasons) in &self.waits {
            let named: Vec<&str> = reasons.iter().take(NAMED).map(String::as_str).collect();
            let more = match reasons.len().saturating_sub(NAMED) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let named = named.join(", ");
            let _ = writeln!(
                text,
                "{part} @ {host} after {before} @ {other}: {named}{more}"
            );
        }
        text
    }

    /// Hosts and their parts, for `dot -Tsvg`.
    pub fn dot(&self) -> String {
        let mut text = String::from("digraph play {\n  rankdir=LR; node [shape=box];\n");
        for (at, (host, parts)) in self.hosts.iter().enumerate() {
            let _ = writeln!(text, "  subgraph cluster{at} {{\n    label={host:?};");
            for (number, part) in parts.iter().enumerate() {
                let _ = writeln!(text, "    h{at}p{number} [label={part:?}];");
            }
            text.push_str("  }\n");
        }
        text + "}\n"
    }

    /// Hosts and their parts, for a page that draws Mermaid.
    pub fn mermaid(&self) -> String {
        let mut text = String::from("flowchart LR\n");
        for (at, (host, parts)) in self.hosts.iter().enumerate() {
            let _ = writeln!(text, "  subgraph h{at}[\"{}\"]", plain(host));
            for (number, part) in parts.iter().enumerate() {
                let _ = writeln!(text, "    h{at}p{number}[\"{}\"]", plain(part));
            }
            text.push_str("  end\n");
        }
        text
    }
}

fn plain(text: &str) -> String {
    text.replace('"', "'")
}
