//! The end of a task: its items judged, told, registered; its handlers notified; its failure caught or not.
use super::tell::{Judged, words};
use super::{Dispatcher, Running};
use crate::graph::Step;
use crate::host::Link;
use crate::language::is_include;
use crate::prepared::Prepared;
use crate::registered;
use petgraph::graph::NodeIndex;
use play_core::message::{Mode, Report, Request};
use play_core::{Fault, Outcome, Value};
use serde_json::json;

impl<'a> Dispatcher<'a> {
    /// All items have ended, or no more will.
    pub(super) fn conclude(&mut self, node: NodeIndex) {
        let graph = self.graph.clone();
        let (Some(step), Some(running)) = (graph.step(node), self.running.remove(&node)) else {
            return;
        };
        let mut judged: Vec<Option<Judged>> = running
            .reports
            .iter()
            .enumerate()
            .map(|(at, report)| self.judge(step, &running.prepared, at, report.as_ref()))
            .collect();
        if self.tries_again(node, step, &running, &mut judged) {
            return;
        }
        self.settle(node, step, &running.prepared, judged);
    }

    /// Tells, registers, notifies, and lets go what waited.
    pub(super) fn settle(
        &mut self,
        node: NodeIndex,
        step: &Step<'a>,
        prepared: &Prepared,
        mut judged: Vec<Option<Judged>>,
    ) {
        let failed = judged
            .iter()
            .flatten()
            .any(|item| item.outcome == Outcome::Failed);
        let caught = failed && !prepared.ignore_errors && self.fail(node, step, prepared, &judged);
        for item in judged.iter_mut().flatten() {
            item.ignored = item.outcome == Outcome::Failed && (prepared.ignore_errors || caught);
        }
        for (at, item) in judged.iter().enumerate() {
            // A handler nobody notified is nothing to tell.
            if let Some(item) = item
                .as_ref()
                .filter(|item| step.handler.is_none() || item.outcome != Outcome::Skipped)
            {
                self.tell(node, prepared, prepared.looped.then_some(at), item);
            }
        }
        if is_include(&step.task.module) {
            self.keep_included(node, &judged);
        }
        self.register(step, prepared, &judged);
        self.notify(node, step, prepared, &judged);
        if failed && !prepared.ignore_errors && !caught {
            self.break_off(node);
            self.count_failures(step);
        } else {
            self.queue.finish(&self.graph, node);
        }
    }

    fn register(&mut self, step: &Step, prepared: &Prepared, judged: &[Option<Judged>]) {
        let Some(name) = &step.task.register else {
            return;
        };
        let values: Vec<Value> = judged
            .iter()
            .enumerate()
            .filter_map(|(at, item)| item.as_ref().map(|item| (at, item)))
            .map(|(at, item)| {
                let mut value = registered::value(&item.report, item.outcome);
                if self.mode == Mode::Check {
                    registered::foreseen(&mut value, prepared.ignore_errors);
                }
                if let (Value::Object(map), true) = (&mut value, prepared.looped) {
                    map.extend(prepared.items[at].bindings.iter().cloned());
                }
                value
            })
            .collect();
        let value = if prepared.looped {
            registered::of_loop(&values)
        } else if let Some(turns) = &prepared.left_out {
            let skipped = json!({ "changed": false, "failed": false, "skipped": true });
            let turn = |bindings: &Vec<(String, Value)>| {
                let mut value = skipped.as_object().cloned().unwrap_or_default();
                value.extend(bindings.iter().cloned());
                Value::Object(value)
            };
            registered::of_loop(&turns.iter().map(turn).collect::<Vec<_>>())
        } else {
            values.into_iter().next().unwrap_or(Value::Null)
        };
        self.learn(step, name, &value);
    }

    /// The hosts that go through the play together with the step's.
    fn batch(&self, step: &Step) -> &'a [String] {
        let play = &self.language.project().plays[step.play];
        let batches = play.batches();
        batches.get(step.batch).copied().unwrap_or(&play.hosts)
    }

    /// A value for the host, or for all hosts of the batch where the task runs once for all.
    pub(super) fn learn(&mut self, step: &Step, name: &str, value: &Value) {
        let hosts = if step.once {
            self.batch(step).to_vec()
        } else {
            vec![step.host.clone()]
        };
        for host in hosts {
            self.learned
                .host(&host)
                .variables
                .insert(name.to_owned(), value.clone());
        }
    }

    fn notify(
        &mut self,
        node: NodeIndex,
        step: &Step,
        prepared: &Prepared,
        judged: &[Option<Judged>],
    ) {
        let changed = judged
            .iter()
            .flatten()
            .any(|item| item.outcome == Outcome::Changed);
        let items = prepared.items.iter().zip(judged);
        let notified: Vec<usize> = items
            .filter(|(_, judged)| {
                let outcome = judged.as_ref().map(|one| one.outcome);
                outcome == Some(Outcome::Changed)
            })
            .flat_map(|(item, _)| item.notify.iter().copied())
            .collect();
        let keys = self.keys(step, &notified);
        let own = step.handler.map(|at| self.key(step.play, at));
        // A failure that is ignored, or that a rescue sees to, is an end like another.
        let failed = |item: &&Judged| item.outcome == Outcome::Failed;
        let forgiven = judged
            .iter()
            .flatten()
            .any(|item| failed(&item) && item.ignored);
        let failed = judged
            .iter()
            .flatten()
            .any(|item| failed(&item) && !item.ignored);
        let Some(host) = self.hosts.get_mut(&step.host) else {
            return;
        };
        host.notified.extend(keys);
        let skipped = judged
            .iter()
            .flatten()
            .all(|item| item.outcome == Outcome::Skipped);
        if let Some(own) = own.filter(|_| !failed) {
            let due = host.notified.remove(&own);
            if skipped || forgiven || self.language.on_controller(&step.task.module) {
                self.over.insert(node);
                if due {
                    self.forget(&step.host, own);
                }
            }
        }
        if changed {
            self.forget_those_over(node);
        }
    }

    /// A step may have had its host remember handlers that were skipped while it ran.
    fn forget_those_over(&mut self, node: NodeIndex) {
        use petgraph::visit::EdgeRef;
        let edges = self.graph.nodes.edges(node);
        let notified: Vec<NodeIndex> = edges
            .filter(|edge| *edge.weight() == crate::graph::Edge::Notify)
            .map(|edge| edge.target())
            .filter(|handler| self.over.contains(handler))
            .collect();
        for handler in notified {
            let key = self.handler_key(handler);
            let host = self.graph.step(handler).map(|step| step.host.clone());
            if let Some(host) = host {
                if let Some(host) = self.hosts.get_mut(&host) {
                    host.notified.remove(&key);
                }
                self.forget(&host, key);
            }
        }
    }

    /// The host need not have the handler run any more.
    fn forget(&self, host: &str, key: String) {
        if let Some(host) = self
            .hosts
            .get(host)
            .filter(|host| host.mode == Mode::Apply && host.link == Link::Open)
        {
            host.line.send(Request::Forget {
                handlers: vec![key],
            });
        }
    }

    /// Notes a failure; true where a rescue catches it.
    fn fail(
        &mut self,
        node: NodeIndex,
        step: &Step,
        prepared: &Prepared,
        judged: &[Option<Judged>],
    ) -> bool {
        let Some(host) = self.hosts.get_mut(&step.host) else {
            return false;
        };
        let caught = host.failures.fail(node, &step.guards);
        if caught
            && let Some(item) = judged
                .iter()
                .flatten()
                .find(|item| item.outcome == Outcome::Failed)
        {
            let value = registered::value(&item.report, item.outcome);
            let learned = self.learned.host(&step.host);
            learned
                .variables
                .insert("ansible_failed_result".into(), value);
            learned.variables.insert(
                "ansible_failed_task".into(),
                serde_json::json!({ "name": prepared.name }),
            );
        }
        caught
    }

    /// Too many failures in a batch end the play for everyone.
    pub(super) fn count_failures(&mut self, step: &Step) {
        let project = self.language.project();
        let play = &project.plays[step.play];
        let batch: Vec<&String> = self
            .batch(step)
            .iter()
            .filter(|host| self.settings.acts_on(host))
            .collect();
        let failed = batch
            .iter()
            .filter(|name| {
                self.hosts
                    .get(**name)
                    .is_some_and(|host| host.failures.host)
            })
            .count();
        #[expect(clippy::cast_precision_loss, reason = "a share of a host count")]
        let percent = 100.0 * failed as f64 / batch.len().max(1) as f64;
        if play.any_errors_fatal
            || play.max_fail_percentage.is_some_and(|most| percent > most)
            || (!play.serial.is_empty() && failed == batch.len())
        {
            self.aborted = true;
        }
    }

    /// A task all of whose items are skipped.
    pub(super) fn skip(&mut self, node: NodeIndex, prepared: Prepared) {
        let reports = vec![None; prepared.items.len()];
        self.running.insert(
            node,
            Running {
                prepared,
                host: String::new(),
                reports,
                tries: u32::MAX,
            },
        );
        self.conclude(node);
    }

    /// A task that fails before any host is asked.
    pub(super) fn refuse(&mut self, node: NodeIndex, message: &str) {
        let report = Report {
            fault: Some(Fault::stated(message)),
            ..Report::of(Outcome::Failed)
        };
        self.end_with(node, report);
    }

    /// A task of which nothing can be said in this check.
    pub(super) fn leave_unknown(&mut self, node: NodeIndex, reason: &str) {
        if let Some(step) = self.graph.clone().step(node) {
            self.set_later(step, reason);
        }
        let report = Report {
            unknown: Some(reason.to_owned()),
            ..Report::of(Outcome::Unknown)
        };
        self.end_with(node, report);
    }

    fn end_with(&mut self, node: NodeIndex, report: Report) {
        let graph = self.graph.clone();
        let Some(step) = graph.step(node) else { return };
        let prepared = Prepared {
            name: crate::graph::task_title(step.task),
            ..Prepared::default()
        };
        let message = report.fault.as_ref().map(words).or_else(|| {
            report
                .unknown
                .as_ref()
                .map(|reason| format!("known after {reason}"))
        });
        let judged = Judged {
            outcome: report.outcome,
            message,
            ignored: false,
            report,
        };
        self.settle(node, step, &prepared, vec![Some(judged)]);
    }

    /// A step that will not run because of what failed before it on its host.
    pub(super) fn drop_step(&mut self, node: NodeIndex) {
        let host_failed = self
            .graph
            .step(node)
            .and_then(|step| self.hosts.get(&step.host))
            .is_some_and(|host| host.failures.host);
        if host_failed {
            self.break_off(node);
        } else {
            self.queue.finish(&self.graph, node);
        }
    }
}
