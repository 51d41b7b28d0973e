//! Tasks that need no host: `debug`, `assert`, `fail`, `set_fact`, `meta` and the late includes.
use super::Dispatcher;
use super::tell::{Judged, words};
use crate::graph::Step;
use crate::language::{Assertion, Decision, is_include};
use crate::prepared::{Item, Prepared, Verdict};
use crate::queue::Progress;
use petgraph::graph::NodeIndex;
use play_core::message::Report;
use play_core::{Fault, Outcome, Value};
use play_language::spec;
use serde_json::json;

impl<'a> Dispatcher<'a> {
    /// Does the task where it can be done now; false where it must wait for its turn.
    pub(super) fn control(
        &mut self,
        host: &str,
        node: NodeIndex,
        step: &Step<'a>,
        prepared: &Prepared,
        free: bool,
    ) -> bool {
        let mut judged = Vec::new();
        let include = is_include(&step.task.module).then(|| self.include(node, step, prepared));
        for item in &prepared.items {
            let one = match &include {
                Some(included) => included_item(item, included),
                None => self.control_item(step, item),
            };
            // What ends or fails must not come before what stands before it.
            let waits = one.outcome == Outcome::Failed
                || (step.task.module == "meta" && one.outcome == Outcome::Unchanged);
            if waits && !free {
                return false;
            }
            judged.push(Some(one));
        }
        if step.task.module == "meta" {
            self.meta(host, step, prepared);
        }
        self.settle(node, step, prepared, judged);
        true
    }

    fn control_item(&mut self, step: &Step, item: &Item) -> Judged {
        match &item.verdict {
            Verdict::Skip(condition) => {
                judged(Outcome::Skipped, Some(condition.clone()), Value::Null)
            }
            Verdict::Maybe(reason) => {
                self.set_later(step, reason);
                unknown(reason.clone())
            }
            Verdict::Run => match step.task.module.as_str() {
                "debug" => debug(&item.arguments),
                "fail" => failed(
                    item.arguments["msg"]
                        .as_str()
                        .unwrap_or("the playbook says to fail"),
                ),
                "assert" => self.assert(step, item),
                spec::MODULE => self.options(step),
                "set_fact" => self.set_fact(step, item),
                "include_vars" => self.include_vars(step, item),
                "meta" | "pause" => judged(Outcome::Unchanged, None, Value::Null),
                other => failed(&format!("`{other}` does nothing here")),
            },
        }
    }

    fn options(&self, step: &Step) -> Judged {
        match self.language.options(&self.learned, step, self.mode) {
            // What is not known yet is looked at by the run itself.
            Decision::Yes | Decision::Unknown(_) => judged(Outcome::Unchanged, None, Value::Null),
            Decision::No => failed("its variables are not what it needs"),
            Decision::Wrong(words) => failed(&words),
        }
    }

    fn assert(&self, step: &Step, item: &Item) -> Judged {
        let arguments = &item.arguments;
        match self
            .language
            .assert(&self.learned, step, self.mode, &item.bindings)
        {
            Assertion::Holds => {
                let message = arguments["success_msg"]
                    .as_str()
                    .unwrap_or("all assertions hold");
                judged(Outcome::Unchanged, None, json!({ "msg": message }))
            }
            Assertion::Broken(_)
                if !arguments["fail_msg"].is_null() || !arguments["msg"].is_null() =>
            {
                let message = if arguments["fail_msg"].is_null() {
                    &arguments["msg"]
                } else {
                    &arguments["fail_msg"]
                };
                failed(
                    message
                        .as_str()
                        .map_or_else(|| message.to_string(), str::to_owned)
                        .as_str(),
                )
            }
            Assertion::Broken(words) | Assertion::Wrong(words) => failed(&words),
            Assertion::Unknown(reason) => unknown(reason),
        }
    }

    fn set_fact(&mut self, step: &Step, item: &Item) -> Judged {
        let mut output = serde_json::Map::new();
        for (name, value) in item
            .arguments
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(name, _)| *name != "cacheable")
        {
            self.learn(step, name, value);
            output.insert(name.clone(), value.clone());
        }
        judged(Outcome::Unchanged, None, json!({ "ansible_facts": output }))
    }

    /// Whether the facts are set cannot be known in this check: neither can what they are.
    pub(super) fn set_later(&mut self, step: &Step, reason: &str) {
        let names = step.task.arguments.as_map().into_iter().flatten();
        if step.task.module == "set_fact" {
            for (name, _) in names.filter(|(name, _)| *name != "cacheable") {
                self.learn(step, name, &Value::String(play_core::unknown::mark(reason)));
            }
        }
    }

    fn include_vars(&mut self, step: &Step, item: &Item) -> Judged {
        match self.language.variables(step, self.mode, &item.arguments) {
            Ok(values) => {
                self.learn_secrets();
                for (name, value) in values {
                    self.learn(step, &name, &value);
                }
                judged(Outcome::Unchanged, None, Value::Null)
            }
            Err(message) => failed(&message),
        }
    }

    fn meta(&mut self, name: &str, step: &Step, prepared: &Prepared) {
        if prepared
            .items
            .iter()
            .all(|item| item.verdict != Verdict::Run)
        {
            return;
        }
        let word = prepared
            .items
            .first()
            .and_then(|item| {
                item.arguments["free_form"]
                    .as_str()
                    .or(item.arguments["action"].as_str())
            })
            .unwrap_or_default()
            .to_owned();
        match word.as_str() {
            "end_host" => self
                .hosts
                .get_mut(name)
                .into_iter()
                .for_each(|host| host.ended = true),
            "end_play" => self.end_play(step.play),
            "clear_facts" => self.learned.host(name).facts = Value::Null,
            "clear_host_errors" => self
                .hosts
                .get_mut(name)
                .into_iter()
                .for_each(|host| host.failures = crate::verdict::Failures::default()),
            _ => {}
        }
    }

    fn end_play(&mut self, play: usize) {
        let nodes: Vec<NodeIndex> = self
            .graph
            .nodes
            .node_indices()
            .filter(|node| self.queue.progress(*node) == Progress::Waiting)
            .filter(|node| self.graph.step(*node).is_some_and(|step| step.play == play))
            .collect();
        for node in nodes {
            self.queue.finish(&self.graph, node);
        }
    }
}

/// An include as one item of it is told: what it brings is told by itself.
fn included_item(item: &Item, included: &Result<Option<String>, String>) -> Judged {
    match (&item.verdict, included) {
        (Verdict::Skip(condition), _) => {
            judged(Outcome::Skipped, Some(condition.clone()), Value::Null)
        }
        (_, Err(words)) => failed(words),
        (_, Ok(Some(reason))) => unknown(reason.clone()),
        (_, Ok(None)) => judged(Outcome::Unchanged, None, Value::Null),
    }
}

fn judged(outcome: Outcome, message: Option<String>, output: Value) -> Judged {
    Judged {
        outcome,
        message,
        ignored: false,
        report: Report {
            output,
            ..Report::of(outcome)
        },
    }
}

fn unknown(reason: String) -> Judged {
    let message = format!("known after {reason}");
    Judged {
        outcome: Outcome::Unknown,
        message: Some(message),
        ignored: false,
        report: Report {
            unknown: Some(reason),
            ..Report::of(Outcome::Unknown)
        },
    }
}

fn failed(message: &str) -> Judged {
    let fault = Fault::stated(message);
    Judged {
        outcome: Outcome::Failed,
        message: Some(words(&fault)),
        ignored: false,
        report: Report {
            fault: Some(fault),
            ..Report::of(Outcome::Failed)
        },
    }
}

fn debug(arguments: &Value) -> Judged {
    let mut output = json!({ "msg": arguments.get("msg").unwrap_or(&json!("Hello world!")) });
    for name in ["var", "verbosity"] {
        if let Some(value) = arguments.get(name).filter(|value| **value != json!(0)) {
            output[name] = value.clone();
        }
    }
    judged(Outcome::Unchanged, None, output)
}
