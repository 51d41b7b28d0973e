//! The end of a task: its items judged, told, registered; its handlers notified; its failure caught or not.
use super::tell::{Judged, own_report, words};
use super::{Dispatcher, Running};
use crate::graph::Step;
use crate::host::Link;
use crate::language::{Decision, is_include};
use crate::prepared::{Prepared, Verdict};
use crate::registered;
use petgraph::graph::NodeIndex;
use play_core::message::{Mode, Report, Request};
use play_core::{Fault, Outcome, Value};
use play_language::play::Condition;

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
        if self.tries_again(node, step, &running, &judged) {
            return;
        }
        self.judge_tries(step, &running, &mut judged);
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

    /// One item's outcome, after `changed_when` and `failed_when`. None where it never came to its turn.
    fn judge(
        &mut self,
        step: &Step,
        prepared: &Prepared,
        at: usize,
        report: Option<&Report>,
    ) -> Option<Judged> {
        let item = &prepared.items[at];
        if let Verdict::Skip(condition) = &item.verdict {
            return Some(Judged {
                outcome: Outcome::Skipped,
                message: Some(condition.clone()),
                ignored: false,
                report: own_report(Outcome::Skipped),
            });
        }
        let report = report?.clone();
        let mut judged = Judged {
            outcome: report.outcome,
            message: report.fault.as_ref().map(words).or_else(|| {
                report
                    .unknown
                    .as_ref()
                    .map(|reason| format!("known after {reason}"))
            }),
            ignored: false,
            report,
        };
        if matches!(
            judged.outcome,
            Outcome::Changed | Outcome::Unchanged | Outcome::Failed
        ) {
            self.judge_failure(step, prepared, at, &mut judged);
        }
        if matches!(judged.outcome, Outcome::Changed | Outcome::Unchanged) {
            self.judge_change(step, prepared, at, &mut judged);
        }
        Some(judged)
    }

    fn judge_failure(&mut self, step: &Step, prepared: &Prepared, at: usize, judged: &mut Judged) {
        // A fault that no program's ending is stays a failure whatever the condition says.
        let judgeable = matches!(
            judged.report.fault,
            None | Some(Fault::Program { .. } | Fault::Stated { .. })
        );
        if step.task.failed_when.is_empty() || !judgeable {
            return;
        }
        let value = registered::value(&judged.report, judged.outcome);
        match self.decide(&step.task.failed_when, step, prepared, at, &value) {
            Decision::Yes => {
                judged.outcome = Outcome::Failed;
                let text = step
                    .task
                    .failed_when
                    .iter()
                    .map(|condition| condition.text.as_str())
                    .collect::<Vec<_>>()
                    .join(" and ");
                judged.message = Some(
                    judged
                        .message
                        .take()
                        .unwrap_or_else(|| format!("failed_when holds: {text}")),
                );
            }
            Decision::No if judged.outcome == Outcome::Failed => {
                judged.outcome = Outcome::Changed;
                judged.message = None;
            }
            Decision::No => {}
            Decision::Unknown(reason) => unknown(judged, &reason),
            Decision::Wrong(words) => wrong(judged, &words),
        }
    }

    fn judge_change(&mut self, step: &Step, prepared: &Prepared, at: usize, judged: &mut Judged) {
        if step.task.changed_when.is_empty() {
            return;
        }
        let value = registered::value(&judged.report, judged.outcome);
        match self.decide(&step.task.changed_when, step, prepared, at, &value) {
            Decision::Yes => judged.outcome = Outcome::Changed,
            Decision::No => judged.outcome = Outcome::Unchanged,
            Decision::Unknown(reason) => unknown(judged, &reason),
            Decision::Wrong(words) => wrong(judged, &words),
        }
    }

    /// Conditions over a result, which goes by the name it is registered under.
    pub(super) fn decide(
        &self,
        conditions: &[Condition],
        step: &Step,
        prepared: &Prepared,
        at: usize,
        value: &Value,
    ) -> Decision {
        let mut bindings = prepared.items[at].bindings.clone();
        if let Some(name) = &step.task.register {
            bindings.push((name.clone(), value.clone()));
        }
        for name in ["rc", "stdout", "stderr"] {
            if let Some(field) = value.get(name) {
                bindings.push((name.into(), field.clone()));
            }
        }
        self.language
            .decide(&self.learned, step, self.mode, &bindings, conditions)
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
                if let (Value::Object(map), true) = (&mut value, prepared.looped) {
                    map.extend(prepared.items[at].bindings.iter().cloned());
                }
                value
            })
            .collect();
        let value = if prepared.looped {
            registered::of_loop(&values)
        } else {
            values.into_iter().next().unwrap_or(Value::Null)
        };
        self.learn(step, name, &value);
    }

    /// A value for the host, or for all hosts of the play where the task runs once for all.
    pub(super) fn learn(&mut self, step: &Step, name: &str, value: &Value) {
        let hosts = if step.once {
            self.language.project().plays[step.play].hosts.clone()
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
        let keys: Vec<String> = prepared
            .notify
            .iter()
            .map(|at| self.key(step.play, *at))
            .collect();
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
        if changed {
            host.notified.extend(keys);
        }
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

    /// Too many failures end the play for everyone.
    pub(super) fn count_failures(&mut self, step: &Step) {
        let project = self.language.project();
        let play = &project.plays[step.play];
        let batches = play.batches();
        let own = batches.iter().find(|batch| batch.contains(&step.host));
        let batch: Vec<&String> = own
            .into_iter()
            .flat_map(|batch| batch.iter())
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
            ..own_report(Outcome::Failed)
        };
        self.end_with(node, report);
    }

    /// A task of which nothing can be said in this check.
    pub(super) fn leave_unknown(&mut self, node: NodeIndex, reason: &str) {
        let report = Report {
            unknown: Some(reason.to_owned()),
            ..own_report(Outcome::Unknown)
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

pub(super) fn unknown(judged: &mut Judged, reason: &str) {
    judged.outcome = Outcome::Unknown;
    judged.message = Some(format!("known after {reason}"));
}

pub(super) fn wrong(judged: &mut Judged, words: &str) {
    judged.outcome = Outcome::Failed;
    judged.message = Some(words.to_owned());
}
