//! Late includes: what they stand for comes into the graph when their turn shows it.
use super::Dispatcher;
use super::stretch::Chosen;
use super::tell::Judged;
use crate::connection::Kind;
use crate::graph::{Node, Step, insert};
use crate::language::Wanted;
use crate::prepared::{Item, Prepared, Problem, Verdict};
use crate::queue::Progress;
use petgraph::graph::NodeIndex;
use play_core::message::Mode;
use play_core::{Diagnostic, Outcome, Value, unknown};
use serde_json::json;
use std::collections::BTreeSet;
use std::rc::Rc;

/// What an include has become.
pub(super) struct Included {
    wanted: Vec<Wanted>,
    pub(super) nodes: BTreeSet<NodeIndex>,
    /// How many includes led to this one.
    depth: usize,
}

/// Includes that include each other: more than anyone writes.
const DEPTH: usize = 50;

impl<'a> Dispatcher<'a> {
    /// Puts what an include stands for into the graph; what is not known yet is said instead of it.
    pub(super) fn include(
        &mut self,
        node: NodeIndex,
        step: &Step<'a>,
        prepared: &Prepared,
    ) -> Result<Option<String>, String> {
        let mut wanted = Vec::new();
        for item in &prepared.items {
            let sure = match &item.verdict {
                Verdict::Skip(_) => continue,
                Verdict::Run => true,
                Verdict::Maybe(_) => false,
            };
            if let Some(reason) = unknown::within(&item.arguments) {
                return Ok(Some(reason.to_owned()));
            }
            wanted.push(Wanted {
                arguments: item.arguments.clone(),
                variables: item.bindings.clone(),
                sure,
            });
        }
        let same = |included: &Included| included.wanted == wanted;
        if wanted.is_empty() || self.included.get(&node).is_some_and(same) {
            return Ok(None);
        }
        self.retire(node);
        self.grow(node, step, wanted).map(|()| None)
    }

    fn grow(
        &mut self,
        node: NodeIndex,
        step: &Step<'a>,
        wanted: Vec<Wanted>,
    ) -> Result<(), String> {
        let around = self
            .included
            .values()
            .find(|included| included.nodes.contains(&node));
        let depth = around.map_or(0, |included| included.depth + 1);
        if depth > DEPTH {
            return Err(format!("more than {DEPTH} includes within each other"));
        }
        let words = |found: Vec<Diagnostic>| {
            let words: Vec<String> = found.iter().map(ToString::to_string).collect();
            words.join("; ")
        };
        let (language, room) = self
            .language
            .include(step, &wanted, self.rooms)
            .map_err(words)?;
        let mut graph = (*self.graph).clone();
        let new = insert(&mut graph, &language, &room.project, node, &room.items).map_err(words)?;
        for step in new.iter().filter_map(|node| graph.step(*node)) {
            if self.cannot_become_root(&language, step) {
                return Err(format!(
                    "`{}` ({}) becomes root, which nothing else on {} does: say `become: true` on the include",
                    crate::graph::task_title(step.task),
                    step.task.place,
                    step.host
                ));
            }
            if self.mode == Mode::Apply {
                self.unforeseen.insert(step.task.id);
            }
        }
        self.language = language;
        self.graph = Rc::new(graph);
        self.queue.grow(&self.graph);
        let included = Included {
            wanted,
            nodes: new.into_iter().collect(),
            depth,
        };
        self.included.insert(node, included);
        Ok(())
    }

    /// The agent was started without root, as nothing known then asked for it.
    fn cannot_become_root(&self, language: &crate::language::Language, step: &Step) -> bool {
        language.acting_hosts(step).iter().any(|host| {
            let target = self.settings.targets.get(host);
            target.is_some_and(|target| {
                target.kind != Kind::Simulated && target.user.as_deref() != Some("root")
            }) && !self.settings.escalates.contains(host)
                && language.becomes(step, host)
        })
    }

    /// What an include stood for before, or in the plan, is not run.
    pub(super) fn retire(&mut self, node: NodeIndex) {
        let Some(included) = self.included.remove(&node) else {
            return;
        };
        for inner in included.nodes {
            self.retire(inner);
            let step = matches!(self.graph.nodes[inner], Node::Step(_));
            if step && self.queue.progress(inner) == Progress::Waiting {
                self.queue.finish(&self.graph, inner);
            }
        }
    }

    /// An include of which a check cannot know what it brings: what follows it is planned on a host where anything may have changed.
    pub(super) fn blur(&mut self, host: &str, node: NodeIndex, reason: &str, chosen: &mut Chosen) {
        let graph = self.graph.clone();
        let Some(step) = graph.step(node) else { return };
        let item = Item {
            label: None,
            bindings: Vec::new(),
            verdict: Verdict::Maybe(reason.to_owned()),
            arguments: Value::Null,
            environment: Vec::new(),
            acts_as: Some(String::new()),
            on: None,
            irreversible: None,
            notify: Vec::new(),
        };
        let prepared = Prepared {
            name: crate::graph::task_title(step.task),
            items: vec![item],
            ..Prepared::default()
        };
        let mut request = self.requests(node, step, &prepared, 0..1).remove(0);
        // A program of which nothing is said may do anything; in a check it is not run.
        request.module = "shell".into();
        request.arguments = json!({ "cmd": ":" });
        self.unsettled.insert(host.to_owned(), reason.to_owned());
        self.start(host, node, prepared);
        chosen.hold(node, request);
    }

    /// A variable that nothing has set may be set by an include of which a check cannot know what it brings.
    pub(super) fn forgiven(&self, host: &str, problem: Problem) -> Problem {
        match (&problem, self.unsettled.get(host)) {
            (Problem::Wrong(diagnostic), Some(reason))
                if self.mode == Mode::Check
                    && diagnostic.message.starts_with("undefined variable") =>
            {
                Problem::Unknown(reason.clone())
            }
            _ => problem,
        }
    }

    /// What an include has become stays where any of it was included.
    pub(super) fn keep_included(&mut self, node: NodeIndex, judged: &[Option<Judged>]) {
        let mut items = judged.iter().flatten();
        if !items.any(|item| item.outcome == Outcome::Unchanged) {
            self.retire(node);
        }
    }
}
