//! What an include stands for, put into the graph once that is known: between the include and what follows it on its host.
use super::build::{Builder, STRIDE, note_notifiers};
use super::data::Definers;
use super::position::{Position, walk};
use super::row::Row;
use super::{Edge, Flush, Graph, Source, Step, cycle};
use petgraph::Incoming;
use petgraph::graph::NodeIndex;
use play_core::Diagnostic;
use play_language::Project;
use play_language::play::{Item, Play, Task};
use std::collections::BTreeMap;

/// Who notifies which handler, on which host.
type Notifiers = BTreeMap<(usize, String), Vec<NodeIndex>>;

/// Puts the items behind the include; returns the new nodes. Where needs cannot be met the graph must not be used.
pub fn insert<'a>(
    graph: &mut Graph<'a>,
    source: &dyn Source,
    project: &'a Project,
    include: NodeIndex,
    items: &'a [Item],
) -> Result<Vec<NodeIndex>, Vec<Diagnostic>> {
    let Some(step) = graph.step(include).cloned() else {
        return Ok(Vec::new());
    };
    let known = graph.nodes.node_count();
    let behind: Vec<NodeIndex> = graph.nodes.neighbors(include).collect();
    let listed = graph.hosts.get(&step.host).map_or(0, Vec::len);
    let mut builder = Builder::new(std::mem::take(graph), source);
    builder.definers = Definers::before(&builder.graph, project, source, step.order);
    let blocks = builder.graph.nodes.node_weights().filter_map(super::guards);
    builder.blocks = blocks
        .flatten()
        .map(|guard| guard.block + 1)
        .max()
        .unwrap_or(0);
    let mut positions = Vec::new();
    walk(items, &step.guards, &mut builder.blocks, &mut positions);
    builder.order = step.order;
    builder.stride = stride(&builder.graph, &step, positions.len());
    let play = &project.plays[step.play];
    let notifiers = place(&mut builder, play, &step, include, positions, &behind);
    builder.graph.arrange(&step.host, include, listed);
    handlers(&mut builder, play, &step, notifiers);
    let diagnostics = builder.link_needs(project);
    *graph = builder.graph;
    used_later(graph, source, project, &step, known);
    let mut diagnostics = diagnostics;
    diagnostics.extend(cycle::find(graph));
    if !diagnostics.is_empty() {
        return Err(diagnostics);
    }
    Ok(graph
        .nodes
        .node_indices()
        .filter(|node| node.index() >= known)
        .collect())
}

/// How far the orders of new steps may lie apart.
fn stride(graph: &Graph, include: &Step, count: usize) -> usize {
    let orders = graph.hosts[&include.host]
        .iter()
        .filter_map(|node| graph.step(*node))
        .map(|step| step.order);
    let next = orders.filter(|order| *order > include.order).min();
    let room = next.map_or(STRIDE, |next| next - include.order);
    (room / (count + 2)).max(1)
}

/// The steps and gates themselves.
fn place<'a>(
    builder: &mut Builder<'a, '_>,
    play: &'a Play,
    include: &Step<'a>,
    node: NodeIndex,
    positions: Vec<Position<'a>>,
    behind: &[NodeIndex],
) -> Notifiers {
    let mut row = Row::new(&include.host, node);
    let mut notifiers = Notifiers::new();
    for position in positions {
        match position {
            Position::Barrier(words) => drop(row.barrier(&mut builder.graph, words)),
            Position::Flush { guards } => builder.flush(
                include.play,
                play,
                include.batch,
                &guards,
                std::slice::from_mut(&mut row),
                &mut notifiers,
            ),
            Position::Task { task, guards } => {
                builder.order += builder.stride;
                let step = Step {
                    task,
                    order: builder.order,
                    guards,
                    handler: None,
                    once: include.once || task.run_once,
                    ..include.clone()
                };
                let placed = builder.place(play, step, &mut row);
                let placed = [(include.host.clone(), placed)];
                note_notifiers(task, play, &placed, &mut notifiers);
            }
        }
    }
    let end = row.barrier(&mut builder.graph, "what is included ends");
    for next in behind {
        builder.graph.nodes.update_edge(end, *next, Edge::Gate);
    }
    notifiers
}

/// Notifications reach the next place where handlers run; handlers that came with the include run there, last.
fn handlers<'a>(
    builder: &mut Builder<'a, '_>,
    play: &'a Play,
    include: &Step<'a>,
    notifiers: Notifiers,
) {
    let next = builder.graph.flushes.iter().filter(|flush| {
        flush.play == include.play
            && flush.batch == include.batch
            && flush.host == include.host
            && flush.order >= include.order
    });
    let Some(flush) = next.min_by_key(|flush| flush.order).cloned() else {
        return;
    };
    let mut there = there(&builder.graph, &flush);
    for (at, handler) in play.handlers.iter().enumerate() {
        if there.contains_key(&at) {
            continue;
        }
        let node = one_more(builder, play, include, &flush, at, handler);
        there.insert(at, node);
    }
    for ((at, _), sources) in notifiers {
        for source in sources {
            if let Some(handler) = there.get(&at) {
                builder
                    .graph
                    .nodes
                    .update_edge(source, *handler, Edge::Notify);
            }
        }
    }
}

/// A handler that the include has brought, behind those that were there.
fn one_more<'a>(
    builder: &mut Builder<'a, '_>,
    play: &'a Play,
    include: &Step<'a>,
    flush: &Flush,
    at: usize,
    handler: &'a Task,
) -> NodeIndex {
    let before: Vec<NodeIndex> = builder
        .graph
        .nodes
        .neighbors_directed(flush.end, Incoming)
        .collect();
    let mut row = Row::new(&flush.host, flush.begin);
    let order = before
        .iter()
        .filter_map(|node| builder.graph.step(*node))
        .map(|step| step.order + 1)
        .max()
        .unwrap_or(flush.order + 1);
    let step = Step {
        task: handler,
        order,
        guards: Vec::new(),
        handler: Some(at),
        once: false,
        ..include.clone()
    };
    let listed = builder.graph.hosts[&flush.host].len();
    let node = builder.place(play, step, &mut row);
    for earlier in before {
        if earlier != node {
            builder.graph.nodes.update_edge(earlier, node, Edge::Gate);
        }
    }
    builder.graph.nodes.update_edge(node, flush.end, Edge::Gate);
    builder.graph.arrange_by_order(&flush.host, listed);
    node
}

/// The handlers that run there.
fn there(graph: &Graph, flush: &Flush) -> BTreeMap<usize, NodeIndex> {
    let before = graph.nodes.neighbors_directed(flush.end, Incoming);
    before
        .filter_map(|node| Some((graph.step(node)?.handler?, node)))
        .collect()
}

/// What comes later and uses a value that a new step sets waits for it.
fn used_later(
    graph: &mut Graph,
    source: &dyn Source,
    project: &Project,
    include: &Step,
    known: usize,
) {
    let mut definers = Definers::default();
    let mut names = false;
    for node in graph
        .nodes
        .node_indices()
        .filter(|node| node.index() >= known)
    {
        let Some(step) = graph.step(node) else {
            continue;
        };
        for name in source.sets(step.task) {
            names = true;
            definers.add(&step.host, &name, node);
        }
    }
    if !names {
        return;
    }
    let mut known_uses = BTreeMap::new();
    let others: Vec<NodeIndex> = graph
        .nodes
        .node_indices()
        .filter(|node| node.index() < known)
        .filter(|node| {
            graph
                .step(*node)
                .is_some_and(|step| step.order > include.order)
        })
        .collect();
    for node in others {
        let Some(step) = graph.step(node).cloned() else {
            continue;
        };
        let used = known_uses
            .entry(step.task.id)
            .or_insert_with(|| source.uses(&project.plays[step.play], step.task));
        if definers.any(&step.host, used) {
            definers.link(graph, &step.host, used, node);
        }
    }
}

impl Graph<'_> {
    /// The steps that were added last stand behind the include.
    fn arrange(&mut self, host: &str, include: NodeIndex, listed: usize) {
        let Some(list) = self.hosts.get_mut(host) else {
            return;
        };
        let new = list.split_off(listed);
        let at = list.iter().position(|node| *node == include);
        let at = at.map_or(list.len(), |at| at + 1);
        list.splice(at..at, new);
    }

    /// The step that was added last stands where its order says.
    fn arrange_by_order(&mut self, host: &str, listed: usize) {
        let order = |graph: &Self, node| graph.step(node).map(|step| step.order);
        let list = self.hosts.get(host).cloned().unwrap_or_default();
        let (known, new) = list.split_at(listed);
        for node in new {
            let own = order(self, *node);
            let at = known.iter().position(|other| order(self, *other) > own);
            let mut list = known.to_vec();
            list.insert(at.unwrap_or(known.len()), *node);
            self.hosts.insert(host.to_owned(), list);
        }
    }
}
