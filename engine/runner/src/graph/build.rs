//! Building the graph: plays in the order written, batch by batch, host by host, task by task.
use super::data::Definers;
use super::data::Uses;
use super::position::{Position, row};
use super::row::Row;
use super::{Edge, Flush, Graph, Guard, Node, Step, cycle, task_title};
use crate::language::is_include;
use petgraph::graph::NodeIndex;
use play_core::{Diagnostic, Touch};
use play_language::Project;
use play_language::play::{Need, Notify, Play, Task};
use std::collections::BTreeMap;

/// What the builder must be told of a task on a host: the language knows it.
pub trait Source {
    /// What it reads and writes there, as far as can be known now.
    fn touches(&self, play: &Play, task: &Task, host: &str) -> Vec<Touch>;
    /// Which values of a run it uses.
    fn uses(&self, play: &Play, task: &Task) -> Uses;
    /// The names it sets: `register`, `set_fact`.
    fn sets(&self, task: &Task) -> Vec<String>;
    /// The role it is of.
    fn role_name(&self, task: &Task) -> Option<String>;
}

/// Builds the graph, or says what is wrong with it: needs nobody meets, cycles.
pub fn build<'a>(project: &'a Project, source: &dyn Source) -> (Graph<'a>, Vec<Diagnostic>) {
    let mut builder = Builder::new(Graph::default(), source);
    for (number, play) in project.plays.iter().enumerate() {
        builder.play(number, play);
    }
    let mut diagnostics = builder.link_needs(project);
    diagnostics.extend(cycle::find(&builder.graph));
    (builder.graph, diagnostics)
}

pub(super) struct Builder<'a, 's> {
    pub(super) graph: Graph<'a>,
    pub(super) source: &'s dyn Source,
    pub(super) definers: Definers,
    pub(super) order: usize,
    /// How far the orders of two steps lie apart: what is included late comes in between.
    pub(super) stride: usize,
    pub(super) blocks: usize,
    /// First and last gate of each play.
    ends: Vec<(NodeIndex, NodeIndex)>,
    /// Who needs what: the node, and on which host it is.
    needs: Vec<(NodeIndex, Option<String>, &'a Need)>,
    pub(super) uses: BTreeMap<usize, Uses>,
}

/// Between the orders of two tasks as written.
pub(super) const STRIDE: usize = 1 << 20;

impl<'a, 's> Builder<'a, 's> {
    pub(super) fn new(graph: Graph<'a>, source: &'s dyn Source) -> Self {
        Self {
            graph,
            source,
            definers: Definers::default(),
            order: 0,
            stride: STRIDE,
            blocks: 0,
            ends: Vec::new(),
            needs: Vec::new(),
            uses: BTreeMap::new(),
        }
    }
}

impl<'a> Builder<'a, '_> {
    fn play(&mut self, number: usize, play: &'a Play) {
        let begin = self
            .graph
            .nodes
            .add_node(Node::Gate(format!("play `{}` begins", play.name)));
        match &play.needs {
            None => {
                if let Some((_, last)) = self.ends.last() {
                    self.graph.nodes.update_edge(*last, begin, Edge::Gate);
                }
            }
            Some(needs) => self
                .needs
                .extend(needs.iter().map(|need| (begin, None, need))),
        }
        let mut gate = begin;
        for (batch, hosts) in play.batches().into_iter().enumerate() {
            gate = self.batch(number, play, batch, hosts, gate);
        }
        let end = self
            .graph
            .nodes
            .add_node(Node::Gate(format!("play `{}` ends", play.name)));
        self.graph.nodes.update_edge(gate, end, Edge::Gate);
        self.ends.push((begin, end));
    }

    /// One batch; returns the gate behind it.
    fn batch(
        &mut self,
        number: usize,
        play: &'a Play,
        batch: usize,
        hosts: &[String],
        gate: NodeIndex,
    ) -> NodeIndex {
        let mut rows: Vec<Row> = hosts.iter().map(|host| Row::new(host, gate)).collect();
        let mut notifiers: BTreeMap<(usize, String), Vec<NodeIndex>> = BTreeMap::new();
        for position in row(play, &mut self.blocks) {
            match position {
                Position::Barrier(words) => rows.iter_mut().for_each(|row| {
                    row.barrier(&mut self.graph, words);
                }),
                Position::Flush { guards } => {
                    self.flush(number, play, batch, &guards, &mut rows, &mut notifiers);
                }
                Position::Task { task, guards } => {
                    self.order += self.stride;
                    let step = Step {
                        task,
                        play: number,
                        batch,
                        host: String::new(),
                        order: self.order,
                        guards,
                        handler: None,
                        once: task.run_once,
                        alone: false,
                    };
                    let nodes = if task.run_once {
                        self.once(play, &step, &mut rows)
                    } else {
                        self.everywhere(play, &step, &mut rows)
                    };
                    note_notifiers(task, play, &nodes, &mut notifiers);
                }
            }
        }
        let end = self.graph.nodes.add_node(Node::Gate(format!(
            "batch {} of `{}` ends",
            batch + 1,
            play.name
        )));
        self.graph.nodes.update_edge(gate, end, Edge::Gate);
        for row in &mut rows {
            let last = row.barrier(&mut self.graph, "the play ends");
            self.graph.nodes.update_edge(last, end, Edge::Gate);
        }
        end
    }

    /// The same task on every host of the batch.
    fn everywhere(
        &mut self,
        play: &'a Play,
        step: &Step<'a>,
        rows: &mut [Row],
    ) -> Vec<(String, NodeIndex)> {
        let mut nodes: Vec<(String, NodeIndex)> = Vec::new();
        for row in rows {
            let node = self.place(
                play,
                Step {
                    host: row.host.clone(),
                    ..step.clone()
                },
                row,
            );
            if let Some(throttle) = step
                .task
                .throttle
                .filter(|throttle| nodes.len() >= *throttle)
            {
                let earlier = nodes[nodes.len() - throttle].1;
                self.graph.nodes.update_edge(earlier, node, Edge::Throttle);
            }
            nodes.push((row.host.clone(), node));
        }
        nodes
    }

    /// A `run_once` task: on the first host, while the others wait.
    fn once(
        &mut self,
        play: &'a Play,
        step: &Step<'a>,
        rows: &mut [Row],
    ) -> Vec<(String, NodeIndex)> {
        let Some((first, others)) = rows.split_first_mut() else {
            return Vec::new();
        };
        let before: Vec<NodeIndex> = others
            .iter_mut()
            .map(|row| row.barrier(&mut self.graph, "before run_once"))
            .collect();
        let node = self.place(
            play,
            Step {
                host: first.host.clone(),
                ..step.clone()
            },
            first,
        );
        for gate in before {
            self.graph.nodes.update_edge(gate, node, Edge::Gate);
        }
        for row in others {
            let gate = row.barrier(&mut self.graph, "after run_once");
            self.graph.nodes.update_edge(node, gate, Edge::Gate);
            for name in self.source.sets(step.task) {
                self.definers.set(&mut self.graph, &row.host, &name, node);
            }
        }
        vec![(first.host.clone(), node)]
    }

    pub(super) fn place(&mut self, play: &'a Play, step: Step<'a>, row: &mut Row) -> NodeIndex {
        let task = step.task;
        let uses = self
            .uses
            .entry(task.id)
            .or_insert_with(|| self.source.uses(play, task))
            .clone();
        let touches = self.source.touches(play, task, &step.host);
        let links = self.graph.links.entry(row.host.clone()).or_default();
        let touches = links.follow(touches);
        links.learn(&touches);
        let node = row.step(&mut self.graph, step, touches);
        self.definers.used(&mut self.graph, &row.host, &uses, node);
        for name in self.source.sets(task) {
            self.definers.set(&mut self.graph, &row.host, &name, node);
        }
        if is_include(&task.module) {
            self.definers.include(&mut self.graph, &row.host, node);
        }
        self.needs.extend(
            task.needs
                .iter()
                .map(|need| (node, Some(row.host.clone()), need)),
        );
        node
    }

    /// Every handler, in the order defined, on every host: whether it runs is known when its turn comes.
    pub(super) fn flush(
        &mut self,
        number: usize,
        play: &'a Play,
        batch: usize,
        guards: &[Guard],
        rows: &mut [Row],
        notifiers: &mut BTreeMap<(usize, String), Vec<NodeIndex>>,
    ) {
        // A play that `--tags` leaves nothing of is not run, and what an earlier run left due there stays due.
        if Project::tasks(play).len() == play.handlers.len() {
            return;
        }
        let begin: Vec<NodeIndex> = rows
            .iter_mut()
            .map(|row| row.barrier(&mut self.graph, "handlers"))
            .collect();
        let base = self.order;
        self.order += play.handlers.len() * self.stride;
        for (row, begin) in rows.iter_mut().zip(begin) {
            let mut placed = Vec::new();
            for (at, handler) in play.handlers.iter().enumerate() {
                let step = Step {
                    task: handler,
                    play: number,
                    batch,
                    host: row.host.clone(),
                    order: base + (at + 1) * self.stride,
                    guards: guards.to_vec(),
                    handler: Some(at),
                    once: false,
                    alone: false,
                };
                let node = self.place(play, step, row);
                for source in notifiers
                    .remove(&(at, row.host.clone()))
                    .into_iter()
                    .flatten()
                {
                    self.graph.nodes.update_edge(source, node, Edge::Notify);
                }
                placed.push(node);
            }
            self.link_handlers(play, &placed);
            let end = row.barrier(&mut self.graph, "handlers have run");
            self.graph.flushes.push(Flush {
                play: number,
                batch,
                host: row.host.clone(),
                order: base,
                begin,
                end,
            });
        }
        notifiers.clear();
    }

    /// A handler may notify one that is defined after it.
    fn link_handlers(&mut self, play: &Play, placed: &[NodeIndex]) {
        for (at, handler) in play.handlers.iter().enumerate() {
            for notify in &handler.notify {
                if let Notify::Handlers(indexes) = notify {
                    for later in indexes.iter().filter(|later| **later > at) {
                        self.graph
                            .nodes
                            .update_edge(placed[at], placed[*later], Edge::Notify);
                    }
                }
            }
        }
    }

    /// Edges for `needs:`, once every step is there.
    pub(super) fn link_needs(&mut self, project: &Project) -> Vec<Diagnostic> {
        let mut diagnostics = Vec::new();
        for (node, host, need) in std::mem::take(&mut self.needs) {
            let sources = self.meeting(project, need);
            if sources.is_empty() {
                let at = need
                    .host
                    .as_ref()
                    .map_or_else(String::new, |host| format!(" on {host}"));
                diagnostics.push(
                    Diagnostic::error(format!("nothing named `{}` runs{at}", need.name))
                        .at(&need.place)
                        .hint("`needs:` takes the name of a task, role or play, and a host: `name@host`"),
                );
            }
            // On its own host a task that needs its own role needs what comes before it there, not what follows.
            let follows = |source: &NodeIndex| {
                let on = self.graph.step(*source).map(|step| &step.host);
                host.is_some() && on == host.as_ref() && *source > node
            };
            let (after, before): (Vec<_>, Vec<_>) = sources.into_iter().partition(follows);
            if before.is_empty() && !after.is_empty() {
                let message = format!(
                    "`{}` comes after what needs it, on the same host",
                    need.name
                );
                diagnostics.push(
                    Diagnostic::error(message)
                        .at(&need.place)
                        .hint("write it before: on one host tasks run as if in the order written"),
                );
            }
            for source in before.into_iter().filter(|source| *source != node) {
                let edge = Edge::Need(need.place.to_string());
                self.graph.nodes.update_edge(source, node, edge);
            }
        }
        diagnostics
    }

    fn meeting(&self, project: &Project, need: &Need) -> Vec<NodeIndex> {
        let on = |step: &Step| need.host.as_ref().is_none_or(|host| *host == step.host);
        let named = |step: &Step| {
            task_title(step.task) == need.name
                || self.source.role_name(step.task).as_deref() == Some(need.name.as_str())
                || project.plays[step.play].name == need.name
        };
        self.graph
            .nodes
            .node_indices()
            .filter(|node| {
                self.graph
                    .step(*node)
                    .is_some_and(|step| on(step) && named(step))
            })
            .collect()
    }
}

pub(super) fn note_notifiers(
    task: &Task,
    play: &Play,
    nodes: &[(String, NodeIndex)],
    notifiers: &mut BTreeMap<(usize, String), Vec<NodeIndex>>,
) {
    let mut handlers: Vec<usize> = Vec::new();
    for notify in &task.notify {
        match notify {
            Notify::Handlers(indexes) => handlers.extend(indexes),
            // Which one is known late: it may be any.
            Notify::Late(_) => handlers.extend(0..play.handlers.len()),
        }
    }
    for (host, node) in nodes {
        for handler in &handlers {
            notifiers
                .entry((*handler, host.clone()))
                .or_default()
                .push(*node);
        }
    }
}
