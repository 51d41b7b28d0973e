//! Edges that data makes: who registers or sets a value, and who uses it.
use super::{Edge, Graph, Source};
use petgraph::graph::NodeIndex;
use play_language::Project;
use std::collections::{BTreeMap, BTreeSet};

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

/// Steps by host and variable.
type Named = BTreeMap<String, BTreeMap<String, Vec<NodeIndex>>>;

/// Any host, any variable.
const ANY: &str = "";

/// Who has set what so far, as the graph is built in the order written.
#[derive(Default)]
pub(super) struct Definers {
    by_host: Named,
    /// Of the steps placed here: who last set it, and who has used it since. Whoever sets it next waits for them.
    since: Named,
    /// The last late include of a host: what it brings may set and use anything.
    includes: BTreeMap<String, NodeIndex>,
}

impl Definers {
    /// All there are in a graph before a step.
    pub(super) fn before(
        graph: &Graph,
        project: &Project,
        source: &dyn Source,
        order: usize,
    ) -> Self {
        let mut definers = Self::default();
        for node in graph.nodes.node_indices() {
            let Some(step) = graph.step(node).filter(|step| step.order <= order) else {
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

    /// A step that sets it is placed: behind whoever set it before, and whoever is to see that value.
    pub(super) fn set(&mut self, graph: &mut Graph, host: &str, name: &str, node: NodeIndex) {
        for (host, name) in [(host, name), (host, ANY), (ANY, name), (ANY, ANY)] {
            let earlier = self.since.get(host).and_then(|names| names.get(name));
            for earlier in earlier.into_iter().flatten().filter(|one| **one != node) {
                if graph.nodes.find_edge(*earlier, node).is_none() {
                    let edge = Edge::Reuse(name.to_owned());
                    graph.nodes.update_edge(*earlier, node, edge);
                }
            }
        }
        *self.since_of(host, name) = vec![node];
        self.add(host, name, node);
    }

    /// A late include is placed: behind everything so far that sets or uses anything on its host.
    pub(super) fn include(&mut self, graph: &mut Graph, host: &str, node: NodeIndex) {
        let since = self.since.remove(host).unwrap_or_default();
        let earlier: BTreeSet<NodeIndex> = since.into_values().flatten().collect();
        for earlier in earlier.into_iter().filter(|earlier| *earlier != node) {
            if graph.nodes.find_edge(earlier, node).is_none() {
                graph.nodes.update_edge(earlier, node, Edge::Gate);
            }
        }
        self.since_of(host, ANY).push(node);
        self.includes.insert(host.to_owned(), node);
    }

    fn since_of(&mut self, host: &str, name: &str) -> &mut Vec<NodeIndex> {
        let names = self.since.entry(host.to_owned()).or_default();
        names.entry(name.to_owned()).or_default()
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

    /// A step that uses them is placed: behind whoever sets what it uses.
    pub(super) fn used(&mut self, graph: &mut Graph, host: &str, uses: &Uses, node: NodeIndex) {
        self.link(graph, host, uses, node);
        let include = self.includes.get(host).filter(|_| !uses.own.is_empty());
        if let Some(include) = include.filter(|one| graph.nodes.find_edge(**one, node).is_none()) {
            graph.nodes.update_edge(*include, node, Edge::Gate);
        }
        for name in &uses.own {
            self.since_of(host, name).push(node);
        }
        for (other, name) in &uses.others {
            let (other, name) = (other.as_deref(), name.as_deref());
            self.since_of(other.unwrap_or(ANY), name.unwrap_or(ANY))
                .push(node);
        }
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
