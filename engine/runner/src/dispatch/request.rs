//! A prepared task as steps for an agent.
use super::{Dispatcher, Flight};
use crate::graph::Step;
use crate::prepared::{Prepared, Verdict};
use petgraph::graph::NodeIndex;
use play_core::message::StepRequest;
use play_language::play::Condition;
use std::ops::Range;

impl Dispatcher<'_> {
    /// One step for each of the items, each after the one before it.
    pub(super) fn requests(
        &mut self,
        node: NodeIndex,
        step: &Step,
        prepared: &Prepared,
        items: Range<usize>,
    ) -> Vec<StepRequest> {
        let task = step.task;
        let handler = step.handler.map(|at| self.key(step.play, at));
        let mut requests: Vec<StepRequest> = Vec::new();
        for (at, item) in items.clone().zip(&prepared.items[items]) {
            let maybe = match &item.verdict {
                Verdict::Skip(_) => continue,
                Verdict::Run => None,
                Verdict::Maybe(reason) => Some(reason.clone()),
            };
            self.next += 1;
            self.flights.insert(self.next, Flight { node, item: at });
            requests.push(StepRequest {
                id: self.next,
                module: task.module.clone(),
                arguments: item.arguments.clone(),
                after: requests
                    .last()
                    .map(|before| before.id)
                    .into_iter()
                    .collect(),
                when_changed: None,
                notified: false,
                acts_as: item.acts_as.clone(),
                environment: item.environment.clone(),
                check_mode: task.check_mode,
                ignore_errors: prepared.ignore_errors
                    || !task.failed_when.is_empty()
                    || task.until.is_some(),
                changed_when: constant(&task.changed_when),
                notifies: self.keys(step, &item.notify),
                handler: None,
                timeout: task.timeout,
                label: format!("{} ({})", prepared.name, task.place),
                irreversible: item.irreversible.clone(),
                no_log: task.no_log,
                private: self.is_private(step, &item.arguments),
                blurs: self.language.blurs(step),
                maybe,
            });
        }
        // It is done once its last item is.
        if let Some(last) = requests.last_mut() {
            last.handler = handler;
        }
        requests
    }

    pub(super) fn keys(&self, step: &Step, handlers: &[usize]) -> Vec<String> {
        let keys = handlers.iter().map(|at| self.key(step.play, *at));
        keys.collect()
    }

    /// What a handler is called on the host between runs: play and handler, as written.
    pub(super) fn key(&self, play: usize, handler: usize) -> String {
        let project = self.language.project();
        let play = &project.plays[play];
        let task = &play.handlers[handler];
        let role = task
            .role
            .map_or_else(String::new, |role| format!("{}/", project.roles[role].name));
        format!("{}: {role}{}", play.name, crate::graph::task_title(task))
    }

    pub(super) fn handler_key(&self, node: NodeIndex) -> String {
        self.graph
            .step(node)
            .and_then(|step| step.handler.map(|at| self.key(step.play, at)))
            .unwrap_or_default()
    }
}

/// `changed_when: false` and the like, known without a result.
pub(super) fn constant(conditions: &[Condition]) -> Option<bool> {
    match conditions {
        [one] => match one.text.trim().to_lowercase().as_str() {
            "false" | "no" | "off" => Some(false),
            "true" | "yes" | "on" => Some(true),
            _ => None,
        },
        _ => None,
    }
}
