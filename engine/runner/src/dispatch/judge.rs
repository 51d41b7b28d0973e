//! What a task's items come to: `failed_when`, `changed_when`, and `until` with its further tries.
use super::tell::{Judged, words};
use super::{Dispatcher, Running};
use crate::graph::Step;
use crate::language::Decision;
use crate::prepared::{Prepared, Verdict};
use crate::registered;
use crate::worker::Incoming;
use petgraph::graph::NodeIndex;
use play_core::message::{Mode, Report};
use play_core::{Fault, Outcome, Value};
use play_language::play::{Condition, Until};

impl Dispatcher<'_> {
    /// One item's outcome, after `changed_when` and `failed_when`. None where it never came to its turn.
    pub(super) fn judge(
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
                report: Report::of(Outcome::Skipped),
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
        if self.mode == Mode::Check
            && judged.outcome == Outcome::Failed
            && step.task.until.is_some()
        {
            // A real run tries again, which is what the task is written for.
            unknown(&mut judged, "further tries");
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
    fn decide(
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

    /// `until`: another try, after a pause, where the conditions do not hold yet; a failure where there were tries enough.
    pub(super) fn tries_again(
        &mut self,
        node: NodeIndex,
        step: &Step,
        running: &Running,
        judged: &mut [Option<Judged>],
    ) -> bool {
        let Some(until) = &step.task.until else {
            return false;
        };
        if self.mode == Mode::Check {
            return false;
        }
        let over = running.tries > running.prepared.retries;
        let mut holds = true;
        for (at, item) in judged.iter_mut().enumerate() {
            let Some(item) = item else {
                holds = false;
                continue;
            };
            if item.outcome == Outcome::Skipped {
                continue;
            }
            if let Value::Object(output) = &mut item.report.output {
                output.insert("attempts".into(), running.tries.into());
            }
            let decision = if until.conditions.is_empty() && item.outcome == Outcome::Failed {
                Decision::No
            } else {
                let value = registered::value(&item.report, item.outcome);
                self.decide(&until.conditions, step, &running.prepared, at, &value)
            };
            if decision == Decision::Yes {
                continue;
            }
            holds = false;
            if over {
                exhausted(item, until, running.tries, decision);
            }
        }
        if holds || over {
            return false;
        }
        self.tries.insert(node, running.tries);
        let (sender, delay) = (
            self.sender.clone(),
            std::time::Duration::from_secs_f64(running.prepared.delay.max(0.0)),
        );
        tokio::spawn(async move {
            tokio::time::sleep(delay).await;
            drop(sender.send(Incoming::Again { node }));
        });
        true
    }
}

/// Tries enough, and `until` still does not hold.
fn exhausted(item: &mut Judged, until: &Until, tries: u32, decision: Decision) {
    let conditions = until.conditions.iter();
    let text: Vec<&str> = conditions.map(|one| one.text.as_str()).collect();
    let end = match decision {
        Decision::Wrong(words) => words,
        _ => format!("`until` did not hold: {}", text.join(" and ")),
    };
    let words = match item
        .message
        .take()
        .filter(|_| item.outcome == Outcome::Failed)
    {
        Some(message) => format!("{message}; after {tries} tries"),
        None => format!("after {tries} tries, {end}"),
    };
    item.outcome = Outcome::Failed;
    item.message = Some(words);
}

fn unknown(judged: &mut Judged, reason: &str) {
    judged.outcome = Outcome::Unknown;
    judged.message = Some(format!("known after {reason}"));
}

fn wrong(judged: &mut Judged, words: &str) {
    judged.outcome = Outcome::Failed;
    judged.message = Some(words.to_owned());
}
