//! Edges that data makes: who registers or sets a value, and who uses it.
use super::{Edge, Graph, Source};
use petgraph::graph::NodeIndex;
use play_language::Project;
use std::collections::BTreeMap;

/// Which variables a step uses that may come from a run: names of its own host's, and names of other hosts'.
#[derive(Clone, Debug, Default)]
pub struct Uses {
    /// Variables of its own host.
    pub own: Vec<String>,
    /// `hostvars.HOST.NAME`; None where host or name is only known late: any of that.
    pub others: Vec<(Option<String>, Option<String>)>,
    /// Top-level facts.
    pub facts: Vec<String>,
}

/// Who has set what so far, as the graph is built in the order written.
#[derive(Default)]
pub(super) struct Definers {
    by_host: BTreeMap<String, BTreeMap<String, Vec<NodeIndex>>>,
}

impl Definers {
    /// All there are in a graph.
    pub(super) fn of(graph: &Graph, project: &Project, source: &dyn Source) -> Self {
        let mut definers = Self::default();
        for node in graph.nodes.node_indices() {
            let Some(step) = graph.step(node) else {
                continue;
            };
            let hosts = if step.once {
                project.plays[step.play].hosts.clone()
            } else {
                vec![step.host.clone()]
            };
            for name in source.sets(step.task) {
                for host in &hosts {
                    definers.add(host, &name, node);
                }
            }
        }
        definers
    }

    pub(super) fn add(&mut self, host: &str, name: &str, node: NodeIndex) {
        self.by_host
            .entry(host.to_owned())
            .or_default()
            .entry(name.to_owned())
            .or_default()
            .push(node);
    }

    /// Whether anything the step uses is set by any of them.
    pub(super) fn any(&self, host: &str, uses: &Uses) -> bool {
        let sets = |host: &str, name: Option<&String>| {
            self.by_host
                .get(host)
                .is_some_and(|names| name.is_none_or(|name| names.contains_key(name)))
        };
        let mut own = uses.own.iter();
        own.any(|name| sets(host, Some(name)))
            || uses.others.iter().any(|(other, name)| match other {
                Some(other) => sets(other, name.as_ref()),
                None => self.by_host.keys().any(|other| sets(other, name.as_ref())),
            })
    }

    /// Edges from whoever sets what the step uses.
    pub(super) fn link(&self, graph: &mut Graph, host: &str, uses: &Uses, node: NodeIndex) {
        for name in &uses.own {
            self.edges(graph, host, Some(name), node);
        }
        for (other, name) in &uses.others {
            match other {
                Some(other) => self.edges(graph, other, name.as_deref(), node),
                None => self
                    .by_host
                    .keys()
                    .for_each(|other| self.edges(graph, other, name.as_deref(), node)),
            }
        }
    }

    fn edges(&self, graph: &mut Graph, host: &str, name: Option<&str>, node: NodeIndex) {
        for (defined, definers) in self.by_host.get(host).into_iter().flatten() {
            if name.is_none_or(|name| name == defined) {
                for definer in definers.iter().filter(|definer| **definer != node) {
                    graph
                        .nodes
                        .update_edge(*definer, node, Edge::Data(defined.clone()));
                }
            }
        }
    }
}
